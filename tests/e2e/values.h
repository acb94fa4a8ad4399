/* values.h -- all that the kernel tells of a thread and that pqs may change, of
 * a process, its threads and its descendants. */
#ifndef E2E_VALUES_H
#define E2E_VALUES_H

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "acting.h"

#define TASKS_MAX 1024

/* The values of one thread, as the kernel tells them. */
struct values {
	pid_t     tid;
	int       nice, policy, priority, ionice, oom;
	long      slack;
	cpu_set_t cpus;
	rlim_t    cpu_time;
	char      groups[512];
	bool      stopped;
};

/* All there is of a process and its descendants. */
struct troupe {
	struct values task[TASKS_MAX];
	size_t        count;
};

static inline void read_text(const char *path, char *ret_text, size_t size)
{
	FILE  *f = fopen(path, "r");
	size_t n = f != NULL ? fread(ret_text, 1, size - 1, f) : 0;

	ret_text[n] = '\0';
	if (f != NULL)
		fclose(f);
}

/* Whether it is there, and no zombie. */
static inline bool values_read(pid_t pid, pid_t tid, struct values *ret_values)
{
	struct rlimit limit;
	char          path[64];

	memset(ret_values, 0, sizeof *ret_values);
	ret_values->tid = tid;
	ret_values->policy = sched_of(tid);
	ret_values->nice = nice_of(tid);
	ret_values->priority = rt_priority_of(tid);
	ret_values->ionice = ionice_of(tid);
	ret_values->slack = slack_of(tid);
	ret_values->oom = oom_of(pid);
	ret_values->stopped = state_of(pid) == 'T';
	if (prlimit(pid, RLIMIT_CPU, NULL, &limit) == 0)
		ret_values->cpu_time = limit.rlim_cur;
	snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
	read_text(path, ret_values->groups, sizeof ret_values->groups);
	return sched_getaffinity(tid, sizeof ret_values->cpus,
	                         &ret_values->cpus) == 0 &&
	       state_of(tid) != 'Z' && state_of(tid) != '?';
}

/* What of it is not as it was, NULL: nothing; to be stopped is never as it
 * was. */
static inline const char *first_difference(const struct values *now,
                                           const struct values *was)
{
	if (now->stopped)
		return "it is stopped";
	if (now->policy != was->policy || now->priority != was->priority)
		return "class";
	if (now->nice != was->nice)
		return "nice";
	if (now->ionice != was->ionice)
		return "ionice";
	if (now->slack != was->slack)
		return "timer slack";
	if (now->oom != was->oom)
		return "oom_score_adj";
	if (now->cpu_time != was->cpu_time)
		return "cpu_time";
	if (strcmp(now->groups, was->groups) != 0)
		return "cgroup";
	return CPU_EQUAL(&now->cpus, &was->cpus) ? NULL : "affinity";
}

/* Adds all of them, as long as there is room. */
static inline void meet(struct troupe *t, pid_t pid)
{
	char           path[64], text[8192], *at = text, *end;
	DIR           *tasks;
	struct dirent *d;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks != NULL && (d = readdir(tasks)) != NULL) {
		pid_t tid = atoi(d->d_name);

		if (tid <= 0 || t->count == TASKS_MAX)
			continue;
		if (values_read(pid, tid, &t->task[t->count]))
			t->count++;
		snprintf(path, sizeof path, "/proc/%d/task/%d/children",
		         (int)pid, (int)tid);
		read_text(path, text, sizeof text);
		for (at = text; (pid = (pid_t)strtol(at, &end, 10)) > 0;
		     at = end)
			meet(t, pid);
	}
	if (tasks != NULL)
		closedir(tasks);
}

#endif
