/* test_base_text.c -- patterns, strings and written quantities. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/glob.h"
#include "base/limits.h"
#include "base/text.h"

#include "suite.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

START_TEST(a_pattern_takes_what_it_says)
{
	static const struct {
		const char *pattern, *text;
		bool        holds;
	} cases[] = {
		{ "", "", true },               { "", "a", false },
		{ "abc", "abc", true },         { "abc", "abcd", false },
		{ "*", "", true },              { "*", "a/b", true },
		{ "a*", "a", true },            { "a*c", "abcbc", true },
		{ "a*c", "abcb", false },       { "**a**", "bab", true },
		{ "?", "", false },             { "a?c", "abc", true },
		{ "[a-c]x", "bx", true },       { "[a-c]x", "dx", false },
		{ "[!a-c]x", "dx", true },      { "[!a-c]x", "ax", false },
		{ "[]x]", "]", true },          { "[!]x]", "]", false },
		{ "[a-]", "-", true },          { "[\\]]", "]", true },
		{ "[*]", "*", true },           { "[*]", "a", false },
		{ "a[b", "a[b", true },         { "a[b", "ab", false },
		{ "*[[a", "x[[a", true },       { "[", "[", true },
		{ "\\*", "*", true },           { "\\*", "a", false },
		{ "\\?", "a", false },          { "\\[a]", "[a]", true },
		{ "a\\", "a\\", true },         { "[\xc0-\xff]", "\xe4", true },
		{ "*ab*cd", "abxabcd", true },  { "{a}", "{a}", true },
		{ "postgresql@*.service", "postgresql@15-main.service", true },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(glob_match(cases[i].pattern, cases[i].text) ==
		              cases[i].holds, "'%s' and '%s'",
		              cases[i].pattern, cases[i].text);
}
END_TEST

/* The obvious matcher, exponential and plainly right, without classes. */
static bool plain_match(const char *p, const char *t)
{
	if (*p == '\0')
		return *t == '\0';
	if (*p == '*')
		return plain_match(p + 1, t) ||
		       (*t != '\0' && plain_match(p, t + 1));
	return *t != '\0' && (*p == '?' || *p == *t) &&
	       plain_match(p + 1, t + 1);
}

static void word_number(unsigned n, const char *letters, char *out)
{
	size_t base = strlen(letters);

	for (; n > 0; n /= (unsigned)base)
		*out++ = letters[n % base];
	*out = '\0';
}

START_TEST(a_pattern_agrees_with_the_obvious_matcher)
{
	char pattern[16], text[16];

	for (unsigned i = 0; i < 1024; i++) {
		word_number(i, "ab*?", pattern);
		for (unsigned j = 0; j < 256; j++) {
			word_number(j, "ab", text);
			if (glob_match(pattern, text) !=
			    plain_match(pattern, text))
				ck_abort_msg("'%s' and '%s'", pattern, text);
		}
	}
}
END_TEST

/* Backtracking past the last star, or looking for each ']' again, would need
 * longer than the sun has. */
START_TEST(a_spiteful_pattern_costs_no_more_than_pattern_times_text)
{
	char pattern[TEXT_MAX], text[TEXT_MAX];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < 512; i += 2)
		memcpy(pattern + i, "*a", 2);
	memcpy(pattern + 512, "*b", 3);
	ck_assert(!glob_match(pattern, text));

	memset(text, '[', sizeof(text) - 1);
	memset(pattern, '[', sizeof(pattern) / 2);
	memcpy(pattern, "*", 1);
	memcpy(pattern + sizeof(pattern) / 2, "x", 2);
	ck_assert(!glob_match(pattern, text));
}
END_TEST

