/* test_engine_limit.c -- pqs changes its mind no faster than it may. */

#include "rehearsing.h"

static unsigned changes;

static void count_change(void *self, const struct change *c)
{
	(void)self;
	changes += c->setting == SETTING_nice && c->effect == EFFECT_APPLIED;
}

/* nice 7 while on battery */
static pid_t begin(struct limit_rates limits)
{
	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_nice, 7);
	rules_end(NULL);
	troupe.limits = limits;
	curtain_up(1, count_change);
	changes = 0;
	return run("x");
}

static void battery(bool on)
{
	sim_host(stage->sim, HOST_on_battery, on);
	settle();
}

START_TEST(a_rule_that_flaps_costs_the_configured_rate_and_ends_right)
{
	pid_t pid = begin((struct limit_rates){ .task = { 4, SECOND } });

	settle();
	/* A thousand changes of mind a second, for ten seconds. */
	for (int i = 0; i < 10000; i++) {
		battery(i % 2 == 0);
		pass(MS);
	}
	ck_assert_uint_ge(changes, 12);
	ck_assert_uint_le(changes, 15);
	battery(true);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	battery(false);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_uint_gt(limiter_counts(stage->engine.limiter).refused, 0);
	curtain_down();
}
END_TEST

START_TEST(what_waits_is_replaced_by_what_is_wanted_then)
{
	pid_t pid = begin((struct limit_rates){ .dwell_ns = SECOND });

	settle();
	battery(true);
	ck_assert_int_eq(nice_of(pid), 7);
	battery(false);
	ck_assert_int_eq(nice_of(pid), 7);      /* it waits                   */
	battery(true);                          /* and is wanted no more      */
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	ck_assert_uint_eq(changes, 1);
	curtain_down();
}
END_TEST

START_TEST(a_first_verdict_and_the_way_back_at_the_end_do_not_wait)
{
	pid_t pid[20];

	begin((struct limit_rates){ .machine = { 1, 3600 * SECOND } });
	battery(true);
	for (int i = 0; i < 20; i++)
		pid[i] = run("x");
	settle();
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(nice_of(pid[i]), 7);
	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer,
	                              &(size_t){ 0 }), 20);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(nice_of(pid[i]), 0);
	curtain_down();
}
END_TEST

START_TEST(who_is_frozen_does_not_wait_to_go_on)
{
	pid_t pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_freeze, 1);
	rules_end(NULL);
	troupe.limits = (struct limit_rates){ .task = { 1, 3600 * SECOND } };
	curtain_up(1, NULL);
	pid = run("x");
	settle();
	battery(true);
	ck_assert_int_eq(knob(pid, SETTING_freeze), 1);
	battery(false);
	ck_assert_int_eq(knob(pid, SETTING_freeze), 0);
	battery(true);                          /* but to stop again          */
	ck_assert_int_eq(knob(pid, SETTING_freeze), 0);
	curtain_down();
}
END_TEST

START_TEST(one_task_that_flaps_takes_nothing_from_another)
{
	pid_t flapping, calm;

	flapping = begin((struct limit_rates){ .task = { 2, 60 * SECOND } });
	settle();
	for (int i = 0; i < 10; i++)
		battery(i % 2 == 0);
	calm = run("x");
	settle();
	battery(true);
	ck_assert_int_eq(nice_of(calm), 7);
	ck_assert_int_eq(nice_of(flapping), 0);
	pass(61 * SECOND);
	ck_assert_int_eq(nice_of(flapping), 7);
	curtain_down();
}
END_TEST

