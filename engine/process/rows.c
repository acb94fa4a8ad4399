/* rows.c -- rows of processes and threads: birth, death, and finding them. */

#include "process/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct row *row_with_pid(struct table *t, pid_t pid)
{
	struct row *row;

	HASH_FIND(by_pid, t->by_pid, &pid, sizeof pid, row);
	return row;
}

struct thread *thread_with_tid(struct table *t, pid_t tid)
{
	struct thread *thread;

	HASH_FIND(by_tid, t->by_tid, &tid, sizeof tid, thread);
	return thread;
}

/* A birth of 0 on either side is one not yet read, and fits any: who gave it
 * means the process that has the pid now. */
struct row *row_find(struct table *t, struct task_id id)
{
	struct row *row = row_with_pid(t, id.pid);

	if (row == NULL || id.born == 0 || row->task.id.born == 0)
		return row;
	return row->task.id.born == id.born ? row : NULL;
}

/* A row keeps its slot, so a walk meets everyone who lives all along. */
struct row *row_next(const struct table *t, uint32_t *slot)
{
	while (*slot < t->rows.used) {
		struct row *row = row_of(t, (*slot)++);

		if (row->task.alive)
			return row;
	}
	return NULL;
}

/* Of a row that was another's before; nothing of that one may show. */
static void task_begin(struct task *task, struct task_id id, uint32_t slot,
                       uint64_t now_ns)
{
	memset(task, 0, sizeof *task);
	task->id = id;
	task->slot = slot;
	task->parent_slot = SLOT_NONE;
	task->alive = true;
	task->first_seen_ns = now_ns;
	memset(task->won, 0xff, sizeof task->won);      /* RULE_NONE */
}

static void row_begin(struct row *row, struct task_id id, uint32_t slot,
                      uint64_t now_ns)
{
	memset(row, 0, sizeof *row);
	row->program_ns = now_ns;
	id.tid = id.pid;
	task_begin(&row->task, id, slot, now_ns);
	row->task.facts = &row->facts;
}

/* Counted, whatever was short: rows or memory. */
static int refuse(struct table *t, int error)
{
	t->refused++;
	return error;
}

int row_new(struct table *t, struct task_id id, uint64_t now_ns,
            struct row **ret_row)
{
	struct row *row;
	uint32_t    slot;

	if (t->living == PROCESSES_MAX)
		return refuse(t, -ENOBUFS);
	row = pool_take(&t->rows, &slot);
	if (row == NULL)
		return refuse(t, -ENOMEM);
	row_begin(row, id, slot, now_ns);
	HASH_ADD(by_pid, t->by_pid, task.id.pid, sizeof id.pid, row);
	/* uthash leaves it so when it found no memory. */
	if (row->by_pid.tbl == NULL) {
		row->task.alive = false;
		pool_give_back(&t->rows, slot);
		return refuse(t, -ENOMEM);
	}
	row->listing = t->listing;
	t->living++;
	*ret_row = row;
	return 0;
}

/* The row may stay as an ancestor of the living; it is no longer found by its
 * pid, which the kernel may give to somebody else at once. */
static void tell_death(struct table *t, struct task *who)
{
	if (t->died != NULL)
		t->died(t->died_ctx, who);
}

void row_die(struct table *t, struct row *row)
{
	threads_free(t, row);
	tell_death(t, &row->task);
	row_wait_no_more(t, row);
	HASH_DELETE(by_pid, t->by_pid, row);
	row->task.alive = false;
	t->living--;
	lineage_bury(t, row);
}

/* Threads are known by the birth of their process. */
void row_born(struct row *row, uint64_t born)
{
	struct thread *thread;

	row->task.id.born = born;
	for (thread = row->threads; thread != NULL; thread = thread->next)
		thread->task.id.born = born;
}

void row_clear(struct row *row)
{
	facts_clear(&row->facts);
	free(row->line);
	free(row->app);
	free(row->container);
	free(row->ancestors);
	row->line = row->app = row->container = row->ancestors = NULL;
}

void row_free(struct table *t, struct row *row)
{
	row_clear(row);
	pool_give_back(&t->rows, row->task.slot);
}

/* The line is in the order of births, so whose time is up is the first. */
void row_wait(struct table *t, struct row *row, uint64_t now_ns)
{
	row->forked = true;
	row->forked_ns = now_ns;
	DL_APPEND2(t->forked, row, prev_forked, next_forked);
}

void row_wait_no_more(struct table *t, struct row *row)
{
	if (!row->forked)
		return;
	row->forked = false;
	DL_DELETE2(t->forked, row, prev_forked, next_forked);
}

/* Slots of threads follow those of all processes: one number names either. */
int thread_new(struct table *t, struct row *process, pid_t tid,
               uint64_t now_ns, struct thread **ret_thread)
{
	struct task_id id = process->task.id;
	struct thread *thread;
	uint32_t       slot;

	if (t->thread_count == THREADS_MAX)
		return refuse(t, -ENOBUFS);
	thread = pool_take(&t->threads, &slot);
	if (thread == NULL)
		return refuse(t, -ENOMEM);
	memset(thread, 0, sizeof *thread);
	id.tid = tid;
	task_begin(&thread->task, id, ROWS_MAX + slot, now_ns);
	thread->task.parent_slot = process->task.slot;
	HASH_ADD(by_tid, t->by_tid, task.id.tid, sizeof tid, thread);
	if (thread->by_tid.tbl == NULL) {
		thread->task.alive = false;
		pool_give_back(&t->threads, slot);
		return refuse(t, -ENOMEM);
	}
	thread->listing = t->listing;
	DL_APPEND(process->threads, thread);
	t->thread_count++;
	*ret_thread = thread;
	return 0;
}

void thread_free(struct table *t, struct thread *thread)
{
	struct row *process = row_of(t, thread->task.parent_slot);

	tell_death(t, &thread->task);
	HASH_DELETE(by_tid, t->by_tid, thread);
	DL_DELETE(process->threads, thread);
	thread->task.alive = false;
	t->thread_count--;
	pool_give_back(&t->threads, thread->task.slot - ROWS_MAX);
}

void threads_free(struct table *t, struct row *process)
{
	while (process->threads != NULL)
		thread_free(t, process->threads);
}
