/* test_control_orders.c -- what people set by hand: pools, and what belongs to
 * them. */

#include "visiting.h"

#include "model/group.h"

static void act_never(struct asking *q)
{
	(void)q;
	ck_abort_msg("no function should have been asked");
}

static void pool_is(const char *pool, int64_t weight)
{
	struct want         w = { 0 };
	struct builder_pool p = { .name = pool, .file = "test.c", .line = 1,
		                  .layer = LAYER_ADMIN, .want = &w };

	want_set(&w, SETTING_weight, weight);
	ck_assert_int_eq(builder_pool(building, &p, building_sets), 0);
}

/* "z" will be judged again in a while. */
static void rule_that_lasts(void)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, "z", 1);
	builder_lasting(building, 30 * SECOND);
	rule_wants(builder_selector_end(building), IMAGE_NONE,
	           SETTING_oom_score_adj, 5);
}

static void begin(void)
{
	rules_begin();
	rule_that_lasts();
	pool_is("build", 50);
	pool_is("guests", 30);
	troupe.limits = (struct limit_rates){ .dwell_ns = 100 * MS };
	rule_wants(select_named(SELECT_PROCESS, "x"), IMAGE_NONE,
	           SETTING_pool, interned_read_names(building_sets, "build"));
	rules_end(act_never);
	curtain_up(1, NULL);
	gate_open();
}

static const char *where(pid_t pid)
{
	static char text[GROUP_TEXT_MAX];

	return group_text(stage->sets, knob(pid, SETTING_pool), text,
	                  sizeof text);
}

static const char *set(pid_t pid, const char *pairs)
{
	static char line[300];

	snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,"
	         "\"set\":[%s]}", (int)pid, pairs);
	return line;
}

static const char *undo(pid_t pid)
{
	static char line[100];

	snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"undo\","
	         "\"pid\":%d}", (int)pid);
	return line;
}

START_TEST(what_belongs_to_a_pool_is_set_on_one_of_its_own)
{
	pid_t    y = run("y"), other = run("y");
	uint64_t limit = (uint64_t)64 << 20;

	settle();
	assert_answer(visitor(0), set(y, "\"weight=7\",\"memory_high=64MiB\""),
	              "\"wanted\":\"7\",\"rule\":\"pqs set\",\"now\":\"7\","
	              "\"in_force\":true");
	ck_assert_int_eq(where(y)[0], '@');
	ck_assert_int_eq(knob(y, SETTING_weight), 7);
	ck_assert_int_eq(knob(y, SETTING_memory_high), (int64_t)limit);
	ck_assert_str_eq(where(other), "/");
	assert_answer(visitor(0), undo(y), "\"setting\":\"pool\"");
	ck_assert_str_eq(where(y), "/");
	pass(2 * SECOND);
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
}
END_TEST

START_TEST(it_is_taken_back_and_ends_in_time)
{
	static char line[200];
	pid_t       y = run("y");

	settle();
	ask(visitor(0), set(y, "\"weight=7\""));
	ask(visitor(0), set(y, "\"weight=\""));
	settle();
	ck_assert_str_eq(where(y), "/");
	snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,"
	         "\"set\":[\"weight=7\"],\"keep_ns\":9000000000}", (int)y);
	ask(visitor(0), line);
	ck_assert_int_eq(knob(y, SETTING_weight), 7);
	pass(10 * SECOND);
	ck_assert_str_eq(where(y), "/");
}
END_TEST

START_TEST(a_pool_is_set_by_its_name)
{
	pid_t y = run("y");

	settle();
	assert_answer(visitor(0), set(y, "\"pool=buidl\""),
	              "there is no pool 'buidl'; did you mean 'build'?");
	assert_answer(visitor(0), set(y, "\"pool=build,guests\""),
	              "there is no pool");
	ck_assert_uint_eq(leases_count(stage->engine.leases), 0);
	assert_answer(visitor(0), set(y, "\"pool=build\""),
	              "\"now\":\"build\",\"in_force\":true");
	ck_assert_str_eq(where(y), "build");
	ck_assert_int_eq(knob(y, SETTING_weight), 50);
	assert_answer(visitor(0), set(y, "\"pool=\""), "\"end\"");
	ck_assert_str_eq(where(y), "/");
}
END_TEST

