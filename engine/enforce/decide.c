/* decide.c -- what is to be done about one setting of one thread, from what it
 * has now and what is written of it.
 *
 * A thread without a record of its own lives on its process's: it had the same
 * origin, or was born with what we had changed.
 */

#include <errno.h>

#include "enforce/born.h"
#include "enforce/note.h"
#include "enforce/pools.h"
#include "enforce/walk.h"

static int value_of(const struct walk *w, struct task_id whom, enum setting s,
                    int64_t *ret_value)
{
	const struct actuator *door = &w->en->os->actuator;

	return door->read(door->self, task_id_known(whom), s, ret_value);
}

/* A class that it has by our promise of time was another one before that. */
static int64_t class_without_us(const struct walk *w, struct task_id whom,
                                enum setting s, int64_t now)
{
	const struct hold *h = note_of(w, whom, SETTING_realtime);

	return s == SETTING_sched && h != NULL &&
	       realtime_sched(h->applied) == now
	       ? realtime_sched(h->origin) : now;
}

/* Whether a thread that already is as wanted must be remembered as such, lest
 * it be taken for one born of a thread that we changed. */
static bool stands_alone(const struct walk *w, const struct move *m,
                         const struct hold *kin)
{
	const struct task *process;
	enum setting       s = m->change.setting;

	if (kin != NULL)
		return task_id_is_thread(kin->whom);
	process = table_process_of(w->en->table, w->who);
	return !want_has(&process->in_force, s) ||
	       process->in_force.value[s] != m->change.wanted;
}

/* Born with what was there before the last change, it may be as wanted, and no
 * more as was written. */
static bool is_settled_at(const struct move *m, int64_t value)
{
	return m->prior.settled && m->prior.applied == value;
}

static int head_already(struct walk *w, struct move *m, const struct hold *kin,
                        bool formerly)
{
	enum setting s = m->change.setting;

	if (m->had)
		return is_settled_at(m, m->change.wanted) || w->en->observe ? 0
		       : journal_settle(w->en->journal, m->key, s,
		                        m->change.wanted);
	if (s == SETTING_pool && m->origin != m->change.wanted)
		return note_keep(w, m, w->head, m->origin, m->change.wanted);
	if (walk_of_thread(w) && (formerly || stands_alone(w, m, kin)))
		return note_keep(w, m, w->head, m->origin, m->change.wanted);
	return 0;
}

/* Of a thread that has only what its process has: what it has instead is somebody
 * else's, unless it went back just now from what it had apart. */
static bool is_anothers(const struct walk *w, const struct move *m,
                        int64_t now)
{
	const struct task *process = table_process_of(w->en->table, w->who);
	const struct hold *h = note_of(w, process->id, m->change.setting);

	return h != NULL && h->settled && now != m->change.wanted &&
	       now != h->origin && !journal_born_with(h, now) && !m->insists &&
	       walk_process_has(w, m->change.setting, m->change.wanted);
}

static int head_forward(struct walk *w, struct move *m, int64_t now)
{
	enum setting         s = m->change.setting;
	const struct hold   *kin = NULL;
	const struct former *former = NULL;
	struct turn          t = { .move = m, .whom = w->head, .before = now,
	                           .target = m->change.wanted, .began = true,
	                           .had = m->had, .old = m->prior };
	int                  r;

	if (!m->had && walk_of_thread(w))
		kin = born_kin(w, w->head, s, now);
	if (!m->had && kin == NULL)
		former = born_former(w->en, w->head, s, now);
	if (!m->had && walk_of_thread(w) && kin == NULL && former == NULL &&
	    is_anothers(w, m, now)) {
		walk_forget(m);
		return 0;
	}
	m->origin = m->had ? m->prior.origin : kin != NULL ? kin->origin :
	            former != NULL ? former->origin : now;
	m->change.ours_ns = kin != NULL ? kin->since_ns :
	                    former != NULL ? former->since_ns : 0;
	if (s == SETTING_pool && !m->had)
		m->origin = pools_home(w->en, now);
	if (now == t.target)
		return head_already(w, m, kin, former != NULL);
	if (!m->had && kin == NULL && former == NULL &&
	    protect_realtime(w->en, w->head, m->by_name)) {
		walk_refuse(m, EFFECT_DENIED, "already real-time");
		return 0;
	}
	r = note_begin(w, m, w->head, m->origin, now, t.target);
	m->held |= r == 0;
	return r < 0 ? r : walk_turn(w, &t);
}

