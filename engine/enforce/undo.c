/* undo.c -- everything back as it was before pqs.
 *
 * A value goes back if it is still the one that we left.  That is asked of each
 * thread of each process in the journal, of threads born since (they have their
 * process's values, or those of a thread that we changed), and of processes
 * that were born of one in the journal after it was changed.  Two things cannot
 * be known: a child whose parent left before anybody saw the birth, and a task
 * that gave itself the very value that its parent has from us.
 *
 * Nothing is written until all is done, and what is at its origin is left as it
 * is, so an undo that was cut short is done again from the start.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/born.h"
#include "enforce/tids.h"
#include "enforce/undo.h"
#include "model/interned.h"

#define TIDS_AT_ONCE 64
#define ROUNDS_MAX   64
/* Births are counted in clock ticks. */
#define TICK_NS      UINT64_C(20000000)

/* What becomes of one process. */
struct visit {
	const struct living *who;
	struct hold          hold[SETTING_COUNT];
	uint64_t             has;       /* its own, or its ancestor's         */
	uint64_t             kin;       /* only some of its threads have one,
	                                   or some of its ancestor's          */
	struct task_id       elder[SETTING_COUNT];      /* that ancestor      */
	uint64_t             line_ns[SETTING_COUNT];    /* born of it since   */
	struct change        change[SETTING_COUNT];
	uint64_t             refused;
};

static void copy_hold(void *ctx, const struct hold *h)
{
	struct undo *u = ctx;

	u->hold[u->holds++] = *h;
}

static int copy_journal(struct undo *u)
{
	size_t n = journal_count(u->en->journal) + 1;

	u->hold = malloc(n * sizeof *u->hold);
	u->stays = calloc(n, sizeof *u->stays);
	if (u->hold == NULL || u->stays == NULL)
		return -ENOMEM;
	journal_each(u->en->journal, copy_hold, u);
	return 0;
}

/* After a death in the middle of a change the kernel may have granted fewer
 * CPUs than were asked for, and nobody read which.  A child, of which nobody
 * has read anything either, was born with what its parent had: for it
 * nothing was asked for. */
bool undo_ours(const struct undo *u, const struct hold *h, int64_t value)
{
	if (journal_ours(h, value))
		return true;
	if (h->settled || value == h->origin)
		return false;
	return value == h->earlier ||
	       (h->wanted != h->applied &&
	        setting_rows[h->setting].type == SETTING_TYPE_CPUS &&
	        interned_intersect(u->en->sets, h->wanted, value) == value);
}

static void say(const struct undo *u, struct change *c, struct task_id whom,
                enum setting s)
{
	const struct sensor *door = &u->en->os->sensor;
	struct facts         f = { .known = 0 };

	door->facts(door->self, whom, FACT_BIT(FACT_comm), &f);
	c->whom = whom;
	c->name = f.comm;
	c->setting = s;
	c->rule = RULE_NONE;
	if (c->why == NULL)
		c->why = "";
	u->en->effects[c->effect]++;
	u->en->changes += c->threads > 0 && !u->en->observe;
	if (u->en->report != NULL)
		u->en->report(u->en->report_ctx, c);
	facts_clear(&f);
}

static void refuse(struct change *c, enum effect effect, const char *why)
{
	c->others++;
	c->effect = effect;
	c->why = why;
}

/* Leaves the reporting and counting to the end of the visit. */
void undo_put_back(struct undo *u, struct task_id whom, enum setting s,
                   int64_t now, int64_t origin, struct change *c)
{
	const struct actuator *door = &u->en->os->actuator;
	struct turned          out = { EFFECT_APPLIED, "", now };

	if (!u->en->observe && door->for_good != NULL)
		door->for_good(door->self);
	if (!u->en->observe)
		door->apply(door->self, whom, s, origin, &out);
	if (out.effect == EFFECT_GONE)
		return;
	if (c->threads == 0) {
		c->before = now;
		c->wanted = origin;
		c->now = out.now;
	}
	if (out.effect == EFFECT_DENIED || out.effect == EFFECT_UNSUPPORTED)
		refuse(c, out.effect, out.why);
	else
		c->threads++;
}

