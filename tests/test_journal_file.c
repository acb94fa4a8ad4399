/* test_journal_file.c -- what was written is known again,
 * whatever was cut off. */

#include "journalling.h"

START_TEST(another_boots_records_are_dropped)
{
	begin(process(5), SETTING_nice, 0, 10);
	begin(process(6), SETTING_nice, 0, 10);
	journal_flush(journal);
	ck_assert_int_eq(open_as("another"), 0);
	ck_assert_uint_eq(journal_count(journal), 0);
	ck_assert_uint_eq(journal_torn(journal), 2);
	begin(process(7), SETTING_nice, 1, 10);
	ck_assert_int_eq(journal_flush(journal), 0);
	ck_assert_int_eq(open_as("another"), 0);
	ck_assert_uint_eq(journal_count(journal), 1);
	check_hold(process(7), SETTING_nice, 1, 10, false);
}
END_TEST

/* Changes a byte and makes the sum right again: offset from start of the
 * record or header of that many bytes. */
static void forge(size_t start, size_t bytes, size_t at, unsigned char value,
                  bool sum_last)
{
	unsigned char *p = memory.file.bytes + start;
	uint32_t       sum;

	p[at] = value;
	sum = text_crc32(0, p + (sum_last ? 0 : 4), bytes - 4);
	memcpy(p + (sum_last ? bytes - 4 : 0), &sum, 4);
}

/* So that another version can be installed between an end and a start. */
START_TEST(another_versions_journal_with_nothing_in_it_is_in_nobodys_way)
{
	begin(process(5), SETTING_nice, 0, 10);
	journal_flush(journal);
	memory.file.count = 64;
	forge(0, 64, 8, 200, true);
	ck_assert_int_eq(open_as(BOOT), 0);
	ck_assert_uint_eq(journal_count(journal), 0);
	begin(process(6), SETTING_nice, 0, 10);
	ck_assert_int_eq(journal_flush(journal), 0);
	ck_assert_int_eq(open_as(BOOT), 0);
	ck_assert_uint_eq(journal_count(journal), 1);
}
END_TEST

START_TEST(what_is_not_our_file_is_refused)
{
	begin(process(5), SETTING_nice, 0, 10);
	journal_flush(journal);
	forge(0, 64, 8, 200, true);             /* the version */
	ck_assert_int_eq(open_as(BOOT), -EAGAIN);
	ck_assert_int_eq(open_as("another"), 0);
	forge(0, 64, 8, RECORD_VERSION, true);
	forge(64, 80, 4, 99, false);            /* the kind of a record */
	ck_assert_int_eq(open_as(BOOT), -EBADMSG);
	forge(64, 80, 4, 1, false);
	forge(64, 80, 5, 200, false);           /* its setting */
	ck_assert_int_eq(open_as(BOOT), -EBADMSG);
	forge(64, 80, 5, SETTING_affinity, false);      /* an unknown set */
	ck_assert_int_eq(open_as(BOOT), -EBADMSG);
	memory.file.bytes[20]++;
	ck_assert_int_eq(open_as(BOOT), -EBADMSG);
	memory.file.bytes[0] = 'x';
	ck_assert_int_eq(open_as(BOOT), -EBADMSG);
}
END_TEST

/* Ends with two flushes, after whose first that many holds are known. */
static size_t write_history(size_t *ret_bytes)
{
	int64_t all = interned_read_cpus(sets, "0-63");
	int64_t few = interned_read_cpus(sets,
	                             "0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,"
	                             "30,32,34,36,38,40,42,44,46,48,50,52,54");
	size_t  known;

	begin(process(5), SETTING_nice, 0, 10);
	begin(process(5), SETTING_affinity, all, few);
	journal_flush(journal);
	known = journal_count(journal);
	*ret_bytes = memory.file.count;
	journal_settle(journal, process(5), SETTING_nice, 10);
	journal_fork(journal, process(6), process(5));
	begin(process(6), SETTING_nice, 10, 12);
	journal_end(journal, process(5), SETTING_nice);
	journal_gone(journal, process(6));
	begin(process(7), SETTING_sched, 2, 0);
	journal_flush(journal);
	return known;
}

