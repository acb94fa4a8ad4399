/* enforce.c -- from a verdict to knobs: what differs from what is in force. */

#include "enforce/enforce.h"

#include <errno.h>
#include <string.h>

#include "enforce/walk.h"

static uint64_t of_sessions(uint64_t settings)
{
	uint64_t found = 0;

	while (settings != 0) {
		enum setting s = setting_take(&settings);

		if (scope_of(s) == SETTING_SCOPE_SESSION)
			found |= SETTING_BIT(s);
	}
	return found;
}

/* Settings that may have to go back to their origin. */
static uint64_t held_by(const struct walk *w)
{
	const struct journal *j = w->en->journal;
	struct task_id        leader = { w->head.pid, w->head.pid,
	                                 w->head.born };
	uint64_t              was = w->who->in_force.has, shared;

	if (j == NULL)
		return 0;
	if (!walk_of_thread(w))
		return journal_holds_within(j, w->head) | of_sessions(was);
	shared = journal_holds(j, leader);
	if (w->who->settled)
		shared &= was;
	return journal_holds(j, w->head) | shared;
}

/* What reaches further than this thread is its process's affair. */
static bool beyond_thread(const struct walk *w, enum setting s)
{
	return walk_of_thread(w) && scope_of(s) != SETTING_SCOPE_THREAD;
}

static bool process_has(const struct walk *w, enum setting s, int64_t value)
{
	const struct task *p = table_process_of(w->en->table, w->who);

	return want_has(&p->in_force, s) && p->in_force.value[s] == value;
}

static int plan_back(struct walk *w, enum setting s)
{
	struct move *m;

	if (beyond_thread(w, s))
		return 0;
	m = walk_add(w, s, true, 0, RULE_NONE);
	return scope_of(s) == SETTING_SCOPE_SESSION ? session_want_no_more(w, m)
	                                            : 0;
}

/* Settings under which a task does not run for a while, or at all. */
static bool stops(enum setting s)
{
	return s == SETTING_freeze || s == SETTING_cpu_limit;
}

static int plan_forward(struct walk *w, enum setting s, int64_t value,
                        uint32_t rule, const char *protected)
{
	const struct actuator *door = &w->en->os->actuator;
	const char            *why = door->lacks(door->self, s, value);
	struct move           *m;

	if (beyond_thread(w, s) && process_has(w, s, value))
		return 0;
	if (why == NULL)
		value = door->means(door->self, s, value);
	m = walk_add(w, s, false, value, rule);
	if (protected != NULL)
		walk_refuse(m, EFFECT_DENIED, protected);
	else if (beyond_thread(w, s))
		walk_refuse(m, EFFECT_UNSUPPORTED, "reaches the whole process");
	else if (why != NULL)
		walk_refuse(m, EFFECT_UNSUPPORTED, why);
	else if (stops(s) && (why = protect_stop(w->en, w->who)) != NULL)
		walk_refuse(m, EFFECT_DENIED, why);
	else if (scope_of(s) == SETTING_SCOPE_SESSION)
		return session_want(w, m);
	return 0;
}

/* What it asks for: not to be frozen is to be left alone, for what somebody else
 * stopped is not ours to continue. */
static uint64_t asked_by(const struct verdict *v)
{
	if (want_has(&v->want, SETTING_freeze) &&
	    v->want.value[SETTING_freeze] == 0)
		return v->want.has & ~SETTING_BIT(SETTING_freeze);
	return v->want.has;
}

/* Back in the reverse order of applying, then forward: a deadline class must be
 * gone before the affinity that it forbids to change. */
static int plan(struct walk *w, const struct verdict *v)
{
	const struct want *was = &w->who->in_force;
	uint64_t           may = (setting_knobs() | v->bare) & ~w->who->yielded;
	uint64_t           back = held_by(w) & ~asked_by(v) & may;
	uint64_t           forward = asked_by(v) & may;
	const char        *protected = NULL;
	bool               asked = false;
	int                r = 0;

	for (int s = SETTING_COUNT - 1; back != 0 && s >= 0 && r == 0; s--)
		if ((back & SETTING_BIT(s)) != 0)
			r = plan_back(w, (enum setting)s);
	while (forward != 0 && r == 0) {
		enum setting s = setting_take(&forward);

		if (want_has(was, s) && was->value[s] == v->want.value[s])
			continue;
		if (!asked)
			protected = enforce_protected(w->en, w->who);
		asked = true;
		r = plan_forward(w, s, v->want.value[s], v->won[s], protected);
	}
	return r;
}

static void put_in_force(struct task *who, const struct verdict *v)
{
	who->in_force = v->want;
	who->in_force.has &= ~who->yielded;
	memcpy(who->won, v->won, sizeof who->won);
}

int enforce_verdict(struct enforcer *en, struct task *who,
                    const struct verdict *v)
{
	const struct actuator *door = &en->os->actuator;
	struct walk            w;
	int                    r;

	memset(&w, 0, offsetof(struct walk, move));
	memset(&w.moves, 0, sizeof w - offsetof(struct walk, moves));
	w.en = en;
	w.who = who;
	w.head = who->id;
	r = plan(&w, v);
	if (r == 0 && w.moves != 0)
		r = walk_run(&w);
	if (w.turned_any && door->proven(door->self) < 0)
		r = -ESRCH;
	if (r == 0 || (w.turned_any && r != -ESRCH))
		walk_report(&w, &v->want);
	if (r == 0)
		put_in_force(who, v);
	walk_clear(&w);
	return r;
}
