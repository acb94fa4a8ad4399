/* test_bindings_mistakes.c -- the rule language: what it refuses, and
 * what it says then. */

#include "bindings_image.h"
#include "bindings_mistakes.h"
#include "suite.h"

START_TEST(a_mistake_is_told_with_place_and_meaning)
{
	struct rule_book   *b = book_of(wrong[_i].source);
	struct rule_mistake m;
	size_t              bytes;

	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_str_eq(m.sentence, wrong[_i].sentence);
	ck_assert_int_eq(m.line, wrong[_i].line);
	ck_assert_int_eq(m.column, wrong[_i].column);
	ck_assert_str_eq(m.file, "rules/a.lua");
	ck_assert_msg(!rule_book_mistake(b, 1, &m), "and also: %s", m.sentence);
	ck_assert_ptr_null(rule_book_image(b, &bytes));
	rule_book_free(b);
}
END_TEST

START_TEST(one_run_tells_the_mistakes_of_all_files)
{
	struct rule_book   *b = book_of("rule \"a\" { }\n" WANT("nice = 99"));
	const char         *other = RULE("want = { qos = \"x\" }");
	struct rule_mistake m;
	const int           lines[] = { 1, 2, 1 };

	rule_book_add(b, LAYER_USER, "rules/b.lua", other, strlen(other));
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	for (size_t i = 0; i < COUNT(lines); i++) {
		ck_assert(rule_book_mistake(b, i, &m));
		ck_assert_int_eq(m.line, lines[i]);
		ck_assert_str_eq(m.file, i < 2 ? "rules/a.lua" : "rules/b.lua");
	}
	ck_assert(!rule_book_mistake(b, COUNT(lines), &m));
	rule_book_free(b);
}
END_TEST

/* Far from the line before, Lua notes lines in another way. */
START_TEST(a_typo_in_a_function_is_found_wherever_it_stands)
{
	char                source[2048] = "local function f () end\n";
	size_t              n = strlen(source);
	struct rule_book   *b;
	struct rule_mistake m;

	n += (size_t)snprintf(source + n, sizeof source - n, "rule \"r\" { "
	                      "match = process { },\nwant = function (p)");
	memset(source + n, '\n', 400);
	n += 400;
	snprintf(source + n, sizeof source - n, "f (); f (prcess)\n"
	         "local function g () return function () f (thrad) end end\n"
	         "end }");
	b = book_of(source);
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_int_eq(m.line, 403);
	ck_assert_str_eq(m.sentence,
	                 "nobody knows 'prcess'; did you mean 'process'?");
	ck_assert(rule_book_mistake(b, 1, &m));
	ck_assert_int_eq(m.line, 404);
	ck_assert_str_eq(m.sentence,
	                 "nobody knows 'thrad'; did you mean 'thread'?");
	ck_assert(!rule_book_mistake(b, 2, &m));
	rule_book_free(b);
}
END_TEST

/* Lua before 5.4.7 crashes, or stalls, when it names what is wrong
 * at the end of these. */
START_TEST(a_field_of_a_field_without_end_is_not_run)
{
	static const char *const links[] = { ".a", "[\"a\"]", "[y]", "[1]",
	                                     "[f ()]" };
	static char         source[RULE_FILE_MAX];
	struct rule_mistake m;

	for (size_t i = 0; i < COUNT(links); i++) {
		struct rule_book *b;
		size_t            n;

		strcpy(source, "local x, y, f = { }, 1, type return x");
		n = strlen(source);
		while (n < sizeof source - 32) {
			strcpy(source + n, links[i]);
			n += strlen(links[i]);
		}
		strcpy(source + n, ".b.c");
		b = book_of(source);
		ck_assert_int_eq(rule_book_compile(b), -EINVAL);
		ck_assert(rule_book_mistake(b, 0, &m));
		ck_assert_str_eq(m.sentence, "takes a field of a field more "
		                 "than 200 times in one expression");
		rule_book_free(b);
	}
}
END_TEST

