/* test_enforce_threads.c -- threads change with their process,
 * or on their own. */

#include "enforcing.h"
#include "suite.h"

START_TEST(all_threads_change_and_are_told_of_once)
{
	pid_t p = machine_process();
	pid_t t[10];

	for (int i = 0; i < 10; i++)
		t[i] = machine_thread(p);
	judge(p, NICE, 5, OOM, 6, -1);
	for (int i = 0; i < 10; i++)
		is(t[i], NICE, 5);
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_uint_eq(seen[0].threads, 11);
	ck_assert_uint_eq(seen[1].threads, 1);
	ck_assert_int_eq(seen[0].before, 100 + p);
	ck_assert_int_eq(seen[0].now, 5);
	ck_assert_uint_eq(seen[0].rule, 7);
	ck_assert_uint_eq(journal_count(en.journal), 2);
	judge(p, NOTHING);
	all_as_without_us();
}
END_TEST

START_TEST(threads_that_differed_get_their_own_values_back)
{
	pid_t  p = machine_process();
	pid_t  other = machine_thread(p), same = machine_thread(p);
	pid_t  already = machine_thread(p);
	size_t left;

	set_by_other(other, NICE, 77);
	set_by_other(already, NICE, 5);
	for (int round = 0; round < 3; round++) {
		judge(p, NICE, 5, -1);
		ck_assert_uint_eq(journal_count(en.journal), 3);
		is(other, NICE, 5);
		is(same, NICE, 5);
		judge(p, NICE, 6, -1);
		is(already, NICE, 6);
		if (round == 1)
			undo(&left);
		else
			judge(p, NOTHING);
		all_as_without_us();
		ck_assert_uint_eq(journal_count(en.journal), 0);
		row_of(p)->in_force.has = 0;
	}
}
END_TEST

static pid_t breeder;
static int   to_be_born;

static void breed(void)
{
	if (to_be_born-- > 0)
		breeder = machine_thread(breeder);
}

START_TEST(threads_born_meanwhile_are_met)
{
	pid_t  p = machine_process();
	size_t left;

	machine_thread(p);
	for (int round = 0; round < 4; round++) {
		breeder = p + round % 2;
		to_be_born = 5;
		machine.meanwhile = breed;
		judge(p, NICE, 5 + round, IO, 3, -1);
		for (pid_t t = p; t <= machine.last; t++) {
			is(t, NICE, 5 + round);
			is(t, IO, 3);
		}
	}
	to_be_born = 5;
	undo(&left);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(a_thread_with_its_own_verdict_is_left_out)
{
	pid_t  p = machine_process();
	pid_t  t = machine_thread(p);
	size_t left;

	judge(p, NICE, 5, IO, 3, -1);
	judge(t, NICE, 8, IO, 3, -1);
	is(t, NICE, 8);
	is(p, NICE, 5);
	judge(p, NICE, 6, IO, 4, -1);
	is(t, NICE, 8);
	is(t, IO, 3);
	judge(t, NOTHING);
	is(t, NICE, *mine_of(t, NICE));
	is(t, IO, *mine_of(t, IO));
	is(p, NICE, 6);
	judge(t, NICE, 8, IO, 9, -1);
	undo(&left);
	all_as_without_us();
}
END_TEST

START_TEST(a_thread_may_be_let_go_after_its_process)
{
	pid_t p = machine_process();
	pid_t t = machine_thread(p);

	judge(p, NICE, 5, -1);
	judge(t, NICE, 5, -1);
	ck_assert_uint_eq(journal_count(en.journal), 1);
	judge(p, NOTHING);
	is(p, NICE, *mine_of(p, NICE));
	is(t, NICE, 5);
	judge(t, NOTHING);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_thread_left_untouched_goes_back_alone)
{
	pid_t p = machine_process();
	pid_t t = machine_thread(p);

	judge(p, NICE, 5, IO, 3, -1);
	judge(t, IO, 3, -1);
	is(t, NICE, *mine_of(t, NICE));
	is(p, NICE, 5);
	judge(p, NOTHING);
	judge(t, NOTHING);
	all_as_without_us();
}
END_TEST

START_TEST(what_reaches_further_is_not_a_threads_affair)
{
	pid_t p = machine_process();
	pid_t t = machine_thread(p);

	judge(p, OOM, 5, -1);
	seen_count = 0;
	judge(t, OOM, 5, -1);
	ck_assert_uint_eq(seen_count, 0);
	judge(t, OOM, 6, GROUP, 3, -1);
	ck_assert_uint_eq(seen_count, 2);
	ck_assert_int_eq(seen[0].effect, EFFECT_UNSUPPORTED);
	ck_assert_int_eq(seen[1].effect, EFFECT_UNSUPPORTED);
	is(p, OOM, 5);
}
END_TEST

START_TEST(a_thread_that_minds_itself_is_counted_and_left)
{
	pid_t  p = machine_process();
	pid_t  t = machine_thread(p), own = machine_thread(p);
	size_t left;

	set_by_other(own, NICE, 50);
	judge(p, NICE, 5, -1);
	set_by_other(t, NICE, 51);
	set_by_other(own, NICE, 52);
	judge(p, NICE, 6, -1);
	is(t, NICE, 51);
	is(own, NICE, 52);
	is(p, NICE, 6);
	ck_assert_uint_eq(seen[1].threads, 1);
	ck_assert_uint_eq(seen[1].others, 2);
	ck_assert(!seen[1].foreign);
	undo(&left);
	all_as_without_us();
}
END_TEST

START_TEST(the_threads_of_such_a_child_change_with_it)
{
	pid_t p = machine_process(), child, thread;

	judge(p, NICE, 5, -1);
	child = machine_fork(p);
	thread = machine_thread(child);
	judge(p, NICE, 6, -1);
	ck_assert_int_eq(journal_fork(en.journal, id_of(child), id_of(p)), 1);
	judge(child, NICE, 7, -1);
	is(child, NICE, 7);
	is(thread, NICE, 7);
	judge(child, NOTHING);
	judge(p, NOTHING);
	all_as_without_us();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("enforce");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, all_threads_change_and_are_told_of_once);
	tcase_add_test(t, threads_that_differed_get_their_own_values_back);
	tcase_add_test(t, threads_born_meanwhile_are_met);
	tcase_add_test(t, a_thread_with_its_own_verdict_is_left_out);
	tcase_add_test(t, a_thread_may_be_let_go_after_its_process);
	tcase_add_test(t, a_thread_left_untouched_goes_back_alone);
	tcase_add_test(t, what_reaches_further_is_not_a_threads_affair);
	tcase_add_test(t, a_thread_that_minds_itself_is_counted_and_left);
	tcase_add_test(t, the_threads_of_such_a_child_change_with_it);
	return run_case(t, "enforce: threads");
}
