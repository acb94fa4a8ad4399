/* test_journal.c -- what was ours is known again, by whom and from when. */

#include "journalling.h"

static struct task_id thread(pid_t pid, pid_t tid)
{
	return (struct task_id){ pid, tid, (uint64_t)pid * 10 };
}

START_TEST(what_was_begun_and_settled_is_known_again)
{
	ck_assert_int_eq(begin(process(5), SETTING_nice, 0, 10), 0);
	ck_assert_int_eq(begin(process(5), SETTING_ionice, IONICE_NONE, 3), 0);
	ck_assert_int_eq(journal_settle(journal, process(5), SETTING_nice, 10),
	                 0);
	ck_assert_int_eq(journal_flush(journal), 0);
	reopen();
	ck_assert_uint_eq(journal_count(journal), 2);
	ck_assert_uint_eq(journal_torn(journal), 0);
	check_hold(process(5), SETTING_nice, 0, 10, true);
	check_hold(process(5), SETTING_ionice, IONICE_NONE, 3, false);
	ck_assert_uint_eq(journal_holds(journal, process(5)),
	                  SETTING_BIT(SETTING_nice) |
	                  SETTING_BIT(SETTING_ionice));
}
END_TEST

START_TEST(the_first_origin_stays_while_values_change)
{
	begin(process(5), SETTING_nice, 0, 10);
	journal_settle(journal, process(5), SETTING_nice, 10);
	ck_assert_int_eq(begin(process(5), SETTING_nice, 10, 15), 0);
	journal_flush(journal);
	reopen();
	check_hold(process(5), SETTING_nice, 0, 15, false);
	ck_assert(journal_ours(journal_find(journal, process(5),
	                                    SETTING_nice), 15));
	ck_assert(journal_ours(journal_find(journal, process(5),
	                                    SETTING_nice), 10));
	ck_assert(!journal_ours(journal_find(journal, process(5),
	                                     SETTING_nice), 0));
}
END_TEST

START_TEST(what_ended_or_left_is_forgotten)
{
	begin(process(5), SETTING_nice, 0, 10);
	begin(process(6), SETTING_nice, 0, 10);
	begin(thread(6, 7), SETTING_nice, 2, 10);
	begin(process(8), SETTING_nice, 0, 10);
	begin(thread(8, 9), SETTING_nice, 2, 10);
	journal_flush(journal);
	ck_assert_int_eq(journal_end(journal, process(5), SETTING_nice), 0);
	ck_assert_int_eq(journal_end(journal, process(5), SETTING_nice),
	                 -ENOENT);
	ck_assert_int_eq(journal_gone(journal, process(6)), 2);
	ck_assert_int_eq(journal_gone(journal, thread(8, 9)), 1);
	journal_flush(journal);
	reopen();
	ck_assert_uint_eq(journal_count(journal), 1);
	check_hold(process(8), SETTING_nice, 0, 10, false);
}
END_TEST

START_TEST(a_reused_pid_is_a_stranger)
{
	struct task_id stranger = process(5);

	stranger.born++;
	begin(process(5), SETTING_nice, 0, 10);
	ck_assert_ptr_null(journal_find(journal, stranger, SETTING_nice));
	ck_assert_uint_eq(journal_holds(journal, stranger), 0);
	ck_assert_int_eq(journal_gone(journal, stranger), 0);
	ck_assert_int_eq(journal_fork(journal, process(9), stranger), 0);
	stranger.born = 0;
	ck_assert_int_eq(journal_gone(journal, stranger), 1);
}
END_TEST

START_TEST(a_child_has_the_origins_of_its_parent)
{
	begin(process(5), SETTING_nice, 0, 10);
	begin(process(5), SETTING_ionice, 12, 3);
	begin(thread(5, 6), SETTING_nice, 4, 11);
	ck_assert_int_eq(journal_fork(journal, process(20), process(5)), 2);
	ck_assert_int_eq(journal_fork(journal, process(21), thread(5, 6)), 2);
	ck_assert_int_eq(journal_fork(journal, process(22), process(20)), 2);
	ck_assert_int_eq(journal_fork(journal, process(23), process(99)), 0);
	journal_flush(journal);
	for (int round = 0; round < 2; round++) {
		check_hold(process(20), SETTING_nice, 0, 10, false);
		check_hold(process(20), SETTING_ionice, 12, 3, false);
		check_hold(process(21), SETTING_nice, 4, 11, false);
		check_hold(process(21), SETTING_ionice, 12, 3, false);
		check_hold(process(22), SETTING_nice, 0, 10, false);
		ck_assert_uint_eq(journal_count(journal), 9);
		reopen();
	}
}
END_TEST

