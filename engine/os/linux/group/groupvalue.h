/* groupvalue.h -- what the settings of groups are called in v1 and in v2, and
 * how their values are written there. */
#ifndef OS_LINUX_GROUP_GROUPVALUE_H
#define OS_LINUX_GROUP_GROUPVALUE_H

#include "os/linux/group/layout.h"
#include "os/os.h"

/* Where a value goes: one of the two files that a controller may have. */
struct group_place {
	const char *file;
	int  (*print)(int64_t value, char *out, size_t size);
	int  (*read)(const char *text, int64_t *ret_value);
	const char *unset;              /* NULL: that of the group above      */
};

struct group_row {
	enum setting    setting;
	enum controller controller;
	struct group_place unified[2], old[2];  /* the first that is there    */
	const char     *lacks_old;      /* why v1 has none                    */
};

/* NULL: it is no setting of groups. */
const struct group_row *group_row_of(enum setting s);

#endif
