/* test_engine_faults.c -- what the campaign of simulated faults found of
 * processes, each by itself. */

#include "one_rule.h"

#include "order.h"

static void act_by_user(struct asking *q)
{
	say_want(q, SETTING_nice, ask_fact(q, FACT_uid, NULL) == 1000 ? 3 : 6);
}

static pid_t run_in_unit(uid_t uid)
{
	const struct sim_program p = { .name = "x", .uid = uid,
	                               .unit = "a.service" };
	pid_t                    pid = sim_exec(stage->sim, &p);

	ck_assert_int_gt(pid, 0);
	return pid;
}

/* "a" runs, and has that. */
static pid_t start_a(void)
{
	pid_t pid = run("a");

	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	return pid;
}

START_TEST(two_in_a_unit_that_want_differently_come_to_rest)
{
	struct builder_rule r;
	pid_t               older, newer;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.is_function = true;
	r.to = TARGET_UNIT;
	rule_add(r);
	rules_end(act_by_user);
	curtain_up(1, NULL);
	older = run_in_unit(1000);
	settle();
	newer = run_in_unit(1001);
	settle();
	ck_assert_int_eq(nice_of(older), 3);
	sim_exit(stage->sim, older);
	settle();
	ck_assert_int_eq(nice_of(newer), 6);
	curtain_down();
}
END_TEST

