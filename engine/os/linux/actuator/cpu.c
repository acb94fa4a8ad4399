/* cpu.c -- knobs of the CPU scheduler: affinity, sched, nice and
 * autogroup_nice. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "model/interned.h"
#include "os/linux/actuator/actuator.h"

#define POLICY_DEADLINE 6
#define WORD_BYTES      sizeof(unsigned long)

#define UNDER_REALTIME  "does not count under a real-time class"

static const int policy_of[SCHED_CLASSES] = {
	[SCHED_CLASS_IDLE]     = SCHED_IDLE,
	[SCHED_CLASS_BATCH]    = SCHED_BATCH,
	[SCHED_CLASS_OTHER]    = SCHED_OTHER,
	[SCHED_CLASS_RR]       = SCHED_RR,
	[SCHED_CLASS_FIFO]     = SCHED_FIFO,
	[SCHED_CLASS_DEADLINE] = POLICY_DEADLINE,
};

static bool is_realtime(enum sched_class c)
{
	return c == SCHED_CLASS_RR || c == SCHED_CLASS_FIFO;
}

/* The kernel's sets are words, ours are bytes: equal on little-endian only. */
static int affinity_read(struct linux_actuator *a, struct task_id whom,
                         int64_t *ret_value)
{
	unsigned long word[CPUS_MAX / 8 / WORD_BYTES];
	uint8_t       bits[CPUS_MAX / 8];
	long          n = syscall(SYS_sched_getaffinity, whom.tid, sizeof word,
	                          word);
	int64_t       id;

	if (n < 0)
		return -errno;
	for (size_t i = 0; i < (size_t)n; i++)
		bits[i] = (uint8_t)(word[i / WORD_BYTES] >>
		                    i % WORD_BYTES * 8);
	id = interned_add_cpus(a->sets, bits, (size_t)n);
	if (id < 0)
		return (int)id;
	*ret_value = id;
	return 0;
}

static int affinity_turn(struct linux_actuator *a, struct task_id whom,
                         int64_t value)
{
	unsigned long word[CPUS_MAX / 8 / WORD_BYTES] = { 0 };
	uint8_t       bits[CPUS_MAX / 8];
	int           r = interned_bits(a->sets, value, bits, sizeof bits);

	if (r < 0)
		return -EDOM;
	for (size_t i = 0; i < sizeof bits; i++)
		word[i / WORD_BYTES] |= (unsigned long)bits[i]
		                        << i % WORD_BYTES * 8;
	return syscall(SYS_sched_setaffinity, whom.tid, sizeof word, word) < 0
	       ? -errno : 0;
}

static const char *affinity_refusal(struct linux_actuator *a,
                                    struct task_id whom, int64_t value,
                                    int error)
{
	(void)a, (void)whom, (void)value;
	switch (error) {
	case EBUSY:
		return "a deadline task keeps its CPUs";
	case EINVAL:
		return "none of these CPUs is open to it";
	case EPERM:
		return "belongs to another user; needs CAP_SYS_NICE";
	default:
		return NULL;
	}
}

const struct knob knob_affinity = {
	.read = affinity_read, .turn = affinity_turn,
	.refusal = affinity_refusal,
};

static int sched_read(struct linux_actuator *a, struct task_id whom,
                      int64_t *ret_value)
{
	struct sched_param param = { 0 };
	int                policy = sched_getscheduler(whom.tid);
	int64_t            flag = 0;

	(void)a;
	if (policy < 0)
		return -errno;
	if (policy & SCHED_RESET_ON_FORK)
		flag = SCHED_VALUE_RESET;
	policy &= ~SCHED_RESET_ON_FORK;
	for (int c = 0; c < SCHED_CLASSES; c++) {
		if (policy_of[c] != policy)
			continue;
		if (is_realtime((enum sched_class)c) &&
		    sched_getparam(whom.tid, &param) < 0)
			return -errno;
		*ret_value = flag | sched_value((enum sched_class)c,
		                                param.sched_priority);
		return 0;
	}
	return -ENODATA;
}

