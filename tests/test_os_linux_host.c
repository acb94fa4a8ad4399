/* test_os_linux_host.c -- memory pressure, power, and how urgent the event
 * thread is. */

#include <sched.h>

#include "recorded.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <time.h>

#include "os/linux/host/power.h"

#define SECOND_NS UINT64_C(1000000000)

static struct pressure *memory;
static uint64_t         at_ns, stalled_us;

static void setup(void)
{
	recorded_setup();
	memory = &in->host.pressure[HOST_PRESSURE_MEMORY];
}

START_TEST(stalled_time_is_read_as_the_kernel_writes_it)
{
	uint64_t us = 7;
	int64_t  average = 7;

	ck_assert_int_eq(pressure_stalled(
		"some avg10=1.53 avg60=0.87 avg300=0.73 total=987654321012\n"
		"full avg10=9.00 avg60=9.00 avg300=9.00 total=5\n",
		&us, &average), 0);
	ck_assert_uint_eq(us, UINT64_C(987654321012));
	ck_assert_int_eq(average, 153);
}
END_TEST

START_TEST(what_is_no_pressure_file_is_refused)
{
	static const char *const texts[] = { "", "some", "some avg10=1.00\n",
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n",
		"some avg10=x avg60=0.00 avg300=0.00 total=1\n",
		"some avg10=100.99 total=-1\n", "some avg10=200.00 total=1\n",
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=\n",
		"some avg10=nan avg60=0.00 avg300=0.00 total=1\n" };
	uint64_t us = 7;
	int64_t  average = 7;

	ck_assert_int_eq(pressure_stalled(texts[_i], &us, &average), -EBADMSG);
	ck_assert_uint_eq(us, 7);
	ck_assert_int_eq(average, 7);
}
END_TEST

START_TEST(what_is_left_is_what_can_be_had_at_once)
{
	uint64_t total = 7, left = 7;

	ck_assert_int_eq(memory_left("MemTotal:       16000000 kB\n"
		"MemFree:          100000 kB\nMemAvailable:    4000000 kB\n",
		&total, &left), 0);
	ck_assert_uint_eq(total, UINT64_C(16000000) * 1024);
	ck_assert_uint_eq(left, UINT64_C(4000000) * 1024);
	ck_assert_int_eq(memory_left("MemTotal: 0 kB\nMemAvailable: 1 kB",
	                             &total, &left), -EBADMSG);
	ck_assert_int_eq(memory_left("MemTotal: 10 kB\n", &total, &left),
	                 -EBADMSG);
	ck_assert_uint_eq(left, UINT64_C(4000000) * 1024);
}
END_TEST

