/* enforce.c -- from a verdict to knobs: what differs from what is in force. */

#include "enforce/enforce.h"

#include <errno.h>
#include <string.h>

#include "enforce/pools.h"
#include "enforce/walk.h"
#include "model/group.h"
#include "policy/rank.h"

/* Settings that may have to go back to their origin; of those that went back a
 * moment ago some thread may not have been heard of yet. */
static uint64_t held_by(const struct walk *w)
{
	const struct journal *j = w->en->journal;
	struct task_id        leader = { w->head.pid, w->head.pid,
	                                 w->head.born };
	uint64_t              was = w->who->in_force.has, shared, former;

	if (j == NULL)
		return 0;
	former = journal_formers(j, leader);
	if (!walk_of_thread(w))
		return journal_holds_within(j, w->head) | former |
		       session_wishes(w->en, w->head);
	if (w->who->newborn)
		return journal_holds_within(j, w->head) | former;
	shared = journal_holds(j, leader);
	if (w->who->settled)
		shared &= was;
	return journal_holds(j, w->head) | shared | former;
}

/* What reaches further than this thread is its process's affair. */
static bool beyond_thread(const struct walk *w, enum setting s)
{
	return walk_of_thread(w) && scope_of(s) != SETTING_SCOPE_THREAD;
}

static int plan_back(struct walk *w, enum setting s)
{
	struct move *m;

	if (beyond_thread(w, s))
		return 0;
	m = walk_add(w, s, true, 0, RULE_NONE);
	return (session_wishes(w->en, w->head) & SETTING_BIT(s)) != 0
	       ? session_want_no_more(w, m) : 0;
}

/* Settings under which a task does not run for a while, or at all. */
static bool stops(enum setting s)
{
	return s == SETTING_freeze || s == SETTING_cpu_limit;
}

/* What a pool has, its members cannot have one by one. */
static const char *why_not_of_pool(struct walk *w, const struct verdict *v,
                                   enum setting s, enum effect *ret_effect)
{
	bool        named = want_has(&v->want, SETTING_pool) &&
	                    !group_is_of_one(v->want.value[SETTING_pool]);
	const char *why;

	if (s != SETTING_pool && (scope_of(s) != SETTING_SCOPE_GROUP || !named))
		return NULL;
	why = pools_refusal(w->en, w->head, v->want.value[SETTING_pool],
	                    ret_effect);
	w->en->groups_refused += s == SETTING_pool &&
	                         *ret_effect == EFFECT_DENIED;
	return why != NULL || s == SETTING_pool
	       ? why : "no group of this system has it";
}

bool enforce_of_unit(const struct actuator *door, struct task_id whom,
                     const struct verdict *v, enum setting s,
                     struct task_id *ret_key, const char **ret_why)
{
	bool        whole = (v->of_unit & SETTING_BIT(s)) != 0, alone = false;
	const char *why;
	int64_t     unused;
	int         r;

	if (setting_rows[s].scope != SETTING_SCOPE_GROUP ||
	    door->unit_key == NULL)
		return false;
	r = door->unit_key(door->self, task_id_known(whom), s, ret_key, &alone,
	                   &why);
	if (r == 0 && (whole || alone))
		return true;
	/* One process can be given some of it otherwise. */
	if (r != -ESRCH &&
	    door->read(door->self, task_id_known(whom), s, &unused) < 0)
		*ret_why = r == 0 ? "shares unit" : why;
	return false;
}

static int plan_forward(struct walk *w, const struct verdict *v,
                        enum setting s, const char *protected)
{
	const struct actuator *door = &w->en->os->actuator;
	int64_t                value = v->want.value[s];
	enum effect            effect = EFFECT_UNSUPPORTED;
	const char            *why = door->lacks(door->self, s, value);
	struct task_id         unit;
	struct move           *m;
	bool                   of_unit;

