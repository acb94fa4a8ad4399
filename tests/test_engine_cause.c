/* test_engine_cause.c -- what rules keep, and whom they reach. */

#include <signal.h>

#include "rehearsing.h"

static struct builder_rule rule_nice(uint32_t match, struct want *w,
                                     int64_t nice)
{
	struct builder_rule r = rule_of(match);

	*w = (struct want){ 0 };
	want_set(w, SETTING_nice, nice);
	r.want = w;
	return r;
}

static void one_rule(uint32_t match, enum moment m, enum target to,
                     uint64_t keep_ns)
{
	struct want         w;
	struct builder_rule r = rule_nice(match, &w, 7);

	r.moment = m;
	r.to = to;
	r.keep_ns = keep_ns;
	rule_add(r);
	rules_end(NULL);
	curtain_up(1, NULL);
}

static uint32_t select_battery_rule(const char *name, uint64_t keep_ns)
{
	struct want         w;
	struct builder_rule r = rule_nice(select_named(SELECT_PROCESS, name),
	                                  &w, 7);

	r.when = select_battery();
	r.keep_ns = keep_ns;
	return rule_add(r);
}

static void battery(bool on)
{
	sim_host(stage->sim, HOST_on_battery, on);
	settle();
}

START_TEST(a_want_outlives_its_cause_by_what_the_rule_keeps)
{
	pid_t pid;

	rules_begin();
	select_battery_rule("x", 20 * SECOND);
	rules_end(NULL);
	curtain_up(1, NULL);
	pid = run("x");
	battery(true);
	ck_assert_int_eq(nice_of(pid), 7);
	battery(false);
	ck_assert_int_eq(nice_of(pid), 7);
	pass(19 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_uint_eq(leases_count(stage->engine.leases), 0);
	curtain_down();
}
END_TEST

START_TEST(a_cause_that_comes_back_in_time_begins_the_keeping_anew)
{
	pid_t pid;

	rules_begin();
	select_battery_rule("x", 20 * SECOND);
	rules_end(NULL);
	curtain_up(1, NULL);
	pid = run("x");
	battery(true);
	battery(false);
	pass(15 * SECOND);
	battery(true);
	pass(100 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	battery(false);
	pass(15 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	pass(6 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

START_TEST(a_moment_is_kept_and_over)
{
	pid_t pid;

	rules_begin();
	one_rule(select_named(SELECT_PROCESS, "x"), MOMENT_EXEC, TARGET_SELF,
	         5 * SECOND);
	pid = run("x");
	settle();
	ck_assert_int_eq(nice_of(pid), 7);
	pass(4 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

START_TEST(the_parent_of_a_killed_child_steps_aside_for_a_while)
{
	pid_t make, cc;

	rules_begin();
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, "cc", 2);
	builder_condition(building, CONDITION_FACT, FACT_signal);
	builder_text(building, "KILL", 4);
	one_rule(builder_selector_end(building), MOMENT_EXIT, TARGET_PARENT,
	         60 * SECOND);
	make = run("make");
	cc = run_under(make, "cc", 1000);
	settle();
	sim_exit(stage->sim, cc);
	settle();
	ck_assert_int_eq(nice_of(make), 0);
	cc = run_under(make, "cc", 1000);
	settle();
	sim_exit_as(stage->sim, cc, SIGKILL);
	settle();
	ck_assert_int_eq(nice_of(make), 7);
	pass(61 * SECOND);
	ck_assert_int_eq(nice_of(make), 0);
	curtain_down();
}
END_TEST

START_TEST(a_parent_has_it_while_one_child_matches)
{
	pid_t shell, first, second;

	rules_begin();
	one_rule(select_named(SELECT_PROCESS, "cc"), MOMENT_NONE,
	         TARGET_PARENT, 0);
	shell = run("sh");
	first = run_under(shell, "cc", 1000);
	second = run_under(shell, "cc", 1000);
	settle();
	ck_assert_int_eq(nice_of(shell), 7);
	ck_assert_int_eq(nice_of(first), 0);
	sim_exit(stage->sim, first);
	settle();
	ck_assert_int_eq(nice_of(shell), 7);
	sim_exit(stage->sim, second);
	settle();
	ck_assert_int_eq(nice_of(shell), 0);
	curtain_down();
}
END_TEST

START_TEST(a_tree_reaches_all_below_now_and_later)
{
	pid_t root, child, late, orphan;

	rules_begin();
	one_rule(select_named(SELECT_PROCESS, "game"), MOMENT_NONE,
	         TARGET_TREE, 0);
	root = run("game");
	child = run_under(root, "helper", 1000);
	settle();
	ck_assert_int_eq(nice_of(root), 7);
	ck_assert_int_eq(nice_of(child), 7);
	late = run_under(child, "late", 1000);
	settle();
	ck_assert_int_eq(nice_of(late), 7);
	/* A double fork stays inside, and so does what outlives the root. */
	sim_exit(stage->sim, child);
	sim_exit(stage->sim, root);
	settle();
	orphan = run_under(late, "orphan", 1000);
	settle();
	ck_assert_int_eq(nice_of(late), 7);
	ck_assert_int_eq(nice_of(orphan), 7);
	sim_exit(stage->sim, orphan);
	sim_exit(stage->sim, late);
	settle();
	ck_assert_uint_eq(leases_count(stage->engine.leases), 0);
	curtain_down();
}
END_TEST

START_TEST(a_tree_is_given_back_when_its_root_is_another_program)
{
	const struct sim_program other = { .name = "other" };
	pid_t root, child;

	rules_begin();
	one_rule(select_named(SELECT_PROCESS, "game"), MOMENT_NONE,
	         TARGET_TREE, 0);
	root = run("game");
	child = run_under(root, "helper", 1000);
	settle();
	ck_assert_int_eq(nice_of(child), 7);
	ck_assert_int_eq(sim_exec_again(stage->sim, root, &other), 0);
	settle();
	ck_assert_int_eq(nice_of(root), 0);
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

/* Two rules of one rank but for their reach: the one about the task itself. */
START_TEST(what_is_said_of_the_task_itself_outranks_its_tree)
{
	struct want         w;
	struct builder_rule r;
	pid_t               root, child;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "helper"), IMAGE_NONE,
	           SETTING_nice, 3);
	r = rule_nice(select_named(SELECT_PROCESS, "game"), &w, 7);
	r.to = TARGET_TREE;
	rule_add(r);
	rules_end(NULL);
	curtain_up(1, NULL);
	root = run("game");
	child = run_under(root, "helper", 1000);
	settle();
	ck_assert_int_eq(nice_of(child), 3);
	curtain_down();
}
END_TEST

/* The tag of a tree, and what it is worth. */
static void tree_tag_rules(void)
{
	struct builder_rule r;
	struct want         w;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "game"));
	r.tag = "game";
	r.to = TARGET_TREE;
	rule_add(r);
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_TAG, 0);
	builder_tag(building, "game");
	r = rule_nice(builder_selector_end(building), &w, 7);
	rule_add(r);
	rules_end(NULL);
}

START_TEST(a_tag_of_a_tree_is_handed_down_to_whoever_is_born_in_it)
{
	pid_t root, child, late;

	tree_tag_rules();
	curtain_up(1, NULL);
	root = run("starter");
	child = run_under(root, "helper", 1000);
	settle();
	ck_assert_int_eq(nice_of(child), 0);
	/* The root comes to be tagged after its children were born. */
	ck_assert_int_eq(sim_exec_again(stage->sim, root,
	                 &(struct sim_program){ .name = "game" }), 0);
	settle();
	ck_assert_int_eq(nice_of(root), 7);
	ck_assert_int_eq(nice_of(child), 7);
	sim_exit(stage->sim, root);
	late = run_under(child, "late", 1000);
	settle();
	ck_assert_int_eq(nice_of(late), 7);
	curtain_down();
}
END_TEST

/* The one between them left at once, so nobody ever judged it. */
START_TEST(a_tag_of_a_tree_comes_and_goes_past_one_that_left)
{
	pid_t root, between, late;

	tree_tag_rules();
	curtain_up(1, NULL);
	root = run("game");
	settle();
	between = sim_fork(stage->sim, root);
	late = run_under(between, "late", 1000);
	sim_exit(stage->sim, between);
	settle();
	ck_assert_int_eq(nice_of(late), 7);
	ck_assert_int_eq(sim_exec_again(stage->sim, root,
	                 &(struct sim_program){ .name = "other" }), 0);
	settle();
	ck_assert_int_eq(nice_of(late), 0);
	curtain_down();
}
END_TEST

static pid_t run_in_unit(const char *name, const char *unit)
{
	const struct sim_program p = { .name = name, .uid = 1000,
	                               .unit = unit };
	pid_t                    pid = sim_exec(stage->sim, &p);

	ck_assert_int_gt(pid, 0);
	return pid;
}

START_TEST(a_unit_is_reached_as_a_whole)
{
	pid_t first, second, beside, elsewhere;

	rules_begin();
	one_rule(select_named(SELECT_PROCESS, "leader"), MOMENT_NONE,
	         TARGET_UNIT, 0);
	beside = run_in_unit("member", "a.service");
	elsewhere = run_in_unit("member", "b.service");
	settle();
	ck_assert_int_eq(nice_of(beside), 0);
	first = run_in_unit("leader", "a.service");
	second = run_in_unit("leader", "a.service");
	settle();
	ck_assert_int_eq(nice_of(beside), 7);
	ck_assert_int_eq(nice_of(elsewhere), 0);
	sim_exit(stage->sim, first);
	settle();
	ck_assert_int_eq(nice_of(beside), 7);
	sim_exit(stage->sim, second);
	settle();
	ck_assert_int_eq(nice_of(beside), 0);
	curtain_down();
}
END_TEST

START_TEST(without_leases_nothing_wakes)
{
	uint64_t before;

	rules_begin();
	one_rule(select_named(SELECT_PROCESS, "x"), MOMENT_NONE, TARGET_SELF,
	         5 * SECOND);
	run("x");
	settle();
	before = stage->engine.counts.judged;
	pass(3600 * SECOND);
	ck_assert_uint_eq(stage->engine.counts.judged, before);
	ck_assert_uint_eq(lease_wake_ns(stage->engine.leases), UINT64_MAX);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine: causes");
	TCase *keep = tcase_create("keep"), *reach = tcase_create("reach");

	tcase_add_test(keep, a_want_outlives_its_cause_by_what_the_rule_keeps);
	tcase_add_test(keep,
	               a_cause_that_comes_back_in_time_begins_the_keeping_anew);
	tcase_add_test(keep, a_moment_is_kept_and_over);
	tcase_add_test(keep, without_leases_nothing_wakes);
	tcase_add_test(reach,
	               the_parent_of_a_killed_child_steps_aside_for_a_while);
	tcase_add_test(reach, a_parent_has_it_while_one_child_matches);
	tcase_add_test(reach, a_tree_reaches_all_below_now_and_later);
	tcase_add_test(reach,
	               a_tree_is_given_back_when_its_root_is_another_program);
	tcase_add_test(reach,
	               what_is_said_of_the_task_itself_outranks_its_tree);
	tcase_add_test(reach,
	               a_tag_of_a_tree_is_handed_down_to_whoever_is_born_in_it);
	tcase_add_test(reach,
	               a_tag_of_a_tree_comes_and_goes_past_one_that_left);
	tcase_add_test(reach, a_unit_is_reached_as_a_whole);
	suite_add_tcase(suite, keep);
	suite_add_tcase(suite, reach);
	return run_suite(suite);
}
