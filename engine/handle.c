/* handle.c -- handlers: functions that a moment sets off, and what they do. */

#include "handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "judge.h"

#define ROUNDS_MAX 16                   /* asked again for more facts         */

/* One handler at work, or that was. */
struct handling {
	struct handling *prev, *next;
	uint32_t         rule;
	bool             out;           /* its question is at the worker      */
	bool             again;         /* set off meanwhile, so:             */
	uint32_t         again_level;
	struct task_id   again_about;
	uint32_t         level, about;
	unsigned         rounds;
	size_t           tasks;
	struct task_id   task[HANDLED_TASKS_MAX];
};

struct timer {
	struct timer *prev, *next;
	uint32_t      rule;
	uint64_t      due_ns;
};

struct handlings {
	struct handling *all;
	struct timer    *timers;
	char             question[HANDLE_BYTES_MAX];
};

static void timers_clear(struct handlings *hs)
{
	struct timer *t, *next;

	DL_FOREACH_SAFE(hs->timers, t, next) {
		DL_DELETE(hs->timers, t);
		free(t);
	}
}

static void handlings_clear(struct handlings *hs)
{
	struct handling *h, *next;

	DL_FOREACH_SAFE(hs->all, h, next) {
		DL_DELETE(hs->all, h);
		free(h);
	}
	timers_clear(hs);
}

void handlings_free(struct handlings *hs)
{
	if (hs != NULL)
		handlings_clear(hs);
	free(hs);
}

/* There is a place for it since the first image. */
void *handle_room(struct voice *v, size_t *ret_size)
{
	*ret_size = HANDLE_BYTES_MAX;
	return v->handlings->question;
}

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

static struct handling *handling_find(const struct voice *v, uint32_t rule)
{
	struct handling *h;

	DL_FOREACH(v->handlings->all, h)
		if (h->rule == rule)
			return h;
	return NULL;
}

static struct handling *handling_of(struct voice *v, uint32_t rule)
{
	struct handling *h = handling_find(v, rule);

	if (h != NULL)
		return h;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	h->rule = rule;
	DL_APPEND(v->handlings->all, h);
	return h;
}

/* The one that it happened to is sent along whether it was declared or not. */
static void task_add(struct engine *en, struct handling *h, struct task *who)
{
	if (h->tasks == HANDLED_TASKS_MAX) {
		en->counts.claims_dropped++;
		return;
	}
	h->task[h->tasks++] = who->id;
}

static void tasks_find(struct engine *en, struct voice *v, struct handling *h)
{
	uint32_t     slot = 0;
	struct task *who;

	if (ruleset_rule(v->rules, h->rule)->match == IMAGE_NONE)
		return;
	while ((who = table_next(en->table, &slot)) != NULL) {
		struct subject about = engine_subject(en, v, who);

		if (!voice_speaks_of(v, who))
			continue;
		if (h->about != IMAGE_NONE && who->id.pid == h->task[0].pid &&
		    who->id.tid == h->task[0].tid)
			continue;
		if (ruleset_selects(v->rules, h->rule, &about))
			task_add(en, h, who);
	}
}

/* Looked up each time: it may be another user's by now. */
static struct task *task_of(struct engine *en, const struct voice *v,
                            struct task_id id)
{
	struct task *who = table_find(en->table, id);

	return who != NULL && voice_speaks_of(v, who) ? who : NULL;
}

static void about_find(struct engine *en, struct handling *h,
                       struct task_id about)
{
	struct task *who = about.pid == 0 ? NULL : table_find(en->table, about);

	h->about = IMAGE_NONE;
	h->tasks = 0;
	if (who == NULL)
		return;
	h->about = 0;
	task_add(en, h, who);
}

/* Those that left meanwhile keep their place and have no facts. */
static int64_t ask_write(struct engine *en, struct voice *v,
                         const struct handling *h, uint32_t id)
{
	struct task          gone = { .slot = 0 };
	struct task         *task[HANDLED_TASKS_MAX];
	struct state_bytes   states[STATES_PER_FILE];
	struct subject       about = engine_subject(en, v, &gone);
	const struct inquiry q = {
		.id = id, .generation = ruleset_generation(v->rules),
		.rule = h->rule, .what = memo_reads(v->memo, h->rule),
		.states = states,
	};
	struct happening     what = {
		.moment = (enum moment)ruleset_rule(v->rules, h->rule)->moment,
		.level = h->level, .about = h->about,
		.task = task, .tasks = h->tasks,
	};

	states_of_rule(v->states, v->rules, h->rule, states);
	for (size_t i = 0; i < h->tasks; i++)
		task[i] = task_of(en, v, h->task[i]);
	return question_write_all(&q, &what, &about, v->handlings->question,
	                          HANDLE_BYTES_MAX);
}

