/* test_engine_spread.c -- whatever there is to do at once, no step
 * of the loop is long. */

#include "pace.h"
#include "reloading_stage.h"

#define TASKS 300

static struct sensor truly;
static uint64_t      later_ns, each_ns;

/* On the simulated machine computing takes no time; here each look at the clock
 * stands for some. */
static uint64_t now_slow(void *self)
{
	later_ns += each_ns;
	return truly.now_ns(self) + later_ns;
}

static int next_slow(void *self, uint64_t wake_ns, struct event *ret_events,
                     size_t max)
{
	if (wake_ns != UINT64_MAX)
		wake_ns = wake_ns > later_ns ? wake_ns - later_ns : 0;
	return truly.next(self, wake_ns, ret_events, max);
}

static void computing_takes(uint64_t ns)
{
	truly = stage->os.sensor;
	stage->os.sensor.now_ns = now_slow;
	stage->os.sensor.next = next_slow;
	sim_until(stage->sim, sim_now_ns(stage->sim) + 1000 * SECOND);
	later_ns = 0;
	each_ns = ns;
}

static void end(void)
{
	stage->os.sensor = truly;
	curtain_down();
}

static void round_once(void)
{
	ck_assert_int_ge(engine_round(&stage->engine), 0);
}

START_TEST(what_was_spent_at_once_is_paid_for_before_more_is)
{
	struct pace p = { 0 };
	uint64_t    now = SECOND;

	ck_assert_uint_le(pace_due_ns(&p), now);
	pace_spend(&p, 1, now, now + PACE_BURST_NS);
	ck_assert_uint_le(pace_due_ns(&p), now + PACE_BURST_NS);
	pace_spend(&p, 1, now + PACE_BURST_NS, now + 2 * PACE_BURST_NS);
	ck_assert_uint_eq(pace_due_ns(&p), now + PACE_SHARE * PACE_BURST_NS);
	pace_spend(&p, 1, now + SECOND, now + SECOND);
	ck_assert_uint_le(pace_due_ns(&p), now + SECOND);
}
END_TEST

START_TEST(of_very_many_tasks_a_larger_part_of_the_time_is_spent)
{
	struct pace few = { 0 }, many = { 0 };

	pace_spend(&few, PACE_TASKS, SECOND, 2 * SECOND);
	pace_spend(&many, 4 * PACE_TASKS, SECOND, 2 * SECOND);
	ck_assert_uint_gt(pace_due_ns(&few), pace_due_ns(&many));
	ck_assert_uint_eq(pace_share(SIZE_MAX), 1);
}
END_TEST

/* After the swap. */
static uint64_t settle_by_others(uint64_t *ret_busy_ns)
{
	struct engine *en = &stage->engine;
	uint64_t       began_ns, before_ns = 0;

	while (generation() == 1)
		round_once();
	began_ns = now_slow(stage->os.sensor.self);
	before_ns = en->stalls.busy_ns;
	while (sweep_active(&en->sweep))
		round_once();
	*ret_busy_ns = en->stalls.busy_ns - before_ns;
	return now_slow(stage->os.sensor.self) - began_ns;
}

START_TEST(settling_by_other_rules_leaves_the_loop_free_most_of_the_time)
{
	pid_t    x[TASKS];
	uint64_t busy_ns, whole_ns;

	stage_nice(1);
	for (int i = 0; i < TASKS; i++)
		x[i] = run("x");
	settle();
	computing_takes(50000);
	next_nice(9);
	ask_again(7);
	whole_ns = settle_by_others(&busy_ns);
	ck_assert_uint_gt(busy_ns, 2 * PACE_BURST_NS);
	ck_assert_uint_gt(whole_ns, 3 * busy_ns);
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_eq(nice_of(x[i]), 9);
}
END_TEST

START_TEST(who_comes_while_others_are_settled_does_not_wait_for_it)
{
	struct engine *en;
	pid_t          late;

	stage_nice(1);
	for (int i = 0; i < TASKS; i++)
		run("x");
	settle();
	en = &stage->engine;
	computing_takes(50000);
	next_nice(9);
	ask_again(7);
	while (generation() == 1)
		round_once();
	late = run("x");
	while (nice_of(late) != 9)
		round_once();
	ck_assert(sweep_active(&en->sweep));
}
END_TEST

START_TEST(those_that_are_due_at_once_are_dealt_with_in_many_steps)
{
	struct engine *en;
	uint64_t       before, judged, rounds = 0;

	stage_nice(1);
	en = &stage->engine;
	for (int i = 0; i < TASKS; i++)
		ck_assert_int_gt(sim_fork(stage->sim, 1), 0);
	computing_takes(10000);
	round_once();
	later_ns += SECOND;
	before = en->counts.judged;
	round_once();
	judged = en->counts.judged - before;
	ck_assert_uint_gt(judged, 0);
	ck_assert_uint_lt(judged, TASKS / 2);
	for (; en->counts.judged - before < TASKS; rounds++) {
		ck_assert_uint_lt(rounds, TASKS);
		round_once();
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: steps");
	TCase *p = tcase_create("pace");
	TCase *t = tcase_create("loop");

	tcase_add_test(p, what_was_spent_at_once_is_paid_for_before_more_is);
	tcase_add_test(p, of_very_many_tasks_a_larger_part_of_the_time_is_spent);
	suite_add_tcase(s, p);
	tcase_add_checked_fixture(t, NULL, end);
	tcase_add_test(t,
	    settling_by_other_rules_leaves_the_loop_free_most_of_the_time);
	tcase_add_test(t,
	    who_comes_while_others_are_settled_does_not_wait_for_it);
	tcase_add_test(t,
	    those_that_are_due_at_once_are_dealt_with_in_many_steps);
	suite_add_tcase(s, t);
	return run_suite(s);
}
