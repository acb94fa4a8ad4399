/* settable.h -- what can be set by hand on a task, by that visitor. */
#ifndef CONTROL_SETTABLE_H
#define CONTROL_SETTABLE_H

#include "control/session.h"

struct task;

struct settable {
	struct want want;
	uint64_t    forget;             /* SETTING_BITs                       */
};

/* The pairs of s->ask: "nice=5", or "nice=" to take it back.  0, or -EINVAL
 * after session_refuse(). */
int settable_read(struct session *s, const struct task *who,
                  struct settable *ret);

#endif
