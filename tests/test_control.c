/* test_control.c -- whoever comes to the gate is heard, answered, and never the
 * end of anything but their own visit. */

#include "visiting.h"

#include "control/verb.h"

#define STATUS "{\"pqs\":1,\"ask\":\"status\"}"

static void begin(void)
{
	rules_usual(act_by_battery);
	gate_open();
}

static void end(void)
{
	gate_shut();
	curtain_down();
}

START_TEST(an_ask_is_answered_with_rows_and_an_end)
{
	uint32_t v = visitor(0);

	assert_answer(v, STATUS, "{\"row\":\"pqs\",\"version\":\"" PQS_VERSION);
	ck_assert_ptr_nonnull(strstr(said, "\"rules\":3"));
	ck_assert_ptr_nonnull(strstr(said, "{\"pqs\":1,\"end\":\"status\","
	                                   "\"rows\":9}\n"));
	assert_answer(v, STATUS, "\"end\":\"status\"");
	ck_assert(is_there(v));
}
END_TEST

START_TEST(status_counts_execs_and_tells_how_long_steps_took)
{
	uint32_t v = visitor(0);

	assert_answer(v, STATUS, "\"execs\":0,");
	run("f");
	run("f");
	settle();
	assert_answer(v, STATUS, "\"execs\":2,");
	ck_assert_ptr_nonnull(strstr(said, "{\"row\":\"loop\",\"steps\":"));
	ck_assert_ptr_nonnull(strstr(said, "\"p9999_ns\":"));
}
END_TEST

static const struct { const char *line, *error; } senseless[] = {
	{ "", "malformed" },
	{ "hello", "malformed" },
	{ "{\"pqs\":1,\"ask\":\"status\"", "malformed" },
	{ "{\"pqs\":1,\"pqs\":1,\"ask\":\"status\"}", "malformed" },
	{ "\xff\xfe\x01", "malformed" },
	{ "{}", "version" },
	{ "{\"ask\":\"status\"}", "version" },
	{ "{\"pqs\":2,\"ask\":\"status\"}", "version" },
	{ "{\"pqs\":\"1\",\"ask\":\"status\"}", "version" },
	{ "{\"pqs\":1}", "wrong" },
	{ "{\"pqs\":1,\"ask\":7}", "wrong" },
	{ "{\"pqs\":1,\"ask\":\"statu\"}", "did you mean 'status'?" },
	{ "{\"pqs\":1,\"ask\":\"\"}", "unknown" },
	{ "{\"pqs\":1,\"ask\":\"status\",\"x\":1}", "takes no 'x'" },
};

START_TEST(what_makes_no_sense_is_refused_and_the_visitor_stays)
{
	uint32_t v = visitor(0);

	assert_answer(v, senseless[_i].line, senseless[_i].error);
	ck_assert_ptr_nonnull(strstr(said, "\"pqs\":1,\"error\":"));
	ck_assert_uint_eq(control_counts(control).refused, 1);
	assert_answer(v, STATUS, "\"end\":\"status\"");
}
END_TEST

START_TEST(a_line_may_come_in_pieces_and_several_at_once)
{
	uint32_t v = visitor(0);

	for (const char *c = STATUS "\n"; *c != '\0'; c++) {
		char one[2] = { *c, '\0' };

		ck_assert_str_eq(heard(v), "");
		say(v, one);
	}
	assert_heard(v, "\"end\":\"status\"");
	say(v, STATUS "\n{\n" STATUS "\n");
	heard(v);
	ck_assert_ptr_nonnull(strstr(said, "malformed"));
	ck_assert_ptr_nonnull(strstr(strstr(said, "malformed"),
	                             "\"end\":\"status\""));
	ck_assert_uint_eq(control_counts(control).asked, 4);
}
END_TEST

