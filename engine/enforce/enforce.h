/* enforce.h -- from a verdict to knobs: what differs, in which order, how it
 * went.
 *
 * A verdict is compared with the one in force, so an unchanged one costs
 * neither a read nor a write.  A setting that nobody wants any more returns to
 * its origin.  Before a knob is turned its present value is read: if it is not
 * what we left there, somebody else changed it, and that setting of that task
 * is theirs until its next exec; or, where the rule insists, it is set again.
 */
#ifndef ENFORCE_ENFORCE_H
#define ENFORCE_ENFORCE_H

#include "base/limits.h"
#include "journal/journal.h"
#include "policy/arbiter.h"
#include "process/table.h"

/* One knob of one task, and how it went: what people read. */
struct change {
	struct task_id whom;
	const char    *name;            /* of the program or thread           */
	enum setting   setting;
	int64_t        before, wanted, now;     /* of the process's leader    */
	enum effect    effect;
	const char    *why;             /* lent; "" when nothing to say       */
	uint32_t       rule;            /* RULE_NONE: back to the origin      */
	uint32_t       threads;         /* how many were changed with it      */
	uint32_t       others;          /* how many had another's value, and
	                                   keep it                            */
	bool           foreign;         /* somebody else had changed it: before
	                                   is what we had left, now is theirs,
	                                   and DENIED that it stays so        */
	bool           fought;          /* somebody else had changed it, to
	                                   before, and it is set again        */
	uint32_t       rounds;          /* how often in this fight; 0: nobody
	                                   counts                             */
	uint64_t       ours_ns;         /* since when what it was before may
	                                   have been from us; 0: it was not   */
};

struct sessions;
struct pools;

/* What was begun for a rule, and is not done yet. */
struct under_way {
	struct task_id whom;            /* of a group: for whose sake         */
	enum setting   setting;
	uint32_t       rule;
	struct task_id key;             /* of the hold; of a unit, its own    */
	bool           of_group;        /* a setting of 'group'               */
	bool           recorded;        /* there is a hold of it:             */
	bool           back, had;       /* to the origin; it was there before */
	int64_t        group;
	int64_t        before, applied; /* the value, and that of the hold    */
	uint64_t       ours_ns;         /* as of a change                     */
};

struct enforcer {
	const struct os *os;
	struct journal  *journal;       /* NULL: only with observe            */
	struct table    *table;
	struct interned *sets;
	/* Turn nothing, only say: a change that would be made is APPLIED with
	 * now == before.  Writes no journal. */
	bool             observe;
	/* Protected unless allowed: pid 1, kernel threads, pqs itself (always),
	 * and tasks whose origin is real-time. */
	bool             allow_init, allow_kernel_threads, allow_realtime;
	pid_t            keeper, core;  /* 0: none                            */
	int64_t          realtime_share;        /* permyriad of all CPUs      */
	uint64_t         realtime_refused;      /* for want of that           */
	char             refusal[160];          /* the last of these          */
	void           (*report)(void *ctx, const struct change *c);
	void            *report_ctx;
	uint64_t         changes, effects[EFFECTS];
	uint64_t         yields, fights;        /* others' writes that were left,
	                                   and that were set over             */
	size_t           not_put_back;  /* by the last undo: settings of tasks
	                                   that the system refused            */
	struct under_way under_way[UNDER_WAY_MAX];
	size_t           under_ways;
	struct sessions *sessions;      /* NULL at first; see enforce_close() */
	struct pools    *pools;         /* the same                           */
	uint64_t         groups_refused;        /* past OWN_GROUPS_MAX        */
	/* A process may be judged again: what was under way is done. */
	void           (*landed)(void *ctx, struct task_id whom);
	void            *landed_ctx;
	uint64_t         step_ends_ns;  /* what can wait then waits           */
	/* The last verdict moved nobody, for too many are on their way: it is
	 * to be made true later. */
	bool             put_off;
	/* The last verdict put something of a thread's back: who was being born
	 * just then may have it, and is not to be found yet. */
	bool             went_back;
};

