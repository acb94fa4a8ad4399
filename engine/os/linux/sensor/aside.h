/* aside.h -- what is read of a task's own memory, on the reader thread. */
#ifndef OS_LINUX_SENSOR_ASIDE_H
#define OS_LINUX_SENSOR_ASIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/task_id.h"
#include "os/linux/sensor/procfs.h"

/* Names of environment variables; never changes once it is made, so that a
 * request on its way keeps those that it was asked with. */
struct env_names {
	unsigned users;
	size_t   count;
	char    *name[];
};

/* A copy with one user; NULL: no memory.  Past ENV_NAMES_MAX none are kept. */
struct env_names *env_names_new(const char *const *names, size_t count);
void env_names_leave(struct env_names *names);          /* NULL is fine       */

/* A text of several parts, each ended by NUL; heap, the taker's. */
struct aside {
	char  *text;
	size_t bytes;
	size_t shown_bytes;             /* environment: of the names asked    */
	bool   titled;                  /* arguments: the task wrote them     */
};

/* 0 or -errno; -ESRCH also when the pid means another by now, -E2BIG when there
 * is more than is kept. */
int aside_arguments(const struct procfs *p, struct task_id whom,
                    struct aside *ret);
/* -E2BIG where it is longer than ENV_READ_MAX: part of it would tell of some
 * variables that they are not set. */
int aside_environment(const struct procfs *p, struct task_id whom,
                      const struct env_names *names, struct aside *ret);

#endif
