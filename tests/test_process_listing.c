/* test_process_listing.c -- a listing sets right what was not heard of, and
 * a walk leaves nobody out. */

#include "small_table.h"

static pid_t gone_tids[16];
static int   gone_count;

static void gone(void *ctx, struct task_id id)
{
	ck_assert_ptr_eq(ctx, &gone_count);
	gone_tids[gone_count++] = id.tid;
}

static size_t listing_end(void)
{
	gone_count = 0;
	return table_listing_end(t, gone, &gone_count);
}

START_TEST(a_listing_drops_whom_it_did_not_meet)
{
	struct task *thread;

	for (pid_t pid = 10; pid < 14; pid++) {
		do_fork(1, pid);
		do_exec(pid, "a");
	}
	for (pid_t tid = 20; tid < 22; tid++) {
		table_meet_thread(t, find(10), tid, &thread);
		table_meet_thread(t, find(11), tid + 10, &thread);
	}
	table_listing_begin(t);
	meet(10, 0);
	meet(11, 0);
	table_meet_thread(t, find(10), 20, &thread);
	do_fork(1, 15);                 /* born meanwhile                     */
	do_exec(12, "b");               /* shows that it lives                */
	ck_assert_uint_eq(listing_end(), 2);
	ck_assert_int_eq(gone_count, 2);
	ck_assert(gone_tids[0] == 13 || gone_tids[0] == 21);
	ck_assert(gone_tids[1] == 13 || gone_tids[1] == 21);
	ck_assert_ptr_null(find(13));
	ck_assert_ptr_nonnull(find(15));
	ck_assert_uint_eq(count_threads(find(10)), 1);
	ck_assert_uint_eq(count_threads(find(11)), 2);
}
END_TEST

START_TEST(a_listing_doubts_what_it_did_not_see)
{
	struct task *task, *thread;

	do_fork(1, 10);
	task = do_exec(10, "same");
	appear(11, 1, "before");
	table_meet_thread(t, task, 11, &thread);
	text_of(task, FACT_name);
	text_of(thread, FACT_comm);
	world[11].name = "after";
	table_listing_begin(t);
	ck_assert_ptr_eq(meet(10, 0), task);
	ck_assert_int_eq(table_meet_thread(t, task, 11, &thread), 0);
	listing_end();
	ck_assert(!task->exec_missed);
	ck_assert_str_eq(text_of(thread, FACT_comm), "after");
}
END_TEST

START_TEST(a_listing_finds_an_exec_that_was_lost)
{
	struct task *task, *thread;

	do_fork(1, 10);
	task = do_exec(10, "old");
	table_meet_thread(t, task, 11, &thread);
	text_of(task, FACT_name);
	task->resting = true;
	task->yielded = 1;
	world[10].name = "new";
	meet(10, 0);
	ck_assert_str_eq(text_of(task, FACT_name), "old");
	table_listing_begin(t);
	ck_assert_ptr_eq(meet(10, 0), task);
	listing_end();
	ck_assert_str_eq(text_of(task, FACT_name), "new");
	ck_assert(task->exec_missed && task->execed);
	ck_assert(!task->resting && task->yielded == 0);
	ck_assert_uint_eq(count_threads(task), 0);
}
END_TEST

START_TEST(a_kernel_thread_by_another_name_is_what_it_was)
{
	struct task *task;

	appear(10, 1, "kworker/0:1-events");
	world[10].flags = 0x00200000;   /* PF_KTHREAD                         */
	task = meet(10, 1);
	text_of(task, FACT_name);
	task->resting = true;
	world[10].name = "kworker/0:1-mm";
	table_listing_begin(t);
	ck_assert_ptr_eq(meet(10, 0), task);
	listing_end();
	ck_assert_str_eq(text_of(task, FACT_name), "kworker/0:1-mm");
	ck_assert(!task->exec_missed && task->resting);
}
END_TEST

