/* test_engine_pools.c -- who is put into which group, and what
 * the group has. */

#include "pooling.h"

static void caps_weight(const char *of, int64_t high)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, of));
	struct cap          c = { .has = SETTING_BIT(SETTING_weight) };

	c.bound[SETTING_weight] = bound_open(SETTING_weight);
	c.bound[SETTING_weight].high = high;
	r.cap = &c;
	rule_add(r);
}

START_TEST(a_pool_has_what_is_said_of_it_while_somebody_is_in_it)
{
	pid_t x, y;

	up_with_build();
	x = start("x");
	ck_assert_str_eq(where(x), "build");
	ck_assert_int_eq(weight("build"), 50);
	ck_assert_uint_eq(count_told(SETTING_pool, EFFECT_APPLIED), 1);
	ck_assert_uint_eq(count_told(SETTING_weight, EFFECT_APPLIED), 1);
	y = start("x");
	ck_assert_str_eq(where(y), "build");
	ck_assert_uint_eq(count_told(SETTING_weight, EFFECT_APPLIED), 1);
	sim_exit(stage->sim, x);
	pass(60 * SECOND);
	ck_assert_uint_eq(sim_groups(stage->sim), 1);
	sim_exit(stage->sim, y);
	settle();
	ck_assert_uint_eq(sim_groups(stage->sim), 1);
	pass(2 * SECOND);
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	ck_assert_uint_eq(pools_due_ns(&stage->engine.enforcer), UINT64_MAX);
	curtain_down();
}
END_TEST

START_TEST(a_pool_takes_the_strongest_claim_among_its_members)
{
	pid_t y;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	wants_pool("y", "build", SETTING_weight, 200);
	up();
	start("x");
	ck_assert_int_eq(weight("build"), 50);
	y = start("y");
	ck_assert_int_eq(weight("build"), 200);
	start("x");
	ck_assert_int_eq(weight("build"), 200);
	sim_exit(stage->sim, y);
	settle();
	ck_assert_int_eq(weight("build"), 50);
	curtain_down();
}
END_TEST

START_TEST(what_a_higher_layer_says_of_a_pool_holds)
{
	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	pool_is("build", LAYER_DISTRO, POOL_PER_UID, SETTING_weight, 70);
	pool_is("build", LAYER_DISTRO, POOL_SHARED, SETTING_io_weight, 30);
	building_layer = LAYER_DISTRO;
	wants_pool("x", "build", SETTING_weight, 200);
	building_layer = LAYER_ADMIN;
	up();
	ck_assert_str_eq(where(start("x")), "build");
	ck_assert_int_eq(weight("build"), 50);
	curtain_down();
}
END_TEST

START_TEST(there_is_one_for_each_user_unit_or_session)
{
	const struct sim_program in_unit = { .name = "y", .uid = 1000,
		                             .unit = "a@1.service" };
	pid_t pid;

	begin();
	pool_is("u", LAYER_ADMIN, POOL_PER_UID, SETTING_weight, 50);
	pool_is("v", LAYER_ADMIN, POOL_PER_UNIT, SETTING_weight, 60);
	pool_is("s", LAYER_ADMIN, POOL_PER_SESSION, SETTING_weight, 70);
	wants_pool("x", "u", SETTING_pool, 0);
	wants_pool("y", "v", SETTING_pool, 0);
	wants_pool("z", "s", SETTING_pool, 0);
	up();
	ck_assert_str_eq(where(start("x")), "u@1000");
	pid = run_under(0, "x", 1001);
	settle();
	ck_assert_str_eq(where(pid), "u@1001");
	ck_assert_int_eq(weight("u@1000"), 50);
	ck_assert_int_eq(weight("u@1001"), 50);
	sim_set_uid(stage->sim, pid, 1002);
	settle();
	ck_assert_str_eq(where(pid), "u@1002");
	pid = sim_exec(stage->sim, &in_unit);
	settle();
	ck_assert_str_eq(where(pid), "v@a@1.service");
	ck_assert_int_eq(weight("v@a@1.service"), 60);
	ck_assert_str_eq(where(start("y")), "v@none");
	ck_assert_str_eq(where(start("z")), "s@1");
	curtain_down();
}
END_TEST

