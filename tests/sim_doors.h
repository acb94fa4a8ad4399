/* sim_doors.h -- a simulated machine, and its doors as the engine has them. */
#ifndef TESTS_SIM_DOORS_H
#define TESTS_SIM_DOORS_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/sim/machine.h"
#include "process/table.h"
#include "suite.h"

#define MS UINT64_C(1000000)

static struct interned *sets;
static struct sim      *sim;
static struct os        os;
static struct event     events[64];

static inline void start(void)
{
	sets = interned_new();
	sim = sim_new(7, sets);
	ck_assert_ptr_nonnull(sim);
	sim_os(sim, &os);
}

static inline void stop(void)
{
	sim_free(sim);
	interned_free(sets);
}

static inline int next(uint64_t wake_ns)
{
	return os.sensor.next(os.sensor.self, wake_ns, events, 64);
}

static inline void drain(void)
{
	while (next(0) > 0)
		continue;
}

static inline pid_t run(const char *name)
{
	pid_t pid = sim_exec(sim, &(struct sim_program){ .name = name });

	ck_assert_int_gt(pid, 0);
	return pid;
}

static inline struct task_id id_of(pid_t pid, pid_t tid)
{
	return (struct task_id){ .pid = pid, .tid = tid };
}

static inline int facts_of(pid_t pid, pid_t tid, uint64_t which,
                           struct facts *f)
{
	return os.sensor.facts(os.sensor.self, id_of(pid, tid), which, f);
}

static inline uint64_t born_of(pid_t pid)
{
	struct facts f = { 0 };

	ck_assert_int_eq(facts_of(pid, pid, FACT_BIT(FACT_start_time), &f), 0);
	return f.born;
}

static inline int64_t knob(pid_t tid, enum setting what)
{
	int64_t value;

	ck_assert_int_eq(sim_knob(sim, tid, what, &value), 0);
	return value;
}

static inline struct turned apply(struct task_id whom, enum setting what,
                                  int64_t value)
{
	struct turned t = { EFFECTS, NULL, 0 };
	bool          held = os.actuator.grip(os.actuator.self, whom) == 0;

	os.actuator.apply(os.actuator.self, whom, what, value, &t);
	if (held)
		os.actuator.let_go(os.actuator.self);
	ck_assert_ptr_nonnull(t.why);
	return t;
}

static inline void expect_event(const struct event *e, enum event_kind kind,
                                pid_t pid, pid_t tid)
{
	ck_assert_int_eq(e->kind, kind);
	ck_assert_int_eq(e->u.task.who.pid, pid);
	ck_assert_int_eq(e->u.task.who.tid, tid);
	ck_assert_uint_eq(e->u.task.who.born, 0);
}

static inline TCase *case_new(void)
{
	TCase *c = tcase_create("sim");

	tcase_add_checked_fixture(c, start, stop);
	tcase_set_timeout(c, 300);
	return c;
}

#endif
