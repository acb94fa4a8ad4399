/* test_engine_facts.c -- rules about what a task is and does, as that becomes
 * known and changes, on a simulated machine. */

#include "rehearsing.h"

static void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

static uint32_t select_glob(enum fact fact, const char *glob)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, fact);
	ck_assert_int_eq(builder_glob(building, glob, strlen(glob)), 0);
	return builder_selector_end(building);
}

/* One rule: whoever fits gets nice 7. */
static void rule_only(uint32_t match)
{
	rule_wants(match, IMAGE_NONE, SETTING_nice, 7);
	rules_end(act_never);
	curtain_up(1, NULL);
}

static pid_t start(const struct sim_program *p)
{
	pid_t pid = sim_exec(stage->sim, p);

	ck_assert_int_gt(pid, 0);
	settle();
	return pid;
}

START_TEST(a_title_is_noticed_when_it_is_written_10_100_and_1000_ms_after)
{
	static const uint64_t written_ns[] = { 5 * MS, 50 * MS, 500 * MS },
	                      noticed_ns[] = { 11 * MS, 101 * MS, 1001 * MS };
	pid_t                 pid;

	rules_begin();
	rule_only(select_glob(FACT_title, "*worker*"));
	pid = sim_exec(stage->sim, &(struct sim_program){ .name = "server" });
	pass(written_ns[_i]);
	ck_assert_int_eq(sim_title(stage->sim, pid, "server: worker 1"), 0);
	settle();
	ck_assert_int_eq(nice_of(pid), 0);      /* nobody tells of it         */
	pass(noticed_ns[_i] - written_ns[_i]);
	ck_assert_int_eq(nice_of(pid), 7);
	sim_title(stage->sim, pid, "server: idle");
	pass(10 * SECOND);
	ck_assert_int_eq(nice_of(pid), _i == 2 ? 7 : 0);
	curtain_down();
}
END_TEST

