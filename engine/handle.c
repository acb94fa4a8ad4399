/* handle.c -- the moments that set handlers off. */

#include "handle.h"

#include <stdlib.h>
#include <utlist.h>

#include "handling.h"
#include "judge.h"

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
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
			handling_begin(en, v, rule[i], level, about);
}

/* What happened to a task is told to those who may speak of it. */
void handle_moment(struct engine *en, enum moment m, uint32_t level,
                   struct task_id about)
{
	uint32_t      at = 0;
	struct voice *v;

	while ((v = voice_next(en, &at)) != NULL)
		if (about.pid == 0 || handled_task(en, v, about) != NULL)
			moment_came(en, v, m, level, about);
}

static const struct task_id nobody;

/* They are sent tasks, so it is not before those that live are known. */
void handle_caught_up(struct engine *en)
{
	uint32_t      at = 0;
	struct voice *v;

	while ((v = voice_next(en, &at)) != NULL) {
		if (v->handlings == NULL || !v->handlings->fresh)
			continue;
		v->handlings->fresh = false;
		moment_came(en, v, MOMENT_RELOAD, 0, nobody);
	}
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
			handling_begin(en, v, rule[i], (uint32_t)now, nobody);
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
			handling_begin(en, v, rule[i], 0, nobody);
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
	v->handlings->fresh = true;
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
	first = handlings_wake_ns(v->handlings);
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
	handlings_go_on(en, v, now_ns);
	DL_FOREACH(v->handlings->timers, t) {
		if (t->due_ns > now_ns)
			continue;
		t->due_ns = now_ns + ruleset_terms(v->rules, t->rule)->every_ns;
		if (host_holds(en, v, t->rule))
			handling_begin(en, v, t->rule, 0, nobody);
	}
}

void handle_timers(struct engine *en, uint64_t now_ns)
{
	uint32_t      at = 0;
	struct voice *v;

	while ((v = voice_next(en, &at)) != NULL)
		timers_run(en, v, now_ns);
}
