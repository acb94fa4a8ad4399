/* test_enforce_origins.c -- who was born of one that was changed goes back
 * where that one came from, and a session where its first came from. */

#include "enforcing.h"
#include "suite.h"

START_TEST(a_child_goes_back_to_the_origin_of_its_parent)
{
	pid_t p = machine_process(), child, grandchild;

	judge(p, NICE, 5, IO, 3, -1);
	child = fork_seen(p);
	grandchild = fork_seen(child);
	judge(child, NICE, 6, -1);
	is(child, NICE, 6);
	is(child, IO, *mine_of(p, IO));
	judge(child, NOTHING);
	judge(grandchild, NOTHING);
	judge(p, NOTHING);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_child_that_did_not_inherit_has_its_own_origin)
{
	pid_t p = machine_process(), child, t;

	judge(p, NICE, 5, IO, 3, -1);
	child = fork_seen(p);
	t = machine_thread(child);
	set_by_other(child, NICE, 0);
	judge(child, NICE, 6, -1);
	is(child, NICE, 6);
	is(t, NICE, 6);
	ck_assert(!seen[seen_count - 1].foreign);
	judge(child, NOTHING);
	is(child, NICE, 0);
	is(t, NICE, *mine_of(p, NICE));
	judge(p, NOTHING);
	all_as_without_us();
}
END_TEST

START_TEST(a_child_born_before_the_last_change_goes_back_too)
{
	pid_t  p = machine_process(), child, unseen;
	size_t left;

	judge(p, NICE, 5, -1);
	child = machine_fork(p);                /* we hear of it later */
	unseen = machine_fork(p);
	judge(p, NICE, 6, -1);
	is(child, NICE, 5);
	ck_assert_int_eq(journal_fork(en.journal, id_of(child), id_of(p)), 1);
	judge(child, NICE, 7, -1);
	is(child, NICE, 7);
	judge(child, NOTHING);
	is(child, NICE, *mine_of(p, NICE));
	is(unseen, NICE, 5);
	undo(&left);
	all_as_without_us();
}
END_TEST

START_TEST(a_session_has_one_origin_for_all_its_tasks)
{
	pid_t a = machine_process(), b = machine_fork(a);

	judge(a, GROUP, 5, -1);
	judge(b, GROUP, 6, -1);
	is(a, GROUP, 6);
	ck_assert_uint_eq(journal_count(en.journal), 1);
	judge(b, NOTHING);
	is(a, GROUP, 5);
	ck_assert_int_eq(seen[seen_count - 1].rule, 7);
	judge(b, GROUP, 5, -1);
	judge(a, NOTHING);
	is(a, GROUP, 5);
	judge(b, NOTHING);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_session_goes_back_when_the_last_that_wanted_it_exits)
{
	pid_t shell = machine_process(), a = machine_fork(shell);
	pid_t b = machine_fork(shell);

	being(shell)->sid = being(a)->sid = being(b)->sid = 9;
	row_of(shell);
	judge(a, GROUP, 5, -1);
	judge(b, GROUP, 6, -1);
	leave(b);
	is(shell, GROUP, 5);
	ck_assert_int_eq(seen[seen_count - 1].rule, 7);
	leave(a);
	is(shell, GROUP, 1009);
	ck_assert_uint_eq(journal_count(en.journal), 0);
	ck_assert_int_eq(seen[seen_count - 1].rule, RULE_NONE);
	judge(shell, GROUP, 5, -1);
	leave(shell);                           /* and with it the session */
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_task_that_moved_to_another_session_gives_the_old_one_back)
{
	pid_t shell = machine_process(), a = machine_fork(shell);

	being(shell)->sid = being(a)->sid = 9;
	row_of(shell);
	judge(a, GROUP, 5, -1);
	being(a)->sid = 10;
	judge(a, GROUP, 6, -1);
	is(shell, GROUP, 1009);
	is(a, GROUP, 6);
	being(a)->sid = 11;
	machine.last++;
	machine_fork(a);
	being(machine.last)->sid = 10;
	row_of(machine.last);
	table_forget(en.table, row_of(machine.last), FACT_BIT(FACT_session));
	judge(a, NOTHING);
	ck_assert_int_eq(machine.session[11], 1011);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("enforce");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, a_child_goes_back_to_the_origin_of_its_parent);
	tcase_add_test(t, a_child_that_did_not_inherit_has_its_own_origin);
	tcase_add_test(t, a_child_born_before_the_last_change_goes_back_too);
	tcase_add_test(t, a_session_has_one_origin_for_all_its_tasks);
	tcase_add_test(t, a_session_goes_back_when_the_last_that_wanted_it_exits);
	tcase_add_test(t, a_task_that_moved_to_another_session_gives_the_old_one_back);
	return run_case(t, "enforce: origins");
}
