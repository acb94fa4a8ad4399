/* test_os_sim.c -- the simulated machine keeps the promises of os.h. */

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/sim/machine.h"
#include "process/table.h"

#define MS UINT64_C(1000000)

static struct interned *sets;
static struct sim      *sim;
static struct os        os;
static struct event     events[64];

static void start(void)
{
	sets = interned_new();
	sim = sim_new(7, sets);
	ck_assert_ptr_nonnull(sim);
	sim_os(sim, &os);
}

static void stop(void)
{
	sim_free(sim);
	interned_free(sets);
}

static int next(uint64_t wake_ns)
{
	return os.sensor.next(os.sensor.self, wake_ns, events, 64);
}

static void drain(void)
{
	while (next(0) > 0)
		continue;
}

static pid_t run(const char *name)
{
	pid_t pid = sim_exec(sim, &(struct sim_program){ .name = name });

	ck_assert_int_gt(pid, 0);
	return pid;
}

static struct task_id id_of(pid_t pid, pid_t tid)
{
	return (struct task_id){ .pid = pid, .tid = tid };
}

static int facts_of(pid_t pid, pid_t tid, uint64_t which, struct facts *f)
{
	return os.sensor.facts(os.sensor.self, id_of(pid, tid), which, f);
}

static uint64_t born_of(pid_t pid)
{
	struct facts f = { 0 };

	ck_assert_int_eq(facts_of(pid, pid, FACT_BIT(FACT_start_time), &f), 0);
	return f.born;
}

static int64_t knob(pid_t tid, enum setting what)
{
	int64_t value;

	ck_assert_int_eq(sim_knob(sim, tid, what, &value), 0);
	return value;
}

