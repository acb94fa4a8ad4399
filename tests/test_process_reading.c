/* test_process_reading.c -- facts are read when asked for, and threads
 * where rules want them. */

#include "small_table.h"

START_TEST(a_fact_is_read_when_first_asked_and_then_known)
{
	struct task *task;

	do_fork(1, 10);
	task = do_exec(10, "cat");
	for (int i = 0; i < FACT_COUNT; i++)
		ck_assert_uint_eq(reads[i], 0);
	ck_assert_uint_eq(task->id.born, 0);
	text_of(task, FACT_name);
	text_of(task, FACT_exe);        /* the same file told it              */
	text_of(task, FACT_name);
	ck_assert_uint_eq(reads[FACT_exe], 1);
	ck_assert_uint_eq(reads[FACT_name], 1);
	number_of(task, FACT_threads);
	ck_assert_uint_eq(task->id.born, world[10].born);
	table_forget(t, task, FACT_BIT(FACT_threads));
	number_of(task, FACT_threads);
	ck_assert_uint_eq(reads[FACT_threads], 2);
	ck_assert_uint_eq(reads[FACT_ppid], 1);
	ck_assert_ptr_null(text_of(task, FACT_unit));
	ck_assert_ptr_null(text_of(task, FACT_cgroup));
	world[10].alive = false;
	table_forget(t, task, FACT_BIT(FACT_comm));
	ck_assert_int_eq(table_fact(t, task, FACT_comm, &(struct value){ 0 }),
	                 -ESRCH);
}
END_TEST

START_TEST(age_counts_from_birth_and_is_never_negative)
{
	struct task *task;

	do_fork(1, 10);
	task = do_exec(10, "cat");
	clock_ns = world[10].born * 10 - 1;
	ck_assert_int_eq(number_of(task, FACT_age), 0);
	clock_ns += 51;
	ck_assert_int_eq(number_of(task, FACT_age), 50);
}
END_TEST

#define LINE(text) .line = (text), .line_bytes = sizeof(text)

static const struct { const char *line; size_t line_bytes;
                      const char *cmdline, *args; } lines[] = {
	{ LINE("cc\0-O2\0a file.c"), "cc -O2 a file.c", "-O2|a file.c|" },
	{ LINE("cc"), "cc", "" },
	{ LINE("chrome --type=gpu  --x "), "chrome --type=gpu  --x ",
	  "--type=gpu|--x|" },
	{ LINE("nginx: worker\0\0\0\0"), "nginx: worker", "worker|" },
	{ LINE("a\0\0b"), "a  b", "|b|" },
	{ LINE("\0\0"), NULL, NULL },
	{ "", 0, NULL, NULL },
};

START_TEST(a_command_line_is_joined_and_its_words_parted)
{
	struct task *task;
	struct value v;

	do_fork(1, 10);
	task = do_exec(10, "cat");
	ck_assert_int_eq(table_fact(t, task, FACT_args, &v), -EINPROGRESS);
	world[10].line = lines[_i].line;
	world[10].line_bytes = lines[_i].line_bytes;
	world[10].slow_is_there = true;
	ck_assert_ptr_eq(tell(EVENT_FACTS, 10, 10, 0), task);
	if (lines[_i].args == NULL) {
		ck_assert_int_eq(table_fact(t, task, FACT_args, &v), 0);
		ck_assert_int_eq(table_fact(t, task, FACT_cmdline, &v), 0);
		return;
	}
	for (int twice = 0; twice < 2; twice++) {
		ck_assert_str_eq(list_of(task, FACT_args), lines[_i].args);
		ck_assert_str_eq(text_of(task, FACT_cmdline),
		                 lines[_i].cmdline);
	}
	ck_assert_uint_eq(reads[FACT_args], 2);
}
END_TEST

START_TEST(a_kept_command_line_is_inherited_by_a_fork)
{
	struct value v;

	table_keep_facts(t, FACT_BIT(FACT_cmdline));
	do_fork(1, 10);
	do_exec(10, "sh");
	ck_assert_uint_eq(reads[FACT_cmdline], 1);
	world[10].line = "sh\0-c";
	world[10].line_bytes = 6;
	world[10].slow_is_there = true;
	tell(EVENT_FACTS, 10, 10, 0);
	do_fork(10, 11);
	do_fork(11, 12);
	do_exit(11);
	ck_assert_str_eq(text_of(table_parent(t, find(12)), FACT_cmdline),
	                 "sh -c");
	do_exec(12, "tool");
	ck_assert_int_eq(table_fact(t, find(12), FACT_cmdline, &v),
	                 -EINPROGRESS);
}
END_TEST

START_TEST(facts_to_keep_are_read_of_those_already_there)
{
	do_fork(1, 10);
	do_fork(10, 11);
	table_keep_facts(t, FACT_BIT(FACT_ancestors));
	do_exit(10);
	world[10].name = "unseen";
	ck_assert_str_eq(text_of(find(11), FACT_parent), "?");
}
END_TEST