/* So many bytes of it are left, and of holds so many are known by them. */
static void cut_is_known(size_t bytes, size_t known, bool sound)
{
	struct memory_store copy = { .file.count = 0 };

	memory_put(&copy.file, memory.file.bytes, bytes);
	journal_close(journal);
	journal = NULL;
	door = memory_door(&copy);
	reopen();
	ck_assert_uint_eq(journal_count(journal), known);
	ck_assert_int_eq(journal_torn(journal) == 0, sound);
	ck_assert_int_eq(begin(process(50), SETTING_nice, 3, 4), 0);
	ck_assert_int_eq(journal_flush(journal), 0);
	reopen();
	ck_assert_uint_eq(journal_torn(journal), 0);
	ck_assert_uint_eq(journal_count(journal), known + 1);
	check_hold(process(50), SETTING_nice, 3, 4, false);
	journal_close(journal);
	journal = NULL;
	memory_free(&copy);
}

/* What was flushed at once counts as a whole or not at all. */
START_TEST(a_file_cut_anywhere_opens_and_goes_on)
{
	size_t first, at_first = write_history(&first);
	size_t whole = memory.file.count, all = journal_count(journal);

	for (size_t cut = 0; cut <= whole; cut++)
		cut_is_known(cut, cut < first ? 0 : cut < whole ? at_first : all,
		             cut == 0 || cut == 64 || cut == first ||
		             cut == whole);
}
END_TEST

/* What is written ahead of more than is put together in memory is no flush. */
START_TEST(of_a_long_flush_nothing_counts_without_its_end)
{
	pid_t pid = 10;

	begin(process(5), SETTING_nice, 0, 10);
	journal_flush(journal);
	while (pid < 10 + (pid_t)RECORD_BATCH)
		begin(process(pid++), SETTING_nice, 0, 10);
	begin(process(pid), SETTING_nice, 0, 10);
	ck_assert_uint_eq(memory.file.count, 64 + 80 * (1 + RECORD_BATCH));
	reopen();
	ck_assert_uint_eq(journal_count(journal), 1);
	ck_assert_uint_eq(journal_torn(journal), RECORD_BATCH);
}
END_TEST

/* Three are flushed one after the other, the second with another one.  Nobody
 * knows of a damaged record whether it was the last of its flush. */
START_TEST(a_damaged_record_hides_what_may_have_been_flushed_with_it_alone)
{
	static const size_t lost[] = { 3, 2, 3, 1 };

	for (pid_t pid = 5; pid < 8; pid++) {
		begin(process(pid), SETTING_nice, 0, 10);
		if (pid == 6)
			begin(process(pid), SETTING_oom_score_adj, 0, 10);
		journal_flush(journal);
	}
	memory.file.bytes[64 + (size_t)80 * (size_t)_i + 30] ^= 1;
	reopen();
	ck_assert_uint_eq(journal_count(journal), 4 - lost[_i]);
	ck_assert_uint_eq(journal_damaged(journal), lost[_i]);
	ck_assert_uint_eq(journal_torn(journal), journal_damaged(journal));
	ck_assert_int_eq(begin(process(9), SETTING_nice, 0, 10), 0);
	ck_assert_int_eq(journal_flush(journal), 0);
	reopen();
	ck_assert_uint_eq(journal_damaged(journal), 0);
	ck_assert_uint_eq(journal_torn(journal), 0);
	check_hold(process(9), SETTING_nice, 0, 10, false);
}
END_TEST

