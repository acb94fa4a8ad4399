/* test_going_back.c -- rules that a person went back to, over a restart. */

#include <check.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "running.h"

static struct running r;
static struct running other;            /* for what commands print            */

static void clear(void)
{
	if (other.out >= 0)
		close(other.out);
	running_clear(&r);
}

static const char *path_of(const char *name)
{
	static char paths[4][160];
	static int  next;
	char       *path = paths[next++ % 4];

	snprintf(path, sizeof paths[0], "%s/%s", r.folder, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void put_nice(int nice)
{
	char text[120];

	snprintf(text, sizeof text, "rule \"n\" { match = process { name = "
	         "\"e2eback\" }, want = { nice = %d } }\n", nice);
	put("rules/a.lua", text);
}

/* 0: it is not there. */
static time_t written(const char *name)
{
	struct stat st;

	return stat(path_of(name), &st) < 0 ? 0 : st.st_mtime;
}

static pid_t begin(const char *health)
{
	char  yaml[400];
	pid_t pid;

	running_prepare(&r, NULL, "");
	memset(&other, 0, sizeof other);
	other.out = -1;
	snprintf(yaml, sizeof yaml, "journal: %s/journal\nstate: %s/state\n"
	         "reload: { health: %s }\n"
	         "rules: { vendor: [], admin: [ %s/rules ], users: none }\n",
	         r.folder, r.folder, health, r.folder);
	put("pqs.yaml", yaml);
	ck_assert_int_eq(mkdir(path_of("rules"), 0755), 0);
	put_nice(3);
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eback"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	return pid;
}

static void go_back(void)
{
	char *words[] = { (char[]){ "rollback" }, (char[]){ "--config" },
	                  (char *)(uintptr_t)path_of("pqs.yaml"), NULL };

	ck_assert_msg(running_command(&other, words) == 0, "%s", other.text);
}

/* What is kept of the second is not damaged, but was not wanted. */
static void start_broken(pid_t pid)
{
	running_stop(&r, SIGTERM);
	ck_assert_int_eq(nice_of(pid), 0);
	put("rules/a.lua", "oops (");
	running_start(&r, 0);
	ck_assert(running_says(&r, "starting with generation 1, the last good"));
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	running_stop(&r, SIGTERM);
	program_end(pid);
}

START_TEST(a_start_with_broken_rules_is_with_those_that_were_gone_back_to)
{
	pid_t pid = begin("1ms");

	ck_assert(EVENTUALLY(written("state/generations/generation-1") > 0));
	put_nice(7);
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	ck_assert(EVENTUALLY(written("state/generations/generation-2") > 0));
	go_back();
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	ck_assert(EVENTUALLY(written("state/generations/generation-1") >
	                     written("state/generations/generation-2")));
	start_broken(pid);
}
END_TEST

/* A backup, an editor that saves once more. */
START_TEST(what_was_gone_back_from_stays_away_until_it_changes)
{
	pid_t pid = begin("10s");

	put_nice(7);
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	go_back();
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	put_nice(7);
	put("rules/b.lua", "oops (");
	ck_assert(running_says(&r, "b.lua:1"));
	ck_assert_int_eq(nice_of(pid), 3);
	ck_assert_int_eq(unlink(path_of("rules/b.lua")), 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	running_stop(&r, SIGTERM);
	program_end(pid);
}
END_TEST

/* Nothing was good for long enough before. */
START_TEST(what_was_gone_back_to_is_kept_in_its_time)
{
	pid_t pid = begin("3s");

	put_nice(7);
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	go_back();
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	ck_assert(EVENTUALLY(written("state/generations/generation-1") > 0));
	start_broken(pid);
}
END_TEST

/* The rules worker is looked for beside the program that is run. */
static pid_t start_without_worker(void)
{
	char  command[400];
	pid_t keeper;

	snprintf(command, sizeof command, "cp %s/pqs %s", PQS_BUILD,
	         path_of("pqs"));
	ck_assert_int_eq(system(command), 0);
	keeper = fork();
	if (keeper != 0)
		return keeper;
	if (freopen("/dev/null", "w", stdout) != NULL &&
	    freopen(path_of("said"), "w", stderr) != NULL)
		execl(path_of("pqs"), "pqs", "run", "--config",
		      path_of("pqs.yaml"), NULL);
	_exit(127);
}

START_TEST(what_was_kept_is_in_force_where_no_worker_can_be_had)
{
	pid_t pid = begin("1ms"), keeper;
	int   status;

	ck_assert(EVENTUALLY(written("state/generations/generation-1") > 0));
	running_stop(&r, SIGTERM);
	ck_assert_int_eq(nice_of(pid), 0);
	put_nice(7);
	keeper = start_without_worker();
	ck_assert_int_gt(keeper, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	ck_assert_int_eq(kill(keeper, SIGTERM), 0);
	ck_assert_int_eq(waitpid(keeper, &status, 0), keeper);
	ck_assert_int_eq(nice_of(pid), 0);
	program_end(pid);
}
END_TEST

int main(int argc, char **argv)
{
	Suite   *s = suite_create("e2e: going back");
	TCase   *c = tcase_create("going back");
	SRunner *runner;
	int      failed;

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, a_start_with_broken_rules_is_with_those_that_were_gone_back_to);
	tcase_add_test(c, what_was_gone_back_from_stays_away_until_it_changes);
	tcase_add_test(c, what_was_gone_back_to_is_kept_in_its_time);
	tcase_add_test(c, what_was_kept_is_in_force_where_no_worker_can_be_had);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
