/* test_control.c -- a real pqs is asked how it goes, by those who may and those
 * who may not, by programs that behave and a thousand that do not. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../suite.h"
#include "commanding.h"

START_TEST(without_a_pqs_that_is_said_and_what_to_do)
{
	ck_assert_int_eq(COMMAND((char[]){ "status" }, (char[]){ "--config" },
	                         config_path()), 5);
	assert_printed("no pqs is running");
	assert_printed("'pqs run' starts one");
	running_start(&r, 0);
	running_kill(&r);
	/* its other threads may still be about to end */
	ck_assert(EVENTUALLY(COMMAND((char[]){ "status" },
	                             (char[]){ "--config" },
	                             config_path()) == 5));
	assert_printed("no pqs is running");
	ck_assert_int_eq(running_undo(&r), 0);
}
END_TEST

START_TEST(status_tells_how_it_goes)
{
	running_start(&r, 0);
	ck_assert_int_eq(COMMAND((char[]){ "status" }, (char[]){ "--config" },
	                         config_path()), 0);
	assert_printed("1 in force (generation 1)");
	ck_assert_int_eq(COMMAND((char[]){ "status" }, (char[]){ "--json" },
	                         (char[]){ "--socket" }, socket_path), 0);
	assert_printed("{\"row\":\"pqs\",");
	assert_printed("\"rules\":1,");
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_lt(access(socket_path, F_OK), 0);
}
END_TEST

START_TEST(anyone_may_ask_how_it_goes)
{
	static char answer[65536];

	running_start(&r, 0);
	ask_as(USER, STATUS, answer, sizeof answer);
	ck_assert_msg(strstr(answer, "\"end\":\"status\"") != NULL, "%s",
	              answer);
}
END_TEST

