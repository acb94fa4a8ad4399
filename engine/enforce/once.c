/* once.c -- what takes its time, and what leaves nothing to put back. */

#include <string.h>

#include "enforce/pools.h"
#include "enforce/walk.h"

void walk_note_under_way(struct enforcer *en, const struct under_way *u)
{
	if (en->under_ways < UNDER_WAY_MAX)
		en->under_way[en->under_ways++] = *u;
}

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
		walk_note_under_way(en, &(struct under_way){
			.whom = whom, .setting = s, .rule = rule });
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
	if (why == NULL && enforce_sheltered(en, who))
		why = "no rule names it";
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

static bool is_about(const struct under_way *u, const struct landed *l)
{
	if (u->setting != l->setting || u->of_group != (l->whom.pid == 0))
		return false;
	return u->of_group ? u->group == l->group
	                   : task_id_equal(u->recorded ? u->key : u->whom,
	                                   l->whom);
}

/* As of a change that was made at once. */
void walk_record_landed(struct enforcer *en, const struct under_way *u,
                        const struct landed *l)
{
	const struct turned *t = &l->turned;
	bool                 refused = t->effect == EFFECT_DENIED ||
	                               t->effect == EFFECT_UNSUPPORTED;
	bool                 in_vain = !u->had && !u->back &&
	                               t->now == u->before;

	/* Of who is gone nothing is recorded any more; of a unit that is. */
	if ((t->effect == EFFECT_GONE && u->key.pid > 0) || l->in_doubt ||
	    (u->back && refused))
		return;
	if (u->back || in_vain || (refused && !u->had))
		journal_end(en->journal, u->key, u->setting);
	else
		journal_settle(en->journal, u->key, u->setting,
		               refused ? u->applied : t->now);
}

/* What a class was refused for may be over where it is now: the next verdict
 * asks for it again. */
static void ask_class_again(struct enforcer *en, struct task *who)
{
	const struct actuator *door = &en->os->actuator;
	uint64_t left = who->in_force.has & (SETTING_BIT(SETTING_sched) |
	                                     SETTING_BIT(SETTING_realtime));
	int64_t  now;

	if (left == 0 || door->grip(door->self, who->id) < 0)
		return;
	while (left != 0) {
		enum setting s = setting_take(&left);

		if (door->read(door->self, who->id, s, &now) == 0 &&
		    now != who->in_force.value[s])
			who->in_force.has &= ~SETTING_BIT(s);
	}
	door->let_go(door->self);
}

static void tell_landed(struct enforcer *en, const struct under_way *u,
                        const struct landed *l)
{
	struct task  *who = table_find(en->table, u->whom);
	struct change c = {
		.whom = u->whom, .setting = u->setting, .before = u->before,
		.wanted = l->wanted, .now = l->turned.now,
		.effect = l->turned.effect, .why = l->turned.why,
		.rule = u->rule, .ours_ns = u->ours_ns,
	};

	if (who == NULL || c.effect == EFFECT_GONE)
		return;
	c.name = walk_name(who);
	c.threads = c.effect == EFFECT_APPLIED || c.effect == EFFECT_INERT;
	/* In its group it is still, though no more in all of it. */
	if (u->setting != SETTING_pool || u->before != l->wanted) {
		en->effects[c.effect]++;
		en->changes += c.threads;
		if (en->report != NULL)
			en->report(en->report_ctx, &c);
	}
	if (u->setting == SETTING_pool) {
		pools_settle(en, who);
		ask_class_again(en, who);
	}
	if (en->landed != NULL)
		en->landed(en->landed_ctx, u->whom);
}

void enforce_landed(struct enforcer *en)
{
	const struct actuator *door = &en->os->actuator;
	struct landed          l;

	while (door->landed != NULL && door->landed(door->self, &l)) {
		struct under_way u;
		size_t           i = 0;

		while (i < en->under_ways && !is_about(&en->under_way[i], &l))
			i++;
		if (i == en->under_ways)
			continue;
		u = en->under_way[i];
		en->under_ways--;
		memmove(&en->under_way[i], &en->under_way[i + 1],
		        (en->under_ways - i) * sizeof u);
		if (u.of_group) {
			pools_landed(en, &u, &l);
		} else if (u.recorded) {
			walk_record_landed(en, &u, &l);
			tell_landed(en, &u, &l);
			if (u.key.pid < 0)
				session_landed(en, &u, &l);
		} else if (table_find(en->table, l.whom) != NULL) {
			tell(en, table_find(en->table, l.whom), &l, u.rule);
		}
	}
}

uint64_t walk_under_way(const struct enforcer *en, struct task_id whom)
{
	uint64_t which = 0;

	for (size_t i = 0; i < en->under_ways; i++)
		if (en->under_way[i].recorded && !en->under_way[i].of_group &&
		    task_id_equal(en->under_way[i].key, whom))
			which |= SETTING_BIT(en->under_way[i].setting);
	return which;
}

bool enforce_is_under_way(const struct enforcer *en, struct task_id whom)
{
	for (size_t i = 0; i < en->under_ways; i++)
		if (en->under_way[i].whom.pid == whom.pid &&
		    en->under_way[i].whom.born == whom.born)
			return true;
	return false;
}

/* What goes back is no rule's. */
void enforce_renumber(struct enforcer *en,
                      uint32_t (*heir)(void *ctx, uint32_t rule), void *ctx)
{
	for (size_t i = 0; i < en->under_ways; i++) {
		struct under_way *u = &en->under_way[i];

		if (u->rule == RULE_NONE || u->rule == RULE_GONE)
			continue;
		u->rule = heir(ctx, u->rule);
		if (u->rule == RULE_NONE)
			u->rule = RULE_GONE;
	}
}
