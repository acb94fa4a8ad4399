/* test_engine_users_voices.c -- a user's voice comes, fails and ends, and
 * nobody else pays for it. */

#include "own_rules.h"

static void act_seven(struct asking *q)
{
	ask_fact(q, FACT_pid, NULL);
	say_want(q, SETTING_nice, 7);
}

START_TEST(when_a_users_worker_dies_all_others_go_on)
{
	pid_t ann, bob, x;

	rules_begin();
	rule_function(named("f"));
	rules_end(act_seven);
	own_begin();
	rule_function(named("x"));
	own_end(ANN, act_seven);
	own_begin();
	rule_function(named("x"));
	own_end(BOB, act_seven);
	curtain_up(1, NULL);
	ann = run_as("x", ANN);
	pass(100 * MS);
	ck_assert_int_eq(nice_of(ann), 7);
	sim_own_dies(stage->sim, 1);
	settle();
	ck_assert_uint_eq(troupe.troubles, 1);
	ck_assert_ptr_nonnull(strstr(troupe.trouble, "user 1000"));
	bob = run_as("x", BOB);
	x = run_as("f", 0);
	pass(100 * MS);
	ck_assert_int_eq(nice_of(bob), 7);
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert_int_eq(nice_of(ann), 7);      /* what it said stands        */
	pass(10 * SECOND);
	x = run_as("x", ANN);                   /* and it was replaced        */
	pass(100 * MS);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

START_TEST(a_users_wrong_rules_are_refused_for_that_user)
{
	pid_t ann, bob;

	system_silent();
	own_refused(ANN, "/home/ann/x.lua:3: nonsense");
	own_wants(BOB, "x", SETTING_nice, 8);
	curtain_up(1, NULL);
	ann = run_as("x", ANN);
	bob = run_as("x", BOB);
	pass(MS);
	ck_assert_int_eq(nice_of(ann), 0);
	ck_assert_int_eq(nice_of(bob), 8);
	ck_assert(!stage->engine.stopping);
	ck_assert_uint_eq(troupe.troubles, 1);
	ck_assert_ptr_nonnull(strstr(troupe.trouble, "user 1000"));
	ck_assert_ptr_nonnull(strstr(troupe.trouble, "x.lua:3: nonsense"));
	ck_assert_int_eq(nice_of(run_as("other", ANN)), 3);
	curtain_down();
}
END_TEST

START_TEST(rules_that_say_they_are_the_admins_are_no_users)
{
	pid_t pid;

	system_silent();
	own_begin();
	building_layer = LAYER_ADMIN;
	wants("x", SETTING_nice, 7);
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(60 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert(!sim_has_worker(stage->sim, ANN));    /* it was given up    */
	curtain_down();
}
END_TEST

START_TEST(a_voice_ends_a_while_after_the_last_process)
{
	pid_t first, second;

	system_silent();
	own_begin();
	rule_function(named("x"));
	own_end(ANN, act_seven);
	curtain_up(1, NULL);
	first = run_as("x", ANN);
	second = run_as("y", ANN);
	pass(SECOND);
	ck_assert(sim_has_worker(stage->sim, ANN));
	sim_exit(stage->sim, first);
	pass(20 * SECOND);
	ck_assert(sim_has_worker(stage->sim, ANN));
	sim_exit(stage->sim, second);
	pass(9 * SECOND);
	ck_assert(sim_has_worker(stage->sim, ANN));
	pass(2 * SECOND);
	ck_assert(!sim_has_worker(stage->sim, ANN));
	first = run_as("x", ANN);
	pass(SECOND);
	ck_assert(sim_has_worker(stage->sim, ANN));
	ck_assert_int_eq(nice_of(first), 7);
	curtain_down();
}
END_TEST

START_TEST(what_a_user_wanted_is_given_back_when_the_process_is_another_users)
{
	pid_t pid;

	system_silent();
	own_wants(ANN, "x", SETTING_nice, 7);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(MS);
	ck_assert_int_eq(nice_of(pid), 7);
	sim_set_uid(stage->sim, pid, BOB);
	pass(20 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_ptr_null(stage->engine.voice[1].worker);
	curtain_down();
}
END_TEST

START_TEST(a_user_without_rules_costs_one_start)
{
	system_silent();
	own_begin();
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	for (int i = 0; i < 5; i++)
		run_as("x", ANN);
	pass(SECOND);
	ck_assert_uint_eq(worker_counts(stage->engine.voice[1].worker).started,
	                  1);
	ck_assert(!sim_has_worker(stage->sim, ANN));
	ck_assert_uint_eq(troupe.troubles, 0);
	curtain_down();
}
END_TEST

START_TEST(past_the_bound_users_have_no_voice_and_are_counted)
{
	pid_t pid;

	system_silent();
	for (uid_t uid = 0; uid < USER_VOICES_MAX + 1; uid++)
		own_wants(ANN + uid, "x", SETTING_nice, 7);
	curtain_up(1, NULL);
	for (uid_t uid = 0; uid < USER_VOICES_MAX; uid++)
		run_as("x", ANN + uid);
	ck_assert_uint_eq(stage->engine.counts.users_refused, 0);
	pid = run_as("x", ANN + USER_VOICES_MAX);
	pass(MS);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_uint_gt(stage->engine.counts.users_refused, 0);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("users");

	tcase_add_test(c, when_a_users_worker_dies_all_others_go_on);
	tcase_add_test(c, a_users_wrong_rules_are_refused_for_that_user);
	tcase_add_test(c, rules_that_say_they_are_the_admins_are_no_users);
	tcase_add_test(c, a_voice_ends_a_while_after_the_last_process);
	tcase_add_test(c,
	        what_a_user_wanted_is_given_back_when_the_process_is_another_users);
	tcase_add_test(c, a_user_without_rules_costs_one_start);
	tcase_add_test(c, past_the_bound_users_have_no_voice_and_are_counted);
	return run_case(c, "engine: users, voices");
}
