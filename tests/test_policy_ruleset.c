/* test_policy_ruleset.c -- tags, excepts, threads and bounds of a set of rules,
 * and what comes back of it. */

#include "small_world.h"

#include "policy/tags.h"

static struct builder_rule tagging(const char *name, const char *said,
                                   const char *tag)
{
	struct builder_rule r = rule_for(name, pick(SELECT_PROCESS, said));

	r.tag = tag;
	return r;
}

START_TEST(a_tag_may_be_read_before_it_is_given)
{
	struct task    *cc = appear(10, 0, (struct being){ .name = "cc1" });
	struct task    *sh = appear(11, 0, (struct being){ .name = "sh" });
	uint32_t        heavy = rule_say("heavy", "tag=heavy");
	uint32_t        build = rule_add(tagging("build", "tag=build",
	                                         "heavy"));
	uint32_t        cc1 = rule_add(tagging("cc1", "name=cc1", "build"));
	struct ruleset *rs = rules_finish();
	struct found    f = look_up(rs, cc);

	ck_assert_uint_eq(f.rules, 3);
	ck_assert_uint_eq(f.rule[0], cc1);
	ck_assert_uint_eq(f.rule[1], build);
	ck_assert_uint_eq(f.rule[2], heavy);
	f = look_up(rs, sh);
	ck_assert_uint_eq(f.rules, 0);
	ruleset_free(rs);
}
END_TEST

START_TEST(an_except_may_read_a_tag)
{
	struct task    *cc = appear(10, 0, (struct being){ .name = "cc1" });
	struct builder_rule all = rule_for("all", pick(SELECT_PROCESS, ""));
	struct ruleset *rs;

	all.except = pick(SELECT_PROCESS, "tag=build");
	rule_add(all);
	rule_add(tagging("cc1", "name=cc1", "build"));
	rs = rules_finish();
	ck_assert(!finds(rs, cc, 0));
	ck_assert(finds(rs, appear(11, 0, (struct being){ .name = "x" }), 0));
	ruleset_free(rs);
}
END_TEST

/* Three processes; do rules say anything about threads of theirs? */
START_TEST(threads_matter_where_a_rule_may_select_one)
{
	struct task *jack = appear(10, 0, (struct being){ .name = "jackd" });
	struct task *cc = appear(11, 0, (struct being){ .name = "cc1" });
	struct task *sh = appear(12, 0, (struct being){ .name = "sh" });
	struct inside   named = { .of = 1 + pick(SELECT_PROCESS,
	                                         "name=jackd|x uid=0") };
	struct inside   tagged = { .of = 1 + pick(SELECT_PROCESS,
	                                          "tag=build") };
	struct ruleset *rs;
	uint32_t        t;

	t = rule_add(rule_for("t", pick_with(SELECT_THREAD, "name=~data*",
	                                     named)));
	rule_add(rule_for("b", pick_with(SELECT_THREAD, "", tagged)));
	rule_add(tagging("cc1", "name=cc1", "build"));
	rs = rules_finish();
	ck_assert(look_up(rs, jack).thread_rules);
	ck_assert(look_up(rs, cc).thread_rules);
	ck_assert(!look_up(rs, sh).thread_rules);
	ck_assert(ruleset_needs(rs).threads);
	ck_assert(finds(rs, appear_thread(jack, 500, "data-loop"), t));
	ck_assert(!finds(rs, appear_thread(cc, 501, "data-loop"), t));
	ruleset_free(rs);

	rule_add(rule_for("any", pick(SELECT_THREAD, "name=~data*")));
	rs = rules_finish();
	ck_assert(look_up(rs, sh).thread_rules);
	ruleset_free(rs);

	rule_say("process", "name=sh");
	rs = rules_finish();
	ck_assert(!look_up(rs, sh).thread_rules);
	ck_assert(!ruleset_needs(rs).threads);
	ruleset_free(rs);
}
END_TEST

