/* sweep.h -- going over all tasks in small parts, so that no step is long.
 *
 * Two walks: a listing asks the system who lives (at start, and after events
 * were lost), a walk goes over the rows that are known (the machine or the
 * rules changed).  What is asked for while one runs joins it or starts it anew;
 * nothing is forgotten.
 */
#ifndef PROCESS_SWEEP_H
#define PROCESS_SWEEP_H

#include "process/table.h"

struct sweep {
	bool            listing, relist;
	uint64_t        cursor;
	struct task_id  found[SWEEP_PER_STEP];
	size_t          found_count, found_at;

	bool            walking;
	uint32_t        slot;
	uint64_t        host;           /* rows that read one of these        */
	bool            all;            /* or every row                       */
	uint64_t        host_again;     /* the same, asked for on the way: of
	                                   the rows that were passed          */
	bool            all_again;
};

/* One that is under way is done once more afterwards: it may have passed by
 * what is asked for now. */
void sweep_list(struct sweep *s);
/* host: rows whose rules read one of these facts; all: every row. */
void sweep_walk(struct sweep *s, uint64_t host, bool all);
/* Whether sweep_next() has anything to give. */
bool sweep_active(const struct sweep *s);

/* The next task to judge: 1 with *ret_task, 0 when nothing is left, -errno when
 * the system cannot list.  gone is told of rows that a listing found dead. */
int  sweep_next(struct sweep *s, struct table *t, const struct sensor *sensor,
                struct task **ret_task,
                void (*gone)(void *ctx, struct task_id id), void *ctx);

#endif
