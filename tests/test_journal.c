/* test_journal.c -- what was written is known again, whatever was cut off. */

#include <check.h>
#include <errno.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"
#include "journal/journal.h"
#include "journal/record.h"
#include "memory_store.h"
#include "model/group.h"

#define BOOT "5d0c2a0e-1111-2222-3333-444455556666"

static struct memory_store memory;
static struct store        door;
static struct interned    *sets;
static struct journal     *journal;

static struct task_id process(pid_t pid)
{
	return (struct task_id){ pid, pid, (uint64_t)pid * 10 };
}

static struct task_id thread(pid_t pid, pid_t tid)
{
	return (struct task_id){ pid, tid, (uint64_t)pid * 10 };
}

static int begin(struct task_id whom, enum setting s, int64_t origin,
                 int64_t wanted)
{
	struct hold h = { .whom = whom, .through = whom, .setting = s,
	                  .origin = origin, .applied = origin,
	                  .wanted = wanted, .since_ns = 77 };

	return journal_begin(journal, &h);
}

static int open_as(const char *boot)
{
	journal_close(journal);
	journal = NULL;
	return journal_open(&door, boot, sets, &journal);
}

static void reopen(void)
{
	ck_assert_int_eq(open_as(BOOT), 0);
}

static void set_up(void)
{
	memset(&memory, 0, sizeof memory);
	door = memory_door(&memory);
	sets = interned_new();
	journal = NULL;
	reopen();
}

static void tear_down(void)
{
	journal_close(journal);
	interned_free(sets);
	memory_free(&memory);
}