START_TEST(who_is_in_a_pool_sets_it_for_all_in_it)
{
	pid_t x = run("x"), other = run("x");

	settle();
	ck_assert_int_eq(knob(other, SETTING_weight), 50);
	ask(visitor(0), set(x, "\"weight=7\""));
	ck_assert_str_eq(where(x), "build");
	ck_assert_int_eq(knob(other, SETTING_weight), 7);
	ask(visitor(0), undo(x));
	settle();
	ck_assert_int_eq(knob(other, SETTING_weight), 50);
}
END_TEST

START_TEST(what_reaches_the_process_is_not_for_one_thread)
{
	static const char *const pairs[] = { "weight=7", "pool=build",
	                                     "oom_score_adj=5", "freeze=true" };
	static char line[200];
	pid_t       y = run("y"), tid;

	tid = sim_thread(stage->sim, y, "t");
	settle();
	snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,"
	         "\"tid\":%d,\"set\":[\"%s\"]}", (int)y, (int)tid, pairs[_i]);
	assert_answer(visitor(0), line, "whole process");
	ck_assert_uint_eq(leases_count(stage->engine.leases), 0);
}
END_TEST

START_TEST(a_change_of_the_main_thread_is_told_as_such)
{
	static char line[200];
	pid_t       y = run("y");

	sim_thread(stage->sim, y, "t");
	settle();
	ask(visitor(0), set(y, "\"timer_slack=2ms\""));
	ck_assert_ptr_null(strstr(said, "\"main\""));
	snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,"
	         "\"tid\":%d,\"set\":[\"nice=7\"]}", (int)y, (int)y);
	assert_answer(visitor(0), line, "\"main\":true,\"name\":\"y\","
	              "\"setting\":\"nice\"");
	assert_answer(visitor(0), "{\"pqs\":1,\"ask\":\"log\"}",
	              "\"main\":true,\"name\":\"y\",\"setting\":\"nice\"");
	ck_assert_ptr_null(strstr(said, "\"main\":true,\"name\":\"y\","
	                          "\"setting\":\"timer_slack\""));
}
END_TEST

/* What its other threads have is the process's. */
START_TEST(a_main_thread_that_is_apart_is_not_its_process)
{
	static char line[200];
	pid_t       y = run("y");

	sim_thread(stage->sim, y, "t");
	settle();
	snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"set\",\"pid\":%d,"
	         "\"tid\":%d,\"set\":[\"nice=7\"]}", (int)y, (int)y);
	ask(visitor(0), line);
	assert_answer(visitor(0), set(y, "\"nice=3\""),
	              "\"now\":\"3\",\"in_force\":true");
	ck_assert_int_eq(nice_of(y), 7);
}
END_TEST

/* It is judged again soon for another reason, and that will not help. */
START_TEST(what_is_denied_is_not_said_to_wait)
{
	pid_t z = run("z");

	settle();
	sim_unprivileged(stage->sim);
	assert_answer(visitor(0), set(z, "\"nice=7\""),
	              "\"effect\":\"denied\",\"why\":\"cannot be put back\"}");
	ck_assert_ptr_null(strstr(said, "waits"));
}
END_TEST

START_TEST(an_undo_tells_of_what)
{
	run("x");
	settle();
	assert_answer(visitor(0), "{\"pqs\":1,\"ask\":\"undo\",\"rule\":"
	              "\"a rlue\"}", "did you mean 'a rule'?");
	assert_answer(visitor(4242), "{\"pqs\":1,\"ask\":\"undo\",\"rule\":"
	              "\"ruel\"}", "no rule of yours is called 'ruel'\"");
	assert_answer(visitor(0), "{\"pqs\":1,\"ask\":\"undo\",\"all\":"
	              "true}", "{\"row\":\"undone\",\"all\":true}");
}
END_TEST

START_TEST(what_is_not_a_users_to_set_is_said_first)
{
	pid_t y = run("y");

	settle();
	assert_answer(visitor(1000), set(y, "\"realtime=5ms/1ms/4ms\""),
	              "not for a user to set");
}
END_TEST