void undo_found_foreign(struct change *c, const struct hold *h, int64_t now)
{
	c->foreign = true;
	if (c->threads != 0)
		return;
	c->before = h->applied;
	c->wanted = h->origin;
	c->now = now;
}

/* The main thread's is its process's, unless it has one for itself. */
static const struct hold *own_hold(const struct undo *u, struct task_id whom,
                                   enum setting s)
{
	const struct journal *j = u->en->journal;
	const struct hold    *h = NULL;

	if (!task_id_is_thread(whom))
		h = journal_find(j, task_id_main(whom), s);
	return h != NULL ? h : journal_find(j, whom, s);
}

/* Of the thread that it was born of, in its process or in an ancestor. */
static const struct hold *hold_of_kin(const struct undo *u,
                                      const struct visit *v,
                                      struct task_id whom, enum setting s,
                                      int64_t now)
{
	const struct journal *j = u->en->journal;
	const struct hold    *h = NULL;

	if (task_id_is_thread(whom))
		h = journal_kin(j, KIN_OF_ANY, whom, s, now);
	if (h != NULL || v->elder[s].pid == 0)
		return h;
	h = journal_kin(j, KIN_OF_ANY, v->elder[s], s, now);
	return h != NULL && v->line_ns[s] + TICK_NS >= h->since_ns ? h : NULL;
}

/* Of what an ancestor, or a thread of it, had when this line began, and has no
 * more: nobody heard of the birth. */
static const struct former *former_of_kin(const struct undo *u,
                                          const struct visit *v,
                                          enum setting s, int64_t now)
{
	const struct living *p = v->who, *parent;
	const struct former *f = NULL;

	for (int depth = 0; depth < LINEAGE_MAX && f == NULL; depth++) {
		parent = living_parent(&u->living, p);
		if (parent == NULL)
			break;
		f = journal_former(u->en->journal, parent->id, s, now,
		                   p->start_ns);
		p = parent;
	}
	return f;
}

struct past {
	int64_t  origin;
	uint64_t since_ns;
};

/* Whether that value is ours, whomever it has it from, and what was
 * before.  What was written of a birth is believed no further than it is
 * found to be so. */
static bool undo_is_ours(const struct undo *u, const struct visit *v,
                         struct task_id whom, enum setting s, int64_t now,
                         const struct hold *own, struct past *ret_past)
{
	const struct hold   *h = own;
	const struct former *f = NULL;
	bool                 settled = own != NULL && own->settled;
	bool                 is_ours;

	if (h == NULL && (v->has & SETTING_BIT(s)) != 0)
		h = &v->hold[s];
	is_ours = h != NULL && (undo_ours(u, h, now) ||
	                        (own == NULL && now == h->earlier));
	if (!is_ours && !settled) {
		h = hold_of_kin(u, v, whom, s, now);
		is_ours = h != NULL;
	}
	if (is_ours) {
		*ret_past = (struct past){ h->origin, h->since_ns };
		return true;
	}
	if (own == NULL)
		f = born_former(u->en, whom, s, now);
	if (f == NULL && !settled)
		f = former_of_kin(u, v, s, now);
	if (f != NULL)
		*ret_past = (struct past){ f->origin, f->since_ns };
	return f != NULL;
}

/* True when it has no such value just now. */
static bool undo_knob(struct undo *u, struct visit *v, struct task_id whom,
                      enum setting s)
{
	const struct actuator *door = &u->en->os->actuator;
	const struct hold     *own = own_hold(u, whom, s);
	const struct hold     *h = own;
	struct past            past;
	int64_t                now;
	int                    r;

