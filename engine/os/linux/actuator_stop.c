/* actuator_stop.c -- freeze: a process stands still and goes on.
 *
 * What somebody else stopped is frozen already: it has nothing of ours to be
 * put back, and so is never continued by us.
 */

#include <errno.h>

#include "os/linux/actuator.h"
#include "os/linux/stance.h"

static int freeze_read(struct linux_actuator *a, struct task_id whom,
                       int64_t *ret_value)
{
	struct stance now;
	int           r = stance_read(whom.pid, &now);

	(void)a;
	if (r == 0)
		*ret_value = now.stopped;
	return r;
}

static int freeze_turn(struct linux_actuator *a, struct task_id whom,
                       int64_t value)
{
	int pidfd = a->gripped.pid == whom.pid ? a->pidfd : -1;

	return value != 0 ? stance_stop(whom.pid, pidfd)
	                  : stance_continue(whom.pid, pidfd);
}

/* Without a pidfd the signal could reach a stranger. */
static const char *freeze_refusal(struct linux_actuator *a,
                                  struct task_id whom, int64_t value,
                                  int error)
{
	(void)a, (void)whom, (void)value;
	switch (error) {
	case EBUSY:
		return "a debugger holds it";
	case EPERM:
		return "belongs to another user; needs CAP_KILL";
	case ENOSYS:
		return "needs pidfd_open and pidfd_send_signal (Linux 5.3)";
	default:
		return NULL;
	}
}

const struct knob knob_freeze = {
	freeze_read, freeze_turn, NULL, freeze_refusal, NULL, NULL
};
