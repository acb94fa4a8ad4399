/* memory_group.h -- a control group whose memory has a limit: what is left of
 * it, and news that it shrinks.
 *
 * The old tree (v1) wakes us when usage passes a share of the limit; the
 * unified one (v2) when the limit was reached and something had to be given up
 * for it.
 */
#ifndef OS_LINUX_HOST_MEMORY_GROUP_H
#define OS_LINUX_HOST_MEMORY_GROUP_H

#include <stdbool.h>

#include "os/linux/doors.h"
#include "os/linux/host/supply.h"
#include "os/linux/sensor/procfs.h"

struct memory_group {
	char          folder[2 * PATH_KEEP];
	bool          unified;
	struct source news;             /* fd -1: none can be had             */
	uint64_t      told_of_bytes;    /* the limit whose shares are told    */
	struct supply supply;
};

/* folder is that of the group.  Nothing is opened yet. */
void memory_group_open(struct memory_group *g, const char *folder,
                       bool unified);
/* One reading into g->supply.  A group that is not there, or has no limit below
 * most_bytes, has no end. */
void memory_group_read(struct memory_group *g, uint64_t now_ns,
                       uint64_t most_bytes);
/* Wakes 'ready' from now on, again and again until memory_group_rest().  A
 * group without a limit, or whose kernel tells nothing, is silent. */
void memory_group_arm(struct memory_group *g, struct linux_os *os,
                      int (*ready)(void *self, struct linux_os *os,
                                   uint32_t what), void *self);
/* Nothing wakes us for it until it is watched again. */
void memory_group_rest(struct memory_group *g, struct linux_os *os);
void memory_group_close(struct memory_group *g, struct linux_os *os);

#endif
