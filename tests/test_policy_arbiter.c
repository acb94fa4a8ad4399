/* test_policy_arbiter.c -- claims, caps, and what comes out of them. */

#include "small_world.h"

#include "policy/arbiter.h"

static struct intents table_of_classes;
static struct claim     claims[8];
static struct ceiling   caps[8];
static size_t           n_claims, n_caps;
static int64_t          process_nice;

static void arbiter_start(void)
{
	world_start();
	intents_default(&table_of_classes);
	n_claims = n_caps = 0;
	process_nice = VALUE_UNTOUCHED;
	memset(claims, 0, sizeof claims);
	memset(caps, 0, sizeof caps);
}

/* The rule of a claim is 10, 11, ...; of a cap 20, 21, ... */
static struct want *claim(uint64_t rank)
{
	claims[n_claims].rule = 10 + (uint32_t)n_claims;
	claims[n_claims].rank = rank;
	return &claims[n_claims++].want;
}

static void claim_one(uint64_t rank, enum setting s, int64_t value)
{
	want_set(claim(rank), s, value);
}

static void cap_one(uint32_t layer, enum setting s, struct bound b)
{
	struct ceiling *c = &caps[n_caps];

	c->rule = 20 + (uint32_t)n_caps++;
	c->layer = layer;
	c->cap.has |= SETTING_BIT(s);
	c->cap.bound[s] = b;
}

static void cap_range(uint32_t layer, enum setting s, int64_t low, int64_t high)
{
	cap_one(layer, s, (struct bound){ 0, low, high });
}

static void cap_classes(uint32_t layer, enum setting s, uint32_t allowed)
{
	cap_one(layer, s, (struct bound){ allowed, 0, 0 });
}

static struct verdict settle(void)
{
	struct verdict v;

	arbiter_settle(&table_of_classes, sets, claims, n_claims, caps, n_caps,
	               process_nice, &v);
	return v;
}

#define assert_want(v, s, expected) do { \
	ck_assert(want_has(&(v).want, s)); \
	ck_assert_int_eq((v).want.value[s], expected); \
} while (0)

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
		a_tier_of_io_becomes_its_knob_and_stays_visible,
		the_more_special_intent_has_the_knob,
		knobs_of_two_intents_have_the_ranks_of_their_rules,
		not_to_suppress_takes_lower_claims_to_suppress_away,
		an_intent_without_knobs_is_named_as_such,
		a_cap_on_an_intent_comes_before_its_knobs,
		what_a_cap_forbids_altogether_is_not_wanted,
		kinds_of_cores_stay_inside_their_cap,
		a_limit_on_cpu_time_is_held,
		nobody_speaking_changes_nothing,
		claims_compete_knob_by_knob,
		a_class_becomes_its_knobs_and_stays_visible,
		a_knob_beside_a_class_overrides_it,
		a_role_beside_a_class_has_its_knobs,
		a_cap_on_roles_holds_before_they_become_knobs,
		a_role_has_the_rank_of_its_rule,
		precedence_is_a_nice_value_beside_the_process,
		precedence_stays_within_nice_values_and_caps,
		a_class_and_a_deadline_do_not_hold_both,
		a_bound_on_classes_bounds_deadlines,
		an_expanded_knob_has_the_rank_of_its_rule,
		the_highest_class_wins_as_a_whole,
		untouched_keeps_lower_claims_away,
		an_untouched_class_covers_all_its_knobs,
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

	return run_between("policy: arbiter", tests,
	                   sizeof tests / sizeof *tests,
	                   arbiter_start, world_stop);
}
