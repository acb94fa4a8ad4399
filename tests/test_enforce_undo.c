/* test_enforce_undo.c -- another pqs puts back what a dead one changed. */

#include "enforcing.h"
#include "suite.h"

START_TEST(undo_reaches_children_and_threads_nobody_saw_born)
{
	pid_t  p = machine_process(), old = machine_fork(p);
	pid_t  child, grandchild, late, stranger = machine_process();
	size_t left;

	set_by_other(old, NICE, 5);     /* chose what the parent will get */
	set_by_other(stranger, NICE, 5);
	for (int i = 0; i < 5; i++)
		machine.now_ns += TICK;
	judge(p, NICE, 5, IO, 3, -1);
	child = machine_fork(p);
	grandchild = machine_fork(child);
	late = machine_thread(p);
	machine_thread(grandchild);
	die_and_open();
	ck_assert_int_eq(undo(&left), 6);
	is(child, NICE, 100 + p);
	is(grandchild, IO, 100 + p);
	is(late, NICE, 100 + p);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(journal_count(en.journal), 0);
	ck_assert_uint_eq(memory.file.count, 64);
}
END_TEST

START_TEST(undo_reaches_threads_born_of_a_thread_with_its_own_value)
{
	pid_t  p = machine_process();
	pid_t  t = machine_thread(p), late, other = machine_thread(p);
	size_t left;

	judge(p, IO, 3, -1);
	judge(t, NICE, 11, IO, 3, -1);
	late = machine_thread(t);
	set_by_other(other, NICE, 12);
	die_and_open();
	undo(&left);
	is(late, NICE, 100 + p);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(a_thread_already_as_wanted_is_not_its_sibling)
{
	pid_t  p = machine_process();
	pid_t  already = machine_thread(p), t = machine_thread(p);
	size_t left;

	set_by_other(already, NICE, 11);
	judge(p, IO, 3, -1);
	judge(already, NICE, 11, IO, 3, -1);
	judge(t, NICE, 11, IO, 3, -1);
	undo(&left);
	is(already, NICE, 11);
	all_as_without_us();
}
END_TEST

/* kill -9 before any of them was heard of. */
START_TEST(undo_reaches_children_of_who_went_back_or_on_since)
{
	pid_t  p = machine_process(), q = machine_process();
	pid_t  child, grandchild, once, twice, late;
	size_t left;

	judge(p, NICE, 5, IO, 3, -1);
	child = machine_fork(p);
	grandchild = machine_fork(child);
	judge(p, NOTHING);
	judge(q, NICE, 5, -1);
	once = machine_fork(q);
	judge(q, NICE, 6, -1);
	twice = machine_fork(q);
	judge(q, NICE, 7, -1);
	machine.now_ns += 200 * TICK;
	late = machine_fork(p);
	set_by_other(late, NICE, 5);    /* by itself: too late to be ours */
	ck_assert_int_eq(journal_flush(en.journal), 0);
	die_and_open();
	ck_assert_int_eq(undo(&left), 7);
	is(child, NICE, 100 + p);
	is(grandchild, IO, 100 + p);
	is(once, NICE, 100 + q);
	is(twice, NICE, 100 + q);
	is(late, NICE, 5);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
	ck_assert(journal_is_empty(en.journal));
	ck_assert_uint_eq(memory.file.count, 64);
}
END_TEST

/* It has its parent's values as soon as that begins to fork. */
START_TEST(undo_reaches_a_child_that_took_its_time_to_be_born)
{
	pid_t  p = machine_process(), child;
	size_t left;

	judge(p, NICE, 5, -1);
	child = machine_fork(p);
	judge(p, NOTHING);
	being(child)->born += 50;
	ck_assert_int_eq(journal_flush(en.journal), 0);
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	all_as_without_us();
}
END_TEST

/* What was written of its birth is what its parent has by now. */
START_TEST(a_child_that_has_what_its_parent_had_is_nobody_elses)
{
	pid_t  p = machine_process(), child;
	size_t left;

	judge(p, NICE, 5, -1);
	child = machine_fork(p);
	judge(p, NICE, 6, -1);
	judge(p, NICE, 7, -1);
	ck_assert_int_eq(journal_fork(en.journal, id_of(child), id_of(p)), 1);
	ck_assert_int_eq(journal_flush(en.journal), 0);
	die_and_open();
	ck_assert_int_eq(undo(&left), 2);
	ck_assert_uint_eq(left, 0);
	all_as_without_us();
}
END_TEST

/* It was seen to then, and what it has by now is its own. */
START_TEST(undo_leaves_children_that_were_heard_of)
{
	pid_t  p = machine_process(), q = machine_process(), child;
	size_t left;

	judge(p, NICE, 5, -1);
	judge(q, NICE, 5, -1);
	child = fork_seen(p);
	judge(p, NOTHING);
	judge(child, NOTHING);
	set_by_other(child, NICE, 5);
	machine.now_ns += 200 * TICK;
	journal_heard(en.journal, machine.now_ns);
	ck_assert_int_eq(journal_flush(en.journal), 0);
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	is(child, NICE, 5);
	all_as_without_us();
}
END_TEST

static pid_t birth_of;

static void born_meanwhile(void)
{
	machine.meanwhile = NULL;
	birth_of = machine_fork(birth_of);
}

START_TEST(undo_reaches_who_is_born_while_it_puts_back)
{
	pid_t  p = machine_process();
	size_t left;

	judge(p, NICE, 5, -1);
	birth_of = p;
	machine.meanwhile = born_meanwhile;
	ck_assert_int_eq(undo(&left), 2);
	ck_assert_int_ne(birth_of, p);
	is(birth_of, NICE, 100 + p);
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(undo_knows_children_whose_parent_has_left)
{
	pid_t  p = machine_process(), child;
	size_t left;

	judge(p, NICE, 5, -1);
	child = fork_seen(p);
	leave(p);
	being(child)->ppid = 1;
	journal_flush(en.journal);
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	is(child, NICE, 100 + p);
}
END_TEST

START_TEST(undo_leaves_and_counts_what_somebody_else_set)
{
	pid_t  p = machine_process(), q = machine_process();
	size_t left;

	judge(p, NICE, 5, IO, 3, GROUP, 4, -1);
	judge(q, NICE, 5, -1);
	set_by_other(p, NICE, 2);
	set_by_other(p, GROUP, 1);
	ck_assert_int_eq(undo(&left), 2);
	ck_assert_uint_eq(left, 2);
	all_as_without_us();
	ck_assert(seen[0].foreign || seen[1].foreign);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(undo_is_not_for_strangers_with_an_old_pid)
{
	pid_t  p = machine_process();
	size_t left;

	judge(p, NICE, 5, -1);
	die_and_open();
	being(p)->born += 5;
	ck_assert_int_eq(undo(&left), 0);
	is(p, NICE, 5);
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(undo_keeps_what_the_system_refused)
{
	pid_t  p = machine_process();
	size_t left;

	judge(p, NICE, 5, IO, 3, -1);
	machine.denied = SETTING_BIT(NICE);
	ck_assert_int_eq(undo(&left), 1);
	ck_assert_uint_eq(journal_count(en.journal), 1);
	ck_assert_int_eq(seen[0].effect, EFFECT_DENIED);
	machine.denied = 0;
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	all_as_without_us();
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(undo_reaches_a_session_through_whoever_is_left_in_it)
{
	pid_t  a = machine_process(), b = machine_fork(a);
	size_t left;

	judge(a, GROUP, 5, -1);
	machine_exit(a);
	die_and_open();
	ck_assert_int_eq(undo(&left), 1);
	is(b, GROUP, 1001);
	all_as_without_us();
}
END_TEST

START_TEST(undo_takes_fewer_cpus_than_asked_for_as_ours)
{
	pid_t   p = machine_process(), q = machine_process();
	int64_t all = interned_read_cpus(sets, "0-7"), half, some, other;
	size_t  left;

	half = interned_read_cpus(sets, "0-3");
	some = interned_read_cpus(sets, "0-1");
	other = interned_read_cpus(sets, "3-5");
	set_by_other(p, SETTING_affinity, all);
	set_by_other(q, SETTING_affinity, all);
	machine.lives = 1;                      /* died before it was settled */
	judge(p, SETTING_affinity, half, -1);
	die_and_open();
	machine.lives = 1;
	judge(q, SETTING_affinity, half, -1);
	die_and_open();
	being(p)->knob[SETTING_affinity] = some;
	set_by_other(q, SETTING_affinity, other);
	undo(&left);
	ck_assert_uint_eq(left, 1);
	all_as_without_us();
}
END_TEST

/* Somebody else's, of whom nobody has read anything since the birth. */
START_TEST(undo_leaves_a_child_the_fewer_cpus_that_somebody_else_gave_it)
{
	pid_t   p = machine_process(), child;
	int64_t all = interned_read_cpus(sets, "0-7");
	int64_t half = interned_read_cpus(sets, "0-3");
	size_t  left;

	set_by_other(p, SETTING_affinity, all);
	judge(p, SETTING_affinity, half, -1);
	child = fork_seen(p);
	set_by_other(child, SETTING_affinity, interned_read_cpus(sets, "0-1"));
	undo(&left);
	ck_assert_uint_eq(left, 1);
	all_as_without_us();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("enforce");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, undo_reaches_children_and_threads_nobody_saw_born);
	tcase_add_test(t, undo_reaches_threads_born_of_a_thread_with_its_own_value);
	tcase_add_test(t, a_thread_already_as_wanted_is_not_its_sibling);
	tcase_add_test(t, undo_reaches_children_of_who_went_back_or_on_since);
	tcase_add_test(t, undo_reaches_a_child_that_took_its_time_to_be_born);
	tcase_add_test(t, a_child_that_has_what_its_parent_had_is_nobody_elses);
	tcase_add_test(t, undo_leaves_children_that_were_heard_of);
	tcase_add_test(t, undo_reaches_who_is_born_while_it_puts_back);
	tcase_add_test(t, undo_knows_children_whose_parent_has_left);
	tcase_add_test(t, undo_leaves_and_counts_what_somebody_else_set);
	tcase_add_test(t, undo_is_not_for_strangers_with_an_old_pid);
	tcase_add_test(t, undo_keeps_what_the_system_refused);
	tcase_add_test(t, undo_reaches_a_session_through_whoever_is_left_in_it);
	tcase_add_test(t, undo_takes_fewer_cpus_than_asked_for_as_ours);
	tcase_add_test(
		t, undo_leaves_a_child_the_fewer_cpus_that_somebody_else_gave_it);
	return run_case(t, "enforce: undo");
}
