/* test_engine_main.c -- the main thread of a process, apart from the others. */

#include "rehearsing.h"

#define OTHER sched_value(SCHED_CLASS_OTHER, 0)
#define BATCH sched_value(SCHED_CLASS_BATCH, 0)

static struct change last;

static void on_change(void *self, const struct change *c)
{
	(void)self;
	last = *c;
}

static uint32_t x_process(void)
{
	return select_named(SELECT_PROCESS, "x");
}

static void begin_play(void)
{
	rules_end(NULL);
	curtain_up(1, on_change);
}

/* "x" gets nice 5, or 9 on battery; its main thread 2. */
static void rules_both(void)
{
	rules_begin();
	rule_wants(x_process(), IMAGE_NONE, SETTING_nice, 5);
	rule_wants(x_process(), select_battery(), SETTING_nice, 9);
	rule_wants(select_main_of(x_process()), IMAGE_NONE, SETTING_nice, 2);
	begin_play();
}

/* Nothing but its main thread, of nice 3, or as on battery. */
static void rules_main_alone(uint32_t when)
{
	rule_wants(select_main_of(x_process()), when, SETTING_nice, 3);
	begin_play();
}

static pid_t thread_run(pid_t pid)
{
	pid_t tid = sim_thread(stage->sim, pid, "worker");

	ck_assert_int_gt(tid, 0);
	settle();
	return tid;
}

static void battery(bool on)
{
	sim_host(stage->sim, HOST_on_battery, on);
	settle();
}

static struct task *row_of_main(pid_t pid)
{
	return table_find(stage->engine.table,
	                  task_id_main((struct task_id){ .pid = pid }));
}

static void undo_all(void)
{
	size_t left;

	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
}

START_TEST(its_rule_is_above_its_processs_and_reaches_no_other)
{
	pid_t x, before, after;

	rules_both();
	x = run("x");
	before = sim_thread(stage->sim, x, "worker");
	settle();
	after = thread_run(x);
	ck_assert_int_eq(nice_of(x), 2);
	ck_assert_int_eq(nice_of(before), 5);
	ck_assert_int_eq(nice_of(after), 5);
	battery(true);
	ck_assert_int_eq(nice_of(x), 2);
	ck_assert_int_eq(nice_of(before), 9);
	ck_assert_int_eq(nice_of(after), 9);
	battery(false);
	ck_assert_int_eq(nice_of(x), 2);
	ck_assert_int_eq(nice_of(before), 5);
	undo_all();
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(before), 0);
	ck_assert_int_eq(nice_of(after), 0);
	curtain_down();
}
END_TEST

START_TEST(its_change_is_told_as_a_threads)
{
	pid_t x;

	rules_begin();
	rules_main_alone(IMAGE_NONE);
	x = run("x");
	settle();
	ck_assert_int_eq(last.whom.pid, x);
	ck_assert(task_id_is_main(last.whom));
	ck_assert_int_eq(task_id_known(last.whom).tid, x);
	ck_assert_str_eq(last.name, "x");
	ck_assert_int_eq(last.effect, EFFECT_APPLIED);
	ck_assert_int_eq(last.now, 3);
	ck_assert_uint_eq(last.threads, 1);
	curtain_down();
}
END_TEST

/* A process that has nothing of ours, of which one thread has. */
static unsigned nices;

static void count_nice(void *self, const struct change *c)
{
	(void)self;
	nices += c->setting == SETTING_nice;
}

/* Its row is there for another rule, and what it has of its process is not its
 * own. */
