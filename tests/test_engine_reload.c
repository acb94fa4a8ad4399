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

START_TEST(what_was_gone_back_from_stays_away_until_it_changes_or_somebody_asks)
{
	pid_t x;

	stage_nice(1);
	x = run("x");
	next_nice(8);
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 3);
	sim_reload(stage->sim, true);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_SAME);
	ck_assert_int_eq(nice_of(x), 3);
	if (_i == 0)
		ask_again(3);
	else
		next_nice(9);
	if (_i == 1)
		sim_reload(stage->sim, true);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), _i == 0 ? 8 : 9);
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

static void rules_with_tag(const char *text, int64_t child, bool turned)
{
	struct builder_rule r;
	uint32_t            of;

	if (turned)
		rule_named("other", "other", SETTING_nice, 1);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.name = "parent";
	r.tag = "t";
	rule_add(r);
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_TAG, 0);
	builder_tag(building, "t");
	of = builder_selector_end(building);
	rule_wants(select_child_of(of), IMAGE_NONE, SETTING_nice, child);
	(void)text;
}

static unsigned changes;

static void count_change(void *self, const struct change *c)
{
	(void)self, (void)c;
	changes++;
}

START_TEST(a_tag_of_a_rule_that_stays_is_never_missed)
{
	pid_t x, child;

	rules_begin();
	rules_with_tag("first", 5, false);
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, count_change);
	x = run("x");
	child = run_under(x, "child", 1000);
	pass(SECOND);
	ck_assert_int_eq(nice_of(child), 5);
	changes = 0;
	next_begin();
	rules_with_tag("second", 5, true);
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_int_eq(nice_of(child), 5);
	ck_assert_uint_eq(changes, 0);
}
END_TEST

static char landed_for[64];

static void note_landing(void *self, const struct change *c)
{
	(void)self;
	if (c->setting == SETTING_pool && c->rule != RULE_NONE)
		snprintf(landed_for, sizeof landed_for, "%s",
		         engine_label(&stage->engine, c->rule).name);
	else if (c->setting == SETTING_pool)
		strcpy(landed_for, "nobody");
}

static void rule_that_pools(const char *name)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));
	struct want         w = { 0 };

	want_set(&w, SETTING_pool, interned_read_names(building_sets, "p"));
	r.name = name;
	r.want = &w;
	rule_add(r);
}

START_TEST(what_lands_after_a_reload_is_no_way_back)
{
	rules_begin();
	rule_that_pools("mover");
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, note_landing);
	pass(SECOND);
	landed_for[0] = '\0';
	sim_slow_moves(stage->sim, 5 * SECOND);
	run("x");
	pass(SECOND);
	next_begin();
	rule_named("y", "y", SETTING_nice, 1);
	rule_that_pools(_i == 0 ? "mover" : "another");
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_str_eq(landed_for, "");
	pass(5 * SECOND);
	ck_assert_str_eq(landed_for, _i == 0 ? "mover" : "a rule that is gone");
}
END_TEST

static void rule_that_lasts(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, "x", 1);
	builder_lasting(building, 30 * SECOND);
	r = rule_of(builder_selector_end(building));
	want_set(&w, SETTING_nice, 5);
	r.name = "lasting";
	r.want = &w;
	rule_add(r);
}

START_TEST(what_has_lasted_goes_on_lasting)
{
	pid_t x, late;

	rules_begin();
	rule_that_lasts();
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, count_change);
	x = run("x");
	pass(31 * SECOND);
	ck_assert_int_eq(nice_of(x), 5);
	late = run("x");
	pass(20 * SECOND);
	changes = 0;
	next_begin();
	rule_named("before", "y", SETTING_nice, 1);
	rule_that_lasts();
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_uint_eq(shelf.ended[shelf.ends - 1].differ, 0);
	ck_assert_uint_eq(changes, 0);
	ck_assert_int_eq(nice_of(x), 5);
	pass(10 * SECOND);
	ck_assert_int_eq(nice_of(late), 5);
}
END_TEST

