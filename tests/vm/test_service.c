/* test_service.c -- pqs as a service of systemd: how it starts, reads its rules
 * anew, ends, and comes back when a part of it is killed or does not turn. */

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "managed.h"

/* Rules are read when somebody says so, and at a start. */
#define TOLD "reload: { watch: false }\n"

static const char eight[] =
	"rule \"s\" { match = process { name = \"vmserved\" },"
	" want = { nice = 8 } }\n";
static const char nine[] =
	"rule \"s\" { match = process { name = \"vmserved\" },"
	" want = { nice = 9 } }\n";
static const char wrong[] = "rule \"s\" { match = proces { } }\n";
static const char other[] =
	"rule \"o\" { match = process { name = \"vmnobody\" },"
	" want = { nice = 1 } }\n";
static const char frozen[] =
	"rule \"f\" { match = process { name = \"vmserved\" },"
	" want = { nice = 8, freeze = true } }\n";

static pid_t pid;

static bool says(const char *text)
{
	bool found = strstr(managed_said, text) != NULL;

	if (!found)
		printf("not there: %s\n", text);
	return found;
}

static bool status_says(const char *text)
{
	managed_run("systemctl status -l -n 50 pqs");
	return says(text);
}

/* pqs with these rules, and a process that they are about. */
static void begin(const char *rules)
{
	managed_begin(rules, TOLD);
	pid = program_start(program_make(&r, "vmserved"), NULL, 0);
	ck_assert(BEFORE_LONG(program_ready(pid)));
	managed_start();
}

static bool is_as_it_was(void)
{
	return nice_of(pid) == 0 && state_of(pid) == 'S';
}

static bool is_frozen(void)
{
	return nice_of(pid) == 8 && state_of(pid) == 'T';
}

START_TEST(it_is_active_when_its_rules_are_in_force)
{
	begin(eight);
	ck_assert_int_eq(managed_run("systemctl is-active pqs"), 0);
	ck_assert(status_says("Active: active (running)"));
	ck_assert(says("Status: \"rules are in force\""));
	ck_assert(says("/usr/local/bin/pqs run"));
	ck_assert(says("1 rule in force"));
	ck_assert(BEFORE_LONG(nice_of(pid) == 8));
}
END_TEST

START_TEST(with_wrong_rules_it_does_not_start_and_says_where)
{
	managed_begin(wrong, TOLD);
	ck_assert_int_ne(managed_run("systemctl start pqs"), 0);
	ck_assert(BEFORE_LONG(managed_is("pqs", "ActiveState", "failed")));
	ck_assert(status_says("/etc/pqs/rules/vm.lua:1:"));
	ck_assert(managed_is("pqs", "NRestarts", "0"));
}
END_TEST

START_TEST(reload_puts_other_rules_in_force)
{
	begin(eight);
	ck_assert(BEFORE_LONG(nice_of(pid) == 8));
	managed_rules(nine);
	ck_assert_int_eq(managed_run("systemctl reload pqs"), 0);
	ck_assert(BEFORE_LONG(nice_of(pid) == 9));
	ck_assert(managed_is("pqs", "ActiveState", "active"));
	ck_assert_int_eq(atoi(managed_property("pqs", "MainPID")), r.keeper);
}
END_TEST

START_TEST(a_reload_of_wrong_rules_fails_and_the_old_ones_stay)
{
	begin(eight);
	managed_rules(wrong);
	ck_assert_int_ne(managed_run("systemctl reload pqs"), 0);
	ck_assert(status_says("/etc/pqs/rules/vm.lua:1:"));
	ck_assert(says("generation 1 stays in force"));
	ck_assert(says("Active: active (running)"));
	ck_assert(BEFORE_LONG(nice_of(pid) == 8));
	program_end(pid);
	pid = program_start(program_make(&r, "vmserved"), NULL, 0);
	ck_assert(BEFORE_LONG(nice_of(pid) == 8));
}
END_TEST

START_TEST(restart_takes_the_rules_of_now_and_nothing_else_stays)
{
	begin(eight);
	ck_assert(BEFORE_LONG(nice_of(pid) == 8));
	ck_assert_int_eq(managed_run("systemctl restart pqs"), 0);
	ck_assert(BEFORE_LONG(nice_of(pid) == 8));
	managed_rules(other);
	ck_assert_int_eq(managed_run("systemctl restart pqs"), 0);
	ck_assert(is_as_it_was());
}
END_TEST

START_TEST(stop_puts_everything_back)
{
	begin(frozen);
	ck_assert(BEFORE_LONG(is_frozen()));
	ck_assert_int_eq(managed_run("systemctl stop pqs"), 0);
	ck_assert(is_as_it_was());
	ck_assert(managed_is("pqs", "ActiveState", "inactive"));
	ck_assert(managed_is("pqs", "Result", "success"));
	ck_assert_int_eq(access("/sys/fs/cgroup/system.slice/pqs.service",
	                        F_OK), -1);
}
END_TEST

