/* test_engine_asking.c -- what the engine makes of answers: in time, late,
 * lost, and untrue. */

#include "rehearsing.h"

/* nice after the uid */
static void act_by_uid(struct asking *q)
{
	say_want(q, SETTING_nice, ask_fact(q, FACT_uid, NULL) - 1000);
}

START_TEST(a_first_verdict_waits_20_ms_for_an_answer_and_no_longer)
{
	pid_t x;

	rules_usual(act_by_battery);
	troupe.silent = true;
	x = run("x");
	settle();
	ck_assert_int_ne(knob(x, SETTING_timer_slack), 1000);
	pass(20 * MS - 1);
	ck_assert_int_ne(knob(x, SETTING_timer_slack), 1000);
	pass(1);
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 1000);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

START_TEST(an_answer_in_time_is_part_of_the_first_verdict)
{
	uint64_t then_ns;
	pid_t    x;

	rules_usual(act_by_battery);
	then_ns = sim_now_ns(stage->sim);
	x = run("x");
	settle();
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 1000);
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_uint_eq(sim_now_ns(stage->sim), then_ns);
	curtain_down();
}
END_TEST

START_TEST(a_late_answer_still_applies)
{
	pid_t x;

	rules_usual(act_by_battery);
	troupe.silent = true;
	x = run("x");
	pass(30 * MS);
	ck_assert_int_eq(nice_of(x), 0);
	troupe_speak();
	settle();
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_uint_eq(troupe.troubles, 0);
	curtain_down();
}
END_TEST

START_TEST(an_old_answer_stands_while_the_rule_is_asked_again)
{
	pid_t x;

	rules_usual(act_by_battery);
	x = run("x");
	settle();
	troupe.silent = true;
	sim_host(stage->sim, HOST_on_battery, 1);
	pass(30 * MS);
	ck_assert_int_eq(nice_of(x), 5);
	troupe_speak();
	settle();
	ck_assert_int_eq(nice_of(x), 15);
	curtain_down();
}
END_TEST

START_TEST(the_same_question_is_not_asked_twice)
{
	pid_t first[10], other;

	rules_usual(act_by_uid);
	for (int i = 0; i < 10; i++)
		first[i] = run_under(0, "f", 1003);
	settle();
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(nice_of(first[i]), 3);
	ck_assert_uint_eq(troupe.asked, 2);     /* what it needs, then that   */
	run_under(0, "f", 1003);
	settle();
	ck_assert_uint_eq(troupe.asked, 2);
	other = run_under(0, "f", 1004);
	settle();
	ck_assert_uint_eq(troupe.asked, 3);
	ck_assert_int_eq(nice_of(other), 4);
	curtain_down();
}
END_TEST

/* Reads the name first, and what else it reads depends on that. */
static void act_by_name_then_uid(struct asking *q)
{
	const char *name = NULL;

	ask_fact(q, FACT_name, &name);
	if (name != NULL)
		say_want(q, SETTING_nice, ask_fact(q, FACT_uid, NULL) - 1000);
}

START_TEST(two_questions_that_both_need_more_blame_nobody)
{
	pid_t a, b;

	rules_begin();
	rule_function(select_number(FACT_uid, 1001, 1002));
	rules_end(act_by_name_then_uid);
	curtain_up(1, NULL);
	a = run_under(0, "a", 1001);
	b = run_under(0, "b", 1002);
	settle();
	ck_assert_int_eq(nice_of(a), 1);
	ck_assert_int_eq(nice_of(b), 2);
	ck_assert_uint_eq(troupe.troubles, 0);
	curtain_down();
}
END_TEST

START_TEST(more_askers_than_are_remembered_all_get_their_answer)
{
	pid_t f[3 * ASKERS_PER_QUESTION];

	rules_usual(act_by_battery);
	troupe.silent = true;
	for (size_t i = 0; i < 3 * ASKERS_PER_QUESTION; i++)
		f[i] = run("f");
	pass(30 * MS);
	ck_assert_uint_gt(askers_crowded(stage->engine.voice[0].askers), 0);
	troupe_speak();
	settle();
	for (size_t i = 0; i < 3 * ASKERS_PER_QUESTION; i++)
		ck_assert_int_eq(nice_of(f[i]), 5);
	ck_assert_uint_eq(troupe.asked, 2);
	curtain_down();
}
END_TEST

START_TEST(constants_go_on_while_there_is_no_worker)
{
	pid_t before, x;

	rules_usual(act_by_uid);
	before = run_under(0, "x", 1003);
	settle();
	sim_worker_dies(stage->sim);
	settle();
	ck_assert_uint_eq(troupe.troubles, 1);
	x = run_under(0, "x", 1004);
	pass(20 * MS);
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 1000);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(before), 3);
	pass(2 * SECOND);                       /* the next one is there      */
	ck_assert_int_eq(nice_of(x), 4);
	curtain_down();
}
END_TEST

