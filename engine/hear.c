/* hear.c -- what comes from the rules worker: rules, answers, and its end. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ahead.h"
#include "cause.h"
#include "conduct.h"
#include "handle.h"
#include "judge.h"
#include "reloading.h"
#include "tally.h"

/* A fact of the machine's that could not be read is looked at again then. */
#define UNREAD_NS UINT64_C(1000000000)

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

void judge_tell(struct engine *en, const char *sentence)
{
	if (en->ears.trouble != NULL)
		en->ears.trouble(en->ears.self, sentence);
}

void voice_trouble(struct engine *en, const struct voice *v, const char *what)
{
	char sentence[600];

	if (v->number == VOICE_SYSTEM) {
		judge_tell(en, what);
		return;
	}
	snprintf(sentence, sizeof sentence, "%s: %s", v->name, what);
	judge_tell(en, sentence);
}

/* What the machine is like now, as far as it can be told; what cannot just now
 * is looked at again. */
static void look_at_host(struct engine *en, uint64_t facts)
{
	const struct sensor *sensor = &en->os->sensor;

	en->host.known &= ~facts;
	en->host_unread &= ~facts;
	for (int f = 0; f < HOST_COUNT; f++) {
		int r = (facts & HOST_BIT(f)) == 0 ? -ENODATA :
		        sensor->host(sensor->self, (enum host_fact)f,
		                     &en->host.value[f]);

		if (r == 0)
			en->host.known |= HOST_BIT(f);
		else if (r != -ENODATA)
			en->host_unread |= HOST_BIT(f);
	}
	if (en->host_unread != 0)
		en->host_again_ns = sensor->now_ns(sensor->self) + UNREAD_NS;
}

uint64_t judge_host_wake_ns(const struct engine *en)
{
	return en->host_unread == 0 ? UINT64_MAX : en->host_again_ns;
}

/* Whoever was judged while some of it could not be read is judged anew. */
static void look_again_at_host(struct engine *en, uint64_t facts)
{
	uint64_t unread = en->host_unread;

	look_at_host(en, facts);
	if ((unread & en->host.known) != 0)
		judge_machine(en, unread & en->host.known);
}

void judge_host_due(struct engine *en, uint64_t now_ns)
{
	if (judge_host_wake_ns(en) <= now_ns)
		look_again_at_host(en, en->host_unread);
}

/* Each name once; the system's rules come first and so does their room. */
struct names {
	const char *name[ENV_NAMES_MAX];
	size_t      count;
};

static void name_add(struct names *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->name[i], name) == 0)
			return;
	if (all->count < ENV_NAMES_MAX)
		all->name[all->count++] = name;
}

void judge_look_at_host(struct engine *en)
{
	uint64_t      facts = en->needs.host;
	uint32_t      at = 0;
	struct voice *v;

	while ((v = voice_next(en, &at)) != NULL)
		facts |= v->host_learned;
	look_again_at_host(en, facts);
}

static void names_add(struct names *all, const struct ruleset *rules)
{
	const char *const *name;
	size_t             n = ruleset_env(rules, &name);

	for (size_t i = 0; i < n; i++)
		name_add(all, name[i]);
}

/* All voices, and the one that is compared with the system's. */
static struct voice *voice_heeded(struct engine *en, uint32_t *at)
{
	struct voice *v = voice_next(en, at);

	if (v == NULL && (*at)++ == VOICES_MAX)
		v = reload_voice(en);
	return v;
}

/* What a thread has apart from its process, by rules before these or because it
 * could not be changed with the others, is over when it ends. */
static bool has_threads(const struct engine *en)
{
	return en->needs.threads || (en->journal != NULL &&
	                             journal_threads(en->journal) != 0);
}

/* A match wakes us at its bounds, a function at each step of what it looks
 * at. */
static int watch_what_rules_need(struct engine *en)
{
	const struct sensor *sensor = &en->os->sensor;
	struct host_bounds   bounds[HOST_COUNT] = { { .count = 0 } };
	struct names         env = { .count = 0 };
	struct interest      what = { .threads = has_threads(en),
	                              .forks = true, .bounds = bounds,
	                              .env = env.name };
	uint64_t             learned = 0;
	uint32_t             at = 0;
	struct voice        *v;
	int                  r;

	while ((v = voice_heeded(en, &at)) != NULL) {
		if (v->rules == NULL)
			continue;
		names_add(&env, v->rules);
		ruleset_host_bounds(v->rules, bounds);
		learned |= v->host_learned;
	}
	for (int f = 0; f < HOST_COUNT; f++)
		bounds[f].in_steps = (learned & HOST_BIT(f)) != 0;
	what.host = en->needs.host | learned;
	what.env_count = env.count;
	r = sensor->watch(sensor->self, &what);
	if (r < 0)
		return r;
	en->threads_unheard |= what.threads && !en->hears_threads;
	en->hears_threads = what.threads;
	return 0;
}