static void ask(struct engine *en, struct voice *v, struct handling *h)
{
	int64_t n = ask_write(en, v, h, ++en->question_id);

	h->out = n > 0 && worker_ask(v->worker, v->handlings->question,
	                             (size_t)n, now_of(en)) == 0;
	en->counts.asked += h->out;
	if (!h->out)
		en->counts.handlers_dropped++;
}

static void set_off(struct engine *en, struct voice *v, uint32_t rule,
                    uint32_t level, struct task_id about)
{
	struct handling *h = handling_of(v, rule);

	if (h == NULL || !worker_asks(v->worker, rule))
		return;
	if (h->out) {
		h->again = true;
		h->again_level = level;
		h->again_about = about;
		return;
	}
	h->level = level;
	h->rounds = 0;
	about_find(en, h, about);
	tasks_find(en, v, h);
	ask(en, v, h);
}

static bool host_holds(struct engine *en, struct voice *v, uint32_t rule)
{
	struct subject about = engine_subject(en, v, NULL);

	return ruleset_when(v->rules, rule, &about);
}

static bool has_handlers(const struct voice *v, enum moment m)
{
	return v->rules != NULL && v->handlings != NULL &&
	       (ruleset_needs(v->rules).moments & UINT64_C(1) << m) != 0;
}

static void moment_came(struct engine *en, struct voice *v, enum moment m,
                        uint32_t level, struct task_id about)
{
	const uint32_t *rule;
	size_t          n;

	if (!has_handlers(v, m))
		return;
	n = ruleset_handlers(v->rules, m, &rule);
	for (size_t i = 0; i < n; i++)
		if (host_holds(en, v, rule[i]))
			set_off(en, v, rule[i], level, about);
}

/* What happened to a task is told to those who may speak of it. */
void handle_moment(struct engine *en, enum moment m, uint32_t level,
                   struct task_id about)
{
	uint32_t      at = 0;
	struct voice *v;

	while ((v = voice_next(en, &at)) != NULL)
		if (about.pid == 0 || task_of(en, v, about) != NULL)
			moment_came(en, v, m, level, about);
}

static const struct task_id nobody;

void handle_reload(struct engine *en, struct voice *v)
{
	moment_came(en, v, MOMENT_RELOAD, 0, nobody);
}

/* A pressure sets a handler off when it rises to its level or past it. */
static void pressure_rose(struct engine *en, struct voice *v, enum moment m,
                          int64_t before, int64_t now)
{
	const uint32_t *rule;
	size_t          n;

	if (!has_handlers(v, m))
		return;
	n = ruleset_handlers(v->rules, m, &rule);
	for (size_t i = 0; i < n; i++) {
		int64_t least = ruleset_terms(v->rules, rule[i])->level;

		if (before < least && now >= least && host_holds(en, v, rule[i]))
			set_off(en, v, rule[i], (uint32_t)now, nobody);
	}
}

/* Those that ask for a time of day. */
static void clock_struck(struct engine *en, struct voice *v, int64_t minute)
{
	const uint32_t *rule;
	size_t          n;

	if (!has_handlers(v, MOMENT_TIMER))
		return;
	n = ruleset_handlers(v->rules, MOMENT_TIMER, &rule);
	for (size_t i = 0; i < n; i++)
		if (ruleset_terms(v->rules, rule[i])->level == minute &&
		    host_holds(en, v, rule[i]))
			set_off(en, v, rule[i], 0, nobody);
}

static void host_changed(struct engine *en, struct voice *v,
                         enum host_fact fact, int64_t before, int64_t now)
{
	switch (fact) {
	case HOST_memory_pressure:
		pressure_rose(en, v, MOMENT_MEMORY_PRESSURE, before, now);
		break;
	case HOST_cpu_pressure:
		pressure_rose(en, v, MOMENT_CPU_PRESSURE, before, now);
		break;
	case HOST_io_pressure:
		pressure_rose(en, v, MOMENT_IO_PRESSURE, before, now);
		break;
	case HOST_on_battery:
		moment_came(en, v, MOMENT_POWER, 0, nobody);
		break;
	case HOST_time:
		clock_struck(en, v, now);
		break;
	default:
		break;
	}
}

void handle_host(struct engine *en, enum host_fact fact, int64_t before,
                 int64_t now)
{
	uint32_t      at = 0;
	struct voice *v;

	while ((v = voice_next(en, &at)) != NULL)
		host_changed(en, v, fact, before, now);
}

