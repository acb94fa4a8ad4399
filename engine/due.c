/* due.c -- moments that came, and going over all that live. */

#include "due.h"

#include "enforce/pools.h"
#include "handle.h"
#include "insist.h"
#include "judge.h"
#include "reloading.h"

#define DUE_AT_LEAST 2          /* of those whose moment came, in any step    */
#define LEASES_AT_ONCE 64

#define RELIST_NS UINT64_C(1000000000)

int due_list_later(struct engine *en)
{
	en->relist_ns = en->os->sensor.now_ns(en->os->sensor.self) + RELIST_NS;
	return 0;
}

/* What other rules want of those that live can wait a little.  What the machine
 * wants of them cannot. */
static bool is_patient(const struct engine *en)
{
	return en->settling && !en->sweep.listing && en->sweep.host == 0;
}

static int sweep_some(struct engine *en)
{
	struct task *who;

	for (int i = 0; i < SWEEP_PER_STEP &&
	     (i == 0 || !engine_is_long(en)); i++) {
		int r = sweep_next(&en->sweep, en->table, &en->os->sensor, &who,
		                   judge_dead, en);

		if (r <= 0)
			return r < 0 ? due_list_later(en) : judge_caught_up(en);
		r = engine_judge(en, who);
		if (r < 0)
			return r;
	}
	return 0;
}

int due_sweep(struct engine *en)
{
	const struct sensor *sensor = &en->os->sensor;
	uint64_t             began_ns = sensor->now_ns(sensor->self);
	bool                 patient = is_patient(en);
	int                  r;

	if (patient && began_ns < pace_due_ns(&en->pace))
		return 0;
	r = sweep_some(en);
	if (patient)
		pace_spend(&en->pace, table_count(en->table), began_ns,
		           sensor->now_ns(sensor->self));
	en->settling = en->settling && sweep_active(&en->sweep);
	return r;
}

/* False: nobody is due, as far as one step goes.  Those of a step that was long
 * before it came here are few, but some, or they would wait for ever. */
static bool due_next(struct engine *en, uint64_t now_ns, int *done,
                     struct task **ret_who)
{
	struct heap_item item;
	uint64_t         next_ns;

	if ((*done)++ >= DUE_AT_LEAST && engine_is_long(en))
		return false;
	if (heap_first(&en->due, &item) && item.when <= now_ns) {
		heap_pop(&en->due, &item);
		*ret_who = judge_due(en, &item);
		return true;
	}
	*ret_who = table_fork_due(en->table, now_ns, en->fork_settle_ns,
	                          &next_ns);
	return *ret_who != NULL;
}

/* What there is no time for ends in the next step. */
static void leases_expire(struct engine *en, uint64_t now_ns)
{
	while (lease_expire(en->leases, now_ns, LEASES_AT_ONCE) &&
	       !engine_is_long(en))
		;
}

int due_run(struct engine *en, uint64_t now_ns)
{
	struct task *who;
	int          done = 0, r;

	voices_read_due(en, now_ns);
	r = first_go_on(en);
	if (r >= 0)
		r = voices_expire(en, now_ns);
	if (en->relist_ns != 0 && en->relist_ns <= now_ns) {
		en->relist_ns = 0;
		sweep_list(&en->sweep);
	}
	judge_host_due(en, now_ns);
	leases_expire(en, now_ns);
	pools_look(&en->enforcer, now_ns);
	handle_timers(en, now_ns);
	if (r >= 0)
		r = kin_go_on(en);
	while (r >= 0 && due_next(en, now_ns, &done, &who))
		r = who == NULL ? 0 : engine_judge(en, who);
	if (r >= 0)
		r = insist_due(en, now_ns);
	return r;
}

static bool is_sweeping(const struct engine *en)
{
	return en->voice[VOICE_SYSTEM].rules != NULL &&
	       sweep_active(&en->sweep);
}

uint64_t due_ns(struct engine *en)
{
	struct heap_item item;
	uint64_t         first = voices_wake_ns(en);
	uint64_t         fork_ns = UINT64_MAX;

	if (en->compacting || en->unheard || kin_is_under_way(en) ||
	    first_is_built(en) ||
	    (is_sweeping(en) && !is_patient(en)))
		return 0;
	if (is_sweeping(en) && pace_due_ns(&en->pace) < first)
		first = pace_due_ns(&en->pace);
	if (heap_first(&en->due, &item) && item.when < first)
		first = item.when;
	if (en->relist_ns != 0 && en->relist_ns < first)
		first = en->relist_ns;
	if (judge_host_wake_ns(en) < first)
		first = judge_host_wake_ns(en);
	if (lease_wake_ns(en->leases) < first)
		first = lease_wake_ns(en->leases);
	if (handle_wake_ns(en) < first)
		first = handle_wake_ns(en);
	if (en->ears.visits_wake_ns != NULL &&
	    en->ears.visits_wake_ns(en->ears.self) < first)
		first = en->ears.visits_wake_ns(en->ears.self);
	if (pools_due_ns(&en->enforcer) < first)
		first = pools_due_ns(&en->enforcer);
	if (fights_wake_ns(en->fights) < first)
		first = fights_wake_ns(en->fights);
	if (reload_wake_ns(en) < first)
		first = reload_wake_ns(en);
	table_fork_due(en->table, 0, en->fork_settle_ns, &fork_ns);
	return fork_ns < first ? fork_ns : first;
}
