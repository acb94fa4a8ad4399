/* test_engine_stall.c -- how long a step took, and with what, is told. */

#include "stall.h"
#include "suite.h"

#define US UINT64_C(1000)

static uint64_t      clock_now, cpu_now, woken;
static unsigned      cpu_reads;
static struct stalls stalls;

static uint64_t now_ns(void *self)
{
	(void)self;
	return clock_now;
}

static uint64_t cpu_ns(void *self)
{
	(void)self;
	cpu_reads++;
	return cpu_now;
}

static uint64_t woken_ns(void *self)
{
	(void)self;
	return woken;
}

static struct sensor clocks = { .now_ns = now_ns, .cpu_ns = cpu_ns,
	                        .woken_ns = woken_ns };

static void begin(void)
{
	clock_now = woken = 1000000 * US;
	cpu_now = 500 * US;
	cpu_reads = 0;
	stalls = (struct stalls){ .rounds = 0 };
}

/* In a phase by the clock, and of the CPU. */
static void spend(enum phase p, uint64_t clock, uint64_t cpu)
{
	enum phase before = stall_enter(&stalls, &clocks, p);

	clock_now += clock;
	cpu_now += cpu;
	stall_enter(&stalls, &clocks, before);
}

static void step(enum phase p, uint64_t clock, uint64_t cpu)
{
	woken = clock_now;
	stall_begin(&stalls, &clocks, true);
	spend(p, clock, cpu);
	stall_end(&stalls, &clocks);
}

START_TEST(the_longest_step_tells_what_took_the_most_of_it)
{
	woken = clock_now;
	stall_begin(&stalls, &clocks, true);
	spend(PHASE_DECIDING, 100 * US, 100 * US);
	spend(PHASE_APPLYING, 300 * US, 200 * US);
	spend(PHASE_DECIDING, 100 * US, 100 * US);
	stall_end(&stalls, &clocks);
	step(PHASE_JOURNAL, 400 * US, 10 * US);
	ck_assert_uint_eq(stalls.longest.ns, 500 * US);
	ck_assert_int_eq(stalls.longest.most, PHASE_APPLYING);
	ck_assert_uint_eq(stalls.longest.most_ns, 300 * US);
	ck_assert_uint_eq(stalls.longest_ns[PHASE_DECIDING], 200 * US);
	ck_assert_uint_eq(stalls.longest_ns[PHASE_JOURNAL], 400 * US);
	ck_assert_uint_eq(stalls.busy_ns, 900 * US);
}
END_TEST

/* Deciding calls for applying, and goes on then. */
START_TEST(what_is_done_inside_something_else_is_not_counted_twice)
{
	enum phase before;

	stall_begin(&stalls, &clocks, true);
	before = stall_enter(&stalls, &clocks, PHASE_DECIDING);
	clock_now += 10 * US;
	spend(PHASE_APPLYING, 30 * US, 0);
	clock_now += 5 * US;
	stall_enter(&stalls, &clocks, before);
	stall_end(&stalls, &clocks);
	ck_assert_uint_eq(stalls.longest_ns[PHASE_DECIDING], 15 * US);
	ck_assert_uint_eq(stalls.longest_ns[PHASE_APPLYING], 30 * US);
}
END_TEST

START_TEST(what_the_clock_calls_long_may_have_used_little)
{
	step(PHASE_EVENTS, 9000 * US, 200 * US);
	clock_now += 50000 * US;
	step(PHASE_SWAPPING, 1500 * US, 1400 * US);
	ck_assert_uint_eq(stalls.longest.ns, 9000 * US);
	ck_assert_uint_eq(stalls.dearest.cpu_ns, 1400 * US);
	ck_assert_uint_eq(stalls.dearest.ns, 1500 * US);
	ck_assert_int_eq(stalls.dearest.most, PHASE_SWAPPING);
	ck_assert_uint_eq(stalls.past, 2);
	ck_assert_uint_eq(stalls.past_cpu, 1);
}
END_TEST

