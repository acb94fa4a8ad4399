/* journal.h -- what was changed, from what, to what.
 *
 * One hold for each (task, setting) that is ours: the value it had before we
 * first changed it (its origin) and the value that was read back after.  The
 * record is in the kernel's hands before the change is made, so our death can
 * be undone; nothing is synced, for a power cut ends the boot that the records
 * are about.
 *
 * A process's holds are its leader's; a thread has a hold of its own only where
 * its origin differed from the leader's.  The record is keyed by boot, pid,
 * start time and setting.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include "model/task_id.h"
#include "model/want.h"
#include "os/os.h"

struct journal;

struct hold {
	struct task_id whom;            /* or the key of a session            */
	struct task_id through;         /* the task that it was reached by    */
	enum setting   setting;
	int64_t        origin;          /* before pqs                         */
	int64_t        wanted;          /* what we were about to set          */
	int64_t        applied;         /* read back; wanted until known      */
};

/* Opens on what the store has.  Records of another boot, or torn at the end,
 * are dropped (counted by journal_torn()).  0, -EBADMSG: not a journal,
 * -EAGAIN: another version's, -errno.  boot is the kernel's boot id. */
int  journal_open(const struct store *store, const char *boot,
                  struct cpu_sets *sets, struct journal **ret_journal);
void journal_close(struct journal *j);          /* NULL is fine               */

/* Before the change: keeps the origin if there is none yet, and that 'wanted' is
 * about to be set.  0, -ENOSPC (past HOLDS_MAX or no room: no record, no
 * change), -errno. */
int  journal_begin(struct journal *j, struct task_id whom,
                   struct task_id through, enum setting s,
                   int64_t origin, int64_t wanted);
/* After it: the value that the kernel says it has now. */
int  journal_settle(struct journal *j, struct task_id whom, enum setting s,
                    int64_t applied);
/* It is back at its origin, or was left to somebody else. */
int  journal_end(struct journal *j, struct task_id whom, enum setting s);
/* A process was born with the changed values of its parent: it has the same
 * origins.  How many holds were copied, or -errno. */
int  journal_fork(struct journal *j, struct task_id child,
                  struct task_id parent);
/* A task, and when it is a process its threads, left. */
int  journal_gone(struct journal *j, struct task_id whom);

/* Writes what is pending in one append; journal_begin() must be followed by it
 * before the knob is turned.  0 or -errno. */
int  journal_flush(struct journal *j);

/* NULL when that setting of that task is not ours.  Lent until the next
 * change. */
const struct hold *journal_find(const struct journal *j, struct task_id whom,
                                enum setting s);
/* All settings of ours of one task, a bit each. */
uint64_t journal_holds(const struct journal *j, struct task_id whom);
/* Each hold in no particular order; the callback may not change the journal. */
void   journal_each(const struct journal *j,
                    void (*each)(void *ctx, const struct hold *h), void *ctx);
size_t journal_count(const struct journal *j);
size_t journal_torn(const struct journal *j);
/* Rewrites a file that is mostly history, a bounded part a call.  1 while there
 * is more to do, 0, -errno. */
int    journal_compact(struct journal *j);

#endif
