/* test_units.c -- what rules want of whole units, as systemd sets it for pqs: it
 * is in the unit's control group, and gone when nobody wants it any more. */

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "managed.h"

#define WEB "vm-web.service"

static const char all[] =
	"rule \"w\" { match = process { name = \"vmweb\" }, to = unit, want = {"
	" weight = 20, cpu_limit = \"50%\", memory_low = \"1MiB\","
	" memory_high = \"64MiB\", swap = \"1MiB\", io_weight = 30,"
	" cpuset = \"1\" } }\n";
static const char light[] =
	"rule \"w\" { match = process { name = \"vmweb\" }, to = unit,"
	" want = { weight = 20 } }\n";
static const char nothing[] =
	"rule \"o\" { match = process { name = \"vmnobody\" },"
	" want = { nice = 1 } }\n";

static bool has(const char *file, const char *text)
{
	return strcmp(managed_group_file(WEB, file), text) == 0;
}

static void begin(const char *rules, const char *options)
{
	managed_begin(rules, "reload: { watch: false }\n");
	managed_unit(WEB, options, program_make(&r, "vmweb"));
	managed_start();
}

static bool log_says(const char *text)
{
	managed_run("pqs log");
	return strstr(managed_said, text) != NULL;
}

START_TEST(systemd_sets_what_rules_want_of_a_unit)
{
	begin(all, "");
	ck_assert(BEFORE_LONG(has("cpu.weight", "20")));
	ck_assert(BEFORE_LONG(has("cpu.max", "50000 100000")));
	ck_assert(BEFORE_LONG(has("memory.low", "1048576")));
	ck_assert(BEFORE_LONG(has("memory.high", "67108864")));
	ck_assert(BEFORE_LONG(has("memory.swap.max", "1048576")));
	ck_assert(BEFORE_LONG(has("io.weight", "default 30")));
	ck_assert(BEFORE_LONG(has("cpuset.cpus", "1")));
	ck_assert(managed_is(WEB, "CPUWeight", "20"));
	ck_assert(managed_is(WEB, "CPUQuotaPerSecUSec", "500ms"));
	ck_assert(managed_is(WEB, "MemoryHigh", "67108864"));
	ck_assert(managed_is(WEB, "AllowedCPUs", "1"));
	managed_rules(nothing);
	ck_assert_int_eq(managed_run("systemctl reload pqs"), 0);
	ck_assert(BEFORE_LONG(has("cpu.weight", "100")));
	ck_assert(BEFORE_LONG(managed_is(WEB, "CPUWeight", "[not set]")));
	ck_assert(BEFORE_LONG(managed_is(WEB, "CPUQuotaPerSecUSec", "infinity")));
	ck_assert(BEFORE_LONG(managed_is(WEB, "MemoryLow", "0")));
	ck_assert(BEFORE_LONG(managed_is(WEB, "MemoryHigh", "infinity")));
	ck_assert(BEFORE_LONG(managed_is(WEB, "MemorySwapMax", "infinity")));
	ck_assert(BEFORE_LONG(managed_is(WEB, "IOWeight", "[not set]")));
	ck_assert(BEFORE_LONG(managed_is(WEB, "AllowedCPUs", "")));
}
END_TEST

START_TEST(what_a_unit_had_before_it_has_again)
{
	begin(light, "-p CPUWeight=70");
	ck_assert(BEFORE_LONG(has("cpu.weight", "20")));
	ck_assert_int_eq(managed_run("systemctl daemon-reload"), 0);
	ck_assert(has("cpu.weight", "20"));
	ck_assert_int_eq(managed_run("systemctl stop pqs"), 0);
	ck_assert(has("cpu.weight", "70"));
	ck_assert(managed_is(WEB, "CPUWeight", "70"));
}
END_TEST

START_TEST(who_else_sets_it_keeps_it)
{
	begin(light, "");
	ck_assert(BEFORE_LONG(has("cpu.weight", "20")));
	ck_assert_int_eq(managed_run("systemctl set-property --runtime " WEB
	                             " CPUWeight=33"), 0);
	ck_assert_int_eq(managed_run("systemctl stop pqs"), 0);
	ck_assert(has("cpu.weight", "33"));
}
END_TEST

START_TEST(a_killed_pqs_leaves_nothing_on_a_unit)
{
	begin(light, "");
	ck_assert(BEFORE_LONG(has("cpu.weight", "20")));
	managed_rules(nothing);
	ck_assert_int_eq(managed_run("systemctl kill -s KILL pqs"), 0);
	ck_assert(BEFORE_LONG(managed_is("pqs", "NRestarts", "1")));
	ck_assert(BEFORE_LONG(has("cpu.weight", "100")));
	ck_assert(managed_is(WEB, "CPUWeight", "[not set]"));
}
END_TEST

