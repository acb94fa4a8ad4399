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
#include "due.h"
#include "handle.h"
#include "judge.h"
#include "order.h"
#include "reloading.h"
#include "tally.h"

/* The rest of the millisecond is for what was begun by then, and for a little of
 * all that comes after it. */
#define STEP_NS UINT64_C(300000)

bool engine_is_long(const struct engine *en)
{
	const struct sensor *sensor = &en->os->sensor;

	return sensor->now_ns(sensor->self) > en->enforcer.step_ends_ns;
}

static void step_begin(struct engine *en, bool waited)
{
	stall_begin(&en->stalls, &en->os->sensor, waited);
	en->enforcer.step_ends_ns = en->stalls.began_ns + STEP_NS;
}

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
		en->unheard = engine_is_long(en);
		if (en->unheard)
			return 0;
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

	en->unheard = false;
	while (r >= 0 && !en->unheard && (v = voice_next(en, &at)) != NULL) {
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
	int        r;

	judge_renew_missed(en, who);
	r = judge(en, who);
	engine_enter(en, before);
	return r;
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
		due_list_later(en);
	r = journal_flush(en->journal);
	if (r == 0)
		r = journal_compact(en->journal);
	en->compacting = r > 0;
	en->behind = r < 0;
	return en->behind && !behind ? judge_unrecorded(en, r) : 0;
}

enum phase engine_enter(struct engine *en, enum phase p)
{
	return stall_enter(&en->stalls, &en->os->sensor, p);
}

/* The next ones, when all before them were dealt with. */
static int take_in(struct engine *en)
{
	const struct sensor *sensor = &en->os->sensor;
	struct happened     *h = &en->happened;
	int                  n;

	if (h->at < h->count) {
		step_begin(en, false);
		return 0;
	}
	n = sensor->next(sensor->self, due_ns(en), h->event,
	                 EVENTS_PER_STEP);
	step_begin(en, true);
	h->at = 0;
	h->count = n > 0 ? n : 0;
	h->as_of_ns = en->stalls.began_ns;
	return n;
}

/* In their order; those that there is no time for wait in it for the next step. */
static int deal_with(struct engine *en)
{
	struct happened *h = &en->happened;
	int              r = 0, done = 0;

	while (h->at < h->count && r >= 0 && !en->stopping &&
	       (done++ == 0 || !engine_is_long(en))) {
		const struct event *e = &h->event[h->at++];

		en->counts.events++;
		en->counts.execs += e->kind == EVENT_EXEC;
		r = steps[e->kind](en, e);
	}
	return r;
}

/* What nothing that just happened asks for, a little of each. */
static int go_on(struct engine *en)
{
	const struct sensor *sensor = &en->os->sensor;
	int                  r;

	engine_enter(en, PHASE_DUE);
	r = due_run(en, sensor->now_ns(sensor->self));
	engine_enter(en, PHASE_LISTING);
	if (r >= 0 && en->voice[VOICE_SYSTEM].rules != NULL)
		r = due_sweep(en);
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
static void note_told(struct engine *en)
{
	const struct happened *h = &en->happened;
	const struct sensor   *sensor = &en->os->sensor;
	bool                   all = h->at == h->count &&
	                             h->count < EVENTS_PER_STEP &&
	                             (sensor->is_behind == NULL ||
	                              !sensor->is_behind(sensor->self));

	if (en->journal != NULL && all && !en->sweep.listing)
		journal_told(en->journal, h->as_of_ns);
}

int engine_round(struct engine *en)
{
	int r = take_in(en);

	engine_enter(en, PHASE_EVENTS);
	if (r >= 0)
		r = deal_with(en);
	engine_enter(en, PHASE_ANSWERS);
	if (r >= 0)
		note_told(en);
	if (r >= 0)
		r = hear_workers(en);
	if (r >= 0)
		r = go_on(en);
	stall_end(&en->stalls, &en->os->sensor);
	return r < 0 ? r : !en->stopping;
}
