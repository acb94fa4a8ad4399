/* test_engine_first.c -- the first rules are checked and indexed beside the loop. */

#include "reloading.h"
#include "rehearsing.h"

static void rules_made(void)
{
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_nice,
	           4);
	rules_end(NULL);
}

/* Nothing is in force yet. */
static void begin(void)
{
	const struct rehearsal_options o = {
		.seed = 1, .worker = { NULL, troupe_image, troupe_answer },
		.ears = { .trouble = troupe_trouble },
	};

	stage = rehearsal_new(&o);
	ck_assert_ptr_nonnull(stage);
}

static bool are_in_force(void)
{
	return stage->engine.voice[VOICE_SYSTEM].rules != NULL;
}

static void until_they_came(void)
{
	sim_until(stage->sim, SECOND);
	for (int i = 0; stage->engine.first == NULL; i++) {
		ck_assert_int_lt(i, 100);
		ck_assert_int_eq(engine_round(&stage->engine), 1);
	}
}

START_TEST(they_are_made_in_the_workshop_and_then_hold_for_all)
{
	pid_t x;

	rules_made();
	begin();
	until_they_came();
	ck_assert(!are_in_force());
	ck_assert_uint_eq(sim_calls(stage->sim, SIM_BEGIN), 1);
	x = run("x");
	settle();
	ck_assert(are_in_force());
	ck_assert_int_eq(nice_of(x), 4);
}
END_TEST

START_TEST(the_loop_goes_on_meanwhile)
{
	uint64_t events;

	rules_made();
	begin();
	until_they_came();
	events = stage->engine.counts.events;
	run("x");
	ck_assert_int_eq(engine_round(&stage->engine), 1);
	ck_assert_uint_gt(stage->engine.counts.events, events);
}
END_TEST

START_TEST(a_broken_image_is_told_and_they_are_compiled_again)
{
	char was;

	rules_made();
	was = ((char *)troupe.image)[0];
	((char *)troupe.image)[0] = (char)~was;
	begin();
	settle();
	ck_assert(!are_in_force());
	ck_assert_ptr_null(stage->engine.first);
	ck_assert_ptr_nonnull(strstr(troupe.trouble, "broken image"));
	((char *)troupe.image)[0] = was;
	pass(60 * SECOND);
	ck_assert(are_in_force());
}
END_TEST

START_TEST(the_worker_that_made_them_may_be_gone_by_then)
{
	pid_t x;

	rules_made();
	begin();
	until_they_came();
	sim_worker_dies(stage->sim);
	x = run("x");
	pass(60 * SECOND);
	ck_assert(are_in_force());
	ck_assert_int_eq(nice_of(x), 4);
}
END_TEST

/* What is left of them is freed; the sanitizer looks. */
START_TEST(an_engine_may_end_while_they_are_made)
{
	rules_made();
	begin();
	until_they_came();
	ck_assert_ptr_nonnull(stage->engine.first);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: the first rules");
	TCase *t = tcase_create("first");

	tcase_add_checked_fixture(t, NULL, curtain_down);
	tcase_add_test(t,
	    they_are_made_in_the_workshop_and_then_hold_for_all);
	tcase_add_test(t, the_loop_goes_on_meanwhile);
	tcase_add_test(t, a_broken_image_is_told_and_they_are_compiled_again);
	tcase_add_test(t, the_worker_that_made_them_may_be_gone_by_then);
	tcase_add_test(t, an_engine_may_end_while_they_are_made);
	suite_add_tcase(s, t);
	return run_suite(s);
}
