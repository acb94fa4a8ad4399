/* unit.h -- which systemd unit a control group belongs to. */
#ifndef OS_UNIT_H
#define OS_UNIT_H

#include <stddef.h>

/* From the path of the group: the innermost service or scope, else the innermost
 * slice.  0, -ENODATA: outside of every unit, or -ENAMETOOLONG. */
int unit_of_cgroup(const char *path, char *ret_unit, size_t size);

#endif
