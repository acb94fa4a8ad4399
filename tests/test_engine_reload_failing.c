/* test_engine_reload_failing.c -- functions that fail, and rules that change too
 * much or take too long: what speaks against those that came last, and that it is
 * told. */

#include "own_rules.h"
#include "reloading_stage.h"

#define PROBATION (10 * SECOND)

static void act_fails(struct asking *q)
{
	ask_fact(q, FACT_uid, NULL);
	if (q->answer->outcome == OUTCOME_NEEDS)
		return;
	q->answer->outcome = OUTCOME_ERROR;
	snprintf(q->answer->text, sizeof q->answer->text, "it has a mistake");
}

static void act_fails_for_each(struct asking *q)
{
	ask_fact(q, FACT_pid, NULL);
	act_fails(q);
}

/* Of no user's but one. */
static void act_fails_for_one(struct asking *q)
{
	if (ask_fact(q, FACT_uid, NULL) == BOB)
		act_fails(q);
	else
		say_want(q, SETTING_nice, 8);
}

/* Once they have been compared with those in force, they decide. */
static void next_function(const char *text, void (*act)(struct asking *q))
{
	next_begin();
	function_rules();
	next_end(text);
	troupe.act = act;
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
}

START_TEST(what_failed_while_it_was_compared_is_told_once_it_is_in_force)
{
	stage_nice(1);
	run("x");
	pass(SECOND);
	troupe.troubles = 0;
	next_function("failing", act_fails);
	ck_assert_uint_eq(troupe.troubles, 1);
	ck_assert_str_eq(troupe.trouble, "rule \"f\" (test.c:0) has no opinion: "
	                 "it has a mistake");
	run("x");
	pass(SECOND);
	ck_assert_uint_eq(troupe.troubles, 1);
}
END_TEST

START_TEST(a_function_that_only_fails_is_taken_back)
{
	pid_t x;

	stage_nice(1);
	x = run("x");
	pass(SECOND);
	next_function("failing", act_fails);
	pass(PROBATION / 2);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	pass(PROBATION);
	ck_assert_int_eq(last_end(), RELOAD_TAKEN_BACK);
	ck_assert_uint_eq(generation(), 1);
	ck_assert_int_eq(nice_of(x), 3);
	ck_assert_str_eq(shelf.why, "rule \"f\" (test.c:0) failed whenever it "
	                            "was asked");
}
END_TEST

START_TEST(a_function_that_fails_for_one_alone_stays)
{
	pid_t x, of_bob;

	stage_nice(1);
	x = run_as("x", ANN);
	of_bob = run_as("x", BOB);
	pass(SECOND);
	next_function("failing", act_fails_for_one);
	pass(2 * PROBATION);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	ck_assert_int_eq(nice_of(x), 8);
	ck_assert_int_eq(nice_of(of_bob), 0);
}
END_TEST

START_TEST(what_failed_before_speaks_against_nobody)
{
	rules_begin();
	function_rules();
	rules_end(act_fails);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	run("x");
	pass(SECOND);
	next_function("no better", act_fails);
	for (int i = 0; i < 20; i++) {
		run_under(0, "x", (uid_t)(2000 + i));
		pass(10 * MS);
	}
	pass(2 * PROBATION);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	ck_assert_uint_eq(generation(), 2);
}
END_TEST

START_TEST(a_users_function_that_fails_is_nothing_against_the_systems)
{
	rules_begin();
	rule_named("other", "other", SETTING_nice, 3);
	rules_end(NULL);
	shelf_offer();
	own_begin();
	function_rules();
	own_end(ANN, act_fails_for_each);
	curtain_up(1, NULL);
	pass(SECOND);
	next_begin();
	rule_named("other", "other", SETTING_nice, 4);
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	troupe.troubles = 0;
	for (int i = 0; i < 20; i++) {
		run_as("x", ANN);
		pass(10 * MS);
	}
	pass(SECOND);
	ck_assert_uint_ge(troupe.troubles, 1);
	ck_assert_uint_eq(generation(), 2);
}
END_TEST

