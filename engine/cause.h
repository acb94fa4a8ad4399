/* cause.h -- what a rule's holding for one task means for others, and later.
 *
 * Parts of considering a task, in the order they are called; only the engine's
 * own files include this.
 */
#ifndef CAUSE_H
#define CAUSE_H

#include "engine.h"

/* Around hearing all rules about one task: what held before and does not now
 * loses its cause, if the hearing was whole. */
void cause_begin(struct engine *en, const struct task *who);
void cause_end(struct engine *en, const struct task *who, bool whole);

/* The rule holds for the task.  want NULL: not known yet. */
void cause_holds(struct engine *en, const struct voice *v, struct task *who,
                 uint32_t rule, const struct want *want);

/* What reaches the task without being asked for now: f is told of each lease,
 * and whether it comes through another task.  0 or -ESRCH. */
int  cause_each(struct engine *en, struct task *who,
                void (*f)(void *ctx, const struct lease *l, bool inherited),
                void *ctx);

/* All leases of that voice's rules end, untold: its holders are judged again
 * for another reason.  What is under way for them is no more theirs. */
void cause_forget(struct engine *en, const struct voice *v);

/* Of struct lease_ear: whoever the lease reaches is judged again. */
void cause_changed(void *engine, const struct lease *l);

/* What rules want at that moment of the task, for as long as they keep it. */
void cause_moment(struct engine *en, enum moment m, struct task *who);
/* The same for every living process: it happened to the machine. */
void cause_of_all(struct engine *en, enum moment m);
/* The same, for what happens to a living task. */
void cause_event(struct engine *en, const struct event *e);

/* Whether the lease is all that is left of a tree's top, and what its rule,
 * which need not be asked, wants of the tree now. */
bool cause_is_left(struct engine *en, const struct lease *l);
/* False where a function must be asked, or the rule is not that voice's. */
bool cause_left_wants(const struct voice *v, const struct lease *l,
                      struct want *ret_want);
/* Who is left goes on with what the rules of that voice want now. */
void cause_renew_left(struct engine *en, struct voice *v);

#endif
