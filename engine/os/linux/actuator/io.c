/* io.c -- ionice, timer_slack and oom_score_adj. */

#include "os/linux/actuator/actuator.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WHO_PROCESS    1                /* of ioprio_get(): one thread        */
#define CLASS_SHIFT    13
#define LEVEL_MASK     7

enum io_class { IO_CLASS_NONE, IO_CLASS_REALTIME, IO_CLASS_BEST_EFFORT,
                IO_CLASS_IDLE };

/* Values as setting.h packs them: the lowest level of each class. */
#define IONICE_IDLE        0
#define IONICE_BEST_EFFORT 8
#define IONICE_REALTIME    16

int ionice_from(long raw, int64_t *ret_value)
{
	long less = LEVEL_MASK - (raw & LEVEL_MASK);

	switch ((enum io_class)(raw >> CLASS_SHIFT)) {
	case IO_CLASS_REALTIME:
		*ret_value = IONICE_REALTIME + less;
		return 0;
	case IO_CLASS_BEST_EFFORT:
		*ret_value = IONICE_BEST_EFFORT + less;
		return 0;
	case IO_CLASS_IDLE:
		*ret_value = IONICE_IDLE;
		return 0;
	default:
		*ret_value = IONICE_NONE;
		return 0;
	}
}

static int ionice_read(struct linux_actuator *a, struct task_id whom,
                       int64_t *ret_value)
{
	long raw = syscall(SYS_ioprio_get, WHO_PROCESS, whom.tid);

	(void)a;
	return raw < 0 ? -errno : ionice_from(raw, ret_value);
}

static int ionice_turn(struct linux_actuator *a, struct task_id whom,
                       int64_t value)
{
	long class = IO_CLASS_NONE, level = 0;

	(void)a;
	if (value >= IONICE_BEST_EFFORT) {
		class = value >= IONICE_REALTIME ? IO_CLASS_REALTIME
		                                 : IO_CLASS_BEST_EFFORT;
		level = LEVEL_MASK - (long)value % (LEVEL_MASK + 1);
	} else if (value == IONICE_IDLE) {
		class = IO_CLASS_IDLE;
	} else if (value != IONICE_NONE) {
		return -EINVAL;
	}
	return syscall(SYS_ioprio_set, WHO_PROCESS, whom.tid,
	               class << CLASS_SHIFT | level) < 0 ? -errno : 0;
}

static bool ionice_returns(struct linux_actuator *a, struct task_id whom,
                           int64_t before, int64_t value)
{
	(void)whom, (void)value;
	return before < IONICE_REALTIME || rights_nice(a);
}

static const char *ionice_refusal(struct linux_actuator *a,
                                  struct task_id whom, int64_t value,
                                  int error)
{
	(void)a, (void)whom;
	if (error == EINVAL)
		return "there is no such I/O level";
	if (error != EPERM)
		return NULL;
	return value >= IONICE_REALTIME
	       ? "needs CAP_SYS_NICE or CAP_SYS_ADMIN"
	       : "belongs to another user; needs CAP_SYS_NICE";
}

static const char *ionice_inert(struct linux_actuator *a, struct task_id whom,
                                const struct want *holding, int64_t value)
{
	(void)whom, (void)holding;
	if (value == IONICE_NONE || a->disks == DISKS_COUNT_LEVEL)
		return NULL;
	if (a->disks == DISKS_IGNORE)
		return "no disk here has an I/O scheduler that counts it "
		       "(bfq does)";
	return value >= IONICE_BEST_EFFORT && value < IONICE_REALTIME
	       ? "mq-deadline counts only the class; bfq counts levels"
	       : NULL;
}

const struct knob knob_ionice = {
	.read = ionice_read, .turn = ionice_turn, .returns = ionice_returns,
	.refusal = ionice_refusal, .inert = ionice_inert,
};

static enum disks disks_of(const char *schedulers)
{
	if (strstr(schedulers, "[bfq]") != NULL)
		return DISKS_COUNT_LEVEL;
	if (strstr(schedulers, "[mq-deadline]") != NULL)
		return DISKS_COUNT_CLASS;
	return DISKS_IGNORE;
}

enum disks disks_look(const char *folder)
{
	enum disks     best = DISKS_IGNORE, one;
	DIR           *disks = opendir(folder);
	struct dirent *e;
	char           path[512], text[256];

