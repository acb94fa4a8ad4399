/* test_engine_reload.c -- another generation of rules comes into force, or does
 * not. */

#include <malloc.h>

#include "reloading_stage.h"

START_TEST(a_new_generation_decides_from_the_swap_on)
{
	pid_t x;

	stage_nice(1);
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), 3);
	next_nice(9);
	ask_again(7);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	ck_assert_uint_eq(shelf.ended[shelf.ends - 1].token, 7);
	ck_assert_uint_eq(shelf.ended[shelf.ends - 1].differ, 1);
	ck_assert_int_eq(nice_of(x), 9);
	ck_assert_uint_eq(generation(), 2);
}
END_TEST

START_TEST(what_only_the_old_rules_wanted_goes_back)
{
	pid_t x;

	stage_nice(1);
	x = run("x");
	settle();
	next_begin();
	rule_named("y", "y", SETTING_nice, 1);
	next_end("y");
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
}
END_TEST

START_TEST(wrong_rules_change_nothing_and_say_why)
{
	struct reload_status s;
	pid_t                x;

	stage_nice(1);
	x = run("x");
	free(troupe.image);
	troupe.image = NULL;
	strcpy(shelf.text, "wrong");
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_REFUSED);
	ck_assert_int_eq(nice_of(x), 3);
	ck_assert_uint_eq(generation(), 1);
	reload_status(&stage->engine, &s);
	ck_assert_str_eq(s.last_refusal, "there are no rules");
	ck_assert_uint_eq(s.refused, 1);
	ck_assert_int_eq(s.stage, RELOAD_IDLE);
}
END_TEST

START_TEST(files_that_cannot_be_read_change_nothing)
{
	stage_nice(1);
	shelf.error = EIO;
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_REFUSED);
	ck_assert_str_eq(shelf.why, "test.c:1: it cannot be read");
	shelf.error = 0;
	next_nice(4);
	ask_again(2);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
}
END_TEST

START_TEST(rules_whose_tests_fail_are_refused)
{
	stage_nice(1);
	shelf.test_error = EINVAL;
	next_nice(4);
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_REFUSED);
	ck_assert_str_eq(shelf.why, "test.c:9: the tests fail");
	ck_assert_uint_eq(shelf.tests, 1);
	ck_assert_uint_eq(generation(), 1);
}
END_TEST

START_TEST(a_broken_image_is_refused)
{
	stage_nice(1);
	((char *)troupe.image)[9] ^= 1;
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_REFUSED);
	ck_assert_ptr_nonnull(strstr(shelf.why, "broken image"));
	ck_assert_uint_eq(generation(), 1);
}
END_TEST

START_TEST(files_that_were_only_touched_are_left_alone)
{
	size_t   before;
	unsigned reads;

	stage_nice(1);
	strcpy(shelf.text, "first");
	next_nice(3);
	ask_again(1);
	pass(SECOND);
	before = stage->engine.reload != NULL ? generation() : 0;
	reads = shelf.reads;
	sim_reload(stage->sim, true);
	pass(SECOND);
	ck_assert_uint_eq(generation(), before);
	ck_assert_uint_eq(shelf.reads, reads + 1);
	ck_assert_int_eq(last_end(), RELOAD_SAME);
}
END_TEST

START_TEST(files_that_are_written_for_long_are_waited_for)
{
	stage_nice(1);
	shelf.ends = 0;
	next_nice(5);
	shelf.error = EAGAIN;
	sim_reload(stage->sim, true);
	pass(50 * SECOND);
	ck_assert_uint_eq(shelf.ends, 0);
	shelf.error = 0;
	pass(SECOND);
	ck_assert_uint_eq(shelf.ends, 1);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
}
END_TEST

/* Twice, as the first time leaves nothing behind that shortens the next. */
START_TEST(files_that_never_rest_are_told_of_after_a_minute)
{
	stage_nice(1);
	shelf.ends = 0;
	shelf.error = EAGAIN;
	for (unsigned i = 0; i < 2; i++) {
		sim_reload(stage->sim, true);
		pass(50 * SECOND);
		ck_assert_uint_eq(shelf.ends, i);
		pass(20 * SECOND);
		ck_assert_uint_eq(shelf.ends, i + 1);
		ck_assert_int_eq(last_end(), RELOAD_REFUSED);
	}
	ck_assert_uint_eq(generation(), 1);
}
END_TEST

