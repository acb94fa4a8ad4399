/* test_process.c -- who is born, runs another program and leaves is
 * who the table says. */

#include "small_table.h"

START_TEST(a_fork_without_exec_is_judged_once_settled)
{
	struct task *worker;
	uint64_t     next_ns;

	do_exec(10, "server");
	appear(10, 1, "server");
	do_exec(10, "server");
	clock_ns = 1000;
	ck_assert_ptr_null(do_fork(10, 11));
	ck_assert_ptr_null(due(1099, &next_ns));
	ck_assert_uint_eq(next_ns, 1100);
	worker = due(1100, &next_ns);
	ck_assert_ptr_nonnull(worker);
	ck_assert_int_eq(worker->id.pid, 11);
	ck_assert(!worker->execed);
	ck_assert_str_eq(text_of(worker, FACT_name), "server");
	ck_assert_uint_eq(next_ns, UINT64_MAX);
	ck_assert_ptr_null(due(9999, &next_ns));
}
END_TEST

START_TEST(an_exec_after_its_fork_is_judged_once)
{
	struct task *child;
	uint64_t     next_ns;

	do_fork(1, 10);
	ck_assert_ptr_null(tell(EVENT_RENAME, 10, 10, 0));
	ck_assert_ptr_null(tell(EVENT_UID, 10, 10, 0));
	ck_assert_ptr_null(tell(EVENT_FACTS, 10, 10, 0));
	child = do_exec(10, "cc1");
	ck_assert_ptr_nonnull(child);
	ck_assert(child->execed);
	ck_assert_ptr_null(due(UINT64_MAX, &next_ns));
	ck_assert_uint_eq(next_ns, UINT64_MAX);
	ck_assert_ptr_eq(tell(EVENT_RENAME, 10, 10, 0), child);
	ck_assert_ptr_eq(tell(EVENT_UID, 10, 10, 0), child);
	ck_assert_ptr_eq(tell(EVENT_FACTS, 10, 10, 0), child);
}
END_TEST

START_TEST(forks_come_due_oldest_first_and_the_dead_never)
{
	uint64_t next_ns;

	for (pid_t pid = 10; pid < 14; pid++) {
		clock_ns = (uint64_t)pid;
		do_fork(1, pid);
	}
	do_exit(10);
	do_exit(12);
	ck_assert_ptr_null(due(0, &next_ns));
	ck_assert_uint_eq(next_ns, 111);
	ck_assert_int_eq(due(500, &next_ns)->id.pid, 11);
	ck_assert_uint_eq(next_ns, 113);
	ck_assert_int_eq(due(500, &next_ns)->id.pid, 13);
	ck_assert_ptr_null(due(500, &next_ns));
}
END_TEST

START_TEST(a_reused_pid_is_a_stranger)
{
	struct task   *task = NULL;
	struct task_id old;

	do_fork(1, 10);
	task = do_exec(10, "old");
	number_of(task, FACT_start_time);
	old = task->id;
	ck_assert_uint_ne(old.born, 0);
	task->yielded = 1;
	task->tags.bits[0] = 1;
	do_exit(10);
	ck_assert_ptr_null(table_find(t, old));
	do_fork(1, 10);
	task = do_exec(10, "new");
	ck_assert_str_eq(text_of(task, FACT_name), "new");
	ck_assert_uint_eq(task->tags.bits[0], 0);
	number_of(task, FACT_start_time);
	ck_assert_uint_ne(task->id.born, old.born);
	ck_assert_ptr_null(table_find(t, old));
	ck_assert_ptr_eq(find(10), task);
}
END_TEST

START_TEST(a_reused_pid_is_a_stranger_when_its_end_was_lost)
{
	struct task   *task;
	struct task_id old;

	do_fork(1, 10);
	task = do_exec(10, "old");
	number_of(task, FACT_start_time);
	old = task->id;
	ck_assert_ptr_null(do_fork(1, 10));
	task = do_exec(10, "new");
	ck_assert(!task->settled);
	number_of(task, FACT_start_time);
	ck_assert_ptr_null(table_find(t, old));
	ck_assert_uint_eq(table_count(t), 1);
}
END_TEST

