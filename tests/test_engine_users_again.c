/* test_engine_users_again.c -- users' own rules that change while they are in
 * force: built aside, and nobody else notices. */

#include "own_rules.h"
#include "reloading.h"

/* Ann's rules in force, for one process of hers. */
static pid_t begin_nice(int64_t nice)
{
	pid_t pid;

	system_silent();
	own_nice(ANN, nice);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), nice);
	return pid;
}

static void act_seven(struct asking *q)
{
	ask_fact(q, FACT_pid, NULL);
	say_want(q, SETTING_nice, 7);
}

static void act_nine(struct asking *q)
{
	ask_fact(q, FACT_pid, NULL);
	say_want(q, SETTING_nice, 9);
}

START_TEST(files_that_changed_come_into_force)
{
	pid_t pid = begin_nice(7);

	other_nice(ANN, 9);
	pass(SECOND);
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert_uint_eq(troupe.troubles, 0);
	other_nice(ANN, 11);            /* by the other wire                  */
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 11);
	other_nice(ANN, 12);            /* and by the first again             */
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 12);
	ck_assert_int_eq(nice_of(run_as("x", ANN)), 12);
	curtain_down();
}
END_TEST

START_TEST(nobody_elses_rules_are_read_for_that)
{
	uint64_t started;
	pid_t    bob;

	system_silent();
	own_nice(ANN, 7);
	own_nice(BOB, 8);
	curtain_up(1, NULL);
	run_as("x", ANN);
	bob = run_as("x", BOB);
	pass(5 * SECOND);
	started = worker_counts(voice_of(BOB)->worker).started;
	other_nice(ANN, 9);
	pass(5 * SECOND);
	ck_assert_uint_eq(worker_counts(voice_of(BOB)->worker).started,
	                  started);
	ck_assert_ptr_null(voice_of(BOB)->next);
	ck_assert_int_eq(nice_of(bob), 8);
	curtain_down();
}
END_TEST

START_TEST(what_is_refused_leaves_the_old_rules_in_force_and_their_functions)
{
	pid_t pid, second, third;

	system_silent();
	own_begin();
	rule_function(named("x"));
	own_end(ANN, act_seven);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	other_wrong(ANN, "/home/ann/x.lua:3: nonsense");
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	ck_assert_uint_eq(troupe.troubles, 1);
	ck_assert_ptr_nonnull(strstr(troupe.trouble, "user 1000"));
	ck_assert_ptr_nonnull(strstr(troupe.trouble, "x.lua:3: nonsense"));
	ck_assert(voice_of(ANN)->refused);
	ck_assert_str_eq(voice_of(ANN)->why, "/home/ann/x.lua:3: nonsense");
	second = run_as("x", ANN);
	pass(SECOND);
	ck_assert_int_eq(nice_of(second), 7);   /* it is still asked          */
	own_begin();
	rule_function(named("x"));
	other_rules(ANN, act_nine);             /* and put right again        */
	pass(5 * SECOND);
	ck_assert(!voice_of(ANN)->refused);
	third = run_as("x", ANN);
	pass(SECOND);
	ck_assert_int_eq(nice_of(third), 9);
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert_uint_eq(troupe.troubles, 1);
	curtain_down();
}
END_TEST

START_TEST(what_is_as_wrong_as_before_is_told_once)
{
	begin_nice(7);
	other_wrong(ANN, "x.lua:1: wrong");
	pass(5 * SECOND);
	other_wrong(ANN, "x.lua:1: wrong");
	pass(5 * SECOND);
	ck_assert_uint_eq(troupe.troubles, 1);
	other_wrong(ANN, "x.lua:2: wrong");
	pass(5 * SECOND);
	ck_assert_uint_eq(troupe.troubles, 2);
	curtain_down();
}
END_TEST

START_TEST(a_thousand_changes_in_a_second_are_read_twice_at_most)
{
	pid_t    pid = begin_nice(7);
	unsigned reads = own_of(ANN)->reads;

	other_nice(ANN, 9);
	for (int i = 0; i < 1000; i++) {
		sim_own_files(stage->sim, ANN);
		pass(MS);
	}
	pass(10 * SECOND);
	ck_assert_uint_ge(own_of(ANN)->reads, reads + 1);
	ck_assert_uint_le(own_of(ANN)->reads, reads + 2);
	ck_assert_int_eq(nice_of(pid), 9);
	curtain_down();
}
END_TEST