START_TEST(half_a_line_is_waited_for_but_not_for_ever)
{
	uint32_t v = visitor(1000), idle = visitor(1000);

	say(v, "{\"pqs\":1,");
	pass(VISIT_IDLE_NS - SECOND);
	ck_assert(is_there(v) && is_there(idle));
	say(v, "\"ask\":\"status\"}\n");
	assert_heard(v, "\"end\":\"status\"");
	pass(2 * SECOND);
	ck_assert(is_there(v) && !is_there(idle));
	say(v, "{\"pqs\":1,");
	pass(VISIT_IDLE_NS);
	ck_assert(!is_there(v));
	ck_assert_uint_eq(control_counts(control).dropped, 2);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_told_and_ends_the_visit)
{
	static char line[VISIT_LINE_MAX + 1];
	uint32_t    v = visitor(0);

	memset(line, 'x', VISIT_LINE_MAX);
	say(v, line);
	assert_heard(v, "a line has at most 8191 bytes");
	settle();
	ck_assert(!is_there(v));
}
END_TEST

START_TEST(the_longest_line_is_heard)
{
	static char line[VISIT_LINE_MAX + 1];
	uint32_t    v = visitor(0);

	memset(line, ' ', VISIT_LINE_MAX);
	memcpy(line, STATUS, strlen(STATUS));
	line[VISIT_LINE_MAX - 1] = '\n';
	say(v, line);
	assert_heard(v, "\"end\":\"status\"");
}
END_TEST

/* Its answers fill what there is room for, and no more is heard of it. */
START_TEST(who_does_not_read_is_dropped)
{
	uint32_t v = visitor(1000);
	size_t   asked = 0;

	while (asked < 1000 && sim_say(stage->sim, v, STATUS "\n",
	                               strlen(STATUS) + 1) > 0) {
		settle();
		asked++;
	}
	ck_assert_uint_gt(asked, 5);
	ck_assert_uint_lt(asked, 100);
	pass(VISIT_STALL_NS - SECOND);
	ck_assert(is_there(v));
	pass(2 * SECOND);
	ck_assert(!is_there(v));
	ck_assert_uint_eq(control_counts(control).dropped, 1);
}
END_TEST

START_TEST(who_reads_slowly_gets_everything)
{
	uint32_t v = visitor(1000);
	char     some[300];
	size_t   n, all = 0;

	for (int i = 0; i < 40; i++) {
		sim_say(stage->sim, v, STATUS "\n", strlen(STATUS) + 1);
		settle();
	}
	for (int i = 0; i < 1000; i++) {
		pass(SECOND);
		n = sim_listen(stage->sim, v, some, sizeof some);
		all += n;
		if (n == 0)
			break;
	}
	ck_assert_uint_gt(all, VISIT_ROOM - VISIT_ROW_MAX);
	ck_assert_uint_eq(control_counts(control).dropped, 0);
}
END_TEST

START_TEST(who_says_nothing_more_still_gets_the_answer)
{
	uint32_t v = visitor(0);

	say(v, STATUS "\n");
	sim_hush(stage->sim, v);
	assert_heard(v, "\"end\":\"status\"");
	settle();
	ck_assert(!is_there(v));
	ck_assert_uint_eq(control_counts(control).dropped, 0);
}
END_TEST

START_TEST(who_leaves_is_forgotten_whenever_that_is)
{
	for (size_t n = 0; n <= strlen(STATUS "\n"); n++) {
		char     part[64];
		uint32_t v = visitor(1000);

		snprintf(part, sizeof part, "%.*s", (int)n, STATUS "\n");
		say(v, part);
		if (_i > 0)
			settle();
		sim_leave(stage->sim, v);
		settle();
		ck_assert(!is_there(v));
	}
	for (uint32_t v = 0; v < VISITS_MAX; v++)
		ck_assert(!is_there(v));
}
END_TEST

START_TEST(an_answer_that_cannot_be_sent_ends_the_visit)
{
	uint32_t v = visitor(0);

	sim_fail(stage->sim, SIM_SEND, EPIPE, 1);
	say(v, STATUS "\n");
	settle();
	ck_assert(!is_there(v));
	assert_answer(visitor(0), STATUS, "\"end\":\"status\"");
}
END_TEST

