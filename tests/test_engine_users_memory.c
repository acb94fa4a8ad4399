/* test_engine_users_memory.c -- every allocation on the way to other rules of a
 * user may fail: then the old ones stay, and the next change works. */

#include "failing_memory.h"
#include "own_rules.h"

static void act_nine(struct asking *q)
{
	ask_fact(q, FACT_uid, NULL);
	say_want(q, SETTING_nice, 9);
}

/* With a tag, a lease and a function, of which each has parts of its own. */
static void other_of_all_kinds(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	own_begin();
	r = rule_of(named("x"));
	r.name = "f";
	r.tag = "t";
	r.is_function = true;
	rule_add(r);
	r = rule_of(named("y"));
	want_set(&w, SETTING_timer_slack, 7000);
	r.name = "tree";
	r.want = &w;
	r.to = TARGET_TREE;
	rule_add(r);
	other_rules(ANN, act_nine);
}

/* Not for its answers: once the rules are in force the engine may end for want
 * of memory, like at any other time.  Whether it goes on. */
static bool change_without(long n)
{
	int r;

	until = n;
	has_failed = false;
	r = rehearsal_pass(stage, 300 * SECOND);
	until = -1;
	if (r == 0)
		return true;
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_uint_eq(ruleset_generation(voice_of(ANN)->rules), 2);
	return false;
}

START_TEST(without_memory_a_users_old_rules_stay_and_the_next_change_works)
{
	long tries = 0, went_on = 0;

	do {
		pid_t x;

		system_silent();
		own_nice(ANN, 3);
		curtain_up(1, NULL);
		x = run_as("x", ANN);
		pass(SECOND);
		ck_assert_int_eq(nice_of(x), 3);
		other_of_all_kinds();
		tries++;
		if (change_without(tries - 1)) {
			/* A question that could not be written down has no
			 * answer yet. */
			ck_assert(nice_of(x) == 3 || nice_of(x) == 9 ||
			          nice_of(x) == 0);
			other_nice(ANN, 5);
			pass(300 * SECOND);
			ck_assert_int_eq(nice_of(x), 5);
			went_on++;
		}
		curtain_down();
	} while (has_failed && tries < 100000);
	ck_assert(!has_failed);
#ifndef ALLOCATOR_IS_TAKEN
	ck_assert_int_gt(went_on, 20);
#endif
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: users without memory");
	TCase *t = tcase_create("memory");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 600);
	tcase_add_test(t, without_memory_a_users_old_rules_stay_and_the_next_change_works);
	return run_suite(s);
}
