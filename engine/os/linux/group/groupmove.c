/* groupmove.c -- putting a whole process into a group. */

#include "os/linux/group/groupfs.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "model/interned.h"
#include "os/linux/group/groupfile.h"

/* The affinity of one thread before a move. */
struct kept {
	pid_t         tid;
	long          bytes;
	unsigned long word[CPUS_MAX / 8 / sizeof(unsigned long)];
};

struct keeping {
	struct kept *thread;
	size_t       count;
};

/* Of so many threads at most: what a program has more of is alike. */
static void affinities_read(pid_t pid, struct keeping *k)
{
	char           path[64];
	DIR           *threads;
	struct dirent *e;

	*k = (struct keeping){ calloc(KEPT_AFFINITIES_MAX,
	                              sizeof *k->thread), 0 };
	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	threads = k->thread == NULL ? NULL : opendir(path);
	while (threads != NULL && k->count < KEPT_AFFINITIES_MAX &&
	       (e = readdir(threads)) != NULL) {
		struct kept *one = &k->thread[k->count];

		one->tid = (pid_t)strtol(e->d_name, NULL, 10);
		if (one->tid <= 0)
			continue;
		one->bytes = syscall(SYS_sched_getaffinity, one->tid,
		                     sizeof one->word, one->word);
		k->count += one->bytes > 0;
	}
	if (threads != NULL)
		closedir(threads);
}

/* What a task had that nobody gave it an affinity is what its group has. */
static void group_cpus(const char *folder, unsigned long *ret_word)
{
	static const char *const files[] = { "cpuset.cpus.effective",
	                                     "cpuset.effective_cpus" };
	char    text[CPU_LIST_MAX];
	uint8_t bits[CPUS_MAX / 8] = { 0 };

	for (size_t i = 0; i < 2; i++)
		if (groupfile_read(folder, files[i], text, sizeof text) > 0)
			(void)interned_list_bits(text, bits);
	memset(ret_word, 0, sizeof bits);
	for (size_t i = 0; i < sizeof bits; i++)
		ret_word[i / sizeof *ret_word] |=
			(unsigned long)bits[i] << i % sizeof *ret_word * 8;
}

/* Some kernels forget what was asked for when the CPUs that are open to a task
 * change.  Asked again, they give what of it is open. */
static void affinities_restore(struct keeping *k, const unsigned long *usual)
{
	unsigned long now[CPUS_MAX / 8 / sizeof(unsigned long)];

	for (size_t i = 0; i < k->count; i++) {
		struct kept *one = &k->thread[i];
		size_t       n = (size_t)one->bytes;

		if (memcmp(one->word, usual, n) != 0 &&
		    syscall(SYS_sched_getaffinity, one->tid, sizeof now,
		            now) == one->bytes &&
		    memcmp(now, one->word, n) != 0)
			(void)syscall(SYS_sched_setaffinity, one->tid, n,
			              one->word);
	}
}

static int attach(const char *folder, pid_t pid)
{
	char text[16];
	int  r;

	snprintf(text, sizeof text, "%d", (int)pid);
	r = groupfile_write(folder, "cgroup.procs", text);
	return r == -ENODEV ? -ENOENT : r;      /* it was just removed */
}

static int attach_keeping(const struct layout *l, size_t hierarchy,
                          const char *folder, pid_t pid)
{
	struct keeping k;
	unsigned long  usual[CPUS_MAX / 8 / sizeof(unsigned long)];
	char           from[PATH_KEEP], before[PATH_KEEP * 2] = "";
	int            r;

	if (layout_group_of(l, pid, hierarchy, from, sizeof from) == 0)
		(void)layout_path(l, hierarchy, from, "", before,
		                  sizeof before);
	group_cpus(before, usual);
	affinities_read(pid, &k);
	r = attach(folder, pid);
	affinities_restore(&k, usual);
	free(k.thread);
	return r;
}

int groupfs_move(const struct layout *l, size_t hierarchy, const char *group,
                 pid_t pid)
{
	char folder[PATH_KEEP * 2];
	int  r = layout_path(l, hierarchy, group, "", folder, sizeof folder);

	if (r < 0)
		return r;
	return l->hierarchy[hierarchy].has & CONTROLLER_BIT(CONTROLLER_CPUSET)
	       ? attach_keeping(l, hierarchy, folder, pid)
	       : attach(folder, pid);
}