/* Its number may have stood for another one before. */
START_TEST(a_set_whose_text_is_damaged_is_nobodys)
{
	int64_t origin = interned_read_cpus(sets, "0-3");
	int64_t narrow = interned_read_cpus(sets, "2");

	ck_assert_int_eq(begin(process(5), SETTING_affinity, origin, narrow), 0);
	journal_flush(journal);
	ck_assert_int_eq(begin(process(6), SETTING_affinity, origin, narrow), 0);
	journal_flush(journal);
	begin(process(7), SETTING_nice, 0, 10);
	journal_flush(journal);
	memory.file.bytes[64 + 30] ^= 1;
	reopen();
	ck_assert_ptr_null(journal_find(journal, process(5), SETTING_affinity));
	ck_assert_ptr_null(journal_find(journal, process(6), SETTING_affinity));
	check_hold(process(7), SETTING_nice, 0, 10, false);
	ck_assert_uint_gt(journal_damaged(journal), 3);
}
END_TEST

START_TEST(what_was_merely_cut_off_is_not_damaged)
{
	begin(process(5), SETTING_nice, 0, 10);
	journal_flush(journal);
	begin(process(6), SETTING_nice, 0, 10);
	begin(process(7), SETTING_nice, 0, 10);
	journal_flush(journal);
	memory.file.count -= 40;
	reopen();
	ck_assert_uint_eq(journal_count(journal), 1);
	ck_assert_uint_eq(journal_torn(journal), 2);
	ck_assert_uint_eq(journal_damaged(journal), 0);
}
END_TEST

START_TEST(nothing_is_written_before_a_flush_and_all_in_one_append)
{
	unsigned appends;

	begin(process(5), SETTING_nice, 0, 10);
	journal_flush(journal);
	appends = memory.appends;
	begin(process(6), SETTING_nice, 0, 10);
	begin(process(6), SETTING_ionice, 0, 10);
	journal_settle(journal, process(6), SETTING_nice, 10);
	journal_fork(journal, process(7), process(6));
	ck_assert_uint_eq(memory.appends, appends);
	journal_flush(journal);
	ck_assert_uint_eq(memory.appends, appends + 1);
	journal_flush(journal);
	ck_assert_uint_eq(memory.appends, appends + 1);
}
END_TEST

START_TEST(what_the_kernel_made_of_it_is_written_at_once)
{
	unsigned appends;

	begin(process(5), SETTING_timer_slack, 50000, 60000);
	journal_flush(journal);
	begin(process(6), SETTING_timer_slack, 50000, 60000);
	journal_flush(journal);
	appends = memory.appends;
	journal_settle(journal, process(6), SETTING_timer_slack, 60001);
	ck_assert_uint_eq(memory.appends, appends + 1);
}
END_TEST

START_TEST(after_a_full_disk_the_file_is_sound_again)
{
	begin(process(5), SETTING_nice, 0, 10);
	journal_flush(journal);
	for (size_t torn = 0; torn <= 160; torn += 9) {
		memory.error = ENOSPC;
		memory.torn_bytes = torn;
		ck_assert_int_eq(begin(process(6), SETTING_nice, 0, 10), 0);
		ck_assert_int_eq(journal_flush(journal), -ENOSPC);
		journal_end(journal, process(6), SETTING_nice);
		ck_assert_int_eq(journal_flush(journal), -ENOSPC);
		memory.error = 0;
		begin(process(7), SETTING_nice, 0, 10);
		ck_assert_int_eq(journal_flush(journal), 0);
		reopen();
		ck_assert_uint_eq(journal_torn(journal), 0);
		ck_assert_uint_eq(journal_count(journal), 2);
		journal_end(journal, process(7), SETTING_nice);
		journal_flush(journal);
	}
}
END_TEST

START_TEST(a_begin_that_cannot_be_kept_leaves_no_trace)
{
	int r = 0;
	pid_t pid = 10;

	begin(process(5), SETTING_nice, 0, 10);
	journal_settle(journal, process(5), SETTING_nice, 10);
	journal_flush(journal);
	memory.error = ENOSPC;
	while (r == 0)                          /* until the batch is full */
		r = begin(process(pid++), SETTING_nice, 0, 10);
	ck_assert_int_eq(r, -ENOSPC);
	ck_assert_ptr_null(journal_find(journal, process(pid - 1),
	                                SETTING_nice));
	check_hold(process(5), SETTING_nice, 0, 10, true);
}
END_TEST

