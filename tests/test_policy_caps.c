/* test_policy_caps.c -- what caps make of claims, whoever won. */

#include "claiming.h"

static void cap_classes(uint32_t layer, enum setting s, uint32_t allowed)
{
	cap_one(layer, s, (struct bound){ allowed, 0, 0 });
}

START_TEST(a_cap_on_roles_holds_before_they_become_knobs)
{
	struct verdict v;

	claim_one(5, SETTING_role, ROLE_FOREGROUND);
	cap_classes(LAYER_ADMIN, SETTING_role, 1 << ROLE_BACKGROUND |
	                                       1 << ROLE_DEFAULT);
	v = settle();
	assert_want(v, SETTING_role, ROLE_DEFAULT);
	assert_want(v, SETTING_nice, 0);
	ck_assert_uint_eq(v.held[SETTING_role], 20);
}
END_TEST

START_TEST(a_bound_on_classes_bounds_deadlines)
{
	struct verdict v;

	claim_one(5, SETTING_realtime, realtime_value(5000, 1000, 4000));
	claim_one(4, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
	cap_classes(LAYER_ADMIN, SETTING_sched, 1u << SCHED_CLASS_OTHER |
	                                        1u << SCHED_CLASS_BATCH);
	v = settle();
	ck_assert(!want_has(&v.want, SETTING_realtime));
	ck_assert_uint_eq(v.held[SETTING_realtime], 20);
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
	n_caps = 0;
	cap_classes(LAYER_ADMIN, SETTING_realtime, 0);
	caps[0].cap.has = SETTING_BIT(SETTING_realtime);
	v = settle();
	ck_assert(!want_has(&v.want, SETTING_realtime));
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
}
END_TEST

START_TEST(a_cap_cuts_whoever_won)
{
	struct verdict v;

	claim_one(5, SETTING_nice, -10);
	cap_range(LAYER_VENDOR, SETTING_nice, 0, 19);
	v = settle();
	assert_want(v, SETTING_nice, 0);
	ck_assert_uint_eq(v.won[SETTING_nice], 10);
	ck_assert_uint_eq(v.held[SETTING_nice], 20);
}
END_TEST

START_TEST(a_cap_within_its_bounds_is_not_named)
{
	struct verdict v;

	claim_one(5, SETTING_nice, 4);
	cap_range(LAYER_ADMIN, SETTING_nice, 0, 19);
	v = settle();
	assert_want(v, SETTING_nice, 4);
	ck_assert_uint_eq(v.held[SETTING_nice], RULE_NONE);
}
END_TEST

START_TEST(a_cap_on_a_class_comes_before_its_knobs)
{
	struct verdict v;

	claim_one(5, SETTING_qos, QOS_USER_INTERACTIVE);
	cap_classes(LAYER_ADMIN, SETTING_qos,
	            1u << QOS_BACKGROUND | 1u << QOS_UTILITY);
	v = settle();
	assert_want(v, SETTING_qos, QOS_UTILITY);
	assert_want(v, SETTING_nice, 10);
	ck_assert_uint_eq(v.held[SETTING_qos], 20);
	ck_assert_uint_eq(v.held[SETTING_nice], RULE_NONE);
}
END_TEST

START_TEST(a_cap_on_a_knob_also_holds_what_a_class_became)
{
	struct verdict v;

	claim_one(5, SETTING_qos, QOS_USER_INTERACTIVE);
	cap_range(LAYER_ADMIN, SETTING_nice, 0, 19);
	v = settle();
	assert_want(v, SETTING_qos, QOS_USER_INTERACTIVE);
	assert_want(v, SETTING_nice, 0);
	ck_assert_uint_eq(v.held[SETTING_nice], 20);
}
END_TEST

START_TEST(a_real_time_class_falls_to_the_next_allowed)
{
	struct verdict v;

	claim_one(5, SETTING_sched, sched_value(SCHED_CLASS_FIFO, 50) |
	                            SCHED_VALUE_RESET);
	cap_classes(LAYER_ADMIN, SETTING_sched, 1u << SCHED_CLASS_OTHER |
	                                        1u << SCHED_CLASS_IDLE);
	v = settle();
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_OTHER, 0) |
	                              SCHED_VALUE_RESET);
}
END_TEST

