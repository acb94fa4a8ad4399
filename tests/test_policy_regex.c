/* test_policy_regex.c -- patterns: what they mean, and what bounds them. */

#include "small_world.h"

#include "policy/regex.h"

static int tried(const char *pattern, size_t bytes)
{
	char   why[160] = "";
	size_t offset = 0;
	int    r = regex_try(pattern, bytes, why, sizeof why, &offset);

	ck_assert_int_eq(r < 0, why[0] != '\0');
	return r;
}

/* 1, 0, or -E2BIG; adds to steps. */
static int searched(const char *pattern, const char *text, uint64_t *steps)
{
	struct regexes *r = regexes_new();
	char            why[160];
	int             found;

	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(regexes_add(r, 7, pattern, strlen(pattern), why,
	                             sizeof why), 0);
	found = regexes_search(r, 7, text, strlen(text), steps);
	regexes_free(r);
	return found;
}

static bool fits(const char *pattern, const char *text)
{
	uint64_t steps = 0;
	int      r = searched(pattern, text, &steps);

	ck_assert_int_ge(r, 0);
	return r == 1;
}

START_TEST(a_pattern_is_searched_for_anywhere)
{
	ck_assert(fits("fire", "firefox"));
	ck_assert(fits("fox", "firefox"));
	ck_assert(!fits("^fox", "firefox"));
	ck_assert(fits("^fire.ox$", "firefox"));
	ck_assert(!fits("^fire$", "firefox"));
	ck_assert(fits("^python3(\\.\\d+)?$", "python3.11"));
	ck_assert(fits("", "anything"));
	ck_assert(fits("(?i)FIREFOX", "firefox"));
}
END_TEST

START_TEST(a_text_is_no_line)
{
	ck_assert(!fits("^a$", "a\n"));
	ck_assert(fits("^a.b$", "a\nb"));
}
END_TEST

START_TEST(characters_count_where_the_pattern_has_some)
{
	ck_assert(fits("^.$", "\xc3\xbc"));
	ck_assert(fits("^\xc3\xbc+$", "\xc3\xbc\xc3\xbc"));
	/* A text need not be valid, nor a pattern. */
	ck_assert(fits("b", "a\xff" "b"));
	ck_assert(fits("^a\xff$", "a\xff"));
}
END_TEST

START_TEST(what_is_no_pattern_is_told_with_its_place)
{
	char   why[160] = "";
	size_t offset = 0;

	ck_assert_int_eq(regex_try("ab(c", 4, why, sizeof why, &offset),
	                 -EINVAL);
	ck_assert_uint_eq(offset, 4);
	ck_assert_ptr_nonnull(strstr(why, "parenthesis"));
	ck_assert_int_eq(tried("a", 1), 0);
	ck_assert_int_eq(tried("*", 1), -EINVAL);
	ck_assert_int_eq(tried("\\C", 2), -EINVAL);
	ck_assert_int_eq(tried("(*UCP)a", 7), -EINVAL);
}
END_TEST

START_TEST(long_deep_and_large_patterns_are_refused)
{
	char long_one[REGEX_BYTES_MAX + 1];
	char deep[2 * REGEX_PARENS_MAX + 3];

	memset(long_one, 'a', sizeof long_one);
	ck_assert_int_eq(tried(long_one, sizeof long_one), -EINVAL);
	ck_assert_int_eq(tried(long_one, sizeof long_one - 1), 0);
	memset(deep, '(', REGEX_PARENS_MAX + 1);
	memset(deep + REGEX_PARENS_MAX + 1, ')', REGEX_PARENS_MAX + 1);
	ck_assert_int_eq(tried(deep, 2 * REGEX_PARENS_MAX + 2), -EINVAL);
	ck_assert_int_eq(tried("((a{1,200}){1,200}){1,200}", 26), -EINVAL);
}
END_TEST

/* Each of these would try for longer than anyone lives. */
START_TEST(a_pattern_that_takes_too_long_is_given_up)
{
	static const char *const evil[] = { "(a+)+$", "(a|a)*b", "(a*)*b",
		"(.*)*x", "(?:a?){30}a{30}b", "^(a|aa)+$", "(a+)\\1+b",
		".*.*.*.*.*.*.*.*x", "(?R)?a+b" };
	char text[ARGS_KEEP];

	memset(text, 'a', sizeof text - 2);
	strcpy(text + sizeof text - 2, "!");
	for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
		uint64_t steps = 0;

		ck_assert_msg(searched(evil[i], text, &steps) <= 0,
		              "%s fits", evil[i]);
		ck_assert_uint_ge(steps, 1);
		ck_assert_msg(steps <= REGEX_STEPS_MAX + ARGS_KEEP, "%s: %llu",
		              evil[i], (unsigned long long)steps);
	}
}
END_TEST

