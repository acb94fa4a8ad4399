/* watch.c -- what must hold after every step, and at the end. */

#include "campaign.h"
#include "journal/journal.h"
#include "model/group.h"

#define PIDS_MAX    512
#define TIDS_MAX    128
#define DOUBTS      4096        /* more than there ever are pids              */
#define DUE_OF_TASK 32          /* times in line at which one is judged again */

/* Knobs that a failed call may have left as they were. */
static struct doubt {
	pid_t    pid;
	uint64_t settings;
} doubts[DOUBTS];
static bool doubts_all;

static struct doubt *doubt_of(pid_t pid)
{
	struct doubt *d = &doubts[(uint32_t)pid % DOUBTS];

	if (d->pid != pid)
		*d = (struct doubt){ pid, 0 };
	return d;
}

void watch_doubt(pid_t pid)
{
	if (pid == 0)
		doubts_all = true;
	else
		doubt_of(pid)->settings = UINT64_MAX;
}

void watch_trust(pid_t pid)
{
	if (pid == 0)
		doubts_all = false;
	else
		doubt_of(pid)->settings = 0;
	if (pid == 0)
		memset(doubts, 0, sizeof doubts);
}

bool watch_doubts(pid_t pid, enum setting s)
{
	return doubts_all || (doubt_of(pid)->settings & SETTING_BIT(s)) != 0;
}

void watch_change(void *self, const struct change *c)
{
	(void)self;
	tell("change %d/%d %s %lld -> %lld, is %lld: %s, rule %u, %u threads, "
	     "%u others%s", (int)c->whom.pid, (int)c->whom.tid,
	     setting_rows[c->setting].name, (long long)c->before,
	     (long long)c->wanted, (long long)c->now, effect_name(c->effect),
	     (unsigned)c->rule, (unsigned)c->threads, (unsigned)c->others,
	     c->foreign ? ", somebody else's" : "");
	if (c->effect == EFFECT_DENIED || c->effect == EFFECT_UNSUPPORTED ||
	    c->others > 0)
		doubt_of(c->whom.pid)->settings |= SETTING_BIT(c->setting);
	rates_change(c);
}

static const char *untouchable(pid_t pid)
{
	struct seen t;

	if (pid == 1)
		return "pid 1";
	if (!truth_of(pid, pid, &t))
		return NULL;
	if (truth_is_pqs(&t))
		return "pqs itself";
	return t.kernels ? "a kernel thread" : NULL;
}

/* What goes back goes where it was before, whatever a cap says. */
void watch_turned(struct task_id whom, enum setting s, int64_t before,
                  int64_t now)
{
	const char *why = setting_rows[s].scope == SETTING_SCOPE_SESSION
	                  ? NULL : untouchable(whom.pid);

	tell("turned %d/%d %s %lld -> %lld", (int)whom.pid, (int)whom.tid,
	     setting_rows[s].name, (long long)before, (long long)now);
	if (why != NULL)
		broken("%s of %s was turned", setting_rows[s].name, why);
	if (sim_is_as_without(play.stage->sim, whom.tid, s) != 0)
		return;
	if (s == SETTING_pool && !group_is_ours(play.stage->sets, now))
		broken("%d was put into a place of others that it is not from",
		       (int)whom.pid);
	ledger_check(whom, s);
	/* A wish from before there was that cap is renewed when its task's turn
	 * comes. */
	if (setting_rows[s].scope == SETTING_SCOPE_SESSION &&
	    plays(PLAYS_RELOAD))
		return;
	if (!reference_allows(whom.pid, whom.tid, s, now))
		broken("%s of %d/%d is %lld, outside its cap",
		       setting_rows[s].name, (int)whom.pid, (int)whom.tid,
		       (long long)now);
}

void watch_bounds(void)
{
	struct engine *en = &play.stage->engine;
	size_t         rows = table_count(en->table);

	if (en->due.count > DUE_OF_TASK * (rows + 8))
		broken("%zu tasks, and %zu times to judge one again", rows,
		       en->due.count);
	if (lease_ends_kept(en->leases) > 4 * leases_count(en->leases) + 64)
		broken("%zu leases, and %zu ends of one",
		       leases_count(en->leases), lease_ends_kept(en->leases));
	if (en->enforcer.under_ways > UNDER_WAY_MAX)
		broken("%zu changes under way", en->enforcer.under_ways);
}

