/* test_engine_pools_left.c -- nothing of a group is left, and nobody in one. */

#include "pooling.h"

START_TEST(who_changes_pools_leaves_nothing_in_the_first)
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
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_str_eq(where(x), "b");
	ck_assert_int_eq(weight("b"), 60);
	pass(2 * SECOND);
	ck_assert_int_eq(weight("a"), -ENOENT);
	ck_assert_uint_eq(sim_groups(stage->sim), 1);
	undo();
	ck_assert_str_eq(where(x), "/");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(all_goes_back_after_a_death_and_no_group_is_left)
{
	pid_t x, y, child;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	rule_wants(select_named(SELECT_PROCESS, "y"), IMAGE_NONE,
	           SETTING_weight, 20);
	up();
	x = run("x");
	sim_put(stage->sim, x, "/a");
	y = start("y");
	child = sim_fork(stage->sim, x);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	undo();
	ck_assert_str_eq(where(x), "/a");
	ck_assert_str_eq(where(y), "/");
	ck_assert_str_eq(where(child), "/a");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(whoever_takes_over_knows_the_groups_there_are)
{
	pid_t x;

	up_with_build();
	x = start("x");
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_str_eq(where(x), "build");
	sim_exit(stage->sim, x);
	pass(2 * SECOND);
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(a_group_of_a_dead_ones_goes_when_its_members_move)
{
	struct turned t;
	pid_t         x;

	begin();
	pool_is("a", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	pool_is("b", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 60);
	wants_pool("x", "a", SETTING_pool, 0);
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_pool, name("b"));
	up();
	x = start("x");
	stage->os.actuator.group_set(stage->sim,
	                             group_read(stage->sets, "@7.7"),
	                             SETTING_weight, 5, &t);
	sim_host(stage->sim, HOST_on_battery, 1);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_str_eq(where(x), "b");
	pass(5 * SECOND);
	ck_assert_int_eq(weight("a"), -ENOENT);
	ck_assert_uint_eq(sim_groups(stage->sim), 1);
	curtain_down();
}
END_TEST

START_TEST(what_a_dead_one_gave_a_group_is_what_its_members_want)
{
	struct turned t;
	pid_t         x;

	up_with_build();
	x = start("x");
	stage->os.actuator.group_set(stage->sim,
	                             group_read(stage->sets, "build"),
	                             SETTING_memory_low, 1 << 20, &t);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_str_eq(where(x), "build");
	ck_assert_int_eq(weight("build"), 50);
	ck_assert_int_eq(knob(x, SETTING_memory_low), VALUE_UNTOUCHED);
	curtain_down();
}
END_TEST

START_TEST(after_an_undo_a_group_is_given_all_anew)
{
	pid_t x;

	up_with_build();
	x = start("x");
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	undo();
	ck_assert_int_eq(weight("build"), -ENOENT);
	settle();
	ck_assert_str_eq(where(x), "build");
	ck_assert_int_eq(weight("build"), 50);
	curtain_down();
}
END_TEST

START_TEST(an_empty_group_that_a_dead_one_left_goes_at_the_undo)
{
	struct turned t;

	begin();
	wants_pool("x", "build", SETTING_pool, 0);
	up();
	stage->os.actuator.group_set(stage->sim,
	                             group_read(stage->sets, "@7.7"),
	                             SETTING_weight, 5, &t);
	ck_assert_uint_eq(sim_groups(stage->sim), 1);
	undo();
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(there_are_so_many_groups_and_no_more)
{
	pid_t first = 0, last = 0;

	begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_weight, 20);
	up();
	for (int i = 0; i <= OWN_GROUPS_MAX; i++) {
		last = start("x");
		first = i == 0 ? last : first;
	}
	ck_assert_uint_eq(sim_groups(stage->sim), OWN_GROUPS_MAX);
	ck_assert_str_eq(where(last), "/");
	ck_assert_uint_eq(stage->engine.enforcer.groups_refused, 1);
	ck_assert_uint_eq(count_told(SETTING_pool, EFFECT_DENIED), 1);
	sim_exit(stage->sim, first);
	settle();
	last = start("x");
	ck_assert(group_is_of_one(knob(last, SETTING_pool)));
	ck_assert_uint_eq(sim_groups(stage->sim), OWN_GROUPS_MAX);
	undo();
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(a_group_that_is_still_in_use_is_dropped_later)
{
	pid_t x, guest;

	up_with_build();
	guest = start("guest");
	x = start("x");
	sim_put(stage->sim, guest, "build");
	sim_exit(stage->sim, x);
	pass(2 * SECOND);
	ck_assert_uint_eq(sim_groups(stage->sim), 1);
	sim_put(stage->sim, guest, "/");
	pass(10 * SECOND);
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

/* A child that nobody heard of before its parent left, in the group of that. */
static pid_t stray_of(pid_t x)
{
	pid_t stray;

	sim_lose(stage->sim, 2);
	stray = sim_exec(stage->sim, &(struct sim_program){
		.name = "stray", .parent = x });
	ck_assert_int_gt(stray, 0);
	ck_assert_str_eq(where(stray), "build");
	sim_exit(stage->sim, x);
	settle();
	return stray;
}

START_TEST(who_came_into_a_group_unseen_goes_home_with_the_others)
{
	pid_t x, stray;

	up_with_build();
	x = run("x");
	sim_put(stage->sim, x, "/a");
	settle();
	stray = stray_of(x);
	pass(10 * SECOND);
	ck_assert_str_eq(where(stray), "/a");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

/* Of whom no rule speaks nothing was read so far, not even when it was born. */
START_TEST(who_was_never_looked_at_goes_home_with_the_others)
{
	pid_t x, stray;

	up_with_build();
	x = run("x");
	stray = run("other");
	settle();
	ck_assert_str_eq(where(x), "build");
	sim_put(stage->sim, stray, "build");
	sim_exit(stage->sim, x);
	pass(10 * SECOND);
	ck_assert_str_eq(where(stray), "/");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(an_undo_sends_home_who_came_into_a_group_unseen)
{
	pid_t x, y, stray;

	up_with_build();
	x = run("x");
	y = run("x");
	sim_put(stage->sim, y, "/a");
	settle();
	stray = stray_of(x);
	settle();
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	undo();
	ck_assert_str_eq(where(y), "/a");
	ck_assert_str_eq(where(stray), "/a");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

/* It is still there, for somebody else may come: and does. */
START_TEST(who_comes_into_an_emptied_group_finds_nothing_of_others)
{
	pid_t   x, y;
	int64_t value;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_memory_low, 1 << 20);
	wants_pool("x", "build", SETTING_weight, 20);
	wants_pool("y", "build", SETTING_pool, 0);
	up();
	x = start("x");
	ck_assert_int_eq(sim_knob(stage->sim, x, SETTING_weight, &value), 0);
	ck_assert_int_eq(value, 20);
	sim_exit(stage->sim, x);
	settle();
	ck_assert_uint_eq(sim_groups(stage->sim), 1);
	y = start("y");
	ck_assert_str_eq(where(y), "build");
	ck_assert_int_eq(sim_knob(stage->sim, y, SETTING_weight, &value), 0);
	ck_assert_int_eq(value, VALUE_UNTOUCHED);
	ck_assert_int_eq(sim_knob(stage->sim, y, SETTING_memory_low, &value),
	                 0);
	ck_assert_int_eq(value, 1 << 20);
	curtain_down();
}
END_TEST

START_TEST(a_group_goes_whose_last_was_taken_out_and_is_protected_now)
{
	const struct sim_program again = { .name = "x" };
	pid_t                    x;

	up_with_build();
	x = start("x");
	ck_assert_str_eq(where(x), "build");
	sim_put(stage->sim, x, "/a");
	sim_set_knob(stage->sim, x, SETTING_sched,
	             sched_value(SCHED_CLASS_FIFO, 10));
	ck_assert_int_eq(sim_exec_again(stage->sim, x, &again), 0);
	settle();
	pass(2 * SECOND);
	ck_assert_str_eq(where(x), "/a");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

/* Nothing was heard of its birth, and it is found in a group before there are
 * any rules by which to judge it. */
START_TEST(who_is_found_in_a_group_has_all_that_its_parent_had)
{
	const struct sim_program other = { .name = "other" };
	pid_t                    x, child;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_nice, 5);
	up();
	x = start("x");
	ck_assert_int_eq(nice_of(x), 5);
	sim_lose(stage->sim, 1);
	child = sim_fork(stage->sim, x);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	sim_worker_dies(stage->sim);
	sim_fail(stage->sim, SIM_START, EAGAIN, 2);
	ck_assert_int_eq(sim_exec_again(stage->sim, child, &other), 0);
	pass(10 * SECOND);
	ck_assert_str_eq(where(x), "build");
	ck_assert_str_eq(where(child), "/");
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, who_changes_pools_leaves_nothing_in_the_first);
	tcase_add_test(c, all_goes_back_after_a_death_and_no_group_is_left);
	tcase_add_test(c, whoever_takes_over_knows_the_groups_there_are);
	tcase_add_test(c, a_group_of_a_dead_ones_goes_when_its_members_move);
	tcase_add_test(c,
		what_a_dead_one_gave_a_group_is_what_its_members_want);
	tcase_add_test(c, after_an_undo_a_group_is_given_all_anew);
	tcase_add_test(c, an_empty_group_that_a_dead_one_left_goes_at_the_undo);
	tcase_add_test(c, there_are_so_many_groups_and_no_more);
	tcase_add_test(c, a_group_that_is_still_in_use_is_dropped_later);
	tcase_add_test(c, who_came_into_a_group_unseen_goes_home_with_the_others);
	tcase_add_test(c, who_was_never_looked_at_goes_home_with_the_others);
	tcase_add_test(c, an_undo_sends_home_who_came_into_a_group_unseen);
	tcase_add_test(c,
		who_comes_into_an_emptied_group_finds_nothing_of_others);
	tcase_add_test(c,
		a_group_goes_whose_last_was_taken_out_and_is_protected_now);
	tcase_add_test(c, who_is_found_in_a_group_has_all_that_its_parent_had);
	return run_case(c, "engine: pools, left");
}
