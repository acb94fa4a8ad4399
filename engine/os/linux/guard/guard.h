/* guard.h -- the guard on Linux: the core's side of the line to the holder. */
#ifndef OS_LINUX_GUARD_GUARD_H
#define OS_LINUX_GUARD_GUARD_H

#include "os/linux/doors.h"

/* Asks the keeper for a holder, and goes on without one where that fails: a
 * sentence then says why, now or later.  0 or -ENOMEM. */
int linux_guard_open(struct linux_os *os, const struct linux_options *o,
                     void (*notes)(void *ctx, const char *sentence), void *ctx,
                     struct guard *ret_guard);

#endif
