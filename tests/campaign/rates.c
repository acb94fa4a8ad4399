/* rates.c -- whether values change as seldom as they must. */

#include "campaign.h"

#define TASKS 256

struct debt {
	uint64_t owed_ns, at_ns;
};

static struct paying {
	struct task_id id;
	struct debt    debt;
	uint64_t       set_ns[SETTING_COUNT];
	unsigned       changes;         /* of its last verdict                */
} tasks[TASKS];
static struct debt machine, rules[SKETCHES_MAX];
static struct task_id verdict_of;
static uint64_t       verdict_ns;
static unsigned       verdict_changes;

void rates_clear(void)
{
	memset(tasks, 0, sizeof tasks);
	memset(rules, 0, sizeof rules);
	memset(&machine, 0, sizeof machine);
	memset(&verdict_of, 0, sizeof verdict_of);
	verdict_changes = 0;
}

void rates_forget_rules(void)
{
	memset(rules, 0, sizeof rules);
}

static struct paying *paying_of(struct task_id id)
{
	struct paying *p = &tasks[(uint32_t)id.tid % TASKS];

	if (!task_id_equal(p->id, id))
		*p = (struct paying){ .id = id };
	return p;
}

/* What one verdict changes is let through whole when the bucket is full. */
static void charge(struct debt *d, struct limit_rate rate, const char *whose)
{
	uint64_t now_ns = sim_now_ns(play.stage->sim);
	uint64_t passed_ns = now_ns - d->at_ns;
	uint64_t most = verdict_changes > rate.at_once ? verdict_changes
	                                               : rate.at_once;

	if (rate.each_ns == 0)
		return;
	d->owed_ns -= passed_ns < d->owed_ns ? passed_ns : d->owed_ns;
	d->at_ns = now_ns;
	d->owed_ns += rate.each_ns;
	if (d->owed_ns > most * rate.each_ns)
		broken("more changes than %s may have: %llu ms owed, and %u at "
		       "once", whose, (unsigned long long)(d->owed_ns / MS),
		       (unsigned)rate.at_once);
}

static void dwell(struct paying *p, enum setting s)
{
	uint64_t now_ns = sim_now_ns(play.stage->sim);
	uint64_t dwell_ns = play.limits.dwell_ns;

	if (p->set_ns[s] != 0 && now_ns < p->set_ns[s] + dwell_ns)
		broken("%s of %d/%d changed after %llu ms already",
		       setting_rows[s].name, (int)p->id.pid, (int)p->id.tid,
		       (unsigned long long)((now_ns - p->set_ns[s]) / MS));
	p->set_ns[s] = now_ns;
}

static bool is_taken_up(const struct change *c)
{
	return c->rule < scene()->count && scene()->sketch[c->rule].insist &&
	       sim_is_foreign(play.stage->sim, task_id_known(c->whom).tid,
	                      c->setting);
}

static bool lets_go_on(const struct change *c, const struct task *who)
{
	return (c->setting == SETTING_freeze && c->wanted == 0) ||
	       (want_has(&who->in_force, SETTING_freeze) &&
	        who->in_force.value[SETTING_freeze] != 0);
}

/* First verdicts, also by other rules, are not held back, nor who is let go on,
 * nor what becomes of a session when one of its tasks leaves, nor what is left to
 * somebody else.  Who insists has times of its own, also to take up what was
 * theirs; what a group has follows whoever is in it, a move that takes its time is
 * told at its end, and that a thread is found with what is no longer its process's
 * is no change of mind. */
static bool is_limited(const struct change *c)
{
	const struct task *who = table_find(play.stage->engine.table, c->whom);

	return who != NULL && who->settled && !who->other_rules &&
	       c->threads > 0 && !c->foreign &&
	       !c->fought && !is_taken_up(c) &&
	       (c->rule != RULE_NONE ||
	        want_has(&who->in_force, c->setting)) &&
	       setting_rows[c->setting].undoable &&
	       setting_rows[c->setting].scope != SETTING_SCOPE_SESSION &&
	       !is_of_group(c->setting) && c->setting != SETTING_pool &&
	       !lets_go_on(c, who);
}

/* To stop takes its time where it is a move, and is told at its end; but it was
 * let through with the verdict that began it. */
static bool is_late(const struct change *c)
{
	return plays(PLAYS_POOLS) && c->setting == SETTING_freeze;
}

void rates_change(const struct change *c)
{
	struct paying *p;
	uint64_t       now_ns = sim_now_ns(play.stage->sim);

	if (!is_limited(c))
		return;
	p = paying_of(c->whom);
	if (is_late(c))
		verdict_changes = p->changes;
	else if (now_ns != verdict_ns || !task_id_equal(c->whom, verdict_of))
		verdict_changes = 0;
	p->changes = ++verdict_changes;
	verdict_ns = now_ns;
	verdict_of = c->whom;
	dwell(p, c->setting);
	charge(&p->debt, play.limits.task, "a task");
	charge(&machine, play.limits.machine, "the machine");
	if (c->rule < scene()->count)
		charge(&rules[c->rule], play.limits.rule, "a rule");
}
