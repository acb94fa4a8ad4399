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

static Suite *suite(void)
{
	Suite *s = suite_create("engine: what a generation leaves");
	TCase *t = tcase_create("left");

	tcase_add_checked_fixture(t, NULL, curtain_down);
	tcase_add_test(t,
		a_thread_that_ends_with_a_value_of_other_rules_is_forgotten);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