enum sched_class actuator_class(struct linux_actuator *a, struct task_id whom)
{
	int64_t sched = SCHED_CLASS_OTHER;

	sched_read(a, whom, &sched);
	return sched_class_of(sched);
}

/* The old call, not sched_setattr(): the kernel itself then keeps nice and
 * slice, and nobody's renice can be lost between our reading and writing. */
static int sched_turn(struct linux_actuator *a, struct task_id whom,
                      int64_t value)
{
	enum sched_class   c = sched_class_of(value);
	struct sched_param param = { 0 };
	int                policy;

	(void)a;
	if (c >= SCHED_CLASS_DEADLINE)
		return -EDOM;
	policy = policy_of[c];
	if (is_realtime(c))
		param.sched_priority = sched_priority_of(value);
	if (value & SCHED_VALUE_RESET)
		policy |= SCHED_RESET_ON_FORK;
	return sched_setscheduler(whom.tid, policy, &param) < 0 ? -errno : 0;
}

/* The times of a deadline would be lost; the kernel lets only the privileged
 * clear reset-on-fork, raise a real-time priority or leave idle. */
static bool sched_returns(struct linux_actuator *a, struct task_id whom,
                          int64_t before, int64_t value)
{
	enum sched_class from = sched_class_of(before);

	if (from == SCHED_CLASS_DEADLINE)
		return false;
	if (value & ~before & SCHED_VALUE_RESET && !rights_nice(a))
		return false;
	if (is_realtime(from))
		return rights_realtime_room(a, whom.tid,
		                            sched_priority_of(before));
	if (sched_class_of(value) == SCHED_CLASS_IDLE &&
	    from != SCHED_CLASS_IDLE)
		return rights_nice_room(a, whom.tid,
		                        getpriority(PRIO_PROCESS,
		                                    (id_t)whom.tid));
	return true;
}

static const char *sched_refusal(struct linux_actuator *a, struct task_id whom,
                                 int64_t value, int error)
{
	if (error == EDOM)
		return "a deadline needs its times: realtime has them";
	if (error != EPERM)
		return NULL;
	if (is_realtime(sched_class_of(value))) {
		if (groups_without_realtime(a, whom))
			return "its cpu cgroup has no real-time budget "
			       "(cpu.rt_runtime_us)";
		return "needs CAP_SYS_NICE or RLIMIT_RTPRIO";
	}
	return rights_nice(a) ? NULL : "needs CAP_SYS_NICE";
}

/* Only the share of idle is lost between sessions; batch is nothing but waiting
 * at wakeup, and that it does everywhere. */
static const char *sched_inert(struct linux_actuator *a, struct task_id whom,
                               const struct want *holding, int64_t value)
{
	enum sched_class c = sched_class_of(value);

	if (c == SCHED_CLASS_BATCH && groups_extended(a))
		return "a sched_ext scheduler is loaded, which knows no batch";
	return c == SCHED_CLASS_IDLE ? groups_hide(a, whom, holding) : NULL;
}

const struct knob knob_sched = {
	.read = sched_read, .turn = sched_turn, .returns = sched_returns,
	.refusal = sched_refusal, .inert = sched_inert,
};

static int nice_read(struct linux_actuator *a, struct task_id whom,
                     int64_t *ret_value)
{
	int nice;

	(void)a;
	errno = 0;
	nice = getpriority(PRIO_PROCESS, (id_t)whom.tid);
	if (nice == -1 && errno != 0)
		return -errno;
	*ret_value = nice;
	return 0;
}

static int nice_turn(struct linux_actuator *a, struct task_id whom,
                     int64_t value)
{
	(void)a;
	return setpriority(PRIO_PROCESS, (id_t)whom.tid, (int)value) < 0
	       ? -errno : 0;
}

