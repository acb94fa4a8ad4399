/* test_engine_asking_memory.c -- answers for which there is no memory. */

#include "failing_memory.h"
#include "rehearsing.h"

static long granted;                    /* once the function was asked        */

static void act_seven(struct asking *q)
{
	ask_fact(q, FACT_uid, NULL);
	say_want(q, SETTING_nice, 7);
	if (q->answer->outcome != OUTCOME_WANT)
		return;
	until = granted;
	granted = -1;
}

/* One allocation fails on the way back from the function, the n-th.  True if that
 * was the one for the answer: then it is asked once more. */
static bool answer_without(long n)
{
	bool  forgotten;
	pid_t x;
	int   r;

	rules_begin();
	rule_function(select_named(SELECT_PROCESS, "x"));
	rules_end(act_seven);
	curtain_up(1, NULL);
	pass(SECOND);
	granted = n;
	x = run("x");
	r = rehearsal_pass(stage, 5 * SECOND);
	until = granted = -1;
	forgotten = stage->engine.counts.answers_forgotten > 0;
	if (forgotten) {
		ck_assert_int_eq(r, 0);
		ck_assert_int_eq(nice_of(x), 7);
		ck_assert_uint_eq(stage->engine.counts.answers_forgotten, 1);
	}
	curtain_down();
	return forgotten;
}

START_TEST(an_answer_that_finds_no_memory_is_asked_for_again)
{
	unsigned forgotten = 0;
	long     n = 0;

	granted = -1;
	do {
		has_failed = false;
		forgotten += answer_without(n++);
	} while (has_failed && n < 1000);
#ifndef ALLOCATOR_IS_TAKEN
	ck_assert(!has_failed);
	ck_assert_uint_gt(forgotten, 0);
#endif
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: asking without memory");
	TCase *t = tcase_create("memory");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 240);
	tcase_add_test(t, an_answer_that_finds_no_memory_is_asked_for_again);
	return run_suite(s);
}
