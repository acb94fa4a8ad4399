/* test_os_sim_host.c -- facts about the simulated machine, its local time and
 * whom a person looks at. */

#include <errno.h>

#include "os/sim/machine.h"

#include "suite.h"

#define SECOND UINT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)

static struct sim        *sim;
static struct os          os;
static struct event       events[64];
static struct host_bounds bounds[HOST_COUNT];

static void start(void)
{
	sim = sim_new(7, NULL);
	ck_assert_ptr_nonnull(sim);
	sim_os(sim, &os);
}

static void stop(void)
{
	sim_free(sim);
}

static int next(uint64_t wake_ns)
{
	return os.sensor.next(os.sensor.self, wake_ns, events, 64);
}

static int64_t value_of(enum host_fact f)
{
	int64_t value = -7;

	ck_assert_int_eq(os.sensor.host(os.sensor.self, f, &value), 0);
	return value;
}

static void watch(uint64_t facts)
{
	struct interest what = { .forks = true, .host = facts,
	                         .bounds = bounds };

	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
}

static void expect_told(enum host_fact f, int64_t value, uint64_t at_ns)
{
	ck_assert_int_eq(next(UINT64_MAX), 1);
	ck_assert_int_eq(events[0].kind, EVENT_HOST);
	ck_assert_int_eq(events[0].u.host.fact, f);
	ck_assert_int_eq(events[0].u.host.value, value);
	ck_assert_uint_eq(events[0].at_ns, at_ns);
	ck_assert_int_eq(value_of(f), value);
}

START_TEST(all_facts_but_two_can_be_read_at_once)
{
	int64_t value = -7;

	for (int f = 0; f < HOST_COUNT; f++) {
		int r = os.sensor.host(os.sensor.self, (enum host_fact)f,
		                       &value);

		ck_assert_int_eq(r, f == HOST_idle || f == HOST_running ?
		                    -ENODATA : 0);
	}
	ck_assert_int_eq(value_of(HOST_cores), 8);
	ck_assert_int_eq(value_of(HOST_time), 720);
	ck_assert_int_eq(value_of(HOST_weekday), 0);
}
END_TEST

START_TEST(a_number_is_told_when_it_passes_a_bound)
{
	host_bounds_add(&bounds[HOST_cpu], HOST_cpu, 70, INT64_MAX);
	watch(HOST_BIT(HOST_cpu) | HOST_BIT(HOST_load));
	sim_host(sim, HOST_cpu, 69);
	sim_host(sim, HOST_load, 400);          /* which nobody compares      */
	ck_assert_int_eq(next(0), 0);
	sim_host(sim, HOST_cpu, 70);
	expect_told(HOST_cpu, 70, 0);
	sim_host(sim, HOST_cpu, 99);
	ck_assert_int_eq(next(0), 0);
	ck_assert_int_eq(value_of(HOST_cpu), 99);
	sim_host(sim, HOST_cpu, 10);
	expect_told(HOST_cpu, 10, 0);
}
END_TEST

START_TEST(a_number_that_a_function_reads_is_told_at_its_steps)
{
	bounds[HOST_cpu].in_steps = true;
	watch(HOST_BIT(HOST_cpu));
	sim_host(sim, HOST_cpu, 4);
	ck_assert_int_eq(next(0), 0);
	sim_host(sim, HOST_cpu, 5);
	expect_told(HOST_cpu, 5, 0);
}
END_TEST

START_TEST(time_passes_unnoticed_until_a_bound_of_a_rule)
{
	host_bounds_add(&bounds[HOST_time], HOST_time, 1320, 359);
	watch(HOST_BIT(HOST_time));
	expect_told(HOST_time, 1320, 10 * HOUR);
	expect_told(HOST_time, 360, 18 * HOUR);
	expect_told(HOST_time, 1320, 34 * HOUR);
	ck_assert_int_eq(value_of(HOST_weekday), 1);
}
END_TEST

START_TEST(each_minute_is_told_only_where_a_function_reads_the_time)
{
	bounds[HOST_time].in_steps = true;
	watch(HOST_BIT(HOST_time));
	ck_assert_int_eq(next(30 * SECOND), 0);
	expect_told(HOST_time, 721, MINUTE);
	expect_told(HOST_time, 722, 2 * MINUTE);
}
END_TEST

START_TEST(days_follow_each_other)
{
	host_bounds_add(&bounds[HOST_weekday], HOST_weekday, 5, 6);
	watch(HOST_BIT(HOST_weekday));
	expect_told(HOST_weekday, 5, (12 + 4 * 24) * HOUR);
	expect_told(HOST_weekday, 0, (12 + 6 * 24) * HOUR);
}
END_TEST

START_TEST(a_clock_that_is_set_is_told)
{
	host_bounds_add(&bounds[HOST_time], HOST_time, 1320, 359);
	host_bounds_add(&bounds[HOST_weekday], HOST_weekday, 5, 6);
	watch(HOST_BIT(HOST_time) | HOST_BIT(HOST_weekday));
	sim_wall(sim, 6 * 1440 + 1430);         /* sunday 23:50               */
	ck_assert_int_eq(next(0), 2);
	ck_assert_int_eq(events[0].u.host.value, 1430);
	ck_assert_int_eq(events[1].u.host.value, 6);
	expect_told(HOST_weekday, 0, 10 * MINUTE);
	sim_host(sim, HOST_time, 600);
	expect_told(HOST_time, 600, 10 * MINUTE);
	ck_assert_int_eq(value_of(HOST_weekday), 0);
	sim_host(sim, HOST_weekday, 6);
	expect_told(HOST_weekday, 6, 10 * MINUTE);
	ck_assert_int_eq(value_of(HOST_time), 600);
}
END_TEST

START_TEST(where_nobody_asks_for_the_time_nothing_happens)
{
	ck_assert_int_eq(next(UINT64_MAX), -EDEADLK);
	watch(HOST_BIT(HOST_time) | HOST_BIT(HOST_weekday) |
	      HOST_BIT(HOST_cpu));
	ck_assert_int_eq(next(UINT64_MAX), -EDEADLK);
	host_bounds_add(&bounds[HOST_time], HOST_time, 1320, 359);
	watch(HOST_BIT(HOST_cpu));
	ck_assert_int_eq(next(UINT64_MAX), -EDEADLK);
}
END_TEST

START_TEST(whom_a_person_looks_at_is_told)
{
	pid_t pid = sim_exec(sim, &(struct sim_program){ .name = "editor" });

	while (next(0) > 0)
		continue;
	ck_assert_int_eq(sim_focus(sim, pid), 0);
	ck_assert_int_eq(next(0), 1);
	ck_assert_int_eq(events[0].kind, EVENT_FOCUS);
	ck_assert_int_eq(events[0].u.task.who.pid, pid);
	ck_assert_int_eq(sim_focus(sim, 99999), -ESRCH);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_facts_but_two_can_be_read_at_once,
		a_number_is_told_when_it_passes_a_bound,
		a_number_that_a_function_reads_is_told_at_its_steps,
		time_passes_unnoticed_until_a_bound_of_a_rule,
		each_minute_is_told_only_where_a_function_reads_the_time,
		days_follow_each_other,
		a_clock_that_is_set_is_told,
		where_nobody_asks_for_the_time_nothing_happens,
		whom_a_person_looks_at_is_told,
	};
	TCase   *all = tcase_create("the machine");

	tcase_add_checked_fixture(all, start, stop);
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(all, tests[i]);
	return run_case(all, "os sim host");
}
