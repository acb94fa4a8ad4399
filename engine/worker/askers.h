/* askers.h -- which tasks wait for which answer.
 *
 * A question is known by its bytes, so tasks that ask the same wait for one
 * answer.  Past ASKERS_PER_QUESTION single tasks are not kept; the taker is
 * told so and must judge everyone.
 */
#ifndef WORKER_ASKERS_H
#define WORKER_ASKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/task_id.h"

struct askers;

struct askers *askers_new(void);                /* NULL: no memory            */
void askers_free(struct askers *a);             /* NULL is fine               */

/* 0 (also when it already waits), or -ENOMEM. */
int askers_add(struct askers *a, const void *key, size_t bytes,
               struct task_id who);
/* Takes all that wait for that answer out: malloc'd in *ret_tasks, which the
 * caller frees; how many.  *ret_more: others wait too, past the bound. */
size_t askers_take(struct askers *a, const void *key, size_t bytes,
                   struct task_id **ret_tasks, bool *ret_more);
size_t askers_crowded(const struct askers *a);  /* how often past the bound */

#endif
