/* freezer.c -- processes that stand still in a group of their own (v2). */

#include "os/linux/group/freezer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/group/groupfile.h"
#include "os/linux/group/groupfs.h"

#define PREFIX "freeze-"

static bool is_ours(const struct hierarchy *h)
{
	return h->unified && h->own[0] != '\0';
}

bool freezer_is(const struct layout *l, size_t hierarchy, const char *group)
{
	const struct hierarchy *h = &l->hierarchy[hierarchy];
	const char             *last = strrchr(group, '/');
	size_t                  own = strlen(h->own);

	return is_ours(h) && last != NULL && strncmp(group, h->own, own) == 0 &&
	       group[own] == '/' &&
	       strncmp(last + 1, PREFIX, sizeof PREFIX - 1) == 0;
}

/* The group of a process, -EOPNOTSUPP where nothing is ours. */
static int group_of(const struct layout *l, pid_t pid, char *ret_group,
                    size_t size)
{
	if (l->unified < 0 || !is_ours(&l->hierarchy[l->unified]))
		return -EOPNOTSUPP;
	return layout_group_of(l, pid, (size_t)l->unified, ret_group, size);
}

static const char *top_of(const struct hierarchy *h)
{
	return h->top[0] != '\0' ? h->top : "/";
}

/* Below which a process of that group may be frozen; NULL: nowhere. */
static const char *above(const struct layout *l, const char *group)
{
	const struct hierarchy *h = &l->hierarchy[l->unified];
	size_t                  own = strlen(h->own);

	if (strcmp(group, top_of(h)) == 0)
		return h->own;
	return strncmp(group, h->own, own) == 0 &&
	       strncmp(group + own, "/" GROUPFS_PREFIX,
	               sizeof GROUPFS_PREFIX) == 0 &&
	       !freezer_is(l, (size_t)l->unified, group) ? group : NULL;
}

/* What is told of a process whose main thread has ended is where that was. */
bool freezer_takes(const struct layout *l, pid_t pid)
{
	char group[PATH_KEEP];

	return leader_lives(pid) &&
	       group_of(l, pid, group, sizeof group) == 0 &&
	       above(l, group) != NULL;
}

static int folder_of(const struct layout *l, const char *group, char *ret_path,
                     size_t size)
{
	return layout_path(l, (size_t)l->unified, group, "", ret_path, size);
}

int freezer_holds(const struct layout *l, pid_t pid)
{
	char group[PATH_KEEP], folder[PATH_KEEP * 2], text[16] = "";
	int  r = group_of(l, pid, group, sizeof group);

	if (r == -EOPNOTSUPP || r == -ENODATA)
		return 0;
	if (r < 0 || !freezer_is(l, (size_t)l->unified, group))
		return r;
	r = folder_of(l, group, folder, sizeof folder);
	if (r == 0)
		r = groupfile_read(folder, "cgroup.freeze", text, sizeof text);
	return r < 0 ? r : text[0] == '1';
}

void freezer_sweep(const char *folder)
{
	DIR           *d = opendir(folder);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (strncmp(e->d_name, PREFIX, sizeof PREFIX - 1) == 0)
			(void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR);
	if (d != NULL)
		closedir(d);
}

/* Frozen before anyone is in it: who comes stands still on arrival. */
static int make_frozen(const struct layout *l, const char *group)
{
	char folder[PATH_KEEP * 2];
	int  r = groupfs_make(l, (size_t)l->unified, "");

	if (r == 0)
		r = folder_of(l, group, folder, sizeof folder);
	if (r == 0 && mkdir(folder, 0755) < 0 && errno != EEXIST)
		r = -errno;
	return r < 0 ? r : groupfile_write(folder, "cgroup.freeze", "1");
}

static void remove_group(const struct layout *l, const char *group)
{
	char folder[PATH_KEEP * 2];

	if (folder_of(l, group, folder, sizeof folder) == 0)
		(void)rmdir(folder);
}

/* Where it is already, perhaps left there by one who died while thawing it. */
static int freeze_again(const struct layout *l, const char *group)
{
	char folder[PATH_KEEP * 2];
	int  r = folder_of(l, group, folder, sizeof folder);

	return r < 0 ? r : groupfile_write(folder, "cgroup.freeze", "1");
}

