/* test_engine_faults_threads.c -- what the campaign of simulated faults found
 * of threads, each by itself. */

#include "one_rule.h"

static uint32_t select_worker(const char *process)
{
	return select_thread_of("w*", select_named(SELECT_PROCESS, process));
}

/* Nine for a worker, kept for so long. */
static void rule_keeps(const char *process, uint64_t keep_ns)
{
	struct builder_rule r = rule_of(select_worker(process));
	struct want         w = { 0 };

	want_set(&w, SETTING_nice, 9);
	r.want = &w;
	r.keep_ns = keep_ns;
	rule_add(r);
}

/* A process of that name: its worker. */
static pid_t start_worker(const char *process)
{
	return sim_thread(stage->sim, run(process), "worker");
}

START_TEST(a_thread_whose_end_was_lost_holds_nothing)
{
	pid_t tid;

	rules_begin();
	begin_with(select_worker("a"), IMAGE_NONE, SETTING_nice, 9);
	tid = start_worker("a");
	settle();
	ck_assert_int_eq(nice_of(tid), 9);
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	sim_lose(stage->sim, 1);
	sim_exit(stage->sim, tid);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(what_a_thread_keeps_ends_with_it_though_nobody_tells)
{
	pid_t pid;

	rules_begin();
	rule_keeps("a", SECOND);
	rules_end(NULL);
	curtain_up(1, NULL);
	pid = run("a");
	sim_thread(stage->sim, pid, "worker");
	settle();
	ck_assert_uint_eq(leases_count(stage->engine.leases), 1);
	sim_lose(stage->sim, 1);
	sim_exit(stage->sim, pid);
	pass(3 * SECOND);
	ck_assert_uint_eq(leases_count(stage->engine.leases), 0);
	curtain_down();
}
END_TEST

START_TEST(threads_go_back_when_their_process_is_no_longer_meant)
{
	pid_t pid, tid;

	rules_begin();
	begin_with(select_thread_of("w*", select_number(FACT_uid, 1000, 1000)),
	           IMAGE_NONE, SETTING_nice, 9);
	pid = run("x");
	tid = sim_thread(stage->sim, pid, "worker");
	settle();
	ck_assert_int_eq(nice_of(tid), 9);
	sim_set_uid(stage->sim, pid, 1001);
	settle();
	ck_assert_int_eq(nice_of(tid), 0);
	curtain_down();
}
END_TEST

START_TEST(what_a_thread_keeps_outlives_news_of_its_process)
{
	pid_t tid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_timer_slack, 1000);
	rule_keeps("x", 5 * SECOND);
	rules_end(NULL);
	curtain_up(1, NULL);
	tid = start_worker("x");
	settle();
	sim_rename(stage->sim, tid, "other");
	settle();
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(tid), 9);
	pass(6 * SECOND);
	ck_assert_int_eq(nice_of(tid), 0);
	curtain_down();
}
END_TEST

/* The new engine finds the main thread changed by somebody else, and what the
 * others have is from us all the same. */
START_TEST(threads_go_back_where_their_main_thread_was_taken_over)
{
	pid_t pid, tid;

	begin();
	pid = run("a");
	tid = sim_thread(stage->sim, pid, NULL);
	settle();
	ck_assert_int_eq(nice_of(tid), 5);
	sim_set_knob(stage->sim, pid, SETTING_nice, 11);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	undo();
	ck_assert_int_eq(nice_of(pid), 11);
	ck_assert_int_eq(nice_of(tid), 0);
	curtain_down();
}
END_TEST

START_TEST(threads_that_could_not_be_listed_are_listed_later)
{
	pid_t tid;

	rules_begin();
	begin_with(select_worker("x"), IMAGE_NONE, SETTING_nice, 9);
	tid = start_worker("x");
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	sim_fail(stage->sim, SIM_THREADS, EMFILE, 1);
	settle();
	ck_assert_int_eq(nice_of(tid), 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(tid), 9);
	curtain_down();
}
END_TEST

/* Five for "a", nine on battery, and that is insisted on. */
static void rules_of_battery(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           5);
	r = rule_of(select_named(SELECT_PROCESS, "a"));
	r.when = select_battery();
	want_set(&w, SETTING_nice, 9);
	r.want = &w;
	r.insist = true;
	rule_add(r);
}

static void all_back(pid_t tid)
{
	size_t left;

	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_int_eq(nice_of(tid), 0);
	curtain_down();
}

static pid_t    bearer, born;
static unsigned proofs;

/* It is born before its process is turned, and of the second turn it cannot be
 * told whether that one is still there. */
static int bear_and_fail(void *self, enum sim_call call)
{
	(void)self;
	if (call != SIM_PROVEN)
		return 0;
	if (++proofs == 1)
		born = sim_thread(stage->sim, bearer, "worker");
	return proofs == 2 ? -EIO : 0;
}

START_TEST(a_thread_born_at_the_read_is_seen_to_later)
{
	const struct sim_between here = { NULL, bear_and_fail, NULL };

	rules_of_battery();
	rules_end(NULL);
	curtain_up(1, NULL);
	bearer = run("a");
	sim_thread(stage->sim, bearer, "first");
	settle();
	ck_assert_int_eq(nice_of(bearer), 5);
	born = 0;
	proofs = 0;
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 1);
	pass(3 * SECOND);
	ck_assert_uint_gt(proofs, 2);
	ck_assert_int_eq(nice_of(bearer), 9);
	ck_assert_int_eq(nice_of(born), 9);
	all_back(born);
}
END_TEST

