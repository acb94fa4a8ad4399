/* test_control.c -- a real pqs is asked, by those who may and those who may not,
 * by programs that behave and a thousand that do not. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/client.h"
#include "../suite.h"
#include "running.h"

#define USER   4242
#define STATUS "{\"pqs\":1,\"ask\":\"status\"}\n"

static struct running r;
static struct running other;            /* for what commands print            */
static char           socket_path[200];

static void prepare(void)
{
	running_prepare(&r, "rule \"one\" { match = process { name = "
	                    "\"e2ectl\" }, want = { nice = 7 } }", "");
	snprintf(socket_path, sizeof socket_path, "%s/journal/control.sock",
	         r.folder);
	memset(&other, 0, sizeof other);
	other.out = -1;
}

static void clear(void)
{
	if (other.out >= 0)
		close(other.out);
	running_clear(&r);
}

static int command(char *const *words)
{
	return running_command(&other, words);
}

#define COMMAND(...) command((char *[]){ __VA_ARGS__, NULL })

static char *config_path(void)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/pqs.yaml", r.folder);
	return path;
}

static void assert_printed(const char *text)
{
	ck_assert_msg(strstr(other.text, text) != NULL,
	              "'%s' was not printed:\n%s", text, other.text);
}

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

/* What the line is answered, until the first end or error. */
static void ask_as(uid_t uid, const char *line, char *ret, size_t size)
{
	int     ends[2];
	size_t  used = 0;
	ssize_t n;
	pid_t   pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		struct client c;
		char         *text;
		int64_t       bytes;

		if (uid != 0 && (setgroups(0, NULL) < 0 ||
		                 setresgid(uid, uid, uid) < 0 ||
		                 setresuid(uid, uid, uid) < 0))
			_exit(9);
		if (client_open(&c, socket_path) < 0 ||
		    client_say(&c, line, strlen(line)) < 0)
			_exit(8);
		do {
			bytes = client_hear(&c, 20000, &text);
			if (bytes < 0)
				_exit(7);
			text[bytes] = '\n';
			if (write(ends[1], text, (size_t)bytes + 1) < 0)
				_exit(6);
			text[bytes] = '\0';
		} while (strstr(text, "\"end\":") == NULL &&
		         strstr(text, "\"error\":") == NULL);
		_exit(0);
	}
	close(ends[1]);
	while ((n = read(ends[0], ret + used, size - 1 - used)) > 0)
		used += (size_t)n;
	ret[used] = '\0';
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

START_TEST(anyone_may_ask_how_it_goes)
{
	static char answer[65536];

	running_start(&r, 0);
	ask_as(USER, STATUS, answer, sizeof answer);
	ck_assert_msg(strstr(answer, "\"end\":\"status\"") != NULL, "%s",
	              answer);
}
END_TEST

/* Each does one bad thing and goes on to the next; those who hang on are let go of
 * at the end. */
