/* reload_open.c -- a reload's parts, put together and taken apart. */

#include <errno.h>
#include <stdlib.h>

#include "judge.h"
#include "reloading.h"

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

/* The first generation is lent its files. */
static struct generation *first_new(struct engine *en,
                                    const struct engine_options *o)
{
	struct generation *g = generation_new(en);

	if (g == NULL)
		return NULL;
	g->source = o->sources;
	g->sources = o->source_count;
	g->options = o->options;
	return g;
}

int reload_open(struct engine *en, const struct engine_options *o)
{
	struct reload *r;

	en->chores = calloc(1, sizeof *en->chores);
	if (en->chores == NULL)
		return -ENOMEM;
	if (o->reader.read == NULL || o->os->workshop.begin == NULL)
		return 0;
	r = calloc(1, sizeof *r);
	en->reload = r;
	if (r == NULL)
		return -ENOMEM;
	r->reader = o->reader;
	r->policy = o->reload;
	r->ears = o->reload_ears;
	r->due_ns = UINT64_MAX;
	r->last_number = o->last_generation;
	if (r->reader.kept != NULL)
		r->kept_count = r->reader.kept(r->reader.self, r->kept);
	r->now = first_new(en, o);
	return r->now == NULL ? -ENOMEM : 0;
}

/* What changed since the files were read is found by reading them again, now
 * that they are watched. */
void reload_begun(struct engine *en)
{
	static const struct reload_request nobody;
	struct reload *r = en->reload;

	if (r == NULL || r->begun)
		return;
	r->begun = true;
	r->now->rules = NULL;
	r->now->number = ruleset_generation(en->voice[VOICE_SYSTEM].rules);
	if (r->last_number < r->now->number)
		r->last_number = r->now->number;
	r->since_ns = now_of(en);
	if (r->policy.watch)
		reload_demand(en, &nobody, true, false, 0);
	probation_begin(en, now_of(en));
}

static void parting_close(struct parting *p)
{
	worker_free(p->worker);
	if (p->wire.close != NULL)
		p->wire.close(p->wire.self);
}

static void generation_close(struct generation *g)
{
	if (g == NULL)
		return;
	worker_free(g->worker);
	if (g->wire.close != NULL)
		g->wire.close(g->wire.self);
	generation_free(g);
}

static bool is_known(const struct engine *en, const struct generation *g)
{
	const struct reload *r = en->reload;
	const struct voice  *v = &en->voice[g->voice];

	if (g == en->first)
		return true;
	if (g->voice != VOICE_SYSTEM)
		return g == v->made || g == v->next;
	return r != NULL && (g == r->next || g == r->now || g == r->before);
}

/* A chore that was given up is the last that knows of its generation; one that
 * keeps it is not. */
static void chores_close(struct engine *en)
{
	struct chores *all = en->chores;

	if (all->doing)
		en->os->workshop.finish(en->os->workshop.self);
	for (; all->count > 0; all->count--) {
		struct chore *c = &all->chore[all->first];
		bool          freed = all->doing && c->work == generation_drop;
		bool          kept = c->work == generation_keep;

		all->first = (all->first + 1) % CHORES_MAX;
		all->doing = false;
		if (!freed && !kept && !is_known(en, c->generation))
			generation_free(c->generation);
	}
	free(all);
	en->chores = NULL;
}

void reload_close(struct engine *en)
{
	struct reload *r = en->reload;

	if (en->chores != NULL)
		chores_close(en);
	generation_close(en->first);
	en->first = NULL;
	if (r == NULL)
		return;
	if (r->compare.active)
		compare_end(en);
	for (int i = 0; i < PARTINGS_MAX; i++)
		parting_close(&r->parting[i]);
	for (int i = 0; i < FADING_MAX; i++)
		memo_free(r->fading[i]);
	generation_close(r->next);
	generation_close(r->before);
	if (r->now != NULL && !r->begun)
		r->now->rules = NULL;
	generation_free(r->now);
	free(r);
	en->reload = NULL;
}
