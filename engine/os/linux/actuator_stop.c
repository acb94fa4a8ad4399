/* actuator_stop.c -- freeze and cpu_limit: a process stands still and goes on.
 *
 * What somebody else stopped is frozen already: it has nothing of ours to be
 * put back, and so is never continued by us.  Freezing comes before a limit: who
 * is frozen is not stopped and continued for its limit, and who stands still for
 * its limit alone is not frozen.
 *
 * This is how one process is limited without a cgroup; nothing but the row of
 * cpu_limit knows.
 */

#include <errno.h>

#include "os/linux/actuator.h"
#include "os/linux/duty.h"
#include "os/linux/stance.h"

static int pidfd_held(const struct linux_actuator *a, struct task_id whom)
{
	return a->gripped.pid == whom.pid ? a->pidfd : -1;
}

static int freeze_read(struct linux_actuator *a, struct task_id whom,
                       int64_t *ret_value)
{
	struct stance now;
	int           r = stance_read(whom.pid, &now);

	if (r == 0)
		*ret_value = now.stopped &&
		             !duties_stopped(a->duties, whom.pid);
	return r;
}

/* Its limit is out of the way before it is stopped, and comes back after. */
static int freeze_turn(struct linux_actuator *a, struct task_id whom,
                       int64_t value)
{
	int pidfd = pidfd_held(a, whom);
	int r;

	if (value == 0) {
		r = stance_continue(whom.pid, pidfd);
		if (r == 0)
			duties_freeze(a->duties, whom.pid, false);
		return r;
	}
	duties_freeze(a->duties, whom.pid, true);
	r = stance_stop(whom.pid, pidfd);
	if (r < 0)
		duties_freeze(a->duties, whom.pid, false);
	return r;
}

/* Without a pidfd the signal could reach a stranger. */
static const char *stop_refusal(struct linux_actuator *a, struct task_id whom,
                                int64_t value, int error)
{
	(void)a, (void)whom, (void)value;
	switch (error) {
	case EBUSY:
		return "a debugger holds it";
	case EPERM:
		return "belongs to another user; needs CAP_KILL";
	case ENOSYS:
		return "needs pidfd_open and pidfd_send_signal (Linux 5.3)";
	case ENOSPC:
		return "as many as can be are limited already";
	default:
		return NULL;
	}
}

const struct knob knob_freeze = {
	.read = freeze_read, .turn = freeze_turn, .refusal = stop_refusal,
};

/* Nothing but this process knows of the limit: where another pqs left one, only
 * what it wrote down tells. */
static int cpu_limit_read(struct linux_actuator *a, struct task_id whom,
                          int64_t *ret_value)
{
	if (a->left.whom.pid == whom.pid && a->left.what == SETTING_cpu_limit)
		duties_adopt(a->duties, whom.pid, pidfd_held(a, whom),
		             a->left.value);
	*ret_value = duties_limit(a->duties, whom.pid);
	return 0;
}

static int cpu_limit_turn(struct linux_actuator *a, struct task_id whom,
                          int64_t value)
{
	return duties_set(a->duties, whom.pid, pidfd_held(a, whom), value);
}

static const char *cpu_limit_inert(struct linux_actuator *a,
                                   struct task_id whom,
                                   const struct want *holding, int64_t value)
{
	(void)a, (void)whom, (void)holding;
	return value >= duties_share(SHARE_HIGH)
	       ? "this machine has no more cores than that" : NULL;
}

const struct knob knob_cpu_limit = {
	.read = cpu_limit_read, .turn = cpu_limit_turn,
	.refusal = stop_refusal, .inert = cpu_limit_inert,
};
