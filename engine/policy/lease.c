/* lease.c -- wants that outlive their cause, or that reach others than it. */

#include "policy/leasing.h"

#include <errno.h>
#include <stdlib.h>

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
static int tie_make(struct leases *ls, struct deed *d, struct task_id cause,
                    const struct want *want)
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
	t->want = *want;
	return 0;
}

/* The oldest cause speaks for all.  If the last one that was heard did, two
 * that want differently would cause each other to be judged for ever. */
static bool speaks(const struct deed *d, struct task_id cause)
{
	return d == NULL || d->ties == NULL ||
	       task_id_equal(d->ties->cause->id, cause);
}

int lease_hold(struct leases *ls, const struct lease *terms,
               struct task_id cause)
{
	struct deed *d = deed_find(ls, terms);
	int          changed = 0, r;

	if (speaks(d, cause))
		changed = deed_write(ls, terms, &d);
	if (changed < 0)
		return changed;
	r = tie_make(ls, d, cause, &terms->want);
	if (r == 0)
		r = deed_until(ls, d, LEASE_STANDS);
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
		r = deed_until(ls, d, terms->ends_ns);
	if (changed)
		tell(ls, d);
	if (r < 0)
		deed_end(ls, d);
	return r;
}

void lease_revoke(struct leases *ls, struct task_id holder, uint32_t rule)
{
	struct lease   of = { .holder = holder, .reach = TARGET_SELF };
	struct holder *h = holder_find(ls, &of);
	struct deed   *d;

	if (h == NULL)
		return;
	DL_FOREACH(h->deeds, d)
		if (d->lease.rule == rule) {
			tell(ls, d);
			deed_end(ls, d);
			return;
		}
}

static void say(struct leases *ls, struct deed *d, const struct want *want)
{
	if (want_equal(&d->lease.want, want))
		return;
	d->lease.want = *want;
	tell(ls, d);
}

/* One cause less; with the last one the time that is kept begins. */
static void tie_lose(struct leases *ls, struct tie *t, uint64_t now_ns)
{
	struct deed *d = t->deed;

	tie_cut(ls, t);
	if (d->ties != NULL) {
		say(ls, d, &d->ties->want);
		return;
	}
	if (d->lease.keep_ns != 0 &&
	    deed_until(ls, d, now_ns + d->lease.keep_ns) == 0)
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

bool lease_expire(struct leases *ls, uint64_t now_ns, size_t most)
{
	struct heap_item item;
	struct deed     *d;

	while (heap_first(&ls->ends, &item) && item.when <= now_ns) {
		if (most-- == 0)
			return true;
		heap_pop(&ls->ends, &item);
		HASH_FIND(hh, ls->by_number, &item.what, sizeof(item.what), d);
		if (d == NULL)
			continue;       /* it stands again, or ends later     */
		tell(ls, d);
		deed_end(ls, d);
	}
	return false;
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

static void deed_reword(struct deed *d, const struct want *want)
{
	struct tie *t;

	d->lease.want = *want;
	DL_FOREACH(d->ties, t)
		t->want = *want;
}

void leases_reword(struct leases *ls,
                   bool (*now)(void *ctx, const struct lease *l,
                               struct want *ret_want), void *ctx)
{
	struct holder *h, *next;
	struct deed   *d;
	struct want    want;

	HASH_ITER(hh, ls->by_task, h, next)
		DL_FOREACH(h->deeds, d)
			if (now(ctx, &d->lease, &want))
				deed_reword(d, &want);
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
