/* order.h -- what people tell a running pqs to do with one task or one rule.
 *
 * An order is a lease, a moment, or silence for a rule: so it is decided about
 * like everything else, written down, and put back.
 */
#ifndef ORDER_H
#define ORDER_H

#include "engine.h"

/* Sets these above every rule, below every cap, until that time (UINT64_MAX:
 * until the task ends); with what was set before, of which 'forget'
 * (SETTING_BITs) is taken away.  tree: also of what is born below it, as long
 * as that lives.  own: by somebody who may only lower it, and only what is
 * theirs.  0, -ESRCH, -ENOBUFS, -ENOMEM. */
int  order_set(struct engine *en, struct task *who, const struct want *want,
               uint64_t forget, uint64_t until_ns, bool tree, bool own);
/* Judges the task at once; what who commands has set does not wait. */
int  order_enact(struct engine *en, struct task *who, bool own);

/* A person looks at that task now. */
void order_focus(struct engine *en, struct task *who);

/* Gives a process and its threads back what they had before pqs, and leaves
 * them alone until the next exec; what was set on them is over.  0, -ESRCH, or
 * -errno when no record could be written. */
int  order_undo(struct engine *en, struct task *process);
/* The rule is not heard until rules are loaded again: what it wanted is put
 * back or falls to others. */
int  order_mute(struct engine *en, struct voice *v, uint32_t rule);
/* All rules, and all that was set. */
int  order_mute_all(struct engine *en);

static inline bool order_is_muted(const struct voice *v, uint32_t rule)
{
	return v->muted != NULL && (v->muted[rule / 8] >> (rule % 8) & 1) != 0;
}

#endif