START_TEST(a_level_is_left_ten_percent_beyond_its_bound)
{
	static const struct {
		enum host_level before;
		int64_t         stalled;
		enum host_level after;
	} rows[] = {
		{ HOST_LEVEL_NORMAL,   999,  HOST_LEVEL_NORMAL },
		{ HOST_LEVEL_NORMAL,   1000, HOST_LEVEL_WARN },
		{ HOST_LEVEL_WARN,     900,  HOST_LEVEL_WARN },
		{ HOST_LEVEL_WARN,     899,  HOST_LEVEL_NORMAL },
		{ HOST_LEVEL_WARN,     2999, HOST_LEVEL_WARN },
		{ HOST_LEVEL_WARN,     3000, HOST_LEVEL_CRITICAL },
		{ HOST_LEVEL_CRITICAL, 2700, HOST_LEVEL_CRITICAL },
		{ HOST_LEVEL_CRITICAL, 2699, HOST_LEVEL_WARN },
		{ HOST_LEVEL_CRITICAL, 0,    HOST_LEVEL_NORMAL },
	};
	struct pressure p = { .alarm = { 1000, 3000, 50000000 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		p.waits = rows[i].before;
		ck_assert_msg(pressure_judge(&p, rows[i].stalled) ==
		              rows[i].after, "row %zu", i);
	}
}
END_TEST

/* A recorded machine whose tasks stood waiting for so many microseconds more,
 * looked at a while later. */
static void pass(uint64_t ns, uint64_t waited_us, int available_percent)
{
	char text[256];

	at_ns += ns;
	stalled_us += waited_us;
	snprintf(text, sizeof text, "some avg10=0.00 avg60=0.00 avg300=0.00 "
	         "total=%llu\n", (unsigned long long)stalled_us);
	write_file("pressure/memory", text);
	snprintf(text, sizeof text, "MemTotal: 1000 kB\nMemAvailable: %d kB\n",
	         available_percent * 10);
	write_file("meminfo", text);
	pressure_read(memory, in, at_ns);
}

static void turn_to_records(void)
{
	recorded_proc();
	memory->armed = true;
	memory->wanted = true;
	in->host.wanted = HOST_BIT(HOST_memory_pressure);
	linux_host_say(in, HOST_memory_pressure, 0, HOST_LEVEL_NORMAL);
	at_ns = linux_now_ns();
	stalled_us = 5000000;
}

static int64_t level(void)
{
	int64_t value;

	ck_assert_int_eq(os.sensor.host(os.sensor.self, HOST_memory_pressure,
	                                &value), 0);
	return value;
}

static enum host_level next_level(void)
{
	struct event e;

	ck_assert_int_eq(os.sensor.next(os.sensor.self, 0, &e, 1), 1);
	ck_assert_int_eq(e.kind, EVENT_HOST);
	ck_assert_int_eq(e.u.host.fact, HOST_memory_pressure);
	return (enum host_level)e.u.host.value;
}

START_TEST(pressure_rises_is_told_and_falls_asleep)
{
	struct event e;

	turn_to_records();
	pass(0, 0, 50);
	ck_assert_uint_eq(memory->due_ns, at_ns + 50000000);
	for (int i = 0; i < 20; i++)            /* 20 % of a second           */
		pass(50000000, 10000, 50);
	ck_assert_int_eq(level(), HOST_LEVEL_WARN);
	ck_assert_int_eq(next_level(), HOST_LEVEL_WARN);
	for (int i = 0; i < 20; i++)            /* 60 %                       */
		pass(50000000, 30000, 50);
	ck_assert_int_eq(level(), HOST_LEVEL_CRITICAL);
	ck_assert_int_eq(next_level(), HOST_LEVEL_CRITICAL);
	for (int i = 0; i < 20; i++)
		pass(50000000, 0, 50);
	ck_assert_int_eq(next_level(), HOST_LEVEL_WARN);
	ck_assert_int_eq(next_level(), HOST_LEVEL_NORMAL);
	ck_assert_uint_ne(memory->due_ns, UINT64_MAX);
	for (int i = 0; i < 40 && memory->due_ns != UINT64_MAX; i++)
		pass(50000000, 0, 50);
	ck_assert_uint_eq(memory->due_ns, UINT64_MAX);
	ck_assert_int_eq(os.sensor.next(os.sensor.self, 0, &e, 1), 0);
}
END_TEST

START_TEST(scarce_memory_is_pressure_even_if_nobody_waits)
{
	turn_to_records();
	pass(0, 0, 4);
	ck_assert_int_eq(next_level(), HOST_LEVEL_WARN);
	pass(50000000, 0, 1);
	ck_assert_int_eq(next_level(), HOST_LEVEL_CRITICAL);
	pass(50000000, 0, 60);
	ck_assert_int_eq(next_level(), HOST_LEVEL_NORMAL);
}
END_TEST

START_TEST(without_a_trigger_calm_is_looked_at_once_a_second)
{
	turn_to_records();
	memory->armed = false;
	for (int i = 0; i < 60; i++)
		pass(50000000, 0, 50);
	ck_assert_uint_eq(memory->due_ns, at_ns + SECOND_NS);
}
END_TEST

START_TEST(the_trigger_of_this_kernel_is_armed_only_for_those_who_ask)
{
	struct interest what = { .forks = true };

	ck_assert(!memory->armed);
	what.host = HOST_BIT(HOST_memory_pressure);
	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
	ck_assert(memory->armed);
	ck_assert_int_ge(fcntl(memory->trigger.fd, F_GETFD), 0);
	what.host = 0;
	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
	ck_assert(!memory->armed);
	ck_assert_uint_eq(memory->due_ns, UINT64_MAX);
}
END_TEST

static const struct {
	const char *files[8][2];
	bool        on_battery;
} machines[] = {
	{ { { NULL, NULL } }, false },
	{ { { "AC/type", "Mains\n" }, { "AC/online", "0\n" } }, false },
	{ { { "AC/type", "Mains\n" }, { "AC/online", "0\n" },
	    { "BAT0/type", "Battery\n" }, { "BAT0/status", "Discharging\n" } },
	  true },
	{ { { "AC/type", "Mains\n" }, { "AC/online", "1\n" },
	    { "BAT0/type", "Battery\n" }, { "BAT0/status", "Discharging\n" } },
	  false },
	{ { { "BAT0/type", "Battery\n" }, { "BAT0/status", "Full\n" } },
	  false },
	{ { { "BAT0/type", "Battery\n" }, { "BAT0/status", "Discharging\n" } },
	  true },
	{ { { "mouse/type", "Battery\n" }, { "mouse/scope", "Device\n" },
	    { "mouse/status", "Discharging\n" } }, false },
	{ { { "BAT0/type", "Battery\n" }, { "BAT0/status", "Discharging\n" },
	    { "ucsi/type", "USB\n" }, { "ucsi/online", "1\n" } }, false },
};

START_TEST(a_machine_without_mains_is_on_battery)
{
	for (int i = 0; i < 8 && machines[_i].files[i][0] != NULL; i++)
		write_file(machines[_i].files[i][0],
		           machines[_i].files[i][1]);
	ck_assert_int_eq(power_on_battery(folder), machines[_i].on_battery);
}
END_TEST

START_TEST(a_machine_without_that_folder_has_no_battery)
{
	ck_assert(!power_on_battery("/nowhere/power_supply"));
}
END_TEST

START_TEST(power_is_told_when_it_changed_since_it_was_asked_for)
{
	struct interest what = { .host = HOST_BIT(HOST_on_battery) };
	struct event    e;
	int64_t         value;

	in->host.devices.supplies = folder;
	ck_assert_int_eq(os.sensor.host(os.sensor.self, HOST_on_battery,
	                                &value), 0);
	ck_assert_int_eq(value, 0);
	write_file("BAT0/type", "Battery\n");
	write_file("BAT0/status", "Discharging\n");
	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
	ck_assert_int_eq(os.sensor.next(os.sensor.self, 0, &e, 1), 1);
	ck_assert_int_eq(e.kind, EVENT_HOST);
	ck_assert_int_eq(e.u.host.fact, HOST_on_battery);
	ck_assert_int_eq(e.u.host.value, 1);
}
END_TEST

static int policy_of_a_child(void)
{
	int   status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(sched_getscheduler(0) & ~SCHED_RESET_ON_FORK);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static uint64_t spent_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static void burn(uint64_t ns)
{
	uint64_t until = spent_ns() + ns;

	while (spent_ns() < until)
		;
}

static void urgent_setup(void)
{
	struct linux_options o;

	sets = interned_new();
	o = options_for_tests();
	o.fifo_priority = 3;
	o.fifo_window_ns = 20 * (int64_t)SECOND_NS;     /* 20 % of a second:  */
	o.fifo_budget = 100;                            /* 200 ms of 20 s     */
	sensor_begin(&o, false);
	in = os.sensor.self;
}

static void urgent_teardown(void)
{
	linux_close(&os);
	interned_free(sets);
}

static void call_next(void)
{
	struct event e[EVENTS_PER_STEP];

	ck_assert_int_ge(os.sensor.next(os.sensor.self, 0, e, EVENTS_PER_STEP),
	                 0);
}

START_TEST(the_event_thread_is_urgent_and_its_children_are_not)
{
	struct sched_param param;

	ck_assert_int_eq(sched_getscheduler(0), SCHED_FIFO | SCHED_RESET_ON_FORK);
	ck_assert_int_eq(sched_getparam(0, &param), 0);
	ck_assert_int_eq(param.sched_priority, 3);
	ck_assert_int_eq(policy_of_a_child(), SCHED_OTHER);
	linux_close(&os);
	ck_assert_int_eq(sched_getscheduler(0), SCHED_OTHER);
}
END_TEST

START_TEST(a_spent_budget_makes_it_ordinary_for_the_rest_of_the_window)
{
	call_next();
	ck_assert_int_eq(sched_getscheduler(0), SCHED_FIFO | SCHED_RESET_ON_FORK);
	burn(250000000);
	call_next();
	ck_assert_int_eq(sched_getscheduler(0), SCHED_OTHER | SCHED_RESET_ON_FORK);
	ck_assert_uint_eq(in->urgency.lowered, 1);
	ck_assert_int_eq(policy_of_a_child(), SCHED_OTHER);
	call_next();
	ck_assert_int_eq(sched_getscheduler(0), SCHED_OTHER | SCHED_RESET_ON_FORK);
	/* The same moment, once the window has passed. */
	urgency_account(&in->urgency, urgency_due_ns(&in->urgency));
	ck_assert_int_eq(sched_getscheduler(0), SCHED_FIFO | SCHED_RESET_ON_FORK);
	ck_assert_uint_eq(urgency_due_ns(&in->urgency), UINT64_MAX);
}
END_TEST

START_TEST(one_long_piece_of_work_is_not_forgiven)
{
	struct urgency *u = &in->urgency;
	uint64_t        begin = u->window_begin_ns;

	burn(300000000);        /* in one and a half windows                  */
	urgency_account(u, begin + u->window_ns * 3 / 2);
	ck_assert_int_eq(sched_getscheduler(0), SCHED_OTHER | SCHED_RESET_ON_FORK);
	ck_assert_uint_eq(urgency_due_ns(u), begin + u->window_ns * 5 / 2);
}
END_TEST

START_TEST(sleep_earns_its_budget)
{
	struct urgency *u = &in->urgency;

	burn(300000000);        /* in two windows                             */
	urgency_account(u, u->window_begin_ns + 2 * u->window_ns);
	ck_assert_int_eq(sched_getscheduler(0), SCHED_FIFO | SCHED_RESET_ON_FORK);
}
END_TEST

START_TEST(a_budget_spent_in_small_pieces_is_spent_too)
{
	for (int i = 0; i < 12; i++) {
		burn(20000000);
		call_next();
	}
	ck_assert_uint_eq(in->urgency.lowered, 1);
	ck_assert_int_eq(sched_getscheduler(0), SCHED_OTHER | SCHED_RESET_ON_FORK);
}
END_TEST

/* Else the CPU clock would be asked after each sleep. */
START_TEST(what_was_slept_is_not_taken_for_work)
{
	struct urgency *u = &in->urgency;
	uint64_t        begin = u->awake_since_ns, before = u->unasked_ns;

	urgency_awake(u, begin + 5 * SECOND_NS);
	urgency_account(u, begin + 5 * SECOND_NS + 1000000);
	ck_assert_uint_ge(u->unasked_ns, before + 1000000);
	ck_assert_uint_le(u->unasked_ns, before + 2000000);
}
END_TEST

static void add_host(TCase *t)
{
	tcase_add_test(t, stalled_time_is_read_as_the_kernel_writes_it);
	tcase_add_loop_test(t, what_is_no_pressure_file_is_refused, 0, 9);
	tcase_add_test(t, what_is_left_is_what_can_be_had_at_once);
	tcase_add_test(t, a_level_is_left_ten_percent_beyond_its_bound);
	tcase_add_test(t, pressure_rises_is_told_and_falls_asleep);
	tcase_add_test(t, scarce_memory_is_pressure_even_if_nobody_waits);
	tcase_add_test(t, without_a_trigger_calm_is_looked_at_once_a_second);
	tcase_add_test(t,
		the_trigger_of_this_kernel_is_armed_only_for_those_who_ask);
	tcase_add_loop_test(t, a_machine_without_mains_is_on_battery, 0,
	                    (int)(sizeof machines / sizeof *machines));
	tcase_add_test(t, a_machine_without_that_folder_has_no_battery);
	tcase_add_test(t, power_is_told_when_it_changed_since_it_was_asked_for);
}

int main(void)
{
	Suite *s = suite_create("os linux host");
	TCase *host = tcase_create("facts about the machine");
	TCase *urgent = tcase_create("urgency");

	tcase_add_checked_fixture(host, setup, recorded_teardown);
	tcase_set_timeout(host, 60);
	add_host(host);
	suite_add_tcase(s, host);

	tcase_add_checked_fixture(urgent, urgent_setup, urgent_teardown);
	tcase_set_timeout(urgent, 60);
	tcase_add_test(urgent,
		the_event_thread_is_urgent_and_its_children_are_not);
	tcase_add_test(urgent,
		a_spent_budget_makes_it_ordinary_for_the_rest_of_the_window);
	tcase_add_test(urgent, one_long_piece_of_work_is_not_forgiven);
	tcase_add_test(urgent, sleep_earns_its_budget);
	tcase_add_test(urgent, a_budget_spent_in_small_pieces_is_spent_too);
	tcase_add_test(urgent, what_was_slept_is_not_taken_for_work);
	suite_add_tcase(s, urgent);
	return run_suite(s);
}
