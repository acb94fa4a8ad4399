/* test_attacks.c -- what somebody, or bad luck, may do to a pqs that runs.
 *
 * Every value is read back from the kernel.  All programs judged here are ours
 * and have names of their own, so nothing else on the machine is touched. */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

static struct running r;

static void clear(void)
{
	running_clear(&r);
}

/* "daemon GO TOLD": after a word from GO, a grandchild of its own session whose
 * parent has left; its pid goes to TOLD. */
static void daemon_main(int go, int told)
{
	char  word;
	pid_t middle, pid;

	if (read(go, &word, 1) != 1)
		_exit(1);
	middle = fork();
	if (middle != 0) {
		waitpid(middle, NULL, 0);
		for (;;)
			pause();
	}
	setsid();
	middle = getpid();
	if (fork() != 0)
		_exit(0);
	while (kill(middle, 0) == 0)
		usleep(1000);
	pid = getpid();
	for (;;)
		if (write(told, &pid, sizeof pid) > 0)
			pause();
}

static int told_fd;

static void *fork_as(void *name)
{
	pid_t pid;

	prctl(PR_SET_NAME, name);
	while (nice_of(gettid()) != 11)
		usleep(1000);
	pid = fork();
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (pid != 0 && write(told_fd, &pid, sizeof pid) < 0)
		_exit(1);
	for (;;)
		pause();
	return NULL;
}

/* "thread TOLD": a thread of it forks, once it has nice 11. */
static void thread_main(int told)
{
	pthread_t t;

	told_fd = told;
	pthread_create(&t, NULL, fork_as, (char[]){ "forker" });
	for (;;)
		pause();
}

/* Starts one whose daemon is born while nobody looks: the daemon's pid. */
static pid_t daemon_of(pid_t *ret_parent, const char *path)
{
	int   told[2], go[2];
	pid_t daemon = 0;

	ck_assert_int_eq(pipe(told), 0);
	ck_assert_int_eq(pipe(go), 0);
	*ret_parent = fork();
	if (*ret_parent == 0) {
		char ends[2][16];

		snprintf(ends[0], sizeof ends[0], "%d", go[0]);
		snprintf(ends[1], sizeof ends[1], "%d", told[1]);
		execl(path, path, "daemon", ends[0], ends[1], (char *)NULL);
		_exit(97);
	}
	ck_assert(EVENTUALLY(nice_of(*ret_parent) == 6));
	kill(r.core, SIGSTOP);
	ck_assert_int_eq(write(go[1], "", 1), 1);
	ck_assert_int_eq(read(told[0], &daemon, sizeof daemon), sizeof daemon);
	kill(r.core, SIGCONT);
	for (int i = 0; i < 2; i++) {
		close(told[i]);
		close(go[i]);
	}
	return daemon;
}

START_TEST(a_daemon_whose_parent_left_before_we_looked_goes_back)
{
	pid_t parent, daemon;

	running_prepare(&r, "rule \"d\" { match = process { name = \"e2edmn\" },"
	                    " want = { nice = 6, timer_slack = \"2ms\" } }", "");
	running_start(&r, 0);
	daemon = daemon_of(&parent, program_make(&r, "e2edmn"));
	ck_assert_int_eq(nice_of(daemon), 6);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(daemon), 0);
	ck_assert_int_eq(slack_of(daemon), slack_of(getpid()));
	kill(daemon, SIGKILL);
	program_end(parent);
}
END_TEST

START_TEST(a_child_of_a_changed_thread_goes_back_to_what_the_thread_had)
{
	char        end[16];
	const char *args[] = { "thread", end, NULL };
	int         told[2];
	pid_t       parent, child = 0;

	running_prepare(&r,
	    "rule \"p\" { match = process { name = \"e2etfk\" },\n"
	    "  want = { nice = 6 } }\n"
	    "rule \"t\" { match = thread { name = \"forker\", main = false,\n"
	    "  of = process { name = \"e2etfk\" } },\n"
	    "  want = { nice = 11, timer_slack = \"2ms\" } }", "");
	running_start(&r, 0);
	ck_assert_int_eq(pipe(told), 0);
	snprintf(end, sizeof end, "%d", told[1]);
	parent = program_start(program_make(&r, "e2etfk"), args, 0);
	ck_assert_int_eq(read(told[0], &child, sizeof child), sizeof child);
	ck_assert(EVENTUALLY(nice_of(child) == 6));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(child), 0);
	ck_assert_int_eq(slack_of(child), slack_of(getpid()));
	close(told[0]);
	close(told[1]);
	kill(child, SIGKILL);
	program_end(parent);
}
END_TEST

START_TEST(no_name_of_a_program_reaches_the_terminal_as_a_command)
{
	char  pid_text[16], config[96], rules[96];
	char *explain[] = { (char[]){ "explain" }, (char[]){ "--config" },
	                    config, pid_text, rules, NULL };
	pid_t pid;

	running_prepare(&r, "rule \"n\" { match = process { name = glob "
	                    "\"e2esc*\" }, want = { nice = 6 } }", "");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2esc\x1b[2J\a\npqs: lies"), NULL,
	                    0);
	ck_assert(EVENTUALLY(nice_of(pid) == 6));
	ck_assert(running_says(&r, "e2esc"));
	ck_assert_ptr_null(strpbrk(r.text, "\x1b\a"));
	ck_assert_ptr_null(strstr(r.text, "\npqs: lies"));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	snprintf(pid_text, sizeof pid_text, "%d", (int)pid);
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	snprintf(rules, sizeof rules, "%s/rules.lua", r.folder);
	ck_assert_int_eq(running_command(&r, explain), 0);
	ck_assert_ptr_nonnull(strstr(r.text, "e2esc"));
	ck_assert_ptr_null(strpbrk(r.text, "\x1b\a"));
	ck_assert_ptr_null(strstr(r.text, "\npqs: lies"));
	program_end(pid);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *t = tcase_create("attacks");

	if (argc == 4 && strcmp(argv[1], "daemon") == 0)
		daemon_main(atoi(argv[2]), atoi(argv[3]));
	if (argc == 3 && strcmp(argv[1], "thread") == 0)
		thread_main(atoi(argv[2]));
	program_main(argc, argv);
	tcase_add_checked_fixture(t, NULL, clear);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_daemon_whose_parent_left_before_we_looked_goes_back);
	tcase_add_test(t,
	               a_child_of_a_changed_thread_goes_back_to_what_the_thread_had);
	tcase_add_test(t, no_name_of_a_program_reaches_the_terminal_as_a_command);
	return run_case(t, "attacks");
}
