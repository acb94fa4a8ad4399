/* test_control_orders.c -- a real pqs does what it is told by those who may. */

#include <errno.h>
#include <signal.h>

#include "../suite.h"
#include "commanding.h"

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
	tcase_add_test(c, what_is_set_by_hand_is_in_force_and_undone);
	tcase_add_test(c, a_user_sees_and_lowers_what_is_their_own);
	tcase_add_test(c, the_group_of_the_configuration_may_command);
	tcase_add_test(c, rules_are_read_again_when_asked);
	tcase_add_test(c, what_is_done_is_written_down);
	suite_add_tcase(s, c);
	return run_suite(s);
}
