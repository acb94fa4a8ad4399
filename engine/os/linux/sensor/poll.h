/* poll.h -- events made up from what changed in /proc, where the kernel tells
 * none. */
#ifndef OS_LINUX_SENSOR_POLL_H
#define OS_LINUX_SENSOR_POLL_H

#include "os/linux/doors.h"
#include "os/linux/sensor/procfs.h"

struct poller;

/* Takes a first look, which tells nothing.  procfs is lent.  0 or -errno. */
int  poller_open(struct linux_os *os, const struct procfs *procfs,
                 int64_t period_ns, struct poller **ret_poller);
/* When poller_look() wants to be called. */
uint64_t poller_due_ns(const struct poller *p);
/* Looks again and queues what is different: births, execs, renames, changes of
 * user, and exits; what lived between two looks is never seen. */
void poller_look(struct poller *p, uint64_t now_ns);
void poller_close(struct poller *p);                    /* NULL is fine       */

#endif
