/* limits.c -- cpu_time: the soft limit on the CPU time of a process.
 *
 * The hard limit stays as it is: once lowered, only a privileged process could
 * raise it again.  At the soft one the kernel sends SIGXCPU, which ends a
 * program that does not handle it, and moves the limit on by a second; so a
 * limit that has moved on with the time used is still the one that was set.
 */

#include <errno.h>
#include <sys/resource.h>
#include <time.h>

#include "os/linux/actuator/actuator.h"

#define SECOND_NS    INT64_C(1000000000)
#define SECONDS_MAX  ((rlim_t)(VALUE_UNLIMITED / SECOND_NS))
/* Time is counted in two ways that differ a little. */
#define MOVED_ON_S   2

static bool is_moved_on(const struct linux_actuator *a, struct task_id whom,
                        int64_t value)
{
	struct timespec used;
	clockid_t       clock;

	return a->left.whom.pid == whom.pid && a->left.what == SETTING_cpu_time &&
	       value > a->left.value &&
	       clock_getcpuclockid(whom.pid, &clock) == 0 &&
	       clock_gettime(clock, &used) == 0 &&
	       value / SECOND_NS <= used.tv_sec + MOVED_ON_S;
}

static int cpu_time_read(struct linux_actuator *a, struct task_id whom,
                         int64_t *ret_value)
{
	struct rlimit limit;
	int64_t       value = VALUE_UNLIMITED;

	if (prlimit(whom.pid, RLIMIT_CPU, NULL, &limit) < 0)
		return -errno;
	if (limit.rlim_cur < SECONDS_MAX)
		value = (int64_t)limit.rlim_cur * SECOND_NS;
	*ret_value = is_moved_on(a, whom, value) ? a->left.value : value;
	return 0;
}

static int cpu_time_turn(struct linux_actuator *a, struct task_id whom,
                         int64_t value)
{
	struct rlimit limit;

	(void)a;
	if (prlimit(whom.pid, RLIMIT_CPU, NULL, &limit) < 0)
		return -errno;
	limit.rlim_cur = limit.rlim_max;
	if (value != VALUE_UNLIMITED)
		limit.rlim_cur = (rlim_t)((value - 1) / SECOND_NS + 1);
	if (limit.rlim_cur > limit.rlim_max)
		return -ERANGE;
	return prlimit(whom.pid, RLIMIT_CPU, &limit, NULL) < 0 ? -errno : 0;
}

static const char *cpu_time_refusal(struct linux_actuator *a,
                                    struct task_id whom, int64_t value,
                                    int error)
{
	(void)a, (void)whom, (void)value;
	if (error == ERANGE)
		return "its hard limit is lower";
	return error == EPERM ? "belongs to another user; needs "
	                        "CAP_SYS_RESOURCE" : NULL;
}

const struct knob knob_cpu_time = {
	.read = cpu_time_read, .turn = cpu_time_turn,
	.refusal = cpu_time_refusal,
};
