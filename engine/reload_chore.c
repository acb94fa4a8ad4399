/* reload_chore.c -- what is done beside the loop, in line, and
 * what is let go. */

#include "reloading.h"

#include <stdlib.h>

#define ANSWERS_A_STEP 256

/* Begins the first chore in line, if the workshop is free; where there is none,
 * it is done here. */
void chores_go_on(struct engine *en)
{
	struct chores         *all = en->chores;
	const struct workshop *shop = &en->os->workshop;
	struct chore          *c = &all->chore[all->first];

	if (all->doing || all->count == 0)
		return;
	if (shop->begin != NULL) {
		all->doing = shop->begin(shop->self, c->work,
		                         c->generation) == 0;
		return;
	}
	all->doing = true;
	c->work(c->generation);
	chore_done(en);
}

static bool chores_have_room(const struct engine *en)
{
	return en->chores->count < CHORES_MAX;
}

bool chore_add(struct engine *en, void (*work)(void *generation),
               void (*then)(struct engine *en, struct generation *g),
               struct generation *g)
{
	struct chores *all = en->chores;

	if (!chores_have_room(en))
		return false;
	all->chore[(all->first + all->count++) % CHORES_MAX] =
		(struct chore){ work, then, g };
	chores_go_on(en);
	return true;
}

void chore_done(struct engine *en)
{
	struct chores *all = en->chores;
	struct chore   c = all->chore[all->first];

	if (!all->doing)
		return;
	all->doing = false;
	all->first = (all->first + 1) % CHORES_MAX;
	all->count--;
	if (c.then != NULL)
		c.then(en, c.generation);
	chores_go_on(en);
}

/* Frees a memory of answers, a few at a time; NULL is fine. */
static void reload_fade(struct engine *en, struct memo *m)
{
	struct reload *r = en->reload;

	if (m == NULL)
		return;
	for (int i = 0; i < FADING_MAX; i++)
		if (r->fading[i] == NULL) {
			r->fading[i] = m;
			return;
		}
	memo_free(m);
}

void memos_fade(struct reload *r)
{
	for (int i = 0; i < FADING_MAX; i++)
		if (r->fading[i] != NULL &&
		    memo_shrink(r->fading[i], ANSWERS_A_STEP) == 0) {
			memo_free(r->fading[i]);
			r->fading[i] = NULL;
		}
}

/* Its worker is let go, and seen off when the wire says that it is gone. */
void reload_part(struct engine *en, struct worker *w, const struct wire *wire,
                 uint32_t line)
{
	struct reload *r = en->reload;
	struct parting *p = NULL;

	for (int i = 0; i < PARTINGS_MAX && p == NULL; i++)
		if (r->parting[i].worker == NULL)
			p = &r->parting[i];
	if (w == NULL)
		return;
	if (p == NULL) {
		worker_free(w);         /* it is killed, and not waited for   */
		if (wire->close != NULL)
			wire->close(wire->self);
		return;
	}
	*p = (struct parting){ .worker = w, .wire = *wire, .line = line };
	if (wire->name != NULL)
		worker_rewire(w, &p->wire);
	worker_dismiss(w);
}

void partings_end(struct reload *r)
{
	for (int i = 0; i < PARTINGS_MAX; i++) {
		struct parting *p = &r->parting[i];

		if (p->worker == NULL || worker_lives(p->worker))
			continue;
		worker_free(p->worker);
		if (p->wire.close != NULL)
			p->wire.close(p->wire.self);
		*p = (struct parting){ .worker = NULL };
	}
}

void generation_leave(struct engine *en, struct generation *g)
{
	if (g == NULL)
		return;
	reload_part(en, g->worker, &g->wire, g->line);
	g->worker = NULL;
	reload_fade(en, g->memo);
	g->memo = NULL;
	if (!chore_add(en, generation_drop, NULL, g))
		generation_free(g);
}

void generation_leave_own(struct engine *en, struct generation *g)
{
	if (g == NULL)
		return;
	worker_free(g->worker);
	if (g->wire.close != NULL)
		g->wire.close(g->wire.self);
	memo_free(g->memo);
	g->worker = NULL;
	g->wire = (struct wire){ .name = NULL };
	g->memo = NULL;
	if (!chore_add(en, generation_drop, NULL, g))
		generation_free(g);
}
