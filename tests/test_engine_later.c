/* test_engine_later.c -- a call that fails once delays what is wanted, and no
 * more. */

#include "rehearsing.h"
#include "suite.h"

#define CALLS 12

static enum sim_call victim;
static unsigned      until;             /* the call that fails; 0: none       */
static int           error = EINVAL;    /* 0: the engine dies at it           */

static int before(void *self, enum sim_call call)
{
	(void)self;
	if (call != victim || until == 0 || --until != 0)
		return 0;
	if (error == 0)
		sim_die(stage->sim);
	return -error;
}

/* Once something was turned, the next such call is the engine's last. */
static void turned(void *self, struct task_id whom, enum setting s,
                   int64_t was, int64_t now)
{
	(void)self, (void)whom, (void)s, (void)was, (void)now;
	if (error == 0)
		until = 1;
}

/* From now on the n-th such call fails. */
static void fail_nth(enum sim_call call, unsigned n)
{
	const struct sim_between here = { NULL, before, turned };

	sim_between(stage->sim, &here);
	victim = call;
	until = n;
}

/* Five for "a" on battery, and nothing for anybody else. */
static void begin(void)
{
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
}

START_TEST(what_cannot_be_learnt_of_a_program_at_first_is_learnt_later)
{
	const struct sim_program other = { .name = "other" };
	pid_t                    pid;

	for (unsigned n = 1; n < CALLS; n++) {
		begin();
		pid = run("a");
		settle();
		ck_assert_int_eq(nice_of(pid), 5);
		sim_exec_again(stage->sim, pid, &other);
		fail_nth(SIM_FACTS, n);
		pass(3 * SECOND);
		ck_assert_msg(nice_of(pid) == 0, "call %u failed", n);
		curtain_down();
	}
}
END_TEST

/* Whatever a system says of a knob that was there before. */
START_TEST(a_thread_that_cannot_be_read_is_not_forgotten_when_all_go_back)
{
	static const int errors[] = { EINVAL, EOPNOTSUPP, ENODATA, EPERM };

	pid_t  pid, tids[2];
	size_t left;

	error = errors[_i];
	for (unsigned n = 1; n < CALLS; n++) {
		begin();
		pid = run("a");
		tids[0] = sim_thread(stage->sim, pid, NULL);
		tids[1] = sim_thread(stage->sim, pid, NULL);
		settle();
		ck_assert_int_eq(nice_of(tids[1]), 5);
		sim_host(stage->sim, HOST_on_battery, 0);
		fail_nth(SIM_READ, n);
		settle();
		ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left),
		                 0);
		ck_assert_msg(nice_of(pid) == 0, "call %u failed", n);
		ck_assert_msg(nice_of(tids[0]) == 0, "call %u failed", n);
		ck_assert_msg(nice_of(tids[1]) == 0, "call %u failed", n);
		ck_assert_uint_eq(left, 0);
		curtain_down();
	}
}
END_TEST

/* The engine dies before it can write down that both have what they should. */
static pid_t run_half_written(pid_t *ret_tid)
{
	pid_t pid = run("a");

	*ret_tid = sim_thread(stage->sim, pid, NULL);
	error = 0;
	fail_nth(SIM_APPEND, 0);
	rehearsal_settle(stage);
	ck_assert(sim_is_dead(stage->sim));
	error = EINVAL;
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	ck_assert_int_eq(nice_of(*ret_tid), 5);
	return pid;
}

static pid_t leaver;

static int leave_at_apply(void *self, enum sim_call call)
{
	(void)self;
	if (call == SIM_APPLY && leaver != 0 &&
	    nice_of(leaver) == 5 && sim_calls(stage->sim, SIM_APPLY) > until) {
		sim_exit(stage->sim, leaver);
		leaver = 0;
	}
	return 0;
}

/* Nobody would tell of its end any more, for rules speak of no thread. */
START_TEST(a_thread_that_leaves_while_it_is_changed_leaves_nothing)
{
	const struct sim_between here = { NULL, leave_at_apply, NULL };
	pid_t                    pid;

	begin();
	pid = run("a");
	leaver = sim_thread(stage->sim, pid, NULL);
	settle();
	ck_assert_int_eq(nice_of(leaver), 5);
	until = (unsigned)sim_calls(stage->sim, SIM_APPLY) + 1;
	sim_between(stage->sim, &here);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(leaver, 0);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	until = 0;
	curtain_down();
}
END_TEST

