/* hear.c -- what comes from the rules worker: rules, answers, and its end. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "handle.h"
#include "judge.h"

void judge_tell(struct engine *en, const char *sentence)
{
	if (en->ears.trouble != NULL)
		en->ears.trouble(en->ears.self, sentence);
}

/* What the machine is like now, as far as it can be told. */
static void look_at_host(struct engine *en, uint64_t facts)
{
	const struct sensor *sensor = &en->os->sensor;

	en->host.known &= ~facts;
	for (int f = 0; f < HOST_COUNT; f++)
		if ((facts & HOST_BIT(f)) != 0 &&
		    sensor->host(sensor->self, (enum host_fact)f,
		                 &en->host.value[f]) == 0)
			en->host.known |= HOST_BIT(f);
}

/* A match wakes us at its bounds, a function at each step of what it looks
 * at. */
static int watch_what_rules_need(struct engine *en)
{
	const struct sensor *sensor = &en->os->sensor;
	struct ruleset_needs needs = ruleset_needs(en->rules);
	struct host_bounds   bounds[HOST_COUNT];
	struct interest      what = { .threads = needs.threads, .forks = true,
	                              .host = needs.host | en->host_learned,
	                              .bounds = bounds };

	what.env_count = ruleset_env(en->rules, &what.env);
	ruleset_host_bounds(en->rules, bounds);
	for (int f = 0; f < HOST_COUNT; f++)
		bounds[f].in_steps = (en->host_learned & HOST_BIT(f)) != 0;
	return sensor->watch(sensor->self, &what);
}

/* From now on changes of these are told, and what they are now is looked up:
 * so far nobody cared. */
static int learn_host(struct engine *en, uint64_t facts)
{
	uint64_t fresh = facts & ~en->host_learned;
	int      r;

	if (fresh == 0)
		return 0;
	en->host_learned |= fresh;
	r = watch_what_rules_need(en);
	look_at_host(en, fresh);
	return r;
}

/* Another generation: nothing of the old one is left standing. */
static int install(struct engine *en, struct ruleset *rules)
{
	size_t       n = ruleset_count(rules);
	struct memo *memo = memo_new(n);
	uint8_t     *blamed = calloc(n / 8 + 1, 1);

	if (memo == NULL || blamed == NULL) {
		memo_free(memo);
		free(blamed);
		return -ENOMEM;
	}
	ruleset_free(en->rules);
	judge_forget_generation(en);
	memo_free(en->memo);
	free(en->blamed);
	askers_drop(en->askers);
	en->rules = rules;
	en->memo = memo;
	en->host_learned = 0;
	en->blamed = blamed;
	return 0;
}

static int load_image(struct engine *en)
{
	size_t               bytes;
	const void          *image = worker_image(en->worker, &bytes);
	struct ruleset      *rules;
	struct ruleset_needs needs;
	uint32_t             generation = en->rules == NULL ? 1 :
	                                  ruleset_generation(en->rules) + 1;
	int r = ruleset_new(image, bytes, generation, en->sets, &rules);

	if (r < 0)
		return r;
	r = install(en, rules);
	if (r < 0) {
		ruleset_free(rules);
		return r;
	}
	needs = ruleset_needs(rules);
	table_keep_facts(en->table, needs.lineage | needs.exits |
	                 (needs.units ? FACT_BIT(FACT_unit) : 0));
	r = watch_what_rules_need(en);
	if (r < 0)
		return r;
	look_at_host(en, ~UINT64_C(0));
	judge_machine(en, 0);
	if (!needs.functions)
		worker_dismiss(en->worker);
	sweep_list(&en->sweep);
	handle_timers_start(en);
	handle_moment(en, MOMENT_RELOAD, 0, (struct task_id){ 0 });
	if (en->ears.loaded != NULL)
		en->ears.loaded(en->ears.self, ruleset_count(rules), generation);
	return 0;
}

/* Once for each rule of a generation; the rest is counted. */
static void blame(struct engine *en, uint32_t rule, const char *why)
{
	char sentence[512];

	en->counts.rule_failures++;
	if ((en->blamed[rule / 8] >> (rule % 8) & 1) != 0)
		return;
	en->blamed[rule / 8] |= (uint8_t)(1u << (rule % 8));
	snprintf(sentence, sizeof sentence,
	         "rule \"%s\" (%s:%u) has no opinion: %s",
	         ruleset_name(en->rules, rule), ruleset_file(en->rules, rule),
	         (unsigned)ruleset_rule(en->rules, rule)->line, why);
	judge_tell(en, sentence);
}

/* Keeps the answer, or, when the function looked at more than it was sent, what
 * to send along next time.  It always did when it says so: the worker's side of
 * us has seen to that. */
static int keep_answer(struct engine *en, const struct worker_answer *a)
{
	const struct answer *answer = &a->answer;
	int                  r = learn_host(en, answer->read.host);

	if (r < 0)
		return r;
	memo_learn(en->memo, a->rule, answer->read);
	if (answer->outcome == OUTCOME_NEEDS)
		return 0;
	if (answer->outcome > OUTCOME_NEEDS)
		blame(en, a->rule, answer->text);
	if (a->passing || a->handled)
		return 0;               /* asked again, until it struck out   */
	en->states_read |= answer->read.state != 0;
	en->counts.answers_kept++;
	return memo_put(en->memo, a->key, a->key_bytes, answer);
}

/* Nobody knows any more who was turned away, so everyone is asked about. */
static bool has_room_again(struct engine *en)
{
	if (!en->turned_away || !worker_has_room(en->worker))
		return false;
	en->turned_away = false;
	return true;
}

static int hear_answer(struct engine *en)
{
	const struct worker_answer *a = worker_answer(en->worker);
	struct task_id             *who;
	bool                        more;
	size_t                      n;
	int                         r;

	if (en->rules == NULL || a->rule >= ruleset_count(en->rules))
		return 0;
	r = keep_answer(en, a);
	if (r == 0 && a->handled)
		r = handle_answer(en, a);
	n = askers_take(en->askers, a->key, a->key_bytes, &who, &more);
	for (size_t i = 0; i < n && r >= 0; i++) {
		struct task *task = table_find(en->table, who[i]);

		if (task != NULL)
			r = engine_judge(en, task);
	}
	free(who);
	if (has_room_again(en) || more)
		sweep_walk(&en->sweep, 0, true);
	return r < 0 ? r : 0;
}

static int hear_refusal(struct engine *en)
{
	if (en->ears.refused != NULL)
		en->ears.refused(en->ears.self, worker_why(en->worker));
	en->refused = en->stopping = true;
	return 0;
}

int judge_news(struct engine *en, enum worker_news news)
{
	switch (news) {
	case WORKER_IMAGE:   return load_image(en);
	case WORKER_REFUSED: return hear_refusal(en);
	case WORKER_ANSWER:  return hear_answer(en);
	case WORKER_SWITCHED_OFF:
		judge_tell(en, worker_why(en->worker));
		sweep_walk(&en->sweep, 0, true);        /* without its voice */
		return 0;
	case WORKER_LOST:
		judge_tell(en, worker_why(en->worker));
		return 0;
	case WORKER_NOTHING:
		break;
	}
	return 0;
}
