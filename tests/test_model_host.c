/* test_model_host.c -- facts about the machine: how they are written, and which
 * changes of them matter. */

#include <errno.h>

#include "model/host_bounds.h"

#include "suite.h"

#define COUNT(array) (sizeof (array) / sizeof *(array))

static const struct {
	enum host_fact fact;
	const char    *text;
	int64_t        value;
	const char    *again;           /* NULL: as it was written            */
} host_values[] = {
	{ HOST_memory_pressure, "warn",     HOST_LEVEL_WARN, NULL },
	{ HOST_io_pressure,     "critical", HOST_LEVEL_CRITICAL, NULL },
	{ HOST_on_battery,      "false",    0,    NULL },
	{ HOST_memory_stall,    "0%",       0,    NULL },
	{ HOST_cpu,             "70%",      70,   NULL },
	{ HOST_cpu,             "70.0%",    70,   "70%" },
	{ HOST_load,            "1.5",      150,  "1.50" },
	{ HOST_load,            "12",       1200, "12.00" },
	{ HOST_cores,           "16",       16,   NULL },
	{ HOST_os,              "linux",    HOST_OS_LINUX, NULL },
	{ HOST_os,              "darwin",   HOST_OS_DARWIN, NULL },
	{ HOST_time,            "22:00",    1320, NULL },
	{ HOST_time,            "7:05",     425,  "07:05" },
	{ HOST_time,            "00:00",    0,    NULL },
	{ HOST_time,            "23:59",    1439, NULL },
	{ HOST_weekday,         "monday",   0,    NULL },
	{ HOST_weekday,         "sun",      6,    "sunday" },
	{ HOST_idle,            "10min",    INT64_C(600000000000), "600s" },
};

START_TEST(a_host_fact_is_read_and_printed_as_the_language_writes_it)
{
	const char *again = host_values[_i].again;
	char        out[VALUE_TEXT_MAX];
	int64_t     value = -7;

	ck_assert_int_eq(host_parse(host_values[_i].fact, host_values[_i].text,
	                            &value), 0);
	ck_assert_int_eq(value, host_values[_i].value);
	ck_assert_str_eq(host_print(host_values[_i].fact, value, out,
	                            sizeof out),
	                 again != NULL ? again : host_values[_i].text);
}
END_TEST

static const struct {
	enum host_fact fact;
	const char    *text;
} no_host_values[] = {
	{ HOST_cpu, "70" }, { HOST_cpu, "70.5%" }, { HOST_cpu, "-1%" },
	{ HOST_load, "1.555" }, { HOST_load, "1,5" }, { HOST_load, "" },
	{ HOST_cores, "4.0" }, { HOST_os, "Linux" }, { HOST_os, "monday" },
	{ HOST_time, "24:00" }, { HOST_time, "12:60" }, { HOST_time, "7:5" },
	{ HOST_time, "007:05" }, { HOST_time, ":30" }, { HOST_time, "12:+5" },
	{ HOST_time, "12:00 " }, { HOST_time, "12" }, { HOST_time, "-1:00" },
	{ HOST_weekday, "mo" }, { HOST_weekday, "mond" }, { HOST_weekday, "" },
	{ HOST_idle, "10" }, { HOST_running, "game" },
};

START_TEST(what_is_no_value_of_a_host_fact_is_refused)
{
	int64_t value = -7;

	ck_assert_int_eq(host_parse(no_host_values[_i].fact,
	                            no_host_values[_i].text, &value), -EINVAL);
	ck_assert_int_eq(value, -7);
}
END_TEST

START_TEST(a_host_fact_is_rounded_down_to_its_step)
{
	ck_assert_int_eq(host_in_step(HOST_cpu, 74), 70);
	ck_assert_int_eq(host_in_step(HOST_cpu, 75), 75);
	ck_assert_int_eq(host_in_step(HOST_cpu, 0), 0);
	ck_assert_int_eq(host_in_step(HOST_cpu, -1), -5);
	ck_assert_int_eq(host_in_step(HOST_time, 1439), 1439);
	for (int f = 0; f < HOST_COUNT; f++)
		ck_assert_int_gt(host_rows[f].step, 0);
}
END_TEST

