/* damages.h -- an image with one field made wrong, and what is said of it. */
#ifndef TESTS_DAMAGES_H
#define TESTS_DAMAGES_H

#include <stddef.h>

#include "small_world.h"

struct damage {
	const char *says;
	int         part;               /* -1: the header                     */
	size_t      at, bytes;
	int64_t     value;
};

#define WRONG(says, part, type, i, field, value) \
	{ says, part, \
	  (i) * sizeof(struct type) + offsetof(struct type, field), \
	  sizeof(((struct type *)0)->field), value }
#define HEAD(says, field, value) \
	WRONG(says, -1, image_header, 0, field, value)
#define RULE(says, i, field, value) \
	WRONG(says, IMAGE_RULES, image_rule, i, field, value)
#define TERMS(says, i, field, value) \
	WRONG(says, IMAGE_TERMS, image_terms, i, field, value)
#define SELECTOR(says, i, field, value) \
	WRONG(says, IMAGE_SELECTORS, image_selector, i, field, value)
#define CONDITION(says, i, field, value) \
	WRONG(says, IMAGE_CONDITIONS, image_condition, i, field, value)
#define ALTERNATIVE(says, i, field, value) \
	WRONG(says, IMAGE_ALTERNATIVES, image_alternative, i, field, value)
#define VALUE(says, i, field, value) \
	WRONG(says, IMAGE_VALUES, image_value, i, field, value)
#define BOUND(says, i, field, value) \
	WRONG(says, IMAGE_BOUNDS, image_bound, i, field, value)
#define POOL(says, i, field, value) \
	WRONG(says, IMAGE_POOLS, image_pool, i, field, value)
#define STATE(says, i, field, value) \
	WRONG(says, IMAGE_STATES, image_state, i, field, value)

static inline char *damaged(const void *good, size_t bytes,
                            const struct damage *d)
{
	char                      *image = malloc(bytes);
	const struct image_header *h = good;
	size_t                     base = d->part < 0 ? 0 : h->part[d->part].at;

	ck_assert_ptr_nonnull(image);
	memcpy(image, good, bytes);
	memcpy(image + base + d->at, &d->value, d->bytes);
	return image;
}

static inline void damages_try(const void *good, size_t bytes,
                               const struct damage *damages, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char  why[200] = "";
		char *image = damaged(good, bytes, &damages[i]);
		int   r = image_check(image, bytes, why, sizeof why);

		ck_assert_msg(r == -EINVAL &&
		              strstr(why, damages[i].says) != NULL,
		              "damage %zu, '%s': %d, '%s'", i,
		              damages[i].says, r, why);
		free(image);
	}
}

#endif
