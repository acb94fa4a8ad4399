/* test_engine_class.c -- what only single threads can have, and what a change
 * of class takes along: realtime, precedence, slice. */

#include "rehearsing.h"

#define BATCH sched_value(SCHED_CLASS_BATCH, 0)
#define OTHER sched_value(SCHED_CLASS_OTHER, 0)

static struct change last;              /* of realtime                        */
static char          last_why[160];

static void on_change(void *self, const struct change *c)
{
	(void)self;
	if (c->setting != SETTING_realtime)
		return;
	last = *c;
	snprintf(last_why, sizeof last_why, "%s", c->why);
}

static void begin_play(void)
{
	rules_end(NULL);
	memset(&last, 0, sizeof last);
	curtain_up(1, on_change);
}

static void battery(bool on)
{
	sim_host(stage->sim, HOST_on_battery, on);
	settle();
}

static pid_t thread_run(pid_t pid)
{
	pid_t tid = sim_thread(stage->sim, pid, "worker");

	ck_assert_int_gt(tid, 0);
	settle();
	return tid;
}

static uint32_t workers(void)
{
	return select_thread_of("w*", select_named(SELECT_PROCESS, "x"));
}

static void rule_realtime(uint32_t when, int64_t computation_us)
{
	rule_wants(workers(), when, SETTING_realtime,
	           realtime_value(10000, computation_us, 10000));
}

static void undo_all(void)
{
	size_t left;

	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(left, 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
}

START_TEST(a_thread_has_a_deadline_while_the_rule_holds)
{
	pid_t pid, tid;

	rules_begin();
	rule_realtime(select_battery(), 1000);
	begin_play();
	pid = run("x");
	tid = thread_run(pid);
	ck_assert_int_eq(knob(tid, SETTING_realtime), ~OTHER);
	battery(true);
	ck_assert_int_eq(last.effect, EFFECT_APPLIED);
	ck_assert_int_eq(knob(tid, SETTING_realtime),
	                 realtime_value(10000, 1000, 10000));
	ck_assert_int_eq(knob(pid, SETTING_sched), OTHER);
	battery(false);
	ck_assert_int_eq(knob(tid, SETTING_sched), OTHER);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

/* To and fro between the class of its process and one of its own. */
START_TEST(it_goes_back_to_the_class_that_rules_want_of_its_process)
{
	pid_t pid, tid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_qos,
	           QOS_UTILITY);
	rule_realtime(select_battery(), 1000);
	begin_play();
	pid = run("x");
	tid = thread_run(pid);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(knob(tid, SETTING_sched), BATCH);
		battery(true);
		ck_assert_int_eq(sched_class_of(knob(tid, SETTING_sched)),
		                 SCHED_CLASS_DEADLINE);
		ck_assert_int_eq(knob(pid, SETTING_sched), BATCH);
		if (i == 2)
			break;
		battery(false);
	}
	undo_all();
	ck_assert_int_eq(knob(tid, SETTING_sched), OTHER);
	ck_assert_int_eq(knob(pid, SETTING_sched), OTHER);
	ck_assert_int_eq(knob(tid, SETTING_nice), 0);
	curtain_down();
}
END_TEST

START_TEST(a_crash_is_undone_by_another)
{
	pid_t pid, tid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_sched,
	           BATCH);
	rule_realtime(IMAGE_NONE, 1000);
	begin_play();
	pid = run("x");
	tid = thread_run(pid);
	ck_assert_int_eq(knob(tid, SETTING_realtime),
	                 realtime_value(10000, 1000, 10000));
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	undo_all();
	ck_assert_int_eq(knob(tid, SETTING_sched), OTHER);
	ck_assert_int_eq(knob(pid, SETTING_sched), OTHER);
	curtain_down();
}
END_TEST

