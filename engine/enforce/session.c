/* session.c -- settings that several tasks of one session or unit share.
 *
 * Each task's wish is kept.  The newest one holds; when it ends, the newest of
 * the others does, and with the last of them the origin comes back, through any
 * task that still lives in that session.  In a session that somebody else has
 * set, no wish counts until all that were there then are gone.
 *
 * A unit is turned by its own key, and needs no task for that.  It takes its
 * time: a wish that changes meanwhile is seen to when that has landed.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enforce/pools.h"
#include "enforce/wishes.h"

static bool of_unit(const struct session *session)
{
	return scope_of(session->setting) == SETTING_SCOPE_GROUP;
}

/* What comes of it is written down at once, unless it takes its time. */
static void unit_apply(struct enforcer *en, const struct session *session,
                       struct under_way *u, int64_t wanted)
{
	const struct actuator *door = &en->os->actuator;
	struct landed          l = { .whom = u->key, .setting = u->setting,
	                             .wanted = wanted };

	door->apply(door->self, session->key, session->setting, wanted,
	            &l.turned);
	if (l.turned.effect == EFFECT_UNDERWAY)
		walk_note_under_way(en, u);
	else
		walk_record_landed(en, u, &l);
}

/* The unit gets what the newest wish says, or its origin.  0 or -errno. */
static int unit_turn(struct enforcer *en, struct session *session)
{
	const struct actuator *door = &en->os->actuator;
	const struct sensor   *clock = &en->os->sensor;
	const struct wish     *wish = session->wishes;
	const struct hold     *h = journal_find(en->journal, session->key,
	                                        session->setting);
	struct hold            about = { session->key,
	                                 .setting = session->setting };
	struct under_way       u = { .key = session->key, .recorded = true,
	                             .setting = session->setting,
	                             .rule = RULE_NONE, .back = wish == NULL,
	                             .had = h != NULL };
	int64_t                now;
	int                    r;

	r = door->read(door->self, session->key, session->setting, &now);
	if (h == NULL && (wish == NULL || r < 0))
		return 0;
	if (r == 0 && h != NULL && !journal_ours(h, now)) {
		session->yielded = true;
		journal_end(en->journal, session->key, session->setting);
		return 0;
	}
	if (wish != NULL)
		u.rule = wish_rule(en, wish, session->setting);
	if (r < 0)              /* it does not run; what was set still is   */
		now = h->settled ? h->applied : h->wanted;
	about.origin = h != NULL ? h->origin : now;
	about.applied = now;
	about.wanted = wish != NULL ? wish->value : about.origin;
	about.through = u.whom = wish != NULL ? wish->whom : h->through;
	about.since_ns = clock->now_ns(clock->self);
	u.before = now;
	u.applied = h != NULL ? h->applied : now;
	r = journal_begin(en->journal, &about);
	if (r == 0)
		r = journal_flush(en->journal);
	if (r == 0)
		unit_apply(en, session, &u, about.wanted);
	return r;
}

/* One more turn of the shared knob, through that task, which is gripped. */
static int turn_through(struct enforcer *en, struct session *session,
                        struct task *through)
{
	const struct actuator *door = &en->os->actuator;
	const struct wish     *rest = session->wishes;
	struct walk            w = { .en = en, .who = through,
	                             .head = through->id };
	struct move           *m;
	int                    r;

	m = walk_add(&w, session->setting, rest == NULL,
	             rest == NULL ? 0 : rest->value, rest == NULL ? RULE_NONE
	             : wish_rule(en, rest, session->setting));
	walk_key(&w, m, session->key);
	r = walk_run(&w);
	if (r == 0)
		r = door->proven(door->self);
	if (r == 0)
		walk_report(&w, &through->in_force);
	walk_clear(&w);
	return r;
}

/* 1 when it is of that session and the knob was turned through it, 0 when it
 * is not, -EAGAIN: it could not be asked. */
static int try_through(struct enforcer *en, struct session *session,
                       struct task *through)
{
	const struct actuator *door = &en->os->actuator;
	struct task_id         key;
	int                    r = through == NULL ? -ESRCH :
	                           door->grip(door->self, through->id);

	if (r < 0)
		return r == -ESRCH ? 0 : -EAGAIN;
	r = door->scope_key(door->self, through->id, session->setting, &key);
	if (r < 0 && r != -ESRCH)
		r = -EAGAIN;
	else if (r == 0)
		r = task_id_equal(key, session->key)
		    ? turn_through(en, session, through) : -ESRCH;
	door->let_go(door->self);
	return r == -ESRCH ? 0 : r < 0 ? r : 1;
}

