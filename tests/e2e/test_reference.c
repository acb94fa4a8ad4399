/* test_reference.c -- what pqs tells of itself is what it takes, and the pages
 * under docs/ say the same. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/command.h"
#include "command/reference.h"
#include "config/schema.h"
#include "model/word.h"
#include "../suite.h"
#include "pages.h"
#include "running.h"

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

static void rule_add(FILE *f, const struct reference *row, const char *rest)
{
	fprintf(f, "rule \"%s\" { %s, %s }\n", row->name,
	        row->line[REFERENCE_EXAMPLE], rest);
}

/* A file of rules, one line for each row's example. */
static void examples_write(FILE *f)
{
	struct reference row;

	fputs("pool \"build\" { weight = 50 } ", f);
	for (int i = 0; i < FACT_COUNT; i++) {
		reference_fact((enum fact)i, &row);
		rule_add(f, &row, "want = { nice = 1 }");
	}
	for (int i = 0; i < SETTING_COUNT; i++) {
		reference_setting((enum setting)i, &row);
		rule_add(f, &row, i == SETTING_realtime ? "match = thread { }"
		                                        : "match = process { }");
	}
}

/* A tag that is asked for must be given. */
static void host_examples_write(FILE *f)
{
	struct reference row;

	fputs("rule \"game\" { match = process { }, tag = \"game\" }\n", f);
	for (int i = 0; i < HOST_COUNT; i++) {
		reference_host((enum host_fact)i, &row);
		rule_add(f, &row, "match = process { }, want = { nice = 1 }");
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
	assert_checked(host_examples_write);
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
		fprintf(f, "test \"%s\" (function (sim) sim:exec { %s%s = 1.5 } "
		        "end)\n", w->name, strcmp(w->name, "name") == 0 ? "" :
		        "name = \"a\", ", w->name);
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

START_TEST(the_pages_about_rules_have_every_fact_and_setting)
{
	read_file(PQS_TREE "/docs/rules.md");
	read_more(PQS_TREE "/docs/matching.md");
	read_more(PQS_TREE "/docs/functions.md");
	for (int f = 0; f < FACT_COUNT; f++)
		ck_assert_msg(is_in_first_column(fact_rows[f].name),
		              "docs/ has no fact %s",
		              fact_rows[f].name);
	for (int f = 0; f < HOST_COUNT; f++)
		ck_assert_msg(is_in_first_column(host_rows[f].name),
		              "docs/ has no fact of the host %s",
		              host_rows[f].name);
	for (int s = 0; s < SETTING_COUNT; s++)
		ck_assert_msg(is_in_first_column(setting_rows[s].name),
		              "docs/ has no setting %s",
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
	read_more(PQS_TREE "/docs/matching.md");
	read_more(PQS_TREE "/docs/functions.md");
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

int main(int argc, char **argv)
{
	TCase *c = tcase_create("rows");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, set_up, clear);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, every_example_is_a_right_rule);
	tcase_add_test(c, what_tests_may_do_is_there);
	tcase_add_test(c, stubs_among_rules_are_no_rules);
	tcase_add_test(c, the_pages_about_rules_have_the_words_of_the_table);
	tcase_add_test(c, the_pages_about_rules_have_every_fact_and_setting);
	tcase_add_test(c, the_page_about_configuration_has_every_key);
	tcase_add_test(c, the_page_about_configuration_has_every_exit_code);
	tcase_add_test(c, the_first_page_has_every_command_as_it_is_used);
	return run_case(c, "reference");
}
