/* kin.h -- the threads of one process, judged one by one, some in each step. */
#ifndef KIN_H
#define KIN_H

#include <stdbool.h>

#include "base/limits.h"
#include "model/task_id.h"

#define KIN_AT_ONCE 16          /* named by the system in one call            */

struct engine;
struct task;

struct kin_walk {
	struct task_id process;
	uint64_t       cursor;
	pid_t          tid[KIN_AT_ONCE];        /* named, and not judged yet  */
	int            at, count;
	bool           again;           /* from the first on, when it is over */
};

struct kin_walks {
	struct kin_walk walk[KIN_MAX];
	size_t          count, turn;
};

/* Judges the threads of a process with rows of their own: as many as there is time
 * for, the others in the steps that follow.  0 or -errno. */
int  kin_judge(struct engine *en, struct task *process);
/* Goes on with one of those that are under way. */
int  kin_go_on(struct engine *en);
bool kin_is_under_way(const struct engine *en);

#endif
