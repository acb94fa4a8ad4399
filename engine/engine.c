/* engine.c -- from an event to a change, in reading order.
 *
 *   sensor.next -> table -> ruleset -> (memo | worker) -> arbiter -> enforce
 *
 * Whatever must be waited for (an answer, a slow fact, a time) comes back as an
 * event of its own and judges the task anew, so no step ever waits.
 */

#include "engine.h"

#include <errno.h>

#include "ahead.h"
#include "cause.h"
#include "enforce/pools.h"
#include "handle.h"
#include "insist.h"
#include "judge.h"
#include "order.h"
#include "reloading.h"
#include "tally.h"

#define STEP_NS UINT64_C(500000)
#define DUE_AT_LEAST 8          /* of those whose moment came, in any step    */

#define RELIST_NS UINT64_C(1000000000)

static bool was_held(struct engine *en, struct task_id id)
{
	const struct task *who = table_find(en->table, id);

	return who != NULL && who->coming_ns != 0;
}

/* What could not be written down of a birth or a death is told of, and no more:
 * the file is written anew when it can be. */
static int recorded(struct engine *en, int r)
{
	return r < 0 && r != -ESRCH && r != -ENOMEM ? judge_unrecorded(en, r)
	                                            : r;
}

/* What a thread was born with is looked at, though no rule may speak of it. */
static int step_thread(struct engine *en, const struct event *e,
                       struct task **ret_thread)
{
	int r = judge_thread_birth(en, e, ret_thread);

	return r < 0 ? judge_unrecorded(en, -ENOSPC) : r;
}

static int step_task(struct engine *en, const struct event *e)
{
	struct task *who = NULL;
	bool         held = false;
	int          r = 0;

	if (e->kind == EVENT_EXEC)
		held = was_held(en, e->u.task.who);
	if (e->kind == EVENT_EXIT)
		r = recorded(en, judge_farewell(en, e));
	if (r == 0)
		r = table_update(en->table, e, &who);
	if (e->kind == EVENT_FORK && r == 0)
		r = recorded(en, judge_birth(en, e));
	if (e->kind == EVENT_THREAD && r >= 0)
		r |= step_thread(en, e, &who);
	if (e->kind == EVENT_FORK && en->journal != NULL)
		journal_heard(en->journal, e->at_ns);
	if (e->kind == EVENT_EXEC && r > 0)
		judge_renew(en, who, e->at_ns);
	if (r >= 0 && e->kind != EVENT_EXIT)
		cause_event(en, e);
	if (e->kind != EVENT_EXEC || held || r <= 0)
		return r <= 0 ? r : engine_judge(en, who);
	r = engine_judge(en, who);
	ahead_missed(en, e->u.task.who);
	return r;
}

static int step_lost(struct engine *en, const struct event *e)
{
	(void)e;
	en->counts.lost++;
	en->unseen = true;
	if (en->journal != NULL)
		journal_told(en->journal, 0);
	enforce_landed(&en->enforcer);
	sweep_list(&en->sweep);
	return 0;
}

static int step_host(struct engine *en, const struct event *e)
{
	enum host_fact fact = e->u.host.fact;
	int64_t        before = host_knows(&en->host, fact) ?
	                        en->host.value[fact] : 0;

	if (e->u.host.unreadable)
		en->host.known &= ~HOST_BIT(fact);
	else
		host_set(&en->host, fact, e->u.host.value);
	en->host_unread &= ~HOST_BIT(fact);
	judge_machine(en, HOST_BIT(fact));
	if (e->u.host.unreadable)
		return 0;
	if (fact == HOST_on_battery)
		cause_of_all(en, MOMENT_POWER);
	handle_host(en, fact, before, e->u.host.value);
	return 0;
}

/* Who was looked at has it no more, and nobody noted who read it of whom. */
static int step_focus(struct engine *en, const struct event *e)
{
	struct task *who = table_find(en->table, e->u.task.who);

	if (who != NULL)
		order_focus(en, who);
	return 0;
}

static int hear_worker(struct engine *en, struct voice *v,
                       const struct event *e)
{
	uint64_t         now_ns = en->os->sensor.now_ns(en->os->sensor.self);
	enum worker_news news;

	while (v->worker != NULL &&
	       (news = worker_hear(v->worker, e, now_ns)) != WORKER_NOTHING) {
		int r = judge_news(en, v, news);

		if (r < 0)
			return r;
		e = NULL;
	}
	return 0;
}

