/* standing.h -- since when what holds, without a break, for whom.
 *
 * The matcher's memory between two looks at a task: selectors that must hold
 * for a while before they count, and thresholds that were passed and are not
 * yet released.  Both are known by their number in the image, so a new
 * generation begins with an empty memory.
 *
 * What can change without being told of is only believed to have held from one
 * look to the next if these are near enough: else it began anew.  What is told
 * of is looked at once more when its task is judged and nothing asked for it.
 */
#ifndef POLICY_STANDING_H
#define POLICY_STANDING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct standing;
struct task;

enum standing_kind { STANDING_SELECTOR, STANDING_ALTERNATIVE };

/* What is remembered; whom is NULL for the machine. */
struct stand {
	const struct task *whom;
	enum standing_kind kind;
	uint32_t           number;
};

struct standing *standing_new(void);            /* NULL: no memory            */
void standing_free(struct standing *st);        /* NULL is fine               */
void standing_clear(struct standing *st);

/* It holds now: since when it does, or UINT64_MAX when there is no room to
 * remember it.  Looks further apart than gap_ns do not count as one; 0: any
 * do. */
uint64_t standing_hold(struct standing *st, struct stand what, uint64_t now_ns,
                       uint64_t gap_ns);
/* Whether it held at the last look, and that was near enough. */
bool     standing_held(const struct standing *st, struct stand what,
                       uint64_t now_ns);
/* It does not hold. */
void     standing_break(struct standing *st, struct stand what);
/* The task left, or runs another program; a process with all its threads. */
void     standing_forget(struct standing *st, const struct task *whom);

/* Since when what holds in another memory holds here too, under the number that
 * it has here; RULE_NONE: there is none.  What there is no room for is left
 * out. */
void     standing_inherit(struct standing *st, const struct standing *from,
                          uint32_t (*number)(void *ctx, enum standing_kind kind,
                                             uint32_t old), void *ctx);

/* Judging a task begins: from here on it counts what is looked at. */
void     standing_begin(struct standing *st);
/* A selector that held for the task, may have changed only by what is told of,
 * and was not looked at since: true with its number, and now it was. */
bool     standing_unasked(struct standing *st, const struct task *whom,
                          uint32_t *ret_selector);

uint64_t standing_count(const struct standing *st);
uint64_t standing_refused(const struct standing *st);   /* past STANDING_MAX */

#endif
