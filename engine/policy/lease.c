/* lease.c -- wants that outlive their cause, or that reach others than it.
 *
 * A tie joins one lease to one cause.  A lease hangs on its holder, its ties on
 * it and on their causes, so whatever goes takes along only what is its own.
 */

#include "policy/lease.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "base/heap.h"
#include "base/limits.h"

struct tie {
	struct deed  *deed;
	struct cause *cause;
	struct tie   *prev, *next;              /* of the same lease          */
	struct tie   *prev_of_cause, *next_of_cause;
	uint32_t      round;                    /* the last that held it      */
};

/* A lease and what it hangs on. */
struct deed {
	struct lease   lease;                   /* first: it is handed out    */
	struct holder *holder;
	struct deed   *prev, *next;             /* of the same holder         */
	struct tie    *ties;
	uint64_t       number;                  /* in the heap of ends        */
	UT_hash_handle hh;
};

struct holder {
	struct task_id id;
	char          *unit;
	struct deed   *deeds;
	UT_hash_handle hh;
};

struct cause {
	struct task_id id;
	struct tie    *ties;
	uint32_t       round;
	UT_hash_handle hh;
};

struct leases {
	struct lease_ear ear;
	struct holder   *by_task, *by_unit;
	struct cause    *causes;
	struct deed     *by_number;             /* those that end             */
	struct heap      ends;
	uint64_t         numbers;
	size_t           count, reaching[TARGETS];
	size_t           of_voice[VOICES_MAX];
	uint64_t         refused;
};

struct leases *leases_new(struct lease_ear ear)
{
	struct leases *ls = calloc(1, sizeof(*ls));

	if (ls != NULL)
		ls->ear = ear;
	return ls;
}

static void tell(struct leases *ls, const struct deed *d)
{
	if (ls->ear.changed != NULL)
		ls->ear.changed(ls->ear.self, &d->lease);
}

static struct holder *holder_find(const struct leases *ls,
                                  const struct lease *terms)
{
	struct holder *h = NULL;

	if (terms->reach == TARGET_UNIT)
		HASH_FIND_STR(ls->by_unit, terms->unit, h);
	else
		HASH_FIND(hh, ls->by_task, &terms->holder,
		          sizeof(terms->holder), h);
	return h;
}

static void holder_free(struct holder *h)
{
	free(h->unit);
	free(h);
}

/* With HASH_NONFATAL_OOM what did not fit has no table. */
static struct holder *holder_new(struct leases *ls, const struct lease *terms)
{
	struct holder *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->id = terms->holder;
	if (terms->reach == TARGET_UNIT) {
		h->unit = strdup(terms->unit);
		if (h->unit != NULL)
			HASH_ADD_KEYPTR(hh, ls->by_unit, h->unit,
			                strlen(h->unit), h);
	} else {
		HASH_ADD(hh, ls->by_task, id, sizeof(h->id), h);
	}
	if (h->hh.tbl != NULL)
		return h;
	holder_free(h);
	return NULL;
}

static void holder_drop(struct leases *ls, struct holder *h)
{
	if (h->deeds != NULL)
		return;
	if (h->unit != NULL)
		HASH_DEL(ls->by_unit, h);
	else
		HASH_DEL(ls->by_task, h);
	holder_free(h);
}

static struct deed *deed_find(const struct leases *ls,
                              const struct lease *terms)
{
	struct holder *h = holder_find(ls, terms);
	struct deed   *d;

	if (h == NULL)
		return NULL;
	DL_FOREACH(h->deeds, d)
		if (d->lease.rule == terms->rule &&
		    d->lease.reach == terms->reach)
			return d;
	return NULL;
}

/* An end that was moved stays in the heap until its time; more than half of them
 * stale, all are put in anew. */
static void ends_tidy(struct leases *ls)
{
	struct heap  fresh = { 0 };
	struct deed *d;

	if (ls->ends.count < 2 * HASH_COUNT(ls->by_number) + 64)
		return;
	for (d = ls->by_number; d != NULL; d = d->hh.next)
		if (heap_push(&fresh, d->lease.ends_ns, d->number) < 0) {
			heap_clear(&fresh);     /* the old one is as good     */
			return;
		}
	heap_clear(&ls->ends);
	ls->ends = fresh;
}

