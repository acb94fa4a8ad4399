/* groupfs.h -- groups of pqs's own: made, given values, filled and removed.
 *
 * A group has one name, below what is ours of each hierarchy, and is made only
 * in those that one of its settings needs: the others know nothing of it, and
 * its processes stay where they are there.
 */
#ifndef OS_LINUX_GROUP_GROUPFS_H
#define OS_LINUX_GROUP_GROUPFS_H

#include "os/linux/group/layout.h"
#include "os/os.h"

/* The controller that a setting of groups needs; -1: of none. */
int  groupfs_controller(enum setting s);
/* Why no group here can have it, as static text; NULL: it may be tried. */
const char *groupfs_lacks(const struct layout *l, enum setting s);

/* Before the name of each, as the kernel's own files have names like "cpu.max"
 * and "tasks". */
#define GROUPFS_PREFIX "pool-"

/* The group of that name, "" for the one that all others are below, as in
 * /proc/PID/cgroup.  0, -ENOENT (nothing is ours there), -ENAMETOOLONG. */
int  groupfs_group(const struct layout *l, size_t hierarchy, const char *name,
                   char *ret_group, size_t size);
/* Whether there is such a group in any hierarchy. */
bool groupfs_is(const struct layout *l, const char *name);
/* Whether that group, as in /proc/PID/cgroup, is one of a single process. */
bool groupfs_is_of_one(const char *group);
/* Makes it there, if need be: 0 or -errno. */
int  groupfs_make(const struct layout *l, size_t hierarchy, const char *name);
/* The same of the one that all are below, which then can have the controller.
 * pqs's own processes go to a leaf first where that takes it. */
int  groupfs_enable(const struct layout *l, size_t hierarchy,
                    enum controller c);
/* Removes it there, once it is empty: 0 (also when there is none), -EBUSY, or
 * another -errno. */
int  groupfs_remove(const struct layout *l, size_t hierarchy, const char *name);
/* Removes the one that all others were below, where it is not delegated. */
void groupfs_leave(const struct layout *l);

/* Whether the group is there already, and can have a value of that. */
bool groupfs_has(const struct layout *l, const char *name, enum setting s);
/* Gives a group, which is made if need be, a value of a setting and reads it
 * back; VALUE_UNTOUCHED is what a new one has.  A set of CPUs is also given as
 * the list that it stands for.  Never -errno: how it went is in *ret. */
void groupfs_set(const struct layout *l, const char *name, enum setting s,
                 int64_t value, const char *cpus, struct turned *ret);
/* The value it has, of a set of CPUs as a list in ret_cpus, which is written to
 * in any case.  0, -ENODATA when it is that of a new one, -ENOENT when there is
 * no such group, -errno. */
int  groupfs_get(const struct layout *l, const char *name, enum setting s,
                 int64_t *ret_value, char *ret_cpus, size_t size);
/* The same of any group, as in /proc/PID/cgroup, where it has no such file that
 * of a new one; of a set of CPUs what came of it, as a list in ret_text.  0,
 * -ENOENT when there is no such group, -EOPNOTSUPP, -errno. */
int  groupfs_value_of(const struct layout *l, const char *group, enum setting s,
                      int64_t *ret_value, char *ret_text, size_t size);
/* Whether a group there would have that value if nobody gave it one; group "":
 * it is not known where. */
bool groupfs_is_usual(const struct layout *l, const char *group, enum setting s,
                      int64_t value, const char *cpus);
/* The name of the n-th of those that there are, whoever made them: 0, or
 * -ENOENT past the last, -ENAMETOOLONG. */
int  groupfs_nth(const struct layout *l, uint64_t n, char *ret_name,
                 size_t size);
/* Whether some disk has the one I/O scheduler with weights of its own. */
bool groupfs_uses_bfq(const struct layout *l);
/* Why a value does nothing, as static text; NULL: it does. */
const char *groupfs_inert(const struct layout *l, enum setting s);

/* Why a process may not be taken out of its group there, as static text; NULL:
 * it may.  Whose limits it is under it stays under. */
const char *groupfs_bound(const struct layout *l, size_t hierarchy,
                          const char *group);
/* Puts a process into that group with all its threads, which keep their
 * affinity.  0, -ESRCH (gone), -ENOENT (no such group) or -errno. */
int  groupfs_move(const struct layout *l, size_t hierarchy, const char *group,
                  pid_t pid);

#endif
