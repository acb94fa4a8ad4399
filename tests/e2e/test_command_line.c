/* test_command_line.c -- whoever mistypes a command is told what was meant. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command/command.h"
#include "../json_valid.h"
#include "../suite.h"
#include "running.h"

#define WORDS_MAX 6

static struct running r;

static void set_up(void)
{
	running_prepare(&r, "rule \"a\" { match = process { }, tag = \"t\" }\n",
	                "");
}

static void clear(void)
{
	running_clear(&r);
}

/* Each is told in its first line; what follows is how it should be. */
static const struct {
	const char *words;
	int         code;
	const char *told;
} wrong[] = {
	{ "rnu", 2, "pqs: there is no command 'rnu'; did you mean 'run'?" },
	{ "help rnu", 2, "pqs: there is no command 'rnu'; did you mean 'run'?" },
	{ "run --obsrve", 2, "pqs run: there is no option '--obsrve'; did you "
	  "mean '--observe'?" },
	{ "run --observe=yes", 2,
	  "pqs run: '--observe=yes' takes no value" },
	{ "run --config", 2, "pqs run: '--config' needs a value" },
	{ "run -x", 2, "pqs run: there is no option '-x'" },
	{ "run --log xml", 2,
	  "pqs run: --log takes text or json, not 'xml'" },
	{ "run /no/such.lua", 1, "pqs: /no/such.lua: No such file or directory" },
	{ "run --config /no/such", 1,
	  "/no/such: cannot be read: No such file or directory" },
	{ "check --jsn", 2, "pqs check: there is no option '--jsn'; did you "
	  "mean '--json'?" },
	{ "check /no/such", 1, "/no/such: No such file or directory" },
	{ "check -- --json", 1, "--json: No such file or directory" },
	{ "check /dev/null", 1, "/dev/null: neither a file nor a folder" },
	{ "test --flter x", 2, "pqs test: there is no option '--flter'; did "
	  "you mean '--filter'?" },
	{ "test --filter", 2, "pqs test: '--filter' needs a value" },
	{ "test -- -x", 1, "-x: No such file or directory" },
	{ "explain", 2, "pqs explain: whom? give a PID or PID/TID" },
	{ "explain sshd", 2, "pqs explain: 'sshd' is no PID and no PID/TID" },
	{ "explain 1/2/3", 2, "pqs explain: '1/2/3' is no PID and no PID/TID" },
	{ "explain 0", 2, "pqs explain: '0' is no PID and no PID/TID" },
	{ "doctor now", 2, "pqs doctor: takes no 'now'" },
	{ "undo everything", 2, "pqs undo: 'everything' is no PID" },
	{ "version 1", 2, "pqs version: takes nothing, not '1'" },
};
#define WRONG (sizeof wrong / sizeof wrong[0])

static int run(const char *command)
{
	char  text[200], *words[WORDS_MAX + 1] = { NULL };
	int   n = 0;

	ck_assert_uint_lt(strlen(command), sizeof text);
	strcpy(text, command);
	for (char *w = strtok(text, " "); w != NULL; w = strtok(NULL, " ")) {
		ck_assert_int_lt(n, WORDS_MAX);
		words[n++] = w;
	}
	return running_command(&r, words);
}

START_TEST(a_wrong_word_is_told_once)
{
	size_t n = strlen(wrong[_i].told);

	ck_assert_int_eq(run(wrong[_i].words), wrong[_i].code);
	ck_assert_msg(strncmp(r.text, wrong[_i].told, n) == 0 &&
	              r.text[n] == '\n', "%s: %s", wrong[_i].words, r.text);
	if (wrong[_i].code == 1)
		ck_assert_str_eq(r.text + n, "\n");
	ck_assert_ptr_null(strstr(r.text + 1, "\npqs"));
}
END_TEST

START_TEST(every_command_has_a_help_page)
{
	char by_option[64], usage[64];

	for (size_t i = 0; i < commands_count; i++) {
		if (commands[i].what == NULL)
			continue;
		snprintf(by_option, sizeof by_option, "%s --help",
		         commands[i].name);
		snprintf(usage, sizeof usage, "usage: pqs %s",
		         commands[i].name);
		ck_assert_int_eq(run(by_option), 0);
		ck_assert_int_eq(strncmp(r.text, usage, strlen(usage)), 0);
		ck_assert_ptr_null(strstr(r.text, " \n"));
	}
}
END_TEST

