/* table.h -- all living tasks, by identity.
 *
 * The table owns its rows.  A pointer it hands out is good until the next call
 * that may change the table; whoever wants to remember a task keeps its
 * task_id and asks again.
 *
 * A process that died stays, marked, as long as it has descendants: lineage is
 * a matter of birth.  A thread has a row only where a rule or a change needs
 * one; the birth in its id is that of its process.
 */
#ifndef PROCESS_TABLE_H
#define PROCESS_TABLE_H

#include "model/event.h"
#include "process/task.h"

struct sensor;
struct table;

struct table *table_new(const struct sensor *sensor);   /* NULL: no memory  */
void table_free(struct table *t);                       /* NULL is fine     */

/* Told of a process that is gone, and all that were born below it too.  'gone'
 * must not touch the table. */
void table_on_forgotten(struct table *t,
                        void (*gone)(void *ctx, struct task_id id), void *ctx);

/* Facts that every process must have from its start on because rules look at
 * ancestors, which may be gone when asked (FACT_BITs; read at exec). */
void table_keep_facts(struct table *t, uint64_t lineage);

/* Calls back with each living row, of a process or a thread, when its life
 * ends, whoever found that out; the callback may not touch the table. */
void table_on_death(struct table *t,
                    void (*died)(void *ctx, struct task *who), void *ctx);
/* Asked where a process in a group of ours would be without us: 0 with the
 * place (model/group.h), or -errno.  Its birth is known if it can be. */
void table_on_home(struct table *t,
                   int (*home)(void *ctx, struct task_id whom,
                               const char *group, char *ret_place,
                               size_t size), void *ctx);
/* No row has any tag by that voice, those of the dead included. */
void table_untag(struct table *t, uint32_t voice);
/* The same, and no row is that user's any more. */
void table_unvoice(struct table *t, uint32_t voice);
/* f is told of each row, those of the dead and those that are free included; it
 * may not touch the table. */
void table_each_row(struct table *t, void (*f)(void *ctx, struct task *who),
                    void *ctx);

/* Brings the table up to date with one event about a task.  Returns 1 with the
 * row in *ret_task when there is something to judge, 0 when the event is of no
 * interest (already gone, a fork before its exec, no row), or -errno.  Past the
 * bound a task has no row: 0, and counted.
 *
 * A fork gives a row that is judged only once it is known that no exec follows:
 * table_fork_due() tells; what else happens to it before then is noted and
 * gives 0.  An EXEC makes the old facts of the program unknown and ends its
 * threads' rows.  When a parent dies, the ppid of its children is read anew. */
int table_update(struct table *t, const struct event *e,
                 struct task **ret_task);

/* A process found by listing: 1 with a new row, 0 with the row of that very
 * process when it was already known, -ESRCH: gone by now, -ENOBUFS: past the
 * bound, or -ENOMEM. */
int table_meet(struct table *t, struct task_id id, struct task **ret_task);
/* A row for one thread of p: as table_meet().  The pid as a tid gives one for
 * the main thread, apart from p. */
int table_meet_thread(struct table *t, struct task *p, pid_t tid,
                      struct task **ret_task);
/* After a full listing: every living row not met since the listing began is
 * dead; of threads, those whose process had any of its threads met.  begin()
 * starts the count; end() returns how many were dropped.  Whoever was born or
 * exec'd since counts as met.  Facts of the others are read anew, as what
 * changed them may have been lost.  'gone' must not touch the table. */
void   table_listing_begin(struct table *t);
size_t table_listing_end(struct table *t,
                         void (*gone)(void *ctx, struct task_id id), void *ctx);

/* NULL when that very task is gone, even if its pid lives on.  born == 0 finds
 * whoever has the pid. */
struct task *table_find(struct table *t, struct task_id id);
/* The process of a thread; p itself otherwise. */
struct task *table_process_of(struct table *t, struct task *who);
/* At birth, dead ones included; NULL at the top. */
struct task *table_parent(struct table *t, const struct task *p);
/* Those below p by birth that live, as long as not more than that many were looked
 * at, dead ones included: false if there are more. */
bool table_each_below(struct table *t, const struct task *p, size_t most,
                      void (*f)(void *ctx, struct task *who), void *ctx);
/* The living row, of a process or thread, at or after *slot, which is moved
 * past it; NULL at the end.  Both walks start at 0 and bear the loss of the row
 * just given. */
struct task *table_next(struct table *t, uint32_t *slot);
/* The same for the thread rows of one process. */
struct task *table_next_thread(struct table *t, const struct task *p,
                               uint32_t *slot);
/* A thread row that no rule needs any more. */
void table_drop_thread(struct table *t, struct task *thread);

/* The oldest forked process that has not exec'd within settle_ns of its birth,
 * each once; NULL when there is none now.  *ret_next_ns: when to ask again
 * (UINT64_MAX: nothing waits). */
struct task *table_fork_due(struct table *t, uint64_t now_ns,
                            uint64_t settle_ns, uint64_t *ret_next_ns);

size_t table_count(const struct table *t);              /* living processes */
size_t table_refused(const struct table *t);            /* past the bound   */
size_t table_cut(const struct table *t);                /* lineages cut short:
                                                           past LINEAGE_MAX or
                                                           too many dead    */

/* Whether, since this was asked last, anything of anybody could not be read
 * that perhaps can be in a while. */
bool table_missed(struct table *t);

/* The value of one fact of one task, read from the system if need be.  1 with
 * *ret_value, 0: unreadable, -ENODATA: it has none (a unit, outside of all),
 * -EINPROGRESS: slow, EVENT_FACTS will tell, -ESRCH: gone.  Text is lent until
 * the task's facts change. */
int table_fact(struct table *t, struct task *who, enum fact fact,
               struct value *ret_value);
/* How a process ends, as a wait status, so that signal and exit_code can be had
 * of it from now on; STATUS_UNKNOWN: they cannot. */
void table_note_exit(struct table *t, struct task *who, int status);
/* Forgets facts that may have changed, so that they are read again. */
void table_forget(struct table *t, struct task *who, uint64_t which);
/* When what was read of the task may have changed untold and is worth another
 * look: a program writes its title 10 ms, 100 ms or 1 s after its start at the
 * latest.  0: not any more, or nobody asked for it. */
uint64_t table_unsettled_ns(const struct table *t, const struct task *who);
/* Takes that look when it is due.  What was read before stands until then;
 * EVENT_FACTS tells of the new. */
void table_settle(struct table *t, struct task *who);

/* A process is about to run another program, of which name and exe are known:
 * from now on its facts are of that one, and what cannot be read before it runs
 * is unreadable.  Until its EXEC, or until the given time. */
void table_coming(struct table *t, struct task *who, const struct facts *coming,
                  uint64_t until_ns);
/* It does not after all: facts are read anew. */
void table_stays(struct table *t, struct task *who);

/* The user works with that task now: its fact 'focused' holds, and that of all
 * in its unit, or of its descendants where it is in no unit of its own.  Pid 0:
 * with none.  0 or -ESRCH. */
int table_focus(struct table *t, struct task_id on);
/* That task; pid 0: none. */
struct task_id table_focus_on(const struct table *t);

#endif
