/* handling.h -- a handler at work: whom it is sent, what it is told, and what
 * it does.
 *
 * What is slow to read, or takes two looks, is waited for once before it is
 * said to be unknown: a handler is asked once for a moment, and not again
 * when the fact arrives.
 */
#ifndef HANDLING_H
#define HANDLING_H

#include "engine.h"

struct handling;

struct timer {
	struct timer *prev, *next;
	uint32_t      rule;
	uint64_t      due_ns;
};

/* Of one voice. */
struct handlings {
	struct handling *all;
	struct timer    *timers;
	bool             fresh;         /* since a generation came into force */
	char             question[HANDLE_BYTES_MAX];
};

void handlings_clear(struct handlings *hs);

/* At once, or when its last moment has been dealt with. */
void handling_begin(struct engine *en, struct voice *v, uint32_t rule,
                    uint32_t level, struct task_id about);
/* NULL when it is gone, or not the voice's to speak of. */
struct task *handled_task(struct engine *en, const struct voice *v,
                          struct task_id id);

/* Until when the first of them waits; those that have waited go on. */
uint64_t handlings_wake_ns(const struct handlings *hs);
void     handlings_go_on(struct engine *en, struct voice *v, uint64_t now_ns);

#endif
