/* realtime.c -- realtime: a deadline, or else fifo.
 *
 * The value of a task without times is its class, turned over (setting.h), so
 * that going back to what it was is one more turn.
 */

#include <errno.h>

#include "os/linux/actuator/actuator.h"

#define POLICY_DEADLINE 6
#define RESET_ON_FORK   0x01u
#define NS_PER_US       1000
#define LEAST_NS        1024            /* that the kernel takes for runtime  */
/* Below what sched_deadline_period_max_us is at boot: 4.19 s. */
#define LONGEST_NS      UINT64_C(4000000000)
#define US_MAX          ((INT64_C(1) << REALTIME_BITS) - 1)

/* Under fifo the more urgent goes first.  Sound servers have about 20, and what
 * the kernel itself does in threads has 50. */
static const struct {
	int64_t constraint_us;
	int     priority;
} ladder[] = {
	{ 1000, 20 }, { 10000, 15 }, { 100000, 10 }, { INT64_MAX, 5 },
};

static int64_t us_of(uint64_t ns)
{
	return ns / NS_PER_US < US_MAX ? (int64_t)(ns / NS_PER_US) : US_MAX;
}

static int realtime_read(struct linux_actuator *a, struct task_id whom,
                         int64_t *ret_value)
{
	struct scheduling now;
	int64_t           sched;
	int               r = scheduling_get(whom.tid, &now);

	if (r == 0 && now.policy == POLICY_DEADLINE) {
		*ret_value = realtime_value(us_of(now.period),
		                            us_of(now.runtime),
		                            us_of(now.deadline));
		return 0;
	}
	if (r == 0)
		r = knob_sched.read(a, whom, &sched);
	if (r == 0)
		*ret_value = ~sched;
	return r;
}

/* Without the flag it could start no threads any more. */
static int deadline_set(pid_t tid, int64_t value)
{
	struct scheduling s = {
		.policy = POLICY_DEADLINE, .flags = RESET_ON_FORK,
		.period = (uint64_t)realtime_us(value, 2) * NS_PER_US,
		.runtime = (uint64_t)realtime_us(value, 1) * NS_PER_US,
		.deadline = (uint64_t)realtime_us(value, 0) * NS_PER_US,
	};

	return scheduling_set(tid, &s);
}

/* Of a task that leaves its deadline before it ever woke with it, the kernel
 * keeps the share for ever (seen on 6.18), until nobody can have a deadline.
 * Of a share that rounds to nothing nothing is lost. */
static void deadline_shrink(pid_t tid)
{
	struct scheduling now, least = {
		.policy = POLICY_DEADLINE, .runtime = LEAST_NS,
		.deadline = LONGEST_NS, .period = LONGEST_NS,
	};

	if (scheduling_get(tid, &now) < 0 || now.policy != POLICY_DEADLINE)
		return;
	least.flags = now.flags & RESET_ON_FORK;
	scheduling_set(tid, &least);
}

/* Nothing but that limit keeps a fifo thread from running for ever, and then
 * it costs the process its life. */
static int fifo_set(struct linux_actuator *a, struct task_id whom,
                    int64_t value)
{
	int step = 0;

	if (rights_realtime_us(whom.pid) < (uint64_t)realtime_us(value, 1))
		return -ETIME;
	while (ladder[step].constraint_us < realtime_us(value, 0))
		step++;
	return knob_sched.turn(a, whom, SCHED_VALUE_RESET |
	                       sched_value(SCHED_CLASS_FIFO,
	                                   ladder[step].priority));
}

static int realtime_turn(struct linux_actuator *a, struct task_id whom,
                         int64_t value)
{
	int r;

	if (value < 0) {
		deadline_shrink(whom.tid);
		return knob_sched.turn(a, whom, ~value);
	}
	r = deadline_set(whom.tid, value);
	if (r == 0 || r == -ESRCH)
		return r;
	a->deadline_error = -r;
	return fifo_set(a, whom, value);
}

/* Its children were made ordinary, and only the capability undoes that. */
static bool realtime_returns(struct linux_actuator *a, struct task_id whom,
                             int64_t before, int64_t value)
{
	return before >= 0 ? rights_nice(a)
	                   : knob_sched.returns(a, whom, ~before,
	                                        realtime_sched(value));
}

static const char *realtime_refusal(struct linux_actuator *a,
                                    struct task_id whom, int64_t value,
                                    int error)
{
	if (error == ETIME)
		return "no deadline is to be had, and under fifo its own "
		       "RLIMIT_RTTIME would end it";
	return knob_sched.refusal(a, whom, value < 0 ? ~value :
	                          sched_value(SCHED_CLASS_FIFO, 1), error);
}

static const char *realtime_instead(struct linux_actuator *a,
                                    struct task_id whom)
{
	(void)whom;
	switch (a->deadline_error) {
	case EBUSY:
		return "the kernel has no room left for deadlines "
		       "(kernel.sched_rt_runtime_us): fifo instead";
	case EPERM:
		return rights_nice(a)
		       ? "a deadline needs all CPUs, and its affinity has "
		         "fewer: fifo instead"
		       : "a deadline needs CAP_SYS_NICE: fifo instead";
	case EINVAL:
		return "the kernel takes no such times "
		       "(kernel.sched_deadline_period_min_us): fifo instead";
	default:
		return "the kernel refuses the deadline: fifo instead";
	}
}

const struct knob knob_realtime = {
	.read = realtime_read, .turn = realtime_turn,
	.returns = realtime_returns, .refusal = realtime_refusal,
	.instead = realtime_instead,
};