static bool may_be_in(struct enforcer *en, const struct session *session,
                      struct task *who)
{
	pid_t sid = session_sid(en, who);

	return sid == session->sid || sid == 0 || session->sid == 0;
}

static int reach(struct enforcer *en, struct session *session,
                 struct task_id but)
{
	struct wish *wish, *next;
	struct task *who;
	uint32_t     slot = 0;
	int          r = 0, tried = 0;

	DL_FOREACH_SAFE(session->wishes, wish, next) {
		if (r == 0 || r == -EAGAIN)
			tried = try_through(en, session,
			                    table_find(en->table, wish->whom));
		r = tried != 0 ? tried : r;
	}
	while ((r == 0 || r == -EAGAIN) &&
	       (who = table_next(en->table, &slot)) != NULL &&
	       !task_id_is_thread(who->id)) {
		if (who->id.pid == but.pid || !may_be_in(en, session, who))
			continue;
		tried = try_through(en, session, who);
		r = tried != 0 ? tried : r;
	}
	return r;
}

static bool is_as_wished(const struct session *session, const struct hold *h)
{
	return h == NULL || session->yielded ||
	       (session->wishes != NULL &&
	        session->wishes->value == h->applied);
}

/* Through anybody who is left in it but that one; when nobody
 * is, it is over. */
static int turn_or_end(struct enforcer *en, struct session *session,
                       struct task_id but)
{
	const struct hold *h = journal_find(en->journal, session->key,
	                                    session->setting);
	int                r;

	session->again = false;
	if (is_as_wished(session, h))
		return 0;
	r = reach(en, session, but);
	if (r == 0)
		journal_end(en->journal, session->key, session->setting);
	session->again = r == -EAGAIN;
	return r < 0 && r != -EAGAIN ? r : 0;
}

/* A wish ends whose task can no longer turn the knob itself. */
static int depart(struct enforcer *en, struct wish *wish)
{
	struct session    *session = wish->session;
	struct task_id     whom = wish->whom;
	const struct hold *h = journal_find(en->journal, session->key,
	                                    session->setting);
	int                r = 0;

	wish_drop(en, wish);
	if (of_unit(session)) {
		if (!session->yielded &&
		    !walk_is_under_way(en, session->key, session->setting) &&
		    (session->wishes == NULL || h == NULL ||
		     session->wishes->value != h->applied))
			r = unit_turn(en, session);
		sessions_trim(en);
		return r;
	}
	r = turn_or_end(en, session, whom);
	sessions_trim(en);
	return r;
}

/* What could not be done when others left. */
static void try_again(struct enforcer *en, struct task_id but)
{
	struct session *session;

	if (en->sessions == NULL)
		return;
	DL_FOREACH(en->sessions->all, session)
		if (session->again)
			(void)turn_or_end(en, session, but);
	sessions_trim(en);
}

static int depart_elsewhere(struct walk *w, struct wish *wish)
{
	const struct actuator *door = &w->en->os->actuator;
	int                    r;

	door->let_go(door->self);
	r = depart(w->en, wish);
	return r < 0 ? r : door->grip(door->self, w->head);
}

static int key_of(struct walk *w, struct move *m, struct task_id *ret_key)
{
	const struct actuator *door = &w->en->os->actuator;
	const char            *why;
	bool                   alone;

	if (scope_of(m->change.setting) == SETTING_SCOPE_GROUP)
		return door->unit_key == NULL ? -ENODATA :
		       door->unit_key(door->self, w->head, m->change.setting,
		                      ret_key, &alone, &why);
	return door->scope_key(door->self, w->head, m->change.setting, ret_key);
}

static int join(struct walk *w, struct move *m, struct task_id key)
{
	struct enforcer *en = w->en;
	enum setting     s = m->change.setting;
	struct wish     *wish = wish_find(en, w->head, s);
	struct session  *session;
	int              r = 0;

	if (wish != NULL && !task_id_equal(wish->session->key, key))
		r = depart_elsewhere(w, wish);
	if (r < 0)
		return r;
	sessions_trim(en);
	walk_key(w, m, key);
	session = session_meet(en, key, s, w->who);
	if (session == NULL)
		return -ENOMEM;
	if (session->yielded) {
		walk_refuse(m, EFFECT_DENIED,
		            of_unit(session)
		            ? "somebody else has set it for the unit"
		            : "somebody else has set it for the session");
		w->who->yielded |= SETTING_BIT(s);
		return 0;
	}
	return wish_put(en, session, w->head, m->change.wanted);
}