/* What still comes from a voice that has ended is for nobody. */
static int step_worker(struct engine *en, const struct event *e)
{
	struct voice *from = voice_on_line(en, e->u.worker.wire);

	if (from != NULL && from->line == e->u.worker.wire)
		return hear_worker(en, from, e);
	if (from != NULL)
		voice_hear_next(en, from, e);
	else
		reload_worker(en, e);
	return 0;
}

static int hear_workers(struct engine *en)
{
	uint32_t      at = 0;
	struct voice *v;
	int           r = 0;

	while (r >= 0 && (v = voice_next(en, &at)) != NULL) {
		voice_hear_next(en, v, NULL);
		r = hear_worker(en, v, NULL);
	}
	return r;
}

static int step_turned(struct engine *en, const struct event *e)
{
	(void)e;
	enforce_landed(&en->enforcer);
	return 0;
}

static int step_visit(struct engine *en, const struct event *e)
{
	if (en->ears.visit != NULL)
		en->ears.visit(en->ears.self, e->u.visit);
	return 0;
}

static int step_reload(struct engine *en, const struct event *e)
{
	reload_event(en, e);
	return 0;
}

static int step_stop(struct engine *en, const struct event *e)
{
	(void)e;
	en->stopping = true;
	return 0;
}

static int (*const steps[EVENT_KINDS])(struct engine *, const struct event *) = {
	[EVENT_FORK]    = step_task,   [EVENT_THREAD] = step_task,
	[EVENT_EXEC]    = step_task,   [EVENT_RENAME] = step_task,
	[EVENT_UID]     = step_task,   [EVENT_EXIT]   = step_task,
	[EVENT_FACTS]   = step_task,   [EVENT_LOST]   = step_lost,
	[EVENT_HOST]    = step_host,   [EVENT_STOP]   = step_stop,
	[EVENT_MESSAGE] = step_worker, [EVENT_WORKER] = step_worker,
	[EVENT_FOCUS]   = step_focus,  [EVENT_TURNED] = step_turned,
	[EVENT_COMING]  = ahead_event,
	[EVENT_VISIT]   = step_visit,
	[EVENT_RELOAD]  = step_reload, [EVENT_MADE]   = step_reload,
};

/* From all rules to one verdict to the knobs. */
static int judge(struct engine *en, struct task *who)
{
	const struct actuator *door = &en->os->actuator;
	struct task           *process = table_process_of(en->table, who);
	struct opinion         o;
	int                    r;

	if (en->voice[VOICE_SYSTEM].rules == NULL)
		return 0;               /* a sweep follows the first image    */
	if (ahead_waits(en, who))
		return 0;
	en->counts.judged++;
	/* Taken before the first fact is read, so that what is read, decided
	 * and changed is about one and the same process. */
	if (!judge_found_above(en, process)) {
		judge_put_off(en, who);
		return 0;
	}
	en->gripped = process->id;
	r = door->grip(door->self, en->gripped);
	if (r < 0) {
		en->gripped.pid = 0;
		if (r != -ESRCH)
			judge_put_off(en, who);
		return 0;
	}
	table_missed(en->table);
	r = judge_found(en, process) ? 0 : -EAGAIN;
	en->gripped = process->id;
	if (r == 0)
		r = voice_settle(en, who);
	if (r == 0)
		r = engine_consider(en, who, &o);
	/* What is in force stays so until all can be read that matters. */
	if (r == -EAGAIN || (r == 0 && table_missed(en->table))) {
		judge_put_off(en, who);
		r = -EAGAIN;
	}
	if (r == 0)
		tally_verdict(en, &o.verdict);
	if (r == 0 && en->ears.judged != NULL)
		en->ears.judged(en->ears.self, &o);
	if (r == 0 && !judge_waits(en, who, &o))
		r = judge_enact(en, who, &o);
	door->let_go(door->self);
	en->gripped.pid = 0;
	if (r == 0)
		r = judge_kin(en, who, &o);
	/* It left, or is judged later. */
	return r == -ESRCH || r == -EAGAIN ? 0 : r;
}

int engine_judge(struct engine *en, struct task *who)
{
	enum phase before = engine_enter(en, PHASE_DECIDING);
	int        r = judge(en, who);

	engine_enter(en, before);
	return r;
}

/* Whoever could not be listed now is listed in a while. */
static int list_later(struct engine *en)
{
	en->relist_ns = en->os->sensor.now_ns(en->os->sensor.self) + RELIST_NS;
	return 0;
}

