/* meet.c -- rows for what was found alive, and the end of what was not. */

#include "process/rows.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

/* Whose child it is, and what else comes along.  Most of those that are listed
 * are never looked at any closer, so what does not is read when it is
 * needed.  0, or -ESRCH. */
static int read_parent(struct table *t, struct row *row)
{
	const struct sensor *door = t->sensor;
	struct task_id       id = row->task.id;
	int r = door->glimpse == NULL || id.born != 0 ? -ENODATA :
	        door->glimpse(door->self, id.pid, &row->facts,
	                      &row->met_ppid);

	if (r == 0) {
		row->drift_ns = door->now_ns(door->self);
		return row_identify(row);
	}
	if (r == -ESRCH)
		return r;
	r = row_read(t, row, facts_of_source(FACT_SOURCE_STAT));
	return r == -ESRCH ? r : 0;
}

static void link_parent(struct table *t, struct row *row)
{
	pid_t ppid = row->facts.known & FACT_BIT(FACT_ppid)
	             ? row->facts.ppid : row->met_ppid;

	if (ppid > 0)
		lineage_link(row, row_with_pid(t, ppid));
}

int row_arrive(struct table *t, struct task_id id, uint64_t now_ns,
               struct row **ret_row)
{
	struct row *row;
	int         r = row_new(t, id, now_ns, &row);

	if (r < 0)
		return r;
	if (read_parent(t, row) == -ESRCH) {
		row_die(t, row);
		return -ESRCH;
	}
	link_parent(t, row);
	*ret_row = row;
	return 0;
}

/* When somebody was born; 0: cannot be read. */
struct birth {
	uint64_t born, start_ns;
};

/* Of who has that pid now, where whoever lists did not say. */
static int born_now(struct table *t, struct task_id id, struct birth *ret)
{
	const struct sensor *door = t->sensor;
	struct facts         f = { .known = 0 };
	int                  r = 0;

	*ret = (struct birth){ .born = id.born };
	if (id.born == 0)
		r = door->facts(door->self, id, FACT_BIT(FACT_start_time), &f);
	if (f.known & FACT_BIT(FACT_start_time))
		*ret = (struct birth){ f.born, (uint64_t)f.start_time_ns };
	facts_clear(&f);
	return r == -ESRCH ? r : 0;
}

/* Of a row whose birth nobody asked for, what was born since is another. */
static bool is_another(const struct row *row, struct birth now)
{
	if (row->task.id.born != 0)
		return now.born != 0 && now.born != row->task.id.born;
	return row->met && now.start_ns > row->met_ns;
}

/* 1: the row is that very process; 0: it was another one, and is dead now. */
static int row_is_still(struct table *t, struct row *row, struct task_id id)
{
	struct birth now;
	int          r = born_now(t, id, &now);

	if (r < 0)
		return r;
	if (is_another(row, now)) {
		row_die(t, row);
		return 0;
	}
	if (row->task.id.born == 0 && now.born != 0)
		row_born(row, now.born);
	return 1;
}

/* What tells a program from others, as far as it was read of the one that runs
 * and not of one that is to come. */
static uint64_t program_fact(const struct row *row)
{
	uint64_t known = row->task.coming_ns != 0 ? 0 : row->facts.known;
	uint64_t exe = known & FACT_BIT(FACT_exe);

	return exe != 0 ? exe : known & FACT_BIT(FACT_name);
}

static uint32_t program_sum(const struct facts *f, uint64_t fact)
{
	const char *text = fact == FACT_BIT(FACT_exe) ? f->exe : f->name;

	return (f->known & fact) == 0 ? 0 : text_hash(text, strlen(text));
}

/* A worker of the kernel's, which never runs another program, has in its name
 * what it works at just now. */
static bool runs_another(const struct row *row, uint32_t before, uint32_t now)
{
	return before != 0 && now != 0 && now != before &&
	       !row_is_kernel_thread(row);
}

