/* walk.c -- over the threads of one task until none is new, then what came of
 * it. */

#include "enforce/walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

#define TIDS_AT_ONCE 64

const char *walk_name(const struct task *who)
{
	if (who->facts == NULL)
		return who->comm;
	return who->facts->name != NULL && who->facts->name[0] != '\0'
	       ? who->facts->name : who->facts->comm;
}

struct move *walk_add(struct walk *w, enum setting s, bool back, int64_t wanted,
                      uint32_t rule)
{
	struct move *m = &w->move[w->moves++];

	memset(m, 0, sizeof *m);
	m->back = back;
	m->turned = (struct turned){ EFFECT_ALREADY, "", VALUE_UNREAD };
	m->change = (struct change){
		.whom = w->head, .name = walk_name(w->who), .setting = s,
		.before = VALUE_UNREAD, .wanted = wanted, .why = "",
		.rule = rule,
	};
	walk_key(w, m, w->head);
	return m;
}

void walk_key(struct walk *w, struct move *m, struct task_id key)
{
	const struct hold *h = NULL;

	if (w->en->journal != NULL)
		h = journal_find(w->en->journal, key, m->change.setting);
	m->key = key;
	m->had = m->held = h != NULL;
	if (h != NULL)
		m->prior = *h;
}

void walk_refuse(struct move *m, enum effect effect, const char *why)
{
	m->halted = true;
	m->turned.effect = effect;
	m->turned.why = why;
}

void walk_forget(struct move *m)
{
	m->halted = m->silent = true;
}

/* What is left of ours on its other threads goes back. */
void walk_yield(struct walk *w, struct move *m, int64_t theirs)
{
	enum setting s = m->change.setting;

	m->back = m->change.foreign = true;
	m->origin = m->prior.origin;
	m->change.before = m->prior.applied;
	m->turned = (struct turned){ EFFECT_DENIED, "somebody else has set it",
	                             theirs };
	w->who->yielded |= SETTING_BIT(s);
	w->en->yields++;
	if (scope_of(s) == SETTING_SCOPE_SESSION || m->of_unit)
		session_yielded(w->en, m->key, s, w->head);
}

/* Of several the first is told of. */
void walk_fight(struct move *m, int64_t theirs)
{
	if (!m->change.fought)
		m->change.before = theirs;
	m->change.fought = true;
}

int walk_turn(struct walk *w, const struct turn *t)
{
	struct turn *grown = list_grow(w->turn, w->turns, &w->turn_room,
	                               sizeof *grown, 16);

	if (grown == NULL) {
		walk_cancel(w, t);
		return -ENOMEM;
	}
	w->turn = grown;
	w->turn[w->turns++] = *t;
	return 0;
}

static uint64_t now_of(const struct walk *w)
{
	const struct sensor *clock = &w->en->os->sensor;

	return clock->now_ns(clock->self);
}

static void record_back(struct walk *w, struct task_id key, enum setting s)
{
	journal_back(w->en->journal, key, s, now_of(w));
	w->en->went_back |= scope_of(s) == SETTING_SCOPE_THREAD;
}

/* It was read as another, so somebody else has made it so since. */
static bool is_theirs(enum setting s, const struct turned *out)
{
	return out->effect == EFFECT_ALREADY && s != SETTING_pool &&
	       scope_of(s) == SETTING_SCOPE_PROCESS;
}

static void record_outcome(struct walk *w, const struct turn *t,
                           const struct turned *out)
{
	struct task_id key = walk_record_key(w, t);
	enum setting   s = t->move->change.setting;
	bool           in_vain = t->began && !t->had &&
	                         (out->now == t->before || is_theirs(s, out));

	if (w->en->observe)
		return;
	if (in_vain && t->whom.tid == w->head.tid)
		t->move->held = false;
	if (in_vain)
		journal_end(w->en->journal, key, s);
	else if (t->ends)
		record_back(w, key, s);
	else if (t->began)
		journal_settle(w->en->journal, key, s, out->now);
}

static bool refused(const struct turned *t)
{
	return t->effect == EFFECT_DENIED || t->effect == EFFECT_GONE ||
	       t->effect == EFFECT_UNSUPPORTED;
}

/* By its own record, or by the head's, if the head was turned at all. */
static bool is_recorded(const struct turn *t)
{
	return t->began || t->had || t->move->back || t->move->held;
}

/* Somebody else may have made it so since its class was read. */
static bool is_realtime_by_now(const struct enforcer *en, const struct turn *t)
{
	const struct actuator *door = &en->os->actuator;
	enum setting           s = t->move->change.setting;
	int64_t                now;

	if ((s != SETTING_sched && s != SETTING_realtime) || t->move->back ||
	    (en->allow_realtime && t->move->by_name) ||
	    door->read(door->self, task_id_known(t->whom), s, &now) < 0)
		return false;
	return now != t->before &&
	       sched_class_of(s == SETTING_sched ? now : realtime_sched(now))
	       >= SCHED_CLASS_RR;
}

