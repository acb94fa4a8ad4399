/* test_os_linux_realtime.c -- deadlines and what stands in for them, on the
 * kernel that runs. */

#include "children.h"
#include "suite.h"

#include <errno.h>
#include <linux/capability.h>

#define DEADLINE 6
#define NO_CPUS  "a deadline needs all CPUs, and its affinity has fewer: " \
                 "fifo instead"

static struct task_id thread;           /* of the child                       */

static void begin_thread(void)
{
	begin();
	thread = thread_of(child, second);
}

static struct scheduling scheduling_of(pid_t tid)
{
	struct scheduling s;

	ck_assert_int_eq(scheduling_get(tid, &s), 0);
	return s;
}

static int64_t origin_of(struct task_id whom)
{
	int64_t value;

	ck_assert_int_eq(door.read(door.self, whom, SETTING_realtime, &value),
	                 0);
	return value;
}

static void back_to(struct task_id whom, int64_t origin)
{
	struct turned t;

	door.apply(door.self, whom, SETTING_realtime, origin, &t);
	assert_turned(t, EFFECT_APPLIED, "");
	ck_assert_int_eq(t.now, origin);
}

START_TEST(a_thread_gets_its_times_and_then_back_what_it_had)
{
	int64_t           origin, slice;
	struct scheduling now;

	apply(thread, SETTING_nice, "4");
	apply(thread, SETTING_sched, "batch");
	apply(thread, SETTING_slice, "7ms");
	slice = kernel_says(second, SETTING_slice);
	origin = origin_of(thread);
	ck_assert_int_eq(origin, ~(int64_t)SCHED_CLASS_BATCH);
	assert_turned(apply(thread, SETTING_realtime, "20ms/1ms/10ms"),
	              EFFECT_APPLIED, "");
	now = scheduling_of(second);
	ck_assert_uint_eq(now.policy, DEADLINE);
	ck_assert_uint_eq(now.period, 20000000);
	ck_assert_uint_eq(now.runtime, 1000000);
	ck_assert_uint_eq(now.deadline, 10000000);
	ck_assert_uint_eq(now.flags & 1, 1);    /* its threads are ordinary */
	ck_assert_int_eq(sched_getscheduler(child.pid), SCHED_OTHER);
	assert_turned(apply(thread, SETTING_realtime, "20ms/1ms/10ms"),
	              EFFECT_ALREADY, "");
	back_to(thread, origin);
	ck_assert_int_eq(kernel_says(second, SETTING_sched), SCHED_BATCH);
	ck_assert_int_eq(kernel_says(second, SETTING_nice), 4);
	ck_assert_int_eq(kernel_says(second, SETTING_slice), slice);
}
END_TEST

/* A kernel before 6.10 does not touch the slack; then it is
 * only seen to stay. */
START_TEST(a_slack_outlives_the_time_in_real_time)
{
	int64_t origin = origin_of(thread), ns;

	apply(thread, SETTING_timer_slack, "3ms");
	apply(thread, SETTING_realtime, "20ms/1ms/10ms");
	ck_assert_int_eq(door.read(door.self, thread, SETTING_timer_slack, &ns),
	                 0);
	ck_assert_int_eq(ns, 3000000);
	if (_i == 1)
		apply(thread, SETTING_timer_slack, "4ms");
	back_to(thread, origin);
	ck_assert_int_eq(kernel_says(second, SETTING_timer_slack),
	                 _i == 1 ? 4000000 : 3000000);
}
END_TEST

/* As after a crash, when nobody knows any more but the journal. */
START_TEST(a_slack_that_the_kernel_took_is_ours_still)
{
	struct sched_param param = { .sched_priority = 1 };
	int64_t            ns = 0;

	apply(thread, SETTING_timer_slack, "3ms");
	ck_assert_int_eq(sched_setscheduler(second, SCHED_FIFO, &param), 0);
	for (int i = 0; i < 2; i++) {
		door.remind(door.self, thread, SETTING_timer_slack, 3000000);
		ck_assert_int_eq(door.read(door.self, thread,
		                           SETTING_timer_slack, &ns), 0);
		ck_assert_int_eq(ns, 3000000);
		param.sched_priority = 0;
		ck_assert_int_eq(sched_setscheduler(second, SCHED_OTHER,
		                                    &param), 0);
	}
	apply(thread, SETTING_timer_slack, "5ms");
	door.remind(door.self, thread, SETTING_timer_slack, 3000000);
	ck_assert_int_eq(door.read(door.self, thread, SETTING_timer_slack, &ns),
	                 0);
	ck_assert_int_eq(ns, 5000000);
}
END_TEST

/* It sleeps all the while.  All CPUs together could not promise that much. */
START_TEST(who_goes_back_gives_its_share_back)
{
	int64_t origin = origin_of(thread);

	for (int i = 0; i < 20 * (int)sysconf(_SC_NPROCESSORS_ONLN); i++) {
		assert_turned(apply(thread, SETTING_realtime, "20ms/2ms/20ms"),
		              EFFECT_APPLIED, "");
		back_to(thread, origin);
	}
}
END_TEST

START_TEST(other_times_replace_the_first)
{
	apply(thread, SETTING_realtime, "20ms/1ms/10ms");
	assert_turned(apply(thread, SETTING_realtime, "5ms/1ms/4ms"),
	              EFFECT_APPLIED, "");
	ck_assert_uint_eq(scheduling_of(second).period, 5000000);
}
END_TEST

