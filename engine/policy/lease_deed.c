/* lease_deed.c -- a lease from its making to its end. */

#include "policy/leasing.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct holder *holder_find(const struct leases *ls, const struct lease *terms)
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

struct deed *deed_find(const struct leases *ls, const struct lease *terms)
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

/* An end that was moved, or came before its time, stays in the heap until then;
 * more than half of them stale, all are put in anew. */
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
int deed_until(struct leases *ls, struct deed *d, uint64_t ends_ns)
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

void cause_drop(struct leases *ls, struct cause *c)
{
	if (c->ties != NULL)
		return;
	assert(ls->causes != NULL);
	HASH_DEL(ls->causes, c);
	free(c);
}

void tie_cut(struct leases *ls, struct tie *t)
{
	struct cause *c = t->cause;

	DL_DELETE(t->deed->ties, t);
	DL_DELETE2(c->ties, t, prev_of_cause, next_of_cause);
	free(t);
	cause_drop(ls, c);
}

void deed_end(struct leases *ls, struct deed *d)
{
	struct holder *h = d->holder;

	for (struct tie *t = d->ties, *next; t != NULL; t = next) {
		next = t->next;
		tie_cut(ls, t);
	}
	if (d->hh.tbl != NULL) {
		HASH_DEL(ls->by_number, d);
		ends_tidy(ls);
	}
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
	       (!voice_is_system(voice) &&
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
int deed_write(struct leases *ls, const struct lease *terms,
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