START_TEST(who_asks_while_files_are_written_is_told_at_once)
{
	stage_nice(1);
	shelf.ends = 0;
	shelf.error = EAGAIN;
	ask_again(7);
	pass(SECOND);
	ck_assert_uint_eq(shelf.ends, 1);
	ck_assert_uint_eq(shelf.ended[0].token, 7);
	ck_assert_int_eq(last_end(), RELOAD_REFUSED);
}
END_TEST

START_TEST(how_files_are_reloaded_changes_also_where_rules_do_not)
{
	unsigned reads;

	stage_nice(1);
	strcpy(shelf.text, "first");
	shelf.policy.watch = false;
	sim_reload(stage->sim, true);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_SAME);
	reads = shelf.reads;
	sim_reload(stage->sim, true);
	pass(3 * SECOND);
	ck_assert_uint_eq(shelf.reads, reads);
}
END_TEST

static bool files_are_watched(void)
{
	unsigned reads = shelf.reads;

	sim_reload(stage->sim, true);
	pass(3 * SECOND);
	return shelf.reads > reads;
}

/* What pqs.yaml says of it is true of the files, not of the rules in them. */
START_TEST(how_files_are_reloaded_is_as_last_read_whichever_rules_are_in_force)
{
	const struct reload_request q = { .dry_run = _i == 3, .token = 1 };

	stage_nice(1);
	run("x");
	settle();
	shelf.policy.watch = false;
	shelf.policy.max_changes = _i == 1 ? 0 : RELOAD_NO_LIMIT;
	shelf.test_error = _i == 2 ? EINVAL : 0;
	next_nice(8);
	ck_assert_int_eq(reload_ask(&stage->engine, &q), 0);
	pass(SECOND);
	if (_i == 0)
		ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 1);
	ck_assert(files_are_watched() == (_i == 3));
}
END_TEST

START_TEST(a_thousand_changes_in_a_second_are_two_reloads_at_most)
{
	unsigned reads;

	stage_nice(1);
	reads = shelf.reads;
	next_nice(8);
	for (int i = 0; i < 1000; i++) {
		sim_reload(stage->sim, true);
		pass(MS);
	}
	pass(3 * SECOND);
	ck_assert_uint_le(shelf.reads - reads, 2);
	ck_assert_uint_ge(generation(), 2);
}
END_TEST

START_TEST(changes_without_end_are_read_all_the_same)
{
	stage_nice(1);
	next_nice(8);
	for (int i = 0; i < 60; i++) {
		sim_reload(stage->sim, true);
		pass(100 * MS);
	}
	ck_assert_uint_ge(generation(), 2);
}
END_TEST

/* Each token ends once, whatever came between. */
static void check_ends(uint64_t tokens)
{
	for (uint64_t t = 1; t <= tokens; t++) {
		unsigned times = 0;

		for (size_t i = 0; i < shelf.ends; i++)
			times += shelf.ended[i].token == t;
		ck_assert_msg(times == 1, "token %d ended %u times", (int)t,
		              times);
	}
}

START_TEST(the_last_who_asks_wins_and_nobody_waits_for_ever)
{
	pid_t x;

	stage_nice((uint64_t)_i);
	sim_delay(stage->sim, 20 * MS);
	x = run("x");
	for (int i = 1; i <= 50; i++) {
		next_nice(i % 19);
		ask_again((uint64_t)i);
		pass((uint64_t)(i * _i % 7) * MS);
	}
	pass(2 * SECOND);
	check_ends(50);
	ck_assert_int_eq(nice_of(x), 50 % 19);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
}
END_TEST

START_TEST(a_signal_asks_too)
{
	stage_nice(1);
	next_nice(8);
	sim_reload(stage->sim, false);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
}
END_TEST

START_TEST(too_many_changes_are_refused)
{
	pid_t x[10];

	stage_nice(1);
	for (int i = 0; i < 10; i++)
		x[i] = run("x");
	settle();
	shelf.policy.max_changes = _i == 0 ? 9 : 5000;
	shelf.policy.share = _i == 1;
	next_nice(8);
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_REFUSED);
	ck_assert_ptr_nonnull(strstr(shelf.why, "it would change 10 of 11"));
	ck_assert_int_eq(nice_of(x[0]), 3);
	shelf.policy.max_changes = _i == 0 ? 10 : 9999;
	ask_again(2);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	ck_assert_int_eq(nice_of(x[9]), 8);
}
END_TEST