/* Its first question is the same for all tasks, so it must not be the last. */
START_TEST(a_rule_whose_first_question_was_lost_is_asked_again)
{
	pid_t x, y;

	rules_usual(act_by_uid);
	troupe.silent = true;
	x = run_under(0, "f", 1003);
	settle();
	sim_worker_dies(stage->sim);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	troupe.silent = false;
	troupe.keeps = 0;
	pass(2 * SECOND);                       /* the next one is there      */
	y = run_under(0, "f", 1004);
	settle();
	ck_assert_int_eq(nice_of(x), 3);
	ck_assert_int_eq(nice_of(y), 4);
	curtain_down();
}
END_TEST

/* Always looks at one more, whatever it is sent. */
static void act_insatiable(struct asking *q)
{
	for (int f = 0; f < FACT_COUNT; f++)
		if ((q->sent.task & FACT_BIT(f)) == 0) {
			q->answer->read.task = FACT_BIT(f);
			break;
		}
	q->answer->outcome = OUTCOME_NEEDS;
}

/* Says that it needs what it was sent. */
static void act_forgetful(struct asking *q)
{
	q->answer->read = q->sent;
	q->answer->outcome = OUTCOME_NEEDS;
}

static void lie(void (*act)(struct asking *q), unsigned questions_max)
{
	pid_t x;

	rules_usual(act);
	x = run("x");
	pass(100 * SECOND);
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 1000);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_uint_le(troupe.asked, questions_max);
	ck_assert_uint_gt(troupe.troubles, 0);
	curtain_down();
}

START_TEST(a_worker_that_never_has_enough_is_heard_no_more)
{
	lie(act_insatiable, FACT_COUNT + 4);
	lie(act_forgetful, 4);
}
END_TEST

/* nice after the uid, until it is a large one */
static void act_turned(struct asking *q)
{
	act_by_uid(q);
	if (q->answer->outcome == OUTCOME_WANT &&
	    q->answer->want.value[SETTING_nice] > 9)
		q->answer->outcome = OUTCOME_SPENT;
}

/* A function for "f" in a file of its own, and for "x" in another. */
static void rules_of_two_files(void (*act)(struct asking *q))
{
	struct builder_rule r;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "f"));
	r.is_function = true;
	r.file = "bad.lua";
	rule_add(r);
	rule_function(select_named(SELECT_PROCESS, "x"));
	rules_end(act);
	curtain_up(1, NULL);
}

START_TEST(a_file_that_is_switched_off_loses_its_voice_and_no_other_does)
{
	pid_t f, x;

	rules_of_two_files(act_turned);
	f = run_under(0, "f", 1003);
	x = run_under(0, "x", 1003);
	settle();
	ck_assert_int_eq(nice_of(f), 3);
	for (uid_t uid = 1010; uid < 1013; uid++)
		run_under(0, "f", uid);
	settle();
	ck_assert_uint_eq(troupe.troubles, 2);  /* that it failed, and this   */
	ck_assert_str_eq(troupe.trouble, "bad.lua is switched off until the "
	                 "rules are loaded again: its functions failed too "
	                 "often");
	ck_assert_int_eq(nice_of(f), 0);
	ck_assert_int_eq(nice_of(x), 3);
	f = run_under(0, "f", 1004);
	x = run_under(0, "x", 1004);
	settle();
	ck_assert_int_eq(nice_of(f), 0);
	ck_assert_int_eq(nice_of(x), 4);
	ck_assert_uint_eq(troupe.troubles, 2);
	curtain_down();
}
END_TEST

/* nice after the pid: no two ask the same */
static void act_by_pid(struct asking *q)
{
	say_want(q, SETTING_nice, 1 + ask_fact(q, FACT_pid, NULL) % 9);
}

START_TEST(a_question_that_found_no_room_is_asked_when_there_is_some)
{
	static pid_t pids[QUESTIONS_MAX * 2];
	unsigned     n = sizeof pids / sizeof *pids;

	rules_usual(act_by_pid);
	troupe.silent = true;
	for (unsigned i = 0; i < n; i++)
		pids[i] = run("f");
	settle();
	troupe_speak();
	settle();
	ck_assert_uint_gt(worker_counts(stage->engine.voice[0].worker).full, 0);
	for (unsigned i = 0; i < n; i++)
		ck_assert_int_eq(nice_of(pids[i]), 1 + pids[i] % 9);
	curtain_down();
}
END_TEST

static Suite *suite(void)
{
	const TTest *const tests[] = {
		a_first_verdict_waits_20_ms_for_an_answer_and_no_longer,
		an_answer_in_time_is_part_of_the_first_verdict,
		a_late_answer_still_applies,
		an_old_answer_stands_while_the_rule_is_asked_again,
		the_same_question_is_not_asked_twice,
		two_questions_that_both_need_more_blame_nobody,
		more_askers_than_are_remembered_all_get_their_answer,
		constants_go_on_while_there_is_no_worker,
		a_rule_whose_first_question_was_lost_is_asked_again,
		a_worker_that_never_has_enough_is_heard_no_more,
		a_file_that_is_switched_off_loses_its_voice_and_no_other_does,
		a_question_that_found_no_room_is_asked_when_there_is_some,
	};
	Suite *s = suite_create("engine, asking");
	TCase *c = tcase_create("rehearsal");

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