START_TEST(a_priority_is_bounded_inside_its_class)
{
	struct verdict v;

	claim_one(5, SETTING_sched, sched_value(SCHED_CLASS_FIFO, 50));
	cap_range(LAYER_ADMIN, SETTING_rt_priority, 1, 20);
	v = settle();
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_FIFO, 20));
	ck_assert_uint_eq(v.held[SETTING_sched], 20);
	ck_assert(!want_has(&v.want, SETTING_rt_priority));
	n_claims = 0;
	claim_one(5, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
	v = settle();
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
	ck_assert_uint_eq(v.held[SETTING_sched], RULE_NONE);
}
END_TEST

START_TEST(caps_intersect)
{
	struct verdict v;

	claim_one(5, SETTING_nice, -10);
	cap_range(LAYER_VENDOR, SETTING_nice, -5, 19);
	cap_range(LAYER_ADMIN, SETTING_nice, -8, 10);
	v = settle();
	assert_want(v, SETTING_nice, -5);
	ck_assert_uint_eq(v.torn, 0);
	/* Both cut it; the higher layer is named. */
	ck_assert_uint_eq(v.held[SETTING_nice], 21);
	n_claims = 0;
	claim_one(5, SETTING_nice, -6);
	v = settle();
	assert_want(v, SETTING_nice, -5);
	ck_assert_uint_eq(v.held[SETTING_nice], 20);
}
END_TEST

START_TEST(classes_intersect_as_sets)
{
	struct verdict v;

	claim_one(5, SETTING_sched, sched_value(SCHED_CLASS_FIFO, 9));
	cap_classes(LAYER_ADMIN, SETTING_sched, 1u << SCHED_CLASS_RR |
	                                        1u << SCHED_CLASS_BATCH);
	cap_classes(LAYER_ADMIN, SETTING_sched, 1u << SCHED_CLASS_OTHER |
	                                        1u << SCHED_CLASS_BATCH);
	v = settle();
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
}
END_TEST

START_TEST(when_nothing_is_left_the_higher_layer_holds)
{
	struct verdict v;

	claim_one(5, SETTING_nice, 2);
	cap_range(LAYER_VENDOR, SETTING_nice, -20, -1);
	cap_range(LAYER_USER, SETTING_nice, 10, 19);
	cap_range(LAYER_ADMIN, SETTING_nice, 5, 12);
	v = settle();
	assert_want(v, SETTING_nice, 10);
	ck_assert_uint_eq(v.torn, SETTING_BIT(SETTING_nice));
	ck_assert_uint_eq(v.held[SETTING_nice], 21);
}
END_TEST

START_TEST(a_cap_that_was_left_out_is_not_named)
{
	struct verdict v;

	claim_one(5, SETTING_nice, 2);
	cap_range(LAYER_USER, SETTING_nice, 0, 19);
	cap_range(LAYER_ADMIN, SETTING_nice, -20, -5);
	cap_range(LAYER_VENDOR, SETTING_nice, 5, 19);
	v = settle();
	assert_want(v, SETTING_nice, 5);
	ck_assert_uint_eq(v.torn, SETTING_BIT(SETTING_nice));
	ck_assert_uint_eq(v.held[SETTING_nice], 22);
}
END_TEST

START_TEST(cpus_stay_inside_their_cap)
{
	struct verdict v;
	int64_t        low = interned_read_cpus(sets, "0-3");

	claim_one(5, SETTING_affinity, interned_read_cpus(sets, "2-5"));
	cap_range(LAYER_ADMIN, SETTING_affinity, low, 0);
	v = settle();
	assert_want(v, SETTING_affinity, interned_read_cpus(sets, "2-3"));
	ck_assert_uint_eq(v.held[SETTING_affinity], 20);
	n_claims = 0;
	claim_one(5, SETTING_affinity, interned_read_cpus(sets, "6-7"));
	v = settle();
	assert_want(v, SETTING_affinity, low);
	ck_assert_uint_eq(v.held[SETTING_affinity], 20);
}
END_TEST

START_TEST(a_cap_does_not_move_what_is_untouched)
{
	struct verdict v;

	claim_one(5, SETTING_nice, VALUE_UNTOUCHED);
	cap_range(LAYER_ADMIN, SETTING_nice, 5, 19);
	v = settle();
	ck_assert_uint_eq(v.want.has, 0);
	ck_assert_uint_eq(v.held[SETTING_nice], RULE_NONE);
}
END_TEST