/* What is written at the head before the first of the others is turned. */
static int headless_forward(struct walk *w, struct move *m)
{
	enum setting s = m->change.setting;
	int          r;

	if (m->had && m->prior.settled &&
	    m->prior.applied == m->change.wanted)
		return 0;
	r = note_begin(w, m, w->head, m->origin,
	               m->had ? m->prior.applied : m->origin,
	               m->change.wanted);
	if (r < 0)
		return r;
	m->held = true;
	return w->en->observe ? 0
	       : journal_settle(w->en->journal, m->key, s, m->change.wanted);
}

/* Its record stays that of the main thread's origin, as of all that had the
 * same. */
static int decide_headless(struct walk *w, struct move *m,
                           const struct hold *own)
{
	struct task_id leader = task_id_main(w->head);
	int64_t        now = m->change.wanted;
	int            r = value_of(w, leader, m->change.setting, &now);
	bool           known = r == 0 || m->had || own != NULL;

	if (r == -ESRCH)
		return r;
	m->headless = true;
	m->origin = m->had ? m->prior.origin : own != NULL ? own->origin :
	            class_without_us(w, leader, m->change.setting, now);
	m->change.before = m->had ? m->prior.applied : m->origin;
	if (m->back)
		m->change.wanted = m->origin;
	r = walk_apart(w, leader) ? decide_apart(w, m, leader, true)
	                          : decide_other(w, m, leader, true);
	if (r == 0 && !m->back && known)
		r = headless_forward(w, m);
	m->turned.now = m->change.wanted;
	return r;
}

static bool is_headless(const struct walk *w, const struct move *m,
                        const struct hold *own)
{
	return !walk_of_thread(w) &&
	       scope_of(m->change.setting) == SETTING_SCOPE_THREAD &&
	       (own != NULL || walk_apart(w, task_id_main(w->head)));
}

/* A thread without a record goes back with its process's origin, unless we know
 * of its birth. */
static int head_back(struct walk *w, struct move *m, int64_t now)
{
	const struct hold   *kin = NULL;
	const struct former *former = NULL;
	struct turn          t = { .move = m, .whom = w->head, .before = now,
	                           .had = m->had, .old = m->prior };

	m->origin = m->had ? m->prior.origin : now;
	if (!m->had && walk_of_thread(w))
		kin = born_kin(w, w->head, m->change.setting, now);
	if (kin != NULL && (!task_id_is_thread(kin->whom) || w->who->newborn)) {
		m->origin = kin->origin;
		m->change.ours_ns = kin->since_ns;
	}
	if (kin == NULL && !m->had)
		former = born_former(w->en, w->head, m->change.setting, now);
	if (former != NULL) {
		m->origin = former->origin;
		m->change.ours_ns = former->since_ns;
	}
	m->change.wanted = t.target = m->origin;
	return now == m->origin ? 0 : walk_turn(w, &t);
}

/* What a child was said to be born with, or kept over an exec, is ours only if
 * the first look at it finds it so. */
static bool is_first_look(const struct walk *w, const struct move *m)
{
	return !w->who->settled && !m->of_unit &&
	       scope_of(m->change.setting) != SETTING_SCOPE_SESSION;
}

/* What we left there, as far as that is known. */
static int64_t left_by(const struct hold *h)
{
	return h->settled ? h->applied : h->wanted;
}

static void remind(const struct walk *w, const struct move *m)
{
	const struct actuator *door = &w->en->os->actuator;

	if (door->remind != NULL)
		door->remind(door->self, task_id_known(w->head),
		             m->change.setting, left_by(&m->prior));
}

/* It goes back to what somebody else wants, not to what was before that.  The
 * others keep their origin, in records of their own. */
static void take_theirs(struct walk *w, struct move *m, int64_t theirs)
{
	walk_fight(m, theirs);
	note_end(w, m->key, m->change.setting);
	m->had = m->held = false;
	m->lost = true;
}

/* Whoever changes the class gives it the kernel's own slice, and in some
 * classes it cannot be told whether it has one. */
