/* test_engine_ahead.c -- programs that are held at their start: what is set
 * before they run, and what becomes of it when they do not. */

#include "rehearsing.h"

#define DEADLINE_NS (5 * MS)

/* What ran while the nice value of somebody was changed, in order. */
static struct seen {
	pid_t   pid;
	int64_t now;
	char    ran[NAME_KEEP];
} seen[256];
static size_t changes;

static void on_change(void *self, const struct change *c)
{
	struct facts f = { .known = 0 };
	struct seen *s = &seen[changes];

	(void)self;
	if (c->setting != SETTING_nice || c->effect != EFFECT_APPLIED)
		return;
	ck_assert_uint_lt(changes++, 256);
	s->pid = c->whom.pid;
	s->now = c->now;
	ck_assert_int_eq(stage->os.sensor.facts(stage->os.sensor.self, c->whom,
	                                        FACT_BIT(FACT_name), &f), 0);
	snprintf(s->ran, sizeof s->ran, "%s", f.name);
	facts_clear(&f);
}

static void begin_play(void (*act)(struct asking *q))
{
	rules_end(act);
	changes = 0;
	memset(seen, 0, sizeof seen);
	troupe.guard_ns = DEADLINE_NS;
	curtain_up(1, on_change);
}

static void assert_change(size_t i, pid_t pid, int64_t now, const char *ran)
{
	ck_assert_uint_lt(i, changes);
	ck_assert_int_eq(seen[i].pid, pid);
	ck_assert_int_eq(seen[i].now, now);
	ck_assert_str_eq(seen[i].ran, ran);
}

static uint32_t select_two(const char *name, enum fact f, const char *text)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, name, strlen(name));
	builder_condition(building, CONDITION_FACT, f);
	builder_text(building, text, strlen(text));
	return builder_selector_end(building);
}

static void rule_nice(uint32_t match, uint32_t when, int64_t nice)
{
	rule_wants(match, when, SETTING_nice, nice);
}

static void act_nice_nine(struct asking *q)
{
	say_want(q, SETTING_nice, 9);
}

static size_t records(void)
{
	return journal_count(stage->journal);
}

START_TEST(what_is_named_is_set_before_it_runs)
{
	const struct sim_program p = { .name = "there", .exe = "/bin/there" };
	pid_t                    by_name, by_exe;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, 5);
	rule_nice(select_text(FACT_exe, "/bin/there"), IMAGE_NONE, 6);
	begin_play(NULL);
	by_name = run("x");
	settle();
	by_exe = sim_exec(stage->sim, &p);
	settle();
	ck_assert_uint_eq(changes, 2);
	assert_change(0, by_name, 5, "init");
	assert_change(1, by_exe, 6, "init");
	ck_assert_int_eq(nice_of(by_name), 5);
	ck_assert_uint_eq(stage->engine.counts.foreseen, 2);
	ck_assert_uint_eq(sim_late(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(what_is_not_named_is_not_held)
{
	pid_t pid;

	rules_begin();
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	ck_assert_int_ge(builder_glob(building, "x*", 2), 0);
	rule_nice(builder_selector_end(building), IMAGE_NONE, 5);
	begin_play(NULL);
	pid = run("xy");
	settle();
	ck_assert_uint_eq(changes, 1);
	assert_change(0, pid, 5, "xy");
	curtain_down();
}
END_TEST

START_TEST(functions_and_what_is_not_known_yet_come_after)
{
	static const char *const args[] = { "x", "loud", NULL };
	const struct sim_program p = { .name = "x", .args = args };
	pid_t                    pid;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, 5);
	rule_nice(select_two("x", FACT_args, "loud"), IMAGE_NONE, 7);
	rule_function(select_named(SELECT_PROCESS, "x"));
	begin_play(act_nice_nine);
	pid = sim_exec(stage->sim, &p);
	settle();
	pass(SECOND);
	ck_assert_uint_ge(changes, 2);
	assert_change(0, pid, 5, "init");
	for (size_t i = 1; i < changes; i++)
		ck_assert_str_eq(seen[i].ran, "x");
	/* Two conditions outrank one, and later definition decides then. */
	ck_assert_int_eq(nice_of(pid), 7);
	curtain_down();
}
END_TEST

START_TEST(what_the_machine_must_be_like_counts)
{
	pid_t off, on;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), select_battery(), 5);
	begin_play(NULL);
	off = run("x");
	settle();
	ck_assert_uint_eq(changes, 0);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	changes = 0;
	on = run("x");
	settle();
	ck_assert_uint_eq(changes, 1);
	assert_change(0, on, 5, "init");
	ck_assert_int_eq(nice_of(off), 5);
	curtain_down();
}
END_TEST