/* Why the task may not be touched; NULL when it may.  Its STAT facts must have
 * been read; it, or its process, must be gripped. */
const char *enforce_protected(const struct enforcer *en, struct task *who);
/* Whether it may be touched only because what would protect it is allowed: then
 * no rule is to reach it that does not name its program.  Needs what
 * enforce_protected() needs, and is true of whom nothing is known. */
bool enforce_sheltered(const struct enforcer *en, struct task *who);

/* Whether the unit of a gripped process has s as a whole, and not the process
 * by itself: what is for all in its unit, or for the only one that is; with the
 * unit's key.  Otherwise *ret_why may say why nobody can have it, and is left
 * alone where that is not so. */
bool enforce_of_unit(const struct actuator *door, struct task_id whom,
                     const struct verdict *v, enum setting s,
                     struct task_id *ret_key, const char **ret_why);

/* Makes the verdict true of a gripped task: of all threads of a process that
 * have no row with a verdict of their own, or of one thread.  Writes what is in
 * force, who won, and what was yielded into *who; who->settled must be false at
 * its first verdict and at the first after an exec.  0, -ESRCH when it left, or
 * -errno when no record could be written (then nothing was changed, but perhaps
 * threads born meanwhile were left out). */
int enforce_verdict(struct enforcer *en, struct task *who,
                    const struct verdict *v);

/* The same of a verdict that wants nothing. */
int enforce_back(struct enforcer *en, struct task *who);

/* What is turned with those changes though it stays as wanted: whoever gets
 * another class gets the kernel's own slice with it. */
uint64_t enforce_comes_with(uint64_t changes, const struct task *who,
                            const struct verdict *v);

/* Sets what is wanted of the program that a gripped process is about to run,
 * and leaves all else as it is: that is added to what is in force.  The first
 * look at it as that program: who->settled is false.  0, -ESRCH, -errno as
 * above. */
int enforce_ahead(struct enforcer *en, struct task *who,
                  const struct verdict *v);

/* Who is protected is given nothing.  What is written of a gripped one as set
 * by us as a whole and is somebody else's by now is theirs from its exec on:
 * the record ends, and so does its place in a group of ours. */
void enforce_disown(struct enforcer *en, struct task *who);

/* Looks at what the gripped task insists on, and sets it again where somebody
 * else wrote meanwhile; theirs is its origin from then on.  What can no more be
 * set is theirs. */
int enforce_insist(struct enforcer *en, struct task *who);

/* Does to the task what leaves nothing to put back: memory is taken from it and
 * comes back by itself.  Tells how it went like any change, perhaps later. */
void enforce_once(struct enforcer *en, struct task *who, enum setting s,
                  int64_t value, uint32_t rule);

/* Tells how it went with what was under way. */
void enforce_landed(struct enforcer *en);
/* Whether something is, of that process or its threads, or for their sake. */
bool enforce_is_under_way(const struct enforcer *en, struct task_id whom);
/* Rules have other numbers from now on; RULE_NONE: it is gone. */
void enforce_renumber(struct enforcer *en,
                      uint32_t (*heir)(void *ctx, uint32_t rule), void *ctx);

/* A task left: forgets its origins, and gives what it wanted of its session
 * back through another task of that session.  Nothing may be gripped.  Must be
 * called before the table forgets it.  0 or -errno. */
int enforce_left(struct enforcer *en, struct task_id whom);

/* Puts back everything in the journal, children and threads born since
 * included.  Needs no table: works from the journal, the sensor's list and the
 * actuator alone, so a fresh process can undo for a dead one.  How many
 * settings were put back; *ret_left: how many somebody else had changed.  The
 * journal is emptied last, so that an undo that dies is simply done again; what
 * the system refused stays in it. */
int enforce_undo(struct enforcer *en, size_t *ret_left);

/* Frees what the enforcer remembers of sessions and pools. */
void enforce_close(struct enforcer *en);

#endif
