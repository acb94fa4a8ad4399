/* test_model_bounds.c -- bounds on values that are no plain numbers, and what
 * is kept under a number. */

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "model/intent.h"
#include "sets.h"
#include "suite.h"

#define HOST SHARE_OF_HOST

static int64_t names(const char *list)
{
	return interned_read_names(sets, list);
}

static int64_t clamped(enum setting s, struct bound b, int64_t value)
{
	int64_t got = 12345;
	int     r = bound_clamp(s, &b, sets, value, &got);

	ck_assert_int_eq(got == 12345, r < 0);
	return r < 0 ? r : got;
}

static struct bound both(enum setting s, struct bound a, struct bound b)
{
	ck_assert_int_eq(bound_intersect(s, &a, &b, sets), 0);
	return a;
}

START_TEST(equal_lists_of_names_have_equal_numbers)
{
	ck_assert_int_ge(names("build"), 0);
	ck_assert_int_eq(names("build"), names("build"));
	ck_assert_int_eq(names("b,a,b"), names("a,b"));
	ck_assert_str_eq(interned_text(sets, names("b,a,b")), "a,b");
	ck_assert_int_ne(names("a"), names("a,b"));
}
END_TEST

START_TEST(what_is_no_name_is_refused)
{
	static const char *const wrong[] = {
		"", ",", "a,", ",a", "a,,b", "9a", "-a", "_a", "a b", "a/b",
		"a:b", "\xc3\xa4", "a\n",
	};
	char longest[INTERNED_NAME_MAX + 2];

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ck_assert_msg(names(wrong[i]) == -EINVAL, "'%s'", wrong[i]);
	memset(longest, 'x', sizeof longest);
	longest[sizeof longest - 1] = '\0';
	ck_assert_int_eq(names(longest), -ERANGE);
	longest[sizeof longest - 2] = '\0';
	ck_assert_int_ge(names(longest), 0);
}
END_TEST

START_TEST(as_many_names_as_may_be_fit_into_a_list)
{
	char   list[2 * (INTERNED_NAMES_MAX + 1) * (INTERNED_NAME_MAX + 1)];
	size_t used = 0;

	for (int i = 0; i < INTERNED_NAMES_MAX; i++)
		used += (size_t)sprintf(list + used, "%sn%0*d",
		                        i > 0 ? "," : "",
		                        INTERNED_NAME_MAX - 1, i);
	ck_assert_int_ge(names(list), 0);
	ck_assert_str_eq(interned_text(sets, names(list)), list);
	strcpy(list + used, ",more");
	ck_assert_int_eq(names(list), -ERANGE);
}
END_TEST

START_TEST(kinds_of_cores_are_kept_by_name)
{
	int64_t fast = cpus("performance"), caches = cpus("llc:1,llc:0");

	ck_assert_str_eq(interned_text(sets, caches), "llc:0,llc:1");
	ck_assert_int_eq(cpus("llc:0,llc:1,llc:1"), caches);
	ck_assert_str_eq(interned_text(sets, cpus("llc:255,efficiency")),
	                 "efficiency,llc:255");
	ck_assert(interned_is_symbolic(sets, fast));
	ck_assert(!interned_is_symbolic(sets, cpus("0-3")));
	ck_assert(!interned_is_symbolic(sets, names("performance")));
	ck_assert(!interned_is_symbolic(sets, 4000));
	ck_assert_int_eq(cpus("llc:256"), -ERANGE);
	ck_assert_int_eq(cpus("llc:"), -EINVAL);
	ck_assert_int_eq(cpus("llc:1-2"), -EINVAL);
	ck_assert_int_eq(cpus("performance2"), -EINVAL);
	ck_assert_int_eq(cpus("performance,0"), -EINVAL);
	ck_assert_int_eq(cpus("0,performance"), -EINVAL);
}
END_TEST

