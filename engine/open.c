/* open.c -- putting an engine together, and taking it apart. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "handle.h"
#include "judge.h"

/* What was turned is noted before it is told: a birth that we hear of late is
 * then still known to be of someone changed. */
static void pass_on_change(void *ctx, const struct change *c)
{
	struct engine *en = ctx;

	lately_note(&en->lately, en->journal, c,
	            en->os->sensor.now_ns(en->os->sensor.self));
	if (en->ears.change != NULL)
		en->ears.change(en->ears.self, c);
}

/* Its parts are lent by the engine, which outlives it. */
static void open_enforcer(struct engine *en, const struct engine_options *o)
{
	en->enforcer = (struct enforcer){
		.os = o->os, .journal = o->journal, .table = en->table,
		.sets = o->sets, .observe = o->observe,
		.keeper = o->keeper, .core = o->core,
		.allow_init = o->allow_init,
		.allow_kernel_threads = o->allow_kernel_threads,
		.allow_realtime = o->allow_realtime,
		.report = pass_on_change, .report_ctx = en,
	};
}

static void forget_tree(void *engine, struct task_id root)
{
	struct engine *en = engine;

	lease_tree_gone(en->leases, root);
}

int engine_open(struct engine *en, const struct engine_options *o)
{
	uint64_t now_ns = o->os->sensor.now_ns(o->os->sensor.self);

	*en = (struct engine){
		.os = o->os, .sets = o->sets, .journal = o->journal,
		.intents = o->intents, .people = o->people, .ears = o->ears,
		.answer_wait_ns = o->answer_wait_ns,
		.fork_settle_ns = o->fork_settle_ns,
	};
	en->table = table_new(&o->os->sensor);
	en->leases = leases_new((struct lease_ear){ en, cause_changed });
	en->standing = standing_new();
	en->states = states_new();
	en->askers = askers_new();
	en->worker = worker_new(&o->os->wire, o->sets, o->sources,
	                        o->source_count, o->options, &o->worker);
	if (en->table == NULL || en->standing == NULL || en->leases == NULL ||
	    en->states == NULL || en->askers == NULL || en->worker == NULL) {
		engine_close(en);
		return -ENOMEM;
	}
	table_on_forgotten(en->table, forget_tree, en);
	table_on_death(en->table, judge_gone, en);
	open_enforcer(en, o);
	return worker_start(en->worker, now_ns);
}

/* Also of one that was only half opened. */
void engine_close(struct engine *en)
{
	enforce_close(&en->enforcer);
	worker_free(en->worker);
	askers_free(en->askers);
	memo_free(en->memo);
	leases_free(en->leases);
	states_free(en->states);
	handlings_free(en->handlings);
	ruleset_free(en->rules);
	table_free(en->table);
	standing_free(en->standing);
	heap_clear(&en->due);
	free(en->blamed);
	memset(en, 0, sizeof *en);
}