static void check_hold(struct task_id whom, enum setting s, int64_t origin,
                       int64_t now, bool settled)
{
	const struct hold *h = journal_find(journal, whom, s);

	ck_assert_ptr_nonnull(h);
	ck_assert_int_eq(h->origin, origin);
	ck_assert_int_eq(settled ? h->applied : h->wanted, now);
	ck_assert_int_eq(h->settled, settled);
	ck_assert_uint_eq(h->since_ns, 77);
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

START_TEST(sets_of_cpus_survive_another_numbering)
{
	char    wide[8000] = "";
	int64_t all, some, many;

	for (int cpu = 0, at = 0; cpu < 1200; cpu += 2)
		at += snprintf(wide + at, sizeof wide - (size_t)at, "%s%d",
		               cpu == 0 ? "" : ",", cpu);
	all = interned_read_cpus(sets, "0-7");
	some = interned_read_cpus(sets, "2,4");
	many = interned_read_cpus(sets, wide);
	ck_assert_int_ge(many, 0);
	begin(process(5), SETTING_affinity, all, some);
	begin(process(6), SETTING_affinity, many, some);
	journal_flush(journal);
	for (int round = 0; round < 2; round++) {
		const struct hold *h;

		interned_free(sets);
		sets = interned_new();
		interned_read_cpus(sets, "5");
		interned_read_cpus(sets, "6");
		reopen();
		h = journal_find(journal, process(5), SETTING_affinity);
		ck_assert_str_eq(interned_text(sets, h->origin), "0-7");
		ck_assert_str_eq(interned_text(sets, h->wanted), "2,4");
		h = journal_find(journal, process(6), SETTING_affinity);
		ck_assert_str_eq(interned_text(sets, h->origin), wide);
		/* The next round reads two numberings from one file. */
		begin(process(7 + round), SETTING_affinity,
		      interned_read_cpus(sets, "5"),
		      interned_read_cpus(sets, "6"));
		journal_flush(journal);
	}
	ck_assert_int_eq(begin(process(9), SETTING_affinity, 4000, some),
	                 -EINVAL);
	ck_assert_ptr_null(journal_find(journal, process(9),
	                                SETTING_affinity));
}
END_TEST

START_TEST(names_and_kinds_of_cores_survive_another_numbering)
{
	const struct hold *h;

	/* A name and a kind of cores with the same text. */
	begin(process(5), SETTING_pool, interned_read_names(sets, "games"),
	      interned_read_names(sets, "performance"));
	begin(process(6), SETTING_affinity, interned_read_cpus(sets, "0-7"),
	      interned_read_cpus(sets, "performance"));
	journal_flush(journal);
	interned_free(sets);
	sets = interned_new();
	interned_read_names(sets, "other");
	reopen();
	h = journal_find(journal, process(5), SETTING_pool);
	ck_assert_int_eq(h->origin, interned_read_names(sets, "games"));
	ck_assert_int_eq(h->wanted, interned_read_names(sets, "performance"));
	h = journal_find(journal, process(6), SETTING_affinity);
	ck_assert_int_eq(h->origin, interned_read_cpus(sets, "0-7"));
	ck_assert_int_eq(h->wanted, interned_read_cpus(sets, "performance"));
}
END_TEST

static void renumber(void)
{
	interned_free(sets);
	sets = interned_new();
	ck_assert_int_eq(interned_read_names(sets, "first"), 0);
	reopen();
}

START_TEST(places_survive_another_numbering_and_groups_of_one_need_none)
{
	const char *const origin[] = { "/a/b c", "cpu,cpuacct:/a memory:/",
		                       "build@1000" };
	int64_t           one = group_of_one(process(9));
	char              text[GROUP_TEXT_MAX];

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(begin(process(5 + i), SETTING_pool,
		                       group_read(sets, origin[i]), one), 0);
	begin(process(8), SETTING_pool, one, group_read(sets, "build"));
	journal_flush(journal);
	journal_close(journal);
	journal = NULL;
	renumber();
	for (int i = 0; i < 3; i++) {
		const struct hold *h = journal_find(journal, process(5 + i),
		                                    SETTING_pool);

		ck_assert_str_eq(group_text(sets, h->origin, text,
		                            sizeof text), origin[i]);
		ck_assert_int_eq(h->wanted, one);
	}
	check_hold(process(8), SETTING_pool, one, group_read(sets, "build"),
	           false);
}
END_TEST

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

/* A history whose holds are known after each of its records. */
static void write_history(void)
{
	int64_t all = interned_read_cpus(sets, "0-63");
	int64_t few = interned_read_cpus(sets,
	                             "0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,"
	                             "30,32,34,36,38,40,42,44,46,48,50,52,54");

	begin(process(5), SETTING_nice, 0, 10);
	begin(process(5), SETTING_affinity, all, few);
	journal_flush(journal);
	journal_settle(journal, process(5), SETTING_nice, 10);
	journal_fork(journal, process(6), process(5));
	begin(process(6), SETTING_nice, 10, 12);
	journal_end(journal, process(5), SETTING_nice);
	journal_gone(journal, process(6));
	begin(process(7), SETTING_sched, 2, 0);
	journal_flush(journal);
}

START_TEST(a_file_cut_anywhere_opens_and_goes_on)
{
	size_t whole, all, at_record = 0;

	write_history();
	whole = memory.file.count;
	all = journal_count(journal);
	for (size_t cut = 0; cut <= whole; cut++) {
		struct memory_store copy = { .file.count = 0 };
		size_t              known, torn;

		memory_put(&copy.file, memory.file.bytes, cut);
		journal_close(journal);
		journal = NULL;
		door = memory_door(&copy);
		reopen();
		known = journal_count(journal);
		torn = journal_torn(journal);
		ck_assert_uint_le(torn, 1);
		ck_assert(torn == 1 || cut == 0 || cut == 64 ||
		          (cut > 64 && (cut - 64) % 80 == 0));
		if (cut >= 64 && (cut - 64) % 80 == 0)
			at_record = known;
		ck_assert_uint_eq(known, at_record);
		ck_assert(cut < whole || known == all);
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
}
END_TEST

START_TEST(a_damaged_record_hides_what_follows)
{
	begin(process(5), SETTING_nice, 0, 10);
	begin(process(6), SETTING_nice, 0, 10);
	begin(process(7), SETTING_nice, 0, 10);
	journal_flush(journal);
	memory.file.bytes[64 + 80 + 30] ^= 1;
	reopen();
	ck_assert_uint_eq(journal_count(journal), 1);
	ck_assert_uint_eq(journal_torn(journal), 2);
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

static Suite *journal_suite(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("records");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_was_begun_and_settled_is_known_again);
	tcase_add_test(t, the_first_origin_stays_while_values_change);
	tcase_add_test(t, what_ended_or_left_is_forgotten);
	tcase_add_test(t, a_reused_pid_is_a_stranger);
	tcase_add_test(t, a_child_has_the_origins_of_its_parent);
	tcase_add_test(t, a_session_outlives_the_task_that_has_its_number);
	tcase_add_test(t, a_thread_is_kin_of_whoever_left_it_that_value);
	tcase_add_test(t, a_promise_that_was_begun_may_have_become_fifo);
	tcase_add_test(t, sets_of_cpus_survive_another_numbering);
	tcase_add_test(t, names_and_kinds_of_cores_survive_another_numbering);
	tcase_add_test(t, places_survive_another_numbering_and_groups_of_one_need_none);
	tcase_add_test(t, another_boots_records_are_dropped);
	tcase_add_test(t, another_versions_journal_with_nothing_in_it_is_in_nobodys_way);
	tcase_add_test(t, what_is_not_our_file_is_refused);
	tcase_add_test(t, a_file_cut_anywhere_opens_and_goes_on);
	tcase_add_test(t, a_damaged_record_hides_what_follows);
	tcase_add_test(t, nothing_is_written_before_a_flush_and_all_in_one_append);
	tcase_add_test(t, what_the_kernel_made_of_it_is_written_at_once);
	tcase_add_test(t, after_a_full_disk_the_file_is_sound_again);
	tcase_add_test(t, a_begin_that_cannot_be_kept_leaves_no_trace);
	tcase_add_test(t, holds_are_bounded);
	tcase_add_test(t, a_long_history_is_compacted_in_steps);
	tcase_add_test(t, what_changes_during_a_compaction_is_in_both_files);
	tcase_add_test(t, a_compaction_that_fails_leaves_the_old_file);
	tcase_add_test(t,
	               what_was_ours_is_known_until_all_births_of_then_are);
	tcase_add_test(t, of_what_was_ours_the_newest_is_kept);
	tcase_add_test(t, an_emptied_journal_is_a_header);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(journal_suite());
	int      failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
