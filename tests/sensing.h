/* sensing.h -- an open sensor, what it told, and children to tell about. */
#ifndef TESTS_SENSING_H
#define TESTS_SENSING_H

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/interned.h"
#include "os/linux/doors.h"
#include "suite.h"

#define TOLD_MAX  65536
#define PATIENCE_NS UINT64_C(20000000000)       /* then something is broken   */

static struct os       os;
static struct interned *sets;
static struct event    told[TOLD_MAX];
static size_t          told_count;
static char            noted[4][512];
static int             noted_count;

static const struct host_alarm alarms[HOST_PRESSURES] = {
	[HOST_PRESSURE_MEMORY] = { 1000, 3000, 50000000 },
	[HOST_PRESSURE_CPU]    = { 2000, 6000, 50000000 },
	[HOST_PRESSURE_IO]     = { 1000, 3000, 50000000 },
};

static const struct host_shortage shortage = {
	.left_warn = 500, .left_critical = 200,
	.lasts_warn_ns = 5000000000, .lasts_critical_ns = 2000000000,
};

static inline void note_keep(void *ctx, const char *sentence)
{
	(void)ctx;
	if (noted_count < 4)
		snprintf(noted[noted_count++], sizeof noted[0], "%s", sentence);
}

static inline struct linux_options options_for_tests(void)
{
	return (struct linux_options){
		.fifo_budget = 2000, .fifo_window_ns = 100000000,
		.buffer_bytes = 8 << 20, .poll_ns = 10000000,
		.pressure = alarms, .shortage = &shortage, .events = true,
		.keeper_fd = -1, .sets = sets };
}

static inline void sensor_begin(const struct linux_options *o, bool threads)
{
	struct interest what = { .forks = true, .threads = threads };
	char            why[256] = "";

	ck_assert_msg(linux_open(o, &os, note_keep, NULL, why, sizeof why) == 0,
	              "%s", why);
	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
}

/* Waits for one batch more. */
static inline void hear(void)
{
	uint64_t wake = linux_now_ns() + PATIENCE_NS;
	int      n;

	ck_assert(told_count + EVENTS_PER_STEP <= TOLD_MAX);
	n = os.sensor.next(os.sensor.self, wake, told + told_count,
	                   EVENTS_PER_STEP);
	ck_assert_int_gt(n, 0);
	told_count += (size_t)n;
}

/* The first such event at or after *at, which is moved past it. */
static inline const struct event *find_told(enum event_kind kind, pid_t tid,
                                            size_t *at)
{
	for (; *at < told_count; (*at)++)
		if (told[*at].kind == kind &&
		    (tid == 0 || told[*at].u.task.who.tid == tid))
			return &told[(*at)++];
	return NULL;
}

static inline const struct event *await(enum event_kind kind, pid_t tid,
                                        size_t *at)
{
	const struct event *e;

	while ((e = find_told(kind, tid, at)) == NULL)
		hear();
	return e;
}

static inline bool was_told(enum event_kind kind, pid_t tid)
{
	size_t at = 0;

	return find_told(kind, tid, &at) != NULL;
}

/* A child that waits for go() and then does what it was born for. */
static int gate[2];

static inline pid_t child_that(void (*does)(void))
{
	pid_t pid;
	char  byte;

	ck_assert_int_eq(pipe(gate), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		close(gate[1]);
		if (read(gate[0], &byte, 1) == 1)
			does();
		_exit(0);
	}
	close(gate[0]);
	return pid;
}

static inline void go(void)
{
	ck_assert_int_eq(write(gate[1], "g", 1), 1);
	close(gate[1]);
}

static inline void reap(pid_t pid)
{
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

static inline void end(pid_t pid)
{
	kill(pid, SIGKILL);
	reap(pid);
}

#endif
