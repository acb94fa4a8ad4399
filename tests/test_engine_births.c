/* test_engine_births.c -- what a task has by birth is ours as it was its
 * parent's, whatever became of the news. */

#include "rehearsing.h"
#include "suite.h"

/* Five for "a", and nothing for anybody else. */
static void begin(void)
{
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           5);
	rules_end(NULL);
	curtain_up(1, NULL);
}

static void becomes_other(pid_t pid)
{
	const struct sim_program other = { .name = "other" };

	sim_exec_again(stage->sim, pid, &other);
}

START_TEST(a_parent_that_left_before_it_was_met_is_known_by_its_record)
{
	pid_t parent, child;

	begin();
	parent = run("a");
	settle();
	ck_assert_int_eq(nice_of(parent), 5);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	child = sim_fork(stage->sim, parent);
	sim_exit(stage->sim, parent);
	becomes_other(child);
	settle();
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

/* Of the two births only the second is heard of. */
START_TEST(a_child_of_one_whose_birth_was_lost_has_what_was_above_both)
{
	pid_t parent, child, grandchild;

	begin();
	parent = run("a");
	settle();
	sim_lose(stage->sim, 1);
	child = sim_fork(stage->sim, parent);
	grandchild = sim_fork(stage->sim, child);
	becomes_other(grandchild);
	settle();
	ck_assert_int_eq(nice_of(child), 5);
	ck_assert_int_eq(nice_of(grandchild), 0);
	becomes_other(child);
	settle();
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

/* The table finds them in the order of their pids. */
START_TEST(a_child_that_is_found_before_its_parent_has_what_was_above_both)
{
	pid_t parent, child, grandchild;

	begin();
	parent = run("a");
	settle();
	sim_lose(stage->sim, 2);
	sim_next_pid(stage->sim, 2000);
	child = sim_fork(stage->sim, parent);
	sim_next_pid(stage->sim, 1900);
	grandchild = sim_fork(stage->sim, child);
	settle();
	becomes_other(grandchild);
	settle();
	ck_assert_int_eq(nice_of(grandchild), 0);
	curtain_down();
}
END_TEST

START_TEST(who_was_stopped_by_others_was_not_born_so)
{
	pid_t parent, child;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_freeze, 1);
	rules_end(NULL);
	curtain_up(1, NULL);
	parent = run("a");
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(knob(parent, SETTING_freeze), 1);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(knob(parent, SETTING_freeze), 0);
	child = sim_fork(stage->sim, parent);
	sim_set_knob(stage->sim, child, SETTING_freeze, 1);
	settle();
	pass(SECOND);
	ck_assert_int_eq(knob(child, SETTING_freeze), 1);
	curtain_down();
}
END_TEST

START_TEST(a_child_that_cannot_be_read_before_its_parent_leaves_is_its_child)
{
	pid_t parent, child;

	begin();
	parent = run("a");
	settle();
	ck_assert_int_eq(nice_of(parent), 5);
	sim_fail(stage->sim, SIM_FACTS, EBUSY, 1);
	child = sim_fork(stage->sim, parent);
	if (_i == 1)
		becomes_other(child);
	sim_exit(stage->sim, parent);
	if (_i == 0)
		becomes_other(child);
	settle();
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

/* The main thread gets a record of its own long after it got that value. */
START_TEST(a_child_that_is_older_than_the_main_threads_record_has_its_origin)
{
	struct builder_rule r;
	struct want         w = { 0 };
	pid_t               parent, child;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           5);
	r = rule_of(select_main_of(select_named(SELECT_PROCESS, "a")));
	r.when = select_battery();
	want_set(&w, SETTING_nice, 5);
	r.want = &w;
	rule_add(r);
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_nice, 7);
	rules_end(NULL);
	curtain_up(1, NULL);
	parent = run("a");
	settle();
	ck_assert_int_eq(nice_of(parent), 5);
	sim_lose(stage->sim, 1);
	child = sim_fork(stage->sim, parent);
	sim_fail(stage->sim, SIM_LIST, EIO, 1);
	settle();
	pass(500 * MS);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(parent), 5);
	becomes_other(child);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

