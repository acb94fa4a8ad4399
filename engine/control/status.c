/* status.c -- the verb "status": how it goes, in numbers. */

#include "control/verb.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define SECOND_NS UINT64_C(1000000000)

static void put(struct json *row, const char *key, uint64_t n)
{
	json_number(row, key, n > INT64_MAX ? INT64_MAX : (int64_t)n);
}

/* Over the last ten seconds at least, in thousandths of one a second: a slow
 * rate is no rate of 0. */
static uint64_t rate(uint64_t now, uint64_t then, uint64_t ns)
{
	uint64_t ms = ns / 1000000;

	return ms == 0 ? 0 : (now - then) * 1000000 / ms;
}

static void put_rates(struct control *c, struct json *row)
{
	const struct engine_counts *n = &c->engine->counts;
	uint64_t                    ns = control_now_ns(c) - c->before.at_ns;

	put(row, "events", n->events);
	put(row, "execs", n->execs);
	put(row, "judgings", n->judged);
	if (c->before.at_ns == 0)
		return;                 /* it has just begun                  */
	put(row, "events_per_1000s", rate(n->events, c->before.events, ns));
	put(row, "judgings_per_1000s", rate(n->judged, c->before.judged, ns));
}

static void put_usage(struct control *c, struct json *row)
{
	const struct sensor *sensor = &c->engine->os->sensor;
	uint64_t             cpu_ns, rss_bytes;

	if (sensor->usage == NULL ||
	    sensor->usage(sensor->self, &cpu_ns, &rss_bytes) < 0)
		return;
	put(row, "cpu_ns", cpu_ns);
	put(row, "rss_bytes", rss_bytes);
}

static int row_pqs(struct control *c, struct json *row)
{
	const struct engine *en = c->engine;
	const struct voice  *v = &en->voice[VOICE_SYSTEM];

	json_text(row, "row", "pqs");
	json_text(row, "version", PQS_VERSION);
	json_number(row, "pid", en->enforcer.core);
	json_bool(row, "observe", en->enforcer.observe);
	json_text(row, "sensor", en->os->sensor.name);
	put(row, "uptime_ns", control_now_ns(c) - c->started_ns);
	json_bool(row, "ready", v->rules != NULL);
	json_bool(row, "caught_up", en->caught_up);
	if (v->rules != NULL) {
		put(row, "generation", ruleset_generation(v->rules));
		put(row, "rules", ruleset_count(v->rules));
	}
	put(row, "tasks", table_count(en->table));
	put(row, "leases", leases_count(en->leases));
	put_rates(c, row);
	put_usage(c, row);
	return 1;
}

/* By the clock waiting for a CPU is in it; of the CPU time that one step was
 * said to take a little may be of those before. */
static int row_loop(struct control *c, struct json *row)
{
	const struct stalls *s = &c->engine->stalls;

	json_text(row, "row", "loop");
	put(row, "steps", s->rounds);
	put(row, "busy_ns", s->busy_ns);
	put(row, "p50_ns", stall_quantile_ns(s, 5000));
	put(row, "p99_ns", stall_quantile_ns(s, 9900));
	put(row, "p9999_ns", stall_quantile_ns(s, 9999));
	put(row, "past_1ms", s->past);
	put(row, "longest_ns", s->longest.ns);
	put(row, "longest_cpu_ns", s->longest.cpu_ns);
	json_text(row, "longest_at", phase_name(s->longest.most));
	put(row, "longest_at_ns", s->longest.most_ns);
	put(row, "past_1ms_cpu", s->past_cpu);
	put(row, "dearest_cpu_ns", s->dearest.cpu_ns);
	put(row, "dearest_ns", s->dearest.ns);
	json_text(row, "dearest_at", phase_name(s->dearest.most));
	put(row, "dearest_at_ns", s->dearest.most_ns);
	return 1;
}

/* The longest that was spent at each in one step, by the clock. */
static int row_phases(struct control *c, struct json *row)
{
	json_text(row, "row", "phases");
	for (int p = 0; p < PHASES; p++)
		put(row, phase_name((enum phase)p),
		    c->engine->stalls.longest_ns[p]);
	return 1;
}

static int row_changes(struct control *c, struct json *row)
{
	const struct enforcer *e = &c->engine->enforcer;

	json_text(row, "row", "changes");
	put(row, "changes", e->changes);
	for (int i = 0; i < EFFECTS; i++)
		if (i != EFFECT_UNDERWAY)
			put(row, effect_name((enum effect)i), e->effects[i]);
	put(row, "changed_by_others", c->foreign);
	put(row, "realtime_refused", e->realtime_refused);
	return 1;
}

/* Who writes the same values as we. */
static int row_others(struct control *c, struct json *row)
{
	struct fight_counts n = fights_counts(c->engine->fights);

	json_text(row, "row", "others");
	put(row, "tasks_yielded", engine_yielded(c->engine));
	put(row, "tasks_watched", n.watched);
	put(row, "tasks_fought_over", n.fought);
	put(row, "yields", c->engine->enforcer.yields);
	put(row, "set_again", c->engine->enforcer.fights);
	put(row, "not_watched_at_bound", n.crowded);
	return 1;
}

