/* cause.c -- what a rule's holding for one task means for others, and later.
 *
 * A rule speaks for itself about the task that it matches.  Whatever it says of
 * others, or for longer, becomes a lease that has the task as its cause.
 */

#include "cause.h"

#include <errno.h>

#include "judge.h"

static bool needs_lease(const struct voice *v, uint32_t rule)
{
	return ruleset_rule(v->rules, rule)->to != TARGET_SELF ||
	       ruleset_terms(v->rules, rule)->keep_ns != 0;
}

void cause_begin(struct engine *en, const struct task *who)
{
	en->hearing = who->id;
	lease_round_begin(en->leases, who->id);
}

void cause_end(struct engine *en, const struct task *who, bool whole)
{
	uint64_t now_ns = en->os->sensor.now_ns(en->os->sensor.self);

	if (whole)
		lease_round_end(en->leases, who->id, now_ns);
	en->hearing = (struct task_id){ 0 };
}

/* The parent, as long as it lives: what is wanted of the dead is wanted of
 * nobody. */
static int parent_of(struct engine *en, struct task *who, struct lease *l)
{
	struct task *parent = table_parent(en->table,
	                                   table_process_of(en->table, who));

	if (parent == NULL || !parent->alive ||
	    judge_learn_birth(en, parent) < 0)
		return -ENOENT;
	l->reach = TARGET_SELF;
	l->holder = parent->id;
	return 0;
}

static int unit_of(struct engine *en, struct task *who, const char **ret_unit)
{
	struct value v;
	int          r = table_fact(en->table, who, FACT_unit, &v);

	if (r != 1)
		return r == -ESRCH ? r : -ENOENT;
	*ret_unit = v.text;
	return 0;
}

/* Whom the rule reaches from the task.  0, -ENOENT: nobody, or -ESRCH. */
static int lease_of_rule(struct engine *en, const struct voice *v,
                         struct task *who, uint32_t rule,
                         struct lease *ret_lease)
{
	const struct image_rule *r = ruleset_rule(v->rules, rule);
	struct lease l = { .rule = rule_id(v->number, rule),
	                   .reach = (enum target)r->to,
	                   .keep_ns = ruleset_terms(v->rules, rule)->keep_ns };

	*ret_lease = l;
	switch (l.reach) {
	case TARGET_PARENT:
		return parent_of(en, who, ret_lease);
	case TARGET_UNIT:
		return unit_of(en, who, &ret_lease->unit);
	default:
		if (judge_learn_birth(en, who) < 0)
			return -ESRCH;
		ret_lease->holder = who->id;
		return 0;
	}
}

void cause_holds(struct engine *en, const struct voice *v, struct task *who,
                 uint32_t rule, const struct want *want)
{
	struct lease l;

	if (!needs_lease(v, rule) ||
	    judge_learn_birth(en, who) < 0 ||
	    lease_of_rule(en, v, who, rule, &l) < 0)
		return;
	if (want == NULL) {
		lease_hold_on(en->leases, &l, who->id);
		return;
	}
	l.want = *want;
	if (lease_hold(en->leases, &l, who->id) < 0)
		en->counts.claims_dropped++;
}

/* What the task itself causes it also asks for, now that it is judged. */
static bool speaks_for_itself(const struct lease *l, const struct task *who)
{
	return l->ends_ns == LEASE_STANDS && lease_has_cause(l, who->id);
}

static void each_own(struct engine *en, const struct task *who,
                     void (*f)(void *ctx, const struct lease *l,
                               bool inherited), void *ctx)
{
	const struct lease *l = lease_of(en->leases, who->id);

	for (; l != NULL; l = lease_next(l))
		if (!speaks_for_itself(l, who))
			f(ctx, l, false);
}

static void each_above(struct engine *en, const struct task *who,
                       void (*f)(void *ctx, const struct lease *l,
                                 bool inherited), void *ctx)
{
	const struct task *up = table_parent(en->table, who);

	for (int i = 0; i < LINEAGE_MAX && up != NULL; i++) {
		const struct lease *l = lease_of(en->leases, up->id);

		for (; l != NULL; l = lease_next(l))
			if (l->reach == TARGET_TREE)
				f(ctx, l, true);
		up = table_parent(en->table, up);
	}
}

static int each_of_unit(struct engine *en, struct task *who,
                        void (*f)(void *ctx, const struct lease *l,
                                  bool inherited), void *ctx)
{
	const struct lease *l;
	const char         *unit;
	int                 r = unit_of(en, who, &unit);

	if (r < 0)
		return r == -ESRCH ? r : 0;
	for (l = lease_of_unit(en->leases, unit); l != NULL; l = lease_next(l))
		if (!speaks_for_itself(l, who))
			f(ctx, l, true);
	return 0;
}