START_TEST(what_a_deadline_forbids_is_told)
{
	int64_t value;

	apply(thread, SETTING_realtime, "20ms/1ms/10ms");
	assert_turned(apply(thread, SETTING_affinity, "0"), EFFECT_DENIED,
	              "a deadline task keeps its CPUs");
	ck_assert_int_eq(door.read(door.self, thread, SETTING_slice, &value),
	                 -ENODATA);
	assert_turned(weighed(thread, &(struct want){ 0 }, SETTING_nice, "3"),
	              EFFECT_INERT,
	              "nice does not count under a real-time class");
}
END_TEST

START_TEST(with_fewer_cpus_it_is_fifo)
{
	static const struct {
		const char *times;
		int64_t     priority;
	} ladder[] = {
		{ "2ms/500us/1ms", 20 }, { "20ms/1ms/10ms", 15 },
		{ "50ms/1ms/50ms", 10 }, { "1s/1ms/1s", 5 },
	};
	int64_t origin = origin_of(thread);

	apply(thread, SETTING_affinity, "0");
	for (size_t i = 0; i < COUNT(ladder); i++) {
		assert_turned(apply(thread, SETTING_realtime, ladder[i].times),
		              EFFECT_APPLIED, NO_CPUS);
		ck_assert_int_eq(kernel_says(second, SETTING_sched),
		                 (SCHED_FIFO | SCHED_RESET_ON_FORK) |
		                 ladder[i].priority << 32);
	}
	back_to(thread, origin);
	ck_assert_int_eq(kernel_says(second, SETTING_sched), SCHED_OTHER);
}
END_TEST

START_TEST(times_that_the_kernel_does_not_take_become_fifo)
{
	assert_turned(apply(thread, SETTING_realtime, "50us/20us/50us"),
	              EFFECT_APPLIED, "the kernel takes no such times "
	              "(kernel.sched_deadline_period_min_us): fifo instead");
	ck_assert_int_eq(sched_getscheduler(second),
	                 SCHED_FIFO | SCHED_RESET_ON_FORK);
}
END_TEST

/* Each of them all of a CPU: they only sleep. */
START_TEST(where_the_kernel_has_no_room_it_is_fifo)
{
	long          cpus = sysconf(_SC_NPROCESSORS_CONF);
	pid_t         pid[65];
	long          n = 0;
	bool          full = false;
	struct turned t;

	for (; n <= cpus && n < (long)COUNT(pid) && !full; n++) {
		struct task_id whom;

		pid[n] = spawn(false, NULL);
		whom = (struct task_id){ pid[n], pid[n], 0 };
		t = apply(whom, SETTING_realtime, "100ms/100ms/100ms");
		full = sched_getscheduler(pid[n]) != (DEADLINE |
		                                      SCHED_RESET_ON_FORK);
	}
	while (n-- > 0)
		reap(pid[n]);
	ck_assert(full);
	assert_turned(t, EFFECT_APPLIED, "the kernel has no room left for "
	              "deadlines (kernel.sched_rt_runtime_us): fifo instead");
}
END_TEST

START_TEST(nobody_is_put_under_a_limit_that_would_end_it)
{
	struct rlimit limit;

	prlimit(child.pid, RLIMIT_RTTIME, NULL, &limit);
	limit.rlim_cur = 900;
	ck_assert_int_eq(prlimit(child.pid, RLIMIT_RTTIME, &limit, NULL), 0);
	apply(thread, SETTING_affinity, "0");
	assert_turned(apply(thread, SETTING_realtime, "20ms/1ms/10ms"),
	              EFFECT_DENIED, "no deadline is to be had, and under "
	              "fifo its own RLIMIT_RTTIME would end it");
	ck_assert_int_eq(kernel_says(second, SETTING_sched), SCHED_OTHER);
	assert_turned(apply(thread, SETTING_realtime, "20ms/800us/10ms"),
	              EFFECT_APPLIED, NO_CPUS);
}
END_TEST

static void drop_nice(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct set[2];

	ck_assert_int_eq(syscall(SYS_capget, &head, set), 0);
	set[0].effective &= ~(1u << CAP_SYS_NICE);
	ck_assert_int_eq(syscall(SYS_capset, &head, set), 0);
}

START_TEST(who_could_not_put_it_back_does_not_begin)
{
	drop_nice();
	assert_turned(apply(thread, SETTING_realtime, "20ms/1ms/10ms"),
	              EFFECT_DENIED, "cannot be put back");
	ck_assert_int_eq(kernel_says(second, SETTING_sched), SCHED_OTHER);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("realtime");

	tcase_add_checked_fixture(c, begin_thread, end);
	tcase_add_test(c, a_thread_gets_its_times_and_then_back_what_it_had);
	tcase_add_loop_test(c, a_slack_outlives_the_time_in_real_time, 0, 2);
	tcase_add_test(c, a_slack_that_the_kernel_took_is_ours_still);
	tcase_add_test(c, who_goes_back_gives_its_share_back);
	tcase_add_test(c, other_times_replace_the_first);
	tcase_add_test(c, what_a_deadline_forbids_is_told);
	tcase_add_test(c, with_fewer_cpus_it_is_fifo);
	tcase_add_test(c, times_that_the_kernel_does_not_take_become_fifo);
	tcase_add_test(c, where_the_kernel_has_no_room_it_is_fifo);
	tcase_add_test(c, nobody_is_put_under_a_limit_that_would_end_it);
	tcase_add_test(c, who_could_not_put_it_back_does_not_begin);
	return run_case(c, "os/linux realtime");
}
