/* test_policy_arbiter.c -- claims and intents, and what comes out of them. */

#include "claiming.h"

START_TEST(nobody_speaking_changes_nothing)
{
	struct verdict v;

	cap_range(LAYER_ADMIN, SETTING_nice, 0, 19);
	v = settle();
	ck_assert_uint_eq(v.want.has, 0);
	ck_assert_uint_eq(v.torn, 0);
	for (int s = 0; s < SETTING_COUNT; s++)
		ck_assert(v.won[s] == RULE_NONE && v.held[s] == RULE_NONE);
}
END_TEST

START_TEST(claims_compete_knob_by_knob)
{
	struct verdict v;
	struct want   *w = claim(5);

	want_set(w, SETTING_nice, 5);
	want_set(w, SETTING_ionice, 8);
	claim_one(7, SETTING_nice, 7);
	claim_one(6, SETTING_nice, 6);
	v = settle();
	assert_want(v, SETTING_nice, 7);
	assert_want(v, SETTING_ionice, 8);
	ck_assert_uint_eq(v.won[SETTING_nice], 11);
	ck_assert_uint_eq(v.won[SETTING_ionice], 10);
}
END_TEST

START_TEST(a_class_becomes_its_knobs_and_stays_visible)
{
	struct verdict v;

	claim_one(5, SETTING_qos, QOS_BACKGROUND);
	v = settle();
	assert_want(v, SETTING_qos, QOS_BACKGROUND);
	assert_want(v, SETTING_nice, 19);
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_IDLE, 0));
	ck_assert_uint_eq(v.won[SETTING_nice], 10);
	ck_assert_uint_eq(v.won[SETTING_qos], 10);
}
END_TEST

START_TEST(a_knob_beside_a_class_overrides_it)
{
	struct verdict v;
	struct want   *w = claim(5);

	want_set(w, SETTING_qos, QOS_UTILITY);
	want_set(w, SETTING_nice, 3);
	v = settle();
	assert_want(v, SETTING_nice, 3);
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
}
END_TEST

START_TEST(a_role_beside_a_class_has_its_knobs)
{
	struct verdict v;
	struct want   *w = claim(5);

	want_set(w, SETTING_qos, QOS_UTILITY);
	want_set(w, SETTING_role, ROLE_FOREGROUND);
	v = settle();
	assert_want(v, SETTING_nice, -5);
	assert_want(v, SETTING_ionice, 12);
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
	assert_want(v, SETTING_role, ROLE_FOREGROUND);
	ck_assert_uint_eq(v.bare, 0);
}
END_TEST

START_TEST(a_role_has_the_rank_of_its_rule)
{
	struct verdict v;

	claim_one(5, SETTING_role, ROLE_FOREGROUND);
	claim_one(6, SETTING_nice, 3);
	claim_one(4, SETTING_ionice, 8);
	v = settle();
	assert_want(v, SETTING_nice, 3);
	assert_want(v, SETTING_ionice, 12);
	ck_assert_uint_eq(v.won[SETTING_ionice], 10);
}
END_TEST

START_TEST(precedence_is_a_nice_value_beside_the_process)
{
	struct verdict v;
	struct want   *w = claim(5);

	process_nice = 5;
	want_set(w, SETTING_qos, QOS_UTILITY);
	want_set(w, SETTING_precedence, 8);
	claim_one(4, SETTING_nice, 1);
	v = settle();
	assert_want(v, SETTING_nice, -3);
	assert_want(v, SETTING_precedence, 8);
	ck_assert_uint_eq(v.won[SETTING_nice], 10);
	ck_assert_uint_eq(v.bare, 0);
	want_set(w, SETTING_nice, 2);
	v = settle();
	assert_want(v, SETTING_nice, 2);
}
END_TEST

START_TEST(precedence_stays_within_nice_values_and_caps)
{
	struct verdict v;

	process_nice = 15;
	claim_one(5, SETTING_precedence, -15);
	v = settle();
	assert_want(v, SETTING_nice, 19);
	claim_one(6, SETTING_precedence, 9);
	cap_range(LAYER_ADMIN, SETTING_precedence, -15, 4);
	v = settle();
	assert_want(v, SETTING_nice, 11);
	ck_assert_uint_eq(v.held[SETTING_precedence], 20);
	cap_range(LAYER_ADMIN, SETTING_nice, 12, 19);
	v = settle();
	assert_want(v, SETTING_nice, 12);
	claim_one(7, SETTING_precedence, VALUE_UNTOUCHED);
	v = settle();
	ck_assert(!want_has(&v.want, SETTING_nice));
	ck_assert_uint_eq(v.won[SETTING_nice], 12);
}
END_TEST