START_TEST(host_facts_are_written_in_words)
{
	char           out[VALUE_TEXT_MAX];
	int64_t        value = 9;
	enum host_fact f;

	ck_assert_int_eq(host_find("on_battery", &f), 0);
	ck_assert_int_eq(f, HOST_on_battery);
	ck_assert_int_eq(host_find("battery", &f), -ENOENT);
	ck_assert_str_eq(host_nearest("memory_presure"), "memory_pressure");
	ck_assert_int_eq(host_parse(HOST_on_battery, "true", &value), 0);
	ck_assert_int_eq(value, 1);
	ck_assert_int_eq(host_parse(HOST_memory_pressure, "critical", &value),
	                 0);
	ck_assert_int_eq(value, HOST_LEVEL_CRITICAL);
	ck_assert_int_eq(host_parse(HOST_memory_pressure, "true", &value),
	                 -EINVAL);
	ck_assert_int_eq(value, HOST_LEVEL_CRITICAL);
	ck_assert_str_eq(host_print(HOST_on_battery, 2, out, sizeof out), "?");
	ck_assert_str_eq(host_print(HOST_on_battery, -1, out, sizeof out), "?");
	ck_assert_str_eq(host_print(HOST_cpu, -1, out, sizeof out), "?");
	ck_assert_str_eq(host_level_name(HOST_LEVEL_NORMAL), "normal");
}
END_TEST

/* What is asked of one fact, and whether a change from one value to another is
 * news to who asks. */
static const struct {
	enum host_fact fact;
	int64_t        low, high, before, now;
	bool           told;
} changes[] = {
	{ HOST_cpu,     70, INT64_MAX,   69,   70, true },
	{ HOST_cpu,     70, INT64_MAX,   70,   69, true },
	{ HOST_cpu,     70, INT64_MAX,   70,   99, false },
	{ HOST_cpu,     70, INT64_MAX,    0,   69, false },
	{ HOST_cpu,     70, INT64_MAX,    0,  100, true },
	{ HOST_cpu,     INT64_MIN, 30,   30,   31, true },
	{ HOST_cpu,     INT64_MIN, 30,   29,   30, false },
	{ HOST_cpu,     40, 60,          30,   70, true },
	{ HOST_cpu,     40, 60,          40,   60, false },
	{ HOST_cpu,     40, 60,          60,   61, true },
	{ HOST_time,    600, 659,       599,  600, true },
	{ HOST_time,    600, 659,       600,  659, false },
	{ HOST_time,    600, 659,       659,  660, true },
	{ HOST_time,    600, 659,       660,  599, false },
	{ HOST_time,    600, 659,       660,  600, true },
	{ HOST_time,    600, 659,       620,  610, true },
	{ HOST_time,    1320, 359,     1439,    0, false },
	{ HOST_time,    1320, 359,     1319, 1320, true },
	{ HOST_time,    1320, 359,      359,  360, true },
	{ HOST_time,    1320, 1439,    1439,    0, true },
	{ HOST_time,    1321, INT64_MAX, 1439,  0, true },
	{ HOST_time,    INT64_MIN, 359, 1439,   0, true },
	{ HOST_time,    INT64_MIN, INT64_MAX, 1439, 0, false },
	{ HOST_time,    0, 1439,       1439,    0, false },
	{ HOST_weekday, 5, 6,             4,    5, true },
	{ HOST_weekday, 5, 6,             5,    6, false },
	{ HOST_weekday, 5, 6,             6,    0, true },
	{ HOST_weekday, 5, 6,             0,    4, false },
};

START_TEST(a_change_is_news_to_a_match_when_it_passes_a_bound)
{
	struct host_bounds b = { .in_steps = false };

	host_bounds_add(&b, changes[_i].fact, changes[_i].low,
	                changes[_i].high);
	ck_assert_int_eq(host_bounds_passed(&b, changes[_i].fact,
	                                    changes[_i].before,
	                                    changes[_i].now),
	                 changes[_i].told);
}
END_TEST

/* Told at every change that turns the match, whatever the range: by brute
 * force, over the whole day. */
START_TEST(no_turn_of_a_match_on_the_time_is_missed)
{
	for (int64_t low = 0; low < HOST_DAY_MINUTES; low += 97)
		for (int64_t high = 1; high < HOST_DAY_MINUTES; high += 89) {
			struct host_bounds b = { .in_steps = false };
			int64_t            turns = 0, told = 0;

			host_bounds_add(&b, HOST_time, low, high);
			for (int64_t t = 0; t < HOST_DAY_MINUTES; t++) {
				int64_t next = (t + 1) % HOST_DAY_MINUTES;
				bool    is = low <= high ?
				             low <= t && t <= high :
				             low <= t || t <= high;
				bool    will = low <= high ?
				             low <= next && next <= high :
				             low <= next || next <= high;

				turns += is != will;
				told += host_bounds_passed(&b, HOST_time, t,
				                           next);
				ck_assert(is == will ||
				          host_bounds_ahead(&b, HOST_time,
				                            t) == 1);
			}
			ck_assert_int_eq(turns, told);
		}
}
END_TEST