	if (beyond_thread(w, s) && walk_process_has(w, s, value))
		return 0;
	of_unit = why == NULL && !walk_of_thread(w) &&
	          enforce_of_unit(door, w->head, v, s, &unit, &why);
	if (why == NULL && s == SETTING_realtime && !walk_of_thread(w))
		why = ACTUATOR_SINGLE;
	if (why == NULL && !walk_of_thread(w) && !of_unit)
		why = why_not_of_pool(w, v, s, &effect);
	if (why == NULL)
		value = door->means(door->self, s, value);
	m = walk_add(w, s, false, value, v->won[s]);
	m->insists = (v->insist & SETTING_BIT(s) & setting_own()) != 0;
	m->for_good = (v->for_good & SETTING_BIT(s)) != 0;
	m->by_name = (v->by_name & SETTING_BIT(s)) != 0;
	if (protected != NULL)
		walk_refuse(m, EFFECT_DENIED, protected);
	else if (beyond_thread(w, s))
		walk_refuse(m, EFFECT_UNSUPPORTED, "reaches the whole process");
	else if (why != NULL)
		walk_refuse(m, effect, why);
	else if (stops(s) && (why = protect_stop(w->en, w->who)) != NULL)
		walk_refuse(m, EFFECT_DENIED, why);
	else if (s == SETTING_realtime)
		admission_ask(w, m);
	else if (scope_of(s) == SETTING_SCOPE_SESSION)
		return session_want(w, m);
	else if (of_unit)
		return session_want_of_unit(w, m, unit);
	else if (!setting_rows[s].undoable)
		walk_once(w, m);
	return 0;
}

/* What it asks for: not to be frozen is to be left alone, for what somebody
 * else stopped is not ours to continue. */
static uint64_t asked_by(const struct verdict *v)
{
	if (want_has(&v->want, SETTING_freeze) &&
	    v->want.value[SETTING_freeze] == 0)
		return v->want.has & ~SETTING_BIT(SETTING_freeze);
	return v->want.has;
}

/* Going back and forward at once: the reverse order of applying, then that. */
struct stage {
	uint64_t back, forward;
};

#define CLASS       (SETTING_BIT(SETTING_sched) | SETTING_BIT(SETTING_realtime))
#define UNDER_CLASS (SETTING_BIT(SETTING_slice) | SETTING_BIT(SETTING_realtime))
#define STAGES_MAX  4

/* All values of a stage are read before any is turned.  What only some classes
 * have waits until the class is what it will be, and freezing for all. */
static size_t stages_of(uint64_t back, uint64_t forward, struct stage *ret_all)
{
	uint64_t all = back | forward;
	uint64_t late = forward & (UNDER_CLASS | SETTING_BIT(SETTING_freeze));
	size_t   n = 0;

	if ((all & CLASS) == 0 || (all & UNDER_CLASS) == 0)
		ret_all[n++] = (struct stage){ back, forward };
	if (n != 0)
		return n;
	ret_all[n++] = (struct stage){ back & CLASS, 0 };
	ret_all[n++] = (struct stage){ back & ~CLASS, 0 };
	ret_all[n++] = (struct stage){ 0, forward & ~late };
	ret_all[n++] = (struct stage){ 0, late };
	return n;
}

static int plan(struct walk *w, const struct verdict *v, struct stage stage,
                const char *protected)
{
	int r = 0;

	for (int s = SETTING_COUNT - 1; stage.back != 0 && s >= 0 && r == 0;
	     s--)
		if ((stage.back & SETTING_BIT(s)) != 0)
			r = plan_back(w, (enum setting)s);
	while (stage.forward != 0 && r == 0) {
		enum setting s = setting_take(&stage.forward);

		r = plan_forward(w, v, s, protected);
	}
	return r;
}

static void walk_begin(struct walk *w, struct enforcer *en, struct task *who)
{
	memset(w, 0, offsetof(struct walk, move));
	memset(&w->moves, 0, sizeof *w - offsetof(struct walk, moves));
	w->en = en;
	w->who = who;
	w->head = who->id;
}

static int carry_out(struct walk *w, const struct verdict *v,
                     struct stage stage, const char *protected)
{
	int r = plan(w, v, stage, protected), proven;

	if (r == 0 && w->moves != 0)
		r = walk_run(w);
	proven = w->turned_any ? walk_proven(w) : 0;
	if (proven < 0)
		r = proven;
	w->unfinished = r < 0;
	if (r < 0)      /* when it is tried again there may be more of them  */
		table_forget(w->en->table, w->who, FACT_BIT(FACT_threads));
	if (r == 0 || (w->turned_any && r != -ESRCH))
		walk_report(w, &v->want);
	walk_clear(w);
	return r;
}

