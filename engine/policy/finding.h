/* finding.h -- a rule set while rules are found in it; for its own files
 * alone. */
#ifndef POLICY_FINDING_H
#define POLICY_FINDING_H

#include "policy/index.h"
#include "policy/moments.h"
#include "policy/ruleset.h"

struct ruleset {
	void                *image;
	uint32_t             generation;
	uint32_t             count;
	uint32_t            *order;     /* the rule that stands at a place    */
	uint64_t            *rank;      /* of a rule                          */
	size_t               bytes;     /* of the image                       */
	uint32_t             interned;  /* so many of the values, then bounds */
	int64_t             *value;     /* as the image's, CPU sets interned  */
	struct bound        *bound;     /* the same                           */
	int64_t             *pool;      /* names of the pools, interned       */
	struct index        *processes, *threads;
	struct index        *processes_of_threads;
	struct moments      *moments;
	struct regexes      *regexes;   /* NULL: no pattern                   */
	uint8_t             *when_first;        /* of a rule: 'when' is looked
	                                   at before what drifts; NULL: none  */
	uint32_t            *host;      /* selectors of the machine that what
	                                   was before counts for              */
	uint32_t             host_count;
	const char         **env;       /* names in the image's text          */
	uint32_t             env_count;
	bool                 any_thread;        /* some rule names no process */
	struct ruleset_needs needs;
	struct places        places;    /* empty between lookups              */
};

static inline const struct image_rule *rule_at(const struct ruleset *rs,
                                               uint32_t rule)
{
	return IMAGE_AT(rs->image, IMAGE_RULES, image_rule, rule);
}

static inline const struct image_selector *match_at(const struct ruleset *rs,
                                                    uint32_t place)
{
	return IMAGE_AT(rs->image, IMAGE_SELECTORS, image_selector,
	                rule_at(rs, rs->order[place])->match);
}

#endif
