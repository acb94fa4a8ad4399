/* pools.h -- groups of ours: who belongs to them, and what each has; for the
 * files of this folder and the engine.
 *
 * A group takes the strongest claim among its members' verdicts; among equals
 * the one that was there first.  A cap that binds one member binds the group.
 * What a group has needs no origin, for the group is ours and goes when the
 * last member has left.  Whether a process is in a group its record in the
 * journal tells, as for any other knob.
 */
#ifndef ENFORCE_POOLS_H
#define ENFORCE_POOLS_H

#include "enforce/enforce.h"

/* Why the gripped process cannot be put into that group, which is UNSUPPORTED
 * or DENIED; NULL: it may be tried. */
const char *pools_refusal(struct enforcer *en, struct task_id whom,
                          int64_t group, enum effect *ret_effect);
/* Where whoever is found in that place without a record belongs: of a group of
 * ours where the last to come was before. */
int64_t pools_home(struct enforcer *en, int64_t place);
/* Whether its record says that it is in the group. */
bool pools_has(const struct enforcer *en, struct task_id whom, int64_t group);
/* Settings that the verdict wants of the group that it names, and that a group
 * can be given: its members do not have them one by one. */
uint64_t pools_settings(const struct enforcer *en, const struct verdict *v);

/* Once, before anybody is judged: the groups that another engine left are ours
 * to fill, and to drop when they are empty.  Past OWN_GROUPS_MAX the rest
 * stays until the undo. */
void pools_find(struct enforcer *en);
/* Before a process moves: the group that the verdict names is made, and given
 * what the process wants of it.  0, -ENOSPC past OWN_GROUPS_MAX, -ENOMEM. */
int  pools_enter(struct enforcer *en, const struct task *who,
                 const struct verdict *v);
/* After it: where the record says that it is, there it is a member. */
void pools_settle(struct enforcer *en, const struct task *who);
/* A process left for good; its record is still there. */
void pools_left(struct enforcer *en, struct task_id whom);
/* Tells of what a group would be given. */
void pools_show(struct enforcer *en, const struct task *who,
                const struct verdict *v, uint64_t settings);
/* How it went with what a group was given. */
void pools_landed(struct enforcer *en, const struct under_way *u,
                  const struct landed *l);

/* Records who is in the group and has no record; they are judged then. */
void pools_adopt(struct enforcer *en, int64_t group);
/* When empty groups are to be seen to; UINT64_MAX: never. */
uint64_t pools_due_ns(const struct enforcer *en);
/* Drops those that are empty for a while, DROPS_PER_STEP at most. */
void pools_look(struct enforcer *en, uint64_t now_ns);
/* Each group that is remembered, and where its members were before. */
void pools_each(const struct enforcer *en,
                void (*each)(void *ctx, int64_t group), void *ctx);
void pools_close(struct enforcer *en);

#endif
