/* enforce.h -- from a verdict to knobs: what differs, in which order, how it
 * went.
 *
 * A verdict is compared with the one in force, so an unchanged one costs neither
 * a read nor a write.  A setting that nobody wants any more returns to its
 * origin.  Before a knob is turned its present value is read: if it is not what
 * we left there, somebody else changed it, and that setting of that task is
 * theirs until its next exec.
 */
#ifndef ENFORCE_ENFORCE_H
#define ENFORCE_ENFORCE_H

#include "journal/journal.h"
#include "policy/arbiter.h"
#include "process/table.h"

/* One knob of one task, and how it went: what people read. */
struct change {
	struct task_id whom;
	const char    *name;            /* of the program or thread           */
	enum setting   setting;
	int64_t        before, wanted, now;
	enum effect    effect;
	const char    *why;             /* static; "" when nothing to say     */
	uint32_t       rule;            /* RULE_NONE: back to the origin      */
	uint32_t       threads;         /* how many were changed with it      */
	bool           foreign;         /* somebody else had changed it       */
};

struct enforcer {
	const struct os *os;
	struct journal  *journal;
	struct table    *table;
	struct cpu_sets *sets;
	bool             observe;       /* turn nothing, only say             */
	/* Protected by default: pid 1, kernel threads, pqs itself, and tasks
	 * whose origin is real-time. */
	pid_t            own[4];        /* keeper, core, worker; 0: unused    */
	void           (*report)(void *ctx, const struct change *c);
	void            *report_ctx;
	uint64_t         changes, effects[EFFECTS];
};

/* Why the task may not be touched; NULL when it may.  Its STAT facts must have
 * been read. */
const char *enforce_protected(const struct enforcer *en, struct task *who);

/* Makes the verdict true of a gripped task: of all threads of a process that
 * have no row with a verdict of their own, or of one thread.  0, -ESRCH when it
 * left, or -errno when no record could be written (then nothing was changed). */
int enforce_verdict(struct enforcer *en, struct task *who,
                    const struct verdict *v);

/* Puts back everything in the journal, children and threads born since
 * included.  Needs no table: works from the journal, the sensor's list and the
 * actuator alone, so a fresh process can undo for a dead one.  How many
 * settings were put back; *ret_left: how many somebody else had changed. */
int enforce_undo(struct enforcer *en, size_t *ret_left);

#endif
