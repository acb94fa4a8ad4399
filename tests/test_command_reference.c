/* test_command_reference.c -- what pqs tells of itself is whole and fits. */

#include <stdlib.h>
#include <string.h>

#include "suite.h"
#include "told.h"

/* What f prints, in told. */
static void take(void (*f)(FILE *out))
{
	FILE  *file = tmpfile();
	size_t n;

	ck_assert_ptr_nonnull(file);
	f(file);
	rewind(file);
	n = fread(told, 1, sizeof told - 1, file);
	told[n] = '\0';
	fclose(file);
}

static void print_words(FILE *out)
{
	static const char        sentence[] =
		"a sentence that is longer than what is left of its line of "
		"eighty bytes, and so it goes on below its column";
	static const char *const cell[] = {
		"a", "one", sentence,
		"bbb", "", "short",
		"c", "", "",
	};

	columns_print(out, 1, cell, 3, 3);
}

START_TEST(the_last_column_is_wrapped_below_itself)
{
	take(print_words);
	ck_assert_str_eq(told,
		" a    one  a sentence that is longer than what is left of its "
		"line of eighty\n"
		"           bytes, and so it goes on below its column\n"
		" bbb       short\n"
		" c\n");
}
END_TEST

static void print_long_word(FILE *out)
{
	static char        word[101];
	const char *const  cell[] = { "x", word };

	memset(word, 'w', sizeof word - 1);
	columns_print(out, 0, cell, 2, 1);
}

START_TEST(a_word_longer_than_a_line_is_printed_whole)
{
	take(print_long_word);
	ck_assert_uint_eq(strlen(told), 3 + 100 + 1);
}
END_TEST

static const struct command_option *option_of(char letter)
{
	for (size_t i = 0; i < command_options_count; i++)
		if (command_options[i].letter == letter)
			return &command_options[i];
	return NULL;
}

START_TEST(every_option_is_in_the_table_once)
{
	for (size_t i = 0; i < commands_count; i++)
		for (const char *l = commands[i].options; *l != '\0'; l++) {
			ck_assert_msg(option_of(*l) != NULL, "%s: -%c",
			              commands[i].name, *l);
			ck_assert_ptr_null(strchr(l + 1, *l));
		}
	for (size_t i = 0; i < command_options_count; i++)
		ck_assert_ptr_eq(option_of(command_options[i].letter),
		                 &command_options[i]);
}
END_TEST

START_TEST(a_usage_names_what_people_may_write)
{
	char usage[256];

	ck_assert_str_eq(command_usage(command_find("run"), usage,
	                               sizeof usage),
	                 "run [--observe] [--config FILE] [--log text|json] "
	                 "[--json] [RULES...]");
	ck_assert_str_eq(command_usage(command_find("version"), usage,
	                               sizeof usage), "version [--json]");
	/* cut, and ended */
	ck_assert_str_eq(command_usage(command_find("run"), usage, 12),
	                 "run [--obse");
}
END_TEST

START_TEST(no_line_of_a_help_page_is_long)
{
	for (size_t i = 0; i < commands_count; i++) {
		const char *line = commands[i].text;

		for (size_t n; *line != '\0'; line += n + (line[n] == '\n')) {
			n = strcspn(line, "\n");
			ck_assert_msg(n <= 80, "%s: %.*s", commands[i].name,
			              (int)n, line);
		}
	}
}
END_TEST

/* "\n  name " begins the line of a row. */
static void assert_listed(const char *name)
{
	char begins[64];

	snprintf(begins, sizeof begins, "\n  %s ", name);
	ck_assert_msg(strstr(told, begins) != NULL, "%s is not listed", name);
}

static void assert_lines_fit(void)
{
	for (const char *line = told; *line != '\0'; ) {
		size_t n = strcspn(line, "\n");

		ck_assert_msg(n <= 80, "%.*s", (int)n, line);
		ck_assert_msg(n == 0 || line[n - 1] != ' ', "%.*s", (int)n,
		              line);
		line += n + (line[n] == '\n');
	}
}

