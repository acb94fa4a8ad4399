/* test_os_sim_faults.c -- what can go wrong on the simulated machine, and what
 * it knows of how it would be without us. */

#include <errno.h>

#include "os/sim/sim.h"

#include "suite.h"

static struct sim *sim;
static struct os   os;
static unsigned    called[SIM_CALLS];
static pid_t       victim;
static int         error;

static void start(void)
{
	sim = sim_new(7, NULL);
	ck_assert_ptr_nonnull(sim);
	sim_os(sim, &os);
	victim = error = 0;
}

static int before(void *self, enum sim_call call)
{
	(void)self;
	called[call]++;
	if (victim != 0)
		sim_exit(sim, victim);
	return -error;
}

static pid_t run(void)
{
	const struct sim_program p = { .name = "x" };
	pid_t                    pid = sim_exec(sim, &p);

	ck_assert_int_gt(pid, 0);
	return pid;
}

static void set_by_us(pid_t pid, int64_t nice)
{
	struct task_id whom = { pid, pid, 0 };
	struct turned  t;

	ck_assert_int_eq(os.actuator.grip(os.actuator.self, whom), 0);
	os.actuator.apply(os.actuator.self, whom, SETTING_nice, nice, &t);
	os.actuator.let_go(os.actuator.self);
}

static int64_t without(pid_t pid)
{
	int64_t value;

	ck_assert_int_eq(sim_without(sim, pid, SETTING_nice, &value), 0);
	return value;
}

START_TEST(whoever_stands_between_fails_a_call_or_moves_the_machine)
{
	const struct sim_between here = { NULL, before, NULL };
	pid_t                    pid;
	struct task_id           whom;

	start();
	pid = run();
	whom = (struct task_id){ pid, pid, 0 };
	sim_between(sim, &here);
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, whom), 0);
	ck_assert_uint_eq(called[SIM_GRIP], 1);
	os.actuator.let_go(os.actuator.self);
	error = EMFILE;
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, whom), -EMFILE);
	error = 0;
	victim = pid;
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, whom), -ESRCH);
	sim_free(sim);
}
END_TEST

START_TEST(what_a_dead_engine_does_reaches_nothing)
{
	size_t bytes;

	start();
	sim_die(sim);
	ck_assert_int_lt(os.store.append(os.store.self, "x", 1), 0);
	sim_store(sim, &bytes);
	ck_assert_uint_eq(bytes, 0);
	sim_revive(sim);
	ck_assert_int_eq(os.store.append(os.store.self, "x", 1), 0);
	sim_free(sim);
}
END_TEST

START_TEST(a_full_disk_takes_what_there_is_room_for)
{
	size_t bytes;

	start();
	sim_disk(sim, 4);
	ck_assert_int_eq(os.store.append(os.store.self, "abcdef", 6), -ENOSPC);
	sim_store(sim, &bytes);
	ck_assert_uint_eq(bytes, 4);
	sim_disk(sim, SIZE_MAX);
	ck_assert_int_eq(os.store.append(os.store.self, "gh", 2), 0);
	sim_free(sim);
}
END_TEST

START_TEST(what_it_would_be_without_us_is_handed_down_and_set_by_others)
{
	pid_t parent, child;

	start();
	parent = run();
	set_by_us(parent, 5);
	child = sim_fork(sim, parent);
	ck_assert_int_eq(sim_is_as_without(sim, child, SETTING_nice), 0);
	ck_assert_int_eq(without(child), 0);
	sim_set_knob(sim, child, SETTING_nice, 7);
	ck_assert_int_eq(without(child), 7);
	ck_assert_int_eq(sim_is_as_without(sim, child, SETTING_nice), 1);
	ck_assert_int_eq(without(parent), 0);
	sim_free(sim);
}
END_TEST

START_TEST(a_child_that_nobody_heard_of_is_known_only_by_its_parent)
{
	int64_t value;
	pid_t   parent, child;

	start();
	parent = run();
	set_by_us(parent, 5);
	sim_lose(sim, 1);
	child = sim_fork(sim, parent);
	ck_assert_int_eq(without(child), 0);
	sim_exit(sim, parent);
	ck_assert_int_eq(sim_without(sim, child, SETTING_nice, &value),
	                 -ENODATA);
	sim_free(sim);
}
END_TEST

