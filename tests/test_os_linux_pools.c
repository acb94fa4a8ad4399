/* test_os_linux_pools.c -- groups of pqs's own on the kernel that runs, and
 * what they are given. */

#include "grouped.h"
#include "suite.h"

START_TEST(root_can_make_groups_here)
{
	ck_assert(door.can & SETTING_BIT(SETTING_pool));
	ck_assert(door.group_can & SETTING_BIT(SETTING_weight));
	ck_assert(door.group_can & SETTING_BIT(SETTING_cpu_limit));
	ck_assert(door.group_can & SETTING_BIT(SETTING_cpuset));
	ck_assert_ptr_null(door.stays(door.self, child));
}
END_TEST

START_TEST(a_group_has_the_weight_that_it_was_given)
{
	struct turned t = give("t", SETTING_weight, "50");

	assert_turned(t, EFFECT_APPLIED, "");
	ck_assert_int_eq(t.now, 50);
	ck_assert_str_eq(has_unified(CONTROLLER_CPU)
	                 ? file_of(CONTROLLER_CPU, "t", "cpu.weight")
	                 : file_of(CONTROLLER_CPU, "t", "cpu.shares"),
	                 has_unified(CONTROLLER_CPU) ? "50" : "512");
	assert_turned(give("t", SETTING_weight, "50"), EFFECT_ALREADY, "");
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* A weight that is not a whole number of shares is still what was asked for. */
START_TEST(every_weight_is_read_back_as_it_was_given)
{
	static const char *const weights[] = { "1", "7", "33", "100", "101",
	                                       "9999", "10000" };
	int64_t now;

	for (size_t i = 0; i < COUNT(weights); i++) {
		int64_t       value = value_of(SETTING_weight, weights[i]);
		struct turned t = give("t", SETTING_weight, weights[i]);

		ck_assert_int_eq(t.now, value);
		ck_assert_str_eq(t.why, "");
		ck_assert_int_eq(door.group_get(door.self, group_called("t"),
		                                SETTING_weight, &now),
		                 value == 100 ? -ENODATA : 0);
		if (value != 100)
			ck_assert_int_eq(now, value);
	}
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(an_idle_group_gets_a_weight_all_the_same)
{
	char group[PATH_KEEP];

	give("t", SETTING_weight, "50");
	snprintf(group, sizeof group, "%s/pool-t",
	         hierarchy_of(CONTROLLER_CPU)->own);
	write_to(CONTROLLER_CPU, group, "cpu.idle", "1");
	assert_turned(give("t", SETTING_weight, "60"), EFFECT_APPLIED, "");
	ck_assert_str_eq(file_of(CONTROLLER_CPU, "t", "cpu.idle"), "0");
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

static void assert_limit(const char *microseconds)
{
	char        expected[64];
	const char *file = "cpu.cfs_quota_us";

	snprintf(expected, sizeof expected, "%s", microseconds);
	if (has_unified(CONTROLLER_CPU)) {
		file = "cpu.max";
		snprintf(expected, sizeof expected, "%s 100000",
		         strcmp(microseconds, "-1") == 0 ? "max"
		                                         : microseconds);
	} else {
		ck_assert_str_eq(file_of(CONTROLLER_CPU, "t",
		                         "cpu.cfs_period_us"), "100000");
	}
	ck_assert_str_eq(file_of(CONTROLLER_CPU, "t", file), expected);
}

START_TEST(a_limit_is_a_part_of_each_period)
{
	struct turned t;
	int64_t       now;

	assert_turned(give("t", SETTING_cpu_limit, "20%"), EFFECT_APPLIED, "");
	assert_limit("20000");
	assert_turned(give("t", SETTING_cpu_limit, "6 cores"), EFFECT_APPLIED,
	              "");
	assert_limit("600000");
	ck_assert_int_eq(door.group_get(door.self, group_called("t"),
	                                SETTING_cpu_limit, &now), 0);
	ck_assert_int_eq(now, 600);
	door.group_set(door.self, group_called("t"), SETTING_cpu_limit,
	               VALUE_UNTOUCHED, &t);
	assert_turned(t, EFFECT_APPLIED, "");
	assert_limit("-1");
	ck_assert_int_eq(door.group_get(door.self, group_called("t"),
	                                SETTING_cpu_limit, &now), -ENODATA);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(cpus_that_are_not_there_are_told)
{
	struct turned t = give("t", SETTING_cpuset, "4000-4010");

	ck_assert(t.effect == EFFECT_UNSUPPORTED ||
	          t.effect == EFFECT_APPLIED);
	ck_assert_str_ne(t.why, "");
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* Its own groups are made with what they have when nobody gave
 * them anything. */
START_TEST(what_was_taken_back_is_as_in_a_new_group)
{
	static const struct { enum setting s; const char *value; } all[] = {
		{ SETTING_weight, "50" },   { SETTING_cpu_limit, "50%" },
		{ SETTING_cpuset, "0" },    { SETTING_memory_low, "1MiB" },
		{ SETTING_memory_high, "1GiB" }, { SETTING_swap, "1GiB" },
		{ SETTING_io_weight, "50" },
	};
	struct turned t;
	int64_t       now;

	for (size_t i = 0; i < COUNT(all); i++) {
		int64_t group = group_called("t");

		if (!(door.group_can & SETTING_BIT(all[i].s)))
			continue;
		ck_assert_int_eq(door.group_get(door.self, group, all[i].s,
		                                &now),
		                 i == 0 ? -ENOENT : -ENODATA);
		assert_turned(give("t", all[i].s, all[i].value),
		              EFFECT_APPLIED, "");
		ck_assert_int_eq(door.group_get(door.self, group, all[i].s,
		                                &now), 0);
		ck_assert_int_eq(now, value_of(all[i].s, all[i].value));
		door.group_set(door.self, group, all[i].s, VALUE_UNTOUCHED,
		               &t);
		ck_assert_int_eq(t.effect, EFFECT_APPLIED);
		ck_assert_int_eq(door.group_get(door.self, group, all[i].s,
		                                &now), -ENODATA);
	}
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* What v1 cannot do it is not said to do. */
START_TEST(memory_of_the_old_kind_has_no_such_limits)
{
	static const enum setting all[] = { SETTING_memory_low,
	                                    SETTING_memory_high, SETTING_swap };

	for (size_t i = 0; i < COUNT(all); i++) {
		struct turned t = give("t", all[i], "1GiB");
		const char   *why = door.lacks(door.self, all[i], 1 << 30);

		if (has_unified(CONTROLLER_MEMORY)) {
			ck_assert_int_eq(t.effect, EFFECT_APPLIED);
			ck_assert_ptr_null(why);
			continue;
		}
		ck_assert_int_eq(t.effect, EFFECT_UNSUPPORTED);
		ck_assert_ptr_nonnull(strstr(t.why, "cgroup v1"));
		ck_assert_str_eq(why, t.why);
	}
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* One of a dead pqs, say. */
START_TEST(all_groups_that_are_there_are_told_whoever_made_them)
{
	int64_t  group[8];
	uint64_t cursor = 0;

	give("a", SETTING_weight, "50");
	give("b", SETTING_cpuset, "0");
	give("b", SETTING_weight, "50");
	give("c@1000", SETTING_cpuset, "0");
	door.close(door.self);
	interned_free(sets);
	door_open();
	ck_assert_int_eq(door.group_list(door.self, &cursor, group, 2), 2);
	ck_assert_int_eq(door.group_list(door.self, &cursor, group + 2, 6), 1);
	ck_assert_int_eq(door.group_list(door.self, &cursor, group + 3, 5), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(group[i] == group_called("a") ||
		          group[i] == group_called("b") ||
		          group[i] == group_called("c@1000"));
		ck_assert_int_eq(door.group_drop(door.self, group[i]), 0);
	}
	cursor = 0;
	ck_assert_int_eq(door.group_list(door.self, &cursor, group, 8), 0);
	ck_assert_int_eq(door.grip(door.self, child), 0);
}
END_TEST

/* With the last one goes what they were all below. */
START_TEST(nothing_is_left_of_it_at_the_end)
{
	char folder[PATH_KEEP * 2];

	give("t", SETTING_weight, "50");
	folder_of(CONTROLLER_CPU, hierarchy_of(CONTROLLER_CPU)->own, folder,
	          sizeof folder);
	ck_assert_int_eq(access(folder, F_OK), 0);
	ck_assert_int_eq(drop("t"), 0);
	door.close(door.self);
	ck_assert_int_lt(access(folder, F_OK), 0);
	interned_free(sets);
	door_open();
}
END_TEST

/* Without rights there are no groups, and the reason is told. */
START_TEST(who_may_not_make_groups_is_told_why)
{
	static const char why[] = "needs root, or a delegated group";
	pid_t             tester = fork();
	int64_t           value;
	int               status;

	if (tester == 0) {
		ck_assert_int_eq(setgid(65534), 0);
		ck_assert_int_eq(setuid(65534), 0);
		door_open();
		ck_assert(door.group_can == 0 && door.group_set == NULL);
		ck_assert(!(door.can & SETTING_BIT(SETTING_pool)));
		ck_assert_str_eq(door.lacks(door.self, SETTING_pool, 1), why);
		ck_assert_str_eq(door.lacks(door.self, SETTING_weight, 50),
		                 why);
		ck_assert_int_eq(door.read(door.self, child, SETTING_pool,
		                           &value), -EOPNOTSUPP);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(tester, &status, 0), tester);
	ck_assert_int_eq(status, 0);
}
END_TEST

static Suite *pools_suite(void)
{
	Suite *s = suite_create("os/linux pools");
	TCase *t = tcase_create("pools");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, root_can_make_groups_here);
	tcase_add_test(t, a_group_has_the_weight_that_it_was_given);
	tcase_add_test(t, every_weight_is_read_back_as_it_was_given);
	tcase_add_test(t, an_idle_group_gets_a_weight_all_the_same);
	tcase_add_test(t, a_limit_is_a_part_of_each_period);
	tcase_add_test(t, cpus_that_are_not_there_are_told);
	tcase_add_test(t, what_was_taken_back_is_as_in_a_new_group);
	tcase_add_test(t, memory_of_the_old_kind_has_no_such_limits);
	tcase_add_test(t, all_groups_that_are_there_are_told_whoever_made_them);
	tcase_add_test(t, nothing_is_left_of_it_at_the_end);
	tcase_add_test(t, who_may_not_make_groups_is_told_why);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(pools_suite());
}