START_TEST(a_title_settles_and_then_nobody_wakes_for_it)
{
	uint64_t calls;
	pid_t    pid;

	rules_begin();
	rule_only(select_glob(FACT_title, "*worker*"));
	pid = start(&(struct sim_program){ .name = "server" });
	pass(2 * SECOND);
	calls = sim_calls(stage->sim, SIM_FACTS);
	pass(3600 * SECOND);
	ck_assert_uint_eq(sim_calls(stage->sim, SIM_FACTS), calls);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

START_TEST(a_fork_has_its_parents_title_until_it_writes_its_own)
{
	const struct sim_program p = { .name = "server",
	                               .title = "server: main" };
	pid_t                    pid, child;

	rules_begin();
	rule_wants(select_glob(FACT_title, "*main*"), IMAGE_NONE, SETTING_nice,
	           3);
	rule_only(select_glob(FACT_title, "*worker*"));
	pid = start(&p);
	ck_assert_int_eq(nice_of(pid), 3);
	child = sim_fork(stage->sim, pid);
	pass(30 * MS);
	ck_assert_int_eq(nice_of(child), 3);
	sim_title(stage->sim, child, "server: worker");
	pass(100 * MS);
	ck_assert_int_eq(nice_of(child), 7);
	ck_assert_int_eq(nice_of(pid), 3);
	curtain_down();
}
END_TEST

START_TEST(a_variable_of_the_environment_picks_a_task_and_its_children)
{
	static const char *const game[] = { "HOME=/", "SteamAppId=7", NULL };
	static const char *const other[] = { "HOME=/", "XSteamAppId=7", NULL };
	pid_t                    a, b, child;
	const char *const       *names;

	rules_begin();
	builder_selector_begin(building, SELECT_PROCESS);
	builder_env(building, "SteamAppId", 10);
	builder_any(building);
	rule_only(builder_selector_end(building));
	ck_assert_uint_eq(ruleset_env(stage->engine.voice[0].rules, &names), 1);
	a = start(&(struct sim_program){ .name = "x", .env = game });
	b = start(&(struct sim_program){ .name = "x", .env = other });
	child = start(&(struct sim_program){ .name = "y", .parent = a });
	ck_assert_int_eq(nice_of(a), 7);
	ck_assert_int_eq(nice_of(b), 0);
	ck_assert_int_eq(nice_of(child), 7);
	curtain_down();
}
END_TEST

START_TEST(a_task_is_picked_by_its_script_app_or_container)
{
	static const char *const python[] = { "python3", "-m", "pip", NULL };
	static const char *const env[] = { "FLATPAK_ID=org.kde.krita", NULL };
	const struct sim_program all[] = {
		{ .name = "python3.11", .args = python },
		{ .name = "krita", .env = env },
		{ .name = "nginx",
		  .cgroup = "/docker/0123456789abcdef0123456789abcdef" },
		{ .name = "plain" },
	};
	static const struct {
		enum fact   fact;
		const char *glob;
	} rules[] = {
		{ FACT_script, "pip" }, { FACT_app, "org.kde.*" },
		{ FACT_container, "docker/*" },
	};

	rules_begin();
	rule_only(select_glob(rules[_i].fact, rules[_i].glob));
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(nice_of(start(&all[i])), i == _i ? 7 : 0);
	curtain_down();
}
END_TEST

START_TEST(what_drifts_is_followed)
{
	static const struct {
		enum fact fact;
		int64_t   bound;
	} drifting[] = {
		{ FACT_cpu, 80 }, { FACT_rss, INT64_C(2) << 30 },
		{ FACT_io_rate, 1 << 20 },
	};
	enum fact fact = drifting[_i].fact;
	pid_t     pid;

	rules_begin();
	rule_only(select_number(fact, drifting[_i].bound, INT64_MAX));
	pid = start(&(struct sim_program){ .name = "x" });
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(pid), 0);
	ck_assert_int_eq(sim_fact(stage->sim, pid, fact,
	                          drifting[_i].bound * 2), 0);
	pass(1100 * MS);
	ck_assert_int_eq(nice_of(pid), 7);
	ck_assert_int_eq(sim_fact(stage->sim, pid, fact, 1), 0);
	pass(1100 * MS);
	ck_assert_int_eq(nice_of(pid), 0);
	curtain_down();
}
END_TEST

START_TEST(a_foreign_exe_picks_nobody_and_its_name_does)
{
	pid_t own, foreign;

	rules_begin();
	rule_wants(select_glob(FACT_exe, "/usr/bin/*"), IMAGE_NONE,
	           SETTING_timer_slack, 1000);
	rule_only(select_named(SELECT_PROCESS, "x"));
	own = start(&(struct sim_program){ .name = "x" });
	foreign = start(&(struct sim_program){ .name = "x", .foreign = true });
	ck_assert_int_eq(knob(own, SETTING_timer_slack), 1000);
	ck_assert_int_ne(knob(foreign, SETTING_timer_slack), 1000);
	ck_assert_int_eq(nice_of(foreign), 7);  /* its name is known          */
	curtain_down();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("engine, facts");
	TCase *t = tcase_create("facts");

	suite_add_tcase(s, t);
	tcase_add_loop_test(t,
	        a_title_is_noticed_when_it_is_written_10_100_and_1000_ms_after,
	        0, 3);
	tcase_add_test(t, a_title_settles_and_then_nobody_wakes_for_it);
	tcase_add_test(t, a_fork_has_its_parents_title_until_it_writes_its_own);
	tcase_add_test(t,
	        a_variable_of_the_environment_picks_a_task_and_its_children);
	tcase_add_loop_test(t, a_task_is_picked_by_its_script_app_or_container,
	                    0, 3);
	tcase_add_loop_test(t, what_drifts_is_followed, 0, 3);
	tcase_add_test(t, a_foreign_exe_picks_nobody_and_its_name_does);
	return run_suite(s);
}