static struct turned apply(struct task_id whom, enum setting what,
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

static void expect_event(const struct event *e, enum event_kind kind, pid_t pid,
                         pid_t tid)
{
	ck_assert_int_eq(e->kind, kind);
	ck_assert_int_eq(e->u.task.who.pid, pid);
	ck_assert_int_eq(e->u.task.who.tid, tid);
	ck_assert_uint_eq(e->u.task.who.born, 0);
}

START_TEST(time_moves_only_when_asked)
{
	ck_assert_uint_eq(sim_now_ns(sim), 0);
	run("cc1");
	ck_assert_int_eq(next(5 * MS), 2);
	ck_assert_uint_eq(sim_now_ns(sim), 0);
	ck_assert_int_eq(next(0), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 0);
	ck_assert_int_eq(next(5 * MS), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 5 * MS);
	ck_assert_uint_eq(os.sensor.now_ns(os.sensor.self), 5 * MS);
	ck_assert_int_eq(next(3 * MS), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 5 * MS);
	run("cc1");
	ck_assert_int_eq(next(UINT64_MAX), 2);
	ck_assert_uint_eq(events[1].at_ns, 5 * MS);
}
END_TEST

START_TEST(a_test_gets_the_machine_back_at_its_moment)
{
	sim_until(sim, 2 * MS);
	ck_assert_int_eq(next(UINT64_MAX), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 2 * MS);
	run("cc1");
	ck_assert_int_eq(next(UINT64_MAX), 2);
	ck_assert_int_eq(next(9 * MS), 0);
	ck_assert_uint_eq(sim_now_ns(sim), 2 * MS);
	sim_until(sim, UINT64_MAX);
	ck_assert_int_eq(next(UINT64_MAX), -EDEADLK);
}
END_TEST

START_TEST(a_birth_is_told_as_the_kernel_does)
{
	pid_t pid = run("cc1"), child, tid;

	ck_assert_int_eq(next(0), 2);
	expect_event(&events[0], EVENT_FORK, pid, pid);
	ck_assert_int_eq(events[0].u.task.parent.pid, 1);
	expect_event(&events[1], EVENT_EXEC, pid, pid);
	child = sim_fork(sim, pid);
	tid = sim_thread(sim, child, "helper");
	sim_rename(sim, tid, "other");
	sim_set_uid(sim, child, 1000);
	sim_exit(sim, child);
	ck_assert_int_eq(next(0), 6);
	expect_event(&events[0], EVENT_FORK, child, child);
	ck_assert_int_eq(events[0].u.task.parent.pid, pid);
	expect_event(&events[1], EVENT_THREAD, child, tid);
	expect_event(&events[2], EVENT_RENAME, child, tid);
	expect_event(&events[3], EVENT_UID, child, child);
	expect_event(&events[4], EVENT_EXIT, child, tid);
	expect_event(&events[5], EVENT_EXIT, child, child);
}
END_TEST

START_TEST(only_what_is_watched_is_told)
{
	pid_t pid = run("player");

	os.sensor.watch(os.sensor.self, &(struct interest){ .forks = true });
	drain();
	sim_exit(sim, sim_thread(sim, pid, "helper"));
	sim_host(sim, HOST_on_battery, 1);
	ck_assert_int_eq(next(0), 0);
	os.sensor.watch(os.sensor.self,
	                &(struct interest){ .forks = true, .threads = true,
	                                    .host =
	                                    HOST_BIT(HOST_on_battery) });
	sim_thread(sim, pid, "helper");
	sim_host(sim, HOST_on_battery, 1);      /* as it was                  */
	sim_host(sim, HOST_on_battery, 0);
	sim_host(sim, HOST_memory_pressure, 1);
	ck_assert_int_eq(next(0), 2);
	ck_assert_int_eq(events[0].kind, EVENT_THREAD);
	ck_assert_int_eq(events[1].kind, EVENT_HOST);
	ck_assert_int_eq(events[1].u.host.fact, HOST_on_battery);
	ck_assert_int_eq(events[1].u.host.value, 0);
}
END_TEST

START_TEST(what_nothing_tells_of_the_machine_any_more_is_told_as_unreadable)
{
	int64_t value = -7;

	drain();
	ck_assert_int_eq(os.sensor.host(os.sensor.self, HOST_idle, &value),
	                 -ENODATA);
	ck_assert_int_eq(value, -7);
	sim_host(sim, HOST_idle, 0);
	sim_host_hide(sim, HOST_idle);
	sim_host_hide(sim, HOST_idle);          /* as it was                  */
	ck_assert_int_eq(next(0), 2);
	ck_assert(!events[0].u.host.unreadable);
	ck_assert_int_eq(events[1].u.host.fact, HOST_idle);
	ck_assert(events[1].u.host.unreadable);
	ck_assert_int_eq(os.sensor.host(os.sensor.self, HOST_idle, &value),
	                 -ENODATA);
}
END_TEST

START_TEST(orphans_go_to_init_and_an_exec_ends_threads)
{
	pid_t        pid = run("shell"), child = sim_fork(sim, pid), tid;
	struct facts f = { 0 };

	sim_exit(sim, pid);
	ck_assert_int_eq(facts_of(child, child, FACT_BIT(FACT_ppid), &f), 0);
	ck_assert_int_eq(f.ppid, 1);
	tid = sim_thread(sim, child, NULL);
	facts_forget(&f, FACT_BIT(FACT_threads));
	facts_of(child, child, FACT_BIT(FACT_threads), &f);
	ck_assert_uint_eq(f.threads, 2);
	sim_exec_again(sim, child, &(struct sim_program){ .name = "tool" });
	ck_assert_int_eq(sim_rename(sim, tid, "x"), -ESRCH);
	ck_assert_int_eq(sim_exit(sim, 1), -EPERM);
	ck_assert_int_eq(sim_exit(sim, 999), -ESRCH);
}
END_TEST

START_TEST(facts_are_what_the_program_says)
{
	const char *const  args[] = { "tool", "-x", "a b", NULL };
	struct sim_program p = { .name = "tool", .exe = "/opt/tool", .uid = 7,
	                         .gid = 8, .args = args, .unit = "a.service",
	                         .cgroup = "/a", .session = 5,
	                         .user = "seven" };
	pid_t              pid = sim_exec(sim, &p), child = sim_fork(sim, pid);
	uint64_t           all = FACT_BIT(FACT_COUNT) - 1;
	struct facts       f = { 0 };

	drain();
	ck_assert_int_eq(facts_of(child, child, all, &f), -EINPROGRESS);
	ck_assert_int_eq(next(0), 1);
	expect_event(&(struct event){ events[0].kind, 0,
	             { .task = { .who = id_of(child, child) } } },
	             EVENT_FACTS, child, child);
	ck_assert_int_eq(facts_of(child, child, all, &f), 0);
	ck_assert_str_eq(f.name, "tool");
	ck_assert_str_eq(f.comm, "tool");
	ck_assert_str_eq(f.exe, "/opt/tool");
	ck_assert_str_eq(f.user, "seven");
	ck_assert_str_eq(f.unit, "a.service");
	ck_assert_str_eq(f.cgroup, "/a");
	ck_assert_int_eq(f.ppid, pid);
	ck_assert_int_eq(f.session, 5);
	ck_assert_uint_eq(f.uid, 7);
	ck_assert_uint_eq(f.gid, 8);
	ck_assert_uint_eq(f.threads, 1);
	ck_assert_uint_eq(f.cmdline_bytes, 12);
	ck_assert_mem_eq(f.cmdline, "tool\0-x\0a b", 12);
	ck_assert_uint_gt(f.born, born_of(pid));
	facts_clear(&f);
}
END_TEST

START_TEST(what_is_not_there_is_unreadable)
{
	struct sim_program kernel = { .name = "kworker", .flags = 0x00200000 };
	pid_t              pid = sim_exec(sim, &kernel);
	uint64_t           which = FACT_BIT(FACT_exe) | FACT_BIT(FACT_args) |
	                           FACT_BIT(FACT_unit);
	struct facts       f = { 0 };

	ck_assert_int_eq(facts_of(pid, pid, which | FACT_BIT(FACT_name), &f),
	                 0);
	ck_assert_uint_eq(f.unreadable, which);
	ck_assert_str_eq(f.name, "kworker");
	facts_clear(&f);
	ck_assert_int_eq(facts_of(999, 999, which, &f), -ESRCH);
}
END_TEST

START_TEST(slow_facts_come_late_and_never_of_an_older_program)
{
	pid_t        pid = run("a");
	uint64_t     which = FACT_BIT(FACT_cmdline);
	struct facts f = { 0 };
	int          n = 0;

	drain();
	sim_delay(sim, 10 * MS);
	ck_assert_int_eq(facts_of(pid, pid, which, &f), -EINPROGRESS);
	ck_assert_int_eq(facts_of(pid, pid, which, &f), -EINPROGRESS);
	sim_exec_again(sim, pid, &(struct sim_program){ .name = "b" });
	drain();
	ck_assert_int_eq(next(100 * MS), 0);    /* that of "a" is not told    */
	ck_assert_int_eq(facts_of(pid, pid, which, &f), -EINPROGRESS);
	while (next(sim_now_ns(sim) + 20 * MS) > 0)
		n++;
	ck_assert_int_eq(n, 1);
	ck_assert_int_eq(events[0].kind, EVENT_FACTS);
	ck_assert_int_eq(facts_of(pid, pid, which, &f), 0);
	ck_assert_str_eq(f.cmdline, "b");
	facts_clear(&f);
}
END_TEST

START_TEST(a_thread_tells_its_own_name)
{
	pid_t        pid = run("player"), tid = sim_thread(sim, pid, "decoder");
	uint64_t     which = FACT_BIT(FACT_comm) | FACT_BIT(FACT_name) |
	                     FACT_BIT(FACT_exe);
	struct facts f = { 0 };

	ck_assert_int_eq(facts_of(pid, tid, which, &f), 0);
	ck_assert_str_eq(f.comm, "decoder");
	ck_assert_str_eq(f.name, "decoder");
	ck_assert_str_eq(f.exe, "/usr/bin/player");
	ck_assert_int_eq(facts_of(run("other"), tid, which, &f), -ESRCH);
	facts_clear(&f);
}
END_TEST

static const struct { enum setting what; int64_t value; } heirlooms[] = {
	{ SETTING_nice, 7 }, { SETTING_ionice, 12 },
	{ SETTING_timer_slack, 99 }, { SETTING_oom_score_adj, 300 },
	{ SETTING_sched, SCHED_CLASS_BATCH },
	{ SETTING_sched, SCHED_CLASS_FIFO | 10 << 8 },
	{ SETTING_autogroup_nice, 3 },
};

START_TEST(children_and_threads_have_their_parents_knobs)
{
	enum setting what = heirlooms[_i].what;
	int64_t      value = heirlooms[_i].value;
	pid_t        pid = run("a"), child, tid;

	ck_assert_int_eq(sim_set_knob(sim, pid, what, value), 0);
	child = sim_fork(sim, pid);
	tid = sim_thread(sim, child, "t");
	ck_assert_int_eq(knob(child, what), value);
	ck_assert_int_eq(knob(tid, what), value);
	sim_exec_again(sim, child, &(struct sim_program){ .name = "b" });
	ck_assert_int_eq(knob(child, what), value);
	if (what != SETTING_autogroup_nice)
		ck_assert_int_ne(knob(run("c"), what), value);
}
END_TEST

START_TEST(affinity_is_inherited_and_bounded_by_what_is_there)
{
	pid_t         pid = run("a");
	struct turned t;

	ck_assert_str_eq(interned_text(sets, knob(pid, SETTING_affinity)),
	                 SIM_CPUS);
	t = apply(id_of(pid, pid), SETTING_affinity,
	          interned_read_cpus(sets, "6-20"));
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_str_eq(interned_text(sets, t.now), "6-7");
	ck_assert_str_eq(interned_text(sets, knob(sim_fork(sim, pid),
	                                          SETTING_affinity)), "6-7");
	t = apply(id_of(pid, pid), SETTING_affinity,
	          interned_read_cpus(sets, "64"));
	ck_assert_int_eq(t.effect, EFFECT_UNSUPPORTED);
	ck_assert_str_eq(interned_text(sets, t.now), "6-7");
}
END_TEST

START_TEST(reset_on_fork_makes_ordinary_children)
{
	pid_t pid = run("a"), child;

	sim_set_knob(sim, pid, SETTING_nice, -5);
	sim_set_knob(sim, pid, SETTING_sched,
	             sched_value(SCHED_CLASS_FIFO, 5) | SCHED_VALUE_RESET);
	child = sim_fork(sim, pid);
	ck_assert_int_eq(knob(child, SETTING_sched), SCHED_CLASS_OTHER);
	ck_assert_int_eq(knob(child, SETTING_nice), 0);
	sim_set_knob(sim, pid, SETTING_nice, 5);
	sim_set_knob(sim, pid, SETTING_sched,
	             SCHED_CLASS_BATCH | SCHED_VALUE_RESET);
	child = sim_fork(sim, pid);
	ck_assert_int_eq(knob(child, SETTING_sched), SCHED_CLASS_BATCH);
	ck_assert_int_eq(knob(child, SETTING_nice), 5);
	sim_set_knob(sim, pid, SETTING_nice, -5);
	ck_assert_int_eq(knob(sim_fork(sim, pid), SETTING_nice), 0);
}
END_TEST

START_TEST(a_knob_reaches_its_scope_and_no_further)
{
	struct sim_program p = { .name = "a", .session = 50 };
	pid_t              a = sim_exec(sim, &p), b = sim_exec(sim, &p), tid;
	struct task_id     key_a, key_b, key_c;

	tid = sim_thread(sim, a, "t");
	ck_assert_int_eq(apply(id_of(a, tid), SETTING_nice, 9).effect,
	                 EFFECT_APPLIED);
	ck_assert_int_eq(knob(tid, SETTING_nice), 9);
	ck_assert_int_eq(knob(a, SETTING_nice), 0);
	apply(id_of(a, tid), SETTING_oom_score_adj, 100);
	ck_assert_int_eq(knob(a, SETTING_oom_score_adj), 100);
	ck_assert_int_eq(knob(b, SETTING_oom_score_adj), 0);
	apply(id_of(a, a), SETTING_autogroup_nice, 10);
	ck_assert_int_eq(knob(b, SETTING_autogroup_nice), 10);
	ck_assert_int_eq(knob(1, SETTING_autogroup_nice), 0);
	os.actuator.scope_key(os.actuator.self, id_of(a, tid),
	                      SETTING_autogroup_nice, &key_a);
	os.actuator.scope_key(os.actuator.self, id_of(b, b),
	                      SETTING_autogroup_nice, &key_b);
	ck_assert(task_id_equal(key_a, key_b));
	os.actuator.scope_key(os.actuator.self, id_of(a, tid), SETTING_nice,
	                      &key_c);
	ck_assert_int_eq(key_c.tid, tid);
	os.actuator.scope_key(os.actuator.self, id_of(a, tid),
	                      SETTING_oom_score_adj, &key_c);
	ck_assert_int_eq(key_c.tid, a);
	sim_exit(sim, a);
	sim_exit(sim, b);
	a = sim_exec(sim, &p);          /* the number again, another session  */
	os.actuator.scope_key(os.actuator.self, id_of(a, a),
	                      SETTING_autogroup_nice, &key_b);
	ck_assert(!task_id_equal(key_a, key_b));
	ck_assert_int_eq(knob(a, SETTING_autogroup_nice), 0);
}
END_TEST

static const struct { enum setting what; int64_t value; enum effect effect; }
values[] = {
	{ SETTING_nice, 19, EFFECT_APPLIED },
	{ SETTING_nice, -20, EFFECT_APPLIED },
	{ SETTING_nice, 0, EFFECT_ALREADY },
	{ SETTING_nice, 20, EFFECT_UNSUPPORTED },
	{ SETTING_nice, -21, EFFECT_UNSUPPORTED },
	{ SETTING_sched, SCHED_CLASS_OTHER, EFFECT_ALREADY },
	{ SETTING_sched, SCHED_CLASS_IDLE, EFFECT_APPLIED },
	{ SETTING_sched, SCHED_CLASS_IDLE | 1 << 8, EFFECT_UNSUPPORTED },
	{ SETTING_sched, SCHED_CLASS_RR, EFFECT_UNSUPPORTED },
	{ SETTING_sched, SCHED_CLASS_RR | 99 << 8, EFFECT_APPLIED },
	{ SETTING_sched, SCHED_CLASS_FIFO | 100 << 8, EFFECT_UNSUPPORTED },
	{ SETTING_sched, SCHED_CLASS_DEADLINE, EFFECT_UNSUPPORTED },
	{ SETTING_ionice, IONICE_NONE, EFFECT_ALREADY },
	{ SETTING_ionice, 23, EFFECT_APPLIED },
	{ SETTING_ionice, 24, EFFECT_UNSUPPORTED },
	{ SETTING_timer_slack, 0, EFFECT_UNSUPPORTED },
	{ SETTING_timer_slack, 1, EFFECT_APPLIED },
	{ SETTING_oom_score_adj, -1001, EFFECT_UNSUPPORTED },
	{ SETTING_oom_score_adj, -1000, EFFECT_APPLIED },
	{ SETTING_qos, 0, EFFECT_UNSUPPORTED },
	{ SETTING_rt_priority, 5, EFFECT_UNSUPPORTED },
};

START_TEST(values_are_taken_as_linux_takes_them)
{
	enum setting  what = values[_i].what;
	bool          is_knob = setting_knobs() & SETTING_BIT(what);
	pid_t         pid = run("a");
	int64_t       before = is_knob ? knob(pid, what) : 0;
	struct turned t = apply(id_of(pid, pid), what, values[_i].value);

	ck_assert_int_eq(t.effect, values[_i].effect);
	if (!is_knob)
		return;
	if (t.effect == EFFECT_UNSUPPORTED)
		ck_assert_int_eq(knob(pid, what), before);
	else
		ck_assert_int_eq(knob(pid, what), values[_i].value);
	ck_assert_int_eq(t.now, knob(pid, what));
}
END_TEST

START_TEST(the_dead_and_the_stranger_are_not_reached)
{
	struct actuator *door = &os.actuator;
	pid_t            pid = run("a"), other;
	struct task_id   id = id_of(pid, pid);
	struct turned    t;
	int64_t          value;

	id.born = born_of(pid);
	ck_assert_int_eq(door->grip(door->self, id), 0);
	ck_assert_int_eq(door->grip(door->self, id), -EBUSY);
	ck_assert_int_eq(door->proven(door->self), 0);
	sim_exit(sim, pid);
	ck_assert_int_eq(door->proven(door->self), -ESRCH);
	sim_next_pid(sim, pid);
	other = run("b");
	ck_assert_int_eq(other, pid);
	ck_assert_int_eq(door->proven(door->self), -ESRCH);
	door->apply(door->self, id, SETTING_nice, 5, &t);
	ck_assert_int_eq(t.effect, EFFECT_GONE);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value),
	                 -ESRCH);
	ck_assert_int_eq(knob(pid, SETTING_nice), 0);
	door->let_go(door->self);
	ck_assert_int_eq(door->grip(door->self, id), -ESRCH);
	id.born = 0;
	ck_assert_int_eq(door->grip(door->self, id), 0);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value), 0);
	ck_assert_int_eq(door->read(door->self, id_of(1, 1), SETTING_nice,
	                            &value), -ESRCH);
	door->let_go(door->self);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value),
	                 -ESRCH);
}
END_TEST

