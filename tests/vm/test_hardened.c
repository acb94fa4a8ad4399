/* test_hardened.c -- what the unit protects keeps pqs from nothing that it
 * does: each knob, users' own rules, groups of its own, programs held at their
 * start. */

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "managed.h"

#define ANN      1000
#define FIFO     1
#define BATCH    3
#define IDLE     5
#define DEADLINE 6
#define POOLED   "/sys/fs/cgroup/system.slice/pqs.service"

static const char knobs[] =
	"rule \"values\" { match = process { name = \"vmvalues\" }, want = {"
	" nice = -4, oom_score_adj = -77, ionice = \"best-effort:6\","
	" affinity = \"1\", timer_slack = \"3ms\", cpu_time = \"1h\","
	" sched = \"batch\" } }\n"
	"rule \"idle\" { match = process { name = \"vmidle\" },"
	" want = { sched = \"idle\", ionice = \"idle\", reclaim = \"1MiB\" } }\n"
	"rule \"fifo\" { match = process { name = \"vmfifo\" },"
	" want = { sched = \"fifo\", ionice = \"realtime:3\" } }\n"
	"rule \"deadline\" { match = thread { comm = \"vmdeadline\" }, want = {"
	" realtime = { period = \"10ms\", computation = \"1ms\","
	" constraint = \"5ms\" } } }\n"
	"rule \"limit\" { match = process { name = \"vmlimited\" },"
	" want = { cpu_limit = \"10%\" } }\n"
	"rule \"freeze\" { match = process { name = \"vmfrozen\" },"
	" want = { freeze = true } }\n";

static pid_t begin_program(const char *name, const char *does, uid_t uid)
{
	const char *args[] = { does, NULL };
	pid_t       pid = program_start(program_make(&r, name), args, uid);

	ck_assert(BEFORE_LONG(program_ready(pid)));
	return pid;
}

static int policy_of(pid_t pid)
{
	return sched_of(pid) & 0xff;
}

static long cpu_time_of(pid_t pid)
{
	struct rlimit limit;

	return prlimit(pid, RLIMIT_CPU, NULL, &limit) == 0
	       ? (long)limit.rlim_cur : -1;
}

/* Whatever else it is, it was not refused for want of a right. */
static void expect_nothing_denied(void)
{
	ck_assert_int_eq(managed_run("pqs log"), 0);
	ck_assert_ptr_null(strstr(managed_said, "denied"));
	ck_assert_ptr_null(strstr(managed_said, "ermitted"));
}

START_TEST(every_knob_turns_and_goes_back)
{
	pid_t values, idle, fifo, deadline, limited, frozen;

	managed_begin(knobs, "");
	values = begin_program("vmvalues", "sleep", ANN);
	idle = begin_program("vmidle", "sleep", ANN);
	fifo = begin_program("vmfifo", "sleep", 0);
	deadline = begin_program("vmdeadline", "sleep", 0);
	limited = program_start(program_make(&r, "vmlimited"),
	                        (const char *[]){ "spin", NULL }, ANN);
	frozen = begin_program("vmfrozen", "sleep", ANN);
	managed_start();
	ck_assert(BEFORE_LONG(nice_of(values) == -4));
	ck_assert(BEFORE_LONG(oom_of(values) == -77));
	ck_assert(BEFORE_LONG(ionice_of(values) == (2 << 13 | 6)));
	ck_assert(BEFORE_LONG(alone_on_cpu(values, 1)));
	ck_assert(BEFORE_LONG(slack_of(values) == 3000000));
	ck_assert(BEFORE_LONG(cpu_time_of(values) == 3600));
	ck_assert(BEFORE_LONG(policy_of(values) == BATCH));
	ck_assert(BEFORE_LONG(policy_of(idle) == IDLE));
	ck_assert(BEFORE_LONG(ionice_of(idle) >> 13 == 3));
	ck_assert(BEFORE_LONG(policy_of(fifo) == FIFO));
	ck_assert(BEFORE_LONG(ionice_of(fifo) == (1 << 13 | 3)));
	ck_assert(BEFORE_LONG(policy_of(deadline) == DEADLINE));
	ck_assert(BEFORE_LONG(state_of(limited) == 'T'));
	ck_assert(BEFORE_LONG(state_of(frozen) == 'T'));
	expect_nothing_denied();
	ck_assert_int_eq(managed_run("systemctl stop pqs"), 0);
	ck_assert_int_eq(nice_of(values), 0);
	ck_assert_int_eq(oom_of(values), 0);
	ck_assert_int_eq(slack_of(values), 50000);
	ck_assert_int_eq(policy_of(values), 0);
	ck_assert_int_eq(policy_of(idle), 0);
	ck_assert_int_eq(policy_of(fifo), 0);
	ck_assert_int_eq(policy_of(deadline), 0);
	ck_assert_int_eq(state_of(frozen), 'S');
	ck_assert_int_ne(state_of(limited), 'T');
}
END_TEST

/* In a home, which the unit may read. */
static void own_rule(int nice)
{
	ck_assert_int_eq(managed_run(
		"mkdir -p /home/ann/.config/pqs/rules;"
		"echo 'rule \"own\" { match = process { name = \"vmown\" },"
		" want = { nice = %d, timer_slack = \"2ms\" } }'"
		" >/home/ann/.config/pqs/own;"
		"mv /home/ann/.config/pqs/own"
		" /home/ann/.config/pqs/rules/own.lua;"
		"chown -R ann:ann /home/ann; chmod 700 /home/ann", nice), 0);
}

