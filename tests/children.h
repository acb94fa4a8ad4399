/* children.h -- processes to try the Linux actuator on, and what the kernel
 * itself says of them. */
#ifndef TESTS_CHILDREN_H
#define TESTS_CHILDREN_H

#include "os/linux/actuator/actuator.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/interned.h"
#include "os/linux/doors.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct interned *sets;
static struct actuator  door;
static struct task_id   child;          /* born: not asked for             */
static pid_t            second;         /* its other thread                */
static char             own_name[32];   /* of the group of all of ours     */
static bool             without_groups; /* as where none can be had         */

static inline void *thread_main(void *pipe_end)
{
	pid_t tid = gettid();

	if (write(*(int *)pipe_end, &tid, sizeof tid) < 0)
		_exit(1);
	for (;;)
		pause();
	return NULL;
}

/* A process with two threads that dies with us. */
static inline pid_t spawn(bool own_session, pid_t *ret_second)
{
	int       ends[2];
	pid_t     pid, tid = 0;
	pthread_t thread;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (own_session)
			setsid();
		pthread_create(&thread, NULL, thread_main, &ends[1]);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(ends[0], &tid, sizeof tid), sizeof tid);
	close(ends[0]);
	close(ends[1]);
	if (ret_second != NULL)
		*ret_second = tid;
	return pid;
}

static inline void reap(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static inline void door_open(void)
{
	struct linux_options o = { .keeper_fd = -1,
	                           .groups = without_groups ? "" : own_name };

	snprintf(own_name, sizeof own_name, "pqs-test-%d", (int)getpid());
	sets = interned_new();
	o.sets = sets;
	ck_assert_int_eq(linux_actuator_open(&o, &door), 0);
}

static inline void begin(void)
{
	door_open();
	child.pid = child.tid = spawn(true, &second);
	child.born = 0;
	ck_assert_int_eq(door.grip(door.self, child), 0);
}

static inline void end(void)
{
	door.close(door.self);
	interned_free(sets);
	if (child.pid > 0)
		reap(child.pid);
}

static inline struct task_id thread_of(struct task_id process, pid_t tid)
{
	return (struct task_id){ process.pid, tid, 0 };
}

static inline int64_t value_of(enum setting s, const char *text)
{
	int64_t value;

	ck_assert_int_eq(setting_parse(s, text, sets, &value), 0);
	return value;
}

static inline struct turned apply(struct task_id whom, enum setting s,
                                  const char *text)
{
	struct turned t;

	door.apply(door.self, whom, s, value_of(s, text), &t);
	return t;
}

static inline struct turned weighed(struct task_id whom,
                                    const struct want *holding,
                                    enum setting s, const char *text)
{
	struct turned t = apply(whom, s, text);

	door.weigh(door.self, whom, holding, s, &t);
	return t;
}

#define assert_turned(t, expected_effect, expected_why) do {                  \
	struct turned t_ = (t);                                               \
	ck_assert_str_eq(effect_name(t_.effect),                              \
	                 effect_name(expected_effect));                       \
	ck_assert_str_eq(t_.why, expected_why);                               \
} while (0)

static inline void text_of(pid_t tid, const char *file, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)tid, file);
	ck_assert_int_gt(path_read(path, text, size), 0);
}

static inline int64_t sched_of(pid_t tid)
{
	struct sched_param param;

	ck_assert_int_eq(sched_getparam(tid, &param), 0);
	return sched_getscheduler(tid) | (int64_t)param.sched_priority << 32;
}

/* What the kernel itself says, in its own encoding. */
static inline int64_t kernel_says(pid_t tid, enum setting s)
{
	char              text[128];
	cpu_set_t         cpus;
	struct scheduling now;

	switch (s) {
	case SETTING_affinity:
		ck_assert_int_eq(sched_getaffinity(tid, sizeof cpus, &cpus), 0);
		return CPU_ISSET(0, &cpus) | CPU_COUNT(&cpus) << 1;
	case SETTING_sched:
		return sched_of(tid);
	case SETTING_nice:
		return getpriority(PRIO_PROCESS, (id_t)tid);
	case SETTING_slice:
		ck_assert_int_eq(syscall(SYS_sched_getattr, tid, &now,
		                         sizeof now, 0), 0);
		return (int64_t)now.runtime;
	case SETTING_ionice:
		return syscall(SYS_ioprio_get, 1, tid);
	case SETTING_timer_slack:
		text_of(tid, "timerslack_ns", text, sizeof text);
		return atoll(text);
	case SETTING_oom_score_adj:
		text_of(tid, "oom_score_adj", text, sizeof text);
		return atoll(text);
	case SETTING_autogroup_nice:
		text_of(tid, "autogroup", text, sizeof text);
		return atoll(strstr(text, "nice ") + 5);
	default:
		ck_abort_msg("no such knob");
	}
}

static inline uint64_t born_of(pid_t pid, pid_t tid)
{
	char path[64], text[1024], *p;

	snprintf(path, sizeof path, "/proc/%d/task/%d/stat", (int)pid,
	         (int)tid);
	ck_assert_int_gt(path_read(path, text, sizeof text), 0);
	p = strrchr(text, ')') + 2;
	for (int i = 3; i < 22; i++)
		p = strchr(p, ' ') + 1;
	return strtoull(p, NULL, 10);
}

#endif
