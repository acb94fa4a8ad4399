/* test_engine_pools_moving.c -- a move into a group takes its time, and may
 * fail or be overtaken. */

#include "pooling.h"

START_TEST(a_move_takes_its_time)
{
	pid_t x;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_nice, 7);
	up();
	sim_slow_moves(stage->sim, 10 * MS);
	x = start("x");
	ck_assert_str_eq(where(x), "/");
	ck_assert_int_eq(weight("build"), 50);
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert_uint_eq(count_told(SETTING_pool, EFFECT_APPLIED), 0);
	pass(10 * MS);
	ck_assert_str_eq(where(x), "build");
	ck_assert_uint_eq(count_told(SETTING_pool, EFFECT_APPLIED), 1);
	ck_assert_uint_eq(stage->engine.enforcer.under_ways, 0);
	undo();
	ck_assert_str_eq(where(x), "/");
	curtain_down();
}
END_TEST

/* That it is not wanted any more, and then again, is known before it is so. */
START_TEST(who_is_being_frozen_is_asked_nothing_else_until_it_stands)
{
	pid_t x, y;

	begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_freeze, 1);
	up();
	sim_slow_moves(stage->sim, 10 * MS);
	x = start("x");
	y = start("x");
	for (int i = 0; i < 3; i++) {
		sim_host(stage->sim, HOST_on_battery, 1);
		settle();
		ck_assert_int_eq(knob(x, SETTING_freeze), 0);
		sim_host(stage->sim, HOST_on_battery, 0);
		settle();
	}
	ck_assert_uint_eq(stage->engine.enforcer.under_ways, 2);
	sim_exit(stage->sim, y);
	pass(SECOND);
	ck_assert_int_eq(knob(x, SETTING_freeze), 0);
	ck_assert_uint_eq(count_told(SETTING_freeze, EFFECT_APPLIED), 2);
	ck_assert_uint_eq(stage->engine.enforcer.under_ways, 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(SECOND);
	ck_assert_int_eq(knob(x, SETTING_freeze), 1);
	undo();
	ck_assert_int_eq(knob(x, SETTING_freeze), 0);
	curtain_down();
}
END_TEST

