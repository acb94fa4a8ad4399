/* test_engine_alive.c -- whether a tag is alive, and what is so without us:
 * in the whole engine. */

#include "lasting.h"

static uint32_t select_running(const char *tag)
{
	builder_selector_begin(building, SELECT_HOST);
	builder_condition(building, CONDITION_HOST, HOST_running);
	builder_tag(building, tag);
	return builder_selector_end(building);
}

/* "game" is tagged game; "b" has nice 7 while one is alive. */
static void play_games(void)
{
	struct builder_rule r;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "game"));
	r.tag = "game";
	rule_add(r);
	play(select_named(SELECT_PROCESS, "b"), select_running("game"));
}

START_TEST(a_rule_holds_while_a_task_with_a_tag_is_alive)
{
	uint64_t judged;
	pid_t    b, first, second;

	play_games();
	b = run("b");
	settle();
	ck_assert_int_eq(nice_of(b), 0);
	first = run("game");
	settle();
	ck_assert_int_eq(nice_of(b), 7);
	judged = stage->engine.counts.judged;
	second = run("game");
	settle();
	ck_assert_uint_eq(stage->engine.counts.judged, judged + 1);
	sim_exit(stage->sim, first);
	settle();
	ck_assert_int_eq(nice_of(b), 7);
	sim_exit(stage->sim, second);
	settle();
	ck_assert_int_eq(nice_of(b), 0);
	curtain_down();
}

START_TEST(who_runs_another_program_or_was_lost_is_not_alive_with_its_tag)
{
	const struct sim_program other = { .name = "other" };
	pid_t                    b, game;

	play_games();
	b = run("b");
	game = run("game");
	settle();
	ck_assert_int_eq(nice_of(b), 7);
	sim_exec_again(stage->sim, game, &other);
	settle();
	ck_assert_int_eq(nice_of(b), 0);
	game = run("game");
	settle();
	ck_assert_int_eq(nice_of(b), 7);
	sim_lose(stage->sim, 1);
	sim_exit(stage->sim, game);
	settle();
	ck_assert_int_eq(nice_of(b), 0);
	ck_assert_uint_eq(stage->engine.voice[0].tag_alive[0], 0);
	curtain_down();
}

START_TEST(looking_at_a_task_counts_no_tag_twice)
{
	struct opinion o;
	pid_t          game;

	play_games();
	game = run("game");
	settle();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(rehearsal_look(stage,
		                                (struct task_id){ game, game, 0 },
		                                &o), 0);
	ck_assert_uint_eq(stage->engine.voice[0].tag_alive[0], 1);
	curtain_down();
}

START_TEST(a_rule_that_waits_for_its_own_tag_comes_to_rest)
{
	struct want         w = { 0 };
	struct builder_rule r;
	pid_t               x;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.tag = "mine";
	r.when = select_running("mine");
	want_set(&w, SETTING_nice, 7);
	r.want = &w;
	rule_add(r);
	rules_end(act_never);
	curtain_up(1, NULL);
	x = run("x");
	settle();                       /* fails if it never does             */
	ck_assert_int_eq(nice_of(x), 7);
	sim_exit(stage->sim, x);
	settle();
	ck_assert_uint_eq(stage->engine.voice[0].tag_alive[0], 0);
	curtain_down();
}

static void begin_setting(const char *name, enum setting s, int64_t low,
                          int64_t high)
{
	begin_named(name);
	builder_condition(building, CONDITION_SETTING, s);
	builder_range(building, low, high);
}

START_TEST(a_setting_in_a_match_is_the_value_without_us)
{
	pid_t x, other;

	rules_begin();
	begin_setting("x", SETTING_nice, 0, 3);
	play(builder_selector_end(building), IMAGE_NONE);
	x = run("x");
	other = run("plain");
	sim_set_knob(stage->sim, other, SETTING_nice, 5);
	sim_exec_again(stage->sim, other,
	               &(struct sim_program){ .name = "x" });
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert_int_eq(nice_of(other), 5);
	/* Judged once more, it still holds: what it has is ours. */
	sim_set_uid(stage->sim, x, 1001);
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}

START_TEST(a_class_is_compared_without_its_parameters)
{
	int64_t round_robin = sched_value(SCHED_CLASS_RR, 50);
	pid_t   x, other;

	rules_begin();
	begin_setting("x", SETTING_sched, SCHED_CLASS_BATCH,
	              SCHED_CLASS_OTHER);
	rule_wants(builder_selector_end(building), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	begin_setting("x", SETTING_sched, SCHED_CLASS_RR, SCHED_CLASS_FIFO);
	rule_wants(builder_selector_end(building), IMAGE_NONE,
	           SETTING_timer_slack, 2000);
	rules_end(act_never);
	curtain_up(1, NULL);
	stage->engine.enforcer.allow_realtime = true;
	x = run("x");
	other = run("plain");
	ck_assert_int_eq(sim_set_knob(stage->sim, other, SETTING_sched,
	                              round_robin), 0);
	sim_exec_again(stage->sim, other,
	               &(struct sim_program){ .name = "x" });
	settle();
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 1000);
	ck_assert_int_eq(knob(other, SETTING_timer_slack), 2000);
	curtain_down();
}

START_TEST(a_setting_of_the_parent_can_be_asked_for)
{
	pid_t make, child, stranger;

	rules_begin();
	begin_setting("make", SETTING_nice, 3, 3);
	play(select_child_of(builder_selector_end(building)), IMAGE_NONE);
	make = run("make");
	sim_set_knob(stage->sim, make, SETTING_nice, 3);
	stranger = run_under(run("make"), "cc1", 1000);
	child = run_under(make, "cc1", 1000);
	settle();
	ck_assert_int_eq(nice_of(child), 7);
	ck_assert_int_eq(nice_of(stranger), 0);
	curtain_down();
}

START_TEST(a_variable_of_the_environment_is_asked_for_by_name)
{
	static const char *const steam[] = { "HOME=/", "SteamAppId=7", NULL };
	static const char *const plain[] = { "HOME=/", "NotSteamAppId=7",
	                                     "SteamAppIdToo=7", NULL };
	struct sim_program p = { .name = "game", .env = steam };
	pid_t              game, other;

	rules_begin();
	builder_selector_begin(building, SELECT_PROCESS);
	builder_env(building, "SteamAppId", 10);
	builder_any(building);
	play(builder_selector_end(building), IMAGE_NONE);
	game = sim_exec(stage->sim, &p);
	p.env = plain;
	other = sim_exec(stage->sim, &p);
	settle();
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(game), 7);
	ck_assert_int_eq(nice_of(other), 0);
	curtain_down();
}

int main(void)
{
	const TTest *const tests[] = {
		a_rule_holds_while_a_task_with_a_tag_is_alive,
		who_runs_another_program_or_was_lost_is_not_alive_with_its_tag,
		looking_at_a_task_counts_no_tag_twice,
		a_rule_that_waits_for_its_own_tag_comes_to_rest,
		a_setting_in_a_match_is_the_value_without_us,
		a_class_is_compared_without_its_parameters,
		a_setting_of_the_parent_can_be_asked_for,
		a_variable_of_the_environment_is_asked_for_by_name,
	};

	return run_tests("engine, alive", tests, sizeof tests / sizeof *tests);
}
