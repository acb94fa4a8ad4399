/* test_engine_fight.c -- somebody else writes what pqs has set: it is left to
 * them, or set again ever more rarely. */

#include "fighting.h"

START_TEST(what_a_rule_insists_on_is_set_again_and_told)
{
	pid_t x;

	rules_insist();
	begin_play();
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), 5);
	others_write(x, 7);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert(last()->fought);
	ck_assert(!last()->foreign);
	ck_assert_int_eq(last()->effect, EFFECT_APPLIED);
	ck_assert_int_eq(last()->before, 7);
	ck_assert_int_eq(last()->now, 5);
	ck_assert_uint_eq(last()->rounds, 1);
	ck_assert_uint_ne(last()->rule, RULE_NONE);
	ck_assert_uint_eq(counts().fought, 1);
	/* It goes back to what somebody else wanted last. */
	undo_all();
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

START_TEST(threads_are_looked_at_with_their_process)
{
	pid_t x, thread;

	rules_insist();
	begin_play();
	x = run("x");
	thread = sim_thread(stage->sim, x, "worker");
	settle();
	others_write(thread, 3);
	pass(SECOND);
	ck_assert_int_eq(nice_of(thread), 5);
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_int_eq(last()->before, 3);
	others_write(thread, 4);
	others_write(x, 6);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(thread), 5);
	ck_assert_int_eq(nice_of(x), 5);
	undo_all();
	ck_assert_int_eq(nice_of(thread), 4);
	ck_assert_int_eq(nice_of(x), 6);
	curtain_down();
}
END_TEST

/* By name it was given 2; by another name it has what its process has, and what
 * is written of it still is its own. */
START_TEST(a_main_thread_with_a_record_is_looked_at_by_itself)
{
	struct builder_rule r;
	struct want         w = { 0 };
	pid_t               x;

	rules_insist();
	want_set(&w, SETTING_nice, 2);
	r = rule_of(select_thread_of("w*", select_named(SELECT_PROCESS, "x")));
	r.want = &w;
	rule_add(r);
	begin_play();
	x = run("x");
	sim_rename(stage->sim, x, "w");
	settle();
	ck_assert_int_eq(nice_of(x), 2);
	sim_rename(stage->sim, x, "again");
	settle();
	ck_assert_int_eq(nice_of(x), 5);
	others_write(x, 7);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 5);
	curtain_down();
}
END_TEST

START_TEST(it_is_fought_for_when_its_parent_has_left)
{
	pid_t parent, child;

	rules_insist();
	begin_play();
	parent = run("sh");
	child = run_under(parent, "x", 1000);
	settle();
	ck_assert_int_eq(nice_of(child), 5);
	sim_exit(stage->sim, parent);
	settle();
	others_write(child, 7);
	pass(SECOND);
	ck_assert_int_eq(nice_of(child), 5);
	curtain_down();
}
END_TEST

/* Who writes every second is answered ever more rarely, but for ever. */
START_TEST(two_writers_alternate_ever_more_rarely)
{
	uint64_t first, later;
	pid_t    x;

	rules_insist();
	begin_play();
	x = run("x");
	settle();
	for (int i = 0; i < 100; i++) {
		others_write(x, 7);
		pass(SECOND);
	}
	first = counts().rounds;
	ck_assert_uint_ge(first, 5);
	ck_assert_uint_le(first, 7);            /* 1, 2, 4, 8, ... seconds    */
	for (int i = 0; i < 3000; i++) {
		others_write(x, 7);
		pass(SECOND);
	}
	later = counts().rounds - first;
	ck_assert_uint_ge(later, 3000 / 256);
	ck_assert_uint_le(later, 3000 / 256 + 4);
	ck_assert_uint_eq(counts().fought, 1);
	ck_assert_uint_eq(stage->engine.enforcer.fights, counts().rounds);
	curtain_down();
}
END_TEST

