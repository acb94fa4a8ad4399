/* test_engine_fight_lost.c -- what cannot be put back is not set, and what
 * cannot be set is left to whoever has set it. */

#include "fighting.h"

static void rules_for_good(bool irreversible)
{
	struct builder_rule r;
	struct want         w = { 0 };

	rules_begin();
	want_set(&w, SETTING_nice, 5);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.want = &w;
	r.irreversible = irreversible;
	rule_add(r);
	begin_play();
	sim_unprivileged(stage->sim);
}

START_TEST(what_could_not_be_put_back_is_not_set)
{
	pid_t x;

	rules_for_good(false);
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(last()->effect, EFFECT_DENIED);
	ck_assert_str_eq(last_why(), "cannot be put back");
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(a_refusal_that_passes_is_tried_again)
{
	pid_t x;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_nice, 5);
	begin_play();
	sim_host(stage->sim, HOST_on_battery, 1);
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), 5);
	sim_fail(stage->sim, SIM_APPLY, EPERM, 1);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(x), 5);
	sim_rename(stage->sim, x, "again");
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

START_TEST(unless_the_rule_says_so_and_then_that_is_told)
{
	const struct sim_program y = { .name = "y" };
	size_t                   left, told_then;
	pid_t                    x, child;

	rules_for_good(true);
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_int_eq(last()->effect, EFFECT_APPLIED);
	/* Nobody wants it any more: tried once. */
	ck_assert_int_eq(sim_exec_again(stage->sim, x, &y), 0);
	settle();
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_int_eq(last()->effect, EFFECT_DENIED);
	ck_assert_str_eq(last_why(), "needs CAP_SYS_NICE");
	told_then = tellings;
	sim_rename(stage->sim, x, "z");
	settle();
	ck_assert_uint_eq(tellings, told_then);
	child = sim_fork(stage->sim, x);
	pass(SECOND);
	ck_assert_int_eq(nice_of(child), 5);
	ck_assert_uint_eq(tellings, told_then + 1);
	sim_exit(stage->sim, child);
	settle();
	ck_assert_int_eq(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(stage->engine.enforcer.not_put_back, 1);
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	curtain_down();
}
END_TEST

/* Whoever takes over finds the main thread protected, and the other one with
 * what its process had from us. */
START_TEST(what_its_threads_have_goes_back_when_it_is_protected)
{
	const int64_t batch = sched_value(SCHED_CLASS_BATCH, 0);
	pid_t         x, thread;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_sched, batch);
	begin_play();
	x = run("x");
	settle();
	thread = sim_thread(stage->sim, x, "worker");
	settle();
	ck_assert_int_eq(knob(thread, SETTING_sched), batch);
	sim_set_knob(stage->sim, x, SETTING_sched,
	             sched_value(SCHED_CLASS_FIFO, 10));
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	undo_all_but(1);
	ck_assert_int_eq(knob(thread, SETTING_sched),
	                 sched_value(SCHED_CLASS_OTHER, 0));
	curtain_down();
}
END_TEST

START_TEST(who_was_made_real_time_is_fought_for_no_more)
{
	pid_t x, thread;

	rules_insist();
	begin_play();
	x = run("x");
	settle();
	thread = sim_thread(stage->sim, x, "worker");
	settle();
	ck_assert_int_eq(nice_of(thread), 5);
	sim_set_knob(stage->sim, x, SETTING_sched,
	             sched_value(SCHED_CLASS_FIFO, 10));
	others_write(x, 7);
	pass(SECOND);
	ck_assert_uint_eq(engine_yielded(&stage->engine), 1);
	undo_all();
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert_int_eq(nice_of(thread), 0);
	curtain_down();
}
END_TEST