START_TEST(a_session_outlives_the_task_that_has_its_number)
{
	struct task_id key = process(5);

	begin(key, SETTING_autogroup_nice, 0, 5);
	begin(process(5), SETTING_nice, 0, 5);
	ck_assert_uint_eq(journal_holds(journal, process(5)),
	                  SETTING_BIT(SETTING_nice));
	ck_assert_int_eq(journal_fork(journal, process(6), process(5)), 1);
	ck_assert_int_eq(journal_gone(journal, process(5)), 1);
	ck_assert_ptr_nonnull(journal_find(journal, key,
	                                   SETTING_autogroup_nice));
}
END_TEST

static const struct hold *kin_of(enum kin of, pid_t tid, int64_t value)
{
	return journal_kin(journal, of, thread(5, tid), SETTING_nice, value);
}

START_TEST(a_thread_is_kin_of_whoever_left_it_that_value)
{
	struct task_id main = task_id_main(process(5));

	begin(process(5), SETTING_nice, 0, 10);
	journal_settle(journal, process(5), SETTING_nice, 10);
	begin(thread(5, 6), SETTING_nice, 4, 11);
	journal_settle(journal, thread(5, 6), SETTING_nice, 11);
	ck_assert_int_eq(kin_of(KIN_OF_ANY, 7, 10)->origin, 0);
	ck_assert_int_eq(kin_of(KIN_OF_ANY, 7, 11)->origin, 4);
	ck_assert_ptr_null(kin_of(KIN_OF_ANY, 7, 12));
	ck_assert_ptr_null(kin_of(KIN_OF_ANY, 6, 11));
	ck_assert_ptr_null(kin_of(KIN_OF_THREAD, 7, 10));
	begin(main, SETTING_nice, 3, 10);
	journal_settle(journal, main, SETTING_nice, 10);
	ck_assert_int_eq(kin_of(KIN_OF_ANY, 7, 10)->origin, 0);
	ck_assert_int_eq(kin_of(KIN_OF_NEWBORN, 7, 10)->origin, 3);
	ck_assert_uint_eq(journal_holds_within(journal, process(5)),
	                  SETTING_BIT(SETTING_nice));
}
END_TEST

START_TEST(a_promise_that_was_begun_may_have_become_fifo)
{
	const int64_t fifo = sched_value(SCHED_CLASS_FIFO, 10);
	const int64_t promise = realtime_value(20000, 1000, 10000);
	const struct hold *h;

	begin(process(5), SETTING_realtime, ~INT64_C(2), promise);
	h = journal_find(journal, process(5), SETTING_realtime);
	ck_assert(journal_ours(h, ~(fifo | SCHED_VALUE_RESET)));
	ck_assert(!journal_ours(h, ~fifo));
	journal_settle(journal, process(5), SETTING_realtime, promise);
	h = journal_find(journal, process(5), SETTING_realtime);
	ck_assert(!journal_ours(h, ~(fifo | SCHED_VALUE_RESET)));
}
END_TEST

static const struct former *former(struct task_id of, int64_t value,
                                   uint64_t born_ns)
{
	return journal_former(journal, of, SETTING_nice, value, born_ns);
}

static void turned(struct task_id whom, int64_t from, int64_t to,
                   uint64_t at_ns)
{
	struct hold h = { .whom = whom, .through = whom,
	                  .setting = SETTING_nice, .origin = from,
	                  .applied = from, .wanted = to, .since_ns = at_ns };

	ck_assert_int_eq(journal_begin(journal, &h), 0);
	ck_assert_int_eq(journal_settle(journal, whom, SETTING_nice, to), 0);
}

#define SECOND UINT64_C(1000000000)