START_TEST(a_kernel_thread_is_named_by_its_comm)
{
	struct task *task;

	appear(10, 2, "kworker/0:1");
	world[10].flags = 0x00200000;
	task = meet(10, 1);
	ck_assert_str_eq(text_of(task, FACT_name), "kworker/0:1");
	world[10].name = "kworker/1:0";
	tell(EVENT_RENAME, 10, 10, 0);
	ck_assert_str_eq(text_of(task, FACT_name), "kworker/1:0");
	ck_assert_str_eq(text_of(task, FACT_comm), "kworker/1:0");
}
END_TEST

START_TEST(threads_have_rows_only_where_rules_want_them)
{
	struct task *process, *thread;

	do_fork(1, 10);
	process = do_exec(10, "player");
	appear(11, 1, "decoder");
	ck_assert_ptr_null(tell(EVENT_THREAD, 10, 11, 0));
	ck_assert_ptr_null(tell(EVENT_RENAME, 10, 11, 0));
	ck_assert_uint_eq(t->thread_count, 0);
	process->thread_rules = true;
	thread = tell(EVENT_RENAME, 10, 11, 0);
	ck_assert_ptr_nonnull(thread);
	ck_assert_ptr_eq(table_process_of(t, thread), process);
	ck_assert_str_eq(text_of(thread, FACT_name), "decoder");
	world[11].name = "mixer";
	ck_assert_str_eq(text_of(thread, FACT_comm), "decoder");
	ck_assert_ptr_eq(tell(EVENT_RENAME, 10, 11, 0), thread);
	ck_assert_str_eq(text_of(thread, FACT_comm), "mixer");
	ck_assert_int_eq(number_of(thread, FACT_tid), 11);
	ck_assert_int_eq(number_of(thread, FACT_pid), 10);
	ck_assert_str_eq(text_of(thread, FACT_exe), "/bin/player");
	number_of(thread, FACT_ppid);
	ck_assert_uint_eq(thread->id.born, process->id.born);
	ck_assert_ptr_eq(table_find(t, thread->id), thread);
	ck_assert_ptr_null(tell(EVENT_EXIT, 10, 11, 0));
	ck_assert_ptr_null(table_find(t, (struct task_id){ .pid = 10,
	                                                   .tid = 11 }));
	ck_assert_ptr_eq(find(10), process);
}
END_TEST

START_TEST(thread_rows_end_with_their_process_and_its_program)
{
	struct task *a, *b, *thread;
	uint32_t     slot = 0;
	size_t       rows = 0;

	do_fork(1, 10);
	a = do_exec(10, "a");
	do_fork(1, 20);
	b = do_exec(20, "b");
	for (pid_t tid = 11; tid < 16; tid++) {
		ck_assert_int_eq(table_meet_thread(t, a, tid, &thread), 1);
		ck_assert_int_eq(table_meet_thread(t, a, tid, &thread), 0);
		ck_assert_int_eq(table_meet_thread(t, b, tid + 10, &thread),
		                 1);
	}
	ck_assert_int_eq(table_meet_thread(t, a, 10, &thread), 1);
	ck_assert_ptr_ne(thread, a);
	ck_assert(task_id_is_main(thread->id));
	ck_assert_ptr_eq(table_process_of(t, thread), a);
	ck_assert_ptr_eq(table_find(t, task_id_main(a->id)), thread);
	ck_assert_int_eq(table_meet_thread(t, a, 10, &thread), 0);
	ck_assert_uint_eq(count_threads(a), 6);
	while (table_next(t, &slot) != NULL)
		rows++;
	ck_assert_uint_eq(rows, 13);
	ck_assert_uint_eq(table_count(t), 2);
	do_exec(10, "c");
	ck_assert_uint_eq(count_threads(find(10)), 0);
	ck_assert_uint_eq(count_threads(b), 5);
	do_exit(20);
	ck_assert_uint_eq(t->thread_count, 0);
}
END_TEST

START_TEST(a_walk_bears_the_loss_of_the_thread_just_given)
{
	struct task *process, *thread;
	uint32_t     slot = 0;
	int          n = 0;

	do_fork(1, 10);
	process = do_exec(10, "a");
	for (pid_t tid = 11; tid < 21; tid++)
		table_meet_thread(t, process, tid, &thread);
	while ((thread = table_next_thread(t, process, &slot)) != NULL) {
		table_drop_thread(t, thread);
		n++;
	}
	ck_assert_int_eq(n, 10);
	ck_assert_uint_eq(t->thread_count, 0);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, a_fact_is_read_when_first_asked_and_then_known);
	tcase_add_test(c, age_counts_from_birth_and_is_never_negative);
	tcase_add_loop_test(c, a_command_line_is_joined_and_its_words_parted,
	                    0, sizeof lines / sizeof lines[0]);
	tcase_add_test(c, a_kept_command_line_is_inherited_by_a_fork);
	tcase_add_test(c, facts_to_keep_are_read_of_those_already_there);
	tcase_add_test(c, a_kernel_thread_is_named_by_its_comm);
	tcase_add_test(c, threads_have_rows_only_where_rules_want_them);
	tcase_add_test(c, thread_rows_end_with_their_process_and_its_program);
	tcase_add_test(c, a_walk_bears_the_loss_of_the_thread_just_given);
	return run_case(c, "process: reading");
}
