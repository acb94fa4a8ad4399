/* matching.h -- one condition of a selector; for the matcher's own files alone.
 *
 * Truth has three values, in rising order: all conditions together are as true
 * as the least of them, and any of several as true as the greatest.  So one
 * quick condition that surely fails settles a selector, whatever the others
 * could not read.
 */
#ifndef POLICY_MATCHING_H
#define POLICY_MATCHING_H

#include "policy/match.h"

/* One task being looked at on behalf of a subject. */
struct look {
	const void     *image;
	struct subject *who;
	struct task    *task;
};

static inline enum truth both(enum truth a, enum truth b)
{
	return a < b ? a : b;
}

static inline enum truth either(enum truth a, enum truth b)
{
	return a > b ? a : b;
}

/* From here on nothing is known any more, neither that something holds nor that
 * it does not. */
static inline bool spent(const struct subject *who)
{
	return who->steps > MATCH_STEPS_MAX;
}

static inline enum truth truth_of(bool fits)
{
	return fits ? TRUTH_YES : TRUTH_NO;
}

/* UNSURE for what could only be told by what the asking voice may not see. */
enum truth condition_truth(const struct look *l,
                           const struct image_condition *c);
/* How far apart two looks at it may be to have missed nothing; 0: as far as one
 * likes. */
uint64_t   condition_gap(const struct image_condition *c);

#endif
