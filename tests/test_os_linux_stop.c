/* test_os_linux_stop.c -- freezing against the kernel that runs: who stands
 * still, who goes on, and who is left as somebody else wants it. */

#include "children.h"
#include "suite.h"

#include <errno.h>
#include <sys/ptrace.h>

/* Twenty seconds are for ever here. */
#define EVENTUALLY(condition) \
	__extension__({ \
		bool held_ = false; \
		for (int i_ = 0; i_ < 20000 && !(held_ = (condition)); i_++) \
			usleep(1000); \
		held_; \
	})

/* The kernel's letter for what a thread does. */
static char state_of(pid_t tid)
{
	char text[1024];

	text_of(tid, "stat", text, sizeof text);
	return strrchr(text, ')')[2];
}

static bool becomes(pid_t tid, char state)
{
	return EVENTUALLY(state_of(tid) == state);
}

static int64_t frozen(struct task_id whom)
{
	int64_t value = -1;

	ck_assert_int_eq(door.read(door.self, whom, SETTING_freeze, &value),
	                 0);
	return value;
}

/* A child that uses the CPU, on one that it shares with a harder worker. */
static pid_t spin(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			;
	}
	return pid;
}

START_TEST(a_frozen_process_stands_still_with_all_its_threads)
{
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_APPLIED, "");
	ck_assert(becomes(child.pid, 'T'));
	ck_assert(becomes(second, 'T'));
	ck_assert_int_eq(frozen(child), 1);
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_ALREADY, "");
	assert_turned(apply(child, SETTING_freeze, "false"), EFFECT_APPLIED,
	              "");
	ck_assert(becomes(child.pid, 'S'));
	ck_assert(becomes(second, 'S'));
	ck_assert_int_eq(frozen(child), 0);
}
END_TEST

/* It cannot look at its signals before it gets the CPU, and that may take
 * long: read at once it must count as frozen all the same. */
START_TEST(what_is_bound_to_stop_counts_as_frozen)
{
	struct sched_param none = { 0 };
	struct task_id     slow = { spin(), 0, 0 };
	cpu_set_t          one;
	pid_t              busy = spin();

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	slow.tid = slow.pid;
	sched_setaffinity(busy, sizeof one, &one);
	sched_setaffinity(slow.pid, sizeof one, &one);
	ck_assert_int_eq(sched_setscheduler(slow.pid, SCHED_IDLE, &none), 0);
	ck_assert_int_eq(door.grip(door.self, slow), 0);
	for (int i = 0; i < 50; i++) {
		assert_turned(apply(slow, SETTING_freeze, "true"),
		              EFFECT_APPLIED, "");
		ck_assert_int_eq(frozen(slow), 1);
		assert_turned(apply(slow, SETTING_freeze, "false"),
		              EFFECT_APPLIED, "");
		ck_assert_int_eq(frozen(slow), 0);
	}
	apply(slow, SETTING_freeze, "true");
	reap(busy);
	ck_assert(becomes(slow.pid, 'T'));
	reap(slow.pid);
}
END_TEST

START_TEST(who_was_stopped_by_somebody_else_is_frozen_already)
{
	ck_assert_int_eq(kill(child.pid, SIGSTOP), 0);
	ck_assert(becomes(child.pid, 'T'));
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_ALREADY, "");
	ck_assert_int_eq(state_of(child.pid), 'T');
}
END_TEST

/* The stop is theirs from then on. */
START_TEST(a_stop_that_came_while_it_was_frozen_outlives_the_thaw)
{
	struct turned t;

	apply(child, SETTING_freeze, "true");
	ck_assert(becomes(child.pid, 'T'));
	ck_assert_int_eq(kill(child.pid, SIGSTOP), 0);
	t = apply(child, SETTING_freeze, "false");
	ck_assert_int_eq(t.now, 1);
	ck_assert_int_eq(state_of(child.pid), 'T');
	ck_assert_int_eq(kill(child.pid, SIGCONT), 0);
	ck_assert(becomes(child.pid, 'S'));
}
END_TEST

/* It may ignore it, or have no terminal: it must not stay frozen for that. */
START_TEST(a_stop_that_it_need_not_heed_does_not_outlive_the_thaw)
{
	apply(child, SETTING_freeze, "true");
	ck_assert(becomes(child.pid, 'T'));
	ck_assert_int_eq(kill(child.pid, SIGTSTP), 0);
	assert_turned(apply(child, SETTING_freeze, "false"), EFFECT_APPLIED,
	              "");
	ck_assert(becomes(child.pid, 'S'));
}
END_TEST

