/* judge.c -- the steps between asking the rules and turning knobs. */

#include "judge.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cause.h"
#include "handle.h"
#include "insist.h"

#define MS UINT64_C(1000000)

/* A call failed that may do better after a while. */
#define PUT_OFF_ERROR_NS (1000 * MS)
/* Until so many others have been moved that there is room again. */
#define PUT_OFF_NS (20 * MS)
/* Who was being born as something went back is to be found by then, and what it
 * was born with is still known. */
#define BORN_BY_NS (500 * MS)

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

/* An exec or the parent's end leaves the birth alone known of all that stat
 * tells, and of whom no more is known nothing is changed. */
int judge_learn_birth(struct engine *en, struct task *who)
{
	const struct facts *f = table_process_of(en->table, who)->facts;
	struct value        v;
	int                 r = table_fact(en->table, who, FACT_ppid, &v);
	bool                never = (f->unreadable & FACT_BIT(FACT_ppid)) != 0;

	if (r == -ESRCH)
		return r;
	if (who->id.born != 0 && (r == 1 || never))
		return 0;
	return never ? -ESRCH : -EAGAIN;
}

/* The main thread's end is its process's. */
void judge_forget(struct engine *en, struct task_id id)
{
	lease_left(en->leases, id, now_of(en));
	limiter_forget(en->limiter, id);
	if (!task_id_is_thread(id))
		judge_forget(en, task_id_main(id));
}

void judge_dead(void *engine, struct task_id id)
{
	struct engine *en = engine;

	judge_forget(en, id);
	enforce_left(&en->enforcer, id);
}

/* What rules want at the end of a process is found out while it still has a
 * row. */
int judge_farewell(struct engine *en, const struct event *e)
{
	struct task_id id = e->u.task.who;
	struct task   *who = table_find(en->table, id);

	if (who != NULL) {
		id = who->id;
		if (!task_id_is_thread(id)) {
			judge_bequeath(en, who);
			table_note_exit(en->table, who, e->u.task.status);
			cause_moment(en, MOMENT_EXIT, who);
		}
		judge_forget(en, id);
	}
	return enforce_left(&en->enforcer, id);
}

void judge_again(struct engine *en, struct task *who, uint64_t when_ns)
{
	if (who->again_ns != 0 && who->again_ns <= when_ns)
		return;
	if (heap_push(&en->due, when_ns, who->slot) == 0)
		who->again_ns = when_ns;
}

struct task *judge_due(struct engine *en, const struct heap_item *item)
{
	uint32_t     slot = (uint32_t)item->what;
	struct task *who = table_next(en->table, &slot);

	if (who == NULL || who->slot != item->what ||
	    who->again_ns != item->when)
		return NULL;            /* another task by now, or judged since */
	who->again_ns = 0;
	table_settle(en->table, who);
	return who;
}

bool judge_waits(struct engine *en, struct task *who, const struct opinion *o)
{
	uint64_t now_ns = now_of(en), until_ns;

	if (who->settled || (o->open == 0 && !o->pending))
		return false;
	if (who->first_seen_ns == 0)
		who->first_seen_ns = now_ns;
	until_ns = who->first_seen_ns + en->answer_wait_ns;
	if (now_ns >= until_ns)
		return false;
	judge_again(en, who, until_ns);
	return true;
}

void judge_verify(struct engine *en, struct task *who)
{
	const struct actuator *door = &en->os->actuator;
	uint64_t               ours;

	if (en->journal == NULL)
		return;
	ours = journal_holds(en->journal, who->id);
	who->in_force.has &= ours;
	while (ours != 0) {
		enum setting       s = setting_take(&ours);
		const struct hold *h = journal_find(en->journal, who->id, s);
		int64_t            now;
		bool               born_so;
		int                r;

		if (h == NULL || who->in_force.value[s] != h->applied)
			who->in_force.has &= ~SETTING_BIT(s);
		if (h == NULL)
			continue;
		r = door->read(door->self, task_id_known(who->id), s, &now);
		born_so = r == 0 && journal_born_with(h, now);
		if (!born_so || now != h->applied)
			who->in_force.has &= ~SETTING_BIT(s);
	}
}

static void look_again_as_it_drifts(struct engine *en, struct task *who)
{
	uint32_t period_ms = 0;

	for (int f = 0; f < FACT_COUNT; f++)
		if ((who->drift_reads & FACT_BIT(f)) != 0 &&
		    (period_ms == 0 || fact_rows[f].drift_ms < period_ms))
			period_ms = fact_rows[f].drift_ms;
	if (period_ms != 0)
		judge_again(en, who, now_of(en) + period_ms * MS);
}