START_TEST(a_function_is_told_of_each_step)
{
	struct host_bounds b = { .in_steps = true };

	ck_assert(!host_bounds_passed(&b, HOST_cpu, 70, 74));
	ck_assert(host_bounds_passed(&b, HOST_cpu, 74, 75));
	ck_assert(host_bounds_passed(&b, HOST_cpu, 70, 69));
	ck_assert(!host_bounds_passed(&b, HOST_load, 100, 109));
	ck_assert(host_bounds_passed(&b, HOST_time, 10, 11));
	ck_assert_int_eq(host_bounds_ahead(&b, HOST_time, 1439), 1);
	host_bounds_add(&b, HOST_cpu, 73, INT64_MAX);
	ck_assert(host_bounds_passed(&b, HOST_cpu, 72, 73));
}
END_TEST

START_TEST(what_nobody_asks_for_is_no_news)
{
	struct host_bounds b = { .in_steps = false };

	ck_assert(!host_bounds_passed(&b, HOST_cpu, 0, 100));
	ck_assert(!host_bounds_passed(&b, HOST_time, 0, 700));
	ck_assert_int_eq(host_bounds_ahead(&b, HOST_time, 0), 0);
	ck_assert_int_eq(host_bounds_ahead(&b, HOST_weekday, 6), 0);
}
END_TEST

START_TEST(the_way_to_the_next_bound_leads_over_midnight)
{
	struct host_bounds b = { .in_steps = false };

	host_bounds_add(&b, HOST_time, 1320, 359);
	ck_assert_int_eq(host_bounds_ahead(&b, HOST_time, 1319), 1);
	ck_assert_int_eq(host_bounds_ahead(&b, HOST_time, 1320), 480);
	ck_assert_int_eq(host_bounds_ahead(&b, HOST_time, 0), 360);
	ck_assert_int_eq(host_bounds_ahead(&b, HOST_time, 360), 960);
}
END_TEST

START_TEST(past_the_bound_of_bounds_each_change_is_told_and_it_is_counted)
{
	struct host_bounds b = { .in_steps = false };

	for (int i = 0; i < HOST_BOUNDS_MAX; i++)
		host_bounds_add(&b, HOST_cores, 1000 - 10 * i, INT64_MAX);
	host_bounds_add(&b, HOST_cores, 1000, INT64_MAX);       /* known      */
	ck_assert_uint_eq(b.count, HOST_BOUNDS_MAX);
	ck_assert_uint_eq(b.refused, 0);
	for (int i = 1; i < HOST_BOUNDS_MAX; i++)
		ck_assert_int_lt(b.at[i - 1], b.at[i]);
	ck_assert(!host_bounds_passed(&b, HOST_cores, 1, 2));
	host_bounds_add(&b, HOST_cores, 3, INT64_MAX);
	ck_assert_uint_eq(b.refused, 1);
	ck_assert(host_bounds_passed(&b, HOST_cores, 1, 2));
	ck_assert(host_bounds_passed(&b, HOST_cores, 2, 3));
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("facts about the machine");

	tcase_add_test(all, host_facts_are_written_in_words);
	tcase_add_loop_test(all,
		a_host_fact_is_read_and_printed_as_the_language_writes_it,
		0, (int)COUNT(host_values));
	tcase_add_loop_test(all, what_is_no_value_of_a_host_fact_is_refused,
	                    0, (int)COUNT(no_host_values));
	tcase_add_test(all, a_host_fact_is_rounded_down_to_its_step);
	tcase_add_loop_test(all,
		a_change_is_news_to_a_match_when_it_passes_a_bound, 0,
		(int)COUNT(changes));
	tcase_add_test(all, no_turn_of_a_match_on_the_time_is_missed);
	tcase_add_test(all, a_function_is_told_of_each_step);
	tcase_add_test(all, what_nobody_asks_for_is_no_news);
	tcase_add_test(all, the_way_to_the_next_bound_leads_over_midnight);
	tcase_add_test(all,
		past_the_bound_of_bounds_each_change_is_told_and_it_is_counted);
	return run_case(all, "model host");
}
