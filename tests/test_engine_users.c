/* test_engine_users.c -- users' own rules: whom they reach, and what they
 * may want. */

#include "own_rules.h"

static void caps(const char *name, enum setting s, struct bound b)
{
	struct builder_rule r = rule_of(named(name));
	struct cap          cap = { .has = SETTING_BIT(s) };

	cap.bound[s] = b;
	r.cap = &cap;
	rule_add(r);
}

START_TEST(a_users_rules_reach_that_users_processes_alone)
{
	pid_t ann, bob, root, daemon;

	system_silent();
	own_wants(ANN, "x", SETTING_nice, 7);
	curtain_up(1, NULL);
	ann = run_as("x", ANN);
	bob = run_as("x", BOB);
	root = run_as("x", 0);
	daemon = run_as("x", 65000);            /* nobody's                   */
	pass(MS);
	ck_assert_int_eq(nice_of(ann), 7);
	ck_assert_int_eq(nice_of(bob), 0);
	ck_assert_int_eq(nice_of(root), 0);
	ck_assert_int_eq(nice_of(daemon), 0);
	curtain_down();
}
END_TEST

START_TEST(each_user_has_own_rules)
{
	pid_t ann, bob;

	system_silent();
	own_wants(ANN, "x", SETTING_nice, 7);
	own_wants(BOB, "x", SETTING_nice, 8);
	curtain_up(1, NULL);
	ann = run_as("x", ANN);
	bob = run_as("x", BOB);
	pass(MS);
	ck_assert_int_eq(nice_of(ann), 7);
	ck_assert_int_eq(nice_of(bob), 8);
	curtain_down();
}
END_TEST

START_TEST(who_lived_before_the_rules_came_is_judged_by_them)
{
	pid_t pid;

	system_silent();
	own_wants(ANN, "x", SETTING_nice, 7);
	curtain_up(1, NULL);
	sim_delay(stage->sim, 500 * MS);
	pid = run_as("x", ANN);
	ck_assert_int_eq(nice_of(pid), 0);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	curtain_down();
}
END_TEST

