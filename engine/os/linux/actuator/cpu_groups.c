/* cpu_groups.c -- the cpu groups between a task and the scheduler.
 *
 * While autogroup is on, each session is a group of its own unless its tasks
 * are in a cpu cgroup.  Groups compete as one, so the nice and the class of a
 * task count against its own session only.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/doors.h"
#include "os/linux/group/groupfs.h"

#define LOOK_AGAIN_NS UINT64_C(1000000000)

/* Whether a comma-separated list has the word. */
static bool list_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; p != NULL; p = strchr(p, ',')) {
		p += *p == ',';
		if (strncmp(p, word, n) == 0 && strchr(", \n", p[n]) != NULL)
			return true;
	}
	return false;
}

static bool file_in(const char *folder, const char *below, const char *name)
{
	char path[PATH_KEEP * 2 + 32];

	snprintf(path, sizeof path, "%s%s/%s", folder, below, name);
	return access(path, F_OK) == 0;
}

/* "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu" */
static void mount_note(struct groups *g, const char *line)
{
	char        point[PATH_KEEP], type[16], options[256];
	const char *rest = strstr(line, " - ");

	if (rest == NULL || strncmp(rest, " - cgroup", 9) != 0 ||
	    sscanf(line, "%*s %*s %*s %*s %511s", point) != 1 ||
	    sscanf(rest, " - %15s %*s %255s", type, options) != 2)
		return;
	if (strcmp(type, "cgroup2") == 0)
		text_copy(g->v2, sizeof g->v2, point);
	else if (list_has(options, "cpu"))
		text_copy(g->v1, sizeof g->v1, point);
}

/* Only a root group has a release_agent (v1) and no weight (v2). */
void groups_open(struct groups *g)
{
	char   *line = NULL;
	size_t  size = 0;
	FILE   *mounts = fopen("/proc/self/mountinfo", "re");

	memset(g, 0, sizeof *g);
	while (mounts != NULL && getline(&line, &size, mounts) > 0)
		mount_note(g, line);
	free(line);
	if (mounts != NULL)
		fclose(mounts);
	if (g->v1[0] != '\0')
		g->nested = !file_in(g->v1, "", "release_agent");
	else if (g->v2[0] != '\0')
		g->nested = file_in(g->v2, "", "cpu.weight");
}

/* On v1 every folder is a cpu group; on v2 those that were given weights. */
static bool groups_any(const struct groups *g)
{
	char        path[PATH_KEEP + 32], text[256];
	struct stat st;

	if (g->v1[0] != '\0')
		return stat(g->v1, &st) < 0 || st.st_nlink > 2;
	snprintf(path, sizeof path, "%s/cgroup.subtree_control", g->v2);
	if (g->v2[0] == '\0' || path_read(path, text, sizeof text) < 0)
		return false;
	for (char *p = text; (p = strchr(p, ' ')) != NULL; )
		*p = ',';
	return list_has(text, "cpu");
}

static void groups_look(struct linux_actuator *a)
{
	struct groups *g = &a->groups;
	char           path[PATH_KEEP], text[16];
	uint64_t       now = linux_now_ns();

	if (g->looked_ns != 0 && now - g->looked_ns < LOOK_AGAIN_NS)
		return;
	g->looked_ns = now;
	g->autogroup = path_read("/proc/sys/kernel/sched_autogroup_enabled",
	                         text, sizeof text) > 0 && text[0] != '0';
	g->any = g->nested || groups_any(g);
	snprintf(path, sizeof path, "%s/state", a->extension);
	g->extended = path_read(path, text, sizeof text) > 0 &&
	              strncmp(text, "enabled", 7) == 0;
}

/* The path in a line of /proc/PID/cgroup, "5:cpu,cpuacct:/a/b", if it is of the
 * hierarchy that has the cpu controller. */