static int fail_proofs(void *self, enum sim_call call)
{
	(void)self;
	return call == SIM_PROVEN && proofs++ < 2 ? -EIO : 0;
}

/* The main thread has a rule of its own, and whether the others are still there
 * cannot be told at first; by then nine may be wanted no more. */
START_TEST(threads_that_were_not_come_to_have_what_they_had_from_us)
{
	const struct sim_between here = { NULL, fail_proofs, NULL };
	pid_t                    tid;

	rules_of_battery();
	rule_wants(select_main_of(select_named(SELECT_PROCESS, "a")),
	           IMAGE_NONE, SETTING_nice, 2);
	rules_end(NULL);
	curtain_up(1, NULL);
	tid = start_worker("a");
	settle();
	ck_assert_int_eq(nice_of(tid), 5);
	proofs = 0;
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 1);
	pass(500 * MS);
	ck_assert_int_eq(nice_of(tid), 5);
	if (_i == 1)
		sim_host(stage->sim, HOST_on_battery, 0);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(tid), _i == 1 ? 5 : 9);
	all_back(tid);
}
END_TEST

static pid_t starter, started;

/* As the first of its threads is turned, it starts another, and from then on its
 * threads cannot be told. */
static int start_one_unseen(void *self, enum sim_call call)
{
	(void)self;
	if (call == SIM_APPLY && started == 0)
		started = sim_thread(stage->sim, starter, NULL);
	return call == SIM_THREADS && started != 0 ? -EMFILE : 0;
}

START_TEST(who_was_alone_is_so_no_more_when_it_is_looked_at_again)
{
	const struct sim_between here = { NULL, start_one_unseen, NULL };
	const struct sim_between nobody = { NULL, NULL, NULL };

	begin();
	starter = run("other");
	settle();
	started = 0;
	sim_between(stage->sim, &here);
	sim_exec_again(stage->sim, starter,
	               &(struct sim_program){ .name = "a" });
	settle();
	ck_assert_int_eq(nice_of(starter), 5);
	ck_assert_int_gt(started, 0);
	ck_assert_int_eq(nice_of(started), 0);
	sim_between(stage->sim, &nobody);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(started), 5);
	curtain_down();
}
END_TEST

/* Which has a rule of its own. */
START_TEST(who_is_born_before_the_others_are_come_to_has_it_from_us)
{
	const struct sim_between here = { NULL, start_one_unseen, NULL };
	pid_t                    born_after;
	size_t                   left;

	rules_begin();
	rule_wants(select_worker("a"), IMAGE_NONE, SETTING_timer_slack, 1000);
	begin_with(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           5);
	starter = run("a");
	started = 0;
	sim_between(stage->sim, &here);
	settle();
	ck_assert_int_eq(nice_of(starter), 5);
	born_after = sim_thread(stage->sim, starter, "worker");
	settle();
	ck_assert_int_eq(knob(born_after, SETTING_timer_slack), 1000);
	sim_between(stage->sim, &(struct sim_between){ NULL, NULL, NULL });
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_int_eq(nice_of(born_after), 0);
	curtain_down();
}
END_TEST

static pid_t leaving;

/* It ends as soon as it was turned, when nobody hears of threads yet. */
static int leave_when_turned(void *self, enum sim_call call)
{
	(void)self;
	if (call == SIM_THREADS && leaving != 0 && nice_of(leaving) == 5) {
		sim_exit(stage->sim, leaving);
		leaving = 0;
	}
	return 0;
}

/* Somebody else's value is the origin of one of them alone. */
START_TEST(a_thread_that_ends_before_ends_are_heard_of_holds_nothing)
{
	const struct sim_between here = { NULL, leave_when_turned, NULL };
	pid_t                    pid, tid;

	rules_begin();
	begin_with(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_nice, 5);
	pid = run("a");
	tid = sim_thread(stage->sim, pid, "worker");
	sim_set_knob(stage->sim, tid, SETTING_nice, 3);
	settle();
	leaving = tid;
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(leaving, 0);
	ck_assert_int_eq(nice_of(pid), 5);
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, a_thread_whose_end_was_lost_holds_nothing);
	tcase_add_test(
		c, what_a_thread_keeps_ends_with_it_though_nobody_tells);
	tcase_add_test(c, threads_go_back_when_their_process_is_no_longer_meant);
	tcase_add_test(c, what_a_thread_keeps_outlives_news_of_its_process);
	tcase_add_test(
		c, threads_go_back_where_their_main_thread_was_taken_over);
	tcase_add_test(c, threads_that_could_not_be_listed_are_listed_later);
	tcase_add_loop_test(
		c, threads_that_were_not_come_to_have_what_they_had_from_us, 0,
		2);
	tcase_add_test(c, a_thread_born_at_the_read_is_seen_to_later);
	tcase_add_test(c,
	               who_was_alone_is_so_no_more_when_it_is_looked_at_again);
	tcase_add_test(
		c, who_is_born_before_the_others_are_come_to_has_it_from_us);
	tcase_add_test(
		c, a_thread_that_ends_before_ends_are_heard_of_holds_nothing);
	return run_case(c, "engine: faults of threads");
}
