/* test_every_command.c -- each command tells programs what it tells people, and
 * says something useful when no pqs is running. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command/command.h"
#include "../json_valid.h"
#include "../suite.h"
#include "running.h"

#define WORDS_MAX 10

static struct running r;
static struct running other;            /* what commands print                */
static char           config[128];
static pid_t          program;

static void put(const char *name, const char *text)
{
	char  path[160];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", r.folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void prepare(void)
{
	running_prepare(&r, "rule \"one\" { match = process { name = "
	                "\"e2eevery\" }, want = { nice = 7 } }\n", "");
	put("rules.test.lua", "test \"it does\" (function (sim)\n  expect "
	    "(sim:exec { name = \"e2eevery\" }) { nice = 7 }\nend)\n");
	snprintf(config, sizeof config, "%s/pqs.yaml", r.folder);
	memset(&other, 0, sizeof other);
	other.out = -1;
	program = program_start(program_make(&r, "e2eevery"), NULL, 0);
	ck_assert(EVENTUALLY(program_ready(program)));
}

static void clear(void)
{
	program_end(program);
	if (other.out >= 0)
		close(other.out);
	running_clear(&r);
}

/* @P is the program's pid, @R the rules, @D the folder.  Without a pqs and with
 * one: the exit code.  quiet: there may be nothing to tell. */
static const struct {
	const char *name, *words;
	int         alone, beside;
	bool        no_config, quiet;
} rows[] = {
	{ "check",    "@R",                    0, 0, false, false },
	{ "test",     "@D",                    0, 0, true,  false },
	{ "test",     "--coverage @D",         0, 0, true,  false },
	{ "explain",  "@P @R",                 0, 0, false, false },
	{ "status",   "",                      5, 0, false, false },
	{ "log",      "",                      5, 0, false, false },
	{ "rules",    "--stats",               5, 0, false, false },
	{ "doctor",   "",                      0, 0, false, false },
	{ "preview",  "@R",                    0, 0, false, false },
	{ "reload",   "--wait",                5, 0, false, false },
	{ "reload",   "--dry-run",             5, 0, false, false },
	{ "reload",   "",                      5, 0, false, true },
	{ "rollback", "",                      5, 4, false, false },
	{ "set",      "@P timer_slack=1ms",    5, 0, false, false },
	{ "exec",     "--set nice=3 -- true",  0, 0, false, false },
	{ "focus",    "@P",                    5, 0, false, false },
	{ "undo",     "@P",                    5, 0, false, false },
	{ "undo",     "--rule one",            5, 0, false, false },
	{ "undo",     "--all",                 5, 0, false, true },
	{ "undo",     "",                      0, 4, false, true },
	{ "facts",    "",                      0, 0, true,  false },
	{ "facts",    "name",                  0, 0, true,  false },
	{ "settings", "",                      0, 0, true,  false },
	{ "settings", "nice",                  0, 0, true,  false },
	{ "stubs",    "@D/stubs",              0, 0, true,  false },
	{ "version",  "",                      0, 0, true,  false },
	{ "help",     "",                      0, 0, true,  false },
	{ "help",     "exit",                  0, 0, true,  false },
	{ "help",     "run",                   0, 0, true,  false },
};
#define ROWS (sizeof rows / sizeof rows[0])

static void fill(const char *word, char *out, size_t size)
{
	const char *rest = word[0] == '@' ? word + 2 : "";

	if (strncmp(word, "@P", 2) == 0)
		snprintf(out, size, "%d%s", (int)program, rest);
	else if (strncmp(word, "@R", 2) == 0)
		snprintf(out, size, "%s/rules.lua", r.folder);
	else if (strncmp(word, "@D", 2) == 0)
		snprintf(out, size, "%s%s", r.folder, rest);
	else
		snprintf(out, size, "%s", word);
}

static int run_row(size_t i, bool json)
{
	char  text[WORDS_MAX][200], given[200];
	char *words[WORDS_MAX + 1] = { NULL }, *rest = given;
	int   n = 0;

	snprintf(text[n++], 200, "%s", rows[i].name);
	if (json)
		snprintf(text[n++], 200, "--json");
	if (!rows[i].no_config) {
		snprintf(text[n++], 200, "--config");
		snprintf(text[n++], 200, "%s", config);
	}
	snprintf(given, sizeof given, "%s", rows[i].words);
	for (char *w = strtok_r(rest, " ", &rest); w != NULL && n < WORDS_MAX;
	     w = strtok_r(NULL, " ", &rest))
		fill(w, text[n++], 200);
	for (int k = 0; k < n; k++)
		words[k] = text[k];
	return running_command(&other, words);
}

/* How many objects there are; each other line is a sentence of ours. */
static size_t objects(const char *text, const char *what)
{
	size_t n = 0;
	char   line[1 << 16];

	for (const char *next; *text != '\0'; text = next) {
		size_t bytes = strcspn(text, "\n");

		next = text + bytes + (text[bytes] == '\n');
		ck_assert_uint_lt(bytes, sizeof line);
		memcpy(line, text, bytes);
		line[bytes] = '\0';
		if (strncmp(line, "pqs: ", 5) == 0 || line[0] == '\'')
			continue;
		ck_assert_msg(json_is_valid(line), "%s: %.1000s", what, line);
		n++;
	}
	return n;
}

START_TEST(every_command_is_tried_here_and_has_json)
{
	for (size_t i = 0; i < commands_count; i++) {
		bool found = strcmp(commands[i].name, "run") == 0;

		if (commands[i].what == NULL)
			continue;
		for (size_t k = 0; k < ROWS; k++)
			found |= strcmp(rows[k].name, commands[i].name) == 0;
		ck_assert_msg(found, "%s is not tried", commands[i].name);
		ck_assert_msg(strchr(commands[i].options, 'j') != NULL,
		              "%s has no --json", commands[i].name);
	}
}
END_TEST

START_TEST(without_a_pqs_it_answers_or_says_what_to_do)
{
	int    code = run_row((size_t)_i, true);
	size_t n = objects(other.text, rows[_i].name);

	ck_assert_msg(code == rows[_i].alone, "%s %s: %d\n%.1000s",
	              rows[_i].name, rows[_i].words, code, other.text);
	if (code == 5) {
		ck_assert_uint_eq(n, 0);
		ck_assert_ptr_nonnull(strstr(other.text, "pqs: no pqs is "
		                             "running: nobody listens at "));
		ck_assert_ptr_nonnull(strstr(other.text,
		                             "'pqs run' starts one"));
		ck_assert(strcmp(rows[_i].name, "undo") != 0 ||
		          strstr(other.text, "'pqs undo' alone") != NULL);
	} else {
		ck_assert(n > 0 || rows[_i].quiet);
	}
}
END_TEST

START_TEST(beside_a_pqs_it_answers)
{
	int    code;
	size_t n;

	running_start(&r, 0);
	code = run_row((size_t)_i, true);
	n = objects(other.text, rows[_i].name);
	ck_assert_msg(code == rows[_i].beside, "%s %s: %d\n%.1000s",
	              rows[_i].name, rows[_i].words, code, other.text);
	ck_assert_msg(n > 0 || rows[_i].quiet || code != 0, "%s told nothing",
	              rows[_i].name);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

static size_t file_read(const char *path, char *out, size_t size)
{
	FILE  *f = fopen(path, "r");
	size_t n = f == NULL ? 0 : fread(out, 1, size - 1, f);

	out[n] = '\0';
	if (f != NULL)
		fclose(f);
	return n;
}

START_TEST(a_pqs_that_runs_tells_each_change_as_json)
{
	static char text[1 << 20];
	char        out[128], path[128];
	pid_t       pid;
	int         status;

	snprintf(out, sizeof out, "%s/said", r.folder);
	snprintf(path, sizeof path, "%s/rules.lua", r.folder);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (freopen(out, "w", stdout) == NULL)
			_exit(98);
		execl(PQS_BUILD "/pqs", "pqs", "run", "--json", "--config",
		      config, path, NULL);
		_exit(97);
	}
	ck_assert(EVENTUALLY(file_read(out, text, sizeof text) > 0 &&
	                     strstr(text, "caught up") != NULL));
	kill(pid, SIGTERM);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	file_read(out, text, sizeof text);
	ck_assert_uint_gt(objects(text, "run"), 2);
	ck_assert_ptr_nonnull(strstr(text, "\"e2eevery\""));
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("json");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, prepare, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, every_command_is_tried_here_and_has_json);
	tcase_add_loop_test(c, without_a_pqs_it_answers_or_says_what_to_do, 0,
	                    (int)ROWS);
	tcase_add_loop_test(c, beside_a_pqs_it_answers, 0, (int)ROWS);
	tcase_add_test(c, a_pqs_that_runs_tells_each_change_as_json);
	return run_case(c, "every command");
}