int cause_each(struct engine *en, struct task *who,
               void (*f)(void *ctx, const struct lease *l, bool inherited),
               void *ctx)
{
	if (leases_count(en->leases) == 0)
		return 0;
	each_own(en, who, f, ctx);
	if (leases_reaching(en->leases, TARGET_TREE) != 0)
		each_above(en, who, f, ctx);
	return leases_reaching(en->leases, TARGET_UNIT) == 0 ? 0 :
	       each_of_unit(en, who, f, ctx);
}

bool cause_is_left(struct engine *en, const struct lease *l)
{
	return l->reach == TARGET_TREE && l->ends_ns == LEASE_STANDS &&
	       table_find(en->table, l->holder) == NULL;
}

bool cause_left_wants(const struct voice *v, const struct lease *l,
                      struct want *ret_want)
{
	uint32_t rule = rule_index(l->rule);

	if (rule_is_set(l->rule) || rule_voice(l->rule) != v->number ||
	    ruleset_rule(v->rules, rule)->is_function)
		return false;
	ruleset_want(v->rules, rule, ret_want);
	return true;
}

struct leaving {
	struct engine      *en;
	const struct voice *v;
};

static bool left_wants(void *ctx, const struct lease *l,
                       struct want *ret_want)
{
	const struct leaving *of = ctx;

	return cause_is_left(of->en, l) &&
	       cause_left_wants(of->v, l, ret_want);
}

void cause_renew_left(struct engine *en, struct voice *v)
{
	struct leaving of = { en, v };

	leases_reword(en->leases, left_wants, &of);
}

/* The one that is being judged hears of it in the same breath. */
void cause_changed(void *engine, const struct lease *l)
{
	struct engine *en = engine;
	struct task   *holder = NULL;

	if (l->reach != TARGET_UNIT)
		holder = table_find(en->table, l->holder);
	if (holder != NULL && !task_id_equal(holder->id, en->hearing))
		judge_again(en, holder,
		            en->os->sensor.now_ns(en->os->sensor.self));
	if (l->reach == TARGET_UNIT ||
	    (l->reach == TARGET_TREE && (holder == NULL || holder->children > 0)))
		sweep_walk(&en->sweep, 0, true);
}

static void moment_grant(struct engine *en, const struct voice *v,
                         struct task *who, uint32_t rule)
{
	struct lease l;

	if (lease_of_rule(en, v, who, rule, &l) < 0)
		return;
	ruleset_want(v->rules, rule, &l.want);
	l.ends_ns = en->os->sensor.now_ns(en->os->sensor.self) + l.keep_ns;
	if (lease_grant(en->leases, &l) < 0)
		en->counts.claims_dropped++;
}

static bool is_awaited(const struct voice *v, enum moment m)
{
	return v != NULL && v->rules != NULL &&
	       (ruleset_needs(v->rules).moments & UINT64_C(1) << m) != 0;
}

static void moment_of_voice(struct engine *en, struct voice *v, enum moment m,
                            struct task *who)
{
	struct subject about;
	struct found   found;

	if (!is_awaited(v, m))
		return;
	about = engine_subject(en, v, who);
	if (ruleset_set_off(v->rules, m, &about, &found) < 0)
		return;
	for (size_t i = 0; i < found.rules; i++)
		if (ruleset_when(v->rules, found.rule[i], &about))
			moment_grant(en, v, who, found.rule[i]);
}

void cause_moment(struct engine *en, enum moment m, struct task *who)
{
	moment_of_voice(en, &en->voice[VOICE_SYSTEM], m, who);
	moment_of_voice(en, voice_of_task(en, who), m, who);
}

static uint32_t unless_of_voice(void *ctx, uint32_t rule)
{
	const uint32_t *voice = ctx;

	return rule_voice(rule) == *voice ? RULE_NONE : rule;
}

void cause_forget(struct engine *en, const struct voice *v)
{
	uint32_t voice = v->number;

	leases_renumber(en->leases, unless_of_voice, &voice);
	enforce_renumber(&en->enforcer, unless_of_voice, &voice);
}

void cause_of_all(struct engine *en, enum moment m)
{
	uint32_t     slot = 0;
	struct task *who;

	while ((en->needs.moments & UINT64_C(1) << m) != 0 &&
	       (who = table_next(en->table, &slot)) != NULL)
		cause_moment(en, m, who);
}

void cause_event(struct engine *en, const struct event *e)
{
	static const enum moment moment_of[EVENT_KINDS] = {
		[EVENT_FORK] = MOMENT_FORK, [EVENT_EXEC] = MOMENT_EXEC,
		[EVENT_RENAME] = MOMENT_RENAME, [EVENT_UID] = MOMENT_UID,
	};
	enum moment  m = moment_of[e->kind];
	struct task *who = NULL;

	judge_below(en, e);
	if ((en->needs.moments & UINT64_C(1) << m) != 0)
		who = table_find(en->table, e->u.task.who);
	/* Whose it is now may be what has just happened. */
	if (who != NULL && voice_settle(en, who) == 0)
		cause_moment(en, m, who);
}
