/* standing.c -- since when what holds, without a break, for whom. */

#include "policy/standing.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "base/limits.h"
#include "process/task.h"

struct entry {
	enum standing_kind kind;
	uint32_t           number;
	pid_t              tid;
	uint64_t           since_ns, seen_ns, gap_ns, turn;
	struct entry      *next;
};

/* One process with its threads; of pid 0, the machine.  Of those that live no
 * two have the same pid, and who dies is forgotten. */
struct holder {
	pid_t          pid;
	struct entry  *first;
	UT_hash_handle by_pid;
};

struct standing {
	struct holder *by_pid;
	uint64_t       count, refused;
	uint64_t       turn;            /* of judging, so far                 */
};

struct standing *standing_new(void)
{
	return calloc(1, sizeof(struct standing));
}

static void entry_drop(struct standing *st, struct holder *h, struct entry *e)
{
	LL_DELETE(h->first, e);
	free(e);
	st->count--;
}

/* Those of one thread, or all with tid 0. */
static void entries_drop(struct standing *st, struct holder *h, pid_t tid)
{
	struct entry **at = &h->first;

	while (*at != NULL) {
		struct entry *e = *at;

		if (tid != 0 && e->tid != tid) {
			at = &e->next;
			continue;
		}
		*at = e->next;
		free(e);
		st->count--;
	}
}

static void holder_drop(struct standing *st, struct holder *h)
{
	entries_drop(st, h, 0);
	HASH_DELETE(by_pid, st->by_pid, h);
	free(h);
}

void standing_clear(struct standing *st)
{
	struct holder *h, *next;

	HASH_ITER(by_pid, st->by_pid, h, next)
		holder_drop(st, h);
}

void standing_free(struct standing *st)
{
	if (st != NULL)
		standing_clear(st);
	free(st);
}

static pid_t pid_of(const struct task *whom)
{
	return whom == NULL ? 0 : whom->id.pid;
}

static pid_t tid_of(const struct task *whom)
{
	return whom == NULL ? 0 : whom->id.tid;
}

static struct holder *holder_with(const struct standing *st, pid_t pid)
{
	struct holder *h;

	HASH_FIND(by_pid, st->by_pid, &pid, sizeof(pid), h);
	return h;
}

static struct entry *entry_of(const struct holder *h, struct stand what)
{
	struct entry *e;

	if (h == NULL)
		return NULL;
	LL_FOREACH(h->first, e)
		if (e->kind == what.kind && e->number == what.number &&
		    e->tid == tid_of(what.whom))
			return e;
	return NULL;
}

static bool is_near(const struct entry *e, uint64_t now_ns)
{
	return e->gap_ns == 0 || now_ns - e->seen_ns <= e->gap_ns;
}

static struct holder *holder_for(struct standing *st, pid_t pid)
{
	struct holder *h = holder_with(st, pid);

	if (h != NULL)
		return h;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	h->pid = pid;
	HASH_ADD(by_pid, st->by_pid, pid, sizeof(h->pid), h);
	if (h->by_pid.tbl == NULL) {
		free(h);
		return NULL;
	}
	return h;
}

static struct entry *entry_add(struct standing *st, pid_t pid,
                               const struct entry *like)
{
	struct holder *h = NULL;
	struct entry  *e = NULL;

	if (st->count < STANDING_MAX) {
		h = holder_for(st, pid);
		e = h == NULL ? NULL : calloc(1, sizeof(*e));
	}
	if (e == NULL) {
		st->refused++;
		return NULL;
	}
	*e = *like;
	LL_PREPEND(h->first, e);
	st->count++;
	return e;
}

static struct entry *entry_new(struct standing *st, struct stand what)
{
	const struct entry e = { .kind = what.kind, .number = what.number,
	                         .tid = tid_of(what.whom) };

	return entry_add(st, pid_of(what.whom), &e);
}

void standing_inherit(struct standing *st, const struct standing *from,
                      uint32_t (*number)(void *ctx, enum standing_kind kind,
                                         uint32_t old), void *ctx)
{
	for (const struct holder *h = from->by_pid; h != NULL;
	     h = h->by_pid.next)
		for (const struct entry *e = h->first; e != NULL; e = e->next) {
			struct entry heir = *e;

			heir.number = number(ctx, e->kind, e->number);
			if (heir.number != RULE_NONE)
				entry_add(st, h->pid, &heir);
		}
}

uint64_t standing_hold(struct standing *st, struct stand what, uint64_t now_ns,
                       uint64_t gap_ns)
{
	struct entry *e = entry_of(holder_with(st, pid_of(what.whom)), what);
	bool          fresh = e == NULL || !is_near(e, now_ns);

	if (e == NULL)
		e = entry_new(st, what);
	if (e == NULL)
		return UINT64_MAX;
	if (fresh)
		e->since_ns = now_ns;
	e->seen_ns = now_ns;
	e->gap_ns = gap_ns;
	e->turn = st->turn;
	return e->since_ns;
}

bool standing_held(const struct standing *st, struct stand what,
                   uint64_t now_ns)
{
	const struct entry *e = entry_of(holder_with(st, pid_of(what.whom)),
	                                 what);

	return e != NULL && is_near(e, now_ns);
}

void standing_break(struct standing *st, struct stand what)
{
	struct holder *h = holder_with(st, pid_of(what.whom));
	struct entry  *e = entry_of(h, what);

	if (e != NULL)
		entry_drop(st, h, e);
}

void standing_forget(struct standing *st, const struct task *whom)
{
	struct holder *h = holder_with(st, whom->id.pid);

	if (h == NULL)
		return;
	if (task_id_is_thread(whom->id))
		entries_drop(st, h, whom->id.tid);
	else
		holder_drop(st, h);
}

void standing_begin(struct standing *st)
{
	st->turn++;
}

bool standing_unasked(struct standing *st, const struct task *whom,
                      uint32_t *ret_selector)
{
	struct holder *h = holder_with(st, whom->id.pid);
	struct entry  *e;

	if (h == NULL)
		return false;
	LL_FOREACH(h->first, e)
		if (e->kind == STANDING_SELECTOR && e->tid == whom->id.tid &&
		    e->gap_ns == 0 && e->turn != st->turn) {
			e->turn = st->turn;
			*ret_selector = e->number;
			return true;
		}
	return false;
}

uint64_t standing_count(const struct standing *st)
{
	return st->count;
}

uint64_t standing_refused(const struct standing *st)
{
	return st->refused;
}
