/* reclaim.h -- taking memory from a process, which may take long.
 *
 * A page that goes to swap or back to its disk may have to be waited for, so
 * the taking is done by a thread of its own, one process after the other.
 */
#ifndef OS_LINUX_RECLAIM_H
#define OS_LINUX_RECLAIM_H

#include "os/linux/doors.h"

/* Whether this kernel can: 0 or -ENOSYS. */
int reclaim_there(void);
/* Takes up to that many bytes, for two seconds at most; ret->now: how many it
 * has less than before. */
void reclaim_take(pid_t pid, int pidfd, int64_t bytes, struct turned *ret);

struct reclaimer;

/* NULL: no memory, or no descriptors. */
struct reclaimer *reclaimer_new(struct linux_os *os);
/* Waits for the one under way.  NULL is fine. */
void reclaimer_free(struct reclaimer *r);
/* UNDERWAY, and EVENT_TURNED follows; or DENIED.  pidfd is lent. */
void reclaimer_ask(struct reclaimer *r, struct task_id whom, int pidfd,
                   int64_t bytes, struct turned *ret);
bool reclaimer_landed(struct reclaimer *r, struct landed *ret_landed);

#endif
