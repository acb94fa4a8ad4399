/* index.h -- from a task to the few selectors that may hold for it.
 *
 * Each selector hangs on one of its conditions, the most selective: its anchor.
 * A condition with several alternatives hangs on each of them.  So a lookup
 * costs what the task has facts that anything hangs on, not what there are
 * rules, and a selector that it finds need not look at its anchor again.
 */
#ifndef POLICY_INDEX_H
#define POLICY_INDEX_H

#include "policy/match.h"
#include "policy/places.h"

struct index;

/* Selectors by place, IMAGE_NONE where there is none.  The image, which must be
 * a checked one, is lent until the index is freed.  0 or -ENOMEM. */
int  index_new(const void *image, const uint32_t *selectors, uint32_t places,
               struct index **ret_index);
void index_free(struct index *ix);              /* NULL is fine               */

/* Adds the places whose anchor holds for the task, and those that hang on
 * nothing; of those that hang on tags, none. */
void index_probe(const struct index *ix, struct subject *who,
                 struct places *places);
/* Adds those that hang on the tag. */
void index_probe_tag(const struct index *ix, uint32_t tag,
                     struct subject *who, struct places *places);

/* The condition that is known to hold where a place was found; IMAGE_NONE when
 * its selector hangs on nothing. */
uint32_t index_anchor(const struct index *ix, uint32_t place);

#endif
