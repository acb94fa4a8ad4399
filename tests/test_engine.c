/* test_engine.c -- the pipeline as a whole, on a simulated machine. */

#include "families.h"

START_TEST(a_change_of_the_host_concerns_only_those_who_looked_at_it)
{
	uint64_t judged;
	pid_t    b[5];

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "b"), select_battery(),
	           SETTING_nice, 9);
	rule_wants(select_named(SELECT_PROCESS, "o"), IMAGE_NONE, SETTING_nice,
	           4);
	rules_end(act_never);
	curtain_up(1, NULL);
	for (int i = 0; i < 50; i++)
		run("o");
	for (int i = 0; i < 5; i++)
		b[i] = run("b");
	settle();
	judged = stage->engine.counts.judged;
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_uint_eq(stage->engine.counts.judged - judged, 5);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(nice_of(b[i]), 9);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(nice_of(b[i]), 0);
	curtain_down();
}
END_TEST

START_TEST(what_nobody_can_tell_of_the_host_any_more_does_not_hold)
{
	pid_t b;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "b"), select_battery(),
	           SETTING_nice, 9);
	rules_end(act_never);
	curtain_up(1, NULL);
	b = run("b");
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(b), 9);
	sim_host_hide(stage->sim, HOST_on_battery);
	settle();
	ck_assert_int_eq(nice_of(b), 0);
	curtain_down();
}
END_TEST

START_TEST(a_fork_without_an_exec_is_judged_after_a_while)
{
	pid_t x, child;

	rules_family();
	x = run("x");
	settle();
	child = sim_fork(stage->sim, x);
	settle();
	ck_assert_int_eq(nice_of(child), 5);    /* born with it               */
	pass(20 * MS);
	ck_assert_int_eq(nice_of(child), 9);
	curtain_down();
}
END_TEST

START_TEST(a_child_of_a_changed_parent_is_judged_after_its_exec)
{
	pid_t x, child;

	rules_family();
	x = run("x");
	settle();
	child = run_under(x, "whatever", 1000);
	settle();
	ck_assert_int_eq(nice_of(child), 9);
	curtain_down();
}
END_TEST

