/* test_engine_users_heirs.c -- what users' own rules leave to those that take
 * their place. */

#include "own_rules.h"

static void rule_that_lasts(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, "x", 1);
	builder_lasting(building, 30 * SECOND);
	r = rule_of(builder_selector_end(building));
	want_set(&w, SETTING_nice, 7);
	r.name = "lasting";
	r.want = &w;
	rule_add(r);
}

START_TEST(what_has_lasted_goes_on_lasting)
{
	pid_t pid;

	system_silent();
	own_begin();
	rule_that_lasts();
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(31 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	own_begin();
	wants("y", SETTING_nice, 9);
	rule_that_lasts();
	other_rules(ANN, NULL);
	for (int i = 0; i < 50; i++) {
		pass(100 * MS);
		ck_assert_int_eq(nice_of(pid), 7);
	}
	ck_assert_uint_eq(ruleset_count(voice_of(ANN)->rules), 2);
	curtain_down();
}
END_TEST

static void tags(const char *name, const char *tag)
{
	struct builder_rule r = rule_of(named(name));

	r.name = r.tag = tag;
	rule_add(r);
}

/* A rule that tags "x", after another that tags nobody; what is below such a
 * one gets nice 7. */
static void rules_tagging(const char *other)
{
	struct builder_rule r;
	struct want         w = { 0 };
	uint32_t            tagged;

	if (other != NULL)
		tags("nobody", other);
	tags("x", "mark");
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_TAG, 0);
	builder_tag(building, "mark");
	tagged = builder_selector_end(building);
	r = rule_of(select_under(tagged));
	want_set(&w, SETTING_nice, 7);
	r.name = "below";
	r.want = &w;
	rule_add(r);
}

/* Nobody is asked about the one above again, as it has ended. */
START_TEST(tags_are_carried_over_by_name)
{
	pid_t x, below;

	system_silent();
	own_begin();
	rules_tagging(NULL);
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	x = run_as("x", ANN);
	below = run_under(x, "below", ANN);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(below), 7);
	sim_exit(stage->sim, x);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(below), 7);
	own_begin();
	rules_tagging("first");
	other_rules(ANN, NULL);
	pass(5 * SECOND);
	ck_assert_uint_eq(ruleset_count(voice_of(ANN)->rules), 3);
	ck_assert_int_eq(nice_of(below), 7);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("heirs");

	tcase_set_timeout(t, 120);
	tcase_add_test(t, what_has_lasted_goes_on_lasting);
	tcase_add_test(t, tags_are_carried_over_by_name);
	return run_case(t, "engine: users, heirs");
}
