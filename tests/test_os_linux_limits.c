/* test_os_linux_limits.c -- limits on the CPU against the kernel that runs. */

#include "children.h"

#include <errno.h>
#include <time.h>

#define EVENTUALLY(condition) \
	__extension__({ \
		bool held_ = false; \
		for (int i_ = 0; i_ < 20000 && !(held_ = (condition)); i_++) \
			usleep(1000); \
		held_; \
	})

#define SECOND INT64_C(1000000000)

static struct rlimit limit_of(pid_t pid)
{
	struct rlimit limit;

	ck_assert_int_eq(prlimit(pid, RLIMIT_CPU, NULL, &limit), 0);
	return limit;
}

static struct turned turn_to(struct task_id whom, enum setting s, int64_t value)
{
	struct turned t;

	door.apply(door.self, whom, s, value, &t);
	return t;
}

static int64_t value_now(struct task_id whom, enum setting s)
{
	int64_t value = -1;

	ck_assert_int_eq(door.read(door.self, whom, s, &value), 0);
	return value;
}

static void ignore(int signal)
{
	(void)signal;
}

/* It uses CPU, and heeds SIGXCPU or not. */
static struct task_id spin(bool heeds)
{
	struct task_id who = { fork(), 0, 0 };

	ck_assert_int_ge(who.pid, 0);
	if (who.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!heeds)
			signal(SIGXCPU, ignore);
		for (;;)
			;
	}
	who.tid = who.pid;
	ck_assert_int_eq(door.grip(door.self, who), 0);
	return who;
}

START_TEST(cpu_time_is_the_soft_limit_and_goes_back)
{
	ck_assert_int_eq(value_now(child, SETTING_cpu_time), VALUE_UNLIMITED);
	assert_turned(apply(child, SETTING_cpu_time, "60s"), EFFECT_APPLIED,
	              "");
	ck_assert_uint_eq(limit_of(child.pid).rlim_cur, 60);
	ck_assert(limit_of(child.pid).rlim_max == RLIM_INFINITY);
	ck_assert_int_eq(value_now(child, SETTING_cpu_time), 60 * SECOND);
	assert_turned(apply(child, SETTING_cpu_time, "60s"), EFFECT_ALREADY,
	              "");
	assert_turned(apply(child, SETTING_cpu_time, "1500ms"),
	              EFFECT_APPLIED, "the kernel kept it within bounds");
	ck_assert_uint_eq(limit_of(child.pid).rlim_cur, 2);
	assert_turned(turn_to(child, SETTING_cpu_time, VALUE_UNLIMITED),
	              EFFECT_APPLIED, "");
	ck_assert(limit_of(child.pid).rlim_cur == RLIM_INFINITY);
}
END_TEST

START_TEST(a_hard_limit_is_neither_moved_nor_passed)
{
	struct rlimit strict = { 10, 30 };

	ck_assert_int_eq(prlimit(child.pid, RLIMIT_CPU, &strict, NULL), 0);
	assert_turned(apply(child, SETTING_cpu_time, "60s"), EFFECT_DENIED,
	              "its hard limit is lower");
	ck_assert_uint_eq(limit_of(child.pid).rlim_cur, 10);
	assert_turned(apply(child, SETTING_cpu_time, "20s"), EFFECT_APPLIED,
	              "");
	ck_assert_uint_eq(limit_of(child.pid).rlim_max, 30);
	assert_turned(turn_to(child, SETTING_cpu_time, 10 * SECOND),
	              EFFECT_APPLIED, "");
	ck_assert_uint_eq(limit_of(child.pid).rlim_cur, 10);
}
END_TEST

START_TEST(who_does_not_heed_it_is_ended_by_the_kernel)
{
	struct task_id who = spin(true);
	int            status;

	assert_turned(apply(who, SETTING_cpu_time, "1s"), EFFECT_APPLIED, "");
	ck_assert_int_eq(waitpid(who.pid, &status, 0), who.pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGXCPU);
}
END_TEST

/* The kernel moves the limit on by a second each time it has told. */
START_TEST(a_limit_that_the_kernel_moved_on_is_still_ours)
{
	struct task_id who = spin(false);

	assert_turned(apply(who, SETTING_cpu_time, "1s"), EFFECT_APPLIED, "");
	ck_assert(EVENTUALLY(limit_of(who.pid).rlim_cur > 1));
	ck_assert_int_gt(value_now(who, SETTING_cpu_time), SECOND);
	door.remind(door.self, who, SETTING_cpu_time, SECOND);
	ck_assert_int_eq(value_now(who, SETTING_cpu_time), SECOND);
	assert_turned(turn_to(who, SETTING_cpu_time, VALUE_UNLIMITED),
	              EFFECT_APPLIED, "");
	ck_assert(limit_of(who.pid).rlim_cur == RLIM_INFINITY);
	turn_to(who, SETTING_cpu_time, 50 * SECOND);
	door.remind(door.self, who, SETTING_cpu_time, SECOND);
	ck_assert_int_eq(value_now(who, SETTING_cpu_time), 50 * SECOND);
	reap(who.pid);
}
END_TEST

START_TEST(another_users_limit_takes_a_capability)
{
	pid_t tester = fork();
	int   status;

	if (tester == 0) {
		ck_assert_int_eq(setgid(65534), 0);
		ck_assert_int_eq(setuid(65534), 0);
		ck_assert_int_eq(door.grip(door.self, child), 0);
		assert_turned(turn_to(child, SETTING_cpu_time, 60 * SECOND),
		              EFFECT_DENIED, "belongs to another user; needs "
		              "CAP_SYS_RESOURCE");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(tester, &status, 0), tester);
	ck_assert_int_eq(status, 0);
	ck_assert(limit_of(child.pid).rlim_cur == RLIM_INFINITY);
}
END_TEST

int main(void)
{
	Suite   *suite = suite_create("os/linux limits");
	TCase   *time = tcase_create("cpu_time");
	SRunner *runner = srunner_create(suite);
	int      failed;

	tcase_add_checked_fixture(time, begin, end);
	tcase_set_timeout(time, 60);
	tcase_add_test(time, cpu_time_is_the_soft_limit_and_goes_back);
	tcase_add_test(time, a_hard_limit_is_neither_moved_nor_passed);
	tcase_add_test(time, who_does_not_heed_it_is_ended_by_the_kernel);
	tcase_add_test(time, a_limit_that_the_kernel_moved_on_is_still_ours);
	tcase_add_test(time, another_users_limit_takes_a_capability);
	suite_add_tcase(suite, time);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
