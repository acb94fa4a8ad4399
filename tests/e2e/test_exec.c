/* test_exec.c -- a command has what was asked for at the first thing that it
 * does, with a pqs and without; and nothing is run that cannot have it. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sched.h>
#include <unistd.h>

#include "command/start.h"
#include "../json_valid.h"
#include "../suite.h"
#include "running.h"

#define USER       4242
#define DEADLINE   6                    /* SCHED_DEADLINE                     */
#define WORDS_MAX  96
#define ROOM       (1 << 16)
#define IO_IDLE    (3 << 13)
#define IO_UTILITY (2 << 13 | 6)

static struct running r;
static char           config[128], out_path[128], said_path[128];

/* The first thing that the program does in main(). */
static void record(const char *path)
{
	char line[200];
	int  n = snprintf(line, sizeof line, "nice %d sched %d io %ld slack %d",
	                  getpriority(PRIO_PROCESS, 0), sched_getscheduler(0),
	                  syscall(SYS_ioprio_get, 1, 0),
	                  prctl(PR_GET_TIMERSLACK));
	int  fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	_exit(fd >= 0 && write(fd, line, (size_t)n) == n ? 7 : 99);
}

static void prepare(void)
{
	running_prepare(&r,
	                "rule \"recorder\" { match = process { name = "
	                "\"e2erec\" }, want = { nice = 3 } }\n"
	                "rule \"child\" { match = process { name = \"e2ekid\" "
	                "}, want = { nice = 3, oom_score_adj = 50 } }\n"
	                "rule \"guard\" { match = process { name = { \"pqs\", "
	                "\"e2erec\" } }, cap = { nice = at_least (-5) } }\n",
	                "");
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(out_path, sizeof out_path, "%s/out/recorded", r.folder);
	snprintf(said_path, sizeof said_path, "%s/out/said", r.folder);
	*strrchr(out_path, '/') = '\0';
	ck_assert_int_eq(mkdir(out_path, 0777), 0);
	ck_assert_int_eq(chmod(out_path, 0777), 0);
	ck_assert_int_eq(chmod(r.folder, 0755), 0);
	out_path[strlen(out_path)] = '/';
}

static void clear(void)
{
	running_clear(&r);
}

static char *read_file(const char *path)
{
	static char text[2][ROOM];
	static int  next;
	char       *at = text[next++ % 2];
	FILE       *f = fopen(path, "r");
	size_t      n = f == NULL ? 0 : fread(at, 1, ROOM - 1, f);

	at[n] = '\0';
	if (f != NULL)
		fclose(f);
	return at;
}

/* "pqs WORDS..." as that user, in a session of its own; both outputs into
 * said_path.  Its pid. */