static int row_limiter(struct control *c, struct json *row)
{
	struct limit_counts n = limiter_counts(c->engine->limiter);

	json_text(row, "row", "limiter");
	put(row, "admitted", n.admitted);
	put(row, "had_to_wait", n.refused);
	put(row, "let_through_at_bound", n.crowded);
	return 1;
}

/* What was left out, and why: each is 0 where all is well. */
static int row_bounds(struct control *c, struct json *row)
{
	const struct engine_counts *n = &c->engine->counts;

	json_text(row, "row", "bounds");
	put(row, "events_lost", n->lost);
	put(row, "claims_dropped", n->claims_dropped);
	put(row, "patterns_given_up", n->patterns_given_up);
	put(row, "handlers_dropped", n->handlers_dropped);
	put(row, "caps_at_odds", n->torn);
	put(row, "users_refused", n->users_refused);
	put(row, "changes_unrecorded", n->unrecorded);
	put(row, "leases_refused", leases_refused(c->engine->leases));
	put(row, "groups_refused", c->engine->enforcer.groups_refused);
	return 1;
}

static int row_control(struct control *c, struct json *row)
{
	const struct gate *gate = &c->engine->os->gate;
	struct gate_counts n = gate->counts(gate->self);

	json_text(row, "row", "control");
	json_text(row, "socket", gate->name);
	put(row, "open", c->open);
	put(row, "came", n.came);
	put(row, "turned_away", n.turned_away);
	put(row, "asked", c->counts.asked);
	put(row, "refused", c->counts.refused);
	put(row, "rows_left_out", c->counts.rows_left_out);
	put(row, "dropped", c->counts.dropped);
	return 1;
}

/* The first line says what is wrong. */
static void put_refusal(struct control *c, struct json *row,
                        const struct reload_status *now)
{
	char why[1024];

	if (now->last_refusal[0] == '\0')
		return;
	text_copy_bytes(why, sizeof why, now->last_refusal,
	                strcspn(now->last_refusal, "\n"));
	json_text(row, "last_refusal", why);
	put(row, "refused_ago_ns", control_now_ns(c) - now->refused_at_ns);
}

static int row_reload(struct control *c, struct json *row)
{
	struct reload_status now;
	char                 kept[GENERATIONS_KEPT * 12] = "";
	size_t               used = 0;

	reload_status(c->engine, &now);
	for (size_t i = 0; i < now.kept_count; i++)
		used += (size_t)snprintf(kept + used, sizeof kept - used,
		                         "%s%u", i > 0 ? " " : "",
		                         (unsigned)now.kept[i]);
	json_text(row, "row", "reload");
	json_text(row, "stage", reload_stage_name(now.stage));
	json_text(row, "files", now.files);
	json_bool(row, "on_probation", now.on_probation);
	if (now.since_ns != 0)
		put(row, "in_force_for_ns", control_now_ns(c) - now.since_ns);
	put(row, "reloads", now.reloads);
	put(row, "refused", now.refused);
	put(row, "taken_back", now.taken_back);
	put(row, "overtaken", now.overtaken);
	json_text(row, "kept", kept);
	put_refusal(c, row, &now);
	return 1;
}

/* The first line says what is wrong. */
static void put_own(struct engine *en, const struct voice *v, struct json *row)
{
	char why[sizeof v->why];

	if (v->number == VOICE_SYSTEM)
		return;
	json_text(row, "files", voice_files(en, v));
	if (!v->refused)
		return;
	text_copy_bytes(why, sizeof why, v->why, strcspn(v->why, "\n"));
	json_text(row, "why", why);
}

/* One row for each voice: who it is is for itself and for who commands. */
static int row_worker(struct session *s, struct json *row)
{
	struct engine       *en = s->control->engine;
	uint32_t             at = (uint32_t)s->part;
	struct voice        *v = voice_next(en, &at);
	struct worker_counts n;

	while (v != NULL && v->number != VOICE_SYSTEM && !s->commands &&
	       v->uid != s->peer.uid)
		v = voice_next(en, &at);
	s->part = at;
	if (v == NULL)
		return 0;
	n = worker_counts(v->worker);
	json_text(row, "row", "worker");
	json_text(row, "of", v->number == VOICE_SYSTEM ? "system" : v->name);
	put(row, "rules", v->rules != NULL ? ruleset_count(v->rules) : 0);
	json_bool(row, "refused", v->refused);
	put_own(en, v, row);
	put(row, "started", n.started);
	put(row, "lost", n.lost);
	put(row, "asked", n.asked);
	put(row, "answered", n.answered);
	put(row, "turned_away", n.full);
	put(row, "files_switched_off", n.switched_off);
	return 1;
}

int status_row(struct session *s, struct json *row)
{
	static int (*const rows[])(struct control *, struct json *) = {
		row_pqs, row_loop, row_phases, row_reload, row_changes,
		row_others, row_limiter, row_bounds, row_control,
	};

	if (s->at < sizeof rows / sizeof rows[0])
		return rows[s->at++](s->control, row);
	return row_worker(s, row);
}