	if (own != NULL && door->remind != NULL)
		door->remind(door->self, whom, s, own->settled ? own->applied
		                                               : own->wanted);
	r = door->read(door->self, whom, s, &now);
	if (r < 0) {
		if (r != -ESRCH && r != -ENODATA)
			refuse(&v->change[s], EFFECT_DENIED,
			       "its value cannot be read");
		return r == -ENODATA;
	}
	if (h == NULL && (v->has & SETTING_BIT(s)) != 0)
		h = &v->hold[s];
	if (h != NULL && now == h->origin)
		return false;
	if (undo_is_ours(u, v, whom, s, now, own, &past)) {
		v->change[s].ours_ns = past.since_ns;
		undo_put_back(u, whom, s, now, past.origin, &v->change[s]);
	} else if (own != NULL) {
		undo_found_foreign(&v->change[s], own, now);
	}
	return false;
}

/* In the reverse order of applying; then again what a task has only in the
 * class that it is back in by then. */
static void undo_thread(struct undo *u, struct visit *v, pid_t tid)
{
	struct task_id whom = v->who->id;
	uint64_t       which = v->has | v->kin, late = 0;

	whom.tid = tid;
	for (int s = SETTING_COUNT - 1; s >= 0; s--)
		if ((which & SETTING_BIT(s)) != 0 &&
		    (!task_id_is_thread(whom) ||
		     setting_rows[s].scope == SETTING_SCOPE_THREAD) &&
		    undo_knob(u, v, whom, (enum setting)s))
			late |= SETTING_BIT(s);
	while (late != 0)
		undo_knob(u, v, whom, setting_take(&late));
}

/* Each once, for it may then have what another thread has from us.  How many
 * were new. */
static int undo_threads(struct undo *u, struct visit *v, struct tids *seen)
{
	const struct sensor *door = &u->en->os->sensor;
	pid_t                tids[TIDS_AT_ONCE];
	uint64_t             cursor = 0;
	int                  n, met = 0;

	while ((n = door->threads(door->self, v->who->id.pid, &cursor, tids,
	                          TIDS_AT_ONCE)) > 0) {
		for (int i = 0; i < n; i++) {
			if (tids_add(seen, tids[i]) != 1)
				continue;
			undo_thread(u, v, tids[i]);
			met++;
		}
	}
	return met;
}

static void keep_refused(struct undo *u, const struct visit *v)
{
	for (size_t i = 0; i < u->holds; i++) {
		const struct hold *h = &u->hold[i];
		enum setting       s = h->setting;

		if ((v->refused & SETTING_BIT(s)) != 0 &&
		    (h->whom.pid == v->who->id.pid ||
		     task_id_equal(h->whom, v->hold[s].whom)))
			u->stays[i] = true;
	}
}

void undo_count(struct undo *u, struct change *c, struct task_id whom,
                enum setting s)
{
	u->back += c->threads > 0;
	u->left += c->foreign;
	u->en->not_put_back += c->others > 0;
	if (c->foreign && c->others == 0) {
		c->effect = EFFECT_DENIED;
		c->why = "somebody else has set it";
	}
	if (c->foreign || c->threads > 0 || c->others > 0)
		say(u, c, whom, s);
}

static void close_visit(struct undo *u, struct visit *v)
{
	for (int s = 0; s < SETTING_COUNT; s++) {
		if (v->change[s].others > 0)
			v->refused |= SETTING_BIT(s);
		undo_count(u, &v->change[s], v->who->id, (enum setting)s);
	}
	if (v->refused != 0)
		keep_refused(u, v);
}

static void undo_process(struct undo *u, struct visit *v)
{
	const struct actuator *door = &u->en->os->actuator;
	struct tids            seen = { NULL, 0, 0 };
	int                    r = door->grip(door->self, v->who->id);

	if (r == -ESRCH)
		return;
	if (r < 0)
		v->refused = v->has | v->kin;
	for (int i = 0; i < ROUNDS_MAX && r == 0; i++)
		if (undo_threads(u, v, &seen) == 0)
			break;
	if (r == 0)
		door->let_go(door->self);
	tids_clear(&seen);
	close_visit(u, v);
}