/* What ends is known by number until it does, or stands again. */
static int end_set(struct leases *ls, struct deed *d, uint64_t ends_ns)
{
	if (d->hh.tbl != NULL)
		HASH_DEL(ls->by_number, d);
	d->hh.tbl = NULL;
	d->lease.ends_ns = ends_ns;
	if (ends_ns == LEASE_STANDS)
		return 0;
	ends_tidy(ls);
	d->number = ++ls->numbers;
	if (heap_push(&ls->ends, ends_ns, d->number) < 0)
		return -ENOMEM;
	HASH_ADD(hh, ls->by_number, number, sizeof(d->number), d);
	return d->hh.tbl == NULL ? -ENOMEM : 0;
}

static void cause_drop(struct leases *ls, struct cause *c)
{
	if (c->ties != NULL)
		return;
	HASH_DEL(ls->causes, c);
	free(c);
}

static void tie_cut(struct leases *ls, struct tie *t)
{
	struct cause *c = t->cause;

	DL_DELETE(t->deed->ties, t);
	DL_DELETE2(c->ties, t, prev_of_cause, next_of_cause);
	free(t);
	cause_drop(ls, c);
}

static void deed_end(struct leases *ls, struct deed *d)
{
	struct holder *h = d->holder;

	while (d->ties != NULL)
		tie_cut(ls, d->ties);
	if (d->hh.tbl != NULL)
		HASH_DEL(ls->by_number, d);
	DL_DELETE(h->deeds, d);
	ls->count--;
	ls->reaching[d->lease.reach]--;
	ls->of_voice[rule_voice(d->lease.rule)]--;
	free(d);
	holder_drop(ls, h);
}

/* No user's rules can take up the room of the system's. */
static bool is_full(const struct leases *ls, uint32_t voice)
{
	return ls->count == LEASES_MAX ||
	       (voice != VOICE_SYSTEM &&
	        ls->of_voice[voice] == LEASES_OF_USER_MAX);
}

static int deed_new(struct leases *ls, const struct lease *terms,
                    struct deed **ret_deed)
{
	struct holder *h = holder_find(ls, terms);
	struct deed   *d;

	if (is_full(ls, rule_voice(terms->rule))) {
		ls->refused++;
		return -ENOBUFS;
	}
	if (h == NULL)
		h = holder_new(ls, terms);
	d = h == NULL ? NULL : calloc(1, sizeof(*d));
	if (d == NULL) {
		if (h != NULL)
			holder_drop(ls, h);
		return -ENOMEM;
	}
	d->lease = *terms;
	d->lease.unit = h->unit;
	d->lease.ends_ns = LEASE_STANDS;
	d->holder = h;
	DL_APPEND(h->deeds, d);
	ls->count++;
	ls->reaching[terms->reach]++;
	ls->of_voice[rule_voice(terms->rule)]++;
	*ret_deed = d;
	return 1;
}

/* 1: it is new or wants something else now, 0: as it was, -errno. */
static int deed_write(struct leases *ls, const struct lease *terms,
                      struct deed **ret_deed)
{
	struct deed *d = deed_find(ls, terms);

	if (d == NULL)
		return deed_new(ls, terms, ret_deed);
	*ret_deed = d;
	d->lease.keep_ns = terms->keep_ns;
	if (want_equal(&d->lease.want, &terms->want))
		return 0;
	d->lease.want = terms->want;
	return 1;
}

static struct cause *cause_find(const struct leases *ls, struct task_id id)
{
	struct cause *c;

	HASH_FIND(hh, ls->causes, &id, sizeof(id), c);
	return c;
}

static struct cause *cause_new(struct leases *ls, struct task_id id)
{
	struct cause *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->id = id;
	HASH_ADD(hh, ls->causes, id, sizeof(c->id), c);
	if (c->hh.tbl != NULL)
		return c;
	free(c);
	return NULL;
}

static struct tie *tie_find(const struct deed *d, const struct cause *c)
{
	struct tie *t;