/* As four users, who have more than all the places that are for them. */
static pid_t hostile_start(uid_t uid, int from, int count, int ready)
{
	pid_t pid = fork();
	int   fd[300];

	if (pid != 0)
		return pid;
	if (setgroups(0, NULL) < 0 || setresgid(uid, uid, uid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		_exit(9);
	for (int i = 0; i < count; i++)
		be_hostile(from + i, &fd[i]);
	if (write(ready, "x", 1) != 1)
		_exit(8);
	pause();
	_exit(0);
}

START_TEST(a_thousand_hostile_visitors_are_survived)
{
	static char answer[65536];
	pid_t       pid[4], program;
	int         ready[2];
	char        byte;

	running_start(&r, 0);
	ck_assert_int_eq(pipe(ready), 0);
	for (int i = 0; i < 4; i++)
		pid[i] = hostile_start(USER + (uid_t)i, i, 250, ready[1]);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	/* while they are still there, work goes on and root gets in */
	program = program_start(program_make(&r, "e2ectl"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(program) == 7));
	ask_as(0, STATUS, answer, sizeof answer);
	ck_assert_msg(strstr(answer, "\"end\":\"status\"") != NULL, "%s",
	              answer);
	ck_assert_ptr_nonnull(strstr(answer, "\"turned_away\":"));
	ck_assert_ptr_null(strstr(answer, "\"turned_away\":0,\"asked\""));
	for (int i = 0; i < 4; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	/* and afterwards there is room for anybody again */
	ck_assert(EVENTUALLY((ask_as(USER, STATUS, answer, sizeof answer),
	                      strstr(answer, "\"end\":\"status\"") != NULL)));
	program_end(program);
	close(ready[0]);
	close(ready[1]);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

START_TEST(a_second_pqs_says_that_another_answers)
{
	static struct running second;
	char yaml[256];

	running_start(&r, 0);
	snprintf(yaml, sizeof yaml, "observe: true\ncontrol: { socket: %s }\n",
	         socket_path);
	running_prepare(&second, "rule \"two\" { match = process { name = "
	                         "\"e2ectl\" }, want = { nice = 8 } }", yaml);
	running_start(&second, 0);
	ck_assert_msg(strstr(second.text, "another pqs answers there") != NULL,
	              "%s", second.text);
	running_stop(&second, SIGTERM);
	running_clear(&second);
	ck_assert_int_eq(COMMAND((char[]){ "status" }, (char[]){ "--config" },
	                         config_path()), 0);
}
END_TEST

START_TEST(a_user_has_a_pqs_of_their_own_to_ask)
{
	struct stat st;
	static char answer[65536];

	running_start(&r, USER);
	ck_assert_int_eq(stat(socket_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_uint_eq(st.st_uid, USER);
	ask_as(USER, STATUS, answer, sizeof answer);
	ck_assert_msg(strstr(answer, "\"end\":\"status\"") != NULL, "%s",
	              answer);
	ask_as(USER + 1, STATUS, answer, sizeof answer);
	ck_assert_str_eq(answer, "");
}
END_TEST

/* Where a user's pqs listens unless told otherwise. */
static void listen_at_home(char *folder, size_t size)
{
	char yaml[128];

	if (mkdir("/run/user", 0755) < 0)
		ck_assert_int_eq(errno, EEXIST);
	snprintf(folder, size, "/run/user/%d", USER);
	if (mkdir(folder, 0700) < 0)
		ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(chown(folder, USER, USER), 0);
	running_clear(&r);
	snprintf(yaml, sizeof yaml, "control: { socket: %s/pqs/control.sock }\n",
	         folder);
	running_prepare(&r, "rule \"one\" { match = process { name = "
	                    "\"e2ectl\" }, want = { nice = 7 } }", yaml);
	strcat(folder, "/pqs");
	if (mkdir(folder, 0700) < 0)
		ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(chown(folder, USER, USER), 0);
}

START_TEST(that_a_user_runs_a_pqs_is_told_to_who_explains)
{
	char        folder[64], lacks[160], yaml[320];
	FILE       *f;
	pid_t       mine;

	listen_at_home(folder, sizeof folder);
	running_start(&r, USER);
	mine = program_start(program_make(&r, "e2ectl"), NULL, USER);
	ck_assert_msg(running_says(&r, "  one"), "%s", r.text);
	snprintf(lacks, sizeof lacks, "%s/other.yaml", r.folder);
	f = fopen(lacks, "w");
	ck_assert_ptr_nonnull(f);
	snprintf(yaml, sizeof yaml, "journal: %s/other\nrules: { vendor: [], "
	         "admin: [ %s/rules.lua ], users: none }\n", r.folder,
	         r.folder);
	fputs(yaml, f);
	fclose(f);
	ck_assert_int_eq(COMMAND(word("explain"), word("--config"), lacks,
	                         word("%d", mine)), 0);
	assert_printed("no pqs is running that could be asked");
	assert_printed("user 4242 runs a pqs of their own");
	running_stop(&r, SIGTERM);
	ck_assert_int_eq(COMMAND(word("explain"), word("--config"), lacks,
	                         word("%d", mine)), 0);
	ck_assert_ptr_null(strstr(other.text, "runs a pqs of their own"));
	program_end(mine);
	snprintf(lacks, sizeof lacks, "rm -rf %s; rmdir /run/user/%d", folder,
	         USER);
	ck_assert_int_eq(system(lacks), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s;
	TCase *c;

	program_main(argc, argv);
	if (geteuid() != 0) {
		puts("100%: Checks: 0, only root can play several users");
		return 0;
	}
	s = suite_create("control on a real pqs");
	c = tcase_create("asking");
	tcase_add_checked_fixture(c, prepare, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, without_a_pqs_that_is_said_and_what_to_do);
	tcase_add_test(c, status_tells_how_it_goes);
	tcase_add_test(c, anyone_may_ask_how_it_goes);
	tcase_add_test(c, a_thousand_hostile_visitors_are_survived);
	tcase_add_test(c, a_second_pqs_says_that_another_answers);
	tcase_add_test(c, a_user_has_a_pqs_of_their_own_to_ask);
	tcase_add_test(c, that_a_user_runs_a_pqs_is_told_to_who_explains);
	suite_add_tcase(s, c);
	return run_suite(s);
}