START_TEST(a_rule_about_a_process_may_except_its_threads)
{
	struct task *p = appear(10, 0, (struct being){ .name = "jackd" });
	struct task *rt = appear_thread(p, 500, "data-loop");
	struct task *ui = appear_thread(p, 501, "ui");
	struct task *hidden = appear_thread(p, 502, "?");
	struct subject      of_rt = about(rt), of_ui = about(ui);
	struct subject      of_hidden = about(hidden);
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS,
	                                           "name=jackd"));
	struct ruleset     *rs;

	r.except = pick(SELECT_THREAD, "name=~data*");
	rule_add(r);
	rs = rules_finish();
	ck_assert(finds(rs, p, 0));
	ck_assert(look_up(rs, p).thread_rules);
	ck_assert(ruleset_needs(rs).threads);
	ck_assert(ruleset_excepts(rs, 0, &of_rt));
	ck_assert(!ruleset_excepts(rs, 0, &of_ui));
	/* Whoever cannot be told apart is left alone. */
	beings[502].unreadable = FACT_BIT(FACT_comm) | FACT_BIT(FACT_name);
	ck_assert(ruleset_excepts(rs, 0, &of_hidden));
	ruleset_free(rs);

	r = rule_for("r", pick(SELECT_PROCESS, "name=jackd"));
	r.except = pick(SELECT_PROCESS, "uid=1000");
	rule_add(r);
	rs = rules_finish();
	ck_assert(!ruleset_excepts(rs, 0, &of_rt));
	ruleset_free(rs);
}
END_TEST

START_TEST(no_number_of_claims_drives_out_a_cap)
{
	struct task        *p = appear(10, 0, (struct being){ .name = "x" });
	struct cap          cap = { .has = SETTING_BIT(SETTING_nice) };
	struct builder_rule guard;
	struct ruleset     *rs;
	struct found        f;

	for (int i = 0; i < CLAIMS_PER_TASK + 20; i++)
		rule_say("claim", "name=x");
	cap.bound[SETTING_nice] = (struct bound){ 0, 0, 19 };
	guard = rule_for("guard", pick(SELECT_PROCESS, ""));
	guard.cap = &cap;
	rule_add(guard);
	rs = rules_finish();
	f = look_up(rs, p);
	ck_assert_uint_eq(f.rules, CLAIMS_PER_TASK + 1);
	ck_assert_uint_eq(f.dropped, 20);
	ck_assert(was_found(&f, CLAIMS_PER_TASK + 20));
	ruleset_free(rs);
}
END_TEST

START_TEST(of_too_many_rules_the_weakest_are_left_out)
{
	struct task        *p = appear(10, 0, (struct being){ .name = "x" });
	struct cap          cap = { .has = SETTING_BIT(SETTING_nice) };
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, "name=x"));
	uint32_t            strong = 0, claims, caps;
	struct ruleset     *rs;
	struct found        f;

	cap.bound[SETTING_nice] = (struct bound){ 0, 0, 19 };
	for (claims = 0; claims < CLAIMS_PER_TASK + 20; claims++) {
		r.priority = claims % 2 == 0 ? (int32_t)claims : -1;
		rule_add(r);
	}
	r.cap = &cap;
	for (caps = 0; caps < CAPS_PER_TASK + 20; caps++) {
		r.priority = caps % 2 == 0 ? (int32_t)caps : -1;
		rule_add(r);
	}
	rs = rules_finish();
	f = look_up(rs, p);
	ck_assert_uint_eq(f.rules, CLAIMS_PER_TASK + CAPS_PER_TASK);
	ck_assert_uint_eq(f.dropped, 40);
	for (uint32_t i = 0; i < claims + caps; i += 2)
		strong += was_found(&f, i);
	ck_assert_uint_eq(strong, (claims + caps) / 2);
	ruleset_free(rs);
}
END_TEST

