/* rights.c -- what this process may do to another one, by capability
 * or by the limits of that task.
 *
 * Asked each time and never remembered: the core gives capabilities away after
 * its doors are open.
 */

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/actuator/actuator.h"

/* Inside a user namespace a capability is only a word: the scheduler asks for
 * the one of the first namespace, which alone maps every id to itself. */
bool rights_first_users(void)
{
	char text[128], *rest;
	bool same;

	if (path_read("/proc/self/uid_map", text, sizeof text) < 0)
		return true;
	same = strtoull(text, &rest, 10) == 0;
	same &= strtoull(rest, &rest, 10) == 0;
	return same && strtoull(rest, NULL, 10) == UINT32_MAX;
}

bool rights_nice(const struct linux_actuator *a)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct set[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return a->first_users && syscall(SYS_capget, &head, set) == 0 &&
	       (set[0].effective & 1u << CAP_SYS_NICE) != 0;
}

/* The limit that counts is the target's, not ours. */
static rlim_t limit_of(pid_t tid, __rlimit_resource_t what)
{
	struct rlimit limit;

	if (prlimit(tid, what, NULL, &limit) < 0)
		return 0;
	return limit.rlim_cur;
}

bool rights_nice_room(const struct linux_actuator *a, pid_t tid, int nice)
{
	return rights_nice(a) ||
	       limit_of(tid, RLIMIT_NICE) >= (rlim_t)(20 - nice);
}

/* From its file: to ask the kernel about another user's limits takes a
 * capability that reading needs not. */
uint64_t rights_realtime_us(pid_t tid)
{
	static const char begins[] = "Max realtime timeout";
	char              path[32], text[4096], *rest, *line;
	uint64_t          us;

	snprintf(path, sizeof path, "/proc/%d/limits", (int)tid);
	if (path_read(path, text, sizeof text) < 0)
		return UINT64_MAX;
	line = strstr(text, begins);
	if (line == NULL)
		return UINT64_MAX;
	us = strtoull(line + sizeof begins - 1, &rest, 10);
	return rest == line + sizeof begins - 1 ? UINT64_MAX : us;
}

bool rights_realtime_room(const struct linux_actuator *a, pid_t tid,
                          int priority)
{
	return rights_nice(a) ||
	       limit_of(tid, RLIMIT_RTPRIO) >= (rlim_t)priority;
}