START_TEST(a_taken_pid_is_not_given_again)
{
	pid_t pid = run("a");

	sim_next_pid(sim, pid);
	ck_assert_int_eq(sim_fork(sim, 1), -EEXIST);
	ck_assert_int_ne(sim_fork(sim, 1), pid);
	ck_assert_int_eq(sim_fork(sim, 999), -ESRCH);
	sim_next_pid(sim, SIM_PIDS - 1);
	ck_assert_int_eq(sim_fork(sim, 1), SIM_PIDS - 1);
	sim->last_pid = SIM_PIDS - 2;
	ck_assert_int_eq(sim_fork(sim, 1), SIM_PID_AGAIN);
}
END_TEST

START_TEST(calls_fail_as_often_as_asked_and_are_counted)
{
	struct actuator *door = &os.actuator;
	pid_t            pid = run("a");
	struct task_id   id = id_of(pid, pid);
	struct facts     f = { 0 };
	int64_t          value;

	sim_fail(sim, SIM_APPLY, EPERM, 2);
	ck_assert_int_eq(apply(id, SETTING_nice, 5).effect, EFFECT_DENIED);
	ck_assert_int_eq(apply(id, SETTING_nice, 5).effect, EFFECT_DENIED);
	ck_assert_int_eq(knob(pid, SETTING_nice), 0);
	ck_assert_int_eq(apply(id, SETTING_nice, 5).effect, EFFECT_APPLIED);
	sim_fail(sim, SIM_APPLY, ESRCH, 1);
	ck_assert_int_eq(apply(id, SETTING_nice, 5).effect, EFFECT_GONE);
	sim_fail(sim, SIM_APPLY, EOPNOTSUPP, 1);
	ck_assert_int_eq(apply(id, SETTING_nice, 6).effect,
	                 EFFECT_UNSUPPORTED);
	ck_assert_uint_eq(sim_calls(sim, SIM_APPLY), 5);
	sim_fail(sim, SIM_FACTS, EIO, 1);
	ck_assert_int_eq(facts_of(pid, pid, FACT_BIT(FACT_uid), &f), -EIO);
	ck_assert_uint_eq(f.known, 0);
	ck_assert_int_eq(facts_of(pid, pid, FACT_BIT(FACT_uid), &f), 0);
	ck_assert_uint_eq(sim_calls(sim, SIM_FACTS), 2);
	sim_fail(sim, SIM_READ, EIO, 1);
	door->grip(door->self, id);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value),
	                 -EIO);
	ck_assert_int_eq(door->read(door->self, id, SETTING_nice, &value), 0);
	ck_assert_int_eq(value, 5);
	ck_assert_uint_eq(sim_calls(sim, SIM_READ), 2);
}
END_TEST

