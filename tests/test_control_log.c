/* test_control_log.c -- the log asked for by the name of a rule. */

#include "visiting.h"

#include "own_rules.h"
#include "reloading_stage.h"

static const char *log_of(const char *rule)
{
	static char line[120];

	snprintf(line, sizeof line,
	         "{\"pqs\":1,\"ask\":\"log\",\"rule\":\"%s\"}", rule);
	return line;
}

static void begin(void)
{
	rules_begin();
	rule_named("slow down", "x", SETTING_nice, 3);
	rule_named("never yet", "y", SETTING_nice, 4);
	rules_end(NULL);
	shelf_offer();
	own_begin();
	rule_named("of ann", "f", SETTING_nice, 7);
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	gate_open();
	run_as("x", 0);
	run_as("f", ANN);
	pass(SECOND);
}

START_TEST(a_rule_that_there_is_not_is_no_empty_log)
{
	uint32_t v = visitor(0);

	assert_answer(v, log_of("slow down"), "\"end\":\"log\",\"rows\":1");
	assert_answer(v, log_of("never yet"), "\"end\":\"log\",\"rows\":0");
	assert_answer(v, log_of("slow donw"), "\"error\":\"unknown\",\"why\":"
	              "\"no rule of those in force is called 'slow donw'; did "
	              "you mean 'slow down'?\"");
	assert_answer(v, log_of("tuesday"), "no rule of those in force is "
	              "called 'tuesday'\"");
	assert_answer(v, "{\"pqs\":1,\"ask\":\"log\",\"follow\":true,\"rule\":"
	              "\"tuesday\"}", "\"error\":\"unknown\"");
}
END_TEST

START_TEST(a_rule_that_is_gone_is_told_of_as_long_as_the_log_has_it)
{
	uint32_t v = visitor(0);

	next_begin();
	rule_named("never yet", "y", SETTING_nice, 4);
	next_end("one is gone");
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	assert_answer(v, log_of("slow down"), "\"end\":\"log\",\"rows\":1");
	for (int i = 0; i < DECISIONS_MAX; i++) {
		run("y");
		settle();
	}
	assert_answer(v, log_of("slow down"), "\"error\":\"unknown\"");
}
END_TEST

/* Neither by what they are called nor by what was near it. */
START_TEST(users_are_told_of_their_own_rules_and_the_systems_alone)
{
	static const char none[] = "no rule of those in force is called 'of "
	                           "ann'\"";

	assert_answer(visitor(ANN), log_of("of ann"), "\"rows\":1");
	assert_answer(visitor(0), log_of("of ann"), "\"rows\":1");
	assert_answer(visitor(BOB), log_of("of ann"), none);
	assert_answer(visitor(BOB), log_of("of anm"), "called 'of anm'\"");
	assert_answer(visitor(BOB), log_of("slow down"), "\"rows\":0");
	assert_answer(visitor(BOB), log_of("slow donw"), "did you mean 'slow "
	                                                 "down'?");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("control: the log of a rule");
	TCase *c = tcase_create("log");

	tcase_add_checked_fixture(c, begin, visits_end);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, a_rule_that_there_is_not_is_no_empty_log);
	tcase_add_test(c,
	               a_rule_that_is_gone_is_told_of_as_long_as_the_log_has_it);
	tcase_add_test(c,
	               users_are_told_of_their_own_rules_and_the_systems_alone);
	suite_add_tcase(s, c);
	return run_suite(s);
}
