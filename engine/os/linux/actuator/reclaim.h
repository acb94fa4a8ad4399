/* reclaim.h -- taking memory from a process, mapping by mapping.
 *
 * A page that goes to swap or back to its disk may have to be waited for, so
 * that this is an errand (errands.h) wherever nothing may wait.
 */
#ifndef OS_LINUX_ACTUATOR_RECLAIM_H
#define OS_LINUX_ACTUATOR_RECLAIM_H

#include "os/linux/doors.h"

/* Whether this kernel can: 0 or -ENOSYS. */
int reclaim_there(void);
/* Takes up to that many bytes, for two seconds at most; ret->now: how many it
 * has less than before. */
void reclaim_take(pid_t pid, int pidfd, int64_t bytes, struct turned *ret);

#endif
