/* test_engine_back.c -- on a simulated machine, what was changed goes back:
 * when a program runs another, leaves, or pqs does. */

#include "families.h"

START_TEST(an_exec_gives_back_what_was_inherited_and_is_not_wanted)
{
	pid_t x, child;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_nice,
	           5);
	rules_end(act_never);
	curtain_up(1, NULL);
	x = run("x");
	settle();
	child = run_under(x, "plain", 1000);
	settle();
	ck_assert_int_eq(nice_of(child), 0);
	ck_assert_int_eq(nice_of(x), 5);
	curtain_down();
}
END_TEST

START_TEST(a_child_born_before_its_parent_was_changed_back_goes_back_too)
{
	pid_t x, plain, child;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_nice,
	           5);
	rules_end(act_never);
	curtain_up(1, NULL);
	x = run("x");
	settle();
	plain = run_under(x, "plain", 1000);
	child = run_under(plain, "plain", 1000);
	ck_assert_int_eq(nice_of(child), 5);
	settle();
	ck_assert_int_eq(nice_of(plain), 0);
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

START_TEST(a_task_that_left_leaves_nothing_in_the_journal)
{
	pid_t x, thread;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_nice,
	           5);
	rule_wants(select_thread_of("w*", select_named(SELECT_PROCESS, "x")),
	           IMAGE_NONE, SETTING_sched, batch);
	rules_end(act_never);
	curtain_up(1, NULL);
	x = run("x");
	thread = sim_thread(stage->sim, x, "worker");
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 2);
	sim_exit(stage->sim, thread);
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	sim_exit(stage->sim, x);
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(all_goes_back_at_the_end)
{
	pid_t x, child, plain;

	rules_family();
	x = run("x");
	settle();
	child = sim_fork(stage->sim, x);
	plain = run_under(child, "plain", 1000);
	sim_set_knob(stage->sim, plain, SETTING_nice, 3);
	pass(SECOND);
	sim_stop(stage->sim);
	ck_assert_int_eq(rehearsal_settle(stage), 1);
	undo(0);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(child), 0);
	ck_assert_int_eq(nice_of(plain), 3);
	curtain_down();
}
END_TEST

START_TEST(another_core_finds_what_the_dead_one_changed)
{
	pid_t x, child;

	rules_family();
	x = run("x");
	settle();
	child = sim_fork(stage->sim, x);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_int_eq(nice_of(child), 9);
	undo(0);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

START_TEST(what_somebody_else_set_is_left_to_them_until_the_next_exec)
{
	const struct sim_program again = { .name = "f" };
	pid_t                    f;

	rules_usual(act_by_battery);
	f = run("f");
	settle();
	sim_set_knob(stage->sim, f, SETTING_nice, 1);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(f), 1);
	sim_exec_again(stage->sim, f, &again);
	settle();
	ck_assert_int_eq(nice_of(f), 15);
	undo(0);
	ck_assert_int_eq(nice_of(f), 1);
	curtain_down();
}
END_TEST

START_TEST(without_a_record_nothing_is_changed_and_all_goes_on)
{
	pid_t full, after;

	one_rule("x");
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, 1000);
	full = run("x");
	settle();
	ck_assert_int_eq(nice_of(full), 0);
	ck_assert_uint_gt(stage->engine.counts.unrecorded, 0);
	ck_assert_ptr_nonnull(strstr(troupe.trouble, "No space left"));
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, 0);
	after = run("x");
	settle();
	ck_assert_int_eq(nice_of(after), 5);
	curtain_down();
}
END_TEST

START_TEST(a_journal_that_is_mostly_history_is_written_anew)
{
	size_t bytes, largest = 0;
	pid_t  stays;

	one_rule("x");
	stays = run("x");
	for (int i = 0; i < 40000; i++) {
		pid_t pid = run("x");

		settle();
		sim_exit(stage->sim, pid);
		settle();
		(void)sim_store(stage->sim, &bytes);
		largest = bytes > largest ? bytes : largest;
	}
	ck_assert_uint_gt(largest, 512 << 10);  /* it did grow ...            */
	ck_assert_uint_lt(largest, 2 << 20);    /* ... and was cut back       */
	ck_assert_int_eq(nice_of(stays), 5);
	ck_assert_int_ge(rehearsal_restart(stage), 0);
	settle();
	ck_assert_int_eq(nice_of(stays), 5);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("rehearsal");

	tcase_add_test(
		t, an_exec_gives_back_what_was_inherited_and_is_not_wanted);
	tcase_add_test(
		t,
		a_child_born_before_its_parent_was_changed_back_goes_back_too);
	tcase_add_test(t, a_task_that_left_leaves_nothing_in_the_journal);
	tcase_add_test(t, all_goes_back_at_the_end);
	tcase_add_test(t, another_core_finds_what_the_dead_one_changed);
	tcase_add_test(
		t, what_somebody_else_set_is_left_to_them_until_the_next_exec);
	tcase_add_test(t, without_a_record_nothing_is_changed_and_all_goes_on);
	tcase_add_test(t, a_journal_that_is_mostly_history_is_written_anew);
	return run_case(t, "engine: back");
}
