/* freezing.h -- whether a process is held by a group, as the kernel says. */
#ifndef TESTS_E2E_FREEZING_H
#define TESTS_E2E_FREEZING_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* What the kernel has of the group that it is in (v2). */
static inline bool is_held(pid_t pid)
{
	char  mount[256] = "", path[600], line[512];
	char  group[256] = "";
	FILE *f = fopen("/proc/self/mounts", "r");

	while (fgets(line, sizeof line, f) != NULL)
		if (strstr(line, " cgroup2 ") != NULL)
			(void)sscanf(line, "%*s %255s", mount);
	fclose(f);
	snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
	f = fopen(path, "r");
	while (fgets(line, sizeof line, f) != NULL)
		(void)sscanf(line, "0::%255s", group);
	fclose(f);
	snprintf(path, sizeof path, "%s%s/cgroup.events", mount, group);
	f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL)
		if (strcmp(line, "frozen 1\n") == 0)
			break;
	if (f != NULL)
		fclose(f);
	return f != NULL && strcmp(line, "frozen 1\n") == 0;
}

#endif
