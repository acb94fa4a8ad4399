/* test_reference.c -- what pqs tells of itself is what it takes, and the pages
 * under docs/ say the same. */

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/reference.h"
#include "config/schema.h"
#include "model/word.h"
#include "running.h"

#define FILE_MAX 131072

static struct running r;
static char           text[FILE_MAX];

static void set_up(void)
{
	running_prepare(&r, "rule \"a\" { match = process { }, tag = \"t\" }\n",
	                "");
}

static void clear(void)
{
	running_clear(&r);
}

/* Adds the file to what is in text. */
static void read_more(const char *path)
{
	FILE  *f = fopen(path, "r");
	size_t used = strlen(text);

	ck_assert_msg(f != NULL, "%s cannot be read", path);
	used += fread(text + used, 1, sizeof text - 1 - used, f);
	ck_assert_uint_lt(used, sizeof text - 1);
	text[used] = '\0';
	fclose(f);
}

static void read_file(const char *path)
{
	text[0] = '\0';
	read_more(path);
}

static void rule_add(FILE *f, const struct reference *row, const char *rest)
{
	fprintf(f, "rule \"%s\" { %s, %s }\n", row->name,
	        row->line[REFERENCE_EXAMPLE], rest);
}

/* A file of rules, one line for each row's example. */
static void examples_write(FILE *f)
{
	struct reference row;

	for (int i = 0; i < FACT_COUNT; i++) {
		reference_fact((enum fact)i, &row);
		rule_add(f, &row, "want = { nice = 1 }");
	}
	for (int i = 0; i < SETTING_COUNT; i++) {
		reference_setting((enum setting)i, &row);
		rule_add(f, &row, "match = process { }");
	}
}