START_TEST(who_has_a_debugger_is_left_to_it)
{
	ck_assert_int_eq(ptrace(PTRACE_SEIZE, child.pid, 0, 0), 0);
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_DENIED,
	              "a debugger holds it");
	ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, child.pid, 0, 0), 0);
	ck_assert(becomes(child.pid, 't'));
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_ALREADY,
	              "");
	apply(child, SETTING_freeze, "false");
	ck_assert_int_eq(state_of(child.pid), 't');
}
END_TEST

/* The main thread may leave first; who is left stands still. */
START_TEST(a_process_that_outlived_its_main_thread_is_frozen_too)
{
	struct task_id orphan = { 0, 0, 0 };
	int            ends[2];
	pid_t          tid = 0;
	pthread_t      thread;

	ck_assert_int_eq(pipe(ends), 0);
	orphan.pid = orphan.tid = fork();
	if (orphan.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pthread_create(&thread, NULL, thread_main, &ends[1]);
		pthread_exit(NULL);
	}
	ck_assert_int_eq(read(ends[0], &tid, sizeof tid), sizeof tid);
	ck_assert(becomes(orphan.pid, 'Z'));
	ck_assert_int_eq(door.grip(door.self, orphan), 0);
	assert_turned(apply(orphan, SETTING_freeze, "true"), EFFECT_APPLIED,
	              "");
	ck_assert(becomes(tid, 'T'));
	ck_assert_int_eq(frozen(orphan), 1);
	assert_turned(apply(orphan, SETTING_freeze, "false"), EFFECT_APPLIED,
	              "");
	ck_assert(becomes(tid, 'S'));
	reap(orphan.pid);
}
END_TEST

/* Waits until the thread has left its process. */
static bool leaves(pid_t pid, pid_t tid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/task/%d", (int)pid, (int)tid);
	for (int i = 0; i < 20000; i++) {
		if (access(path, F_OK) < 0)
			return true;
		usleep(1000);
	}
	return false;
}

/* The leader may be dead before the others. */
START_TEST(who_is_dead_is_gone_and_not_frozen)
{
	int64_t value;

	kill(child.pid, SIGKILL);
	ck_assert(leaves(child.pid, second));
	ck_assert(becomes(child.pid, 'Z'));
	ck_assert_int_eq(door.read(door.self, child, SETTING_freeze, &value),
	                 -ESRCH);
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_GONE, "");
}
END_TEST

START_TEST(a_stranger_with_the_same_pid_is_not_reached)
{
	pid_t stranger = spawn(false, NULL);

	assert_turned(apply((struct task_id){ stranger, stranger, 0 },
	                    SETTING_freeze, "true"), EFFECT_UNSUPPORTED,
	              "needs pidfd_open and pidfd_send_signal (Linux 5.3)");
	ck_assert_int_ne(state_of(stranger), 'T');
	reap(stranger);
}
END_TEST

START_TEST(another_users_process_is_refused_by_name)
{
	pid_t tester;
	int   status;

	door.let_go(door.self);
	tester = fork();
	if (tester == 0) {
		ck_assert_int_eq(setgid(65534), 0);
		ck_assert_int_eq(setuid(65534), 0);
		ck_assert_int_eq(door.grip(door.self, child), 0);
		assert_turned(apply(child, SETTING_freeze, "true"),
		              EFFECT_DENIED,
		              "belongs to another user; needs CAP_KILL");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(tester, &status, 0), tester);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(state_of(child.pid), 'S');
}
END_TEST

int main(void)
{
	TCase *freezing = tcase_create("freezing");

	without_groups = true;
	tcase_add_checked_fixture(freezing, begin, end);
	tcase_set_timeout(freezing, 60);
	tcase_add_test(freezing,
	               a_frozen_process_stands_still_with_all_its_threads);
	tcase_add_test(freezing, what_is_bound_to_stop_counts_as_frozen);
	tcase_add_test(freezing,
	               who_was_stopped_by_somebody_else_is_frozen_already);
	tcase_add_test(freezing,
	               a_stop_that_came_while_it_was_frozen_outlives_the_thaw);
	tcase_add_test(freezing,
	               a_stop_that_it_need_not_heed_does_not_outlive_the_thaw);
	tcase_add_test(freezing, who_has_a_debugger_is_left_to_it);
	tcase_add_test(freezing,
	               a_process_that_outlived_its_main_thread_is_frozen_too);
	tcase_add_test(freezing, who_is_dead_is_gone_and_not_frozen);
	tcase_add_test(freezing, a_stranger_with_the_same_pid_is_not_reached);
	tcase_add_test(freezing, another_users_process_is_refused_by_name);
	return run_case(freezing, "os/linux stop");
}
