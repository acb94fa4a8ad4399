/* test_engine_standing.c -- what must last, what is released late, what is
 * alive, and what is so without us: in the whole engine. */

#include "rehearsing.h"

static void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

static void begin_named(const char *name)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, name, strlen(name));
}

static uint32_t select_lasting(const char *name, uint64_t ns)
{
	begin_named(name);
	builder_lasting(building, ns);
	return builder_selector_end(building);
}

static uint32_t select_busy(const char *name, int64_t low, uint64_t ns)
{
	begin_named(name);
	builder_condition(building, CONDITION_FACT, FACT_cpu);
	builder_range(building, low, INT64_MAX);
	builder_lasting(building, ns);
	return builder_selector_end(building);
}

static uint32_t select_user(uid_t uid, uint64_t ns)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_uid);
	builder_range(building, uid, uid);
	builder_lasting(building, ns);
	return builder_selector_end(building);
}

static uint32_t select_battery_lasting(uint64_t ns)
{
	builder_selector_begin(building, SELECT_HOST);
	builder_condition(building, CONDITION_HOST, HOST_on_battery);
	builder_range(building, 1, 1);
	builder_lasting(building, ns);
	return builder_selector_end(building);
}

static uint32_t select_running(const char *tag)
{
	builder_selector_begin(building, SELECT_HOST);
	builder_condition(building, CONDITION_HOST, HOST_running);
	builder_tag(building, tag);
	return builder_selector_end(building);
}

/* The one rule there is wants nice 7. */
static void play(uint32_t match, uint32_t when)
{
	rule_wants(match, when, SETTING_nice, 7);
	rules_end(act_never);
	curtain_up(1, NULL);
}

static bool timers_run(void)
{
	return stage->engine.due.count != 0;
}

static void cpu(pid_t pid, int64_t percent)
{
	ck_assert_int_eq(sim_fact(stage->sim, pid, FACT_cpu, percent), 0);
}

START_TEST(a_rule_that_must_last_holds_at_its_time_and_not_before)
{
	pid_t x;

	rules_begin();
	play(select_lasting("x", 10 * SECOND), IMAGE_NONE);
	x = run("x");
	settle();
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(x), 0);
	pass(1);
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert(!timers_run());
	curtain_down();
}
END_TEST

START_TEST(a_break_starts_it_anew)
{
	pid_t x;

	rules_begin();
	begin_named("x");
	builder_condition(building, CONDITION_FACT, FACT_uid);
	builder_range(building, 1000, 1000);
	builder_lasting(building, 10 * SECOND);
	play(builder_selector_end(building), IMAGE_NONE);
	x = run("x");
	pass(5 * SECOND);
	sim_set_uid(stage->sim, x, 2000);
	pass(SECOND);
	sim_set_uid(stage->sim, x, 1000);
	settle();
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(x), 0);
	pass(1);
	ck_assert_int_eq(nice_of(x), 7);
	sim_set_uid(stage->sim, x, 2000);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

/* The rule hangs on the very thing that changes, so it is not even found. */
START_TEST(a_break_that_no_rule_looked_at_starts_it_anew_too)
{
	pid_t x;

	rules_begin();
	play(select_user(1000, 10 * SECOND), IMAGE_NONE);
	x = run("x");
	pass(5 * SECOND);
	sim_set_uid(stage->sim, x, 2000);
	pass(SECOND);
	sim_set_uid(stage->sim, x, 1000);
	settle();
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(x), 0);
	pass(1);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

START_TEST(another_program_starts_it_anew)
{
	const struct sim_program again = { .name = "x" };
	pid_t                    x;

	rules_begin();
	play(select_lasting("x", 10 * SECOND), IMAGE_NONE);
	x = run("x");
	pass(9 * SECOND);
	ck_assert_int_eq(sim_exec_again(stage->sim, x, &again), 0);
	settle();
	pass(9 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

START_TEST(an_except_that_must_last_excepts_nobody_before)
{
	struct want         w = { 0 };
	struct builder_rule r;
	pid_t               x;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.except = select_lasting("x", 10 * SECOND);
	want_set(&w, SETTING_nice, 7);
	r.want = &w;
	rule_add(r);
	rules_end(act_never);
	curtain_up(1, NULL);
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(x), 7);
	pass(1);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

START_TEST(a_state_of_the_machine_lasts_whoever_looks)
{
	pid_t early, late;

	rules_begin();
	play(select_named(SELECT_PROCESS, "x"),
	     select_battery_lasting(10 * SECOND));
	early = run("x");
	settle();
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(early), 0);
	pass(1);
	ck_assert_int_eq(nice_of(early), 7);
	late = run("x");
	settle();
	ck_assert_int_eq(nice_of(late), 7);
	sim_host(stage->sim, HOST_on_battery, 0);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(early), 0);
	pass(1);
	ck_assert_int_eq(nice_of(late), 7);
	curtain_down();
}
END_TEST

