/* test_os_linux_daytime.c -- the local time is awaited where a rule speaks of
 * it, over midnight, when clocks are set and when summer begins and ends. */

#include <sys/timerfd.h>
#include <time.h>

#include "recorded_host.h"

static void zone(const char *name)
{
	ck_assert_int_eq(setenv("TZ", name, 1), 0);
}

/* Whatever the system's clock says, ours says that. */
static void set_clock(int64_t at_s)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	in->host.daytime.ahead_s = at_s - now.tv_sec;
}

/* As the kernel makes it ready when it fires or the clock is set. */
static void timer_fires(void)
{
	struct source *timer = &in->host.daytime.timer;

	ck_assert_int_eq(timer->ready(timer->self, in, 0), 0);
}

START_TEST(the_local_time_is_told_from_the_seconds)
{
	int64_t minute, weekday;
	int     second;

	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	ck_assert_int_eq(daytime_of(0, &minute, &weekday, &second), 3600);
	ck_assert_int_eq(minute, 60);           /* thursday                   */
	ck_assert_int_eq(weekday, 3);
	ck_assert_int_eq(second, 0);
	ck_assert_int_eq(daytime_of(INT64_C(1711846859), &minute, &weekday,
	                            &second), 7200);
	ck_assert_int_eq(minute, 180);          /* sunday, 3:00 summer time   */
	ck_assert_int_eq(weekday, 6);
	ck_assert_int_eq(second, 59);
}
END_TEST

START_TEST(a_time_in_a_rule_wakes_the_machine_once)
{
	struct itimerspec left;
	struct event      e;

	zone("UTC0");
	set_clock(20 * DAY_S + 22 * 3600 - 2);
	host_bounds_add(&bounds[HOST_time], HOST_time, 1320, 359);
	watch(HOST_BIT(HOST_time));
	ck_assert_int_eq(value_of(HOST_time), 1319);
	ck_assert_int_eq(in->host.daytime.due_s, 20 * DAY_S + 22 * 3600);
	ck_assert_uint_eq(sensor_due_ns(in), UINT64_MAX);
	ck_assert_int_eq(os.sensor.next(os.sensor.self, linux_now_ns() +
	                                PATIENCE_NS, &e, 1), 1);
	ck_assert_int_eq(e.kind, EVENT_HOST);
	ck_assert_int_eq(e.u.host.fact, HOST_time);
	ck_assert_int_eq(e.u.host.value, 1320);
	/* And not again before the morning. */
	ck_assert_int_eq(in->host.daytime.due_s, 21 * DAY_S + 6 * 3600);
	ck_assert_int_eq(timerfd_gettime(in->host.daytime.timer.fd, &left), 0);
	ck_assert_int_gt(left.it_value.tv_sec, 7 * 3600);
	ck_assert_int_eq(left.it_interval.tv_sec, 0);
	ck_assert_uint_eq(sensor_due_ns(in), UINT64_MAX);
	expect_quiet();
}
END_TEST

START_TEST(each_minute_is_awaited_only_for_a_function)
{
	zone("UTC0");
	set_clock(20 * DAY_S + 600);
	bounds[HOST_time].in_steps = true;
	watch(HOST_BIT(HOST_time));
	ck_assert_int_eq(in->host.daytime.due_s, 20 * DAY_S + 660);
	set_clock(20 * DAY_S + 660);
	timer_fires();
	expect_told(HOST_time, 11);
	ck_assert_int_eq(in->host.daytime.due_s, 20 * DAY_S + 720);
}
END_TEST

START_TEST(days_are_awaited_from_midnight_to_midnight)
{
	zone("UTC0");
	set_clock(4 * DAY_S + 12 * 3600);       /* monday                     */
	host_bounds_add(&bounds[HOST_weekday], HOST_weekday, 5, 6);
	watch(HOST_BIT(HOST_weekday));
	ck_assert_int_eq(value_of(HOST_weekday), 0);
	ck_assert_int_eq(in->host.daytime.due_s, 9 * DAY_S);
	set_clock(9 * DAY_S);
	timer_fires();
	expect_told(HOST_weekday, 5);
	ck_assert_int_eq(in->host.daytime.due_s, 11 * DAY_S);
}
END_TEST

START_TEST(a_clock_that_is_set_is_read_again)
{
	zone("UTC0");
	set_clock(20 * DAY_S + 12 * 3600);
	host_bounds_add(&bounds[HOST_time], HOST_time, 1320, 359);
	watch(HOST_BIT(HOST_time));
	set_clock(20 * DAY_S + 13 * 3600);
	timer_fires();
	expect_quiet();                         /* no bound lies between      */
	set_clock(20 * DAY_S + 23 * 3600);
	timer_fires();
	expect_told(HOST_time, 1380);
	set_clock(20 * DAY_S + 9 * 3600);
	timer_fires();
	expect_told(HOST_time, 540);
	ck_assert_int_eq(in->host.daytime.due_s, 20 * DAY_S + 22 * 3600);
}
END_TEST

/* In 2024 at 1:00 UTC on 31 March and on 27 October. */
#define SPRING INT64_C(1711846800)
#define AUTUMN INT64_C(1729990800)

START_TEST(an_hour_that_is_left_out_is_not_waited_for)
{
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	set_clock(SPRING - 1800);               /* 1:30                       */
	host_bounds_add(&bounds[HOST_time], HOST_time, 150, 239);
	watch(HOST_BIT(HOST_time));
	ck_assert_int_eq(in->host.daytime.due_s, SPRING);
	set_clock(SPRING);                      /* 3:00, 2:30 never was       */
	timer_fires();
	expect_told(HOST_time, 180);
	ck_assert_int_eq(in->host.daytime.due_s, SPRING + 3600);
}
END_TEST

START_TEST(an_hour_that_comes_twice_holds_twice)
{
	zone("CET-1CEST,M3.5.0,M10.5.0/3");
	set_clock(AUTUMN - 2 * 1800);           /* 2:00                       */
	host_bounds_add(&bounds[HOST_time], HOST_time, 150, 164);
	watch(HOST_BIT(HOST_time));
	ck_assert_int_eq(in->host.daytime.due_s, AUTUMN - 1800);
	set_clock(AUTUMN - 1800);
	timer_fires();
	expect_told(HOST_time, 150);
	ck_assert_int_eq(in->host.daytime.due_s, AUTUMN - 900);
	set_clock(AUTUMN - 900);
	timer_fires();
	expect_told(HOST_time, 165);
	ck_assert_int_eq(in->host.daytime.due_s, AUTUMN);
	set_clock(AUTUMN);                      /* 2:00 again                 */
	timer_fires();
	expect_quiet();
	ck_assert_int_eq(in->host.daytime.due_s, AUTUMN + 1800);
	set_clock(AUTUMN + 1800);
	timer_fires();
	expect_told(HOST_time, 150);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("clock");

	tcase_add_checked_fixture(t, recorded_setup, recorded_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_local_time_is_told_from_the_seconds);
	tcase_add_test(t, a_time_in_a_rule_wakes_the_machine_once);
	tcase_add_test(t, each_minute_is_awaited_only_for_a_function);
	tcase_add_test(t, days_are_awaited_from_midnight_to_midnight);
	tcase_add_test(t, a_clock_that_is_set_is_read_again);
	tcase_add_test(t, an_hour_that_is_left_out_is_not_waited_for);
	tcase_add_test(t, an_hour_that_comes_twice_holds_twice);
	return run_case(t, "os/linux daytime");
}