START_TEST(a_child_whose_birth_was_lost_has_its_parents_origin)
{
	const struct sim_program other = { .name = "other" };
	pid_t                    parent, child;

	begin();
	parent = start_a();
	sim_lose(stage->sim, 1);
	child = sim_fork(stage->sim, parent);
	settle();
	sim_exec_again(stage->sim, child, &other);
	settle();
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

START_TEST(a_child_born_while_no_engine_ran_has_its_parents_origin)
{
	const struct sim_program other = { .name = "other" };
	pid_t                    parent, child;

	begin();
	parent = run("a");
	settle();
	child = sim_fork(stage->sim, parent);
	sim_exec_again(stage->sim, child, &other);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

/* The next engine hears of the birth before it knows the parent, and puts that
 * one back before it looks at the child. */
START_TEST(a_child_found_after_its_parent_went_back_goes_back_too)
{
	const struct sim_program other = { .name = "other" };
	pid_t                    parent, child;

	begin();
	parent = start_a();
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	child = sim_fork(stage->sim, parent);
	sim_exec_again(stage->sim, parent, &other);
	sim_exec_again(stage->sim, child, &other);
	settle();
	ck_assert_int_eq(nice_of(parent), 0);
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

START_TEST(who_left_while_no_engine_ran_holds_nothing)
{
	begin();
	sim_exit(stage->sim, run("b"));
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	run("a");
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	sim_exit(stage->sim, run("a"));
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	for (pid_t pid = 1000; pid < 1010; pid++)
		sim_exit(stage->sim, pid);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(what_could_not_be_written_down_is_done_when_it_can)
{
	pid_t pid;

	begin();
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, 2);
	pid = run("a");
	settle();
	ck_assert_int_eq(nice_of(pid), 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(pid), 5);
	curtain_down();
}
END_TEST

START_TEST(a_call_that_fails_ends_nobody_but_waits)
{
	pid_t pid, unheard;

	begin();
	sim_fail(stage->sim, SIM_GRIP, EMFILE, 1);
	pid = run("a");
	settle();
	ck_assert_int_eq(nice_of(pid), 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(pid), 5);
	sim_lose(stage->sim, 9);
	sim_fail(stage->sim, SIM_LIST, EMFILE, 1);
	unheard = run("a");
	settle();
	ck_assert_int_eq(nice_of(unheard), 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(unheard), 5);
	curtain_down();
}
END_TEST

/* Its parent's record is its own, and stands for a value that it was not born
 * with. */
START_TEST(who_could_not_be_seen_to_at_first_is_not_somebody_elses)
{
	pid_t  parent, child;
	size_t used;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE,
	           SETTING_cpu_limit, 50);
	rules_end(NULL);
	troupe.without_groups = true;
	curtain_up(1, NULL);
	parent = run("a");
	settle();
	ck_assert_int_eq(knob(parent, SETTING_cpu_limit), 50);
	sim_store(stage->sim, &used);
	sim_disk(stage->sim, used);
	child = sim_fork(stage->sim, parent);
	pass(SECOND / 2);
	ck_assert_int_ne(knob(child, SETTING_cpu_limit), 50);
	sim_disk(stage->sim, SIZE_MAX);
	pass(5 * SECOND);
	ck_assert_int_eq(knob(child, SETTING_cpu_limit), 50);
	curtain_down();
}
END_TEST

START_TEST(a_birth_that_could_not_be_read_is_read_later)
{
	pid_t parent, child;

	begin();
	parent = run("a");
	settle();
	sim_fail(stage->sim, SIM_FACTS, EINTR, 1);
	child = sim_fork(stage->sim, parent);
	settle();
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(child), 5);
	sim_exit(stage->sim, parent);
	settle();
	undo();
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

START_TEST(who_cannot_be_asked_whether_it_lives_is_asked_again)
{
	pid_t pid;

	begin();
	pid = run("a");
	settle();
	sim_exit(stage->sim, pid);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	sim_fail(stage->sim, SIM_FACTS, EMFILE, 9);
	settle();
	pass(20 * SECOND);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

/* When it could not be done at once, the time it must last begins later. */
START_TEST(what_went_back_late_stays_as_long_as_anything)
{
	pid_t pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_nice, 5);
	rules_end(NULL);
	troupe.limits = (struct limit_rates){ .dwell_ns = 900 * MS };
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
	pid = run("a");
	settle();
	pass(2 * SECOND);
	sim_fail(stage->sim, SIM_THREADS, EMFILE, 1);
	sim_host(stage->sim, HOST_on_battery, 0);
	pass(SECOND / 2);
	ck_assert_int_eq(nice_of(pid), 5);
	pass(SECOND * 6 / 10);
	ck_assert_int_eq(nice_of(pid), 0);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(pid), 0);
	pass(SECOND);
	ck_assert_int_eq(nice_of(pid), 5);
	curtain_down();
}
END_TEST

START_TEST(who_was_stopped_by_others_goes_on_by_them)
{
	pid_t parent, child;

	rules_begin();
	begin_with(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_freeze, 1);
	parent = run("a");
	child = run_under(parent, "other", 1000);
	settle();
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(knob(parent, SETTING_freeze), 1);
	sim_set_knob(stage->sim, child, SETTING_freeze, 1);
	undo();
	ck_assert_int_eq(knob(parent, SETTING_freeze), 0);
	ck_assert_int_eq(knob(child, SETTING_freeze), 1);
	curtain_down();
}
END_TEST

START_TEST(what_cannot_be_read_just_now_changes_nothing_and_is_read_later)
{
	pid_t pid;

	begin();
	sim_fail(stage->sim, SIM_FACTS, EMFILE, 4);
	pid = run("a");
	settle();
	ck_assert_int_eq(nice_of(pid), 0);
	pass(8 * SECOND);
	ck_assert_int_eq(nice_of(pid), 5);
	curtain_down();
}
END_TEST

/* What ends with a program does so though nobody heard of the next one: that it
 * was left to somebody else, or alone. */
START_TEST(a_program_whose_exec_was_lost_is_another_one)
{
	struct task *row;
	pid_t        a;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "b"), IMAGE_NONE, SETTING_nice,
	           9);
	begin_with(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           5);
	a = start_a();
	row = table_find(stage->engine.table, (struct task_id){ a, a, 0 });
	if (_i == 0)
		sim_set_knob(stage->sim, a, SETTING_nice, 7);
	else
		ck_assert_int_eq(order_undo(&stage->engine, row), 0);
	sim_rename(stage->sim, a, "again");
	settle();
	ck_assert_int_eq(nice_of(a), _i == 0 ? 7 : 0);
	sim_lose(stage->sim, 1);
	ck_assert_int_eq(sim_exec_again(stage->sim, a, &(struct sim_program){
		.name = "b" }), 0);
	settle();
	ck_assert_int_eq(nice_of(a), 9);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, two_in_a_unit_that_want_differently_come_to_rest);
	tcase_add_test(c, a_child_whose_birth_was_lost_has_its_parents_origin);
	tcase_add_test(
		c, a_child_born_while_no_engine_ran_has_its_parents_origin);
	tcase_add_test(
		c, a_child_found_after_its_parent_went_back_goes_back_too);
	tcase_add_test(c, who_left_while_no_engine_ran_holds_nothing);
	tcase_add_test(c, what_could_not_be_written_down_is_done_when_it_can);
	tcase_add_test(c, a_call_that_fails_ends_nobody_but_waits);
	tcase_add_test(
		c, who_could_not_be_seen_to_at_first_is_not_somebody_elses);
	tcase_add_test(c, a_birth_that_could_not_be_read_is_read_later);
	tcase_add_test(c, who_cannot_be_asked_whether_it_lives_is_asked_again);
	tcase_add_test(c, what_went_back_late_stays_as_long_as_anything);
	tcase_add_test(c, who_was_stopped_by_others_goes_on_by_them);
	tcase_add_test(
		c, what_cannot_be_read_just_now_changes_nothing_and_is_read_later);
	tcase_add_loop_test(c, a_program_whose_exec_was_lost_is_another_one, 0,
	                    2);
	return run_case(c, "engine: faults");
}
