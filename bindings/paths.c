/* paths.c -- the files that arguments stand for, in an order of our own. */

#include "paths.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text.h"

#define FOLDER_DEPTH 16
#define PATH_BYTES   4096

/* A name that is nothing but the end is hidden, or no name. */
static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && strcmp(name + n - m, end) == 0;
}

bool path_is_test(const char *name)
{
	return ends_in(name, ".test.lua");
}

bool path_is_rules(const char *name)
{
	return ends_in(name, ".lua") && !path_is_test(name);
}

/* The list owns its texts. */
static int path_put(struct paths *p, const char *path)
{
	size_t room = p->room != 0 ? 2 * p->room : 64;
	char **more;

	if (p->count == p->room) {
		more = realloc(p->path, room * sizeof *more);
		if (more == NULL)
			return -ENOMEM;
		p->path = more;
		p->room = room;
	}
	p->path[p->count] = strdup(path);
	if (p->path[p->count] == NULL)
		return -ENOMEM;
	p->count++;
	return 0;
}

/* One path is lengthened and cut as the walk goes down and up. */
struct walk {
	struct paths *paths;
	bool        (*wanted)(const char *name);
	char         *bad;
	size_t        size;
	char          path[PATH_BYTES];
};

static int walk(struct walk *w, int depth);

/* A name that vanished meanwhile, or a link to nowhere, is passed over. */
static int walk_entry(struct walk *w, size_t length, const char *name,
                      int depth)
{
	struct stat st;
	int         n;

	if (name[0] == '.')
		return 0;
	n = snprintf(w->path + length, sizeof w->path - length, "/%s", name);
	if (n < 0 || (size_t)n >= sizeof w->path - length)
		return -ENAMETOOLONG;
	if (stat(w->path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return walk(w, depth + 1);
	return S_ISREG(st.st_mode) && w->wanted(name)
	               ? path_put(w->paths, w->path) : 0;
}

/* Everything below w->path, which is as it was afterwards. */
static int walk(struct walk *w, int depth)
{
	size_t         length = strlen(w->path);
	DIR           *folder;
	struct dirent *e;
	int            status = 0;

	if (depth > FOLDER_DEPTH)
		return -ELOOP;
	folder = opendir(w->path);
	if (folder == NULL)
		return -errno;
	while (status == 0 && (e = readdir(folder)) != NULL)
		status = walk_entry(w, length, e->d_name, depth);
	closedir(folder);
	if (status == 0)
		w->path[length] = '\0';
	return status;
}

/* A slash too many at the end would show in every path below. */
int paths_add(struct paths *p, const char *path,
              bool (*wanted)(const char *name), char *ret_bad, size_t size)
{
	struct walk w = { .paths = p, .wanted = wanted };
	struct stat st;
	int         status;

	text_copy(w.path, sizeof w.path, path);
	for (size_t n = strlen(w.path); n > 1 && w.path[n - 1] == '/'; n--)
		w.path[n - 1] = '\0';
	if (stat(w.path, &st) < 0)
		status = -errno;
	else
		status = S_ISDIR(st.st_mode) ? walk(&w, 0)
		                             : path_put(p, w.path);
	if (status < 0)
		text_copy(ret_bad, size, w.path);
	return status;
}

static int path_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Two arguments may lead to one file; its rules would then be there twice. */
void paths_sort(struct paths *p)
{
	size_t kept = 0;

	if (p->count > 1)
		qsort(p->path, p->count, sizeof *p->path, path_compare);
	for (size_t i = 0; i < p->count; i++)
		if (kept > 0 && strcmp(p->path[kept - 1], p->path[i]) == 0)
			free(p->path[i]);
		else
			p->path[kept++] = p->path[i];
	p->count = kept;
}

void paths_clear(struct paths *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->path[i]);
	free(p->path);
	*p = (struct paths){ 0 };
}

/* One byte more than the bound is enough to know that it is passed. */
int path_read(const char *path, size_t max, char **ret_text, size_t *ret_bytes)
{
	FILE  *f = fopen(path, "re");
	char  *text;
	size_t n;
	int    status = 0;

	if (f == NULL)
		return -errno;
	text = malloc(max + 1);
	if (text == NULL) {
		fclose(f);
		return -ENOMEM;
	}
	n = fread(text, 1, max + 1, f);
	if (ferror(f))
		status = errno != 0 ? -errno : -EIO;
	fclose(f);
	if (status < 0) {
		free(text);
		return status;
	}
	*ret_text = text;
	*ret_bytes = n;
	return 0;
}
