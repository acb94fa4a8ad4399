/* test_process.c -- the table: births, deaths, lineage, bounds, facts. */

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process/rows.h"
#include "process/sweep.h"

#define PIDS 70000

/* Everybody there is, for a sensor made of nothing else. */
static struct being {
	bool        alive, slow_is_there;
	uint64_t    born;
	pid_t       ppid;
	uint32_t    flags;
	uid_t       uid;
	const char *name, *line;
	size_t      line_bytes;
} world[PIDS];

static uint64_t clock_ns;
static unsigned reads[FACT_COUNT];

static void read_line(const struct being *b, struct facts *f)
{
	f->known |= FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args);
	f->cmdline = malloc(b->line_bytes + 1);
	ck_assert_ptr_nonnull(f->cmdline);
	memcpy(f->cmdline, b->line, b->line_bytes);
	f->cmdline_bytes = b->line_bytes;
}

static void read_quick(const struct being *b, uint64_t which, struct facts *f)
{
	char exe[NAME_KEEP];

	f->known |= which;
	if (which & FACT_BIT(FACT_start_time)) {
		f->born = b->born;
		f->start_time_ns = (int64_t)b->born * 10;
		f->flags = b->flags;
	}
	if (which & FACT_BIT(FACT_ppid))
		f->ppid = b->ppid;
	if (which & FACT_BIT(FACT_uid))
		f->uid = b->uid;
	snprintf(exe, sizeof exe, "/bin/%s", b->name);
	if (which & FACT_BIT(FACT_name))
		facts_tell(f, FACT_name, b->name);
	if (which & FACT_BIT(FACT_exe))
		facts_tell(f, FACT_exe, exe);
	if (which & FACT_BIT(FACT_cgroup))
		facts_tell(f, FACT_cgroup, "");
	if (which & FACT_BIT(FACT_comm))
		snprintf(f->comm, sizeof f->comm, "%.15s", b->name);
}

static int world_facts(void *self, struct task_id whom, uint64_t which,
                       struct facts *f)
{
	const struct being *b = &world[task_id_is_thread(whom) ? whom.tid
	                                                       : whom.pid];
	uint64_t            slow = FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args);

	(void)self;
	which &= ~(f->known | f->unreadable);
	for (int i = 0; i < FACT_COUNT; i++)
		reads[i] += which & FACT_BIT(i) ? 1 : 0;
	if (!b->alive || (whom.born != 0 && world[whom.pid].born != whom.born))
		return -ESRCH;
	read_quick(b, which & ~slow, f);
	if ((which & slow) == 0)
		return 0;
	if (!b->slow_is_there)
		return -EINPROGRESS;
	read_line(b, f);
	return 0;
}

static uint64_t world_now(void *self)
{
	(void)self;
	return clock_ns;
}

static const struct sensor sensor = { .name = "test", .facts = world_facts,
                                      .now_ns = world_now };
static struct table *t;

static void start(void)
{
	memset(world, 0, sizeof world);
	memset(reads, 0, sizeof reads);
	clock_ns = 0;
	t = table_new(&sensor);
	ck_assert_ptr_nonnull(t);
}

static void stop(void)
{
	table_free(t);
}

static void appear(pid_t pid, pid_t ppid, const char *name)
{
	static uint64_t births = 100;

	world[pid] = (struct being){ .alive = true, .born = ++births,
	                             .ppid = ppid, .name = name };
}

static struct task *tell(enum event_kind kind, pid_t pid, pid_t tid,
                         pid_t parent)
{
	struct task *task = NULL;
	struct event e = { .kind = kind, .at_ns = clock_ns };

	e.u.task.who = (struct task_id){ .pid = pid, .tid = tid };
	e.u.task.parent = (struct task_id){ .pid = parent, .tid = parent };
	ck_assert_int_ge(table_update(t, &e, &task), 0);
	return task;
}

static struct task *do_fork(pid_t parent, pid_t pid)
{
	appear(pid, parent, world[parent].name == NULL ? "?"
	                                               : world[parent].name);
	return tell(EVENT_FORK, pid, pid, parent);
}

static struct task *do_exec(pid_t pid, const char *name)
{
	world[pid].name = name;
	return tell(EVENT_EXEC, pid, pid, 0);
}

static void do_exit(pid_t pid)
{
	world[pid].alive = false;
	ck_assert_ptr_null(tell(EVENT_EXIT, pid, pid, 0));
}

