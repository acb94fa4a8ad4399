/* test_limit.c -- how often values may change. */


#include "base/limits.h"
#include "limit/limit.h"

#include "suite.h"

#define MS     UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)
#define NICE   SETTING_BIT(SETTING_nice)
#define SCHED  SETTING_BIT(SETTING_sched)

static struct limiter *limiter;
static uint32_t        rules[SETTING_COUNT];

static void begin(struct limit_rates rates)
{
	limiter = limiter_new(&rates);
	ck_assert_ptr_nonnull(limiter);
	for (int s = 0; s < SETTING_COUNT; s++)
		rules[s] = 1;
}

static void end(void)
{
	limiter_free(limiter);
}

static struct task_id id(pid_t pid)
{
	return (struct task_id){ pid, pid, 1 };
}

static uint64_t admit(pid_t pid, uint64_t settings, uint64_t now_ns)
{
	return limiter_admit(limiter, id(pid), settings, rules, now_ns);
}

/* How many changes are let through when one is wanted each millisecond. */
static unsigned flap(pid_t pid, uint64_t from_ns, uint64_t for_ns)
{
	unsigned n = 0;

	for (uint64_t t = from_ns; t < from_ns + for_ns; t += MS)
		n += admit(pid, NICE, t) == 0;
	return n;
}

START_TEST(a_task_has_its_changes_at_once_and_then_one_each_interval)
{
	begin((struct limit_rates){ .task = { 4, SECOND } });
	ck_assert_uint_eq(flap(1, SECOND, SECOND), 4);
	ck_assert_uint_eq(flap(1, 2 * SECOND, 10 * SECOND), 10);
	ck_assert_uint_eq(flap(2, 20 * SECOND, MS), 1);
	/* A long rest fills it again, and no further. */
	ck_assert_uint_eq(flap(1, 100 * SECOND, SECOND), 4);
	end();
}
END_TEST

START_TEST(whoever_waits_is_told_until_when_and_then_let_through)
{
	uint64_t when_ns;

	begin((struct limit_rates){ .task = { 1, SECOND } });
	ck_assert_uint_eq(admit(1, NICE, 5 * SECOND), 0);
	when_ns = admit(1, NICE, 5 * SECOND + MS);
	ck_assert_uint_eq(when_ns, 6 * SECOND);
	ck_assert_uint_gt(admit(1, NICE, when_ns - 1), 0);
	ck_assert_uint_eq(admit(1, NICE, when_ns), 0);
	end();
}
END_TEST

START_TEST(a_rule_is_limited_over_all_its_tasks_and_others_are_not)
{
	unsigned n = 0;

	begin((struct limit_rates){ .rule = { 3, SECOND } });
	for (pid_t pid = 1; pid <= 10; pid++)
		n += admit(pid, NICE, SECOND) == 0;
	ck_assert_uint_eq(n, 3);
	rules[SETTING_nice] = 2;
	ck_assert_uint_eq(admit(11, NICE, SECOND), 0);
	limiter_forget_rules(limiter);
	rules[SETTING_nice] = 1;
	ck_assert_uint_eq(admit(12, NICE, SECOND), 0);
	end();
}
END_TEST

START_TEST(the_machine_is_limited_over_all)
{
	unsigned n = 0;

	begin((struct limit_rates){ .machine = { 5, SECOND } });
	for (pid_t pid = 1; pid <= 10; pid++) {
		rules[SETTING_nice] = (uint32_t)pid;
		n += admit(pid, NICE, SECOND) == 0;
	}
	ck_assert_uint_eq(n, 5);
	end();
}
END_TEST

START_TEST(a_setting_stays_for_its_dwell_time_and_others_do_not_wait)
{
	begin((struct limit_rates){ .dwell_ns = 100 * MS });
	ck_assert_uint_eq(admit(1, NICE, SECOND), 0);
	ck_assert_uint_eq(admit(1, NICE, SECOND + 10 * MS), SECOND + 100 * MS);
	ck_assert_uint_eq(admit(1, SCHED, SECOND + 10 * MS), 0);
	ck_assert_uint_eq(admit(2, NICE, SECOND + 10 * MS), 0);
	ck_assert_uint_eq(admit(1, NICE, SECOND + 100 * MS), 0);
	end();
}
END_TEST

START_TEST(a_verdict_of_more_than_a_bucket_holds_goes_when_it_is_full)
{
	begin((struct limit_rates){ .task = { 1, SECOND } });
	ck_assert_uint_eq(admit(1, NICE | SCHED, SECOND), 0);
	ck_assert_uint_gt(admit(1, NICE, 2 * SECOND), 0);
	ck_assert_uint_eq(admit(1, NICE, 3 * SECOND), 0);
	end();
}
END_TEST