START_TEST(what_was_lost_is_found_by_listing)
{
	pid_t x, gone;

	rules_usual(act_by_battery);
	gone = run("x");
	settle();
	ck_assert_uint_gt(journal_count(stage->journal), 0);
	sim_lose(stage->sim, 3);
	sim_exit(stage->sim, gone);
	x = run("x");
	settle();
	ck_assert_uint_eq(stage->engine.counts.lost, 1);
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_uint_eq(table_count(stage->engine.table), 2);
	sim_exit(stage->sim, x);
	settle();
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(slow_facts_are_waited_for_and_then_come_late)
{
	static const char *const args[] = { "x", "--page", NULL };
	const struct sim_program p = { .name = "x", .args = args, .uid = 1000 };
	uint64_t                 limit_ns = 0;
	pid_t                    x;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	rule_wants(select_text(FACT_args, "--page"), IMAGE_NONE, SETTING_nice, 7);
	rules_end(act_never);
	curtain_up(3, NULL);
	sim_delay(stage->sim, 10 * SECOND);
	x = sim_exec(stage->sim, &p);
	pass(20 * MS);
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 1000);
	ck_assert_int_eq(nice_of(x), 0);
	while (nice_of(x) == 0 && limit_ns++ < 101)
		pass(100 * MS);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

START_TEST(a_late_fact_of_an_ancestor_is_known_to_its_descendants)
{
	static const char *const args[] = { "sh", "--job", NULL };
	const struct sim_program p = { .name = "sh", .args = args };
	uint32_t                 job;
	pid_t                    sh, tool;

	rules_begin();
	job = select_text(FACT_args, "--job");
	rule_wants(select_under(job), IMAGE_NONE, SETTING_nice, 7);
	rules_end(act_never);
	curtain_up(1, NULL);
	sh = sim_exec(stage->sim, &p);
	settle();
	tool = run_under(sh, "tool", 1000);
	sim_exit(stage->sim, sh);
	settle();
	ck_assert_int_eq(nice_of(tool), 7);
	curtain_down();
}
END_TEST

START_TEST(a_thread_rule_changes_that_thread_and_no_sibling)
{
	pid_t x, worker, other, renamed;

	rules_begin();
	rule_wants(select_thread_of("w*", select_named(SELECT_PROCESS, "x")),
	           IMAGE_NONE, SETTING_sched, batch);
	rules_end(act_never);
	curtain_up(1, NULL);
	x = run("x");
	worker = sim_thread(stage->sim, x, "worker");
	settle();
	other = sim_thread(stage->sim, x, "other");
	renamed = sim_thread(stage->sim, x, "later");
	settle();
	ck_assert_int_eq(knob(worker, SETTING_sched), batch);
	ck_assert_int_ne(knob(other, SETTING_sched), batch);
	ck_assert_int_ne(knob(x, SETTING_sched), batch);
	ck_assert_int_ne(knob(renamed, SETTING_sched), batch);
	sim_rename(stage->sim, renamed, "w2");
	sim_rename(stage->sim, worker, "no more");
	settle();
	ck_assert_int_eq(knob(renamed, SETTING_sched), batch);
	ck_assert_int_ne(knob(worker, SETTING_sched), batch);
	curtain_down();
}
END_TEST

/* "x" gets nice 5, its threads called w... excepted, and 9 on battery. */
static void rules_with_exception(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	rules_begin();
	want_set(&w, SETTING_nice, 5);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.want = &w;
	r.except = select_thread_of("w*", select_named(SELECT_PROCESS, "x"));
	rule_add(r);
	r.when = select_battery();
	want_set(&w, SETTING_nice, 9);
	rule_add(r);
	rules_end(act_never);
	curtain_up(1, NULL);
}

static unsigned turned;

static void count_turns(void *self, const struct change *c)
{
	(void)self;
	turned += c->threads;
}

START_TEST(a_thread_that_is_excepted_is_left_as_it_was)
{
	pid_t x, worker, other, late;

	rules_with_exception();
	x = run("x");
	worker = sim_thread(stage->sim, x, "worker");
	other = sim_thread(stage->sim, x, "other");
	settle();
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_int_eq(nice_of(other), 5);
	ck_assert_int_eq(nice_of(worker), 0);
	late = sim_thread(stage->sim, x, "w2");
	settle();
	ck_assert_int_eq(nice_of(late), 0);
	stage->engine.ears.change = count_turns;
	turned = 0;
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(x), 9);
	ck_assert_int_eq(nice_of(other), 9);
	ck_assert_int_eq(nice_of(worker), 0);
	ck_assert_int_eq(nice_of(late), 0);
	ck_assert_uint_eq(turned, 2);           /* not there and back again   */
	undo(0);
	ck_assert_int_eq(nice_of(other), 0);
	ck_assert_int_eq(nice_of(worker), 0);
	curtain_down();
}
END_TEST

START_TEST(a_machine_at_rest_is_asked_nothing)
{
	uint64_t reads;

	rules_usual(act_by_battery);
	for (int i = 0; i < 20; i++)
		run("x");
	pass(SECOND);
	reads = sim_calls(stage->sim, SIM_READ) +
	        sim_calls(stage->sim, SIM_APPLY) +
	        sim_calls(stage->sim, SIM_FACTS);
	pass(3600 * SECOND);
	ck_assert_uint_eq(sim_calls(stage->sim, SIM_READ) +
	                  sim_calls(stage->sim, SIM_APPLY) +
	                  sim_calls(stage->sim, SIM_FACTS), reads);
	curtain_down();
}
END_TEST