static void rule_that_keeps(const char *name)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));
	struct want         w = { 0 };

	want_set(&w, SETTING_nice, 7);
	r.name = name;
	r.want = &w;
	r.moment = MOMENT_EXEC;
	r.keep_ns = 60 * SECOND;
	rule_add(r);
}

START_TEST(a_lease_lives_on_with_a_rule_of_its_name)
{
	pid_t x;

	rules_begin();
	rule_that_keeps("kept");
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	x = run("x");
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	next_begin();
	rule_named("first", "y", SETTING_nice, 1);
	rule_that_keeps(_i == 0 ? "kept" : "another");
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_int_eq(nice_of(x), _i == 0 ? 7 : 0);
	pass(60 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
}
END_TEST

static void act_five(struct asking *q)
{
	ask_fact(q, FACT_uid, NULL);
	say_want(q, SETTING_nice, 5);
}

static void function_rules(void)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));

	r.name = "f";
	r.is_function = true;
	rule_add(r);
}

/* One file is all there is, so it is the options or the file that differ. */
START_TEST(an_answer_is_kept_as_long_as_its_file_and_the_options_are)
{
	unsigned asked;
	pid_t    x;

	rules_begin();
	function_rules();
	rules_end(act_five);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	x = run("x");
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 5);
	asked = troupe.asked;
	if (_i == 1)
		strcpy(shelf.text, "other");
	if (_i == 2)
		strcpy(shelf.option, "3");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_int_eq(nice_of(x), 5);
	if (_i == 0)
		ck_assert_uint_eq(troupe.asked, asked);
	else
		ck_assert_uint_gt(troupe.asked, asked);
}
END_TEST

START_TEST(answers_are_there_before_the_swap)
{
	pid_t x;

	stage_nice(1);
	sim_delay(stage->sim, 5 * MS);
	x = run("x");
	settle();
	changes = 0;
	next_begin();
	function_rules();
	next_end("functions");
	troupe.act = act_five;
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_int_eq(nice_of(x), 5);
}
END_TEST

static unsigned handled;

static void act_handle(struct asking *q)
{
	handled += q->head.moment == MOMENT_RELOAD;
	q->answer->outcome = OUTCOME_NOTHING;
}

START_TEST(a_handler_of_reload_runs_once_after_each_swap)
{
	struct builder_rule r;

	stage_nice(1);
	handled = 0;
	for (unsigned i = 1; i <= 3; i++) {
		char text[16];

		next_begin();
		r = rule_of(select_named(SELECT_PROCESS, "x"));
		r.is_function = r.is_handler = true;
		r.moment = MOMENT_RELOAD;
		rule_add(r);
		snprintf(text, sizeof text, "handler %u", i);
		next_end(text);
		troupe.act = act_handle;
		ask_again(i);
		pass(SECOND);
		ck_assert_uint_eq(generation(), i + 1);
		ck_assert_uint_eq(handled, i);
	}
}
END_TEST

static void act_not_at_all(struct asking *q)
{
	ask_fact(q, FACT_uid, NULL);
	if (q->answer->outcome != OUTCOME_NEEDS)
		q->answer->outcome = OUTCOME_ERROR;
}

START_TEST(rules_that_fail_again_and_again_are_taken_back)
{
	pid_t x[20];

	stage_nice(1);
	next_begin();
	function_rules();
	next_end("failing");
	ask_again(1);
	troupe.act = act_not_at_all;
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	for (int i = 0; i < 20; i++) {
		x[i] = run_under(0, "x", (uid_t)(2000 + i));
		pass(10 * MS);
	}
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_TAKEN_BACK);
	ck_assert_uint_eq(generation(), 1);
	ck_assert_int_eq(nice_of(x[0]), 3);
	ck_assert_int_eq(nice_of(x[19]), 3);
}
END_TEST