START_TEST(there_are_no_more_visitors_than_places)
{
	const struct peer who = { .uid = 1000 };

	for (int i = 0; i < VISITS_MAX; i++)
		visitor(1000);
	settle();
	ck_assert_int_eq(sim_visit(stage->sim, &who), -EUSERS);
	pass(VISIT_IDLE_NS);
	assert_answer(visitor(0), STATUS, "\"turned_away\":1");
}
END_TEST

static int asked_until_unheard(uint32_t v)
{
	int n = 0;

	while (n < 200) {
		if (sim_say(stage->sim, v, "x\n", 2) == 0 ||
		    strstr(heard(v), "malformed") == NULL)
			break;
		n++;
	}
	return n;
}

/* So many at once, then one in each 5 ms: the rest is heard in time. */
START_TEST(who_asks_too_often_is_heard_later)
{
	uint32_t v = visitor(1000);
	int      at_once = asked_until_unheard(v);

	ck_assert_int_ge(at_once, 50);
	ck_assert_int_lt(at_once, 60);
	pass(SECOND);
	heard(v);
	ck_assert_int_ge(asked_until_unheard(v), 40);
}
END_TEST

START_TEST(nobody_is_woken_for_when_nobody_is_there)
{
	uint32_t v;

	settle();
	ck_assert_uint_eq(control_wake_ns(control), UINT64_MAX);
	v = visitor(0);
	ask(v, STATUS);
	ck_assert_uint_lt(control_wake_ns(control), UINT64_MAX);
	sim_leave(stage->sim, v);
	settle();
	ck_assert_uint_eq(control_wake_ns(control), UINT64_MAX);
}
END_TEST

/* Another seed: other delays, the same answers. */
START_TEST(whatever_the_order_of_things_everyone_is_answered)
{
	uint32_t v[20];

	sim_delay(stage->sim, (uint64_t)(_i + 1) * MS);
	for (int i = 0; i < 20; i++) {
		v[i] = visitor((uid_t)(i % 3) * 1000);
		say(v[i], STATUS "\n");
		run(i % 2 ? "x" : "f");
	}
	pass(SECOND);
	for (int i = 0; i < 20; i++)
		assert_heard(v[i], "\"end\":\"status\"");
}
END_TEST

/* The three rules of rules_usual(): one is of constants. */
START_TEST(rules_are_listed_with_what_came_of_them)
{
	uint32_t v = visitor(0);

	run("x");
	run("f");
	settle();
	ask(v, "{\"pqs\":1,\"ask\":\"rules\"}");
	ck_assert_ptr_nonnull(strstr(said, "\"end\":\"rules\",\"rows\":3"));
	ck_assert_ptr_nonnull(strstr(said, "\"layer\":\"admin\""));
	ck_assert_ptr_nonnull(strstr(said, "\"function\":true"));
	ck_assert_ptr_nonnull(strstr(said, "\"won\":1"));
	ck_assert_ptr_null(strstr(said, "\"matched\":0"));
	ck_assert_ptr_nonnull(strstr(said, "\"answered\":1"));
}
END_TEST

START_TEST(the_log_tells_what_was_changed_and_filters_it)
{
	char     line[200];
	uint32_t v = visitor(0);
	pid_t    x = run("x"), f = run("f");

	settle();
	ask(v, "{\"pqs\":1,\"ask\":\"log\"}");
	ck_assert_ptr_nonnull(strstr(said, "\"setting\":\"timer_slack\""));
	ck_assert_ptr_nonnull(strstr(said, "\"end\":\"log\",\"rows\":3"));
	snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"log\",\"pid\":%d}",
	         (int)f);
	ask(v, line);
	ck_assert_ptr_nonnull(strstr(said, "\"end\":\"log\",\"rows\":1"));
	ck_assert_ptr_nonnull(strstr(said, "\"setting\":\"nice\""));
	assert_answer(v, "{\"pqs\":1,\"ask\":\"log\",\"rule\":\"none\"}",
	              "\"rows\":0");
	pass(5 * SECOND);
	run("f");
	settle();
	assert_answer(v, "{\"pqs\":1,\"ask\":\"log\",\"since_ns\":4000000000}",
	              "\"rows\":1");
	(void)x;
}
END_TEST

