/* test_freeze.c -- who is frozen goes on when nobody wants it frozen any more,
 * whoever died in between. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "freezing.h"
#include "running.h"

static struct running r;
static pid_t          pid;

static const char freezing[] =
	"rule \"f\" { match = process { name = \"e2efrozen\" },"
	" want = { freeze = true } }";

/* By signals, and by a group of its own. */
static const char *const ways[] = { "control_groups: false\n", "" };

static bool stands_still(int way)
{
	return way == 0 ? state_of(pid) == 'T' : is_held(pid);
}

static bool goes_on(void)
{
	return state_of(pid) == 'S' && !is_held(pid);
}

static void start(int way)
{
	running_prepare(&r, freezing, ways[way]);
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2efrozen"), NULL, 0);
}

static void clear(void)
{
	if (pid > 0)
		program_end(pid);
	pid = 0;
	running_clear(&r);
}

START_TEST(it_stands_still_until_pqs_ends)
{
	start(_i);
	ck_assert(EVENTUALLY(stands_still(_i)));
	ck_assert(running_says(&r, "freeze         false -> true  applied"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(EVENTUALLY(goes_on()));
}
END_TEST

START_TEST(the_keeper_thaws_when_the_core_is_killed)
{
	pid_t dead;

	start(_i);
	ck_assert(EVENTUALLY(stands_still(_i)));
	dead = r.core;
	kill(dead, SIGKILL);
	ck_assert(EVENTUALLY(goes_on()));
	ck_assert(EVENTUALLY((r.core = running_find_core(&r)) > 0 &&
	                     r.core != dead));
	ck_assert(EVENTUALLY(stands_still(_i)));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert(EVENTUALLY(goes_on()));
}
END_TEST

START_TEST(the_core_thaws_when_the_keeper_is_killed)
{
	start(_i);
	ck_assert(EVENTUALLY(stands_still(_i)));
	kill(r.keeper, SIGKILL);
	waitpid(r.keeper, NULL, 0);
	r.keeper = 0;
	ck_assert(EVENTUALLY(goes_on()));
	ck_assert(EVENTUALLY(kill(r.core, 0) < 0));
}
END_TEST

START_TEST(pqs_undo_thaws_when_all_were_killed)
{
	start(_i);
	ck_assert(EVENTUALLY(stands_still(_i)));
	running_kill(&r);
	ck_assert(stands_still(_i));
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert(EVENTUALLY(goes_on()));
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert(EVENTUALLY(goes_on()));
}
END_TEST

START_TEST(the_next_start_thaws_whom_no_rule_freezes_any_more)
{
	char  path[128];
	FILE *rules;

	start(_i);
	ck_assert(EVENTUALLY(stands_still(_i)));
	running_kill(&r);
	ck_assert(stands_still(_i));
	snprintf(path, sizeof path, "%s/rules.lua", r.folder);
	rules = fopen(path, "w");
	ck_assert_ptr_nonnull(rules);
	fclose(rules);
	running_start(&r, 0);
	ck_assert(EVENTUALLY(goes_on()));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

/* Whoever continues it has decided. */
START_TEST(who_was_continued_by_somebody_else_stays_so)
{
	start(0);
	ck_assert(EVENTUALLY(state_of(pid) == 'T'));
	ck_assert_int_eq(kill(pid, SIGCONT), 0);
	ck_assert(EVENTUALLY(state_of(pid) == 'S'));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(state_of(pid), 'S');
}
END_TEST

START_TEST(who_was_stopped_by_somebody_else_stays_so)
{
	const char *path;

	running_prepare(&r, freezing, "");
	path = program_make(&r, "e2efrozen");
	pid = program_start(path, NULL, 0);
	ck_assert(EVENTUALLY(program_ready(pid)));
	kill(pid, SIGSTOP);
	ck_assert(EVENTUALLY(state_of(pid) == 'T'));
	running_start(&r, 0);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(state_of(pid), 'T');
}
END_TEST

/* The test started pqs, so without it nobody could start that again. */
START_TEST(who_started_pqs_is_not_frozen)
{
	char        path[256], *name;
	static char rule[512];
	ssize_t     n = readlink("/proc/self/exe", path, sizeof path - 1);

	ck_assert_int_gt(n, 0);
	path[n] = '\0';
	name = strrchr(path, '/') + 1;
	snprintf(rule, sizeof rule, "rule \"f\" { match = process { name = "
	         "\"%s\" }, want = { freeze = true } }", name);
	running_prepare(&r, rule, "");
	running_start(&r, 0);
	ck_assert(running_says(&r, "pqs was started from it"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_loop_test(c, it_stands_still_until_pqs_ends, 0, 2);
	tcase_add_loop_test(c, the_keeper_thaws_when_the_core_is_killed, 0, 2);
	tcase_add_loop_test(c, the_core_thaws_when_the_keeper_is_killed, 0, 2);
	tcase_add_loop_test(c, pqs_undo_thaws_when_all_were_killed, 0, 2);
	tcase_add_loop_test(c, the_next_start_thaws_whom_no_rule_freezes_any_more, 0, 2);
	tcase_add_test(c, who_was_continued_by_somebody_else_stays_so);
	tcase_add_test(c, who_was_stopped_by_somebody_else_stays_so);
	tcase_add_test(c, who_started_pqs_is_not_frozen);
	return run_case(c, "freeze");
}