/* One may have ended between its turn and that its end would be heard of. */
int judge_threads_heard(struct engine *en)
{
	int r = has_threads(en) == en->hears_threads
	        ? 0 : watch_what_rules_need(en);

	if (r < 0 || !en->threads_unheard)
		return r;
	en->threads_unheard = false;
	if (en->unseen)         /* all are looked at in any case              */
		return 0;
	en->unseen = true;
	return judge_deaths(en);
}

static void needs_add(struct ruleset_needs *all, struct ruleset_needs one)
{
	all->facts |= one.facts;
	all->lineage |= one.lineage;
	all->host |= one.host;
	all->moments |= one.moments;
	all->exits |= one.exits;
	all->threads |= one.threads;
	all->functions |= one.functions;
	all->tags_inherited |= one.tags_inherited;
	all->parents |= one.parents;
	all->trees |= one.trees;
	all->units |= one.units;
}

int judge_needs(struct engine *en)
{
	struct ruleset_needs needs = { .facts = 0 };
	uint32_t             at = 0;
	struct voice        *v;

	while ((v = voice_heeded(en, &at)) != NULL)
		if (v->rules != NULL)
			needs_add(&needs, ruleset_needs(v->rules));
	en->needs = needs;
	table_keep_facts(en->table, needs.lineage | needs.exits |
	                 (needs.units ? FACT_BIT(FACT_unit) : 0) |
	                 (en->users ? FACT_BIT(FACT_uid) : 0));
	return watch_what_rules_need(en);
}

/* From now on changes of these are told, and what they are now is looked up:
 * so far nobody cared. */
static int learn_host(struct engine *en, struct voice *v, uint64_t facts)
{
	uint64_t fresh = facts & ~v->host_learned;
	int      r;

	if (fresh == 0)
		return 0;
	v->host_learned |= fresh;
	r = watch_what_rules_need(en);
	look_again_at_host(en, fresh);
	return r;
}

/* The system's first ones; those that follow are built aside. */
static int install(struct voice *v, struct ruleset *rules)
{
	size_t       n = ruleset_count(rules);
	struct memo *memo = memo_new(n, MEMO_MAX);
	uint8_t     *conduct = calloc(n + 1, 1);

	if (memo == NULL || conduct == NULL) {
		memo_free(memo);
		free(conduct);
		return -ENOMEM;
	}
	v->rules = rules;
	v->memo = memo;
	v->conduct = conduct;
	return 0;
}

/* Who was asked about before was asked in vain. */
static void rejudge(struct engine *en)
{
	const struct ruleset *rules = en->voice[VOICE_SYSTEM].rules;

	sweep_list(&en->sweep);
	if (en->ears.loaded != NULL)
		en->ears.loaded(en->ears.self, ruleset_count(rules),
		                ruleset_generation(rules));
}

int judge_begin(struct engine *en)
{
	struct voice *v = &en->voice[VOICE_SYSTEM];
	int           r = judge_needs(en);

	if (r == 0)
		r = ahead_watch(en);
	if (r < 0)
		return r;
	look_at_host(en, ~UINT64_C(0));
	judge_machine(en, 0);
	if (!ruleset_needs(v->rules).functions)
		worker_dismiss(v->worker);
	handle_timers_start(en, v);
	rejudge(en);
	reload_begun(en);
	return 0;
}

static int put_in_force(struct engine *en, const void *image, size_t bytes,
                        uint32_t generation)
{
	struct voice   *v = &en->voice[VOICE_SYSTEM];
	struct ruleset *rules;
	int             r = ruleset_new(image, bytes, generation, en->sets,
	                                &rules);

	if (r < 0)
		return r;
	r = install(v, rules);
	if (r < 0) {
		ruleset_free(rules);
		return r;
	}
	return judge_begin(en);
}

static int load_image(struct engine *en, struct voice *v)
{
	size_t      bytes;
	const void *image = worker_image(v->worker, &bytes);

	return put_in_force(en, image, bytes, en->last_generation + 1);
}

int judge_recall(struct engine *en, const struct kept *k)
{
	return put_in_force(en, k->image, k->bytes, k->number);
}

static bool promises_time(const struct want *w)
{
	return want_has(w, SETTING_realtime) &&
	       w->value[SETTING_realtime] != VALUE_UNTOUCHED;
}

/* A function about whole processes may not want what is for single threads; its
 * answer is then a failure like any other. */
static void realtime_refuse(const struct voice *v, struct worker_answer *a)
{
	bool promised;

	if (a->answer.outcome != OUTCOME_WANT ||
	    ruleset_is_of_threads(v->rules, a->rule))
		return;
	promised = promises_time(&a->answer.want);
	for (size_t i = 0; a->deeds != NULL && i < a->deeds->count; i++)
		promised |= a->deeds->action[i].kind == ACTION_WANT &&
		            promises_time(&a->deeds->action[i].want);
	if (!promised)
		return;
	a->answer.outcome = OUTCOME_ERROR;
	text_copy(a->answer.text, sizeof a->answer.text,
	          "realtime is for single threads: match = thread { ... }");
}