START_TEST(with_fewer_cpus_it_is_fifo_and_told_so)
{
	pid_t pid, tid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_affinity, interned_read_cpus(building_sets, "0-1"));
	rule_realtime(select_battery(), 1000);
	begin_play();
	pid = run("x");
	tid = thread_run(pid);
	battery(true);
	ck_assert_int_eq(sched_class_of(knob(tid, SETTING_sched)),
	                 SCHED_CLASS_FIFO);
	ck_assert_int_eq(last.effect, EFFECT_APPLIED);
	ck_assert_str_eq(last_why, "a deadline needs all CPUs: fifo instead");
	battery(false);
	ck_assert_int_eq(knob(tid, SETTING_sched), OTHER);
	curtain_down();
}
END_TEST

/* Half of eight CPUs: four threads with one each. */
START_TEST(more_than_the_share_is_refused_with_the_sum)
{
	pid_t pid, tid[6];

	rules_begin();
	rule_realtime(IMAGE_NONE, 9000);
	begin_play();
	pid = run("x");
	for (int i = 0; i < 5; i++)
		tid[i] = thread_run(pid);
	for (int i = 0; i < 4; i++)
		ck_assert_int_ge(knob(tid[i], SETTING_realtime), 0);
	ck_assert_int_eq(knob(tid[4], SETTING_sched), OTHER);
	ck_assert_int_eq(last.effect, EFFECT_DENIED);
	ck_assert_str_eq(last_why, "with it real-time threads would compute "
	                 "450.0% of a CPU; realtime.share allows 400.0%");
	ck_assert_uint_eq(stage->engine.enforcer.realtime_refused, 1);
	ck_assert_int_eq(sim_exit(stage->sim, tid[0]), 0);
	settle();
	tid[5] = thread_run(pid);
	ck_assert_int_ge(knob(tid[5], SETTING_realtime), 0);
	curtain_down();
}
END_TEST

static void cap_classes(uint32_t allowed)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));
	struct cap          c = { .has = SETTING_BIT(SETTING_sched) };

	c.bound[SETTING_sched].allowed = allowed;
	r.cap = &c;
	rule_add(r);
}

START_TEST(a_cap_on_classes_allows_no_deadline)
{
	pid_t pid, tid;

	rules_begin();
	cap_classes(1u << SCHED_CLASS_OTHER | 1u << SCHED_CLASS_BATCH);
	rule_realtime(IMAGE_NONE, 1000);
	begin_play();
	pid = run("x");
	tid = thread_run(pid);
	ck_assert_int_eq(knob(tid, SETTING_sched), OTHER);
	curtain_down();
}
END_TEST

START_TEST(a_process_has_no_deadline_and_hands_none_down)
{
	pid_t pid, tid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_realtime, realtime_value(10000, 1000, 10000));
	rule_wants(workers(), IMAGE_NONE, SETTING_nice, 3);
	begin_play();
	pid = run("x");
	tid = thread_run(pid);
	ck_assert_int_eq(last.effect, EFFECT_UNSUPPORTED);
	ck_assert_str_eq(last_why, ACTUATOR_SINGLE);
	ck_assert_int_eq(knob(pid, SETTING_sched), OTHER);
	ck_assert_int_eq(knob(tid, SETTING_sched), OTHER);
	ck_assert_int_eq(nice_of(tid), 3);
	curtain_down();
}
END_TEST

/* A slice is there only while the class is an ordinary one. */
START_TEST(a_slice_comes_and_goes_with_the_class)
{
	int64_t usual;
	pid_t   pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_slice,
	           1000000);
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_sched, sched_value(SCHED_CLASS_FIFO, 3));
	begin_play();
	usual = knob(1, SETTING_slice);
	pid = run("x");
	settle();
	ck_assert_int_eq(knob(pid, SETTING_slice), 1000000);
	battery(true);
	ck_assert_int_eq(sched_class_of(knob(pid, SETTING_sched)),
	                 SCHED_CLASS_FIFO);
	undo_all();
	ck_assert_int_eq(knob(pid, SETTING_sched), OTHER);
	ck_assert_int_eq(knob(pid, SETTING_slice), usual);
	curtain_down();
}
END_TEST

