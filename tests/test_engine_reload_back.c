/* test_engine_reload_back.c -- rules that fail are taken back, and what was
 * gone back from stays away. */

#include "reloading_stage.h"

START_TEST(what_was_gone_back_from_stays_away_until_it_changes_or_somebody_asks)
{
	pid_t x;

	stage_nice(1);
	x = run("x");
	next_nice(8);
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 3);
	sim_reload(stage->sim, true);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_SAME);
	ck_assert_int_eq(nice_of(x), 3);
	if (_i == 0)
		ask_again(3);
	else
		next_nice(9);
	if (_i == 1)
		sim_reload(stage->sim, true);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), _i == 0 ? 8 : 9);
}
END_TEST

/* It is not the last that was gone back from for ever. */
START_TEST(what_was_gone_back_from_is_as_good_as_any_after_a_change)
{
	pid_t x;

	stage_nice(1);
	x = run("x");
	next_nice(8);
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	for (int nice = 9; nice >= 8; nice--) {
		next_nice(nice);
		sim_reload(stage->sim, true);
		pass(SECOND);
		ck_assert_int_eq(nice_of(x), nice);
	}
}
END_TEST

static char landed_for[64];

static void note_landing(void *self, const struct change *c)
{
	(void)self;
	if (c->setting == SETTING_pool && c->rule != RULE_NONE)
		snprintf(landed_for, sizeof landed_for, "%s",
		         engine_label(&stage->engine, c->rule).name);
	else if (c->setting == SETTING_pool)
		strcpy(landed_for, "nobody");
}

static void rule_that_pools(const char *name)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));
	struct want         w = { 0 };

	want_set(&w, SETTING_pool, interned_read_names(building_sets, "p"));
	r.name = name;
	r.want = &w;
	rule_add(r);
}

START_TEST(what_lands_after_a_reload_is_no_way_back)
{
	rules_begin();
	rule_that_pools("mover");
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, note_landing);
	pass(SECOND);
	landed_for[0] = '\0';
	sim_slow_moves(stage->sim, 5 * SECOND);
	run("x");
	pass(SECOND);
	next_begin();
	rule_named("y", "y", SETTING_nice, 1);
	rule_that_pools(_i == 0 ? "mover" : "another");
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_str_eq(landed_for, "");
	pass(5 * SECOND);
	ck_assert_str_eq(landed_for, _i == 0 ? "mover" : "a rule that is gone");
}
END_TEST

static void act_not_at_all(struct asking *q)
{
	ask_fact(q, FACT_uid, NULL);
	if (q->answer->outcome != OUTCOME_NEEDS)
		q->answer->outcome = OUTCOME_ERROR;
}

START_TEST(rules_that_fail_again_and_again_are_taken_back)
{
	pid_t x[20];

	stage_nice(1);
	next_begin();
	function_rules();
	next_end("failing");
	ask_again(1);
	troupe.act = act_not_at_all;
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	for (int i = 0; i < 20; i++) {
		x[i] = run_under(0, "x", (uid_t)(2000 + i));
		pass(10 * MS);
	}
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_TAKEN_BACK);
	ck_assert_uint_eq(generation(), 1);
	ck_assert_int_eq(nice_of(x[0]), 3);
	ck_assert_int_eq(nice_of(x[19]), 3);
}
END_TEST

START_TEST(a_worker_that_is_lost_again_and_again_takes_its_rules_along)
{
	pid_t x;

	rules_begin();
	function_rules();
	rules_end(act_five);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	x = run("x");
	pass(SECOND);
	strcpy(shelf.text, "other");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	for (int i = 0; i < 3; i++) {
		sim_own_dies(stage->sim, stage->engine.voice[0].line);
		pass(2 * SECOND);
	}
	ck_assert_int_eq(last_end(), RELOAD_TAKEN_BACK);
	ck_assert_uint_eq(generation(), 1);
	ck_assert_int_eq(nice_of(x), 5);
	x = run_under(0, "x", 4000);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 5);        /* its worker answers         */
}
END_TEST

START_TEST(on_probation_one_goes_back_at_once)
{
	pid_t x;

	stage_nice(1);
	x = run("x");
	next_nice(8);
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 8);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	ck_assert_uint_eq(shelf.ended[shelf.ends - 1].token, 2);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 3);
	ck_assert_uint_eq(generation(), 1);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 3), -ENOENT);
	next_nice(9);
	ask_again(4);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 3);
	pass(20 * SECOND);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 5), -ENOENT);
	ck_assert_int_eq(nice_of(x), 9);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_loop_test(c, what_was_gone_back_from_stays_away_until_it_changes_or_somebody_asks,
	                    0, 2);
	tcase_add_test(c,
	               what_was_gone_back_from_is_as_good_as_any_after_a_change);
	tcase_add_loop_test(c, what_lands_after_a_reload_is_no_way_back, 0, 2);
	tcase_add_test(c, rules_that_fail_again_and_again_are_taken_back);
	tcase_add_test(c, a_worker_that_is_lost_again_and_again_takes_its_rules_along);
	tcase_add_test(c, on_probation_one_goes_back_at_once);
	return run_case(c, "engine: reload, back");
}