START_TEST(who_follows_the_log_hears_what_comes)
{
	uint32_t v = visitor(0);

	run("f");
	settle();
	say(v, "{\"pqs\":1,\"ask\":\"log\",\"follow\":true}\n");
	assert_heard(v, "\"number\":0");
	ck_assert_ptr_null(strstr(said, "\"end\""));
	pass(100 * SECOND);
	ck_assert(is_there(v));
	run("f");
	assert_heard(v, "\"number\":1");
	say(v, STATUS "\n");
	assert_heard(v, "\"end\":\"log\",\"rows\":2");
	ck_assert_ptr_nonnull(strstr(said, "\"end\":\"status\""));
}
END_TEST

START_TEST(who_follows_and_does_not_keep_up_is_told_how_much_was_missed)
{
	uint32_t v = visitor(0);

	say(v, "{\"pqs\":1,\"ask\":\"log\",\"follow\":true}\n");
	settle();
	for (int i = 0; i < 2 * DECISIONS_MAX; i++) {
		run("f");
		settle();
	}
	assert_heard(v, "{\"row\":\"missed\",\"count\":");
	ck_assert_ptr_nonnull(strstr(said, "\"number\":2047,"));
	ck_assert(is_there(v));
}
END_TEST

START_TEST(users_see_their_own_tasks_alone)
{
	char     line[200];
	pid_t    own = run_under(0, "f", 1000), other = run_under(0, "f", 2000);
	uint32_t v = visitor(1000);

	settle();
	assert_answer(v, "{\"pqs\":1,\"ask\":\"log\"}", "\"rows\":1");
	snprintf(line, sizeof line, "\"pid\":%d,", (int)own);
	ck_assert_ptr_nonnull(strstr(said, line));
	snprintf(line, sizeof line,
	         "{\"pqs\":1,\"ask\":\"explain\",\"pid\":%d}", (int)own);
	assert_answer(v, line, "\"end\":\"explain\"");
	for (int i = 0; i < 4; i++) {
		static const char *const asks[] = {
			"\"ask\":\"explain\"", "\"ask\":\"undo\"",
			"\"ask\":\"focus\"",
			"\"ask\":\"set\",\"set\":[\"nice=9\"]",
		};

		snprintf(line, sizeof line, "{\"pqs\":1,%s,\"pid\":%d}",
		         asks[i], (int)other);
		assert_answer(v, line, "\"error\":\"denied\"");
	}
	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\",\"all\":true}",
	              "\"error\":\"denied\"");
	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\",\"rule\":\"a rule\"}",
	              "\"error\":\"unknown\"");
	ck_assert_int_eq(nice_of(other), 5);
}
END_TEST

static const char *order(const char *verb, pid_t pid, const char *rest)
{
	static char line[300];

	snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"%s\",\"pid\":%d%s}",
	         verb, (int)pid, rest);
	return line;
}

START_TEST(what_is_set_outranks_every_rule_and_ends_in_time)
{
	pid_t    f = run("f");
	uint32_t v = visitor(0);

	settle();
	ck_assert_int_eq(nice_of(f), 5);
	assert_answer(v, order("set", f, ",\"set\":[\"nice=-3\"]"),
	              "\"rule\":\"pqs set\",\"now\":\"-3\",\"in_force\":true");
	ck_assert_int_eq(nice_of(f), -3);
	/* what is set beside it is kept */
	ask(v, order("set", f, ",\"set\":[\"timer_slack=2ms\"]"));
	ck_assert_int_eq(nice_of(f), -3);
	ck_assert_int_eq(knob(f, SETTING_timer_slack), 2000000);
	ask(v, order("set", f, ",\"set\":[\"nice=\"]"));
	settle();
	ck_assert_int_eq(nice_of(f), 5);
	ask(v, order("set", f, ",\"set\":[\"timer_slack=\"]"));
	settle();
	ck_assert_int_eq(knob(f, SETTING_timer_slack), 50000);
	ask(v, order("set", f, ",\"set\":[\"nice=1\"],\"keep_ns\":60000000000"));
	ck_assert_int_eq(nice_of(f), 1);
	assert_answer(v, order("explain", f, ""), "\"ends_in_ns\":");
	pass(59 * SECOND);
	ck_assert_int_eq(nice_of(f), 1);
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(f), 5);
	/* a shorter time counts too */
	v = visitor(0);
	ask(v, order("set", f, ",\"set\":[\"nice=1\"]"));
	ask(v, order("set", f, ",\"set\":[\"nice=1\"],\"keep_ns\":1000000000"));
	pass(2 * SECOND);
	ck_assert_int_eq(nice_of(f), 5);
}
END_TEST

