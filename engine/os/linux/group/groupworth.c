/* groupworth.c -- whether this machine makes anything of a group's values. */

#include <stdio.h>
#include <string.h>

#include "os/linux/actuator/actuator.h"
#include "os/linux/group/groupfile.h"
#include "os/linux/group/groupfs.h"

bool groupfs_uses_bfq(const struct layout *l)
{
	char path[PATH_KEEP + 32];

	snprintf(path, sizeof path, "%s/sys/block", l->root);
	return disks_look(path) == DISKS_COUNT_LEVEL;
}

/* The unified one counts io.weight by itself on the disks that are named in
 * io.cost.qos of the topmost group. */
static bool costs_are_counted(const struct layout *l, size_t hierarchy)
{
	const struct hierarchy *h = &l->hierarchy[hierarchy];
	char                    top[PATH_KEEP * 2], text[CPU_LIST_MAX];

	snprintf(top, sizeof top, "%s%s", l->root, h->mount);
	return h->unified &&
	       groupfile_read(top, "io.cost.qos", text, sizeof text) > 0 &&
	       strstr(text, "enable=1") != NULL;
}

static bool is_scheduled_by_bpf(const struct layout *l)
{
	char folder[PATH_KEEP + 32], text[32];

	snprintf(folder, sizeof folder, "%s/sys/kernel/sched_ext", l->root);
	return groupfile_read(folder, "state", text, sizeof text) > 0 &&
	       strncmp(text, "enabled", 7) == 0;
}

const char *groupfs_inert(const struct layout *l, enum setting s)
{
	int c = groupfs_controller(s);

	if (c < 0 || l->of[c] < 0)
		return NULL;
	if (s == SETTING_io_weight && !groupfs_uses_bfq(l) &&
	    !costs_are_counted(l, (size_t)l->of[c]))
		return "no disk here has an I/O scheduler that counts it (bfq "
		       "does), nor io.cost";
	if (s == SETTING_weight && is_scheduled_by_bpf(l))
		return "a sched_ext scheduler decides what weights are worth";
	return NULL;
}
