/* laid_out.h -- a tree of control groups of the test's own. */
#ifndef TESTS_LAID_OUT_H
#define TESTS_LAID_OUT_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/group/freezer.h"
#include "os/linux/group/groupfile.h"
#include "os/linux/group/groupfs.h"
#include "os/linux/group/place.h"

static char          root[] = "/tmp/test_layout_XXXXXX";
static struct layout l;

static inline void folders_of(char *path)
{
	for (char *at = path + strlen(root) + 1;
	     (at = strchr(at, '/')) != NULL; at++) {
		*at = '\0';
		ck_assert(mkdir(path, 0755) == 0 || errno == EEXIST);
		*at = '/';
	}
}

static inline void file(const char *name, const char *text)
{
	char  path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s%s", root, name);
	folders_of(path);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	fclose(f);
}

static inline void folder(const char *name)
{
	char path[512];

	snprintf(path, sizeof path, "%s%s/", root, name);
	folders_of(path);
}

static inline const char *content(const char *name)
{
	static char text[256];
	char        path[512];

	snprintf(path, sizeof path, "%s%s", root, name);
	return groupfile_read(path, ".", text, sizeof text) == -EISDIR ? "" :
	       groupfile_read(root, name + 1, text, sizeof text) < 0 ? "(none)"
	                                                             : text;
}

static inline void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static inline void teardown(void)
{
	pid_t pid = fork();

	if (pid == 0)
		execl("/bin/rm", "rm", "-rf", root, (char *)NULL);
	waitpid(pid, NULL, 0);
}

static inline void look(void)
{
	ck_assert_int_eq(layout_read(root, "pqs", &l), 0);
}

#define V2 "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 " \
	"cgroup2 rw,nsdelegate\n"
#define V1(number, options) #number " 25 0:30 / /sys/fs/cgroup/" options \
	" rw,nosuid shared:9 - cgroup cgroup rw," options "\n"

/* Debian, Fedora, Arch and the like. */
static inline void pure(const char *own_group)
{
	char cgroup[256];

	file("/proc/self/mountinfo",
	     "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" V2);
	snprintf(cgroup, sizeof cgroup, "0::%s\n", own_group);
	file("/proc/self/cgroup", cgroup);
	file("/sys/fs/cgroup/cgroup.controllers",
	     "cpuset cpu io memory hugetlb pids rdma misc\n");
	file("/sys/fs/cgroup/cgroup.subtree_control", "\n");
}

#define MEMBERS(unit) "6:pids:" unit "\n5:cpuset:/\n4:blkio:/\n3:memory:" unit \
	"\n2:cpu,cpuacct:" unit "\n1:name=systemd:" unit "\n0::" unit "\n"

#endif