START_TEST(changes_without_end_cost_a_reading_every_other_second)
{
	unsigned reads;
	pid_t    other;

	begin_nice(7);
	reads = own_of(ANN)->reads;
	for (int i = 0; i < 6000; i++) {
		sim_own_files(stage->sim, ANN);
		pass(10 * MS);
	}
	ck_assert_uint_ge(own_of(ANN)->reads, reads + 10);
	ck_assert_uint_le(own_of(ANN)->reads, reads + 31);
	other = run_as("other", BOB);
	ck_assert_int_eq(nice_of(other), 3);
	curtain_down();
}
END_TEST

START_TEST(what_was_touched_and_is_the_same_changes_nothing)
{
	uint64_t judged;
	uint32_t generation;

	begin_nice(7);
	judged = stage->engine.counts.judged;
	generation = ruleset_generation(voice_of(ANN)->rules);
	other_nice(ANN, 7);
	pass(5 * SECOND);
	ck_assert_uint_eq(stage->engine.counts.judged, judged);
	ck_assert_uint_eq(ruleset_generation(voice_of(ANN)->rules),
	                  generation);
	ck_assert(!sim_has_worker(stage->sim, ANN));
	curtain_down();
}
END_TEST

static void act_by_uid(struct asking *q)
{
	ask_fact(q, FACT_uid, NULL);
	say_want(q, SETTING_nice, 7);
}

static void function_of(const char *file, uint64_t knows)
{
	struct builder_rule r;

	own_begin();
	r = rule_of(named("x"));
	r.name = "f";
	r.file = file;
	r.is_function = true;
	r.knows = knows;
	rule_add(r);
}

/* Nobody is asked what was said before, unless the file could say otherwise. */
START_TEST(answers_are_kept_of_functions_whose_file_is_the_same)
{
	static const struct {
		const char *file;
		uint64_t    knew, knows;
		bool        kept;
	} cases[] = { { "a.lua", 5, 5, true }, { "a.lua", 5, 6, false },
	              { "b.lua", 5, 5, false }, { "a.lua", 0, 0, false } };
	unsigned asked;
	pid_t    pid;

	system_silent();
	function_of("a.lua", cases[_i].knew);
	own_end(ANN, act_by_uid);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	asked = troupe.asked;
	function_of(cases[_i].file, cases[_i].knows);
	wants("z", SETTING_nice, 4);
	other_rules(ANN, act_by_uid);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(run_as("z", ANN)), 4);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	if (cases[_i].kept)
		ck_assert_uint_eq(troupe.asked, asked);
	else
		ck_assert_uint_gt(troupe.asked, asked);
	curtain_down();
}
END_TEST

static void own_battery(int64_t nice)
{
	struct builder_rule r;
	struct want         w = { 0 };

	own_begin();
	want_set(&w, SETTING_nice, nice);
	r = rule_of(named("x"));
	r.name = "kept";
	r.tag = "mark";
	r.when = select_battery();
	r.keep_ns = 60 * SECOND;
	r.want = &w;
	rule_add(r);
}

