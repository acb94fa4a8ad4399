/* test_manual.c -- the manual has a place for every row of every table, and
 * shells complete what there is. */

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/reference.h"
#include "config/schema.h"
#include "model/word.h"
#include "../suite.h"
#include "pages.h"

static const char *const pages[] = { "pqs.1", "pqs-rules.7", "pqs.yaml.5" };

#define PAGES ((int)(sizeof pages / sizeof pages[0]))

/* How a page is written for what is read: a term stands in bold. */
static const struct {
	const char *roff, *read;
} escapes[] = {
	{ "\\fB", "" }, { "\\fI", "" }, { "\\fR", "" }, { "\\&", "" },
	{ "\\-", "-" }, { "\\e", "\\" }, { "\\(ti", "~" }, { "\\(ha", "^" },
	{ "\\(ga", "`" }, { "\\(aq", "'" },
};

/* The page in text, as it is read; macros stay. */
static void read_page(const char *name)
{
	char  path[256], *to = text;
	size_t known = sizeof escapes / sizeof escapes[0];

	snprintf(path, sizeof path, PQS_BUILD "/man/%s", name);
	read_file(path);
	for (const char *from = text; *from != '\0'; ) {
		size_t e = 0;

		while (e < known && strncmp(from, escapes[e].roff,
		                            strlen(escapes[e].roff)) != 0)
			e++;
		ck_assert_msg(*from != '\\' || e < known ||
		              strncmp(from, "\\\" ", 3) == 0, "%s: %.20s", name,
		              from);
		if (e == known) {
			*to++ = *from++;
			continue;
		}
		from += strlen(escapes[e].roff);
		for (const char *c = escapes[e].read; *c != '\0'; c++)
			*to++ = *c;
	}
	*to = '\0';
}

START_TEST(the_manual_has_every_command_option_and_exit_code)
{
	char usage[256];

	read_page("pqs.1");
	for (size_t i = 0; i < commands_count; i++) {
		const struct command *c = &commands[i];

		if (c->what == NULL)
			continue;
		command_usage(c, usage, sizeof usage);
		assert_has("pqs(1)", "\npqs %s\n", usage);
		assert_has("pqs(1)", "\n.PP\n%s.\n", c->what);
	}
	for (size_t i = 0; i < command_options_count; i++)
		if (command_options[i].what != NULL)
			assert_has("pqs(1)", ".TP\n--%s",
			           command_options[i].name);
	for (size_t i = 0; i < exit_meanings_count; i++)
		assert_has("pqs(1)", ".TP\n%s\n%s\n", exit_meanings[i].code,
		           exit_meanings[i].what);
}
END_TEST

START_TEST(the_manual_has_every_key)
{
	char takes[128];

	read_page("pqs.yaml.5");
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct key *k = &config_keys[i];

		assert_has("pqs.yaml(5)", ".TP\n%s\n%s\n.br\ntakes: %s\n.br\n"
		           "default: %s\n", k->path, k->meaning,
		           key_takes(k, takes, sizeof takes),
		           k->initial != NULL ? k->initial : k->otherwise);
	}
}
END_TEST

START_TEST(the_manual_has_every_word_fact_and_setting)
{
	struct reference row;

	read_page("pqs-rules.7");
	for (size_t i = 0; i < word_count; i++)
		assert_has("pqs-rules(7)", ".TP\n%s\n%s\n",
		           word_rows[i].written, word_rows[i].meaning);
	for (int i = 0; i < FACT_COUNT; i++)
		assert_has("pqs-rules(7)", ".TP\n%s\n%s\n", fact_rows[i].name,
		           fact_rows[i].text);
	for (int i = 0; i < HOST_COUNT; i++)
		assert_has("pqs-rules(7)", ".TP\n%s\n%s\n", host_rows[i].name,
		           host_rows[i].text);
	for (int i = 0; i < SETTING_COUNT; i++) {
		reference_setting((enum setting)i, &row);
		assert_has("pqs-rules(7)", ".TP\n%s\n%s\n", row.name,
		           row.meaning);
		assert_has("pqs-rules(7)", "\nexample: %s\n",
		           row.line[REFERENCE_EXAMPLE]);
	}
}
END_TEST

