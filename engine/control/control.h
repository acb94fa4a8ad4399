/* control.h -- what people ask a running pqs, and what they are answered.
 *
 * A visitor says one object of JSON a line; the answer is rows, one a line, and
 * an end or an error (docs/control.md).  Whatever is long is answered in
 * pieces, one a round of the engine, and only as fast as it is read: so asking
 * never stands in the way of an event.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "engine.h"

#define CONTROL_VERSION 1

/* Said to who is turned away at the gate. */
#define CONTROL_BUSY "{\"pqs\":1,\"error\":\"busy\"," \
                     "\"why\":\"too many are asking already\"}\n"

struct control;

struct control_options {
	struct engine *engine;          /* lent, with its os and sets         */
	uid_t          uid;             /* whom pqs runs as; commands like root */
};

struct control *control_new(const struct control_options *o);  /* NULL: no
                                                           memory             */
void     control_free(struct control *c);       /* NULL is fine               */

/* The three ears of the engine for whoever comes to the gate. */
void     control_visit(void *control, uint32_t visit);
void     control_step(void *control, uint64_t now_ns);
/* When control_step() wants to be called, on the engine's clock; 0: now,
 * UINT64_MAX: not until somebody comes. */
uint64_t control_wake_ns(void *control);

/* Noted for those who ask about it later. */
void     control_change(struct control *c, const struct change *change);
void     control_note(struct control *c, const char *sentence);
/* Of what a visitor asked for: how it ended, and what it would change. */
void     control_reloaded(struct control *c, const struct reload_result *r);
void     control_differs(struct control *c, const struct reload_difference *d);

/* What the verb "explain" tells of a task: rows, each a line of JSON without
 * its end.  0 or -ENOMEM. */
int      control_explain(struct engine *en, struct task *who,
                         const struct opinion *o,
                         void (*each)(void *ctx, const char *row), void *ctx);

struct control_counts {
	uint64_t asked, refused;        /* lines that made no sense, or were not
	                                   theirs to ask                      */
	uint64_t rows_left_out;         /* too long, or too many at once      */
	uint64_t dropped;               /* visitors that did not read, or said
	                                   nothing                            */
};

struct control_counts control_counts(const struct control *c);

#endif