START_TEST(where_nothing_is_turned_each_change_is_told_once)
{
	pid_t x;

	rules_begin();
	rule_wants(x_process(), IMAGE_NONE, SETTING_nice, 5);
	rule_wants(select_main_of(x_process()), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	rules_end(NULL);
	nices = 0;
	curtain_up(1, count_nice);
	stage->engine.enforcer.observe = true;
	x = run("x");
	settle();
	thread_run(x);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_uint_eq(nices, 1);
	curtain_down();
}
END_TEST

START_TEST(who_is_born_of_it_goes_back_to_the_origin)
{
	pid_t x, thread, child;

	rules_begin();
	rules_main_alone(IMAGE_NONE);
	x = run("x");
	sim_set_knob(stage->sim, x, SETTING_nice, 1);
	settle();
	ck_assert_int_eq(nice_of(x), 3);
	thread = thread_run(x);
	ck_assert_int_eq(nice_of(thread), 1);
	child = run_under(x, "y", 1000);
	ck_assert_int_eq(nice_of(child), 3);    /* born with it               */
	settle();
	ck_assert_int_eq(nice_of(child), 1);
	ck_assert_int_eq(nice_of(x), 3);
	sim_exit(stage->sim, child);
	sim_exit(stage->sim, x);
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

/* Its process is about to have another value, when it starts a program that is
 * to have what it has just now. */
START_TEST(what_it_leaves_to_a_program_is_not_somebody_elses)
{
	pid_t x, child;

	rules_begin();
	rule_wants(x_process(), IMAGE_NONE, SETTING_nice, 5);
	rule_wants(select_main_of(x_process()), IMAGE_NONE, SETTING_nice, 2);
	rule_wants(select_named(SELECT_PROCESS, "y"), IMAGE_NONE,
	           SETTING_nice, 2);
	rule_wants(select_named(SELECT_PROCESS, "y"), select_battery(),
	           SETTING_nice, 9);
	begin_play();
	x = run("x");
	settle();
	child = sim_fork(stage->sim, x);
	pass(SECOND);
	ck_assert_int_eq(nice_of(child), 2);
	sim_exec_again(stage->sim, child, &(struct sim_program){ .name = "y" });
	settle();
	ck_assert_int_eq(nice_of(child), 2);
	battery(true);
	ck_assert_int_eq(nice_of(child), 9);
	undo_all();
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

/* Its process is met first, and given the same by a rule of its own. */
START_TEST(who_is_born_of_it_unheard_of_goes_back_too)
{
	pid_t x, born;

	rules_begin();
	rule_wants(x_process(), select_battery(), SETTING_nice, 3);
	rules_main_alone(IMAGE_NONE);
	x = run("x");
	settle();
	sim_lose(stage->sim, 1);
	born = sim_thread(stage->sim, x, "worker");
	battery(true);
	ck_assert_int_eq(nice_of(born), 3);
	battery(false);
	ck_assert_int_eq(nice_of(x), 3);
	ck_assert_int_eq(nice_of(born), 0);
	curtain_down();
}
END_TEST

START_TEST(a_child_of_it_has_a_verdict_of_its_own)
{
	pid_t x, child;

	rules_both();
	x = run("x");
	settle();
	child = sim_fork(stage->sim, x);
	pass(30 * MS);
	ck_assert_int_eq(nice_of(x), 2);
	ck_assert_int_eq(nice_of(child), 2);    /* its name is "x" too        */
	ck_assert_ptr_nonnull(row_of_main(child));
	undo_all();
	ck_assert_int_eq(nice_of(child), 0);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

START_TEST(a_crash_is_undone_by_another)
{
	pid_t x, thread, born, child;

	rules_both();
	x = run("x");
	sim_set_knob(stage->sim, x, SETTING_nice, 1);
	thread = sim_thread(stage->sim, x, "worker");
	settle();
	/* Nobody hears of these. */
	sim_lose(stage->sim, 3);
	born = sim_thread(stage->sim, x, "late");
	child = sim_fork(stage->sim, x);
	ck_assert_int_eq(nice_of(born), 2);
	ck_assert_int_eq(nice_of(child), 2);
	ck_assert_int_eq(nice_of(thread), 5);
	undo_all();
	ck_assert_int_eq(nice_of(x), 1);
	ck_assert_int_eq(nice_of(thread), 1);
	ck_assert_int_eq(nice_of(born), 1);
	ck_assert_int_eq(nice_of(child), 1);
	curtain_down();
}
END_TEST

START_TEST(it_goes_back_to_what_its_process_has)
{
	pid_t x, thread;

	rules_begin();
	rule_wants(x_process(), IMAGE_NONE, SETTING_nice, 5);
	rules_main_alone(select_battery());
	x = run("x");
	thread = thread_run(x);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(nice_of(x), 5);
		battery(true);
		ck_assert_int_eq(nice_of(x), 3);
		ck_assert_int_eq(nice_of(thread), 5);
		battery(false);
	}
	ck_assert_int_eq(nice_of(x), 5);
	undo_all();
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(thread), 0);
	curtain_down();
}
END_TEST

/* Its record outlives its rule, and everything is undone by steps. */
START_TEST(what_nobody_wants_any_more_is_forgotten)
{
	pid_t x, thread;

	rules_begin();
	rule_wants(x_process(), select_battery(), SETTING_nice, 5);
	rules_main_alone(select_battery());
	x = run("x");
	thread = thread_run(x);
	battery(true);
	ck_assert_int_eq(nice_of(x), 3);
	ck_assert_int_eq(nice_of(thread), 5);
	battery(false);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(thread), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(a_rule_about_names_picks_it_by_its_name)
{
	pid_t x, worker;

	rules_begin();
	rule_wants(select_thread_of("w*", x_process()), IMAGE_NONE,
	           SETTING_sched, BATCH);
	begin_play();
	x = run("x");
	worker = thread_run(x);
	ck_assert_int_eq(knob(x, SETTING_sched), OTHER);
	ck_assert_ptr_null(row_of_main(x));
	sim_rename(stage->sim, x, "watcher");
	settle();
	ck_assert_int_eq(knob(x, SETTING_sched), BATCH);
	sim_rename(stage->sim, x, "no more");
	settle();
	ck_assert_int_eq(knob(x, SETTING_sched), OTHER);
	ck_assert_int_eq(knob(worker, SETTING_sched), BATCH);
	curtain_down();
}
END_TEST

START_TEST(it_may_be_excepted_from_what_its_process_has)
{
	struct builder_rule r;
	struct want         w = { 0 };
	pid_t               x, thread;

	rules_begin();
	want_set(&w, SETTING_nice, 5);
	r = rule_of(x_process());
	r.want = &w;
	r.except = select_main_of(x_process());
	rule_add(r);
	want_set(&w, SETTING_nice, 9);
	r.when = select_battery();
	rule_add(r);
	begin_play();
	x = run("x");
	thread = thread_run(x);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(thread), 5);
	battery(true);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(thread), 9);
	undo_all();
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(thread), 0);
	curtain_down();
}
END_TEST