/* Of the nearest ancestor that has one, if the line from there down to here
 * began after it was changed. */
static void inherit(struct undo *u, struct visit *v)
{
	const struct journal *j = u->en->journal;
	const struct living  *p = v->who, *parent;

	for (int depth = 0; depth < LINEAGE_MAX; depth++, p = parent) {
		uint64_t more;

		parent = living_parent(&u->living, p);
		if (parent == NULL)
			return;
		more = journal_holds_within(j, parent->id) & ~v->has &
		       ~SETTING_BIT(SETTING_freeze);
		v->kin |= more | journal_formers(j, parent->id);
		while (more != 0) {
			enum setting       s = setting_take(&more);
			const struct hold *h = journal_find(j, parent->id, s);

			if (v->elder[s].pid == 0) {
				v->elder[s] = parent->id;
				v->line_ns[s] = p->start_ns;
			}
			if (h == NULL || p->start_ns + TICK_NS < h->since_ns)
				continue;
			v->hold[s] = *h;
			v->has |= SETTING_BIT(s);
		}
	}
}

static void visit(struct undo *u, const struct living *who)
{
	const struct journal *j = u->en->journal;
	struct visit          v = { .who = who };

	v.has = journal_holds(j, who->id);
	v.kin = journal_holds_within(j, who->id) | journal_formers(j, who->id);
	for (int s = 0; s < SETTING_COUNT; s++)
		if ((v.has & SETTING_BIT(s)) != 0)
			v.hold[s] = *journal_find(j, who->id, (enum setting)s);
	inherit(u, &v);
	if ((v.has | v.kin) != 0)
		undo_process(u, &v);
}

static void visit_new(struct undo *u, const struct living_list *seen)
{
	for (size_t i = 0; i < u->living.count; i++) {
		const struct living *who = &u->living.all[i];
		const struct living *was = living_find(seen, who->id.pid);

		if (was == NULL || was->id.born != who->id.born)
			visit(u, who);
	}
}

/* Whoever was born while others were seen to may have what they had then, so
 * this goes on until nothing was to be put back. */
static int undo_processes(struct undo *u)
{
	struct living_list seen = { NULL, 0, 0 };
	size_t             before;
	int                r;

	for (int i = 0; i < ROUNDS_MAX; i++) {
		r = living_read(&u->en->os->sensor, &u->living);
		if (r < 0) {
			u->living = seen;
			return i == 0 ? r : 0;
		}
		before = u->back;
		visit_new(u, &seen);
		living_clear(&seen);
		if (u->back == before)
			break;
		seen = u->living;
		memset(&u->living, 0, sizeof u->living);
	}
	if (u->living.all == NULL)
		u->living = seen;
	return 0;
}

/* If the file cannot be written now, the next undo finds all at its origin. */
static void close_journal(struct undo *u)
{
	for (size_t i = 0; i < u->holds; i++)
		if (!u->stays[i])
			journal_end(u->en->journal, u->hold[i].whom,
			            u->hold[i].setting);
	if (u->en->not_put_back == 0)
		journal_undone(u->en->journal);
	journal_rewrite(u->en->journal);
}

int enforce_undo(struct enforcer *en, size_t *ret_left)
{
	const struct actuator *door = &en->os->actuator;
	struct undo            u = { .en = en };
	bool                   any;
	int                    r = 0;

	en->not_put_back = 0;
	if (door->finish != NULL && !en->observe)
		door->finish(door->self);
	any = en->journal != NULL && !journal_is_empty(en->journal);
	if (any)
		r = copy_journal(&u);
	if (r == 0 && any)
		r = undo_processes(&u);
	if (r == 0 && any)
		undo_shared(&u);
	if (r == 0)
		undo_groups(&u);
	if (r == 0 && any && !en->observe)
		close_journal(&u);
	if (r == 0)
		*ret_left = u.left;
	living_clear(&u.living);
	free(u.hold);
	free(u.stays);
	return r < 0 ? r : (int)u.back;
}