static void want_grant(struct engine *en, struct voice *v, uint32_t rule,
                       struct task *who, const struct action *a)
{
	struct lease l = {
		.rule = rule_id(v->number, rule), .reach = TARGET_SELF,
		.holder = who->id,
		.want = a->want, .ends_ns = now_of(en) + a->keep_ns,
	};

	if (lease_grant(en->leases, &l) < 0)
		en->counts.claims_dropped++;
}

static void act(struct engine *en, struct voice *v, const struct handling *h,
                const struct action *a)
{
	struct task *who = a->task >= h->tasks ? NULL :
	                   task_of(en, v, h->task[a->task]);

	if (who == NULL || judge_learn_birth(en, who) < 0)
		return;
	if (a->kind == ACTION_WANT)
		want_grant(en, v, h->rule, who, a);
	else
		enforce_once(&en->enforcer, who, SETTING_reclaim, a->amount,
		             rule_id(v->number, h->rule));
}

static void states_keep(struct engine *en, struct voice *v, uint32_t rule,
                        const struct deeds *d)
{
	bool changed = false;

	for (uint32_t i = 0; i < STATES_PER_FILE; i++)
		if ((d->written >> i & 1) != 0)
			changed |= states_put(v->states, v->rules, rule, i,
			                      &d->state[i]) > 0;
	if (changed && v->states_read)
		voice_ask_all(en, v);
}

static void deeds_do(struct engine *en, struct voice *v,
                     const struct handling *h, const struct deeds *d)
{
	for (size_t i = 0; i < d->count; i++)
		act(en, v, h, &d->action[i]);
	states_keep(en, v, h->rule, d);
}

/* What happened while the question was out is asked about now. */
static void rest(struct engine *en, struct voice *v, struct handling *h)
{
	if (!h->again)
		return;
	h->again = false;
	set_off(en, v, h->rule, h->again_level, h->again_about);
}

int handle_answer(struct engine *en, struct voice *v,
                  const struct worker_answer *a)
{
	struct handling *h = handling_find(v, a->rule);

	if (h == NULL || !h->out)
		return 0;
	h->out = false;
	if (a->answer.outcome == OUTCOME_NEEDS && h->rounds++ < ROUNDS_MAX)
		ask(en, v, h);
	else if (a->answer.outcome == OUTCOME_WANT)
		deeds_do(en, v, h, a->deeds);
	if (!h->out)
		rest(en, v, h);
	return 0;
}

/* Numbers mean other rules in another generation. */
void handle_timers_start(struct engine *en, struct voice *v)
{
	const uint32_t *rule;
	size_t          n = 0;

	if (v->handlings == NULL)
		v->handlings = calloc(1, sizeof(*v->handlings));
	if (v->handlings == NULL)
		return;
	handlings_clear(v->handlings);
	if (has_handlers(v, MOMENT_TIMER))
		n = ruleset_handlers(v->rules, MOMENT_TIMER, &rule);
	for (size_t i = 0; i < n; i++) {
		const struct image_terms *r = ruleset_terms(v->rules, rule[i]);
		struct timer *t = r->level != IMAGE_NONE ? NULL :
		                  calloc(1, sizeof(*t));

		if (t == NULL)
			continue;
		t->rule = rule[i];
		t->due_ns = now_of(en) + r->every_ns;
		DL_APPEND(v->handlings->timers, t);
	}
}

static uint64_t timers_wake_ns(const struct voice *v)
{
	uint64_t      first = UINT64_MAX;
	struct timer *t;

	if (v->handlings == NULL)
		return first;
	DL_FOREACH(v->handlings->timers, t)
		if (t->due_ns < first)
			first = t->due_ns;
	return first;
}

uint64_t handle_wake_ns(struct engine *en)
{
	uint64_t      first = UINT64_MAX;
	uint32_t      at = 0;
	struct voice *v;

	while ((v = voice_next(en, &at)) != NULL)
		if (timers_wake_ns(v) < first)
			first = timers_wake_ns(v);
	return first;
}

/* Missed turns are not made up for. */
static void timers_run(struct engine *en, struct voice *v, uint64_t now_ns)
{
	struct timer *t;

	if (v->handlings == NULL)
		return;
	DL_FOREACH(v->handlings->timers, t) {
		if (t->due_ns > now_ns)
			continue;
		t->due_ns = now_ns + ruleset_terms(v->rules, t->rule)->every_ns;
		if (host_holds(en, v, t->rule))
			set_off(en, v, t->rule, 0, nobody);
	}
}

void handle_timers(struct engine *en, uint64_t now_ns)
{
	uint32_t      at = 0;
	struct voice *v;

	while ((v = voice_next(en, &at)) != NULL)
		timers_run(en, v, now_ns);
}