START_TEST(a_process_with_another_uid_beside_is_nobodys)
{
	pid_t pid;

	system_silent();
	own_wants(ANN, "x", SETTING_nice, 7);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(MS);
	ck_assert_int_eq(nice_of(pid), 7);
	sim_set_other_uid(stage->sim, pid);
	settle();
	ck_assert_int_eq(nice_of(pid), 0);
	sim_set_uid(stage->sim, pid, ANN);
	pass(MS);
	ck_assert_int_eq(nice_of(pid), 7);
	sim_set_uid(stage->sim, pid, 0);
	settle();
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

START_TEST(a_fork_of_such_a_process_is_nobodys_either)
{
	pid_t pid, child;

	system_silent();
	own_wants(ANN, "x", SETTING_timer_slack, 7000);
	curtain_up(1, NULL);
	run_as("x", ANN);
	pid = run_as("x", ANN);
	sim_set_other_uid(stage->sim, pid);
	child = sim_fork(stage->sim, pid);
	pass(SECOND);
	ck_assert_int_ne(knob(child, SETTING_timer_slack), 7000);
	curtain_down();
}
END_TEST

START_TEST(a_user_is_above_the_admins_wants_and_below_the_admins_caps)
{
	pid_t wanted, capped;

	rules_begin();
	wants("x", SETTING_nice, 3);
	wants("y", SETTING_nice, 3);
	caps("y", SETTING_nice, (struct bound){ .low = 10, .high = 19 });
	rules_end(NULL);
	own_begin();
	wants("x", SETTING_nice, 7);
	wants("y", SETTING_nice, 7);
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	wanted = run_as("x", ANN);
	capped = run_as("y", ANN);
	pass(MS);
	ck_assert_int_eq(nice_of(wanted), 7);
	ck_assert_int_eq(nice_of(capped), 10);
	curtain_down();
}
END_TEST

START_TEST(a_users_cap_bounds_only_that_users_wants)
{
	pid_t mine, admins;

	rules_begin();
	wants("y", SETTING_nice, 12);
	caps("z", SETTING_nice, (struct bound){ .low = 10, .high = 19 });
	rules_end(NULL);
	own_begin();
	wants("x", SETTING_nice, 7);
	wants("z", SETTING_nice, 15);
	caps("x", SETTING_nice, (struct bound){ .low = -20, .high = 4 });
	caps("y", SETTING_nice, (struct bound){ .low = -20, .high = 4 });
	caps("z", SETTING_nice, (struct bound){ .low = -20, .high = 4 });
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	mine = run_as("x", ANN);
	admins = run_as("y", ANN);
	pass(MS);
	ck_assert_int_eq(nice_of(mine), 4);
	ck_assert_int_eq(nice_of(admins), 12);
	/* Caps at odds: the admin's holds, and it is no mistake
	 * of the admin's. */
	mine = run_as("z", ANN);
	pass(MS);
	ck_assert_int_eq(nice_of(mine), 15);
	ck_assert_uint_eq(stage->engine.counts.torn, 0);
	curtain_down();
}
END_TEST

/* What a user wants, what the process had, and what it gets. */
static const struct {
	enum setting s;
	int64_t      had, want, gets;
} rights[] = {
	{ SETTING_nice,           0,   -5,    0 },
	{ SETTING_nice,           5,    2,    5 },
	{ SETTING_nice,          -3,   -1,   -1 },
	{ SETTING_nice,           5,    9,    9 },
	{ SETTING_oom_score_adj,  0, -500,    0 },
	{ SETTING_oom_score_adj, 100, 300,  300 },
	{ SETTING_oom_score_adj, 100,  50,  100 },
	{ SETTING_sched, SCHED_CLASS_OTHER, SCHED_CLASS_FIFO | 1 << 8,
	  SCHED_CLASS_OTHER },
	{ SETTING_sched, SCHED_CLASS_OTHER, SCHED_CLASS_IDLE,
	  SCHED_CLASS_IDLE },
	{ SETTING_sched, SCHED_CLASS_BATCH, SCHED_CLASS_OTHER,
	  SCHED_CLASS_BATCH },
	{ SETTING_ionice,        10,   20,   15 },      /* no real-time       */
	{ SETTING_ionice,        10,    0,    0 },
	{ SETTING_autogroup_nice, 0,   -5,    0 },
	{ SETTING_autogroup_nice, 0,    5,    5 },
	{ SETTING_uclamp_min,    10,   50,   10 },
	{ SETTING_uclamp_min,    50,   10,   10 },
	{ SETTING_uclamp_max,    60,   90,   60 },
	{ SETTING_uclamp_max,    60,   30,   30 },
	{ SETTING_cpu_time, 60 * SECOND, 600 * SECOND, 60 * SECOND },
	{ SETTING_cpu_time, 600 * SECOND, 60 * SECOND, 60 * SECOND },
};

START_TEST(a_user_may_lower_and_never_gain)
{
	pid_t          pid;
	struct opinion o;
	enum setting   s = rights[_i].s;

	system_silent();
	own_wants(ANN, "x", s, rights[_i].want);
	curtain_up(1, NULL);
	pid = run_under(0, "x", ANN);
	ck_assert_int_eq(sim_set_knob(stage->sim, pid, s, rights[_i].had), 0);
	settle();
	pass(MS);
	ck_assert_int_eq(knob(pid, s), rights[_i].gets);
	ck_assert_int_eq(rehearsal_look(stage, (struct task_id){ pid, pid, 0 },
	                                &o), 0);
	ck_assert_uint_eq(o.verdict.held[s], rights[_i].gets == rights[_i].want
	                                     ? RULE_NONE : RULE_RIGHTS);
	curtain_down();
}
END_TEST

START_TEST(a_class_of_service_gains_nothing_either)
{
	pid_t pid;

	system_silent();
	own_wants(ANN, "x", SETTING_qos, QOS_USER_INTERACTIVE);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(MS);
	ck_assert_int_ge(nice_of(pid), 0);
	curtain_down();
}
END_TEST

START_TEST(what_needs_a_power_is_not_a_users_to_want)
{
	struct opinion o;
	pid_t          pid;

	system_silent();
	own_wants(ANN, "x", SETTING_weight, 9000);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(MS);
	ck_assert_int_eq(rehearsal_look(stage, (struct task_id){ pid, pid, 0 },
	                                &o), 0);
	ck_assert_uint_eq(o.refused, SETTING_BIT(SETTING_weight));
	ck_assert_uint_eq(o.verdict.want.has, 0);
	curtain_down();
}
END_TEST

static void tag(const char *name, const char *tag)
{
	struct builder_rule r = rule_of(named(name));

	r.tag = tag;
	rule_add(r);
}

static void wants_tagged(const char *tag, int64_t nice)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_TAG, 0);
	builder_tag(building, tag);
	rule_wants(builder_selector_end(building), IMAGE_NONE, SETTING_nice,
	           nice);
}

