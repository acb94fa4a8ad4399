/* test_engine_host.c -- what rules make of the machine, and what it costs. */

#include "rehearsing.h"

#include "os/sim/machine.h"

#include "suite.h"

#define HOUR (3600 * SECOND)

static void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

static uint32_t select_host(enum host_fact f, int64_t low, int64_t high)
{
	builder_selector_begin(building, SELECT_HOST);
	builder_condition(building, CONDITION_HOST, (uint32_t)f);
	builder_range(building, low, high);
	return builder_selector_end(building);
}

START_TEST(a_rule_holds_at_night_and_wakes_nobody_in_between)
{
	uint64_t events;
	pid_t    b;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "b"),
	           select_host(HOST_time, 1320, 359), SETTING_nice, 9);
	rules_end(act_never);
	curtain_up(1, NULL);
	b = run("b");
	settle();
	sim_wall(stage->sim, 12 * 60);
	events = stage->engine.counts.events;
	pass(10 * HOUR - SECOND);
	ck_assert_int_eq(knob(b, SETTING_nice), 0);
	ck_assert_uint_eq(stage->engine.counts.events, events);
	pass(SECOND);
	ck_assert_int_eq(knob(b, SETTING_nice), 9);
	pass(8 * HOUR - SECOND);
	ck_assert_int_eq(knob(b, SETTING_nice), 9);
	pass(SECOND);
	ck_assert_int_eq(knob(b, SETTING_nice), 0);
	ck_assert_uint_eq(stage->engine.counts.events, events + 2);
	curtain_down();
}
END_TEST

START_TEST(only_a_threshold_of_a_rule_judges_again)
{
	uint64_t judged;
	pid_t    b;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "b"),
	           select_host(HOST_cpu, 71, INT64_MAX), SETTING_nice, 9);
	rules_end(act_never);
	curtain_up(1, NULL);
	b = run("b");
	settle();
	judged = stage->engine.counts.judged;
	for (int cpu = 0; cpu <= 63; cpu += 7) {
		sim_host(stage->sim, HOST_cpu, cpu);
		settle();
	}
	ck_assert_uint_eq(stage->engine.counts.judged, judged);
	sim_host(stage->sim, HOST_cpu, 71);
	settle();
	ck_assert_uint_eq(stage->engine.counts.judged, judged + 1);
	ck_assert_int_eq(knob(b, SETTING_nice), 9);
	sim_host(stage->sim, HOST_cpu, 60);
	settle();
	ck_assert_int_eq(knob(b, SETTING_nice), 0);
	curtain_down();
}
END_TEST

START_TEST(what_cannot_be_read_of_it_just_now_is_read_later)
{
	pid_t b;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "b"),
	           select_host(HOST_cpu, 70, 100), SETTING_nice, 9);
	rules_end(act_never);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_cpu, 90);
	b = run("b");
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	sim_fail(stage->sim, SIM_HOST, EAGAIN, HOST_COUNT);
	settle();
	ck_assert_int_eq(knob(b, SETTING_nice), 0);
	pass(2 * SECOND);
	ck_assert_int_eq(knob(b, SETTING_nice), 9);
	curtain_down();
}
END_TEST

static void act_by_cpu(struct asking *q)
{
	say_want(q, SETTING_nice, ask_host(q, HOST_cpu) / 5);
}

START_TEST(what_a_function_looks_at_is_watched_once_it_did)
{
	unsigned asked;
	pid_t    f;

	rules_begin();
	rule_function(select_named(SELECT_PROCESS, "f"));
	rules_end(act_by_cpu);
	curtain_up(1, NULL);
	ck_assert_uint_eq(stage->sim->interest.host, 0);
	sim_host(stage->sim, HOST_cpu, 50);     /* which is news to nobody    */
	f = run("f");
	settle();
	ck_assert_uint_eq(stage->sim->interest.host, HOST_BIT(HOST_cpu));
	ck_assert_int_eq(knob(f, SETTING_nice), 10);
	asked = troupe.asked;
	sim_host(stage->sim, HOST_cpu, 54);
	sim_host(stage->sim, HOST_load, 900);
	settle();
	ck_assert_uint_eq(troupe.asked, asked);
	sim_host(stage->sim, HOST_cpu, 55);
	settle();
	ck_assert_uint_eq(troupe.asked, asked + 1);
	ck_assert_int_eq(knob(f, SETTING_nice), 11);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("the machine");

	tcase_add_test(all, a_rule_holds_at_night_and_wakes_nobody_in_between);
	tcase_add_test(all, only_a_threshold_of_a_rule_judges_again);
	tcase_add_test(all, what_a_function_looks_at_is_watched_once_it_did);
	tcase_add_test(all, what_cannot_be_read_of_it_just_now_is_read_later);
	return run_case(all, "engine host");
}
