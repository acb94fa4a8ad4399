/* test_os_linux_machine.c -- numbers of the machine: read where a rule asks,
 * told where it matters, and no timer otherwise. */

#include <fcntl.h>
#include <time.h>

#include "recorded_host.h"

static void expect_unreadable(enum host_fact f)
{
	int64_t value = -7;

	ck_assert_int_eq(host(f, &value), -ENODATA);
	ck_assert_int_eq(value, -7);
}

/* All numbers that are due are read, as if their time had come. */
static void look(void)
{
	uint64_t due_ns = sampler_due_ns(&in->host.sampler);

	ck_assert_uint_ne(due_ns, UINT64_MAX);
	sampler_look(&in->host.sampler, in, due_ns);
}

START_TEST(the_work_of_the_cpus_is_read_as_the_kernel_writes_it)
{
	struct cpu_time t = { 7, 7 };

	ck_assert_int_eq(sampler_cpu("cpu  10 20 30 400 50 6 7 8 900 1000\n"
	                             "cpu0 1 2 3 4 5 6 7 8 9 10\n", &t), 0);
	ck_assert_uint_eq(t.all, 531);          /* guests are in user         */
	ck_assert_uint_eq(t.busy, 81);
}
END_TEST

START_TEST(what_is_no_count_of_the_cpus_is_refused)
{
	static const char *const texts[] = { "", "cpu", "cpu0 1 2 3 4 5 6 7 8",
		"cpu  1 2 3 4 5 6 7", "cpu  a b c d e f g h",
		"intr 1 2 3 4 5 6 7 8" };
	struct cpu_time t = { 7, 7 };

	ck_assert_int_eq(sampler_cpu(texts[_i], &t), -EBADMSG);
	ck_assert_uint_eq(t.all, 7);
}
END_TEST

START_TEST(the_load_is_read_as_the_kernel_writes_it)
{
	static const char *const none[] = { "", "1", "1.5", "x.yy 1",
		"1. 0.5 0.5", "0.5 0.5 0.5 1/2 3", "0.520 0.5" };
	int64_t load = -7;

	ck_assert_int_eq(sampler_load("0.52 0.58 0.59 1/467 12345\n", &load),
	                 0);
	ck_assert_int_eq(load, 52);
	ck_assert_int_eq(sampler_load("117.05 9.00 1.00 9/9 1\n", &load), 0);
	ck_assert_int_eq(load, 11705);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		ck_assert_msg(sampler_load(none[i], &load) == -EBADMSG, "%s",
		              none[i]);
}
END_TEST

static void cpu_has_done(int busy, int idle)
{
	static int all_busy = 1000, all_idle = 5000;
	char       text[128];

	all_busy += busy;
	all_idle += idle;
	snprintf(text, sizeof text, "cpu  %d 0 0 %d 0 0 0 0 0 0\ncpu0 1\n",
	         all_busy, all_idle);
	write_file("stat", text);
}

START_TEST(the_share_of_work_is_what_happened_between_two_readings)
{
	recorded_proc();
	host_bounds_add(&bounds[HOST_cpu], HOST_cpu, 70, INT64_MAX);
	cpu_has_done(0, 0);
	watch(HOST_BIT(HOST_cpu));
	expect_unreadable(HOST_cpu);            /* one reading says nothing   */
	cpu_has_done(30, 70);
	look();
	expect_told(HOST_cpu, 30);
	cpu_has_done(69, 31);
	look();
	expect_quiet();
	cpu_has_done(199, 1);
	look();
	expect_told(HOST_cpu, 99);
	cpu_has_done(80, 20);
	look();
	expect_quiet();
	cpu_has_done(0, 100);
	look();
	expect_told(HOST_cpu, 0);
}
END_TEST

START_TEST(a_number_that_cannot_be_read_any_more_is_told_as_unreadable)
{
	struct event e;

	recorded_proc();
	write_file("loadavg", "1.50 0 0 1/1 1\n");
	watch(HOST_BIT(HOST_load));
	ck_assert_int_eq(value_of(HOST_load), 150);
	write_file("loadavg", "");
	look();
	ck_assert_int_eq(os.sensor.next(os.sensor.self, 0, &e, 1), 1);
	ck_assert(e.u.host.unreadable);
	expect_unreadable(HOST_load);
	write_file("loadavg", "1.50 0 0 1/1 1\n");
	look();
	expect_told(HOST_load, 150);
}
END_TEST