START_TEST(kinds_have_nothing_in_common)
{
	uint8_t bits[8];
	int64_t fast = cpus("performance"), first = cpus("0");

	/* the same bytes, and the same text */
	ck_assert_int_ne(fast, first);
	ck_assert_int_ne(fast, names("performance"));
	ck_assert_int_eq(interned_intersect(sets, fast, first), -ENOENT);
	ck_assert_int_eq(interned_intersect(sets, fast, names("performance")),
	                 -ENOENT);
	ck_assert_int_eq(interned_bits(sets, fast, bits, sizeof bits),
	                 -ENOENT);
	ck_assert_int_eq(interned_bits(sets, names("a"), bits, sizeof bits),
	                 -ENOENT);
	ck_assert_int_eq(interned_intersect(sets, cpus("performance,llc:1"),
	                                    cpus("llc:1,llc:2")),
	                 cpus("llc:1"));
	ck_assert_int_eq(interned_intersect(sets, names("a,b,cc"),
	                                    names("bb,b,c,cc")),
	                 names("b,cc"));
	ck_assert_int_eq(interned_intersect(sets, names("a"), names("b")),
	                 -ENOENT);
}
END_TEST

START_TEST(a_name_that_is_not_allowed_is_not_wanted)
{
	struct bound listed = { .allowed = 1, .low = names("a,b") };
	struct bound none = { .allowed = 0, .low = INTERNED_ANY };
	struct bound open = bound_open(SETTING_pool);

	ck_assert_int_eq(clamped(SETTING_pool, open, names("x")), names("x"));
	ck_assert_int_eq(clamped(SETTING_pool, listed, names("b")),
	                 names("b"));
	ck_assert_int_eq(clamped(SETTING_pool, listed, names("c")),
	                 VALUE_UNTOUCHED);
	ck_assert_int_eq(clamped(SETTING_pool, none, names("a")),
	                 VALUE_UNTOUCHED);
}
END_TEST

START_TEST(two_lists_leave_the_names_in_both)
{
	struct bound a = { .allowed = 1, .low = names("a,b") };
	struct bound b = { .allowed = 1, .low = names("b,c") };
	struct bound c = { .allowed = 1, .low = names("c") };
	struct bound none = { .allowed = 0, .low = INTERNED_ANY };
	struct bound open = bound_open(SETTING_pool);

	ck_assert_int_eq(both(SETTING_pool, a, b).low, names("b"));
	ck_assert_int_eq(both(SETTING_pool, a, open).low, a.low);
	ck_assert_int_eq(both(SETTING_pool, open, a).low, a.low);
	ck_assert_uint_eq(both(SETTING_pool, a, none).allowed, 0);
	ck_assert_uint_eq(both(SETTING_pool, none, open).allowed, 0);
	ck_assert_int_eq(bound_intersect(SETTING_pool, &a, &c, sets), -ENOENT);
	ck_assert_int_eq(a.low, names("a,b"));
}
END_TEST

START_TEST(real_time_is_allowed_or_not)
{
	struct bound open = bound_open(SETTING_realtime), none = { 0 };
	int64_t      value = realtime_value(5000, 1000, 4000);

	ck_assert_int_eq(clamped(SETTING_realtime, open, value), value);
	ck_assert_int_eq(clamped(SETTING_realtime, none, value),
	                 VALUE_UNTOUCHED);
	ck_assert_uint_eq(both(SETTING_realtime, open, none).allowed, 0);
	ck_assert_uint_eq(both(SETTING_realtime, open, open).allowed, 1);
}
END_TEST

START_TEST(a_truth_is_clamped_like_a_number)
{
	struct bound never = { .low = 0, .high = 0 };

	ck_assert_int_eq(clamped(SETTING_freeze, never, 1), 0);
	ck_assert_int_eq(clamped(SETTING_freeze, never, 0), 0);
	ck_assert_int_eq(clamped(SETTING_freeze, bound_open(SETTING_freeze), 1),
	                 1);
}
END_TEST