static void each_thread(void (*f)(pid_t pid, pid_t tid))
{
	pid_t  pids[PIDS_MAX], tids[TIDS_MAX];
	size_t n = truth_pids(pids, PIDS_MAX);

	for (size_t i = 0; i < n; i++) {
		size_t m = truth_tids(pids[i], tids, TIDS_MAX);

		for (size_t k = 0; k < m; k++)
			f(pids[i], tids[k]);
	}
}

static void each_knob(pid_t pid, pid_t tid,
                      void (*f)(pid_t pid, pid_t tid, enum setting s))
{
	uint64_t left = settings_turned();

	while (left != 0)
		f(pid, tid, setting_take(&left));
}

/* Whom another program had its way with: it may stay so. */
static bool is_others(pid_t pid, pid_t tid, enum setting s)
{
	struct sim *sim = play.stage->sim;

	return sim_is_foreign(sim, tid, s) || sim_is_foreign(sim, pid, s) ||
	       (s == SETTING_realtime &&
	        sim_is_foreign(sim, tid, SETTING_sched));
}

/* Where a rule insists it is set again, however long that takes. */
static bool is_left_to_others(pid_t pid, pid_t tid, enum setting s)
{
	return is_others(pid, tid, s) &&
	       !(plays(PLAYS_FIGHT) && reference_insists(pid, tid, s));
}

static void knob_is_right(pid_t pid, pid_t tid, enum setting s)
{
	struct sim *sim = play.stage->sim;
	int64_t     value, wanted;
	int         r = reference_of(pid, tid, s, &wanted);

	if (r == NONE || is_left_to_others(pid, tid, s) ||
	    watch_doubts(pid, s))
		return;
	sim_knob(sim, tid, s, &value);
	if (r == 1 && value != wanted)
		broken("%s of %d/%d is %lld and should be %lld",
		       setting_rows[s].name, (int)pid, (int)tid,
		       (long long)value, (long long)wanted);
	if (r == 0 && sim_is_as_without(sim, tid, s) == 0 &&
	    sim_without(sim, tid, s, &wanted) == 0)
		broken("%s of %d/%d is %lld, though no rule wants it; without "
		       "us it would be %lld", setting_rows[s].name, (int)pid,
		       (int)tid, (long long)value, (long long)wanted);
}

static void thread_is_right(pid_t pid, pid_t tid)
{
	each_knob(pid, tid, knob_is_right);
}

static void hold_is_of_the_living(void *ctx, const struct hold *h)
{
	struct seen t;

	(void)ctx;
	if (setting_rows[h->setting].scope != SETTING_SCOPE_SESSION &&
	    !truth_of(h->whom.pid, task_id_known(h->whom).tid, &t))
		broken("%s of %d/%d is still written down, and that one left",
		       setting_rows[h->setting].name, (int)h->whom.pid,
		       (int)h->whom.tid);
}

static void table_is_right(void)
{
	struct table *table = play.stage->engine.table;
	pid_t         pids[PIDS_MAX];
	size_t        n = truth_pids(pids, PIDS_MAX);

	for (size_t i = 0; i < n; i++)
		if (table_find(table, (struct task_id){ pids[i], pids[i], 0 })
		    == NULL)
			broken("%d lives and is not known", (int)pids[i]);
	if (table_count(table) != n)
		broken("%zu processes live, and %zu are known", n,
		       table_count(table));
}

void watch_converged(void)
{
	if (play.stage->engine.voice[VOICE_SYSTEM].rules == NULL)
		broken("there are no rules");
	table_is_right();
	journal_each(play.stage->journal, hold_is_of_the_living, NULL);
	each_thread(thread_is_right);
	groups_converged();
}

static struct memory {
	pid_t   pid, tid;
	int64_t value[SETTING_COUNT];
} memories[PIDS_MAX];
static size_t   remembered;
static uint64_t compared;

