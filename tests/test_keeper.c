/* test_keeper.c -- a keeper of real processes: this program, in other roles. */

#include "keeper/keeper.h"

#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "fake_worker.h"
#include "os/linux/linux.h"

/* Every role tells what it does on this descriptor, a line each; at its end
 * nobody is left who could. */
enum { DIARY = 60, KEEPER = 3, USER = 59876 };

static char self[256];

static void tell(const char *word, int number)
{
	char line[64];
	int  n = snprintf(line, sizeof line, "%s %d\n", word, number);

	if (write(DIARY, line, (size_t)n) != n)
		_exit(9);
}

static void be_ready(void)
{
	const struct keeper_message word = { .word = KEEPER_READY };

	if (write(KEEPER, &word, sizeof word) != sizeof word)
		_exit(9);
	tell("ready", getpid());
}

static int end_when_told(int code)
{
	sigset_t set;
	int      signal = SIGHUP;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	while (signal == SIGHUP) {
		sigwait(&set, &signal);
		tell("told", signal);
	}
	return code;
}

static void be_deaf(void)
{
	tell("deaf", 0);
	for (;;)
		pause();
}

/* Asks for a worker; its pid, as the pidfd has it, goes into the diary. */
static void take_worker(uint32_t as)
{
	struct keeper_message word = { KEEPER_START, 7, as };
	char          line[64], path[64];
	char          room[CMSG_SPACE(2 * sizeof(int))];
	int           fd[2] = { -1, -1 }, pid = 0;
	struct iovec  part = { &word, sizeof word };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
	                    .msg_control = room,
	                    .msg_controllen = sizeof room };
	FILE         *f;

	if (write(KEEPER, &word, sizeof word) != sizeof word ||
	    recvmsg(KEEPER, &m, 0) != sizeof word || word.wire != 7)
		_exit(9);
	if (word.word != KEEPER_HERE) {
		tell("refused", (int)word.word);
		return;
	}
	memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd[1]);
	f = fopen(path, "r");
	while (fgets(line, sizeof line, f) != NULL)
		sscanf(line, "Pid: %d", &pid);
	fclose(f);
	tell("worker", pid);
}

static int core(const char *role)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (strncmp(role, "exit", 4) == 0)
		return atoi(role + 4);
	if (strcmp(role, "die") == 0)
		raise(SIGKILL);
	be_ready();
	if (strcmp(role, "deaf") == 0)
		be_deaf();
	if (strcmp(role, "fall") == 0)
		return 99;
	if (strcmp(role, "worker") == 0)
		take_worker(KEEPER_NO_USER);
	if (strncmp(role, "own", 3) == 0)
		take_worker((uint32_t)atoi(role + 3));
	return end_when_told(strcmp(role, "left") == 0 ? 3 : 0);
}

/* It would not survive its own signals if they could reach it. */
static int undo(void)
{
	raise(SIGINT);
	raise(SIGTERM);
	raise(SIGHUP);
	tell("undo", 0);
	return 0;
}

static pid_t keeper;
static FILE *diary;

static void run_keeper(const char *role, bool once)
{
	char *core_argv[] = { self, (char *)"core", (char *)(uintptr_t)role,
	                      NULL };
	char *undo_argv[] = { self, (char *)"undo", NULL };
	struct keeper_plan plan = {
		.core_argv = core_argv, .undo_argv = undo_argv,
		.worker_user = "nobody", .once = once,
		.users_rules = "/nowhere/{uid}",
		.users_low = USER, .users_high = USER,
	};

	dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
	_exit(keeper_run(&plan));
}

static void begin(const char *role, bool once)
{
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	keeper = fork();
	ck_assert_int_ge(keeper, 0);
	if (keeper == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], DIARY);
		close(ends[0]);
		close(ends[1]);
		run_keeper(role, once);
	}
	close(ends[1]);
	diary = fdopen(ends[0], "r");
}

