/* swap.c -- one pointer moves between two events, and what hangs on it. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ahead.h"
#include "cause.h"
#include "conduct.h"
#include "handle.h"
#include "judge.h"
#include "reloading.h"
#include "tally.h"

/* What a generation has of its own lies with the voice while it is in force. */
static void parts_take(struct generation *g, struct voice *v)
{
	g->rules = v->rules;
	g->memo = v->memo;
	g->conduct = v->conduct;
	g->standing = v->standing;
	g->askers = v->askers;
	g->worker = v->worker;
	g->wire = v->wire;
	g->line = v->line;
	tally_free(v);
	free(v->muted);
	v->muted = NULL;
	if (g->wire.name != NULL)
		worker_rewire(g->worker, &g->wire);
}

static void parts_give(struct generation *g, struct voice *v)
{
	v->rules = g->rules;
	v->memo = g->memo;
	v->conduct = g->conduct;
	v->standing = g->standing;
	v->askers = g->askers;
	v->worker = g->worker;
	v->wire = g->wire;
	v->line = g->line;
	if (v->wire.name != NULL)
		worker_rewire(v->worker, &v->wire);
	g->rules = NULL;
	g->memo = NULL;
	g->conduct = NULL;
	g->standing = NULL;
	g->askers = NULL;
	g->worker = NULL;
	g->wire = (struct wire){ .name = NULL };
	g->line = 0;
}

/* Whose rules have heirs, and which. */
struct estate {
	struct engine      *en;
	const struct heirs *heirs;
	uint32_t            voice;
	uint64_t            now_ns;
	size_t              hurried;
};

static uint32_t heir_of(const struct estate *e, uint32_t rule,
                        uint32_t (*of)(const struct heirs *h, uint32_t rule))
{
	uint32_t heir;

	if (rule_voice(rule) != e->voice)
		return rule;
	heir = of(e->heirs, rule_index(rule));
	return heir == RULE_NONE ? heir : rule_id(e->voice, heir);
}

static uint32_t rule_heir(void *estate, uint32_t rule)
{
	return heir_of(estate, rule, heirs_rule);
}

static uint32_t lease_heir(void *estate, uint32_t rule)
{
	return heir_of(estate, rule, heirs_lease);
}

static void tags_inherit(const struct estate *e, struct task *who)
{
	if (e->voice == VOICE_SYSTEM) {
		heirs_tags(e->heirs, &who->tags);
		heirs_tags(e->heirs, &who->tree_tags);
	} else if (who->voice == e->voice) {
		heirs_tags(e->heirs, &who->own_tags);
		heirs_tags(e->heirs, &who->own_tree_tags);
	}
}

/* It keeps what it has until it is judged again; only the names change.  True
 * if a rule that is gone has left it something. */
static bool values_inherit(struct estate *e, struct task *who)
{
	bool left_over = false;

	for (uint64_t left = who->in_force.has; left != 0; ) {
		enum setting s = setting_take(&left);
		uint32_t     was = who->won[s];

		who->won[s] = rule_heir(e, was);
		left_over |= who->won[s] != was && who->won[s] == RULE_NONE;
	}
	return left_over;
}

/* What nobody wants any more goes back before all that live are asked about. */
static void task_inherit(void *estate, struct task *who)
{
	struct estate *e = estate;

	tags_inherit(e, who);
	who->other_rules |= e->voice == VOICE_SYSTEM || who->voice == e->voice;
	if (values_inherit(e, who) && who->alive && e->hurried < HURRIED_MAX) {
		judge_again(e->en, who, e->now_ns);
		e->hurried++;
	}
}

static void alive_inherit(const struct heirs *h, struct voice *v)
{
	uint32_t before[TAGS_MAX];

	memcpy(before, v->tag_alive, sizeof before);
	memset(v->tag_alive, 0, sizeof v->tag_alive);
	for (uint32_t i = 0; i < TAGS_MAX; i++)
		if (h->tag[i] < TAGS_MAX)
			v->tag_alive[h->tag[i]] = before[i];
}

static void numbers_inherit(struct engine *en, struct voice *v,
                            const struct heirs *h)
{
	const struct sensor *sensor = &en->os->sensor;
	struct estate e = { en, h, v->number, sensor->now_ns(sensor->self), 0 };

	leases_renumber(en->leases, lease_heir, &e);
	enforce_renumber(&en->enforcer, rule_heir, &e);
	table_each_row(en->table, task_inherit, &e);
	alive_inherit(h, v);
}

