/* compare.c -- what a generation to come would do to those that live.
 *
 * Its rules are asked about each task as if they were in force, with tags and
 * leases of their own beside the real ones; what their functions say is asked
 * of its worker and remembered, so that it is known when they come into force.
 * The table is gone over until no tag changes any more, nothing reaches others
 * anew, and no answer is awaited.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "judge.h"
#include "reloading.h"

#define MS UINT64_C(1000000)

#define WAIT_NS   (500 * MS)            /* for answers and slow facts         */
#define PAUSE_NS  (20 * MS)             /* between two looks meanwhile        */
#define SHADOW_PAUSE_NS (1000 * MS)
/* Never more than half of it is in use. */
#define SAID_MAX   ((size_t)2 * DIFFERENCES_MAX)
#define PASSES_MAX 4                    /* until nothing changes any more     */

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

bool compare_is_hearing(const struct engine *en)
{
	return en->reload != NULL && en->reload->compare.real != NULL;
}

bool compare_lend_leases(struct engine *en)
{
	if (!compare_is_hearing(en))
		return false;
	en->leases = en->reload->compare.real;
	return true;
}

void compare_take_back_leases(struct engine *en)
{
	en->leases = en->reload->compare.leases;
}

uint32_t compare_heir(struct engine *en, uint32_t rule)
{
	uint32_t heir = heirs_lease(&en->reload->next->heirs, rule_index(rule));

	return heir == RULE_NONE ? heir : rule_id(VOICE_NEXT, heir);
}

static void voice_fill(struct engine *en, struct generation *g)
{
	struct voice *v = &en->reload->voice;
	struct voice *now = &en->voice[VOICE_SYSTEM];

	*v = (struct voice){
		.number = VOICE_NEXT, .worker = g->worker, .rules = g->rules,
		.memo = g->memo, .states = now->states,
		.handlings = now->handlings, .askers = g->askers,
		.standing = g->standing, .conduct = g->conduct,
		.line = g->line, .host_learned = now->host_learned,
	};
}

/* Variables that nobody had asked for are read again. */
static void env_forget(struct engine *en, const struct ruleset *rules)
{
	const char *const *name;
	uint32_t           slot = 0;
	struct task       *who;

	if (ruleset_env(rules, &name) == 0)
		return;
	while ((who = table_next(en->table, &slot)) != NULL)
		if (!task_id_is_thread(who->id))
			table_forget(en->table, who, FACT_BIT(FACT_env));
}

/* What reaches somebody else is looked at in another pass. */
static void lease_told(void *engine, const struct lease *l)
{
	struct engine *en = engine;

	if (l->reach != TARGET_SELF ||
	    !task_id_equal(l->holder, en->hearing))
		en->reload->compare.changed = true;
}

int compare_begin(struct engine *en)
{
	struct reload     *r = en->reload;
	struct comparison *c = &r->compare;
	struct generation *g = r->next;
	struct subject     machine;
	int                e;

	*c = (struct comparison){ .active = true };
	heirs_standing(&g->heirs, en->voice[VOICE_SYSTEM].standing,
	               g->standing);
	voice_fill(en, g);
	c->leases = leases_new((struct lease_ear){ en, lease_told });
	if (r->request.shadow_ns != 0)
		c->said = calloc(SAID_MAX, sizeof *c->said);
	if (c->leases == NULL || (r->request.shadow_ns != 0 && c->said == NULL))
		return -ENOMEM;
	e = memo_follow(g->memo, en->voice[VOICE_SYSTEM].memo, g->number,
	                r->now->number, g->before);
	if (e == 0)
		e = judge_needs(en);
	if (e < 0)
		return e;
	judge_look_at_host(en);
	env_forget(en, g->rules);
	table_untag(en->table, VOICE_NEXT);
	machine = engine_subject(en, &r->voice, NULL);
	ruleset_host(g->rules, &machine);
	c->until_ns = now_of(en) + WAIT_NS;
	c->shadow_until_ns = r->request.shadow_ns == 0 ? 0 :
	                     now_of(en) + r->request.shadow_ns;
	return 0;
}

/* What the numbers say stays to be told. */
void compare_end(struct engine *en)
{
	struct comparison *c = &en->reload->compare;

	if (!c->active)
		return;
	c->active = false;
	leases_free(c->leases);
	c->leases = NULL;
	free(c->said);
	c->said = NULL;
	(void)judge_needs(en);
}

static const char *name_of(struct engine *en, struct task *who)
{
	struct value v;

	return table_fact(en->table, who, FACT_comm, &v) == 1 ? v.text : "?";
}

static struct rule_label label_after(const struct ruleset *rules,
                                     uint32_t rule)
{
	uint32_t i = rule_index(rule);

	if (rule_voice(rule) != VOICE_NEXT || i >= ruleset_count(rules))
		return (struct rule_label){ "-", "-", 0, "" };
	return (struct rule_label){ ruleset_name(rules, i),
	                            ruleset_file(rules, i),
	                            ruleset_rule(rules, i)->line, "" };
}

