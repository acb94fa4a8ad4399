/* exe.c -- which file a task runs, and whether its path is that file's own.
 *
 * The path is the one that the task's own mounts give the file, and in a mount
 * namespace of its own anybody can give any file any path.  So it counts only
 * when in our root the same file stands there.
 *
 * A look at a path may wait for whoever serves the file system, a user's own
 * program perhaps.  The file of a running program is in the kernel's cache with
 * all its folders, so the first look takes nothing from elsewhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/sensor/procfs.h"

#define NAME_BYTES   64                 /* "PID/exe"                          */
#define CACHED_TRIES  2                 /* a mount or rename meanwhile fails
                                           the first                          */

static bool cut_end(char *text, const char *end)
{
	size_t n = strlen(text), tail = strlen(end);

	if (n <= tail || strcmp(text + n - tail, end) != 0)
		return false;
	text[n - tail] = '\0';
	return true;
}

/* The link of a task without a program is there and leads nowhere. */
static int no_exe(const struct procfs *p, pid_t pid)
{
	struct stat is;
	char        path[NAME_BYTES];

	(void)snprintf(path, sizeof path, "%d", pid);
	if (fstatat(p->fd, path, &is, 0) == 0)
		return -ENODATA;
	return errno == ENOENT ? -ESRCH : -errno;
}

/* What the kernel itself remembers having started; a task cannot change it. */
int procfs_exe(const struct procfs *p, pid_t pid, char *ret_path, size_t size,
               bool *ret_deleted)
{
	char    path[NAME_BYTES], target[PATH_MAX + 1];
	bool    deleted;
	ssize_t n;

	(void)snprintf(path, sizeof path, "%d/exe", pid);
	n = readlinkat(p->fd, path, target, sizeof target - 1);
	if (n < 0)
		return errno == ENOENT ? no_exe(p, pid) : -errno;
	target[n] = '\0';
	deleted = cut_end(target, " (deleted)");
	if (strlen(target) >= size)
		return -ENAMETOOLONG;
	(void)text_copy(ret_path, size, target);
	*ret_deleted = deleted;
	return 0;
}

static int stat_waiting(const char *path, struct statx *ret_is)
{
	return statx(AT_FDCWD, path, AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW,
	             STATX_INO | STATX_UID, ret_is) < 0 ? -errno : 0;
}

static int open_cached(const char *path)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
	                        .resolve = RESOLVE_CACHED };
	long            fd = -1;

	errno = EAGAIN;
	for (int i = 0; i < CACHED_TRIES && fd < 0 && errno == EAGAIN; i++)
		fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
	if (fd >= 0)
		return (int)fd;
	/* A kernel that cannot promise has to be waited for. */
	return errno == ENOSYS || errno == EINVAL ? -EAGAIN : -errno;
}

static int stat_cached(const char *path, struct statx *ret_is)
{
	int fd = open_cached(path), r;

	if (fd < 0)
		return fd;
	r = statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
	          STATX_INO | STATX_UID, ret_is) < 0 ? -errno : 0;
	close(fd);
	return r;
}

static int stat_ours(const char *path, bool may_wait, struct statx *ret_is)
{
	return may_wait ? stat_waiting(path, ret_is)
	                : stat_cached(path, ret_is);
}

int procfs_path_is(const char *path, uint64_t device, uint64_t inode)
{
	struct statx is;
	int          r = stat_cached(path, &is);

	return r < 0 ? r : is.stx_ino == inode &&
	       makedev(is.stx_dev_major, is.stx_dev_minor) == device;
}

/* A file that is gone cannot be compared.  Only who may write into its folder
 * could have put it there: the folder's owner, or root. */
static int was_ours(const struct statx *file, const char *path, bool may_wait)
{
	struct statx folder;
	char         name[PATH_MAX + 1];
	char        *slash;
	int          r;

	if (file->stx_uid == 0)
		return 1;
	(void)text_copy(name, sizeof name, path);
	slash = strrchr(name, '/');
	if (slash == NULL || slash == name)
		return 0;
	*slash = '\0';
	r = stat_ours(name, may_wait, &folder);
	return r == -EAGAIN ? r : r == 0 && folder.stx_uid == file->stx_uid;
}

int procfs_exe_is_ours(const struct procfs *p, pid_t pid, const char *path,
                       bool deleted, bool may_wait)
{
	struct statx its, ours;
	char         link[NAME_BYTES];
	int          error, r;

	(void)snprintf(link, sizeof link, "%d/exe", pid);
	error = statx(p->fd, link, AT_STATX_DONT_SYNC, STATX_INO | STATX_UID,
	              &its) < 0 ? -errno : 0;
	if (error == -ENOENT)
		return 1;               /* gone: that is found out elsewhere  */
	if (deleted)
		return error < 0 ? 0 : was_ours(&its, path, may_wait);
	r = stat_ours(path, may_wait, &ours);
	if (r == -EAGAIN)
		return r;
	/* When neither may be looked at, a file system that its user alone may
	 * see is mounted there, for us too. */
	if (r < 0 || error < 0)
		return error < 0 && r == error;
	return its.stx_dev_major == ours.stx_dev_major &&
	       its.stx_dev_minor == ours.stx_dev_minor &&
	       its.stx_ino == ours.stx_ino;
}