/* Whatever could fail was done before: what is watched for both is enough for
 * one of them. */
static void put_in_force(struct engine *en, struct generation *g)
{
	struct voice *v = &en->voice[VOICE_SYSTEM];
	uint64_t      learned = v->host_learned;

	parts_give(g, v);
	cause_renew_left(en, v);
	v->host_learned = learned;      /* functions that are the same still
	                                   look at it                         */
	v->turned_away = false;
	(void)judge_needs(en);
	(void)ahead_watch(en);
	judge_look_at_host(en);
	judge_machine(en, 0);
	handle_timers_start(en, v);
	sweep_walk(&en->sweep, 0, true);
	en->settling = true;
	en->reload->since_ns = en->os->sensor.now_ns(en->os->sensor.self);
	if (en->ears.loaded != NULL)
		en->ears.loaded(en->ears.self, ruleset_count(v->rules),
		                ruleset_generation(v->rules));
}

/* Nobody needs the one that was before the one that is replaced. */
static void forget_before(struct engine *en)
{
	struct reload *r = en->reload;

	if (r->before == NULL)
		return;
	memo_follow(en->voice[VOICE_SYSTEM].memo, NULL, 0, 0, NULL);
	generation_leave(en, r->before);
	r->before = NULL;
}

void swap_generations(struct engine *en)
{
	struct reload     *r = en->reload;
	struct generation *g = r->next;
	struct voice      *v = &en->voice[VOICE_SYSTEM];
	enum phase         before = engine_enter(en, PHASE_SWAPPING);

	v->host_learned |= r->voice.host_learned;
	v->states_read |= r->voice.states_read;
	forget_before(en);
	compare_end(en);
	parts_take(r->now, v);
	conduct_inherit(&g->heirs, r->now->conduct, g->conduct);
	limiter_forget_rules(en->limiter);
	numbers_inherit(en, v, &g->heirs);
	put_in_force(en, g);
	r->before = r->now;
	r->now = g;
	r->next = NULL;
	if (g->recalled)
		r->left_said = r->files_said;
	else
		r->files_said = g->said;
	probation_begin(en, r->since_ns);
	engine_enter(en, before);
}

void swap_back(struct engine *en)
{
	struct reload     *r = en->reload;
	struct generation *bad = r->now;
	enum phase         before = engine_enter(en, PHASE_SWAPPING);

	memo_follow(en->voice[VOICE_SYSTEM].memo, NULL, 0, 0, NULL);
	parts_take(bad, &en->voice[VOICE_SYSTEM]);
	heirs_turn(&bad->heirs);
	limiter_forget_rules(en->limiter);
	numbers_inherit(en, &en->voice[VOICE_SYSTEM], &bad->heirs);
	put_in_force(en, r->before);
	r->now = r->before;
	r->before = NULL;
	r->left_said = r->files_said;
	generation_leave(en, bad);
	probation_begin(en, r->since_ns);
	engine_enter(en, before);
}

/* Only of rules that it had before, and what functions of files that are the same
 * said: all else of a user's is made anew. */
static void own_inherit(struct engine *en, struct voice *v,
                        struct generation *g)
{
	if (v->rules == NULL)
		return;
	heirs_standing(&g->heirs, v->standing, g->standing);
	memo_inherit(g->memo, v->memo, g->number, &g->heirs, g->before);
	numbers_inherit(en, v, &g->heirs);
}

int swap_own(struct engine *en, struct voice *v, struct generation *g)
{
	struct generation *old = generation_new(en);
	bool               same_worker = g->worker == NULL;
	enum phase         before = engine_enter(en, PHASE_SWAPPING);

	if (old == NULL)
		return -ENOMEM;
	old->voice = v->number;
	if (same_worker) {
		g->worker = v->worker;
		g->wire = v->wire;
		g->line = v->line;
	}
	own_inherit(en, v, g);
	parts_take(old, v);
	parts_give(g, v);
	cause_renew_left(en, v);
	if (same_worker) {
		old->worker = NULL;
		old->wire = (struct wire){ .name = NULL };
	}
	generation_leave_own(en, old);
	v->turned_away = false;
	(void)judge_needs(en);
	judge_look_at_host(en);
	judge_machine(en, 0);
	handle_timers_start(en, v);
	engine_enter(en, before);
	return 0;
}
