/* test_folder.c -- files of tests by folder, each with the rules beside them.
 *
 * All of them are read before the first is run.
 */

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "worker/sources.h"

#define PATH_BYTES 4096

static int tell(const char *path, int status)
{
	fprintf(stderr, "%s: %s\n", path, strerror(-status));
	return status;
}

/* What lies here is called as a user would: without "./". */
static int file_add(struct rule_book *b, const struct rule_source *f)
{
	const char *path = f->path + (strncmp(f->path, "./", 2) == 0 ? 2 : 0);
	int         status;

	status = rule_book_add(b, f->layer, path, f->text, f->bytes);
	return status < 0 ? tell(path, status) : 0;
}

static int sources_take(struct sources *s, const char *path)
{
	char why[PATH_BYTES];
	int  status = sources_add(s, LAYER_ADMIN, path, why, sizeof why);

	if (status < 0)
		fprintf(stderr, "%s\n", why);
	return status;
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

/* The rules of the folder itself; what lies below has tests of its own. */
static int rules_add(struct test_folder *f)
{
	struct sources s = { .flat = true };
	int            status = sources_take(&s, f->path);

	for (size_t i = 0; status == 0 && i < s.count; i++)
		status = file_add(f->rules, &s.source[i]);
	sources_clear(&s);
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

static int test_add(struct test_folders *all, const struct rule_source *test)
{
	struct test_folder *f;
	char                folder[PATH_BYTES];
	int                 status;

	if (!source_is_test(test->path)) {
		fprintf(stderr, "%s: tests are in files named *.test.lua\n",
		        test->path);
		return -EINVAL;
	}
	folder_of(test->path, folder, sizeof folder);
	status = folder_find(all, folder, &f);
	if (status == 0)
		status = file_add(f->files, test);
	if (status == 0)
		f->count++;
	return status;
}

int test_folders_read(struct test_folders *all, int n, char **arguments)
{
	struct sources s = { .tests = true };
	int            status = 0;

	for (int i = 0; status == 0 && i < n; i++)
		status = sources_take(&s, arguments[i]);
	for (size_t i = 0; status == 0 && i < s.count; i++)
		status = test_add(all, &s.source[i]);
	sources_clear(&s);
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
