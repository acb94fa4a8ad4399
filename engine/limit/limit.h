/* limit.h -- how often values may change: per task, per rule, and in all.
 *
 * Each is a bucket: so many changes at once, then one for each interval.
 * Beside them stands a dwell time, for which a setting of a task stays
 * as it was set. Who is refused asks again with whatever is wanted by
 * then; so nothing is kept here that could be out of date, and the last
 * word always lands.
 */
#ifndef LIMIT_LIMIT_H
#define LIMIT_LIMIT_H

#include <stdbool.h>

#include "model/setting.h"
#include "model/task_id.h"

/* each_ns 0: no limit. */
struct limit_rate {
	uint32_t at_once;               /* at least 1                         */
	uint64_t each_ns;
};

struct limit_rates {
	struct limit_rate task, rule, machine;
	uint64_t          dwell_ns;     /* 0: none                            */
};

struct limit_counts {
	uint64_t admitted;              /* changes of one setting of one task */
	uint64_t refused;               /* times that somebody had to wait    */
	uint64_t crowded;               /* past LIMITED_MAX; let through      */
};

struct limiter;

struct limiter *limiter_new(const struct limit_rates *rates);  /* NULL: no
                                                           memory             */
void limiter_free(struct limiter *l);           /* NULL is fine               */

/* Whether these settings (SETTING_BITs, at least one) of the task may be
 * changed now, each on behalf of its rule: 0, and it is paid for; else the time
 * from which on it is worth asking again. */
uint64_t limiter_admit(struct limiter *l, struct task_id who,
                       uint64_t settings,
                       const uint32_t rule[SETTING_COUNT], uint64_t now_ns);
/* The task left. */
void limiter_forget(struct limiter *l, struct task_id who);
/* Rules have other numbers from now on. */
void limiter_forget_rules(struct limiter *l);

/* How many changes need not wait now; UINT32_MAX where there is no limit. */
struct limit_left {
	uint32_t task, rule, machine;
	uint64_t stays_ns;              /* that long the setting stays as it is */
};

/* Of that setting of the task, on behalf of that rule.  Costs nothing. */
struct limit_left limiter_left(const struct limiter *l, struct task_id who,
                               enum setting setting, uint32_t rule,
                               uint64_t now_ns);

struct limit_counts limiter_counts(const struct limiter *l);

#endif
