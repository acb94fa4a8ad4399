/* test_engine_steps.c -- no step of the loop is longer than a millisecond,
 * whatever happens at once.
 *
 * On the simulated machine computing takes no time.  Here the clock goes on by a
 * few microseconds with each call of the system, which is what a step is made of,
 * and is the same in every run. */

#include "order.h"
#include "reloading_stage.h"
#include "visiting.h"

#define CALL_NS UINT64_C(5000)

#define MANY 600

static struct sensor truly;

static uint64_t spent_ns(void)
{
	uint64_t calls = 0;

	for (int c = 0; c < SIM_CALLS; c++)
		calls += sim_calls(stage->sim, (enum sim_call)c);
	return calls * CALL_NS;
}

static uint64_t now_spent(void *self)
{
	return truly.now_ns(self) + spent_ns();
}

static int next_spent(void *self, uint64_t wake_ns, struct event *ret_events,
                      size_t max)
{
	if (wake_ns != UINT64_MAX)
		wake_ns = wake_ns > spent_ns() ? wake_ns - spent_ns() : 0;
	return truly.next(self, wake_ns, ret_events, max);
}

/* From here on no step may be long. */
static void watch(void)
{
	truly = stage->os.sensor;
	stage->os.sensor.now_ns = now_spent;
	stage->os.sensor.next = next_spent;
	stage->engine.stalls = (struct stalls){ .rounds = 0 };
}

static void end(void)
{
	if (control != NULL)
		gate_shut();
	if (truly.now_ns != NULL)
		stage->os.sensor = truly;
	truly = (struct sensor){ .name = NULL };
	curtain_down();
}

static void assert_short(void)
{
	const struct stall *s = &stage->engine.stalls.longest;

	ck_assert_uint_gt(stage->engine.stalls.rounds, 1);
	ck_assert_msg(s->ns <= STALL_NS, "a step of %u us, %u us of it at %s",
	              (unsigned)(s->ns / 1000), (unsigned)(s->most_ns / 1000),
	              phase_name(s->most));
}

/* More than one step could do. */
static void assert_was_much(void)
{
	ck_assert_uint_gt(stage->engine.stalls.busy_ns, 3 * STALL_NS);
}

static void begin_nice(void)
{
	stage_nice(1);
}

START_TEST(programs_that_start_at_once_are_dealt_with_in_their_order)
{
	pid_t x[MANY];

	begin_nice();
	watch();
	for (int i = 0; i < MANY; i++)
		x[i] = run("x");
	settle();
	assert_was_much();
	assert_short();
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(nice_of(x[i]), 3);
}
END_TEST

START_TEST(all_that_lives_when_events_were_lost)
{
	pid_t x[MANY];

	begin_nice();
	sim_lose(stage->sim, 2 * MANY);
	watch();
	for (int i = 0; i < MANY; i++)
		x[i] = run("x");
	pass(2 * SECOND);
	assert_was_much();
	assert_short();
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(nice_of(x[i]), 3);
}
END_TEST

START_TEST(other_rules_for_all)
{
	pid_t x[MANY];

	begin_nice();
	for (int i = 0; i < MANY; i++)
		x[i] = run("x");
	settle();
	watch();
	next_nice(9);
	ask_again(7);
	pass(10 * SECOND);
	ck_assert_uint_eq(generation(), 2);
	assert_was_much();
	assert_short();
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(nice_of(x[i]), 9);
}
END_TEST

static void keep_all(pid_t x[MANY], uint64_t until_ns)
{
	struct want w = { 0 };

	want_set(&w, SETTING_nice, 7);
	for (int i = 0; i < MANY; i++) {
		struct task *who = table_find(stage->engine.table,
		                              (struct task_id){ x[i], x[i], 0 });

		ck_assert_int_eq(order_set(&stage->engine, who, &w, 0, until_ns,
		                           false, false), 0);
		ck_assert_int_eq(order_enact(&stage->engine, who, false), 0);
	}
}

START_TEST(what_was_kept_for_many_ends_at_one_moment)
{
	pid_t x[MANY];

	begin_nice();
	for (int i = 0; i < MANY; i++)
		x[i] = run("x");
	settle();
	keep_all(x, sim_now_ns(stage->sim) + 5 * SECOND);
	ck_assert_int_eq(nice_of(x[0]), 7);
	watch();
	pass(20 * SECOND);
	assert_was_much();
	assert_short();
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(nice_of(x[i]), 3);
}
END_TEST

