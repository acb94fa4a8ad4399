/* circle.c -- a group of ours: what its members want it to have, and
 * what it was given. */

#include "enforce/circle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/walk.h"

bool bid_equal(const struct bid *a, const struct bid *b)
{
	return a->setting == b->setting && a->is_cap == b->is_cap &&
	       a->value == b->value && a->rank == b->rank &&
	       a->rule == b->rule && a->bound.allowed == b->bound.allowed &&
	       a->bound.low == b->bound.low && a->bound.high == b->bound.high;
}

struct bid *bid_put(struct circle *c, const struct bid *what)
{
	struct bid *b;

	DL_FOREACH(c->bids, b)
		if (bid_equal(b, what)) {
			b->members++;
			return b;
		}
	b = malloc(sizeof *b);
	if (b == NULL)
		return NULL;
	*b = *what;
	b->members = 1;
	DL_APPEND(c->bids, b);
	return b;
}

void bid_drop(struct circle *c, struct bid *b)
{
	if (b == NULL || --b->members > 0)
		return;
	DL_DELETE(c->bids, b);
	free(b);
}

static const struct bid *strongest(const struct circle *c, enum setting s)
{
	const struct bid *best = NULL, *b;

	DL_FOREACH(c->bids, b)
		if (b->setting == s && !b->is_cap &&
		    (best == NULL || b->rank > best->rank))
			best = b;
	return best;
}

/* What all its members' caps leave of the value; two that leave nothing: the
 * one that was there first holds. */
static int64_t within_caps(const struct enforcer *en, const struct circle *c,
                           enum setting s, int64_t value)
{
	const struct bid *b;
	struct bound      all = bound_open(s);
	bool              any = false;

	DL_FOREACH(c->bids, b)
		if (b->setting == s && b->is_cap) {
			bound_intersect(s, &all, &b->bound, en->sets);
			any = true;
		}
	if (any)
		bound_clamp(s, &all, en->sets, value, &value);
	return value;
}

/* Counts a change by its effect, and reports it; one that is under way is
 * reported when it has landed. */
static void circle_tell(struct enforcer *en, const struct change *c)
{
	en->effects[c->effect]++;
	en->changes += c->threads > 0 && !en->observe;
	if (c->effect != EFFECT_UNDERWAY && en->report != NULL)
		en->report(en->report_ctx, c);
}

static struct change change_of(struct occasion by, enum setting s,
                               int64_t before, int64_t wanted, uint32_t rule)
{
	return (struct change){
		.whom = by.whom, .name = by.name, .setting = s,
		.before = before, .wanted = wanted, .now = before, .why = "",
		.rule = rule, .threads = 1,
	};
}

static void note_under_way(struct enforcer *en, const struct circle *c,
                           const struct change *about)
{
	struct under_way u = {
		.whom = about->whom, .group = c->group, .of_group = true,
		.setting = about->setting, .rule = about->rule,
		.before = about->before,
	};

	walk_note_under_way(en, &u);
}

/* Whether this machine makes anything of the value that it was given. */
static void weigh(const struct enforcer *en, const struct change *about,
                  struct turned *t)
{
	const struct actuator *door = &en->os->actuator;
	const struct want      alone = { .has = 0 };

	if (about->wanted != VALUE_UNTOUCHED)
		door->weigh(door->self, about->whom, &alone, about->setting, t);
}

static void give(struct enforcer *en, struct circle *c, struct occasion by,
                 enum setting s, int64_t value, uint32_t rule)
{
	const struct actuator *door = &en->os->actuator;
	struct turned          t = { EFFECT_UNSUPPORTED, NULL, 0 };
	struct change          about;
	int64_t                before;

