/* test_engine_origins.c -- where what goes back goes, when the threads of one
 * process have come from different values. */

#include "rehearsing.h"

#define MINUTE (60 * SECOND)

static uint32_t a_process(void)
{
	return select_named(SELECT_PROCESS, "a");
}

/* On battery all of "a" has nice 5, and its main thread insists on that; its
 * workers have something else besides. */
static void begin(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	rules_begin();
	rule_wants(a_process(), select_battery(), SETTING_nice, 5);
	rule_wants(select_thread_of("w*", a_process()), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	r = rule_of(select_main_of(a_process()));
	r.when = select_battery();
	want_set(&w, SETTING_nice, 5);
	r.want = &w;
	r.insist = true;
	rule_add(r);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
}

/* Somebody else has set the main thread alone to 9, and it is set again. */
static pid_t run_contested(void)
{
	pid_t pid = run("a");

	sim_thread(stage->sim, pid, "first");
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	sim_set_knob(stage->sim, pid, SETTING_nice, 9);
	pass(MINUTE);
	ck_assert_int_eq(nice_of(pid), 5);
	return pid;
}

START_TEST(after_an_exec_all_goes_back_where_the_main_thread_came_from)
{
	const struct sim_program other = { .name = "other" };
	pid_t                    pid;

	begin();
	pid = run_contested();
	sim_exec_again(stage->sim, pid, &other);
	settle();
	ck_assert_int_eq(nice_of(pid), 9);
	curtain_down();
}
END_TEST

START_TEST(a_thread_that_is_born_now_is_the_main_threads)
{
	pid_t pid, tid;

	begin();
	pid = run_contested();
	tid = sim_thread(stage->sim, pid, "worker");
	settle();
	ck_assert_int_eq(nice_of(tid), 5);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert_int_eq(nice_of(tid), 9);
	curtain_down();
}
END_TEST

static void fail_records(unsigned times)
{
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, times);
	sim_fail(stage->sim, SIM_REPLACE, ENOSPC, times);
}

/* It cannot be written down before the main thread is set again, and has what it
 * has since before that. */
START_TEST(one_that_was_born_before_is_its_processs)
{
	const uint64_t sample_ns = FIGHT_SAMPLE_NS;
	pid_t          pid, tid;

	begin();
	pid = run("a");
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	pass(2 * sample_ns - sim_now_ns(stage->sim) % sample_ns - 300 * MS);
	fail_records(1000);
	tid = sim_thread(stage->sim, pid, "worker");
	settle();
	sim_set_knob(stage->sim, pid, SETTING_nice, 9);
	fail_records(0);
	pass(MINUTE);
	ck_assert_int_eq(nice_of(pid), 5);
	ck_assert_int_eq(nice_of(tid), 5);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert_int_eq(nice_of(tid), 0);
	curtain_down();
}
END_TEST

/* And heard of by another engine, which has met nobody yet. */
START_TEST(so_is_one_that_is_born_before_its_process_is_met)
{
	pid_t pid, tid;

	begin();
	pid = run_contested();
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	tid = sim_thread(stage->sim, pid, "other");
	settle();
	ck_assert_int_eq(nice_of(tid), 5);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert_int_eq(nice_of(tid), 9);
	curtain_down();
}
END_TEST

/* Of user 1000 all has nice 5, and the main thread insists on that; but once in
 * a while is often enough for any change. */
static void begin_slowly(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	rules_begin();
	rule_wants(select_number(FACT_uid, 1000, 1000), IMAGE_NONE,
	           SETTING_nice, 5);
	r = rule_of(select_main_of(select_number(FACT_uid, 1000, 1000)));
	want_set(&w, SETTING_nice, 5);
	r.want = &w;
	r.insist = true;
	rule_add(r);
	rules_end(NULL);
	troupe.limits.machine = (struct limit_rate){ 1, 5 * SECOND };
	curtain_up(1, NULL);
}

/* It is born when no rule speaks of the process any more, and the main thread
 * waits to go back. */