static void tell_one(struct engine *en, struct task *who, enum setting s,
                     const struct verdict *after)
{
	struct reload   *r = en->reload;
	struct rule_label old = engine_label(en, who->won[s]);
	struct rule_label new = label_after(r->next->rules, after->won[s]);
	bool             had = want_has(&who->in_force, s);
	bool             has = want_has(&after->want, s);
	struct reload_difference d = {
		.token = r->request.token, .whom = who->id,
		.name = name_of(en, who), .setting = s, .had = had,
		.has = has, .before = had ? who->in_force.value[s] : 0,
		.after = has ? after->want.value[s] : 0,
		.rule_before = had ? old.name : "-",
		.rule_after = has ? new.name : "-",
		.file_after = has ? new.file : "-",
		.line_after = has ? new.line : 0,
	};

	r->ears.differs(r->ears.self, &d);
}

/* A shadow looks again and again, and tells each once. */
static bool was_said(struct comparison *c, const struct task *who,
                     enum setting s, const struct verdict *after)
{
	int64_t what[] = {
		who->id.pid, who->id.tid, (int64_t)who->id.born, s,
		want_has(&who->in_force, s), want_has(&after->want, s),
		want_has(&who->in_force, s) ? who->in_force.value[s] : 0,
		want_has(&after->want, s) ? after->want.value[s] : 0,
	};
	uint64_t sum = text_sum(what, sizeof what) | 1;

	if (c->said == NULL)
		return false;
	for (size_t i = sum % SAID_MAX; c->said[i] != sum;
	     i = (i + 1) % SAID_MAX)
		if (c->said[i] == 0) {
			c->said[i] = sum;
			return false;
		}
	return true;
}

static void tell_all(struct engine *en, struct task *who, uint64_t differ,
                     const struct verdict *after)
{
	struct reload *r = en->reload;

	if (!r->request.dry_run || r->ears.differs == NULL)
		return;
	while (differ != 0 && r->compare.told < DIFFERENCES_MAX) {
		enum setting s = setting_take(&differ);

		if (was_said(&r->compare, who, s, after))
			continue;
		tell_one(en, who, s, after);
		r->compare.told++;
	}
}

static void weigh(struct engine *en, struct task *who, const struct opinion *o)
{
	struct comparison *c = &en->reload->compare;
	uint64_t           differ;
	int                born = judge_learn_birth(en, who);

	c->changed |= o->tags_changed || o->tree_changed;
	if (born == -ESRCH)
		return;
	c->compared++;
	if (o->open > 0 || o->pending || o->loading || born < 0) {
		c->undecided++;
		return;
	}
	differ = want_differences(&o->verdict.want, &who->in_force) &
	         setting_knobs() & ~who->yielded;
	if (differ == 0 || enforce_protected(&en->enforcer, who) != NULL)
		return;
	c->differ++;
	if (c->telling)
		tell_all(en, who, differ, &o->verdict);
}

/* Looking turns nothing; what its rules hold, they hold beside
 * the real ones. */
static void compare_one(struct engine *en, struct task *who)
{
	struct reload     *r = en->reload;
	struct comparison *c = &r->compare;
	struct opinion     o;
	int                e;

	c->real = en->leases;
	en->leases = c->leases;
	e = consider_by(en, &r->voice, who, &o);
	en->leases = c->real;
	c->real = NULL;
	if (e == 0)
		weigh(en, who, &o);
}

static void pass_begin(struct comparison *c)
{
	c->slot = 0;
	c->changed = false;
	c->compared = c->undecided = c->differ = 0;
}

/* Whether the numbers of this pass are the last word; else what comes next. */
static bool pass_over(struct engine *en, uint64_t now_ns)
{
	struct reload     *r = en->reload;
	struct comparison *c = &r->compare;

	c->pass++;
	if (c->changed && c->pass < PASSES_MAX) {
		pass_begin(c);
		return false;
	}
	if (c->undecided > 0 && now_ns < c->until_ns) {
		c->again_ns = now_ns + PAUSE_NS;
		pass_begin(c);
		return false;
	}
	if (r->request.dry_run && !c->telling) {
		c->telling = true;
		pass_begin(c);
		return false;
	}
	if (now_ns >= c->shadow_until_ns)
		return true;
	c->again_ns = now_ns + SHADOW_PAUSE_NS;
	pass_begin(c);
	return false;
}

int compare_step(struct engine *en, uint64_t now_ns)
{
	struct comparison *c = &en->reload->compare;
	struct task       *who;

	if (now_ns < c->again_ns)
		return 1;
	c->again_ns = 0;
	for (int i = 0; i < COMPARED_PER_STEP; i++) {
		who = table_next(en->table, &c->slot);
		if (who == NULL)
			return !pass_over(en, now_ns);
		compare_one(en, who);
		if (engine_is_long(en))
			break;
	}
	return 1;
}

uint64_t compare_wake_ns(const struct engine *en)
{
	return en->reload->compare.again_ns;
}
