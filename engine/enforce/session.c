/* session.c -- settings that several tasks of one session share.
 *
 * Each task's wish is kept.  The newest one holds; when it ends, the newest of
 * the others does, and with the last of them the origin comes back, through any
 * task that still lives in that session.  In a session that somebody else has
 * set, no wish counts until all that were there then are gone.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "enforce/pools.h"
#include "enforce/walk.h"

struct wish_key {
	uint64_t born;
	int32_t  pid;
	uint32_t setting;
};

struct wish {
	struct wish_key key;
	struct task_id  whom;
	int64_t         value;
	struct session *session;
	struct wish    *prev, *next;    /* of the session, newest first       */
	UT_hash_handle  by_task;
};

struct session {
	struct task_id  key;
	enum setting    setting;
	pid_t           sid;            /* the kernel's, to find others by    */
	bool            yielded;
	struct wish    *wishes;
	struct session *prev, *next;
};

struct sessions {
	struct session *all;
	struct wish    *by_task;
};

static struct wish *wish_find(const struct enforcer *en, struct task_id whom,
                              enum setting s)
{
	struct wish_key key = { whom.born, whom.pid, s };
	struct wish    *wish = NULL;

	/* The analyzer does not follow a struct into its bytes; it has no gap. */
	if (en->sessions != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinary*) */
		HASH_FIND(by_task, en->sessions->by_task, &key, sizeof key,
		          wish);
	return wish;
}

static void wish_drop(struct enforcer *en, struct wish *wish)
{
	/* It cannot know that who is alone in the table is its head. */
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	HASH_DELETE(by_task, en->sessions->by_task, wish);
	DL_DELETE(wish->session->wishes, wish);
	free(wish);
}

static int wish_put(struct enforcer *en, struct session *session,
                    struct task_id whom, int64_t value)
{
	struct wish *wish = wish_find(en, whom, session->setting);

	if (wish != NULL)
		wish_drop(en, wish);
	if (HASH_CNT(by_task, en->sessions->by_task) == PROCESSES_MAX)
		return -ENOSPC;
	wish = calloc(1, sizeof *wish);
	if (wish == NULL)
		return -ENOMEM;
	wish->key = (struct wish_key){ whom.born, whom.pid, session->setting };
	wish->whom = whom;
	wish->value = value;
	wish->session = session;
	HASH_ADD(by_task, en->sessions->by_task, key, sizeof wish->key, wish);
	if (wish->by_task.tbl == NULL) {
		free(wish);
		return -ENOMEM;
	}
	DL_PREPEND(session->wishes, wish);
	return 0;
}

/* Sessions in which nobody wants anything any more. */
static void trim(struct enforcer *en)
{
	struct session *session, *next;

	if (en->sessions == NULL)
		return;
	DL_FOREACH_SAFE(en->sessions->all, session, next) {
		if (session->wishes != NULL)
			continue;
		DL_DELETE(en->sessions->all, session);
		free(session);
	}
}

static pid_t sid_of(struct enforcer *en, struct task *who)
{
	struct value v;

	return table_fact(en->table, who, FACT_session, &v) == 1
	       ? (pid_t)v.number : 0;
}

static struct session *session_find(const struct enforcer *en,
                                    struct task_id key, enum setting s)
{
	struct session *session = NULL;

	if (en->sessions == NULL)
		return NULL;
	DL_FOREACH(en->sessions->all, session)
		if (session->setting == s && task_id_equal(session->key, key))
			break;
	return session;
}

static struct session *session_meet(struct enforcer *en, struct task_id key,
                                    enum setting s, struct task *who)
{
	struct session *session = session_find(en, key, s);

	if (session != NULL)
		return session;
	if (en->sessions == NULL)
		en->sessions = calloc(1, sizeof *en->sessions);
	if (en->sessions == NULL)
		return NULL;
	session = calloc(1, sizeof *session);
	if (session == NULL)
		return NULL;
	session->key = key;
	session->setting = s;
	session->sid = sid_of(en, who);
	DL_APPEND(en->sessions->all, session);
	return session;
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
	             rest == NULL ? 0 : rest->value, RULE_NONE);
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
 * is not. */
