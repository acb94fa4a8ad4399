/* actuator_memory.c -- reclaim: memory is taken from a process, once. */

#include <errno.h>

#include "os/linux/actuator.h"
#include "os/linux/reclaim.h"

/* Nothing of it stays to be read. */
static int reclaim_read(struct linux_actuator *a, struct task_id whom,
                        int64_t *ret_value)
{
	(void)a, (void)whom;
	*ret_value = 0;
	return reclaim_there();
}

const struct knob knob_reclaim = {
	.read = reclaim_read,
	.missing = "needs process_madvise (Linux 5.10)",
};

void memory_take(struct linux_actuator *a, struct task_id whom, int64_t bytes,
                 struct turned *ret)
{
	int pidfd = a->gripped.pid == whom.pid ? a->pidfd : -1;

	if (pidfd < 0)
		*ret = (struct turned){ EFFECT_UNSUPPORTED,
		                        "needs pidfd_open (Linux 5.3)", 0 };
	else if (a->reclaimer != NULL)
		reclaimer_ask(a->reclaimer, whom, pidfd, bytes, ret);
	else
		reclaim_take(whom.pid, pidfd, bytes, ret);
}

bool memory_landed(struct linux_actuator *a, struct landed *ret_landed)
{
	return a->reclaimer != NULL &&
	       reclaimer_landed(a->reclaimer, ret_landed);
}
