/* holds.h -- the holds in memory, found by task and setting, and by process. */
#ifndef JOURNAL_HOLDS_H
#define JOURNAL_HOLDS_H

#include "base/pool.h"
#include "journal/journal.h"

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define HOLD_CHAINS 4096u

struct hold_key {
	uint64_t born;
	int32_t  pid, tid;
	uint32_t setting, zero;
};

struct kept_hold {
	struct hold     hold;
	struct hold_key key;
	uint32_t        slot;
	UT_hash_handle  by_key;         /* in order of arrival                */
	struct kept_hold *prev, *next;  /* of processes with the same pid and
	                                   a few others                       */
};

struct holds {
	struct pool  pool;
	struct kept_hold *all;
	struct kept_hold *chain[HOLD_CHAINS];
	struct kept_hold *cursor;       /* moves on if what it is at leaves   */
	size_t       of_threads;
};

int    holds_open(struct holds *h);                     /* 0 or -ENOMEM      */
void   holds_close(struct holds *h);
size_t holds_count(const struct holds *h);

/* NULL: there is none.  Lent until the next change. */
struct kept_hold *holds_find(const struct holds *h, struct task_id whom,
                             enum setting s);
/* New, or in the place of the one of that task and setting.  0, -ENOSPC,
 * -ENOMEM. */
int    holds_put(struct holds *h, const struct hold *what);
void   holds_drop(struct holds *h, struct kept_hold *k);
/* As journal_fork() and journal_gone(). */
int    holds_fork(struct holds *h, struct task_id child, struct task_id parent);
int    holds_gone(struct holds *h, struct task_id whom);

/* As journal_kin(). */
const struct hold *holds_kin(const struct holds *holds, enum kin of,
                             struct task_id thread, enum setting s,
                             int64_t value);

static inline struct kept_hold *holds_chain(const struct holds *h, pid_t pid)
{
	return h->chain[(uint32_t)pid % HOLD_CHAINS];
}

/* Of a session or a unit: under a key of its own. */
static inline bool hold_of_session(const struct hold *h)
{
	return setting_rows[h->setting].scope == SETTING_SCOPE_SESSION ||
	       h->whom.pid < 0;
}

static inline bool hold_of_thread(const struct hold *h)
{
	return !hold_of_session(h) && task_id_is_thread(h->whom);
}

static inline bool hold_of_process(const struct hold *h, struct task_id process)
{
	return h->whom.pid == process.pid && h->whom.born == process.born &&
	       !hold_of_session(h);
}

#endif