START_TEST(words_are_clamped_like_classes)
{
	struct bound quiet = { .allowed = 1u << IO_PASSIVE | 1u << IO_UTILITY };

	ck_assert_int_eq(clamped(SETTING_io, quiet, IO_IMPORTANT), IO_UTILITY);
	ck_assert_int_eq(clamped(SETTING_io, quiet, IO_THROTTLE), IO_PASSIVE);
	ck_assert_uint_eq(bound_open(SETTING_role).allowed, 7);
	ck_assert_uint_eq(bound_classes(SETTING_io), 31);
	ck_assert_uint_eq(bound_classes(SETTING_nice), 0);
}
END_TEST

static struct bound between(int64_t low, int64_t high)
{
	struct bound b;

	ck_assert_int_eq(bound_between(SETTING_cpu_limit, low, high, &b), 0);
	return b;
}

START_TEST(a_share_is_compared_with_its_own_kind_only)
{
	struct bound most = between(INT64_MIN, 200);
	struct bound least = between(200, INT64_MAX);
	struct bound half = between(INT64_MIN, HOST | 50);
	struct bound all = between(INT64_MIN, HOST | 100);

	ck_assert_int_eq(clamped(SETTING_cpu_limit, most, 600), 200);
	ck_assert_int_eq(clamped(SETTING_cpu_limit, most, 50), 50);
	ck_assert_int_eq(clamped(SETTING_cpu_limit, least, 50), 200);
	ck_assert_int_eq(clamped(SETTING_cpu_limit, half, HOST | 75),
	                 HOST | 50);
	/* of the other kind: what the bound was made for */
	ck_assert_int_eq(clamped(SETTING_cpu_limit, most, HOST | 1), 200);
	ck_assert_int_eq(clamped(SETTING_cpu_limit, least, HOST | 75), 200);
	ck_assert_int_eq(clamped(SETTING_cpu_limit, half, 600), HOST | 50);
	/* nothing is forbidden by all there is */
	ck_assert_int_eq(clamped(SETTING_cpu_limit, all, 600), 600);
	ck_assert_int_eq(clamped(SETTING_cpu_limit,
	                         bound_open(SETTING_cpu_limit), HOST | 75),
	                 HOST | 75);
}
END_TEST

START_TEST(shares_of_two_kinds_leave_nothing_together)
{
	struct bound most = between(INT64_MIN, 200), b;
	struct bound half = between(INT64_MIN, HOST | 50);
	struct bound open = bound_open(SETTING_cpu_limit);

	ck_assert_int_eq(bound_intersect(SETTING_cpu_limit, &most, &half, sets),
	                 -ENOENT);
	ck_assert_int_eq(both(SETTING_cpu_limit, half, open).high, HOST | 50);
	ck_assert_int_eq(both(SETTING_cpu_limit, open, half).high, HOST | 50);
	ck_assert_int_eq(both(SETTING_cpu_limit, most, between(100, 300)).low,
	                 100);
	ck_assert_int_eq(bound_between(SETTING_cpu_limit, 50, HOST | 75, &b),
	                 -EINVAL);
	ck_assert_int_eq(bound_between(SETTING_cpu_limit, HOST | 5, 600, &b),
	                 -EINVAL);
	ck_assert_int_eq(bound_between(SETTING_cpu_limit, INT64_MIN, 0, &b),
	                 -ENOENT);
}
END_TEST

START_TEST(a_range_is_narrowed_to_values_of_the_setting)
{
	struct bound b;

	ck_assert_int_eq(bound_between(SETTING_nice, INT64_MIN, 5, &b), 0);
	ck_assert_int_eq(b.low, -20);
	ck_assert_int_eq(b.high, 5);
	ck_assert_int_eq(bound_between(SETTING_memory_high, SIZE_HIGH + 1,
	                               INT64_MAX, &b), -ENOENT);
	ck_assert_int_eq(bound_between(SETTING_uclamp_max, 20, 40, &b), 0);
	ck_assert_int_eq(b.low, 20);
	ck_assert_int_eq(b.high, 40);
}
END_TEST

