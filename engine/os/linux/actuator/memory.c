/* memory.c -- reclaim: memory is taken from a process, once. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "os/linux/actuator/actuator.h"
#include "os/linux/actuator/reclaim.h"
#include "os/linux/sensor/errands.h"

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

static void take(struct errand *e)
{
	reclaim_take(e->about.whom.pid, e->pidfd, e->about.wanted,
	             &e->about.turned);
}

static void take_aside(struct linux_actuator *a, struct task_id whom,
                       int pidfd, int64_t bytes, struct turned *ret)
{
	struct errand *e = malloc(sizeof *e);

	*ret = (struct turned){ EFFECT_DENIED,
	                        "too many are under way already", 0 };
	if (e == NULL)
		return;
	*e = (struct errand){ { .whom = whom, .setting = SETTING_reclaim,
	                        .wanted = bytes },
	                      fcntl(pidfd, F_DUPFD_CLOEXEC, 0), take };
	if (e->pidfd >= 0 && errands_ask(a->takings, e) == 0)
		*ret = (struct turned){ EFFECT_UNDERWAY, "", 0 };
	else
		errand_free(e);
}

void memory_take(struct linux_actuator *a, struct task_id whom, int64_t bytes,
                 struct turned *ret)
{
	int pidfd = a->gripped.pid == whom.pid ? a->pidfd : -1;

	if (pidfd < 0)
		*ret = (struct turned){ EFFECT_UNSUPPORTED,
		                        "needs pidfd_open (Linux 5.3)", 0 };
	else if (!a->waits)
		take_aside(a, whom, pidfd, bytes, ret);
	else
		reclaim_take(whom.pid, pidfd, bytes, ret);
}

bool memory_landed(struct linux_actuator *a, struct landed *ret_landed)
{
	struct errand *e = a->takings == NULL ? NULL
	                                      : errands_done(a->takings);

	if (e == NULL)
		return false;
	*ret_landed = e->about;
	errand_free(e);
	return true;
}