/* What a formatter says of the page, in the text of the run. */
static bool formatter_finds_nothing(const char *command, const char *page)
{
	char  line[256];
	FILE *f;
	bool  silent;

	snprintf(line, sizeof line, "%s " PQS_BUILD "/man/%s 2>&1", command,
	         page);
	f = popen(line, "r");
	ck_assert_ptr_nonnull(f);
	silent = fgets(line, sizeof line, f) == NULL;
	if (!silent)
		fprintf(stderr, "%s: %s", page, line);
	return pclose(f) == 0 && silent;
}

START_TEST(formatters_find_nothing_wrong_with_the_manual)
{
	bool groff = system("command -v groff >/dev/null") == 0;
	bool mandoc = system("command -v mandoc >/dev/null") == 0;

	if (!groff && !mandoc)
		fputs("neither groff nor mandoc is installed: the macros of "
		      "the manual were not tried\n", stderr);
	if (groff)
		ck_assert(formatter_finds_nothing("groff -z -ww -man -Tutf8",
		                                  pages[_i]));
	if (mandoc)
		ck_assert(formatter_finds_nothing("mandoc -Tlint -Werror",
		                                  pages[_i]));
}
END_TEST

/* Whether there is a formatter or not: only macros that every one knows. */
START_TEST(the_manual_uses_man_macros_alone)
{
	static const char *const known[] = {
		".TH ", ".SH ", ".SS ", ".TP\n", ".PP\n", ".br\n", ".in", ".nf\n",
		".fi\n", ".nh\n", ".ad l\n", ".\\\" "
	};

	read_page(pages[_i]);
	for (const char *line = text; line != NULL;
	     line = strchr(line, '\n')) {
		size_t k = 0, n = sizeof known / sizeof known[0];

		line += *line == '\n';
		while (k < n && strncmp(line, known[k], strlen(known[k])) != 0)
			k++;
		ck_assert_msg(*line != '.' || k < n, "%s: %.40s", pages[_i],
		              line);
	}
}
END_TEST

/* What bash offers for the words, the last of them begun. */
static const struct {
	const char *words, *offers;
} begun[] = {
	{ "pqs sett", "settings" },
	{ "pqs facts io_r", "io_rate" },
	{ "pqs facts host.io_s", "host.io_stall" },
	{ "pqs settings oom", "oom_score_adj" },
	{ "pqs run --ob", "--observe" },
	{ "pqs run --log j", "json" },
	{ "pqs run --config r", "" },           /* files are the shell's own  */
	{ "pqs help und", "undo" },
	{ "pqs undo --fi", "" },
	{ "pqs exec --qos user-int", "user-interactive" },
	{ "pqs exec --set oom", "oom_score_adj=" },
	{ "pqs set 1 oom", "oom_score_adj=" },
};

/* What a process stands for, or the number of one of its threads too. */
static const char *const of_processes[] = {
	"undo", "focus", "set", "explain", "log --task"
};

#define OF_PROCESSES ((int)(sizeof of_processes / sizeof of_processes[0]))

START_TEST(a_shell_completes_what_there_is)
{
	char  command[512], said[256] = "";
	FILE *f;

	if (system("command -v bash >/dev/null") != 0) {
		fputs("bash is not installed: its completion was not tried\n",
		      stderr);
		return;
	}
	snprintf(command, sizeof command, "bash -c 'source " PQS_BUILD
	         "/completion/pqs.bash; COMP_WORDS=(%s); "
	         "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _pqs; "
	         "echo \"${COMPREPLY[*]}\"' 2>&1", begun[_i].words);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(said, sizeof said, f));
	ck_assert_int_eq(pclose(f), 0);
	said[strcspn(said, "\n")] = '\0';
	ck_assert_str_eq(said, begun[_i].offers);
}
END_TEST

START_TEST(a_shell_completes_processes)
{
	static const char *const how[] = {
		"bash -c 'source " PQS_BUILD "/completion/pqs.bash; "
		"COMP_WORDS=(pqs %s %d); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))"
		"; _pqs; printf \"%%s\\n\" \"${COMPREPLY[@]}\"' | grep -qx %d",
		"fish --no-config -c 'source " PQS_BUILD "/completion/pqs.fish"
		"; complete -C \"pqs %s %d\"' | cut -f 1 | grep -qx %d",
	};
	static const char *const shell[] = {
		"command -v bash >/dev/null", "command -v fish >/dev/null"
	};
	char command[512];

	for (int i = 0; i < 2; i++) {
		if (system(shell[i]) != 0)
			continue;       /* which the other tests say          */
		snprintf(command, sizeof command, how[i], of_processes[_i],
		         (int)getpid(), (int)getpid());
		ck_assert_msg(system(command) == 0, "%s", command);
	}
}
END_TEST