	if (c != NULL)
		DL_FOREACH2(c->ties, t, next_of_cause)
			if (t->deed == d)
				return t;
	return NULL;
}

/* The cause's list is the shorter one to look through: a task causes few. */
static int tie_make(struct leases *ls, struct deed *d, struct task_id cause)
{
	struct cause *c = cause_find(ls, cause);
	struct tie   *t = tie_find(d, c);

	if (c == NULL)
		c = cause_new(ls, cause);
	if (t == NULL && c != NULL) {
		t = calloc(1, sizeof(*t));
		if (t == NULL) {
			cause_drop(ls, c);
			return -ENOMEM;
		}
		t->deed = d;
		t->cause = c;
		DL_APPEND(d->ties, t);
		DL_APPEND2(c->ties, t, prev_of_cause, next_of_cause);
	}
	if (t == NULL)
		return -ENOMEM;
	t->round = c->round;
	return 0;
}

int lease_hold(struct leases *ls, const struct lease *terms,
               struct task_id cause)
{
	struct deed *d;
	int          changed = deed_write(ls, terms, &d), r;

	if (changed < 0)
		return changed;
	r = tie_make(ls, d, cause);
	if (r == 0)
		r = end_set(ls, d, LEASE_STANDS);
	if (changed)
		tell(ls, d);
	if (r < 0 && d->ties == NULL)
		deed_end(ls, d);
	return r;
}

void lease_hold_on(struct leases *ls, const struct lease *terms,
                   struct task_id cause)
{
	struct deed  *d = deed_find(ls, terms);
	struct cause *c = cause_find(ls, cause);
	struct tie   *t = d == NULL ? NULL : tie_find(d, c);

	if (t != NULL)
		t->round = c->round;
}

int lease_grant(struct leases *ls, const struct lease *terms)
{
	struct deed *d;
	int          changed = deed_write(ls, terms, &d), r = 0;

	if (changed < 0)
		return changed;
	/* What stands outlasts whatever ends; a new one has no cause yet. */
	if (d->ties == NULL && (d->lease.ends_ns == LEASE_STANDS ||
	                        d->lease.ends_ns < terms->ends_ns))
		r = end_set(ls, d, terms->ends_ns);
	if (changed)
		tell(ls, d);
	if (r < 0)
		deed_end(ls, d);
	return r;
}

/* One cause less; with the last one the time that is kept begins. */
static void tie_lose(struct leases *ls, struct tie *t, uint64_t now_ns)
{
	struct deed *d = t->deed;

	tie_cut(ls, t);
	if (d->ties != NULL)
		return;
	if (d->lease.keep_ns != 0 &&
	    end_set(ls, d, now_ns + d->lease.keep_ns) == 0)
		return;
	tell(ls, d);
	deed_end(ls, d);
}

void lease_round_begin(struct leases *ls, struct task_id cause)
{
	struct cause *c = cause_find(ls, cause);

	if (c != NULL)
		c->round++;
}

/* The cause goes with its last tie, so the next is looked up before. */
static void ties_lose(struct leases *ls, struct cause *c, uint64_t now_ns,
                      bool (*lost)(const struct tie *t))
{
	struct tie *t, *next;

	for (t = c->ties; t != NULL; t = next) {
		next = t->next_of_cause;
		if (lost(t))
			tie_lose(ls, t, now_ns);
	}
}

static bool was_not_held(const struct tie *t)
{
	return t->round != t->cause->round;
}

static bool is_not_own_tree(const struct tie *t)
{
	const struct lease *l = &t->deed->lease;

	return l->reach != TARGET_TREE ||
	       !task_id_equal(l->holder, t->cause->id);
}

void lease_round_end(struct leases *ls, struct task_id cause, uint64_t now_ns)
{
	struct cause *c = cause_find(ls, cause);

	if (c != NULL)
		ties_lose(ls, c, now_ns, was_not_held);
}

static void holder_end(struct leases *ls, struct task_id id, enum target reach)
{
	struct lease   of = { .holder = id, .reach = TARGET_SELF };
	struct holder *h = holder_find(ls, &of);
	struct deed   *d, *next;

	for (d = h == NULL ? NULL : h->deeds; d != NULL; d = next) {
		next = d->next;
		if (d->lease.reach == reach)
			deed_end(ls, d);
	}
}

