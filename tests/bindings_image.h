/* bindings_image.h -- what of a rule file is in its image. */
#ifndef TESTS_BINDINGS_IMAGE_H
#define TESTS_BINDINGS_IMAGE_H

#include "rule_files.h"

static inline const struct image_rule *rule_at(const void *image, uint32_t i)
{
	return IMAGE_AT(image, IMAGE_RULES, image_rule, i);
}

#endif
