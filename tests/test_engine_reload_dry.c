/* test_engine_reload_dry.c -- what would differ by other rules is told, and
 * nothing changed. */

#include "own_rules.h"
#include "reloading_stage.h"

START_TEST(a_dry_run_tells_what_differs_and_changes_nothing)
{
	const struct reload_request q = { .dry_run = true, .token = 4 };
	pid_t                       x;

	stage_nice(1);
	x = run("x");
	settle();
	next_nice(8);
	ck_assert_int_eq(reload_ask(&stage->engine, &q), 0);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_COMPARED);
	ck_assert_uint_eq(shelf.ended[shelf.ends - 1].differ, 1);
	ck_assert_uint_eq(shelf.differences, 1);
	ck_assert_int_eq(nice_of(x), 3);
	ck_assert_uint_eq(generation(), 1);
}
END_TEST

START_TEST(a_shadow_tells_each_difference_once)
{
	const struct reload_request q = { .dry_run = true, .token = 4,
		                          .shadow_ns = 5 * SECOND };

	stage_nice(1);
	run("x");
	settle();
	next_nice(8);
	ck_assert_int_eq(reload_ask(&stage->engine, &q), 0);
	pass(3 * SECOND);
	ck_assert_uint_eq(shelf.differences, 1);
	run("x");
	pass(4 * SECOND);
	ck_assert_int_eq(last_end(), RELOAD_COMPARED);
	ck_assert_uint_eq(shelf.ended[shelf.ends - 1].differ, 2);
	ck_assert_uint_eq(shelf.differences, 2);
}
END_TEST

START_TEST(a_dry_run_that_is_refused_is_no_reload_that_was)
{
	const struct reload_request q = { .dry_run = true, .token = 4 };
	struct reload_status        s;

	stage_nice(1);
	shelf.error = _i == 0 ? EIO : 0;
	shelf.test_error = _i == 1 ? EINVAL : 0;
	next_nice(8);
	ck_assert_int_eq(reload_ask(&stage->engine, &q), 0);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_REFUSED);
	reload_status(&stage->engine, &s);
	ck_assert_uint_eq(s.refused, 0);
	ck_assert_str_eq(s.last_refusal, "");
}
END_TEST

/* Whoever asks for a reload asks for theirs too. */
START_TEST(a_dry_run_has_no_users_rules_read)
{
	const struct reload_request q = { .dry_run = true, .token = 4 };
	unsigned                    reads;

	system_silent();
	own_nice(ANN, 7);
	shelf_offer();
	curtain_up(1, NULL);
	run_as("x", ANN);
	pass(5 * SECOND);
	reads = own_of(ANN)->reads;
	ck_assert_int_eq(reload_ask(&stage->engine, &q), 0);
	pass(5 * SECOND);
	ck_assert_int_eq(last_end(), RELOAD_COMPARED);
	ck_assert_uint_eq(own_of(ANN)->reads, reads);
	ask_again(5);
	pass(5 * SECOND);
	ck_assert_uint_gt(own_of(ANN)->reads, reads);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, a_dry_run_tells_what_differs_and_changes_nothing);
	tcase_add_test(c, a_shadow_tells_each_difference_once);
	tcase_add_loop_test(c, a_dry_run_that_is_refused_is_no_reload_that_was,
	                    0, 2);
	tcase_add_test(c, a_dry_run_has_no_users_rules_read);
	return run_case(c, "engine: reload, dry");
}
