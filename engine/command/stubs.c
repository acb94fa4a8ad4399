/* stubs.c -- 'pqs stubs': files by which an editor knows the rule language.
 *
 * All have names that begin with a dot, so pqs takes none of them for a rule
 * file.  Each is there whole or not at all, and what somebody else wrote stays.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "command/command.h"
#include "command/start.h"
#include "command/stub_text.h"

#define PATH_BYTES (CONFIG_PATH_MAX + 32)
#define HEAD_BYTES 256          /* of a file, in which our mark would be      */
#define FOLDER     ".pqs"

static const struct {
	const char *name;
	void      (*print)(FILE *out);
} files[] = {
	{ FOLDER "/language.lua", stub_language },
	{ ".luarc.json",          stub_luarc },
	{ ".luacheckrc",          stub_luacheckrc },
};

#define FILES (sizeof files / sizeof files[0])

static void path_of(const char *folder, const char *name, char *out)
{
	snprintf(out, PATH_BYTES, "%s/%s", folder, name);
}

/* True also when there is none. */
static bool is_ours(const char *path)
{
	char    head[HEAD_BYTES + 1];
	ssize_t n = 0;
	int     fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR;
	n = read(fd, head, HEAD_BYTES);
	close(fd);
	head[n > 0 ? n : 0] = '\0';
	return strstr(head, STUB_MARK) != NULL;
}

static int foreign(const char *folder)
{
	char path[PATH_BYTES];
	int  found = 0;

	for (size_t i = 0; i < FILES; i++) {
		path_of(folder, files[i].name, path);
		if (is_ours(path))
			continue;
		fprintf(stderr, "pqs stubs: %s was not written by this "
		        "command\n", path);
		found++;
	}
	if (found > 0)
		fputs("pqs stubs: nothing was written; move that away, or "
		      "replace it with --force\n", stderr);
	return found;
}

static int refused(const char *path)
{
	fprintf(stderr, "pqs stubs: %s: %s\n", path, strerror(errno));
	return EXIT_SYSTEM;
}

/* Beside the file, and then in its place. */
static int write_file(const char *path, void (*print)(FILE *out))
{
	char  fresh[PATH_BYTES + 8];
	FILE *out;
	int   fd;

	snprintf(fresh, sizeof fresh, "%s.XXXXXX", path);
	fd = mkstemp(fresh);
	if (fd < 0)
		return refused(path);
	fchmod(fd, 0644);
	out = fdopen(fd, "w");
	if (out == NULL) {
		close(fd);
		unlink(fresh);
		return refused(path);
	}
	print(out);
	if (fclose(out) != 0 || rename(fresh, path) < 0) {
		int code = refused(path);

		unlink(fresh);
		return code;
	}
	return EXIT_OK;
}

static int make_folder(const char *path)
{
	return mkdir(path, 0755) < 0 && errno != EEXIST ? refused(path)
	                                                : EXIT_OK;
}

static void tell_file(const char *path, bool as_json)
{
	char        line[2 * PATH_BYTES];
	struct json j;

	if (!as_json) {
		puts(path);
		return;
	}
	json_begin(&j, line, sizeof line);
	json_text(&j, "row", "file");
	json_text(&j, "file", path);
	if (json_end(&j) > 0)
		fwrite(line, 1, j.used, stdout);
}

static int write_all(const char *folder, bool as_json)
{
	char path[PATH_BYTES];
	int  code = make_folder(folder);

	path_of(folder, FOLDER, path);
	if (code == EXIT_OK)
		code = make_folder(path);
	for (size_t i = 0; i < FILES && code == EXIT_OK; i++) {
		path_of(folder, files[i].name, path);
		code = write_file(path, files[i].print);
		if (code == EXIT_OK)
			tell_file(path, as_json);
	}
	return code;
}

int command_stubs(int argc, char **argv)
{
	struct start s;
	int          code = start_options(&s, argc, argv);

	if (code != EXIT_OK)
		return code;
	if (s.rest_count != 1)
		return command_misused(argv[0], "where to? give a folder, "
		                       "usually the one of your rules");
	if (strlen(s.rest[0]) >= CONFIG_PATH_MAX)
		return command_misused(argv[0], "that name is too long");
	if (!s.force && foreign(s.rest[0]) > 0)
		return EXIT_WRONG;
	return write_all(s.rest[0], s.json);
}
