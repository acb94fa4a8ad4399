/* match.h -- does a selector hold for a task?
 *
 * Facts are read when a condition first needs one, so the cheap conditions of a
 * selector are written first by the builder.
 */
#ifndef POLICY_MATCH_H
#define POLICY_MATCH_H

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
	uint64_t             read;      /* out: FACT_BITs looked at           */
	uint64_t             host_read; /* out: HOST_BITs looked at           */
	bool                 pending;   /* out: a slow fact was not there yet */
};

/* A condition on an unreadable or pending fact makes both a match and an
 * except fail: *ret_unsure tells, so that the rule as a whole does not match. */
bool match_holds(const void *image, uint32_t selector, struct subject *who,
                 bool *ret_unsure);
/* The same for one selector of kind SELECT_HOST. */
bool match_host(const void *image, uint32_t selector, struct subject *who);

#endif
