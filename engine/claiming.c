/* claiming.c -- what one rule says of one task becomes a claim or a cap. */

#include "claiming.h"

#include <errno.h>

#include "conduct.h"
#include "handle.h"
#include "judge.h"
#include "model/group.h"

#define QUESTION_BYTES (ARGS_KEEP * 2 + PATH_KEEP * 4 + 1024)

/* A pool by its name again; a group of its own was never wanted by that. */
static void was_wanted(struct engine *en, const struct task *who,
                       enum setting s, struct want *ret_want)
{
	int64_t value = who->in_force.value[s];

	if (s == SETTING_pool)
		value = group_pool(en->sets, value);
	if (s != SETTING_pool || value >= 0)
		want_set(ret_want, s, value);
}

/* While a rule is asked again its old answer stands: what it won before. */
static enum speech old_speech(struct engine *en, const struct task *who,
                              const struct voice *v, uint32_t index,
                              struct want *ret_want)
{
	uint32_t rule = rule_id(v->number, index);

	ret_want->has = 0;
	for (uint64_t left = who->settled ? who->in_force.has & ~who->of_pool
	                                  : 0; left != 0;) {
		enum setting s = setting_take(&left);

		if (who->won[s] == rule)
			was_wanted(en, who, s, ret_want);
	}
	return ret_want->has != 0 ? SPEECH_SAID : SPEECH_NOT_YET;
}

static bool put_question(struct engine *en, struct voice *v,
                         struct subject *about, const void *question,
                         size_t bytes, struct opinion *o)
{
	uint64_t    now_ns = en->os->sensor.now_ns(en->os->sensor.self);
	size_t      key_bytes;
	const void *key = question_key(question, bytes, &key_bytes);
	int         r = worker_ask(v->worker, question, bytes, now_ns);

	v->turned_away |= r == -ENOBUFS;
	if (r < 0 && r != -EALREADY)
		return false;           /* switched off, or no room yet       */
	en->counts.asked += r == 0;
	o->open++;
	return askers_add(v->askers, key, key_bytes, about->task->id) == 0;
}

/* What a function wants: from memory, or asked for; while it is asked for, the
 * old answer.  What is switched off is silent, whatever it once said. */
static enum speech function_wants(struct engine *en, struct voice *v,
                                  struct subject *about, uint32_t rule,
                                  struct opinion *o, struct want *ret_want)
{
	char                 small[QUESTION_BYTES];
	void                *question = small;
	size_t               key_bytes, room = sizeof small;
	struct state_bytes   states[STATES_PER_FILE];
	struct inquiry       q = { .rule = rule,
	                           .generation = ruleset_generation(v->rules),
	                           .what = memo_reads(v->memo, rule),
	                           .states = states };
	const struct answer *known;
	const void          *key;
	int64_t              n;

	if (!worker_asks(v->worker, rule)) {
		conduct_silenced(v, rule);
		return SPEECH_NONE;
	}
	o->host_reads |= q.what.host;
	o->drift_reads |= q.what.task & facts_that_drift();
	if (q.what.state != 0) {
		states_of_rule(v->states, v->rules, rule, states);
		question = handle_room(v, &room);
	}
	q.id = ++en->question_id;
	n = question_write(&q, about, question, room);
	if (n < 0) {
		o->pending |= n == -EINPROGRESS;
		return n == -EINPROGRESS ? old_speech(en, about->task, v,
		                                      rule, ret_want)
		                         : SPEECH_NONE;
	}
	key = question_key(question, (size_t)n, &key_bytes);
	known = memo_find(v->memo, key, key_bytes);
	if (known != NULL) {
		*ret_want = known->want;
		conduct_remembered(en, v, rule, known);
		return known->outcome == OUTCOME_WANT ? SPEECH_SAID
		                                      : SPEECH_NONE;
	}
	return put_question(en, v, about, question, (size_t)n, o) ?
	       old_speech(en, about->task, v, rule, ret_want) : SPEECH_NONE;
}

void claim_ceiling(struct engine *en, const struct voice *v, uint32_t rule,
                   struct opinion *o)
{
	struct ceiling *c = &o->ceiling[o->ceilings];

	if (o->ceilings == CAPS_PER_TASK) {
		en->counts.claims_dropped++;
		return;
	}
	if (!ruleset_cap(v->rules, rule, &c->cap))
		return;
	c->rule = rule_id(v->number, rule);
	c->layer = ruleset_rule(v->rules, rule)->layer;
	o->ceilings++;
}

static struct claim *weakest(struct opinion *o)
{
	struct claim *least = &o->claim[0];

	for (size_t i = 1; i < o->claims; i++)
		if (o->claim[i].rank < least->rank)
			least = &o->claim[i];
	return least;
}

void claim_add(struct engine *en, uint32_t rule, uint64_t rank,
               const struct want *want, struct opinion *o)
{
	struct claim *c = &o->claim[o->claims];

	if (want->has == 0)
		return;
	if (o->claims == CLAIMS_PER_TASK) {
		en->counts.claims_dropped++;
		c = weakest(o);
		if (c->rank >= rank)
			return;
	} else {
		o->claims++;
	}
	*c = (struct claim){ .rule = rule, .rank = rank, .want = *want };
}

enum speech claim_of_rule(struct engine *en, struct voice *v,
                          struct subject *about, uint32_t rule,
                          struct opinion *o, struct want *ret_want)
{
	if (o->ahead && ruleset_rule(v->rules, rule)->is_function)
		return SPEECH_NONE;
	if (ruleset_rule(v->rules, rule)->is_function)
		return function_wants(en, v, about, rule, o, ret_want);
	ruleset_want(v->rules, rule, ret_want);
	return SPEECH_SAID;
}
