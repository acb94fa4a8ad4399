/* scene.c -- a random set of rules, and the same as an image. */

#include "campaign.h"

void want_draw(struct want *w)
{
	uint64_t all = settings_drawn();
	unsigned n = 1 + draw(3);

	for (unsigned i = 0; i < n;) {
		enum setting s = (enum setting)draw(SETTING_COUNT);
		int64_t      value;

		if ((all & SETTING_BIT(s)) == 0)
			continue;
		i++;
		if (once_in(20))
			want_set(w, s, VALUE_UNTOUCHED);
		else if (value_draw(s, play.words, false, &value))
			want_set(w, s, value);
	}
}

/* Those that are bounded by numbers, or by classes. */
void cap_draw(struct cap *c)
{
	for (unsigned i = 0; i < 2;) {
		enum setting              s = (enum setting)draw(SETTING_COUNT);
		const struct setting_row *row = &setting_rows[s];
		int64_t                   low, high;

		if ((settings_turned() & SETTING_BIT(s)) == 0)
			continue;
		i++;
		if (row->type == SETTING_TYPE_SCHED) {
			c->bound[s] = bound_open(s);
			c->bound[s].allowed &= 1u << SCHED_CLASS_OTHER |
			                       1u << draw(SCHED_CLASS_OTHER);
		} else if (setting_is_interned(s) ||
		           row->type == SETTING_TYPE_REALTIME ||
		           row->type == SETTING_TYPE_SHARE ||
		           !value_draw(s, NULL, false, &low) ||
		           !value_draw(s, NULL, false, &high)) {
			continue;
		} else {
			c->bound[s] = bound_open(s);
			c->bound[s].low = low < high ? low : high;
			c->bound[s].high = low < high ? high : low;
		}
		c->has |= SETTING_BIT(s);
	}
}

/* No rule yet, for anybody. */
static struct sketch sketch_new(void)
{
	return (struct sketch){ .name = NONE, .uid = NONE, .except = NONE,
		                .asks = NONE, .gives = NONE, .above = NONE,
		                .layer = LAYER_ADMIN,
		                .version = ++play.versions };
}

static int or_none(uint32_t n, uint32_t chance)
{
	return once_in(chance) ? (int)draw(n) : NONE;
}

static void match_draw(struct sketch *k)
{
	k->name = once_in(6) ? NONE : (int)draw(NAMES);
	k->uid = once_in(3) ? 1000 + (int)draw(4) : NONE;
	k->except = or_none(NAMES, 8);
	k->asks = or_none(TAGS, 8);
	k->of_threads = once_in(4);
	k->by_pattern = once_in(2);
	k->when = once_in(3) ? (enum when)draw(WHENS) : WHEN_ALWAYS;
	k->layer = once_in(3) ? LAYER_DISTRO : LAYER_ADMIN;
	k->priority = once_in(4) ? (int32_t)draw(5) - 2 : 0;
}

/* What a simple reference cannot follow; in half of all scenes there is none of
 * it. */
static void wild_draw(struct sketch *k)
{
	static const enum moment moments[] = { MOMENT_EXEC, MOMENT_FORK,
		MOMENT_RENAME, MOMENT_EXIT, MOMENT_FOCUS, MOMENT_POWER };

	switch (draw(8)) {
	case 0: k->lineage = LINEAGE_PARENT; break;
	case 1: k->lineage = LINEAGE_UNDER; break;
	case 2: k->drifts = true; break;
	case 3: k->to = TARGET_TREE; break;
	case 4: k->to = TARGET_PARENT; break;
	case 5: k->to = TARGET_UNIT; break;
	case 6:
		k->moment = moments[draw(6)];
		k->to = k->moment == MOMENT_EXIT ? TARGET_PARENT : TARGET_SELF;
		k->keep_ns = (1 + draw(5)) * SECOND;
		break;
	case 7: k->insist = true; break;
	}
	if (k->lineage != LINEAGE_NONE)
		k->above = (int)draw(NAMES);
}

void sketch_draw(struct sketch *k, bool wild)
{
	*k = sketch_new();
	match_draw(k);
	if (play.no_threads)
		k->of_threads = false;
	k->of_main = plays(PLAYS_MAIN) && k->of_threads && once_in(2);
	if (once_in(6))
		k->keep_ns = (1 + draw(4)) * 500 * MS;
	if (once_in(8))
		k->lasting_ns = (1 + draw(4)) * 300 * MS;
	if (wild && once_in(2))
		wild_draw(k);
	if (k->to != TARGET_SELF || k->moment != MOMENT_NONE)
		k->of_threads = false;
	if (once_in(5) && !k->of_threads && k->moment == MOMENT_NONE) {
		k->gives = (int)draw(TAGS);
		k->asks = NONE;                 /* no circles                 */
	}
	if (once_in(6) && k->moment == MOMENT_NONE) {
		cap_draw(&k->cap);
		if (once_in(2)) {
			k->name = k->asks = k->except = k->uid = NONE;
			k->of_threads = false;
			k->when = WHEN_ALWAYS;
		}
		return;
	}
	if (plays(PLAYS_FIGHT) && k->moment == MOMENT_NONE && once_in(3))
		k->insist = true;
	want_draw(&k->want);
	pools_want_draw(&k->want);
	k->is_function = once_in(5) && k->moment == MOMENT_NONE;
	if (!k->is_function)
		return;
	want_draw(&k->other);
	if (k->of_threads)
		return;
	/* Such an answer is a mistake of the function's. */
	k->want.has &= ~SETTING_BIT(SETTING_realtime);
	k->other.has &= ~SETTING_BIT(SETTING_realtime);
}

/* Looks at all tasks of one name when memory is short. */
static void handler_draw(struct sketch *k)
{
	*k = sketch_new();
	k->name = (int)draw(NAMES);
	k->is_function = k->is_handler = true;
	k->moment = MOMENT_MEMORY_PRESSURE;
	k->keep_ns = (1 + draw(5)) * SECOND;
	want_draw(&k->want);
}

static struct limit_rate rate_draw(uint32_t at_once)
{
	return (struct limit_rate){ 1 + draw(at_once),
	                            (1 + draw(10)) * 40 * MS };
}

void scene_limits(struct limit_rates *l)
{
	if (once_in(3))
		return;
	if (once_in(2))
		l->task = rate_draw(12);
	if (once_in(2))
		l->rule = rate_draw(20);
	if (once_in(2))
		l->machine = rate_draw(60);
	if (once_in(2))
		l->dwell_ns = (1 + draw(10)) * 100 * MS;
}

/* Every tag that is asked for must be given. */
static void tags_give(struct scene *sc)
{
	for (int t = 0; t < TAGS; t++) {
		struct sketch *k = &sc->sketch[sc->count++];

		*k = sketch_new();
		k->name = (int)draw(NAMES);
		k->gives = t;
	}
}

void scene_draw(struct scene *sc)
{
	uint32_t n;

	sc->wild = once_in(2);
	pools_draw(sc);
	n = 3 + draw(14);
	tags_give(sc);
	while (sc->count < n)
		sketch_draw(&sc->sketch[sc->count++], sc->wild);
	if (sc->wild && once_in(2))
		handler_draw(&sc->sketch[sc->count++]);
	for (uint32_t i = 0; i < sc->count; i++)
		sc->sketch[i].called = i;
}

void scenes_open(void)
{
	play.words = interned_new();
	if (play.words == NULL)
		broken("no memory");
}

void scenes_close(void)
{
	for (unsigned i = 0; i < play.scene_count; i++)
		free(play.scenes[i].image);
	interned_free(play.words);
}
