/* test_control_rights.c -- what users are told of others, and of what others
 * may have a part in. */

#include "visiting.h"

#include "own_rules.h"

static void begin(void)
{
	rules_begin();
	wants("x", SETTING_nice, 3);
	rules_end(NULL);
	own_nice(ANN, 7);
	own_nice(BOB, 8);
	curtain_up(1, NULL);
	gate_open();
	run_as("y", ANN);
	run_as("y", BOB);
	pass(SECOND);
}

static unsigned told(const char *what)
{
	unsigned n = 0;

	for (const char *at = said; (at = strstr(at, what)) != NULL; n++)
		at += strlen(what);
	return n;
}

static unsigned workers_told(uid_t uid)
{
	ask(visitor(uid), STATUS);
	return told("{\"row\":\"worker\"");
}

static bool is_named(uid_t uid)
{
	char of[80];

	snprintf(of, sizeof of, "\"of\":\"%s\"", voice_of(uid)->name);
	return strstr(said, of) != NULL;
}

START_TEST(who_has_rules_is_told_to_themselves_and_to_who_commands)
{
	ck_assert_uint_eq(workers_told(0), 3);
	ck_assert(is_named(ANN) && is_named(BOB));
	ck_assert_uint_eq(workers_told(BOB), 2);
	ck_assert(is_named(BOB) && !is_named(ANN));
	ck_assert_uint_eq(workers_told(4242), 1);
	ck_assert(!is_named(BOB) && !is_named(ANN));
}
END_TEST

/* It acts for root, or may: as a set-uid program does. */
START_TEST(what_has_another_uid_too_is_not_the_users_to_see)
{
	pid_t pid = run_as("x", ANN);

	assert_answer(visitor(ANN), order("explain", pid, ""),
	              "\"end\":\"explain\"");
	sim_set_other_uid(stage->sim, pid);
	settle();
	assert_answer(visitor(ANN), order("explain", pid, ""), "\"denied\"");
	assert_answer(visitor(0), order("explain", pid, ""),
	              "\"end\":\"explain\"");
}
END_TEST

START_TEST(what_is_changed_of_it_is_not_in_the_users_log)
{
	pid_t pid = run_under(0, "x", ANN);

	sim_set_other_uid(stage->sim, pid);
	settle();
	ck_assert_int_eq(nice_of(pid), 3);
	ask(visitor(0), order("log", pid, ""));
	ck_assert_ptr_nonnull(strstr(said, "\"rows\":1"));
	assert_answer(visitor(ANN), order("log", pid, ""), "\"rows\":0");
}
END_TEST

START_TEST(users_silence_none_but_their_own_rules)
{
	static const char a_rule[] = "{\"pqs\":1,\"ask\":\"undo\",\"rule\":"
	                             "\"a rule\"}";

	assert_answer(visitor(4242), a_rule, "\"error\":\"unknown\"");
	assert_answer(visitor(ANN), a_rule, "\"end\":\"undo\",\"rows\":1}");
	assert_answer(visitor(0), a_rule, "\"end\":\"undo\",\"rows\":3}");
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("rights");

	tcase_add_checked_fixture(c, begin, visits_end);
	tcase_set_timeout(c, 60);
	tcase_add_test(c,
	               who_has_rules_is_told_to_themselves_and_to_who_commands);
	tcase_add_test(c, what_has_another_uid_too_is_not_the_users_to_see);
	tcase_add_test(c, what_is_changed_of_it_is_not_in_the_users_log);
	tcase_add_test(c, users_silence_none_but_their_own_rules);
	return run_case(c, "control: rights");
}