START_TEST(the_bound_is_of_the_whole_search_not_of_each_place)
{
	char     text[ARGS_KEEP];
	uint64_t steps = 0;

	/* From each place a thousand ways: together millions. */
	memset(text, 'a', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	ck_assert_int_eq(searched("a{500,1000}[bc]", text, &steps), -E2BIG);
	ck_assert_uint_ge(steps, REGEX_STEPS_MAX);
}
END_TEST

START_TEST(ordinary_patterns_stay_far_below_the_bound)
{
	char     line[ARGS_KEEP] = "";
	uint64_t steps = 0;

	while (strlen(line) + 40 < sizeof line)
		strcat(line, "--option=some/path/to/a/file.txt ");
	ck_assert_int_eq(searched("error.*timeout", line, &steps), 0);
	ck_assert_int_eq(searched("--(foo|bar)=\\w+", line, &steps), 0);
	ck_assert_int_eq(searched("path/(to|from)/.*\\.txt", line, &steps), 1);
	ck_assert_uint_lt(steps, REGEX_STEPS_MAX);
}
END_TEST

START_TEST(so_many_patterns_and_no_more)
{
	struct regexes *r = regexes_new();
	char            why[160] = "";
	uint64_t        steps = 0;

	for (uint32_t i = 0; i < REGEXES_MAX; i++)
		ck_assert_int_eq(regexes_add(r, (i * 97) % REGEXES_MAX, "a", 1,
		                             why, sizeof why), 0);
	ck_assert_int_eq(regexes_add(r, 5, "b", 1, why, sizeof why), 0);
	ck_assert_int_eq(regexes_search(r, 5, "a", 1, &steps), 1);
	ck_assert_int_eq(regexes_add(r, REGEXES_MAX, "a", 1, why, sizeof why),
	                 -E2BIG);
	ck_assert_int_eq(regexes_search(r, REGEXES_MAX, "a", 1, &steps),
	                 -E2BIG);
	regexes_free(r);
}
END_TEST

START_TEST(a_rule_may_ask_for_a_pattern)
{
	struct task *p = appear(10, 0, (struct being){
		.name = "python3.11", .slow_is_there = true,
		.line = "python3\0train.py\0", .line_bytes = 17 });

	ck_assert(matches(pick(SELECT_PROCESS, "name=%^python[23]"), p));
	ck_assert(!matches(pick(SELECT_PROCESS, "name=%^ython"), p));
	ck_assert(matches(pick(SELECT_PROCESS, "name=ruby|%on3"), p));
	ck_assert(matches(pick(SELECT_PROCESS, "args=%\\.py$"), p));
	ck_assert(!matches(pick(SELECT_PROCESS, "args=%\\.rb$"), p));
}
END_TEST

START_TEST(rules_that_share_a_pattern_share_what_it_becomes)
{
	struct task *p = appear(10, 0, (struct being){ .name = "cc1plus" });
	struct ruleset *rs;
	struct found    f;

	for (int i = 0; i < 3 * REGEXES_MAX; i++)
		rule_say("r", i % 2 != 0 ? "name=%^cc1" : "name=%plus$");
	rs = rules_finish();
	f = look_up(rs, p);
	ck_assert_uint_eq(f.rules + f.dropped, 3 * REGEXES_MAX);
	ruleset_free(rs);
}
END_TEST

START_TEST(who_may_fit_a_pattern_that_was_given_up_is_not_known_to)
{
	char         name[NAME_KEEP];
	struct task *p;
	uint32_t     rule, excepting;
	struct builder_rule r;
	struct ruleset     *rs;
	struct found        f;

	memset(name, 'a', sizeof name - 2);
	strcpy(name + sizeof name - 2, "!");
	p = appear(10, 0, (struct being){ .name = name });
	rule = rule_say("match", "name=%(a+)+$");
	r = rule_for("except", pick(SELECT_PROCESS, ""));
	r.except = pick(SELECT_PROCESS, "name=%(a+)+$");
	excepting = rule_add(r);
	rs = rules_finish();
	f = look_up(rs, p);
	ck_assert(!was_found(&f, rule));
	ck_assert(!was_found(&f, excepting));
	ck_assert_uint_eq(f.given_up, 2);
	ruleset_free(rs);
}
END_TEST

/* What each took is counted with all the rest that one task may cost. */
START_TEST(patterns_without_end_cost_no_more_than_a_task_may)
{
	char            name[NAME_KEEP], pattern[64];
	struct subject  who;
	struct ruleset *rs;
	struct found    f;

	memset(name, 'a', sizeof name - 2);
	strcpy(name + sizeof name - 2, "!");
	for (int i = 0; i < REGEXES_MAX; i++) {
		snprintf(pattern, sizeof pattern, "name=%%(a+)+[b-z]{1,%d}$", i + 1);
		rule_say("r", pattern);
	}
	rs = rules_finish();
	who = about(appear(10, 0, (struct being){ .name = name }));
	ck_assert_int_eq(ruleset_lookup(rs, &who, &f), 0);
	ck_assert_uint_gt(f.dropped, 0);
	ck_assert_uint_lt(who.steps, MATCH_STEPS_MAX + 2 * REGEX_STEPS_MAX);
	ruleset_free(rs);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_pattern_is_searched_for_anywhere,
		a_text_is_no_line,
		characters_count_where_the_pattern_has_some,
		what_is_no_pattern_is_told_with_its_place,
		long_deep_and_large_patterns_are_refused,
		a_pattern_that_takes_too_long_is_given_up,
		the_bound_is_of_the_whole_search_not_of_each_place,
		ordinary_patterns_stay_far_below_the_bound,
		so_many_patterns_and_no_more,
		a_rule_may_ask_for_a_pattern,
		rules_that_share_a_pattern_share_what_it_becomes,
		who_may_fit_a_pattern_that_was_given_up_is_not_known_to,
		patterns_without_end_cost_no_more_than_a_task_may,
	};

	return world_run("policy: regex", tests,
	                 sizeof tests / sizeof *tests);
}