START_TEST(when_the_other_one_lets_go_it_is_over)
{
	pid_t x;

	rules_insist();
	begin_play();
	x = run("x");
	settle();
	for (int i = 0; i < 10; i++) {
		others_write(x, 7);
		pass(SECOND);
	}
	ck_assert_uint_eq(counts().fought, 1);
	pass(10 * MINUTE);
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_uint_eq(counts().fought, 0);
	others_write(x, 7);
	pass(SECOND);                           /* as soon as at first        */
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_uint_eq(last()->rounds, 1);
	curtain_down();
}
END_TEST

START_TEST(nobody_is_looked_at_for_whom_no_rule_insists)
{
	uint64_t reads;
	pid_t    x;

	rules_insist();
	rule_wants(select_named(SELECT_PROCESS, "y"), IMAGE_NONE, SETTING_nice,
	           5);
	begin_play();
	run("y");
	settle();
	pass(SECOND);
	ck_assert_uint_eq(counts().watched, 0);
	ck_assert_uint_eq(fights_wake_ns(stage->engine.fights), UINT64_MAX);
	reads = sim_calls(stage->sim, SIM_READ);
	pass(100 * SECOND);
	ck_assert_uint_eq(sim_calls(stage->sim, SIM_READ), reads);
	x = run("x");
	settle();
	ck_assert_uint_eq(counts().watched, 1);
	sim_exit(stage->sim, x);
	settle();
	ck_assert_uint_eq(counts().watched, 0);
	ck_assert_uint_eq(fights_wake_ns(stage->engine.fights), UINT64_MAX);
	curtain_down();
}
END_TEST

START_TEST(a_new_verdict_is_set_over_theirs_too)
{
	pid_t x;

	rules_insist();
	begin_play();
	x = run("x");
	settle();
	others_write(x, 7);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(x), 9);
	ck_assert(last()->fought);
	ck_assert_uint_eq(engine_yielded(&stage->engine), 0);
	curtain_down();
}
END_TEST

/* What waits for its turn is not what was wanted before. */
START_TEST(nobody_fights_for_what_is_wanted_no_more)
{
	pid_t x;

	rules_insist();
	troupe.limits = (struct limit_rates){ .dwell_ns = 10 * SECOND };
	begin_play();
	x = run("x");
	settle();
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(x), 9);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(x), 9);
	others_write(x, 7);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	pass(20 * SECOND);
	ck_assert_int_eq(nice_of(x), 5);
	curtain_down();
}
END_TEST

