/* store.c -- the record file on Linux: appended whole, or not at all.
 *
 * The file only ever holds whole appends: what a full disk cut short is cut off
 * again before anything else is written.  Whoever holds the lock beside it is
 * the one writer; the lock is a file of its own because a replaced file is
 * another file.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/doors.h"
#include "os/linux/folder.h"

struct record_file {
	int      folder, lock;
	int      fd;
	uint64_t bytes;                 /* whole appends                      */
	bool     torn;                  /* there may be more behind them      */
	int      staged;                /* -1: nothing is being replaced      */
	uint64_t staged_bytes;
	char     name[NAME_KEEP], new_name[NAME_KEEP + 8];
};

/* All of it, or -errno with some of it written. */
static int write_whole(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;
	ssize_t     wrote;

	while (n > 0) {
		wrote = write(fd, p, n);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -errno;
		if (wrote == 0)
			return -EIO;
		p += wrote;
		n -= (size_t)wrote;
	}
	return 0;
}

static int tail_cut(struct record_file *f)
{
	if (f->torn && ftruncate(f->fd, (off_t)f->bytes) < 0)
		return -errno;
	f->torn = false;
	return 0;
}

static int store_append(void *self, const void *bytes, size_t n)
{
	struct record_file *f = self;
	int                 r;

	if (f->bytes + n > JOURNAL_BYTES_MAX)
		return -ENOSPC;
	r = tail_cut(f);
	if (r < 0)
		return r;
	r = write_whole(f->fd, bytes, n);
	if (r == 0) {
		f->bytes += n;
		return 0;
	}
	f->torn = true;
	tail_cut(f);
	return r;
}

/* A file that is open for appending takes nothing anywhere else: pwrite(2). */
static int store_amend(void *self, uint64_t at, const void *bytes, size_t n)
{
	struct record_file *f = self;
	int                 flags = fcntl(f->fd, F_GETFL);
	ssize_t             wrote;

	if (at + n > f->bytes)
		return -EINVAL;
	if (flags < 0 || fcntl(f->fd, F_SETFL, flags & ~O_APPEND) < 0)
		return -errno;
	do {
		wrote = pwrite(f->fd, bytes, n, (off_t)at);
	} while (wrote < 0 && errno == EINTR);
	wrote = wrote < 0 ? -errno : wrote;
	if (fcntl(f->fd, F_SETFL, flags) < 0)
		return -errno;
	return wrote == (ssize_t)n ? 0 : wrote < 0 ? (int)wrote : -EIO;
}

static int store_read(void *self, uint64_t at, void *ret_bytes, size_t n)
{
	struct record_file *f = self;
	ssize_t             got;

	if (at >= f->bytes)
		return 0;
	if (n > f->bytes - at)
		n = (size_t)(f->bytes - at);
	do {
		got = pread(f->fd, ret_bytes, n, (off_t)at);
	} while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : (int)got;
}

static void staged_drop(struct record_file *f)
{
	if (f->staged < 0)
		return;
	close(f->staged);
	f->staged = -1;
	unlinkat(f->folder, f->new_name, 0);
}

static int store_replace_begin(void *self)
{
	struct record_file *f = self;

	staged_drop(f);
	f->staged = openat(f->folder, f->new_name,
	                   O_RDWR | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC |
	                   O_NOFOLLOW, 0600);
	f->staged_bytes = 0;
	return f->staged < 0 ? -errno : 0;
}

/* A replacement that missed a byte is given up: the old file still stands. */
static int store_replace_append(void *self, const void *bytes, size_t n)
{
	struct record_file *f = self;
	int                 r;

	if (f->staged < 0)
		return -EINVAL;
	r = f->staged_bytes + n > JOURNAL_BYTES_MAX
	    ? -ENOSPC : write_whole(f->staged, bytes, n);
	if (r < 0)
		staged_drop(f);
	else
		f->staged_bytes += n;
	return r;
}

static int store_replace_commit(void *self)
{
	struct record_file *f = self;
	int                 r;

	if (f->staged < 0)
		return -EINVAL;
	if (renameat(f->folder, f->new_name, f->folder, f->name) < 0) {
		r = -errno;
		staged_drop(f);
		return r;
	}
	close(f->fd);
	f->fd = f->staged;
	f->bytes = f->staged_bytes;
	f->torn = false;
	f->staged = -1;
	return 0;
}

static void store_close(void *self)
{
	struct record_file *f = self;

	staged_drop(f);
	if (f->fd >= 0)
		close(f->fd);
	if (f->lock >= 0)
		close(f->lock);
	if (f->folder >= 0)
		close(f->folder);
	free(f);
}

static int lock_take(struct record_file *f)
{
	char name[NAME_KEEP + 8];

	snprintf(name, sizeof name, "%s.lock", f->name);
	f->lock = folder_lock(f->folder, name);
	return f->lock < 0 ? f->lock : 0;
}

static int file_take(struct record_file *f)
{
	struct stat st;

	f->fd = openat(f->folder, f->name,
	               O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	               0600);
	if (f->fd < 0 || fstat(f->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > (off_t)JOURNAL_BYTES_MAX)
		return -EFBIG;          /* never written by us                */
	f->bytes = (uint64_t)st.st_size;
	if (unlinkat(f->folder, f->new_name, 0) < 0 && errno != ENOENT)
		return -errno;
	return 0;
}

int linux_store_open(const char *path, struct store *ret_store)
{
	struct record_file *f = calloc(1, sizeof *f);
	char                folder[PATH_KEEP * 2];
	int                 r;

	if (f == NULL)
		return -ENOMEM;
	f->folder = f->lock = f->fd = f->staged = -1;
	r = folder_split(path, folder, sizeof folder, f->name, sizeof f->name);
	snprintf(f->new_name, sizeof f->new_name, "%s.new", f->name);
	/* What undo believes must come from nobody else. */
	if (r == 0)
		r = f->folder = folder_open(folder);
	if (r >= 0)
		r = lock_take(f);
	if (r == 0)
		r = file_take(f);
	if (r < 0) {
		store_close(f);
		return r;
	}
	*ret_store = (struct store){
		.name = "file", .self = f, .append = store_append,
		.amend = store_amend, .read = store_read,
		.replace_begin = store_replace_begin,
		.replace_append = store_replace_append,
		.replace_commit = store_replace_commit, .close = store_close,
	};
	return 0;
}
