/* test_model_setting.c -- settings, and values as they are written. */

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "model/intent.h"
#include "sets.h"
#include "suite.h"

/* Of a real-time task, as setting.h packs them. */
#define TIMES(period, computation, constraint) \
	(INT64_C(period) << 42 | INT64_C(computation) << 21 | (constraint))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

START_TEST(a_setting_is_found_by_its_name)
{
	enum setting s;

	for (int i = 0; i < SETTING_COUNT; i++) {
		ck_assert_int_eq(setting_find(setting_rows[i].name, &s), 0);
		ck_assert_int_eq((int)s, i);
	}
	ck_assert_int_eq(setting_find("nic", &s), -ENOENT);
	ck_assert_str_eq(setting_nearest("nic"), "nice");
	ck_assert_str_eq(setting_nearest("autogroupnice"), "autogroup_nice");
	ck_assert_ptr_null(setting_nearest("banana"));
}
END_TEST

START_TEST(the_knobs_are_all_but_intents_and_parts)
{
	ck_assert(setting_intents() ==
	          (SETTING_BIT(SETTING_qos) | SETTING_BIT(SETTING_role) |
	           SETTING_BIT(SETTING_suppress) | SETTING_BIT(SETTING_io) |
	           SETTING_BIT(SETTING_precedence)));
	ck_assert(setting_knobs() ==
	          (SETTING_BIT(SETTING_COUNT) - 1 - setting_intents() -
	           SETTING_BIT(SETTING_rt_priority)));
}
END_TEST

