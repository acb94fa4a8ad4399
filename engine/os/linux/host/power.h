/* power.h -- whether the machine runs on its battery. */
#ifndef OS_LINUX_HOST_POWER_H
#define OS_LINUX_HOST_POWER_H

#include <stdbool.h>

/* supplies: "/sys/class/power_supply", or a copy.  False where there is no
 * battery, or no such folder. */
bool power_on_battery(const char *supplies);

#endif