/* The main thread of "a" alone has five. */
static void begin_main_alone(void)
{
	rules_begin();
	rule_wants(select_main_of(select_named(SELECT_PROCESS, "a")),
	           IMAGE_NONE, SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
}

static pid_t forker, forked;
static bool  leaves;

/* While all are listed one is born. */
static int before(void *self, enum sim_call call)
{
	(void)self;
	if (call != SIM_LIST || forked != 0)
		return 0;
	if (leaves)
		sim_next_pid(stage->sim, 500);
	forked = sim_fork(stage->sim, forker);
	if (leaves)
		sim_exit(stage->sim, forker);
	return 0;
}

/* It is met as the child of whoever takes over orphans, in the first part of a
 * listing, and keeps what it has. */
START_TEST(an_orphan_that_is_heard_of_late_has_its_parents_origin)
{
	const struct sim_between here = { NULL, before, NULL };

	if (_i == 0)
		begin();
	else
		begin_main_alone();
	forker = run("a");
	forked = 0;
	settle();
	ck_assert_int_eq(nice_of(forker), 5);
	for (int i = 0; i < 4 * SWEEP_PER_STEP; i++)
		run("b");
	settle();
	leaves = true;
	sim_between(stage->sim, &here);
	sim_lose(stage->sim, 1);
	run("b");
	settle();
	leaves = false;
	ck_assert_int_ne(forked, 0);
	becomes_other(forked);
	settle();
	ck_assert_int_eq(nice_of(forked), 0);
	curtain_down();
}
END_TEST

/* What "p" started has nice 5, and on battery so has "a". */
START_TEST(a_birth_that_is_heard_of_late_is_not_believed_again)
{
	const struct sim_between here = { NULL, before, NULL };

	rules_begin();
	rule_wants(select_child_of(select_named(SELECT_PROCESS, "p")),
	           IMAGE_NONE, SETTING_nice, 5);
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
	forker = run_under(run("p"), "a", 0);
	forked = 0;
	settle();
	ck_assert_int_eq(nice_of(forker), 5);
	sim_between(stage->sim, &here);
	sim_lose(stage->sim, 1);
	run("b");
	settle();
	ck_assert_int_ne(forked, 0);
	ck_assert_int_eq(nice_of(forked), 0);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(forked), 5);
	curtain_down();
}
END_TEST

static pid_t starter, started;

/* It starts another one just before it is turned. */
static int start_one(void *self, enum sim_call call)
{
	(void)self;
	if (call == SIM_APPLY && started == 0)
		started = sim_thread(stage->sim, starter, "worker");
	return 0;
}

/* On battery the main thread of "a" has nice 5. */
START_TEST(a_thread_that_is_born_as_the_main_one_goes_back_goes_there_too)
{
	const struct sim_between here = { NULL, start_one, NULL };

	rules_begin();
	rule_wants(select_main_of(select_named(SELECT_PROCESS, "a")),
	           select_battery(), SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
	starter = run("a");
	settle();
	ck_assert_int_eq(nice_of(starter), 5);
	started = 0;
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(starter), 0);
	ck_assert_int_gt(started, 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(started), 0);
	curtain_down();
}
END_TEST

/* Whoever is written of cannot be looked at. */
static int hide_started(void *self, enum sim_call call)
{
	struct task_id whom = { starter, started, 0 };
	struct task   *process;

	if (call == SIM_APPLY)
		return start_one(self, call);
	process = table_find(stage->engine.table,
	                     (struct task_id){ starter, starter, 0 });
	if (call != SIM_GRIP || process == NULL)
		return 0;
	whom.born = process->id.born;
	return journal_find(stage->journal, whom, SETTING_nice) != NULL
	       ? -EBUSY : 0;
}

