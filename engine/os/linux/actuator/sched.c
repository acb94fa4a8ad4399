/* sched.c -- what only the new scheduler call can set: slice,
 * uclamp_min and uclamp_max. */

#include <errno.h>

#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/actuator/actuator.h"

#define KEEP_POLICY    0x08u
#define KEEP_ALL       0x18u            /* and nice, and the slice           */
#define CLAMP_MIN      0x20u
#define CLAMP_MAX      0x40u
#define CLAMP_DEFAULT  UINT32_MAX
#define NO_CLAMPS_BYTES 48u             /* of a kernel that knows none       */
#define FULL           1024             /* of the CPU, as the kernel counts  */
#define PER_CENT       100

#define UNCLAMPED "this kernel was built without it (CONFIG_UCLAMP_TASK)"

int scheduling_get(pid_t tid, struct scheduling *ret)
{
	*ret = (struct scheduling){ .size = 0 };
	return syscall(SYS_sched_getattr, tid, ret, sizeof *ret, 0) < 0
	       ? -errno : 0;
}

/* Told as short as it can be, so that old kernels take it as well. */
int scheduling_set(pid_t tid, struct scheduling *s)
{
	s->size = (s->flags & (CLAMP_MIN | CLAMP_MAX)) == 0 ? NO_CLAMPS_BYTES
	                                                    : sizeof *s;
	return syscall(SYS_sched_setattr, tid, s, 0) < 0 ? -errno : 0;
}

/* The call takes the nice value along, so that must be what it is now.  A zero
 * is the kernel's own slice. */
static int slice_set(struct task_id whom, uint64_t slice_ns)
{
	struct scheduling now;
	int               r = scheduling_get(whom.tid, &now);

	if (r < 0)
		return r;
	now = (struct scheduling){ .flags = KEEP_POLICY, .nice = now.nice,
	                           .runtime = slice_ns };
	return scheduling_set(whom.tid, &now);
}

/* Kernels that know no slices tell 0. */
static int slice_read(struct linux_actuator *a, struct task_id whom,
                      int64_t *ret_value)
{
	struct scheduling now;
	int               r = scheduling_get(whom.tid, &now);

	(void)a;
	if (r < 0)
		return r;
	if (now.policy != SCHED_OTHER && now.policy != SCHED_BATCH &&
	    now.policy != SCHED_IDLE)
		return -ENODATA;
	*ret_value = (int64_t)now.runtime;
	return 0;
}

/* If the kernel's own is the one that is meant, it stays the kernel's own: that
 * is how a task gets back what it had. */
static int slice_turn(struct linux_actuator *a, struct task_id whom,
                      int64_t value)
{
	int64_t now = 0;
	int     r = slice_set(whom, 0);

	if (r == 0)
		r = slice_read(a, whom, &now);
	return r < 0 || now == value ? r : slice_set(whom, (uint64_t)value);
}

static const char *slice_refusal(struct linux_actuator *a, struct task_id whom,
                                 int64_t value, int error)
{
	(void)a, (void)whom, (void)value;
	switch (error) {
	case EPERM:
		return "belongs to another user; needs CAP_SYS_NICE";
	case ENODATA:
		return "a real-time task has no slice";
	default:
		return NULL;
	}
}

static const char *slice_inert(struct linux_actuator *a, struct task_id whom,
                               const struct want *holding, int64_t value)
{
	(void)whom, (void)holding;
	if (value == 0)
		return "this kernel does not heed slices; from Linux 6.12 "
		       "on it does";
	return groups_extended(a) ? "a sched_ext scheduler is loaded, which "
	                            "has slices of its own" : NULL;
}

const struct knob knob_slice = {
	.read = slice_read, .turn = slice_turn, .refusal = slice_refusal,
	.inert = slice_inert,
};

/* A clamp that no percentage stands for, as others may set one, is told as
 * itself, past all percentages. */
static int64_t percent_of(uint32_t raw)
{
	int64_t percent = (raw * PER_CENT + FULL / 2) / FULL;

	return (percent * FULL + PER_CENT / 2) / PER_CENT == raw
	       ? percent : PER_CENT + 1 + raw;
}

static uint32_t raw_of(int64_t value)
{
	if (value > PER_CENT)
		return (uint32_t)(value - PER_CENT - 1);
	return (uint32_t)((value * FULL + PER_CENT / 2) / PER_CENT);
}

static int clamp_get(pid_t tid, uint64_t which, uint32_t *ret_raw)
{
	struct scheduling now;
	int               r = scheduling_get(tid, &now);

	if (r < 0)
		return r;
	if (now.size < sizeof now)
		return -EOPNOTSUPP;
	*ret_raw = which == CLAMP_MIN ? now.clamp_min : now.clamp_max;
	return 0;
}

static int clamp_set(pid_t tid, uint64_t which, uint32_t raw)
{
	struct scheduling s = { .flags = KEEP_ALL | which,
	                        .clamp_min = raw, .clamp_max = raw };

	return scheduling_set(tid, &s);
}

/* A kernel that knows the field may have been built without what it is for; to
 * a clamp past all bounds such a one answers that it has none. */
static int clamp_read(pid_t tid, uint64_t which, int64_t *ret_value)
{
	uint32_t raw;
	int      r = clamp_get(tid, which, &raw);

	if (r == 0 && clamp_set(0, which, FULL + 1) == -EOPNOTSUPP)
		r = -EOPNOTSUPP;
	if (r == 0)
		*ret_value = percent_of(raw);
	return r;
}

/* As with slices: what is the default goes back to being that. */
static int clamp_turn(pid_t tid, uint64_t which, int64_t value)
{
	uint32_t raw = 0;
	int      r = clamp_set(tid, which, CLAMP_DEFAULT);

	if (r == 0)
		r = clamp_get(tid, which, &raw);
	return r < 0 || raw == raw_of(value)
	       ? r : clamp_set(tid, which, raw_of(value));
}

static int clamp_min_read(struct linux_actuator *a, struct task_id whom,
                          int64_t *ret_value)
{
	(void)a;
	return clamp_read(whom.tid, CLAMP_MIN, ret_value);
}

static int clamp_max_read(struct linux_actuator *a, struct task_id whom,
                          int64_t *ret_value)
{
	(void)a;
	return clamp_read(whom.tid, CLAMP_MAX, ret_value);
}

static int clamp_min_turn(struct linux_actuator *a, struct task_id whom,
                          int64_t value)
{
	(void)a;
	return clamp_turn(whom.tid, CLAMP_MIN, value);
}

static int clamp_max_turn(struct linux_actuator *a, struct task_id whom,
                          int64_t value)
{
	(void)a;
	return clamp_turn(whom.tid, CLAMP_MAX, value);
}

static const char *clamp_refusal(struct linux_actuator *a, struct task_id whom,
                                 int64_t value, int error)
{
	(void)a, (void)whom, (void)value;
	switch (error) {
	case EPERM:
		return "belongs to another user; needs CAP_SYS_NICE";
	case EINVAL:
		return "uclamp_min would be above uclamp_max";
	default:
		return NULL;
	}
}

const struct knob knob_uclamp_min = {
	.read = clamp_min_read, .turn = clamp_min_turn,
	.refusal = clamp_refusal, .missing = UNCLAMPED,
};

const struct knob knob_uclamp_max = {
	.read = clamp_max_read, .turn = clamp_max_turn,
	.refusal = clamp_refusal, .missing = UNCLAMPED,
};