START_TEST(what_is_set_ends_with_the_task)
{
	pid_t    f = run("f");
	uint32_t v = visitor(0);

	settle();
	ask(v, order("set", f, ",\"set\":[\"nice=1\"]"));
	ck_assert_uint_eq(leases_count(stage->engine.leases), 1);
	sim_exit(stage->sim, f);
	settle();
	ck_assert_uint_eq(leases_count(stage->engine.leases), 0);
}
END_TEST

START_TEST(a_user_may_only_lower)
{
	pid_t    f = run("f");
	uint32_t v = visitor(1000);

	settle();
	ask(v, order("set", f, ",\"set\":[\"nice=12\"]"));
	settle();
	pass(SECOND);
	ck_assert_int_eq(nice_of(f), 12);
	assert_answer(v, order("set", f, ",\"set\":[\"nice=-5\"]"),
	              "\"held_by\":\"a user's rights\"");
	pass(SECOND);
	ck_assert_int_eq(nice_of(f), 0);
	v = visitor(1000);
	assert_answer(v, order("set", f, ",\"set\":[\"pool=x\"]"), "denied");
	/* nor take away what who commands has set */
	ask(visitor(0), order("set", f, ",\"set\":[\"nice=15\"]"));
	ck_assert_int_eq(nice_of(f), 15);
	ask(v, order("set", f, ",\"set\":[\"nice=\"]"));
	pass(SECOND);
	ck_assert_int_eq(nice_of(f), 15);
}
END_TEST

static const struct { const char *rest, *error; } unsettable[] = {
	{ ",\"set\":[]", "wrong" },
	{ "", "needs 'set'" },
	{ ",\"set\":\"nice=5\"", "takes a list of texts" },
	{ ",\"set\":[\"nice\"]", "is no name=value" },
	{ ",\"set\":[\"nic=5\"]", "did you mean 'nice'?" },
	{ ",\"set\":[\"nice=50\"]", "'nice' takes" },
	{ ",\"set\":[\"nice=5\",\"x=1\"]", "there is no setting 'x'" },
	{ ",\"set\":[\"reclaim=1MiB\"]", "done once" },
	{ ",\"set\":[\"rt_priority=5\"]", "part of sched" },
	{ ",\"set\":[\"pool=x\"]", "there is no pool 'x'" },
	{ ",\"set\":[\"weight=0\"]", "'weight' takes" },
	{ ",\"set\":[\"realtime=5ms/1ms/4ms\"]", "single threads" },
	{ ",\"set\":[\"nice=5\"],\"keep_ns\":0", "a week at most" },
	{ ",\"set\":[\"nice=5\"],\"keep_ns\":-1", "a week at most" },
	{ ",\"set\":[\"nice=5\"],\"keep_ns\":9223372036854775807",
	  "a week at most" },
	{ ",\"set\":[\"nice=5\"],\"tid\":99999", "no task 99999" },
};

START_TEST(what_cannot_be_set_is_refused_and_changes_nothing)
{
	pid_t f = run("f");

	settle();
	assert_answer(visitor(0), order("set", f, unsettable[_i].rest),
	              unsettable[_i].error);
	ck_assert_int_eq(nice_of(f), 5);
	ck_assert_uint_eq(leases_count(stage->engine.leases), 0);
}
END_TEST

