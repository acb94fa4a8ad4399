/* test_enforce_spared.c -- what somebody else set is left to them, and some
 * are never changed. */

#include "enforcing.h"
#include "suite.h"

START_TEST(someone_elses_value_survives)
{
	pid_t  p = machine_process();
	pid_t  t = machine_thread(p);
	size_t left;

	judge(p, NICE, 5, IO, 3, -1);
	set_by_other(p, NICE, 2);
	seen_count = 0;
	judge(p, NICE, 6, IO, 4, -1);
	is(p, NICE, 2);
	is(p, IO, 4);
	is(t, NICE, *mine_of(t, NICE));
	ck_assert(seen[0].foreign);
	ck_assert_int_eq(seen[0].before, 5);
	ck_assert_int_eq(seen[0].now, 2);
	ck_assert(!seen[1].foreign);
	judge(p, NICE, 7, IO, 4, -1);
	judge(p, IO, 4, -1);
	is(p, NICE, 2);
	undo(&left);
	all_as_without_us();
	ck_assert_uint_eq(left, 0);
}
END_TEST

START_TEST(what_was_yielded_is_taken_up_at_the_next_exec)
{
	pid_t        p = machine_process();
	struct task *who;

	judge(p, NICE, 5, -1);
	set_by_other(p, NICE, 2);
	judge(p, NICE, 6, -1);
	who = row_of(p);
	who->yielded = 0;
	who->settled = false;
	judge(p, NICE, 6, -1);
	is(p, NICE, 6);
	judge(p, NOTHING);
	is(p, NICE, 2);
}
END_TEST