START_TEST(except_of_a_host_that_must_last_silences_later)
{
	struct want         w = { 0 };
	struct builder_rule r;
	pid_t               x;

	rules_begin();
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.unless = select_battery_lasting(10 * SECOND);
	want_set(&w, SETTING_nice, 7);
	r.want = &w;
	rule_add(r);
	rules_end(act_never);
	curtain_up(1, NULL);
	x = run("x");
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(x), 7);
	pass(1);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

/* How long the parent did it is a matter of the parent. */
START_TEST(what_a_parent_did_for_long_holds_for_its_children_at_once)
{
	pid_t make, first, second;

	rules_begin();
	play(select_child_of(select_lasting("make", 10 * SECOND)), IMAGE_NONE);
	make = run("make");
	first = run_under(make, "cc1", 1000);
	settle();
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(first), 0);
	pass(1);
	ck_assert_int_eq(nice_of(first), 7);
	second = run_under(make, "cc1", 1000);
	settle();
	ck_assert_int_eq(nice_of(second), 7);
	curtain_down();
}
END_TEST

START_TEST(a_thread_waits_too)
{
	pid_t x, thread;

	rules_begin();
	builder_selector_begin(building, SELECT_THREAD);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, "loop", 4);
	builder_lasting(building, 10 * SECOND);
	play(builder_selector_end(building), IMAGE_NONE);
	x = run("x");
	thread = sim_thread(stage->sim, x, "loop");
	settle();
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(thread), 0);
	pass(1);
	ck_assert_int_eq(nice_of(thread), 7);
	ck_assert_int_eq(nice_of(x), 0);
	sim_rename(stage->sim, thread, "other");
	settle();
	ck_assert_int_eq(nice_of(thread), 0);
	curtain_down();
}
END_TEST

