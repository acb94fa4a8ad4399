/* journal.h -- what was changed, from what, to what.
 *
 * One hold for each (task, setting) that is ours: the value it had before we
 * first changed it (its origin) and the value that was read back after.  The
 * record is in the kernel's hands before the change is made, so our death can
 * be undone; nothing is synced, for a power cut ends the boot that the records
 * are about.
 *
 * A process's holds are its main thread's; a thread has a hold of its own only
 * where its origin differed from that one's, or where a rule about threads made
 * its value another.  So has the main thread; its process's hold is then of the
 * other threads alone.  The record is keyed by boot, pid, start time and
 * setting; a thread's start time is its process's.  A setting of a session is
 * held under the session's key, and no birth or death of a task touches it.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include "journal/formers.h"
#include "model/task_id.h"
#include "model/want.h"
#include "os/os.h"

struct journal;

struct hold {
	struct task_id whom;            /* or the key of a session, or of a unit */
	struct task_id through;         /* the task that it was reached by    */
	enum setting   setting;
	bool           settled;         /* 'applied' was read back since the
	                                   last begin                         */
	int64_t        origin;          /* before pqs                         */
	int64_t        wanted;          /* what we were about to set          */
	int64_t        applied;         /* read back last; until known, what it
	                                   had when it was begun              */
	int64_t        earlier;         /* 'applied' before the last change:
	                                   what was born then may have it     */
	uint64_t       since_ns;        /* monotonic time of the first begin  */
};

/* Opens on what the store has.  Records of another boot, or torn at the end,
 * are dropped (counted by journal_torn()), and so are damaged ones.  0,
 * -EBADMSG: not a journal, -EAGAIN: another version's, with something in it,
 * -errno.  boot is the kernel's boot id; store and sets are lent for the life
 * of the journal. */
int  journal_open(const struct store *store, const char *boot,
                  struct interned *sets, struct journal **ret_journal);
/* What is pending is not written: flush before. */
void journal_close(struct journal *j);          /* NULL is fine               */

/* Before the change: keeps the origin if there is none yet, and that 'wanted'
 * is about to be set; 'applied' is what it has now.  'settled' and 'earlier'
 * are not looked at, and of what is ours already neither are origin, since_ns.
 * 0, -ENOSPC (past HOLDS_MAX or no room: no record, no change), -EINVAL (a task
 * whose birth is not known, an unknown CPU set), -errno. */
int  journal_begin(struct journal *j, const struct hold *about);
/* After it: the value that the kernel says it has now.  0, -ENOENT. */
int  journal_settle(struct journal *j, struct task_id whom, enum setting s,
                    int64_t applied);
/* It is back at its origin, or was left to somebody else.  0, -ENOENT. */
int  journal_end(struct journal *j, struct task_id whom, enum setting s);
/* The same of what went back just now: whoever is born until then may have what
 * it had from us, and be heard of later, or never by us.  0, -ENOENT. */
int  journal_back(struct journal *j, struct task_id whom, enum setting s,
                  uint64_t now_ns);
/* All births until then were heard of. */
void journal_heard(struct journal *j, uint64_t at_ns);
/* Nobody who was born until then is still to be heard of, as far as that can be
 * known; 0: births were lost.  Nothing of it is written. */
void journal_told(struct journal *j, uint64_t at_ns);
/* What a task that was born then, of a thread of that process, has that value
 * from, which nobody there has any more, or a thread that was born then and is
 * not known has itself; and a bit for each setting that there may be one of.
 * NULL: nothing. */
const struct former *journal_former(const struct journal *j,
                                    struct task_id whom, enum setting s,
                                    int64_t value, uint64_t born_ns);
uint64_t journal_formers(const struct journal *j, struct task_id process);
/* Nothing in it can be of use to an undo. */
bool journal_is_empty(const struct journal *j);
/* All that is held, or was, went back. */
void journal_undone(struct journal *j);
/* A process was born with the changed values of its parent: it has the same
 * origins.  A parent that is a thread stands for its process but for the holds
 * of its own.  How many holds were copied, or -errno. */
int  journal_fork(struct journal *j, struct task_id child,
                  struct task_id parent);
/* A task, and when it is a process its threads, left; born may be 0.  How many
 * holds went with it. */
int  journal_gone(struct journal *j, struct task_id whom);

/* Ends what is held of tasks that do not live any more; of sessions nothing.
 * How many holds that were. */
int  journal_winnow(struct journal *j,
                    bool (*lives)(void *ctx, struct task_id whom), void *ctx);

/* Writes what is pending in one append; journal_begin() must be followed by it
 * before the knob is turned.  0 or -errno. */
int  journal_flush(struct journal *j);

/* NULL when that setting of that task is not ours.  Lent until the next
 * change. */
const struct hold *journal_find(const struct journal *j, struct task_id whom,
                                enum setting s);
/* All settings of ours of one task, a bit each; of a process with or without
 * what only some of its threads have.  Those of its session do not count. */
uint64_t journal_holds(const struct journal *j, struct task_id whom);
uint64_t journal_holds_within(const struct journal *j, struct task_id process);
/* The process that has that pid, or had it last, as far as anything is held of
 * it; false: nothing is. */
bool     journal_process(const struct journal *j, pid_t pid,
                         struct task_id *ret_process);
/* Any hold that a single thread of the process has of its own, or NULL. */
const struct hold *journal_of_thread(const struct journal *j,
                                     struct task_id process);
/* Of whom a thread may have been born: of any, the process before others; of
 * any, but the main thread before that, for it is the one that starts most; of
 * threads that have a hold of their own alone. */
enum kin { KIN_OF_ANY, KIN_OF_NEWBORN, KIN_OF_THREAD };

/* What a thread without a hold of its own must have been born with, seeing that
 * its value is what we left there: its process's hold, or else that of another
 * thread, of which the main one is not born; NULL: neither. */
const struct hold *journal_kin(const struct journal *j, enum kin of,
                               struct task_id thread, enum setting s,
                               int64_t value);
/* Whether the value is what we left there: what was read back, or, where death
 * may have come between, what was about to be set. */
bool   journal_ours(const struct hold *h, int64_t value);
/* The same of a task that was born with it, perhaps before the last change. */
bool   journal_born_with(const struct hold *h, int64_t value);
/* Each hold in no particular order; the callback may not change the journal. */
void   journal_each(const struct journal *j,
                    void (*each)(void *ctx, const struct hold *h), void *ctx);
/* How many holds there are, of tasks, sessions and units. */
size_t journal_count(const struct journal *j);
/* Of these, those of single threads. */
size_t journal_threads(const struct journal *j);
/* How many records were dropped when it was opened. */
size_t journal_torn(const struct journal *j);
/* Of these, what is damaged or was written down together with that, so that
 * what it was about cannot be put back.  What was merely cut off was about
 * nothing that was done. */
size_t journal_damaged(const struct journal *j);
/* Rewrites a file that is mostly history, a bounded part a call.  1 while there
 * is more to do, 0, -errno. */
int    journal_compact(struct journal *j);
/* The same whatever the file is, in one go. */
int    journal_rewrite(struct journal *j);

#endif