START_TEST(somebody_who_puts_the_origin_back_is_heeded)
{
	pid_t p = machine_process();

	judge(p, NICE, 5, -1);
	set_by_other(p, NICE, 100 + p);
	judge(p, NICE, 6, -1);
	is(p, NICE, 100 + p);
	ck_assert(seen[1].foreign);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(a_session_that_somebody_set_is_left_to_them)
{
	pid_t  a = machine_process(), b = machine_fork(a), c;
	size_t left;

	judge(a, GROUP, 5, -1);
	judge(b, GROUP, 5, -1);
	set_by_other(a, GROUP, 2);
	judge(a, GROUP, 6, -1);
	is(a, GROUP, 2);
	c = machine_fork(a);
	judge(c, GROUP, 7, -1);
	is(a, GROUP, 2);
	leave(b);
	leave(c);
	undo(&left);
	all_as_without_us();
}
END_TEST

START_TEST(the_protected_are_told_apart)
{
	pid_t p = machine_process();

	ck_assert_str_eq(enforce_protected(&en, row_of(1)), "pid 1");
	ck_assert_ptr_null(enforce_protected(&en, row_of(p)));
	en.core = p;
	ck_assert_str_eq(enforce_protected(&en, row_of(p)), "pqs itself");
	en.core = 0;
	row_of(p)->facts->flags = 0x00200000;
	ck_assert_str_eq(enforce_protected(&en, row_of(p)), "kernel thread");
	judge(p, NICE, 5, -1);
	is(p, NICE, 100 + p);
	ck_assert_int_eq(seen[0].effect, EFFECT_DENIED);
	ck_assert_str_eq(seen[0].why, "kernel thread");
	en.allow_kernel_threads = true;
	ck_assert_ptr_null(enforce_protected(&en, row_of(p)));
	en.allow_init = true;
	ck_assert_ptr_null(enforce_protected(&en, row_of(1)));
	row_of(p)->facts->known = 0;
	ck_assert_ptr_nonnull(enforce_protected(&en, table_find(en.table,
	                                                        id_of(p))));
}
END_TEST

START_TEST(who_can_start_us_again_is_never_stopped)
{
	pid_t shell = machine_process(), keeper = machine_fork(shell);
	pid_t core = machine_fork(keeper), worker = machine_fork(core);
	pid_t leader = machine_process(), other = machine_fork(shell);

	en.keeper = keeper;
	en.core = core;
	being(core)->sid = leader;
	for (pid_t p = shell; p <= other; p++) {
		set_by_other(p, SETTING_freeze, 0);
		row_of(p);
	}
	for (pid_t p = shell; p <= leader; p++) {
		judge(p, SETTING_freeze, 1, -1);
		is(p, SETTING_freeze, 0);
		ck_assert_int_eq(seen[seen_count - 1].effect, EFFECT_DENIED);
	}
	ck_assert_str_eq(seen[seen_count - 1].why, "pqs was started from it");
	ck_assert_str_eq(enforce_protected(&en, row_of(worker)),
	                 "pqs itself");
	en.allow_init = true;
	judge(1, SETTING_freeze, 1, -1);
	is(1, SETTING_freeze, 90);
	ck_assert_str_eq(seen[seen_count - 1].why, "pid 1 cannot be stopped");
	judge(other, SETTING_freeze, 1, -1);
	is(other, SETTING_freeze, 1);
	judge(other, NOTHING);
	is(other, SETTING_freeze, 0);
}
END_TEST

START_TEST(not_to_be_frozen_continues_nobody_whom_others_stopped)
{
	pid_t p = machine_process(), ours = machine_process();

	set_by_other(p, SETTING_freeze, 1);
	judge(p, SETTING_freeze, 0, -1);
	is(p, SETTING_freeze, 1);
	judge(p, SETTING_freeze, 1, -1);
	judge(p, SETTING_freeze, 0, -1);
	judge(p, NOTHING);
	is(p, SETTING_freeze, 1);
	set_by_other(ours, SETTING_freeze, 0);
	judge(ours, SETTING_freeze, 1, -1);
	is(ours, SETTING_freeze, 1);
	judge(ours, SETTING_freeze, 0, -1);
	is(ours, SETTING_freeze, 0);
	ck_assert_uint_eq(journal_count(en.journal), 0);
}
END_TEST

START_TEST(who_is_realtime_by_itself_is_spared)
{
	int64_t fifo = sched_value(SCHED_CLASS_FIFO, 10);
	pid_t   p = machine_process(), t = machine_thread(p), u;

	set_by_other(t, SETTING_sched, fifo);
	judge(p, NICE, 5, SETTING_sched, SCHED_CLASS_IDLE, -1);
	is(p, NICE, 5);
	is(t, NICE, *mine_of(t, NICE));
	is(t, SETTING_sched, fifo);
	ck_assert_str_eq(enforce_protected(&en, row_of(t)),
	                 "already real-time");
	judge(p, NOTHING);
	all_as_without_us();
	u = machine_process();
	judge(u, SETTING_sched, fifo, -1);
	row_of(u)->facts->sched = fifo;
	ck_assert_ptr_null(enforce_protected(&en, row_of(u)));
	judge(u, SETTING_sched, fifo, NICE, 5, -1);
	is(u, NICE, 5);
	set_by_other(u, SETTING_sched, fifo + 256);
	row_of(u)->facts->sched = fifo + 256;
	ck_assert_str_eq(enforce_protected(&en, row_of(u)),
	                 "already real-time");
	en.allow_realtime = true;
	ck_assert_ptr_null(enforce_protected(&en, row_of(u)));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("enforce");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 300);
	tcase_add_test(t, someone_elses_value_survives);
	tcase_add_test(t, what_was_yielded_is_taken_up_at_the_next_exec);
	tcase_add_test(t, somebody_who_puts_the_origin_back_is_heeded);
	tcase_add_test(t, a_session_that_somebody_set_is_left_to_them);
	tcase_add_test(t, the_protected_are_told_apart);
	tcase_add_test(t, who_can_start_us_again_is_never_stopped);
	tcase_add_test(t, not_to_be_frozen_continues_nobody_whom_others_stopped);
	tcase_add_test(t, who_is_realtime_by_itself_is_spared);
	return run_case(t, "enforce: spared");
}