/* Told at powers of two. */
static void tell_forgotten(struct engine *en, struct voice *v)
{
	uint64_t n = ++en->counts.answers_forgotten;

	if ((n & (n - 1)) == 0)
		voice_trouble(en, v, "no memory for what a function said; it is "
		              "asked again");
}

/* Keeps the answer, or, when the function looked at more than it was sent, what
 * to send along next time.  It always did when it says so: the worker's side of
 * us has seen to that.  1 when there is no memory to keep it in. */
static int keep_answer(struct engine *en, struct voice *v,
                       const struct worker_answer *a)
{
	const struct answer *answer = &a->answer;
	int                  r = learn_host(en, v, answer->read.host);

	if (r < 0)
		return r;
	memo_learn(v->memo, a->rule, answer->read);
	if (answer->outcome == OUTCOME_NEEDS)
		return 0;
	conduct_heard(en, v, a->rule, answer);
	if (a->passing || a->handled)
		return 0;               /* asked again, until it struck out   */
	v->states_read |= answer->read.state != 0;
	if (memo_put(v->memo, a->key, a->key_bytes, answer) < 0) {
		tell_forgotten(en, v);
		return 1;
	}
	en->counts.answers_kept++;
	return 0;
}

/* Who would be asked about at once what nobody could remember waits for a
 * second: by then there may be memory. */
static int judge_answered(struct engine *en, struct task *who, bool forgotten)
{
	if (forgotten)
		judge_put_off(en, who);
	else if (engine_is_long(en))
		judge_again(en, who, now_of(en));
	else
		return engine_judge(en, who);
	return 0;
}

/* Nobody knows any more who was turned away, so everyone is asked about. */
static bool has_room_again(struct voice *v)
{
	if (!v->turned_away || !worker_has_room(v->worker))
		return false;
	v->turned_away = false;
	return true;
}

static int hear_answer(struct engine *en, struct voice *v)
{
	struct worker_answer a = *worker_answer(v->worker);
	struct task_id      *who;
	bool                 more, forgotten;
	size_t               n;
	int                  r;

	if (v->rules == NULL || a.rule >= ruleset_count(v->rules))
		return 0;
	tally_of(v, a.rule)->answered += a.answer.outcome != OUTCOME_NEEDS;
	tally_of(v, a.rule)->cpu_ns += a.cpu_ns;
	realtime_refuse(v, &a);
	r = keep_answer(en, v, &a);
	forgotten = r > 0;
	if (r == 0 && a.handled)
		r = handle_answer(en, v, &a);
	n = askers_take(v->askers, a.key, a.key_bytes, &who, &more);
	for (size_t i = 0; i < n && r >= 0 && v->number != VOICE_NEXT; i++) {
		struct task *task = table_find(en->table, who[i]);

		if (task != NULL)
			r = judge_answered(en, task, forgotten);
	}
	free(who);
	if ((has_room_again(v) || more) && v->number != VOICE_NEXT)
		voice_ask_all(en, v);
	return r < 0 ? r : 0;
}

/* A user's mistakes are that user's alone. */
static int hear_refusal(struct engine *en, struct voice *v)
{
	if (v->number != VOICE_SYSTEM) {
		voice_refuse(en, v, worker_why(v->worker));
		voice_ask_all(en, v);
		return 0;
	}
	v->refused = true;
	if (en->ears.refused != NULL)
		en->ears.refused(en->ears.self, worker_why(v->worker));
	en->refused = en->stopping = true;
	return 0;
}

/* Constants that were kept need no worker: better those than none for ever. */
int judge_loss(struct engine *en, struct voice *v)
{
	voice_trouble(en, v, worker_why(v->worker));
	if (en->recalls && v->number == VOICE_SYSTEM && v->rules == NULL &&
	    worker_counts(v->worker).lost >= en->worker.strikes) {
		judge_tell(en, "no rules worker can be had for these rules");
		en->refused = en->stopping = true;
	}
	return 0;
}

int judge_news(struct engine *en, struct voice *v, enum worker_news news)
{
	switch (news) {
	case WORKER_IMAGE:   return load_image(en, v);
	case WORKER_REFUSED: return hear_refusal(en, v);
	case WORKER_ANSWER:  return hear_answer(en, v);
	case WORKER_SWITCHED_OFF:
		voice_trouble(en, v, worker_why(v->worker));
		voice_ask_all(en, v);                   /* without its voice */
		return 0;
	case WORKER_LOST:    return judge_loss(en, v);
	case WORKER_COMPILED:
		if (v->number == VOICE_SYSTEM)
			return first_compiled(en);
		voice_compiled(en, v);
		break;
	case WORKER_NOTHING:
		break;
	}
	return 0;
}