START_TEST(a_worker_that_is_lost_again_and_again_takes_its_rules_along)
{
	pid_t x;

	rules_begin();
	function_rules();
	rules_end(act_five);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	x = run("x");
	pass(SECOND);
	strcpy(shelf.text, "other");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	for (int i = 0; i < 3; i++) {
		sim_own_dies(stage->sim, stage->engine.voice[0].line);
		pass(2 * SECOND);
	}
	ck_assert_int_eq(last_end(), RELOAD_TAKEN_BACK);
	ck_assert_uint_eq(generation(), 1);
	ck_assert_int_eq(nice_of(x), 5);
	x = run_under(0, "x", 4000);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 5);        /* its worker answers         */
}
END_TEST

START_TEST(on_probation_one_goes_back_at_once)
{
	pid_t x;

	stage_nice(1);
	x = run("x");
	next_nice(8);
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 8);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	ck_assert_uint_eq(shelf.ended[shelf.ends - 1].token, 2);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 3);
	ck_assert_uint_eq(generation(), 1);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 3), -ENOENT);
	next_nice(9);
	ask_again(4);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 3);
	pass(20 * SECOND);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 5), -ENOENT);
	ck_assert_int_eq(nice_of(x), 9);
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

static Suite *suite(void)
{
	Suite *s = suite_create("engine: reload");
	TCase *t = tcase_create("reload");

	tcase_add_checked_fixture(t, NULL, curtain_down);
	tcase_set_timeout(t, 240);
	tcase_add_test(t, a_new_generation_decides_from_the_swap_on);
	tcase_add_test(t, what_only_the_old_rules_wanted_goes_back);
	tcase_add_test(t, wrong_rules_change_nothing_and_say_why);
	tcase_add_test(t, files_that_cannot_be_read_change_nothing);
	tcase_add_test(t, rules_whose_tests_fail_are_refused);
	tcase_add_test(t, a_broken_image_is_refused);
	tcase_add_test(t, files_that_were_only_touched_are_left_alone);
	tcase_add_test(t, how_files_are_reloaded_changes_also_where_rules_do_not);
	tcase_add_loop_test(t, how_files_are_reloaded_is_as_last_read_whichever_rules_are_in_force,
	                    0, 4);
	tcase_add_loop_test(t, what_was_gone_back_from_stays_away_until_it_changes_or_somebody_asks,
	                    0, 2);
	tcase_add_test(t, a_thousand_changes_in_a_second_are_two_reloads_at_most);
	tcase_add_test(t, changes_without_end_are_read_all_the_same);
	tcase_add_loop_test(t, the_last_who_asks_wins_and_nobody_waits_for_ever,
	                    0, 20);
	tcase_add_test(t, a_signal_asks_too);
	tcase_add_loop_test(t, too_many_changes_are_refused, 0, 2);
	tcase_add_test(t, a_dry_run_tells_what_differs_and_changes_nothing);
	tcase_add_test(t, a_shadow_tells_each_difference_once);
	tcase_add_loop_test(t, a_dry_run_that_is_refused_is_no_reload_that_was,
	                    0, 2);
	tcase_add_test(t, a_tag_of_a_rule_that_stays_is_never_missed);
	tcase_add_loop_test(t, what_lands_after_a_reload_is_no_way_back, 0, 2);
	tcase_add_test(t, what_has_lasted_goes_on_lasting);
	tcase_add_loop_test(t, a_lease_lives_on_with_a_rule_of_its_name, 0, 2);
	tcase_add_loop_test(t, an_answer_is_kept_as_long_as_its_file_and_the_options_are,
	                    0, 3);
	tcase_add_test(t, answers_are_there_before_the_swap);
	tcase_add_test(t, a_handler_of_reload_runs_once_after_each_swap);
	tcase_add_test(t, rules_that_fail_again_and_again_are_taken_back);
	tcase_add_test(t, a_worker_that_is_lost_again_and_again_takes_its_rules_along);
	tcase_add_test(t, on_probation_one_goes_back_at_once);
	tcase_add_loop_test(t, a_workshop_that_refuses_is_asked_again, 1, 4);
	tcase_add_test(t, a_thousand_reloads_leave_nothing_behind);
	tcase_add_loop_test(t, reloads_of_every_kind_end_with_the_last_rules,
	                    0, 100);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