	while (disks != NULL && (e = readdir(disks)) != NULL) {
		snprintf(path, sizeof path, "%s/%s/queue/scheduler", folder,
		         e->d_name);
		if (path_read(path, text, sizeof text) < 0)
			continue;
		one = disks_of(text);
		if (one > best)
			best = one;
	}
	if (disks != NULL)
		closedir(disks);
	return best;
}

/* The kernel's own for whoever never asked for another. */
#define SLACK_USUAL_NS 50000

static int slack_read(struct linux_actuator *a, struct task_id whom,
                      int64_t *ret_ns)
{
	return file_read_number(a, whom.tid, "timerslack_ns", ret_ns);
}

static int slack_write(struct linux_actuator *a, struct task_id whom, int64_t ns)
{
	return file_write_number(a, whom.tid, "timerslack_ns", ns);
}

/* What pqs left, where the kernel alone can have taken it away. */
static bool slack_left(const struct linux_actuator *a, struct task_id whom,
                       int64_t *ret_ns)
{
	if (a->left.what != SETTING_timer_slack ||
	    a->left.whom.pid != whom.pid || a->left.whom.tid != whom.tid)
		return false;
	*ret_ns = a->left.value;
	return true;
}

static int timer_slack_read(struct linux_actuator *a, struct task_id whom,
                            int64_t *ret_value)
{
	int64_t now;
	int     r = slack_read(a, whom, &now);

	if (r < 0)
		return r;
	if ((now == 0 && slack_find(&a->slacks, whom, ret_value)) ||
	    ((now == 0 || now == SLACK_USUAL_NS) &&
	     slack_left(a, whom, ret_value)))
		return 0;
	*ret_value = now;
	return 0;
}

static int timer_slack_turn(struct linux_actuator *a, struct task_id whom,
                            int64_t value)
{
	int64_t kept;

	if (!slack_find(&a->slacks, whom, &kept))
		return slack_write(a, whom, value);
	slack_keep(&a->slacks, whom, value);
	return 0;
}

int64_t slack_before(struct linux_actuator *a, struct task_id whom)
{
	int64_t ns;

	return slack_read(a, whom, &ns) == 0 ? ns : 0;
}

void slack_after(struct linux_actuator *a, struct task_id whom, bool was_realtime,
                 bool is_realtime, int64_t slack_ns)
{
	int64_t now = 0, kept;

	if (is_realtime && !was_realtime && slack_ns != 0 &&
	    slack_read(a, whom, &now) == 0 && now == 0)
		slack_keep(&a->slacks, whom, slack_ns);
	if (is_realtime || !slack_find(&a->slacks, whom, &kept))
		return;
	slack_forget(&a->slacks, whom);
	slack_write(a, whom, kept);
}

/* The kernel asks for it even of a task's own user, for reading as well. */
static const char *timer_slack_refusal(struct linux_actuator *a,
                                       struct task_id whom, int64_t value,
                                       int error)
{
	(void)a, (void)whom, (void)value;
	return error == EPERM || error == EACCES ? "needs CAP_SYS_NICE" : NULL;
}

static const char *timer_slack_inert(struct linux_actuator *a,
                                     struct task_id whom,
                                     const struct want *holding, int64_t value)
{
	(void)holding, (void)value;
	return actuator_class(a, whom) > SCHED_CLASS_OTHER
	       ? "timers of a real-time task have no slack" : NULL;
}

const struct knob knob_timer_slack = {
	.read = timer_slack_read, .turn = timer_slack_turn,
	.refusal = timer_slack_refusal, .inert = timer_slack_inert,
};

static int oom_read(struct linux_actuator *a, struct task_id whom,
                    int64_t *ret_value)
{
	return file_read_number(a, whom.pid, "oom_score_adj", ret_value);
}

static int oom_turn(struct linux_actuator *a, struct task_id whom,
                    int64_t value)
{
	return file_write_number(a, whom.pid, "oom_score_adj", value);
}

static const char *oom_refusal(struct linux_actuator *a, struct task_id whom,
                               int64_t value, int error)
{
	(void)whom, (void)value;
	if (file_foreign(a))
		return "belongs to another user; needs CAP_DAC_OVERRIDE";
	return error == EACCES ? "needs CAP_SYS_RESOURCE" : NULL;
}

/* The kernel remembers the least that a task was given with the capability and
 * lets anyone go down to that, so what was raised can be put back. */
const struct knob knob_oom_score_adj = {
	.read = oom_read, .turn = oom_turn, .refusal = oom_refusal,
};
