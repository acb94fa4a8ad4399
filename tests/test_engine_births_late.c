/* test_engine_births_late.c -- who is born as its parent goes back, and heard
 * of after that. */

#include "rehearsing.h"
#include "suite.h"

static void becomes_other(pid_t pid)
{
	const struct sim_program other = { .name = "other" };

	sim_exec_again(stage->sim, pid, &other);
}

static pid_t victim, late_child;
static int   grip_fails;

/* A child is born of it as it is about to be changed. */
static int give_birth(void *self, enum sim_call call)
{
	(void)self;
	if (call == SIM_PROVEN && victim != 0) {
		late_child = sim_fork(stage->sim, victim);
		victim = 0;
		sim_fail(stage->sim, SIM_GRIP, grip_fails, grip_fails != 0);
	}
	return 0;
}

/* Heard of when its parent has gone back, and has no slice to read itself. */
START_TEST(a_slice_is_inherited_unseen_in_a_real_time_class)
{
	const struct sim_between here = { NULL, give_birth, NULL };
	int64_t                  usual, sched;
	pid_t                    pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE,
	           SETTING_slice, 1000000);
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_sched, sched_value(SCHED_CLASS_FIFO, 3));
	rules_end(NULL);
	curtain_up(1, NULL);
	usual = knob(1, SETTING_slice);
	sched = knob(1, SETTING_sched);
	pid = run("a");
	settle();
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	victim = pid;
	sim_between(stage->sim, &here);
	becomes_other(pid);
	settle();
	becomes_other(late_child);
	settle();
	ck_assert_int_eq(knob(pid, SETTING_slice), usual);
	ck_assert_int_eq(knob(late_child, SETTING_sched), sched);
	ck_assert_int_eq(knob(late_child, SETTING_slice), usual);
	curtain_down();
}
END_TEST

/* Whatever says that it cannot be asked does not say that it has nothing. */
START_TEST(who_cannot_be_asked_for_what_its_parent_had_is_asked_again)
{
	const struct sim_between here = { NULL, give_birth, NULL };
	pid_t                    pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           5);
	rules_end(NULL);
	curtain_up(1, NULL);
	pid = run("a");
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	victim = pid;
	grip_fails = ENODATA;
	sim_between(stage->sim, &here);
	becomes_other(pid);
	settle();
	becomes_other(late_child);
	settle();
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_int_eq(nice_of(late_child), 0);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("births");

	tcase_add_test(c, a_slice_is_inherited_unseen_in_a_real_time_class);
	tcase_add_test(
		c, who_cannot_be_asked_for_what_its_parent_had_is_asked_again);
	return run_case(c, "engine: late births");
}