START_TEST(another_program_is_not_fought_for)
{
	const struct sim_program y = { .name = "y" };
	pid_t                    x;

	rules_insist();
	begin_play();
	x = run("x");
	settle();
	ck_assert_int_eq(sim_exec_again(stage->sim, x, &y), 0);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	others_write(x, 7);
	pass(10 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert_uint_eq(counts().watched, 0);
	curtain_down();
}
END_TEST

START_TEST(a_fight_that_cannot_be_won_is_given_up)
{
	size_t told_then;
	pid_t  x;

	rules_insist();
	begin_play();
	x = run("x");
	settle();
	others_write(x, 7);
	sim_fail(stage->sim, SIM_APPLY, EPERM, 1);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert(last()->fought);
	ck_assert_int_eq(last()->effect, EFFECT_DENIED);
	ck_assert_uint_eq(engine_yielded(&stage->engine), 1);
	ck_assert_uint_eq(counts().watched, 0);
	told_then = tellings;
	pass(MINUTE);
	sim_rename(stage->sim, x, "again");     /* judged anew                */
	settle();
	ck_assert_uint_eq(tellings, told_then);
	ck_assert_uint_eq(engine_yielded(&stage->engine), 1);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	curtain_down();
}
END_TEST

START_TEST(what_was_theirs_is_taken_up_by_a_rule_that_insists)
{
	struct builder_rule r;
	struct want         w = { 0 };
	pid_t               x;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_nice,
	           5);
	want_set(&w, SETTING_nice, 9);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.want = &w;
	r.when = select_battery();
	rule_add(r);
	want_set(&w, SETTING_nice, 11);
	r = rule_of(select_text(FACT_comm, "firm"));
	r.want = &w;
	r.insist = true;
	r.priority = 1;
	rule_add(r);
	begin_play();
	x = run("x");
	settle();
	others_write(x, 7);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert_uint_eq(engine_yielded(&stage->engine), 1);
	sim_rename(stage->sim, x, "firm");
	settle();
	ck_assert_int_eq(nice_of(x), 11);
	ck_assert_uint_eq(engine_yielded(&stage->engine), 0);
	undo_all();
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

/* Without insisting: once told, then theirs, and their value is the origin. */
START_TEST(without_insisting_it_is_theirs)
{
	pid_t x;

	rules_begin();
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE, SETTING_nice,
	           5);
	rule_wants(select_named(SELECT_PROCESS, "x"), select_battery(),
	           SETTING_nice, 9);
	begin_play();
	x = run("x");
	settle();
	others_write(x, 7);
	pass(MINUTE);
	ck_assert_int_eq(nice_of(x), 7);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert(last()->foreign);
	ck_assert_uint_eq(engine_yielded(&stage->engine), 1);
	ck_assert_uint_eq(stage->engine.enforcer.yields, 1);
	undo_all();
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

START_TEST(past_the_bound_nobody_more_is_looked_at)
{
	struct fights *f = fights_new();
	struct task_id who[8];

	ck_assert_ptr_nonnull(f);
	for (pid_t pid = 1; pid <= FIGHTS_MAX + 2; pid++)
		fights_watch(f, (struct task_id){ pid, pid, 1 }, 0);
	ck_assert_uint_eq(fights_counts(f).watched, FIGHTS_MAX);
	ck_assert_uint_eq(fights_counts(f).crowded, 2);
	ck_assert_uint_eq(fights_round(f, (struct task_id){
	                  FIGHTS_MAX + 1, FIGHTS_MAX + 1, 1 }, 5), 0);
	ck_assert_uint_eq(fights_due(f, FIGHT_SAMPLE_NS - 1, who, 8), 0);
	for (int i = 0; i < FIGHTS_MAX / 8; i++)
		ck_assert_uint_eq(fights_due(f, FIGHT_SAMPLE_NS, who, 8), 8);
	ck_assert_uint_eq(fights_due(f, FIGHT_SAMPLE_NS, who, 8), 0);
	ck_assert_uint_eq(fights_wake_ns(f), 2 * FIGHT_SAMPLE_NS);
	fights_forget(f, (struct task_id){ 1, 1, 1 });
	fights_watch(f, (struct task_id){ 5000, 5000, 1 }, 0);
	ck_assert_uint_eq(fights_counts(f).watched, FIGHTS_MAX);
	ck_assert_uint_eq(fights_counts(f).crowded, 2);
	fights_free(f);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine, others' writes");
	TCase *c = tcase_create("rehearsal");

	tcase_add_test(c, what_a_rule_insists_on_is_set_again_and_told);
	tcase_add_test(c, threads_are_looked_at_with_their_process);
	tcase_add_test(c, a_main_thread_with_a_record_is_looked_at_by_itself);
	tcase_add_test(c, it_is_fought_for_when_its_parent_has_left);
	tcase_add_test(c, two_writers_alternate_ever_more_rarely);
	tcase_add_test(c, when_the_other_one_lets_go_it_is_over);
	tcase_add_test(c, nobody_is_looked_at_for_whom_no_rule_insists);
	tcase_add_test(c, a_new_verdict_is_set_over_theirs_too);
	tcase_add_test(c, nobody_fights_for_what_is_wanted_no_more);
	tcase_add_test(c, another_program_is_not_fought_for);
	tcase_add_test(c, a_fight_that_cannot_be_won_is_given_up);
	tcase_add_test(c, what_was_theirs_is_taken_up_by_a_rule_that_insists);
	tcase_add_test(c, without_insisting_it_is_theirs);
	tcase_add_test(c, past_the_bound_nobody_more_is_looked_at);
	suite_add_tcase(s, c);
	return run_suite(s);
}
