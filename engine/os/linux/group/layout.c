/* layout.c -- where this machine keeps its control groups, and where among them
 * pqs may have some of its own. */

#include "os/linux/group/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"

#define MEMBERS_BYTES 4096              /* one task's groups                  */

static const char *const names[CONTROLLERS][2] = {
	/* unified, and as the old ones are called */
	[CONTROLLER_CPU]    = { "cpu",    "cpu" },
	[CONTROLLER_CPUSET] = { "cpuset", "cpuset" },
	[CONTROLLER_MEMORY] = { "memory", "memory" },
	[CONTROLLER_IO]     = { "io",     "blkio" },
};

const char *controller_name(enum controller c)
{
	return names[c][0];
}

/* Of a list with commas or spaces between. */
static unsigned controllers_in(const char *list, bool unified)
{
	unsigned has = 0;

	while (*list != '\0') {
		size_t n = strcspn(list, ", \n");

		for (int c = 0; c < CONTROLLERS; c++)
			if (strlen(names[c][!unified]) == n &&
			    strncmp(names[c][!unified], list, n) == 0)
				has |= CONTROLLER_BIT(c);
		list += n + (list[n] != '\0');
	}
	return has;
}

/* The part of a v1 mount's options that /proc/PID/cgroup has, too. */
static void name_of(const char *options, char *ret_name, size_t size)
{
	static const char *const others[] = { "rw", "ro", "xattr", "noprefix",
	                                      "clone_children" };
	size_t used = 0, n;
	bool   other;

	ret_name[0] = '\0';
	for (; *options != '\0'; options += n + (options[n] == ',')) {
		n = strcspn(options, ",");
		other = strncmp(options, "release_agent=", 14) == 0;
		for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
			other |= strlen(others[i]) == n &&
			         strncmp(others[i], options, n) == 0;
		if (other || used + n + 2 > size)
			continue;
		used += (size_t)snprintf(ret_name + used, size - used, "%s%.*s",
		                         used > 0 ? "," : "", (int)n, options);
	}
}

/* "32 31 0:29 /top /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu" */
static bool mount_read(const char *line, struct hierarchy *ret)
{
	char        top[PATH_KEEP], mount[PATH_KEEP], type[16], options[256];
	const char *rest = strstr(line, " - ");

	if (rest == NULL || strncmp(rest, " - cgroup", 9) != 0 ||
	    sscanf(line, "%*s %*s %*s %511s %511s", top, mount) != 2 ||
	    sscanf(rest, " - %15s %*s %255s", type, options) != 2)
		return false;
	*ret = (struct hierarchy){ .unified = strcmp(type, "cgroup2") == 0 };
	text_copy(ret->mount, sizeof ret->mount, mount);
	text_copy(ret->top, sizeof ret->top, strcmp(top, "/") == 0 ? "" : top);
	if (ret->unified)
		return true;
	name_of(options, ret->name, sizeof ret->name);
	ret->has = controllers_in(options, false);
	return true;
}

/* Nobody mounts the same one at two places that differ in what can be done;
 * the first is taken. */
static void mount_add(struct layout *l, const struct hierarchy *h)
{
	for (size_t i = 0; i < l->hierarchies; i++)
		if (strcmp(l->hierarchy[i].name, h->name) == 0)
			return;
	if (l->hierarchies < HIERARCHIES_MAX)
		l->hierarchy[l->hierarchies++] = *h;
}

static int mounts_read(struct layout *l)
{
	struct hierarchy h;
	char             path[PATH_KEEP + 32], *line = NULL;
	size_t           size = 0;
	FILE            *mounts;

	snprintf(path, sizeof path, "%s/proc/self/mountinfo", l->root);
	mounts = fopen(path, "re");
	if (mounts == NULL)
		return -errno;
	while (getline(&line, &size, mounts) > 0)
		if (mount_read(line, &h))
			mount_add(l, &h);
	free(line);
	fclose(mounts);
	return 0;
}

int layout_path(const struct layout *l, size_t hierarchy, const char *group,
                const char *file, char *ret_path, size_t size)
{
	const struct hierarchy *h = &l->hierarchy[hierarchy];
	size_t                  top = strlen(h->top);
	int                     n;

	if (strncmp(group, h->top, top) != 0 ||
	    (group[top] != '/' && group[top] != '\0'))
		return -ENOENT;
	group += top;
	n = snprintf(ret_path, size, "%s%s%s%s%s", l->root, h->mount,
	             strcmp(group, "/") == 0 ? "" : group,
	             file[0] != '\0' ? "/" : "", file);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* "5:cpu,cpuacct:/a/b" and "0::/a/b" */
static char *group_in(const struct hierarchy *h, char *line)
{
	char  *name = strchr(line, ':');
	size_t n = strlen(h->name);

	if (name == NULL || strncmp(++name, h->name, n) != 0 || name[n] != ':')
		return NULL;
	return h->unified && strncmp(line, "0:", 2) != 0 ? NULL : name + n + 1;
}

int layout_group_of(const struct layout *l, pid_t pid, size_t hierarchy,
                    char *ret_group, size_t size)
{
	char path[PATH_KEEP + 32], text[MEMBERS_BYTES], *rest = text;
	char *line, *group;
	int   r;

	snprintf(path, sizeof path, pid == 0 ? "%s/proc/self/cgroup" :
	         "%s/proc/%d/cgroup", l->root, (int)pid);
	r = path_read(path, text, sizeof text);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	while ((line = strsep(&rest, "\n")) != NULL) {
		group = group_in(&l->hierarchy[hierarchy], line);
		if (group == NULL || group[0] != '/')
			continue;
		if (strlen(group) >= size)
			return -ENAMETOOLONG;
		text_copy(ret_group, size, group);
		return 0;
	}
	return -ENODATA;
}

/* What is in the unified one is told by its topmost group. */
static void controllers_find(struct layout *l)
{
	char path[PATH_KEEP * 2], text[256];

	for (size_t i = 0; i < l->hierarchies; i++) {
		struct hierarchy *h = &l->hierarchy[i];

		if (h->unified) {
			l->unified = (int)i;
			snprintf(path, sizeof path, "%s%s/cgroup.controllers",
			         l->root, h->mount);
			if (path_read(path, text, sizeof text) >= 0)
				h->has = controllers_in(text, true);
		}
		for (int c = 0; c < CONTROLLERS; c++)
			if (h->has & CONTROLLER_BIT(c))
				l->of[c] = (int)i;
	}
}

/* systemd marks it: for the privileged, and since version 251 for all. */
static bool is_marked(const char *folder)
{
	static const char *const marks[] = { "trusted.delegate",
	                                     "user.delegate" };
	char value[8];

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		ssize_t n = getxattr(folder, marks[i], value, sizeof value);

		if (n == 1 && value[0] == '1')
			return true;
	}
	return false;
}