/* Nine short ones, then a long one. */
START_TEST(the_cpu_clock_is_read_once_in_a_tenth_of_a_millisecond)
{
	for (int i = 0; i < 9; i++)
		step(PHASE_EVENTS, 10 * US, 10 * US);
	ck_assert_uint_eq(cpu_reads, 0);
	step(PHASE_EVENTS, 10 * US, 10 * US);
	ck_assert_uint_eq(cpu_reads, 1);
	for (int i = 0; i < 9; i++)
		step(PHASE_EVENTS, 10 * US, 10 * US);
	step(PHASE_EVENTS, 800 * US, 700 * US);
	ck_assert_uint_eq(cpu_reads, 2);
	ck_assert_uint_eq(stalls.dearest.cpu_ns, 790 * US);
}
END_TEST

START_TEST(no_step_used_more_than_it_took)
{
	cpu_now += 70000 * US;
	step(PHASE_EVENTS, 200 * US, 20 * US);
	ck_assert_uint_eq(stalls.dearest.cpu_ns, 200 * US);
}
END_TEST

START_TEST(a_step_begins_where_the_wait_was_over)
{
	woken = clock_now;
	clock_now += 40 * US;
	stall_begin(&stalls, &clocks, true);
	spend(PHASE_EVENTS, 10 * US, 0);
	stall_end(&stalls, &clocks);
	ck_assert_uint_eq(stalls.longest.ns, 50 * US);
	ck_assert_int_eq(stalls.longest.most, PHASE_READING);
}
END_TEST

/* Who waits for a CPU meanwhile, or listens to others, decides no slower. */
START_TEST(deciding_is_counted_by_what_it_used_of_the_cpu)
{
	step(PHASE_DECIDING, 30 * US, 30 * US);
	ck_assert_uint_eq(stalls.deciding_ns, 30 * US);
	step(PHASE_CONTROL, 5000 * US, 5000 * US);
	ck_assert_uint_eq(stalls.deciding_ns, 30 * US);
	step(PHASE_DECIDING, 5000 * US, 200 * US);
	ck_assert_uint_eq(stalls.deciding_ns, 230 * US);
	step(PHASE_DECIDING, 400 * US, 400 * US);
	ck_assert_uint_eq(stalls.deciding_ns, 630 * US);
}
END_TEST

START_TEST(where_no_cpu_clock_is_none_is_told_of)
{
	struct sensor bare = { .now_ns = now_ns };

	stall_begin(&stalls, &bare, true);
	clock_now += 2000 * US;
	stall_end(&stalls, &bare);
	ck_assert_uint_eq(stalls.longest.ns, 2000 * US);
	ck_assert_uint_eq(stalls.past_cpu, 0);
}
END_TEST

START_TEST(every_phase_has_a_name)
{
	for (int p = 0; p < PHASES; p++)
		ck_assert_ptr_nonnull(phase_name((enum phase)p));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: how long steps take");
	TCase *t = tcase_create("stall");

	tcase_add_checked_fixture(t, begin, NULL);
	tcase_add_test(t, the_longest_step_tells_what_took_the_most_of_it);
	tcase_add_test(t,
	    what_is_done_inside_something_else_is_not_counted_twice);
	tcase_add_test(t, what_the_clock_calls_long_may_have_used_little);
	tcase_add_test(t, deciding_is_counted_by_what_it_used_of_the_cpu);
	tcase_add_test(t,
	    the_cpu_clock_is_read_once_in_a_tenth_of_a_millisecond);
	tcase_add_test(t, no_step_used_more_than_it_took);
	tcase_add_test(t, a_step_begins_where_the_wait_was_over);
	tcase_add_test(t, where_no_cpu_clock_is_none_is_told_of);
	tcase_add_test(t, every_phase_has_a_name);
	suite_add_tcase(s, t);
	return run_suite(s);
}
