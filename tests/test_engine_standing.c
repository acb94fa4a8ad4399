/* test_engine_standing.c -- what must last, in the whole engine. */

#include "lasting.h"

START_TEST(a_rule_that_must_last_holds_at_its_time_and_not_before)
{
	pid_t x;

	rules_begin();
	play(select_lasting("x", 10 * SECOND), IMAGE_NONE);
	x = run("x");
	settle();
	assert_turns(x, 10 * SECOND, 0, 7);
	ck_assert(!timers_run());
	curtain_down();
}

START_TEST(a_break_starts_it_anew)
{
	pid_t x;

	rules_begin();
	begin_named("x");
	builder_condition(building, CONDITION_FACT, FACT_uid);
	builder_range(building, 1000, 1000);
	builder_lasting(building, 10 * SECOND);
	play(builder_selector_end(building), IMAGE_NONE);
	x = run("x");
	pass(5 * SECOND);
	sim_set_uid(stage->sim, x, 2000);
	pass(SECOND);
	sim_set_uid(stage->sim, x, 1000);
	settle();
	assert_turns(x, 10 * SECOND, 0, 7);
	sim_set_uid(stage->sim, x, 2000);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}

static uint32_t select_user(uid_t uid, uint64_t ns)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_uid);
	builder_range(building, uid, uid);
	builder_lasting(building, ns);
	return builder_selector_end(building);
}

/* The rule hangs on the very thing that changes, so it is not even found. */
START_TEST(a_break_that_no_rule_looked_at_starts_it_anew_too)
{
	pid_t x;

	rules_begin();
	play(select_user(1000, 10 * SECOND), IMAGE_NONE);
	x = run("x");
	pass(5 * SECOND);
	sim_set_uid(stage->sim, x, 2000);
	pass(SECOND);
	sim_set_uid(stage->sim, x, 1000);
	settle();
	assert_turns(x, 10 * SECOND, 0, 7);
	curtain_down();
}

START_TEST(another_program_starts_it_anew)
{
	const struct sim_program again = { .name = "x" };
	pid_t                    x;

	rules_begin();
	play(select_lasting("x", 10 * SECOND), IMAGE_NONE);
	x = run("x");
	pass(9 * SECOND);
	ck_assert_int_eq(sim_exec_again(stage->sim, x, &again), 0);
	settle();
	pass(9 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}

START_TEST(an_except_that_must_last_excepts_nobody_before)
{
	struct want         w = { 0 };
	struct builder_rule r;
	pid_t               x;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.except = select_lasting("x", 10 * SECOND);
	want_set(&w, SETTING_nice, 7);
	r.want = &w;
	rule_add(r);
	rules_end(act_never);
	curtain_up(1, NULL);
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	assert_turns(x, 10 * SECOND, 7, 0);
	curtain_down();
}

static uint32_t select_battery_lasting(uint64_t ns)
{
	builder_selector_begin(building, SELECT_HOST);
	builder_condition(building, CONDITION_HOST, HOST_on_battery);
	builder_range(building, 1, 1);
	builder_lasting(building, ns);
	return builder_selector_end(building);
}

START_TEST(a_state_of_the_machine_lasts_whoever_looks)
{
	pid_t early, late;

	rules_begin();
	play(select_named(SELECT_PROCESS, "x"),
	     select_battery_lasting(10 * SECOND));
	early = run("x");
	settle();
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	assert_turns(early, 10 * SECOND, 0, 7);
	late = run("x");
	settle();
	ck_assert_int_eq(nice_of(late), 7);
	sim_host(stage->sim, HOST_on_battery, 0);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(early), 0);
	pass(1);
	ck_assert_int_eq(nice_of(late), 7);
	curtain_down();
}