/* Rules speak of no thread, and only what has something of ours matters. */
START_TEST(the_end_of_a_thread_that_was_left_behind_is_heard_of)
{
	pid_t pid, tid;

	error = EINVAL;
	for (unsigned n = 1; n < CALLS; n++) {
		begin();
		pid = run("a");
		tid = sim_thread(stage->sim, pid, NULL);
		settle();
		sim_host(stage->sim, HOST_on_battery, 0);
		fail_nth(SIM_READ, n);
		settle();
		sim_exit(stage->sim, tid);
		settle();
		ck_assert_uint_eq(journal_threads(stage->journal), 0);
		curtain_down();
	}
}
END_TEST

static pid_t run_in_session(const char *name)
{
	const struct sim_program p = { .name = name, .session = 77 };
	pid_t                    pid = sim_exec(stage->sim, &p);

	ck_assert_int_gt(pid, 0);
	settle();
	return pid;
}

/* Whoever else is in the session cannot be held just then. */
START_TEST(a_session_goes_back_when_somebody_in_it_can_be_asked)
{
	const enum sim_call calls[] = { SIM_GRIP, SIM_SCOPE_KEY };
	pid_t               wishes, stays, unrelated;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE,
	           SETTING_autogroup_nice, 7);
	rules_end(NULL);
	curtain_up(1, NULL);
	wishes = run_in_session("a");
	stays = run_in_session("b");
	unrelated = run("c");
	settle();
	ck_assert_int_eq(knob(stays, SETTING_autogroup_nice), 7);
	sim_fail(stage->sim, calls[_i], EMFILE, 2);
	sim_exit(stage->sim, wishes);
	settle();
	ck_assert_int_eq(knob(stays, SETTING_autogroup_nice), 7);
	ck_assert_uint_eq(journal_count(stage->journal), 1);
	sim_fail(stage->sim, calls[_i], EMFILE, 0);
	sim_exit(stage->sim, unrelated);
	settle();
	ck_assert_int_eq(knob(stays, SETTING_autogroup_nice), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

/* It became another program when nobody could write that down either. */
START_TEST(what_stays_as_it_was_is_not_what_was_there_before_it)
{
	const struct sim_program b = { .name = "b" };
	pid_t                    pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE,
	           SETTING_autogroup_nice, 7);
	rule_wants(select_named(SELECT_PROCESS, "b"), IMAGE_NONE,
	           SETTING_autogroup_nice, 9);
	rules_end(NULL);
	curtain_up(1, NULL);
	pid = sim_exec(stage->sim, &(struct sim_program){ .name = "a",
	                                                  .session = 77 });
	error = 0;
	fail_nth(SIM_APPEND, 0);
	rehearsal_settle(stage);
	ck_assert(sim_is_dead(stage->sim));
	error = EINVAL;
	sim_exec_again(stage->sim, pid, &b);
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	ck_assert_int_eq(knob(pid, SETTING_autogroup_nice), 7);
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, 1);
	pass(3 * SECOND);
	ck_assert_int_eq(knob(pid, SETTING_autogroup_nice), 9);
	curtain_down();
}
END_TEST

/* A worker that is to stay as it is needs a record of its own first. */
START_TEST(who_follows_its_process_goes_back_no_sooner_than_that_can)
{
	pid_t  pid, tid;
	size_t left;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_nice, 5);
	rule_wants(select_thread_of("w*", select_named(SELECT_PROCESS, "a")),
	           IMAGE_NONE, SETTING_nice, 5);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
	pid = run("a");
	settle();
	tid = sim_thread(stage->sim, pid, "worker");
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, 1000);
	sim_fail(stage->sim, SIM_REPLACE, ENOSPC, 1000);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(pid), 5);
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, 0);
	sim_fail(stage->sim, SIM_REPLACE, ENOSPC, 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_int_eq(nice_of(tid), 5);
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_int_eq(nice_of(tid), 0);
	curtain_down();
}
END_TEST

