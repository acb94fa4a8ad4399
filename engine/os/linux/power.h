/* power.h -- whether the machine runs on its battery. */
#ifndef OS_LINUX_POWER_H
#define OS_LINUX_POWER_H

#include <stdbool.h>

#include "os/linux/doors.h"

struct power {
	struct source source;           /* the kernel's news of devices       */
	const char   *supplies;         /* folder                             */
	bool          wanted;
	bool          on_battery;       /* as last told                       */
};

/* supplies: "/sys/class/power_supply", or a copy.  False where there is no
 * battery, or no such folder. */
bool power_on_battery(const char *supplies);

void power_open(struct power *p, const char *supplies);
/* 0, or -errno: changes will not be told. */
int  power_watch(struct power *p, struct linux_os *os, bool wanted);
/* The present state, whether watched or not. */
bool power_now(struct power *p);
void power_close(struct power *p, struct linux_os *os);

#endif