static void be_hostile(int which, int *ret_fd)
{
	static char   bytes[100000];
	struct client c;

	*ret_fd = -1;
	if (client_open(&c, socket_path) < 0)
		return;
	memset(bytes, which % 2 ? 'x' : '{', sizeof bytes);
	switch (which % 8) {
	case 0:         /* says nothing                                       */
		break;
	case 1:         /* half a line                                        */
		(void)send(c.fd, STATUS, 10, MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 2:         /* a line without end                                 */
	case 3:
		(void)send(c.fd, bytes, sizeof bytes,
		           MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 4:         /* asks, and never reads                              */
		for (int i = 0; i < 200; i++)
			(void)send(c.fd, STATUS, strlen(STATUS),
			           MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 5:         /* garbage                                            */
		for (size_t i = 0; i < 4096; i++)
			bytes[i] = (char)(i * 31 + (size_t)which);
		(void)send(c.fd, bytes, 4096, MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	case 6:         /* asks and leaves                                    */
		(void)send(c.fd, STATUS, strlen(STATUS),
		           MSG_NOSIGNAL | MSG_DONTWAIT);
		client_close(&c);
		return;
	default:        /* no text at all                                     */
		(void)send(c.fd, "\0\0\0\n\n\n\xff\n", 8,
		           MSG_NOSIGNAL | MSG_DONTWAIT);
		break;
	}
	*ret_fd = c.fd;
}

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

static char *word(const char *format, ...)
{
	static char words[8][256];
	static int  next;
	char       *w = words[next++ % 8];
	va_list     args;

	va_start(args, format);
	vsnprintf(w, sizeof words[0], format, args);
	va_end(args);
	return w;
}

#define PQS(verb, ...) COMMAND(word(verb), word("--socket"), \
                               word("%s", socket_path), __VA_ARGS__)

static int running_undo_beside(void)
{
	return COMMAND(word("undo"), word("--config"), config_path());
}

/* Read back from the kernel, each time. */
START_TEST(what_is_set_by_hand_is_in_force_and_undone)
{
	pid_t program;

	running_start(&r, 0);
	program = program_start(program_make(&r, "e2ectl"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(program) == 7));
	ck_assert_int_eq(PQS("set", word("%d", program), word("nice=-2"),
	                     word("timer_slack=3ms")), 0);
	ck_assert_int_eq(nice_of(program), -2);
	ck_assert_int_eq(slack_of(program), 3000000);
	assert_printed("by pqs set");
	ck_assert_int_eq(PQS("explain", word("%d", program)), 0);
	assert_printed("rules that reach it\n  pqs set");
	assert_printed("now -2, in force");
	assert_printed("over nice = 7 by one");
	assert_printed("the last changes");
	ck_assert_int_eq(PQS("log", word("--task"), word("%d", program)), 0);
	assert_printed("pqs set");
	ck_assert_int_eq(PQS("set", word("%d", program), word("nice=4"),
	                     word("--keep"), word("500ms")), 0);
	ck_assert_int_eq(nice_of(program), 4);
	ck_assert(EVENTUALLY(nice_of(program) == 7));
	ck_assert_int_eq(slack_of(program), 50000);
	ck_assert_int_eq(PQS("undo", word("%d", program)), 0);
	ck_assert_int_eq(nice_of(program), 0);
	assert_printed("is left alone until its next exec");
	program_end(program);
	program = program_start(program_make(&r, "e2ectl"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(program) == 7));
	ck_assert_int_eq(PQS("undo", word("--rule"), word("one")), 0);
	ck_assert(EVENTUALLY(nice_of(program) == 0));
	ck_assert_int_eq(PQS("rules", word("--stats")), 0);
	assert_printed("silenced by 'pqs undo'");
	assert_printed("matched");
	ck_assert_int_eq(PQS("focus", word("%d", program)), 0);
	ck_assert_int_eq(PQS("undo", word("--all")), 0);
	ck_assert_int_eq(running_undo_beside(), 4);
	assert_printed("with a PID, --rule or --all asks the running one");
	program_end(program);
	ck_assert_int_eq(PQS("set", word("%d", program), word("nice=1")), 6);
	assert_printed("there is no task");
	ck_assert_int_eq(PQS("set", word("1"), word("nice=1")), 6);
	assert_printed("protected");
	ck_assert_int_eq(PQS("set", word("1"), word("nise=1")), 6);
	ck_assert_int_eq(PQS("undo", word("--rule"), word("none such")), 2);
}
END_TEST

static const char *request(const char *verb, pid_t pid, const char *rest)
{
	return word("{\"pqs\":1,\"ask\":\"%s\",\"pid\":%d%s}\n", verb,
	            (int)pid, rest);
}

static void assert_asked(uid_t uid, const char *line, const char *text)
{
	static char answer[1 << 20];

	ask_as(uid, line, answer, sizeof answer);
	ck_assert_msg(strstr(answer, text) != NULL, "%s'%s' is not in:\n%s",
	              line, text, answer);
}

START_TEST(a_user_sees_and_lowers_what_is_their_own)
{
	pid_t own, others;

	running_start(&r, 0);
	own = program_start(program_make(&r, "e2ectl"), NULL, USER);
	others = program_start(program_make(&r, "e2ectl"), NULL, USER + 1);
	ck_assert(EVENTUALLY(nice_of(own) == 7 && nice_of(others) == 7));
	assert_asked(USER, request("explain", own, ""), "\"end\":");
	assert_asked(USER, request("explain", others, ""), "\"denied\"");
	assert_asked(USER, request("explain", r.core, ""), "\"denied\"");
	assert_asked(USER, request("log", others, ""), "\"rows\":0");
	assert_asked(USER, request("log", own, ""), "\"rows\":1");
	assert_asked(0, request("log", others, ""), "\"rows\":1");
	assert_asked(USER, request("set", own, ",\"set\":[\"nice=11\"]"),
	             "\"end\":");
	ck_assert(EVENTUALLY(nice_of(own) == 11));
	assert_asked(USER, request("set", own, ",\"set\":[\"nice=-11\"]"),
	             "\"end\":");
	ck_assert(EVENTUALLY(nice_of(own) == 0));
	assert_asked(USER, request("set", others, ",\"set\":[\"nice=11\"]"),
	             "\"denied\"");
	assert_asked(USER, request("undo", others, ""), "\"denied\"");
	assert_asked(USER, "{\"pqs\":1,\"ask\":\"undo\",\"all\":true}\n",
	             "\"denied\"");
	ck_assert_int_eq(nice_of(others), 7);
	assert_asked(USER, request("undo", own, ""), "\"end\":");
	ck_assert_int_eq(nice_of(own), 0);
	program_end(own);
	program_end(others);
}
END_TEST

START_TEST(the_group_of_the_configuration_may_command)
{
	char  yaml[64];
	struct group *g = getgrgid(1);

	ck_assert_ptr_nonnull(g);
	running_clear(&r);
	snprintf(yaml, sizeof yaml, "control: { group: %s }\n", g->gr_name);
	running_prepare(&r, "rule \"one\" { match = process { name = \"e2ectl\" "
	                    "}, want = { nice = 7 } }", yaml);
	snprintf(socket_path, sizeof socket_path, "%s/journal/control.sock",
	         r.folder);
	running_start(&r, 0);
	/* who has the number 1 has the group of that number, too */
	assert_asked(1, request("explain", r.core, ""), "\"end\":");
	assert_asked(2, request("explain", r.core, ""), "\"denied\"");
	running_stop(&r, SIGTERM);
	running_clear(&r);
	running_prepare(&r, "rule \"one\" { match = process { name = \"e2ectl\" "
	                    "}, want = { nice = 7 } }",
	                "control: { group: no-such-group }\n");
	running_launch(&r, 0);
	ck_assert(running_says(&r, "there is no group 'no-such-group'"));
	ck_assert_int_eq(running_stop(&r, 0), 1);
}
END_TEST

static void write_rules(const char *rules)
{
	char  path[128], new[140];
	FILE *f;

	snprintf(path, sizeof path, "%s/rules.lua", r.folder);
	snprintf(new, sizeof new, "%s.new", path);
	f = fopen(new, "w");
	ck_assert_ptr_nonnull(f);
	fputs(rules, f);
	fclose(f);
	ck_assert_int_eq(rename(new, path), 0);
}

START_TEST(rules_are_read_again_when_asked)
{
	pid_t program;

	running_clear(&r);
	running_prepare(&r, "rule \"one\" { match = process { name = \"e2ectl\" "
	                    "}, want = { nice = 7 } }",
	                "reload: { watch: false }\n");
	snprintf(socket_path, sizeof socket_path, "%s/journal/control.sock",
	         r.folder);
	running_start(&r, 0);
	program = program_start(program_make(&r, "e2ectl"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(program) == 7));
	write_rules("rule \"one\" { match = process { name = \"e2ectl\" }, "
	            "want = { nice = 9 } }");
	/* what is set by hand is above these, too, and stays */
	ck_assert_int_eq(PQS("set", word("%d", program), word("nice=3")), 0);
	ck_assert_int_eq(PQS("reload", word("--dry-run")), 0);
	assert_printed("would change 0 of");
	ck_assert_int_eq(PQS("set", word("%d", program), word("nice=")), 0);
	ck_assert(EVENTUALLY(nice_of(program) == 7));
	ck_assert_int_eq(PQS("set", word("%d", program),
	                     word("timer_slack=5ms")), 0);
	ck_assert_int_eq(PQS("reload", word("--dry-run")), 0);
	assert_printed("nice  7 -> 9  by one");
	assert_printed("nothing was changed");
	ck_assert_int_eq(nice_of(program), 7);
	ck_assert_int_eq(PQS("reload", word("--wait"), word("--json")), 0);
	assert_printed("\"ended\":\"in force\"");
	ck_assert(EVENTUALLY(nice_of(program) == 9));
	ck_assert_int_eq(slack_of(program), 5000000);
	write_rules("rule \"one\" { match = process { name = \"e2ectl\" }, "
	            "want = { tried = 9 } }");
	ck_assert_int_eq(PQS("reload", word("--dry-run")), 1);
	assert_printed("'tried'");
	write_rules("rule \"one\" { match = process { name = \"e2ectl\" }, "
	            "want = { nise = 9 } }");
	ck_assert_int_eq(PQS("reload", word("--wait")), 1);
	ck_assert(running_says(&r, "'nise'"));
	ck_assert_ptr_null(strstr(r.text, "'tried'"));
	assert_printed("did you mean 'nice'?");
	assert_printed("refused: generation");
	ck_assert_int_eq(PQS("status", word("--json")), 0);
	assert_printed("\"last_refusal\":\"");
	ck_assert_int_eq(nice_of(program), 9);
	ck_assert_int_eq(PQS("rollback", word("12345")), 2);
	assert_printed("is not kept");
	ck_assert_int_eq(PQS("rollback", word("--json")), 0);
	assert_printed("\"ended\":\"in force\"");
	ck_assert(EVENTUALLY(nice_of(program) == 7));
	assert_asked(USER, "{\"pqs\":1,\"ask\":\"reload\"}\n", "\"denied\"");
	program_end(program);
}
END_TEST

START_TEST(what_is_done_is_written_down)
{
	char  yaml[200], file[160], line[2048] = "";
	pid_t program;
	FILE *f;

	running_clear(&r);
	running_prepare(&r, NULL, "");
	snprintf(file, sizeof file, "%s/log", r.folder);
	snprintf(yaml, sizeof yaml, "%s/pqs.yaml", r.folder);
	f = fopen(yaml, "a");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "log: { file: %s, format: json }\n", file);
	fclose(f);
	write_rules("rule \"one\" { match = process { name = \"e2ectl\" }, "
	            "want = { nice = 9 } }");
	running_start(&r, 0);
	ck_assert(running_says(&r, "{\"at\":"));
	program = program_start(program_make(&r, "e2ectl"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(program) == 9));
	program_end(program);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	f = fopen(file, "r");
	ck_assert_ptr_nonnull(f);
	while (strstr(line, "\"event\":\"change\"") == NULL)
		ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
	ck_assert_ptr_nonnull(strstr(line, "\"rule\":\"one\""));
	fclose(f);
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
	tcase_add_test(c, what_is_set_by_hand_is_in_force_and_undone);
	tcase_add_test(c, a_user_sees_and_lowers_what_is_their_own);
	tcase_add_test(c, the_group_of_the_configuration_may_command);
	tcase_add_test(c, rules_are_read_again_when_asked);
	tcase_add_test(c, what_is_done_is_written_down);
	tcase_add_test(c, a_second_pqs_says_that_another_answers);
	tcase_add_test(c, a_user_has_a_pqs_of_their_own_to_ask);
	tcase_add_test(c, that_a_user_runs_a_pqs_is_told_to_who_explains);
	suite_add_tcase(s, c);
	return run_suite(s);
}
