/* duty.h -- processes that get only a share of the CPU, by being stopped and
 * continued in turn: where there is no cgroup to limit them with.
 *
 * Each has a credit of CPU time that grows with the clock at the rate of its
 * limit and shrinks by what it was measured to use.  Who has used it up stands
 * still until half a period's worth is there again; who uses less than its
 * limit is never stopped.  One time to look is kept for all, and none when
 * nobody can pass its limit.
 */
#ifndef OS_LINUX_ACTUATOR_DUTY_H
#define OS_LINUX_ACTUATOR_DUTY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "os/os.h"

struct duties;

struct duties *duties_new(void);        /* NULL: no memory                    */
/* Whoever stands still for its limit goes on.  NULL is fine. */
void     duties_free(struct duties *d);

/* Hundredths of a core, of a value of SETTING_cpu_limit on this machine. */
int64_t  duties_share(int64_t value);

/* The share that the process is limited to; VALUE_UNLIMITED: none. */
int64_t  duties_limit(struct duties *d, pid_t pid);
/* Limits it from now on, or no longer (VALUE_UNLIMITED); pidfd is lent.  0,
 * -ENOSPC (past DUTIES_MAX), -EPERM, -ENOSYS (no pidfd), -errno. */
int      duties_set(struct duties *d, pid_t pid, int pidfd, int64_t share);
/* A pqs that died had limited it so: if it stands still, that is for its
 * limit. */
int      duties_adopt(struct duties *d, pid_t pid, int pidfd, int64_t share);

/* Whether it stands still for its limit alone. */
bool     duties_stopped(struct duties *d, pid_t pid);
/* While it is frozen it is neither stopped nor continued here. */
void     duties_freeze(struct duties *d, pid_t pid, bool frozen);

/* When to look next; UINT64_MAX: not at all.  d may be NULL. */
uint64_t duties_due_ns(const struct duties *d);
/* Stops and continues whom the time has come for; who left is dropped. */
void     duties_look(struct duties *d, uint64_t now_ns);

/* Those of a Linux actuator. */
struct duties *linux_actuator_duties(const struct actuator *door);

#endif
