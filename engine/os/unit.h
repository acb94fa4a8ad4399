/* unit.h -- which systemd unit a control group belongs to. */
#ifndef OS_UNIT_H
#define OS_UNIT_H

#include <stddef.h>

/* From the path of the group: the innermost service or scope, else the
 * innermost slice.  0, -ENODATA: outside of every unit, or -ENAMETOOLONG. */
int unit_of_cgroup(const char *path, char *ret_unit, size_t size);

/* The group that a foreign place (model/group.h) names first, as the system
 * writes its path: of "/a%3Bb;memory:/c" that is "/a;b".  0 or
 * -ENAMETOOLONG. */
int cgroup_of_place(const char *place, char *ret_path, size_t size);

#endif