static void expect_store(const char *text)
{
	char        read[64];
	size_t      bytes;
	const void *store = sim_store(sim, &bytes);
	int         n = os.store.read(os.store.self, 0, read, sizeof read);

	ck_assert_uint_eq(bytes, strlen(text));
	ck_assert_int_eq(n, (int)bytes);
	if (bytes > 0) {
		ck_assert_mem_eq(store, text, bytes);
		ck_assert_mem_eq(read, text, bytes);
	}
}

START_TEST(the_record_is_appended_replaced_whole_and_torn)
{
	struct store *door = &os.store;
	char          part[4];

	expect_store("");
	door->append(door->self, "one ", 4);
	door->append(door->self, "two", 3);
	expect_store("one two");
	ck_assert_int_eq(door->read(door->self, 5, part, 4), 2);
	ck_assert_mem_eq(part, "wo", 2);
	sim_fail(sim, SIM_APPEND, ENOSPC, 1);
	ck_assert_int_eq(door->append(door->self, "three", 5), -ENOSPC);
	expect_store("one two");
	door->replace_begin(door->self);
	door->replace_append(door->self, "lost", 4);
	expect_store("one two");
	door->replace_begin(door->self);
	door->replace_append(door->self, "new", 3);
	door->replace_commit(door->self);
	expect_store("new");
	door->append(door->self, " tail", 5);
	sim_tear_store(sim, 3);
	expect_store("new t");
	sim_tear_store(sim, 99);
	expect_store("");
}
END_TEST