/* An ordinary user has nothing but what was given to them, and what is given is
 * theirs from the group on whose parent is not. */
static bool is_given(const char *folder)
{
	char        parent[PATH_KEEP * 2 + 8];
	struct stat own, above;

	snprintf(parent, sizeof parent, "%s/..", folder);
	return geteuid() != 0 && stat(folder, &own) == 0 &&
	       stat(parent, &above) == 0 && own.st_uid == geteuid() &&
	       above.st_uid != geteuid();
}

static bool is_delegated(const struct layout *l, size_t i, const char *group)
{
	char path[PATH_KEEP * 2];

	if (strcmp(group, "/") == 0 || group[0] == '\0' ||
	    layout_path(l, i, group, "", path, sizeof path) < 0)
		return false;
	return is_marked(path) || is_given(path);
}

/* The group that is pqs's by delegation: the one it is in, or the one above its
 * leaf. */
static bool find_delegated(const struct layout *l, size_t i, char *group,
                           size_t size)
{
	char *last;

	if (layout_group_of(l, 0, i, group, size) < 0)
		return false;
	if (is_delegated(l, i, group))
		return true;
	last = strrchr(group, '/');
	if (last == NULL || strcmp(last + 1, LAYOUT_LEAF) != 0)
		return false;
	*last = '\0';
	return is_delegated(l, i, group);
}

/* Which of them systemd tracks its units in. */
static bool find_unit(const struct layout *l, char *group, size_t size)
{
	for (size_t i = 0; i < l->hierarchies; i++)
		if ((l->hierarchy[i].unified ||
		     strcmp(l->hierarchy[i].name, "name=systemd") == 0) &&
		    find_delegated(l, i, group, size))
			return true;
	return false;
}

/* In the old ones a delegated unit has the same place as in systemd's own, if
 * it has one there. */
static void own_under_systemd(struct layout *l)
{
	char unit[PATH_KEEP], group[PATH_KEEP];
	bool found = find_unit(l, unit, sizeof unit);

	for (size_t i = 0; i < l->hierarchies; i++) {
		struct hierarchy *h = &l->hierarchy[i];
		size_t            n = strlen(unit);

		h->why = "systemd owns all groups: needs Delegate=yes in the "
		         "unit of pqs";
		if (!found)
			continue;
		h->why = "systemd delegated the unit of pqs, but not this "
		         "controller";
		if (layout_group_of(l, 0, i, group, sizeof group) < 0 ||
		    strncmp(group, unit, n) != 0 ||
		    (group[n] != '\0' &&
		     strcmp(group + n, "/" LAYOUT_LEAF) != 0))
			continue;
		text_copy(h->own, sizeof h->own, unit);
		h->delegated = true;
		h->why = "";
	}
}

/* One below the topmost, which is mounted writable and ours to write in. */
static void own_below_root(struct layout *l, const char *own_name)
{
	char path[PATH_KEEP * 2];

	for (size_t i = 0; i < l->hierarchies; i++) {
		struct hierarchy *h = &l->hierarchy[i];
		int n = snprintf(h->own, sizeof h->own, "%s/%s", h->top,
		                 own_name);

		h->why = "";
		snprintf(path, sizeof path, "%s%s", l->root, h->mount);
		if ((size_t)n < sizeof h->own &&
		    faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
			continue;
		h->own[0] = '\0';
		h->why = geteuid() != 0 ? "needs root, or a delegated group"
		                        : "the control groups are read-only";
	}
}

void layout_none(struct layout *ret_layout)
{
	memset(ret_layout, 0, sizeof *ret_layout);
	for (int c = 0; c < CONTROLLERS; c++)
		ret_layout->of[c] = -1;
	ret_layout->unified = -1;
}

int layout_read(const char *root, const char *own_name,
                struct layout *ret_layout)
{
	struct layout *l = ret_layout;
	char           path[PATH_KEEP + 32];
	int            r;

	layout_none(l);
	text_copy(l->root, sizeof l->root, root);
	r = mounts_read(l);
	if (r < 0)
		return r;
	controllers_find(l);
	snprintf(path, sizeof path, "%s/run/systemd/system", root);
	l->systemd = access(path, F_OK) == 0;
	if (l->systemd)
		own_under_systemd(l);
	else
		own_below_root(l, own_name);
	return 0;
}
