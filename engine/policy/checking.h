/* checking.h -- an image while it is being checked; for the checkers alone. */
#ifndef POLICY_CHECKING_H
#define POLICY_CHECKING_H

#include "policy/image.h"

/* Texts may be shared, but not so often that looking at them takes long. */
#define WORK_MAX (UINT64_C(4) * IMAGE_BYTES_MAX)

struct check {
	const void *image;
	char       *why;
	size_t      why_size;
	uint8_t    *depth;              /* of each selector                   */
	uint64_t    work;               /* bytes of text looked at            */
	struct interned *sets;          /* for trying lists of CPUs           */
};

/* Puts the sentence into why; -EINVAL. */
int check_refuse(struct check *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline uint32_t check_count(const struct check *c, enum image_part part)
{
	return image_count(c->image, part);
}

/* It lies within its part and ends where it says, neither before nor after:
 * from here on strlen() and the stored length agree. */
bool check_text(struct check *c, struct image_text t);
/* Whether such a run of elements lies within that part. */
bool check_span(const struct check *c, struct image_span s,
                enum image_part part);

/* Each after the ones before; conditions and selectors stand between. */
int check_values(struct check *c);
int check_bounds(struct check *c);
int check_pools(struct check *c);
int check_states(struct check *c);
int check_terms(struct check *c);
/* Patterns, and names of the environment: how many different ones, and that
 * each is one.  Conditions and alternatives are sound by now. */
int check_patterns(struct check *c);
int check_env(struct check *c);
int check_rules(struct check *c);

#endif