static void remember_knob(pid_t pid, pid_t tid, enum setting s)
{
	(void)pid;
	sim_knob(play.stage->sim, tid, s, &memories[remembered].value[s]);
}

static void remember(pid_t pid, pid_t tid)
{
	if (remembered == PIDS_MAX)
		return;
	memories[remembered].pid = pid;
	memories[remembered].tid = tid;
	each_knob(pid, tid, remember_knob);
	remembered++;
}

void watch_remember(bool (*is_compared)(enum setting s))
{
	remembered = 0;
	compared = 0;
	for (int s = 0; s < SETTING_COUNT; s++)
		if (is_compared((enum setting)s))
			compared |= SETTING_BIT(s);
	each_thread(remember);
}

/* Whom somebody made real-time keeps what it had from us before; but once that
 * went back, as between two engines, it is given nothing anew. */
static bool is_let_alone(const struct memory *m, enum setting s)
{
	return (reference_is_realtime(m->pid) ||
	        reference_is_realtime(m->tid)) &&
	       sim_is_as_without(play.stage->sim, m->tid, s) == 1;
}

static void compare(const struct memory *m, enum setting s)
{
	int64_t now;

	if ((compared & SETTING_BIT(s)) == 0 || is_others(m->pid, m->tid, s) ||
	    watch_doubts(m->pid, s) || is_let_alone(m, s))
		return;
	/* It is put back before another begins, where nobody knows from. */
	if (s == SETTING_pool &&
	    sim_is_as_without(play.stage->sim, m->tid, s) == -ENODATA)
		return;
	sim_knob(play.stage->sim, m->tid, s, &now);
	if (now != m->value[s])
		broken("another engine makes %s of %d/%d %lld, which was %lld",
		       setting_rows[s].name, (int)m->pid, (int)m->tid,
		       (long long)now, (long long)m->value[s]);
}

void watch_compare(void)
{
	for (size_t i = 0; i < remembered; i++) {
		uint64_t left = settings_turned();

		while (left != 0)
			compare(&memories[i], setting_take(&left));
	}
}

static const char *undone_when;

static void knob_is_back(pid_t pid, pid_t tid, enum setting s)
{
	struct sim *sim = play.stage->sim;
	int64_t     value, was, sched = 0;

	if (sim_is_as_without(sim, tid, s) != 0)
		return;
	sim_knob(sim, tid, SETTING_sched, &sched);
	if (s == SETTING_slice && sched_class_of(sched) >= SCHED_CLASS_RR)
		return;                 /* it has none now                    */
	sim_knob(sim, tid, s, &value);
	if (sim_without(sim, tid, s, &was) == 0)
		broken("%s: %s of %d/%d is %lld and was %lld", undone_when,
		       setting_rows[s].name, (int)pid, (int)tid,
		       (long long)value, (long long)was);
}

static void thread_is_back(pid_t pid, pid_t tid)
{
	each_knob(pid, tid, knob_is_back);
}

void watch_undone(const char *when)
{
	undone_when = when;
	each_thread(thread_is_back);
	groups_undone(when);
	if (journal_count(play.stage->journal) != 0)
		broken("%s: %zu origins are left in the journal", when,
		       journal_count(play.stage->journal));
}

/* Those that may speak of pid 1, which is there to the end. */
static size_t rules_for_all(void)
{
	size_t n = 0;

	for (uint32_t i = 0; i < scene()->count; i++)
		n += scene()->sketch[i].name == NONE;
	return n;
}

void watch_empty(void)
{
	struct engine *en = &play.stage->engine;
	size_t         n = rules_for_all();

	if (table_count(en->table) != 1 ||
	    journal_count(play.stage->journal) != 0 ||
	    leases_count(en->leases) > n || en->due.count > n)
		broken("all left, and of them are kept: %zu rows, %zu origins, "
		       "%zu leases, %zu times to judge one",
		       table_count(en->table) - 1,
		       journal_count(play.stage->journal),
		       leases_count(en->leases), en->due.count);
}