START_TEST(who_looks_beside_the_engine_does_not_find_the_lost_for_it)
{
	int64_t value;
	pid_t   parent, child, pids[8];

	start();
	parent = run();
	set_by_us(parent, 5);
	sim_lose(sim, 1);
	child = sim_fork(sim, parent);
	ck_assert_uint_eq(sim_living(sim, pids, 8), 3);
	ck_assert_int_eq(pids[2], child);
	sim_taken_in(sim);
	sim_exit(sim, parent);
	ck_assert_int_eq(sim_without(sim, child, SETTING_nice, &value),
	                 -ENODATA);
	sim_free(sim);
}
END_TEST

/* Its parent leaves when it was looked at, with or without a
 * call that failed. */
static int look_and_orphan(int why)
{
	int64_t        value;
	pid_t          parent = run(), child;
	struct task_id whom = { 0 };

	set_by_us(parent, 5);
	sim_lose(sim, 1);
	child = sim_fork(sim, parent);
	whom.pid = whom.tid = child;
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, whom), 0);
	sim_fail(sim, SIM_READ, why, why != 0);
	os.actuator.read(os.actuator.self, whom, SETTING_nice, &value);
	os.actuator.let_go(os.actuator.self);
	sim_taken_in(sim);
	sim_exit(sim, parent);
	return sim_without(sim, child, SETTING_nice, &value);
}

START_TEST(one_that_the_engine_looked_at_is_lost_no_more)
{
	start();
	ck_assert_int_eq(look_and_orphan(0), 0);
	ck_assert_int_eq(look_and_orphan(EIO), -ENODATA);
	sim_free(sim);
}
END_TEST

START_TEST(what_a_child_has_of_one_that_nobody_knew_is_lost_with_it)
{
	int64_t value;
	pid_t   top, parent, child;

	start();
	top = run();
	set_by_us(top, 5);
	sim_lose(sim, 1);
	parent = sim_fork(sim, top);
	child = sim_fork(sim, parent);
	ck_assert_int_eq(without(child), 0);
	sim_exit(sim, parent);
	ck_assert_int_eq(sim_without(sim, child, SETTING_nice, &value),
	                 -ENODATA);
	sim_free(sim);
}
END_TEST

/* By the clock it may as well have been born of it as it is now. */
START_TEST(nor_whether_a_child_is_older_than_what_its_parent_has_again)
{
	int64_t value;
	pid_t   parent, child, later;

	start();
	parent = run();
	set_by_us(parent, 5);
	child = sim_fork(sim, parent);
	ck_assert_int_eq(without(child), 0);
	sim_set_knob(sim, parent, SETTING_nice, 7);
	set_by_us(parent, 5);
	later = sim_fork(sim, parent);
	ck_assert_int_eq(sim_without(sim, child, SETTING_nice, &value),
	                 -ENODATA);
	ck_assert_int_eq(without(parent), 7);
	ck_assert_int_eq(without(later), 7);
	sim_free(sim);
}
END_TEST

/* Read in the engine's grip, with another program before or after. */
static void read_and_turn(pid_t pid, int64_t theirs, bool theirs_first)
{
	struct task_id whom = { pid, pid, 0 };
	int64_t        before;
	struct turned  how;

	ck_assert_int_eq(os.actuator.grip(os.actuator.self, whom), 0);
	if (theirs_first)
		sim_set_knob(sim, pid, SETTING_nice, theirs);
	ck_assert_int_eq(os.actuator.read(os.actuator.self, whom, SETTING_nice,
	                                  &before), 0);
	if (!theirs_first)
		sim_set_knob(sim, pid, SETTING_nice, theirs);
	os.actuator.apply(os.actuator.self, whom, SETTING_nice, 5, &how);
	os.actuator.let_go(os.actuator.self);
}

START_TEST(what_another_program_sets_between_a_look_and_a_turn_is_lost_unseen)
{
	int64_t value;
	pid_t   seen, unseen;

	start();
	seen = run();
	read_and_turn(seen, 7, true);
	ck_assert_int_eq(without(seen), 7);
	unseen = run();
	read_and_turn(unseen, 7, false);
	ck_assert_int_eq(sim_without(sim, unseen, SETTING_nice, &value),
	                 -ENODATA);
	sim_free(sim);
}
END_TEST

/* It is read once more before it is turned. */
static int class_after(enum setting what, int64_t theirs, int64_t ours)
{
	struct task_id whom = { .pid = run() };
	int64_t        value;
	struct turned  how;

	whom.tid = whom.pid;
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, whom), 0);
	os.actuator.read(os.actuator.self, whom, what, &value);
	sim_set_knob(sim, whom.pid, what, theirs);
	os.actuator.read(os.actuator.self, whom, what, &value);
	os.actuator.apply(os.actuator.self, whom, what, ours, &how);
	os.actuator.let_go(os.actuator.self);
	return sim_without(sim, whom.pid, what, &value);
}