/* Its row is kept until then. */
START_TEST(a_thread_that_no_rule_names_any_more_goes_back_in_its_turn)
{
	pid_t pid, tid;

	rules_begin();
	rule_wants(select_thread_of("w*", select_named(SELECT_PROCESS, "x")),
	           IMAGE_NONE, SETTING_nice, 7);
	rules_end(NULL);
	troupe.limits = (struct limit_rates){ .dwell_ns = 10 * SECOND };
	curtain_up(1, NULL);
	pid = run("x");
	tid = sim_thread(stage->sim, pid, "worker");
	settle();
	for (int i = 0; i < 2; i++) {
		sim_rename(stage->sim, tid, "other");
		settle();
		sim_rename(stage->sim, tid, "w");
		settle();
	}
	sim_rename(stage->sim, tid, "other");
	pass(10 * SECOND);
	ck_assert_int_eq(nice_of(tid), 0);
	sim_rename(stage->sim, pid, "w");
	settle();
	ck_assert_int_eq(nice_of(pid), 7);
	sim_rename(stage->sim, pid, "x");
	pass(SECOND);
	sim_rename(stage->sim, pid, "w");
	settle();
	sim_rename(stage->sim, pid, "x");
	pass(10 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_ptr_null(table_find(stage->engine.table, task_id_main(
	                              (struct task_id){ .pid = pid })));
	curtain_down();
}
END_TEST

/* What it had of its own it gives back with the rest. */
START_TEST(a_thread_changes_its_mind_no_sooner_than_its_process)
{
	pid_t pid;

	rules_begin();
	rule_wants(select_number(FACT_uid, 1000, 1000), IMAGE_NONE,
	           SETTING_nice, 7);
	rule_wants(select_text(FACT_comm, "busy"), IMAGE_NONE,
	           SETTING_oom_score_adj, 50);
	rule_wants(select_thread_of("w*", select_number(FACT_uid, 1000, 1000)),
	           IMAGE_NONE, SETTING_timer_slack, 1000);
	rules_end(NULL);
	troupe.limits = (struct limit_rates){ .task = { 2, 100 * SECOND } };
	curtain_up(1, NULL);
	pid = run("x");
	settle();
	sim_rename(stage->sim, pid, "busy");
	settle();
	sim_rename(stage->sim, pid, "x");
	settle();
	sim_rename(stage->sim, pid, "w");
	settle();
	ck_assert_int_eq(knob(pid, SETTING_timer_slack), 1000);
	sim_set_uid(stage->sim, pid, 1001);
	settle();
	ck_assert_int_eq(nice_of(pid), 7);
	pass(300 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_int_eq(knob(pid, SETTING_timer_slack), 50000);
	curtain_down();
}
END_TEST

/* In a real-time class it has no slice; with its ordinary one it comes, and must
 * stay as long as any other. */
START_TEST(what_comes_with_a_class_is_a_change_like_any_other)
{
	const uint32_t x = 1000;
	pid_t          pid;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_sched, sched_value(SCHED_CLASS_RR, 10));
	rule_wants(select_number(FACT_uid, x, x), IMAGE_NONE, SETTING_slice,
	           25 * (int64_t)MS);
	rules_end(NULL);
	troupe.limits = (struct limit_rates){ .dwell_ns = 10 * SECOND };
	curtain_up(1, NULL);
	pid = run("x");
	sim_set_uid(stage->sim, pid, x);
	battery(true);
	pass(20 * SECOND);
	battery(false);
	ck_assert_int_eq(knob(pid, SETTING_slice), 25 * (int64_t)MS);
	sim_set_uid(stage->sim, pid, x + 1);
	settle();
	ck_assert_int_eq(knob(pid, SETTING_slice), 25 * (int64_t)MS);
	pass(10 * SECOND);
	ck_assert_int_ne(knob(pid, SETTING_slice), 25 * (int64_t)MS);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine: limits");
	TCase *all = tcase_create("all");

	tcase_set_timeout(all, 60);
	tcase_add_test(all,
	               a_rule_that_flaps_costs_the_configured_rate_and_ends_right);
	tcase_add_test(all, what_waits_is_replaced_by_what_is_wanted_then);
	tcase_add_test(all,
	               a_first_verdict_and_the_way_back_at_the_end_do_not_wait);
	tcase_add_test(all, who_is_frozen_does_not_wait_to_go_on);
	tcase_add_test(all, one_task_that_flaps_takes_nothing_from_another);
	tcase_add_test(all,
		a_thread_that_no_rule_names_any_more_goes_back_in_its_turn);
	tcase_add_test(all,
		a_thread_changes_its_mind_no_sooner_than_its_process);
	tcase_add_test(all,
		what_comes_with_a_class_is_a_change_like_any_other);
	suite_add_tcase(suite, all);
	return run_suite(suite);
}
