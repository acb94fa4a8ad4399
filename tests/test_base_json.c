/* test_base_json.c -- reading one flat object: what is JSON is
 * taken, and nothing else. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_read.h"

#include "suite.h"

/* Of its own size, so that a read past the end is seen. */
static char *kept;

static int read_bytes(const char *text, size_t n, struct json_object *o)
{
	const char *why = "";
	int         r;

	free(kept);
	kept = malloc(n + 1);
	memcpy(kept, text, n);
	kept[n] = '\0';
	r = json_read(kept, n, o, &why);
	if (r < 0)
		ck_assert_str_ne(why, "");
	return r;
}

static int read_text(const char *text, struct json_object *o)
{
	return read_bytes(text, strlen(text), o);
}

static void forget(void)
{
	free(kept);
	kept = NULL;
}

START_TEST(every_kind_of_value_is_read)
{
	struct json_object o;
	const char        *second;

	ck_assert_int_eq(read_text(" { \"a\" : \"text\" , \"b\":-12,\"c\":true,"
	                           "\"d\":false,\"e\":null,\"f\":[\"x\",\"yz\"],"
	                           "\"g\":[] } \r\n", &o), 0);
	ck_assert_uint_eq(o.count, 7);
	ck_assert_str_eq(json_find_text(&o, "a"), "text");
	ck_assert_int_eq(json_find_number(&o, "b", 0), -12);
	ck_assert_int_eq(json_find_number(&o, "c", 0), 1);
	ck_assert_int_eq(json_find_number(&o, "d", 1), 0);
	ck_assert_int_eq(json_find(&o, "e")->type, JSON_NULL);
	ck_assert_int_eq(json_find(&o, "f")->type, JSON_LIST);
	ck_assert_int_eq(json_find(&o, "f")->number, 2);
	ck_assert_str_eq(json_find(&o, "f")->text, "x");
	second = json_find(&o, "f")->text + 2;
	ck_assert_str_eq(second, "yz");
	ck_assert_int_eq(json_find(&o, "g")->number, 0);
	ck_assert_ptr_null(json_find(&o, "h"));
	ck_assert_ptr_null(json_find_text(&o, "b"));
	ck_assert_int_eq(json_find_number(&o, "a", 7), 7);
	ck_assert_int_eq(read_text("{}", &o), 0);
	ck_assert_uint_eq(o.count, 0);
}
END_TEST

