/* task_id.h -- the name of a process or thread.
 *
 * A pid is not a name: the kernel uses it again.  The pid together with the
 * moment it was born never comes back.
 */
#ifndef MODEL_TASK_ID_H
#define MODEL_TASK_ID_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct task_id {
	pid_t    pid;
	pid_t    tid;           /* equal to pid for the process itself; the pid
	                           negated for its main thread alone          */
	uint64_t born;          /* start time in the kernel's own clock ticks
	                           since boot; 0: not read yet                */
};

/* The same task; ids of the main thread and of its process differ. */
static inline bool task_id_equal(struct task_id a, struct task_id b)
{
	return a.pid == b.pid && a.tid == b.tid && a.born == b.born;
}

static inline bool task_id_is_thread(struct task_id id)
{
	return id.tid != id.pid;
}

/* The main thread apart from its process, of which the kernel makes no
 * difference: both go by the pid. */
static inline struct task_id task_id_main(struct task_id process)
{
	return (struct task_id){ process.pid, -process.pid, process.born };
}

static inline bool task_id_is_main(struct task_id id)
{
	return id.tid < 0;
}

/* By the name that the kernel has for it, as all doors want it. */
static inline struct task_id task_id_known(struct task_id id)
{
	if (task_id_is_main(id))
		id.tid = id.pid;
	return id;
}

#endif