START_TEST(mistakes_past_the_bound_are_counted)
{
	struct rule_book   *b = book_of("for i = 1, 1000 do "
		                        "rule (\"a\" .. i) { } end");
	struct rule_mistake m;
	size_t              n = 0;

	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	while (rule_book_mistake(b, n, &m))
		n++;
	ck_assert_uint_eq(n, 101);
	ck_assert_str_eq(m.sentence, "there are more mistakes than these");
	rule_book_free(b);
}
END_TEST

START_TEST(the_mistakes_of_one_file_hide_no_other)
{
	struct rule_book   *b = book_of("for i = 1, 1000 do "
		                        "rule (\"a\" .. i) { } end");
	struct rule_mistake m;
	bool                told = false;

	rule_book_add(b, LAYER_ADMIN, "rules/b.lua", "x = 1", 5);
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	for (size_t i = 0; rule_book_mistake(b, i, &m) && !told; i++)
		told = m.file != NULL && strcmp(m.file, "rules/b.lua") == 0;
	ck_assert(told);
	rule_book_free(b);
}
END_TEST

START_TEST(a_name_is_unique_only_within_its_layer)
{
	struct rule_book *b = book_of(RULE("tag = \"t\""));
	const char       *other = RULE("tag = \"t\"");

	rule_book_add(b, LAYER_USER, "b.lua", other, strlen(other));
	ck_assert_int_eq(rule_book_compile(b), 0);
	ck_assert_uint_eq(rule_book_counts(b).rules, 2);
	rule_book_free(b);
}
END_TEST

START_TEST(a_file_too_large_is_refused)
{
	struct rule_book   *b = rule_book_new();
	char               *large = malloc(RULE_FILE_MAX + 1);
	struct rule_mistake m;

	memset(large, ' ', RULE_FILE_MAX + 1);
	rule_book_add(b, LAYER_ADMIN, "fits.lua", large, RULE_FILE_MAX);
	rule_book_add(b, LAYER_ADMIN, "large.lua", large, RULE_FILE_MAX + 1);
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_str_eq(m.file, "large.lua");
	ck_assert_str_eq(m.sentence, "is larger than 256 KiB");
	ck_assert(!rule_book_mistake(b, 1, &m));
	free(large);
	rule_book_free(b);
}
END_TEST

/* Lua reads over a zero byte in a comment; an editor does not show it. */
START_TEST(a_zero_byte_is_refused_where_it_stands)
{
	static const char   source[] = "-- a\n-- b\0\n" RULE("tag = \"t\"");
	struct rule_book   *b = rule_book_new();
	struct rule_mistake m;

	rule_book_add(b, LAYER_ADMIN, "a.lua", source, sizeof source - 1);
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_int_eq(m.line, 2);
	ck_assert_str_eq(m.sentence, "has a zero byte; only text is read");
	ck_assert(!rule_book_mistake(b, 1, &m));
	rule_book_free(b);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("language");

	tcase_set_timeout(c, 120);
	tcase_add_loop_test(c, a_mistake_is_told_with_place_and_meaning, 0,
	                    (int)COUNT(wrong));
	tcase_add_test(c, one_run_tells_the_mistakes_of_all_files);
	tcase_add_test(c, a_typo_in_a_function_is_found_wherever_it_stands);
	tcase_add_test(c, a_field_of_a_field_without_end_is_not_run);
	tcase_add_test(c, mistakes_past_the_bound_are_counted);
	tcase_add_test(c, the_mistakes_of_one_file_hide_no_other);
	tcase_add_test(c, a_name_is_unique_only_within_its_layer);
	tcase_add_test(c, a_file_too_large_is_refused);
	tcase_add_test(c, a_zero_byte_is_refused_where_it_stands);
	return run_case(c, "bindings: mistakes");
}
