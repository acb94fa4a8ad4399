/* small_table.h -- a table of tasks, and a world that the test
 * makes up for it. */
#ifndef TESTS_SMALL_TABLE_H
#define TESTS_SMALL_TABLE_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process/rows.h"
#include "process/sweep.h"
#include "suite.h"

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

static inline void read_line(const struct being *b, struct facts *f)
{
	f->known |= FACT_BIT(FACT_cmdline) | FACT_BIT(FACT_args);
	f->cmdline = malloc(b->line_bytes + 1);
	ck_assert_ptr_nonnull(f->cmdline);
	memcpy(f->cmdline, b->line, b->line_bytes);
	f->cmdline_bytes = b->line_bytes;
}

static inline void read_quick(const struct being *b, uint64_t which,
                              struct facts *f)
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

static inline int world_facts(void *self, struct task_id whom, uint64_t which,
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

static inline uint64_t world_now(void *self)
{
	(void)self;
	return clock_ns;
}

static const struct sensor sensor = { .name = "test", .facts = world_facts,
                                      .now_ns = world_now };
static struct table *t;

static inline void start(void)
{
	memset(world, 0, sizeof world);
	memset(reads, 0, sizeof reads);
	clock_ns = 0;
	t = table_new(&sensor);
	ck_assert_ptr_nonnull(t);
}

static inline void stop(void)
{
	table_free(t);
}

static inline void appear(pid_t pid, pid_t ppid, const char *name)
{
	static uint64_t births = 100;

	world[pid] = (struct being){ .alive = true, .born = ++births,
	                             .ppid = ppid, .name = name };
}

static inline struct task *tell(enum event_kind kind, pid_t pid, pid_t tid,
                                pid_t parent)
{
	struct task *task = NULL;
	struct event e = { .kind = kind, .at_ns = clock_ns };

	e.u.task.who = (struct task_id){ .pid = pid, .tid = tid };
	e.u.task.parent = (struct task_id){ .pid = parent, .tid = parent };
	ck_assert_int_ge(table_update(t, &e, &task), 0);
	return task;
}

static inline struct task *do_fork(pid_t parent, pid_t pid)
{
	appear(pid, parent, world[parent].name == NULL ? "?"
	                                               : world[parent].name);
	return tell(EVENT_FORK, pid, pid, parent);
}

static inline struct task *do_exec(pid_t pid, const char *name)
{
	world[pid].name = name;
	return tell(EVENT_EXEC, pid, pid, 0);
}

static inline void do_exit(pid_t pid)
{
	world[pid].alive = false;
	ck_assert_ptr_null(tell(EVENT_EXIT, pid, pid, 0));
}

static inline struct task *find(pid_t pid)
{
	return table_find(t, (struct task_id){ .pid = pid, .tid = pid });
}

static inline struct task *meet(pid_t pid, int expected)
{
	struct task *task = NULL;

	ck_assert_int_eq(table_meet(t, (struct task_id){ .pid = pid,
	                                                 .tid = pid }, &task),
	                 expected);
	return task;
}

static inline const char *text_of(struct task *who, enum fact fact)
{
	struct value v;

	if (table_fact(t, who, fact, &v) != 1)
		return NULL;
	ck_assert_int_eq(v.type, FACT_TYPE_TEXT);
	ck_assert_uint_eq(v.bytes, strlen(v.text));
	return v.text;
}

static inline int64_t number_of(struct task *who, enum fact fact)
{
	struct value v;

	ck_assert_int_eq(table_fact(t, who, fact, &v), 1);
	return v.number;
}

/* The elements with a bar after each. */
static inline const char *list_of(struct task *who, enum fact fact)
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

static inline struct task *due(uint64_t now_ns, uint64_t *ret_next_ns)
{
	return table_fork_due(t, now_ns, 100, ret_next_ns);
}

static inline size_t count_threads(struct task *process)
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

static inline TCase *case_new(void)
{
	TCase *c = tcase_create("table");

	tcase_add_checked_fixture(c, start, stop);
	tcase_set_timeout(c, 300);
	return c;
}

#endif
