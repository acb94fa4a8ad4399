/* match.h -- does a selector hold for a task?
 *
 * The answer may also be that nobody knows: a fact is unreadable, or slow and
 * still on its way.  Facts are read when a condition first needs one, so the
 * cheap conditions of a selector are written first by the builder, and facts
 * that are slow or drift are read only while all else holds.
 *
 * A selector that must hold for a while is plainly not true before that, in an
 * except too.  A threshold of a value that goes up and down is released only
 * SWING_PERCENT past its bound, so that a rule does not come and go with every
 * look.
 */
#ifndef POLICY_MATCH_H
#define POLICY_MATCH_H

#include "base/limits.h"
#include "model/host.h"
#include "model/setting.h"
#include "policy/image.h"
#include "policy/regex.h"
#include "policy/standing.h"
#include "process/table.h"

/* Uids that are people's: low..high, without nobody. */
struct people {
	uid_t low, high;
};

struct subject {
	struct table        *table;
	struct task         *task;
	uint32_t             voice;     /* whose rules look; of tasks that are
	                                   not its own a user's knows nothing */
	const struct host   *host;
	const struct people *people;
	const struct tag_set *tags;     /* the task's own so far; NULL: as the
	                                   last judging left them             */
	const uint32_t      *tag_alive; /* how many living tasks have each tag;
	                                   NULL: nobody knows                 */
	struct standing     *standing;  /* NULL: nothing held before now, and
	                                   nothing is remembered              */
	uint64_t             now_ns;
	bool                 lasts;     /* whatever holds has lasted as long as
	                                   it must                            */
	/* The value of a setting without pqs: 0, or -errno where it cannot be
	 * had.  NULL: of none. */
	int (*own)(void *ctx, struct task *who, enum setting s,
	           int64_t *ret_value);
	void                *own_ctx;
	struct regexes      *regexes;   /* the rule set lends its own         */
	uint64_t             read;      /* out: FACT_BITs looked at           */
	uint64_t             host_read; /* out: HOST_BITs looked at           */
	uint64_t             steps;     /* out: comparisons made              */
	uint64_t             again_ns;  /* out: until then something that holds
	                                   did not last; 0: nothing           */
	uint32_t             given_up;  /* out: patterns that took too long   */
	bool                 pending;   /* out: a slow fact was not there yet */
	bool                 gone;      /* out: the task left meanwhile       */
};

/* Unsure: a fact that it depends on is unreadable or pending.  Then neither a
 * match nor an except holds, and the whole rule says nothing. */
enum truth { TRUTH_NO, TRUTH_UNSURE, TRUTH_YES };

/* Whether the selector holds, as far as can be known.  The condition 'known' is
 * not looked at again: it is known to hold (IMAGE_NONE: look at all). */
enum truth match_truth(const void *image, uint32_t selector, uint32_t known,
                       struct subject *who);
/* For a selector of kind SELECT_HOST. */
enum truth match_host(const void *image, uint32_t selector,
                      struct subject *who);

/* How long it must last at most, or what stands inside it; 0: not at all. */
uint64_t match_lasting(const void *image, uint32_t selector);

/* Whether one value fits one alternative; of a list, any element. */
enum truth match_value(const void *image, const struct image_alternative *a,
                       const struct value *v, struct subject *who);
/* Whether a threshold of the condition is released late, and how far it then
 * reaches. */
bool match_swings(const struct image_condition *c,
                  const struct image_alternative *a);
/* Where a threshold that held no longer does: SWING_PERCENT beyond its bound,
 * so that what varies a little about it changes nothing. */
void match_release(const struct image_alternative *a, int64_t *ret_low,
                   int64_t *ret_high);
/* As table_fact(), and notes in who what was read and how it went. */
int  match_fact(struct subject *who, struct task *of, enum fact fact,
                struct value *ret_value);

#endif