START_TEST(so_is_one_that_no_rule_speaks_of)
{
	pid_t  pid, tid;
	size_t left;

	begin_slowly();
	pid = run_under(0, "a", 1000);
	sim_thread(stage->sim, pid, "first");
	settle();
	sim_set_knob(stage->sim, pid, SETTING_nice, 9);
	pass(MINUTE);
	ck_assert_int_eq(nice_of(pid), 5);
	sim_set_uid(stage->sim, pid, 1001);
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	tid = sim_thread(stage->sim, pid, "other");
	pass(MINUTE);
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert_int_eq(nice_of(tid), 9);
	ck_assert_int_eq(enforce_undo(&stage->engine.enforcer, &left), 0);
	curtain_down();
}
END_TEST

/* Of user 1000 the main thread is promised time, all of user 1001 is ordinary. */
static void begin_by_user(void)
{
	rules_begin();
	rule_wants(select_number(FACT_uid, 1001, 1001), IMAGE_NONE,
	           SETTING_sched, sched_value(SCHED_CLASS_OTHER, 0));
	rule_wants(select_main_of(select_number(FACT_uid, 1000, 1000)),
	           IMAGE_NONE, SETTING_realtime,
	           realtime_value(20000, 1000, 10000));
	rules_end(NULL);
	curtain_up(1, NULL);
}

START_TEST(a_promise_of_time_that_ends_is_nobodys_origin)
{
	const int64_t other = sched_value(SCHED_CLASS_OTHER, 0);
	const struct sim_program b = { .name = "b" };
	pid_t         pid, child;

	begin_by_user();
	pid = run("a");
	/* Bound to some CPUs it cannot have a deadline, and is fifo. */
	sim_set_knob(stage->sim, pid, SETTING_affinity,
	             interned_read_cpus(stage->sets, "0-3"));
	settle();
	ck_assert_int_ne(knob(pid, SETTING_sched), other);
	sim_set_uid(stage->sim, pid, 1001);
	settle();
	child = sim_fork(stage->sim, pid);
	sim_set_uid(stage->sim, child, 1002);
	sim_exec_again(stage->sim, child, &b);
	settle();
	ck_assert_int_eq(knob(child, SETTING_sched), other);
	curtain_down();
}
END_TEST

/* Its main thread alone has nice 3. */
START_TEST(what_cannot_be_read_at_an_exec_goes_back_all_the_same)
{
	const struct sim_program b = { .name = "b" };
	pid_t         pid;

	rules_begin();
	rule_wants(select_main_of(a_process()), IMAGE_NONE, SETTING_nice, 3);
	rules_end(NULL);
	curtain_up(1, NULL);
	pid = run("a");
	settle();
	ck_assert_int_eq(nice_of(pid), 3);
	sim_exec_again(stage->sim, pid, &b);
	sim_fail(stage->sim, SIM_READ, ENOSYS, 1);
	settle();
	pass(MINUTE);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

/* Nice 5 but for user 1001, a group but for user 1000, and for one of them a
 * rule about main threads, of something that no thread can have for itself. */
static void begin_with_groups(void)
{
	rules_begin();
	for (int64_t uid = 1000; uid <= 1002; uid += 2)
		rule_wants(select_number(FACT_uid, uid, uid), IMAGE_NONE,
		           SETTING_nice, 5);
	rule_wants(select_number(FACT_uid, 1001, 1002), IMAGE_NONE,
	           SETTING_weight, 50);
	rule_wants(select_main_of(select_number(FACT_uid, 1001, 1001)),
	           IMAGE_NONE, SETTING_oom_score_adj, 100);
	rules_end(NULL);
	curtain_up(1, NULL);
}

/* Its main thread goes back before it, and no rule speaks of that thread any
 * more when it can be given something again. */
START_TEST(a_main_thread_that_went_ahead_of_its_process_is_nobody_elses)
{
	size_t left;
	pid_t  pid;

	begin_with_groups();
	pid = run_under(0, "a", 1000);
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	sim_disk(stage->sim, 0);
	sim_set_uid(stage->sim, pid, 1001);
	settle();
	ck_assert_int_eq(nice_of(pid), 0);
	sim_set_uid(stage->sim, pid, 1002);
	settle();
	sim_disk(stage->sim, SIZE_MAX);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(pid), 5);
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

/* Of "a" all has nice 5, whatever others write. */
static void begin_insisting(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	rules_begin();
	want_set(&w, SETTING_nice, 5);
	r = rule_of(a_process());
	r.want = &w;
	r.insist = true;
	rule_add(r);
	rules_end(NULL);
	curtain_up(1, NULL);
}

/* Whoever takes over finds the main thread where it came from, and cannot write
 * down that it is given something again. */
START_TEST(a_thread_has_what_its_main_thread_was_to_be_given_again)
{
	size_t left;
	pid_t  pid, tid;

	begin_insisting();
	pid = run("a");
	sim_thread(stage->sim, pid, "first");
	settle();
	sim_set_knob(stage->sim, pid, SETTING_nice, 9);
	pass(MINUTE);
	tid = sim_thread(stage->sim, pid, "second");
	settle();
	ck_assert_int_eq(nice_of(tid), 5);
	sim_set_knob(stage->sim, pid, SETTING_nice, 9);
	sim_disk(stage->sim, 0);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(pid), 9);
	sim_disk(stage->sim, SIZE_MAX);
	pass(MINUTE);
	ck_assert_int_eq(nice_of(pid), 5);
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert_int_eq(nice_of(tid), 9);
	curtain_down();
}
END_TEST

