/* walk.h -- one verdict on its way over the threads of one task; for the files
 * of this folder alone.
 *
 * All threads are read and decided about, then all records are written, then
 * the knobs are turned; what was born meanwhile is met in rounds until nothing
 * is new.  The head is the main thread of a process, or the thread that a
 * verdict is about; if the head refuses a setting or has yielded it, the others
 * follow. A main thread with a verdict or a record of its own is like any other
 * thread: then nothing is turned at the head, whose record is of all the
 * others.
 */
#ifndef ENFORCE_WALK_H
#define ENFORCE_WALK_H

#include "enforce/enforce.h"
#include "enforce/tids.h"

#define WALK_ROUNDS_MAX 64              /* threads born faster are left out   */

/* One setting, and what came of it at the head. */
struct move {
	struct task_id key;             /* of the head's record               */
	bool           of_unit;         /* the key is that of the head's unit */
	bool           had;             /* it was ours when we came:          */
	struct hold    prior;
	bool           lost;            /* ... but the head's value was not   */
	bool           back;            /* to the origin                      */
	bool           held;            /* there is a record for the head now */
	bool           halted;          /* the head refused                   */
	bool           silent;          /* nothing to do, nothing to tell of  */
	bool           headless;        /* the main thread is apart           */
	bool           insists;         /* others' writes are set over        */
	bool           by_name;         /* wanted by who names the program    */
	bool           for_good;        /* even if it cannot be put back      */
	int64_t        origin;          /* of the head                        */
	struct turned  turned;          /* at the head, or else at the first  */
	struct change  change;
};

/* One knob of one thread. */
struct turn {
	struct move   *move;
	struct task_id whom;
	int64_t        before, target;
	bool           began;           /* a record for this very turn        */
	bool           ends;            /* its own record, when done          */
	bool           had;             /* that one existed before: 'old'     */
	struct hold    old;
};

struct walk {
	struct enforcer *en;
	struct task     *who;
	struct task_id   head;
	struct move      move[SETTING_COUNT];
	size_t           moves;
	struct turn     *turn;
	size_t           turns, turn_room;
	size_t           done;          /* of the turns                       */
	bool             turned_any;
	struct tids      seen;
	bool             unwritten;     /* records wait to be flushed         */
	bool             samples;       /* only others' writes are told of    */
	bool             unfinished;    /* some threads were not come to      */
};

/* A walk begins zeroed but for en, who and head, then has its moves added. */
/* Of the program, or of the thread; lent by the task. */
const char *walk_name(const struct task *who);
/* One more setting to turn (rule: who wants it), or to put back; a walk has
 * room for each setting once. */
struct move *walk_add(struct walk *w, enum setting s, bool back, int64_t wanted,
                      uint32_t rule);
/* Under what name the head's record is: its own, unless said otherwise. */
void walk_key(struct walk *w, struct move *m, struct task_id key);
/* What cannot be done, and why. */
void walk_refuse(struct move *m, enum effect effect, const char *why);
/* There is nothing to do after all. */
void walk_forget(struct move *m);
/* Somebody else has changed it to 'theirs'. */
void walk_yield(struct walk *w, struct move *m, int64_t theirs);
/* Something takes its time; and a bit for each change with a record of that
 * name that does. */
void walk_note_under_way(struct enforcer *en, const struct under_way *u);
uint64_t walk_under_way(const struct enforcer *en, struct task_id whom);
static inline bool walk_is_under_way(const struct enforcer *en,
                                     struct task_id whom, enum setting s)
{
	return (walk_under_way(en, whom) & SETTING_BIT(s)) != 0;
}

/* What came of what was under way, written down. */
void walk_record_landed(struct enforcer *en, const struct under_way *u,
                        const struct landed *l);
/* Somebody else had changed it to 'theirs' in some thread, and it is set
 * again. */
void walk_fight(struct move *m, int64_t theirs);
/* Does what cannot be undone, there and then. */
void walk_once(struct walk *w, struct move *m);
/* Whether that is in force of the whole process. */
bool walk_process_has(const struct walk *w, enum setting s, int64_t value);
/* Whether that thread has a verdict of its own. */
bool walk_apart(const struct walk *w, struct task_id whom);
/* Puts a turn to those that wait. */
int  walk_turn(struct walk *w, const struct turn *t);
/* Whether who is gripped is still there: 0, -ESRCH, -EAGAIN: it cannot be told
 * just now. */
int  walk_proven(const struct walk *w);
/* Decides, records and turns.  0, -ESRCH, -errno. */
int  walk_run(struct walk *w);
/* Weighs the outcomes, ends what is back, and reports. */
void walk_report(struct walk *w, const struct want *holding);
/* Frees what it holds, not the struct. */
void walk_clear(struct walk *w);

static inline bool walk_of_thread(const struct walk *w)
{
	return task_id_is_thread(w->head);
}

static inline enum setting_scope scope_of(enum setting s)
{
	return setting_rows[s].scope;
}

/* What is written of whom nothing was turned (behind.c).  Under whose name the
 * turn is written. */
struct task_id walk_record_key(const struct walk *w, const struct turn *t);
/* The knob stays as it was, and so must what is written of it. */
void walk_cancel(struct walk *w, const struct turn *t);
/* A thread that stays behind while its process moves on no longer lives on its
 * process's record. */
void walk_stay_behind(struct walk *w, const struct turn *t);
/* Without a head, its record was written before the first was to be turned. */
void walk_headless_cancel(struct walk *w, struct move *m);
/* The walk ends here: all turns that are left. */
void walk_cancel_all(struct walk *w);

/* The decisions (decide.c): 0, -ESRCH (the head left), -errno of recording. */
int  decide_head(struct walk *w, struct move *m);
int  decide_other(struct walk *w, struct move *m, struct task_id whom,
                  bool at_first);
/* A thread with a verdict of its own, which may have been living on the head's
 * record: it gets its own before that one changes. */
int  decide_apart(struct walk *w, struct move *m, struct task_id whom,
                  bool at_first);

/* A task whose class is real-time, and not by us (protect.c).  by_name: who
 * names its program may reach it all the same, where that is allowed. */
bool protect_realtime(const struct enforcer *en, struct task_id whom,
                      bool by_name);
/* Why the task may not be stopped, even where it may be touched: with it would
 * stop whoever can start it again.  NULL: it may be. */
const char *protect_stop(const struct enforcer *en, const struct task *who);

/* Refuses a move to realtime that would promise more than all may have together
 * (admission.c). */
void admission_ask(struct walk *w, struct move *m);

/* Settings of sessions (session.c).  The move may come out refused, silent,
 * yielded, or turned into another one.  0, -ESRCH, -errno. */
int  session_want(struct walk *w, struct move *m);
int  session_want_no_more(struct walk *w, struct move *m);
/* The same of the settings of units, through a key that the actuator gave. */
int  session_want_of_unit(struct walk *w, struct move *m, struct task_id key);
/* Settings that the task wants of its session or unit. */
uint64_t session_wishes(const struct enforcer *en, struct task_id whom);
/* A change of a unit is done: what is wanted of it may be another one by
 * now. */
void session_landed(struct enforcer *en, const struct under_way *u,
                    const struct landed *l);
void session_yielded(struct enforcer *en, struct task_id key, enum setting s,
                     struct task_id whom);

#endif