START_TEST(lost_events_are_told_once)
{
	pid_t pid = run("a");

	drain();
	sim_lose(sim, 3);
	sim_exec_again(sim, pid, &(struct sim_program){ .name = "b" });
	sim_fork(sim, pid);
	ck_assert_int_eq(next(0), 1);
	ck_assert_int_eq(events[0].kind, EVENT_LOST);
	sim_fork(sim, pid);
	sim_fork(sim, pid);
	ck_assert_int_eq(next(0), 2);
	ck_assert_int_eq(events[0].kind, EVENT_LOST);
	ck_assert_int_eq(events[1].kind, EVENT_FORK);
}
END_TEST

START_TEST(a_full_queue_loses_events_and_says_so)
{
	size_t n = 0, lost = 0;
	int    got;

	for (size_t i = 0; i < SIM_QUEUE_MAX + 10; i++)
		sim_rename(sim, 1, "x");
	sim_stop(sim);
	while ((got = next(0)) > 0)
		for (int i = 0; i < got; i++) {
			n += events[i].kind == EVENT_RENAME;
			lost += events[i].kind == EVENT_LOST;
		}
	ck_assert_uint_eq(n, SIM_QUEUE_MAX);
	ck_assert_uint_eq(lost, 1);
	sim_rename(sim, 1, "x");
	ck_assert_int_eq(next(0), 1);
}
END_TEST