START_TEST(a_child_born_during_the_move_goes_its_own_way)
{
	pid_t x, early, other, late;

	up_with_build();
	sim_slow_moves(stage->sim, 10 * MS);
	x = start("x");
	early = sim_fork(stage->sim, x);
	other = sim_fork(stage->sim, x);
	sim_exec_again(stage->sim, other, &(struct sim_program){ .name = "o" });
	pass(10 * MS);
	late = sim_fork(stage->sim, x);
	ck_assert_str_eq(where(late), "build");
	ck_assert_str_eq(where(early), "/");
	pass(100 * MS);
	ck_assert_str_eq(where(early), "build");
	ck_assert_str_eq(where(late), "build");
	ck_assert_str_eq(where(other), "/");
	ck_assert(!rehearsal_holds(stage, (struct task_id){ other, other, 0 },
	                           SETTING_pool));
	undo();
	ck_assert_str_eq(where(early), "/");
	ck_assert_str_eq(where(late), "/");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(a_death_during_the_move_is_undone)
{
	pid_t x, y;

	up_with_build();
	sim_slow_moves(stage->sim, 10 * MS);
	x = start("x");
	pass(5 * MS);
	y = start("x");
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	sim_slow_moves(stage->sim, 0);
	pass(7 * MS);
	undo();
	ck_assert_str_eq(where(x), "/");
	ck_assert_str_eq(where(y), "/");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(a_move_that_fails_in_the_end_was_never_made)
{
	pid_t x;

	up_with_build();
	sim_slow_moves(stage->sim, 10 * MS);
	sim_fail(stage->sim, SIM_MOVE, EPERM, 1);
	x = start("x");
	pass(3 * SECOND);
	ck_assert_str_eq(where(x), "/");
	ck_assert_uint_eq(count_told(SETTING_pool, EFFECT_DENIED), 1);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(a_verdict_that_changes_during_the_move_comes_after_it)
{
	pid_t x;

	begin();
	pool_is("a", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	pool_is("b", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 60);
	wants_pool("x", "a", SETTING_pool, 0);
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_pool, name("b"));
	up();
	sim_slow_moves(stage->sim, 10 * MS);
	x = start("x");
	sim_host(stage->sim, HOST_on_battery, 1);
	pass(10 * MS);
	ck_assert_str_eq(where(x), "a");
	pass(10 * MS);
	ck_assert_str_eq(where(x), "b");
	ck_assert_int_eq(weight("b"), 60);
	pass(3 * SECOND);
	ck_assert_uint_eq(sim_groups(stage->sim), 1);
	undo();
	ck_assert_str_eq(where(x), "/");
	curtain_down();
}
END_TEST

START_TEST(who_is_moved_by_others_is_left_there)
{
	pid_t x;

	begin();
	pool_is("a", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	pool_is("b", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 60);
	wants_pool("x", "a", SETTING_pool, 0);
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_pool, name("b"));
	up();
	x = start("x");
	sim_put(stage->sim, x, "/elsewhere");
	sim_host(stage->sim, HOST_on_battery, 1);
	pass(5 * SECOND);
	ck_assert_str_eq(where(x), "/elsewhere");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	undo();
	ck_assert_str_eq(where(x), "/elsewhere");
	curtain_down();
}
END_TEST

START_TEST(who_cannot_be_moved_has_what_one_process_can_have)
{
	struct want         w = { 0 };
	struct builder_rule r;
	pid_t               x, y;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	r = rule_of(select_named(SELECT_PROCESS, "y"));
	want_set(&w, SETTING_cpu_limit, 50);
	want_set(&w, SETTING_weight, 5);
	r.want = &w;
	rule_add(r);
	up();
	sim_refuse_moves(stage->sim, true);
	x = start("x");
	ck_assert_str_eq(where(x), "/");
	ck_assert_uint_eq(count_told(SETTING_pool, EFFECT_UNSUPPORTED), 1);
	ck_assert_uint_eq(count_told(SETTING_weight, EFFECT_UNSUPPORTED), 1);
	y = start("y");
	ck_assert_str_eq(where(y), "/");
	ck_assert_int_eq(knob(y, SETTING_cpu_limit), 50);
	ck_assert_uint_eq(count_told(SETTING_cpu_limit, EFFECT_APPLIED), 1);
	ck_assert_uint_eq(count_told(SETTING_weight, EFFECT_UNSUPPORTED), 2);
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	undo();
	ck_assert_int_eq(knob(y, SETTING_cpu_limit), VALUE_UNLIMITED);
	curtain_down();
}
END_TEST

START_TEST(a_crowd_is_moved_a_part_at_a_time)
{
	pid_t pid[2 * UNDER_WAY_MAX];

	up_with_build();
	sim_slow_moves(stage->sim, 10 * MS);
	for (int i = 0; i < 2 * UNDER_WAY_MAX; i++)
		pid[i] = run("x");
	pass(SECOND);
	for (int i = 0; i < 2 * UNDER_WAY_MAX; i++)
		ck_assert_str_eq(where(pid[i]), "build");
	ck_assert_uint_eq(count_told(SETTING_pool, EFFECT_DENIED), 0);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, a_move_takes_its_time);
	tcase_add_test(
		c, who_is_being_frozen_is_asked_nothing_else_until_it_stands);
	tcase_add_test(c, a_child_born_during_the_move_goes_its_own_way);
	tcase_add_test(c, a_death_during_the_move_is_undone);
	tcase_add_test(c, a_move_that_fails_in_the_end_was_never_made);
	tcase_add_test(c, a_verdict_that_changes_during_the_move_comes_after_it);
	tcase_add_test(c, who_is_moved_by_others_is_left_there);
	tcase_add_test(c, who_cannot_be_moved_has_what_one_process_can_have);
	tcase_add_test(c, a_crowd_is_moved_a_part_at_a_time);
	return run_case(c, "engine: pools, moving");
}