START_TEST(users_have_rules_of_their_own)
{
	pid_t ann;

	managed_begin("", "");
	own_rule(7);
	ann = begin_program("vmown", "sleep", ANN);
	managed_start();
	ck_assert(BEFORE_LONG(nice_of(ann) == 7 && slack_of(ann) == 2000000));
	own_rule(9);
	ck_assert(BEFORE_LONG(nice_of(ann) == 9));
	own_rule(-5);                   /* not for ann to have        */
	ck_assert(BEFORE_LONG(nice_of(ann) == 0));
	expect_nothing_denied();
	ck_assert_int_eq(managed_run("systemctl stop pqs; rm -r /home/ann/.*"
	                             "onfig"), 0);
	ck_assert_int_eq(slack_of(ann), 50000);
}
END_TEST

/* The unit's own, as the first process of such a name. */
static pid_t find_program(const char *name)
{
	pid_t found = 0;

	return BEFORE_LONG(managed_run("pidof %s", name) == 0 &&
	                  (found = atoi(managed_said)) > 0) ? found : 0;
}

static const char *file_of(const char *folder, const char *file)
{
	static char text[256];
	char        path[512];
	FILE       *f;

	snprintf(path, sizeof path, "%s/%s", folder, file);
	f = fopen(path, "r");
	if (f == NULL || fgets(text, sizeof text, f) == NULL)
		text[0] = '\0';
	if (f != NULL)
		fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static bool is_in(pid_t pid, const char *group)
{
	char folder[64];
	int  n = snprintf(folder, sizeof folder, "/proc/%d", (int)pid);

	return n > 0 && strcmp(file_of(folder, "cgroup"), group) == 0;
}

START_TEST(what_runs_in_its_unit_is_pooled_below_it)
{
	char  line[300], group[300] = "";
	pid_t pid;

	managed_begin("pool \"vm\" { weight = 50, cpu_limit = \"50%\","
	              " memory_high = \"64MiB\", memory_low = \"1MiB\","
	              " swap = \"1MiB\", io_weight = 30, cpuset = \"1\" }\n"
	              "rule \"p\" { match = process { name = \"vmpooled\" },"
	              " want = { pool = \"vm\" } }", "");
	snprintf(line, sizeof line, "ExecStartPost=/bin/sh -c '%s >/dev/null &'",
	         program_make(&r, "vmpooled"));
	managed_drop_in(line);
	managed_start();
	pid = find_program("vmpooled");
	ck_assert(BEFORE_LONG(is_in(pid, "0::/system.slice/pqs.service/pool-vm")));
	strcpy(group, POOLED "/pool-vm");
	ck_assert_str_eq(file_of(group, "cpu.weight"), "50");
	ck_assert_str_eq(file_of(group, "cpu.max"), "50000 100000");
	ck_assert_str_eq(file_of(group, "memory.high"), "67108864");
	ck_assert_str_eq(file_of(group, "memory.low"), "1048576");
	ck_assert_str_eq(file_of(group, "memory.swap.max"), "1048576");
	ck_assert_str_eq(file_of(group, "io.weight"), "default 30");
	ck_assert_str_eq(file_of(group, "cpuset.cpus"), "1");
	expect_nothing_denied();
	managed_rules("rule \"o\" { match = process { name = \"vmnobody\" },"
	              " want = { nice = 1 } }\n");
	ck_assert(BEFORE_LONG(!is_in(pid, "0::/system.slice/pqs.service/pool-vm")));
	ck_assert(BEFORE_LONG(access(group, F_OK) < 0));
	managed_run("cat /proc/%d/cgroup", (int)pid);
	ck_assert_ptr_nonnull(strstr(managed_said, "/system.slice/pqs.service"));
	ck_assert_int_eq(managed_run("systemctl restart pqs"), 0);
}
END_TEST

START_TEST(programs_are_held_with_the_right_that_the_manual_names)
{
	char path[160];

	managed_begin("", "exec_guard: { enabled: true, deadline: 100ms }\n");
	snprintf(path, sizeof path, "%s/vmguarded", r.folder);
	ck_assert_int_eq(managed_run("cp /usr/bin/nice %s", path), 0);
	ck_assert_int_eq(managed_run("echo 'rule \"g\" { match = process { exe ="
	                             " \"%s\" }, want = { nice = 7 } }'"
	                             " >/etc/pqs/rules/vm.lua", path), 0);
	managed_drop_in("CapabilityBoundingSet=CAP_SYS_ADMIN");
	managed_start();
	ck_assert(BEFORE_LONG(managed_run("%s", path) == 0 &&
	                     strcmp(managed_said, "7\n") == 0));
	expect_nothing_denied();
}
END_TEST

int main(int argc, char **argv)
{
	Suite   *s = suite_create("hardened");
	TCase   *c = tcase_create("systemd");
	SRunner *runner;
	int      failed;

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, managed_end);
	tcase_set_timeout(c, 300);
	tcase_add_test(c, every_knob_turns_and_goes_back);
	tcase_add_test(c, users_have_rules_of_their_own);
	tcase_add_test(c, what_runs_in_its_unit_is_pooled_below_it);
	tcase_add_test(c, programs_are_held_with_the_right_that_the_manual_names);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