START_TEST(a_listed_stranger_takes_the_place_of_the_dead)
{
	struct task *old = NULL, *other;
	uint64_t     born;

	do_fork(1, 10);
	old = do_exec(10, "old");
	number_of(old, FACT_start_time);
	born = old->id.born;
	ck_assert_ptr_eq(meet(10, 0), old);
	appear(10, 1, "new");
	other = meet(10, 1);
	ck_assert_uint_ne(other->id.born, born);
	ck_assert_str_eq(text_of(other, FACT_name), "new");
	world[10].alive = false;
	meet(10, -ESRCH);
	ck_assert_uint_eq(table_count(t), 1);
}
END_TEST

START_TEST(a_fork_heard_after_the_listing_is_the_one_met)
{
	uint64_t next_ns;

	appear(10, 1, "parent");
	appear(11, 10, "child");
	clock_ns = 50;
	meet(11, 1)->settled = true;
	meet(10, 1);
	clock_ns = 40;
	tell(EVENT_FORK, 11, 11, 10);
	ck_assert(find(11)->settled);
	ck_assert_int_eq(table_parent(t, find(11))->id.pid, 10);
	ck_assert_ptr_null(due(UINT64_MAX, &next_ns));
	clock_ns = 60;
	do_fork(10, 11);
	ck_assert(!find(11)->settled);
}
END_TEST

START_TEST(parents_listed_after_their_children_are_found)
{
	appear(10, 90, "child");
	appear(90, 1, "parent");
	appear(1, 0, "init");
	table_listing_begin(t);
	meet(10, 1);
	meet(90, 1);
	meet(1, 1);
	ck_assert_ptr_null(table_parent(t, find(10)));
	listing_end();
	ck_assert_int_eq(table_parent(t, find(10))->id.pid, 90);
	ck_assert_int_eq(table_parent(t, find(90))->id.pid, 1);
	ck_assert_ptr_null(table_parent(t, find(1)));
}
END_TEST

START_TEST(a_torn_view_of_parents_makes_no_circle)
{
	appear(10, 11, "a");
	appear(11, 10, "b");
	table_listing_begin(t);
	meet(10, 1);
	meet(11, 1);
	listing_end();
	ck_assert(table_parent(t, find(10)) == NULL ||
	          table_parent(t, find(11)) == NULL);
	ck_assert_uint_lt(strlen(list_of(find(10), FACT_ancestors)), 5);
}
END_TEST

/* What changes in the middle of a walk changes for those passed already. */
START_TEST(a_walk_asked_for_on_the_way_reaches_who_was_passed)
{
	const uint64_t bit = 1;
	struct sweep   sweep = { 0 };
	struct task   *who;
	unsigned       met = 0;

	for (pid_t pid = 100; pid < 110; pid++) {
		do_fork(1, pid);
		table_find(t, (struct task_id){ .pid = pid, .tid = pid })
			->host_reads = bit;
	}
	sweep_walk(&sweep, bit, false);
	while (met < 5 && sweep_next(&sweep, t, NULL, &who, NULL, NULL) == 1)
		met++;
	sweep_walk(&sweep, bit, false);
	while (sweep_next(&sweep, t, NULL, &who, NULL, NULL) == 1)
		met++;
	ck_assert_uint_ge(met, 5 + 10);
	ck_assert(!sweep_active(&sweep));
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, a_listing_drops_whom_it_did_not_meet);
	tcase_add_test(c, a_listing_doubts_what_it_did_not_see);
	tcase_add_test(c, a_listing_finds_an_exec_that_was_lost);
	tcase_add_test(c, a_kernel_thread_by_another_name_is_what_it_was);
	tcase_add_test(c, a_listed_stranger_takes_the_place_of_the_dead);
	tcase_add_test(c, a_fork_heard_after_the_listing_is_the_one_met);
	tcase_add_test(c, parents_listed_after_their_children_are_found);
	tcase_add_test(c, a_torn_view_of_parents_makes_no_circle);
	tcase_add_test(c, a_walk_asked_for_on_the_way_reaches_who_was_passed);
	return run_case(c, "process: listing");
}
