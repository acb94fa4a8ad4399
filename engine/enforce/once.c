/* once.c -- what is done to a task and leaves nothing to put back. */

#include "enforce/walk.h"

/* Of a gripped task that may be touched. */
static struct turned turn_once(struct enforcer *en, struct task_id whom,
                               enum setting s, int64_t value, uint32_t rule)
{
	const struct actuator *door = &en->os->actuator;
	struct turned          t = { EFFECT_APPLIED, "", 0 };

	if (en->observe)
		return t;
	if (en->under_ways == UNDER_WAY_MAX)
		return (struct turned){ EFFECT_DENIED,
		                        "too many are under way already", 0 };
	door->apply(door->self, whom, s, value, &t);
	if (t.effect == EFFECT_UNDERWAY)
		en->under_way[en->under_ways++] = (struct under_way){
			whom, s, rule };
	return t;
}

static struct turned turn_from_outside(struct enforcer *en, struct task *who,
                                       enum setting s, int64_t value,
                                       uint32_t rule)
{
	const struct actuator *door = &en->os->actuator;
	struct turned          t = { EFFECT_GONE, "", 0 };
	const char            *why;

	if (door->grip(door->self, who->id) < 0)
		return t;
	why = enforce_protected(en, who);
	if (why != NULL)
		t.effect = EFFECT_DENIED;
	else if ((why = door->lacks(door->self, s, value)) != NULL)
		t.effect = EFFECT_UNSUPPORTED;
	if (why != NULL)
		t.why = why;
	else
		t = turn_once(en, who->id, s, value, rule);
	door->let_go(door->self);
	return t;
}

static void tell(struct enforcer *en, const struct task *who,
                 const struct landed *l, uint32_t rule)
{
	struct change c = {
		.whom = l->whom, .name = walk_name(who), .setting = l->setting,
		.wanted = l->wanted, .now = l->turned.now,
		.effect = l->turned.effect, .why = l->turned.why,
		.rule = rule, .threads = 1,
	};

	if (c.effect == EFFECT_UNDERWAY)
		return;
	en->effects[c.effect]++;
	if (c.effect != EFFECT_GONE && en->report != NULL)
		en->report(en->report_ctx, &c);
}

void enforce_once(struct enforcer *en, struct task *who, enum setting s,
                  int64_t value, uint32_t rule)
{
	struct landed l = {
		.whom = who->id, .setting = s, .wanted = value,
		.turned = turn_from_outside(en, who, s, value, rule),
	};

	tell(en, who, &l, rule);
}

void walk_once(struct walk *w, struct move *m)
{
	m->halted = true;
	m->turned = turn_once(w->en, w->head, m->change.setting,
	                      m->change.wanted, m->change.rule);
	m->silent = m->turned.effect == EFFECT_UNDERWAY;
	m->change.threads = 1;
}

/* Whose rules were replaced meanwhile is not told of. */
void enforce_landed(struct enforcer *en)
{
	const struct actuator *door = &en->os->actuator;
	struct landed          l;

	while (door->landed != NULL && door->landed(door->self, &l)) {
		const struct task *who = table_find(en->table, l.whom);

		for (size_t i = 0; i < en->under_ways; i++) {
			struct under_way u = en->under_way[i];

			if (u.setting != l.setting ||
			    !task_id_equal(u.whom, l.whom))
				continue;
			en->under_way[i] = en->under_way[--en->under_ways];
			if (who != NULL)
				tell(en, who, &l, u.rule);
			break;
		}
	}
}

void enforce_forget_rules(struct enforcer *en)
{
	en->under_ways = 0;
}
