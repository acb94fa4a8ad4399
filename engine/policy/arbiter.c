/* arbiter.c -- many rules speak, one value per setting comes out. */

#include "policy/arbiter.h"

#include <stddef.h>
#include <string.h>

#include "model/layer.h"

/* What the caps together allow to whoever they bind. */
struct ceilings {
	const struct ceiling *all;
	size_t                n;
	bool                  user;     /* a user's rules: by all of them; the
	                                   system's: by the system's own      */
	struct interned      *sets;
	struct cap            cap;
};

/* A bound that leaves nothing is left out, and that is told unless it is only a
 * user's. */
static void ceiling_merge(struct ceilings *c, const struct cap *cap,
                          uint64_t *torn)
{
	for (uint64_t left = cap->has; left != 0;) {
		enum setting  s = setting_take(&left);
		struct bound *all = &c->cap.bound[s];

		if ((c->cap.has & SETTING_BIT(s)) == 0)
			*all = cap->bound[s];
		else if (bound_intersect(s, all, &cap->bound[s], c->sets) < 0)
			*torn |= SETTING_BIT(s);
		c->cap.has |= SETTING_BIT(s);
	}
}

/* In which turn a cap is heard: a user's rights and caps only ever narrow what
 * the system's leave. */
enum turn { TURN_SYSTEM, TURN_RIGHTS, TURN_USER };

static enum turn turn_of(const struct ceiling *c)
{
	if (c->rule == RULE_RIGHTS)
		return TURN_RIGHTS;
	return rule_is_users(c->rule) ? TURN_USER : TURN_SYSTEM;
}

static bool binds(const struct ceilings *c, size_t i)
{
	return c->user || turn_of(&c->all[i]) == TURN_SYSTEM;
}

/* From the highest layer down, and in one layer from the last defined: whoever
 * comes too late to agree with the others is left out. */
static void turn_merge(struct ceilings *c, enum turn turn, uint64_t *torn)
{
	for (uint32_t layer = LAYERS; layer-- > 0;)
		for (size_t i = c->n; i-- > 0;)
			if (c->all[i].layer == layer &&
			    turn_of(&c->all[i]) == turn)
				ceiling_merge(c, &c->all[i].cap, torn);
}

static void ceilings_merge(struct ceilings *c, struct verdict *v)
{
	uint64_t of_user = 0;

	turn_merge(c, TURN_SYSTEM, &v->torn);
	if (!c->user)
		return;
	turn_merge(c, TURN_RIGHTS, &of_user);
	turn_merge(c, TURN_USER, &of_user);
}

static bool is_capped(const struct ceilings *c, enum setting s)
{
	return (c->cap.has & SETTING_BIT(s)) != 0;
}

/* The rule of the highest layer whose own cap forbids the value.  A cap that
 * was left out shares nothing with what the others allow. */
static uint32_t holder(const struct ceilings *c, enum setting s, int64_t value)
{
	uint32_t rule = RULE_NONE, layer = 0;

	for (size_t i = c->n; i-- > 0;) {
		const struct bound *own = &c->all[i].cap.bound[s];
		struct bound        shared = c->cap.bound[s];
		int64_t             held = value;

		if (!binds(c, i) ||
		    (c->all[i].cap.has & SETTING_BIT(s)) == 0 ||
		    (rule != RULE_NONE && c->all[i].layer <= layer) ||
		    bound_intersect(s, &shared, own, c->sets) < 0)
			continue;
		if (bound_clamp(s, own, c->sets, value, &held) < 0 ||
		    held != value) {
			rule = c->all[i].rule;
			layer = c->all[i].layer;
		}
	}
	return rule;
}

/* Brings a value within its bound; RULE_NONE, or whose cap cut it.  A set of
 * CPUs that shares nothing with its bound becomes the bound. */
static uint32_t hold(const struct ceilings *c, enum setting s, int64_t *value)
{
	int64_t wanted = *value;

	if (!is_capped(c, s) || wanted == VALUE_UNTOUCHED)
		return RULE_NONE;
	if (bound_clamp(s, &c->cap.bound[s], c->sets, wanted, value) < 0)
		*value = c->cap.bound[s].low;
	return *value == wanted ? RULE_NONE : holder(c, s, wanted);
}

/* Those that bind a rule. */
static const struct ceilings *ceilings_of(const struct ceilings both[2],
                                          uint32_t rule)
{
	return &both[rule_is_users(rule)];
}

/* The claims so far: what is best for each setting, and how high it ranks. */
struct contest {
	struct verdict        *v;
	const struct intents  *intents;
	const struct ceilings *ceilings;        /* both                       */
	int64_t                process_nice;    /* VALUE_UNTOUCHED: no thread */
	uint64_t               plain_rank;      /* of "suppress = false"      */
};