/* What waits to be written, and one part of writing the file anew. */
static int keep_journal(struct engine *en)
{
	bool behind = en->behind;
	int  r;

	if (en->journal == NULL)
		return 0;
	if (en->voice[VOICE_SYSTEM].rules != NULL &&
	    judge_threads_heard(en) == -EAGAIN)
		list_later(en);
	r = journal_flush(en->journal);
	if (r == 0)
		r = journal_compact(en->journal);
	en->compacting = r > 0;
	en->behind = r < 0;
	return en->behind && !behind ? judge_unrecorded(en, r) : 0;
}

/* Half of what one step may take. */
static bool is_long(struct engine *en)
{
	const struct sensor *sensor = &en->os->sensor;

	return sensor->now_ns(sensor->self) - en->stalls.began_ns > STEP_NS;
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

	for (int i = 0; i < SWEEP_PER_STEP && (i == 0 || !is_long(en)); i++) {
		int r = sweep_next(&en->sweep, en->table, &en->os->sensor, &who,
		                   judge_dead, en);

		if (r <= 0)
			return r < 0 ? list_later(en) : judge_caught_up(en);
		r = engine_judge(en, who);
		if (r < 0)
			return r;
	}
	return 0;
}

static int run_sweep(struct engine *en)
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

	if ((*done)++ >= DUE_AT_LEAST && is_long(en))
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

static int run_due(struct engine *en, uint64_t now_ns)
{
	struct task *who;
	int          done = 0, r;

	voices_read_due(en, now_ns);
	r = voices_expire(en, now_ns);
	if (en->relist_ns != 0 && en->relist_ns <= now_ns) {
		en->relist_ns = 0;
		sweep_list(&en->sweep);
	}
	judge_host_due(en, now_ns);
	lease_expire(en->leases, now_ns);
	pools_look(&en->enforcer, now_ns);
	handle_timers(en, now_ns);
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

static uint64_t wake_ns(struct engine *en)
{
	struct heap_item item;
	uint64_t         first = voices_wake_ns(en);
	uint64_t         fork_ns = UINT64_MAX;

	if (en->compacting || (is_sweeping(en) && !is_patient(en)))
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

enum phase engine_enter(struct engine *en, enum phase p)
{
	return stall_enter(&en->stalls, &en->os->sensor, p);
}

static int take_in(struct engine *en, const struct event *events, int n)
{
	int r = n;

	engine_enter(en, PHASE_EVENTS);
	for (int i = 0; i < n && r >= 0 && !en->stopping; i++) {
		en->counts.events++;
		en->counts.execs += events[i].kind == EVENT_EXEC;
		r = steps[events[i].kind](en, &events[i]);
	}
	return r;
}

/* What nothing that just happened asks for, a little of each. */
static int go_on(struct engine *en)
{
	const struct sensor *sensor = &en->os->sensor;
	int                  r;

	engine_enter(en, PHASE_DUE);
	r = run_due(en, sensor->now_ns(sensor->self));
	engine_enter(en, PHASE_LISTING);
	if (r >= 0 && en->voice[VOICE_SYSTEM].rules != NULL)
		r = run_sweep(en);
	engine_enter(en, PHASE_RELOADING);
	if (r >= 0)
		reload_step(en, sensor->now_ns(sensor->self));
	engine_enter(en, PHASE_JOURNAL);
	if (r >= 0)
		r = keep_journal(en);
	engine_enter(en, PHASE_GROUPS);
	if (r >= 0)
		grouping_sweep(en);
	engine_enter(en, PHASE_CONTROL);
	if (r >= 0 && en->ears.visits_step != NULL)
		en->ears.visits_step(en->ears.self,
		                     sensor->now_ns(sensor->self));
	return r;
}

/* That nothing waits means that all that happened was told; but for what was
 * lost, and was not listed yet. */
static void note_told(struct engine *en, int events)
{
	if (en->journal != NULL && events < EVENTS_PER_STEP &&
	    !en->sweep.listing)
		journal_told(en->journal, en->stalls.began_ns);
}

int engine_round(struct engine *en)
{
	const struct sensor *sensor = &en->os->sensor;
	struct event         events[EVENTS_PER_STEP];
	int                  n = sensor->next(sensor->self, wake_ns(en), events,
	                                      EVENTS_PER_STEP);
	int                  r;

	stall_begin(&en->stalls, sensor);
	r = take_in(en, events, n);
	engine_enter(en, PHASE_ANSWERS);
	if (r >= 0)
		note_told(en, n);
	if (r >= 0)
		r = hear_workers(en);
	if (r >= 0)
		r = go_on(en);
	stall_end(&en->stalls, sensor);
	return r < 0 ? r : !en->stopping;
}