START_TEST(what_a_rule_keeps_is_kept_if_it_is_among_the_new_ones)
{
	pid_t pid;

	system_silent();
	own_battery(7);
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(5 * SECOND);
	sim_host(stage->sim, HOST_on_battery, true);
	pass(SECOND);
	sim_host(stage->sim, HOST_on_battery, false);
	pass(SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	own_battery(9);
	rule_wants(named("y"), IMAGE_NONE, SETTING_nice, 2);
	other_rules(ANN, NULL);
	pass(5 * SECOND);
	ck_assert_uint_eq(ruleset_count(voice_of(ANN)->rules), 2);
	ck_assert_int_eq(nice_of(pid), 7);
	pass(60 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

START_TEST(what_a_rule_keeps_ends_with_a_rule_that_is_gone)
{
	pid_t pid;

	system_silent();
	own_battery(7);
	own_end(ANN, NULL);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(5 * SECOND);
	sim_host(stage->sim, HOST_on_battery, true);
	pass(SECOND);
	sim_host(stage->sim, HOST_on_battery, false);
	pass(SECOND);
	ck_assert_int_eq(nice_of(pid), 7);
	own_begin();
	rule_wants(named("y"), IMAGE_NONE, SETTING_nice, 2);
	other_rules(ANN, NULL);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

START_TEST(a_worker_that_dies_is_started_again_and_files_still_tell)
{
	pid_t pid;

	system_silent();
	own_begin();
	rule_function(named("x"));
	own_end(ANN, act_seven);
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(5 * SECOND);
	sim_own_dies(stage->sim, voice_of(ANN)->line);
	pass(10 * SECOND);
	ck_assert_int_eq(nice_of(run_as("x", ANN)), 7);
	own_begin();
	rule_function(named("x"));
	other_rules(ANN, act_nine);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 9);
	curtain_down();
}
END_TEST

START_TEST(the_next_worker_may_die_without_harm)
{
	pid_t pid = begin_nice(7);

	sim_delay(stage->sim, 50 * MS);
	other_nice(ANN, 9);
	for (int i = 0; i < 500 && voice_of(ANN)->next == NULL; i++)
		pass(MS);
	ck_assert_ptr_nonnull(voice_of(ANN)->next);
	sim_own_dies(stage->sim, voice_of(ANN)->next->line);
	ck_assert_int_eq(nice_of(pid), 7);
	pass(10 * SECOND);
	ck_assert_int_eq(nice_of(pid), 9);
	curtain_down();
}
END_TEST

START_TEST(who_leaves_is_read_no_more_and_anew_at_the_next_login)
{
	pid_t    pid = begin_nice(7);
	unsigned reads;

	sim_exit(stage->sim, pid);
	pass(9 * SECOND);
	other_nice(ANN, 9);             /* while it waits whether she is back */
	pass(SECOND);
	reads = own_of(ANN)->reads;
	pass(5 * SECOND);
	ck_assert_ptr_null(voice_of(ANN));
	sim_own_files(stage->sim, ANN);
	pass(5 * SECOND);
	ck_assert_uint_eq(own_of(ANN)->reads, reads);
	pid = run_as("x", ANN);
	pass(SECOND);
	ck_assert_int_eq(nice_of(pid), 9);
	other_nice(ANN, 11);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 11);
	curtain_down();
}
END_TEST

START_TEST(wrong_rules_at_login_are_read_again_when_they_change)
{
	pid_t pid;

	system_silent();
	own_refused(ANN, "x.lua:1: wrong");
	curtain_up(1, NULL);
	pid = run_as("x", ANN);
	pass(5 * SECOND);
	ck_assert_uint_eq(troupe.troubles, 1);
	other_nice(ANN, 9);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert(!voice_of(ANN)->refused);
	curtain_down();
}
END_TEST

START_TEST(users_cannot_name_sets_of_cpus_without_end)
{
	pid_t pid = begin_nice(7);

	for (int64_t last = 2; last < 500; last += 100) {
		own_begin();
		rule_wants(named("x"), IMAGE_NONE, SETTING_nice, 9);
		for (int64_t cpu = last; cpu < last + 100; cpu++) {
			char list[32];

			snprintf(list, sizeof list, "0-%d", (int)cpu);
			rule_wants(named("y"), IMAGE_NONE, SETTING_affinity,
			           interned_read_cpus(building_sets, list));
		}
		other_rules(ANN, NULL);
		pass(5 * SECOND);
	}
	ck_assert_int_eq(nice_of(pid), 9);
	ck_assert(voice_of(ANN)->refused);
	ck_assert_ptr_nonnull(strstr(troupe.trouble, "sets of CPUs"));
	ck_assert_uint_lt(interned_count(stage->sets), 500);
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine: users, again");
	TCase *t = tcase_create("users again");

	tcase_add_test(t, files_that_changed_come_into_force);
	tcase_add_test(t, nobody_elses_rules_are_read_for_that);
	tcase_add_test(t,
	    what_is_refused_leaves_the_old_rules_in_force_and_their_functions);
	tcase_add_test(t, what_is_as_wrong_as_before_is_told_once);
	tcase_add_test(t,
	        a_thousand_changes_in_a_second_are_read_twice_at_most);
	tcase_add_test(t,
	        changes_without_end_cost_a_reading_every_other_second);
	tcase_add_test(t, what_was_touched_and_is_the_same_changes_nothing);
	tcase_add_loop_test(t,
	    answers_are_kept_of_functions_whose_file_is_the_same, 0, 4);
	tcase_add_test(t,
	        what_a_rule_keeps_is_kept_if_it_is_among_the_new_ones);
	tcase_add_test(t, what_a_rule_keeps_ends_with_a_rule_that_is_gone);
	tcase_add_test(t,
	        a_worker_that_dies_is_started_again_and_files_still_tell);
	tcase_add_test(t, the_next_worker_may_die_without_harm);
	tcase_add_test(t,
	        who_leaves_is_read_no_more_and_anew_at_the_next_login);
	tcase_add_test(t, wrong_rules_at_login_are_read_again_when_they_change);
	tcase_add_test(t, users_cannot_name_sets_of_cpus_without_end);
	suite_add_tcase(s, t);
	return run_suite(s);
}