static pid_t begin_as(uid_t uid, const char *const *words)
{
	const char *argv[WORDS_MAX] = { PQS_BUILD "/pqs" };
	pid_t       pid;

	for (int i = 0; words[i] != NULL && i < WORDS_MAX - 2; i++)
		argv[i + 1] = words[i];
	unlink(said_path);
	unlink(out_path);
	pid = fork();
	if (pid == 0) {
		int fd;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (uid != 0 && (setgroups(0, NULL) < 0 ||
		                 setresgid(uid, uid, uid) < 0 ||
		                 setresuid(uid, uid, uid) < 0))
			_exit(98);
		fd = open(said_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		          0644);
		dup2(fd, 1);
		dup2(fd, 2);
		unsetenv("XDG_RUNTIME_DIR");
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(97);
	}
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define RUN_AS(uid, ...) \
	end_of(begin_as(uid, (const char *const[]){ __VA_ARGS__, NULL }))
#define EXEC "exec", "--config", config
#define RECORD program_make(&r, "e2erec"), "record", out_path

static void assert_said(const char *text)
{
	const char *said = read_file(said_path);

	ck_assert_msg(strstr(said, text) != NULL, "'%s' was not said:\n%s",
	              text, said);
}

static void assert_recorded(int nice, int sched, int io, int slack)
{
	char line[200];

	snprintf(line, sizeof line, "nice %d sched %d io %d slack %d", nice,
	         sched, io, slack);
	ck_assert_str_eq(read_file(out_path), line);
}

static void assert_not_run(void)
{
	ck_assert_int_lt(access(out_path, F_OK), 0);
}

START_TEST(without_a_pqs_it_has_it_at_its_first_instruction)
{
	ck_assert_int_eq(RUN_AS(0, EXEC, "--qos", "utility", "--", RECORD), 7);
	assert_recorded(10, SCHED_BATCH, IO_UTILITY, 1000000);
	ck_assert_str_eq(read_file(said_path), "");
	ck_assert_int_eq(RUN_AS(0, EXEC, "--qos", "utility", "--set", "nice=-7",
	                        RECORD), 7);
	assert_recorded(-7, SCHED_BATCH, IO_UTILITY, 1000000);
}
END_TEST

static void assert_deadline(int nice)
{
	int recorded_nice, sched = -1;

	ck_assert_int_eq(sscanf(read_file(out_path), "nice %d sched %d",
	                        &recorded_nice, &sched), 2);
	ck_assert_int_eq(sched, DEADLINE | SCHED_RESET_ON_FORK);
	ck_assert_int_eq(recorded_nice, nice);
}

/* Its one thread has what is for single threads; with a pqs and without. */
START_TEST(it_begins_with_a_deadline_and_a_precedence)
{
	pid_t pid;

	if (_i == 1)
		running_start(&r, 0);
	ck_assert_int_eq(RUN_AS(0, EXEC, "--set", "precedence=4", "--set",
	                        "nice=5", RECORD), 7);
	assert_recorded(1, SCHED_OTHER, 0, 50000);
	ck_assert_int_eq(RUN_AS(0, EXEC, "--set", "realtime=50ms/1ms/50ms",
	                        "--set", "nice=5", "--qos", "utility", RECORD),
	                 7);
	assert_deadline(5);
	ck_assert_str_eq(read_file(said_path), "");
	pid = begin_as(0, (const char *const[]){
	               EXEC, "--set", "realtime=50ms/1ms/50ms",
	               program_make(&r, "e2ekid"), NULL });
	ck_assert(EVENTUALLY(program_ready(pid)));
	if (_i == 1)
		ck_assert(EVENTUALLY(oom_of(pid) == 50));
	ck_assert_int_eq(sched_of(pid) & ~SCHED_RESET_ON_FORK, DEADLINE);
	if (_i == 1)
		ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	if (_i == 1)
		ck_assert_int_eq(sched_of(pid), SCHED_OTHER);
	program_end(pid);
}
END_TEST

/* Also where a rule wants otherwise of that very program. */
START_TEST(with_one_it_has_it_and_keeps_it)
{
	pid_t pid;

	running_start(&r, 0);
	ck_assert_int_eq(RUN_AS(0, EXEC, "--qos", "background", "--", RECORD),
	                 7);
	assert_recorded(19, SCHED_IDLE, IO_IDLE, 40000000);
	ck_assert(running_says(&r, "19"));
	pid = begin_as(0, (const char *const[]){
	               EXEC, "--set", "nice=12",
	               program_make(&r, "e2ekid"), NULL });
	ck_assert(EVENTUALLY(oom_of(pid) == 50));
	ck_assert_int_eq(nice_of(pid), 12);
	program_end(pid);
}
END_TEST

/* A rule that speaks of the child is heard, but not about what was set. */
START_TEST(what_it_starts_has_it_too_also_when_it_has_left)
{
	char  line[200];
	pid_t pid, kid;

	running_start(&r, 0);
	snprintf(line, sizeof line, "(%s & echo $! >%s); exec sleep 1000",
	         program_make(&r, "e2ekid"), out_path);
	pid = begin_as(0, (const char *const[]){
	               EXEC, "--set", "nice=12", "sh", "-c", line, NULL });
	ck_assert(EVENTUALLY(strchr(read_file(out_path), '\n') != NULL));
	kid = atoi(read_file(out_path));
	ck_assert(EVENTUALLY(oom_of(kid) == 50));
	ck_assert_int_eq(nice_of(kid), 12);
	ck_assert(EVENTUALLY(program_ready(kid)));
	program_end(pid);
	ck_assert_int_eq(kill(kid, SIGUSR1), 0);
	ck_assert(EVENTUALLY(only_child_of(kid) != 0));
	ck_assert_int_eq(nice_of(kid), 12);
	kill(only_child_of(kid), SIGKILL);
	kill(kid, SIGKILL);
	/* With the last of them what was set is over. */
	ck_assert(EVENTUALLY(RUN_AS(0, "status", "--config", config) == 0 &&
	                     strstr(read_file(said_path), "; 0 leases") !=
	                     NULL));
}
END_TEST

static const char *groups_of(pid_t pid)
{
	static char text[2][4096];
	static int  turn;
	char        path[64];

	turn = 1 - turn;
	snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
	return strcpy(text[turn], read_file(path));
}

/* From its first instruction it is in a pool, which is one for all of it. */
START_TEST(with_what_a_pool_has_all_of_it_is_one_pool)
{
	char  line[600];
	pid_t pid, kid;

	running_start(&r, 0);
	snprintf(line, sizeof line, "cat /proc/self/cgroup >%s; (%s & echo $! "
	         ">>%s); exec sleep 1000", out_path,
	         program_make(&r, "e2ekid"), out_path);
	pid = begin_as(0, (const char *const[]){
	               EXEC, "--set", "weight=20", "--set", "cpu_limit=50%",
	               "sh", "-c", line, NULL });
	ck_assert(EVENTUALLY(strstr(read_file(out_path), "0::/") != NULL &&
	                     strchr(strstr(read_file(out_path), "0::/"),
	                            '\n')[1] != '\0'));
	ck_assert_ptr_nonnull(strstr(read_file(out_path), "/pool-@"));
	kid = atoi(strchr(strstr(read_file(out_path), "0::/"), '\n') + 1);
	ck_assert(EVENTUALLY(oom_of(kid) == 50));
	ck_assert_str_eq(groups_of(kid), groups_of(pid));
	program_end(pid);
	ck_assert_ptr_nonnull(strstr(groups_of(kid), "/pool-@"));
	kill(kid, SIGKILL);
}
END_TEST

START_TEST(a_user_gets_what_a_user_may)
{
	ck_assert_int_eq(RUN_AS(USER, "exec", "--set", "nice=4", "--", RECORD),
	                 7);
	assert_recorded(4, SCHED_OTHER, 0, 50000);
	ck_assert_int_eq(RUN_AS(USER, "exec", "--set", "nice=-4", "--",
	                        RECORD), 125);
	assert_not_run();
	assert_said("pqs exec: nice = -4 cannot be had, it is 0: needs "
	            "CAP_SYS_NICE\n");
	assert_said("the command was not run");
	ck_assert_int_eq(RUN_AS(USER, "exec", "--set", "nice=-4", "--set",
	                        "ionice=idle", "--best-effort", "--", RECORD),
	                 7);
	assert_recorded(0, SCHED_OTHER, IO_IDLE, 50000);
	assert_said("nice = -4 cannot be had");
}
END_TEST

START_TEST(with_a_pqs_a_user_gets_no_more)
{
	char socket_path[160];

	running_start(&r, 0);
	snprintf(socket_path, sizeof socket_path, "%s/journal/control.sock",
	         r.folder);
	ck_assert_int_eq(RUN_AS(USER, "exec", "--socket", socket_path, "--set",
	                        "nice=9", "--", RECORD), 7);
	assert_recorded(9, SCHED_OTHER, 0, 50000);
	ck_assert_int_eq(RUN_AS(USER, "exec", "--socket", socket_path, "--set",
	                        "nice=-4", "--", RECORD), 125);
	assert_not_run();
	assert_said("pqs exec: nice = -4 cannot be had");
	/* The system's caps bind root as well. */
	ck_assert_int_eq(RUN_AS(0, EXEC, "--set", "nice=-9", "--", RECORD),
	                 125);
	assert_not_run();
	assert_said("nice = -9 cannot be had, it is -5: held by guard");
}
END_TEST

/* That one cannot put back a nice value, and a command need not have it put
 * back. */
START_TEST(beside_a_pqs_of_ones_own_a_user_gets_as_much)
{
	char socket_path[160];

	ck_assert_int_eq(chmod(r.folder, 0777), 0);
	running_start(&r, USER);
	snprintf(socket_path, sizeof socket_path, "%s/journal/control.sock",
	         r.folder);
	ck_assert_int_eq(RUN_AS(USER, "exec", "--socket", socket_path, "--qos",
	                        "background", "--", RECORD), 7);
	assert_recorded(19, SCHED_IDLE, IO_IDLE, 40000000);
	ck_assert_int_eq(RUN_AS(USER, "exec", "--socket", socket_path, "--set",
	                        "nice=-9", "--", RECORD), 125);
	assert_not_run();
	assert_said("nice = -9 cannot be had");
}
END_TEST

/* What a user has set on a tree stops at whoever in it is somebody else. */
START_TEST(a_program_that_is_another_user_is_out_of_reach)
{
	const char *path = program_make(&r, "e2eroot");
	char        line[200], socket_path[160], pid_text[16];
	pid_t       shell, kid;

	ck_assert_int_eq(chmod(path, 04755), 0);
	running_start(&r, 0);
	snprintf(socket_path, sizeof socket_path, "%s/journal/control.sock",
	         r.folder);
	snprintf(line, sizeof line, "%s & echo $! >%s; wait", path, out_path);
	unlink(out_path);
	shell = program_start("/bin/sh", (const char *const[]){ "-c", line,
	                                                        NULL }, USER);
	ck_assert(EVENTUALLY(strchr(read_file(out_path), '\n') != NULL));
	kid = atoi(read_file(out_path));
	snprintf(line, sizeof line, "%s", out_path);
	snprintf(out_path, sizeof out_path, "%s/out/none", r.folder);
	snprintf(pid_text, sizeof pid_text, "%d", (int)shell);
	ck_assert(EVENTUALLY(program_ready(kid)));
	ck_assert_int_eq(RUN_AS(USER, "set", "--socket", socket_path, "--tree",
	                        pid_text, "nice=15"), 0);
	ck_assert_int_eq(nice_of(shell), 15);
	/* Root's word reaches it, and comes later than what was said before. */
	ck_assert_int_eq(RUN_AS(0, "set", "--config", config, "--tree",
	                        pid_text, "oom_score_adj=33"), 0);
	ck_assert(EVENTUALLY(oom_of(kid) == 33));
	ck_assert_int_ne(nice_of(kid), 15);
	kill(kid, SIGKILL);
	program_end(shell);
}
END_TEST

static const struct {
	const char *words[8];
	int         code;
	const char *said;
} ends[] = {
	{ { "--set", "nice=1", "sh", "-c", "exit 3" }, 3, "" },
	{ { "--set", "nice=1", "sh", "-c", "kill -9 $$" }, -9, "" },
	{ { "--set", "nice=1", "e2enosuch" }, 127,
	  "pqs exec: e2enosuch: No such file" },
	{ { "--set", "nice=1", "/etc/passwd" }, 126,
	  "pqs exec: /etc/passwd: Permission denied" },
	{ { "--set", "nice=1" }, 125, "run what?" },
	{ { "true" }, 125, "with what?" },
	{ { "--set", "nice", "true" }, 125, "'nice' is no NAME=VALUE" },
	{ { "--set", "nise=1", "true" }, 125, "did you mean 'nice'?" },
	{ { "--set", "nice=50", "true" }, 125, "'nice' takes" },
	{ { "--qos", "best", "true" }, 125, "'qos' takes" },
	{ { "--sett", "nice=1", "true" }, 125, "did you mean '--set'?" },
	{ { "--set", "freeze=true", "true" }, 125, "holds what runs" },
	{ { "--set", "weight=5", "true" }, 125, "needs a running pqs" },
	{ { "--set", "realtime=5ms/1ms/9ms", "true" }, 125,
	  "'realtime' takes period" },
	{ { "--set", "pool=x", "true" }, 125, "needs a running pqs" },
	{ { "--set", "autogroup_nice=5", "true" }, 125, "needs a running pqs" },
	{ { "--socket", "/no/such", "--set", "nice=1", "true" }, 125,
	  "no pqs is running" },
};

START_TEST(it_ends_as_its_command_or_says_why_not)
{
	const char *words[WORDS_MAX] = { EXEC };

	for (int i = 0; ends[_i].words[i] != NULL; i++)
		words[3 + i] = ends[_i].words[i];
	ck_assert_int_eq(end_of(begin_as(0, words)), ends[_i].code);
	assert_said(ends[_i].said);
}
END_TEST

START_TEST(as_many_settings_as_there_is_room_for)
{
	const char *words[WORDS_MAX] = { EXEC };
	int         n = 3;

	for (int i = 0; i < COMMAND_SETS_MAX; i++) {
		words[n++] = "--set";
		words[n++] = "nice=3";
	}
	words[n] = "true";
	ck_assert_int_eq(end_of(begin_as(0, words)), 0);
	words[n++] = "--set";
	words[n++] = "nice=3";
	words[n] = "true";
	ck_assert_int_eq(end_of(begin_as(0, words)), 125);
	assert_said("--set 32 times at most");
}
END_TEST

START_TEST(what_is_in_force_is_told_as_json)
{
	char *at, *next;

	ck_assert_int_eq(RUN_AS(0, EXEC, "--json", "--qos", "utility", "true"),
	                 0);
	at = read_file(said_path);
	ck_assert_str_ne(at, "");
	for (; *at != '\0'; at = next) {
		next = strchr(at, '\n');
		ck_assert_ptr_nonnull(next);
		*next++ = '\0';
		ck_assert_msg(json_is_valid(at), "%s", at);
	}
}
END_TEST

/* Nothing of ours comes with it: no descriptor, no signal that is held back. */
START_TEST(the_command_begins_clean)
{
	static const char look[] = "ls /proc/self/fd | wc -w; grep -h SigBlk "
	                           "/proc/self/status; exit 0";
	char plain[400], *said;

	snprintf(plain, sizeof plain, "(%s) >%s 2>&1", look, said_path);
	ck_assert_int_eq(system(plain), 0);
	snprintf(plain, sizeof plain, "%s", read_file(said_path));
	ck_assert_int_eq(RUN_AS(0, EXEC, "--set", "nice=1", "sh", "-c", look),
	                 0);
	said = read_file(said_path);
	ck_assert_str_eq(said, plain);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("commands");

	if (argc == 3 && strcmp(argv[1], "record") == 0)
		record(argv[2]);
	program_main(argc, argv);
	tcase_add_checked_fixture(c, prepare, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, without_a_pqs_it_has_it_at_its_first_instruction);
	tcase_add_loop_test(c, it_begins_with_a_deadline_and_a_precedence, 0,
	                    2);
	tcase_add_test(c, with_one_it_has_it_and_keeps_it);
	tcase_add_test(c, what_it_starts_has_it_too_also_when_it_has_left);
	tcase_add_test(c, with_what_a_pool_has_all_of_it_is_one_pool);
	tcase_add_test(c, a_user_gets_what_a_user_may);
	tcase_add_test(c, with_a_pqs_a_user_gets_no_more);
	tcase_add_test(c, beside_a_pqs_of_ones_own_a_user_gets_as_much);
	tcase_add_test(c, a_program_that_is_another_user_is_out_of_reach);
	tcase_add_loop_test(c, it_ends_as_its_command_or_says_why_not,
	                    0, (int)(sizeof ends / sizeof ends[0]));
	tcase_add_test(c, as_many_settings_as_there_is_room_for);
	tcase_add_test(c, what_is_in_force_is_told_as_json);
	tcase_add_test(c, the_command_begins_clean);
	return run_case(c, "exec");
}
