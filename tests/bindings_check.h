/* bindings_check.h -- pqs-rules check, over real files. */
#ifndef TESTS_BINDINGS_CHECK_H
#define TESTS_BINDINGS_CHECK_H

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "json_valid.h"
#include "rule_files.h"

/* A folder for check, and what check printed about it. */
static char folder[64];
static char printed[2][8192];

static void put_file(const char *name, const char *source)
{
	char  path[160];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs(source, f);
	fclose(f);
}

static void folder_make(void)
{
	char sub[96];

	snprintf(folder, sizeof folder, "/tmp/rules.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(sub, sizeof sub, "%s/sub", folder);
	ck_assert_int_eq(mkdir(sub, 0700), 0);
}

static void folder_remove(void)
{
	static const char *const names[] = { "a.lua", "a.test.lua", ".h.lua",
	                                     "sub/b.lua", "note.txt", "sub",
	                                     "out0", "out1", "" };
	char path[160];

	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		remove(path);
	}
}

static void read_back(int which)
{
	char   path[160];
	size_t n;
	FILE  *f;

	snprintf(path, sizeof path, "%s/out%d", folder, which);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	n = fread(printed[which], 1, sizeof printed[which] - 1, f);
	printed[which][n] = '\0';
	fclose(f);
}

/* Exit code of check with these arguments; its output in printed[]. */
static int check_run(int argc, char **argv)
{
	int   status;
	pid_t child;

	put_file("out0", "");
	put_file("out1", "");
	fflush(NULL);
	child = fork();
	if (child == 0) {
		char path[160];

		for (int i = 0; i < 2; i++) {
			snprintf(path, sizeof path, "%s/out%d", folder, i);
			dup2(open(path, O_WRONLY), STDOUT_FILENO + i);
		}
		_exit(command_check(argc, argv));
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	read_back(0);
	read_back(1);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(check_reads_folders_and_counts)
{
	char *argv[] = { (char[]){ "check" }, folder, NULL };

	folder_make();
	put_file("a.lua", "rule \"a\" { match = process { }, tag = \"t\" }");
	put_file("sub/b.lua", "rule \"b\" { match = process { tag = \"t\" }, "
	         "want = function () end }");
	put_file("a.test.lua", "nonsense");
	put_file(".h.lua", "nonsense");
	put_file("note.txt", "nonsense");
	ck_assert_int_eq(check_run(2, argv), 0);
	ck_assert_str_eq(printed[0], "2 rules in 2 files, 1 of them function, "
	                 "1 tag\n");
	ck_assert_str_eq(printed[1], "");
	folder_remove();
}
END_TEST

START_TEST(check_tells_mistakes_by_path_and_line)
{
	char  expected[640];
	char *plain[] = { (char[]){ "check" }, folder, NULL };
	char *json[] = { (char[]){ "check" }, (char[]){ "--json" }, folder,
	                 NULL };

	folder_make();
	put_file("sub/b.lua", "\nrule \"b\" { match = process { }, tag = 5 }");
	put_file("a.lua", "foo = 1");
	ck_assert_int_eq(check_run(2, plain), 1);
	snprintf(expected, sizeof expected,
	         "%s/a.lua:1:1: 'foo' is not local: write local foo = ...\n"
	         "%s/sub/b.lua:2:33: tag takes text, not 5\n", folder, folder);
	ck_assert_str_eq(printed[1], expected);
	ck_assert_str_eq(printed[0], "");
	ck_assert_int_eq(check_run(3, json), 1);
	snprintf(expected, sizeof expected,
	         "{\"files\":2,\"rules\":1,\"functions\":0,\"tags\":0,"
	         "\"mistakes\":["
	         "{\"file\":\"%s/a.lua\",\"line\":1,\"column\":1,"
	         "\"severity\":\"error\",\"rule\":null,\"message\":"
	         "\"'foo' is not local: write local foo = ...\"},"
	         "{\"file\":\"%s/sub/b.lua\",\"line\":2,\"column\":33,"
	         "\"severity\":\"error\",\"rule\":\"b\",\"message\":"
	         "\"tag takes text, not 5\"}]}\n", folder, folder);
	ck_assert_str_eq(printed[0], expected);
	ck_assert_str_eq(printed[1], "");
	folder_remove();
}
END_TEST

/* More than the library can sort without asking the system for memory. */
START_TEST(check_tells_many_mistakes)
{
	char *argv[] = { (char[]){ "check" }, folder, NULL };
	char  source[4096] = "";
	int   lines = 0;

	folder_make();
	for (int i = 0; i < 60; i++)
		snprintf(source + strlen(source), sizeof source -
		         strlen(source), "rule \"r%d\" { mtch = 1 }\n", i);
	put_file("a.lua", source);
	ck_assert_int_eq(check_run(2, argv), EXIT_FAILURE);
	for (const char *at = printed[1]; *at != '\0'; at++)
		lines += *at == '\n';
	ck_assert_int_eq(lines, 60);
	folder_remove();
}
END_TEST

START_TEST(check_knows_options)
{
	char *wrong[] = { (char[]){ "check" }, (char[]){ "--option=hgo=7" },
	                  folder, NULL };
	char *some[] = { (char[]){ "check" }, (char[]){ "--option=hgo=7" },
	                 (char[]){ "--partial" }, folder, NULL };
	char *right[] = { (char[]){ "check" }, (char[]){ "--option=hog=7" },
	                  folder, NULL };
	char *no[] = { (char[]){ "check" }, (char[]){ "--option=hog" }, folder,
	               NULL };

	folder_make();
	put_file("a.lua", "rule \"a\" { match = process { }, want = { nice = "
	         "option (\"hog\", 5) } }");
	ck_assert_int_eq(check_run(3, wrong), EXIT_FAILURE);
	ck_assert_str_eq(printed[1], "pqs.yaml: no rule has an option 'hgo'; "
	                 "did you mean 'hog'?\n");
	ck_assert_int_eq(check_run(4, some), 0);
	ck_assert_int_eq(check_run(3, right), 0);
	ck_assert_int_eq(check_run(3, no), EXIT_USAGE);
	folder_remove();
}
END_TEST

START_TEST(check_without_files_is_told_how)
{
	char *none[] = { (char[]){ "check" }, NULL };
	char *wrong[] = { (char[]){ "check" }, (char[]){ "--jsn" }, NULL };
	char *missing[] = { (char[]){ "check" }, (char[]){ "/nowhere" }, NULL };

	folder_make();
	ck_assert_int_eq(check_run(1, none), EXIT_USAGE);
	ck_assert_int_eq(check_run(2, wrong), EXIT_USAGE);
	ck_assert_int_eq(check_run(2, missing), EXIT_FAILURE);
	ck_assert_str_eq(printed[1], "/nowhere: No such file or directory\n");
	folder_remove();
}
END_TEST

/* An editor, or a user, may open a pipe; nobody waits for its other end. */
START_TEST(check_takes_only_files_and_folders)
{
	char  path[160], expected[256];
	char *argv[] = { (char[]){ "check" }, path, NULL };

	folder_make();
	snprintf(path, sizeof path, "%s/a.lua", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(check_run(2, argv), EXIT_FAILURE);
	snprintf(expected, sizeof expected,
	         "%s: neither a file nor a folder\n", path);
	ck_assert_str_eq(printed[1], expected);
	folder_remove();
}
END_TEST

START_TEST(check_wants_something_to_check)
{
	char  expected[256];
	char *argv[] = { (char[]){ "check" }, folder, NULL };

	folder_make();
	ck_assert_int_eq(check_run(2, argv), EXIT_FAILURE);
	snprintf(expected, sizeof expected,
	         "%s: there are no rules (*.lua) here\n", folder);
	ck_assert_str_eq(printed[1], expected);
	ck_assert_str_eq(printed[0], "");
	folder_remove();
}
END_TEST

/* As 'pqs run' has it: a user's rule may have the name of a vendor's. */
START_TEST(check_knows_layers)
{
	char  a[160], b[160];
	char *two[] = { (char[]){ "check" }, (char[]){ "--layer=vendor" }, a,
	                (char[]){ "--layer=user" }, (char[]){ "--" }, b, NULL };
	char *one[] = { (char[]){ "check" }, a, b, NULL };
	char *none[] = { (char[]){ "check" }, (char[]){ "--layer=vndor" }, a,
	                 NULL };

	folder_make();
	put_file("a.lua", "rule \"r\" { match = process { }, tag = \"t\" }");
	put_file("sub/b.lua",
	         "rule \"r\" { match = process { }, tag = \"t\" }");
	snprintf(a, sizeof a, "%s/a.lua", folder);
	snprintf(b, sizeof b, "%s/sub/b.lua", folder);
	ck_assert_int_eq(check_run(6, two), 0);
	ck_assert_int_eq(check_run(3, one), EXIT_FAILURE);
	ck_assert_int_eq(check_run(3, none), EXIT_FAILURE);
	ck_assert_str_eq(printed[1],
	                 "pqs-rules check: there is no layer 'vndor'\n");
	folder_remove();
}
END_TEST

#define DOUBTED "rule \"r\" { match = process { pid = 0 }, want = { nice = " \
                "1 } }\n"

/* A rule that is right and useless is told of only when asked. */
START_TEST(strict_check_tells_doubts_and_fails)
{
	char  expected[512];
	char *plain[] = { (char[]){ "check" }, folder, NULL };
	char *strict[] = { (char[]){ "check" }, (char[]){ "--strict" }, folder,
	                   NULL };
	char *json[] = { (char[]){ "check" }, (char[]){ "--strict" },
	                 (char[]){ "--json" }, folder, NULL };

	folder_make();
	put_file("a.lua", DOUBTED);
	ck_assert_int_eq(check_run(2, plain), 0);
	ck_assert_str_eq(printed[1], "");
	ck_assert_int_eq(check_run(3, strict), EXIT_FAILURE);
	snprintf(expected, sizeof expected, "%s/a.lua:1:30: warning: pid = 0 "
	         "can never match: it is 1 to 4194304\n", folder);
	ck_assert_str_eq(printed[1], expected);
	ck_assert_str_eq(printed[0], "");
	ck_assert_int_eq(check_run(4, json), EXIT_FAILURE);
	snprintf(expected, sizeof expected,
	         "{\"files\":1,\"rules\":1,\"functions\":0,\"tags\":0,"
	         "\"mistakes\":[{\"file\":\"%s/a.lua\",\"line\":1,"
	         "\"column\":30,\"severity\":\"warning\",\"rule\":\"r\","
	         "\"message\":\"pid = 0 can never match: it is 1 to "
	         "4194304\"}]}\n", folder);
	ck_assert_str_eq(printed[0], expected);
	ck_assert(json_is_valid(printed[0]));
	folder_remove();
}
END_TEST

/* What another machine can do is no reason to refuse the rules. */
START_TEST(strict_check_fails_for_no_note)
{
	char  expected[512];
	char *argv[] = { (char[]){ "check" }, (char[]){ "--strict" },
	                 (char[]){ "--cannot=nice=-5: denied: because" },
	                 folder, NULL };
	char *wrong[] = { (char[]){ "check" }, (char[]){ "--strict" },
	                  (char[]){ "--cannot=nise=-5: denied" }, folder,
	                  NULL };

	folder_make();
	put_file("a.lua", "rule \"r\" { match = process { uid = 0 }, want = { "
	         "nice = -1 } }\n");
	ck_assert_int_eq(check_run(4, argv), 0);
	snprintf(expected, sizeof expected, "%s/a.lua:1:50: note: on this "
	         "machine nice = -1 is denied: because\n", folder);
	ck_assert_str_eq(printed[1], expected);
	ck_assert_str_eq(printed[0], "1 rule in 1 file, 0 of them functions, 0 "
	                 "tags\n");
	ck_assert_int_eq(check_run(4, wrong), EXIT_USAGE);
	folder_remove();
}
END_TEST

/* PATH has a link to another file, one to a script, and a program. */
START_TEST(strict_check_looks_at_the_programs_of_this_machine)
{
	char  expected[512], path[160], link[160], before[4096];
	char *argv[] = { (char[]){ "check" }, (char[]){ "--strict" }, folder,
	                 NULL };

	folder_make();
	snprintf(before, sizeof before, "%s", getenv("PATH"));
	put_file("a.lua", "rule \"r\" { match = process { name = \"py\", uid = "
	         "0 }, want = { nice = 1 } }\n"
	         "rule \"s\" { match = process { name = \"b.lua\" }, want = { "
	         "nice = 1 } }\n"
	         "rule \"t\" { match = process { name = \"h\" }, want = { nice "
	         "= 1 } }\n");
	put_file("sub/b.lua", "local x = 1\n");
	put_file(".h.lua", "#!/bin/sh\n");
	snprintf(path, sizeof path, "%s/py3", folder);
	put_file("py3", "\177ELF");
	chmod(path, 0755);
	snprintf(path, sizeof path, "%s/.h.lua", folder);
	chmod(path, 0755);
	snprintf(link, sizeof link, "%s/py", folder);
	ck_assert_int_eq(symlink("py3", link), 0);
	snprintf(link, sizeof link, "%s/h", folder);
	ck_assert_int_eq(symlink(".h.lua", link), 0);
	setenv("PATH", folder, 1);
	ck_assert_int_eq(check_run(3, argv), EXIT_FAILURE);
	setenv("PATH", before, 1);
	snprintf(expected, sizeof expected, "%s/a.lua:1:38: warning: on this "
	         "machine 'py' is a link to 'py3', and name is the file's own\n",
	         folder);
	ck_assert_ptr_nonnull(strstr(printed[1], expected));
	ck_assert_ptr_null(strstr(printed[1], "'h'"));
	ck_assert_ptr_null(strstr(printed[1], "'b.lua'"));
	unlink(link);
	snprintf(link, sizeof link, "%s/py", folder);
	unlink(link);
	snprintf(path, sizeof path, "%s/py3", folder);
	unlink(path);
	folder_remove();
}
END_TEST

static TCase *check_case(void)
{
	TCase *c = tcase_create("check");

	tcase_add_test(c, check_reads_folders_and_counts);
	tcase_add_test(c, check_tells_mistakes_by_path_and_line);
	tcase_add_test(c, check_tells_many_mistakes);
	tcase_add_test(c, check_knows_options);
	tcase_add_test(c, check_without_files_is_told_how);
	tcase_add_test(c, check_takes_only_files_and_folders);
	tcase_add_test(c, check_wants_something_to_check);
	tcase_add_test(c, check_knows_layers);
	tcase_add_test(c, strict_check_tells_doubts_and_fails);
	tcase_add_test(c, strict_check_fails_for_no_note);
	tcase_add_test(c, strict_check_looks_at_the_programs_of_this_machine);
	tcase_set_timeout(c, 120);
	return c;
}

#endif