/* They are one knob of the kernel. */
START_TEST(a_class_and_a_deadline_do_not_hold_both)
{
	struct verdict v;
	int64_t        times = realtime_value(5000, 1000, 4000);
	struct want   *w = claim(5);

	want_set(w, SETTING_qos, QOS_BACKGROUND);
	want_set(w, SETTING_realtime, times);
	v = settle();
	assert_want(v, SETTING_realtime, times);
	ck_assert(!want_has(&v.want, SETTING_sched));
	ck_assert_uint_eq(v.won[SETTING_sched], 10);
	claim_one(6, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
	v = settle();
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
	ck_assert(!want_has(&v.want, SETTING_realtime));
	claim_one(7, SETTING_realtime, VALUE_UNTOUCHED);
	v = settle();
	assert_want(v, SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
}
END_TEST

START_TEST(an_expanded_knob_has_the_rank_of_its_rule)
{
	struct verdict v;

	claim_one(5, SETTING_nice, -3);
	claim_one(6, SETTING_qos, QOS_UTILITY);
	claim_one(7, SETTING_ionice, 8);
	v = settle();
	assert_want(v, SETTING_nice, 10);
	assert_want(v, SETTING_ionice, 8);
}
END_TEST

START_TEST(the_highest_class_wins_as_a_whole)
{
	struct verdict v;

	claim_one(6, SETTING_qos, QOS_UTILITY);
	claim_one(5, SETTING_qos, QOS_BACKGROUND);
	v = settle();
	assert_want(v, SETTING_qos, QOS_UTILITY);
	assert_want(v, SETTING_nice, 10);
}
END_TEST

START_TEST(untouched_keeps_lower_claims_away)
{
	struct verdict v;

	claim_one(5, SETTING_nice, 5);
	claim_one(6, SETTING_nice, VALUE_UNTOUCHED);
	v = settle();
	ck_assert(!want_has(&v.want, SETTING_nice));
	ck_assert_uint_eq(v.won[SETTING_nice], 11);
	claim_one(7, SETTING_nice, 1);
	v = settle();
	assert_want(v, SETTING_nice, 1);
}
END_TEST

START_TEST(an_untouched_class_covers_all_its_knobs)
{
	struct verdict v;
	struct want   *w = claim(6);

	want_set(w, SETTING_qos, VALUE_UNTOUCHED);
	want_set(w, SETTING_oom_score_adj, 100);
	claim_one(5, SETTING_nice, 5);
	claim_one(4, SETTING_affinity, interned_read_cpus(sets, "0"));
	v = settle();
	ck_assert_uint_eq(v.want.has, SETTING_BIT(SETTING_oom_score_adj) |
	                              SETTING_BIT(SETTING_affinity));
	ck_assert_uint_eq(v.won[SETTING_nice], 10);
}
END_TEST

START_TEST(a_tier_of_io_becomes_its_knob_and_stays_visible)
{
	struct verdict v;

	claim_one(5, SETTING_io, IO_IMPORTANT);
	v = settle();
	assert_want(v, SETTING_io, IO_IMPORTANT);
	assert_want(v, SETTING_ionice, 15);
	ck_assert_uint_eq(v.won[SETTING_ionice], 10);
	ck_assert_uint_eq(v.bare, 0);
}
END_TEST

START_TEST(the_more_special_intent_has_the_knob)
{
	struct verdict v;
	struct want   *w = claim(5);

	want_set(w, SETTING_qos, QOS_UTILITY);
	want_set(w, SETTING_suppress, true);
	want_set(w, SETTING_io, IO_STANDARD);
	v = settle();
	assert_want(v, SETTING_nice, 10);
	assert_want(v, SETTING_sched, SCHED_CLASS_IDLE);
	assert_want(v, SETTING_ionice, 11);
	want_set(w, SETTING_ionice, 8);
	v = settle();
	assert_want(v, SETTING_ionice, 8);
}
END_TEST

START_TEST(knobs_of_two_intents_have_the_ranks_of_their_rules)
{
	struct verdict v;

	claim_one(6, SETTING_qos, QOS_UTILITY);
	claim_one(5, SETTING_io, IO_IMPORTANT);
	v = settle();
	assert_want(v, SETTING_ionice, 9);
	ck_assert_uint_eq(v.won[SETTING_ionice], 10);
	ck_assert_uint_eq(v.won[SETTING_io], 11);
	claim_one(7, SETTING_io, IO_PASSIVE);
	v = settle();
	assert_want(v, SETTING_ionice, 0);
	assert_want(v, SETTING_nice, 10);
}
END_TEST

START_TEST(not_to_suppress_takes_lower_claims_to_suppress_away)
{
	struct verdict v;

	claim_one(5, SETTING_suppress, true);
	claim_one(6, SETTING_suppress, false);
	claim_one(4, SETTING_qos, QOS_UTILITY);
	v = settle();
	assert_want(v, SETTING_suppress, false);
	assert_want(v, SETTING_sched, SCHED_CLASS_BATCH);
	claim_one(7, SETTING_suppress, true);
	v = settle();
	assert_want(v, SETTING_sched, SCHED_CLASS_IDLE);
	ck_assert_uint_eq(v.won[SETTING_sched], 13);
}
END_TEST

START_TEST(an_intent_without_knobs_is_named_as_such)
{
	struct verdict v;

	claim_one(5, SETTING_precedence, 3);
	v = settle();
	assert_want(v, SETTING_precedence, 3);
	ck_assert_uint_eq(v.bare, SETTING_BIT(SETTING_precedence));
	ck_assert_uint_eq(v.want.has, v.bare);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_tier_of_io_becomes_its_knob_and_stays_visible,
		the_more_special_intent_has_the_knob,
		knobs_of_two_intents_have_the_ranks_of_their_rules,
		not_to_suppress_takes_lower_claims_to_suppress_away,
		an_intent_without_knobs_is_named_as_such,
		nobody_speaking_changes_nothing,
		claims_compete_knob_by_knob,
		a_class_becomes_its_knobs_and_stays_visible,
		a_knob_beside_a_class_overrides_it,
		a_role_beside_a_class_has_its_knobs,
		a_role_has_the_rank_of_its_rule,
		precedence_is_a_nice_value_beside_the_process,
		precedence_stays_within_nice_values_and_caps,
		a_class_and_a_deadline_do_not_hold_both,
		an_expanded_knob_has_the_rank_of_its_rule,
		the_highest_class_wins_as_a_whole,
		untouched_keeps_lower_claims_away,
		an_untouched_class_covers_all_its_knobs,
	};

	return run_between("policy: arbiter", tests, sizeof tests / sizeof *tests,
	                   arbiter_start, world_stop);
}
