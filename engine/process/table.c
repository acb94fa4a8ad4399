/* table.c -- all living tasks, brought up to date by events and by listing. */

#include "process/rows.h"

#include <errno.h>
#include <stdlib.h>

struct table *table_new(const struct sensor *sensor)
{
	struct table *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->sensor = sensor;
	if (pool_open(&t->rows, sizeof(struct row), ROWS_MAX) < 0 ||
	    pool_open(&t->threads, sizeof(struct thread), THREADS_MAX) < 0) {
		table_free(t);
		return NULL;
	}
	return t;
}

void table_on_forgotten(struct table *t,
                        void (*gone)(void *ctx, struct task_id id), void *ctx)
{
	t->forgotten = gone;
	t->forgotten_ctx = ctx;
}

void table_on_death(struct table *t,
                    void (*died)(void *ctx, struct task *who), void *ctx)
{
	t->died = died;
	t->died_ctx = ctx;
}

/* What is free is emptied before it is used again. */
static void task_untag(struct task *who, uint32_t voice)
{
	static const struct tag_set none;

	if (voice == VOICE_SYSTEM || voice == VOICE_NEXT ||
	    who->voice == voice) {
		task_tag(who, voice, &none);
		task_tag_tree(who, voice, &none);
	}
}

void table_untag(struct table *t, uint32_t voice)
{
	for (uint32_t i = 0; i < t->rows.used; i++)
		task_untag(&row_of(t, i)->task, voice);
	for (uint32_t i = 0; i < t->threads.used; i++)
		task_untag(&thread_of(t, i + ROWS_MAX)->task, voice);
}

void table_each_row(struct table *t, void (*f)(void *ctx, struct task *who),
                    void *ctx)
{
	for (uint32_t i = 0; i < t->rows.used; i++)
		f(ctx, &row_of(t, i)->task);
	for (uint32_t i = 0; i < t->threads.used; i++)
		f(ctx, &thread_of(t, i + ROWS_MAX)->task);
}

static void task_unvoice(struct task *who, uint32_t voice)
{
	task_untag(who, voice);
	if (who->voice == voice)
		who->voice = VOICE_SYSTEM;
}

void table_unvoice(struct table *t, uint32_t voice)
{
	for (uint32_t i = 0; i < t->rows.used; i++)
		task_unvoice(&row_of(t, i)->task, voice);
	for (uint32_t i = 0; i < t->threads.used; i++)
		task_unvoice(&thread_of(t, i + ROWS_MAX)->task, voice);
}

/* The pools hold dead ancestors too; all of them may own texts. */
void table_free(struct table *t)
{
	if (t == NULL)
		return;
	HASH_CLEAR(by_pid, t->by_pid);
	HASH_CLEAR(by_tid, t->by_tid);
	for (uint32_t i = 0; i < t->rows.used; i++)
		row_clear(row_of(t, i));
	pool_close(&t->rows);
	pool_close(&t->threads);
	free(t);
}

/* A bound that was reached is counted, and the task goes unmanaged. */
static int unmanaged(int error)
{
	return error == -ENOBUFS ? 0 : error;
}

/* The listing may have met the child of a fork before we hear of the fork. */
static bool fork_was_met(const struct row *row, const struct event *e)
{
	uint64_t born = e->u.task.who.born;

	if (row == NULL)
		return false;
	if (born != 0 && row->task.id.born != 0)
		return born == row->task.id.born;
	return row->met && row->met_ns >= e->at_ns;
}

static int take_fork(struct table *t, const struct event *e,
                   struct task **ret_task)
{
	struct row *row = row_with_pid(t, e->u.task.who.pid);
	bool        met = fork_was_met(row, e);
	struct row *parent;
	int         r;