void lease_left(struct leases *ls, struct task_id id, uint64_t now_ns)
{
	struct cause *c = cause_find(ls, id);

	if (c != NULL)
		ties_lose(ls, c, now_ns, is_not_own_tree);
	holder_end(ls, id, TARGET_SELF);
}

void lease_tree_gone(struct leases *ls, struct task_id root)
{
	if (ls->reaching[TARGET_TREE] != 0)
		holder_end(ls, root, TARGET_TREE);
}

void lease_expire(struct leases *ls, uint64_t now_ns)
{
	struct heap_item item;
	struct deed     *d;

	while (heap_first(&ls->ends, &item) && item.when <= now_ns) {
		heap_pop(&ls->ends, &item);
		HASH_FIND(hh, ls->by_number, &item.what, sizeof(item.what), d);
		if (d == NULL)
			continue;       /* it stands again, or ends later     */
		tell(ls, d);
		deed_end(ls, d);
	}
}

uint64_t lease_wake_ns(const struct leases *ls)
{
	struct heap_item item;

	return heap_first(&ls->ends, &item) ? item.when : UINT64_MAX;
}

const struct lease *lease_of(const struct leases *ls, struct task_id holder)
{
	struct lease         of = { .holder = holder, .reach = TARGET_SELF };
	const struct holder *h = holder_find(ls, &of);

	return h == NULL ? NULL : &h->deeds->lease;
}

const struct lease *lease_of_unit(const struct leases *ls, const char *unit)
{
	struct lease         of = { .unit = unit, .reach = TARGET_UNIT };
	const struct holder *h = holder_find(ls, &of);

	return h == NULL ? NULL : &h->deeds->lease;
}

const struct lease *lease_next(const struct lease *l)
{
	const struct deed *next = ((const struct deed *)l)->next;

	return next == NULL ? NULL : &next->lease;
}

bool lease_has_cause(const struct lease *l, struct task_id cause)
{
	const struct tie *t;

	DL_FOREACH(((const struct deed *)l)->ties, t)
		if (task_id_equal(t->cause->id, cause))
			return true;
	return false;
}

static void deed_renumber(struct leases *ls, struct deed *d, uint32_t rule)
{
	ls->of_voice[rule_voice(d->lease.rule)]--;
	ls->of_voice[rule_voice(rule)]++;
	d->lease.rule = rule;
}

static void holders_renumber(struct leases *ls, struct holder *first,
                             uint32_t (*number)(void *ctx, uint32_t rule),
                             void *ctx)
{
	struct holder *h, *next_holder;
	struct deed   *d, *next;
	uint32_t       rule;

	for (h = first; h != NULL; h = next_holder) {
		next_holder = h->hh.next;
		for (d = h->deeds; d != NULL; d = next) {
			next = d->next;
			rule = number(ctx, d->lease.rule);
			if (rule == RULE_NONE)
				deed_end(ls, d);
			else
				deed_renumber(ls, d, rule);
		}
	}
}

void leases_renumber(struct leases *ls,
                     uint32_t (*number)(void *ctx, uint32_t rule), void *ctx)
{
	holders_renumber(ls, ls->by_task, number, ctx);
	holders_renumber(ls, ls->by_unit, number, ctx);
}

size_t leases_count(const struct leases *ls)
{
	return ls->count;
}

size_t leases_reaching(const struct leases *ls, enum target reach)
{
	return ls->reaching[reach];
}

size_t lease_ends_kept(const struct leases *ls)
{
	return ls->ends.count;
}

uint64_t leases_refused(const struct leases *ls)
{
	return ls->refused;
}

static uint32_t no_number(void *ctx, uint32_t rule)
{
	(void)ctx, (void)rule;
	return RULE_NONE;
}

void leases_free(struct leases *ls)
{
	if (ls == NULL)
		return;
	leases_renumber(ls, no_number, NULL);
	heap_clear(&ls->ends);
	free(ls);
}