START_TEST(a_value_is_read_as_it_is_written)
{
	static const struct {
		enum setting s;
		const char  *text;
		int          r;
		int64_t      value;
	} cases[] = {
		{ SETTING_nice, "-20", 0, -20 },
		{ SETTING_nice, "19", 0, 19 },
		{ SETTING_nice, "20", -ERANGE, 7 },
		{ SETTING_nice, "high", -EINVAL, 7 },
		{ SETTING_nice, "", -EINVAL, 7 },
		{ SETTING_nice, "untouched", 0, VALUE_UNTOUCHED },
		{ SETTING_sched, "idle", 0, 0 },
		{ SETTING_sched, "batch", 0, 1 },
		{ SETTING_sched, "other", 0, 2 },
		{ SETTING_sched, "rr:5", 0, 3 | 5 << 8 },
		{ SETTING_sched, "fifo:10", 0, 4 | 10 << 8 },
		{ SETTING_sched, "fifo", 0, 4 | 1 << 8 },
		{ SETTING_sched, "fifo:10+reset_on_fork", 0,
		  4 | 10 << 8 | 1 << 16 },
		{ SETTING_sched, "other+reset_on_fork", 0, 2 | 1 << 16 },
		{ SETTING_sched, "fifo:0", -ERANGE, 7 },
		{ SETTING_sched, "fifo:100", -ERANGE, 7 },
		{ SETTING_sched, "fifo:-1", -ERANGE, 7 },
		{ SETTING_sched, "fifo:", -EINVAL, 7 },
		{ SETTING_sched, "fifo:10+", -EINVAL, 7 },
		{ SETTING_sched, "fifo:10+reset_on_forks", -EINVAL, 7 },
		{ SETTING_sched, "other:0", -EINVAL, 7 },
		{ SETTING_sched, "deadline", -EINVAL, 7 },
		{ SETTING_sched, "realtime", -EINVAL, 7 },
		{ SETTING_sched, "", -EINVAL, 7 },
		{ SETTING_sched, "fifo:0000000000000000000000000000000010",
		  -EINVAL, 7 },
		{ SETTING_rt_priority, "99", 0, 99 },
		{ SETTING_rt_priority, "0", -ERANGE, 7 },
		{ SETTING_ionice, "none", 0, -1 },
		{ SETTING_ionice, "idle", 0, 0 },
		{ SETTING_ionice, "best-effort:7", 0, 8 },
		{ SETTING_ionice, "best-effort", 0, 11 },
		{ SETTING_ionice, "best-effort:0", 0, 15 },
		{ SETTING_ionice, "realtime:7", 0, 16 },
		{ SETTING_ionice, "realtime:0", 0, 23 },
		{ SETTING_ionice, "best-effort:8", -ERANGE, 7 },
		{ SETTING_ionice, "idle:1", -EINVAL, 7 },
		{ SETTING_ionice, "none:0", -EINVAL, 7 },
		{ SETTING_ionice, "4", -EINVAL, 7 },
		{ SETTING_qos, "background", 0, QOS_BACKGROUND },
		{ SETTING_qos, "user-interactive", 0, QOS_USER_INTERACTIVE },
		{ SETTING_qos, "fast", -EINVAL, 7 },
		{ SETTING_timer_slack, "50us", 0, 50000 },
		{ SETTING_timer_slack, "1s", 0, SLACK_HIGH },
		{ SETTING_timer_slack, "2s", -ERANGE, 7 },
		{ SETTING_timer_slack, "0ns", -ERANGE, 7 },
		{ SETTING_timer_slack, "50", -EINVAL, 7 },
		{ SETTING_oom_score_adj, "-1000", 0, -1000 },
		{ SETTING_oom_score_adj, "1001", -ERANGE, 7 },
		/* without a store nothing interned can be read */
		{ SETTING_affinity, "0-3,8", -EINVAL, 7 },
		{ SETTING_pool, "build", -EINVAL, 7 },
		{ SETTING_io, "passive", 0, IO_PASSIVE },
		{ SETTING_io, "important", 0, IO_IMPORTANT },
		{ SETTING_io, "Important", -EINVAL, 7 },
		{ SETTING_role, "foreground", 0, ROLE_FOREGROUND },
		{ SETTING_role, "utility", -EINVAL, 7 },
		{ SETTING_suppress, "true", 0, 1 },
		{ SETTING_freeze, "false", 0, 0 },
		{ SETTING_freeze, "1", -EINVAL, 7 },
		{ SETTING_precedence, "-15", 0, -15 },
		{ SETTING_precedence, "16", -ERANGE, 7 },
		{ SETTING_realtime, "5ms/1ms/4ms", 0,
		  TIMES(5000, 1000, 4000) },
		{ SETTING_realtime, "2s/2s/2s", 0,
		  TIMES(2000000, 2000000, 2000000) },
		{ SETTING_realtime, "1us/1us/1us", 0, TIMES(1, 1, 1) },
		{ SETTING_realtime, "2.1s/1ms/4ms", -ERANGE, 7 },
		{ SETTING_realtime, "5ms/0s/4ms", -ERANGE, 7 },
		{ SETTING_realtime, "5ms/4ms/1ms", -ERANGE, 7 },
		{ SETTING_realtime, "4ms/1ms/5ms", -ERANGE, 7 },
		{ SETTING_realtime, "1h/1h/1h", -ERANGE, 7 },
		{ SETTING_realtime, "5ms/1ms", -EINVAL, 7 },
		{ SETTING_realtime, "5ms/1ms/4ms/3ms", -EINVAL, 7 },
		{ SETTING_realtime, "5ms/500ns/4ms", -EINVAL, 7 },
		{ SETTING_cpu_limit, "50%", 0, 50 },
		{ SETTING_cpu_limit, "150%", 0, 150 },
		{ SETTING_cpu_limit, "6 cores", 0, 600 },
		{ SETTING_cpu_limit, "75% of host", 0, SHARE_OF_HOST | 75 },
		{ SETTING_cpu_limit, "100% of host", 0, SHARE_HIGH },
		{ SETTING_cpu_limit, "101% of host", -ERANGE, 7 },
		{ SETTING_cpu_limit, "0% of host", -ERANGE, 7 },
		{ SETTING_cpu_limit, "0%", -ERANGE, 7 },
		{ SETTING_cpu_limit, "4096 cores", 0, SHARE_CORES_HIGH },
		{ SETTING_cpu_limit, "4097 cores", -ERANGE, 7 },
		{ SETTING_cpu_limit, "50000000 cores", -ERANGE, 7 },
		{ SETTING_cpu_limit, "6", -EINVAL, 7 },
		{ SETTING_uclamp_min, "0%", 0, 0 },
		{ SETTING_uclamp_max, "100%", 0, 100 },
		{ SETTING_uclamp_max, "101%", -ERANGE, 7 },
		{ SETTING_uclamp_max, "0.5%", -EINVAL, 7 },
		{ SETTING_memory_high, "2GiB", 0, INT64_C(2) << 30 },
		{ SETTING_memory_high, "0B", -ERANGE, 7 },
		{ SETTING_memory_low, "0B", 0, 0 },
		{ SETTING_swap, "1024TiB", 0, SIZE_HIGH },
		{ SETTING_swap, "1025TiB", -ERANGE, 7 },
		{ SETTING_slice, "99us", -ERANGE, 7 },
		{ SETTING_cpu_time, "60s", 0, INT64_C(60000000000) },
		{ SETTING_cpu_time, "999ms", -ERANGE, 7 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t value = 7;
		int     r = setting_parse(cases[i].s, cases[i].text, NULL,
		                          &value);

		ck_assert_msg(r == cases[i].r, "'%s': %d", cases[i].text, r);
		ck_assert_int_eq(value, cases[i].value);
	}
}
END_TEST

/* Printed, read back, and printed as before; how many values there were. */
static int round_trips(enum setting s, int64_t low, int64_t high, int64_t step)
{
	int n = 0;

	for (int64_t v = low; v <= high; v += step) {
		char    text[VALUE_TEXT_MAX];
		int64_t back = v + 1;

		if (!setting_valid(s, v))
			continue;
		n++;
		setting_print(s, v, sets, text, sizeof(text));
		if (setting_parse(s, text, sets, &back) != 0 || back != v)
			ck_abort_msg("%s %lld: '%s' is %lld",
			             setting_rows[s].name,
			             (long long)v, text, (long long)back);
	}
	return n;
}

START_TEST(every_valid_value_survives_being_written_and_read)
{
	char list[32];

	for (int cpu = 0; cpu < 300; cpu++) {
		snprintf(list, sizeof(list), "%d,%d-%d", cpu % 7, cpu, 2 * cpu);
		ck_assert_int_ge(cpus(list), 0);
	}
	ck_assert_int_eq(round_trips(SETTING_qos, -2, 7, 1), 5);
	ck_assert_int_eq(round_trips(SETTING_nice, -25, 25, 1), 40);
	ck_assert_int_eq(round_trips(SETTING_rt_priority, -1, 120, 1), 99);
	ck_assert_int_eq(round_trips(SETTING_autogroup_nice, -25, 25, 1), 40);
	ck_assert_int_eq(round_trips(SETTING_ionice, -3, 30, 1), 18);
	ck_assert_int_eq(round_trips(SETTING_oom_score_adj, -1100, 1100, 1),
	                 2001);
	/* three classes without a priority, two with 99; each twice */
	ck_assert_int_eq(round_trips(SETTING_sched, -5, SCHED_HIGH + 9, 1),
	                 402);
	ck_assert_int_gt(round_trips(SETTING_affinity, 0, 250, 1), 200);
	ck_assert_int_gt(round_trips(SETTING_timer_slack, 1, SLACK_HIGH, 99991),
	                 10000);
	ck_assert_int_gt(round_trips(SETTING_timer_slack, 50000, SLACK_HIGH,
	                             50000),
	                 10000);
	ck_assert_int_eq(round_trips(SETTING_role, -2, 5, 1), 3);
	ck_assert_int_eq(round_trips(SETTING_io, -2, 7, 1), 5);
	ck_assert_int_eq(round_trips(SETTING_freeze, -2, 3, 1), 2);
	ck_assert_int_eq(round_trips(SETTING_precedence, -20, 20, 1), 31);
	ck_assert_int_eq(round_trips(SETTING_uclamp_min, -5, 120, 1), 101);
	ck_assert_int_eq(round_trips(SETTING_weight, -5, 10010, 1), 10000);
	ck_assert_int_eq(round_trips(SETTING_cpu_limit, -5,
	                             SHARE_CORES_HIGH + 9, 7), 58515);
	ck_assert_int_eq(round_trips(SETTING_cpu_limit, SHARE_OF_HOST - 5,
	                             SHARE_HIGH + 9, 1), 100);
	ck_assert_int_gt(round_trips(SETTING_memory_high, -1, SIZE_HIGH,
	                             INT64_C(104729) << 20), 10000);
	ck_assert_int_gt(round_trips(SETTING_cpu_time, 0, CPU_TIME_HIGH,
	                             INT64_C(3600000000000)), 8000);
	ck_assert_int_eq(round_trips(SETTING_realtime,
	                             realtime_value(900, 0, 0),
	                             realtime_value(900, 2, 1000), 1), 1799);
	for (int s = 0; s < SETTING_COUNT; s++)
		ck_assert_int_eq(round_trips((enum setting)s, VALUE_UNTOUCHED,
		                             VALUE_UNTOUCHED, 1), 1);
}
END_TEST

START_TEST(what_cannot_be_wanted_can_still_be_shown)
{
	char out[VALUE_TEXT_MAX];

	ck_assert_str_eq(setting_print(SETTING_cpu_time, VALUE_UNLIMITED,
	                               NULL, out, sizeof(out)), "none");
	ck_assert_str_eq(setting_print(SETTING_sched,
	                               sched_value(SCHED_CLASS_DEADLINE, 0),
	                               NULL, out, sizeof(out)), "deadline");
	ck_assert_str_eq(setting_print(SETTING_sched, 77, NULL, out,
	                               sizeof(out)),
	                 "77");
	ck_assert_str_eq(setting_print(SETTING_ionice, 3, NULL, out,
	                               sizeof(out)),
	                 "3");
	ck_assert_str_eq(setting_print(SETTING_qos, -1, NULL, out, sizeof(out)),
	                 "-1");
	ck_assert_str_eq(setting_print(SETTING_affinity, 5, sets, out,
	                               sizeof(out)), "5");
	ck_assert_str_eq(setting_print(SETTING_qos, 4, NULL, out, 5), "user");
}
END_TEST

START_TEST(a_value_is_written_the_shortest_way)
{
	static const struct {
		enum setting s;
		const char  *from, *to;
	} cases[] = {
		{ SETTING_cpu_limit, "100%", "1 core" },
		{ SETTING_cpu_limit, "2.5 cores", "250%" },
		{ SETTING_memory_high, "2048MiB", "2GiB" },
		{ SETTING_swap, "0GiB", "0B" },
		{ SETTING_realtime, "5000us/0.001s/4ms", "5ms/1ms/4ms" },
		{ SETTING_cpu_time, "120s", "2min" },
		{ SETTING_affinity, "3,2,1,0", "0-3" },
		{ SETTING_cpuset, "llc:10,llc:2,efficiency,performance",
		  "performance,efficiency,llc:2,llc:10" },
		{ SETTING_pool, "Build-2.x_y", "Build-2.x_y" },
	};
	char    out[VALUE_TEXT_MAX];
	int64_t value;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(setting_parse(cases[i].s, cases[i].from, sets,
		                               &value), 0);
		ck_assert(setting_valid(cases[i].s, value));
		ck_assert_str_eq(setting_print(cases[i].s, value, sets, out,
		                               sizeof(out)), cases[i].to);
	}
}
END_TEST