/* Of one that is written down, so that it can be started again. */
START_TEST(a_unit_is_started_again_without_what_it_had)
{
	managed_begin(light, "reload: { watch: false }\n");
	ck_assert_int_eq(managed_run("printf '[Service]\\nExecStart=%s\\n'"
	                             " >/run/systemd/system/" WEB
	                             "; systemctl daemon-reload",
	                             program_make(&r, "vmweb")), 0);
	managed_start();
	ck_assert_int_eq(managed_run("systemctl start " WEB), 0);
	ck_assert(BEFORE_LONG(has("cpu.weight", "20")));
	ck_assert_int_eq(managed_run("systemctl stop " WEB), 0);
	ck_assert(BEFORE_LONG(managed_is(WEB, "CPUWeight", "[not set]")));
	ck_assert_int_eq(managed_run("systemctl start " WEB), 0);
	ck_assert(BEFORE_LONG(has("cpu.weight", "20")));
	ck_assert_int_eq(managed_run("systemctl stop pqs"), 0);
	ck_assert(has("cpu.weight", "100"));
	ck_assert_int_eq(managed_run("systemctl stop " WEB
	                             "; rm /run/systemd/system/" WEB
	                             "; systemctl daemon-reload"), 0);
}
END_TEST

/* Where systemd itself cannot be spoken to. */
START_TEST(the_system_bus_will_do)
{
	managed_begin(light, "reload: { watch: false }\n");
	managed_drop_in("InaccessiblePaths=/run/systemd/private");
	managed_unit(WEB, "", program_make(&r, "vmweb"));
	managed_start();
	ck_assert(BEFORE_LONG(has("cpu.weight", "20")));
	ck_assert_int_eq(managed_run("systemctl stop pqs"), 0);
	ck_assert(has("cpu.weight", "100"));
}
END_TEST

START_TEST(explain_tells_what_a_unit_has)
{
	pid_t pid;

	begin(all, "");
	pid = atoi(managed_property(WEB, "MainPID"));
	ck_assert(BEFORE_LONG(has("io.weight", "default 30")));
	ck_assert(BEFORE_LONG(log_says("io_weight")));
	ck_assert_int_eq(managed_run("pqs explain %d", (int)pid), 0);
	ck_assert_ptr_nonnull(strstr(managed_said, "by w, now 20, in force"));
	ck_assert_ptr_nonnull(strstr(managed_said, "by w, now 50%, in force"));
	ck_assert_ptr_nonnull(strstr(managed_said, "by w, now 64MiB, in force"));
	ck_assert_ptr_null(strstr(managed_said, "unknown ("));
	ck_assert_int_eq(managed_run("pqs doctor"), 0);
	ck_assert_ptr_null(strstr(managed_said, "systemd does not answer"));
}
END_TEST

/* Neither a process among others, nor a unit of a user's own systemd. */
START_TEST(what_is_not_the_systems_unit_is_refused)
{
	pid_t pid;

	managed_begin("rule \"w\" { match = process { name = \"vmweb\" },"
	              " want = { pool = \"p\" } }\n"
	              "rule \"u\" { match = process { name = \"vmuser\" },"
	              " to = unit, want = { weight = 20 } }\n"
	              "pool \"p\" { weight = 50 }\n", "reload: { watch: false }\n");
	ck_assert_int_eq(managed_run(
		"mkdir -p /home/ann/.config/systemd/user/default.target.wants;"
		"cd /home/ann/.config/systemd/user;"
		"printf '[Service]\\nExecStart=%s\\n' >vmuser.service;"
		"ln -sf ../vmuser.service default.target.wants/;"
		"chown -R ann:ann /home/ann; systemctl start user@1000",
		program_make(&r, "vmuser")), 0);
	pid = managed_unit(WEB, "", program_make(&r, "vmweb"));
	managed_start();
	ck_assert(BEFORE_LONG(log_says("its unit is not the system's but a "
	                              "user's")));
	ck_assert(BEFORE_LONG(log_says("shares unit")));
	ck_assert(managed_is("user@1000.service", "CPUWeight", "[not set]"));
	ck_assert_int_eq(managed_run("grep /" WEB "$ /proc/%d/cgroup",
	                             (int)pid), 0);
	ck_assert_int_eq(managed_run("systemctl stop user@1000"), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite   *s = suite_create("units");
	TCase   *c = tcase_create("systemd");
	SRunner *runner;
	int      failed;

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, managed_end);
	tcase_set_timeout(c, 300);
	tcase_add_test(c, systemd_sets_what_rules_want_of_a_unit);
	tcase_add_test(c, what_a_unit_had_before_it_has_again);
	tcase_add_test(c, who_else_sets_it_keeps_it);
	tcase_add_test(c, a_killed_pqs_leaves_nothing_on_a_unit);
	tcase_add_test(c, a_unit_is_started_again_without_what_it_had);
	tcase_add_test(c, the_system_bus_will_do);
	tcase_add_test(c, explain_tells_what_a_unit_has);
	tcase_add_test(c, what_is_not_the_systems_unit_is_refused);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