START_TEST(who_is_in_no_unit_is_not_excepted_by_one)
{
	const struct sim_program in = { .name = "x", .unit = "y.service",
	                                .cgroup = "/system.slice/y.service" };
	const struct sim_program out = { .name = "x", .cgroup = "/" };
	struct want              w = { 0 };
	struct builder_rule      r;
	pid_t                    inside, outside;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.except = select_text(FACT_unit, "y.service");
	want_set(&w, SETTING_nice, 5);
	r.want = &w;
	rule_add(r);
	rules_end(act_never);
	curtain_up(1, NULL);
	inside = sim_exec(stage->sim, &in);
	outside = sim_exec(stage->sim, &out);
	settle();
	ck_assert_int_eq(nice_of(inside), 0);
	ck_assert_int_eq(nice_of(outside), 5);
	curtain_down();
}
END_TEST

START_TEST(a_login_is_known_by_its_own_user_where_lineage_asks_for_users)
{
	pid_t dad;

	rules_begin();
	rule_wants(select_child_of(select_number(FACT_uid, 1001, 1001)),
	           IMAGE_NONE, SETTING_nice, 4);
	rule_wants(select_number(FACT_uid, 1000, 1000), IMAGE_NONE,
	           SETTING_nice, 3);
	rules_end(act_never);
	curtain_up(1, NULL);
	dad = run("dad");
	settle();
	ck_assert_int_eq(nice_of(dad), 3);
	curtain_down();
}
END_TEST

START_TEST(a_fact_that_drifts_is_looked_at_again)
{
	pid_t old, crowd;

	rules_begin();
	rule_wants(select_number(FACT_age, (int64_t)(5 * SECOND), INT64_MAX),
	           IMAGE_NONE, SETTING_nice, 9);
	rule_wants(select_number(FACT_threads, 3, INT64_MAX), IMAGE_NONE,
	           SETTING_ionice, 0);
	rules_end(act_never);
	curtain_up(1, NULL);
	old = run("old");
	crowd = run("crowd");
	settle();
	ck_assert_int_eq(nice_of(old), 0);
	pass(4 * SECOND);
	ck_assert_int_eq(nice_of(old), 0);
	ck_assert_int_ne(knob(crowd, SETTING_ionice), 0);
	sim_thread(stage->sim, crowd, "a");
	sim_thread(stage->sim, crowd, "b");
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(old), 9);
	ck_assert_int_eq(knob(crowd, SETTING_ionice), 0);
	curtain_down();
}
END_TEST

START_TEST(a_journal_that_stays_behind_is_one_change_left_out)
{
	uint64_t before;

	one_rule("x");
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, 1000);
	run("x");
	settle();
	before = stage->engine.counts.unrecorded;
	for (int i = 0; i < 100; i++) {
		run("another");
		settle();
	}
	ck_assert_uint_eq(stage->engine.counts.unrecorded, before);
	curtain_down();
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("rehearsal");

	tcase_add_test(
		t, a_change_of_the_host_concerns_only_those_who_looked_at_it);
	tcase_add_test(
		t, what_nobody_can_tell_of_the_host_any_more_does_not_hold);
	tcase_add_test(t, a_fork_without_an_exec_is_judged_after_a_while);
	tcase_add_test(t, a_child_of_a_changed_parent_is_judged_after_its_exec);
	tcase_add_test(t, what_was_lost_is_found_by_listing);
	tcase_add_test(t, slow_facts_are_waited_for_and_then_come_late);
	tcase_add_test(
		t, a_late_fact_of_an_ancestor_is_known_to_its_descendants);
	tcase_add_test(t, a_thread_rule_changes_that_thread_and_no_sibling);
	tcase_add_test(t, a_thread_that_is_excepted_is_left_as_it_was);
	tcase_add_test(t, a_machine_at_rest_is_asked_nothing);
	tcase_add_test(t, who_is_in_no_unit_is_not_excepted_by_one);
	tcase_add_test(
		t,
		a_login_is_known_by_its_own_user_where_lineage_asks_for_users);
	tcase_add_test(t, a_fact_that_drifts_is_looked_at_again);
	tcase_add_test(t, a_journal_that_stays_behind_is_one_change_left_out);
	return run_case(t, "engine");
}
