/* layer.c -- the names of the layers. */

#include "model/layer.h"

const char *layer_name(enum layer layer)
{
	static const char *const names[LAYERS] = {
		[LAYER_VENDOR] = "vendor",
		[LAYER_DISTRO] = "distro",
		[LAYER_ADMIN]  = "admin",
		[LAYER_USER]   = "user",
	};

	return (unsigned)layer < LAYERS ? names[layer] : "?";
}