START_TEST(another_program_ends_what_it_had)
{
	const struct sim_program y = { .name = "y" };
	pid_t                    x;

	rules_both();
	x = run("x");
	thread_run(x);
	ck_assert_int_eq(nice_of(x), 2);
	ck_assert_int_eq(sim_exec_again(stage->sim, x, &y), 0);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_ptr_null(row_of_main(x));
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(a_program_of_one_thread_has_a_deadline)
{
	int64_t value = realtime_value(10000, 1000, 10000);
	pid_t   x, thread;

	rules_begin();
	rule_wants(x_process(), IMAGE_NONE, SETTING_timer_slack, 1000);
	rule_wants(select_main_of(x_process()), IMAGE_NONE, SETTING_realtime,
	           value);
	begin_play();
	x = run("x");
	settle();
	ck_assert_int_eq(knob(x, SETTING_realtime), value);
	/* Being real-time by us, the process is not protected from us. */
	sim_rename(stage->sim, x, "again");
	thread = thread_run(x);
	ck_assert_int_eq(knob(thread, SETTING_sched), OTHER);
	ck_assert_int_eq(knob(thread, SETTING_timer_slack), 1000);
	undo_all();
	ck_assert_int_eq(knob(x, SETTING_sched), OTHER);
	curtain_down();
}
END_TEST

START_TEST(its_precedence_counts_from_what_it_had)
{
	pid_t x;

	rules_begin();
	rule_wants(select_main_of(x_process()), IMAGE_NONE, SETTING_precedence,
	           4);
	begin_play();
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), -4);
	for (int i = 0; i < 3; i++) {
		sim_rename(stage->sim, x, i == 0 ? "a" : "b");
		settle();
	}
	ck_assert_int_eq(nice_of(x), -4);
	curtain_down();
}
END_TEST

START_TEST(what_somebody_else_sets_of_it_is_theirs_alone)
{
	pid_t x, thread;

	rules_both();
	x = run("x");
	thread = thread_run(x);
	sim_set_knob(stage->sim, x, SETTING_nice, 7);
	battery(true);
	battery(false);
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert_int_eq(nice_of(thread), 5);
	curtain_down();
}
END_TEST

START_TEST(who_has_no_rule_about_it_pays_nothing)
{
	uint64_t judged;
	pid_t    y;

	rules_both();
	judged = stage->engine.counts.judged;
	y = run("y");
	settle();
	ck_assert_uint_eq(stage->engine.counts.judged - judged, 1);
	ck_assert_ptr_null(row_of_main(y));
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine, the main thread");
	TCase *c = tcase_create("rehearsal");

	tcase_add_test(c, its_rule_is_above_its_processs_and_reaches_no_other);
	tcase_add_test(c, its_change_is_told_as_a_threads);
	tcase_add_test(c, where_nothing_is_turned_each_change_is_told_once);
	tcase_add_test(c, who_is_born_of_it_goes_back_to_the_origin);
	tcase_add_test(c, what_it_leaves_to_a_program_is_not_somebody_elses);
	tcase_add_test(c, who_is_born_of_it_unheard_of_goes_back_too);
	tcase_add_test(c, a_child_of_it_has_a_verdict_of_its_own);
	tcase_add_test(c, a_crash_is_undone_by_another);
	tcase_add_test(c, it_goes_back_to_what_its_process_has);
	tcase_add_test(c, what_nobody_wants_any_more_is_forgotten);
	tcase_add_test(c, a_rule_about_names_picks_it_by_its_name);
	tcase_add_test(c, it_may_be_excepted_from_what_its_process_has);
	tcase_add_test(c, another_program_ends_what_it_had);
	tcase_add_test(c, a_program_of_one_thread_has_a_deadline);
	tcase_add_test(c, its_precedence_counts_from_what_it_had);
	tcase_add_test(c, what_somebody_else_sets_of_it_is_theirs_alone);
	tcase_add_test(c, who_has_no_rule_about_it_pays_nothing);
	suite_add_tcase(s, c);
	return run_suite(s);
}