START_TEST(what_is_refused_costs_nothing)
{
	begin((struct limit_rates){ .task = { 1, SECOND },
	                            .machine = { 2, 100 * SECOND } });
	ck_assert_uint_eq(admit(1, NICE, SECOND), 0);
	for (int i = 0; i < 100; i++)
		ck_assert_uint_gt(admit(1, NICE, SECOND), 0);
	ck_assert_uint_eq(admit(2, NICE, SECOND), 0);
	ck_assert_uint_eq(limiter_counts(limiter).refused, 100);
	ck_assert_uint_eq(limiter_counts(limiter).admitted, 2);
	end();
}
END_TEST

START_TEST(what_is_left_is_what_will_be_let_through)
{
	struct limit_left left;

	begin((struct limit_rates){ { 4, SECOND }, { 9, SECOND },
	                            { 0 }, 100 * MS });
	left = limiter_left(limiter, id(1), SETTING_nice, 1, SECOND);
	ck_assert_uint_eq(left.task, 4);
	ck_assert_uint_eq(left.rule, 9);
	ck_assert_uint_eq(left.machine, UINT32_MAX);
	ck_assert_uint_eq(left.stays_ns, 0);
	ck_assert_uint_eq(admit(1, NICE | SCHED, SECOND), 0);
	left = limiter_left(limiter, id(1), SETTING_nice, 1, SECOND + 30 * MS);
	ck_assert_uint_eq(left.task, 2);
	ck_assert_uint_eq(left.rule, 7);
	ck_assert_uint_eq(left.stays_ns, 70 * MS);
	left = limiter_left(limiter, id(1), SETTING_ionice, 2, SECOND + 30 * MS);
	ck_assert_uint_eq(left.rule, 9);
	ck_assert_uint_eq(left.stays_ns, 0);
	/* Asking takes nothing, and time gives one after the other back. */
	left = limiter_left(limiter, id(1), SETTING_nice, 1, 2 * SECOND);
	ck_assert_uint_eq(left.task, 3);
	for (unsigned i = 3; i > 0; i--) {
		left = limiter_left(limiter, id(1), SETTING_nice, 1,
		                    2 * SECOND);
		ck_assert_uint_eq(left.task, i);
		ck_assert_uint_eq(admit(1, SETTING_BIT(SETTING_slice + 3 - i),
		                        2 * SECOND), 0);
	}
	left = limiter_left(limiter, id(1), SETTING_nice, 1, 2 * SECOND);
	ck_assert_uint_eq(left.task, 0);
	end();
}
END_TEST

START_TEST(without_limits_nobody_waits)
{
	begin((struct limit_rates){ .dwell_ns = 0 });
	ck_assert_uint_eq(flap(1, SECOND, SECOND), 1000);
	end();
}
END_TEST

START_TEST(past_the_bound_tasks_are_let_through_and_counted)
{
	begin((struct limit_rates){ .task = { 1, SECOND } });
	for (pid_t pid = 1; pid <= (pid_t)LIMITED_MAX; pid++)
		admit(pid, NICE, SECOND);
	ck_assert_uint_eq(admit(LIMITED_MAX + 1, NICE, SECOND), 0);
	ck_assert_uint_eq(admit(LIMITED_MAX + 1, NICE, SECOND), 0);
	ck_assert_uint_eq(limiter_counts(limiter).crowded, 2);
	limiter_forget(limiter, id(1));
	ck_assert_uint_eq(admit(LIMITED_MAX + 1, NICE, SECOND), 0);
	ck_assert_uint_gt(admit(LIMITED_MAX + 1, NICE, SECOND), 0);
	end();
}
END_TEST

int main(void)
{
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 30);
	tcase_add_test(all,
	               a_task_has_its_changes_at_once_and_then_one_each_interval);
	tcase_add_test(all,
	               whoever_waits_is_told_until_when_and_then_let_through);
	tcase_add_test(all,
	               a_rule_is_limited_over_all_its_tasks_and_others_are_not);
	tcase_add_test(all, the_machine_is_limited_over_all);
	tcase_add_test(all,
	               a_setting_stays_for_its_dwell_time_and_others_do_not_wait);
	tcase_add_test(all,
	               a_verdict_of_more_than_a_bucket_holds_goes_when_it_is_full);
	tcase_add_test(all, what_is_refused_costs_nothing);
	tcase_add_test(all, what_is_left_is_what_will_be_let_through);
	tcase_add_test(all, without_limits_nobody_waits);
	tcase_add_test(all, past_the_bound_tasks_are_let_through_and_counted);
	return run_case(all, "limit");
}