/* A program that starts may yet write a title over what was read. */
static void look_again_as_it_settles(struct engine *en, struct task *who)
{
	uint64_t when_ns = table_unsettled_ns(en->table, who);

	if (when_ns != 0)
		judge_again(en, who, when_ns);
}

/* What is in force of a process is so of its threads. */
static bool nothing_to_do(const struct engine *en, struct task *who,
                          const struct opinion *o)
{
	const struct task *process = table_process_of(en->table, who);

	return o->verdict.want.has == 0 && who->in_force.has == 0 &&
	       process->in_force.has == 0 &&
	       (en->journal == NULL ||
	        (journal_holds_within(en->journal, process->id) == 0 &&
	         journal_formers(en->journal, process->id) == 0));
}

void judge_put_off(struct engine *en, struct task *who)
{
	judge_again(en, who, now_of(en) + PUT_OFF_ERROR_NS);
}

int judge_unrecorded(struct engine *en, int error)
{
	uint64_t n = ++en->counts.unrecorded;
	char     sentence[160];

	if ((n & (n - 1)) != 0)
		return 0;
	snprintf(sentence, sizeof sentence, "cannot write down what would be "
	         "changed (%s): left as it is, %llu times so far",
	         strerror(-error), (unsigned long long)n);
	judge_tell(en, sentence);
	return 0;
}

/* Caps at odds are a mistake in the rules; told ever more rarely. */
static void tell_torn(struct engine *en, const struct task *who,
                      const struct verdict *v)
{
	uint64_t n;
	char     sentence[160];

	if (v->torn == 0)
		return;
	n = ++en->counts.torn;
	if ((n & (n - 1)) != 0)
		return;
	for (int s = 0; s < SETTING_COUNT; s++)
		if ((v->torn & SETTING_BIT(s)) != 0) {
			snprintf(sentence, sizeof sentence, "caps on %s leave "
			         "nothing for process %d: that of %s holds",
			         setting_rows[s].name, (int)who->id.pid,
			         engine_label(en, v->held[s]).name);
			judge_tell(en, sentence);
		}
}

/* What the verdict would change of what is in force, each for the rule that
 * wants it now, or wanted what goes back. */
static uint64_t changes_of(const struct engine *en, const struct task *who,
                           const struct verdict *v,
                           uint32_t ret_rule[SETTING_COUNT])
{
	uint64_t changes = want_differences(&v->want, &who->in_force);

	/* What could not go back when it should is not in force any more. */
	if (en->journal != NULL)
		changes |= journal_holds(en->journal, who->id) & ~v->want.has &
		           ~who->stuck;
	changes &= setting_knobs() & ~who->yielded;
	changes |= enforce_comes_with(changes, who, v);

	for (int s = 0; s < SETTING_COUNT; s++)
		ret_rule[s] = want_has(&v->want, (enum setting)s) ? v->won[s]
		                                                  : who->won[s];
	return changes;
}

static bool is_frozen(const struct want *w)
{
	return want_has(w, SETTING_freeze) && w->value[SETTING_freeze] != 0;
}

/* A first verdict never waits, by the first rules or by others, nor who stands
 * still for no reason any more: to freeze it again waits.  Whoever waits is
 * judged anew, so that what is wanted by then lands, and nothing in between. */
static bool is_held_back(struct engine *en, struct task *who,
                         const struct verdict *v)
{
	uint32_t rule[SETTING_COUNT];
	uint64_t changes, when_ns;
	bool     first = !who->settled || who->other_rules;

	who->held_back = false;
	if (first || en->by_hand ||
	    (is_frozen(&who->in_force) && !is_frozen(&v->want)))
		return false;
	changes = changes_of(en, who, v, rule);
	if (changes == 0)
		return false;
	when_ns = limiter_admit(en->limiter, who->id, changes, rule,
	                        now_of(en));
	who->held_back = when_ns != 0;
	if (who->held_back)
		judge_again(en, who, when_ns);
	return who->held_back;
}

/* A thread that no rule speaks of has what its process has, and no sooner. */
static bool waits_for_process(struct engine *en, struct task *who,
                              const struct opinion *o)
{
	const struct task *process = table_process_of(en->table, who);

	return process != who && process->held_back &&
	       o->found.rules == 0 && o->own.rules == 0 && !o->apart &&
	       lease_of(en->leases, who->id) == NULL;
}