/* Each stands above all that were written before it... */
START_TEST(precedence_is_in_the_order_of_the_manual)
{
	struct builder_rule r[12];
	struct inside       in = { .of = 0 };
	struct ruleset     *rs;
	int                 n = 0;

	r[n++] = rule_for("no field", pick(SELECT_PROCESS, ""));
	r[n++] = rule_for("no field, later", pick(SELECT_PROCESS, ""));
	r[n++] = rule_for("other field", pick(SELECT_PROCESS, "uid=0"));
	in.under = 1 + pick(SELECT_PROCESS, "exe=/a name=b comm=c");
	r[n++] = rule_for("two others", pick_with(SELECT_PROCESS, "uid=0", in));
	r[n++] = rule_for("pattern", pick(SELECT_PROCESS, "name=x|~y*"));
	r[n++] = rule_for("two patterns",
	                  pick(SELECT_PROCESS, "name=~x* exe=~y*"));
	r[n++] = rule_for("exact list", pick(SELECT_PROCESS, "name=x|y"));
	r[n++] = rule_for("drifts", pick(SELECT_PROCESS, "age=0..9"));
	r[n] = rule_for("when", pick(SELECT_PROCESS, "uid=0 gid=0"));
	r[n++].when = pick(SELECT_HOST, "on_battery=1");
	r[n++] = rule_for("thread", pick(SELECT_THREAD, ""));
	r[n] = rule_for("priority", pick(SELECT_PROCESS, ""));
	r[n++].priority = 1;
	r[n] = rule_for("user", pick(SELECT_PROCESS, ""));
	r[n].priority = -1000;
	r[n++].layer = LAYER_USER;

	/* ... and would, whatever order they were written in. */
	for (int i = n - 1; i >= 2; i--)
		rule_add(r[i]);
	rule_add(r[0]);
	rule_add(r[1]);
	rs = rules_finish();
	for (int i = 2; i + 1 < n; i++)
		ck_assert_msg(ruleset_rank(rs, (uint32_t)(n - 2 - i)) >
		              ruleset_rank(rs, (uint32_t)(n - 1 - i)),
		              "%s is not above %s", r[i + 1].name, r[i].name);
	ck_assert_uint_gt(ruleset_rank(rs, (uint32_t)n - 3),
	                  ruleset_rank(rs, (uint32_t)n - 1));
	ck_assert_uint_gt(ruleset_rank(rs, (uint32_t)n - 1),
	                  ruleset_rank(rs, (uint32_t)n - 2));
	ruleset_free(rs);
}
END_TEST

START_TEST(an_except_counts_nothing)
{
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, "uid=0"));
	struct ruleset     *rs;

	r.except = pick(SELECT_PROCESS, "name=x exe=/y age=0..5");
	rule_add(r);
	rule_say("later", "uid=0");
	rs = rules_finish();
	ck_assert_uint_gt(ruleset_rank(rs, 1), ruleset_rank(rs, 0));
	ruleset_free(rs);
}
END_TEST

START_TEST(wants_and_caps_come_back_as_they_were)
{
	int64_t     cpus = interned_read_cpus(sets, "0-1,5");
	struct want want = { .has = 0 }, got;
	struct cap  cap = { .has = SETTING_BIT(SETTING_sched) |
	                           SETTING_BIT(SETTING_affinity) |
	                           SETTING_BIT(SETTING_ionice) }, got_cap;
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, ""));
	struct interned    *others = interned_new();
	struct ruleset     *rs = NULL;
	size_t              bytes;
	void               *image;

	want_set(&want, SETTING_affinity, cpus);
	want_set(&want, SETTING_nice, VALUE_UNTOUCHED);
	want_set(&want, SETTING_sched, sched_value(SCHED_CLASS_RR, 7));
	cap.bound[SETTING_sched].allowed = 1u << SCHED_CLASS_OTHER |
	                                   1u << SCHED_CLASS_DEADLINE;
	cap.bound[SETTING_affinity].low = cpus;
	/* Between idle and best-effort:7 there is nothing. */
	cap.bound[SETTING_ionice] = (struct bound){ 0, -1, 5 };
	r.want = &want;
	r.cap = &cap;
	rule_add(r);
	image = image_finish(&bytes);
	interned_read_cpus(others, "7");            /* other numbers there */
	ck_assert_int_eq(ruleset_new(image, bytes, 9, others, &rs), 0);
	free(image);
	ruleset_want(rs, 0, &got);
	ck_assert_uint_eq(got.has, want.has);
	ck_assert_str_eq(interned_text(others, got.value[SETTING_affinity]),
	                 "0-1,5");
	ck_assert_int_eq(got.value[SETTING_nice], VALUE_UNTOUCHED);
	ck_assert_int_eq(got.value[SETTING_sched],
	                 sched_value(SCHED_CLASS_RR, 7));
	ck_assert(ruleset_cap(rs, 0, &got_cap));
	ck_assert_uint_eq(got_cap.has, cap.has);
	ck_assert_uint_eq(got_cap.bound[SETTING_sched].allowed,
	                  1u << SCHED_CLASS_OTHER);
	ck_assert_str_eq(interned_text(others,
	                               got_cap.bound[SETTING_affinity].low),
	                 "0-1,5");
	ck_assert_int_eq(got_cap.bound[SETTING_ionice].high, 0);
	ck_assert_uint_eq(ruleset_generation(rs), 9);
	ck_assert_str_eq(ruleset_name(rs, 0), "r");
	ck_assert_str_eq(ruleset_name(rs, RULE_NONE), "-");
	ck_assert_str_eq(ruleset_file(rs, 0), "test.lua");
	ruleset_free(rs);
	interned_free(others);
}
END_TEST

