/* arbiter.c -- many rules speak, one value per setting comes out. */

#include "policy/arbiter.h"

#include <string.h>

#include "model/layer.h"

/* What all caps together allow. */
struct ceilings {
	const struct ceiling *all;
	size_t                n;
	struct interned      *sets;
	struct cap            cap;
};

/* Takes the lowest setting out of a set that is not empty. */
static enum setting next_setting(uint64_t *left)
{
	int s = ffsll((long long)*left) - 1;

	*left &= *left - 1;
	return (enum setting)s;
}

/* A bound that leaves nothing is left out, and that is told. */
static void ceiling_merge(struct ceilings *c, const struct cap *cap,
                          struct verdict *v)
{
	for (uint64_t left = cap->has; left != 0;) {
		enum setting  s = next_setting(&left);
		struct bound *all = &c->cap.bound[s];

		if ((c->cap.has & SETTING_BIT(s)) == 0)
			*all = cap->bound[s];
		else if (bound_intersect(s, all, &cap->bound[s], c->sets) < 0)
			v->torn |= SETTING_BIT(s);
		c->cap.has |= SETTING_BIT(s);
	}
}

/* From the highest layer down, and in one layer from the last defined: whoever
 * comes too late to agree with the others is left out. */
static void ceilings_merge(struct ceilings *c, struct verdict *v)
{
	for (uint32_t layer = LAYERS; layer-- > 0;)
		for (size_t i = c->n; i-- > 0;)
			if (c->all[i].layer == layer)
				ceiling_merge(c, &c->all[i].cap, v);
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

		if ((c->all[i].cap.has & SETTING_BIT(s)) == 0 ||
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
/* The claims so far: what is best for each setting, and how high it ranks. */
struct contest {
	struct verdict *v;
	uint64_t        rank[SETTING_COUNT];
};

/* Whether the claim is the best so far.  No two rules rank the same. */
static bool setting_claim(struct contest *c, const struct claim *claim,
                          enum setting s, int64_t value)
{
	if (c->v->won[s] != RULE_NONE && c->rank[s] >= claim->rank)
		return false;
	want_set(&c->v->want, s, value);
	c->v->won[s] = claim->rule;
	c->rank[s] = claim->rank;
	return true;
}

/* The class is held before it becomes knobs, so that all of these belong to the
 * class that is allowed.  It also stays in the contest as itself, to be told to
 * people; its knobs stand on their own from here on. */
static void claim_enter(struct contest *c, const struct claim *claim,
                        const struct qos_table *qos,
                        const struct ceilings *ceilings)
{
	struct want w = claim->want;

	if (want_has(&w, SETTING_qos)) {
		int64_t *q = &w.value[SETTING_qos];
		uint32_t held = hold(ceilings, SETTING_qos, q);

		if (setting_claim(c, claim, SETTING_qos, *q))
			c->v->held[SETTING_qos] = held;
	}
	qos_expand(qos, &w);
	for (uint64_t left = w.has; left != 0;) {
		enum setting s = next_setting(&left);

		setting_claim(c, claim, s, w.value[s]);
	}
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

/* Only winners are held: who wins a knob does not depend on caps. */
static void verdict_finish(struct verdict *v, const struct ceilings *c)
{
	for (uint64_t left = v->want.has; left != 0;) {
		enum setting s = next_setting(&left);

		if (v->want.value[s] == VALUE_UNTOUCHED)
			v->want.has &= ~SETTING_BIT(s);
		else if (setting_rows[s].kind == SETTING_KIND_KNOB)
			knob_hold(c, s, v);
	}
}

void arbiter_settle(const struct qos_table *qos, struct interned *sets,
                    const struct claim *claims, size_t n,
                    const struct ceiling *caps, size_t n_caps,
                    struct verdict *ret_verdict)
{
	struct verdict  v = { .torn = 0 };
	struct contest  contest = { .v = &v };
	struct ceilings ceilings = { .all = caps, .n = n_caps, .sets = sets };

	/* Caps first: whether two of them are at odds does not depend on what
	 * anybody wants. */
	for (int s = 0; s < SETTING_COUNT; s++)
		v.won[s] = v.held[s] = RULE_NONE;
	ceilings_merge(&ceilings, &v);
	for (size_t i = 0; i < n; i++)
		claim_enter(&contest, &claims[i], qos, &ceilings);
	verdict_finish(&v, &ceilings);
	*ret_verdict = v;
}