START_TEST(a_cap_on_an_intent_comes_before_its_knobs)
{
	struct verdict v;

	claim_one(5, SETTING_io, IO_IMPORTANT);
	claim_one(5, SETTING_suppress, true);
	claim_one(5, SETTING_precedence, 9);
	cap_classes(LAYER_ADMIN, SETTING_io, 1u << IO_UTILITY);
	cap_range(LAYER_ADMIN, SETTING_suppress, 0, 0);
	cap_range(LAYER_ADMIN, SETTING_precedence, -15, 0);
	v = settle();
	assert_want(v, SETTING_io, IO_UTILITY);
	assert_want(v, SETTING_ionice, 9);
	assert_want(v, SETTING_suppress, false);
	assert_want(v, SETTING_precedence, 0);
	ck_assert(!want_has(&v.want, SETTING_sched));
	ck_assert_uint_eq(v.held[SETTING_io], 20);
	ck_assert_uint_eq(v.held[SETTING_suppress], 21);
	ck_assert_uint_eq(v.held[SETTING_precedence], 22);
	ck_assert_uint_eq(v.held[SETTING_ionice], RULE_NONE);
}
END_TEST

START_TEST(what_a_cap_forbids_altogether_is_not_wanted)
{
	struct verdict v;

	claim_one(5, SETTING_realtime, realtime_value(5000, 1000, 4000));
	claim_one(5, SETTING_pool, interned_read_names(sets, "games"));
	cap_one(LAYER_ADMIN, SETTING_realtime, (struct bound){ 0, 0, 0 });
	cap_one(LAYER_ADMIN, SETTING_pool, (struct bound){
		1, interned_read_names(sets, "build,lab"), 0 });
	v = settle();
	ck_assert(!want_has(&v.want, SETTING_realtime));
	ck_assert(!want_has(&v.want, SETTING_pool));
	ck_assert_uint_eq(v.won[SETTING_pool], 11);
	ck_assert_uint_eq(v.held[SETTING_realtime], 20);
	ck_assert_uint_eq(v.held[SETTING_pool], 21);
	n_claims = 0;
	claim_one(5, SETTING_pool, interned_read_names(sets, "lab"));
	v = settle();
	assert_want(v, SETTING_pool, interned_read_names(sets, "lab"));
}
END_TEST

START_TEST(kinds_of_cores_stay_inside_their_cap)
{
	struct verdict v;
	int64_t        slow = interned_read_cpus(sets, "efficiency");

	claim_one(5, SETTING_affinity,
	          interned_read_cpus(sets, "performance,efficiency"));
	cap_range(LAYER_ADMIN, SETTING_affinity, slow, 0);
	v = settle();
	assert_want(v, SETTING_affinity, slow);
	/* Which CPUs these are is not known here. */
	n_claims = 0;
	claim_one(5, SETTING_affinity, interned_read_cpus(sets, "0-3"));
	v = settle();
	assert_want(v, SETTING_affinity, slow);
	cap_range(LAYER_USER, SETTING_affinity, interned_read_cpus(sets, "0"),
	          0);
	v = settle();
	ck_assert_uint_eq(v.torn, SETTING_BIT(SETTING_affinity));
	assert_want(v, SETTING_affinity, interned_read_cpus(sets, "0"));
}
END_TEST

START_TEST(a_limit_on_cpu_time_is_held)
{
	struct verdict v;

	claim_one(5, SETTING_cpu_limit, 600);
	claim_one(5, SETTING_memory_high, INT64_C(8) << 30);
	cap_range(LAYER_ADMIN, SETTING_cpu_limit, 1, 200);
	cap_range(LAYER_ADMIN, SETTING_memory_high, 1, INT64_C(2) << 30);
	v = settle();
	assert_want(v, SETTING_cpu_limit, 200);
	assert_want(v, SETTING_memory_high, INT64_C(2) << 30);
	ck_assert_uint_eq(v.held[SETTING_cpu_limit], 20);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_cap_on_an_intent_comes_before_its_knobs,
		what_a_cap_forbids_altogether_is_not_wanted,
		kinds_of_cores_stay_inside_their_cap,
		a_limit_on_cpu_time_is_held,
		a_cap_on_roles_holds_before_they_become_knobs,
		a_bound_on_classes_bounds_deadlines,
		a_cap_cuts_whoever_won,
		a_cap_within_its_bounds_is_not_named,
		a_cap_on_a_class_comes_before_its_knobs,
		a_cap_on_a_knob_also_holds_what_a_class_became,
		a_real_time_class_falls_to_the_next_allowed,
		a_priority_is_bounded_inside_its_class,
		caps_intersect,
		classes_intersect_as_sets,
		when_nothing_is_left_the_higher_layer_holds,
		a_cap_that_was_left_out_is_not_named,
		cpus_stay_inside_their_cap,
		a_cap_does_not_move_what_is_untouched,
	};

	return run_between("policy: caps", tests, sizeof tests / sizeof *tests,
	                   arbiter_start, world_stop);
}
