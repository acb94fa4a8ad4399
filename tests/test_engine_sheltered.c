/* test_engine_sheltered.c -- what is protected unless allowed, is for the rules
 * alone that name it: in the whole engine. */

#include "lasting.h"

#define SLACK_OF_ALL  2000000
#define SLACK_BY_NAME 1000000

static uint32_t select_pattern(const char *glob)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_glob(building, glob, strlen(glob));
	return builder_selector_end(building);
}

/* Rules that speak of users, of a name by its pattern, and of one name. */
static void play_three(bool allow)
{
	rules_begin();
	rule_wants(select_number(FACT_uid, 0, 5000), IMAGE_NONE, SETTING_nice, 5);
	rule_wants(select_pattern("clock*"), IMAGE_NONE,
	           SETTING_timer_slack, SLACK_OF_ALL);
	rule_wants(select_named(SELECT_PROCESS, "clock"), IMAGE_NONE,
	           SETTING_oom_score_adj, 100);
	rules_end(act_never);
	curtain_up(1, NULL);
	stage->engine.enforcer.allow_realtime = allow;
}

/* Runs already as somebody else makes it real-time; then starts 'name'. */
static pid_t run_realtime(const char *name)
{
	pid_t p = run("other");

	ck_assert_int_eq(sim_set_knob(stage->sim, p, SETTING_nice, 0), 0);
	ck_assert_int_eq(sim_set_knob(stage->sim, p, SETTING_sched,
	                              sched_value(SCHED_CLASS_RR, 50)), 0);
	sim_exec_again(stage->sim, p, &(struct sim_program){ .name = name });
	settle();
	return p;
}

START_TEST(who_is_realtime_by_itself_is_for_rules_that_name_it)
{
	pid_t clock, clocks;

	play_three(true);
	clock = run_realtime("clock");
	clocks = run_realtime("clocks");
	ck_assert_int_eq(nice_of(clock), 0);
	ck_assert_int_ne(knob(clock, SETTING_timer_slack), SLACK_OF_ALL);
	ck_assert_int_eq(knob(clock, SETTING_oom_score_adj), 100);
	ck_assert_int_eq(nice_of(clocks), 0);
	ck_assert_int_ne(knob(clocks, SETTING_timer_slack), SLACK_OF_ALL);
	curtain_down();
}

START_TEST(what_is_not_allowed_no_name_helps)
{
	pid_t clock;

	play_three(false);
	clock = run_realtime("clock");
	ck_assert_int_eq(nice_of(clock), 0);
	ck_assert_int_eq(knob(clock, SETTING_oom_score_adj), 0);
	curtain_down();
}

START_TEST(who_is_not_realtime_is_for_all)
{
	pid_t clock;

	play_three(true);
	clock = run("clock");
	settle();
	ck_assert_int_eq(nice_of(clock), 5);
	ck_assert_int_eq(knob(clock, SETTING_timer_slack), SLACK_OF_ALL);
	ck_assert_int_eq(knob(clock, SETTING_oom_score_adj), 100);
	curtain_down();
}

/* It was; that pqs changed it opens it to nobody else. */
START_TEST(who_was_realtime_before_us_stays_for_who_names_it)
{
	pid_t clock;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "clock"), IMAGE_NONE,
	           SETTING_sched, sched_value(SCHED_CLASS_OTHER, 0));
	rule_wants(select_number(FACT_uid, 0, 5000), IMAGE_NONE,
	           SETTING_timer_slack, SLACK_OF_ALL);
	rules_end(act_never);
	curtain_up(1, NULL);
	stage->engine.enforcer.allow_realtime = true;
	clock = run_realtime("clock");
	ck_assert_int_eq(knob(clock, SETTING_sched),
	                 sched_value(SCHED_CLASS_OTHER, 0));
	sim_set_uid(stage->sim, clock, 1001);   /* judged once more          */
	settle();
	ck_assert_int_ne(knob(clock, SETTING_timer_slack), SLACK_OF_ALL);
	ck_assert_int_eq(knob(clock, SETTING_sched),
	                 sched_value(SCHED_CLASS_OTHER, 0));
	curtain_down();
}

/* A thread's class is its own; what is said of its process reaches it where
 * that one is named. */
START_TEST(a_thread_is_for_who_names_its_process)
{
	pid_t p, t;

	rules_begin();
	rule_wants(select_number(FACT_uid, 0, 5000), IMAGE_NONE,
	           SETTING_timer_slack, SLACK_OF_ALL);
	rule_wants(select_named(SELECT_PROCESS, "clock"), IMAGE_NONE,
	           SETTING_oom_score_adj, 100);
	rules_end(act_never);
	curtain_up(1, NULL);
	stage->engine.enforcer.allow_realtime = true;
	p = run("other");
	t = sim_thread(stage->sim, p, "tick");
	ck_assert_int_eq(sim_set_knob(stage->sim, t, SETTING_sched,
	                              sched_value(SCHED_CLASS_RR, 50)), 0);
	settle();
	ck_assert_int_eq(knob(p, SETTING_timer_slack), SLACK_OF_ALL);
	ck_assert_int_ne(knob(t, SETTING_timer_slack), SLACK_OF_ALL);
	curtain_down();
}

/* Below a program that is named is not the program. */
START_TEST(what_a_tree_is_given_reaches_no_other_in_it)
{
	struct want         w = { 0 };
	struct builder_rule r;
	pid_t               top, below;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "clock"));
	r.to = TARGET_TREE;
	want_set(&w, SETTING_timer_slack, SLACK_BY_NAME);
	r.want = &w;
	rule_add(r);
	rules_end(act_never);
	curtain_up(1, NULL);
	stage->engine.enforcer.allow_realtime = true;
	top = run("clock");
	settle();
	below = run_under(top, "pendulum", 1000);
	settle();
	ck_assert_int_eq(knob(below, SETTING_timer_slack), SLACK_BY_NAME);
	ck_assert_int_eq(sim_set_knob(stage->sim, below, SETTING_sched,
	                              sched_value(SCHED_CLASS_RR, 50)), 0);
	sim_exec_again(stage->sim, below,
	               &(struct sim_program){ .name = "weight" });
	settle();
	ck_assert_int_eq(knob(top, SETTING_timer_slack), SLACK_BY_NAME);
	ck_assert_int_ne(knob(below, SETTING_timer_slack), SLACK_BY_NAME);
	curtain_down();
}

int main(void)
{
	const TTest *const tests[] = {
		who_is_realtime_by_itself_is_for_rules_that_name_it,
		what_is_not_allowed_no_name_helps,
		who_is_not_realtime_is_for_all,
		who_was_realtime_before_us_stays_for_who_names_it,
		a_thread_is_for_who_names_its_process,
		what_a_tree_is_given_reaches_no_other_in_it,
	};

	return run_tests("engine, sheltered", tests,
	                 sizeof tests / sizeof *tests);
}