START_TEST(listing_gives_all_by_rising_pid)
{
	uint64_t       cursor = 0;
	struct task_id found[3];
	pid_t          last = 0, tids[2], a = run("a");
	int            n, count = 0;

	for (int i = 0; i < 20; i++) {
		sim_next_pid(sim, 5000 - i * 100);
		sim_thread(sim, a, NULL);
		run("b");
	}
	while ((n = os.sensor.list(os.sensor.self, &cursor, found, 3)) > 0)
		for (int i = 0; i < n; i++, count++) {
			ck_assert_int_gt(found[i].pid, last);
			last = found[i].pid;
		}
	ck_assert_int_eq(n, 0);
	ck_assert_int_eq(count, 22);
	cursor = 0;
	last = 0;
	count = 0;
	while ((n = os.sensor.threads(os.sensor.self, a, &cursor, tids, 2)) > 0)
		for (int i = 0; i < n; i++, count++) {
			ck_assert_int_gt(tids[i], last);
			last = tids[i];
		}
	ck_assert_int_eq(count, 21);
}
END_TEST

static char   heard[256];
static size_t heard_bytes;

static void hear(void *ctx, uint32_t wire, const void *bytes, size_t n)
{
	ck_assert_uint_eq(wire, 0);
	ck_assert_ptr_eq(ctx, heard);
	memcpy(heard + heard_bytes, bytes, n);
	heard_bytes += n;
}

static void worker_here(void)
{
	heard_bytes = 0;
	sim_on_message(sim, hear, heard);
	ck_assert_int_eq(os.wire.send(os.wire.self, "x", 1), -EPIPE);
	ck_assert_int_eq(os.wire.start(os.wire.self), 0);
	ck_assert_int_eq(os.wire.send(os.wire.self, "x", 1), -EPIPE);
	ck_assert_int_eq(next(UINT64_MAX), 1);
	ck_assert_int_eq(events[0].kind, EVENT_WORKER);
	ck_assert(events[0].u.worker.alive);
}

START_TEST(messages_arrive_late_whole_and_in_order)
{
	const void *bytes;
	char        answers[16];
	size_t      n = 0;
	int64_t     size;

	sim_delay(sim, 5 * MS);
	worker_here();
	for (char c = 'a'; c < 'i'; c++)
		ck_assert_int_eq(os.wire.send(os.wire.self, &c, 1), 0);
	ck_assert_uint_eq(heard_bytes, 0);
	next(sim_now_ns(sim) + 6 * MS);
	ck_assert_uint_eq(heard_bytes, 8);
	ck_assert_mem_eq(heard, "abcdefgh", 8);
	for (char c = 'A'; c < 'I'; c++)
		ck_assert_int_eq(sim_wire_send(sim, &c, 1), 0);
	ck_assert_int_eq(os.wire.take(os.wire.self, &bytes), 0);
	while (next(sim_now_ns(sim) + 6 * MS) > 0)
		while ((size = os.wire.take(os.wire.self, &bytes)) > 0) {
			ck_assert_int_eq(size, 1);
			answers[n++] = *(const char *)bytes;
		}
	ck_assert_uint_eq(n, 8);
	ck_assert_mem_eq(answers, "ABCDEFGH", 8);
}
END_TEST

START_TEST(a_worker_that_dies_is_told_after_its_last_words)
{
	const void *bytes;

	sim_delay(sim, 5 * MS);
	worker_here();
	sim_wire_send(sim, "bye", 3);
	sim_worker_dies(sim);
	ck_assert_int_eq(os.wire.send(os.wire.self, "x", 1), -EPIPE);
	ck_assert_int_eq(sim_wire_send(sim, "x", 1), -EPIPE);
	ck_assert_int_eq(next(UINT64_MAX), 2);
	ck_assert_int_eq(events[0].kind, EVENT_MESSAGE);
	ck_assert_int_eq(events[1].kind, EVENT_WORKER);
	ck_assert(!events[1].u.worker.alive);
	ck_assert_int_eq(os.wire.take(os.wire.self, &bytes), 3);
	worker_here();
}
END_TEST