/* The mistakes, one line each, and what follows from them. */
START_TEST(wrong_rules_are_told_and_nothing_is_run)
{
	char words[200], expected[256], path[96];
	FILE *f;

	snprintf(path, sizeof path, "%s/wrong.lua", r.folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("\nrule \"a\" { match = process { nmae = \"x\" }, "
	      "tag = \"t\" }\n", f);
	fclose(f);
	snprintf(words, sizeof words, "run --observe --config %s/pqs.yaml %s",
	         r.folder, path);
	snprintf(expected, sizeof expected,
	         "%s:2:30: a process has no field 'nmae'; did you mean 'name'?\n"
	         "pqs: the rules are wrong; nothing was changed\n", path);
	ck_assert_int_eq(run(words), 1);
	ck_assert_str_eq(r.text, expected);
}
END_TEST

/* Of all configured rules one must ask for it; of some,
 * perhaps another does. */
START_TEST(an_option_that_no_rule_asks_for_is_told)
{
	char words[200], path[96];
	FILE *f;

	snprintf(path, sizeof path, "%s/options.yaml", r.folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "rules: { vendor: [], distro: [], admin: %s/rules.lua }\n"
	        "options: { hgo: 7 }\njournal: %s/journal\nstate: %s/state\n",
	        r.folder, r.folder, r.folder);
	fclose(f);
	snprintf(words, sizeof words, "check --config %s", path);
	ck_assert_int_eq(run(words), 1);
	ck_assert_str_eq(r.text, "pqs.yaml: no rule has an option 'hgo'\n");
	snprintf(words, sizeof words, "run --observe --config %s", path);
	ck_assert_int_eq(run(words), 1);
	ck_assert_ptr_nonnull(strstr(r.text, "pqs.yaml: no rule has an option "
	                             "'hgo'\n"));
	snprintf(words, sizeof words, "check --config %s %s/rules.lua", path,
	         r.folder);
	ck_assert_int_eq(run(words), 0);
}
END_TEST

/* A rule that can never match, on a machine that may lack anything: what it
 * lacks is only noted. */
START_TEST(doubts_are_told_when_asked_for)
{
	char  plain[128], strict[128], json[128], path[96], expected[256];
	FILE *f;

	snprintf(path, sizeof path, "%s/doubtful.lua", r.folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("rule \"a\" { match = process { pid = 0 }, want = { nice = 5 } }\n"
	      "rule \"b\" { match = process { uid = 7 }, want = { nice = -5, "
	      "sched = \"fifo:5\", oom_score_adj = -5 } }\n", f);
	fclose(f);
	snprintf(plain, sizeof plain, "check %s", path);
	snprintf(strict, sizeof strict, "check --strict %s", path);
	snprintf(json, sizeof json, "check --strict --json %s", path);
	snprintf(expected, sizeof expected, "%s:1:30: warning: pid = 0 can "
	         "never match: it is 1 to 4194304\n", path);
	ck_assert_int_eq(run(plain), 0);
	ck_assert_ptr_null(strstr(r.text, "warning"));
	ck_assert_int_eq(run(strict), 1);
	ck_assert_ptr_nonnull(strstr(r.text, expected));
	ck_assert_ptr_null(strstr(strstr(r.text, expected) + strlen(expected),
	                          "warning"));
	ck_assert_int_eq(run(json), 1);
	ck_assert_msg(json_is_valid(r.text), "%s", r.text);
	ck_assert_ptr_nonnull(strstr(r.text, "\"severity\":\"warning\",\"rule\":"
	                             "\"a\""));
}
END_TEST

/* Named files are checked without pqs.yaml, but on the same machine. */
START_TEST(what_is_lacking_is_so_with_and_without_a_configuration)
{
	char  with[256], without[128], path[96], *told;
	FILE *f;

	snprintf(path, sizeof path, "%s/pools.lua", r.folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("rule \"a\" { match = process { uid = 7 }, want = { weight = 5, "
	      "cpu_limit = \"5%\", memory_high = \"1GiB\" } }\n", f);
	fclose(f);
	snprintf(with, sizeof with, "check --strict --config %s/pqs.yaml %s",
	         r.folder, path);
	snprintf(without, sizeof without, "check --strict %s", path);
	ck_assert_int_eq(run(with), 0);
	told = strdup(r.text);
	ck_assert_int_eq(run(without), 0);
	ck_assert_str_eq(r.text, told);
	free(told);
}
END_TEST

START_TEST(more_than_this_machine_has_is_noted)
{
	char  strict[128], path[96], expected[64];
	FILE *f;

	snprintf(path, sizeof path, "%s/large.lua", r.folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs("rule \"a\" { match = process { uid = 7 }, want = { affinity = "
	      "\"llc:255\" } }\nrule \"b\" { match = process { uid = 8 }, "
	      "want = { cpu_limit = \"4096 cores\" } }\n", f);
	fclose(f);
	snprintf(strict, sizeof strict, "check --strict %s", path);
	snprintf(expected, sizeof expected, "is inert: it has %ld CPU",
	         sysconf(_SC_NPROCESSORS_ONLN));
	ck_assert_int_eq(run(strict), 0);
	ck_assert_msg(strstr(r.text, expected) != NULL, "%s", r.text);
	ck_assert_ptr_nonnull(strstr(r.text, "affinity = \"llc:255\" is "
	                             "unsupported"));
}
END_TEST

static const char *const shipped[] = {
	"rules", "examples/build-node", "examples/database", "examples/laptop",
	"examples/realtime", "examples/studio",
};

/* Also where all that can be lacking is.  An example stands for itself. */
START_TEST(shipped_rules_are_above_doubt)
{
	char        path[512];
	char *const words[] = { (char[]){ "check" }, (char[]){ "--strict" },
	                        path, NULL };

	snprintf(path, sizeof path, PQS_TREE "/%s", shipped[_i]);
	ck_assert_msg(running_command(&r, words) == 0, "%s", r.text);
	ck_assert_ptr_null(strstr(r.text, "warning"));
}
END_TEST

/* What reads rules must have nothing to lose. */
START_TEST(the_worker_is_nobody_of_power)
{
	char words[200], path[96];
	FILE *f;

	snprintf(path, sizeof path, "%s/root.yaml", r.folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fprintf(f, "worker: { user: root }\njournal: %s/journal\n"
	        "state: %s/state\n", r.folder, r.folder);
	fclose(f);
	snprintf(words, sizeof words, "run --observe --config %s %s/rules.lua",
	         path, r.folder);
	ck_assert_int_eq(run(words), 1);
	ck_assert_str_eq(r.text, "pqs: worker.user: 'root' may do everything; "
	                 "name another\n");
}
END_TEST

START_TEST(a_folder_without_rules_is_told)
{
	char words[200], expected[256];

	snprintf(words, sizeof words, "%s/none", r.folder);
	ck_assert_int_eq(mkdir(words, 0755), 0);
	snprintf(words, sizeof words, "run --observe --config %s/pqs.yaml "
	         "%s/none", r.folder, r.folder);
	snprintf(expected, sizeof expected,
	         "pqs: there are no rules (*.lua) in %s/none\n", r.folder);
	ck_assert_int_eq(run(words), 1);
	ck_assert_str_eq(r.text, expected);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("words");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, set_up, clear);
	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, a_wrong_word_is_told_once, 0, (int)WRONG);
	tcase_add_test(c, every_command_has_a_help_page);
	tcase_add_test(c, wrong_rules_are_told_and_nothing_is_run);
	tcase_add_test(c, an_option_that_no_rule_asks_for_is_told);
	tcase_add_test(c, doubts_are_told_when_asked_for);
	tcase_add_test(c, more_than_this_machine_has_is_noted);
	tcase_add_test(c, what_is_lacking_is_so_with_and_without_a_configuration);
	tcase_add_loop_test(c, shipped_rules_are_above_doubt, 0,
	                    (int)(sizeof shipped / sizeof *shipped));
	tcase_add_test(c, the_worker_is_nobody_of_power);
	tcase_add_test(c, a_folder_without_rules_is_told);
	return run_case(c, "command line");
}
