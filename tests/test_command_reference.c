/* test_command_reference.c -- what pqs tells of itself is whole and fits. */

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command/columns.h"
#include "command/command.h"

#define TOLD_MAX 65536

static char told[TOLD_MAX];

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
	static const char *const cell[] = {
		"a", "one", "a sentence that is longer than what is left of "
		"its line of eighty bytes, and so it goes on below its column",
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
	                 "[RULES...]");
	ck_assert_str_eq(command_usage(command_find("version"), usage,
	                               sizeof usage), "version");
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

static TCase *words_case(void)
{
	TCase *c = tcase_create("words");

	tcase_add_test(c, the_last_column_is_wrapped_below_itself);
	tcase_add_test(c, a_word_longer_than_a_line_is_printed_whole);
	tcase_add_test(c, every_option_is_in_the_table_once);
	tcase_add_test(c, a_usage_names_what_people_may_write);
	tcase_add_test(c, no_line_of_a_help_page_is_long);
	return c;
}

int main(void)
{
	Suite   *suite = suite_create("command reference");
	SRunner *runner = srunner_create(suite);
	int      failed;

	suite_add_tcase(suite, words_case());
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
