/* grouping.c -- which group the rules put a task into, and what is said of it.
 *
 * A pool that a rule names says things too: below all that rules of its layer
 * want, and for whoever is put into it.  What belongs to a group and is wanted
 * without one makes a group of that process alone.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "enforce/pools.h"
#include "judge.h"
#include "model/group.h"
#include "policy/rank.h"

#define GROUP_KEY_MAX (INTERNED_NAME_MAX + 1 + NAME_KEEP)

bool grouping_claims(const struct ruleset *rules, struct opinion *o)
{
	const struct verdict *v = &o->verdict;
	struct pool_terms     terms;
	uint32_t              at = 0, highest = 0, more = 0;

	o->per = POOL_SHARED;
	if (!want_has(&v->want, SETTING_pool))
		return false;
	while (more < LAYERS &&
	       ruleset_pool(rules, v->want.value[SETTING_pool], &at, &terms)) {
		o->claim[o->claims + more++] = (struct claim){
			.rule = v->won[SETTING_pool],
			.rank = rank_of_pool(terms.layer),
			.want = terms.values,
		};
		if (terms.layer >= highest)
			o->per = terms.per;
		if (terms.layer >= highest)
			highest = terms.layer;
	}
	o->claims += more;
	return more != 0;
}

static int number_of(struct engine *en, struct task *process, enum fact fact,
                     char *out, size_t size)
{
	struct value v;
	int          r = table_fact(en->table, process, fact, &v);

	if (r == 1)
		snprintf(out, size, "%" PRId64, v.number);
	return r == -ESRCH ? r : 0;
}

static int unit_of(struct engine *en, struct task *process, char *out,
                   size_t size)
{
	struct value v;
	int          r = table_fact(en->table, process, FACT_unit, &v);

	if (r == 1)
		text_copy(out, size, v.text);
	return r == -ESRCH ? r : 0;
}

/* Whoever has no such thing is with all others who have none. */
static int64_t one_of(struct engine *en, struct task *process, int64_t name,
                      enum pool_per per)
{
	char key[NAME_KEEP] = "none", text[GROUP_KEY_MAX];
	int  r;

	if (per == POOL_PER_UID)
		r = number_of(en, process, FACT_uid, key, sizeof key);
	else if (per == POOL_PER_SESSION)
		r = number_of(en, process, FACT_session, key, sizeof key);
	else
		r = unit_of(en, process, key, sizeof key);
	if (r < 0)
		return r;
	snprintf(text, sizeof text, "%s@%s", interned_text(en->sets, name),
	         key);
	return group_read(en->sets, text);
}

static bool can_be_moved(struct engine *en, struct task_id process)
{
	const struct actuator *door = &en->os->actuator;
	bool                   apart = en->gripped.pid != process.pid, can;

	if (apart && (en->gripped.pid != 0 ||
	              door->grip(door->self, process) < 0))
		return false;
	can = door->stays(door->self, process) == NULL;
	if (apart)
		door->let_go(door->self);
	return can;
}

static bool is_in(const struct task *process, int64_t group)
{
	return want_has(&process->in_force, SETTING_pool) &&
	       process->in_force.value[SETTING_pool] == group;
}

/* Whose the group is that one of these settings makes: the process's, or that of
 * the top of a tree on which it was set by hand. */
static struct task_id owner_of(const struct opinion *o, struct task_id process,
                               uint64_t *ret_setting, uint64_t grouped)
{
	const struct verdict *v = &o->verdict;

	*ret_setting = grouped & (~grouped + 1);
	while (grouped != 0) {
		enum setting s = setting_take(&grouped);
		uint32_t     rule = v->won[s];

		if (!rule_is_set(rule) ||
		    o->set_on[rule_is_users(rule)].pid == 0)
			continue;
		*ret_setting = SETTING_BIT(s);
		return o->set_on[rule_is_users(rule)];
	}
	return process;
}

/* In the name of one of the settings that belong to groups. */
static void put_alone(struct verdict *v, int64_t group, uint64_t setting)
{
	enum setting s = setting_take(&setting);

	want_set(&v->want, SETTING_pool, group);
	v->won[SETTING_pool] = v->won[s];
	v->rank[SETTING_pool] = v->rank[s];
}

int grouping_resolve(struct engine *en, struct task *who, struct opinion *o)
{
	const struct actuator *door = &en->os->actuator;
	struct task           *process = table_process_of(en->table, who);
	struct verdict        *v = &o->verdict;
	uint64_t               grouped = v->want.has & door->group_can, by;
	int64_t                group;

	if (want_has(&v->want, SETTING_pool)) {
		if (o->per == POOL_SHARED)
			return 0;
		if (o->per == POOL_PER_UNIT)
			v->of_unit |= v->want.has & setting_grouped();
		group = one_of(en, process, v->want.value[SETTING_pool],
		               o->per);
		if (group == -ESRCH)
			return -ESRCH;
		if (group < 0)
			v->want.has &= ~SETTING_BIT(SETTING_pool);
		else
			v->want.value[SETTING_pool] = group;
		return 0;
	}
	if (grouped == 0 || v->won[SETTING_pool] != RULE_NONE)
		return 0;
	if (judge_learn_birth(en, process) < 0)
		return -ESRCH;
	group = group_of_one(owner_of(o, process->id, &by, grouped));
	if (is_in(process, group) || can_be_moved(en, process->id))
		put_alone(v, group, by);
	return 0;
}

/* A bit for each number that is in use. */
struct marks {
	uint8_t used[INTERNED_MAX / 8];
};

static void mark(void *ctx, int64_t place)
{
	struct marks *m = ctx;

	if (place >= 0 && place < INTERNED_MAX)
		m->used[place / 8] |= (uint8_t)(1u << place % 8);
}

static void mark_hold(void *ctx, const struct hold *h)
{
	if (h->setting != SETTING_pool)
		return;
	mark(ctx, h->origin);
	mark(ctx, h->wanted);
	mark(ctx, h->applied);
	mark(ctx, h->earlier);
}

static void mark_tasks(struct engine *en, struct marks *m)
{
	const struct task *who;
	uint32_t           slot = 0;

	while ((who = table_next(en->table, &slot)) != NULL)
		if (want_has(&who->in_force, SETTING_pool))
			mark(m, who->in_force.value[SETTING_pool]);
}

static void mark_turns(const struct engine *en, struct marks *m)
{
	for (size_t i = 0; i < LATELY_MAX; i++) {
		const struct lately_turn *t = &en->lately.turn[i];

		if (t->setting == SETTING_pool) {
			mark(m, t->value);
			mark(m, t->origin);
		}
	}
	for (size_t i = 0; i < en->enforcer.under_ways; i++) {
		const struct under_way *u = &en->enforcer.under_way[i];

		if (u->of_group)
			mark(m, u->group);
		if (u->setting == SETTING_pool) {
			mark(m, u->before);
			mark(m, u->applied);
		}
	}
}

void grouping_sweep(struct engine *en)
{
	struct marks m = { { 0 } };

	if (!interned_crowded(en->sets))
		return;
	if (en->journal != NULL)
		journal_each(en->journal, mark_hold, &m);
	pools_each(&en->enforcer, mark, &m);
	mark_tasks(en, &m);
	mark_turns(en, &m);
	interned_sweep(en->sets, m.used);
}