int session_want(struct walk *w, struct move *m)
{
	struct task_id key;
	int            r = key_of(w, m, &key);

	if (r < 0 && r != -ESRCH)
		walk_refuse(m, EFFECT_UNSUPPORTED, "it is in no such session");
	if (r < 0 || w->en->observe)
		return r == -ESRCH ? r : 0;
	return join(w, m, key);
}

int session_want_of_unit(struct walk *w, struct move *m, struct task_id key)
{
	int r = 0;

	m->of_unit = true;
	if (w->en->observe)
		walk_key(w, m, key);
	else
		r = join(w, m, key);
	if (r == 0 && walk_is_under_way(w->en, key, m->change.setting))
		walk_forget(m);
	return r;
}

/* With others still wanting something, it is theirs that holds now. */
int session_want_no_more(struct walk *w, struct move *m)
{
	struct wish    *wish = wish_find(w->en, w->head, m->change.setting);
	struct session *session;
	struct task_id  key;
	int             r;

	if (wish == NULL) {
		walk_forget(m);
		return 0;
	}
	session = wish->session;
	r = key_of(w, m, &key);
	if (r < 0 && r != -ESRCH && r != -ENODATA)
		return -EAGAIN;
	if (r < 0 || !task_id_equal(key, session->key)) {
		walk_forget(m);
		return depart_elsewhere(w, wish);
	}
	wish_drop(w->en, wish);
	walk_key(w, m, key);
	m->of_unit = of_unit(session);
	if ((m->of_unit && walk_is_under_way(w->en, key, session->setting)) ||
	    !m->had || session->yielded) {
		walk_forget(m);
	} else if (session->wishes != NULL) {
		m->back = false;
		m->change.rule = wish_rule(w->en, session->wishes,
		                         session->setting);
		m->change.wanted = session->wishes->value;
		if (m->change.wanted == m->prior.applied)
			walk_forget(m);
	}
	return 0;
}

uint64_t session_wishes(const struct enforcer *en, struct task_id whom)
{
	uint64_t found = 0;

	for (int s = 0; en->sessions != NULL && s < SETTING_COUNT; s++)
		if ((scope_of((enum setting)s) == SETTING_SCOPE_SESSION ||
		     scope_of((enum setting)s) == SETTING_SCOPE_GROUP) &&
		    wish_find(en, whom, (enum setting)s) != NULL)
			found |= SETTING_BIT(s);
	return found;
}

/* What was refused is not tried again for who wanted just that. */
void session_landed(struct enforcer *en, const struct under_way *u,
                    const struct landed *l)
{
	struct session    *session = session_find(en, u->key, u->setting);
	const struct hold *h = journal_find(en->journal, u->key, u->setting);
	struct session     gone = { .key = u->key, .setting = u->setting };

	if (walk_is_under_way(en, u->key, u->setting) ||
	    (session != NULL && session->yielded))
		return;
	if (session == NULL || session->wishes == NULL) {
		if (!u->back && h != NULL)
			(void)unit_turn(en, session != NULL ? session : &gone);
	} else if (session->wishes->value != l->wanted) {
		(void)unit_turn(en, session);
	}
}

void session_yielded(struct enforcer *en, struct task_id key, enum setting s,
                     struct task_id whom)
{
	struct session *session = session_find(en, key, s);
	struct wish    *wish = wish_find(en, whom, s);

	if (session != NULL)
		session->yielded = true;
	if (wish != NULL)
		wish_drop(en, wish);
}

int enforce_left(struct enforcer *en, struct task_id whom)
{
	uint64_t wished = 0;
	int      r = 0;

	if (en->journal == NULL || en->observe)
		return 0;
	if (!task_id_is_thread(whom))
		wished = session_wishes(en, whom);
	while (wished != 0) {
		enum setting s = setting_take(&wished);
		int          gone = depart(en, wish_find(en, whom, s));

		if (gone < 0)
			r = gone;
	}
	if (!task_id_is_thread(whom)) {
		try_again(en, whom);
		pools_left(en, whom);
	}
	journal_gone(en->journal, whom);
	return r;
}

void enforce_close(struct enforcer *en)
{
	struct wish *wish, *next;

	pools_close(en);
	if (en->sessions == NULL)
		return;
	HASH_ITER(by_task, en->sessions->by_task, wish, next)
		wish_drop(en, wish);
	sessions_trim(en);
	free(en->sessions);
	en->sessions = NULL;
}
