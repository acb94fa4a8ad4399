/* test_policy_order.c -- who wins: each step of the order by itself.
 *
 * At each step the one that wins has everything against it in all later steps,
 * and is defined first. */

#include "small_world.h"

#include "policy/rank.h"

/* Everything that counts later than priority. */
static struct builder_rule strong(const char *name)
{
	struct builder_rule r = rule_for(name, pick(SELECT_THREAD,
		"name=x comm=x exe=/x cmdline=~x* uid=0 gid=0 threads=1..9"));

	r.when = pick(SELECT_HOST, "on_battery=1");
	return r;
}

static struct builder_rule plain(const char *name, const char *fields)
{
	return rule_for(name, pick(SELECT_PROCESS, fields));
}

/* Both have been added last, the winner before the loser. */
static void assert_first_wins(void)
{
	struct ruleset *rs = rules_finish();

	ck_assert_uint_eq(ruleset_count(rs), 2);
	ck_assert_uint_gt(ruleset_rank(rs, 0), ruleset_rank(rs, 1));
	ruleset_free(rs);
}

static void duel(struct builder_rule winner, struct builder_rule loser)
{
	rule_add(winner);
	rule_add(loser);
	assert_first_wins();
}

START_TEST(a_higher_layer_wins)
{
	static const enum layer layers[] = { LAYER_USER, LAYER_ADMIN,
	                                     LAYER_DISTRO, LAYER_VENDOR };

	for (int i = 0; i < 3; i++) {
		struct builder_rule winner, loser = strong("loser");

		winner = plain("winner", "");
		winner.layer = layers[i];
		winner.priority = -1000;
		loser.layer = layers[i + 1];
		loser.priority = 1000;
		duel(winner, loser);
	}
}
END_TEST

START_TEST(then_a_higher_priority)
{
	struct builder_rule winner, loser = strong("loser");

	winner = plain("winner", "");
	winner.priority = -999;
	loser.priority = -1000;
	duel(winner, loser);
}
END_TEST

START_TEST(then_a_thread_over_a_process)
{
	struct builder_rule loser;

	loser = plain("loser", "name=x comm=x exe=/x uid=0 threads=1..9");
	loser.when = pick(SELECT_HOST, "on_battery=1");
	duel(rule_for("winner", pick(SELECT_THREAD, "")), loser);
}
END_TEST

START_TEST(then_what_is_said_of_the_task_itself_over_what_reaches_it)
{
	struct builder_rule loser = plain("loser",
	                                  "name=x exe=/x uid=0 age=0..9");
	struct ruleset     *rs;

	loser.when = pick(SELECT_HOST, "on_battery=1");
	rule_add(plain("winner", ""));
	rule_add(loser);
	rs = rules_finish();
	ck_assert_uint_gt(ruleset_rank(rs, 0),
	                  rank_inherited(ruleset_rank(rs, 1)));
	/* Among those that only reach it all goes on as before. */
	ck_assert_uint_lt(rank_inherited(ruleset_rank(rs, 0)),
	                  rank_inherited(ruleset_rank(rs, 1)));
	ruleset_free(rs);
}
END_TEST

/* But not over a thread, a priority or a layer. */
START_TEST(to_be_reached_loses_to_nothing_earlier)
{
	struct builder_rule reaching = plain("reaching", "");
	struct ruleset     *rs;

	reaching.priority = 1;
	rule_add(reaching);
	rule_add(plain("direct", "name=x"));
	rs = rules_finish();
	ck_assert_uint_gt(rank_inherited(ruleset_rank(rs, 0)),
	                  ruleset_rank(rs, 1));
	ruleset_free(rs);
}
END_TEST

static struct builder_rule standing(void)
{
	return plain("standing", "name=x comm=x exe=/x uid=0 gid=0");
}

START_TEST(then_a_special_time_over_always)
{
	struct builder_rule r = plain("when", "");

	r.when = pick(SELECT_HOST, "on_battery=1");
	duel(r, standing());
	r = plain("unless", "");
	r.unless = pick(SELECT_HOST, "on_battery=1");
	duel(r, standing());
	r = plain("moment", "");
	r.moment = MOMENT_EXEC;
	r.keep_ns = 1;
	duel(r, standing());
	duel(plain("drift", "cpu=80..100"), standing());
	duel(rule_for("drift of the parent",
	              pick_with(SELECT_PROCESS, "", (struct inside){
	                        .parent = 1 + pick(SELECT_PROCESS,
	                                           "rss=1..9") })),
	     standing());
}
END_TEST

START_TEST(an_except_is_no_special_time_and_no_field)
{
	struct builder_rule loser = plain("loser", "");

	loser.except = pick(SELECT_PROCESS, "name=x exe=/x cpu=80..100");
	duel(plain("winner", "uid=0"), loser);
}
END_TEST

START_TEST(a_lasting_is_no_special_time)
{
	duel(plain("winner", "uid=0"),
	     rule_for("loser", pick_with(SELECT_PROCESS, "",
	                                 (struct inside){ .lasting_ns = 9 })));
}
END_TEST

START_TEST(then_more_of_what_it_is_exactly)
{
	duel(plain("two", "name=x exe=/x"),
	     plain("one", "name=x comm=~x exe=~x cmdline=~x uid=0 gid=0 pid=1"));
	duel(plain("a list", "name=x|y|z"), plain("a pattern in it",
	     "name=x|~y exe=~x uid=0"));
	duel(plain("a variable", "env:A=x"), plain("others",
	     "name=%x comm=any uid=0 gid=0"));
}
END_TEST

START_TEST(then_more_of_what_it_is_by_pattern)
{
	duel(plain("two", "name=~x exe=%x"),
	     plain("one", "name=~x uid=0 gid=0 pid=1 user=x"));
	duel(plain("any", "unit=any"), plain("others", "uid=0 gid=0"));
	duel(plain("one more", "name=x env:A=any"), plain("one less",
	     "name=x uid=0"));
}
END_TEST

START_TEST(then_more_of_the_rest)
{
	struct inside inside = { .of = 0 };

	duel(plain("two", "name=x uid=0 nice=0"),
	     plain("one", "name=x gid=0"));
	/* What stands inside counts as one, whatever it asks for. */
	inside.under = 1 + pick(SELECT_PROCESS, "name=x exe=/x comm=x");
	rule_add(rule_for("user and under",
	                  pick_with(SELECT_PROCESS, "user=x", inside)));
	rule_add(plain("one", "uid=0"));
	assert_first_wins();
}
END_TEST

START_TEST(then_the_last_defined)
{
	struct ruleset *rs;

	rule_add(plain("first", "name=x uid=0"));
	rule_add(plain("second", "name=y gid=0"));
	rule_add(plain("third", "comm=z user=q"));
	rs = rules_finish();
	ck_assert_uint_lt(ruleset_rank(rs, 0), ruleset_rank(rs, 1));
	ck_assert_uint_lt(ruleset_rank(rs, 1), ruleset_rank(rs, 2));
	ruleset_free(rs);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_higher_layer_wins,
		then_a_higher_priority,
		then_a_thread_over_a_process,
		then_what_is_said_of_the_task_itself_over_what_reaches_it,
		to_be_reached_loses_to_nothing_earlier,
		then_a_special_time_over_always,
		an_except_is_no_special_time_and_no_field,
		a_lasting_is_no_special_time,
		then_more_of_what_it_is_exactly,
		then_more_of_what_it_is_by_pattern,
		then_more_of_the_rest,
		then_the_last_defined,
	};

	return world_run("policy: order", tests,
	                 sizeof tests / sizeof *tests);
}