static struct task *find(pid_t pid)
{
	return table_find(t, (struct task_id){ .pid = pid, .tid = pid });
}

static struct task *meet(pid_t pid, int expected)
{
	struct task *task = NULL;

	ck_assert_int_eq(table_meet(t, (struct task_id){ .pid = pid,
	                                                 .tid = pid }, &task),
	                 expected);
	return task;
}

static const char *text_of(struct task *who, enum fact fact)
{
	struct value v;

	if (table_fact(t, who, fact, &v) != 1)
		return NULL;
	ck_assert_int_eq(v.type, FACT_TYPE_TEXT);
	ck_assert_uint_eq(v.bytes, strlen(v.text));
	return v.text;
}

static int64_t number_of(struct task *who, enum fact fact)
{
	struct value v;

	ck_assert_int_eq(table_fact(t, who, fact, &v), 1);
	return v.number;
}

/* The elements with a bar after each. */
static const char *list_of(struct task *who, enum fact fact)
{
	static char  out[4096];
	struct value v;

	ck_assert_int_eq(table_fact(t, who, fact, &v), 1);
	ck_assert_int_eq(v.type, FACT_TYPE_LIST);
	ck_assert_uint_lt(v.bytes, sizeof out);
	for (size_t i = 0; i < v.bytes; i++)
		out[i] = v.text[i];
	for (size_t i = 0; i < v.bytes; i++)
		if (out[i] == '\0')
			out[i] = '|';
	out[v.bytes] = '\0';
	return out;
}

static struct task *due(uint64_t now_ns, uint64_t *ret_next_ns)
{
	return table_fork_due(t, now_ns, 100, ret_next_ns);
}

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

static size_t count_threads(struct task *process)
{
	uint32_t     slot = 0;
	size_t       n = 0;
	struct task *thread;

	while ((thread = table_next_thread(t, process, &slot)) != NULL) {
		ck_assert_int_eq(thread->id.pid, process->id.pid);
		n++;
	}
	return n;
}

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
	task = do_exec(10, "old");
	appear(11, 1, "before");
	table_meet_thread(t, task, 11, &thread);
	text_of(task, FACT_name);
	text_of(thread, FACT_comm);
	world[10].name = "new";         /* the exec was lost                  */
	world[11].name = "after";
	meet(10, 0);
	ck_assert_str_eq(text_of(task, FACT_name), "old");
	table_listing_begin(t);
	ck_assert_ptr_eq(meet(10, 0), task);
	ck_assert_int_eq(table_meet_thread(t, task, 11, &thread), 0);
	listing_end();
	ck_assert_str_eq(text_of(task, FACT_name), "new");
	ck_assert_str_eq(text_of(thread, FACT_comm), "after");
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

/* The table against a model that forgets nothing and searches everything. */

#define CROWD      300
#define CAMPAIGN   100000
#define LIVES_MAX  (CAMPAIGN + 1)

struct life {
	pid_t pid;
	int   parent;                   /* -1: at the top                     */
	bool  alive, waiting;
};

static struct life lives[LIVES_MAX];
static int         life_count, line_at;
static uint64_t    seed;

static unsigned draw(unsigned below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % below;
}

static int life_of(pid_t pid)
{
	for (int i = life_count - 1; i >= 0; i--)
		if (lives[i].pid == pid)
			return lives[i].alive ? i : -1;
	return -1;
}

static void model_die(int i)
{
	if (i >= 0)
		lives[i].alive = lives[i].waiting = false;
}

static void model_fork(pid_t parent, pid_t pid)
{
	int from = life_of(parent);

	model_die(life_of(pid));
	lives[life_count++] = (struct life){ .pid = pid, .alive = true,
	                                     .waiting = true, .parent = from };
}

static void model_exec(pid_t pid)
{
	int i = life_of(pid);
	int from = life_of(world[pid].ppid);

	if (i < 0) {
		i = life_count++;
		lives[i] = (struct life){ .pid = pid, .alive = true,
		                          .parent = from };
	}
	lives[i].waiting = false;
}

static size_t model_count(void)
{
	size_t n = 0;

	for (pid_t pid = 1; pid <= CROWD; pid++)
		n += life_of(pid) >= 0;
	return n;
}