START_TEST(a_start_that_fails_leaves_nothing_behind)
{
	struct sim_program p = { .name = "x", .fails = ENOEXEC };
	pid_t              fresh, shell;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, 5);
	rule_nice(select_named(SELECT_PROCESS, "sh"), IMAGE_NONE, 3);
	begin_play(NULL);
	fresh = sim_exec(stage->sim, &p);
	shell = run("sh");
	settle();
	ck_assert_int_eq(nice_of(shell), 3);
	ck_assert_int_eq(sim_exec_again(stage->sim, shell, &p), 0);
	settle();
	ck_assert_int_eq(nice_of(fresh), 5);
	ck_assert_int_eq(nice_of(shell), 5);
	pass(SECOND);
	ck_assert_int_eq(nice_of(fresh), 0);
	ck_assert_int_eq(nice_of(shell), 3);
	ck_assert_uint_eq(records(), 1);
	curtain_down();
}
END_TEST

/* Not even a higher verdict of the old program is put back meanwhile. */
START_TEST(nothing_is_put_back_before_it_runs)
{
	const struct sim_program p = { .name = "x" };
	pid_t                    pid;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "sh"), IMAGE_NONE, 3);
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	begin_play(NULL);
	pid = run("sh");
	settle();
	changes = 0;
	sim_exec_again(stage->sim, pid, &p);
	settle();
	ck_assert_int_eq(knob(pid, SETTING_timer_slack), 1000);
	ck_assert_uint_eq(changes, 1);
	assert_change(0, pid, 0, "x");
	curtain_down();
}
END_TEST

START_TEST(a_cap_that_may_hold_leaves_it_alone)
{
	static const char *const args[] = { "x", "meek", NULL };
	const struct sim_program p = { .name = "x", .args = args };
	struct builder_rule      r;
	struct cap               c = { .has = SETTING_BIT(SETTING_nice) };
	pid_t                    pid;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, -5);
	c.bound[SETTING_nice] = bound_open(SETTING_nice);
	c.bound[SETTING_nice].low = 0;
	r = rule_of(select_text(FACT_args, "meek"));
	r.cap = &c;
	rule_add(r);
	begin_play(NULL);
	pid = sim_exec(stage->sim, &p);
	settle();
	pass(SECOND);
	for (size_t i = 0; i < changes; i++)
		ck_assert_int_ge(seen[i].now, 0);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_uint_eq(stage->engine.counts.foreseen, 0);
	curtain_down();
}
END_TEST

/* A core that stands still: the machine goes on, and all is well after. */
START_TEST(nobody_waits_past_the_deadline)
{
	const struct sim_program p = { .name = "x", .uid = 1000 };
	struct event             events[8];
	pid_t                    pid[200];
	size_t                   execs = 0;
	int                      n;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, 5);
	begin_play(NULL);
	for (int i = 0; i < 200; i++)
		pid[i] = sim_exec(stage->sim, &p);
	sim_until(stage->sim, UINT64_MAX);
	/* Events that a core which was killed took with it. */
	while ((n = stage->os.sensor.next(stage->os.sensor.self,
	                                  sim_now_ns(stage->sim) + 2 *
	                                  DEADLINE_NS, events, 8)) > 0)
		for (int i = 0; i < n; i++)
			execs += events[i].kind == EVENT_EXEC;
	ck_assert_uint_eq(execs, 200);
	ck_assert_uint_eq(sim_late(stage->sim), 200);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(nice_of(pid[i]), 5);
	curtain_down();
}
END_TEST

START_TEST(a_late_answer_is_for_nobody)
{
	struct facts        f;
	const struct guard *guard;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, 5);
	begin_play(NULL);
	guard = &stage->os.guard;
	run("x");
	settle();
	ck_assert_int_eq(guard->coming(guard->self, 1, &f), -ETIME);
	guard->allow(guard->self, 1);
	guard->allow(guard->self, 77);
	settle();
	ck_assert_uint_eq(changes, 1);
	curtain_down();
}
END_TEST

