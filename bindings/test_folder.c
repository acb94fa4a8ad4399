/* test_folder.c -- files of tests by folder, each with the rules beside them.
 *
 * All of them are read before the first is run.
 */

#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "paths.h"

#define PATH_BYTES 4096

static int tell(const char *path, int status)
{
	fprintf(stderr, "%s: %s\n", path, strerror(-status));
	return status;
}

static int file_add(struct rule_book *b, const char *path)
{
	char  *text;
	size_t bytes;
	int    status = path_read(path, RULE_FILE_MAX, &text, &bytes);

	if (status == 0) {
		if (bytes > RULE_FILE_MAX)
			status = -EFBIG;
		else
			status = rule_book_add(b, LAYER_ADMIN, path, text,
			                       bytes);
		free(text);
	}
	return status < 0 ? tell(path, status) : 0;
}

static void folder_of(const char *path, char *out, size_t size)
{
	const char *name = text_base_name(path);

	if (name == path)
		text_copy(out, size, ".");
	else
		text_copy_bytes(out, size, path,
		                (size_t)(name - path) - (name - path > 1));
}

static int is_rules(const struct dirent *e)
{
	return e->d_name[0] != '.' && path_is_rules(e->d_name);
}

/* The rules of the folder itself; what lies below has tests of its own. */
static int rules_add(struct test_folder *f)
{
	struct dirent **entry = NULL;
	char            path[PATH_BYTES];
	int             n = scandir(f->path, &entry, is_rules, alphasort);
	int             status = 0;

	if (n < 0)
		return tell(f->path, -errno);
	for (int i = 0; i < n; i++) {
		if (strcmp(f->path, ".") == 0)
			text_copy(path, sizeof path, entry[i]->d_name);
		else
			snprintf(path, sizeof path, "%s/%s", f->path,
			         entry[i]->d_name);
		if (status == 0)
			status = file_add(f->rules, path);
		free(entry[i]);
	}
	free(entry);
	return status;
}

static int folder_open(struct test_folder *f, const char *path)
{
	f->path = strdup(path);
	f->rules = rule_book_new();
	f->files = rule_book_new();
	if (f->path == NULL || f->rules == NULL || f->files == NULL)
		return tell(path, -ENOMEM);
	return rules_add(f);
}

/* The one of that path, made when it is not there. */
static int folder_find(struct test_folders *all, const char *path,
                       struct test_folder **ret_folder)
{
	struct test_folder *more;

	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->folder[i].path, path) == 0) {
			*ret_folder = &all->folder[i];
			return 0;
		}
	more = realloc(all->folder, (all->count + 1) * sizeof *more);
	if (more == NULL)
		return tell(path, -ENOMEM);
	all->folder = more;
	*ret_folder = &more[all->count];
	more[all->count++] = (struct test_folder){ 0 };
	return folder_open(*ret_folder, path);
}

static int test_add(struct test_folders *all, const char *path)
{
	struct test_folder *f;
	char                folder[PATH_BYTES];
	int                 status;

	if (strncmp(path, "./", 2) == 0)
		path += 2;
	if (!path_is_test(path)) {
		fprintf(stderr, "%s: tests are in files named *.test.lua\n",
		        path);
		return -EINVAL;
	}
	folder_of(path, folder, sizeof folder);
	status = folder_find(all, folder, &f);
	if (status == 0)
		status = file_add(f->files, path);
	if (status == 0)
		f->count++;
	return status;
}

int test_folders_read(struct test_folders *all, int n, char **arguments)
{
	struct paths p = { 0 };
	char         bad[PATH_BYTES];
	int          status = 0;

	for (int i = 0; status == 0 && i < n; i++) {
		status = paths_add(&p, arguments[i], path_is_test, bad,
		                   sizeof bad);
		if (status < 0)
			tell(bad, status);
	}
	paths_sort(&p);
	for (size_t i = 0; status == 0 && i < p.count; i++)
		status = test_add(all, p.path[i]);
	paths_clear(&p);
	return status;
}

void test_folders_clear(struct test_folders *all)
{
	for (size_t i = 0; i < all->count; i++) {
		rule_book_free(all->folder[i].rules);
		rule_book_free(all->folder[i].files);
		free(all->folder[i].path);
	}
	free(all->folder);
	*all = (struct test_folders){ 0 };
}