	(void)ret_task;
	if (row != NULL && !met)
		row_die(t, row);        /* its end was lost                   */
	parent = row_find(t, e->u.task.parent);
	if (!met) {
		r = row_new(t, e->u.task.who, e->at_ns, &row);
		if (r < 0)
			return unmanaged(r);
		if (parent != NULL)
			row_inherit(t, row, parent);
		row_wait(t, row, e->at_ns);
	}
	lineage_link(row, parent);
	lineage_trim(t, row->parent);
	return 0;
}

/* Thread rows are there only where a rule speaks of threads. */
static int take_thread(struct table *t, const struct event *e,
                     struct task **ret_task)
{
	struct task_id who = e->u.task.who;
	struct row    *process = row_find(t, who);
	int            r;

	if (process == NULL || !process->task.thread_rules)
		return 0;
	r = table_meet_thread(t, &process->task, who.tid, ret_task);
	if (r > 0)
		(*ret_task)->newborn = e->kind == EVENT_THREAD;
	return r < 0 ? unmanaged(r) : r;
}

void row_exec(struct table *t, struct row *row, uint64_t at_ns)
{
	row_wait_no_more(t, row);
	threads_free(t, row);           /* an exec leaves only the leader     */
	row_forget_program(row);
	row->task.coming_ns = 0;
	row->task.execed = true;
	row->task.exec_missed = false;
	row->task.yielded = row->task.stuck = 0;
	row->task.resting = false;
	row->task.first_seen_ns = at_ns;
	row->program_ns = at_ns;
}

/* An exec of someone unknown is one whose birth was lost, or was before us. */
static int take_exec(struct table *t, const struct event *e,
                   struct task **ret_task)
{
	struct task_id who = e->u.task.who;
	struct row    *row = row_find(t, who);
	int            r;

	if (row == NULL) {
		row = row_with_pid(t, who.pid);
		if (row != NULL)
			row_die(t, row);
		r = row_arrive(t, who, e->at_ns, &row);
		if (r < 0)
			return r == -ESRCH ? 0 : unmanaged(r);
	}
	row_exec(t, row, e->at_ns);
	row->listing = t->listing;
	row_read(t, row, t->keep);
	*ret_task = &row->task;
	return 1;
}

/* While an exec may follow, whatever else happens can wait for it. */
static int judge(struct row *row, struct task **ret_task)
{
	if (row->forked)
		return 0;
	*ret_task = &row->task;
	return 1;
}

/* A thread names itself after its birth, so a rule may first fit it now. */
static int take_thread_rename(struct table *t, const struct event *e,
                            struct task **ret_task)
{
	struct thread *thread = thread_with_tid(t, e->u.task.who.tid);

	if (thread == NULL || thread->task.id.pid != e->u.task.who.pid)
		return take_thread(t, e, ret_task);
	table_forget(t, &thread->task, FACT_BIT(FACT_comm));
	*ret_task = &thread->task;
	return 1;
}

static int take_rename(struct table *t, const struct event *e,
                     struct task **ret_task)
{
	struct row *row = row_find(t, e->u.task.who);

	if (row == NULL)
		return 0;
	if (task_id_is_thread(e->u.task.who))
		return take_thread_rename(t, e, ret_task);
	row_forget_comm(row);
	row_read(t, row, t->keep);
	return judge(row, ret_task);
}

static int take_uid(struct table *t, const struct event *e,
                  struct task **ret_task)
{
	struct row *row = row_find(t, e->u.task.who);

	if (row == NULL || task_id_is_thread(e->u.task.who))
		return 0;               /* the leader's ids are the process's */
	row_forget_owner(row);
	row_read(t, row, t->keep);
	return judge(row, ret_task);
}

static int take_exit(struct table *t, const struct event *e,
                   struct task **ret_task)
{
	struct task_id who = e->u.task.who;
	struct row    *row = row_find(t, who);
	struct thread *thread;

	(void)ret_task;
	if (!task_id_is_thread(who)) {
		if (row != NULL)
			row_die(t, row);
		return 0;
	}
	thread = thread_with_tid(t, who.tid);
	if (row != NULL && thread != NULL && thread->task.id.pid == who.pid)
		thread_free(t, thread);
	return 0;
}

