/* lease.h -- wants that outlive their cause, or that reach others than it.
 *
 * What a rule wants of the very task that it matched needs no lease: it is
 * asked for again whenever the task is judged.  A lease is what was not asked
 * for by its holder: what a rule keeps after its match, what a moment set off,
 * what a handler gave, and what reaches a parent, a tree or a unit.
 *
 * A lease is one rule's for one holder, however many causes it has: it stands
 * as long as one of them does, then runs on for what the rule keeps.  The
 * holder is a task, a task with all that were born below it, or a unit.
 */
#ifndef POLICY_LEASE_H
#define POLICY_LEASE_H

#include "model/rule_id.h"
#include "model/task_id.h"
#include "model/want.h"
#include "policy/image.h"

#define LEASE_STANDS UINT64_MAX         /* as long as there is a cause        */

struct leases;

struct lease {
	uint32_t       rule;
	enum target    reach;           /* SELF, TREE or UNIT                 */
	struct task_id holder;          /* of a unit: all zero                */
	const char    *unit;            /* UNIT: its name; else NULL          */
	struct want    want;
	uint64_t       keep_ns;         /* after the last cause               */
	uint64_t       ends_ns;         /* or LEASE_STANDS                    */
	uid_t          uid;             /* of RULE_SET_OWN: who set it; it
	                                   reaches nobody else's tasks        */
};

/* Told of every lease whose holder should be judged again: before it ends, and
 * after it began or changed. */
struct lease_ear {
	void *self;
	void (*changed)(void *self, const struct lease *l);
};

struct leases *leases_new(struct lease_ear ear);        /* NULL: no memory    */
void leases_free(struct leases *ls);                    /* NULL is fine       */

/* The rule holds for that cause.  Terms are copied; what the oldest of its
 * causes wants is wanted; ends_ns is not looked at.  0, -ENOMEM, or -ENOBUFS
 * past LEASES_MAX, or LEASES_OF_USER_MAX of a user's rules. */
int lease_hold(struct leases *ls, const struct lease *terms,
               struct task_id cause);
/* The same, but what it wants is not known yet: what stands goes on
 * standing. */
void lease_hold_on(struct leases *ls, const struct lease *terms,
                   struct task_id cause);
/* Given until terms->ends_ns, without a cause; a later end replaces an earlier
 * one.  As lease_hold(). */
int lease_grant(struct leases *ls, const struct lease *terms);

/* Ends that rule's lease for that holder (SELF or TREE), if there is one, and
 * tells. */
void lease_revoke(struct leases *ls, struct task_id holder, uint32_t rule);

/* Around a judging of the cause: what it held before and was not held again
 * between the two has lost it. */
void lease_round_begin(struct leases *ls, struct task_id cause);
void lease_round_end(struct leases *ls, struct task_id cause, uint64_t now_ns);

/* The task left.  What it caused runs out, except for its own tree: that lives
 * until lease_tree_gone(). */
void lease_left(struct leases *ls, struct task_id id, uint64_t now_ns);
/* Nobody below that one is alive any more. */
void lease_tree_gone(struct leases *ls, struct task_id root);

/* Ends what is due, so many at most: whether more is. */
bool     lease_expire(struct leases *ls, uint64_t now_ns, size_t most);
/* When the first one ends by itself; UINT64_MAX: none does. */
uint64_t lease_wake_ns(const struct leases *ls);

/* Those of one holder, in no order; NULL: no more.  Lent until the next change.
 * The first are found by holder or by unit, the next by the one before. */
const struct lease *lease_of(const struct leases *ls, struct task_id holder);
/* The first lease on that unit, NULL: none; and the next on the same one.  Lent
 * until the next change. */
const struct lease *lease_of_unit(const struct leases *ls, const char *unit);
const struct lease *lease_next(const struct lease *l);

/* Whether that cause is one of the lease's. */
bool lease_has_cause(const struct lease *l, struct task_id cause);

/* Another generation: rules have other numbers, RULE_NONE: it is gone. */
void leases_renumber(struct leases *ls,
                     uint32_t (*number)(void *ctx, uint32_t rule), void *ctx);

/* Each of a task's, of which now() is true, wants that from here on.  Nobody is
 * told. */
void leases_reword(struct leases *ls,
                   bool (*now)(void *ctx, const struct lease *l,
                               struct want *ret_want), void *ctx);

size_t   leases_count(const struct leases *ls);
/* How many of them reach that way: whether one need be looked for at all. */
size_t   leases_reaching(const struct leases *ls, enum target reach);
uint64_t leases_refused(const struct leases *ls);       /* past LEASES_MAX    */
size_t   lease_ends_kept(const struct leases *ls);      /* stale ones too     */

#endif
