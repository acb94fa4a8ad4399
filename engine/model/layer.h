/* layer.h -- where a rule comes from; later ones outrank earlier ones. */
#ifndef MODEL_LAYER_H
#define MODEL_LAYER_H

enum layer { LAYER_VENDOR, LAYER_DISTRO, LAYER_ADMIN, LAYER_USER, LAYERS };

const char *layer_name(enum layer layer);       /* "vendor", ...             */

#endif