/* A move takes its time, and nobody is answered before it is over. */
START_TEST(what_is_done_aside_is_waited_for)
{
	pid_t    y = run("y");
	uint32_t v = visitor(0);
	char     lines[500];

	settle();
	sim_slow_moves(stage->sim, SECOND);
	/* nor does the next ask cut it short */
	snprintf(lines, sizeof lines, "%s\n%s\n", set(y, "\"weight=7\""),
	         undo(y));
	say(v, lines);
	ck_assert_str_eq(heard(v), "");
	pass(SECOND + 100 * MS);
	assert_heard(v, "\"now\":\"7\",\"in_force\":true");
	pass(SECOND + 100 * MS);
	assert_heard(v, "\"row\":\"undone\"");
	ck_assert_ptr_nonnull(strstr(said, "\"setting\":\"pool\""));
	ck_assert_str_eq(where(y), "/");
}
END_TEST

/* A user's wish is held back by the limits, as rules' are. */
START_TEST(what_is_held_back_for_a_moment_is_waited_for)
{
	pid_t    y = run("y");
	uint32_t v = visitor(1000);

	settle();
	assert_answer(v, set(y, "\"nice=7\""), "\"now\":\"7\",\"in_force\":true");
	ck_assert_str_eq(ask(v, set(y, "\"nice=9\"")), "");
	pass(200 * MS);
	assert_heard(v, "\"now\":\"9\",\"in_force\":true");
	ck_assert_ptr_nonnull(strstr(said, "\"wanted\":\"9\",\"now\":\"9\","
	                                   "\"effect\":\"applied\""));
	ck_assert_ptr_null(strstr(said, "waits"));
}
END_TEST

START_TEST(what_cannot_be_written_down_is_not_said_to_wait_for_limits)
{
	pid_t    y = run("y");
	uint32_t v = visitor(0);

	settle();
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, 1000);
	ask(v, set(y, "\"nice=7\""));
	pass(3 * SECOND);
	assert_heard(v, "\"in_force\":false,\"effect\":\"waits\",\"why\":"
	                "\"cannot be written down: No space left on device\"");
	sim_fail(stage->sim, SIM_APPEND, ENOSPC, 0);
	pass(3 * SECOND);
	ck_assert_int_eq(nice_of(y), 7);
}
END_TEST

START_TEST(what_takes_too_long_is_told_as_it_is)
{
	pid_t    y = run("y");
	uint32_t v = visitor(0);

	settle();
	sim_slow_moves(stage->sim, 30 * SECOND);
	ask(v, set(y, "\"weight=7\""));
	ck_assert_str_eq(said, "");
	pass(3 * SECOND);
	assert_heard(v, "\"in_force\":false,\"effect\":\"waits\","
	             "\"why\":\"it is being done\"");
	ck_assert_ptr_nonnull(strstr(said, "\"end\":\"set\""));
	pass(30 * SECOND);
	ck_assert_int_eq(knob(y, SETTING_weight), 7);
}
END_TEST

START_TEST(who_leaves_meanwhile_is_told_of)
{
	pid_t    y = run("y");
	uint32_t v = visitor(0);

	settle();
	sim_slow_moves(stage->sim, SECOND);
	ask(v, set(y, "\"weight=7\""));
	sim_exit(stage->sim, y);
	pass(3 * SECOND);
	assert_heard(v, "\"error\":\"gone\"");
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("control: orders");
	TCase *t = tcase_create("pools");

	tcase_add_checked_fixture(t, begin, visits_end);
	tcase_add_test(t, what_belongs_to_a_pool_is_set_on_one_of_its_own);
	tcase_add_test(t, it_is_taken_back_and_ends_in_time);
	tcase_add_test(t, a_pool_is_set_by_its_name);
	tcase_add_test(t, who_is_in_a_pool_sets_it_for_all_in_it);
	tcase_add_loop_test(t, what_reaches_the_process_is_not_for_one_thread,
	                    0, 4);
	tcase_add_test(t, a_main_thread_that_is_apart_is_not_its_process);
	tcase_add_test(t, what_is_denied_is_not_said_to_wait);
	tcase_add_test(t, an_undo_tells_of_what);
	tcase_add_test(t, what_is_not_a_users_to_set_is_said_first);
	tcase_add_test(t, a_change_of_the_main_thread_is_told_as_such);
	tcase_add_test(t, what_is_done_aside_is_waited_for);
	tcase_add_test(t, what_is_held_back_for_a_moment_is_waited_for);
	tcase_add_test(t, what_cannot_be_written_down_is_not_said_to_wait_for_limits);
	tcase_add_test(t, what_takes_too_long_is_told_as_it_is);
	tcase_add_test(t, who_leaves_meanwhile_is_told_of);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