START_TEST(escapes_are_what_they_stand_for)
{
	struct json_object o;

	ck_assert_int_eq(read_text("{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\","
	                           "\"b\":\"\\u0041\\u00e9\\u20AC\\ud83d\\ude00\","
	                           "\"c\":\"\xc3\xa9\",\"d\":[\"\\u0041b\",\"\\n\"]"
	                           "}", &o), 0);
	ck_assert_str_eq(json_find_text(&o, "a"), "\"\\/\b\f\n\r\t");
	ck_assert_str_eq(json_find_text(&o, "b"),
	                 "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	ck_assert_str_eq(json_find_text(&o, "c"), "\xc3\xa9");
	ck_assert_str_eq(json_find(&o, "d")->text, "Ab");
	ck_assert_str_eq(json_find(&o, "d")->text + 3, "\n");
}
END_TEST

START_TEST(numbers_are_whole_and_bounded)
{
	struct json_object o;

	ck_assert_int_eq(read_text("{\"a\":9223372036854775807,"
	                           "\"b\":-9223372036854775808,\"c\":0}", &o), 0);
	ck_assert_int_eq(json_find_number(&o, "a", 0), INT64_MAX);
	ck_assert_int_eq(json_find_number(&o, "b", 0), INT64_MIN);
	ck_assert_int_eq(json_find_number(&o, "c", 1), 0);
}
END_TEST

static const char *const wrong[] = {
	"", " ", "x", "[]", "\"a\"", "{", "}", "{]", "{\"a\"}", "{\"a\":}",
	"{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{\"a\":1}}", "{\"a\":1} x",
	"{a:1}", "{'a':1}", "{\"a\":1", "{\"a", "{\"a\\", "{\"a\\u12", "{\"a\":\"",
	"{\"a\":tru}", "{\"a\":True}", "{\"a\":nul", "{\"a\":{}}", "{\"a\":[1]}",
	"{\"a\":[\"x\"", "{\"a\":[\"x\",]}", "{\"a\":[,]}", "{\"a\":[[\"x\"]]}",
	"{\"a\":1.5}", "{\"a\":1e3}", "{\"a\":01}", "{\"a\":-}", "{\"a\":+1}",
	"{\"a\":--1}", "{\"a\":1-2}", "{\"a\":9223372036854775808}",
	"{\"a\":99999999999999999999999999}", "{\"a\":0x10}",
	"{\"a\":\"\\x\"}", "{\"a\":\"\\u00g0\"}", "{\"a\":\"\\u0000\"}",
	"{\"a\":\"\\ud83d\"}", "{\"a\":\"\\ud83d\\u0041\"}", "{\"a\":\"\\ude00\"}",
	"{\"a\":\"\n\"}", "{\"a\":\"\t\"}", "{\"a\":\"\x80\"}", "{\"a\":\"\xc3\"}",
	"{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xed\xa0\x80\"}",
	"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "{1:2}", "nul", "\xef\xbb\xbf{}",
	"{\"a\":1}\n{\"b\":2}", "{\"a\":NaN}", "{\"a\":Infinity}", "// x\n{}",
};

START_TEST(what_is_no_such_object_is_refused)
{
	struct json_object o;

	ck_assert_msg(read_text(wrong[_i], &o) == -EINVAL, "taken: %s",
	              wrong[_i]);
}
END_TEST

START_TEST(a_zero_byte_is_refused_wherever_it_stands)
{
	const char         text[] = "{\"ab\":\"cd\",\"e\":[\"f\"],\"g\":1}";
	struct json_object o;

	for (size_t i = 0; i < sizeof text - 1; i++) {
		char copy[sizeof text];

		memcpy(copy, text, sizeof text);
		copy[i] = '\0';
		ck_assert_msg(read_bytes(copy, sizeof text - 1, &o) == -EINVAL,
		              "byte %zu", i);
	}
}
END_TEST

START_TEST(whatever_is_cut_off_is_refused)
{
	const char text[] = "{\"a\\u00e9\":\"\\ud83d\\ude00\",\"e\":[\"f\",\"g\"],"
	                    "\"h\":-12,\"i\":null}";
	struct json_object o;

	for (size_t n = 0; n < sizeof text - 1; n++)
		ck_assert_msg(read_bytes(text, n, &o) == -EINVAL, "%zu bytes",
		              n);
	ck_assert_int_eq(read_bytes(text, sizeof text - 1, &o), 0);
}
END_TEST

START_TEST(an_object_has_a_bound)
{
	static char        text[JSON_FIELDS_MAX * 16];
	struct json_object o;
	size_t             used = 1;

	text[0] = '{';
	for (int i = 0; i < JSON_FIELDS_MAX; i++)
		used += (size_t)sprintf(text + used, "%s\"%d\":%d",
		                        i > 0 ? "," : "", i, i);
	strcpy(text + used, "}");
	ck_assert_int_eq(read_text(text, &o), 0);
	ck_assert_uint_eq(o.count, JSON_FIELDS_MAX);
	strcpy(text + used, ",\"more\":1}");
	ck_assert_int_eq(read_text(text, &o), -E2BIG);
}
END_TEST

START_TEST(what_is_written_is_read_again)
{
	char               line[512];
	struct json        j;
	struct json_object o;

	json_begin(&j, line, sizeof line);
	json_text(&j, "text", "a \"b\"\\\n\x01\xc3\xa9 c");
	json_number(&j, "least", INT64_MIN);
	json_bool(&j, "truth", true);
	json_text(&j, "nothing", NULL);
	ck_assert_int_gt(json_end(&j), 0);
	ck_assert_int_eq(read_text(line, &o), 0);
	ck_assert_str_eq(json_find_text(&o, "text"), "a \"b\"\\\n\x01\xc3\xa9 c");
	ck_assert_int_eq(json_find_number(&o, "least", 0), INT64_MIN);
	ck_assert_int_eq(json_find_number(&o, "truth", 0), 1);
	ck_assert_int_eq(json_find(&o, "nothing")->type, JSON_NULL);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("reading");

	tcase_add_checked_fixture(c, NULL, forget);
	tcase_add_test(c, every_kind_of_value_is_read);
	tcase_add_test(c, escapes_are_what_they_stand_for);
	tcase_add_test(c, numbers_are_whole_and_bounded);
	tcase_add_loop_test(c, what_is_no_such_object_is_refused, 0,
	                    (int)(sizeof wrong / sizeof wrong[0]));
	tcase_add_test(c, a_zero_byte_is_refused_wherever_it_stands);
	tcase_add_test(c, whatever_is_cut_off_is_refused);
	tcase_add_test(c, an_object_has_a_bound);
	tcase_add_test(c, what_is_written_is_read_again);
	return run_case(c, "base json");
}