static bool lost_with_class(const struct hold *h, int64_t now)
{
	return h->setting == SETTING_slice && now == h->origin;
}

/* What was not ours before and is as wanted is not looked at again, if somebody
 * did a moment ago: nothing is turned, and nothing is written of it. */
static bool is_so_already(const struct walk *w, const struct move *m)
{
	const struct actuator *door = &w->en->os->actuator;

	return door->had != NULL && !m->had && !m->back && !m->of_unit &&
	       !walk_of_thread(w) && !w->samples &&
	       door->had(door->self, w->head, m->change.setting,
	                 m->change.wanted);
}

static bool insists_on(const struct walk *w, const struct move *m,
                       struct task_id whom)
{
	return m->insists && !m->back &&
	       !protect_realtime(w->en, whom, m->by_name);
}

int decide_head(struct walk *w, struct move *m)
{
	const struct hold *own;
	int64_t            now;
	int                r;

	if (m->halted || m->silent)
		return 0;
	own = note_of(w, task_id_main(w->head), m->change.setting);
	if (is_headless(w, m, own))
		return decide_headless(w, m, own);
	if (m->had && w->who->settled && !m->of_unit)
		remind(w, m);
	now = m->change.wanted;
	r = is_so_already(w, m) ? 0
	    : value_of(w, m->of_unit ? m->key : w->head, m->change.setting,
	               &now);
	if (r == -ESRCH)
		return r;
	if (r < 0 && m->back && !m->had) {
		/* Some thread may have it all the same. */
		m->origin = m->change.wanted = VALUE_UNREAD;
		return 0;
	}
	if (r < 0) {
		walk_refuse(m, r == -ENODATA || r == -EOPNOTSUPP
		               ? EFFECT_UNSUPPORTED : EFFECT_DENIED,
		            "its value cannot be read");
		return 0;
	}
	m->change.before = m->turned.now = now;
	if (m->had && !journal_ours(&m->prior, now) &&
	    !lost_with_class(&m->prior, now)) {
		if (is_first_look(w, m) && journal_born_with(&m->prior, now)) {
			m->prior.applied = now; /* as the others may have,    */
			m->prior.settled = false;       /* and nobody wrote   */
		} else if (is_first_look(w, m)) {
			note_end(w, m->key, m->change.setting);
			m->had = m->held = false;
			m->lost = true;
		} else if (insists_on(w, m, w->head)) {
			take_theirs(w, m, now);
		} else if (!m->back || now != m->prior.origin) {
			walk_yield(w, m, now);
			return 0;
		}
	}
	return m->back ? head_back(w, m, now) : head_forward(w, m, now);
}

/* Somebody else wrote its value, which is its origin now. */
static int other_theirs(struct walk *w, struct move *m, struct task_id whom,
                        int64_t theirs)
{
	struct turn t = { .move = m, .whom = whom, .before = theirs,
	                  .target = m->change.wanted, .began = true };
	int         r = note_begin(w, m, whom, theirs, theirs, t.target);

	walk_fight(m, theirs);
	return r < 0 ? r : walk_turn(w, &t);
}

/* With a record of its own. */
static int other_own(struct walk *w, struct move *m, struct task_id whom,
                     struct hold own, int64_t now)
{
	struct turn t = { .move = m, .whom = whom, .before = now,
	                  .target = m->back ? own.origin : m->change.wanted,
	                  .began = !m->back, .ends = m->back,
	                  .had = true, .old = own };
	bool        ours = journal_ours(&own, now) ||
	                   lost_with_class(&own, now);
	int         r = 0;

	if (!ours && now != t.target && insists_on(w, m, whom)) {
		note_end(w, whom, own.setting);
		return other_theirs(w, m, whom, now);
	}
	if (!ours || now == t.target) {
		m->change.others += !ours && now != t.target;
		if (!ours || m->back)
			note_end(w, whom, own.setting);
		return 0;
	}
	if (!m->back)
		r = note_begin(w, m, whom, own.origin, now, t.target);
	return r < 0 ? r : walk_turn(w, &t);
}

/* Living on the head's record, which there was when we came. */
static int other_shared(struct walk *w, struct move *m, struct task_id whom,
                        int64_t now)
{
	struct turn t = { .move = m, .whom = whom, .before = now,
	                  .target = m->back ? m->prior.origin
	                                    : m->change.wanted,
	                  .had = true, .old = m->prior };

	return now == t.target ? 0 : walk_turn(w, &t);
}

