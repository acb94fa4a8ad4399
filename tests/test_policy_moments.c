/* test_policy_moments.c -- rules and handlers that wait for a moment. */

#include "small_world.h"

static struct builder_rule at_moment(const char *name, enum moment m,
                                     const char *fields)
{
	struct builder_rule r = rule_for(name, pick(SELECT_PROCESS, fields));

	r.moment = m;
	r.keep_ns = 1;
	return r;
}

static uint32_t handler_add(const char *name, enum moment m)
{
	struct builder_rule r = rule_for(name, IMAGE_NONE);

	r.moment = m;
	r.is_function = r.is_handler = true;
	return rule_add(r);
}

static bool sets_off(struct ruleset *rs, enum moment m, struct task *who,
                     uint32_t rule)
{
	struct subject s = about(who);
	struct found   f;

	ck_assert_int_eq(ruleset_set_off(rs, m, &s, &f), 0);
	return was_found(&f, rule);
}

START_TEST(a_rule_is_set_off_at_its_moment_alone)
{
	struct task *p = appear(10, 0, (struct being){ .name = "cc1" });
	uint32_t     exec = rule_add(at_moment("a", MOMENT_EXEC, "name=cc1"));
	uint32_t     uid = rule_add(at_moment("b", MOMENT_UID, "name=cc1"));
	uint32_t     other = rule_add(at_moment("c", MOMENT_EXEC, "name=ld"));
	uint32_t     standing = rule_say("d", "name=cc1");
	struct ruleset *rs = rules_finish();

	ck_assert(sets_off(rs, MOMENT_EXEC, p, exec));
	ck_assert(!sets_off(rs, MOMENT_EXEC, p, uid));
	ck_assert(!sets_off(rs, MOMENT_EXEC, p, other));
	ck_assert(!sets_off(rs, MOMENT_EXEC, p, standing));
	ck_assert(sets_off(rs, MOMENT_UID, p, uid));
	ck_assert(!sets_off(rs, MOMENT_FORK, p, exec));
	ck_assert(!finds(rs, p, exec));
	ck_assert(finds(rs, p, standing));
	ruleset_free(rs);
}
END_TEST

START_TEST(an_except_and_a_tag_count_at_a_moment_too)
{
	struct task *p = appear(10, 0, (struct being){ .name = "cc1" });
	struct builder_rule r = rule_for("giver",
	                                 pick(SELECT_PROCESS, "name=cc1"));
	struct builder_rule excepting = at_moment("b", MOMENT_EXEC, "");
	struct ruleset     *rs;
	uint32_t            tagged, excepted;

	r.tag = "build";
	rule_add(r);
	tagged = rule_add(at_moment("a", MOMENT_EXEC, "tag=build"));
	excepting.except = pick(SELECT_PROCESS, "name=cc1");
	excepted = rule_add(excepting);
	rs = rules_finish();
	ck_assert(!sets_off(rs, MOMENT_EXEC, p, tagged));
	p->tags = look_up(rs, p).tags;
	ck_assert(sets_off(rs, MOMENT_EXEC, p, tagged));
	ck_assert(!sets_off(rs, MOMENT_EXEC, p, excepted));
	ruleset_free(rs);
}
END_TEST

START_TEST(of_who_is_gone_an_exit_knows_what_was_read)
{
	struct task *p = appear(10, 0, (struct being){ .name = "cc1",
	                                               .unit = "x.service" });
	uint32_t named = rule_add(at_moment("a", MOMENT_EXIT, "name=cc1"));
	uint32_t placed = rule_add(at_moment("b", MOMENT_EXIT,
	                                     "unit=x.service"));
	struct ruleset *rs;
	struct subject  s;
	struct found    f;
	struct value    v;

	rule_add(at_moment("c", MOMENT_RENAME, "unit=x.service"));
	rs = rules_finish();
	ck_assert_int_eq(table_fact(table, p, FACT_name, &v), 1);
	beings[10].alive = false;
	ck_assert(sets_off(rs, MOMENT_EXIT, p, named));
	ck_assert(!sets_off(rs, MOMENT_EXIT, p, placed));
	s = about(p);
	ck_assert_int_eq(ruleset_set_off(rs, MOMENT_RENAME, &s, &f), -ESRCH);
	ruleset_free(rs);
}
END_TEST