static void begin_anew(pid_t pid, int64_t now, int64_t wanted)
{
	struct hold h = { .whom = process(pid), .through = process(pid),
	                  .setting = SETTING_nice, .applied = now,
	                  .wanted = wanted, .since_ns = 77 };

	ck_assert_int_eq(journal_begin(journal, &h), 0);
	ck_assert_int_eq(journal_flush(journal), 0);
}

static const struct hold *nice_hold(pid_t pid)
{
	return journal_find(journal, process(pid), SETTING_nice);
}

/* It was begun while there was room. */
START_TEST(what_came_to_nothing_on_a_full_disk_is_not_read_as_done)
{
	begin_anew(1, 0, 5);
	journal_settle(journal, process(1), SETTING_nice, 5);
	begin_anew(1, 5, 7);
	begin_anew(2, 0, 5);
	begin_anew(3, 0, 5);
	begin_anew(4, 0, 5);
	memory.error = ENOSPC;
	journal_settle(journal, process(1), SETTING_nice, 5);
	journal_end(journal, process(2), SETTING_nice);
	ck_assert_int_eq(journal_flush(journal), -ENOSPC);
	journal_settle(journal, process(3), SETTING_nice, 5);
	ck_assert_int_eq(journal_flush(journal), -ENOSPC);
	reopen();
	ck_assert_uint_eq(journal_torn(journal), 0);
	ck_assert(!journal_ours(nice_hold(1), 7));
	ck_assert(journal_ours(nice_hold(1), 5));
	ck_assert_ptr_null(nice_hold(2));
	ck_assert(journal_ours(nice_hold(3), 5));
	ck_assert(!journal_ours(nice_hold(3), 0));
	ck_assert(!nice_hold(4)->settled);
}
END_TEST

/* What is read of a birth hangs on what is written of the parent before it. */
START_TEST(what_children_were_born_with_stays_written_on_a_full_disk)
{
	begin_anew(1, 0, 5);
	ck_assert_int_eq(journal_fork(journal, process(2), process(1)), 1);
	ck_assert_int_eq(journal_flush(journal), 0);
	memory.error = ENOSPC;
	journal_end(journal, process(1), SETTING_nice);
	ck_assert_int_eq(journal_flush(journal), -ENOSPC);
	reopen();
	ck_assert_ptr_nonnull(nice_hold(2));
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, another_boots_records_are_dropped);
	tcase_add_test(c, another_versions_journal_with_nothing_in_it_is_in_nobodys_way);
	tcase_add_test(c, what_is_not_our_file_is_refused);
	tcase_add_test(c, a_file_cut_anywhere_opens_and_goes_on);
	tcase_add_test(c, of_a_long_flush_nothing_counts_without_its_end);
	tcase_add_loop_test(c, a_damaged_record_hides_what_may_have_been_flushed_with_it_alone,
	                    0, 4);
	tcase_add_test(c, a_set_whose_text_is_damaged_is_nobodys);
	tcase_add_test(c, what_was_merely_cut_off_is_not_damaged);
	tcase_add_test(c, nothing_is_written_before_a_flush_and_all_in_one_append);
	tcase_add_test(c, what_the_kernel_made_of_it_is_written_at_once);
	tcase_add_test(c, after_a_full_disk_the_file_is_sound_again);
	tcase_add_test(
		c, what_came_to_nothing_on_a_full_disk_is_not_read_as_done);
	tcase_add_test(
		c, what_children_were_born_with_stays_written_on_a_full_disk);
	tcase_add_test(c, a_begin_that_cannot_be_kept_leaves_no_trace);
	return run_case(c, "journal: file");
}
