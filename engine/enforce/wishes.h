/* wishes.h -- who wants what of a session or a unit; for session.c alone. */
#ifndef ENFORCE_WISHES_H
#define ENFORCE_WISHES_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

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
	bool            again;          /* who may be left in it could not be
	                                   asked when a wish ended            */
	struct wish    *wishes;
	struct session *prev, *next;
};

struct sessions {
	struct session *all;
	struct wish    *by_task;
};

/* What that task wants of its session; NULL: nothing. */
struct wish *wish_find(const struct enforcer *en, struct task_id whom,
                       enum setting s);
void wish_drop(struct enforcer *en, struct wish *wish);
/* The newest from now on.  0, -ENOSPC, -ENOMEM. */
int  wish_put(struct enforcer *en, struct session *session,
              struct task_id whom, int64_t value);
/* The rule of the task whose wish it is now. */
uint32_t wish_rule(const struct enforcer *en, const struct wish *wish,
                   enum setting s);

/* The kernel's number of it; 0: not known. */
pid_t session_sid(struct enforcer *en, struct task *who);
/* NULL: nobody wants that of that session. */
struct session *session_find(const struct enforcer *en, struct task_id key,
                             enum setting s);
/* The same, made if there is none; NULL: no memory. */
struct session *session_meet(struct enforcer *en, struct task_id key,
                             enum setting s, struct task *who);
/* Forgets those in which nobody wants anything any more, and nothing is left to
 * be done. */
void sessions_trim(struct enforcer *en);

#endif