START_TEST(a_threshold_that_must_last_is_sampled_and_breaks)
{
	pid_t x;

	rules_begin();
	play(select_busy("x", 80, 10 * SECOND), IMAGE_NONE);
	x = run("x");
	cpu(x, 90);
	settle();
	pass(5 * SECOND);
	cpu(x, 10);
	pass(2 * SECOND);
	cpu(x, 90);
	pass(SECOND);                   /* it is seen again by then           */
	pass(10 * SECOND - 1);
	ck_assert_int_eq(nice_of(x), 0);
	pass(1);
	ck_assert_int_eq(nice_of(x), 7);
	cpu(x, 10);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

START_TEST(a_threshold_once_passed_is_released_well_below_it)
{
	pid_t x;

	rules_begin();
	play(select_busy("x", 80, 0), IMAGE_NONE);
	x = run("x");
	cpu(x, 79);
	settle();
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	cpu(x, 80);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	cpu(x, 72);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	cpu(x, 71);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	cpu(x, 79);
	pass(5 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

START_TEST(what_drifts_of_a_parent_is_read_anew_for_its_children)
{
	pid_t make, child;

	rules_begin();
	play(select_child_of(select_busy("make", 80, 0)), IMAGE_NONE);
	make = run("make");
	cpu(make, 10);
	child = run_under(make, "cc1", 1000);
	settle();
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(child), 0);
	cpu(make, 90);
	pass(SECOND);
	ck_assert_int_eq(nice_of(child), 7);
	cpu(make, 10);
	pass(SECOND);
	ck_assert_int_eq(nice_of(child), 0);
	curtain_down();
}
END_TEST

START_TEST(a_threshold_of_the_machine_is_released_as_late)
{
	pid_t x;

	rules_begin();
	builder_selector_begin(building, SELECT_HOST);
	builder_condition(building, CONDITION_HOST, HOST_cpu);
	builder_range(building, 70, INT64_MAX);
	play(select_named(SELECT_PROCESS, "x"), builder_selector_end(building));
	x = run("x");
	sim_host(stage->sim, HOST_cpu, 69);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	sim_host(stage->sim, HOST_cpu, 70);
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	sim_host(stage->sim, HOST_cpu, 63);
	settle();
	ck_assert_int_eq(nice_of(x), 7);
	sim_host(stage->sim, HOST_cpu, 62);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	sim_host(stage->sim, HOST_cpu, 69);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	curtain_down();
}
END_TEST

START_TEST(nothing_wakes_without_a_rule_that_waits)
{
	uint64_t judged, events;

	rules_begin();
	play(select_named(SELECT_PROCESS, "x"), select_battery());
	for (int i = 0; i < 20; i++)
		run("x");
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(SECOND);
	judged = stage->engine.counts.judged;
	events = stage->engine.counts.events;
	pass(3600 * SECOND);
	ck_assert_uint_eq(stage->engine.counts.judged, judged);
	ck_assert_uint_eq(stage->engine.counts.events, events);
	ck_assert(!timers_run());
	ck_assert_uint_eq(standing_count(stage->engine.voice[0].standing), 0);
	curtain_down();
}
END_TEST

static struct task *row_of_process(pid_t pid)
{
	return table_find(stage->engine.table,
	                  (struct task_id){ pid, pid, 0 });
}

/* Reading would show: what drifts is forgotten before it is read anew. */
START_TEST(nothing_is_sampled_while_when_does_not_hold)
{
	uint64_t judged;
	pid_t    x;

	rules_begin();
	play(select_busy("x", 80, 0), select_battery());
	x = run("x");
	cpu(x, 90);
	settle();
	pass(SECOND);
	judged = stage->engine.counts.judged;
	pass(3600 * SECOND);
	ck_assert_uint_eq(stage->engine.counts.judged, judged);
	ck_assert(!timers_run());
	ck_assert_uint_eq(row_of_process(x)->drift_reads, 0);
	ck_assert_uint_eq(row_of_process(x)->facts->known & FACT_BIT(FACT_cpu),
	                  0);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	ck_assert_uint_ne(row_of_process(x)->drift_reads, 0);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	pass(SECOND);
	judged = stage->engine.counts.judged;
	pass(3600 * SECOND);
	ck_assert_uint_eq(stage->engine.counts.judged, judged);
	ck_assert(!timers_run());
	curtain_down();
}
END_TEST

/* Nobody looked meanwhile, so nobody knows that it went on. */
START_TEST(what_was_not_looked_at_did_not_last)
{
	pid_t x;

	rules_begin();
	play(select_busy("x", 80, 10 * SECOND), select_battery());
	x = run("x");
	cpu(x, 90);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(8 * SECOND);
	sim_host(stage->sim, HOST_on_battery, 0);
	settle();
	pass(60 * SECOND);
	sim_host(stage->sim, HOST_on_battery, 1);
	settle();
	pass(9 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

START_TEST(a_tag_holds_whatever_when_says_so_it_is_sampled_for)
{
	struct builder_rule r;
	pid_t               x;

	rules_begin();
	r = rule_of(select_busy("x", 80, 0));
	r.tag = "busy";
	r.when = select_battery();
	rule_add(r);
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_TAG, 0);
	builder_tag(building, "busy");
	play(builder_selector_end(building), IMAGE_NONE);
	x = run("x");
	cpu(x, 90);
	settle();
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	curtain_down();
}
END_TEST

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
END_TEST

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
END_TEST

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
END_TEST

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
END_TEST

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
END_TEST

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
END_TEST

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
END_TEST

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
END_TEST

START_TEST(nothing_is_remembered_of_who_left)
{
	pid_t x, thread;

	rules_begin();
	builder_selector_begin(building, SELECT_THREAD);
	builder_lasting(building, 10 * SECOND);
	rule_wants(builder_selector_end(building), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	play(select_busy("x", 80, 10 * SECOND), IMAGE_NONE);
	x = run("x");
	cpu(x, 90);
	thread = sim_thread(stage->sim, x, "a");
	sim_thread(stage->sim, x, "b");
	settle();
	pass(2 * SECOND);
	/* The main threads of x and of pid 1 are threads too. */
	ck_assert_uint_eq(standing_count(stage->engine.voice[0].standing), 6);
	sim_exit(stage->sim, thread);
	settle();
	ck_assert_uint_eq(standing_count(stage->engine.voice[0].standing), 5);
	sim_exit(stage->sim, x);
	settle();
	ck_assert_uint_eq(standing_count(stage->engine.voice[0].standing), 1);
	curtain_down();
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_rule_that_must_last_holds_at_its_time_and_not_before,
		a_break_starts_it_anew,
		a_break_that_no_rule_looked_at_starts_it_anew_too,
		another_program_starts_it_anew,
		an_except_that_must_last_excepts_nobody_before,
		a_state_of_the_machine_lasts_whoever_looks,
		except_of_a_host_that_must_last_silences_later,
		what_a_parent_did_for_long_holds_for_its_children_at_once,
		a_thread_waits_too,
		a_threshold_that_must_last_is_sampled_and_breaks,
		a_threshold_once_passed_is_released_well_below_it,
		what_drifts_of_a_parent_is_read_anew_for_its_children,
		a_threshold_of_the_machine_is_released_as_late,
		nothing_wakes_without_a_rule_that_waits,
		nothing_is_sampled_while_when_does_not_hold,
		what_was_not_looked_at_did_not_last,
		a_tag_holds_whatever_when_says_so_it_is_sampled_for,
		a_rule_holds_while_a_task_with_a_tag_is_alive,
		who_runs_another_program_or_was_lost_is_not_alive_with_its_tag,
		looking_at_a_task_counts_no_tag_twice,
		a_rule_that_waits_for_its_own_tag_comes_to_rest,
		a_setting_in_a_match_is_the_value_without_us,
		a_class_is_compared_without_its_parameters,
		a_setting_of_the_parent_can_be_asked_for,
		a_variable_of_the_environment_is_asked_for_by_name,
		nothing_is_remembered_of_who_left,
	};
	Suite *s = suite_create("engine, standing");
	TCase *c = tcase_create("standing");

	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
		tcase_add_test(c, tests[i]);
	suite_add_tcase(s, c);
	return run_suite(s);
}