/* What is wanted and not in force already. */
static uint64_t changed(const struct want *was, const struct verdict *v,
                        uint64_t may)
{
	uint64_t left = asked_by(v) & may, forward = 0;

	while (left != 0) {
		enum setting s = setting_take(&left);

		if (!want_has(was, s) || was->value[s] != v->want.value[s])
			forward |= SETTING_BIT(s);
	}
	return forward;
}

static uint64_t of_pool(const struct verdict *v)
{
	uint64_t found = 0;

	for (uint64_t left = v->want.has & setting_grouped(); left != 0;) {
		enum setting s = setting_take(&left);

		if (rank_is_of_pool(v->rank[s]))
			found |= SETTING_BIT(s);
	}
	return found;
}

/* What is seen to later stays as it was. */
static void put_in_force(struct task *who, const struct verdict *v,
                         uint64_t later)
{
	struct want was = who->in_force;
	uint64_t    stays = later & was.has;

	who->in_force = v->want;
	who->in_force.has &= ~later;
	while (stays != 0) {
		enum setting s = setting_take(&stays);

		want_set(&who->in_force, s, was.value[s]);
	}
	who->in_force.has &= ~who->yielded;
	who->newborn = false;
	who->insists = v->insist & who->in_force.has & asked_by(v) &
	               setting_own();
	who->for_good |= v->for_good & who->in_force.has;
	memcpy(who->won, v->won, sizeof who->won);
	who->of_pool = of_pool(v);
}

/* In the old class it may have been refused. */
uint64_t enforce_comes_with(uint64_t changes, const struct task *who,
                            const struct verdict *v)
{
	return (changes & CLASS) == 0 ? 0 : asked_by(v) & ~who->yielded &
	                                    SETTING_BIT(SETTING_slice);
}

static int carry_out_all(struct enforcer *en, struct task *who,
                         const struct verdict *v, uint64_t back,
                         uint64_t forward)
{
	const char  *protected = NULL;
	struct stage stage[STAGES_MAX];
	struct walk  w;
	size_t       n;
	int          r = 0;

	forward |= enforce_comes_with(back | forward, who, v);
	if (forward != 0)
		protected = enforce_protected(en, who);
	n = stages_of(back, forward, stage);
	for (size_t i = 0; i < n && r == 0; i++) {
		if ((stage[i].back | stage[i].forward) == 0)
			continue;
		walk_begin(&w, en, who);
		r = carry_out(&w, v, stage[i], protected);
	}
	return r;
}

#define POOL SETTING_BIT(SETTING_pool)

/* What a verdict changes of one task. */
struct plan {
	uint64_t back, forward;
	uint64_t grouped;               /* its group's to have                */
	uint64_t later;                 /* what is under way, and the pool if
	                                   nobody is to be moved just now     */
	bool     enters;                /* it is to be in a group of ours     */
};

/* So that what comes of each move, and of what its group is given, has a place
 * to be remembered in. */
static bool is_crowded(const struct enforcer *en)
{
	return en->under_ways > UNDER_WAY_MAX / 2;
}

static void plan_move(struct walk *w, struct plan *p)
{
	bool moves = ((p->forward | p->back) & POOL) != 0;

	if (!moves || !is_crowded(w->en))
		return;
	w->en->put_off = true;
	p->later |= POOL;
}

/* Nobody knows yet what it will have, so what it has says nothing; it is judged
 * again as soon as that has landed. */
static void plan_under_way(struct walk *w, struct plan *p)
{
	p->later = walk_under_way(w->en, w->head);
	if ((p->later & POOL) == 0)
		plan_move(w, p);
	p->forward &= ~p->later;
	p->back &= ~p->later;
}

/* What the process had of its group's settings for itself goes back.  Who is
 * where it should be is not looked at. */
static void plan_group(struct walk *w, const struct verdict *v, uint64_t held,
                       struct plan *p)
{
	struct enforcer *en = w->en;
	int64_t          group = v->want.value[SETTING_pool];
	uint64_t         grouped = pools_settings(en, v);
	enum effect      effect;
	bool             is_there;

	if (walk_of_thread(w))
		return;
	plan_under_way(w, p);
	if (!want_has(&v->want, SETTING_pool))
		return;
	is_there = pools_has(en, w->head, group);
	if (!is_there && ((p->forward & (POOL | grouped)) == 0 ||
	                  pools_refusal(en, w->head, group, &effect) != NULL))
		return;
	p->grouped = grouped;
	p->enters = (w->who->yielded & POOL) == 0 &&
	            (p->later & POOL) == 0 &&
	            ((p->forward & POOL) != 0 || is_there);
	p->back |= held & grouped;
}