START_TEST(what_was_ours_is_known_until_all_births_of_then_are)
{
	struct task_id p = process(1);

	turned(p, 0, 5, SECOND);
	turned(p, 5, 6, 2 * SECOND);
	turned(p, 6, 7, 3 * SECOND);
	ck_assert_int_eq(journal_back(journal, p, SETTING_nice, 4 * SECOND),
	                 0);
	ck_assert_int_eq(journal_back(journal, p, SETTING_nice, 4 * SECOND),
	                 -ENOENT);
	ck_assert_int_eq(journal_flush(journal), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(!journal_is_empty(journal));
		ck_assert_ptr_nonnull(former(p, 5, 2 * SECOND));
		ck_assert_ptr_nonnull(former(p, 6, 3 * SECOND));
		ck_assert_int_eq(former(p, 7, 3 * SECOND)->origin, 0);
		ck_assert_ptr_null(former(p, 8, 2 * SECOND));
		ck_assert_ptr_null(former(p, 7, SECOND / 2));
		ck_assert_ptr_null(former(p, 7, 6 * SECOND));
		ck_assert_ptr_null(former(process(2), 7, 3 * SECOND));
		ck_assert(journal_formers(journal, p) ==
		          SETTING_BIT(SETTING_nice));
		if (i == 1)
			ck_assert_int_eq(journal_rewrite(journal), 0);
		reopen();
	}
	journal_heard(journal, 9 * SECOND / 2);
	ck_assert_int_eq(journal_flush(journal), 0);
	reopen();
	ck_assert_ptr_null(former(p, 5, 2 * SECOND));
	ck_assert_ptr_null(former(p, 7, 3 * SECOND));
	ck_assert_ptr_nonnull(former(p, 7, 4 * SECOND));
	journal_heard(journal, 6 * SECOND);
	ck_assert(journal_is_empty(journal));
}
END_TEST

static const struct former *former_of(struct task_id thread, uint64_t start_ns)
{
	return former(thread, 5, start_ns);
}

/* A thread of its own that went back is none that nobody knew of. */
START_TEST(a_thread_that_was_told_of_has_nothing_from_before)
{
	struct task_id p = process(1), known = p, fresh = p;

	known.tid = p.tid + 1;
	fresh.tid = p.tid + 2;
	turned(p, 0, 5, SECOND);
	turned(known, 3, 5, 2 * SECOND);
	journal_back(journal, known, SETTING_nice, 4 * SECOND);
	journal_back(journal, p, SETTING_nice, 4 * SECOND);
	ck_assert_ptr_null(former_of(known, 2 * SECOND));
	ck_assert_ptr_nonnull(former_of(fresh, 2 * SECOND));
	journal_told(journal, 3 * SECOND);
	ck_assert_ptr_null(former_of(fresh, 2 * SECOND));
	ck_assert_ptr_nonnull(former_of(fresh, 3 * SECOND));
	journal_told(journal, 9 * SECOND / 2);
	ck_assert_ptr_null(former_of(fresh, 3 * SECOND));
	ck_assert_ptr_nonnull(former_of(fresh, 4 * SECOND));
	ck_assert_uint_ne(journal_formers(journal, p), 0);
	journal_told(journal, 6 * SECOND);
	ck_assert_uint_eq(journal_formers(journal, p), 0);
	journal_told(journal, 0);
	ck_assert_ptr_nonnull(former_of(fresh, 2 * SECOND));
}
END_TEST

START_TEST(of_what_was_ours_the_newest_is_kept)
{
	for (int i = 1; i <= FORMERS_MAX + 10; i++) {
		turned(process(i), 0, 5, SECOND);
		ck_assert_int_eq(journal_back(journal, process(i),
		                              SETTING_nice, SECOND), 0);
	}
	ck_assert_int_eq(journal_flush(journal), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_ptr_null(former(process(10), 5, SECOND));
		ck_assert_ptr_nonnull(former(process(11), 5, SECOND));
		ck_assert_ptr_nonnull(former(process(FORMERS_MAX + 10), 5,
		                             SECOND));
		reopen();
	}
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, what_was_begun_and_settled_is_known_again);
	tcase_add_test(c, the_first_origin_stays_while_values_change);
	tcase_add_test(c, what_ended_or_left_is_forgotten);
	tcase_add_test(c, a_reused_pid_is_a_stranger);
	tcase_add_test(c, a_child_has_the_origins_of_its_parent);
	tcase_add_test(c, a_session_outlives_the_task_that_has_its_number);
	tcase_add_test(c, a_thread_is_kin_of_whoever_left_it_that_value);
	tcase_add_test(c, a_promise_that_was_begun_may_have_become_fifo);
	tcase_add_test(c,
	               what_was_ours_is_known_until_all_births_of_then_are);
	tcase_add_test(c, a_thread_that_was_told_of_has_nothing_from_before);
	tcase_add_test(c, of_what_was_ours_the_newest_is_kept);
	return run_case(c, "journal");
}