START_TEST(only_actions_cannot_be_undone)
{
	for (int s = 0; s < SETTING_COUNT; s++)
		ck_assert_int_eq(setting_rows[s].undoable, s != SETTING_reclaim);
}
END_TEST

START_TEST(a_setting_says_what_it_takes)
{
	static const struct {
		enum setting s;
		const char  *text;
	} cases[] = {
		{ SETTING_nice, "-20 to 19" },
		{ SETTING_rt_priority, "1 to 99" },
		{ SETTING_sched, "idle, batch, other, rr, fifo" },
		{ SETTING_ionice, "none, idle, best-effort:0-7, realtime:0-7" },
		{ SETTING_timer_slack, "1ns to 1s" },
		{ SETTING_qos, "background, utility, default, user-initiated, "
		               "user-interactive" },
		{ SETTING_freeze, "true or false" },
		{ SETTING_realtime, "period, computation and constraint, with "
		                    "computation <= constraint <= period <= "
		                    "2s" },
		{ SETTING_cpu_limit, "a share such as \"50%\" of one core, "
		                     "\"6 cores\" or \"75% of host\"" },
		{ SETTING_uclamp_min, "\"0%\" to \"100%\"" },
		{ SETTING_memory_high, "1B to 1024TiB" },
		{ SETTING_pool, "a name of up to 64 letters, digits, dots, "
		                "dashes and underscores that begins with a "
		                "letter" },
		{ SETTING_affinity, "a list of CPUs such as \"0-3,8\", or of "
		                    "performance, efficiency and llc:N" },
	};
	char out[VALUE_TEXT_MAX], little[4];

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(setting_takes(cases[i].s, out, sizeof(out)),
		                 cases[i].text);
	for (int s = 0; s < SETTING_COUNT; s++)
		ck_assert_uint_lt(strlen(setting_takes((enum setting)s, little,
		                                       sizeof(little))), 4);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_setting_is_found_by_its_name,
		the_knobs_are_all_but_intents_and_parts,
		a_value_is_read_as_it_is_written,
		every_valid_value_survives_being_written_and_read,
		what_cannot_be_wanted_can_still_be_shown,
		a_value_is_written_the_shortest_way,
		only_actions_cannot_be_undone,
		a_setting_says_what_it_takes,
	};

	return run_between("model setting", tests, sizeof tests / sizeof *tests,
	                   sets_up, sets_down);
}