static bool nice_returns(struct linux_actuator *a, struct task_id whom,
                         int64_t before, int64_t value)
{
	return before >= value || rights_nice_room(a, whom.tid, (int)before);
}

static const char *nice_refusal(struct linux_actuator *a, struct task_id whom,
                                int64_t value, int error)
{
	(void)a, (void)whom, (void)value;
	switch (error) {
	case EACCES:
		return "needs CAP_SYS_NICE";
	case EPERM:
		return "belongs to another user; needs CAP_SYS_NICE";
	default:
		return NULL;
	}
}

static const char *nice_inert(struct linux_actuator *a, struct task_id whom,
                              const struct want *holding, int64_t value)
{
	enum sched_class c = actuator_class(a, whom);

	(void)value;
	if (c > SCHED_CLASS_OTHER)
		return "nice " UNDER_REALTIME;
	if (c == SCHED_CLASS_IDLE)
		return "nice does not count under sched idle";
	return groups_hide(a, whom, holding);
}

const struct knob knob_nice = {
	.read = nice_read, .turn = nice_turn, .returns = nice_returns,
	.refusal = nice_refusal, .inert = nice_inert,
};

/* "/autogroup-123 nice 0"; nothing for a task of the root group. */
static int autogroup_scan(struct linux_actuator *a, pid_t pid, long *ret_id,
                          int64_t *ret_nice)
{
	static const char begins[] = "/autogroup-";
	char              text[64], *rest;
	int               r = file_read(a, pid, "autogroup", text, sizeof text);
	long              id;

	if (r < 0)
		return r;
	if (strncmp(text, begins, sizeof begins - 1) != 0)
		return -ENODATA;
	id = strtol(text + sizeof begins - 1, &rest, 10);
	if (strncmp(rest, " nice ", 6) != 0)
		return -ENODATA;
	*ret_id = id;
	*ret_nice = strtol(rest + 6, NULL, 10);
	return 0;
}

int actuator_session(struct linux_actuator *a, pid_t pid, long *ret_id)
{
	int64_t nice;

	return autogroup_scan(a, pid, ret_id, &nice);
}

static int autogroup_read(struct linux_actuator *a, struct task_id whom,
                          int64_t *ret_value)
{
	long id;

	return autogroup_scan(a, whom.pid, &id, ret_value);
}

static int autogroup_turn(struct linux_actuator *a, struct task_id whom,
                          int64_t value)
{
	return file_write_number(a, whom.pid, "autogroup", value);
}

/* Below 0 the kernel looks at the writer's own limits. */
static bool autogroup_returns(struct linux_actuator *a, struct task_id whom,
                              int64_t before, int64_t value)
{
	(void)whom, (void)value;
	return before >= 0 || rights_nice_room(a, 0, (int)before);
}

static const char *autogroup_refusal(struct linux_actuator *a,
                                     struct task_id whom, int64_t value,
                                     int error)
{
	(void)whom, (void)value;
	if (file_foreign(a))
		return "belongs to another user; needs CAP_DAC_OVERRIDE";
	switch (error) {
	case EAGAIN:
		return "one such change in 100 ms without CAP_SYS_ADMIN";
	case EPERM:
		return "needs CAP_SYS_NICE";
	case ENODATA:
		return "it is in no autogroup";
	default:
		return NULL;
	}
}

static const char *autogroup_inert(struct linux_actuator *a,
                                   struct task_id whom,
                                   const struct want *holding, int64_t value)
{
	(void)holding, (void)value;
	if (actuator_class(a, whom) > SCHED_CLASS_OTHER)
		return "autogroup_nice " UNDER_REALTIME;
	return groups_autogroup_inert(a, whom);
}

const struct knob knob_autogroup_nice = {
	.read = autogroup_read, .turn = autogroup_turn,
	.returns = autogroup_returns, .refusal = autogroup_refusal,
	.inert = autogroup_inert,
};