/* Dead ones with a living descendant. */
static size_t model_dead(void)
{
	static bool seen[LIVES_MAX];
	size_t      n = 0;

	memset(seen, 0, sizeof seen);
	for (pid_t pid = 1; pid <= CROWD; pid++) {
		int i = life_of(pid);

		for (i = i < 0 ? -1 : lives[i].parent; i >= 0 && !seen[i];
		     i = lives[i].parent) {
			seen[i] = true;
			n += !lives[i].alive;
		}
	}
	return n;
}

static void compare_lineage(int i, const struct task *task)
{
	while (i >= 0 && task != NULL) {
		ck_assert_int_eq(lives[i].pid, task->id.pid);
		ck_assert_int_eq(lives[i].alive, task->alive);
		i = lives[i].parent;
		task = table_parent(t, task);
	}
	ck_assert_int_eq(i, -1);
	ck_assert_ptr_null(task);
}

static void compare_pid(pid_t pid)
{
	int          i = life_of(pid);
	struct task *task = find(pid);

	ck_assert_int_eq(i >= 0, task != NULL);
	if (task != NULL)
		compare_lineage(i, task);
}

static void compare_all(void)
{
	ck_assert_uint_eq(table_count(t), model_count());
	ck_assert_uint_eq(t->dead, model_dead());
	ck_assert_uint_eq(table_cut(t), 0);
	for (pid_t pid = 1; pid <= CROWD; pid++)
		compare_pid(pid);
}

static void compare_due(void)
{
	uint64_t     next_ns;
	struct task *task = table_fork_due(t, clock_ns, 50, &next_ns);

	if (task == NULL)
		return;
	while (!lives[line_at].waiting)
		line_at++;
	ck_assert_int_eq(lives[line_at].pid, task->id.pid);
	lives[line_at].waiting = false;
}

static void one_event(void)
{
	pid_t    pid = 1 + (pid_t)draw(CROWD), other = 1 + (pid_t)draw(CROWD);
	unsigned dice = draw(100);

	clock_ns++;
	if (pid == other)
		return;
	if (dice < 40 && life_of(other) >= 0 &&
	    (life_of(pid) < 0 || draw(20) == 0)) {
		model_fork(other, pid);
		do_fork(other, pid);
	} else if (dice < 60 && (life_of(pid) >= 0 || draw(4) == 0)) {
		if (life_of(pid) < 0)
			appear(pid, other, "x");
		model_exec(pid);
		ck_assert_ptr_nonnull(do_exec(pid, "y"));
	} else if (dice < 95) {
		model_die(life_of(pid));
		do_exit(pid);
	} else {
		compare_due();
	}
	compare_pid(pid);
}

START_TEST(the_table_agrees_with_a_naive_model)
{
	seed = 0x9e3779b97f4a7c15u * (unsigned)(_i + 1);
	life_count = line_at = 0;
	for (int i = 0; i < CAMPAIGN; i++) {
		one_event();
		if (i % 1000 == 0)
			compare_all();
	}
	ck_assert_int_gt(life_count, CAMPAIGN / 10);
	for (pid_t pid = 1; pid <= CROWD; pid++) {
		model_die(life_of(pid));
		do_exit(pid);
	}
	compare_all();
	ck_assert_uint_eq(t->dead, 0);
	ck_assert_ptr_null(t->forked);
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

static Suite *process_suite(void)
{
	Suite *s = suite_create("process");
	TCase *c = tcase_create("table");

	tcase_add_checked_fixture(c, start, stop);
	tcase_set_timeout(c, 300);
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
	tcase_add_test(c, a_listing_drops_whom_it_did_not_meet);
	tcase_add_test(c, a_listing_doubts_what_it_did_not_see);
	tcase_add_test(c, a_listed_stranger_takes_the_place_of_the_dead);
	tcase_add_test(c, a_fork_heard_after_the_listing_is_the_one_met);
	tcase_add_test(c, parents_listed_after_their_children_are_found);
	tcase_add_test(c, a_torn_view_of_parents_makes_no_circle);
	tcase_add_test(c, a_full_table_refuses_and_counts);
	tcase_add_test(c, too_many_dead_cut_lineages_short);
	tcase_add_test(c, a_walk_asked_for_on_the_way_reaches_who_was_passed);
	tcase_add_loop_test(c, the_table_agrees_with_a_naive_model, 0, 3);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(process_suite());
	int      failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
