/* test_control_set.c -- what is set, undone and focused by whoever comes to the
 * gate. */

#include "model/group.h"
#include "order.h"
#include "visiting.h"

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

static int64_t group_of(pid_t pid)
{
	return knob(pid, SETTING_pool);
}

/* It is one pool for all of it, whoever of them leaves, until the last one has. */
START_TEST(a_tree_shares_the_pool_that_is_set_on_it)
{
	pid_t    top = run("f"), kid = run_under(top, "g", 1000), late;
	pid_t    other = run("f");
	uint32_t v = visitor(0);
	int64_t  outside;

	settle();
	outside = group_of(top);
	ask(v, order("set", top, ",\"set\":[\"weight=20\"],\"tree\":true"));
	pass(SECOND);
	ck_assert(group_is_of_one(group_of(top)));
	ck_assert_int_eq(group_of(kid), group_of(top));
	late = run_under(kid, "g", 1000);
	pass(SECOND);
	ck_assert_int_eq(group_of(late), group_of(top));
	ck_assert_int_eq(group_of(other), outside);
	sim_exit(stage->sim, top);
	pass(5 * SECOND);
	ck_assert_int_eq(group_of(late), group_of(kid));
	ck_assert(group_is_of_one(group_of(kid)));
	/* what is set on one of them alone is that one's */
	ask(v, order("set", late, ",\"set\":[\"weight=30\"]"));
	pass(SECOND);
	ck_assert(group_is_of_one(group_of(late)));
	ck_assert_int_ne(group_of(late), group_of(kid));
	ask(v, order("set", late, ",\"set\":[\"weight=\"]"));
	pass(SECOND);
	ck_assert_int_eq(group_of(late), group_of(kid));
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

/* Whoever asks for the same again has nobody judged, and another focus is in
 * nobody's way: so the socket cannot keep the loop busy by it. */
START_TEST(a_focus_that_stays_costs_nothing)
{
	pid_t    x = run("x"), f = run("f");
	uint32_t v = visitor(1000);
	uint64_t judged;

	for (int i = 0; i < 50; i++)
		run("another");
	settle();
	ask(v, order("focus", x, ""));
	pass(SECOND);
	judged = stage->engine.counts.judged;
	for (int i = 0; i < 20; i++)
		assert_answer(v, order("focus", x, ""), "\"row\":\"focused\"");
	ck_assert_uint_eq(stage->engine.counts.judged, judged);
	v = visitor(1000);
	order_focus(&stage->engine, table_find(stage->engine.table,
	            (struct task_id){ f, f, 0 }));
	ck_assert(stage->engine.settling);
	settle();
	ck_assert_uint_gt(stage->engine.counts.judged, judged);
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

int main(void)
{
	Suite *s = suite_create("control: what is set");
	TCase *c = tcase_create("set and undone");

	tcase_add_checked_fixture(c, visits_begin, visits_end);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, what_is_set_outranks_every_rule_and_ends_in_time);
	tcase_add_test(c, a_tree_shares_the_pool_that_is_set_on_it);
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
	tcase_add_test(c, a_focus_that_stays_costs_nothing);
	suite_add_tcase(s, c);
	return run_suite(s);
}