START_TEST(users_cannot_invent_sets_of_cpus_without_end)
{
	pid_t    f = run("f");
	uint32_t v = visitor(1000);
	int      taken = 0;

	settle();
	for (int i = 1; i < 2000; i++) {
		char rest[100];

		snprintf(rest, sizeof rest, ",\"set\":[\"affinity=0,%d\"]", i);
		if (i % 40 == 0)
			pass(SECOND);
		if (strstr(ask(v, order("set", f, rest)), "\"end\"") == NULL)
			break;
		taken++;
	}
	ck_assert_ptr_nonnull(strstr(said, "too many different sets"));
	ck_assert_int_le(taken, SETS_OF_USERS_MAX);
	assert_answer(visitor(0), order("set", f, ",\"set\":[\"affinity=0-2\"]"),
	              "\"end\"");
}
END_TEST

START_TEST(what_is_undone_is_left_alone_until_the_next_exec)
{
	pid_t    x = run("x");
	uint32_t v = visitor(0);
	const struct sim_program again = { .name = "x", .uid = 1000 };

	settle();
	ask(v, order("set", x, ",\"set\":[\"oom_score_adj=5\"]"));
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_int_eq(knob(x, SETTING_oom_score_adj), 5);
	assert_answer(v, order("undo", x, ""), "\"row\":\"undone\"");
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 50000);
	ck_assert_int_eq(knob(x, SETTING_oom_score_adj), 0);
	sim_host(stage->sim, HOST_on_battery, 1);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	assert_answer(v, order("explain", x, ""), "\"left_alone\":true");
	ck_assert_int_eq(sim_exec_again(stage->sim, x, &again), 0);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 15);
}
END_TEST

START_TEST(a_rule_that_is_undone_is_silent)
{
	pid_t    x = run("x");
	uint32_t v = visitor(0);

	settle();
	ck_assert_int_eq(nice_of(x), 5);
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 1000);
	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\",\"rule\":\"a rule\"}",
	              "\"end\":\"undo\",\"rows\":3");
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 50000);
	x = run("x");
	settle();
	ck_assert_int_eq(nice_of(x), 0);
	assert_answer(v, "{\"pqs\":1,\"ask\":\"rules\"}",
	              "\"silenced\":true");
	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\",\"rule\":\"b\"}",
	              "\"error\":\"unknown\"");
}
END_TEST

START_TEST(all_is_undone_and_nothing_new_begun)
{
	pid_t    x = run("x"), f = run("f");
	uint32_t v = visitor(0);

	settle();
	ask(v, order("set", f, ",\"set\":[\"nice=9\"]"));
	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\",\"all\":true}",
	              "\"end\":\"undo\"");
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 0);
	ck_assert_int_eq(nice_of(f), 0);
	ck_assert_int_eq(nice_of(run("f")), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
}
END_TEST

START_TEST(an_undo_says_of_what)
{
	uint32_t v = visitor(0);

	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\"}", "\"wrong\"");
	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\",\"all\":false}",
	              "\"wrong\"");
	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\",\"all\":true,\"pid\":1}",
	              "\"wrong\"");
}
END_TEST

START_TEST(who_is_looked_at_is_focused)
{
	pid_t        x = run("x");
	uint32_t     v = visitor(1000);
	struct value is;
	struct task *who;

	settle();
	assert_answer(v, order("focus", x, ""), "\"end\":\"focus\"");
	who = table_find(stage->engine.table, (struct task_id){ x, x, 0 });
	ck_assert_int_eq(table_fact(stage->engine.table, who, FACT_focused,
	                            &is), 1);
	ck_assert_int_eq(is.number, 1);
}
END_TEST

START_TEST(an_explanation_has_facts_rules_settings_and_changes)
{
	pid_t x = run("x");

	settle();
	ask(visitor(0), order("explain", x, ""));
	ck_assert_ptr_nonnull(strstr(said, "{\"row\":\"task\",\"pid\":"));
	ck_assert_ptr_nonnull(strstr(said, "\"fact\":\"name\",\"looked_at\":"
	                                   "true,\"value\":\"x\""));
	ck_assert_ptr_nonnull(strstr(said, "\"want\":\"timer_slack = 1us\""));
	ck_assert_ptr_nonnull(strstr(said, "\"setting\":\"nice\",\"wanted\":"
	                                   "\"5\""));
	ck_assert_ptr_nonnull(strstr(said, "\"in_force\":true"));
	ck_assert_ptr_nonnull(strstr(said, "{\"row\":\"limiter\",\"setting\":"
	                                   "\"nice\","));
	ck_assert_ptr_nonnull(strstr(said, "\"stays_ns\":"));
	ck_assert_ptr_nonnull(strstr(said, "{\"row\":\"change\""));
	assert_answer(visitor(0), order("explain", 3999999, ""), "\"gone\"");
}
END_TEST

