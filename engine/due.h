/* due.h -- what nothing that just happened asks for: moments that came, and going
 * over all that live.
 */
#ifndef DUE_H
#define DUE_H

#include "engine.h"

/* What the time has come for, some of it if there is much.  0 or -errno. */
int      due_run(struct engine *en, uint64_t now_ns);
/* Some of those that are to be judged anew.  0 or -errno. */
int      due_sweep(struct engine *en);
/* Whoever could not be listed now is listed in a while.  0. */
int      due_list_later(struct engine *en);
/* When there is something to do again though nothing happens; UINT64_MAX: never,
 * 0: at once. */
uint64_t due_ns(struct engine *en);

#endif
