/* test_engine_thread_births.c -- threads that a main thread starts with what it has
 * of its own, or had a moment ago. */

#include "rehearsing.h"

/* The main thread has to wait until it may change again, and starts another one
 * with what no rule wants of anybody any more. */
START_TEST(a_thread_of_a_main_one_that_waits_to_go_back_does_not_wait)
{
	pid_t pid, other, tid;

	rules_begin();
	rule_wants(select_main_of(select_number(FACT_uid, 1000, 1000)),
	           IMAGE_NONE, SETTING_nice, 5);
	rules_end(NULL);
	troupe.limits = (struct limit_rates){ .rule = { 1, SECOND } };
	curtain_up(1, NULL);
	other = run("other");
	pid = run("a");
	sim_set_uid(stage->sim, other, 1000);
	sim_set_uid(stage->sim, pid, 1000);
	settle();
	sim_set_uid(stage->sim, other, 1001);
	sim_set_uid(stage->sim, pid, 1001);
	settle();
	ck_assert_int_eq(nice_of(other), 0);
	ck_assert_int_eq(nice_of(pid), 5);
	tid = sim_thread(stage->sim, pid, "worker");
	settle();
	ck_assert_int_eq(nice_of(tid), 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

static pid_t starter, started;

/* It starts another one just before it is turned. */
static int start_one(void *self, enum sim_call call)
{
	(void)self;
	if (call == SIM_APPLY && started == 0)
		started = sim_thread(stage->sim, starter, "worker");
	return 0;
}

/* It is heard of when its main thread went back already. */
START_TEST(a_thread_of_which_no_rule_speaks_goes_back_late)
{
	const struct sim_between here = { NULL, start_one, NULL };

	rules_begin();
	rule_wants(select_main_of(select_number(FACT_uid, 1000, 1000)),
	           IMAGE_NONE, SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
	starter = run("a");
	sim_set_uid(stage->sim, starter, 1000);
	settle();
	ck_assert_int_eq(nice_of(starter), 5);
	started = 0;
	sim_between(stage->sim, &here);
	sim_set_uid(stage->sim, starter, 1001);
	settle();
	ck_assert_int_eq(nice_of(starter), 0);
	ck_assert_int_gt(started, 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(started), 0);
	curtain_down();
}
END_TEST

static void act_nine(struct asking *q)
{
	say_want(q, SETTING_nice, 9);
}

/* It is started before the main thread has its own, and is to wait for what a
 * function says of it; by then nobody wants anything of its process. */
START_TEST(a_thread_that_is_heard_of_late_has_what_the_main_one_had_then)
{
	const struct sim_between here = { NULL, start_one, NULL };
	uint32_t                 of_user;

	rules_begin();
	of_user = select_number(FACT_uid, 1000, 1000);
	rule_wants(of_user, IMAGE_NONE, SETTING_nice, 5);
	rule_wants(select_main_of(of_user), select_battery(), SETTING_nice, 9);
	rule_function(select_thread_of("w*", of_user));
	rules_end(act_nine);
	curtain_up(1, NULL);
	starter = run("a");
	sim_set_uid(stage->sim, starter, 1000);
	settle();
	ck_assert_int_eq(nice_of(starter), 5);
	troupe.silent = true;
	started = 0;
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(starter), 9);
	ck_assert_int_eq(nice_of(started), 5);
	sim_set_uid(stage->sim, starter, 1001);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(starter), 0);
	ck_assert_int_eq(nice_of(started), 0);
	curtain_down();
}
END_TEST

/* Nobody lives to hear of it. */
static int start_one_and_die(void *self, enum sim_call call)
{
	if (started != 0 && call == SIM_NEXT)
		sim_die(stage->sim);
	return start_one(self, call);
}

START_TEST(a_thread_that_nobody_heard_of_goes_back_at_the_undo)
{
	const struct sim_between here = { NULL, start_one_and_die, NULL };
	size_t                   left;

	rules_begin();
	rule_wants(select_main_of(select_named(SELECT_PROCESS, "a")),
	           select_battery(), SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
	starter = run("a");
	settle();
	ck_assert_int_eq(nice_of(starter), 5);
	started = 0;
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 0);
	rehearsal_settle(stage);
	ck_assert(sim_is_dead(stage->sim));
	sim_between(stage->sim, &(struct sim_between){ NULL, NULL, NULL });
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	ck_assert_int_eq(nice_of(starter), 0);
	ck_assert_int_eq(nice_of(started), 5);
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_int_eq(nice_of(started), 0);
	curtain_down();
}
END_TEST

enum giver { GIVEN_TO_ALL, GIVEN_TO_MAIN, GIVERS };

/* On battery. */
static void give(enum giver to)
{
	uint32_t a;

	rules_begin();
	a = select_named(SELECT_PROCESS, "a");
	rule_wants(to == GIVEN_TO_ALL ? a : select_main_of(a), select_battery(),
	           SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
}

/* Its birth is news to nobody: whoever heard of it is dead.  What it has of ours
 * its process has too, or the thread that started it, or had it a moment ago.
 * The next engine undoes all, or goes on: by the same rules, or by none. */
START_TEST(a_thread_that_only_the_dead_heard_of_goes_back)
{
	enum giver to = (enum giver)(_i % GIVERS);
	bool       back = _i / GIVERS % 2 == 1, undoes = _i / GIVERS / 2 == 1;
	pid_t      pid, tid;
	size_t     left;

	give(to);
	pid = run("a");
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	tid = sim_thread(stage->sim, pid, "worker");
	ck_assert_int_eq(nice_of(tid), 5);
	if (back) {
		sim_host(stage->sim, HOST_on_battery, 0);
		while (nice_of(pid) != 0)
			ck_assert_int_ge(engine_round(&stage->engine), 0);
	}
	ck_assert_int_eq(journal_flush(stage->journal), 0);
	sim_host(stage->sim, HOST_on_battery, 0);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	if (undoes)
		ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left),
		                 0);
	else
		settle();
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_int_eq(nice_of(tid), 0);
	curtain_down();
}
END_TEST