/* A rule insists on it.  The first time it cannot be written down. */
START_TEST(a_slice_that_cannot_be_given_anew_is_the_other_threads_still)
{
	struct builder_rule r;
	struct want         w = { 0 };
	int64_t             usual;
	pid_t               pid, tid;

	rules_begin();
	want_set(&w, SETTING_slice, 1000000);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.want = &w;
	r.insist = true;
	rule_add(r);
	begin_play();
	usual = knob(1, SETTING_slice);
	pid = run("x");
	tid = thread_run(pid);
	ck_assert_int_eq(knob(tid, SETTING_slice), 1000000);
	sim_set_knob(stage->sim, pid, SETTING_slice, usual);
	sim_disk(stage->sim, 0);
	pass(5 * SECOND);
	ck_assert_int_eq(knob(pid, SETTING_slice), usual);
	sim_disk(stage->sim, SIZE_MAX);
	sim_set_knob(stage->sim, pid, SETTING_slice, 3000000);
	pass(5 * SECOND);
	ck_assert_int_eq(knob(pid, SETTING_slice), 1000000);
	undo_all();
	ck_assert_int_eq(knob(pid, SETTING_slice), 3000000);
	ck_assert_int_eq(knob(tid, SETTING_slice), usual);
	curtain_down();
}
END_TEST

START_TEST(a_slice_waits_for_the_class_to_change)
{
	pid_t pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_slice, 1000000);
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_sched,
	           sched_value(SCHED_CLASS_FIFO, 3));
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_sched, BATCH);
	begin_play();
	pid = run("x");
	settle();
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(sched_class_of(knob(pid, SETTING_sched)),
		                 SCHED_CLASS_FIFO);
		battery(true);
		ck_assert_int_eq(knob(pid, SETTING_sched), BATCH);
		ck_assert_int_eq(knob(pid, SETTING_slice), 1000000);
		battery(false);
	}
	undo_all();
	ck_assert_int_eq(knob(pid, SETTING_slice), knob(1, SETTING_slice));
	curtain_down();
}
END_TEST

START_TEST(precedence_is_beside_the_nice_value_of_the_process)
{
	pid_t pid, tid;

	rules_begin();
	rule_wants(workers(), IMAGE_NONE, SETTING_precedence, 4);
	begin_play();
	pid = run("x");
	sim_set_knob(stage->sim, pid, SETTING_nice, 2);
	tid = thread_run(pid);
	ck_assert_int_eq(nice_of(tid), -2);
	ck_assert_int_eq(nice_of(pid), 2);
	undo_all();
	ck_assert_int_eq(nice_of(tid), 2);      /* as it was born */
	curtain_down();
}
END_TEST

START_TEST(precedence_follows_what_rules_want_of_the_process)
{
	pid_t pid, tid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_nice,
	           5);
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_nice, 18);
	rule_wants(workers(), IMAGE_NONE, SETTING_precedence, -3);
	begin_play();
	pid = run("x");
	tid = thread_run(pid);
	ck_assert_int_eq(nice_of(tid), 8);
	battery(true);
	ck_assert_int_eq(nice_of(pid), 18);
	ck_assert_int_eq(nice_of(tid), 19);
	battery(false);
	ck_assert_int_eq(nice_of(tid), 8);
	undo_all();
	ck_assert_int_eq(nice_of(tid), 0);
	curtain_down();
}
END_TEST

static pid_t victim;
static bool  dies;

/* The engine dies before it has written that all went back. */
static int die_after_turns(void *self, enum sim_call call)
{
	(void)self;
	if (dies && call == SIM_APPEND)
		sim_die(stage->sim);
	return 0;
}

/* Whoever changes a class takes the slice along, so who is found without it is
 * given it again, with all its threads. */