static pid_t starter, started;

/* A thread is started as the threads of its process are looked for. */
static int start_one(void *self, enum sim_call call)
{
	(void)self;
	if (call == SIM_THREADS && starter != 0) {
		started = sim_thread(stage->sim, starter, "second");
		starter = 0;
	}
	return 0;
}

static void rule_insists(uint32_t match)
{
	struct builder_rule r = rule_of(match);
	struct want         w = { 0 };

	want_set(&w, SETTING_nice, 5);
	r.want = &w;
	r.insist = true;
	r.when = select_battery();
	rule_add(r);
}

/* Its first thread came from 0, its main one from 9, and nobody has heard of
 * the one that was started since. */
START_TEST(a_thread_that_is_found_before_it_is_heard_of_is_the_main_ones)
{
	const struct sim_between here = { NULL, start_one, NULL };
	pid_t                    pid, tid;

	rules_begin();
	rule_insists(a_process());
	rule_insists(select_main_of(a_process()));
	rules_end(NULL);
	curtain_up(1, NULL);
	pid = run("a");
	tid = sim_thread(stage->sim, pid, "first");
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	sim_set_knob(stage->sim, pid, SETTING_nice, 9);
	pass(MINUTE);
	ck_assert_int_eq(nice_of(pid), 5);
	starter = pid;
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 0);
	pass(MINUTE);
	ck_assert_int_eq(starter, 0);
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert_int_eq(nice_of(tid), 0);
	ck_assert_int_eq(nice_of(started), 9);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite   *s = suite_create("engine: origins");
	TCase   *c = tcase_create("origins");
	SRunner *runner;
	int      failed;

	tcase_add_test(
		c, after_an_exec_all_goes_back_where_the_main_thread_came_from);
	tcase_add_test(c, a_thread_that_is_born_now_is_the_main_threads);
	tcase_add_test(c, one_that_was_born_before_is_its_processs);
	tcase_add_test(c, so_is_one_that_is_born_before_its_process_is_met);
	tcase_add_test(c, so_is_one_that_no_rule_speaks_of);
	tcase_add_test(c, a_promise_of_time_that_ends_is_nobodys_origin);
	tcase_add_test(c,
	               what_cannot_be_read_at_an_exec_goes_back_all_the_same);
	tcase_add_test(c,
		a_main_thread_that_went_ahead_of_its_process_is_nobody_elses);
	tcase_add_test(c,
		a_thread_has_what_its_main_thread_was_to_be_given_again);
	tcase_add_test(c,
		a_thread_that_is_found_before_it_is_heard_of_is_the_main_ones);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
