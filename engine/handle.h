/* handle.h -- handlers: functions that a moment sets off, and what they do.
 *
 * A handler is sent the tasks that it declared, and may want something of each
 * for a while: leases like any other.  One question a handler is out at a time;
 * what happens meanwhile sets it off once more when the answer is there.
 */
#ifndef HANDLE_H
#define HANDLE_H

#include "engine.h"

struct handlings;

void handlings_free(struct handlings *hs);      /* NULL is fine               */

/* Room for a question of any size, until the next call. */
void *handle_room(struct voice *v, size_t *ret_size);

/* Sets off all handlers of the moment; level: of a pressure; about: whom it
 * happened to, pid 0: nobody. */
void handle_moment(struct engine *en, enum moment m, uint32_t level,
                   struct task_id about);
/* A fact about the machine has another value: pressures, power, the time. */
void handle_host(struct engine *en, enum host_fact fact, int64_t before,
                 int64_t now);
/* The worker's answer to a handler.  0 or -errno. */
int  handle_answer(struct engine *en, struct voice *v,
                   const struct worker_answer *a);
/* All that lives is known: handlers of "reload", once for each generation. */
void handle_caught_up(struct engine *en);

/* Timers: a new generation starts them; when the next is due, and with them
 * what handlers wait for; those due. */
void     handle_timers_start(struct engine *en, struct voice *v);
uint64_t handle_wake_ns(struct engine *en);
void     handle_timers(struct engine *en, uint64_t now_ns);

#endif