/* Whoever lists may not have heard of the last exec or change of owner. */
static void row_doubt(struct table *t, struct row *row)
{
	uint64_t fact = program_fact(row);
	uint64_t also = fact == FACT_BIT(FACT_name)
	                ? FACT_BIT(FACT_start_time) : 0;
	uint32_t before = program_sum(&row->facts, fact), now;

	row->listing = t->listing;
	row_forget(row, ~FACT_BIT(FACT_start_time));
	row_read(t, row, t->keep | fact | also);
	now = program_sum(&row->facts, fact);
	if (!runs_another(row, before, now))
		return;
	row_exec(t, row, t->sensor->now_ns(t->sensor->self));
	row->task.exec_missed = true;
	row_read(t, row, t->keep);
}

int table_meet(struct table *t, struct task_id id, struct task **ret_task)
{
	uint64_t    now_ns = t->sensor->now_ns(t->sensor->self);
	struct row *row = row_with_pid(t, id.pid);
	int         r = row == NULL ? 0 : row_is_still(t, row, id);

	if (r < 0)
		return r;
	if (r == 1) {
		if (row->listing != t->listing)
			row_doubt(t, row);
		*ret_task = &row->task;
		return 0;
	}
	r = row_arrive(t, id, now_ns, &row);
	if (r < 0)
		return r;
	row->met = true;
	row->met_ns = now_ns;
	row_date(row);
	row_read(t, row, t->keep);
	*ret_task = &row->task;
	return 1;
}

int table_meet_thread(struct table *t, struct task *p, pid_t tid,
                      struct task **ret_task)
{
	struct row    *process = row_of(t, table_process_of(t, p)->slot);
	struct thread *thread;
	int            r;

	if (tid == process->task.id.pid)
		tid = task_id_main(process->task.id).tid;
	thread = thread_with_tid(t, tid);
	process->threads_listing = t->listing;
	if (thread != NULL && thread->task.id.pid == process->task.id.pid) {
		if (thread->listing != t->listing)
			table_forget(t, &thread->task, FACT_BIT(FACT_comm));
		thread->listing = t->listing;
		*ret_task = &thread->task;
		return 0;
	}
	if (thread != NULL)
		thread_free(t, thread);         /* its end was lost           */
	r = thread_new(t, process, tid, t->sensor->now_ns(t->sensor->self),
	               &thread);
	if (r < 0)
		return r;
	*ret_task = &thread->task;
	return 1;
}

void table_listing_begin(struct table *t)
{
	t->listing++;
}

/* Threads count as listed only where the threads of their process were. */
static size_t drop_threads_not_met(struct table *t, struct row *row,
                                   void (*gone)(void *ctx, struct task_id id),
                                   void *ctx)
{
	struct thread *thread, *next;
	size_t         n = 0;

	if (row->threads_listing != t->listing)
		return 0;
	for (thread = row->threads; thread != NULL; thread = next) {
		next = thread->next;
		if (thread->listing == t->listing)
			continue;
		gone(ctx, thread->task.id);
		thread_free(t, thread);
		n++;
	}
	return n;
}

/* Parents may have been listed after their children. */
static void link_the_met(struct table *t)
{
	struct row *row;
	uint32_t    slot = 0;

	while ((row = row_next(t, &slot)) != NULL) {
		link_parent(t, row);
		row->met_ppid = 0;      /* another's by the next listing      */
	}
}

size_t table_listing_end(struct table *t,
                         void (*gone)(void *ctx, struct task_id id), void *ctx)
{
	struct row *row;
	uint32_t    slot = 0;
	size_t      n = 0;

	while ((row = row_next(t, &slot)) != NULL) {
		if (row->listing == t->listing) {
			n += drop_threads_not_met(t, row, gone, ctx);
			continue;
		}
		gone(ctx, row->task.id);
		row_die(t, row);
		n++;
	}
	link_the_met(t);
	return n;
}