START_TEST(except_of_a_host_that_must_last_silences_later)
{
	struct want         w = { 0 };
	struct builder_rule r;
	pid_t               x;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.unless = select_battery_lasting(10 * SECOND);
	want_set(&w, SETTING_nice, 7);
	r.want = &w;
	rule_add(r);
	rules_end(act_never);
	curtain_up(1, NULL);
	x = run("x");
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	assert_turns(x, 10 * SECOND, 7, 0);
	curtain_down();
}

/* How long the parent did it is a matter of the parent. */
START_TEST(what_a_parent_did_for_long_holds_for_its_children_at_once)
{
	pid_t make, first, second;

	rules_begin();
	play(select_child_of(select_lasting("make", 10 * SECOND)), IMAGE_NONE);
	make = run("make");
	first = run_under(make, "cc1", 1000);
	settle();
	assert_turns(first, 10 * SECOND, 0, 7);
	second = run_under(make, "cc1", 1000);
	settle();
	ck_assert_int_eq(nice_of(second), 7);
	curtain_down();
}

START_TEST(a_thread_waits_too)
{
	pid_t x, thread;

	rules_begin();
	builder_selector_begin(building, SELECT_THREAD);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, "loop", 4);
	builder_lasting(building, 10 * SECOND);
	play(builder_selector_end(building), IMAGE_NONE);
	x = run("x");
	thread = sim_thread(stage->sim, x, "loop");
	settle();
	assert_turns(thread, 10 * SECOND, 0, 7);
	ck_assert_int_eq(nice_of(x), 0);
	sim_rename(stage->sim, thread, "other");
	settle();
	ck_assert_int_eq(nice_of(thread), 0);
	curtain_down();
}

START_TEST(nothing_is_remembered_of_who_left)
{
	pid_t x, thread;

	rules_begin();
	builder_selector_begin(building, SELECT_THREAD);
	builder_lasting(building, 10 * SECOND);
	rule_wants(builder_selector_end(building), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	play(select_busy("x", 80, 10 * SECOND), IMAGE_NONE);
	x = run("x");
	cpu(x, 90);
	thread = sim_thread(stage->sim, x, "a");
	sim_thread(stage->sim, x, "b");
	settle();
	pass(2 * SECOND);
	/* The main threads of x and of pid 1 are threads too. */
	ck_assert_uint_eq(standing_count(stage->engine.voice[0].standing), 6);
	sim_exit(stage->sim, thread);
	settle();
	ck_assert_uint_eq(standing_count(stage->engine.voice[0].standing), 5);
	sim_exit(stage->sim, x);
	settle();
	ck_assert_uint_eq(standing_count(stage->engine.voice[0].standing), 1);
	curtain_down();
}

START_TEST(nothing_wakes_without_a_rule_that_waits)
{
	uint64_t judged, events;

	rules_begin();
	play(select_named(SELECT_PROCESS, "x"), select_battery());
	for (int i = 0; i < 20; i++)
		run("x");
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(SECOND);
	judged = stage->engine.counts.judged;
	events = stage->engine.counts.events;
	pass(3600 * SECOND);
	ck_assert_uint_eq(stage->engine.counts.judged, judged);
	ck_assert_uint_eq(stage->engine.counts.events, events);
	ck_assert(!timers_run());
	ck_assert_uint_eq(standing_count(stage->engine.voice[0].standing), 0);
	curtain_down();
}

int main(void)
{
	const TTest *const tests[] = {
		a_rule_that_must_last_holds_at_its_time_and_not_before,
		a_break_starts_it_anew,
		a_break_that_no_rule_looked_at_starts_it_anew_too,
		another_program_starts_it_anew,
		an_except_that_must_last_excepts_nobody_before,
		a_state_of_the_machine_lasts_whoever_looks,
		except_of_a_host_that_must_last_silences_later,
		what_a_parent_did_for_long_holds_for_its_children_at_once,
		a_thread_waits_too,
		nothing_is_remembered_of_who_left,
		nothing_wakes_without_a_rule_that_waits,
	};

	return run_tests("engine, standing", tests, sizeof tests / sizeof *tests);
}