/* It is not real-time by itself, though its process's record tells of the class
 * that is set now. */
START_TEST(a_thread_with_the_class_that_its_process_had_gets_all_of_it)
{
	const struct sim_between here = { NULL, start_one, NULL };
	const struct sim_program b = { .name = "b", .uid = 1000 };
	int64_t                  batch = sched_value(SCHED_CLASS_BATCH, 0);

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE,
	           SETTING_sched, sched_value(SCHED_CLASS_FIFO, 10));
	rule_wants(select_named(SELECT_PROCESS, "b"), IMAGE_NONE,
	           SETTING_sched, batch);
	rule_wants(select_named(SELECT_PROCESS, "b"), IMAGE_NONE,
	           SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
	starter = run("a");
	settle();
	started = 0;
	sim_between(stage->sim, &here);
	sim_exec_again(stage->sim, starter, &b);
	settle();
	ck_assert_int_gt(started, 0);
	ck_assert_int_eq(knob(started, SETTING_sched), batch);
	ck_assert_int_eq(nice_of(starter), 5);
	ck_assert_int_eq(nice_of(started), 5);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: births of threads");
	TCase *c = tcase_create("births");

	tcase_add_test(
		c, a_thread_of_a_main_one_that_waits_to_go_back_does_not_wait);
	tcase_add_test(c, a_thread_of_which_no_rule_speaks_goes_back_late);
	tcase_add_test(
		c, a_thread_that_is_heard_of_late_has_what_the_main_one_had_then);
	tcase_add_test(c, a_thread_that_nobody_heard_of_goes_back_at_the_undo);
	tcase_add_loop_test(
		c, a_thread_that_only_the_dead_heard_of_goes_back, 0, 8);
	tcase_add_test(
		c, a_thread_with_the_class_that_its_process_had_gets_all_of_it);
	suite_add_tcase(s, c);
	return run_suite(s);
}
