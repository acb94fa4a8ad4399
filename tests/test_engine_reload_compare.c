/* test_engine_reload_compare.c -- what a comparison says is what would come. */

#include "reloading_stage.h"

#define FAMILIES 20

/* Of "parent", its child "child" and the child's thread "worker". */
static const struct case_of {
	const char *text;
	enum target to;
} kins[] = {
	{ "a thread of a process", TARGET_SELF },
	{ "a child",               TARGET_SELF },
	{ "whoever is under one",  TARGET_SELF },
	{ "the parent",            TARGET_PARENT },
	{ "a tree, from its top",  TARGET_TREE },
	{ "a unit",                TARGET_UNIT },
	{ "a tree, its top gone",  TARGET_TREE },
	{ "an orphan",             TARGET_SELF },
};

#define KINS (int)(sizeof kins / sizeof kins[0])

#define TOP_GONE 6
#define ORPHANS  7

static uint32_t match_of(int kin)
{
	uint32_t process;

	switch (kin) {
	case 0:
		process = select_named(SELECT_PROCESS, "child");
		return select_thread_of("work*", process);
	case 1:
		return select_child_of(select_named(SELECT_PROCESS, "parent"));
	case 2:
		return select_under(select_named(SELECT_PROCESS, "parent"));
	case 4:
	case TOP_GONE:
		return select_named(SELECT_PROCESS, "parent");
	default:
		return select_named(SELECT_PROCESS, "child");
	}
}

static void rule_of_kin(int kin, int64_t nice)
{
	struct builder_rule r = rule_of(match_of(kin));
	struct want         w = { 0 };

	want_set(&w, SETTING_nice, nice);
	r.name = "kin";
	r.to = kins[kin].to;
	r.want = &w;
	rule_add(r);
}

static void run_family(int kin)
{
	struct sim_program p = { .name = "parent", .uid = 1000,
		                 .unit = "u.service" };
	pid_t              parent, child;

	parent = sim_exec(stage->sim, &p);
	ck_assert_int_gt(parent, 0);
	child = run_under(parent, "child", 1000);
	ck_assert_int_gt(sim_thread(stage->sim, child, "worker"), 0);
	settle();
	if (kin == TOP_GONE || kin == ORPHANS) {
		sim_exit(stage->sim, parent);
		settle();
		ck_assert_int_eq(nice_of(child), 7);
	}
}

/* How many the rules as they are now would change, or do. */
static size_t differing(bool dry)
{
	const struct reload_request q = { .dry_run = dry, .token = 1 };

	ck_assert_int_eq(reload_ask(&stage->engine, &q), 0);
	pass(SECOND);
	ck_assert_int_eq(last_end(), dry ? RELOAD_COMPARED : RELOAD_IN_FORCE);
	return shelf.ended[shelf.ends - 1].differ;
}

static void stage_kin(int kin)
{
	rules_begin();
	rule_of_kin(kin, 7);
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	for (int i = 0; i < FAMILIES; i++)
		run_family(kin);
	pass(SECOND);
}

START_TEST(the_same_rules_differ_in_nothing)
{
	stage_kin(_i % KINS);
	ck_assert_msg(differing(_i < KINS) == 0, "%s", kins[_i % KINS].text);
}
END_TEST

/* Those that have it from a rule about others, and nobody else. */
START_TEST(whom_a_rule_reaches_through_others_differs_by_it)
{
	static const size_t reached[] = { 1, 1, 1, 1, 2, 2, 0, 1 };

	int kin = _i % KINS;

	stage_kin(kin);
	next_begin();
	rule_of_kin(kin, 9);
	next_end("nine");
	ck_assert_msg(differing(_i < KINS) >= reached[kin] * FAMILIES, "%s",
	              kins[kin].text);
}
END_TEST

/* Who its parent is now must be read again. */
START_TEST(those_whose_parent_left_are_compared_too)
{
	stage_kin(ORPHANS);
	next_begin();
	rule_of_kin(ORPHANS, 9);
	next_end("nine");
	ck_assert_uint_eq(differing(_i == 0), FAMILIES);
}
END_TEST

static void compare_now(uint64_t token)
{
	const struct reload_request q = { .dry_run = true, .token = token };

	ck_assert_int_eq(reload_ask(&stage->engine, &q), 0);
	settle();
	ck_assert_int_eq(last_end(), RELOAD_COMPARED);
}

/* Of the machine it reads what could not be read when that one was judged. */
START_TEST(who_was_judged_without_what_a_comparison_reads_is_judged_anew)
{
	pid_t pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_nice, 5);
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
	pass(SECOND);
	sim_fail(stage->sim, SIM_HOST, EAGAIN, HOST_COUNT);
	compare_now(1);
	pid = run("a");
	settle();
	ck_assert_int_eq(nice_of(pid), 0);
	sim_fail(stage->sim, SIM_HOST, 0, 0);
	compare_now(2);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(pid), 5);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine: comparing two generations");
	TCase *t = tcase_create("compare");

	tcase_add_checked_fixture(t, NULL, curtain_down);
	tcase_add_loop_test(t, the_same_rules_differ_in_nothing, 0, 2 * KINS);
	tcase_add_loop_test(t, whom_a_rule_reaches_through_others_differs_by_it,
	                    0, 2 * KINS);
	tcase_add_loop_test(t, those_whose_parent_left_are_compared_too, 0, 2);
	tcase_add_test(
		t,
		who_was_judged_without_what_a_comparison_reads_is_judged_anew);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
