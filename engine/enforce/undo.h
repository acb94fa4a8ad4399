/* undo.h -- an undo while it is done; for its own files alone. */
#ifndef ENFORCE_UNDO_H
#define ENFORCE_UNDO_H

#include "enforce/enforce.h"
#include "enforce/living.h"

struct undo {
	struct enforcer   *en;
	struct living_list living;
	struct hold       *hold;        /* a copy: the journal changes last   */
	bool              *stays;       /* the system refused: keep the hold  */
	size_t             holds;
	size_t             back, left;
};

/* Leaves the reporting and counting to undo_count(). */
void undo_put_back(struct undo *u, struct task_id whom, enum setting s,
                   int64_t now, int64_t origin, struct change *c);
/* At the end of each task: what it came to is counted, and told if it came to
 * anything. */
void undo_count(struct undo *u, struct change *c, struct task_id whom,
                enum setting s);
/* Whether that value is the one that we left. */
bool undo_ours(const struct undo *u, const struct hold *h, int64_t value);
/* The value is neither ours nor the origin: somebody else set it, and it is
 * left. */
void undo_found_foreign(struct change *c, const struct hold *h, int64_t now);
/* Sessions, through whoever is left in them, and units. */
void undo_shared(struct undo *u);
/* Whoever was put into a group of ours has left it by now; who came there
 * unseen goes with them, and all groups are dropped. */
void undo_groups(struct undo *u);

#endif
