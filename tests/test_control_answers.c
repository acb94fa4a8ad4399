/* test_control_answers.c -- what is answered at the gate, short or long, and to
 * whom. */

#include "visiting.h"

#include "control/verb.h"

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
	uint32_t v = visitor(0);
	pid_t    x = run("x"), f = run("f");

	settle();
	ask(v, "{\"pqs\":1,\"ask\":\"log\"}");
	ck_assert_ptr_nonnull(strstr(said, "\"setting\":\"timer_slack\""));
	ck_assert_ptr_nonnull(strstr(said, "\"end\":\"log\",\"rows\":3"));
	ask(v, order("log", f, ""));
	ck_assert_ptr_nonnull(strstr(said, "\"end\":\"log\",\"rows\":1"));
	ck_assert_ptr_nonnull(strstr(said, "\"setting\":\"nice\""));
	assert_answer(v, order("log", x, ",\"rule\":\"a rule\""),
	              "\"rows\":2");
	pass(5 * SECOND);
	run("f");
	settle();
	assert_answer(v, "{\"pqs\":1,\"ask\":\"log\",\"since_ns\":4000000000}",
	              "\"rows\":1");
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
	char     text[40];
	pid_t    own = run_under(0, "f", 1000), other = run_under(0, "f", 2000);
	uint32_t v = visitor(1000);

	settle();
	assert_answer(v, "{\"pqs\":1,\"ask\":\"log\"}", "\"rows\":1");
	snprintf(text, sizeof text, "\"pid\":%d,", (int)own);
	ck_assert_ptr_nonnull(strstr(said, text));
	assert_answer(v, order("explain", own, ""), "\"end\":\"explain\"");
	for (int i = 0; i < 4; i++) {
		static const char *const verb[] = { "explain", "undo", "focus",
		                                    "set" };
		const char *rest = i == 3 ? ",\"set\":[\"nice=9\"]" : "";

		assert_answer(v, order(verb[i], other, rest),
		              "\"error\":\"denied\"");
	}
	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\",\"all\":true}",
	              "\"error\":\"denied\"");
	assert_answer(v, "{\"pqs\":1,\"ask\":\"undo\",\"rule\":\"a rule\"}",
	              "\"error\":\"unknown\"");
	ck_assert_int_eq(nice_of(other), 5);
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

START_TEST(what_somebody_else_has_set_is_told_before_pqs_comes_upon_it)
{
	pid_t x = run("x");

	settle();
	ck_assert_int_eq(sim_set_knob(stage->sim, x, SETTING_timer_slack,
	                              7000), 0);
	assert_answer(visitor(0), order("explain", x, ""),
	              "\"now\":\"7us\",\"in_force\":false,\"effect\":"
	              "\"left alone\",\"why\":\"somebody else has set it\"");
	ck_assert_int_eq(knob(x, SETTING_timer_slack), 7000);
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

/* Round by round: never more than so many rows in one, and who starts meanwhile
 * is judged before the answer is over. */
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
	ck_assert_uint_eq(lines, 11);
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

static TCase *case_answers(void)
{
	TCase *c = tcase_create("answers");

	tcase_add_checked_fixture(c, visits_begin, visits_end);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, rules_are_listed_with_what_came_of_them);
	tcase_add_test(c, the_log_tells_what_was_changed_and_filters_it);
	tcase_add_test(c, who_follows_the_log_hears_what_comes);
	tcase_add_test(c, who_follows_and_does_not_keep_up_is_told_how_much_was_missed);
	tcase_add_test(c, users_see_their_own_tasks_alone);
	tcase_add_test(c, an_explanation_has_facts_rules_settings_and_changes);
	tcase_add_test(c,
	               what_somebody_else_has_set_is_told_before_pqs_comes_upon_it);
	return c;
}

static TCase *case_many(void)
{
	TCase *c = tcase_create("many rules");

	tcase_add_checked_fixture(c, begin_many, visits_end);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, a_long_answer_stands_in_nobodys_way);
	tcase_add_test(c, who_asks_for_little_does_not_wait_for_who_asks_for_much);
	return c;
}

int main(void)
{
	Suite *s = suite_create("control: answers");
	TCase *page = tcase_create("page");

	suite_add_tcase(s, case_answers());
	suite_add_tcase(s, case_many());
	tcase_add_test(page, the_page_has_every_verb_with_its_keys_and_an_example);
	suite_add_tcase(s, page);
	return run_suite(s);
}