static void assert_checked(void (*write)(FILE *f))
{
	char  path[96];
	char *words[] = { (char[]){ "check" }, path, NULL };
	FILE *f;

	snprintf(path, sizeof path, "%s/examples.lua", r.folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	write(f);
	fclose(f);
	ck_assert_msg(running_command(&r, words) == 0, "%s", r.text);
}

START_TEST(every_example_is_a_right_rule)
{
	assert_checked(examples_write);
}
END_TEST

/* Words are only looked up; fields get a value that none takes. */
static void word_test_write(FILE *f, const struct word_row *w)
{
	char owner[16];

	snprintf(owner, sizeof owner, "%s", word_owner(w->place));
	owner[strcspn(owner, ".:")] = '\0';
	if (w->place == WORD_PLACE_SIM || w->place == WORD_PLACE_TEST ||
	    w->place == WORD_PLACE_EXPECT)
		fprintf(f, "test \"%s.%s\" (function (sim) assert (%s.%s) "
		        "end)\n", owner, w->name, owner, w->name);
	if (w->place == WORD_PLACE_EXEC)
		fprintf(f, "test \"%s\" (function (sim) sim:exec { name = "
		        "\"a\", %s = 1.5 } end)\n", w->name, w->name);
}

START_TEST(what_tests_may_do_is_there)
{
	char  path[96];
	char *words[] = { (char[]){ "test" }, path, NULL };
	FILE *f;

	snprintf(path, sizeof path, "%s/words.test.lua", r.folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	for (size_t i = 0; i < word_count; i++)
		word_test_write(f, &word_rows[i]);
	fclose(f);
	running_command(&r, words);
	ck_assert_ptr_nonnull(strstr(r.text, "name takes text, not 1.5"));
	ck_assert_msg(strstr(r.text, "has no ") == NULL, "%s", r.text);
}
END_TEST

START_TEST(stubs_among_rules_are_no_rules)
{
	char *stubs[] = { (char[]){ "stubs" }, r.folder, NULL };
	char *check[] = { (char[]){ "check" }, r.folder, NULL };
	char *before;

	ck_assert_msg(running_command(&r, check) == 0, "%s", r.text);
	before = strdup(r.text);
	ck_assert_int_eq(running_command(&r, stubs), 0);
	ck_assert_int_eq(running_command(&r, check), 0);
	ck_assert_str_eq(r.text, before);
	free(before);
}
END_TEST

/* The page has that somewhere. */
static void assert_has(const char *page, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void assert_has(const char *page, const char *format, ...)
{
	char    line[512];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	ck_assert_msg(strstr(text, line) != NULL, "%s lacks: %s", page, line);
}

/* Names stand in the first column of a table; several share a row. */
static bool is_in_first_column(const char *name)
{
	char quoted[64];

	snprintf(quoted, sizeof quoted, "`%s`", name);
	for (const char *line = text; line != NULL;
	     line = strchr(line, '\n')) {
		const char *end, *at;

		line += *line == '\n';
		if (strncmp(line, "| `", 3) != 0)
			continue;
		end = strstr(line + 2, " |");
		at = strstr(line, quoted);
		if (end != NULL && at != NULL && at < end)
			return true;
	}
	return false;
}

START_TEST(the_page_about_rules_has_every_fact_and_setting)
{
	read_file(PQS_TREE "/docs/rules.md");
	for (int f = 0; f < FACT_COUNT; f++)
		ck_assert_msg(is_in_first_column(fact_rows[f].name),
		              "docs/rules.md has no fact %s",
		              fact_rows[f].name);
	for (int f = 0; f < HOST_COUNT; f++)
		ck_assert_msg(is_in_first_column(host_rows[f].name),
		              "docs/rules.md has no fact of the host %s",
		              host_rows[f].name);
	for (int s = 0; s < SETTING_COUNT; s++)
		ck_assert_msg(is_in_first_column(setting_rows[s].name),
		              "docs/rules.md has no setting %s",
		              setting_rows[s].name);
}
END_TEST

static bool is_word(enum word_place place, const char *name, size_t n)
{
	for (size_t i = 0; i < word_count; i++)
		if (word_rows[i].place == place &&
		    strlen(word_rows[i].name) == n &&
		    strncmp(word_rows[i].name, name, n) == 0)
			return true;
	return false;
}

/* Whatever the pages call, the table of words has, and the other way round. */
START_TEST(the_pages_about_rules_have_the_words_of_the_table)
{
	read_file(PQS_TREE "/docs/rules.md");
	read_more(PQS_TREE "/docs/testing.md");
	for (size_t i = 0; i < word_count; i++) {
		const struct word_row *w = &word_rows[i];

		if (w->place == WORD_PLACE_SIM ||
		    w->place == WORD_PLACE_EXPECT)
			assert_has("docs/", "`%s%s ", word_owner(w->place),
			           w->name);
		else
			assert_has("docs/", "%s", w->name);
	}
	for (const char *at = strstr(text, "sim:"); at != NULL;
	     at = strstr(at, "sim:")) {
		at += strlen("sim:");
		ck_assert_msg(is_word(WORD_PLACE_SIM, at,
		                      strspn(at, "abcdefghijklmnopqrstuvwxyz_")),
		              "word.def lacks sim:%.20s", at);
	}
}
END_TEST

START_TEST(the_page_about_configuration_has_every_key)
{
	read_file(PQS_TREE "/docs/configuration.md");
	for (size_t i = 0; i < config_keys_count; i++) {
		const struct key *k = &config_keys[i];

		if (k->low != NULL)
			assert_has("docs/configuration.md",
			           "| `%s` | `%s` | `%s` to `%s` |", k->path,
			           k->initial, k->low, k->high);
		else if (k->initial != NULL)
			assert_has("docs/configuration.md", "| `%s` | `%s` |",
			           k->path, k->initial);
		else
			assert_has("docs/configuration.md", "| `%s` |",
			           k->path);
	}
}
END_TEST

/* In a table of Markdown a bar is written "\|". */
static void escape_bars(const char *from, char *out, size_t size)
{
	size_t n = 0;

	for (; *from != '\0' && n + 2 < size; from++) {
		if (*from == '|')
			out[n++] = '\\';
		out[n++] = *from;
	}
	out[n] = '\0';
}

START_TEST(the_first_page_has_every_command_as_it_is_used)
{
	char usage[256], escaped[300];

	read_file(PQS_TREE "/README.md");
	for (size_t i = 0; i < commands_count; i++) {
		if (commands[i].what == NULL)
			continue;
		command_usage(&commands[i], usage, sizeof usage);
		escape_bars(usage, escaped, sizeof escaped);
		assert_has("README.md", "`pqs %s`", escaped);
	}
}
END_TEST

START_TEST(the_page_about_configuration_has_every_exit_code)
{
	char row[32];

	read_file(PQS_TREE "/docs/configuration.md");
	for (size_t i = 0; i < exit_meanings_count; i++) {
		const char *code = exit_meanings[i].code;

		snprintf(row, sizeof row, "| %.*s ",
		         (int)strspn(code, "0123456789"), code);
		assert_has("docs/configuration.md", "%s", row);
	}
}
END_TEST

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

static TCase *manual_case(void)
{
	TCase *c = tcase_create("manual");

	tcase_add_test(c, the_manual_has_every_command_option_and_exit_code);
	tcase_add_test(c, the_manual_has_every_key);
	tcase_add_test(c, the_manual_has_every_word_fact_and_setting);
	tcase_add_loop_test(c, the_manual_uses_man_macros_alone, 0, PAGES);
	tcase_add_loop_test(c, formatters_find_nothing_wrong_with_the_manual,
	                    0, PAGES);
	return c;
}

int main(int argc, char **argv)
{
	Suite   *s = suite_create("reference");
	TCase   *c = tcase_create("rows");
	SRunner *runner;
	int      failed;

	program_main(argc, argv);
	tcase_add_checked_fixture(c, set_up, clear);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, every_example_is_a_right_rule);
	tcase_add_test(c, what_tests_may_do_is_there);
	tcase_add_test(c, stubs_among_rules_are_no_rules);
	tcase_add_test(c, the_pages_about_rules_have_the_words_of_the_table);
	tcase_add_test(c, the_page_about_rules_has_every_fact_and_setting);
	tcase_add_test(c, the_page_about_configuration_has_every_key);
	tcase_add_test(c, the_page_about_configuration_has_every_exit_code);
	tcase_add_test(c, the_first_page_has_every_command_as_it_is_used);
	suite_add_tcase(s, c);
	suite_add_tcase(s, manual_case());
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
