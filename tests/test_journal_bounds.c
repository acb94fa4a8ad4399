/* test_journal_bounds.c -- a journal is compacted on the way, and bounded. */

#include "journalling.h"

START_TEST(holds_are_bounded)
{
	for (pid_t pid = 1; pid <= (pid_t)HOLDS_MAX; pid++)
		ck_assert_int_eq(begin(process(pid), SETTING_nice, 0, 1), 0);
	ck_assert_int_eq(begin(process(1 << 20), SETTING_nice, 0, 1), -ENOSPC);
	ck_assert_int_eq(begin(process(1), SETTING_nice, 0, 2), 0);
	ck_assert_int_eq(journal_fork(journal, process(1 << 20), process(1)),
	                 -ENOSPC);
	ck_assert_uint_eq(journal_count(journal), HOLDS_MAX);
	ck_assert_int_eq(begin((struct task_id){ 3, 3, 0 }, SETTING_nice, 0, 1),
	                 -EINVAL);
}
END_TEST

static void churn(int rounds, bool compacting, int *most)
{
	for (int i = 0; i < rounds; i++) {
		pid_t pid = 100 + i % 7;
		int   r;

		begin(process(pid), SETTING_nice, 0, i % 19);
		journal_settle(journal, process(pid), SETTING_nice, i % 19);
		if (i % 3 == 0)
			journal_fork(journal, process(5000 + i), process(pid));
		if (i % 3 == 1)
			journal_gone(journal, process(5000 + i - 1));
		if (i % 5 == 4)
			journal_end(journal, process(pid), SETTING_nice);
		ck_assert_int_eq(journal_flush(journal), 0);
		r = compacting ? journal_compact(journal) : 0;
		ck_assert_int_ge(r, 0);
		if (most != NULL && *most < (int)memory.file.count)
			*most = (int)memory.file.count;
	}
}

static void sum_up(void *ctx, const struct hold *h)
{
	uint64_t *sum = ctx;

	*sum += text_hash(&h->whom, sizeof h->whom) ^
	        (uint64_t)h->applied * 31 ^ (uint64_t)h->wanted * 1009 ^
	        (uint64_t)h->setting << 40;
}

static uint64_t all_holds(void)
{
	uint64_t sum = journal_count(journal);

	journal_each(journal, sum_up, &sum);
	return sum;
}

START_TEST(a_long_history_is_compacted_in_steps)
{
	int      most = 0;
	uint64_t holds;

	for (pid_t pid = 20000; pid < 21500; pid++)
		begin(process(pid), SETTING_nice, 3, 4);
	churn(20000, true, &most);
	ck_assert_uint_ge(memory.replacements, 2);
	ck_assert_int_lt(most, 2 << 20);
	holds = all_holds();
	reopen();
	ck_assert_uint_eq(all_holds(), holds);
	ck_assert_uint_eq(journal_torn(journal), 0);
}
END_TEST

START_TEST(what_changes_during_a_compaction_is_in_both_files)
{
	uint64_t holds;
	int      r;

	for (pid_t pid = 20000; pid < 23000; pid++)
		begin(process(pid), SETTING_nice, 3, 4);
	churn(30000, false, NULL);
	r = journal_compact(journal);
	ck_assert_int_eq(r, 1);
	for (int i = 0; r == 1; i++) {
		uint64_t before;

		journal_fork(journal, process(40000 + i), process(22990 - i));
		journal_end(journal, process(22990 - i), SETTING_nice);
		journal_end(journal, process(20000 + i), SETTING_nice);
		begin(process(20001 + i), SETTING_nice, 3, 9);
		begin(process(50000 + i), SETTING_affinity,
		      interned_read_cpus(sets, "1-2"),
		      interned_read_cpus(sets, "3"));
		churn(3, false, NULL);
		before = all_holds();
		r = journal_compact(journal);
		ck_assert_int_ge(r, 0);
		ck_assert_uint_eq(all_holds(), before);
	}
	ck_assert_uint_lt(memory.file.count, 1u << 20);
	holds = all_holds();
	journal_flush(journal);
	reopen();
	ck_assert_uint_eq(all_holds(), holds);
}
END_TEST

START_TEST(a_compaction_that_fails_leaves_the_old_file)
{
	uint64_t holds;

	churn(30000, false, NULL);
	holds = all_holds();
	memory.error = EIO;
	ck_assert_int_eq(journal_compact(journal), -EIO);
	memory.error = 0;
	reopen();
	ck_assert_uint_eq(all_holds(), holds);
}
END_TEST

START_TEST(an_emptied_journal_is_a_header)
{
	begin(process(5), SETTING_nice, 0, 10);
	journal_flush(journal);
	journal_end(journal, process(5), SETTING_nice);
	ck_assert_int_eq(journal_rewrite(journal), 0);
	ck_assert_uint_eq(memory.file.count, 64);
	reopen();
	ck_assert_uint_eq(journal_count(journal), 0);
	ck_assert_uint_eq(journal_torn(journal), 0);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, holds_are_bounded);
	tcase_add_test(c, a_long_history_is_compacted_in_steps);
	tcase_add_test(c, what_changes_during_a_compaction_is_in_both_files);
	tcase_add_test(c, a_compaction_that_fails_leaves_the_old_file);
	tcase_add_test(c, an_emptied_journal_is_a_header);
	return run_case(c, "journal: bounds");
}