START_TEST(a_workshop_that_refuses_is_asked_again)
{
	stage_nice(1);
	next_nice(8);
	sim_fail(stage->sim, SIM_BEGIN, EAGAIN, (unsigned)_i);
	ask_again(1);
	for (int i = 0; i < 20; i++) {
		run("y");
		pass(100 * MS);
	}
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
}
END_TEST

/* In use, whatever the allocator keeps to itself. */
static size_t bytes_in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

START_TEST(a_thousand_reloads_leave_nothing_behind)
{
	size_t before = 0;
	pid_t  x;

	stage_nice(1);
	x = run("x");
	for (uint64_t i = 1; i <= 1050; i++) {
		next_nice(3);           /* the journal would grow by changes  */
		ask_again(i);
		pass(20 * MS);
		if (i == 50)
			before = bytes_in_use();
	}
	pass(20 * SECOND);
	ck_assert_int_eq(nice_of(x), 3);
	ck_assert_uint_gt(generation(), 1000);
	ck_assert_uint_lt(bytes_in_use(), before + (64 << 10));
}
END_TEST

/* Whatever happens in whichever order: in the end the last rules decide, and
 * every token has ended. */
START_TEST(reloads_of_every_kind_end_with_the_last_rules)
{
	uint64_t luck = (uint64_t)_i * 2654435761u + 1, tokens = 0;
	pid_t    x[40];
	int64_t  nice = 3;

	stage_nice((uint64_t)_i);
	sim_delay(stage->sim, 1 + luck % (30 * MS));
	for (int i = 0; i < 40; i++) {
		luck = luck * 6364136223846793005u + 1442695040888963407u;
		x[i] = run("x");
		shelf.error = luck >> 60 == 0 ? EIO : 0;
		if (luck >> 58 & 1)
			next_nice(nice = (int64_t)(luck >> 40 & 15));
		if (luck >> 57 & 1)
			sim_reload(stage->sim, true);
		if (luck >> 56 & 1)
			ask_again(++tokens);
		if ((luck >> 52 & 15) == 0 &&
		    reload_rollback(&stage->engine, 0, tokens + 1) == 0)
			tokens++;
		pass(luck >> 33 & (64 * MS - 1));
	}
	shelf.error = 0;
	ask_again(++tokens);
	pass(20 * SECOND);
	check_ends(tokens);
	for (int i = 0; i < 40; i++)
		ck_assert_int_eq(nice_of(x[i]), nice);
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, a_new_generation_decides_from_the_swap_on);
	tcase_add_test(c, what_only_the_old_rules_wanted_goes_back);
	tcase_add_test(c, wrong_rules_change_nothing_and_say_why);
	tcase_add_test(c, files_that_cannot_be_read_change_nothing);
	tcase_add_test(c, rules_whose_tests_fail_are_refused);
	tcase_add_test(c, a_broken_image_is_refused);
	tcase_add_test(c, files_that_were_only_touched_are_left_alone);
	tcase_add_test(c, files_that_are_written_for_long_are_waited_for);
	tcase_add_test(c, files_that_never_rest_are_told_of_after_a_minute);
	tcase_add_test(c, who_asks_while_files_are_written_is_told_at_once);
	tcase_add_test(c, how_files_are_reloaded_changes_also_where_rules_do_not);
	tcase_add_loop_test(c, how_files_are_reloaded_is_as_last_read_whichever_rules_are_in_force,
	                    0, 4);
	tcase_add_test(c, a_thousand_changes_in_a_second_are_two_reloads_at_most);
	tcase_add_test(c, changes_without_end_are_read_all_the_same);
	tcase_add_loop_test(c, the_last_who_asks_wins_and_nobody_waits_for_ever,
	                    0, 20);
	tcase_add_test(c, a_signal_asks_too);
	tcase_add_loop_test(c, too_many_changes_are_refused, 0, 2);
	tcase_add_loop_test(c, a_workshop_that_refuses_is_asked_again, 1, 4);
	tcase_add_test(c, a_thousand_reloads_leave_nothing_behind);
	tcase_add_loop_test(c, reloads_of_every_kind_end_with_the_last_rules,
	                    0, 100);
	return run_case(c, "engine: reload");
}
