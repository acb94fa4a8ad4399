/* reference.c -- what a task must have, said as simply as it can be: all rules
 * are looked at, the strongest claim wins, caps bound it.
 *
 * Shares with the engine what a bound is and which knobs an intent stands for,
 * nothing else.  Where a rule means more than is easily said, it says nothing.
 */

#include "campaign.h"

static bool giver_is_simple(int tag)
{
	for (uint32_t i = 0; i < scene()->count; i++) {
		const struct sketch *k = &scene()->sketch[i];

		if (k->gives == tag &&
		    (k->lineage != LINEAGE_NONE || k->drifts ||
		     k->to != TARGET_SELF || k->is_handler ||
		     k->lasting_ns != 0))
			return false;
	}
	return true;
}

static bool is_plain(const struct sketch *k)
{
	const struct voice *v = &play.stage->engine.voice[VOICE_SYSTEM];
	uint32_t            rule = (uint32_t)(k - scene()->sketch);

	if (k->is_function && (play.worker_failed || v->worker == NULL ||
	                       !worker_asks(v->worker, rule)))
		return false;
	return k->lineage == LINEAGE_NONE && !k->drifts &&
	       k->to == TARGET_SELF && k->moment == MOMENT_NONE &&
	       !k->is_handler && (k->asks == NONE || giver_is_simple(k->asks));
}

static bool fits_process(const struct sketch *k, const struct seen *p);

static bool has_tag(const struct seen *p, int tag)
{
	for (uint32_t i = 0; i < scene()->count; i++)
		if (scene()->sketch[i].gives == tag &&
		    fits_process(&scene()->sketch[i], p))
			return true;
	return false;
}

static bool fits_process(const struct sketch *k, const struct seen *p)
{
	return (k->name == NONE || k->name == p->name) &&
	       (k->uid == NONE || k->uid == p->uid) &&
	       (k->except == NONE || k->except != p->name) &&
	       (k->asks == NONE || has_tag(p, k->asks));
}

static bool holds_now(const struct sketch *k)
{
	if (k->when == WHEN_ALWAYS)
		return true;
	return truth_host(k->when == WHEN_BATTERY ? HOST_on_battery
	                                          : HOST_memory_pressure) >= 1;
}

static bool fits(const struct sketch *k, const struct seen *process,
                 const struct seen *thread)
{
	if (!fits_process(k, process) || !holds_now(k))
		return false;
	if (!k->of_threads)
		return true;
	if (k->of_main)
		return thread->tid == process->pid;
	return k->by_pattern ? thread->comm[0] == 'w'
	                     : strcmp(thread->comm, "x") == 0;
}

static struct strength strength_of(const struct sketch *k)
{
	bool named = k->name != NONE;

	return (struct strength){ {
		k->layer, k->priority, k->of_threads,
		k->when != WHEN_ALWAYS,
		k->of_threads ? !k->by_pattern && !k->of_main : named,
		k->of_threads && k->by_pattern && !k->of_main,
		k->of_threads ? 1 + k->of_main : (k->uid != NONE) + (k->asks != NONE),
		k - scene()->sketch,
	} };
}

bool is_stronger(struct strength a, struct strength b)
{
	for (int i = 0; i < 8; i++)
		if (a.part[i] != b.part[i])
			return a.part[i] > b.part[i];
	return false;
}

/* What a want says of one knob, itself or by an intent. */
static bool says(const struct want *w, enum setting s, int64_t *ret_value)
{
	const struct intents *intents = &play.stage->engine.intents;

	if (want_has(w, s)) {
		*ret_value = w->value[s];
		return true;
	}
	for (size_t i = 0; i < INTENTS_EXPANDED; i++) {
		enum setting       intent = intents_expanded[i];
		const struct want *row;

		if (!want_has(w, intent) ||
		    (intent_knobs(intents, intent, w->value[intent], &row) &
		     SETTING_BIT(s)) == 0)
			continue;
		*ret_value = row == NULL ? VALUE_UNTOUCHED : row->value[s];
		return true;
	}
	return false;
}

/* What a cap may make of another value. */
static bool is_bound(const struct cap *c, enum setting s, int64_t value)
{
	const struct bound *b = &c->bound[s];

	if ((c->has & SETTING_BIT(s)) == 0)
		return false;
	if (setting_rows[s].type == SETTING_TYPE_SCHED)
		return (b->allowed >> sched_class_of(value) & 1) != 0;
	return value == b->low || value == b->high;
}