/* Whether the claim is the best so far.  No two rules rank the same. */
static bool setting_claim(struct contest *c, const struct claim *claim,
                          enum setting s, int64_t value)
{
	if (c->v->won[s] != RULE_NONE && c->v->rank[s] >= claim->rank)
		return false;
	want_set(&c->v->want, s, value);
	c->v->won[s] = claim->rule;
	c->v->rank[s] = claim->rank;
	return true;
}

/* An intent is held before it becomes knobs, so that all of these belong to
 * what is allowed.  It also stays in the contest as itself, to be told to
 * people; its knobs stand on their own from here on. */
static int64_t intent_claim(struct contest *c, const struct claim *claim,
                            enum setting s)
{
	int64_t  value = claim->want.value[s];
	uint32_t held = hold(ceilings_of(c->ceilings, claim->rule), s, &value);

	if (setting_claim(c, claim, s, value))
		c->v->held[s] = held;
	return value;
}

/* The knobs that the intent stands for, but for those that the rule has spoken
 * of more exactly. */
static void intent_enter(struct contest *c, const struct claim *claim,
                         enum setting s, uint64_t *spoken)
{
	int64_t            value = intent_claim(c, claim, s);
	const struct want *row;
	uint64_t           left;

	if (s == SETTING_suppress && claim->rank < c->plain_rank)
		return;
	left = intent_knobs(c->intents, s, value, &row) & ~*spoken;
	*spoken |= left;
	while (left != 0) {
		enum setting knob = setting_take(&left);

		setting_claim(c, claim, knob, row == NULL ? VALUE_UNTOUCHED
		                                          : row->value[knob]);
	}
}

/* A nice value beside that of the thread's process. */
static void precedence_enter(struct contest *c, const struct claim *claim,
                             uint64_t *spoken)
{
	const struct setting_row *nice = &setting_rows[SETTING_nice];
	int64_t value = intent_claim(c, claim, SETTING_precedence);

	if (c->process_nice == VALUE_UNTOUCHED)
		c->v->bare |= SETTING_BIT(SETTING_precedence);
	if (c->process_nice == VALUE_UNTOUCHED ||
	    (*spoken & SETTING_BIT(SETTING_nice)) != 0)
		return;
	*spoken |= SETTING_BIT(SETTING_nice);
	if (value != VALUE_UNTOUCHED)
		value = c->process_nice - value;
	if (value != VALUE_UNTOUCHED && value < nice->low)
		value = nice->low;
	if (value > nice->high)
		value = nice->high;
	setting_claim(c, claim, SETTING_nice, value);
}

static void claim_enter(struct contest *c, const struct claim *claim)
{
	uint64_t has = claim->want.has, spoken = has, left = has;

	if (want_has(&claim->want, SETTING_precedence))
		precedence_enter(c, claim, &spoken);
	left &= ~SETTING_BIT(SETTING_precedence);
	for (size_t i = 0; i < INTENTS_EXPANDED; i++) {
		enum setting s = intents_expanded[i];

		if ((has & SETTING_BIT(s)) == 0)
			continue;
		intent_enter(c, claim, s, &spoken);
		left &= ~SETTING_BIT(s);
	}
	while (left != 0) {
		enum setting s = setting_take(&left);

		setting_claim(c, claim, s, claim->want.value[s]);
	}
}

/* "suppress = false" asks for no knobs, and takes those away that a lower claim
 * to suppress stands for. */
static void plain_enter(struct contest *c, const struct claim *claim)
{
	if (want_has(&claim->want, SETTING_suppress) &&
	    claim->want.value[SETTING_suppress] == false &&
	    claim->rank > c->plain_rank)
		c->plain_rank = claim->rank;
}

/* A bound on the priority is one on the class's value too. */
static uint32_t priority_hold(const struct ceilings *c, int64_t *sched)
{
	int64_t  priority = sched_priority_of(*sched);
	uint32_t held;

	if (priority == 0)
		return RULE_NONE;               /* not a real-time class      */
	held = hold(c, SETTING_rt_priority, &priority);
	*sched = sched_value(sched_class_of(*sched), (int)priority) |
	         (*sched & SCHED_VALUE_RESET);
	return held;
}

/* The class first: only then is it known whether there is a priority. */
static void knob_hold(const struct ceilings *c, enum setting s,
                      struct verdict *v)
{
	uint32_t priority_held = RULE_NONE;

