/* test_engine_reload_left.c -- what one generation leaves to the next. */

#include "journal/journal.h"
#include "reloading_stage.h"

/* The next rules say nothing of threads, and what one has waits to go back. */
START_TEST(a_thread_that_ends_with_a_value_of_other_rules_is_forgotten)
{
	pid_t x, worker;

	rules_begin();
	rule_wants(select_thread_of("work*", select_named(SELECT_PROCESS,
	                                                  "x")),
	           IMAGE_NONE, SETTING_nice, 7);
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	x = run("x");
	worker = sim_thread(stage->sim, x, "worker");
	settle();
	ck_assert_int_eq(nice_of(worker), 7);
	next_nice(5);
	sim_fail(stage->sim, SIM_APPLY, EIO, 2);
	ask_again(1);
	pass(SECOND / 2);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	ck_assert_int_eq(nice_of(worker), 7);
	sim_exit(stage->sim, worker);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_uint_eq(journal_count(stage->journal), 1);
}
END_TEST

#define OTHERS 500

static uint64_t judged_before, judged_back;

static void note_swap(void *self, const struct reload_result *r)
{
	(void)self, (void)r;
	judged_before = stage->engine.counts.judged;
}

static void note_back(void *self, const struct change *c)
{
	(void)self;
	if (c->setting == SETTING_nice && c->now == 0)
		judged_back = stage->engine.counts.judged;
}

/* Whoever has something of it waits for none of those who have nothing. */
START_TEST(what_a_rule_that_is_gone_had_set_goes_back_first)
{
	pid_t x;

	rules_begin();
	rule_named("x", "x", SETTING_nice, 3);
	rule_named("others", "y", SETTING_nice, 4);
	rules_end(NULL);
	shelf_offer();
	troupe.reload_ears.reloaded = note_swap;
	curtain_up(1, note_back);
	for (int i = 0; i < OTHERS; i++)
		run("y");
	x = run("x");
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 3);
	next_begin();
	rule_named("others", "y", SETTING_nice, 4);
	next_end("one is gone");
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_uint_gt(judged_back, judged_before);
	ck_assert_uint_lt(judged_back - judged_before, 10);
}
END_TEST

/* It is a first verdict, as at a start: of all that they change
 * nothing waits. */
START_TEST(what_other_rules_make_of_it_first_is_not_held_back)
{
	pid_t x[3], gone[3];

	rules_begin();
	rule_named("x", "x", SETTING_nice, 3);
	rule_named("gone", "y", SETTING_nice, 4);
	rules_end(NULL);
	shelf_offer();
	troupe.limits = (struct limit_rates){
		.task = { 1, 60 * SECOND }, .rule = { 1, 60 * SECOND },
		.machine = { 1, 60 * SECOND }, .dwell_ns = 60 * SECOND };
	curtain_up(1, NULL);
	for (int i = 0; i < 3; i++) {
		x[i] = run("x");
		gone[i] = run("y");
	}
	pass(SECOND);
	next_nice(8);
	ask_again(1);
	pass(SECOND);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(nice_of(x[i]), 8);
		ck_assert_int_eq(nice_of(gone[i]), 0);
	}
}
END_TEST

/* Only the first: a rule that changes its mind after that does wait. */
START_TEST(what_other_rules_make_of_it_after_that_is_held_back)
{
	pid_t x;

	rules_begin();
	rule_named("x", "x", SETTING_nice, 3);
	rules_end(NULL);
	shelf_offer();
	troupe.limits.dwell_ns = 60 * SECOND;
	curtain_up(1, NULL);
	x = run("x");
	pass(SECOND);
	next_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_nice, 7);
	next_end("on battery");
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	sim_host(stage->sim, HOST_on_battery, true);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	sim_host(stage->sim, HOST_on_battery, false);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 7);
}
END_TEST

static uint32_t rule_of_trees(const char *name, enum target to, int64_t nice)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "top"));
	struct want         w = { 0 };

	want_set(&w, SETTING_nice, nice);
	r.name = name;
	r.to = to;
	r.want = &w;
	return rule_add(r);
}

/* The heir of its rule has it, if that speaks of trees, too; what it wants is
 * what that says. */
START_TEST(what_is_left_of_a_tree_goes_with_the_rule_for_it)
{
	static const struct {
		const char *name;
		enum target to;
		int64_t     wants, nice;
	} next[] = { { "tree", TARGET_TREE, 7, 7 },
		     { "tree", TARGET_TREE, 9, 9 },
		     { "tree", TARGET_SELF, 7, 0 },
		     { "another", TARGET_TREE, 7, 0 } };
	pid_t top, leaf;

	rules_begin();
	rule_of_trees("tree", TARGET_TREE, 7);
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	top = run("top");
	leaf = run_under(top, "leaf", 1000);
	settle();
	sim_exit(stage->sim, top);
	settle();
	ck_assert_int_eq(nice_of(leaf), 7);
	next_begin();
	rule_of_trees(next[_i].name, next[_i].to, next[_i].wants);
	next_end("next");
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	ck_assert_int_eq(nice_of(leaf), next[_i].nice);
	ck_assert_uint_eq(shelf.ended[shelf.ends - 1].differ,
	                  next[_i].nice != 7);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	pass(SECOND);
	ck_assert_int_eq(nice_of(leaf), next[_i].nice == 0 ? 0 : 7);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine: what a generation leaves");
	TCase *t = tcase_create("left");

	tcase_add_checked_fixture(t, NULL, curtain_down);
	tcase_add_test(t,
		a_thread_that_ends_with_a_value_of_other_rules_is_forgotten);
	tcase_add_test(t, what_a_rule_that_is_gone_had_set_goes_back_first);
	tcase_add_test(t, what_other_rules_make_of_it_first_is_not_held_back);
	tcase_add_test(t, what_other_rules_make_of_it_after_that_is_held_back);
	tcase_add_loop_test(t, what_is_left_of_a_tree_goes_with_the_rule_for_it,
	                    0, 4);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
