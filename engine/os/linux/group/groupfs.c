/* groupfs.c -- groups of pqs's own: made, filled and removed. */

#include "os/linux/group/groupfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/group/freezer.h"
#include "os/linux/group/groupfile.h"

#define SETTLE_ROUNDS 16                /* while pqs itself forks             */
#define MAKE_TRIES    8

int groupfs_group(const struct layout *l, size_t hierarchy, const char *name,
                  char *ret_group, size_t size)
{
	const struct hierarchy *h = &l->hierarchy[hierarchy];
	int                     n;

	if (h->own[0] == '\0')
		return -ENOENT;
	n = snprintf(ret_group, size, "%s%s%s", h->own,
	             name[0] != '\0' ? "/" GROUPFS_PREFIX : "", name);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

bool groupfs_is_of_one(const char *group)
{
	return strstr(group, "/" GROUPFS_PREFIX "@") != NULL;
}

static int folder_of(const struct layout *l, size_t hierarchy, const char *name,
                     char *ret_path, size_t size)
{
	char group[PATH_KEEP];
	int  r = groupfs_group(l, hierarchy, name, group, sizeof group);

	return r < 0 ? r
	             : layout_path(l, hierarchy, group, "", ret_path, size);
}

/* An old cpuset group takes no process before it was told CPUs and memory; it
 * can have what the one above it has. */
static int cpuset_fill(const char *folder)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };
	char                     above[PATH_KEEP * 2 + 8], text[4096];
	int                      r = 0;

	snprintf(above, sizeof above, "%s/..", folder);
	for (size_t i = 0; i < 2 && r >= 0; i++) {
		r = groupfile_read(folder, files[i], text, sizeof text);
		if (r != 0)
			continue;       /* it has some, or cannot be read     */
		r = groupfile_read(above, files[i], text, sizeof text);
		if (r > 0)
			r = groupfile_write(folder, files[i], text);
	}
	return r < 0 ? r : 0;
}

static int make_one(const struct hierarchy *h, const char *folder)
{
	if (mkdir(folder, 0755) < 0 && errno != EEXIST)
		return -errno;
	return !h->unified && h->has & CONTROLLER_BIT(CONTROLLER_CPUSET)
	       ? cpuset_fill(folder) : 0;
}

static int make(const struct layout *l, size_t hierarchy, const char *name)
{
	const struct hierarchy *h = &l->hierarchy[hierarchy];
	char                    folder[PATH_KEEP * 2];
	int                     r;

	r = folder_of(l, hierarchy, "", folder, sizeof folder);
	if (r == 0 && !h->delegated)
		r = make_one(h, folder);
	if (r < 0 || name[0] == '\0')
		return r;
	r = folder_of(l, hierarchy, name, folder, sizeof folder);
	return r < 0 ? r : make_one(h, folder);
}

/* Another pqs that ends may just have removed the one above. */
int groupfs_make(const struct layout *l, size_t hierarchy, const char *name)
{
	int r = -ENOENT;

	for (int i = 0; i < MAKE_TRIES && r == -ENOENT; i++)
		r = make(l, hierarchy, name);
	return r;
}

/* Who died frozen leaves an empty group below its own. */
int groupfs_remove(const struct layout *l, size_t hierarchy, const char *name)
{
	char folder[PATH_KEEP * 2];
	int  r = folder_of(l, hierarchy, name, folder, sizeof folder);

	if (r < 0 || rmdir(folder) == 0 || errno == ENOENT)
		return r == -ENOENT ? 0 : r;
	if (errno != EBUSY)
		return -errno;
	freezer_sweep(folder);
	return rmdir(folder) == 0 || errno == ENOENT ? 0 : -errno;
}

static bool is_in(const struct layout *l, size_t hierarchy, const char *name)
{
	char        folder[PATH_KEEP * 2];
	struct stat st;

	return folder_of(l, hierarchy, name, folder, sizeof folder) == 0 &&
	       stat(folder, &st) == 0;
}