START_TEST(who_dies_while_it_waits_is_forgotten)
{
	pid_t pid;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, 5);
	begin_play(NULL);
	pid = run("x");
	ck_assert_int_eq(sim_exit(stage->sim, pid), 0);
	settle();
	pass(SECOND);
	ck_assert_uint_eq(changes, 0);
	ck_assert_uint_eq(records(), 0);
	curtain_down();
}
END_TEST

/* Protected is who was real-time before, as chrt makes it. */
START_TEST(who_is_protected_is_left_alone)
{
	const struct sim_program p = { .name = "x" };
	pid_t                    pid;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, 5);
	begin_play(NULL);
	pid = sim_fork(stage->sim, 1);
	sim_set_knob(stage->sim, pid, SETTING_sched,
	             sched_value(SCHED_CLASS_FIFO, 10));
	sim_exec_again(stage->sim, pid, &p);
	settle();
	ck_assert_uint_eq(changes, 0);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

START_TEST(a_crash_while_it_waits_is_undone)
{
	const struct sim_program p = { .name = "x", .fails = ENOEXEC };
	size_t                   left;
	pid_t                    pid;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, 5);
	begin_play(NULL);
	pid = sim_exec(stage->sim, &p);
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

/* Another thread of it forks while the kernel asks. */
START_TEST(a_child_of_who_is_held_is_what_that_was)
{
	const struct sim_program b = { .name = "b" };
	pid_t                    pid, child;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "b"), IMAGE_NONE, 5);
	rule_nice(select_child_of(select_named(SELECT_PROCESS, "c")),
	          IMAGE_NONE, 3);
	begin_play(act_nice_nine);
	pid = run("a");
	settle();
	ck_assert_int_eq(sim_exec_again(stage->sim, pid, &b), 0);
	child = sim_fork(stage->sim, pid);
	pass(SECOND);
	ck_assert_int_eq(nice_of(pid), 5);
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

/* Nobody told of these two births. */
START_TEST(who_is_held_has_what_was_above_its_parent)
{
	pid_t parent, child, held;

	rules_begin();
	rule_nice(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, 5);
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	begin_play(NULL);
	parent = run("a");
	settle();
	ck_assert_int_eq(nice_of(parent), 5);
	sim_lose(stage->sim, 2);
	child = sim_fork(stage->sim, parent);
	held = run_under(child, "x", 0);
	settle();
	ck_assert_int_eq(knob(held, SETTING_timer_slack), 1000);
	ck_assert_int_eq(nice_of(held), 0);
	curtain_down();
}
END_TEST

/* Nobody enters a session by an exec. */
START_TEST(who_is_held_is_in_its_session_already)
{
	const struct sim_program a = { .name = "a", .session = 77 };
	const struct sim_program x = { .name = "x", .session = 77 };
	pid_t                    wishes, held;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE,
	           SETTING_autogroup_nice, 7);
	rule_nice(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, 5);
	begin_play(NULL);
	wishes = sim_exec(stage->sim, &a);
	settle();
	held = sim_exec(stage->sim, &x);
	sim_exit(stage->sim, wishes);
	settle();
	ck_assert_int_eq(nice_of(held), 5);
	ck_assert_int_eq(knob(held, SETTING_autogroup_nice), 0);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine, ahead");
	TCase *c = tcase_create("rehearsal");

	tcase_add_test(c, what_is_named_is_set_before_it_runs);
	tcase_add_test(c, what_is_not_named_is_not_held);
	tcase_add_test(c, functions_and_what_is_not_known_yet_come_after);
	tcase_add_test(c, what_the_machine_must_be_like_counts);
	tcase_add_test(c, a_start_that_fails_leaves_nothing_behind);
	tcase_add_test(c, nothing_is_put_back_before_it_runs);
	tcase_add_test(c, a_cap_that_may_hold_leaves_it_alone);
	tcase_add_test(c, nobody_waits_past_the_deadline);
	tcase_add_test(c, a_late_answer_is_for_nobody);
	tcase_add_test(c, who_dies_while_it_waits_is_forgotten);
	tcase_add_test(c, who_is_protected_is_left_alone);
	tcase_add_test(c, a_crash_while_it_waits_is_undone);
	tcase_add_test(c, a_child_of_who_is_held_is_what_that_was);
	tcase_add_test(c, who_is_held_has_what_was_above_its_parent);
	tcase_add_test(c, who_is_held_is_in_its_session_already);
	suite_add_tcase(s, c);
	return run_suite(s);
}