	if (door->group_get(door->self, c->group, s, &before) < 0)
		before = VALUE_UNTOUCHED;
	if (value != VALUE_UNTOUCHED) {
		t.why = door->lacks(door->self, s, value);
		if (t.why == NULL)
			value = door->means(door->self, s, value);
	}
	about = change_of(by, s, before, value, rule);
	if (t.why == NULL)
		door->group_set(door->self, c->group, s, value, &t);
	weigh(en, &about, &t);
	about.effect = t.effect;
	about.why = t.why;
	if (t.effect == EFFECT_UNDERWAY)
		note_under_way(en, c, &about);
	if (t.effect == EFFECT_APPLIED || t.effect == EFFECT_ALREADY ||
	    t.effect == EFFECT_INERT)
		about.now = t.now;
	else
		about.threads = 0;
	if (t.effect != EFFECT_ALREADY)
		circle_tell(en, &about);
}

/* Who may be in more of it than its settings need. */
struct parting_from {
	struct enforcer     *en;
	const struct circle *c;
};

static void part_one(void *ctx, const struct hold *h)
{
	struct parting_from   *from = ctx;
	struct enforcer       *en = from->en;
	const struct actuator *door = &en->os->actuator;
	struct turned          t;
	struct under_way       u = {
		.whom = h->whom, .key = h->whom, .setting = SETTING_pool,
		.rule = RULE_NONE, .recorded = true, .had = true,
		.before = from->c->group, .applied = from->c->group,
	};

	if (h->setting != SETTING_pool || !h->settled ||
	    h->applied != from->c->group ||
	    walk_is_under_way(en, h->whom, SETTING_pool) ||
	    en->under_ways == UNDER_WAY_MAX)
		return;
	door->group_part(door->self, h->whom, h->applied, h->origin, &t);
	if (t.effect == EFFECT_UNDERWAY)
		walk_note_under_way(en, &u);
}

static void part_all(struct enforcer *en, const struct circle *c)
{
	struct parting_from from = { en, c };

	if (en->journal != NULL && en->os->actuator.group_part != NULL)
		journal_each(en->journal, part_one, &from);
}

void circle_give(struct enforcer *en, struct circle *c, struct occasion by,
                 uint64_t settings)
{
	bool back = false;

	while (settings != 0) {
		enum setting      s = setting_take(&settings);
		const struct bid *b = strongest(c, s);
		bool              asked = (c->asked & SETTING_BIT(s)) != 0;
		int64_t           value = VALUE_UNTOUCHED;

		if (b != NULL)
			value = within_caps(en, c, s, b->value);
		if (asked ? c->value[s - GROUPED_FIRST] == value : b == NULL)
			continue;
		c->asked |= SETTING_BIT(s);
		if (b == NULL)
			c->asked &= ~SETTING_BIT(s);
		c->value[s - GROUPED_FIRST] = value;
		back |= value == VALUE_UNTOUCHED;
		give(en, c, by, s, value, b == NULL ? RULE_NONE : b->rule);
	}
	if (back)
		part_all(en, c);
}

void circle_read(const struct enforcer *en, struct circle *c)
{
	const struct actuator *door = &en->os->actuator;

	for (uint64_t left = door->group_can; left != 0;) {
		enum setting s = setting_take(&left);

		if (door->group_get(door->self, c->group, s,
		                    &c->value[s - GROUPED_FIRST]) == 0)
			c->asked |= SETTING_BIT(s);
	}
}

void circle_show(struct enforcer *en, struct occasion by,
                 const struct verdict *v, uint64_t settings)
{
	while (settings != 0) {
		enum setting  s = setting_take(&settings);
		struct change c = change_of(by, s, VALUE_UNTOUCHED,
		                            v->want.value[s], v->won[s]);
		struct turned t = { EFFECT_APPLIED, "", c.wanted };

		weigh(en, &c, &t);
		c.effect = t.effect;
		c.why = t.why;
		circle_tell(en, &c);
	}
}

void circle_landed(struct enforcer *en, struct occasion by,
                   const struct under_way *u, const struct landed *l)
{
	struct change c = change_of(by, u->setting, u->before, l->wanted,
	                            u->rule);
	struct turned t = l->turned;

	weigh(en, &c, &t);
	c.effect = t.effect;
	c.why = t.why;
	c.now = t.now;
	circle_tell(en, &c);
}

void circle_free(struct circle *c)
{
	struct bid *b, *next;

	DL_FOREACH_SAFE(c->bids, b, next)
		free(b);
	free(c);
}