START_TEST(a_late_end_of_another_is_not_ours)
{
	struct event e = { .kind = EVENT_EXIT };
	struct task *task, *none = NULL;

	do_fork(1, 10);
	task = do_exec(10, "lives");
	number_of(task, FACT_start_time);
	e.u.task.who = task->id;
	e.u.task.who.born--;
	ck_assert_int_eq(table_update(t, &e, &none), 0);
	ck_assert_ptr_eq(find(10), task);
}
END_TEST

START_TEST(lineage_survives_a_double_fork)
{
	struct task *daemon;

	table_keep_facts(t, FACT_BIT(FACT_name));
	do_fork(1, 10);
	do_exec(10, "shell");
	do_fork(10, 11);
	do_exec(11, "launcher");
	do_fork(11, 12);                /* the launcher again, no exec        */
	do_fork(12, 13);
	do_exit(12);
	do_exit(11);
	daemon = do_exec(13, "daemon");
	do_exit(10);
	ck_assert_str_eq(list_of(daemon, FACT_ancestors),
	                 "launcher|launcher|shell|");
	ck_assert_str_eq(text_of(daemon, FACT_parent), "launcher");
	ck_assert_int_eq(table_parent(t, daemon)->id.pid, 12);
	ck_assert(!table_parent(t, daemon)->alive);
	ck_assert_ptr_null(find(12));
	ck_assert_uint_eq(t->dead, 3);
	do_exit(13);
	ck_assert_uint_eq(t->dead, 0);
	ck_assert_uint_eq(table_count(t), 0);
}
END_TEST

START_TEST(the_dead_stay_while_any_branch_lives)
{
	do_fork(1, 10);
	do_fork(10, 11);
	do_fork(10, 12);
	do_fork(11, 13);
	do_exit(10);
	do_exit(11);
	do_exit(13);
	ck_assert_uint_eq(t->dead, 1);          /* 10, for 12                 */
	ck_assert_int_eq(table_parent(t, find(12))->id.pid, 10);
	do_exit(12);
	ck_assert_uint_eq(t->dead, 0);
}
END_TEST

START_TEST(who_forks_and_leaves_for_ever_draws_a_short_chain)
{
	struct task *up;
	int          height = 0;

	do_fork(1, 10);
	for (int i = 0; i < 5000; i++) {
		do_fork(10 + i % 200, 10 + (i + 1) % 200);
		do_exit(10 + i % 200);
	}
	ck_assert_uint_le(t->dead, LINEAGE_MAX + 2);
	ck_assert_uint_gt(table_cut(t), 0);
	for (up = find(10); up != NULL; up = table_parent(t, up))
		height++;
	ck_assert_int_ge(height, LINEAGE_MAX);
}
END_TEST

START_TEST(a_dead_parent_is_no_ppid)
{
	struct task *child;

	do_fork(1, 10);
	do_fork(10, 11);
	child = do_exec(11, "child");
	ck_assert_int_eq(number_of(child, FACT_ppid), 10);
	world[11].ppid = 1;
	do_exit(10);
	ck_assert_int_eq(number_of(child, FACT_ppid), 1);
	ck_assert_int_eq(table_parent(t, child)->id.pid, 10);
}
END_TEST

START_TEST(an_unheard_of_exec_makes_a_row_with_its_parent)
{
	appear(10, 1, "shell");
	ck_assert_ptr_nonnull(do_exec(10, "shell"));
	appear(11, 10, "tool");
	ck_assert_int_eq(table_parent(t, do_exec(11, "tool"))->id.pid, 10);
	ck_assert_uint_eq(find(11)->id.born, world[11].born);
	ck_assert_ptr_null(do_exec(12, "gone"));
	ck_assert_ptr_null(find(12));
	ck_assert_uint_eq(table_count(t), 2);
}
END_TEST