START_TEST(an_intent_leaves_the_more_special_one_its_knobs)
{
	struct intents t;
	struct want    w = { 0 };

	intents_default(&t);
	want_set(&w, SETTING_qos, QOS_UTILITY);
	want_set(&w, SETTING_suppress, true);
	want_set(&w, SETTING_io, IO_STANDARD);
	want_set(&w, SETTING_timer_slack, 7);
	want_set(&w, SETTING_role, ROLE_FOREGROUND);
	intents_expand(&t, &w);
	ck_assert(w.has == (SETTING_BIT(SETTING_nice) |
	                    SETTING_BIT(SETTING_sched) |
	                    SETTING_BIT(SETTING_ionice) |
	                    SETTING_BIT(SETTING_timer_slack)));
	ck_assert_int_eq(w.value[SETTING_ionice], 11);
	ck_assert_int_eq(w.value[SETTING_sched], SCHED_CLASS_IDLE);
	ck_assert_int_eq(w.value[SETTING_timer_slack], 7);
	ck_assert_int_eq(w.value[SETTING_nice], -5);
}
END_TEST

START_TEST(not_to_suppress_stands_for_nothing)
{
	struct intents t;
	struct want    w = { 0 };

	intents_default(&t);
	want_set(&w, SETTING_suppress, false);
	intents_expand(&t, &w);
	ck_assert(w.has == 0);
	want_set(&w, SETTING_suppress, VALUE_UNTOUCHED);
	intents_expand(&t, &w);
	ck_assert(w.has == t.suppress.has);
	ck_assert_int_eq(w.value[SETTING_sched], VALUE_UNTOUCHED);
}
END_TEST

START_TEST(every_intent_stands_for_valid_knobs_only)
{
	struct intents     t;
	const struct want *row;

	intents_default(&t);
	for (int i = 0; i < IO_TIERS; i++) {
		ck_assert(intent_knobs(&t, SETTING_io, i, &row) ==
		          SETTING_BIT(SETTING_ionice));
		ck_assert(setting_valid(SETTING_ionice,
		                        row->value[SETTING_ionice]));
		/* more is more */
		ck_assert(i == 0 || row->value[SETTING_ionice] >
		          t.io[i - 1].value[SETTING_ionice]);
	}
	ck_assert((t.suppress.has & ~setting_knobs()) == 0);
	for (int i = 0; i < ROLES; i++) {
		ck_assert(intent_knobs(&t, SETTING_role, i, &row) ==
		          (SETTING_BIT(SETTING_nice) |
		           SETTING_BIT(SETTING_ionice)));
		ck_assert(setting_valid(SETTING_ionice,
		                        row->value[SETTING_ionice]));
		ck_assert(i == 0 || row->value[SETTING_nice] <
		          t.role[i - 1].value[SETTING_nice]);
	}
	ck_assert(intent_knobs(&t, SETTING_precedence, 3, &row) == 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		equal_lists_of_names_have_equal_numbers,
		what_is_no_name_is_refused,
		as_many_names_as_may_be_fit_into_a_list,
		kinds_of_cores_are_kept_by_name,
		kinds_have_nothing_in_common,
		a_name_that_is_not_allowed_is_not_wanted,
		two_lists_leave_the_names_in_both,
		real_time_is_allowed_or_not,
		a_truth_is_clamped_like_a_number,
		words_are_clamped_like_classes,
		a_share_is_compared_with_its_own_kind_only,
		shares_of_two_kinds_leave_nothing_together,
		a_range_is_narrowed_to_values_of_the_setting,
		an_intent_leaves_the_more_special_one_its_knobs,
		not_to_suppress_stands_for_nothing,
		every_intent_stands_for_valid_knobs_only,
	};

	return run_between("model bounds", tests, sizeof tests / sizeof *tests,
	                   sets_up, sets_down);
}
