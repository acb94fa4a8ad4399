/* open.c -- putting an engine together, and taking it apart. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "enforce/pools.h"
#include "handle.h"
#include "judge.h"
#include "model/group.h"
#include "reloading.h"

/* What was turned is noted before it is told: a birth that we hear of late is
 * then still known to be of someone changed. */
static void pass_on_change(void *ctx, const struct change *c)
{
	struct engine *en = ctx;
	struct change  told = *c;
	uint64_t       now_ns = en->os->sensor.now_ns(en->os->sensor.self);

	lately_note(&en->lately, en->journal, c, now_ns);
	if (c->threads > 0 && !en->enforcer.observe)
		probation_changed(en, c->rule);
	if (c->fought)
		told.rounds = fights_round(en->fights, c->whom, now_ns);
	if (en->ears.change != NULL)
		en->ears.change(en->ears.self, &told);
}

static void pass_on_landing(void *ctx, struct task_id whom)
{
	struct engine       *en = ctx;
	const struct sensor *clock = &en->os->sensor;
	struct task         *who = table_find(en->table, whom);

	if (who != NULL)
		judge_again(en, who, clock->now_ns(clock->self));
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
		.realtime_share = o->realtime_share,
		.report = pass_on_change, .report_ctx = en,
		.landed = pass_on_landing, .landed_ctx = en,
	};
}

static void forget_tree(void *engine, struct task_id root)
{
	struct engine *en = engine;

	lease_tree_gone(en->leases, root);
}

/* By its record; nobody knows of who came there unseen. */
static int home_of(void *ctx, struct task_id whom, const char *group,
                   char *ret_place, size_t size)
{
	struct engine     *en = ctx;
	const struct hold *h = NULL;
	int64_t            place = group_read(en->sets, group);

	if (en->journal != NULL)
		h = journal_find(en->journal, whom, SETTING_pool);
	if (h != NULL)
		place = h->origin;
	else if (place >= 0)
		place = pools_home(&en->enforcer, place);
	if (place < 0 || group_is_ours(en->sets, place))
		return -ENODATA;
	group_text(en->sets, place, ret_place, size);
	return 0;
}

int engine_open(struct engine *en, const struct engine_options *o)
{
	int r;

	*en = (struct engine){
		.os = o->os, .sets = o->sets, .journal = o->journal,
		.intents = o->intents, .people = o->people, .ears = o->ears,
		.users = o->users, .worker = o->worker, .unseen = true,
		.answer_wait_ns = o->answer_wait_ns,
		.fork_settle_ns = o->fork_settle_ns,
		.last_generation = o->last_generation,
		.recalls = o->recalls,
	};
	en->table = table_new(&o->os->sensor);
	en->leases = leases_new((struct lease_ear){ en, cause_changed });
	en->limiter = limiter_new(&o->limits);
	en->fights = fights_new();
	r = en->table == NULL || en->leases == NULL || en->limiter == NULL ||
	    en->fights == NULL ? -ENOMEM : reload_open(en, o);
	if (r == 0)
		r = voice_open_system(en, o);
	if (r < 0) {
		engine_close(en);
		return r;
	}
	table_on_forgotten(en->table, forget_tree, en);
	table_on_death(en->table, judge_gone, en);
	table_on_home(en->table, home_of, en);
	open_enforcer(en, o);
	pools_find(&en->enforcer);
	if (o->recalled != NULL)
		r = judge_recall(en, o->recalled);
	if (r < 0)
		engine_close(en);
	return r;
}

/* Also of one that was only half opened. */
void engine_close(struct engine *en)
{
	enforce_close(&en->enforcer);
	reload_close(en);
	voices_close(en);
	leases_free(en->leases);
	limiter_free(en->limiter);
	fights_free(en->fights);
	table_free(en->table);
	heap_clear(&en->due);
	memset(en, 0, sizeof *en);
}
