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

#include "reloading.h"

static struct running other;            /* for what commands print            */

static void clear_both(void)
{
	if (other.out >= 0)
		close(other.out);
	clear();
}

static void put_nice(int nice)
{
	put("rules/a.lua", nice_rule("e2eback", nice));
}

/* 0: it is not there. */
static time_t written(const char *name)
{
	struct stat st;

	return stat(path_of(name), &st) < 0 ? 0 : st.st_mtime;
}

static pid_t begin_with(const char *reload)
{
	memset(&other, 0, sizeof other);
	other.out = -1;
	prepare_folder("rules", reload);
	put_nice(3);
	return begin_prepared("e2eback");
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
	pid_t pid = begin_with("reload: { health: 1ms }\n");

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
	pid_t pid = begin_with("reload: { health: 10s }\n");

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
	pid_t pid = begin_with("reload: { health: 3s }\n");

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
	pid_t pid = begin_with("reload: { health: 1ms }\n"), keeper;
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
	Suite *s = suite_create("e2e: going back");
	TCase *c = tcase_create("going back");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear_both);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, a_start_with_broken_rules_is_with_those_that_were_gone_back_to);
	tcase_add_test(c, what_was_gone_back_from_stays_away_until_it_changes);
	tcase_add_test(c, what_was_gone_back_to_is_kept_in_its_time);
	tcase_add_test(c, what_was_kept_is_in_force_where_no_worker_can_be_had);
	suite_add_tcase(s, c);
	return run_suite(s);
}
