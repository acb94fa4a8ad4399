/* building.h -- an image while it is being built; for the builder alone. */
#ifndef POLICY_BUILDING_H
#define POLICY_BUILDING_H

#include "policy/builder.h"
#include "policy/parts.h"

struct open_selector {
	struct image_selector selector;
	size_t                conditions, alternatives; /* below: others'     */
};

struct mask {
	struct image_text name, place;
	uint32_t          layer;
};

struct builder {
	struct part          part[IMAGE_PARTS];
	struct part          conditions, alternatives;  /* of open selectors  */
	struct open_selector open[SELECTOR_DEPTH];
	struct part          masks;
	int                  depth;
	int                  failed;    /* the first thing that went wrong    */
};

/* Remembers an error; what is 0 or more is none. */
void building_fail(struct builder *b, int64_t error);
/* Copied into the image, once for each different text; a NUL in it, or TEXT_MAX
 * bytes, fail the building. */
struct image_text building_text(struct builder *b, const char *text,
                                size_t bytes);
/* Where equal terms are, or now come to be. */
uint32_t building_terms(struct builder *b, const struct image_terms *t);
/* The tag's number: a new one for a new name.  -E2BIG past TAGS_MAX. */
int64_t building_tag(struct builder *b, const char *name);

#endif
