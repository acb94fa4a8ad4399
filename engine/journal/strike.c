/* strike.c -- what was begun and came to nothing, where there is no room to
 * write that down.
 *
 * Nothing can be appended to a full disk, but what a record says of itself can
 * be changed where it stands.  Of one that was begun, and that nothing behind
 * it in the file settles, memory knows how it went: it is ended, or settled,
 * by one write of its first bytes, which lie in one page.
 */

#include <stdlib.h>

#include "base/limits.h"
#include "journal/record.h"

#define READ_AT_ONCE 64

/* The records that were begun last, each with its place. */
struct begun {
	uint64_t      at;
	struct record record;
};

struct striking {
	const struct store *store;
	const struct holds *holds;
	struct begun        begun[STRUCK_MAX];
	size_t              count;
};

static bool is_of(const struct record *r, struct task_id whom)
{
	return r->u.hold.whom.pid == whom.pid &&
	       (whom.born == 0 || r->u.hold.whom.born == whom.born);
}

static void drop(struct striking *k, size_t i)
{
	k->begun[i] = k->begun[--k->count];
}

/* A later record of the same setting says how it is. */
static void drop_same(struct striking *k, const struct record *r)
{
	for (size_t i = k->count; i-- > 0;) {
		const struct record *b = &k->begun[i].record;

		if (b->setting == r->setting &&
		    task_id_equal(b->u.hold.whom, r->u.hold.whom))
			drop(k, i);
	}
}

/* A child that was born since has it from there. */
static void drop_of(struct striking *k, struct task_id process)
{
	for (size_t i = k->count; i-- > 0;)
		if (is_of(&k->begun[i].record, process))
			drop(k, i);
}

static void look(struct striking *k, const struct record *r, uint64_t at)
{
	if (r->crc != record_sum(r))
		return;
	if (r->kind == RECORD_FORK)
		drop_of(k, r->u.hold.through);
	if (r->kind != RECORD_HOLD && r->kind != RECORD_END)
		return;
	drop_same(k, r);
	if (r->kind == RECORD_HOLD && (r->flags & RECORD_SETTLED) == 0 &&
	    k->count < STRUCK_MAX)
		k->begun[k->count++] = (struct begun){ at, *r };
}

/* What was read back was what was wanted, or what it had before.  A number of a
 * set in the file may be another one here. */
static unsigned flags_now(const struct hold *now, const struct record *r)
{
	if (!now->settled || setting_is_interned(now->setting))
		return 0;
	if (now->applied == r->u.hold.applied)
		return RECORD_SETTLED;
	return now->applied == r->u.hold.wanted
	       ? RECORD_SETTLED | RECORD_AS_WANTED : 0;
}

static void strike(const struct striking *k, const struct begun *b)
{
	struct record           r = b->record;
	const struct kept_hold *now = holds_find(k->holds, r.u.hold.whom,
	                                         (enum setting)r.setting);

	if (now == NULL)
		r.kind = RECORD_END;
	else
		r.flags |= (uint8_t)flags_now(&now->hold, &r);
	if (r.kind == b->record.kind && r.flags == b->record.flags)
		return;
	r.crc = record_sum(&r);
	k->store->amend(k->store->self, b->at, &r, offsetof(struct record, u));
}

/* Whether all could be read. */
static bool find_begun(struct striking *k, uint64_t bytes)
{
	struct record batch[READ_AT_ONCE];
	uint64_t      at = sizeof(struct record_header);

	while (at < bytes) {
		int n = k->store->read(k->store->self, at, batch,
		                       sizeof batch) / (int)sizeof *batch;

		if (n <= 0)
			return false;
		for (int i = 0; i < n; i++)
			look(k, &batch[i], at + (uint64_t)i * sizeof *batch);
		at += (uint64_t)n * sizeof *batch;
	}
	return true;
}

void record_strike(const struct store *store, uint64_t bytes,
                   const struct holds *h)
{
	struct striking *k = calloc(1, sizeof *k);

	if (k == NULL)
		return;
	k->store = store;
	k->holds = h;
	if (find_begun(k, bytes))
		for (size_t i = 0; i < k->count; i++)
			strike(k, &k->begun[i]);
	free(k);
}
