/* anchor.h -- what a selector hangs on in an index, and by which key. */
#ifndef POLICY_ANCHOR_H
#define POLICY_ANCHOR_H

#include "model/facts.h"
#include "policy/image.h"

#define ANCHOR_PREFIX_MAX  63u          /* more of a prefix is not looked at  */
#define ANCHOR_LITERAL_MIN 3u           /* what is hashed of a literal        */

/* Most selective first. */
enum anchor {
	ANCHOR_EXACT,           /* the whole text                             */
	ANCHOR_TAG,
	ANCHOR_PREFIX,          /* what a glob begins with                    */
	ANCHOR_LITERAL,         /* three bytes out of a glob                  */
	ANCHOR_NUMBER,
	ANCHOR_NONE
};

/* The condition to hang on, or IMAGE_NONE. */
uint32_t anchor_choose(const void *image, uint32_t selector);
/* What one alternative of a condition on that fact hangs by. */
enum anchor anchor_of(const void *image, const struct image_condition *c,
                      const struct image_alternative *a);
/* How many bytes a glob begins with before anything special. */
size_t anchor_prefix(const char *pattern);

#endif