/* Born with a value of ours that its process does not have, or no longer. */
static int other_orphan(struct walk *w, struct move *m, struct task_id whom,
                        int64_t now, int64_t origin)
{
	struct turn t = { .move = m, .whom = whom, .before = now,
	                  .target = m->back ? origin : m->change.wanted,
	                  .began = true, .ends = m->back,
	                  .had = true, .old = m->prior };
	int         r;

	t.old.applied = now;
	t.old.settled = true;
	if (now == t.target)
		return m->back ? 0 : note_keep(w, m, whom, origin, now);
	r = note_begin(w, m, whom, origin, now, t.target);
	return r < 0 ? r : walk_turn(w, &t);
}

/* Of whom nothing is written.  Once the head is turned, who has its value was
 * born with it. */
static int other_new(struct walk *w, struct move *m, struct task_id whom,
                     int64_t now, bool at_first)
{
	struct turn t = { .move = m, .whom = whom, .before = now,
	                  .target = m->change.wanted };
	bool        shares = m->held && now == m->origin;
	int         r = 0;

	if (m->back || (!at_first && now == m->turned.now))
		return 0;
	if (now == t.target)
		return m->held && !shares ? note_keep(w, m, whom, now, now) : 0;
	if (protect_realtime(w->en, whom, m->by_name))
		return 0;
	if (!shares)
		r = note_begin(w, m, whom, now, now, t.target);
	t.began = !shares;
	return r < 0 ? r : walk_turn(w, &t);
}

static int other_unwritten(struct walk *w, struct move *m, struct task_id whom,
                           int64_t now, bool at_first)
{
	int64_t origin;

	if (m->had && born_of_main(w, whom, m->change.setting, now, &origin))
		return other_orphan(w, m, whom, now, origin);
	if (m->had && (journal_ours(&m->prior, now) ||
	               lost_with_class(&m->prior, now)))
		return other_shared(w, m, whom, now);
	if (born_of_ours(w, m, whom, now, at_first, &origin))
		return other_orphan(w, m, whom, now, origin);
	if (!m->had)
		return other_new(w, m, whom, now, at_first);
	if (now == m->turned.now ||
	    now == (m->back ? m->origin : m->change.wanted))
		return 0;
	if (insists_on(w, m, whom))
		return other_theirs(w, m, whom, now);
	m->change.others++;
	return 0;
}

/* Its process moves on, and what it had from there it may have still; or, if
 * nobody looked, what was about to be set. */
static int other_unread(struct walk *w, const struct move *m,
                        struct task_id whom, int error)
{
	const struct hold *was = &m->prior;

	if (!m->had || error == -ESRCH)
		return 0;
	return was->settled
	       ? note_keep(w, m, whom, was->origin, was->applied)
	       : note_begin(w, m, whom, was->origin, was->applied, was->wanted);
}

int decide_other(struct walk *w, struct move *m, struct task_id whom,
                 bool at_first)
{
	const struct hold *own = note_of(w, whom, m->change.setting);
	int64_t            now;
	int                r;

	if (m->halted || m->silent ||
	    scope_of(m->change.setting) != SETTING_SCOPE_THREAD)
		return 0;
	r = value_of(w, whom, m->change.setting, &now);
	if (r < 0)
		return own != NULL ? 0 : other_unread(w, m, whom, r);
	return own != NULL ? other_own(w, m, whom, *own, now)
	                   : other_unwritten(w, m, whom, now, at_first);
}

int decide_apart(struct walk *w, struct move *m, struct task_id whom,
                 bool at_first)
{
	enum setting s = m->change.setting;
	int64_t      now, origin = m->prior.origin;
	int          r;

	if (scope_of(s) != SETTING_SCOPE_THREAD ||
	    note_of(w, whom, s) != NULL)
		return 0;
	r = value_of(w, whom, s, &now);
	if (r < 0)      /* perhaps it has it again in another class */
		return other_unread(w, m, whom, r);
	if (!(m->had && journal_ours(&m->prior, now)) &&
	    !born_of_ours(w, m, whom, now, at_first, &origin))
		return 0;
	return note_keep(w, m, whom, origin, now);
}