static int enact(struct engine *en, struct task *who, const struct verdict *v)
{
	enum phase before = engine_enter(en, PHASE_APPLYING);
	int        r;

	en->enforcer.put_off = en->enforcer.went_back = false;
	r = enforce_verdict(&en->enforcer, who, v);
	engine_enter(en, before);
	if (en->enforcer.put_off)
		judge_again(en, who, now_of(en) + PUT_OFF_NS);
	if (en->enforcer.went_back)
		judge_again(en, table_process_of(en->table, who),
		            now_of(en) + BORN_BY_NS);
	return r;
}

static int enact_if_allowed(struct engine *en, struct task *who,
                            const struct verdict *v)
{
	if (!who->settled)
		judge_verify(en, who);
	if (enforce_protected(&en->enforcer, who) != NULL) {
		if (!who->settled)
			enforce_disown(&en->enforcer, who);
		return 0;
	}
	/* It may be born with something, or could not go back before. */
	if (table_process_of(en->table, who)->resting)
		return enforce_back(&en->enforcer, who);
	return is_held_back(en, who, v) ? 0 : enact(en, who, v);
}

/* Whether a thread must be looked at again: some rule speaks of it, or did not
 * for something that will change. */
static bool concerns(const struct opinion *o)
{
	return o->found.rules > 0 || o->own.rules > 0 || o->apart ||
	       o->again_ns != 0 || o->drift_reads != 0 ||
	       o->found.host_reads != 0 || o->own.host_reads != 0;
}

/* What a thread has apart from its process. */
static bool has_own(const struct engine *en, const struct task *thread)
{
	return lease_of(en->leases, thread->id) != NULL ||
	       (en->journal != NULL &&
	        journal_holds(en->journal, thread->id) != 0);
}

int judge_enact(struct engine *en, struct task *who, const struct opinion *o)
{
	uint64_t insisted = who->insists;
	int      r = 0;

	who->host_reads = o->host_reads;
	who->drift_reads = o->drift_reads;
	who->thread_rules = o->thread_rules;
	look_again_as_it_drifts(en, who);
	if (o->again_ns != 0)
		judge_again(en, who, o->again_ns);
	look_again_as_it_settles(en, who);
	tell_torn(en, who, &o->verdict);
	if (waits_for_process(en, who, o))
		return 0;
	if (!nothing_to_do(en, who, o)) {
		r = judge_learn_birth(en, who);
		if (r == 0)
			r = enact_if_allowed(en, who, &o->verdict);
		who->held_back |= r < 0;
		who->failed = (short)(r < 0 ? -r : 0);
	}
	/* The first look at it is not over as long as it cannot be done. */
	who->settled |= r == 0;
	who->other_rules &= r != 0;
	/* Threads without a row of their own are looked at with
	 * their process. */
	if (!task_id_is_thread(who->id) || concerns(o) || has_own(en, who))
		insist_watch(en, who, insisted);
	if (r == 0 || r == -ESRCH)
		return r;
	judge_put_off(en, who);
	return r == -EAGAIN ? 0 : judge_unrecorded(en, r);
}

/* What its verdict changes was held back until then, or waits for what its
 * process's does. */
static bool is_waiting(const struct engine *en, struct task *who,
                       const struct opinion *o)
{
	const struct task *process = table_process_of(en->table, who);
	uint32_t           rule[SETTING_COUNT];

	return (who->again_ns != 0 || process->held_back) &&
	       changes_of(en, who, &o->verdict, rule) != 0;
}

/* Some were judged for rules about threads, that perhaps hold no more. */
static bool has_thread_rows(const struct engine *en, const struct task *process)
{
	uint32_t slot = 0;

	return table_next_thread(en->table, process, &slot) != NULL;
}

int judge_kin(struct engine *en, struct task *who, const struct opinion *o)
{
	if (task_id_is_thread(who->id)) {
		if (!concerns(o) && !has_own(en, who) && who->settled &&
		    !is_waiting(en, who, o))
			table_drop_thread(en->table, who);
		return 0;
	}
	if (who->children > 0 &&
	    (o->tree_changed ||
	     (o->tags_changed && en->needs.tags_inherited)))
		sweep_walk(&en->sweep, 0, true);
	return who->settled && (o->thread_rules || has_thread_rows(en, who))
	       ? kin_judge(en, who) : 0;
}

int judge_caught_up(struct engine *en)
{
	if (sweep_active(&en->sweep))
		return 0;
	if (judge_deaths(en) < 0)
		en->relist_ns = now_of(en) + PUT_OFF_ERROR_NS;
	handle_caught_up(en);
	if (!en->caught_up && en->ears.caught_up != NULL)
		en->ears.caught_up(en->ears.self);
	en->caught_up = true;
	return 0;
}
