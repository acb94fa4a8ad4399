/* lately.h -- what processes had from us a moment ago.
 *
 * We hear of a birth after it happened, and may have turned a knob of the
 * parent in between.  The child was born with what the parent had then, and
 * that was ours all the same.
 */
#ifndef LATELY_H
#define LATELY_H

#include "base/limits.h"
#include "enforce/enforce.h"

struct lately_turn {
	struct task_id whom;
	enum setting   setting;
	int64_t        value;           /* which it had from us until then    */
	int64_t        origin;
	uint64_t       since_ns;        /* or later                           */
	uint64_t       until_ns;
};

struct lately {
	struct lately_turn turn[LATELY_MAX];    /* a ring                     */
	uint64_t           turns;       /* so far                             */
};

/* That a knob was turned: what it had is remembered if it was ours. */
void lately_note(struct lately *l, const struct journal *j,
                 const struct change *c, uint64_t now_ns);
/* Calls each with what a process, or a thread of it, had at that time or since,
 * and has no more; the newest first.  0, or what each returned. */
int  lately_each(const struct lately *l, struct task_id whom, uint64_t at_ns,
                 int (*each)(void *ctx, const struct lately_turn *t),
                 void *ctx);

#endif