static int try_through(struct enforcer *en, struct session *session,
                       struct task *through)
{
	const struct actuator *door = &en->os->actuator;
	struct task_id         key;
	int                    r = -ESRCH;

	if (through == NULL || door->grip(door->self, through->id) < 0)
		return 0;
	if (door->scope_key(door->self, through->id, session->setting,
	                    &key) == 0 && task_id_equal(key, session->key))
		r = turn_through(en, session, through);
	door->let_go(door->self);
	return r == -ESRCH ? 0 : r < 0 ? r : 1;
}

static int reach(struct enforcer *en, struct session *session,
                 struct task_id but)
{
	struct wish *wish, *next;
	struct task *who;
	uint32_t     slot = 0;
	int          r = 0;

	DL_FOREACH_SAFE(session->wishes, wish, next)
		if (r == 0)
			r = try_through(en, session,
			                table_find(en->table, wish->whom));
	while (r == 0 && (who = table_next(en->table, &slot)) != NULL) {
		if (task_id_is_thread(who->id))
			break;
		if (who->id.pid != but.pid && sid_of(en, who) == session->sid)
			r = try_through(en, session, who);
	}
	return r;
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
	if (h != NULL && !session->yielded &&
	    (session->wishes == NULL || session->wishes->value != h->applied)) {
		r = reach(en, session, whom);
		if (r == 0)             /* nobody is left in it */
			journal_end(en->journal, session->key,
			            session->setting);
	}
	trim(en);
	return r < 0 ? r : 0;
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

	return door->scope_key(door->self, w->head, m->change.setting, ret_key);
}

int session_want(struct walk *w, struct move *m)
{
	struct enforcer *en = w->en;
	enum setting     s = m->change.setting;
	struct wish     *wish = wish_find(en, w->head, s);
	struct session  *session;
	struct task_id   key;
	int              r = key_of(w, m, &key);

	if (r < 0 && r != -ESRCH)
		walk_refuse(m, EFFECT_UNSUPPORTED, "it is in no such session");
	if (r < 0 || en->observe)
		return r == -ESRCH ? r : 0;
	if (wish != NULL && !task_id_equal(wish->session->key, key))
		r = depart_elsewhere(w, wish);
	if (r < 0)
		return r;
	trim(en);
	walk_key(w, m, key);
	session = session_meet(en, key, s, w->who);
	if (session == NULL)
		return -ENOMEM;
	if (session->yielded) {
		walk_refuse(m, EFFECT_DENIED,
		            "somebody else has set it for the session");
		w->who->yielded |= SETTING_BIT(s);
		return 0;
	}
	return wish_put(en, session, w->head, m->change.wanted);
}

/* With others still wanting something, it is theirs that holds now. */
int session_want_no_more(struct walk *w, struct move *m)
{
	struct wish    *wish = wish_find(w->en, w->head, m->change.setting);
	struct session *session;
	struct task_id  key;

	if (wish == NULL) {
		walk_forget(m);
		return 0;
	}
	session = wish->session;
	if (key_of(w, m, &key) < 0 || !task_id_equal(key, session->key)) {
		walk_forget(m);
		return depart_elsewhere(w, wish);
	}
	wish_drop(w->en, wish);
	walk_key(w, m, key);
	if (!m->had || session->yielded) {
		walk_forget(m);
	} else if (session->wishes != NULL) {
		m->back = false;
		m->change.wanted = session->wishes->value;
		if (m->change.wanted == m->prior.applied)
			walk_forget(m);
	}
	return 0;
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
	int r = 0;

	if (en->journal == NULL || en->observe)
		return 0;
	for (int s = 0; s < SETTING_COUNT && !task_id_is_thread(whom); s++) {
		struct wish *wish = NULL;
		int          gone;

		if (scope_of((enum setting)s) == SETTING_SCOPE_SESSION)
			wish = wish_find(en, whom, (enum setting)s);
		gone = wish == NULL ? 0 : depart(en, wish);
		if (gone < 0)
			r = gone;
	}
	if (!task_id_is_thread(whom))
		pools_left(en, whom);
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
	trim(en);
	free(en->sessions);
	en->sessions = NULL;
}
