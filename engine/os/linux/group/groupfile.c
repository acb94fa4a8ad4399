/* groupfile.c -- the files of one group, which are read and written as text. */

#include "os/linux/group/groupfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/actuator/actuator.h"

#define FILE_PATH (PATH_KEEP * 2 + 64)

static int path_of(const char *folder, const char *file, char out[FILE_PATH])
{
	int n = snprintf(out, FILE_PATH, "%s/%s", folder, file);

	return n < 0 || n >= FILE_PATH ? -ENAMETOOLONG : 0;
}

int groupfile_read(const char *folder, const char *file, char *out, size_t size)
{
	char path[FILE_PATH];
	int  r = path_of(folder, file, path);

	if (r == 0)
		r = path_read(path, out, size);
	if (r > 0 && out[r - 1] == '\n')
		out[--r] = '\0';
	return r;
}

int groupfile_write(const char *folder, const char *file, const char *text)
{
	char    path[FILE_PATH];
	size_t  size = strlen(text);
	ssize_t n;
	int     r = path_of(folder, file, path), fd;

	if (r < 0)
		return r;
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, text, size);
	r = n < 0 ? -errno : (size_t)n < size ? -EIO : 0;
	close(fd);
	return r;
}

bool groupfile_there(const char *folder, const char *file)
{
	char path[FILE_PATH];

	return path_of(folder, file, path) == 0 && access(path, F_OK) == 0;
}

bool groupfile_has_word(const char *list, const char *word)
{
	size_t size = strlen(word), n;

	for (; *list != '\0'; list += n + (list[n] != '\0')) {
		n = strcspn(list, " \n");
		if (n == size && strncmp(list, word, n) == 0)
			return true;
	}
	return false;
}

bool groupfile_is_set(const char *text, const char *word)
{
	size_t      n = strlen(word);
	const char *at = text;

	while ((at = strstr(at, word)) != NULL) {
		if ((at == text || at[-1] == '\n') && at[n] == ' ')
			return at[n + 1] != '0';
		at += n;
	}
	return false;
}
