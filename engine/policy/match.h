/* match.h -- does a selector hold for a task?
 *
 * The answer may also be that nobody knows: a fact is unreadable, or slow and
 * still on its way.  Facts are read when a condition first needs one, so the
 * cheap conditions of a selector are written first by the builder, and facts
 * that are slow or drift are read only while all else holds.
 */
#ifndef POLICY_MATCH_H
#define POLICY_MATCH_H

#include "base/limits.h"
#include "model/host.h"
#include "policy/image.h"
#include "process/table.h"

/* Uids that are people's: low..high, without nobody. */
struct people {
	uid_t low, high;
};

struct subject {
	struct table        *table;
	struct task         *task;
	const struct host   *host;
	const struct people *people;
	const struct tag_set *tags;     /* the task's own so far; NULL: as the
	                                   last judging left them             */
	uint64_t             read;      /* out: FACT_BITs looked at           */
	uint64_t             host_read; /* out: HOST_BITs looked at           */
	uint64_t             steps;     /* out: comparisons made              */
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
bool match_host(const void *image, uint32_t selector, struct subject *who);

/* Whether one value fits one alternative; of a list, any element. */
bool match_value(const void *image, const struct image_alternative *a,
                 const struct value *v, struct subject *who);
/* As table_fact(), and notes in who what was read and how it went. */
int  match_fact(struct subject *who, struct task *of, enum fact fact,
                struct value *ret_value);

#endif
