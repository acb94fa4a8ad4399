/* os.c -- what is the same on every system. */

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

void letter_give_back(struct letter_kept *l)
{
	if (l->give_back != NULL)
		l->give_back(l->memory, l->memory_bytes);
	*l = (struct letter_kept){ .bytes = NULL };
}