/* Whether it was told of another hierarchy already. */
static bool was_told(const struct layout *l, size_t hierarchy, const char *name)
{
	for (size_t i = 0; i < hierarchy; i++)
		if (is_in(l, i, name))
			return true;
	return false;
}

bool groupfs_is(const struct layout *l, const char *name)
{
	return was_told(l, l->hierarchies, name);
}

/* Counts *n down at each that is new; 0 at the one that is meant. */
static int find_nth(const struct layout *l, size_t hierarchy, uint64_t *n,
                    char *ret_name, size_t size)
{
	const size_t   begins = sizeof GROUPFS_PREFIX - 1;
	char           folder[PATH_KEEP * 2];
	DIR           *d;
	struct dirent *e;
	int            r = folder_of(l, hierarchy, "", folder, sizeof folder);

	d = r < 0 ? NULL : opendir(folder);
	for (r = -ENOENT; r == -ENOENT && d != NULL &&
	     (e = readdir(d)) != NULL; ) {
		const char *name = e->d_name + begins;

		if (strncmp(e->d_name, GROUPFS_PREFIX, begins) != 0 ||
		    was_told(l, hierarchy, name) || (*n)-- > 0)
			continue;
		r = text_copy(ret_name, size, name) < strlen(name)
		    ? -ENAMETOOLONG : 0;
	}
	if (d != NULL)
		closedir(d);
	return r;
}

int groupfs_nth(const struct layout *l, uint64_t n, char *ret_name, size_t size)
{
	int r = -ENOENT;

	for (size_t i = 0; i < l->hierarchies && r == -ENOENT; i++)
		r = find_nth(l, i, &n, ret_name, size);
	return r;
}

void groupfs_leave(const struct layout *l)
{
	char folder[PATH_KEEP * 2];

	for (size_t i = 0; i < l->hierarchies; i++) {
		if (folder_of(l, i, "", folder, sizeof folder) < 0)
			continue;
		freezer_sweep(folder);
		if (!l->hierarchy[i].delegated)
			(void)rmdir(folder);
	}
}

/* All that are in the delegated group are pqs's own processes: its keeper, its
 * core, their workers. */
static int settle(const struct layout *l, size_t hierarchy)
{
	char own[PATH_KEEP * 2], leaf[PATH_KEEP * 2 + 8], text[4096];
	char *rest, *pid;
	int  r = folder_of(l, hierarchy, "", own, sizeof own);

	snprintf(leaf, sizeof leaf, "%s/" LAYOUT_LEAF, own);
	if (r == 0 && mkdir(leaf, 0755) < 0 && errno != EEXIST)
		r = -errno;
	for (int i = 0; i < SETTLE_ROUNDS && r == 0; i++) {
		r = groupfile_read(own, "cgroup.procs", text, sizeof text);
		if (r <= 0)
			break;
		for (rest = text, r = 0; r == 0 &&
		     (pid = strsep(&rest, "\n")) != NULL && pid[0] != '\0'; )
			r = groupfile_write(leaf, "cgroup.procs", pid);
		if (r == -ESRCH)
			r = 0;
	}
	return r;
}

/* Groups below that one can have the controller from then on. */
static int enable_below(const char *folder, enum controller c)
{
	char text[256], word[32];
	int  r = groupfile_read(folder, "cgroup.subtree_control", text,
	                        sizeof text);

	if (r < 0)
		return r;
	if (groupfile_has_word(text, controller_name(c)))
		return 0;
	snprintf(word, sizeof word, "+%s", controller_name(c));
	return groupfile_write(folder, "cgroup.subtree_control", word);
}

int groupfs_enable(const struct layout *l, size_t hierarchy, enum controller c)
{
	const struct hierarchy *h = &l->hierarchy[hierarchy];
	char                    own[PATH_KEEP * 2], top[PATH_KEEP * 2];
	int                     r = groupfs_make(l, hierarchy, "");

	if (r < 0 || !h->unified)
		return r;
	r = folder_of(l, hierarchy, "", own, sizeof own);
	if (r == 0 && !h->delegated) {
		snprintf(top, sizeof top, "%s%s", l->root, h->mount);
		r = enable_below(top, c);
	}
	if (r == 0)
		r = enable_below(own, c);
	if (r != -EBUSY || !h->delegated)
		return r;
	r = settle(l, hierarchy);
	return r < 0 ? r : enable_below(own, c);
}

