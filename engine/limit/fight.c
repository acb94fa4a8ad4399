/* fight.c -- two who write the same value: when to look again. */

#include "limit/fight.h"

#include <stdlib.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/limits.h"

struct watched {
	struct task_id id;
	uint64_t       wait_ns, due_ns;
	uint64_t       last_ns;         /* somebody else wrote; 0: not lately */
	uint32_t       rounds;
	UT_hash_handle hh;
};

struct fights {
	struct watched     *all;
	uint64_t            first_ns;   /* nobody is due before               */
	struct fight_counts counts;
};

struct fights *fights_new(void)
{
	struct fights *f = calloc(1, sizeof *f);

	if (f != NULL)
		f->first_ns = UINT64_MAX;
	return f;
}

void fights_free(struct fights *f)
{
	struct watched *w, *next;

	if (f == NULL)
		return;
	w = f->all;
	HASH_CLEAR(hh, f->all);
	for (; w != NULL; w = next) {
		next = w->hh.next;
		free(w);
	}
	free(f);
}

static struct watched *find(const struct fights *f, struct task_id who)
{
	struct watched *w;

	HASH_FIND(hh, f->all, &who, sizeof who, w);
	return w;
}

/* All who wait as long wake us together. */
static void wait_anew(struct fights *f, struct watched *w, uint64_t now_ns)
{
	w->due_ns = (now_ns / w->wait_ns + 1) * w->wait_ns;
	if (w->due_ns < f->first_ns)
		f->first_ns = w->due_ns;
}

void fights_watch(struct fights *f, struct task_id who, uint64_t now_ns)
{
	struct watched *w = find(f, who);

	if (w != NULL)
		return;
	w = HASH_COUNT(f->all) == FIGHTS_MAX ? NULL : calloc(1, sizeof *w);
	if (w != NULL) {
		w->id = who;
		w->wait_ns = FIGHT_SAMPLE_NS;
		HASH_ADD(hh, f->all, id, sizeof w->id, w);
	}
	if (w == NULL || w->hh.tbl == NULL) {
		free(w);
		f->counts.crowded++;
		return;
	}
	wait_anew(f, w, now_ns);
}

static void settle(struct fights *f, struct watched *w)
{
	f->counts.fought -= w->last_ns != 0;
	w->last_ns = 0;
	w->rounds = 0;
	w->wait_ns = FIGHT_SAMPLE_NS;
}

void fights_forget(struct fights *f, struct task_id who)
{
	struct watched *w = find(f, who);

	if (w == NULL)
		return;
	settle(f, w);
	HASH_DEL(f->all, w);
	free(w);
	if (f->all == NULL)
		f->first_ns = UINT64_MAX;
}

uint32_t fights_round(struct fights *f, struct task_id who, uint64_t now_ns)
{
	struct watched *w = find(f, who);

	if (w == NULL)
		return 0;
	/* Several values written at once are one blow. */
	if (w->last_ns == now_ns)
		return w->rounds;
	f->counts.fought += w->last_ns == 0;
	f->counts.rounds++;
	w->last_ns = now_ns;
	w->wait_ns *= 2;
	if (w->wait_ns > FIGHT_WAIT_NS_MAX)
		w->wait_ns = FIGHT_WAIT_NS_MAX;
	wait_anew(f, w, now_ns);
	return ++w->rounds;
}

uint64_t fights_wake_ns(const struct fights *f)
{
	return f->first_ns;
}

static void find_first(struct fights *f)
{
	f->first_ns = UINT64_MAX;
	for (struct watched *w = f->all; w != NULL; w = w->hh.next)
		if (w->due_ns < f->first_ns)
			f->first_ns = w->due_ns;
}

size_t fights_due(struct fights *f, uint64_t now_ns,
                  struct task_id *ret_who, size_t max)
{
	struct watched *w;
	size_t          n = 0;

	if (now_ns < f->first_ns)
		return 0;
	for (w = f->all; w != NULL && n < max; w = w->hh.next) {
		if (w->due_ns > now_ns)
			continue;
		if (w->last_ns != 0 &&
		    now_ns - w->last_ns >= FIGHT_QUIET_WAITS * w->wait_ns)
			settle(f, w);
		wait_anew(f, w, now_ns);
		ret_who[n++] = w->id;
	}
	find_first(f);
	return n;
}

struct fight_counts fights_counts(const struct fights *f)
{
	struct fight_counts counts = f->counts;

	counts.watched = HASH_COUNT(f->all);
	return counts;
}