START_TEST(a_users_tags_are_seen_by_that_users_rules_alone)
{
	pid_t ann, bob;

	rules_begin();
	tag("s", "mark");
	wants_tagged("mark", 3);
	rules_end(NULL);
	own_begin();
	tag("x", "mark");
	wants_tagged("mark", 7);
	own_end(ANN, NULL);
	own_begin();
	tag("y", "mark");
	wants_tagged("mark", 8);
	own_end(BOB, NULL);
	curtain_up(1, NULL);
	ann = run_as("x", ANN);
	bob = run_as("x", BOB);
	pass(MS);
	ck_assert_int_eq(nice_of(ann), 7);
	ck_assert_int_eq(nice_of(bob), 0);
	ck_assert_int_eq(nice_of(run_as("s", 0)), 3);
	ck_assert_int_eq(nice_of(run_as("s", ANN)), 3);
	curtain_down();
}
END_TEST

START_TEST(what_is_not_the_users_is_unknown_to_the_users_rules)
{
	pid_t shell, child;

	system_silent();
	own_begin();
	rule_wants(select_child_of(named("login")), IMAGE_NONE, SETTING_nice,
	           7);
	rule_wants(select_child_of(named("shell")), IMAGE_NONE, SETTING_nice,
	           9);
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	shell = run_under(run_as("login", 0), "shell", ANN);
	settle();
	child = run_under(shell, "x", ANN);
	settle();
	pass(MS);
	ck_assert_int_eq(nice_of(shell), 0);
	ck_assert_int_eq(nice_of(child), 9);
	curtain_down();
}
END_TEST

static void reach_nice(uint32_t match, enum target to, int64_t nice)
{
	struct builder_rule r = rule_of(match);
	struct want         w = { 0 };

	want_set(&w, SETTING_nice, nice);
	r.want = &w;
	r.to = to;
	rule_add(r);
}

START_TEST(no_want_reaches_others_through_parent_or_tree)
{
	pid_t parent, pid, below;

	system_silent();
	own_begin();
	reach_nice(named("x"), TARGET_PARENT, 7);
	reach_nice(named("x"), TARGET_TREE, 9);
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	parent = run_as("login", 0);
	pid = run_under(parent, "x", ANN);
	settle();
	below = run_under(pid, "passwd", ANN);
	settle();
	pass(MS);
	ck_assert_int_eq(nice_of(parent), 0);
	ck_assert_int_eq(nice_of(below), 9);
	sim_set_other_uid(stage->sim, below);
	settle();
	ck_assert_int_eq(nice_of(below), 0);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("users");

	tcase_add_test(c, a_users_rules_reach_that_users_processes_alone);
	tcase_add_test(c, each_user_has_own_rules);
	tcase_add_test(c, who_lived_before_the_rules_came_is_judged_by_them);
	tcase_add_test(c, a_process_with_another_uid_beside_is_nobodys);
	tcase_add_test(c, a_fork_of_such_a_process_is_nobodys_either);
	tcase_add_test(c,
	        a_user_is_above_the_admins_wants_and_below_the_admins_caps);
	tcase_add_test(c, a_users_cap_bounds_only_that_users_wants);
	tcase_add_loop_test(c, a_user_may_lower_and_never_gain, 0,
	                    sizeof rights / sizeof rights[0]);
	tcase_add_test(c, a_class_of_service_gains_nothing_either);
	tcase_add_test(c, what_needs_a_power_is_not_a_users_to_want);
	tcase_add_test(c, a_users_tags_are_seen_by_that_users_rules_alone);
	tcase_add_test(c,
	        what_is_not_the_users_is_unknown_to_the_users_rules);
	tcase_add_test(c, no_want_reaches_others_through_parent_or_tree);
	return run_case(c, "engine: users");
}
