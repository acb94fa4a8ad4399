/* layout.h -- where this machine keeps its control groups, and where among them
 * pqs may have some of its own.
 *
 * A machine has one unified hierarchy (v2), several old ones (v1), or both at
 * once, and then a controller is in exactly one of them.  Where systemd runs it
 * owns them all but what it delegated: the group of a unit with Delegate=yes.
 * Elsewhere pqs makes one group of its own below the roots.
 */
#ifndef OS_LINUX_GROUP_LAYOUT_H
#define OS_LINUX_GROUP_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/limits.h"

struct actuator;

enum controller { CONTROLLER_CPU, CONTROLLER_CPUSET, CONTROLLER_MEMORY,
                  CONTROLLER_IO, CONTROLLERS };

#define CONTROLLER_BIT(c) (1u << (c))

struct hierarchy {
	char     name[64];              /* as in /proc/PID/cgroup; "": unified */
	char     mount[PATH_KEEP];      /* the layout's root is before it     */
	char     top[PATH_KEEP];        /* which group is mounted there; ""   */
	unsigned has;                   /* CONTROLLER_BIT of those in it      */
	bool     unified;
	/* The group below which those of pqs are, as in /proc/PID/cgroup; ""
	 * where there is none, and then why not. */
	char     own[PATH_KEEP];
	bool     delegated;             /* it is a unit's, and pqs is in it   */
	const char *why;
};

struct layout {
	char     root[PATH_KEEP];       /* "", or a copy for tests            */
	struct hierarchy hierarchy[HIERARCHIES_MAX];
	size_t   hierarchies;
	int      of[CONTROLLERS];       /* the place in hierarchy; -1: none   */
	int      unified;               /* the same of the unified one        */
	bool     systemd;
};

/* The leaf for pqs itself below a group that was delegated to it: there, a
 * group with groups below must hold no process. */
#define LAYOUT_LEAF "core"

/* That of a machine without control groups. */
void layout_none(struct layout *ret_layout);
/* Reads it all anew; own_name is the group to make where none is delegated.  A
 * machine without control groups has no hierarchies.  0 or -errno. */
int layout_read(const char *root, const char *own_name,
                struct layout *ret_layout);

/* The group of a process: 0, -ESRCH, -ENODATA (none there), -ENAMETOOLONG. */
int layout_group_of(const struct layout *l, pid_t pid, size_t hierarchy,
                    char *ret_group, size_t size);
/* The folder or file of a group: 0, -ENAMETOOLONG, or -ENOENT when it is not
 * below what is mounted. */
int layout_path(const struct layout *l, size_t hierarchy, const char *group,
                const char *file, char *ret_path, size_t size);

const char *controller_name(enum controller c);

/* That of a Linux actuator. */
const struct layout *linux_actuator_layout(const struct actuator *door);

#endif