static struct plan plan_of(struct walk *w, const struct verdict *v)
{
	uint64_t    may = (setting_knobs() | v->bare) & ~w->who->yielded;
	uint64_t    held = held_by(w) & may;
	struct plan p = { .back = held & ~asked_by(v) & ~w->who->stuck,
		          .forward = changed(&w->who->in_force, v, may) };

	plan_group(w, v, held, &p);
	return p;
}

/* What was left to somebody else is not, once a rule wins that insists; unless
 * that was given up before. */
static void take_up(struct task *who, const struct verdict *v)
{
	who->yielded &= ~(v->insist & setting_own()) | who->stuck;
}

int enforce_verdict(struct enforcer *en, struct task *who,
                    const struct verdict *v)
{
	struct walk w;
	struct plan p;
	int         r = 0;

	take_up(who, v);
	walk_begin(&w, en, who);
	p = plan_of(&w, v);
	if (en->observe)
		pools_show(en, who, v, p.forward & p.grouped);
	else if (p.enters)
		r = pools_enter(en, who, v);
	if (r == 0)
		r = carry_out_all(en, who, v, p.back, p.forward & ~p.grouped);
	if (!walk_of_thread(&w))
		pools_settle(en, who);
	if (r == 0)
		put_in_force(who, v, p.later);
	else            /* perhaps it went back, and nothing came in its stead;
	                   but what is wished for still is in force        */
		who->in_force.has &= ~((p.back | p.forward) &
		                       ~(p.back & session_wishes(en, who->id)));
	return r;
}

int enforce_back(struct enforcer *en, struct task *who)
{
	struct verdict v = { .want.has = 0 };

	for (int s = 0; s < SETTING_COUNT; s++)
		v.won[s] = v.held[s] = RULE_NONE;
	return enforce_verdict(en, who, &v);
}

int enforce_ahead(struct enforcer *en, struct task *who,
                  const struct verdict *v)
{
	uint64_t left = v->want.has & setting_knobs() & ~who->yielded &
	                ~(POOL | setting_grouped());
	int      r;

	if (enforce_protected(en, who) != NULL)
		return 0;
	r = carry_out_all(en, who, v, 0, changed(&who->in_force, v, left));
	for (left &= ~who->yielded; r == 0 && left != 0;) {
		enum setting s = setting_take(&left);

		want_set(&who->in_force, s, v->want.value[s]);
		who->won[s] = v->won[s];
	}
	return r;
}

int enforce_insist(struct enforcer *en, struct task *who)
{
	uint64_t       left = who->insists & ~who->yielded &
	                      ~walk_under_way(en, who->id);
	struct verdict v = { .want = who->in_force, .insist = who->insists,
	                     .for_good = who->for_good };
	struct walk    w;
	int            r;

	if (left == 0 || enforce_protected(en, who) != NULL)
		return 0;
	if (enforce_sheltered(en, who))
		v.by_name = v.want.has;         /* nothing else came to it   */
	memcpy(v.won, who->won, sizeof v.won);
	walk_begin(&w, en, who);
	w.samples = true;
	r = carry_out(&w, &v, (struct stage){ 0, left }, NULL);
	who->in_force.has &= ~who->yielded;
	return r;
}

void enforce_disown(struct enforcer *en, struct task *who)
{
	const struct actuator *door = &en->os->actuator;
	uint64_t               left;

	if (en->journal == NULL || en->observe)
		return;
	left = journal_holds(en->journal, who->id) &
	       ~walk_under_way(en, who->id);
	while (left != 0) {
		enum setting       s = setting_take(&left);
		const struct hold *h = journal_find(en->journal, who->id, s);
		int64_t            now;

		/* Its threads live on what is written of theirs. */
		if (h != NULL && scope_of(s) != SETTING_SCOPE_SESSION &&
		    scope_of(s) != SETTING_SCOPE_THREAD &&
		    door->read(door->self, task_id_known(who->id), s,
		               &now) == 0 && !journal_born_with(h, now))
			journal_end(en->journal, who->id, s);
	}
	if (!task_id_is_thread(who->id))
		pools_settle(en, who);
}
