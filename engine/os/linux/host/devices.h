/* devices.h -- what changes when devices come and go: the
 * mains and the CPUs. */
#ifndef OS_LINUX_HOST_DEVICES_H
#define OS_LINUX_HOST_DEVICES_H

#include "os/linux/doors.h"

struct devices {
	struct source source;           /* the kernel's news of devices       */
	const char   *supplies;         /* folder                             */
	uint64_t      wanted;           /* HOST_BITs of ours                  */
};

/* supplies: "/sys/class/power_supply", or a copy. */
void devices_open(struct devices *d, const char *supplies);
/* 0, or -errno: changes will not be told.  Facts of others are left out. */
int  devices_watch(struct devices *d, struct linux_os *os, uint64_t facts);
/* on_battery or cores, as it is. */
int  devices_now(const struct devices *d, enum host_fact f, int64_t *ret_value);
void devices_close(struct devices *d, struct linux_os *os);

#endif