START_TEST(the_literal_of_a_pattern_is_its_longest_plain_run)
{
	static const struct {
		const char *pattern, *literal;
	} cases[] = {
		{ "*", "" },                    { "", "" },
		{ "abc", "abc" },               { "ab*cde?f", "cde" },
		{ "a[xyz]bc", "bc" },           { "a\\*bc", "*bc" },
		{ "[ab", "[ab" },               { "ab\\", "ab\\" },
		{ "*.service", ".service" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t at = 99, n = glob_literal(cases[i].pattern, &at);

		ck_assert_uint_eq(n, strlen(cases[i].literal));
		if (n == 0)
			ck_assert_uint_eq(at, 99);
		else
			ck_assert(strncmp(cases[i].pattern + at,
			                  cases[i].literal, n) == 0);
	}
}
END_TEST

static void join(void *ctx, const char *plain)
{
	char *all = ctx;

	strcat(strcat(all, plain), "|");
}

START_TEST(a_star_captures_as_little_as_it_can)
{
	static const struct {
		const char *pattern, *text, *parts;     /* NULL: no match     */
	} cases[] = {
		{ "CPU */KVM", "CPU 3/KVM", "3|" },
		{ "CPU */KVM", "CPU 3/TCG", NULL },
		{ "CPU */KVM", "CPU /KVM", "|" },
		{ "*.*", "a.b.c", "a|b.c|" },
		{ "*a*a", "aaa", "|a|" },
		{ "*-*-*", "x--y-z", "x||y-z|" },
		{ "a**b", "a12b", "|12|" },
		{ "*", "", "|" },
		{ "a*", "a", "|" },
		{ "*.service", "a.service.service", "a.service|" },
		{ "[0-9]*?", "12345", "234|" },
		{ "plain", "plain", "" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct glob_part part[4];
		char             parts[64] = "";
		int              n = glob_capture(cases[i].pattern,
		                                  cases[i].text, part, 4);

		for (int k = 0; k < n; k++)
			snprintf(parts + strlen(parts),
			         sizeof(parts) - strlen(parts), "%.*s|",
			         (int)part[k].bytes, part[k].at);
		if (cases[i].parts == NULL)
			ck_assert_int_eq(n, -ENOENT);
		else
			ck_assert_str_eq(parts, cases[i].parts);
	}
}
END_TEST

START_TEST(more_stars_than_there_is_room_for_are_refused)
{
	struct glob_part part[2] = { { NULL, 7 }, { NULL, 7 } };

	ck_assert_int_eq(glob_capture("*a*b*", "xaybz", part, 2), -E2BIG);
	ck_assert_int_eq(glob_capture("*a*b", "xayb", part, 2), 2);
	ck_assert_int_eq(glob_capture("*a*b*", "xaybz", NULL, 0), -E2BIG);
}
END_TEST

START_TEST(braces_expand_from_left_to_right)
{
	static const struct {
		const char *pattern, *all;
	} cases[] = {
		{ "abc", "abc|" },              { "", "|" },
		{ "{a,b}", "a|b|" },            { "x{a,b}y", "xay|xby|" },
		{ "{a,b}{c,d}", "ac|ad|bc|bd|" },
		{ "{a,{b,c}d}e", "ae|bde|cde|" },
		{ "{,a}", "|a|" },              { "{}", "|" },
		{ "{a}", "a|" },                { "a,b", "a,b|" },
		{ "\\{a,b\\}", "\\{a,b\\}|" },  { "{[a,b],c}", "[a,b]|c|" },
		{ "{\\,,b}", "\\,|b|" },        { "[{]", "[{]|" },
		{ "{[,x}", "[|x|" },            { "{{{a}}}b", "ab|" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char all[256] = "";
		int  n = glob_expand(cases[i].pattern, 16, join, all);

		ck_assert_str_eq(all, cases[i].all);
		for (const char *p = all; (p = strchr(p, '|')) != NULL; p++)
			n--;
		ck_assert_int_eq(n, 0);
	}
}
END_TEST

START_TEST(braces_that_cannot_be_expanded_call_nobody)
{
	static const struct {
		const char *pattern;
		int         r;
	} cases[] = {
		{ "{a", -EINVAL }, { "a}", -EINVAL }, { "{a,{b}", -EINVAL },
		{ "}{", -EINVAL }, { "{a,b,c,d,e}", -E2BIG },
		{ "{a,b}{a,b}{a,b}", -E2BIG },
	};
	char deep[400], long_text[TEXT_MAX + 8], all[256] = "";

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_int_eq(glob_expand(cases[i].pattern, 4, join, all),
		                 cases[i].r);
	memset(deep, '{', 200);
	memset(deep + 200, '}', 199);
	deep[399] = '\0';
	ck_assert_int_eq(glob_expand(deep, 4, join, all), -EINVAL);
	ck_assert_int_eq(glob_expand(deep + 1, 4, join, all), -E2BIG);
	memset(long_text, 'a', sizeof(long_text));
	long_text[TEXT_MAX - 1] = '\0';
	ck_assert_int_eq(glob_expand(long_text, 4, NULL, NULL), 1);
	long_text[TEXT_MAX - 1] = 'a';
	long_text[TEXT_MAX] = '\0';
	ck_assert_int_eq(glob_expand(long_text, 4, join, all), -E2BIG);
	ck_assert_str_eq(all, "");
}
END_TEST

START_TEST(a_copy_is_cut_and_always_ends)
{
	char to[4] = "zzz";

	ck_assert_uint_eq(text_copy(to, sizeof(to), "abcdef"), 3);
	ck_assert_str_eq(to, "abc");
	ck_assert_uint_eq(text_copy(to, sizeof(to), ""), 0);
	ck_assert_str_eq(to, "");
	ck_assert_uint_eq(text_copy_bytes(to, sizeof(to), "xyz", 2), 2);
	ck_assert_str_eq(to, "xy");
	ck_assert_uint_eq(text_copy(to, 0, "q"), 0);
	ck_assert_str_eq(to, "xy");
}
END_TEST

START_TEST(control_bytes_reach_no_terminal)
{
	char text[] = "a\033[1m\n\x7f\xc2\x9b\xc3\xa4z";

	text_clean(text);
	ck_assert_str_eq(text, "a?[1m????\xc3\xa4z");
}
END_TEST

START_TEST(a_number_is_whole_and_alone)
{
	static const struct {
		const char *text;
		int         r;
		int64_t     value;
	} cases[] = {
		{ "0", 0, 0 },                  { "-20", 0, -20 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "9223372036854775808", -ERANGE, 7 },
		{ "-9223372036854775809", -ERANGE, 7 },
		{ "", -EINVAL, 7 },             { "-", -EINVAL, 7 },
		{ " 1", -EINVAL, 7 },           { "1 ", -EINVAL, 7 },
		{ "+1", -EINVAL, 7 },           { "0x10", -EINVAL, 7 },
		{ "1.5", -EINVAL, 7 },          { "--1", -EINVAL, 7 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t value = 7;

		ck_assert_int_eq(text_number(cases[i].text, &value),
		                 cases[i].r);
		ck_assert_int_eq(value, cases[i].value);
	}
}
END_TEST

START_TEST(a_quantity_is_exact_or_refused)
{
	static const struct {
		int       (*read)(const char *text, int64_t *ret_value);
		const char *text;
		int         r;
		int64_t     value;
	} cases[] = {
		{ text_cores, "50%", 0, 50 },
		{ text_cores, "1 core", 0, 100 },
		{ text_cores, "6 cores", 0, 600 },
		{ text_cores, "1.5 cores", 0, 150 },
		{ text_cores, "0.5%", -EINVAL, 7 },
		{ text_cores, "6cores", -EINVAL, 7 },
		{ text_cores, "6", -EINVAL, 7 },
		{ text_of_host, "75% of host", 0, 75 },
		{ text_of_host, "75%", -EINVAL, 7 },
		{ text_of_host, "0.5% of host", -EINVAL, 7 },
		{ text_duration, "10ns", 0, 10 },
		{ text_duration, "50us", 0, 50000 },
		{ text_duration, "20ms", 0, 20000000 },
		{ text_duration, "5s", 0, INT64_C(5000000000) },
		{ text_duration, "1.5s", 0, 1500000000 },
		{ text_duration, "2min", 0, INT64_C(120000000000) },
		{ text_duration, "10m", 0, INT64_C(600000000000) },
		{ text_duration, "1h", 0, INT64_C(3600000000000) },
		{ text_duration, "1d", 0, INT64_C(86400000000000) },
		{ text_duration, "5", -EINVAL, 7 },
		{ text_duration, "5 s", -EINVAL, 7 },
		{ text_duration, "-5s", -EINVAL, 7 },
		{ text_duration, "s", -EINVAL, 7 },
		{ text_duration, "5sec", -EINVAL, 7 },
		{ text_duration, "1.5ns", -EINVAL, 7 },
		{ text_duration, "1.s", -EINVAL, 7 },
		{ text_duration, ".5s", -EINVAL, 7 },
		{ text_duration, "1.0000000000s", -EINVAL, 7 },
		{ text_duration, "106751d", 0, INT64_C(9223286400000000000) },
		{ text_duration, "106752d", -ERANGE, 7 },
		{ text_duration, "99999999999999999999s", -ERANGE, 7 },
		{ text_size, "10B", 0, 10 },
		{ text_size, "4KiB", 0, 4096 },
		{ text_size, "1.5MiB", 0, 1572864 },
		{ text_size, "2GiB", 0, INT64_C(2) << 30 },
		{ text_size, "1TiB", 0, INT64_C(1) << 40 },
		{ text_size, "1GB", -EINVAL, 7 },
		{ text_size, "8388608TiB", -ERANGE, 7 },
		{ text_percent, "20%", 0, 2000 },
		{ text_percent, "0.5%", 0, 50 },
		{ text_whole_percent, "20.0%", 0, 20 },
		{ text_whole_percent, "0.5%", -EINVAL, 7 },
		{ text_percent, "0.25%", 0, 25 },
		{ text_percent, "0.125%", -EINVAL, 7 },
		{ text_percent, "20", -EINVAL, 7 },
		{ text_percent, "%", -EINVAL, 7 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t value = 7;
		int     r = cases[i].read(cases[i].text, &value);

		ck_assert_msg(r == cases[i].r, "'%s': %d", cases[i].text, r);
		ck_assert_int_eq(value, cases[i].value);
	}
}
END_TEST

START_TEST(a_duration_is_printed_as_short_as_it_can_be)
{
	static const struct {
		int64_t     ns;
		const char *text;
	} cases[] = {
		{ 0, "0s" },                    { 1, "1ns" },
		{ 50000, "50us" },              { 1500000, "1500us" },
		{ 40000000, "40ms" },           { 1000000000, "1s" },
		{ INT64_C(60000000000), "60s" },
		{ INT64_C(120000000000), "2min" },
		{ INT64_C(86400000000000), "1d" },
		{ 1000000001, "1000000001ns" },
		{ INT64_MAX, "9223372036854775807ns" },
	};
	char out[32];

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t back = -1;

		text_print_duration(cases[i].ns, out, sizeof(out));
		ck_assert_str_eq(out, cases[i].text);
		ck_assert_int_eq(text_duration(out, &back), 0);
		ck_assert_int_eq(back, cases[i].ns);
	}
	ck_assert_str_eq(text_print_duration(50000, out, 3), "50");
}
END_TEST

START_TEST(sums_are_the_published_ones)
{
	ck_assert_uint_eq(text_hash("", 0), 0x811c9dc5u);
	ck_assert_uint_eq(text_hash("foobar", 6), 0xbf9cf968u);
	ck_assert_uint_eq(text_crc32(0, "123456789", 9), 0xcbf43926u);
	ck_assert_uint_eq(text_crc32(text_crc32(0, "1234", 4), "56789", 5),
	                  0xcbf43926u);
}
END_TEST

START_TEST(any_changed_or_added_byte_changes_the_sum)
{
	char     text[64] = "some bytes that are more than a few words";
	uint64_t sum = text_sum(text, 41), last = text_sum(text, 0);

	ck_assert_uint_eq(text_sum(text, 41), sum);
	for (size_t i = 0; i < 41; i++) {
		text[i] ^= 1;
		ck_assert_uint_ne(text_sum(text, 41), sum);
		text[i] ^= 1;
	}
	memset(text, 0, sizeof text);
	for (size_t n = 1; n < sizeof text; n++) {
		ck_assert_uint_ne(text_sum(text, n), last);
		last = text_sum(text, n);
	}
}
END_TEST

START_TEST(a_character_of_utf8_is_as_long_as_it_is)
{
	ck_assert_uint_eq(text_utf8("a"), 1);
	ck_assert_uint_eq(text_utf8("\xc3\xa9x"), 2);
	ck_assert_uint_eq(text_utf8("\xe2\x82\xac"), 3);
	ck_assert_uint_eq(text_utf8("\xf0\x9f\x98\x80"), 4);
	ck_assert_uint_eq(text_utf8("\xc0\x80"), 0);
	ck_assert_uint_eq(text_utf8("\xe0\x80\x80"), 0);
	ck_assert_uint_eq(text_utf8("\xed\xa0\x80"), 0);
	ck_assert_uint_eq(text_utf8("\xf5\x80\x80\x80"), 0);
	ck_assert_uint_eq(text_utf8("\xc3"), 0);
	ck_assert_uint_eq(text_utf8("\xff"), 0);
}
END_TEST

START_TEST(the_base_name_is_the_last_part)
{
	ck_assert_str_eq(text_base_name("/usr/bin/cc1plus"), "cc1plus");
	ck_assert_str_eq(text_base_name("cc1plus"), "cc1plus");
	ck_assert_str_eq(text_base_name("/"), "");
}
END_TEST

int main(void)
{
	const struct TTest *const tests[] = {
		a_pattern_takes_what_it_says,
		a_pattern_agrees_with_the_obvious_matcher,
		a_spiteful_pattern_costs_no_more_than_pattern_times_text,
		the_literal_of_a_pattern_is_its_longest_plain_run,
		a_star_captures_as_little_as_it_can,
		more_stars_than_there_is_room_for_are_refused,
		braces_expand_from_left_to_right,
		braces_that_cannot_be_expanded_call_nobody,
		a_copy_is_cut_and_always_ends,
		control_bytes_reach_no_terminal,
		a_number_is_whole_and_alone,
		a_quantity_is_exact_or_refused,
		a_duration_is_printed_as_short_as_it_can_be,
		sums_are_the_published_ones,
		any_changed_or_added_byte_changes_the_sum,
		a_character_of_utf8_is_as_long_as_it_is,
		the_base_name_is_the_last_part,
	};

	return run_tests("base text", tests, COUNT(tests));
}