START_TEST(every_fact_is_listed_in_lines_that_fit)
{
	ck_assert_int_eq(ask(command_facts, "facts", NULL, NULL), EXIT_OK);
	for (int f = 0; f < FACT_COUNT; f++)
		assert_listed(fact_rows[f].name);
	for (int f = 0; f < HOST_COUNT; f++)
		assert_listed(host_rows[f].name);
	assert_lines_fit();
}
END_TEST

START_TEST(every_setting_is_listed_in_lines_that_fit)
{
	ck_assert_int_eq(ask(command_settings, "settings", NULL, NULL),
	                 EXIT_OK);
	for (int s = 0; s < SETTING_COUNT; s++)
		assert_listed(setting_rows[s].name);
	assert_lines_fit();
}
END_TEST

static void assert_page(const struct reference *r)
{
	static const enum reference_line all[] = {
		REFERENCE_KIND, REFERENCE_TAKES, REFERENCE_EXAMPLE
	};

	ck_assert_msg(strstr(told, r->name) != NULL, "%s", told);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		ck_assert_msg(r->line[all[i]][0] != '\0', "%s: %s", r->name,
		              reference_labels[all[i]]);
	assert_lines_fit();
}

START_TEST(every_row_has_a_page_of_its_own)
{
	struct reference r;
	char             name[64];

	for (int f = 0; f < FACT_COUNT; f++) {
		reference_fact((enum fact)f, &r);
		ask(command_facts, "facts", r.name, NULL);
		assert_page(&r);
	}
	for (int f = 0; f < HOST_COUNT; f++) {
		reference_host((enum host_fact)f, &r);
		snprintf(name, sizeof name, "host.%s", r.name);
		ask(command_facts, "facts", name, NULL);
		ck_assert_int_eq(strncmp(told, name, strlen(name)), 0);
		assert_page(&r);
	}
	for (int s = 0; s < SETTING_COUNT; s++) {
		reference_setting((enum setting)s, &r);
		ask(command_settings, "settings", r.name, NULL);
		assert_page(&r);
	}
}
END_TEST

static int assert_json_lines(const char *table)
{
	int lines = 0;

	for (char *line = strtok(told, "\n"); line != NULL;
	     line = strtok(NULL, "\n")) {
		ck_assert_msg(json_is_valid(line), "%s", line);
		lines += strstr(line, table) != NULL;
	}
	return lines;
}

START_TEST(programs_get_an_object_for_each_row)
{
	ck_assert_int_eq(ask(command_facts, "facts", "--json", NULL), EXIT_OK);
	ck_assert_int_eq(assert_json_lines("{\"table\":\"fact\","),
	                 FACT_COUNT);
	ask(command_facts, "facts", "--json", NULL);
	ck_assert_int_eq(assert_json_lines("{\"table\":\"host\","),
	                 HOST_COUNT);
	ask(command_settings, "settings", "--json", NULL);
	ck_assert_int_eq(assert_json_lines("{\"table\":\"setting\","),
	                 SETTING_COUNT);
	ask(command_settings, "settings", "--json", "nice");
	ck_assert_ptr_nonnull(strstr(told, "\"low\":-20,\"high\":19"));
	ck_assert_int_eq(assert_json_lines("\"name\":\"nice\""), 1);
}
END_TEST

START_TEST(what_changes_by_itself_is_told_with_period_and_step)
{
	ask(command_facts, "facts", "rss", NULL);
	ck_assert_ptr_nonnull(strstr(told, "again every 1s while a rule looks "
	                                   "at it, in steps of 1MiB"));
	ask(command_facts, "facts", "cmdline", NULL);
	ck_assert_ptr_nonnull(strstr(told, "slow: aside"));
	ask(command_facts, "facts", "uid", NULL);
	ck_assert_ptr_nonnull(strstr(told, "people, 5, above"));
}
END_TEST

