/* stop.c -- freeze and cpu_limit: a process stands still and goes on.
 *
 * What somebody else stopped is frozen already: it has nothing of ours to be
 * put back, and so is never continued by us.  Freezing comes before a limit:
 * who is frozen is not stopped and continued for its limit, and who stands
 * still for its limit alone is not frozen.
 *
 * This is how one process is limited without a cgroup; nothing but the row of
 * cpu_limit knows.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "os/linux/actuator/actuator.h"
#include "os/linux/actuator/duty.h"
#include "os/linux/actuator/stance.h"
#include "os/linux/group/freezer.h"
#include "os/linux/sensor/errands.h"

static int pidfd_held(const struct linux_actuator *a, struct task_id whom)
{
	return a->gripped.pid == whom.pid ? a->pidfd : -1;
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
	case EAGAIN:
		return "too many are under way already";
	case ENOSPC:
		return "as many as can be are limited already";
	default:
		return NULL;
	}
}

/* A limit that stops and continues the process has signals in the air; then all
 * is done by signals. */
static bool by_freezer(struct linux_actuator *a, struct task_id whom)
{
	return pidfd_held(a, whom) >= 0 &&
	       duties_limit(a->duties, whom.pid) == VALUE_UNLIMITED &&
	       freezer_takes(&a->layout, whom.pid);
}

static int freeze_read(struct linux_actuator *a, struct task_id whom,
                       int64_t *ret_value)
{
	struct stance now;
	int           held = freezer_holds(&a->layout, whom.pid);
	int           r = held < 0 ? held : stance_read(whom.pid, &now);

	if (r == 0)
		*ret_value = held > 0 || (now.stopped &&
		             !duties_stopped(a->duties, whom.pid));
	return r;
}

struct freezing {
	struct errand        errand;
	const struct layout *layout;
};

/* Whom no group can freeze is stopped.  0 or -errno. */
static int change_stance(const struct layout *l, pid_t pid, int pidfd,
                         bool freeze)
{
	int r = freeze ? freezer_freeze(l, pid, pidfd)
	               : freezer_thaw(l, pid, pidfd);

	return r < 0 && r != -ESRCH && freeze ? stance_stop(pid, pidfd) : r;
}

static void run_freeze(struct errand *e)
{
	const struct freezing *f = (const struct freezing *)e;
	struct task_id         whom = e->about.whom;
	struct stance          now = { .stopped = false };
	int                    held, r;

	r = change_stance(f->layout, whom.pid, e->pidfd, e->about.wanted != 0);
	held = freezer_holds(f->layout, whom.pid);
	if (stance_read(whom.pid, &now) < 0 || !pidfd_lives(e->pidfd))
		r = -ESRCH;
	e->about.turned = (struct turned){ EFFECT_APPLIED, "",
	                                   held > 0 || now.stopped };
	if (r == -ESRCH)
		e->about.turned.effect = EFFECT_GONE;
	if (r == 0 || r == -ESRCH)
		return;
	e->about.turned.effect = EFFECT_DENIED;
	e->about.turned.why = stop_refusal(NULL, whom, 0, -r);
	if (e->about.turned.why == NULL)
		e->about.turned.why = "the kernel refuses it";
}

void freeze_landed(struct linux_actuator *a, const struct errand *e,
                   struct landed *ret_landed)
{
	*ret_landed = e->about;
	duties_freeze(a->duties, e->about.whom.pid, e->about.turned.now != 0);
}

/* 0 when it is done, -EINPROGRESS, or -errno. */
static int freeze_by_group(struct linux_actuator *a, struct task_id whom,
                           int64_t value)
{
	struct freezing *f = calloc(1, sizeof *f);
	int              r = -ENOMEM;

	if (f == NULL)
		return r;
	*f = (struct freezing){ { { .whom = whom, .setting = SETTING_freeze,
	                            .wanted = value },
	                          fcntl(pidfd_held(a, whom), F_DUPFD_CLOEXEC,
	                                0), run_freeze }, &a->layout };
	if (f->errand.pidfd < 0) {
		r = -errno;
	} else if (!a->waits) {
		r = errands_ask(a->moves, &f->errand);
		if (r == 0)
			return -EINPROGRESS;
	} else {
		r = change_stance(&a->layout, whom.pid, f->errand.pidfd,
		                  value != 0);
	}
	errand_free(&f->errand);
	return r;
}

static int freeze_by_signal(struct linux_actuator *a, struct task_id whom,
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

/* Its limit is out of the way before it is stopped, and comes back after. */
static int freeze_turn(struct linux_actuator *a, struct task_id whom,
                       int64_t value)
{
	struct stance now;
	int           r;

	if (value == 0 ? freezer_holds(&a->layout, whom.pid) <= 0
	               : !by_freezer(a, whom))
		return freeze_by_signal(a, whom, value);
	r = stance_read(whom.pid, &now);
	if (r == 0 && value != 0 && now.traced)
		r = -EBUSY;
	return r < 0 ? r : freeze_by_group(a, whom, value);
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

const struct knob knob_cpu_limit = {
	.read = cpu_limit_read, .turn = cpu_limit_turn,
	.refusal = stop_refusal,
};
