/* test_policy_accept.c -- values and bounds from outside, with one field wrong
 * each. */

#include <stdio.h>
#include <string.h>

#include "model/interned.h"
#include "policy/accept.h"

#include "suite.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct interned *sets;

static void sets_up(void)
{
	sets = interned_new();
	ck_assert_ptr_nonnull(sets);
}

static void sets_down(void)
{
	interned_free(sets);
}

/* fault NULL: it is accepted, and printed like that. */
static const struct {
	uint32_t    setting;
	int64_t     value;
	const char *text, *fault, *printed;
} values[] = {
	{ SETTING_COUNT, 0, "", "has no such setting", NULL },
	{ SETTING_rt_priority, 5, "", "is part of another setting", NULL },
	{ SETTING_io, IO_TIERS, "", "is outside of what the setting takes",
	  NULL },
	{ SETTING_io, IO_UTILITY, "", NULL, "utility" },
	{ SETTING_role, -1, "", "is outside of what the setting takes", NULL },
	{ SETTING_freeze, 2, "", "is outside of what the setting takes", NULL },
	{ SETTING_suppress, 1, "", NULL, "true" },
	{ SETTING_realtime, 0, "", "is outside of what the setting takes",
	  NULL },
	{ SETTING_realtime, INT64_MAX, "",
	  "is outside of what the setting takes", NULL },
	{ SETTING_realtime, INT64_C(5000) << 42 | INT64_C(1000) << 21 | 4000,
	  "", NULL, "5ms/1ms/4ms" },
	{ SETTING_cpu_limit, 0, "", "is outside of what the setting takes",
	  NULL },
	{ SETTING_cpu_limit, SHARE_CORES_HIGH + 1, "",
	  "is outside of what the setting takes", NULL },
	{ SETTING_cpu_limit, SHARE_OF_HOST, "",
	  "is outside of what the setting takes", NULL },
	{ SETTING_cpu_limit, SHARE_HIGH, "", NULL, "100% of host" },
	{ SETTING_memory_low, -1, "", "is outside of what the setting takes",
	  NULL },
	{ SETTING_uclamp_min, 101, "", "is outside of what the setting takes",
	  NULL },
	{ SETTING_pool, 0, "", "is not a name", NULL },
	{ SETTING_pool, 0, "a,b", "is not a name", NULL },
	{ SETTING_pool, 0, "build", NULL, "build" },
	{ SETTING_pool, VALUE_UNTOUCHED, "", NULL, "untouched" },
	{ SETTING_cpuset, 0, "build", "is not a list of CPUs", NULL },
	{ SETTING_cpuset, 0, "llc:3", NULL, "llc:3" },
	{ SETTING_affinity, 7, "1,0", NULL, "0-1" },
};

START_TEST(a_value_is_taken_or_named)
{
	struct image_value v = { .setting = values[_i].setting,
	                         .value = values[_i].value };
	char        out[VALUE_TEXT_MAX];
	int64_t     value;
	const char *fault = accept_value(&v, values[_i].text, sets, &value);

	if (values[_i].fault != NULL) {
		ck_assert_str_eq(fault, values[_i].fault);
		return;
	}
	ck_assert_ptr_null(fault);
	ck_assert_str_eq(setting_print((enum setting)v.setting, value, sets,
	                               out, sizeof out), values[_i].printed);
}
END_TEST

static const struct {
	struct image_bound  bound;
	const char         *text, *fault;
} bounds[] = {
	{ { .setting = SETTING_COUNT }, "", "has no such setting" },
	{ { .setting = SETTING_io, .allowed = 0 }, "", "allows nothing" },
	{ { .setting = SETTING_io, .allowed = 1u << IO_TIERS }, "",
	  "allows classes that are unknown" },
	{ { .setting = SETTING_role, .allowed = 1 }, "", NULL },
	{ { .setting = SETTING_realtime, .allowed = 0 }, "", NULL },
	{ { .setting = SETTING_realtime, .allowed = 2 }, "",
	  "is neither all nor nothing" },
	{ { .setting = SETTING_pool, .allowed = 2 }, "a",
	  "is neither all nor nothing" },
	{ { .setting = SETTING_pool, .allowed = 0 }, "", NULL },
	{ { .setting = SETTING_pool, .allowed = 1 }, "", "is not a name" },
	{ { .setting = SETTING_pool, .allowed = 1 }, "a,b", NULL },
	{ { .setting = SETTING_freeze, .low = 0, .high = 0 }, "", NULL },
	{ { .setting = SETTING_freeze, .low = 0, .high = 2 }, "",
	  "ends outside of what the setting takes" },
	{ { .setting = SETTING_cpu_limit, .low = 1, .high = 200 }, "", NULL },
	{ { .setting = SETTING_cpu_limit, .low = 1,
	    .high = SHARE_OF_HOST | 50 }, "", "ends in shares of two kinds" },
	{ { .setting = SETTING_cpu_limit, .low = 1,
	    .high = SHARE_CORES_HIGH + 1 }, "",
	  "ends outside of what the setting takes" },
	{ { .setting = SETTING_swap, .low = 5, .high = 4 }, "",
	  "allows nothing" },
	{ { .setting = SETTING_cpuset }, "", "is not a list of CPUs" },
	{ { .setting = SETTING_cpuset }, "performance", NULL },
};

START_TEST(a_bound_is_taken_or_named)
{
	struct bound bound;
	const char  *fault = accept_bound(&bounds[_i].bound, bounds[_i].text,
	                                  sets, &bound);

	if (bounds[_i].fault != NULL)
		ck_assert_str_eq(fault, bounds[_i].fault);
	else
		ck_assert_ptr_null(fault);
}
END_TEST

START_TEST(one_name_too_many_is_told_as_that)
{
	struct image_value v = { .setting = SETTING_pool };
	int64_t            value;

	for (int i = 0; i < INTERNED_MAX; i++) {
		char name[16];

		snprintf(name, sizeof name, "n%d", i);
		ck_assert_int_ge(interned_read_names(sets, name), 0);
	}
	ck_assert_str_eq(accept_value(&v, "more", sets, &value),
	                 "is one name too many");
	ck_assert_uint_eq(interned_refused(sets), 1);
	ck_assert_ptr_null(accept_value(&v, "n7", sets, &value));
	v.setting = SETTING_cpuset;
	ck_assert_str_eq(accept_value(&v, "0", sets, &value),
	                 "is one set of CPUs too many");
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("accept");

	tcase_add_checked_fixture(all, sets_up, sets_down);
	tcase_add_loop_test(all, a_value_is_taken_or_named, 0,
	                    (int)COUNT(values));
	tcase_add_loop_test(all, a_bound_is_taken_or_named, 0,
	                    (int)COUNT(bounds));
	tcase_add_test(all, one_name_too_many_is_told_as_that);
	return run_case(all, "policy: accept");
}