/* A second file, which stays as it is, with a rule for "z". */
static const struct rule_source both[] = {
	{ LAYER_ADMIN, (char[]){ "test.c" }, (char[]){ "first" }, 5, 0 },
	{ LAYER_ADMIN, (char[]){ "beside.c" }, (char[]){ "z" }, 1, 0 },
};

static int read_both(void *self, const struct workshop *shop,
                     struct reading *ret)
{
	int                 r = shelf_read(self, shop, ret);
	struct rule_source *source = realloc(ret->sources.source, sizeof both);

	ck_assert_int_eq(r, 0);
	ck_assert_ptr_nonnull(source);
	source[1] = (struct rule_source){ LAYER_ADMIN, strdup("beside.c"),
	                                  strdup("z"), 1, 0 };
	ret->sources.source = source;
	ret->sources.count = 2;
	return 0;
}

static void rule_beside(void)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "z"));
	struct want         w = { 0 };

	want_set(&w, SETTING_nice, 5);
	r.name = "z";
	r.file = "beside.c";
	r.want = &w;
	rule_add(r);
}

/* One change at once is allowed, so far more is above two times the settings. */
static void stage_both(void)
{
	rules_begin();
	rule_named("x", "x", SETTING_nice, 3);
	rule_beside();
	rules_end(NULL);
	shelf_offer();
	shelf.policy.max_changes = 1;
	troupe.reload = shelf.policy;
	troupe.reader.read = read_both;
	troupe.sources = both;
	troupe.source_count = 2;
	curtain_up(1, NULL);
	pass(SECOND);
	next_begin();
	rule_named("x", "x", SETTING_nice, 4);
	rule_beside();
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
}

START_TEST(new_rules_that_change_far_more_than_allowed_are_taken_back)
{
	stage_both();
	for (int i = 0; i < 2 * SETTING_COUNT; i++)
		run("x");
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	run("x");
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_TAKEN_BACK);
	ck_assert_str_eq(shelf.why, "it changed far more than "
	                            "reload.max_changes allows");
	ck_assert_uint_eq(generation(), 1);
}
END_TEST

START_TEST(what_rules_do_that_are_as_before_speaks_against_nobody)
{
	pid_t z = 0;

	stage_both();
	for (int i = 0; i < 4 * SETTING_COUNT; i++)
		z = run("z");
	pass(SECOND);
	ck_assert_int_eq(nice_of(z), 5);
	ck_assert_uint_eq(generation(), 2);
}
END_TEST

/* The simulated clock stands still in a step, so what it took is made up: what
 * those who ask at the socket take is not the rules'. */
START_TEST(rules_that_take_far_longer_are_taken_back)
{
	struct engine *en;

	stage_nice(1);
	en = &stage->engine;
	en->stalls.deciding_ns = en->counts.judged * 10000;
	next_nice(4);
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	for (int i = 0; i < 250; i++)
		run("x");
	settle();
	en->stalls.busy_ns += 1000 * MS;
	en->stalls.deciding_ns += _i == 0 ? 200 * MS : 300 * MS;
	pass(SECOND);
	ck_assert_uint_eq(generation(), _i == 0 ? 2 : 1);
	if (_i == 1)
		ck_assert_str_eq(shelf.why, "decisions took far longer than "
		                            "before it");
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, what_failed_while_it_was_compared_is_told_once_it_is_in_force);
	tcase_add_test(c, a_function_that_only_fails_is_taken_back);
	tcase_add_test(c, a_function_that_fails_for_one_alone_stays);
	tcase_add_test(c, what_failed_before_speaks_against_nobody);
	tcase_add_test(c, a_users_function_that_fails_is_nothing_against_the_systems);
	tcase_add_test(c, new_rules_that_change_far_more_than_allowed_are_taken_back);
	tcase_add_test(c, what_rules_do_that_are_as_before_speaks_against_nobody);
	tcase_add_loop_test(c, rules_that_take_far_longer_are_taken_back, 0, 2);
	return run_case(c, "engine: reload, failing");
}
