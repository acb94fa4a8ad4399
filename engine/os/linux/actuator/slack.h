/* slack.h -- the timer slack of tasks that are in real time meanwhile.
 *
 * From Linux 6.10 on a task that becomes real-time has no slack, none can be
 * written, and when it is ordinary again it has the one that it was born with.
 * So while pqs has made it real-time, what it is to have afterwards is kept
 * here. */
#ifndef OS_LINUX_ACTUATOR_SLACK_H
#define OS_LINUX_ACTUATOR_SLACK_H

#include <stdbool.h>

#include "base/limits.h"
#include "model/task_id.h"

struct slacks {
	struct {
		struct task_id whom;    /* pid 0: free                        */
		int64_t        ns;
	} kept[SLACKS_MAX];
	uint32_t next;                  /* whose place is taken when all are  */
};

/* What the task is to have when it is ordinary again. */
void slack_keep(struct slacks *s, struct task_id whom, int64_t ns);
/* False when nothing is kept of it. */
bool slack_find(const struct slacks *s, struct task_id whom, int64_t *ret_ns);
/* Nothing is kept for it any more. */
void slack_forget(struct slacks *s, struct task_id whom);

#endif