/* What limits the processes of one group, and how it reads when it does not. */
static const struct leash {
	bool        unified;
	const char *file, *unlimited, *why;
} leashes[] = {
	{ true,  "cpu.max",         "max", "its group limits its CPU time: "
	                                   "it stays there (cpu.max)" },
	{ true,  "memory.max",      "max", "its group limits its memory: it "
	                                   "stays there (memory.max)" },
	{ true,  "memory.high",     "max", "its group limits its memory: it "
	                                   "stays there (memory.high)" },
	{ true,  "memory.swap.max", "max", "its group limits its swap: it "
	                                   "stays there (memory.swap.max)" },
	{ true,  "pids.max",        "max", "its group limits how many it may "
	                                   "start: it stays there (pids.max)" },
	{ true,  "cpuset.cpus",     "",    "its group limits its CPUs: it "
	                                   "stays there (cpuset.cpus)" },
	{ false, "cpu.cfs_quota_us", "-1", "its group limits its CPU time: it "
	                                   "stays there (cpu.cfs_quota_us)" },
	{ false, "memory.limit_in_bytes", "9223372036854", "its group limits "
	                                   "its memory: it stays there "
	                                   "(memory.limit_in_bytes)" },
};

static const char *leash_here(const struct hierarchy *h, const char *folder)
{
	char text[256];

	for (size_t i = 0; i < sizeof leashes / sizeof leashes[0]; i++) {
		const struct leash *b = &leashes[i];
		size_t              n = strlen(b->unlimited);

		if (b->unified != h->unified ||
		    groupfile_read(folder, b->file, text, sizeof text) < 0)
			continue;
		if (n == 0 ? text[0] != '\0'
		           : strncmp(text, b->unlimited, n) != 0)
			return b->why;
	}
	return NULL;
}

/* An old cpuset always names CPUs; it is a limit where they are fewer. */
static const char *cpuset_bound(const struct layout *l, size_t hierarchy,
                                const char *folder)
{
	const struct hierarchy *h = &l->hierarchy[hierarchy];
	char                    top[PATH_KEEP * 2], all[4096], own[4096];

	if (h->unified || !(h->has & CONTROLLER_BIT(CONTROLLER_CPUSET)))
		return NULL;
	snprintf(top, sizeof top, "%s%s", l->root, h->mount);
	if (groupfile_read(top, "cpuset.cpus", all, sizeof all) < 0 ||
	    groupfile_read(folder, "cpuset.cpus", own, sizeof own) < 0)
		return NULL;
	return strcmp(all, own) == 0 ? NULL :
	       "its group limits its CPUs: it stays there (cpuset.cpus)";
}

const char *groupfs_bound(const struct layout *l, size_t hierarchy,
                          const char *group)
{
	const struct hierarchy *h = &l->hierarchy[hierarchy];
	char                    at[PATH_KEEP], folder[PATH_KEEP * 2];
	const char             *why = NULL;
	char                   *last;
	size_t                  own = strlen(h->own);

	if (own > 0 && strncmp(group, h->own, own) == 0 &&
	    (group[own] == '/' || group[own] == '\0'))
		return NULL;
	text_copy(at, sizeof at, group);
	while (why == NULL && strlen(at) > strlen(h->top) &&
	       strcmp(at, "/") != 0) {
		if (layout_path(l, hierarchy, at, "", folder,
		                sizeof folder) == 0) {
			why = leash_here(h, folder);
			if (why == NULL)
				why = cpuset_bound(l, hierarchy, folder);
		}
		last = strrchr(at, '/');
		if (last == NULL)
			break;
		*last = '\0';
	}
	return why;
}
