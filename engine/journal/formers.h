/* formers.h -- values that tasks had from us until a moment ago.
 *
 * Whoever was born with one of them may not have been heard of yet, and will
 * not be if we die first.  The newest are kept, in the file too, until all
 * births of that time were heard of.
 */
#ifndef JOURNAL_FORMERS_H
#define JOURNAL_FORMERS_H

#include "base/limits.h"
#include "model/setting.h"
#include "model/task_id.h"

struct former {
	struct task_id whom;            /* a process, or one of its threads   */
	enum setting   setting;
	int64_t        value, origin;
	uint64_t       since_ns, until_ns;      /* monotonic                  */
};

struct formers {
	struct former all[FORMERS_MAX];         /* a ring                     */
	uint64_t      first, next;
	uint64_t      heard_ns;         /* of all births until then           */
	uint64_t      told_ns;          /* the same, by whoever lives now     */
	uint64_t      dropped;          /* for want of room                   */
};

/* Copied; past FORMERS_MAX the oldest is dropped, and counted. */
void formers_put(struct formers *f, const struct former *what);
/* Whether some were of no more use. */
bool formers_heard(struct formers *f, uint64_t at_ns);
void formers_clear(struct formers *f);
/* What whoever was born of a thread of that process, at that time, may have
 * that value from; of a thread, what it may have it from itself, if it was met
 * by nobody since: it was born as that went back, or later than anybody was
 * told of.  NULL: nothing.  Lent until the next change. */
const struct former *formers_find(const struct formers *f, struct task_id whom,
                                  enum setting s, int64_t value,
                                  uint64_t born_ns);
/* A bit for each setting that the process or a thread of it has one of that is
 * still of use. */
uint64_t formers_of(const struct formers *f, struct task_id process);

#endif