START_TEST(a_name_that_is_none_is_told_with_the_nearest)
{
	static const struct {
		int       (*command)(int argc, char **argv);
		const char *name, *asked, *says;
	} wrong[] = {
		{ command_facts, "facts", "nmae",
		  "pqs facts: there is no fact 'nmae'; did you mean 'name'?\n" },
		{ command_facts, "facts", "host.on_batery",
		  "pqs facts: there is no fact 'host.on_batery'; did you mean "
		  "'on_battery'?\n" },
		{ command_facts, "facts", "host.exe",
		  "pqs facts: there is no fact 'host.exe'\n" },
		{ command_settings, "settings", "nise",
		  "pqs settings: there is no setting 'nise'; did you mean "
		  "'nice'?\n" },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		ck_assert_int_eq(ask(wrong[i].command, wrong[i].name,
		                     wrong[i].asked, NULL), EXIT_USAGE);
		ck_assert_str_eq(told, wrong[i].says);
	}
	ck_assert_int_eq(ask(command_facts, "facts", "a", "b"), EXIT_USAGE);
}
END_TEST

START_TEST(the_words_among_values_are_found)
{
	struct words w;

	reference_setting_words(SETTING_ionice, &w);
	ck_assert_uint_eq(w.count, 18);
	ck_assert_str_eq(w.word[0], "none");
	ck_assert_str_eq(w.word[2], "best-effort:0");
	ck_assert_str_eq(w.word[17], "realtime:7");
	reference_setting_words(SETTING_qos, &w);
	ck_assert_uint_eq(w.count, 5);
	reference_setting_words(SETTING_nice, &w);
	ck_assert_uint_eq(w.count, 0);
	reference_setting_words(SETTING_timer_slack, &w);
	ck_assert_uint_eq(w.count, 0);
	reference_host_words(HOST_memory_pressure, &w);
	ck_assert_uint_eq(w.count, 3);
	ck_assert_str_eq(w.word[2], "critical");
	reference_host_words(HOST_on_battery, &w);
	ck_assert_uint_eq(w.count, 0);
}
END_TEST

START_TEST(every_key_of_the_configuration_has_a_meaning_and_a_default)
{
	char takes[128];

	for (size_t i = 0; i < config_keys_count; i++) {
		const struct key *k = &config_keys[i];

		ck_assert_msg(k->meaning[0] != '\0', "%s", k->path);
		ck_assert_msg((k->initial == NULL) != (k->otherwise == NULL),
		              "%s", k->path);
		key_takes(k, takes, sizeof takes);
		ck_assert_msg(takes[0] != '\0' && strchr(takes, '(') == NULL,
		              "%s takes %s", k->path, takes);
	}
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("words and rows");

	tcase_add_test(t, the_last_column_is_wrapped_below_itself);
	tcase_add_test(t, a_word_longer_than_a_line_is_printed_whole);
	tcase_add_test(t, every_option_is_in_the_table_once);
	tcase_add_test(t, a_usage_names_what_people_may_write);
	tcase_add_test(t, no_line_of_a_help_page_is_long);
	tcase_add_test(t, every_fact_is_listed_in_lines_that_fit);
	tcase_add_test(t, every_setting_is_listed_in_lines_that_fit);
	tcase_add_test(t, every_row_has_a_page_of_its_own);
	tcase_add_test(t, programs_get_an_object_for_each_row);
	tcase_add_test(t, what_changes_by_itself_is_told_with_period_and_step);
	tcase_add_test(t, a_name_that_is_none_is_told_with_the_nearest);
	tcase_add_test(t, the_words_among_values_are_found);
	tcase_add_test(t,
	               every_key_of_the_configuration_has_a_meaning_and_a_default);
	return run_case(t, "command reference");
}