/* Not to be frozen is to be left alone. */
START_TEST(whom_somebody_else_stopped_no_rule_continues)
{
	struct builder_rule r;
	struct want         w = { 0 };
	pid_t               x;

	rules_begin();
	want_set(&w, SETTING_freeze, 0);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.want = &w;
	r.insist = true;
	rule_add(r);
	begin_play();
	x = run("x");
	settle();
	ck_assert_int_eq(sim_set_knob(stage->sim, x, SETTING_freeze, 1), 0);
	pass(MINUTE);
	ck_assert_int_eq(knob(x, SETTING_freeze), 1);
	sim_set_uid(stage->sim, x, 1001);
	pass(MINUTE);
	ck_assert_int_eq(knob(x, SETTING_freeze), 1);
	ck_assert_uint_eq(tellings, 0);
	curtain_down();
}
END_TEST

static void fail_records(unsigned times)
{
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, times);
	sim_fail(stage->sim, SIM_REPLACE, ENOSPC, times);
}

/* Whoever takes over cannot write anything down at first. */
START_TEST(what_somebody_else_set_of_a_main_thread_is_never_ours)
{
	size_t left;
	pid_t  x;

	rules_insist();
	rule_wants(select_main_of(select_number(FACT_uid, 1000, 1000)),
	           IMAGE_NONE, SETTING_nice, 2);
	begin_play();
	x = run("x");
	sim_set_uid(stage->sim, x, 1000);
	settle();
	ck_assert_int_eq(nice_of(x), 2);
	others_write(x, 7);
	sim_set_uid(stage->sim, x, 1001);
	sim_host(stage->sim, HOST_on_battery, 1);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	fail_records(1000);
	pass(SECOND / 2);
	fail_records(0);
	pass(MINUTE);
	ck_assert_int_eq(nice_of(x), 9);
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

static pid_t stopping;

/* Somebody else stops it between the look and the turn. */
static int stop_just_then(void *self, enum sim_call call)
{
	(void)self;
	if (call == SIM_PROVEN && stopping != 0) {
		sim_set_knob(stage->sim, stopping, SETTING_freeze, 1);
		stopping = 0;
	}
	return 0;
}

START_TEST(who_was_stopped_by_somebody_else_just_then_stands_still)
{
	const struct sim_between here = { NULL, stop_just_then, NULL };
	pid_t                    x;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_freeze, 1);
	begin_play();
	x = stopping = run("x");
	settle();
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(stopping, 0);
	ck_assert_int_eq(knob(x, SETTING_freeze), 1);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(knob(x, SETTING_freeze), 1);
	curtain_down();
}
END_TEST

/* It is looked at by itself, for some rule speaks of others like it. */
START_TEST(what_somebody_else_set_of_one_thread_stays_when_it_is_looked_at)
{
	pid_t x, thread;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_nice,
	           5);
	rule_wants(select_thread_of("w*", select_named(SELECT_PROCESS, "x")),
	           IMAGE_NONE, SETTING_timer_slack, 1000);
	begin_play();
	x = run("x");
	thread = sim_thread(stage->sim, x, "other");
	settle();
	ck_assert_int_eq(nice_of(thread), 5);
	others_write(thread, 7);
	sim_rename(stage->sim, thread, "another");
	settle();
	ck_assert_int_eq(nice_of(thread), 7);
	undo_all();
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(thread), 7);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine, others' writes that stay");
	TCase *c = tcase_create("rehearsal");

	tcase_add_test(c, what_could_not_be_put_back_is_not_set);
	tcase_add_test(c, a_refusal_that_passes_is_tried_again);
	tcase_add_test(c, unless_the_rule_says_so_and_then_that_is_told);
	tcase_add_test(c, what_its_threads_have_goes_back_when_it_is_protected);
	tcase_add_test(c, who_was_made_real_time_is_fought_for_no_more);
	tcase_add_test(c, whom_somebody_else_stopped_no_rule_continues);
	tcase_add_test(c, what_somebody_else_set_of_a_main_thread_is_never_ours);
	tcase_add_test(c,
	               who_was_stopped_by_somebody_else_just_then_stands_still);
	tcase_add_test(
		c,
		what_somebody_else_set_of_one_thread_stays_when_it_is_looked_at);
	suite_add_tcase(s, c);
	return run_suite(s);
}