/* A slow fact has come; it is in the sensor's hands and read from there. */
static int take_facts(struct table *t, const struct event *e,
                    struct task **ret_task)
{
	struct row *row = row_find(t, e->u.task.who);

	if (row == NULL)
		return 0;
	row_read(t, row, t->keep);
	row_renew(t, row);
	return judge(row, ret_task);
}

int table_update(struct table *t, const struct event *e, struct task **ret_task)
{
	static int (*const take[EVENT_KINDS])(struct table *,
	                                    const struct event *,
	                                    struct task **) = {
		[EVENT_FORK] = take_fork,         [EVENT_THREAD] = take_thread,
		[EVENT_EXEC] = take_exec,         [EVENT_RENAME] = take_rename,
		[EVENT_UID] = take_uid,           [EVENT_EXIT] = take_exit,
		[EVENT_FACTS] = take_facts,
	};

	return take[e->kind] == NULL ? 0 : take[e->kind](t, e, ret_task);
}

struct task *table_find(struct table *t, struct task_id id)
{
	struct row    *row = row_find(t, id);
	struct thread *thread;

	if (row == NULL || !task_id_is_thread(id))
		return row == NULL ? NULL : &row->task;
	thread = thread_with_tid(t, id.tid);
	return thread == NULL || thread->task.id.pid != id.pid ? NULL
	                                                       : &thread->task;
}

/* A thread's parent slot is its process. */
struct task *table_process_of(struct table *t, struct task *who)
{
	return task_id_is_thread(who->id) ? &row_of(t, who->parent_slot)->task
	                                  : who;
}

struct task *table_parent(struct table *t, const struct task *p)
{
	uint32_t    slot = task_id_is_thread(p->id) ? p->parent_slot : p->slot;
	struct row *parent = row_of(t, slot)->parent;

	return parent == NULL ? NULL : &parent->task;
}

/* Processes by slot, then threads. */
struct task *table_next(struct table *t, uint32_t *slot)
{
	struct row *row = row_next(t, slot);

	if (row != NULL)
		return &row->task;
	if (*slot < ROWS_MAX)
		*slot = ROWS_MAX;
	while (*slot < ROWS_MAX + t->threads.used) {
		struct task *thread = &thread_of(t, (*slot)++)->task;

		if (thread->alive)
			return thread;
	}
	return NULL;
}

/* The slot is that of the thread to come; 0 at the first. */
struct task *table_next_thread(struct table *t, const struct task *p,
                               uint32_t *slot)
{
	struct thread *thread = row_of(t, p->slot)->threads;

	if (*slot == SLOT_NONE)
		return NULL;
	if (*slot != 0)
		thread = thread_of(t, *slot);
	if (thread == NULL || !thread->task.alive ||
	    thread->task.parent_slot != p->slot)
		return NULL;
	*slot = thread->next == NULL ? SLOT_NONE : thread->next->task.slot;
	return &thread->task;
}

void table_drop_thread(struct table *t, struct task *thread)
{
	thread_free(t, (struct thread *)thread);
}

struct task *table_fork_due(struct table *t, uint64_t now_ns,
                            uint64_t settle_ns, uint64_t *ret_next_ns)
{
	struct row *row = t->forked;
	bool        due = row != NULL && row->forked_ns <= now_ns &&
	                  now_ns - row->forked_ns >= settle_ns;

	if (due) {
		row_wait_no_more(t, row);
		row_read(t, row, t->keep);
	}
	*ret_next_ns = t->forked == NULL ||
	               t->forked->forked_ns > UINT64_MAX - settle_ns
	               ? UINT64_MAX : t->forked->forked_ns + settle_ns;
	return due ? &row->task : NULL;
}

size_t table_count(const struct table *t)
{
	return t->living;
}

size_t table_refused(const struct table *t)
{
	return t->refused;
}

size_t table_cut(const struct table *t)
{
	return t->cut;
}
