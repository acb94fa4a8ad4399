/* handling.c -- a handler at work: whom it is sent, and what it does. */

#include "handling.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "handle.h"
#include "judge.h"

#define ROUNDS_MAX 16                   /* asked again for more facts         */

/* One handler at work, or that was. */
struct handling {
	struct handling *prev, *next;
	uint32_t         rule;
	bool             out;           /* its question is at the worker      */
	uint64_t         wait_ns;       /* nor is it before then; 0: no wait  */
	uint64_t         waited_for;    /* FACT_BITs                          */
	bool             again;         /* set off meanwhile, so:             */
	uint32_t         again_level;
	struct task_id   again_about;
	uint32_t         level, about;
	struct task_id   happened_to;   /* pid 0: nobody                      */
	unsigned         rounds;
	size_t           tasks;
	struct task_id   task[HANDLED_TASKS_MAX];
};

static void timers_clear(struct handlings *hs)
{
	struct timer *t, *next;

	DL_FOREACH_SAFE(hs->timers, t, next) {
		DL_DELETE(hs->timers, t);
		free(t);
	}
}

void handlings_clear(struct handlings *hs)
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

/* What of these may be known a little later.  Only the second look at a meter
 * tells something. */
static uint64_t lacking(struct subject *who, uint64_t facts)
{
	const uint64_t meters = facts_of_source(FACT_SOURCE_METER);
	uint64_t       some = 0;

	for (int f = 0; facts >> f != 0; f++) {
		struct value v;
		int          r;

		if ((facts & FACT_BIT(f)) == 0)
			continue;
		r = match_fact(who, who->task, (enum fact)f, &v);
		if (r == -EINPROGRESS ||
		    (r == 0 && (meters & FACT_BIT(f)) != 0))
			some |= FACT_BIT(f);
	}
	return some;
}

/* What their selector lacks of some of them. */
static uint64_t tasks_find(struct engine *en, struct voice *v,
                           struct handling *h)
{
	uint32_t     slot = 0;
	uint64_t     lacks = 0;
	struct task *who;

	if (ruleset_rule(v->rules, h->rule)->match == IMAGE_NONE)
		return 0;
	while ((who = table_next(en->table, &slot)) != NULL) {
		struct subject about = engine_subject(en, v, who);

		if (!voice_speaks_of(v, who))
			continue;
		if (h->about != IMAGE_NONE && who->id.pid == h->task[0].pid &&
		    who->id.tid == h->task[0].tid)
			continue;
		if (ruleset_selects(v->rules, h->rule, &about))
			task_add(en, h, who);
		else
			lacks |= lacking(&about, about.read);
	}
	return lacks;
}

/* Looked up each time: it may be another user's by now. */
struct task *handled_task(struct engine *en, const struct voice *v,
                          struct task_id id)
{
	struct task *who = table_find(en->table, id);

	return who != NULL && voice_speaks_of(v, who) ? who : NULL;
}

static void about_find(struct engine *en, struct handling *h)
{
	struct task *who = h->happened_to.pid == 0 ? NULL :
	                   table_find(en->table, h->happened_to);

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
		task[i] = handled_task(en, v, h->task[i]);
	return question_write_all(&q, &what, &about, v->handlings->question,
	                          HANDLE_BYTES_MAX);
}

/* The same of what its function looks at. */
static uint64_t answer_lacks(struct engine *en, struct voice *v,
                             const struct handling *h)
{
	uint64_t reads = memo_reads(v->memo, h->rule).task, lacks = 0;

	for (size_t i = 0; i < h->tasks; i++) {
		struct task   *who = handled_task(en, v, h->task[i]);
		struct subject about = engine_subject(en, v, who);

		if (who != NULL)
			lacks |= lacking(&about, reads);
	}
	return lacks;
}

/* Each fact is waited for once. */
static bool waits(struct engine *en, struct handling *h, uint64_t lacks)
{
	uint64_t meters = facts_of_source(FACT_SOURCE_METER);

	lacks &= ~h->waited_for;
	if (lacks == 0)
		return false;
	h->waited_for |= lacks;
	h->wait_ns = now_of(en) + ((lacks & meters) != 0 ? METER_LEAST_NS :
	                           en->answer_wait_ns);
	return true;
}

static bool is_busy(const struct handling *h)
{
	return h->out || h->wait_ns != 0;
}

static void ask(struct engine *en, struct voice *v, struct handling *h)
{
	int64_t n;

	if (waits(en, h, answer_lacks(en, v, h)))
		return;
	n = ask_write(en, v, h, ++en->question_id);
	h->out = n > 0 && worker_ask(v->worker, v->handlings->question,
	                             (size_t)n, now_of(en)) == 0;
	en->counts.asked += h->out;
	if (!h->out)
		en->counts.handlers_dropped++;
}

static void find_and_ask(struct engine *en, struct voice *v,
                         struct handling *h)
{
	about_find(en, h);
	if (!waits(en, h, tasks_find(en, v, h)))
		ask(en, v, h);
}

void handling_begin(struct engine *en, struct voice *v, uint32_t rule,
                    uint32_t level, struct task_id about)
{
	struct handling *h = handling_of(v, rule);

	if (h == NULL || !worker_asks(v->worker, rule))
		return;
	if (is_busy(h)) {
		h->again = true;
		h->again_level = level;
		h->again_about = about;
		return;
	}
	h->level = level;
	h->happened_to = about;
	h->rounds = 0;
	h->waited_for = 0;
	find_and_ask(en, v, h);
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
	                   handled_task(en, v, h->task[a->task]);

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
	handling_begin(en, v, h->rule, h->again_level, h->again_about);
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
	if (!is_busy(h))
		rest(en, v, h);
	return 0;
}

uint64_t handlings_wake_ns(const struct handlings *hs)
{
	const struct handling *h;
	uint64_t               first = UINT64_MAX;

	DL_FOREACH(hs->all, h)
		if (h->wait_ns != 0 && h->wait_ns < first)
			first = h->wait_ns;
	return first;
}

/* Or what they showed at the first look would be taken for all there is. */
static void meters_forget(struct engine *en)
{
	uint32_t     slot = 0;
	struct task *who;

	while ((who = table_next(en->table, &slot)) != NULL)
		table_forget(en->table, who,
		             facts_of_source(FACT_SOURCE_METER));
}

void handlings_go_on(struct engine *en, struct voice *v, uint64_t now_ns)
{
	struct handling *h;

	DL_FOREACH(v->handlings->all, h) {
		if (h->wait_ns == 0 || h->wait_ns > now_ns)
			continue;
		h->wait_ns = 0;
		if ((h->waited_for & facts_of_source(FACT_SOURCE_METER)) != 0)
			meters_forget(en);
		find_and_ask(en, v, h);
		if (!is_busy(h))
			rest(en, v, h);
	}
}