START_TEST(an_exec_forgets_the_program_and_not_its_owner)
{
	struct task *task;

	do_fork(1, 10);
	world[10].uid = 7;
	task = do_exec(10, "first");
	ck_assert_str_eq(text_of(task, FACT_name), "first");
	ck_assert_int_eq(number_of(task, FACT_uid), 7);
	task->yielded = 3;
	task = do_exec(10, "second");
	ck_assert_str_eq(text_of(task, FACT_name), "second");
	ck_assert_str_eq(text_of(task, FACT_exe), "/bin/second");
	ck_assert_uint_eq(task->yielded, 0);
	ck_assert_int_eq(number_of(task, FACT_uid), 7);
	ck_assert_uint_eq(reads[FACT_uid], 1);
	ck_assert_uint_eq(reads[FACT_name], 2);
	world[10].uid = 8;
	tell(EVENT_UID, 10, 10, 0);
	ck_assert_int_eq(number_of(task, FACT_uid), 8);
}
END_TEST

START_TEST(a_full_table_refuses_and_counts)
{
	struct task *task = NULL;
	pid_t        pid;

	for (pid = 2; pid < (pid_t)PROCESSES_MAX + 2; pid++)
		do_fork(1, pid);
	ck_assert_uint_eq(table_count(t), PROCESSES_MAX);
	ck_assert_uint_eq(table_refused(t), 0);
	do_fork(1, pid);
	ck_assert_ptr_null(find(pid));
	ck_assert_uint_eq(table_refused(t), 1);
	meet(pid, -ENOBUFS);
	ck_assert_ptr_null(do_exec(pid, "full"));
	ck_assert_uint_eq(table_refused(t), 3);
	do_exit(2);
	ck_assert_ptr_nonnull(do_exec(pid, "room"));
	for (pid_t tid = 0; tid < (pid_t)THREADS_MAX; tid++)
		ck_assert_int_eq(table_meet_thread(t, find(3), PIDS + tid,
		                                   &task), 1);
	ck_assert_int_eq(table_meet_thread(t, find(3), 2 * PIDS, &task),
	                 -ENOBUFS);
	ck_assert_uint_eq(table_refused(t), 4);
}
END_TEST

START_TEST(too_many_dead_cut_lineages_short)
{
	/* Each of half the living has a dead parent; then again and again. */
	pid_t half = (pid_t)PROCESSES_MAX / 2;

	for (pid_t i = 0; i < half; i++)
		do_fork(1, 10 + i);
	for (int round = 0; round < 3; round++)
		for (pid_t i = 0; i < half; i++) {
			pid_t from = 10 + i + (round % 2 ? half : 0);
			pid_t to = 10 + i + (round % 2 ? 0 : half);

			do_fork(from, to);
			do_exit(from);
		}
	ck_assert_uint_eq(table_count(t), (size_t)half);
	ck_assert_uint_le(t->dead, PROCESSES_MAX);
	ck_assert_uint_gt(table_cut(t), 0);
	for (pid_t i = 0; i < half; i++)
		do_exit(10 + half + i);
	ck_assert_uint_eq(t->dead, 0);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, a_fork_without_exec_is_judged_once_settled);
	tcase_add_test(c, an_exec_after_its_fork_is_judged_once);
	tcase_add_test(c, forks_come_due_oldest_first_and_the_dead_never);
	tcase_add_test(c, a_reused_pid_is_a_stranger);
	tcase_add_test(c, a_reused_pid_is_a_stranger_when_its_end_was_lost);
	tcase_add_test(c, a_late_end_of_another_is_not_ours);
	tcase_add_test(c, lineage_survives_a_double_fork);
	tcase_add_test(c, the_dead_stay_while_any_branch_lives);
	tcase_add_test(c, who_forks_and_leaves_for_ever_draws_a_short_chain);
	tcase_add_test(c, a_dead_parent_is_no_ppid);
	tcase_add_test(c, an_unheard_of_exec_makes_a_row_with_its_parent);
	tcase_add_test(c, an_exec_forgets_the_program_and_not_its_owner);
	tcase_add_test(c, a_full_table_refuses_and_counts);
	tcase_add_test(c, too_many_dead_cut_lineages_short);
	return run_case(c, "process");
}