START_TEST(a_killed_core_is_replaced_by_the_keeper)
{
	pid_t keeper, core;

	begin(frozen);
	ck_assert(BEFORE_LONG(is_frozen()));
	keeper = r.keeper;
	core = r.core;
	managed_rules(other);
	kill(core, SIGKILL);
	ck_assert(BEFORE_LONG((r.core = running_find_core(&r)) > 0 &&
	                     r.core != core));
	ck_assert(BEFORE_LONG(is_as_it_was()));
	ck_assert(BEFORE_LONG(status_says("Status: \"rules are in force\"")));
	managed_look();
	ck_assert_int_eq(r.keeper, keeper);
	ck_assert(managed_is("pqs", "NRestarts", "0"));
}
END_TEST

/* Whoever was killed is not asked any more; ExecStopPost= has it put back. */
static void expect_restart(const char *result)
{
	pid_t keeper = r.keeper;

	ck_assert(BEFORE_LONG(managed_is("pqs", "NRestarts", "1")));
	ck_assert(BEFORE_LONG(managed_is("pqs", "ActiveState", "active")));
	ck_assert(BEFORE_LONG(is_as_it_was()));
	managed_look();
	ck_assert_int_ne(r.keeper, keeper);
	ck_assert(status_says("Active: active (running)"));
	managed_run("journalctl -o cat -u pqs");
	ck_assert(says(result));
}

START_TEST(a_killed_keeper_is_started_again_and_all_is_put_back)
{
	begin(frozen);
	ck_assert(BEFORE_LONG(is_frozen()));
	managed_rules(other);
	kill(r.keeper, SIGKILL);
	expect_restart("status=9/KILL");
}
END_TEST

/* Both at once: nobody of pqs is left to put anything back. */
START_TEST(all_of_it_killed_is_started_again_and_all_is_put_back)
{
	begin(frozen);
	ck_assert(BEFORE_LONG(is_frozen()));
	managed_rules(other);
	ck_assert_int_eq(managed_run("systemctl kill -s KILL pqs"), 0);
	expect_restart("status=9/KILL");
}
END_TEST

START_TEST(a_core_that_does_not_turn_is_replaced)
{
	pid_t core;

	managed_begin(frozen, TOLD);
	managed_drop_in("WatchdogSec=4s");
	pid = program_start(program_make(&r, "vmserved"), NULL, 0);
	managed_start();
	ck_assert(BEFORE_LONG(is_frozen()));
	core = r.core;
	managed_rules(other);
	kill(core, SIGSTOP);
	ck_assert(BEFORE_LONG((r.core = running_find_core(&r)) > 0 &&
	                     r.core != core));
	ck_assert(BEFORE_LONG(is_as_it_was()));
	ck_assert(managed_is("pqs", "NRestarts", "0"));
}
END_TEST

START_TEST(a_keeper_that_does_not_turn_is_restarted_by_systemd)
{
	managed_begin(frozen, TOLD);
	managed_drop_in("WatchdogSec=4s");
	pid = program_start(program_make(&r, "vmserved"), NULL, 0);
	managed_start();
	ck_assert(BEFORE_LONG(is_frozen()));
	managed_rules(other);
	kill(r.keeper, SIGSTOP);
	expect_restart("Watchdog timeout");
}
END_TEST

START_TEST(systemd_has_nothing_against_the_unit)
{
	managed_begin(other, "");
	ck_assert_int_eq(managed_run("systemd-analyze verify --man=no "
	                             "pqs.service"), 0);
	ck_assert_str_eq(managed_said, "");
	managed_start();
	ck_assert_int_eq(managed_run("systemd-analyze security --threshold=40 "
	                             "pqs.service | tail -n 1"), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite   *s = suite_create("service");
	TCase   *c = tcase_create("systemd");
	SRunner *runner;
	int      failed;

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, managed_end);
	tcase_set_timeout(c, 300);
	tcase_add_test(c, it_is_active_when_its_rules_are_in_force);
	tcase_add_test(c, with_wrong_rules_it_does_not_start_and_says_where);
	tcase_add_test(c, reload_puts_other_rules_in_force);
	tcase_add_test(c, a_reload_of_wrong_rules_fails_and_the_old_ones_stay);
	tcase_add_test(c, restart_takes_the_rules_of_now_and_nothing_else_stays);
	tcase_add_test(c, stop_puts_everything_back);
	tcase_add_test(c, a_killed_core_is_replaced_by_the_keeper);
	tcase_add_test(c, a_killed_keeper_is_started_again_and_all_is_put_back);
	tcase_add_test(c, all_of_it_killed_is_started_again_and_all_is_put_back);
	tcase_add_test(c, a_core_that_does_not_turn_is_replaced);
	tcase_add_test(c, a_keeper_that_does_not_turn_is_restarted_by_systemd);
	tcase_add_test(c, systemd_has_nothing_against_the_unit);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
