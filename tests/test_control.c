/* test_control.c -- whoever comes to the gate is heard, and never the end of
 * anything but their own visit. */

#include "visiting.h"

START_TEST(an_ask_is_answered_with_rows_and_an_end)
{
	uint32_t v = visitor(0);

	assert_answer(v, STATUS, "{\"row\":\"pqs\",\"version\":\"" PQS_VERSION);
	ck_assert_ptr_nonnull(strstr(said, "\"rules\":3"));
	ck_assert_ptr_nonnull(strstr(said, "{\"pqs\":1,\"end\":\"status\","
	                                   "\"rows\":10}\n"));
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
	ck_assert_ptr_nonnull(strstr(said, "\"longest_at\":\""));
	ck_assert_ptr_nonnull(strstr(said, "\"dearest_cpu_ns\":"));
	ck_assert_ptr_nonnull(strstr(said, "{\"row\":\"phases\",\"reading\":"));
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

static int64_t told_number(const char *key)
{
	char        text[64];
	const char *at;

	snprintf(text, sizeof text, "\"%s\":", key);
	at = strstr(said, text);
	return at == NULL ? -1 : strtoll(at + strlen(text), NULL, 10);
}

static void seconds_with_one_exec(int n)
{
	for (int i = 0; i < n; i++) {
		run("f");
		pass(SECOND);
	}
}

START_TEST(status_tells_how_much_happens_in_a_thousand_seconds)
{
	int64_t judged;

	ask(visitor(0), STATUS);
	ck_assert_int_eq(told_number("judgings_per_1000s"), -1);
	seconds_with_one_exec(50);
	ask(visitor(0), STATUS);
	judged = told_number("judgings");
	seconds_with_one_exec(10);
	ask(visitor(0), STATUS);
	judged = told_number("judgings") - judged;
	ck_assert_int_ge(judged, 10);
	ck_assert_int_eq(told_number("judgings_per_1000s"), judged * 100);
}
END_TEST

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

int main(void)
{
	Suite *s = suite_create("control");
	TCase *c = tcase_create("visits");

	tcase_add_checked_fixture(c, visits_begin, visits_end);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, an_ask_is_answered_with_rows_and_an_end);
	tcase_add_test(c,
	               status_tells_how_much_happens_in_a_thousand_seconds);
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
	suite_add_tcase(s, c);
	return run_suite(s);
}