START_TEST(a_killed_worker_says_nothing_more)
{
	const void *bytes;

	worker_here();
	sim_wire_send(sim, "one", 3);
	ck_assert_int_eq(next(0), 1);
	sim_wire_send(sim, "two", 3);
	os.wire.send(os.wire.self, "x", 1);
	os.wire.kill(os.wire.self);
	os.wire.kill(os.wire.self);
	ck_assert_int_eq(next(0), 1);
	ck_assert_int_eq(events[0].kind, EVENT_WORKER);
	ck_assert(!events[0].u.worker.alive);
	ck_assert_int_eq(os.wire.take(os.wire.self, &bytes), 0);
	ck_assert_uint_eq(heard_bytes, 0);
	os.wire.start(os.wire.self);
	os.wire.kill(os.wire.self);
	ck_assert_int_eq(next(0), 1);
	ck_assert(!events[0].u.worker.alive);
	worker_here();
}
END_TEST

START_TEST(a_worker_that_does_not_keep_up_is_sent_no_more)
{
	static char big[SIM_WIRE_ROOM + 1];

	sim_on_message(sim, NULL, NULL);
	os.wire.start(os.wire.self);
	drain();
	ck_assert_int_eq(os.wire.send(os.wire.self, big, sizeof big), 0);
	ck_assert_int_eq(os.wire.send(os.wire.self, big, 1), -EAGAIN);
	drain();
	ck_assert_int_eq(os.wire.send(os.wire.self, big, 1), 0);
	ck_assert_int_eq(os.wire.send(os.wire.self, big,
	                              (size_t)MESSAGE_BYTES_MAX + 1),
	                 -EMSGSIZE);
}
END_TEST

START_TEST(a_worker_spends_time_only_on_what_is_unanswered)
{
	uint64_t ns;

	ck_assert_int_eq(os.wire.cpu_ns(os.wire.self, &ns), -ESRCH);
	worker_here();
	next(10 * MS);
	os.wire.cpu_ns(os.wire.self, &ns);
	ck_assert_uint_eq(ns, 0);
	os.wire.send(os.wire.self, "x", 1);
	next(15 * MS);
	os.wire.cpu_ns(os.wire.self, &ns);
	ck_assert_uint_eq(ns, 5 * MS);
	sim_wire_send(sim, "y", 1);
	next(20 * MS);
	next(20 * MS);
	os.wire.cpu_ns(os.wire.self, &ns);
	ck_assert_uint_eq(ns, 5 * MS);
}
END_TEST

/* Both hands of a campaign draw from here, the machine from its own seed. */
static uint64_t dice;

static unsigned draw(unsigned below)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice >> 33) % below;
}

static pid_t any_pid(struct sim *s)
{
	struct strand *strand = strand_from(s, SIM_PID_FIRST +
	                                       (pid_t)draw(200));

	return strand == NULL ? 1 : strand->tid;
}

static void something_happens(struct sim *s)
{
	static const char *const names[] = { "cc", "ld", "sh" };
	struct sim_program p = { .name = names[draw(3)],
	                         .session = (pid_t)draw(3) };
	pid_t              pid = any_pid(s);

	switch (draw(9)) {
	case 0:  sim_exec(s, &p); break;
	case 1:  sim_next_pid(s, SIM_PID_FIRST + (pid_t)draw(200)); break;
	case 2:  sim_exec_again(s, pid, &p); break;
	case 3:  sim_thread(s, pid, "thread"); break;
	case 4:  sim_set_knob(s, pid, SETTING_nice, draw(20)); break;
	case 5:  sim_host(s, HOST_memory_pressure, draw(3)); break;
	case 6:
	case 7:  sim_exit(s, pid); break;
	default: sim_fork(s, pid); break;
	}
}

static void write_event(FILE *out, const struct event *e)
{
	fprintf(out, "%d %llu", (int)e->kind, (unsigned long long)e->at_ns);
	if (e->kind == EVENT_HOST)
		fprintf(out, " %lld", (long long)e->u.host.value);
	if (e->kind <= EVENT_FACTS)
		fprintf(out, " %d/%d of %d", e->u.task.who.pid,
		        e->u.task.who.tid, e->u.task.parent.pid);
	fputc('\n', out);
}

static void ask_slowly(struct os *door, pid_t pid)
{
	struct facts f = { 0 };

	door->sensor.facts(door->sensor.self, id_of(pid, pid),
	                   FACT_BIT(FACT_args), &f);
	facts_clear(&f);
}

/* Everything that came out of a machine, as text; owned by the caller. */
static char *campaign(uint64_t seed)
{
	struct sim *s = sim_new(seed, sets);
	struct os   door;
	char       *text;
	size_t      bytes;
	FILE       *out = open_memstream(&text, &bytes);

	dice = 42;
	sim_os(s, &door);
	sim_delay(s, MS);
	for (int i = 0; i < 20000; i++) {
		int n;

		something_happens(s);
		if (i % 10 == 0)
			ask_slowly(&door, any_pid(s));
		if (i % 3000 == 0)
			sim_lose(s, 20);
		n = door.sensor.next(door.sensor.self,
		                     sim_now_ns(s) + MS / 20, events, 64);
		for (int k = 0; k < n; k++)
			write_event(out, &events[k]);
	}
	fclose(out);
	sim_free(s);
	return text;
}