START_TEST(a_slice_that_was_lost_comes_back_to_all_threads)
{
	const struct sim_between here = { NULL, die_after_turns, NULL };
	const int64_t            slice = 75 * (int64_t)MS;
	pid_t                    pid, tid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_slice, slice);
	begin_play();
	pid = run("x");
	battery(true);
	tid = thread_run(pid);
	ck_assert_int_eq(knob(tid, SETTING_slice), slice);
	dies = true;
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 0);
	rehearsal_settle(stage);
	ck_assert(sim_is_dead(stage->sim));
	ck_assert_int_ne(knob(tid, SETTING_slice), slice);
	dies = false;
	sim_host(stage->sim, HOST_on_battery, 1);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	settle();
	ck_assert_int_eq(knob(pid, SETTING_slice), slice);
	ck_assert_int_eq(knob(tid, SETTING_slice), slice);
	undo_all();
	ck_assert_int_ne(knob(tid, SETTING_slice), slice);
	curtain_down();
}
END_TEST

/* Somebody makes it real-time once its class was read. */
static int make_realtime(void *self, enum sim_call call)
{
	(void)self;
	if (call == SIM_PROVEN && victim != 0) {
		sim_set_knob(stage->sim, victim, SETTING_sched,
		             sched_value(SCHED_CLASS_RR, 51));
		victim = 0;
	}
	return 0;
}

START_TEST(who_is_made_real_time_just_then_is_left_alone)
{
	const struct sim_between here = { NULL, make_realtime, NULL };
	pid_t                    pid;
	size_t                   left;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_sched, BATCH);
	begin_play();
	pid = victim = run("x");
	settle();
	sim_between(stage->sim, &here);
	battery(true);
	ck_assert_int_eq(victim, 0);
	ck_assert_int_eq(knob(pid, SETTING_sched),
	                 sched_value(SCHED_CLASS_RR, 51));
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_int_eq(knob(pid, SETTING_sched),
	                 sched_value(SCHED_CLASS_RR, 51));
	curtain_down();
}
END_TEST

START_TEST(who_is_real_time_by_us_changes_with_all_its_threads)
{
	pid_t pid, tid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_sched, sched_value(SCHED_CLASS_FIFO, 10));
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_sched, BATCH);
	begin_play();
	pid = run("x");
	settle();
	tid = thread_run(pid);
	ck_assert_int_eq(knob(tid, SETTING_sched),
	                 sched_value(SCHED_CLASS_FIFO, 10));
	battery(true);
	ck_assert_int_eq(knob(pid, SETTING_sched), BATCH);
	ck_assert_int_eq(knob(tid, SETTING_sched), BATCH);
	undo_all();
	ck_assert_int_eq(knob(tid, SETTING_sched), OTHER);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine, classes");
	TCase *c = tcase_create("rehearsal");

	tcase_add_test(c, a_thread_has_a_deadline_while_the_rule_holds);
	tcase_add_test(c,
		it_goes_back_to_the_class_that_rules_want_of_its_process);
	tcase_add_test(c, a_crash_is_undone_by_another);
	tcase_add_test(c, with_fewer_cpus_it_is_fifo_and_told_so);
	tcase_add_test(c, more_than_the_share_is_refused_with_the_sum);
	tcase_add_test(c, a_cap_on_classes_allows_no_deadline);
	tcase_add_test(c, a_process_has_no_deadline_and_hands_none_down);
	tcase_add_test(c, a_slice_comes_and_goes_with_the_class);
	tcase_add_test(c,
		a_slice_that_cannot_be_given_anew_is_the_other_threads_still);
	tcase_add_test(c, a_slice_waits_for_the_class_to_change);
	tcase_add_test(c, precedence_is_beside_the_nice_value_of_the_process);
	tcase_add_test(c, precedence_follows_what_rules_want_of_the_process);
	tcase_add_test(c, a_slice_that_was_lost_comes_back_to_all_threads);
	tcase_add_test(c, who_is_made_real_time_just_then_is_left_alone);
	tcase_add_test(c, who_is_real_time_by_us_changes_with_all_its_threads);
	suite_add_tcase(s, c);
	return run_suite(s);
}
