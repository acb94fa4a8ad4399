/* ruleset.h -- one generation of rules, compiled and indexed.
 *
 * Built aside, then swapped in whole between two steps.  There is never half a
 * rule set.  A rule is known by its index in the image.
 *
 * Each rule hangs on one anchor, the most selective thing it asks for: an exact
 * exe, name, comm, unit, cgroup or parent; a tag; the literal in a glob; a uid;
 * else it is looked at for every task.  Looking up probes each fact that rules
 * hang on once, sets bits in the order of tag dependency, and verifies what is
 * set from the first to the last; a tag given on the way sets bits further on.
 */
#ifndef POLICY_RULESET_H
#define POLICY_RULESET_H

#include "model/host_bounds.h"
#include "model/intent.h"
#include "policy/match.h"

struct ruleset;

/* What the rules of a generation need to know and watch. */
struct ruleset_needs {
	uint64_t facts;                 /* any rule may read these            */
	uint64_t lineage;               /* of ancestors                       */
	uint64_t host;                  /* matches do; of functions it is seen
	                                   when they ran                      */
	bool     threads;               /* rules select or except threads     */
	bool     functions;             /* some rule needs the worker         */
	bool     tags_inherited;        /* a match reads an ancestor's tags   */
	uint64_t moments;               /* a bit for each that sets off a rule
	                                   or a handler                       */
	uint64_t exits;                 /* facts that rules set off by an exit
	                                   read: to be known before it        */
	bool     parents, trees, units; /* some rule reaches these            */
};

/* At most CAPS_PER_TASK rules with a cap and CLAIMS_PER_TASK others. */
struct found {
	uint32_t       rule[CLAIMS_PER_TASK + CAPS_PER_TASK];
	size_t         rules;
	size_t         dropped;         /* past the bound: counted, reported  */
	struct tag_set tags;
	struct tag_set tree_tags;       /* of these, those it gives below     */
	uint64_t       reads;           /* FACT_BITs that decided             */
	uint64_t       host_reads;
	uint64_t       again_ns;        /* something did not last yet: look
	                                   again then; 0: no need             */
	uint32_t       given_up;        /* patterns that took too long        */
	bool           pending;         /* slow facts are on their way        */
	bool           thread_rules;    /* of a process: look at its threads,
	                                   a rule may select or except them   */
};

/* Takes a copy of the image, which must have passed image_check().  -ENOMEM,
 * -ELOOP.  CPU sets of wants and caps are interned in sets; with sets NULL that
 * is left to ruleset_intern(), and everything else may be done aside. */
int  ruleset_new(const void *image, size_t bytes, uint32_t generation,
                 struct interned *sets, struct ruleset **ret_rules);
void ruleset_free(struct ruleset *rs);          /* NULL is fine               */

/* Interns the next n values: 1: some are left, 0: none, -ENOMEM. */
int  ruleset_intern(struct ruleset *rs, struct interned *sets, size_t n);
/* What it was made of, lent. */
const void *ruleset_image(const struct ruleset *rs, size_t *ret_bytes);

struct ruleset_needs ruleset_needs(const struct ruleset *rs);
/* The environment variables that matches name, each once: how many, lent. */
size_t   ruleset_env(const struct ruleset *rs, const char *const **ret_names);
/* Adds where a fact about the machine changes what matches say. */
void     ruleset_host_bounds(const struct ruleset *rs,
                             struct host_bounds bounds[HOST_COUNT]);
uint32_t ruleset_generation(const struct ruleset *rs);
size_t   ruleset_count(const struct ruleset *rs);

/* The rules whose match holds for the task, in order of tag dependency; 'when'
 * is looked at only to spare reading what drifts, and is yet to be asked for.
 * Of a process only rules that select processes, of a thread only those that
 * select threads.  What who has noted before is forgotten. -ESRCH when the task
 * left meanwhile. */
int ruleset_lookup(struct ruleset *rs, struct subject *who,
                   struct found *ret_found);

/* The same of the rules that the moment sets off, which a lookup leaves out: in
 * order of definition, giving no tags.  ret_found->tags are those that the last
 * judging left.  At an exit of facts that were never read nothing is known; at
 * any other moment -ESRCH when the task left meanwhile. */
int ruleset_set_off(struct ruleset *rs, enum moment m, struct subject *who,
                    struct found *ret_found);
/* Whether the match of a handler, or of any rule, selects the task; what who
 * has noted before is forgotten. */
bool ruleset_selects(struct ruleset *rs, uint32_t rule, struct subject *who);
/* Whether there is a cap that may hold for the process: some fact that would
 * tell is unreadable, or slow. */
bool ruleset_doubts_caps(struct ruleset *rs, struct subject *who);
/* The handlers of a moment in order of definition: how many, lent. */
size_t ruleset_handlers(const struct ruleset *rs, enum moment m,
                        const uint32_t **ret_rules);

/* Whether the rule's 'when' holds; true without one. */
bool ruleset_when(const struct ruleset *rs, uint32_t rule,
                  struct subject *who);

/* The machine changed, or the rules are new: whatever must last in a 'when'
 * begins or ends now, whether or not a task is judged.  Of the subject no task
 * is looked at. */
void ruleset_host(const struct ruleset *rs, struct subject *machine);

/* Whether a rule about processes has an 'except' that selects this thread, or
 * may, for a fact is unreadable; false for an 'except' about processes, which
 * the lookup has dealt with. */
bool ruleset_excepts(const struct ruleset *rs, uint32_t rule,
                     struct subject *thread);

const struct image_rule *ruleset_rule(const struct ruleset *rs, uint32_t rule);
/* Whether it is about single threads, which alone may be promised real time. */
bool ruleset_is_of_threads(const struct ruleset *rs, uint32_t rule);
/* Who its want is for: whom it matched, or others by kinship. */
enum target ruleset_target(const struct ruleset *rs, uint32_t rule);
const struct image_terms *ruleset_terms(const struct ruleset *rs, uint32_t rule);
/* "-" for RULE_NONE, both. */
const char *ruleset_name(const struct ruleset *rs, uint32_t rule);
const char *ruleset_file(const struct ruleset *rs, uint32_t rule);
/* The name of one of the states of a rule's file. */
const char *ruleset_state(const struct ruleset *rs, uint32_t rule, uint32_t i);
void ruleset_want(const struct ruleset *rs, uint32_t rule,
                  struct want *ret_want);
bool ruleset_cap(const struct ruleset *rs, uint32_t rule,
                 struct cap *ret_cap);          /* false: has none            */
/* The declarations of one pool, in the order of definition: 1 with the next at
 * or after *at, which is moved past it and is 0 at first; 0 at the end. */
struct pool_terms {
	uint32_t      layer;
	enum pool_per per;
	struct want   values;
};

int ruleset_pool(const struct ruleset *rs, int64_t name, uint32_t *at,
                 struct pool_terms *ret_terms);
/* The order of precedence (docs/order.md) as one number; higher wins. */
uint64_t ruleset_rank(const struct ruleset *rs, uint32_t rule);

#endif