START_TEST(what_is_a_groups_and_wanted_without_one_makes_one_alone)
{
	pid_t x, y, child;

	begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_weight, 20);
	up();
	x = start("x");
	y = start("x");
	ck_assert(group_is_of_one(knob(x, SETTING_pool)));
	ck_assert(knob(x, SETTING_pool) != knob(y, SETTING_pool));
	ck_assert_int_eq(knob(x, SETTING_weight), 20);
	ck_assert_uint_eq(sim_groups(stage->sim), 2);
	child = sim_fork(stage->sim, x);
	ck_assert_int_eq(knob(child, SETTING_pool), knob(x, SETTING_pool));
	sim_exec_again(stage->sim, child, &(struct sim_program){ .name = "c" });
	settle();
	ck_assert_str_eq(where(child), "/");
	sim_exit(stage->sim, x);
	sim_exit(stage->sim, y);
	pass(2 * SECOND);
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(another_value_moves_nobody)
{
	uint64_t applied;
	pid_t    x;

	begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_weight, 20);
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_weight, 5);
	up();
	x = start("x");
	applied = sim_calls(stage->sim, SIM_APPLY);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(knob(x, SETTING_weight), 5);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(knob(x, SETTING_weight), 20);
	ck_assert_uint_eq(sim_calls(stage->sim, SIM_APPLY), applied);
	curtain_down();
}
END_TEST

START_TEST(from_one_pool_to_another_and_home)
{
	struct builder_rule r;
	struct want         w = { 0 };
	pid_t               x;

	begin();
	pool_is("a", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	pool_is("b", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 60);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	want_set(&w, SETTING_pool, name("a"));
	r.want = &w;
	r.unless = select_battery();
	rule_add(r);
	up();
	x = run("x");
	sim_put(stage->sim, x, "/home of x");
	settle();
	ck_assert_str_eq(where(x), "a");
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_str_eq(where(x), "/home of x");
	ck_assert(!rehearsal_holds(stage, (struct task_id){ x, x, 0 },
	                           SETTING_pool));
	pass(2 * SECOND);
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(a_cap_on_one_member_binds_the_pool)
{
	pid_t y;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 500);
	wants_pool("x", "build", SETTING_pool, 0);
	wants_pool("y", "build", SETTING_pool, 0);
	wants_pool("z", "build", SETTING_weight, 900);
	caps_weight("y", 300);
	up();
	start("x");
	ck_assert_int_eq(weight("build"), 500);
	y = start("y");
	ck_assert_int_eq(weight("build"), 300);
	start("z");
	ck_assert_int_eq(weight("build"), 300);
	sim_exit(stage->sim, y);
	settle();
	ck_assert_int_eq(weight("build"), 900);
	curtain_down();
}
END_TEST

START_TEST(an_untouched_pool_moves_nobody)
{
	pid_t x;

	begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_weight, 20);
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_pool, VALUE_UNTOUCHED);
	up();
	sim_host(stage->sim, HOST_on_battery, 1);
	x = start("x");
	ck_assert_str_eq(where(x), "/");
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
	curtain_down();
}
END_TEST

START_TEST(nobodys_origin_is_a_group_of_ours)
{
	pid_t x, stray;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	wants_pool("stray", "other", SETTING_pool, 0);
	up();
	x = run("x");
	sim_put(stage->sim, x, "/a");
	settle();
	sim_lose(stage->sim, 2);
	stray = sim_exec(stage->sim, &(struct sim_program){
		.name = "stray", .parent = x });
	settle();
	ck_assert_str_eq(where(stray), "other");
	undo();
	ck_assert_str_eq(where(stray), "/a");
	curtain_down();
}
END_TEST