START_TEST(threads_are_set_off_by_rules_about_threads)
{
	struct task *p = appear(10, 0, (struct being){ .name = "jackd" });
	struct task *t = appear_thread(p, 500, "loop");
	struct builder_rule r = rule_for("t", pick(SELECT_THREAD, "name=loop"));
	uint32_t            of_process, of_thread;
	struct ruleset     *rs;

	r.moment = MOMENT_RENAME;
	r.keep_ns = 1;
	of_thread = rule_add(r);
	of_process = rule_add(at_moment("p", MOMENT_RENAME, ""));
	rs = rules_finish();
	ck_assert(sets_off(rs, MOMENT_RENAME, t, of_thread));
	ck_assert(!sets_off(rs, MOMENT_RENAME, t, of_process));
	ck_assert(sets_off(rs, MOMENT_RENAME, p, of_process));
	ruleset_free(rs);
}
END_TEST

START_TEST(handlers_are_listed_by_moment_as_they_were_defined)
{
	uint32_t        first = handler_add("a", MOMENT_POWER);
	uint32_t        focus = handler_add("b", MOMENT_FOCUS);
	uint32_t        second = handler_add("c", MOMENT_POWER);
	const uint32_t *rule;
	struct ruleset *rs;

	rule_add(at_moment("no handler", MOMENT_POWER, ""));
	rs = rules_finish();
	ck_assert_uint_eq(ruleset_handlers(rs, MOMENT_POWER, &rule), 2);
	ck_assert_uint_eq(rule[0], first);
	ck_assert_uint_eq(rule[1], second);
	ck_assert_uint_eq(ruleset_handlers(rs, MOMENT_FOCUS, &rule), 1);
	ck_assert_uint_eq(rule[0], focus);
	ck_assert_uint_eq(ruleset_handlers(rs, MOMENT_RELOAD, &rule), 0);
	ruleset_free(rs);
}
END_TEST

START_TEST(what_is_masked_is_not_set_off_and_needs_nothing)
{
	struct task *p = appear(10, 0, (struct being){ .name = "cc1" });
	struct builder_rule   low = at_moment("low", MOMENT_EXIT, "name=cc1");
	struct ruleset       *rs;
	struct ruleset_needs  needs;
	uint32_t              rule;

	low.layer = LAYER_VENDOR;
	low.to = TARGET_PARENT;
	rule = rule_add(low);
	builder_mask(builder, "low", LAYER_ADMIN, "mask.lua:3");
	rs = rules_finish();
	needs = ruleset_needs(rs);
	ck_assert(!sets_off(rs, MOMENT_EXIT, p, rule));
	ck_assert_uint_eq(needs.moments, 0);
	ck_assert_uint_eq(needs.facts, 0);
	ck_assert_uint_eq(needs.exits, 0);
	ck_assert(!needs.parents);
	ruleset_free(rs);
}
END_TEST

START_TEST(what_rules_wait_for_and_reach_is_known)
{
	struct builder_rule  r = at_moment("exit", MOMENT_EXIT,
	                                   "name=cc1 uid=people");
	struct ruleset      *rs;
	struct ruleset_needs needs;

	r.to = TARGET_PARENT;
	rule_add(r);
	r = rule_for("tree", pick(SELECT_PROCESS, "comm=x"));
	r.to = TARGET_TREE;
	rule_add(r);
	handler_add("handler", MOMENT_RELOAD);
	rs = rules_finish();
	needs = ruleset_needs(rs);
	ck_assert_uint_eq(needs.moments,
	                  UINT64_C(1) << MOMENT_EXIT |
	                  UINT64_C(1) << MOMENT_RELOAD);
	ck_assert_uint_eq(needs.exits,
	                  FACT_BIT(FACT_name) | FACT_BIT(FACT_uid));
	ck_assert(needs.parents && needs.trees && !needs.units);
	ruleset_free(rs);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_rule_is_set_off_at_its_moment_alone,
		an_except_and_a_tag_count_at_a_moment_too,
		of_who_is_gone_an_exit_knows_what_was_read,
		threads_are_set_off_by_rules_about_threads,
		handlers_are_listed_by_moment_as_they_were_defined,
		what_is_masked_is_not_set_off_and_needs_nothing,
		what_rules_wait_for_and_reach_is_known,
	};

	return world_run("policy: moments", tests,
	                 sizeof tests / sizeof *tests);
}
