/* test_service.c -- pqs as a service: what a manager hears of it, and its unit.
 *
 * This test plays the manager: it listens where systemd would, and gives pqs the
 * capabilities and the system calls that the unit leaves it. */

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "running.h"

#define SOMEBODY 59874                  /* whom no machine has                */
#define OWN_RULES "/tmp/pqs-service-%u.lua"
#define UNIT PQS_TREE "/packaging/systemd/pqs.service.in"

/* As capabilities(7) numbers them; a kernel may know more. */
static const char *const capabilities[] = {
	"CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL",
	"SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE",
	"NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
	"SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
	"SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME",
	"SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL",
	"SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
	"BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE",
};

static struct running r;
static int            heard = -1;

static const char rules[] =
	"rule \"s\" { match = process { name = \"e2eservice\" },"
	" want = function (p) return { nice = 8, oom_score_adj = 77,"
	" ionice = \"idle\", sched = \"batch\" } end }";

/* usec NULL: it need not be told that all is well. */
static void begin(const char *text, const char *usec)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	running_prepare(&r, text, "rules: { users: '/tmp/pqs-service-"
	                "{uid}.lua' }\n");
	snprintf(at.sun_path, sizeof at.sun_path, "%s/notify", r.folder);
	heard = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(heard, (struct sockaddr *)&at, sizeof at), 0);
	setenv("NOTIFY_SOCKET", at.sun_path, 1);
	if (usec != NULL)
		setenv("WATCHDOG_USEC", usec, 1);
}

static void end(void)
{
	unlink("/tmp/pqs-service-59874.lua");
	if (heard >= 0)
		close(heard);
	running_clear(&r);
}

/* The next word, those that only say that all is well counted and left out; ""
 * after that long. */
static const char *next_word(int *beats, int wait_ms)
{
	static char   word[256];
	struct pollfd p = { heard, POLLIN, 0 };
	ssize_t       n;

	while (poll(&p, 1, wait_ms) > 0) {
		n = recv(heard, word, sizeof word - 1, 0);
		ck_assert_int_ge(n, 0);
		word[n] = '\0';
		if (strcmp(word, "WATCHDOG=1") != 0)
			return word;
		++*beats;
	}
	return "";
}

static int expect_word(const char *begins)
{
	int         beats = 0;
	const char *word = next_word(&beats, 20000);

	ck_assert_msg(strncmp(word, begins, strlen(begins)) == 0,
	              "'%s' instead of '%s'", word, begins);
	return beats;
}

START_TEST(it_is_ready_when_the_rules_are_in_force)
{
	begin(rules, NULL);
	running_launch(&r, 0);
	expect_word("READY=1");
	ck_assert(running_says(&r, "1 rule in force"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	expect_word("STOPPING=1");
}
END_TEST

START_TEST(with_wrong_rules_it_is_never_ready)
{
	int status, beats = 0;

	begin("rule \"x\" { match = proces { } }", NULL);
	running_launch(&r, 0);
	ck_assert_int_eq(waitpid(r.keeper, &status, 0), r.keeper);
	r.keeper = 0;
	ck_assert_int_ne(WEXITSTATUS(status), 0);
	ck_assert_str_eq(next_word(&beats, 0), "");
}
END_TEST

START_TEST(what_the_manager_told_is_for_the_keeper_alone)
{
	char  path[64], text[8192];
	FILE *f;

	begin(rules, "60000000");
	running_start(&r, 0);
	snprintf(path, sizeof path, "/proc/%d/environ", (int)r.core);
	f = fopen(path, "r");
	text[fread(text, 1, sizeof text - 1, f)] = '\0';
	fclose(f);
	for (char *at = text; *at != '\0'; at += strlen(at) + 1) {
		ck_assert_int_ne(strncmp(at, "NOTIFY_SOCKET", 13), 0);
		ck_assert_int_ne(strncmp(at, "WATCHDOG_", 9), 0);
	}
}
END_TEST

START_TEST(a_core_whose_loop_does_not_turn_is_replaced)
{
	pid_t pid, stopped;

	begin(rules, "1000000");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eservice"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 8));
	stopped = r.core;
	kill(stopped, SIGSTOP);
	ck_assert(EVENTUALLY((r.core = running_find_core(&r)) > 0 &&
	                     r.core != stopped));
	expect_word("READY=1");
	ck_assert_int_gt(expect_word("STATUS=the core died"), 0);
	expect_word("READY=1");
	ck_assert(EVENTUALLY(nice_of(pid) == 8));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(pid), 0);
	program_end(pid);
}
END_TEST

/* The line of the unit that begins so. */
static void unit_line(const char *begins, char *ret_line, size_t size)
{
	FILE *f = fopen(UNIT, "r");
	bool  found = false;

	ck_assert_ptr_nonnull(f);
	while (!found && fgets(ret_line, (int)size, f) != NULL)
		found = strncmp(ret_line, begins, strlen(begins)) == 0;
	fclose(f);
	ck_assert_msg(found, "the unit has no %s", begins);
}

static bool is_left(const char *line, const char *capability)
{
	char word[64];

	snprintf(word, sizeof word, "CAP_%s", capability);
	for (const char *at = line; (at = strstr(at, word)) != NULL; at++)
		if (strchr(" \n", at[strlen(word)]) != NULL)
			return true;
	return false;
}

static bool has_systemd(void)
{
	if (system("command -v systemd-analyze >/dev/null") == 0)
		return true;
	fputs("left out: there is no systemd-analyze here\n", stderr);
	return false;
}

/* All others fail, as they do under systemd. */
static void leave_the_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	char            name[64];
	unsigned        calls = 0;
	FILE           *f = popen("systemd-analyze syscall-filter --no-pager 2>&1 | "
	                          "awk -f '" PQS_TREE "/tests/tools/"
	                          "unit_calls.awk' - '" UNIT "'", "r");

	ck_assert(filter != NULL && f != NULL);
	while (fgets(name, sizeof name, f) != NULL) {
		int call;

		name[strcspn(name, "\n")] = '\0';
		call = seccomp_syscall_resolve_name(name);
		calls += call != __NR_SCMP_ERROR &&
		         seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) == 0;
	}
	ck_assert_int_eq(pclose(f), 0);
	ck_assert_uint_gt(calls, 200);
	ck_assert_int_eq(seccomp_load(filter), 0);
	seccomp_release(filter);
}

