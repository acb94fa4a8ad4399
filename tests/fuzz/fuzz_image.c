/* fuzz_image.c -- an image from a worker that was taken over: refused, or
 * harmless to whoever looks rules up in it. */

#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "model/interned.h"
#include "only_process.h"
#include "policy/doubts.h"
#include "policy/image.h"
#include "policy/ruleset.h"

#define SECOND UINT64_C(1000000000)

static const struct people people = { 1000, 60000 };

struct world {
	struct table    *table;
	struct task     *process, *thread;
	struct host      host;
	struct standing *standing;
	uint32_t         tag_alive[TAGS_MAX];
};

static int own_value(void *ctx, struct task *who, enum setting s,
                     int64_t *ret_value)
{
	(void)ctx;
	(void)who;
	*ret_value = (int64_t)s - 3;
	return s % 4 == 3 ? -EOPNOTSUPP : 0;
}

static void moments_try(struct ruleset *rules, struct subject *about)
{
	const uint32_t *handler;
	struct found    found;

	for (int m = MOMENT_NONE; m < MOMENTS; m++) {
		size_t n = ruleset_handlers(rules, (enum moment)m, &handler);

		for (size_t i = 0; i < n; i++)
			ruleset_selects(rules, handler[i], about);
		if (ruleset_set_off(rules, (enum moment)m, about, &found) == 0)
			MUST(found.rules <= CLAIMS_PER_TASK + CAPS_PER_TASK);
	}
}

static void rules_read(const struct ruleset *rules, struct subject *about,
                       struct subject *thread)
{
	struct want want;
	struct cap  cap;

	for (uint32_t i = 0; i < ruleset_count(rules); i++) {
		MUST(memchr(ruleset_name(rules, i), '\0', 1 << 20) != NULL);
		MUST(memchr(ruleset_file(rules, i), '\0', 1 << 20) != NULL);
		ruleset_want(rules, i, &want);
		ruleset_cap(rules, i, &cap);
		ruleset_rank(rules, i);
		ruleset_when(rules, i, about);
		ruleset_excepts(rules, i, thread);
	}
}

/* A machine of which nothing is known, then one on which all is so. */
static void look_up(struct ruleset *rules, struct world *w)
{
	struct subject process = { .table = w->table, .task = w->process,
	                           .host = &w->host, .people = &people,
	                           .standing = w->standing,
	                           .tag_alive = w->tag_alive,
	                           .own = own_value };
	struct subject thread = process;
	struct found   found;

	thread.task = w->thread;
	for (int round = 0; round < 3; round++) {
		for (int f = 0; f < HOST_COUNT; f++)
			if (round > 0)
				host_set(&w->host, (enum host_fact)f, round);
		w->tag_alive[round] = 1;
		process.now_ns = thread.now_ns = (uint64_t)round * SECOND;
		ruleset_host(rules, &process);
		ruleset_lookup(rules, &process, &found);
		MUST(found.rules <= CLAIMS_PER_TASK + CAPS_PER_TASK);
		ruleset_lookup(rules, &thread, &found);
		rules_read(rules, &process, &thread);
		moments_try(rules, &process);
	}
}

static void world_open(struct world *w)
{
	w->table = table_new(&only);
	w->standing = standing_new();
	MUST(w->table != NULL && w->standing != NULL);
	MUST(table_meet(w->table, only_id, &w->process) == 1);
	MUST(table_meet_thread(w->table, w->process, 43, &w->thread) == 1);
}

static void doubt_read(void *ctx, const struct doubt *d)
{
	const struct image_header *h = ctx;

	MUST(d->rule == IMAGE_NONE ||
	     d->rule < h->part[IMAGE_RULES].count);
	MUST(d->sentence[0] != '\0');
}

/* A copy, as the core makes one: aligned, and not a byte too long. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	void            *image = malloc(n + (n == 0));
	struct interned *sets = interned_new();
	struct ruleset  *rules = NULL;
	struct world     w = { 0 };
	char             why[200];

	MUST(image != NULL && sets != NULL);
	memcpy(image, bytes, n);
	if (image_check(image, n, why, sizeof why) == 0 &&
	    ruleset_new(image, n, 1, sets, &rules) == 0) {
		world_open(&w);
		look_up(rules, &w);
		MUST(doubts_find(image, NULL, doubt_read, image) == 0);
	}
	ruleset_free(rules);
	table_free(w.table);
	standing_free(w.standing);
	interned_free(sets);
	free(image);
	return 0;
}
