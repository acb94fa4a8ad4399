/* test_engine_orders.c -- what is set by hand where the main thread is apart
 * from its process: nobody else is ever said to have changed what we did. */

#include "rehearsing.h"

#include "order.h"

#define STEPS 25

static const char *const classes[] = { "batch", "idle", "other", "fifo:3", "" };

static unsigned blamed, changes;
static uint64_t luck;
static pid_t    x, threads[STEPS];
static int      thread_count;

static void on_change(void *self, const struct change *c)
{
	(void)self;
	blamed += c->foreign || c->fought;
	changes += c->threads > 0;
}

static unsigned roll(unsigned sides)
{
	luck = luck * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(luck >> 33) % sides;
}

static uint32_t x_process(void)
{
	return select_named(SELECT_PROCESS, "x");
}

static void rule_of_main(uint32_t when)
{
	rule_wants(select_main_of(x_process()), when, SETTING_realtime,
	           realtime_value(100000, 1000, 100000));
}

static void begin(uint64_t seed)
{
	rules_end(NULL);
	curtain_up(seed, on_change);
	blamed = 0;
	thread_count = 0;
	x = run("x");
	settle();
}

static struct task *row(void)
{
	return table_find(stage->engine.table, (struct task_id){ x, x, 0 });
}

static struct task *row_of_main(void)
{
	struct task *thread;

	ck_assert_int_ge(table_meet_thread(stage->engine.table, row(), x,
	                                   &thread), 0);
	return thread;
}

/* "": it is taken back. */
static void set(struct task *who, enum setting s, const char *text)
{
	struct task_id id = who->id;
	struct want    w = { .has = 0 };
	int64_t        value;

	if (text[0] != '\0') {
		ck_assert_int_eq(setting_parse(s, text, stage->sets, &value),
		                 0);
		want_set(&w, s, value);
	}
	ck_assert_int_eq(order_set(&stage->engine, who, &w,
	                           text[0] == '\0' ? SETTING_BIT(s) : 0,
	                           UINT64_MAX, false, false), 0);
	who = table_find(stage->engine.table, id);
	if (who != NULL)
		ck_assert_int_eq(order_enact(&stage->engine, who, false), 0);
}

static void undo(void)
{
	ck_assert_int_eq(order_undo(&stage->engine, row()), 0);
}

START_TEST(a_slice_that_a_class_hides_is_nobody_elses)
{
	rules_begin();
	rule_of_main(IMAGE_NONE);
	rule_wants(x_process(), IMAGE_NONE, SETTING_slice, 3000000);
	begin(1);
	undo();
	set(row(), SETTING_sched, "fifo:2");
	settle();
	set(row(), SETTING_sched, "other");
	settle();
	ck_assert_uint_eq(blamed, 0);
	ck_assert_int_eq(knob(x, SETTING_slice), 3000000);
	undo();
	ck_assert_int_ne(knob(x, SETTING_slice), 3000000);
	curtain_down();
}
END_TEST

static void exec_again(const char *name)
{
	sim_exec_again(stage->sim, x, &(struct sim_program){ .name = name });
	settle();
}

