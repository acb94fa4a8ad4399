/* tags.h -- sets of tags, and which rule must be looked at before which.
 *
 * A rule that gives a tag comes before every rule that reads it of the same
 * task or of its process.  Reading a tag of an ancestor asks for no order, for
 * that one was judged before: so a rule may hand its own tag down from parent
 * to child and does not wait for itself.
 */
#ifndef POLICY_TAGS_H
#define POLICY_TAGS_H

#include "policy/image.h"
#include "process/task.h"

static inline void tags_add(struct tag_set *set, uint32_t tag)
{
	set->bits[tag / 64] |= UINT64_C(1) << tag % 64;
}

static inline bool tags_have(const struct tag_set *set, uint32_t tag)
{
	return (set->bits[tag / 64] >> tag % 64 & 1) != 0;
}

/* Fills in all rules of an image whose fields are sound, givers of tags before
 * readers, else as defined.  ret_order may be NULL: then it is only seen that
 * there is an order.  0, -ENOMEM, or -ELOOP with the rules named in why. */
int tags_order(const void *image, uint32_t *ret_order, char *why,
               size_t why_size);

#endif
