/* test_preview.c -- what rules would change is told, with a pqs that runs and
 * without, and nothing is changed by it. */

#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../json_valid.h"
#include "../suite.h"
#include "running.h"

#define USER 4242
#define MANY 220                        /* more than are told to people       */

static struct running r;                /* the one that runs                  */
static struct running other;            /* what the preview prints            */
static char           config[128], rules[128];
static pid_t          first, second;

static void put_rules(const char *text)
{
	FILE *f;

	snprintf(rules, sizeof rules, "%s/other.lua", r.folder);
	f = fopen(rules, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void prepare(void)
{
	running_prepare(&r,
	                "rule \"one\" { match = process { name = \"e2eone\" }, "
	                "want = { nice = 7, oom_score_adj = 70 } }\n"
	                "rule \"two\" { match = process { name = \"e2etwo\" }, "
	                "want = { nice = 5, oom_score_adj = 50 } }\n", "");
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	memset(&other, 0, sizeof other);
	other.out = -1;
	first = program_start(program_make(&r, "e2eone"), NULL, 0);
	second = program_start(program_make(&r, "e2etwo"), NULL, 0);
	ck_assert(EVENTUALLY(program_ready(first) && program_ready(second)));
}

static void clear(void)
{
	program_end(first);
	program_end(second);
	if (other.out >= 0)
		close(other.out);
	running_clear(&r);
}

static int run(const char *first_word, const char *a, const char *b,
               const char *c)
{
	char  text[6][200];
	const char *from[] = { first_word, "--config", config, a, b, c };
	char *words[7] = { NULL };
	int   n = 0;

	for (int i = 0; i < 6 && from[i] != NULL; i++) {
		snprintf(text[i], sizeof text[i], "%s", from[i]);
		words[n++] = text[i];
	}
	other.used = 0;
	return running_command(&other, words);
}

static void assert_printed(const char *text)
{
	ck_assert_msg(strstr(other.text, text) != NULL, "'%s' was not printed:"
	              "\n%.2000s", text, other.text);
}

static bool is_line(const char *name, pid_t pid, const char *setting,
                    const char *rest)
{
	char whom[64], line[200];

	snprintf(whom, sizeof whom, "%s[%d]", name, (int)pid);
	snprintf(line, sizeof line, "%-24s  %-14s %s", whom, setting, rest);
	return strstr(other.text, line) != NULL;
}

#define ASSERT_LINE(...) \
	ck_assert_msg(is_line(__VA_ARGS__), "no such line:\n%s", other.text)
#define ASSERT_NO_LINE(...) \
	ck_assert_msg(!is_line(__VA_ARGS__), "such a line:\n%s", other.text)

/* All that could have been changed, and the journal to the byte. */
static void picture(char *out, size_t size)
{
	char        path[200];
	struct stat st = { 0 };

	snprintf(path, sizeof path, "%s/journal/journal", r.folder);
	(void)stat(path, &st);
	snprintf(out, size, "%d %d %d %d %ld %d | %d %d %d %d %ld %d | %lld "
	         "%lld.%09ld", nice_of(first), oom_of(first), sched_of(first),
	         ionice_of(first), slack_of(first), state_of(first) == 'T',
	         nice_of(second), oom_of(second), sched_of(second),
	         ionice_of(second), slack_of(second), state_of(second) == 'T',
	         (long long)st.st_size, (long long)st.st_mtim.tv_sec,
	         st.st_mtim.tv_nsec);
}

START_TEST(without_a_pqs_it_is_told_and_nothing_is_touched)
{
	char before[400], after[400], path[200];

	put_rules("rule \"a\" { match = process { name = \"e2eone\" }, "
	          "want = { nice = 9, freeze = true, timer_slack = \"1ms\" } }\n"
	          "rule \"b\" { match = process { name = \"e2etwo\" }, want = "
	          "function (p) return { oom_score_adj = 44, ionice = \"idle\" "
	          "} end }\n");
	picture(before, sizeof before);
	ck_assert_int_eq(run("preview", rules, NULL, NULL), 0);
	picture(after, sizeof after);
	ck_assert_str_eq(before, after);
	snprintf(path, sizeof path, "%s/journal", r.folder);
	ck_assert_int_lt(access(path, F_OK), 0);
	ASSERT_LINE("e2eone", first, "nice", "0 -> 9  a (");
	ASSERT_LINE("e2eone", first, "timer_slack", "50us -> 1ms  a (");
	ASSERT_LINE("e2eone", first, "freeze", "false -> true  a (");
	ASSERT_LINE("e2etwo", second, "oom_score_adj", "0 -> 44  b (");
	ASSERT_LINE("e2etwo", second, "ionice", "none -> idle  b (");
	assert_printed("2 tasks would change: 5 settings set, 0 back");
	assert_printed("no pqs is running that could be asked; nothing was changed\n");
}
END_TEST

/* The rules in force want 7 and 5; what the others leave goes back. */
START_TEST(beside_a_pqs_it_is_compared_with_what_is_in_force)
{
	char before[400], after[400];

	put_rules("rule \"a\" { match = process { name = \"e2eone\" }, "
	          "want = { nice = 9, oom_score_adj = 70 } }\n");
	running_start(&r, 0);
	ck_assert_int_eq(nice_of(first), 7);
	picture(before, sizeof before);
	ck_assert_int_eq(run("preview", rules, NULL, NULL), 0);
	picture(after, sizeof after);
	ck_assert_str_eq(before, after);
	ASSERT_LINE("e2eone", first, "nice", "7 -> 9  a (");
	ASSERT_NO_LINE("e2eone", first, "oom_score_adj", "");
	ASSERT_LINE("e2etwo", second, "nice", "5 -> 0  nobody wants it any "
	            "more; now by two\n");
	ASSERT_LINE("e2etwo", second, "oom_score_adj", "50 -> 0  nobody");
	assert_printed("2 tasks would change: 1 settings set, 2 back");
	assert_printed("what the running pqs has in force; nothing was changed"
	               "\n");
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(first), 0);
}
END_TEST

START_TEST(the_rules_in_force_would_change_nothing)
{
	char path[128];

	snprintf(path, sizeof path, "%s/rules.lua", r.folder);
	running_start(&r, 0);
	ck_assert_int_eq(run("preview", path, NULL, NULL), 0);
	ASSERT_NO_LINE("e2eone", first, "", "");
	ASSERT_NO_LINE("e2etwo", second, "", "");
	assert_printed(" 0 tasks would change: 0 settings set, 0 back");
}
END_TEST

START_TEST(what_must_last_is_told_apart)
{
	put_rules("rule \"a\" { match = process { name = \"e2eone\", lasting = "
	          "\"10s\" }, want = { nice = 9 } }\n"
	          "rule \"b\" { match = process { name = \"e2eone\" }, when = "
	          "host { running = \"t\", lasting = \"1min\" }, want = { "
	          "oom_score_adj = 5 } }\n"
	          "rule \"c\" { match = process { name = \"e2etwo\" }, tag = "
	          "\"t\", want = { nice = 3 } }\n");
	ck_assert_int_eq(run("preview", rules, NULL, NULL), 0);
	ASSERT_LINE("e2eone", first, "nice", "0 -> 9  a (");
	assert_printed("lua:1), after 10s");
	ASSERT_LINE("e2eone", first, "oom_score_adj", "0 -> 5  b (");
	assert_printed("lua:2), after 60s");
	ASSERT_LINE("e2etwo", second, "nice", "0 -> 3  c (");
	assert_printed("1 tasks would change: 1 settings set, 0 back");
	assert_printed("2 settings more would be set once what must last has "
	               "lasted\n");
	ck_assert_int_eq(run("preview", "--json", rules, NULL), 0);
	assert_printed("\"later\":true,\"after_ns\":10000000000");
}
END_TEST

/* As far as a preview can know, it has not: but the running pqs does. */
START_TEST(what_has_lasted_for_the_running_pqs_is_not_told)
{
	put_rules("rule \"a\" { match = process { name = \"e2eone\", lasting = "
	          "\"10s\" }, want = { nice = 7, oom_score_adj = 71 } }\n");
	running_start(&r, 0);
	ck_assert_int_eq(nice_of(first), 7);
	ck_assert_int_eq(run("preview", rules, NULL, NULL), 0);
	ASSERT_NO_LINE("e2eone", first, "nice", "");
	ASSERT_LINE("e2eone", first, "oom_score_adj", "70 -> 71  a (");
	assert_printed(", after 10s");
	ASSERT_LINE("e2etwo", second, "nice", "5 -> 0  nobody");
}
END_TEST

START_TEST(what_is_set_by_hand_stays_whatever_the_rules)
{
	char pid[16];

	put_rules("rule \"a\" { match = process { name = \"e2eone\" }, "
	          "want = { nice = 9 } }\n");
	running_start(&r, 0);
	snprintf(pid, sizeof pid, "%d", (int)first);
	ck_assert_int_eq(run("set", pid, "nice=3", NULL), 0);
	ck_assert_int_eq(nice_of(first), 3);
	ck_assert_int_eq(run("preview", rules, NULL, NULL), 0);
	ASSERT_NO_LINE("e2eone", first, "nice", "");
	ASSERT_LINE("e2eone", first, "oom_score_adj", "70 -> 0  nobody");
}
END_TEST

START_TEST(wrong_rules_are_told)
{
	put_rules("rule \"a\" { match = process { nmae = \"x\" }, want = { nice "
	          "= 1 } }\n");
	ck_assert_int_eq(run("preview", rules, NULL, NULL), 1);
	assert_printed("other.lua:1:30: a process has no field 'nmae'");
	ck_assert_int_eq(run("preview", "/no/such.lua", NULL, NULL), 1);
	assert_printed("No such file");
}
END_TEST

static size_t lines_with(const char *text)
{
	size_t n = 0;

	for (const char *at = other.text; (at = strstr(at, text)) != NULL; n++)
		at += strlen(text);
	return n;
}

static void assert_all_json(void)
{
	char *at = other.text, *next;

	for (; *at != '\0'; at = next) {
		next = strchr(at, '\n');
		ck_assert_ptr_nonnull(next);
		*next++ = '\0';
		ck_assert_msg(json_is_valid(at), "%s", at);
		next[-1] = '\n';
	}
}

/* For people not all are told, but counted; for programs, all. */
START_TEST(many_are_bounded_and_counted)
{
	pid_t many[MANY];

	for (int i = 0; i < MANY; i++) {
		many[i] = fork();
		if (many[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	put_rules("rule \"a\" { match = process { name = \"e2e_test_preview\" "
	          "}, want = { oom_score_adj = 99 } }\n");
	ck_assert_int_eq(run("preview", rules, NULL, NULL), 0);
	ck_assert_uint_eq(lines_with("oom_score_adj"), 200);
	ck_assert_uint_eq(lines_with(" more, which --json tells\n"), 1);
	ck_assert_int_eq(run("preview", "--json", rules, NULL), 0);
	ck_assert_uint_ge(lines_with("oom_score_adj"), MANY);
	assert_all_json();
	assert_printed("{\"row\":\"preview\",\"processes\":");
	for (int i = 0; i < MANY; i++) {
		kill(many[i], SIGKILL);
		waitpid(many[i], NULL, 0);
	}
}
END_TEST

/* What a user is told of these rules. */
static const char *preview_as_user(const char *socket)
{
	static char text[1 << 14];
	char        said[160];
	pid_t       pid;
	FILE       *f;

	snprintf(said, sizeof said, "%s/said", r.folder);
	pid = fork();
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setresgid(USER, USER, USER) < 0 ||
		    setresuid(USER, USER, USER) < 0 ||
		    freopen(said, "w", stdout) == NULL)
			_exit(98);
		if (socket != NULL)
			execl(PQS_BUILD "/pqs", "pqs", "preview", "--socket",
			      socket, rules, NULL);
		else
			execl(PQS_BUILD "/pqs", "pqs", "preview", rules, NULL);
		_exit(97);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	f = fopen(said, "r");
	ck_assert_ptr_nonnull(f);
	memset(text, 0, sizeof text);
	(void)fread(text, 1, sizeof text - 1, f);
	fclose(f);
	return text;
}

/* Without root one can change one's own. */
START_TEST(a_user_is_told_about_ones_own)
{
	pid_t       mine = program_start(program_make(&r, "e2eone"), NULL, USER);
	const char *text;
	char        line[64];

	put_rules("rule \"a\" { match = process { name = \"e2eone\" }, "
	          "want = { nice = 9 } }\n");
	ck_assert(EVENTUALLY(program_ready(mine)));
	text = preview_as_user(NULL);
	snprintf(line, sizeof line, "e2eone[%d]", (int)mine);
	ck_assert_msg(strstr(text, line) != NULL, "%s", text);
	snprintf(line, sizeof line, "e2eone[%d]", (int)first);
	ck_assert_ptr_null(strstr(text, line));
	program_end(mine);
}
END_TEST

/* As it would be: a nice value that can be raised but not lowered again is let be,
 * unless the rule says so, or a pqs of root's would be the one to do it. */
START_TEST(a_user_is_told_what_could_not_be_put_back)
{
	pid_t mine = program_start(program_make(&r, "e2eone"), NULL, USER);
	char  socket[160];

	ck_assert(EVENTUALLY(program_ready(mine)));
	put_rules("rule \"a\" { match = process { name = \"e2eone\" }, "
	          "want = { nice = 9 } }\n");
	ck_assert_ptr_nonnull(strstr(preview_as_user(NULL),
	                             "denied (cannot be put back)"));
	put_rules("rule \"a\" { match = process { name = \"e2eone\" }, "
	          "want = { nice = 9 }, irreversible = true }\n");
	ck_assert_ptr_null(strstr(preview_as_user(NULL), "denied"));
	put_rules("rule \"a\" { match = process { name = \"e2eone\" }, "
	          "want = { nice = -9 } }\n");
	ck_assert_ptr_nonnull(strstr(preview_as_user(NULL),
	                             "denied (needs CAP_SYS_NICE)"));
	running_start(&r, 0);
	put_rules("rule \"a\" { match = process { name = \"e2eone\" }, "
	          "want = { nice = 9 } }\n");
	snprintf(socket, sizeof socket, "%s/journal/control.sock", r.folder);
	ck_assert_ptr_null(strstr(preview_as_user(socket), "denied"));
	program_end(mine);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("rules");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, prepare, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, without_a_pqs_it_is_told_and_nothing_is_touched);
	tcase_add_test(c, beside_a_pqs_it_is_compared_with_what_is_in_force);
	tcase_add_test(c, the_rules_in_force_would_change_nothing);
	tcase_add_test(c, what_must_last_is_told_apart);
	tcase_add_test(c, what_has_lasted_for_the_running_pqs_is_not_told);
	tcase_add_test(c, what_is_set_by_hand_stays_whatever_the_rules);
	tcase_add_test(c, wrong_rules_are_told);
	tcase_add_test(c, many_are_bounded_and_counted);
	tcase_add_test(c, a_user_is_told_about_ones_own);
	tcase_add_test(c, a_user_is_told_what_could_not_be_put_back);
	return run_case(c, "preview");
}