/* To go back there need be no way to go on from there. */
static void turn_knob(struct enforcer *en, const struct turn *t,
                      struct turned *ret)
{
	const struct actuator *door = &en->os->actuator;
	const struct move     *m = t->move;

	if (is_realtime_by_now(en, t)) {
		*ret = (struct turned){ EFFECT_DENIED, "already real-time", 0 };
		return;
	}
	if ((m->for_good || m->back) && door->for_good != NULL)
		door->for_good(door->self);
	door->apply(door->self, m->of_unit ? m->key : task_id_known(t->whom),
	            m->change.setting, t->target, ret);
}

/* By who only looks on. */
static void foresee_knob(struct enforcer *en, const struct turn *t,
                         struct turned *ret)
{
	const struct actuator *door = &en->os->actuator;
	const struct move     *m = t->move;

	if (door->foresee != NULL)
		door->foresee(door->self, m->of_unit ? m->key
		                                     : task_id_known(t->whom),
		              m->change.setting, t->target,
		              m->for_good || m->back, ret);
}

/* Without a head the first stands for all. */
static bool is_first(const struct turn *t)
{
	return t->move->headless && t->move->change.threads == 0;
}

/* What is written of it stands for both values until it has landed. */
static void let_run(struct walk *w, const struct turn *t)
{
	const struct under_way u = {
		.whom = t->whom, .key = walk_record_key(w, t),
		.setting = t->move->change.setting,
		.rule = t->move->change.rule, .recorded = true,
		.back = t->move->back, .had = t->had, .before = t->before,
		.applied = t->old.applied,
		.ours_ns = t->had ? t->old.since_ns : 0,
	};

	walk_note_under_way(w->en, &u);
	t->move->silent = true;
}

/* The others follow, as they would a head, and live on what was written of it
 * before; unless it is this thread's own class that is in the way. */
static void first_refused(struct walk *w, struct move *m,
                          const struct turned *how)
{
	m->turned = *how;
	if (how->effect != EFFECT_DENIED)
		return;
	m->halted = true;
	walk_headless_cancel(w, m);
}

static void make_turn(struct walk *w, const struct turn *t)
{
	struct move  *m = t->move;
	bool          at_head = t->whom.tid == w->head.tid;
	struct turned out = { EFFECT_APPLIED, "", t->before };

	if (m->halted || !is_recorded(t)) {
		walk_cancel(w, t);
		return;
	}
	if (w->en->observe)
		foresee_knob(w->en, t, &out);
	else
		turn_knob(w->en, t, &out);
	if (refused(&out))
		out.now = t->before;
	if (at_head)
		m->turned = out;
	if (out.effect == EFFECT_UNDERWAY) {
		let_run(w, t);
		return;
	}
	if (refused(&out)) {
		m->halted |= at_head;
		if (is_first(t))
			first_refused(w, m, &out);
		walk_cancel(w, t);
		if (!m->halted && out.effect != EFFECT_GONE)
			walk_stay_behind(w, t);
		return;
	}
	record_outcome(w, t, &out);
	if (is_first(t)) {
		m->change.before = t->before;
		m->change.ours_ns = t->had ? t->old.since_ns : 0;
		m->turned = out;
	} else if (!at_head && m->turned.effect == EFFECT_ALREADY) {
		m->turned.effect = out.effect;
	}
	m->change.threads += out.effect != EFFECT_ALREADY;
}

int walk_proven(const struct walk *w)
{
	const struct actuator *door = &w->en->os->actuator;
	int                    r = door->proven(door->self);

	return r < 0 && r != -ESRCH ? -EAGAIN : r;
}

static int make_turns(struct walk *w)
{
	int r = 0;

	if (w->unwritten)
		r = journal_flush(w->en->journal);
	w->unwritten = false;
	if (r == 0 && w->done < w->turns)
		r = walk_proven(w);
	if (r < 0)
		return r;
	for (; w->done < w->turns; w->done++)
		make_turn(w, &w->turn[w->done]);
	w->turned_any |= w->turns != 0;
	return 0;
}

bool walk_process_has(const struct walk *w, enum setting s, int64_t value)
{
	const struct task *p = table_process_of(w->en->table, w->who);

	return want_has(&p->in_force, s) && p->in_force.value[s] == value;
}

bool walk_apart(const struct walk *w, struct task_id whom)
{
	const struct task *row = table_find(w->en->table, whom);

	return row != NULL && row->settled;
}

static int decide_thread(struct walk *w, pid_t tid, bool at_first)
{
	struct task_id whom = { w->head.pid, tid, w->head.born };
	bool           apart = walk_apart(w, whom);
	int            r = 0;

	for (size_t i = 0; i < w->moves && r == 0; i++)
		r = apart ? decide_apart(w, &w->move[i], whom, at_first)
		          : decide_other(w, &w->move[i], whom, at_first);
	return r;
}

