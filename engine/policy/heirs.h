/* heirs.h -- which rule of a new generation is which of the one before it.
 *
 * Rules are the same by layer and name; of several that share both, the first
 * is the first's heir and so on.  Tags are the same by name; selectors where
 * heirs ask for the very same, so that what has lasted goes on lasting.
 */
#ifndef POLICY_HEIRS_H
#define POLICY_HEIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "policy/standing.h"
#include "process/task.h"

struct heirs {
	uint32_t *rule;                 /* of each old rule; RULE_NONE: none  */
	uint32_t *before;               /* of each new rule                   */
	uint32_t *reach, *reach_before; /* the same of those that reach the same
	                                   way: who has what one holds        */
	size_t    old_rules, new_rules;
	uint32_t  tag[TAGS_MAX];        /* of each old tag; TAGS_MAX: none    */
	uint32_t *selector, *alternative;       /* of each old one; RULE_NONE */
	size_t    selectors, alternatives;
};

/* Of two checked images.  0 or -ENOMEM. */
int  heirs_find(const void *old_image, const void *new_image,
                struct heirs *ret_heirs);
/* The same seen from the other side: new and old change places. */
void heirs_turn(struct heirs *h);
void heirs_clear(struct heirs *h);

/* The same tags, as far as they have heirs. */
void heirs_tags(const struct heirs *h, struct tag_set *tags);
/* Since when holds what heirs ask for too. */
void heirs_standing(const struct heirs *h, const struct standing *from,
                    struct standing *to);
/* RULE_NONE: it has none. */
uint32_t heirs_rule(const struct heirs *h, uint32_t old_rule);
/* Whose a lease of it is from now on. */
uint32_t heirs_lease(const struct heirs *h, uint32_t old_rule);
/* The other way round. */
uint32_t heirs_before(const struct heirs *h, uint32_t new_rule);

#endif