START_TEST(two_runs_from_one_seed_are_equal_to_the_byte)
{
	char *one = campaign(1), *same = campaign(1), *other = campaign(2);

	ck_assert_uint_gt(strlen(one), 100000);
	ck_assert(strcmp(one, same) == 0);
	ck_assert(strcmp(one, other) != 0);
	free(one);
	free(same);
	free(other);
}
END_TEST

static void nobody_minds(void *ctx, struct task_id id)
{
	(void)ctx, (void)id;
}

static void list_anew(struct table *t)
{
	struct task_id found[8];
	struct task   *task;
	uint64_t       cursor = 0;
	int            n;

	table_listing_begin(t);
	while ((n = os.sensor.list(os.sensor.self, &cursor, found, 8)) > 0)
		for (int i = 0; i < n; i++)
			ck_assert_int_ge(table_meet(t, found[i], &task), 0);
	table_listing_end(t, nobody_minds, NULL);
}

static void expect_same_tasks(struct table *t)
{
	struct strand *strand = strand_from(sim, 1);
	size_t         n = 0;

	for (; strand != NULL; strand = strand_from(sim, strand->tid + 1)) {
		struct task_id id = strand->being->id;
		struct task   *task = table_find(t, id);
		struct value   v;

		if (strand->tid != id.pid)
			continue;
		n++;
		ck_assert_ptr_nonnull(task);
		ck_assert_int_eq(table_fact(t, task, FACT_start_time, &v), 1);
		ck_assert_uint_eq(task->id.born, id.born);
		ck_assert_int_eq(table_fact(t, task, FACT_name, &v), 1);
		ck_assert_str_eq(v.text, strand->being->program->name);
	}
	ck_assert_uint_eq(table_count(t), n);
}

START_TEST(a_table_agrees_with_the_machine_whatever_is_lost)
{
	struct table *t = table_new(&os.sensor);
	struct task  *task;

	dice = 99 + (uint64_t)_i;
	list_anew(t);
	for (int i = 0; i < 20000; i++) {
		bool lost = false;
		int  n;

		if (draw(500) == 0)
			sim_lose(sim, 1 + draw(30));
		for (unsigned k = draw(4); k > 0; k--)
			something_happens(sim);
		n = next(sim_now_ns(sim) + draw(100));
		for (int k = 0; k < n; k++) {
			lost |= events[k].kind == EVENT_LOST;
			ck_assert_int_ge(table_update(t, &events[k], &task),
			                 0);
		}
		if (lost)
			list_anew(t);
		if (lost || (i % 1000 == 0 && sim->lose == 0))
			expect_same_tasks(t);
	}
	table_free(t);
}
END_TEST

static Suite *sim_suite(void)
{
	Suite *s = suite_create("os/sim");
	TCase *c = tcase_create("sim");

	tcase_add_checked_fixture(c, start, stop);
	tcase_set_timeout(c, 300);
	tcase_add_test(c, time_moves_only_when_asked);
	tcase_add_test(c, a_test_gets_the_machine_back_at_its_moment);
	tcase_add_test(c, a_birth_is_told_as_the_kernel_does);
	tcase_add_test(c, only_what_is_watched_is_told);
	tcase_add_test(c,
		what_nothing_tells_of_the_machine_any_more_is_told_as_unreadable);
	tcase_add_test(c, orphans_go_to_init_and_an_exec_ends_threads);
	tcase_add_test(c, facts_are_what_the_program_says);
	tcase_add_test(c, what_is_not_there_is_unreadable);
	tcase_add_test(c, slow_facts_come_late_and_never_of_an_older_program);
	tcase_add_test(c, a_thread_tells_its_own_name);
	tcase_add_loop_test(c, children_and_threads_have_their_parents_knobs, 0,
	                    sizeof heirlooms / sizeof heirlooms[0]);
	tcase_add_test(c, affinity_is_inherited_and_bounded_by_what_is_there);
	tcase_add_test(c, reset_on_fork_makes_ordinary_children);
	tcase_add_test(c, a_knob_reaches_its_scope_and_no_further);
	tcase_add_loop_test(c, values_are_taken_as_linux_takes_them, 0,
	                    sizeof values / sizeof values[0]);
	tcase_add_test(c, the_dead_and_the_stranger_are_not_reached);
	tcase_add_test(c, a_taken_pid_is_not_given_again);
	tcase_add_test(c, calls_fail_as_often_as_asked_and_are_counted);
	tcase_add_test(c, the_record_is_appended_replaced_whole_and_torn);
	tcase_add_test(c, lost_events_are_told_once);
	tcase_add_test(c, a_full_queue_loses_events_and_says_so);
	tcase_add_test(c, listing_gives_all_by_rising_pid);
	tcase_add_test(c, messages_arrive_late_whole_and_in_order);
	tcase_add_test(c, a_worker_that_dies_is_told_after_its_last_words);
	tcase_add_test(c, a_killed_worker_says_nothing_more);
	tcase_add_test(c, a_worker_that_does_not_keep_up_is_sent_no_more);
	tcase_add_test(c, a_worker_spends_time_only_on_what_is_unanswered);
	tcase_add_test(c, two_runs_from_one_seed_are_equal_to_the_byte);
	tcase_add_loop_test(c, a_table_agrees_with_the_machine_whatever_is_lost,
	                    0, 3);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(sim_suite());
	int      failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