/* Whoever is in that unit and runs that program wants the pool. */
static void unit_wants_pool(const char *unit, const char *pool)
{
	struct builder_rule r;
	struct want         w = { 0 };

	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_unit);
	builder_text(building, unit, strlen(unit));
	r = rule_of(builder_selector_end(building));
	want_set(&w, SETTING_pool, name(pool));
	r.want = &w;
	rule_add(r);
}

START_TEST(a_rule_sees_where_a_task_is_without_pqs)
{
	const struct sim_program in_unit = {
		.name = "x", .cgroup = "/system.slice/a.service/worker",
	};
	pid_t x, child;

	begin();
	pool_is("p", LAYER_ADMIN, POOL_PER_UNIT, SETTING_weight, 50);
	unit_wants_pool("a.service", "p");
	up();
	x = sim_exec(stage->sim, &in_unit);
	settle();
	ck_assert_str_eq(where(x), "p@a.service");
	sim_exec_again(stage->sim, x, &(struct sim_program){ .name = "y" });
	settle();
	ck_assert_str_eq(where(x), "p@a.service");
	child = sim_exec(stage->sim, &(struct sim_program){ .name = "y",
	                                                    .parent = x });
	settle();
	ck_assert_str_eq(where(child), "p@a.service");
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_str_eq(where(child), "p@a.service");
	undo();
	ck_assert_str_eq(where(x), "/system.slice/a.service/worker");
	ck_assert_str_eq(where(child), "/system.slice/a.service/worker");
	curtain_down();
}
END_TEST

static pid_t start_in(const char *place)
{
	pid_t pid = sim_exec(stage->sim, &(struct sim_program){
		.name = "x", .cgroup = place });

	settle();
	return pid;
}

START_TEST(numbers_of_places_of_the_past_are_given_to_others)
{
	char  place[64];
	pid_t first, second = 0, x;

	begin();
	pool_is("p", LAYER_ADMIN, POOL_PER_UNIT, SETTING_weight, 50);
	wants_pool("x", "p", SETTING_pool, 0);
	up();
	first = start_in("/first.scope");
	for (int i = 0; i < INTERNED_MAX; i++) {
		snprintf(place, sizeof place, "/n%d.scope", i);
		x = start_in(place);
		ck_assert_str_eq(where(x) + 2, place + 1);
		if (i == INTERNED_MAX / 2)
			second = x;
		else
			sim_exit(stage->sim, x);
		if (i % 256 == 0)
			pass(2 * SECOND);
	}
	ck_assert_uint_eq(interned_refused(stage->sets), 0);
	ck_assert_uint_gt(interned_sweeps(stage->sets), 1);
	ck_assert_str_eq(where(first), "p@first.scope");
	x = start_in("/last.scope");
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	undo();
	ck_assert_str_eq(where(first), "/first.scope");
	snprintf(place, sizeof place, "/n%d.scope", INTERNED_MAX / 2);
	ck_assert_str_eq(where(second), place);
	ck_assert_str_eq(where(x), "/last.scope");
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, a_pool_has_what_is_said_of_it_while_somebody_is_in_it);
	tcase_add_test(c, a_pool_takes_the_strongest_claim_among_its_members);
	tcase_add_test(c, what_a_higher_layer_says_of_a_pool_holds);
	tcase_add_test(c, there_is_one_for_each_user_unit_or_session);
	tcase_add_test(c, what_is_a_groups_and_wanted_without_one_makes_one_alone);
	tcase_add_test(c, another_value_moves_nobody);
	tcase_add_test(c, from_one_pool_to_another_and_home);
	tcase_add_test(c, a_cap_on_one_member_binds_the_pool);
	tcase_add_test(c, an_untouched_pool_moves_nobody);
	tcase_add_test(c, nobodys_origin_is_a_group_of_ours);
	tcase_add_test(c, a_rule_sees_where_a_task_is_without_pqs);
	tcase_add_test(c, numbers_of_places_of_the_past_are_given_to_others);
	return run_case(c, "engine: pools");
}