START_TEST(a_second_look_is_one_but_at_the_class)
{
	start();
	ck_assert_int_eq(class_after(SETTING_nice, 7, 5), 0);
	ck_assert_int_eq(class_after(SETTING_sched,
	                             sched_value(SCHED_CLASS_BATCH, 0),
	                             sched_value(SCHED_CLASS_IDLE, 0)),
	                 -ENODATA);
	sim_free(sim);
}
END_TEST

START_TEST(who_has_what_its_parent_gets_a_tick_later_may_have_it_from_there)
{
	int64_t value;
	pid_t   parent, child, elder;

	start();
	parent = run();
	elder = sim_fork(sim, parent);
	sim_jump(sim, 30000000);
	child = sim_fork(sim, parent);
	sim_set_knob(sim, parent, SETTING_nice, 7);
	set_by_us(parent, 0);
	ck_assert_int_eq(sim_without(sim, child, SETTING_nice, &value),
	                 -ENODATA);
	ck_assert_int_eq(without(elder), 0);
	sim_free(sim);
}
END_TEST

START_TEST(nobody_knows_of_which_thread_one_was_born_unheard)
{
	int64_t value;
	pid_t   pid, first, second;

	start();
	pid = run();
	set_by_us(pid, 5);
	first = sim_thread(sim, pid, NULL);
	ck_assert_int_eq(without(first), 0);
	sim_set_knob(sim, pid, SETTING_nice, 7);
	set_by_us(pid, 5);
	sim_lose(sim, 1);
	second = sim_thread(sim, pid, NULL);
	ck_assert_int_eq(without(pid), 7);
	ck_assert_int_eq(without(first), 0);
	ck_assert_int_eq(sim_without(sim, second, SETTING_nice, &value),
	                 -ENODATA);
	sim_free(sim);
}
END_TEST

static void hear(void)
{
	struct event e[16];

	while (os.sensor.next(os.sensor.self, sim_now_ns(sim), e, 16) > 0)
		continue;
}

START_TEST(nor_whether_that_was_before_an_exec)
{
	const struct sim_program p = { .name = "other" };
	int64_t                  value;
	pid_t                    pid, tid;

	start();
	pid = run();
	sim_set_knob(sim, pid, SETTING_nice, 7);
	set_by_us(pid, 5);
	ck_assert_int_eq(sim_exec_again(sim, pid, &p), 0);
	hear();
	ck_assert(!sim_is_foreign(sim, pid, SETTING_nice));
	sim_lose(sim, 1);
	tid = sim_thread(sim, pid, NULL);
	ck_assert_int_eq(without(pid), 7);
	ck_assert_int_eq(sim_without(sim, tid, SETTING_nice, &value),
	                 -ENODATA);
	sim_free(sim);
}
END_TEST

START_TEST(what_is_turned_without_another_look_is_no_accident)
{
	pid_t pid;

	start();
	pid = run();
	read_and_turn(pid, 5, true);
	sim_set_knob(sim, pid, SETTING_nice, 7);
	set_by_us(pid, 3);
	ck_assert_int_eq(without(pid), 7);
	sim_free(sim);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("faults");

	tcase_add_test(
		c, whoever_stands_between_fails_a_call_or_moves_the_machine);
	tcase_add_test(c, what_a_dead_engine_does_reaches_nothing);
	tcase_add_test(c, a_full_disk_takes_what_there_is_room_for);
	tcase_add_test(
		c,
		what_it_would_be_without_us_is_handed_down_and_set_by_others);
	tcase_add_test(
		c, a_child_that_nobody_heard_of_is_known_only_by_its_parent);
	tcase_add_test(
		c, who_looks_beside_the_engine_does_not_find_the_lost_for_it);
	tcase_add_test(c, one_that_the_engine_looked_at_is_lost_no_more);
	tcase_add_test(
		c, what_a_child_has_of_one_that_nobody_knew_is_lost_with_it);
	tcase_add_test(
		c,
		what_another_program_sets_between_a_look_and_a_turn_is_lost_unseen);
	tcase_add_test(c, a_second_look_is_one_but_at_the_class);
	tcase_add_test(
		c,
		who_has_what_its_parent_gets_a_tick_later_may_have_it_from_there);
	tcase_add_test(c, nobody_knows_of_which_thread_one_was_born_unheard);
	tcase_add_test(c, nor_whether_that_was_before_an_exec);
	tcase_add_test(
		c, nor_whether_a_child_is_older_than_what_its_parent_has_again);
	tcase_add_test(c, what_is_turned_without_another_look_is_no_accident);
	return run_case(c, "os/sim: faults");
}