#define MANY 2000

static void begin_many(void)
{
	rules_begin();
	for (int i = 0; i < MANY; i++) {
		char name[16];

		snprintf(name, sizeof name, i == 0 ? "x" : "y%d", i);
		rule_wants(select_named(SELECT_PROCESS, name), IMAGE_NONE,
		           SETTING_nice, 5);
	}
	rules_end(act_by_battery);
	curtain_up(1, NULL);
	gate_open();
}

static size_t lines_in(const char *text, size_t n)
{
	size_t lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += text[i] == '\n';
	return lines;
}

/* Round by round: never more than so many rows in one, and who starts meanwhile is
 * judged before the answer is over. */
START_TEST(a_long_answer_stands_in_nobodys_way)
{
	static char some[VISIT_ROOM];
	uint32_t    v = visitor(0);
	size_t      lines = 0, before = 0;
	pid_t       x = 0;

	say(v, "{\"pqs\":1,\"ask\":\"rules\"}\n");
	while (lines < MANY + 1) {
		size_t n;

		sim_until(stage->sim, sim_now_ns(stage->sim));
		ck_assert_int_eq(engine_round(&stage->engine), 1);
		n = sim_listen(stage->sim, v, some, sizeof some);
		ck_assert_uint_le(lines_in(some, n), VISIT_ROWS_PER_STEP);
		lines += lines_in(some, n);
		if (x == 0 && lines > 100) {
			x = run("x");
			before = lines;
		}
		if (x != 0 && lines > before + 10 * VISIT_ROWS_PER_STEP)
			ck_assert_int_eq(nice_of(x), 5);
		ck_assert_uint_lt(control_counts(control).dropped, 1);
	}
	ck_assert_uint_eq(lines, MANY + 1);
}
END_TEST

/* Two long answers and a short one: everybody has a turn. */
START_TEST(who_asks_for_little_does_not_wait_for_who_asks_for_much)
{
	static char some[VISIT_ROOM];
	uint32_t    much[2] = { visitor(0), visitor(1000) }, little;
	size_t      lines = 0;

	for (int i = 0; i < 2; i++)
		say(much[i], "{\"pqs\":1,\"ask\":\"rules\"}\n");
	little = visitor(2000);
	say(little, STATUS "\n");
	for (int i = 0; i < 20; i++) {
		sim_until(stage->sim, sim_now_ns(stage->sim));
		ck_assert_int_eq(engine_round(&stage->engine), 1);
		lines += lines_in(some, sim_listen(stage->sim, little, some,
		                                   sizeof some));
	}
	ck_assert_uint_eq(lines, 10);
}
END_TEST