START_TEST(a_session_that_cannot_be_told_just_now_is_not_another)
{
	pid_t pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_autogroup_nice, 7);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
	pid = run_in_session("a");
	ck_assert_int_eq(knob(pid, SETTING_autogroup_nice), 7);
	sim_fail(stage->sim, SIM_SCOPE_KEY, EIO, 1);
	sim_host(stage->sim, HOST_on_battery, 0);
	pass(3 * SECOND);
	ck_assert_int_eq(knob(pid, SETTING_autogroup_nice), 0);
	curtain_down();
}
END_TEST

START_TEST(who_cannot_be_proven_to_be_there_is_seen_to_later)
{
	pid_t pid, tid;

	error = EINTR;
	for (unsigned n = 1; n < CALLS / 2; n++) {
		begin();
		pid = run("a");
		tid = sim_thread(stage->sim, pid, NULL);
		fail_nth(SIM_PROVEN, n);
		settle();
		sim_host(stage->sim, HOST_on_battery, 0);
		pass(3 * SECOND);
		ck_assert_msg(nice_of(pid) == 0, "call %u failed", n);
		ck_assert_msg(nice_of(tid) == 0, "call %u failed", n);
		sim_host(stage->sim, HOST_on_battery, 1);
		pass(3 * SECOND);
		ck_assert_msg(nice_of(pid) == 5, "call %u failed", n);
		curtain_down();
	}
}
END_TEST

/* The engine dies before it can write down that the class is
 * as it should be. */
START_TEST(a_class_that_was_about_to_be_set_is_no_others)
{
	const int64_t fifo = sched_value(SCHED_CLASS_FIFO, 10);
	pid_t         pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_sched, fifo);
	rules_end(NULL);
	curtain_up(1, NULL);
	sim_host(stage->sim, HOST_on_battery, 1);
	pid = run("a");
	error = 0;
	fail_nth(SIM_APPEND, 0);
	rehearsal_settle(stage);
	ck_assert(sim_is_dead(stage->sim));
	error = EINVAL;
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	ck_assert_int_eq(knob(pid, SETTING_sched), fifo);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(knob(pid, SETTING_sched),
	                 sched_value(SCHED_CLASS_OTHER, 0));
	curtain_down();
}
END_TEST

START_TEST(nor_is_one_that_perhaps_was_about_to_be_changed)
{
	pid_t  pid, tid;
	size_t left;

	for (unsigned n = 1; n < CALLS; n++) {
		begin();
		pid = run_half_written(&tid);
		fail_nth(SIM_READ, n);
		settle();
		sim_host(stage->sim, HOST_on_battery, 0);
		settle();
		ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left),
		                 0);
		ck_assert_msg(nice_of(pid) == 0, "call %u failed", n);
		ck_assert_msg(nice_of(tid) == 0, "call %u failed", n);
		curtain_down();
	}
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("later");

	tcase_add_test(
		c, what_cannot_be_learnt_of_a_program_at_first_is_learnt_later);
	tcase_add_loop_test(
		c,
		a_thread_that_cannot_be_read_is_not_forgotten_when_all_go_back,
		0, 4);
	tcase_add_test(c, nor_is_one_that_perhaps_was_about_to_be_changed);
	tcase_add_test(
		c, a_thread_that_leaves_while_it_is_changed_leaves_nothing);
	tcase_add_test(c, the_end_of_a_thread_that_was_left_behind_is_heard_of);
	tcase_add_loop_test(
		c, a_session_goes_back_when_somebody_in_it_can_be_asked, 0, 2);
	tcase_add_test(
		c, what_stays_as_it_was_is_not_what_was_there_before_it);
	tcase_add_test(
		c, who_follows_its_process_goes_back_no_sooner_than_that_can);
	tcase_add_test(
		c, a_session_that_cannot_be_told_just_now_is_not_another);
	tcase_add_test(c, who_cannot_be_proven_to_be_there_is_seen_to_later);
	tcase_add_test(c, a_class_that_was_about_to_be_set_is_no_others);
	return run_case(c, "engine: later");
}