/* The next line must be about that; its number. */
static int expect(const char *word)
{
	char line[64], found[32] = "";
	int  number = 0;

	if (fgets(line, sizeof line, diary) == NULL)
		strcpy(found, "nothing more");
	else
		sscanf(line, "%31s %d", found, &number);
	ck_assert_str_eq(found, word);
	return number;
}

/* Everyone who could write into the diary is gone, and the keeper with that. */
static void expect_end(int code)
{
	int status;

	ck_assert_int_eq(waitpid(keeper, &status, 0), keeper);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), code);
	ck_assert_int_eq(fgetc(diary), EOF);
	fclose(diary);
}

START_TEST(a_core_that_is_killed_is_undone_and_started_again)
{
	pid_t first, second;

	begin("steady", false);
	first = expect("ready");
	kill(first, SIGKILL);
	expect("undo");
	second = expect("ready");
	ck_assert_int_ne(first, second);
	kill(second, SIGKILL);
	expect("undo");
	expect("ready");
	kill(keeper, SIGTERM);
	ck_assert_int_eq(expect("told"), SIGTERM);
	expect_end(0);
}
END_TEST

START_TEST(a_core_that_fails_is_undone_and_started_again)
{
	begin("fall", false);
	expect("ready");
	expect("undo");
	expect("ready");
	kill(keeper, SIGKILL);
	waitpid(keeper, NULL, 0);
	fclose(diary);
}
END_TEST

START_TEST(to_keep_once_is_not_to_start_again)
{
	begin("steady", true);
	kill(expect("ready"), SIGKILL);
	expect("undo");
	expect_end(128 + SIGKILL);
}
END_TEST

START_TEST(a_core_that_never_was_ready_is_not_started_again)
{
	begin("die", false);
	expect("undo");
	expect_end(128 + SIGKILL);
}
END_TEST

START_TEST(a_core_that_cannot_be_run_is_a_failed_start)
{
	strcpy(self, "/nonexistent/core");
	begin("steady", false);
	expect_end(127);
}
END_TEST

static const int refusals[] = { 0, 1, 2, 3, 78 };

START_TEST(a_core_that_chose_to_end_is_left_alone)
{
	char role[16];

	snprintf(role, sizeof role, "exit%d", refusals[_i]);
	begin(role, false);
	expect_end(refusals[_i]);
}
END_TEST

static const int told[][2] = { { SIGINT, SIGINT }, { SIGTERM, SIGTERM },
                               { SIGQUIT, SIGTERM } };

START_TEST(a_hangup_that_somebody_sent_is_for_the_core)
{
	begin("steady", false);
	expect("ready");
	kill(keeper, SIGHUP);
	ck_assert_int_eq(expect("told"), SIGHUP);
	kill(keeper, SIGTERM);
	ck_assert_int_eq(expect("told"), SIGTERM);
	expect_end(0);
}
END_TEST

START_TEST(what_ends_the_keeper_is_passed_on)
{
	begin("steady", false);
	expect("ready");
	kill(keeper, told[_i][0]);
	ck_assert_int_eq(expect("told"), told[_i][1]);
	expect_end(0);
}
END_TEST

START_TEST(what_the_core_could_not_put_back_is_said_by_the_keepers_exit)
{
	begin("left", false);
	expect("ready");
	kill(keeper, SIGTERM);
	expect("told");
	expect_end(3);
}
END_TEST

START_TEST(a_core_that_does_not_end_is_killed_and_undone)
{
	begin("deaf", false);
	expect("ready");
	expect("deaf");
	kill(keeper, SIGTERM);
	expect("undo");
	expect_end(128 + SIGKILL);
}
END_TEST

START_TEST(a_keeper_that_is_killed_takes_core_and_worker_along)
{
	char path[64];

	begin("worker", false);
	expect("ready");
	snprintf(path, sizeof path, "/proc/%d/stat", expect("worker"));
	ck_assert_int_eq(access(path, F_OK), 0);
	kill(keeper, SIGKILL);
	ck_assert_int_eq(expect("told"), SIGTERM);
	ck_assert_int_eq(fgetc(diary), EOF);
	fclose(diary);
	waitpid(keeper, NULL, 0);
}
END_TEST