/* How many threads were new. */
static int meet(struct walk *w, bool at_first)
{
	const struct sensor *door = &w->en->os->sensor;
	uint64_t             cursor = 0;
	pid_t                tids[TIDS_AT_ONCE];
	int                  n, met = 0;

	while ((n = door->threads(door->self, w->head.pid, &cursor, tids,
	                          TIDS_AT_ONCE)) > 0) {
		for (int i = 0; i < n; i++) {
			int r = tids[i] == w->head.tid ? 0 :
			        tids_add(&w->seen, tids[i]);

			met += r;
			if (r == 1)
				r = decide_thread(w, tids[i], at_first);
			if (r < 0)
				return r;
		}
	}
	return n < 0 ? n : met;
}

static bool goes_over_threads(const struct walk *w)
{
	for (size_t i = 0; i < w->moves && !walk_of_thread(w); i++)
		if (!w->move[i].halted && scope_of(w->move[i].change.setting) ==
		                          SETTING_SCOPE_THREAD)
			return true;
	return false;
}

/* Just after an exec there is one thread; all others will be born of it. */
static bool is_alone(const struct walk *w)
{
	const struct facts *f = w->who->facts;

	for (size_t i = 0; i < w->moves; i++)
		if (w->move[i].lost)
			return false;
	return !w->who->settled && f != NULL && f->threads == 1 &&
	       (f->known & FACT_BIT(FACT_threads)) != 0;
}

int walk_run(struct walk *w)
{
	bool over, alone;
	int  r = 0;

	for (size_t i = 0; i < w->moves && r == 0; i++)
		r = decide_head(w, &w->move[i]);
	over = goes_over_threads(w);
	alone = over && is_alone(w);
	if (r == 0 && over && !alone)
		r = meet(w, true);
	if (r >= 0)
		r = make_turns(w);
	/* Who is born of the only one that there is has what that one has. */
	if (alone && !w->turned_any)
		over = false;
	for (int i = 0; i < WALK_ROUNDS_MAX && over && r >= 0; i++) {
		r = meet(w, false);
		if (r == 0)
			break;
		if (r > 0)
			r = make_turns(w);
	}
	if (r < 0)
		walk_cancel_all(w);
	return r < 0 ? r : 0;
}

/* That a thread has what its process has was told of that; or would have, where
 * nothing is turned. */
static bool is_told(const struct walk *w, const struct move *m)
{
	return walk_of_thread(w) &&
	       (m->turned.effect == EFFECT_ALREADY || w->en->observe) &&
	       walk_process_has(w, m->change.setting, m->change.wanted);
}

static bool worth_telling(const struct walk *w, const struct move *m)
{
	if (m->silent || m->turned.effect == EFFECT_GONE ||
	    (w->samples && !m->change.fought))
		return false;
	if ((m->headless && m->turned.effect == EFFECT_ALREADY) ||
	    is_told(w, m))
		return false;
	return !m->back || m->halted || m->change.foreign ||
	       m->change.threads > 0;
}

static void tell(struct enforcer *en, struct change *c)
{
	en->effects[c->effect]++;
	en->changes += c->threads > 0 && !en->observe;
	en->fights += c->fought;
	if (en->report != NULL)
		en->report(en->report_ctx, c);
}

/* What cannot go back is not tried for ever, nor what another one holds. */
static void note_refused(struct walk *w, const struct move *m)
{
	uint64_t bit = SETTING_BIT(m->change.setting);
	bool     denied = m->halted && m->turned.effect == EFFECT_DENIED;

	if (m->back && denied && (w->who->for_good & bit) != 0)
		w->who->stuck |= bit;
	else if (!m->back && !denied)
		w->who->stuck &= ~bit;
	if (m->change.fought && denied) {
		w->who->yielded |= bit;
		w->who->stuck |= bit;
		w->en->yields++;
	}
}

void walk_report(struct walk *w, const struct want *holding)
{
	const struct actuator *door = &w->en->os->actuator;
	struct value           name;

	/* Its rule need not have asked for it. */
	if (walk_of_thread(w) && w->who->comm[0] == '\0')
		table_fact(w->en->table, w->who, FACT_comm, &name);
	for (size_t i = 0; i < w->moves; i++) {
		struct move  *m = &w->move[i];
		enum setting  s = m->change.setting;

		/* Who was not come to lives on it. */
		if (m->back && m->had && !m->halted && !m->silent &&
		    !w->en->observe && !w->unfinished)
			record_back(w, m->key, s);
		note_refused(w, m);
		if (!worth_telling(w, m))
			continue;
		if (!m->back)
			door->weigh(door->self, task_id_known(w->head),
			            holding, s, &m->turned);
		m->change.effect = m->turned.effect;
		m->change.why = m->turned.why;
		m->change.now = m->turned.now;
		if (m->had && !m->headless)
			m->change.ours_ns = m->prior.since_ns;
		tell(w->en, &m->change);
	}
}

void walk_clear(struct walk *w)
{
	free(w->turn);
	tids_clear(&w->seen);
}