#ifdef __SANITIZE_ADDRESS__
/* Looking for leaks takes ptrace(), which the unit does not leave. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

/* For this test's process from now on: a program that it starts has no more. */
static void leave_what_the_unit_leaves(void)
{
	char   line[1024];
	size_t n = sizeof capabilities / sizeof *capabilities;

	unit_line("CapabilityBoundingSet=", line, sizeof line);
	for (size_t i = 0; i < 64; i++)
		if (i >= n || !is_left(line, capabilities[i]))
			prctl(PR_CAPBSET_DROP, i);
	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	if (has_systemd())
		leave_the_calls();
}

static void own_slack(unsigned uid, const char *slack)
{
	char  path[128];
	FILE *f;

	snprintf(path, sizeof path, OWN_RULES, uid);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "rule \"own\" { match = process { name = \"e2eservice\" },"
	        " want = { timer_slack = \"%s\" } }\n", slack);
	fclose(f);
	ck_assert_int_eq(chmod(path, 0644), 0);
}

START_TEST(what_the_unit_leaves_it_is_enough)
{
	pid_t pid;

	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);    /* as here            */
	begin(rules, NULL);
	own_slack(SOMEBODY, "3ms");
	pid = program_start(program_make(&r, "e2eservice"), NULL, SOMEBODY);
	leave_what_the_unit_leaves();
	running_start(&r, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 8 && oom_of(pid) == 77));
	ck_assert_int_eq(sched_of(pid), 3);             /* SCHED_BATCH        */
	ck_assert_int_eq(ionice_of(pid) >> 13, 3);      /* idle               */
	ck_assert(EVENTUALLY(slack_of(pid) == 3000000));
	own_slack(SOMEBODY, "4ms");
	ck_assert(EVENTUALLY(slack_of(pid) == 4000000));
	ck_assert_ptr_null(strstr(r.text, "denied"));
	ck_assert_ptr_null(strstr(r.text, "ordinary one"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(pid), 0);
	program_end(pid);
}
END_TEST

/* Where there is no systemd, nobody can say. */
START_TEST(systemd_has_nothing_against_the_unit)
{
	char command[1024];

	if (!has_systemd())
		return;
	running_prepare(&r, rules, "");
	snprintf(command, sizeof command, "sed 's|@BINDIR@|" PQS_BUILD
	         "|' '" UNIT "' >'%s/pqs.service'", r.folder);
	ck_assert_int_eq(system(command), 0);
	snprintf(command, sizeof command, "systemd-analyze verify --man=no "
	         "'%s/pqs.service' >'%s/said' 2>&1 && ! test -s '%s/said'",
	         r.folder, r.folder, r.folder);
	ck_assert_int_eq(system(command), 0);
	snprintf(command, sizeof command, "systemd-analyze security --offline=1 "
	         "--threshold=40 '%s/pqs.service' >/dev/null", r.folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite   *s = suite_create("service");
	TCase   *c = tcase_create("manager");
	SRunner *runner;
	int      failed;

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, end);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, it_is_ready_when_the_rules_are_in_force);
	tcase_add_test(c, with_wrong_rules_it_is_never_ready);
	tcase_add_test(c, what_the_manager_told_is_for_the_keeper_alone);
	tcase_add_test(c, a_core_whose_loop_does_not_turn_is_replaced);
	tcase_add_test(c, what_the_unit_leaves_it_is_enough);
	tcase_add_test(c, systemd_has_nothing_against_the_unit);
	suite_add_tcase(s, c);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