/* Of "a" all have nice 5, and the main thread 7. */
static void begin_with_main(void)
{
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           5);
	rule_wants(select_main_of(select_named(SELECT_PROCESS, "a")),
	           IMAGE_NONE, SETTING_nice, 7);
	rules_end(NULL);
	curtain_up(1, NULL);
}

/* It is older than what its main thread has, is turned with its process, and
 * heard of after both. */
START_TEST(what_was_said_of_a_birth_is_no_obstacle_to_an_undo)
{
	const struct sim_between here = { NULL, hide_started, NULL };
	size_t                   left;

	begin_with_main();
	started = 0;
	sim_between(stage->sim, &here);
	starter = run("a");
	settle();
	ck_assert_int_eq(nice_of(starter), 7);
	ck_assert_int_gt(started, 0);
	ck_assert_int_eq(nice_of(started), 5);
	sim_between(stage->sim, &(struct sim_between){ NULL, NULL, NULL });
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	ck_assert_int_eq(enforce_undo(&stage->engine.enforcer, &left), 1);
	ck_assert_int_eq(nice_of(starter), 0);
	ck_assert_int_eq(nice_of(started), 0);
	ck_assert_uint_eq(left, 0);
	curtain_down();
}
END_TEST

/* Main threads of "x" have nice 2, the others 9 on battery.  What one of these
 * had until then was not ours. */
START_TEST(a_child_has_nothing_of_ours_that_a_thread_had_of_somebody_else)
{
	pid_t x, worker, child;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_nice, 9);
	rule_wants(select_main_of(select_named(SELECT_PROCESS, "x")),
	           IMAGE_NONE, SETTING_nice, 2);
	rules_end(NULL);
	curtain_up(1, NULL);
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), 2);
	sim_set_knob(stage->sim, x, SETTING_nice, 7);
	worker = sim_thread(stage->sim, x, "worker");
	settle();
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(worker), 9);
	ck_assert_int_eq(nice_of(x), 7);
	child = sim_fork(stage->sim, x);
	becomes_other(child);
	settle();
	ck_assert_int_eq(nice_of(child), 7);
	curtain_down();
}
END_TEST

/* A thread has the values of the one that starts it long before it is to be
 * found, and of single threads nobody tells. */
START_TEST(a_thread_that_is_not_there_yet_as_its_process_goes_back_goes_too)
{
	pid_t late;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
	starter = run("a");
	settle();
	ck_assert_int_eq(nice_of(starter), 5);
	pass(SECOND);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	late = sim_thread(stage->sim, starter, "late");
	sim_set_knob(stage->sim, late, SETTING_nice, 5);
	pass(SECOND);
	ck_assert_int_eq(nice_of(late), 0);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("births");

	tcase_add_test(
		c, a_parent_that_left_before_it_was_met_is_known_by_its_record);
	tcase_add_test(
		c, a_child_of_one_whose_birth_was_lost_has_what_was_above_both);
	tcase_add_test(
		c,
		a_child_that_is_found_before_its_parent_has_what_was_above_both);
	tcase_add_test(c, who_was_stopped_by_others_was_not_born_so);
	tcase_add_loop_test(
		c,
		a_child_that_cannot_be_read_before_its_parent_leaves_is_its_child,
		0, 2);
	tcase_add_test(
		c,
		a_child_that_is_older_than_the_main_threads_record_has_its_origin);
	tcase_add_loop_test(
		c, an_orphan_that_is_heard_of_late_has_its_parents_origin, 0,
		2);
	tcase_add_test(c, a_birth_that_is_heard_of_late_is_not_believed_again);
	tcase_add_test(
		c,
		a_thread_that_is_born_as_the_main_one_goes_back_goes_there_too);
	tcase_add_test(c,
	               what_was_said_of_a_birth_is_no_obstacle_to_an_undo);
	tcase_add_test(
		c,
		a_child_has_nothing_of_ours_that_a_thread_had_of_somebody_else);
	tcase_add_test(
		c,
		a_thread_that_is_not_there_yet_as_its_process_goes_back_goes_too);
	return run_case(c, "engine: births");
}