/* A line of numbers in its status: each must be that one. */
static void expect_ids(pid_t pid, const char *word, unsigned id)
{
	char     path[64], line[256];
	unsigned is[4] = { 0 };
	FILE    *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL &&
	       strncmp(line, word, strlen(word)) != 0)
		continue;
	fclose(f);
	ck_assert_int_eq(sscanf(line + strlen(word), "%u %u %u %u", &is[0],
	                        &is[1], &is[2], &is[3]), 4);
	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(is[i], id);
}

START_TEST(a_users_worker_runs_as_that_user_and_in_none_of_its_groups)
{
	char  role[16];
	pid_t worker;

	snprintf(role, sizeof role, "own%d", USER);
	begin(role, false);
	expect("ready");
	worker = expect("worker");
	expect_ids(worker, "Uid:", USER);
	expect_ids(worker, "Gid:", getpwnam("nobody")->pw_gid);
	kill(keeper, SIGTERM);
	expect("told");
	expect_end(0);
}
END_TEST

/* root, the first and the last who are nobody's, and who may do everything. */
static const char *const others[] = { "own0", "own59875", "own59877",
                                      "own65534" };

START_TEST(nobody_else_gets_a_worker)
{
	begin(others[_i], false);
	expect("ready");
	ck_assert_int_eq(expect("refused"), KEEPER_FAILED);
	kill(keeper, SIGTERM);
	expect("told");
	expect_end(0);
}
END_TEST

/* A zombie that nobody reaps would still be there. */
static bool is_there(pid_t pid)
{
	return kill(pid, 0) == 0;
}

START_TEST(no_worker_outlives_its_core)
{
	pid_t first, second, core_pid;

	begin("worker", false);
	core_pid = expect("ready");
	first = expect("worker");
	kill(core_pid, SIGKILL);
	expect("undo");
	expect("ready");
	second = expect("worker");
	ck_assert_int_ne(first, second);
	while (is_there(first))         /* for ever if it is not killed       */
		usleep(1000);
	ck_assert(is_there(second));
	kill(keeper, SIGINT);
	expect("told");
	expect_end(0);
	ck_assert(!is_there(second));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("keeper");
	TCase *t = tcase_create("keeper");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, a_core_that_is_killed_is_undone_and_started_again);
	tcase_add_test(t, a_core_that_fails_is_undone_and_started_again);
	tcase_add_test(t, to_keep_once_is_not_to_start_again);
	tcase_add_test(t, a_core_that_never_was_ready_is_not_started_again);
	tcase_add_test(t, a_core_that_cannot_be_run_is_a_failed_start);
	tcase_add_loop_test(t, a_core_that_chose_to_end_is_left_alone, 0, 5);
	tcase_add_loop_test(t, what_ends_the_keeper_is_passed_on, 0, 3);
	tcase_add_test(t, a_hangup_that_somebody_sent_is_for_the_core);
	tcase_add_test(t,
	        what_the_core_could_not_put_back_is_said_by_the_keepers_exit);
	tcase_add_test(t, a_core_that_does_not_end_is_killed_and_undone);
	tcase_add_test(t, a_keeper_that_is_killed_takes_core_and_worker_along);
	tcase_add_test(t, no_worker_outlives_its_core);
	tcase_add_test(t,
	               a_users_worker_runs_as_that_user_and_in_none_of_its_groups);
	tcase_add_loop_test(t, nobody_else_gets_a_worker, 0, 4);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n < 0 || argc < 1)
		return 1;
	if (strcmp(argv[0], "pqs-rules") == 0)
		return fake_worker();
	if (argc == 3 && strcmp(argv[1], "core") == 0)
		return core(argv[2]);
	if (argc == 2 && strcmp(argv[1], "undo") == 0)
		return undo();
	return argc == 2 ? run_suite(suite()) : run_in_scratch();
}