START_TEST(a_stall_is_the_kernels_average_in_whole_percent)
{
	recorded_proc();
	write_file("pressure/io", "some avg10=12.99 avg60=0.00 avg300=0.00 "
	           "total=1\n");
	bounds[HOST_io_stall].in_steps = true;
	watch(HOST_BIT(HOST_io_stall) | HOST_BIT(HOST_cpu_stall));
	ck_assert_int_eq(value_of(HOST_io_stall), 12);
	expect_unreadable(HOST_cpu_stall);
	write_file("pressure/io", "some avg10=14.00 avg60=0.00 avg300=0.00 "
	           "total=1\n");
	look();
	expect_quiet();                         /* the same step              */
	write_file("pressure/io", "some avg10=15.00 avg60=0.00 avg300=0.00 "
	           "total=1\n");
	look();
	expect_told(HOST_io_stall, 15);
}
END_TEST

START_TEST(numbers_of_different_periods_wake_the_machine_together)
{
	uint64_t due_ns;

	watch(HOST_BIT(HOST_load) | HOST_BIT(HOST_cpu));
	due_ns = in->host.sampler.due_ns[HOST_load];
	ck_assert_uint_eq(due_ns % (5 * SECOND_NS), 0);
	ck_assert_uint_eq(in->host.sampler.due_ns[HOST_cpu] % SECOND_NS, 0);
	ck_assert_uint_ge(in->host.sampler.due_ns[HOST_cpu],
	                  linux_now_ns() - 200 * MS_NS);
	sampler_look(&in->host.sampler, in, due_ns);
	ck_assert_uint_eq(in->host.sampler.due_ns[HOST_load],
	                  due_ns + 5 * SECOND_NS);
	ck_assert_uint_eq(in->host.sampler.due_ns[HOST_cpu],
	                  due_ns + SECOND_NS);
}
END_TEST

START_TEST(an_idle_machine_has_no_timer_unless_a_rule_asks)
{
	ck_assert_uint_eq(sensor_due_ns(in), UINT64_MAX);
	ck_assert_int_lt(in->host.daytime.timer.fd, 0);
	/* What never drifts, and a time that nobody compares. */
	watch(HOST_BIT(HOST_on_battery) | HOST_BIT(HOST_cores) |
	      HOST_BIT(HOST_os) | HOST_BIT(HOST_time) |
	      HOST_BIT(HOST_weekday) | HOST_BIT(HOST_running));
	ck_assert_uint_eq(sensor_due_ns(in), UINT64_MAX);
	ck_assert_int_eq(in->host.daytime.due_s, 0);
	watch(HOST_BIT(HOST_cpu));
	ck_assert_uint_ne(sensor_due_ns(in), UINT64_MAX);
	watch(0);
	ck_assert_uint_eq(sensor_due_ns(in), UINT64_MAX);
	ck_assert_int_lt(in->host.daytime.timer.fd, 0);
}
END_TEST

START_TEST(this_machine_tells_all_but_who_is_there)
{
	int64_t value;

	watch(0);
	ck_assert_int_eq(value_of(HOST_os), HOST_OS_LINUX);
	ck_assert_int_eq(value_of(HOST_cores), sysconf(_SC_NPROCESSORS_ONLN));
	ck_assert_int_ge(value_of(HOST_load), 0);
	ck_assert_int_lt(value_of(HOST_time), HOST_DAY_MINUTES);
	ck_assert_int_lt(value_of(HOST_weekday), HOST_WEEK_DAYS);
	expect_unreadable(HOST_cpu);
	expect_unreadable(HOST_running);
	for (int f = HOST_memory_pressure; f <= HOST_io_stall; f++)
		ck_assert_int_ge(value_of((enum host_fact)f), 0);
	watch(HOST_BIT(HOST_cpu));
	for (int i = 0; host(HOST_cpu, &value) != 0; i++) {
		ck_assert_int_lt(i, 10);
		hear();
	}
	ck_assert_int_ge(value, 0);
	ck_assert_int_le(value, 100);
}
END_TEST

