/* test_engine_thresholds.c -- what is sampled, from when a threshold is passed
 * until it is released. */

#include "lasting.h"

START_TEST(a_threshold_that_must_last_is_sampled_and_breaks)
{
	pid_t x;

	rules_begin();
	play(select_busy("x", 80, 10 * SECOND), IMAGE_NONE);
	x = run("x");
	cpu(x, 90);
	settle();
	pass(5 * SECOND);
	cpu(x, 10);
	pass(2 * SECOND);
	cpu(x, 90);
	pass(SECOND);                   /* it is seen again by then           */
	assert_turns(x, 10 * SECOND, 0, 7);
	cpu(x, 10);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}

START_TEST(a_threshold_once_passed_is_released_well_below_it)
{
	pid_t x;

	rules_begin();
	play(select_busy("x", 80, 0), IMAGE_NONE);
	x = run("x");
	cpu(x, 79);
	settle();
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	cpu(x, 80);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	cpu(x, 72);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	cpu(x, 71);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	cpu(x, 79);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}

START_TEST(what_drifts_of_a_parent_is_read_anew_for_its_children)
{
	pid_t make, child;

	rules_begin();
	play(select_child_of(select_busy("make", 80, 0)), IMAGE_NONE);
	make = run("make");
	cpu(make, 10);
	child = run_under(make, "cc1", 1000);
	settle();
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(child), 0);
	cpu(make, 90);
	pass(SECOND);
	ck_assert_int_eq(nice_of(child), 7);
	cpu(make, 10);
	pass(SECOND);
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}

START_TEST(a_threshold_of_the_machine_is_released_as_late)
{
	pid_t x;

	rules_begin();
	builder_selector_begin(building, SELECT_HOST);
	builder_condition(building, CONDITION_HOST, HOST_cpu);
	builder_range(building, 70, INT64_MAX);
	play(select_named(SELECT_PROCESS, "x"), builder_selector_end(building));
	x = run("x");
	sim_host(stage->sim, HOST_cpu, 69);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	sim_host(stage->sim, HOST_cpu, 70);
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	sim_host(stage->sim, HOST_cpu, 63);
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	sim_host(stage->sim, HOST_cpu, 62);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	sim_host(stage->sim, HOST_cpu, 69);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}

static struct task *row_of_process(pid_t pid)
{
	return table_find(stage->engine.table,
	                  (struct task_id){ pid, pid, 0 });
}

/* Reading would show: what drifts is forgotten before it is read anew. */
START_TEST(nothing_is_sampled_while_when_does_not_hold)
{
	uint64_t judged;
	pid_t    x;

	rules_begin();
	play(select_busy("x", 80, 0), select_battery());
	x = run("x");
	cpu(x, 90);
	settle();
	pass(SECOND);
	judged = stage->engine.counts.judged;
	pass(3600 * SECOND);
	ck_assert_uint_eq(stage->engine.counts.judged, judged);
	ck_assert(!timers_run());
	ck_assert_uint_eq(row_of_process(x)->drift_reads, 0);
	ck_assert_uint_eq(row_of_process(x)->facts->known & FACT_BIT(FACT_cpu),
	                  0);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert_uint_ne(row_of_process(x)->drift_reads, 0);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	pass(SECOND);
	judged = stage->engine.counts.judged;
	pass(3600 * SECOND);
	ck_assert_uint_eq(stage->engine.counts.judged, judged);
	ck_assert(!timers_run());
	curtain_down();
}

/* Nobody looked meanwhile, so nobody knows that it went on. */
START_TEST(what_was_not_looked_at_did_not_last)
{
	pid_t x;

	rules_begin();
	play(select_busy("x", 80, 10 * SECOND), select_battery());
	x = run("x");
	cpu(x, 90);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(8 * SECOND);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	pass(60 * SECOND);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(9 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}

START_TEST(a_tag_holds_whatever_when_says_so_it_is_sampled_for)
{
	struct builder_rule r;
	pid_t               x;

	rules_begin();
	r = rule_of(select_busy("x", 80, 0));
	r.tag = "busy";
	r.when = select_battery();
	rule_add(r);
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_TAG, 0);
	builder_tag(building, "busy");
	play(builder_selector_end(building), IMAGE_NONE);
	x = run("x");
	cpu(x, 90);
	settle();
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}

int main(void)
{
	const TTest *const tests[] = {
		a_threshold_that_must_last_is_sampled_and_breaks,
		a_threshold_once_passed_is_released_well_below_it,
		what_drifts_of_a_parent_is_read_anew_for_its_children,
		a_threshold_of_the_machine_is_released_as_late,
		nothing_is_sampled_while_when_does_not_hold,
		what_was_not_looked_at_did_not_last,
		a_tag_holds_whatever_when_says_so_it_is_sampled_for,
	};

	return run_tests("engine, thresholds", tests, sizeof tests / sizeof *tests);
}