static bool may_come_of(const struct sketch *k, enum setting s, int64_t value)
{
	int64_t said;

	return (says(&k->want, s, &said) && said == value) ||
	       (says(&k->other, s, &said) && said == value) ||
	       is_bound(&k->cap, s, value);
}

bool reference_wants(enum setting s, int64_t value)
{
	for (unsigned n = 0; n < play.scene_count; n++)
		for (uint32_t i = 0; i < play.scenes[n].count; i++)
			if (may_come_of(&play.scenes[n].sketch[i], s, value))
				return true;
	return false;
}

static bool concerns(const struct sketch *k, enum setting s)
{
	int64_t unused;

	return says(&k->want, s, &unused) || says(&k->other, s, &unused) ||
	       (s == SETTING_nice &&
	        (want_has(&k->want, SETTING_precedence) ||
	         want_has(&k->other, SETTING_precedence)));
}

static const struct want *chosen(const struct sketch *k, const struct seen *p)
{
	bool battery = truth_host(HOST_on_battery) != 0;

	return !k->is_function || (p->uid % 2 != 0) != battery ? &k->want
	                                                       : &k->other;
}

static bool is_asked_now(const struct sketch *past)
{
	for (uint32_t i = 0; i < scene()->count; i++) {
		const struct sketch *k = &scene()->sketch[i];

		if (k->called == past->called && k->layer == past->layer &&
		    k->to == TARGET_TREE && k->is_function)
			return true;
	}
	return false;
}

/* What a rule before this one wanted of a tree whose top has ended stays so, if
 * the one of its name for trees would have to be asked. */
static bool is_left_of_trees(enum setting s)
{
	for (unsigned n = 0; n < play.scene_count && plays(PLAYS_RELOAD); n++)
		for (uint32_t i = 0; i < play.scenes[n].count; i++) {
			const struct sketch *k = &play.scenes[n].sketch[i];

			if (k->to == TARGET_TREE && concerns(k, s) &&
			    is_asked_now(k))
				return true;
		}
	return false;
}

int reference_strongest(const struct seen *p, const struct seen *t,
                        enum setting s, int64_t *ret_value,
                        struct strength *ret_strength)
{
	struct strength best = { { -1000 } };
	int             found = 0;

	if (is_left_of_trees(s))
		return NONE;
	for (uint32_t i = 0; i < scene()->count; i++) {
		const struct sketch *k = &scene()->sketch[i];
		int64_t              value;

		if (!concerns(k, s))
			continue;
		if (!is_plain(k))
			return NONE;
		if (!fits(k, p, t))
			continue;
		if (s == SETTING_nice && k->of_threads &&
		    want_has(chosen(k, p), SETTING_precedence))
			return NONE;
		if (!says(chosen(k, p), s, &value) ||
		    (found && is_stronger(best, strength_of(k))))
			continue;
		best = strength_of(k);
		*ret_value = value;
		found = 1;
	}
	*ret_strength = best;
	return found;
}

static int strongest(const struct seen *p, const struct seen *t,
                     enum setting s, int64_t *ret_value)
{
	struct strength unused;

	return reference_strongest(p, t, s, ret_value, &unused);
}

int reference_bounds(const struct seen *p, const struct seen *t,
                     enum setting s, bool always, struct bound *ret_bound)
{
	int found = 0;

	*ret_bound = bound_open(s);
	for (uint32_t i = 0; i < scene()->count; i++) {
		const struct sketch *k = &scene()->sketch[i];
		bool                 sure = k->name == NONE && k->uid == NONE &&
		                            k->except == NONE &&
		                            k->asks == NONE && !k->of_threads &&
		                            k->when == WHEN_ALWAYS &&
		                            k->lasting_ns == 0;

		if ((k->cap.has & SETTING_BIT(s)) == 0)
			continue;
		if (!is_plain(k) && !always)
			return NONE;
		if (!is_plain(k) || (always && !sure) || !fits(k, p, t))
			continue;
		if (bound_intersect(s, ret_bound, &k->cap.bound[s],
		                    play.stage->sets) < 0)
			return NONE;
		found = 1;
	}
	return found;
}

static bool is_protected(const struct seen *p)
{
	return p->pid == 1 || p->kernels || truth_is_pqs(p);
}

/* Whether somebody else made it real-time, or perhaps. */
bool reference_is_realtime(pid_t tid)
{
	int64_t sched;

	return sim_without(play.stage->sim, tid, SETTING_sched, &sched) < 0 ||
	       sched_class_of(sched) >= SCHED_CLASS_RR;
}