/* The same of fish, which offers a line each with what it is about after it. */
START_TEST(fish_completes_what_there_is)
{
	char   command[512], said[65536] = "", word[64];
	size_t n = strlen(begun[_i].offers);
	FILE  *f;

	if (system("command -v fish >/dev/null") != 0) {
		fputs("fish is not installed: its completion was not tried\n",
		      stderr);
		return;
	}
	snprintf(command, sizeof command, "fish --no-config -c 'source "
	         PQS_BUILD "/completion/pqs.fish; complete -C \"%s\"' 2>&1",
	         begun[_i].words);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	said[fread(said, 1, sizeof said - 1, f)] = '\0';
	ck_assert_int_eq(pclose(f), 0);
	snprintf(word, sizeof word, "%s", begun[_i].offers);
	if (n > 0)
		ck_assert_msg(strncmp(said, word, n) == 0 &&
		              strchr("\t\n", said[n]) != NULL, "%s", said);
	ck_assert_ptr_null(strstr(said, "rror"));
}
END_TEST

/* What zsh should have made of it. */
static bool is_completed(const char *words, const char *offers, const char *line)
{
	size_t kept = (size_t)(strrchr(words, ' ') + 1 - words);

	if (*offers == '\0')    /* nothing, or a file, which is its own matter */
		return strncmp(line, words, strlen(words)) == 0;
	if (strncmp(line, words, kept) != 0 ||
	    strncmp(line + kept, offers, strlen(offers)) != 0)
		return false;
	line += kept + strlen(offers);
	return strspn(line, " \n") == strlen(line);
}

/* In one shell, as each takes a second to learn what there is to complete. */
START_TEST(zsh_completes_what_there_is)
{
	const size_t n = sizeof begun / sizeof begun[0];
	char   command[2048], line[512];
	size_t at;
	FILE  *f;

	if (system("command -v zsh >/dev/null") != 0) {
		fputs("zsh is not installed: its completion was not tried\n",
		      stderr);
		return;
	}
	at = (size_t)snprintf(command, sizeof command, "zsh -f " PQS_TREE
	                      "/tests/tools/complete.zsh " PQS_BUILD
	                      "/completion");
	for (size_t i = 0; i < n; i++)
		at += (size_t)snprintf(command + at, sizeof command - at,
		                       " '%s'", begun[i].words);
	f = popen(command, "r");
	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < n; i++) {
		ck_assert_ptr_nonnull(fgets(line, sizeof line, f));
		ck_assert_msg(is_completed(begun[i].words, begun[i].offers,
		                           line), "%s", line);
	}
	ck_assert_ptr_null(fgets(line, sizeof line, f));
	ck_assert_int_eq(pclose(f), 0);
}
END_TEST

static TCase *manual_case(void)
{
	TCase *c = tcase_create("manual");

	tcase_add_test(c, the_manual_has_every_command_option_and_exit_code);
	tcase_add_test(c, the_manual_has_every_key);
	tcase_add_test(c, the_manual_has_every_word_fact_and_setting);
	tcase_add_loop_test(c, the_manual_uses_man_macros_alone, 0, PAGES);
	tcase_add_loop_test(c, formatters_find_nothing_wrong_with_the_manual,
	                    0, PAGES);
	tcase_add_loop_test(c, a_shell_completes_what_there_is, 0,
	                    (int)(sizeof begun / sizeof begun[0]));
	tcase_add_loop_test(c, fish_completes_what_there_is, 0,
	                    (int)(sizeof begun / sizeof begun[0]));
	tcase_add_loop_test(c, a_shell_completes_processes, 0, OF_PROCESSES);
	tcase_add_test(c, zsh_completes_what_there_is);
	tcase_set_timeout(c, 120);
	return c;
}

int main(void)
{
	Suite *s = suite_create("manual");

	suite_add_tcase(s, manual_case());
	return run_suite(s);
}
