/* test_os_linux_slept.c -- times of birth on a machine that has slept: by the
 * clock by which all else is told. */

#include "looking.h"

#include <sched.h>
#include <sys/wait.h>

#define HOUR_NS (INT64_C(3600) * 1000000000)

/* In a time namespace boot time is as much ahead as after that sleep. */
static bool sleep_an_hour(void)
{
	const char text[] = "boottime 3600 0\n";
	int        offsets;
	bool       done;

	if (unshare(CLONE_NEWTIME) < 0)
		return false;
	offsets = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	done = write(offsets, text, sizeof text - 1) == sizeof text - 1;
	close(offsets);
	return done;
}

/* The first that is born there is one in it. */
static void in_that_time(void (*test)(void))
{
	pid_t child;
	int   status;

	ck_assert(sleep_an_hour());
	child = fork();
	if (child == 0) {
		test();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}

static void look_at_myself(void)
{
	struct task_id self = id_of(getpid());
	int64_t        now_ns, age_ns;
	uint64_t       thread_ns;

	setup();
	now_ns = (int64_t)os.sensor.now_ns(os.sensor.self);
	if (look(self, FACT_BIT(FACT_start_time)) < 0 ||
	    os.sensor.thread_start(os.sensor.self, self, &thread_ns) < 0)
		_exit(2);
	age_ns = now_ns - f.start_time_ns;
	if (age_ns < 0 || age_ns > HOUR_NS / 2 ||
	    thread_ns != (uint64_t)f.start_time_ns)
		_exit(3);
	teardown();
}

START_TEST(who_was_born_after_a_sleep_is_as_old_as_it_is)
{
	in_that_time(look_at_myself);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("os linux, slept");
	TCase *t = tcase_create("births");

	if (access("/proc/self/timens_offsets", W_OK) == 0)
		tcase_add_test(t, who_was_born_after_a_sleep_is_as_old_as_it_is);
	suite_add_tcase(s, t);
	return run_suite(s);
}
