/* test_examples.c -- each folder of examples/ is what a person would install:
 * its rules load with its pqs.yaml, options included.  (Its tests are played by
 * "pqs test examples".) */

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

static struct running r;
static glob_t         found;

static void prepare(void)
{
	running_prepare(&r, "", "");
	ck_assert_int_eq(glob(PQS_TREE "/examples/*/pqs.yaml", 0, NULL, &found),
	                 0);
}

static void clear(void)
{
	globfree(&found);
	running_clear(&r);
}

static void has_file(const char *folder, const char *pattern)
{
	char   path[512];
	glob_t files;

	snprintf(path, sizeof path, "%s/%s", folder, pattern);
	ck_assert_msg(glob(path, 0, NULL, &files) == 0, "there is no %s", path);
	globfree(&files);
}

/* As it would lie in /etc/pqs: only of a configured folder are all options
 * known, so that one that no rule asks for is a mistake. */
static const char *install(const char *config, const char *folder)
{
	static char path[128];
	char        command[1024];

	snprintf(path, sizeof path, "%s/installed.yaml", r.folder);
	snprintf(command, sizeof command, "{ cat '%s'; echo 'rules: { vendor: "
	         "[], admin: \"%s\" }'; } >'%s'", config, folder, path);
	ck_assert_int_eq(system(command), 0);
	return path;
}

START_TEST(every_example_loads_as_it_would_be_installed)
{
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *config = found.gl_pathv[i], path[128], me[16];
		char *folder = strndup(config, strlen(config) -
		                       strlen("/pqs.yaml"));
		char  explain[] = "explain", option[] = "--config";
		char *words[] = { explain, option, path, me, NULL };

		snprintf(path, sizeof path, "%s", install(config, folder));
		snprintf(me, sizeof me, "%d", (int)getpid());
		ck_assert_msg(running_command(&r, words) == 0, "%s: %s", folder,
		              r.text);
		has_file(folder, "*.lua");
		has_file(folder, "*.test.lua");
		has_file(folder, "README.md");
		free(folder);
	}
	ck_assert_uint_ge(found.gl_pathc, 4);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("folders");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, prepare, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, every_example_loads_as_it_would_be_installed);
	return run_case(c, "examples");
}