static void read_page(char *text, size_t size)
{
	FILE  *f = fopen(PQS_TREE "/docs/control.md", "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	fclose(f);
}

static void assert_says(const char *page, const char *what)
{
	ck_assert_msg(strstr(page, what) != NULL, "control.md lacks: %s", what);
}

START_TEST(the_page_has_every_verb_with_its_keys_and_an_example)
{
	static char page[1 << 17];
	char        text[160];

	read_page(page, sizeof page);
	for (size_t i = 0; i < verbs_count; i++) {
		const struct verb *v = &verbs[i];

		snprintf(text, sizeof text, "### %s\n", v->name);
		assert_says(page, text);
		snprintf(text, sizeof text, "\"ask\":\"%s\"", v->name);
		assert_says(page, text);
		snprintf(text, sizeof text, "\"end\":\"%s\"", v->name);
		assert_says(page, text);
		snprintf(text, sizeof text, "For %s.",
		         verb_right_name(v->right));
		assert_says(strstr(page, v->what), text);
		for (size_t k = 0; v->key[k].name != NULL; k++) {
			snprintf(text, sizeof text, "| `%s` |",
			         v->key[k].name);
			assert_says(page, text);
		}
	}
}
END_TEST

static TCase *case_visits(void)
{
	TCase *c = tcase_create("visits");

	tcase_add_checked_fixture(c, begin, end);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, an_ask_is_answered_with_rows_and_an_end);
	tcase_add_test(c, status_counts_execs_and_tells_how_long_steps_took);
	tcase_add_loop_test(c, what_makes_no_sense_is_refused_and_the_visitor_stays,
	                    0, (int)(sizeof senseless / sizeof senseless[0]));
	tcase_add_test(c, a_line_may_come_in_pieces_and_several_at_once);
	tcase_add_test(c, half_a_line_is_waited_for_but_not_for_ever);
	tcase_add_test(c, a_line_that_is_too_long_is_told_and_ends_the_visit);
	tcase_add_test(c, the_longest_line_is_heard);
	tcase_add_test(c, who_does_not_read_is_dropped);
	tcase_add_test(c, who_reads_slowly_gets_everything);
	tcase_add_test(c, who_says_nothing_more_still_gets_the_answer);
	tcase_add_loop_test(c, who_leaves_is_forgotten_whenever_that_is, 0, 2);
	tcase_add_test(c, an_answer_that_cannot_be_sent_ends_the_visit);
	tcase_add_test(c, there_are_no_more_visitors_than_places);
	tcase_add_test(c, who_asks_too_often_is_heard_later);
	tcase_add_test(c, nobody_is_woken_for_when_nobody_is_there);
	tcase_add_loop_test(c, whatever_the_order_of_things_everyone_is_answered,
	                    0, 20);
	return c;
}

static TCase *case_verbs(void)
{
	TCase *c = tcase_create("verbs");

	tcase_add_checked_fixture(c, begin, end);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, rules_are_listed_with_what_came_of_them);
	tcase_add_test(c, the_log_tells_what_was_changed_and_filters_it);
	tcase_add_test(c, who_follows_the_log_hears_what_comes);
	tcase_add_test(c, who_follows_and_does_not_keep_up_is_told_how_much_was_missed);
	tcase_add_test(c, users_see_their_own_tasks_alone);
	tcase_add_test(c, what_is_set_outranks_every_rule_and_ends_in_time);
	tcase_add_test(c, what_is_set_ends_with_the_task);
	tcase_add_test(c, a_user_may_only_lower);
	tcase_add_loop_test(c, what_cannot_be_set_is_refused_and_changes_nothing,
	                    0, (int)(sizeof unsettable / sizeof unsettable[0]));
	tcase_add_test(c, users_cannot_invent_sets_of_cpus_without_end);
	tcase_add_test(c, what_is_undone_is_left_alone_until_the_next_exec);
	tcase_add_test(c, a_rule_that_is_undone_is_silent);
	tcase_add_test(c, all_is_undone_and_nothing_new_begun);
	tcase_add_test(c, an_undo_says_of_what);
	tcase_add_test(c, who_is_looked_at_is_focused);
	tcase_add_test(c, an_explanation_has_facts_rules_settings_and_changes);
	return c;
}

int main(void)
{
	Suite *s = suite_create("control");
	TCase *page = tcase_create("page"), *many = tcase_create("many");

	suite_add_tcase(s, case_visits());
	suite_add_tcase(s, case_verbs());
	tcase_add_checked_fixture(many, begin_many, end);
	tcase_set_timeout(many, 60);
	tcase_add_test(many, a_long_answer_stands_in_nobodys_way);
	tcase_add_test(many, who_asks_for_little_does_not_wait_for_who_asks_for_much);
	suite_add_tcase(s, many);
	tcase_add_test(page, the_page_has_every_verb_with_its_keys_and_an_example);
	suite_add_tcase(s, page);
	return run_suite(s);
}