START_TEST(a_rule_without_a_cap_has_none)
{
	struct ruleset *rs;
	struct cap      cap;

	rule_say("r", "");
	rs = rules_finish();
	ck_assert(!ruleset_cap(rs, 0, &cap));
	ruleset_free(rs);
}
END_TEST

START_TEST(needs_are_what_the_rules_look_at)
{
	struct inside        in = { .under = 1 + pick(SELECT_PROCESS,
	                                              "exe=/x tag=t") };
	struct builder_rule  r;
	struct ruleset      *rs;
	struct ruleset_needs n;

	r = rule_for("r", pick_with(SELECT_PROCESS, "name=a parent=b", in));
	r.except = pick(SELECT_PROCESS, "uid=0");
	r.when = pick(SELECT_HOST, "on_battery=1");
	r.tag = "t";
	rule_add(r);
	rs = rules_finish();
	n = ruleset_needs(rs);
	ck_assert_uint_eq(n.facts, FACT_BIT(FACT_name) | FACT_BIT(FACT_exe) |
	                           FACT_BIT(FACT_parent) | FACT_BIT(FACT_uid));
	ck_assert_uint_eq(n.lineage, FACT_BIT(FACT_exe) | FACT_BIT(FACT_name));
	ck_assert_uint_eq(n.host, HOST_BIT(HOST_on_battery));
	ck_assert(n.tags_inherited && !n.threads && !n.functions);
	ruleset_free(rs);

	in = (struct inside){ .parent = 1 + pick(SELECT_PROCESS, "uid=0") };
	rule_add(rule_for("p", pick_with(SELECT_PROCESS, "", in)));
	rs = rules_finish();
	ck_assert_uint_eq(ruleset_needs(rs).lineage, FACT_BIT(FACT_uid));
	ruleset_free(rs);

	r = rule_for("f", pick(SELECT_PROCESS, "name=a"));
	r.is_function = true;
	rule_add(r);
	rs = rules_finish();
	n = ruleset_needs(rs);
	ck_assert(n.functions && !n.tags_inherited);
	ck_assert_uint_eq(n.host, 0);           /* until it was seen to look  */
	ruleset_free(rs);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		a_tag_may_be_read_before_it_is_given,
		an_except_may_read_a_tag,
		threads_matter_where_a_rule_may_select_one,
		a_rule_about_a_process_may_except_its_threads,
		no_number_of_claims_drives_out_a_cap,
		of_too_many_rules_the_weakest_are_left_out,
		precedence_is_in_the_order_of_the_manual,
		an_except_counts_nothing,
		wants_and_caps_come_back_as_they_were,
		a_rule_without_a_cap_has_none,
		needs_are_what_the_rules_look_at,
	};

	return world_run("policy: ruleset", tests, sizeof tests / sizeof *tests);
}
