/* listing.c -- the numbers in a folder of /proc, some at a time.
 *
 * The cursor is the kernel's own mark of where it stopped, so a listing of a
 * machine of any size is resumed where it was, whatever happened meanwhile.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/linux/sensor/procfs.h"

#define LISTING_BYTES 8192      /* some 300 processes                         */
#define ENTRY_BYTES   32        /* of a number of up to seven digits          */
#define LISTING_LEAST 512       /* any one name fits                          */
#define LISTING_END   UINT64_MAX        /* a cursor past the last one         */

/* What getdents64() fills.  readdir() would read ahead, and then the kernel's
 * mark would be past what was handed out. */
struct entry {
	uint64_t inode;
	int64_t  next;
	uint16_t bytes;
	uint8_t  type;
	char     name[];
};

/* 0 for "self", "meminfo" and whatever else lies there. */
static pid_t number(const char *name)
{
	char *end;
	long  n = strtol(name, &end, 10);

	return end != name && *end == '\0' && n > 0 && n <= INT32_MAX
	       ? (pid_t)n : 0;
}

/* How many of the n bytes of entries were numbers, up to max; *cursor is moved
 * past each entry that was looked at. */
static size_t entries_take(const char *bytes, size_t n, uint64_t *cursor,
                           pid_t *ret_numbers, size_t max)
{
	size_t taken = 0;

	for (size_t at = 0; at < n && taken < max;) {
		struct entry head;
		pid_t        pid;

		memcpy(&head, bytes + at, sizeof head);
		pid = number(bytes + at + offsetof(struct entry, name));
		if (pid > 0)
			ret_numbers[taken++] = pid;
		*cursor = (uint64_t)head.next;
		at += head.bytes;
	}
	return taken;
}

/* What is not taken now the kernel would have to list once more. */
static size_t listing_room(size_t max)
{
	size_t room = max < LISTING_BYTES / ENTRY_BYTES ? max * ENTRY_BYTES
	                                                : LISTING_BYTES;

	return room < LISTING_LEAST ? LISTING_LEAST : room;
}

/* Fills what there is room for.  The end is looked for while the
 * folder is open: opening it again to hear that nothing follows costs
 * more than the listing. */
static int folder_list(int fd, uint64_t *cursor, pid_t *ret_numbers, size_t max)
{
	char   bytes[LISTING_BYTES] __attribute__((aligned(8)));
	size_t taken = 0;

	if (*cursor != 0 && lseek(fd, (off_t)*cursor, SEEK_SET) < 0)
		return -errno;
	while (taken < max) {
		long n = syscall(SYS_getdents64, fd, bytes,
		                 listing_room(max - taken));

		if (n < 0)
			return -errno;
		if (n == 0) {
			*cursor = LISTING_END;
			break;
		}
		taken += entries_take(bytes, (size_t)n, cursor,
		                      ret_numbers + taken, max - taken);
	}
	return (int)taken;
}

static int path_list(const struct procfs *p, const char *path,
                     uint64_t *cursor, pid_t *ret_numbers, size_t max)
{
	int fd, n;

	if (*cursor == LISTING_END)
		return 0;
	fd = openat(p->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = folder_list(fd, cursor, ret_numbers, max);
	close(fd);
	return n;
}

int procfs_list(const struct procfs *p, uint64_t *cursor, pid_t *ret_pids,
                size_t max)
{
	return path_list(p, ".", cursor, ret_pids, max);
}

/* A folder has two links and one for each folder in it, and here that is one
 * for each thread; the leader is the last to be taken out. */
static bool is_alone(const struct procfs *p, const char *path)
{
	struct stat is;

	return fstatat(p->fd, path, &is, 0) == 0 && is.st_nlink == 3;
}

/* Most processes have one thread, and to be told so costs half a listing. */
int procfs_threads(const struct procfs *p, pid_t pid, uint64_t *cursor,
                   pid_t *ret_tids, size_t max)
{
	char path[32];

	(void)snprintf(path, sizeof path, "%d/task", pid);
	if (*cursor == 0 && max > 0 && is_alone(p, path)) {
		*cursor = LISTING_END;
		*ret_tids = pid;
		return 1;
	}
	return path_list(p, path, cursor, ret_tids, max);
}
