/* log_file.c -- lines for a file that nobody waits for.
 *
 * One thread puts and one takes, each moves an end of the ring that is its own:
 * so there is no lock that the one could hold while the other is in a hurry.
 */
#include "os/linux/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "os/linux/thread.h"

#define NAME_BYTES (PATH_KEEP * 2)

struct log_file {
	char             path[NAME_BYTES - 16];
	uint64_t         max_bytes, bytes;
	unsigned         keep;
	int              fd, wake;      /* -1: none                           */
	pthread_t        thread;
	_Atomic uint64_t put, taken;    /* bytes so far; the ring has what is
	                                   between                            */
	_Atomic bool     ending;
	_Atomic uint64_t dropped, failed, begun;
	_Atomic int      error;
	char             ring[LOG_RING_BYTES];
};

static void note_failure(struct log_file *f, int error)
{
	atomic_fetch_add(&f->failed, 1);
	atomic_store(&f->error, error);
}

static int file_begin(struct log_file *f)
{
	struct stat st;

	f->fd = open(f->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	             O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0640);
	if (f->fd < 0)
		return -errno;
	if (fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		f->bytes = (uint64_t)st.st_size;
		return 0;
	}
	close(f->fd);
	f->fd = -1;
	return -EINVAL;
}

/* The oldest goes by being replaced. */
static void files_shift(const struct log_file *f)
{
	char from[NAME_BYTES], to[NAME_BYTES];

	if (f->keep == 1)
		(void)unlink(f->path);
	for (unsigned i = f->keep - 1; i > 0; i--) {
		snprintf(to, sizeof to, "%s.%u", f->path, i);
		if (i == 1)
			snprintf(from, sizeof from, "%s", f->path);
		else
			snprintf(from, sizeof from, "%s.%u", f->path, i - 1);
		(void)rename(from, to);
	}
}

static void make_room(struct log_file *f, size_t n)
{
	int r;

	if (f->fd >= 0 && (f->bytes == 0 || f->bytes + n <= f->max_bytes))
		return;
	if (f->fd >= 0) {
		close(f->fd);
		files_shift(f);
		atomic_fetch_add(&f->begun, 1);
	}
	r = file_begin(f);
	if (r < 0)
		note_failure(f, -r);
}

/* What the system refuses is lost: it would not be more willing later. */
static void write_out(struct log_file *f, const char *bytes, size_t n)
{
	make_room(f, n);
	while (n > 0 && f->fd >= 0) {
		ssize_t wrote = write(f->fd, bytes, n);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0) {
			note_failure(f, wrote < 0 ? errno : EIO);
			return;
		}
		f->bytes += (uint64_t)wrote;
		bytes += wrote;
		n -= (size_t)wrote;
	}
}

/* Up to the last whole line that fits into one piece, so that no line is cut by
 * the end of a file. */
static size_t lines_within(const char *bytes, size_t n, uint64_t most)
{
	const char *end;

	if (n <= most)
		return n;
	end = memrchr(bytes, '\n', most);
	return end != NULL ? (size_t)(end - bytes) + 1 : n;
}

static void write_lines(struct log_file *f, const char *bytes, size_t n)
{
	while (n > 0) {
		size_t step = lines_within(bytes, n, f->max_bytes);

		write_out(f, bytes, step);
		bytes += step;
		n -= step;
	}
}

static void drain(struct log_file *f, char *lines)
{
	uint64_t taken = atomic_load(&f->taken);
	uint64_t put = atomic_load_explicit(&f->put, memory_order_acquire);
	size_t   n = (size_t)(put - taken), at = taken % LOG_RING_BYTES;
	size_t   first = n < LOG_RING_BYTES - at ? n : LOG_RING_BYTES - at;

	memcpy(lines, f->ring + at, first);
	memcpy(lines + first, f->ring, n - first);
	atomic_store_explicit(&f->taken, put, memory_order_release);
	write_lines(f, lines, n);
}

static void *writer(void *file)
{
	struct log_file *f = file;
	char            *lines = malloc(LOG_RING_BYTES);
	uint64_t         told;
	bool             ending = lines == NULL;

	while (!ending) {
		if (read(f->wake, &told, sizeof told) < 0 && errno != EINTR)
			break;
		ending = atomic_load(&f->ending);
		drain(f, lines);
	}
	free(lines);
	return NULL;
}

static void tell(struct log_file *f)
{
	uint64_t one = 1;

	(void)!write(f->wake, &one, sizeof one);
}

static void file_free(struct log_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->wake >= 0)
		close(f->wake);
	free(f);
}

int log_file_open(const char *path, uint64_t max_bytes, unsigned keep,
                  struct log_file **ret_file)
{
	struct log_file *f = calloc(1, sizeof *f);
	int              r;

	if (f == NULL)
		return -ENOMEM;
	f->fd = -1;
	f->max_bytes = max_bytes;
	f->keep = keep;
	f->wake = eventfd(0, EFD_CLOEXEC);
	if (f->wake < 0)
		r = -errno;
	else if (text_copy(f->path, sizeof f->path, path) != strlen(path))
		r = -ENAMETOOLONG;
	else
		r = file_begin(f);
	if (r == 0)
		r = linux_thread_start(&f->thread, writer, f);
	if (r < 0) {
		file_free(f);
		return r;
	}
	*ret_file = f;
	return 0;
}

void log_file_put(struct log_file *f, const void *bytes, size_t n)
{
	uint64_t put = atomic_load(&f->put);
	uint64_t taken = atomic_load_explicit(&f->taken, memory_order_acquire);
	size_t   at = put % LOG_RING_BYTES, first;

	if (n > LOG_RING_BYTES - (put - taken)) {
		atomic_fetch_add(&f->dropped, 1);
		return;
	}
	first = n < LOG_RING_BYTES - at ? n : LOG_RING_BYTES - at;
	memcpy(f->ring + at, bytes, first);
	memcpy(f->ring, (const char *)bytes + first, n - first);
	atomic_store_explicit(&f->put, put + n, memory_order_release);
	tell(f);
}

struct log_counts log_file_counts(const struct log_file *f)
{
	return (struct log_counts){
		atomic_load(&f->dropped), atomic_load(&f->failed),
		atomic_load(&f->begun), atomic_load(&f->error),
	};
}

void log_file_close(struct log_file *f)
{
	if (f == NULL)
		return;
	atomic_store(&f->ending, true);
	tell(f);
	(void)pthread_join(f->thread, NULL);
	file_free(f);
}