	v->held[s] = hold(c, s, &v->want.value[s]);
	if (s == SETTING_sched)
		priority_held = priority_hold(c, &v->want.value[s]);
	if (v->held[s] == RULE_NONE)
		v->held[s] = priority_held;
}

static void give_way(struct verdict *v, enum setting loser, enum setting winner)
{
	v->want.has &= ~SETTING_BIT(loser);
	v->won[loser] = v->won[winner];
}

/* A real-time thread is in a class above all others, so a bound on classes that
 * leaves that out leaves no real-time either. */
static void realtime_hold(const struct ceilings *c, struct verdict *v)
{
	int64_t  value = v->want.value[SETTING_realtime];
	int64_t  class = SCHED_CLASS_DEADLINE;
	uint32_t held = hold(c, SETTING_realtime, &value);

	if (held == RULE_NONE)
		held = hold(c, SETTING_sched, &class);
	if (held == RULE_NONE && class == SCHED_CLASS_DEADLINE)
		return;
	v->held[SETTING_realtime] = held;
	v->want.value[SETTING_realtime] = VALUE_UNTOUCHED;
}

/* To the kernel the class and its parameters are one knob, and so they are
 * here: one of the two has it, and in one want that is the more exact. */
static void class_settle(const struct contest *c)
{
	struct verdict *v = c->v;

	if (!want_has(&v->want, SETTING_realtime) ||
	    v->want.value[SETTING_realtime] == VALUE_UNTOUCHED)
		return;
	realtime_hold(ceilings_of(c->ceilings, v->won[SETTING_realtime]), v);
	if (v->want.value[SETTING_realtime] == VALUE_UNTOUCHED ||
	    v->won[SETTING_sched] == RULE_NONE)
		return;
	if (c->v->rank[SETTING_sched] > c->v->rank[SETTING_realtime])
		give_way(v, SETTING_realtime, SETTING_sched);
	else
		give_way(v, SETTING_sched, SETTING_realtime);
}

/* Only winners are held: who wins a knob does not depend on caps.  What a cap
 * leaves no value of is not wanted either. */
static void verdict_finish(struct verdict *v, const struct ceilings both[2])
{
	for (uint64_t left = v->want.has; left != 0;) {
		enum setting           s = setting_take(&left);
		const struct ceilings *c = ceilings_of(both, v->won[s]);

		if (setting_rows[s].kind == SETTING_KIND_KNOB &&
		    v->want.value[s] != VALUE_UNTOUCHED)
			knob_hold(c, s, v);
		if (v->want.value[s] == VALUE_UNTOUCHED)
			v->want.has &= ~SETTING_BIT(s);
	}
}

static bool is_user_heard(const struct claim *claims, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (rule_is_users(claims[i].rule))
			return true;
	return false;
}

/* A group is shared: what binds one of its members binds it. */
static void groups_bound(const struct ceilings *c, struct verdict *v)
{
	v->bounded = c->cap.has & setting_grouped();
	for (uint64_t left = v->bounded; left != 0;) {
		enum setting s = setting_take(&left);

		v->bound[s] = c->cap.bound[s];
	}
}

void arbiter_settle(const struct intents *intents, struct interned *sets,
                    const struct claim *claims, size_t n,
                    const struct ceiling *caps, size_t n_caps,
                    int64_t process_nice, struct verdict *ret_verdict)
{
	struct verdict *v = ret_verdict;
	struct ceilings ceilings[2];
	struct contest  contest = { .v = v, .intents = intents,
		                    .ceilings = ceilings,
		                    .process_nice = process_nice };

	/* Bounds are read only where they were written. */
	for (int i = 0; i < 2; i++) {
		ceilings[i].all = caps;
		ceilings[i].n = n_caps;
		ceilings[i].sets = sets;
		ceilings[i].user = i == 1;
		ceilings[i].cap.has = 0;
	}
	memset(v, 0, offsetof(struct verdict, bound));
	v->torn = v->bare = v->insist = v->for_good = v->by_name =
		v->of_unit = 0;
	memset(v->won, 0xff, sizeof(v->won));           /* RULE_NONE */
	memset(v->held, 0xff, sizeof(v->held));
	/* Caps first: whether two of them are at odds does not depend on what
	 * anybody wants. */
	ceilings_merge(&ceilings[0], v);
	groups_bound(&ceilings[0], v);
	if (is_user_heard(claims, n))
		ceilings_merge(&ceilings[1], v);
	for (size_t i = 0; i < n; i++)
		plain_enter(&contest, &claims[i]);
	for (size_t i = 0; i < n; i++)
		claim_enter(&contest, &claims[i]);
	class_settle(&contest);
	verdict_finish(v, ceilings);
}
