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
	troupe.limits.machine = (struct limit_rate){ 1, 60 * SECOND };
	curtain_up(1, NULL);
	pass(SECOND);
	x = run("x");
	worker = sim_thread(stage->sim, x, "worker");
	settle();
	ck_assert_int_eq(nice_of(worker), 7);
	next_nice(5);
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_int_eq(nice_of(worker), 7);
	sim_exit(stage->sim, worker);
	pass(SECOND);
	ck_assert_uint_eq(journal_count(stage->journal), 1);
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
	tcase_add_loop_test(t, what_is_left_of_a_tree_goes_with_the_rule_for_it,
	                    0, 4);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