static bool has_class(pid_t tid)
{
	int64_t sched;

	return sim_knob(play.stage->sim, tid, SETTING_sched, &sched) == 0 &&
	       sched_class_of(sched) >= SCHED_CLASS_RR;
}

/* What hangs on what else the task has. */
static bool is_entangled(const struct seen *p, const struct seen *t,
                         enum setting s)
{
	int64_t unused;

	if (s == SETTING_realtime || reference_is_realtime(p->tid) ||
	    reference_is_realtime(t->tid))
		return true;
	if ((s == SETTING_slice || s == SETTING_affinity) && has_class(t->tid))
		return true;
	return s == SETTING_sched &&
	       strongest(p, t, SETTING_realtime, &unused) != 0;
}

bool reference_insists(pid_t pid, pid_t tid, enum setting s)
{
	struct seen     p, t;
	struct strength how;
	int64_t         unused;

	return setting_rows[s].scope == SETTING_SCOPE_THREAD &&
	       truth_of(pid, pid, &p) && truth_of(pid, tid, &t) &&
	       reference_strongest(&p, &t, s, &unused, &how) == 1 &&
	       scene()->sketch[how.part[7]].insist;
}

/* Where it must be by what rules want of it: what belongs to a group and is
 * wanted without a pool makes one of its own. */
static int place_of(const struct seen *p, const struct seen *t, int r,
                    int64_t *ret_value)
{
	uint64_t left = play.stage->os.actuator.group_can;
	int64_t  unused;

	if (r == 1 && *ret_value != VALUE_UNTOUCHED) {
		*ret_value = pool_group(p, *ret_value);
		return *ret_value < 0 ? NONE : 1;
	}
	while (r == 0 && left != 0)
		if (strongest(p, t, setting_take(&left), &unused) != 0)
			return NONE;
	return 0;
}

int reference_of(pid_t pid, pid_t tid, enum setting s, int64_t *ret_value)
{
	struct seen p, t;
	struct bound b;
	int          r, capped;

	if (is_of_group(s) || !truth_of(pid, pid, &p) || !truth_of(pid, tid, &t))
		return NONE;
	if (setting_rows[s].scope != SETTING_SCOPE_THREAD)
		t.tid = t.comm[0] = 0;  /* no affair of a thread's            */
	if (is_protected(&p))
		return setting_rows[s].scope == SETTING_SCOPE_SESSION ? NONE
		                                                      : 0;
	r = strongest(&p, &t, s, ret_value);
	capped = reference_bounds(&p, &t, s, false, &b);
	if (r == NONE || capped == NONE || is_entangled(&p, &t, s) ||
	    (r == 1 && setting_rows[s].scope == SETTING_SCOPE_SESSION))
		return NONE;
	if (s == SETTING_pool)
		return place_of(&p, &t, r, ret_value);
	if (r == 0 || *ret_value == VALUE_UNTOUCHED)
		return setting_rows[s].scope == SETTING_SCOPE_SESSION ? NONE
		                                                      : 0;
	if (setting_rows[s].type == SETTING_TYPE_CPUS)
		*ret_value = interned_read_cpus(play.stage->sets,
			interned_text(play.words, *ret_value));
	if (capped && bound_clamp(s, &b, play.stage->sets, *ret_value,
	                          ret_value) < 0)
		return NONE;
	return s == SETTING_freeze && *ret_value == 0 ? 0 : 1;
}

/* Caps at odds leave what the higher layer says, so a cap that may hold for the
 * task and shares nothing with the others leaves the reference without word. */
static bool is_at_odds(enum setting s, const struct bound *b)
{
	for (uint32_t i = 0; i < scene()->count; i++) {
		const struct sketch *k = &scene()->sketch[i];
		struct bound         both = *b;

		if ((k->cap.has & SETTING_BIT(s)) != 0 &&
		    bound_intersect(s, &both, &k->cap.bound[s],
		                    play.stage->sets) < 0)
			return true;
	}
	return false;
}

bool reference_allows(pid_t pid, pid_t tid, enum setting s, int64_t value)
{
	struct seen p, t;
	struct bound b;
	int64_t      nearest;

	if (!truth_of(pid, pid, &p) || !truth_of(pid, tid, &t) ||
	    reference_bounds(&p, &t, s, true, &b) != 1 || is_at_odds(s, &b))
		return true;
	return bound_clamp(s, &b, play.stage->sets, value, &nearest) == 0 &&
	       nearest == value;
}
