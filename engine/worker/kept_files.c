/* kept_files.c -- which generations are kept, and which of them
 * was good last. */

#include "worker/kept_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "worker/kept.h"

#define PREFIX "generation-"

int kept_file(const char *folder, uint32_t number, char *out, size_t size)
{
	int n = snprintf(out, size, "%s/" PREFIX "%u", folder,
	                 (unsigned)number);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* One that was gone back to was good later than one with a higher number: when
 * its file was written tells. */
struct entry {
	uint32_t number;
	time_t   written_s;
};

static int by_time_down(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->written_s != y->written_s)
		return x->written_s < y->written_s ? 1 : -1;
	return x->number < y->number ? 1 : x->number > y->number ? -1 : 0;
}

static bool entry_read(DIR *dir, const char *name, struct entry *ret)
{
	struct stat st;
	int64_t     number;

	if (strncmp(name, PREFIX, sizeof(PREFIX) - 1) != 0 ||
	    text_number(name + sizeof(PREFIX) - 1, &number) < 0 ||
	    number < 1 || number > UINT32_MAX ||
	    fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*ret = (struct entry){ (uint32_t)number, st.st_mtime };
	return true;
}

/* All that are there, malloc'd, the last good one first. */
static size_t entries_read(const char *folder, struct entry **ret_all)
{
	DIR           *dir = opendir(folder);
	struct dirent *file;
	struct entry  *all = NULL, *more, one;
	size_t         n = 0;

	while (dir != NULL && (file = readdir(dir)) != NULL) {
		if (!entry_read(dir, file->d_name, &one))
			continue;
		more = reallocarray(all, n + 1, sizeof(*all));
		if (more == NULL)
			break;
		all = more;
		all[n++] = one;
	}
	if (dir != NULL)
		closedir(dir);
	if (n > 0)
		qsort(all, n, sizeof(*all), by_time_down);
	*ret_all = all;
	return n;
}

size_t kept_list(const char *folder, uint32_t ret_numbers[GENERATIONS_KEPT])
{
	struct entry *all;
	size_t        n = entries_read(folder, &all);

	if (n > GENERATIONS_KEPT)
		n = GENERATIONS_KEPT;
	for (size_t i = 0; i < n; i++)
		ret_numbers[i] = all[i].number;
	free(all);
	return n;
}

uint32_t kept_highest(const char *folder)
{
	uint32_t kept[GENERATIONS_KEPT], highest = 0;
	size_t   n = kept_list(folder, kept);

	for (size_t i = 0; i < n; i++)
		highest = kept[i] > highest ? kept[i] : highest;
	return highest;
}

void kept_prune(const char *folder)
{
	struct entry *all;
	size_t        n = entries_read(folder, &all);
	char          path[PATH_MAX];

	for (size_t i = GENERATIONS_KEPT; i < n; i++)
		if (kept_file(folder, all[i].number, path, sizeof(path)) == 0)
			(void)unlink(path);
	free(all);
}

int kept_date(const char *folder, int fd)
{
	struct timespec at[2] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
	struct entry   *all;

	clock_gettime(CLOCK_REALTIME, &at[1]);
	if (entries_read(folder, &all) > 0 &&
	    at[1].tv_sec <= all[0].written_s)
		at[1].tv_sec = all[0].written_s + 1;
	free(all);
	return futimens(fd, at) < 0 ? -errno : 0;
}
