/* wishes.c -- who wants what of a session or a unit. */

#include "enforce/wishes.h"

#include <errno.h>
#include <stdlib.h>

struct wish *wish_find(const struct enforcer *en, struct task_id whom,
                       enum setting s)
{
	struct wish_key key = { whom.born, whom.pid, s };
	struct wish    *wish = NULL;

	/* The analyzer does not follow a struct into its bytes;
	 * it has no gap. */
	if (en->sessions != NULL)
		/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinary*) */
		HASH_FIND(by_task, en->sessions->by_task, &key, sizeof key,
		          wish);
	return wish;
}

void wish_drop(struct enforcer *en, struct wish *wish)
{
	/* It cannot know that who is alone in the table is its head. */
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
	HASH_DELETE(by_task, en->sessions->by_task, wish);
	DL_DELETE(wish->session->wishes, wish);
	free(wish);
}

int wish_put(struct enforcer *en, struct session *session,
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

void sessions_trim(struct enforcer *en)
{
	struct session *session, *next;

	if (en->sessions == NULL)
		return;
	DL_FOREACH_SAFE(en->sessions->all, session, next) {
		if (session->wishes != NULL || session->again)
			continue;
		DL_DELETE(en->sessions->all, session);
		free(session);
	}
}

pid_t session_sid(struct enforcer *en, struct task *who)
{
	struct value v;

	return table_fact(en->table, who, FACT_session, &v) == 1
	       ? (pid_t)v.number : 0;
}

struct session *session_find(const struct enforcer *en, struct task_id key,
                             enum setting s)
{
	struct session *session = NULL;

	if (en->sessions == NULL)
		return NULL;
	DL_FOREACH(en->sessions->all, session)
		if (session->setting == s && task_id_equal(session->key, key))
			break;
	return session;
}

struct session *session_meet(struct enforcer *en, struct task_id key,
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
	session->sid = session_sid(en, who);
	DL_APPEND(en->sessions->all, session);
	return session;
}

uint32_t wish_rule(const struct enforcer *en, const struct wish *wish,
                   enum setting s)
{
	const struct task *who = table_find(en->table, wish->whom);

	return who != NULL && want_has(&who->in_force, s) ? who->won[s]
	                                                  : RULE_GONE;
}
