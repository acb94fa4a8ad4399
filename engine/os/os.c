/* os.c -- what is the same on every system: the names of effects. */

#include "os/os.h"

const char *effect_name(enum effect e)
{
	static const char *const names[EFFECTS] = {
		[EFFECT_APPLIED]     = "applied",
		[EFFECT_ALREADY]     = "already",
		[EFFECT_DENIED]      = "denied",
		[EFFECT_UNSUPPORTED] = "unsupported",
		[EFFECT_INERT]       = "inert",
		[EFFECT_GONE]        = "gone",
		[EFFECT_UNDERWAY]    = "under way",
	};

	return (unsigned)e < EFFECTS ? names[e] : "?";
}