static char *path_of_cpu(const struct groups *g, char *line)
{
	char *names = strchr(line, ':');
	char *path = names != NULL ? strchr(names + 1, ':') : NULL;
	bool  mine;

	if (path == NULL)
		return NULL;
	*path++ = '\0';
	mine = g->v1[0] != '\0' ? list_has(names + 1, "cpu")
	                        : strcmp(line, "0:") == 0;
	return mine ? path : NULL;
}

/* 5-9 us for a task that is not running on another CPU at the moment. */
static bool group_path(const struct groups *g, pid_t pid, char *ret_path,
                       size_t size)
{
	char name[32], text[4096], *rest = text, *line, *path;

	snprintf(name, sizeof name, "/proc/%d/cgroup", (int)pid);
	if (path_read(name, text, sizeof text) < 0)
		return false;
	while ((line = strsep(&rest, "\n")) != NULL) {
		path = path_of_cpu(g, line);
		if (path == NULL)
			continue;
		text_copy(ret_path, size, path);
		return true;
	}
	return false;
}

/* Weights are handed down from the top, so on v2 the first folder tells. */
static enum cpu_group group_kind(const struct groups *g, pid_t pid)
{
	char path[PATH_KEEP];
	bool one;

	if (!g->any || !group_path(g, pid, path, sizeof path))
		return g->nested ? IN_CPU_GROUP : IN_NO_CPU_GROUP;
	if (strcmp(path, "/") == 0)
		return g->nested ? IN_CPU_GROUP : IN_NO_CPU_GROUP;
	one = groupfs_is_of_one(path) &&
	      (g->v1[0] != '\0' || file_in(g->v2, path, "cpu.weight"));
	if (one || g->v1[0] != '\0' || g->nested)
		return one ? ALONE_IN_CPU_GROUP : IN_CPU_GROUP;
	path[1 + strcspn(path + 1, "/")] = '\0';
	return file_in(g->v2, path, "cpu.weight") ? IN_CPU_GROUP
	                                          : IN_NO_CPU_GROUP;
}

static enum cpu_group kind_of(struct linux_actuator *a, pid_t pid)
{
	groups_look(a);
	if (a->gripped.pid != pid)
		return group_kind(&a->groups, pid);
	if (a->group == CPU_GROUP_NOT_ASKED)
		a->group = group_kind(&a->groups, pid);
	return a->group;
}

/* A process has only itself to compete with in a group of its own; one thread
 * has the others. */
const char *groups_hide(struct linux_actuator *a, struct task_id whom,
                        const struct want *holding)
{
	enum cpu_group kind = kind_of(a, whom.pid);

	if (kind == ALONE_IN_CPU_GROUP && !task_id_is_thread(whom))
		return "it has a cpu cgroup of its own: counts only inside "
		       "that; set weight";
	return a->groups.autogroup && kind == IN_NO_CPU_GROUP &&
	       !want_has(holding, SETTING_autogroup_nice)
	       ? "autogroup is on: counts only inside its own session; set "
	         "autogroup_nice" : NULL;
}

bool groups_extended(struct linux_actuator *a)
{
	groups_look(a);
	return a->groups.extended;
}

const char *groups_autogroup_inert(struct linux_actuator *a,
                                   struct task_id whom)
{
	enum cpu_group kind = kind_of(a, whom.pid);

	if (!a->groups.autogroup)
		return "autogroup is off (kernel.sched_autogroup_enabled)";
	if (kind != IN_NO_CPU_GROUP)
		return "its cpu cgroup counts, not its session";
	return NULL;
}

bool groups_without_realtime(struct linux_actuator *a, struct task_id whom)
{
	char below[PATH_KEEP], path[PATH_KEEP * 2 + 32], text[32];

	if (a->groups.v1[0] == '\0' ||
	    !group_path(&a->groups, whom.pid, below, sizeof below))
		return false;
	snprintf(path, sizeof path, "%s%s/cpu.rt_runtime_us", a->groups.v1,
	         below);
	return path_read(path, text, sizeof text) > 0 && text[0] == '0';
}