static void terminal(const char *name, int64_t ago_s)
{
	char            path[512];
	struct timespec times[2];

	write_file(name, "");
	snprintf(path, sizeof path, "%s/%s", folder, name);
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[1] = times[0];                    /* something printed just now */
	times[0].tv_sec -= ago_s;
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void expect_idle_s(int64_t least_s)
{
	int64_t idle_ns = value_of(HOST_idle);

	ck_assert_int_ge(idle_ns, least_s * (int64_t)SECOND_NS);
	ck_assert_int_lt(idle_ns, (least_s + 30) * (int64_t)SECOND_NS);
}

START_TEST(idle_is_the_time_since_somebody_typed_at_any_terminal)
{
	in->host.sampler.devices = folder;
	in->host.sampler.people_low = in->host.sampler.people_high = getuid();
	expect_unreadable(HOST_idle);           /* no terminal at all         */
	terminal("pts/0", 5000);
	terminal("pts/ptmx", 1);
	terminal("tty0", 2);                    /* whichever is shown         */
	terminal("ttyS0", 3);
	expect_idle_s(5000);
	terminal("tty2", 400);
	expect_idle_s(400);
	terminal("pts/17", 100);
	expect_idle_s(100);
	in->host.sampler.people_low = in->host.sampler.people_high =
		getuid() + 1;
	expect_unreadable(HOST_idle);           /* all of them are others'    */
}
END_TEST

static const struct {
	enum host_pressure of;
	enum host_fact     fact;
	int                waited_us;           /* of each 50 ms: a warning   */
} stalls[] = {
	{ HOST_PRESSURE_CPU, HOST_cpu_pressure, 12000 },
	{ HOST_PRESSURE_IO,  HOST_io_pressure,  8000 },
};

static void stall_file(int row, unsigned long long total_us)
{
	char text[128];

	snprintf(text, sizeof text, "some avg10=0.00 avg60=0.00 avg300=0.00 "
	         "total=%llu\n", total_us);
	write_file(pressure_files[stalls[row].of], text);
}

START_TEST(cpus_and_storage_have_levels_of_their_own)
{
	struct pressure   *p = &in->host.pressure[stalls[_i].of];
	unsigned long long total_us = 5000000;
	uint64_t           at_ns = linux_now_ns();

	recorded_proc();
	stall_file(_i, total_us);
	write_file("meminfo", "MemTotal: 1000 kB\nMemAvailable: 1 kB\n");
	ck_assert_int_eq(value_of(stalls[_i].fact), HOST_LEVEL_NORMAL);
	in->host.wanted = HOST_BIT(stalls[_i].fact);
	p->wanted = p->armed = true;
	for (int i = 0; i < 40; i++) {
		stall_file(_i, total_us += (unsigned)stalls[_i].waited_us);
		pressure_read(p, in, at_ns += 50 * MS_NS);
	}
	expect_told(stalls[_i].fact, HOST_LEVEL_WARN);
	for (int i = 0; i < 40; i++) {
		stall_file(_i, total_us += 45000);
		pressure_read(p, in, at_ns += 50 * MS_NS);
	}
	expect_told(stalls[_i].fact, HOST_LEVEL_CRITICAL);
}
END_TEST

START_TEST(a_kernel_that_counts_no_waiting_tells_no_pressure)
{
	recorded_proc();
	write_file("meminfo", "MemTotal: 1000 kB\nMemAvailable: 900 kB\n");
	watch(HOST_BIT(HOST_cpu_pressure));
	expect_unreadable(HOST_cpu_pressure);
	expect_unreadable(HOST_io_pressure);
	ck_assert_int_eq(value_of(HOST_memory_pressure), HOST_LEVEL_NORMAL);
}
END_TEST

START_TEST(the_triggers_of_this_kernel_are_armed_only_for_those_who_ask)
{
	struct pressure *p = &in->host.pressure[stalls[_i].of];

	ck_assert(!p->armed);
	watch(HOST_BIT(stalls[_i].fact));
	ck_assert(p->armed);
	ck_assert_int_ge(fcntl(p->trigger.fd, F_GETFD), 0);
	watch(0);
	ck_assert(!p->armed);
	ck_assert_uint_eq(p->due_ns, UINT64_MAX);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("numbers");
	int    rows = (int)(sizeof stalls / sizeof *stalls);

	tcase_add_checked_fixture(t, recorded_setup, recorded_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t,
		the_work_of_the_cpus_is_read_as_the_kernel_writes_it);
	tcase_add_loop_test(t, what_is_no_count_of_the_cpus_is_refused, 0, 6);
	tcase_add_test(t, the_load_is_read_as_the_kernel_writes_it);
	tcase_add_test(t,
		the_share_of_work_is_what_happened_between_two_readings);
	tcase_add_test(t,
		a_number_that_cannot_be_read_any_more_is_told_as_unreadable);
	tcase_add_test(t, a_stall_is_the_kernels_average_in_whole_percent);
	tcase_add_test(t,
		numbers_of_different_periods_wake_the_machine_together);
	tcase_add_test(t, an_idle_machine_has_no_timer_unless_a_rule_asks);
	tcase_add_test(t, this_machine_tells_all_but_who_is_there);
	tcase_add_test(t,
		idle_is_the_time_since_somebody_typed_at_any_terminal);
	tcase_add_loop_test(t,
		cpus_and_storage_have_levels_of_their_own, 0, rows);
	tcase_add_test(t,
		a_kernel_that_counts_no_waiting_tells_no_pressure);
	tcase_add_loop_test(t,
		the_triggers_of_this_kernel_are_armed_only_for_those_who_ask,
		0, rows);
	return run_case(t, "os linux machine");
}