START_TEST(all_is_undone)
{
	pid_t x[MANY];

	begin_nice();
	for (int i = 0; i < MANY; i++)
		x[i] = run("x");
	settle();
	watch();
	ck_assert_int_eq(order_mute_all(&stage->engine), 0);
	settle();
	assert_was_much();
	assert_short();
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(nice_of(x[i]), 0);
}
END_TEST

/* "w" gets nice 5 as a thread of "x", and nobody else anything. */
static void begin_threads(void)
{
	rules_begin();
	rule_wants(select_thread_of("w", select_named(SELECT_PROCESS, "x")),
	           IMAGE_NONE, SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
}

/* It is looked at as a whole when its process is judged. */
START_TEST(rules_for_each_of_many_threads)
{
	pid_t x, w[MANY];

	begin_threads();
	sim_lose(stage->sim, MANY + 2);
	watch();
	x = run("x");
	for (int i = 0; i < MANY; i++)
		w[i] = sim_thread(stage->sim, x, "w");
	pass(2 * SECOND);
	assert_was_much();
	assert_short();
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(nice_of(w[i]), 5);
}
END_TEST

/* Whoever of them ends or begins meanwhile. */
START_TEST(threads_that_come_while_others_are_looked_at_are_not_forgotten)
{
	struct engine *en;
	pid_t          x, w[MANY], late;

	begin_threads();
	en = &stage->engine;
	sim_lose(stage->sim, MANY + 2);
	watch();
	x = run("x");
	for (int i = 0; i < MANY; i++)
		w[i] = sim_thread(stage->sim, x, "w");
	sim_until(stage->sim, sim_now_ns(stage->sim) + SECOND);
	while (!kin_is_under_way(en))
		ck_assert_int_eq(engine_round(en), 1);
	late = sim_thread(stage->sim, x, "w");
	sim_exit(stage->sim, w[0]);
	pass(2 * SECOND);
	assert_short();
	ck_assert_int_eq(nice_of(late), 5);
	for (int i = 1; i < MANY; i++)
		ck_assert_int_eq(nice_of(w[i]), 5);
}
END_TEST

START_TEST(who_waits_for_one_answer_is_many)
{
	pid_t x[MANY];

	rules_usual(act_by_battery);
	watch();
	for (int i = 0; i < MANY; i++)
		x[i] = run("f");
	pass(2 * SECOND);
	assert_was_much();
	assert_short();
	for (int i = 0; i < MANY; i++)
		ck_assert_int_eq(nice_of(x[i]), 5);
}
END_TEST

START_TEST(many_ask_for_long_answers)
{
	uint32_t v[8];

	rules_usual(act_by_battery);
	gate_open();
	for (int i = 0; i < MANY; i++)
		run("f");
	settle();
	for (int i = 0; i < 8; i++)
		v[i] = visitor(0);
	watch();
	for (int i = 0; i < 8; i++)
		say(v[i], "{\"pqs\":1,\"ask\":\"holds\"}\n");
	for (int i = 0; i < 8; i++)
		heard(v[i]);
	assert_was_much();
	assert_short();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: no step is long");
	TCase *t = tcase_create("steps");

	tcase_add_checked_fixture(t, NULL, end);
	tcase_set_timeout(t, 120);
	tcase_add_test(t,
	    programs_that_start_at_once_are_dealt_with_in_their_order);
	tcase_add_test(t, all_that_lives_when_events_were_lost);
	tcase_add_test(t, other_rules_for_all);
	tcase_add_test(t, what_was_kept_for_many_ends_at_one_moment);
	tcase_add_test(t, all_is_undone);
	tcase_add_test(t, rules_for_each_of_many_threads);
	tcase_add_test(t,
	    threads_that_come_while_others_are_looked_at_are_not_forgotten);
	tcase_add_test(t, who_waits_for_one_answer_is_many);
	tcase_add_test(t, many_ask_for_long_answers);
	suite_add_tcase(s, t);
	return run_suite(s);
}