static int go_on(const struct layout *l, const char *group)
{
	char folder[PATH_KEEP * 2];
	int  r = folder_of(l, group, folder, sizeof folder);

	return r < 0 ? r : groupfile_write(folder, "cgroup.freeze", "0");
}

int freezer_freeze(const struct layout *l, pid_t pid, int pidfd)
{
	char        from[PATH_KEEP], to[PATH_KEEP + 32], folder[PATH_KEEP * 2];
	const char *below;
	int         r = group_of(l, pid, from, sizeof from);

	if (r == 0 && freezer_is(l, (size_t)l->unified, from))
		return freeze_again(l, from);
	if (r < 0)
		return r;
	below = above(l, from);
	if (below == NULL)
		return -EOPNOTSUPP;
	if (folder_of(l, below, folder, sizeof folder) == 0)
		freezer_sweep(folder);
	snprintf(to, sizeof to, "%s/" PREFIX "%d", below, (int)pid);
	r = make_frozen(l, to);
	if (r == 0)
		r = groupfs_move(l, (size_t)l->unified, to, pid);
	if (r == 0 && !pidfd_lives(pidfd)) {
		(void)go_on(l, to);
		(void)groupfs_move(l, (size_t)l->unified, from, pid);
		r = -ESRCH;
	}
	if (r < 0)
		remove_group(l, to);
	return r;
}

/* The group that a frozen one is below, or the topmost for our own. */
static void home_of(const struct layout *l, const char *group, char *ret_home,
                    size_t size)
{
	const struct hierarchy *h = &l->hierarchy[l->unified];

	text_copy_bytes(ret_home, size, group,
	                (size_t)(strrchr(group, '/') - group));
	if (strcmp(ret_home, h->own) == 0)
		text_copy(ret_home, size, top_of(h));
}

int freezer_thaw(const struct layout *l, pid_t pid, int pidfd)
{
	char group[PATH_KEEP], home[PATH_KEEP];
	int  r = group_of(l, pid, group, sizeof group);

	if (r < 0)
		return r;
	if (!freezer_is(l, (size_t)l->unified, group))
		return 0;
	if (!pidfd_lives(pidfd))
		return -ESRCH;
	r = go_on(l, group);
	home_of(l, group, home, sizeof home);
	if (r == 0)
		r = groupfs_move(l, (size_t)l->unified, home, pid);
	if (r == 0 || r == -ESRCH)
		remove_group(l, group);
	return r;
}

/* It takes no signal while it is frozen, and this one as soon as it is not. */
int freezer_hand_over(const struct layout *l, size_t hierarchy,
                      const char *group, int pidfd)
{
	return freezer_is(l, hierarchy, group)
	       ? pidfd_signal(pidfd, SIGSTOP) : 0;
}

/* All that is in a group that freezes is there by our doing. */
static void clear_group(const struct layout *l, const char *group)
{
	char folder[PATH_KEEP * 2], home[PATH_KEEP], text[4096], *rest = text;
	char *pid;

	if (go_on(l, group) < 0 ||
	    folder_of(l, group, folder, sizeof folder) < 0)
		return;
	home_of(l, group, home, sizeof home);
	if (groupfile_read(folder, "cgroup.procs", text, sizeof text) > 0 &&
	    folder_of(l, home, folder, sizeof folder) == 0)
		while ((pid = strsep(&rest, "\n")) != NULL && *pid != '\0')
			(void)groupfile_write(folder, "cgroup.procs", pid);
	remove_group(l, group);
}

static void clear_below(const struct layout *l, const char *group)
{
	char           folder[PATH_KEEP * 2], below[PATH_KEEP];
	DIR           *d = folder_of(l, group, folder, sizeof folder) < 0
	                   ? NULL : opendir(folder);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL) {
		int n = snprintf(below, sizeof below, "%s/%s", group,
		                 e->d_name);

		if (n < 0 || (size_t)n >= sizeof below)
			continue;
		if (strncmp(e->d_name, PREFIX, sizeof PREFIX - 1) == 0)
			clear_group(l, below);
		else if (strncmp(e->d_name, GROUPFS_PREFIX,
		                 sizeof GROUPFS_PREFIX - 1) == 0)
			clear_below(l, below);
	}
	if (d != NULL)
		closedir(d);
}

void freezer_clear(const struct layout *l)
{
	if (l->unified >= 0 && is_ours(&l->hierarchy[l->unified]))
		clear_below(l, l->hierarchy[l->unified].own);
}