/* Not for a moment is it without. */
START_TEST(what_is_set_on_a_main_thread_stays_over_an_exec)
{
	int64_t  value = realtime_value(50000, 10000, 40000);
	uint64_t applied;

	rules_begin();
	rule_wants(x_process(), IMAGE_NONE, SETTING_timer_slack, 1000);
	begin(1);
	sim_thread(stage->sim, x, "w");
	settle();
	set(row_of_main(), SETTING_realtime, "50ms/10ms/40ms");
	set(row_of_main(), SETTING_uclamp_min, "20%");
	settle();
	ck_assert_int_eq(knob(x, SETTING_realtime), value);
	changes = 0;
	applied = sim_calls(stage->sim, SIM_APPLY);
	exec_again("x");
	ck_assert_int_eq(knob(x, SETTING_realtime), value);
	ck_assert_int_eq(knob(x, SETTING_uclamp_min), 20);
	ck_assert_uint_eq(changes, 0);
	ck_assert_uint_eq(sim_calls(stage->sim, SIM_APPLY), applied);
	exec_again("y");
	ck_assert_int_eq(knob(x, SETTING_realtime), value);
	set(row_of_main(), SETTING_realtime, "");
	settle();
	ck_assert_int_eq(knob(x, SETTING_sched),
	                 sched_value(SCHED_CLASS_OTHER, 0));
	undo();
	ck_assert_int_eq(knob(x, SETTING_uclamp_min), 0);
	ck_assert_uint_eq(blamed, 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

/* The class of its main thread was ours when the process's was set. */
START_TEST(who_is_born_after_goes_back_to_what_was_before_the_deadline)
{
	int64_t other = sched_value(SCHED_CLASS_OTHER, 0);
	pid_t   tid;

	rules_begin();
	rule_of_main(IMAGE_NONE);
	begin(1);
	set(row(), SETTING_sched, "batch");
	settle();
	tid = sim_thread(stage->sim, x, "w");
	settle();
	ck_assert_int_eq(knob(tid, SETTING_sched),
	                 sched_value(SCHED_CLASS_BATCH, 0));
	if (_i == 0)
		set(row(), SETTING_sched, "");
	else
		undo();
	settle();
	ck_assert_int_eq(knob(tid, SETTING_sched), other);
	curtain_down();
}
END_TEST

/* Each is heard of after what is done at once. */
static pid_t thread_unheard(void)
{
	return sim_thread(stage->sim, x, "w");
}

/* 0: and no more; 1: the process is set to something else before. */
START_TEST(who_is_heard_of_after_an_undo_goes_back_with_the_others)
{
	int64_t other = sched_value(SCHED_CLASS_OTHER, 0);
	pid_t   tid;

	rules_begin();
	rule_of_main(select_battery());
	begin(1);
	set(row_of_main(), SETTING_sched, "batch");
	settle();
	tid = thread_unheard();
	undo();
	if (_i == 1)
		set(row(), SETTING_sched, "idle");
	settle();
	if (_i == 1)
		undo();
	pass(SECOND);
	ck_assert_uint_eq(blamed, 0);
	ck_assert_int_eq(knob(x, SETTING_sched), other);
	ck_assert_int_eq(knob(tid, SETTING_sched), other);
	curtain_down();
}
END_TEST

START_TEST(what_the_main_thread_had_before_is_nobody_elses)
{
	int64_t other = sched_value(SCHED_CLASS_OTHER, 0);
	pid_t   tid;

	rules_begin();
	rule_of_main(select_battery());
	begin(1);
	set(row_of_main(), SETTING_sched, "batch");
	settle();
	tid = thread_unheard();
	set(row_of_main(), SETTING_sched, "idle");
	set(row_of_main(), SETTING_sched, "fifo:3");
	settle();
	set(row(), SETTING_nice, "-2");
	settle();
	undo();
	ck_assert_uint_eq(blamed, 0);
	ck_assert_int_eq(knob(tid, SETTING_sched), other);
	curtain_down();
}
END_TEST

/* Whoever commands is told that it failed. */
START_TEST(what_an_undo_could_not_put_back_goes_back_later)
{
	int64_t other = sched_value(SCHED_CLASS_OTHER, 0);
	pid_t   tid;

	rules_begin();
	rule_of_main(select_battery());
	begin(1);
	tid = thread_unheard();
	settle();
	set(row(), SETTING_sched, "batch");
	set(row(), SETTING_nice, "-2");
	sim_fail(stage->sim, _i == 0 ? SIM_THREADS : SIM_READ, EIO, 1);
	order_undo(&stage->engine, row());
	pass(3 * SECOND);
	ck_assert_uint_eq(blamed, 0);
	ck_assert_int_eq(knob(tid, SETTING_sched), other);
	ck_assert_int_eq(nice_of(tid), 0);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

/* Nobody who lives has heard of it. */
START_TEST(who_was_born_before_the_last_deed_goes_back)
{
	int64_t other = sched_value(SCHED_CLASS_OTHER, 0);
	size_t  left;
	pid_t   tid;

	rules_begin();
	rule_of_main(select_battery());
	begin(1);
	set(row_of_main(), SETTING_sched, "batch");
	settle();
	tid = thread_unheard();
	if (_i == 0)
		undo();
	else
		set(row_of_main(), SETTING_sched, _i == 1 ? "" : "idle");
	if (_i == 3)
		set(row_of_main(), SETTING_sched, "other");
	ck_assert_int_eq(journal_flush(stage->journal), 0);
	sim_die(stage->sim);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_int_eq(knob(tid, SETTING_sched), other);
	curtain_down();
}
END_TEST

static void do_something(void)
{
	unsigned what = roll(9);

	switch (what) {
	case 0:
		threads[thread_count++] = sim_thread(stage->sim, x, "w");
		break;
	case 1: case 2:
		set(row(), SETTING_sched, classes[roll(5)]);
		break;
	case 3:
		set(row_of_main(), SETTING_sched, classes[roll(5)]);
		break;
	case 4:
		set(row(), SETTING_nice, roll(2) ? "-2" : "");
		break;
	case 5:
		sim_host(stage->sim, HOST_on_battery, roll(2));
		break;
	case 6:
		undo();
		break;
	case 7:
		sim_fork(stage->sim, x);
		break;
	case 8:
		thread_count = 0;
		sim_exec_again(stage->sim, x,
		               &(struct sim_program){ .name = "x" });
		break;
	}
	if (roll(2) || what == 8)       /* an undo is until the next program  */
		settle();
}

static void assert_as_born(pid_t tid)
{
	ck_assert_int_eq(knob(tid, SETTING_sched),
	                 sched_value(SCHED_CLASS_OTHER, 0));
	ck_assert_int_eq(nice_of(tid), 0);
	ck_assert_int_ne(knob(tid, SETTING_slice), 3000000);
}

START_TEST(whatever_is_set_nobody_else_is_blamed_and_all_goes_back)
{
	luck = (uint64_t)_i * 2654435761u + 1;
	rules_begin();
	rule_of_main(roll(2) ? select_battery() : IMAGE_NONE);
	if (roll(2))
		rule_wants(x_process(), roll(2) ? select_battery() : IMAGE_NONE,
		           SETTING_sched, sched_value(SCHED_CLASS_BATCH, 0));
	if (roll(2))
		rule_wants(x_process(), IMAGE_NONE, SETTING_slice, 3000000);
	begin((uint64_t)_i);
	for (int i = 0; i < STEPS; i++)
		do_something();
	if (roll(2))
		pass(SECOND);
	undo();
	settle();
	ck_assert_uint_eq(blamed, 0);
	assert_as_born(x);
	for (int i = 0; i < thread_count; i++)
		assert_as_born(threads[i]);
	curtain_down();
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("engine: orders");
	TCase *t = tcase_create("main thread");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_slice_that_a_class_hides_is_nobody_elses);
	tcase_add_test(t, what_is_set_on_a_main_thread_stays_over_an_exec);
	tcase_add_loop_test(t, who_is_born_after_goes_back_to_what_was_before_the_deadline,
	                    0, 2);
	tcase_add_loop_test(
		t, who_is_heard_of_after_an_undo_goes_back_with_the_others,
		0, 2);
	tcase_add_test(t, what_the_main_thread_had_before_is_nobody_elses);
	tcase_add_loop_test(t, what_an_undo_could_not_put_back_goes_back_later,
	                    0, 2);
	tcase_add_loop_test(t, who_was_born_before_the_last_deed_goes_back,
	                    0, 4);
	tcase_add_loop_test(t, whatever_is_set_nobody_else_is_blamed_and_all_goes_back,
	                    0, 300);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
