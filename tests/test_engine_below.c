/* test_engine_below.c -- what changes of a process is heard by those below it. */

#include "rehearsing.h"

static void act_by_parent(struct asking *q)
{
	const char *parent = "";

	ask_fact(q, FACT_parent, &parent);
	if (q->answer->outcome != OUTCOME_NEEDS && strcmp(parent, "make") == 0)
		say_want(q, SETTING_nice, 7);
}

static uint32_t above(int which)
{
	uint32_t make = select_named(SELECT_PROCESS, "make");

	return which == 0 ? select_child_of(make)
	     : which == 1 ? select_under(make)
	     : select_text(FACT_parent, "make");
}

/* Nice 7 for whoever is below "make", by one of the ways to say so. */
static void up(int which)
{
	rules_begin();
	if (which == 3)
		rule_function(select_named(SELECT_PROCESS, "cc"));
	else
		rule_wants(above(which), IMAGE_NONE, SETTING_nice, 7);
	rules_end(act_by_parent);
	curtain_up(1, NULL);
}

static void becomes(pid_t pid, const char *name)
{
	const struct sim_program p = { .name = name };

	ck_assert_int_eq(sim_exec_again(stage->sim, pid, &p), 0);
	settle();
}

START_TEST(who_was_born_before_its_parent_is_another_program_is_judged_anew)
{
	pid_t parent, kid, grandkid;

	up(_i);
	parent = run("sh");
	kid = run_under(parent, "cc", 1000);
	grandkid = run_under(kid, "as", 1000);
	settle();
	ck_assert_int_eq(nice_of(kid), 0);
	becomes(parent, "make");
	ck_assert_int_eq(nice_of(kid), 7);
	ck_assert_int_eq(nice_of(grandkid), _i == 1 ? 7 : 0);
	becomes(parent, "sh");
	ck_assert_int_eq(nice_of(kid), 0);
	ck_assert_int_eq(nice_of(grandkid), 0);
	curtain_down();
}
END_TEST

START_TEST(more_than_are_judged_one_by_one_are_judged_too)
{
	pid_t parent, kid[BELOW_MAX + 10];

	up(0);
	parent = run("sh");
	for (size_t i = 0; i < BELOW_MAX + 10; i++)
		kid[i] = run_under(parent, "cc", 1000);
	settle();
	becomes(parent, "make");
	pass(SECOND);
	for (size_t i = 0; i < BELOW_MAX + 10; i++)
		ck_assert_int_eq(nice_of(kid[i]), 7);
	curtain_down();
}
END_TEST

/* It costs nothing where no rule looks up. */
START_TEST(where_no_rule_looks_up_nobody_below_is_judged)
{
	uint64_t judged;
	pid_t    parent;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "make"), IMAGE_NONE,
	           SETTING_nice, 7);
	rules_end(NULL);
	curtain_up(1, NULL);
	parent = run("sh");
	for (int i = 0; i < 20; i++)
		run_under(parent, "cc", 1000);
	settle();
	judged = stage->engine.counts.judged;
	becomes(parent, "make");
	ck_assert_uint_eq(stage->engine.counts.judged - judged, 1);
	curtain_down();
}
END_TEST

/* And where one does, those that are below and nobody else. */
START_TEST(nobody_beside_is_judged)
{
	uint64_t judged;
	pid_t    parent;

	up(1);
	parent = run("sh");
	run_under(run_under(parent, "cc", 1000), "as", 1000);
	for (int i = 0; i < 20; i++)
		run("beside");
	settle();
	judged = stage->engine.counts.judged;
	becomes(parent, "make");
	ck_assert_uint_eq(stage->engine.counts.judged - judged, 3);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: below");
	TCase *t = tcase_create("below");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 240);
	tcase_add_loop_test(t,
	    who_was_born_before_its_parent_is_another_program_is_judged_anew,
	    0, 4);
	tcase_add_test(t, more_than_are_judged_one_by_one_are_judged_too);
	tcase_add_test(t, where_no_rule_looks_up_nobody_below_is_judged);
	tcase_add_test(t, nobody_beside_is_judged);
	return run_suite(s);
}
