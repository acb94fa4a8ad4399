/* test_engine_pools.c -- who is put into which group, what the group has, and
 * that nothing of it is left. */

#include "rehearsing.h"

#include "enforce/pools.h"
#include "model/group.h"

static struct change told[4096];
static size_t        tolds;

static void on_change(void *self, const struct change *c)
{
	(void)self;
	if (tolds < sizeof told / sizeof *told)
		told[tolds++] = *c;
}

static void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

static void begin(void)
{
	rules_begin();
	tolds = 0;
}

static void up(void)
{
	rules_end(act_never);
	curtain_up(1, on_change);
}

static int64_t name(const char *pool)
{
	return interned_read_names(building_sets, pool);
}

static void pool_is(const char *pool, enum layer layer, enum pool_per per,
                    enum setting s, int64_t value)
{
	struct want         w = { 0 };
	struct builder_pool p = { .name = pool, .file = "test.c", .line = 1,
		                  .layer = layer, .per = per, .want = &w };

	want_set(&w, s, value);
	ck_assert_int_eq(builder_pool(building, &p, building_sets), 0);
}

/* Processes of that name want the pool, and one thing more of it. */
static uint32_t wants_pool(const char *of, const char *pool, enum setting s,
                           int64_t value)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, of));
	struct want         w = { 0 };

	want_set(&w, SETTING_pool, name(pool));
	if (s != SETTING_pool)
		want_set(&w, s, value);
	r.want = &w;
	return rule_add(r);
}

static void caps_weight(const char *of, int64_t high)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, of));
	struct cap          c = { .has = SETTING_BIT(SETTING_weight) };

	c.bound[SETTING_weight] = bound_open(SETTING_weight);
	c.bound[SETTING_weight].high = high;
	r.cap = &c;
	rule_add(r);
}

static const char *where(pid_t pid)
{
	static char text[4][GROUP_TEXT_MAX];
	static int  turn;

	turn = (turn + 1) % 4;
	return group_text(stage->sets, knob(pid, SETTING_pool), text[turn],
	                  sizeof text[turn]);
}

static int64_t weight(const char *group)
{
	const struct actuator *door = &stage->os.actuator;
	int64_t                value;
	int                    r = door->group_get(door->self,
		                                   group_read(stage->sets,
		                                              group),
		                                   SETTING_weight, &value);

	return r < 0 ? r : value;
}

static pid_t start(const char *of)
{
	pid_t pid = run(of);

	settle();
	return pid;
}

static size_t count_told(enum setting s, enum effect e)
{
	size_t n = 0;

	for (size_t i = 0; i < tolds; i++)
		n += told[i].setting == s && told[i].effect == e;
	return n;
}

static void undo(void)
{
	size_t left;

	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
}

START_TEST(a_pool_has_what_is_said_of_it_while_somebody_is_in_it)
{
	pid_t x, y;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
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

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
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

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
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

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
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

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
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

START_TEST(a_crowd_is_moved_a_part_at_a_time)
{
	pid_t pid[2 * UNDER_WAY_MAX];

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
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

START_TEST(a_group_that_is_still_in_use_is_dropped_later)
{
	pid_t x, guest;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
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

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
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

START_TEST(an_undo_sends_home_who_came_into_a_group_unseen)
{
	pid_t x, y, stray;

	begin();
	pool_is("build", LAYER_ADMIN, POOL_SHARED, SETTING_weight, 50);
	wants_pool("x", "build", SETTING_pool, 0);
	up();
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

int main(void)
{
	Suite *suite = suite_create("engine: pools");
	TCase *tc = tcase_create("pools");

	tcase_set_timeout(tc, 60);
	suite_add_tcase(suite, tc);
	tcase_add_test(tc, a_pool_has_what_is_said_of_it_while_somebody_is_in_it);
	tcase_add_test(tc, a_pool_takes_the_strongest_claim_among_its_members);
	tcase_add_test(tc, what_a_higher_layer_says_of_a_pool_holds);
	tcase_add_test(tc, there_is_one_for_each_user_unit_or_session);
	tcase_add_test(tc, what_is_a_groups_and_wanted_without_one_makes_one_alone);
	tcase_add_test(tc, another_value_moves_nobody);
	tcase_add_test(tc, from_one_pool_to_another_and_home);
	tcase_add_test(tc, who_changes_pools_leaves_nothing_in_the_first);
	tcase_add_test(tc, a_cap_on_one_member_binds_the_pool);
	tcase_add_test(tc, all_goes_back_after_a_death_and_no_group_is_left);
	tcase_add_test(tc, whoever_takes_over_knows_the_groups_there_are);
	tcase_add_test(tc, an_empty_group_that_a_dead_one_left_goes_at_the_undo);
	tcase_add_test(tc, a_move_takes_its_time);
	tcase_add_test(
		tc, who_is_being_frozen_is_asked_nothing_else_until_it_stands);
	tcase_add_test(tc, a_child_born_during_the_move_goes_its_own_way);
	tcase_add_test(tc, a_death_during_the_move_is_undone);
	tcase_add_test(tc, a_move_that_fails_in_the_end_was_never_made);
	tcase_add_test(tc, a_verdict_that_changes_during_the_move_comes_after_it);
	tcase_add_test(tc, who_is_moved_by_others_is_left_there);
	tcase_add_test(tc, who_cannot_be_moved_has_what_one_process_can_have);
	tcase_add_test(tc, an_untouched_pool_moves_nobody);
	tcase_add_test(tc, there_are_so_many_groups_and_no_more);
	tcase_add_test(tc, a_crowd_is_moved_a_part_at_a_time);
	tcase_add_test(tc, a_group_that_is_still_in_use_is_dropped_later);
	tcase_add_test(tc, who_came_into_a_group_unseen_goes_home_with_the_others);
	tcase_add_test(tc, an_undo_sends_home_who_came_into_a_group_unseen);
	tcase_add_test(tc, nobodys_origin_is_a_group_of_ours);
	tcase_add_test(tc, a_rule_sees_where_a_task_is_without_pqs);
	tcase_add_test(tc, numbers_of_places_of_the_past_are_given_to_others);
	tcase_add_test(tc,
		who_comes_into_an_emptied_group_finds_nothing_of_others);
	return run_suite(suite);
}
