/* test_policy_match.c -- when a selector holds, and when nobody knows. */

#include "small_world.h"

static bool fits(const char *fields, struct task *who)
{
	return matches(pick(SELECT_PROCESS, fields), who);
}

static bool fits_inside(enum select kind, const char *fields, struct inside in,
                        struct task *who)
{
	return matches(pick_with(kind, fields, in), who);
}

static bool under(const char *fields, struct task *who)
{
	return fits_inside(SELECT_PROCESS, "",
		(struct inside){ .under = 1 + pick(SELECT_PROCESS, fields) },
		who);
}

static bool child_of(const char *fields, struct task *who)
{
	return fits_inside(SELECT_PROCESS, "",
		(struct inside){ .parent = 1 + pick(SELECT_PROCESS, fields) },
		who);
}

static bool spared_by(const char *match, const char *except, struct task *who)
{
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, match));
	struct ruleset     *rs;
	bool                found;

	r.except = pick(SELECT_PROCESS, except);
	rule_add(r);
	rs = rules_finish();
	found = finds(rs, who, 0);
	ruleset_free(rs);
	return !found;
}

START_TEST(all_fields_and_any_alternative)
{
	struct task *cc = appear(10, 0, (struct being){ .name = "cc1",
	                                                .uid = 1000 });

	ck_assert(fits("", cc));
	ck_assert(fits("name=cc1", cc));
	ck_assert(fits("name=ld|cc1|as", cc));
	ck_assert(!fits("name=ld|as", cc));
	ck_assert(fits("name=cc1 uid=1000", cc));
	ck_assert(!fits("name=cc1 uid=1001", cc));
	ck_assert(!fits("name=ld uid=1000", cc));
	ck_assert(fits("name=ld|~cc?", cc));
	ck_assert(fits("name=any", cc));
	ck_assert(!fits("unit=any", cc));
}
END_TEST

START_TEST(texts_are_exact_and_globs_are_whole)
{
	struct task *p = appear(10, 0, (struct being){
		.name = "firefox-bin", .exe = "/usr/lib/firefox/firefox-bin" });

	ck_assert(!fits("name=firefox", p));
	ck_assert(!fits("name=~firefox", p));
	ck_assert(fits("name=~firefox*", p));
	ck_assert(fits("name=~*-bin", p));
	ck_assert(fits("exe=~/usr/*/firefox-bin", p));
	ck_assert(fits("exe=~*firefox/*", p));
	ck_assert(fits("exe=~/opt/{a,b}/*|~/usr/{bin,lib}/firefox/*", p));
	ck_assert(!fits("exe=~/usr/{bin,lib}/firefox", p));
	ck_assert(fits("name=~f*-b?n", p));
	ck_assert(fits("name=~?*", p));
}
END_TEST

START_TEST(numbers_have_ends_that_belong)
{
	struct task *p = appear(10, 0, (struct being){ .uid = 1000 });

	ck_assert(fits("uid=1000..1005", p));
	ck_assert(fits("uid=990..1000", p));
	ck_assert(!fits("uid=1001..1005", p));
	ck_assert(fits("uid=5|1000", p));
	ck_assert(fits("pid=10", p));
}
END_TEST

START_TEST(people_are_neither_the_system_nor_nobody)
{
	static const struct people wide = { 1000, 70000 };
	struct task   *p = appear(10, 0, (struct being){ .uid = 65534 });
	struct subject who = about(p);
	uint32_t       match;
	size_t         bytes;
	void          *image;

	ck_assert(fits("uid=people",
	               appear(11, 0, (struct being){ .uid = 1000 })));
	ck_assert(fits("uid=people",
	               appear(12, 0, (struct being){ .uid = 60000 })));
	ck_assert(!fits("uid=people",
	                appear(13, 0, (struct being){ .uid = 999 })));
	match = pick(SELECT_PROCESS, "uid=people");
	rule_add(rule_for("r", match));
	image = image_finish(&bytes);
	who.people = &wide;
	ck_assert_int_eq(match_truth(image, match, IMAGE_NONE, &who), TRUTH_NO);
	free(image);
}
END_TEST

START_TEST(any_element_of_a_list_will_do)
{
	struct task *p = appear(10, 0, (struct being){
		.name = "java", .slow_is_there = true,
		.line = "java\0-jar\0server.jar\0", .line_bytes = 21 });

	ck_assert(fits("args=server.jar", p));
	ck_assert(fits("args=-cp|-jar", p));
	ck_assert(fits("args=~*.jar", p));
	ck_assert(fits("args=~serv*", p));
	ck_assert(!fits("args=java", p));
	ck_assert(fits("cmdline=~java*server*", p));
}
END_TEST

START_TEST(what_cannot_be_read_matches_nothing)
{
	struct task *p = appear(10, 0, (struct being){
		.name = "cc1", .unreadable = FACT_BIT(FACT_exe) });
	uint32_t       match = pick(SELECT_PROCESS, "name=cc1 exe=any");
	struct subject who = about(p);
	size_t         bytes;
	void          *image;

	rule_add(rule_for("r", match));
	image = image_finish(&bytes);
	ck_assert_int_eq(match_truth(image, match, IMAGE_NONE, &who),
	                 TRUTH_UNSURE);
	free(image);
	ck_assert(!fits("exe=any", p));
	ck_assert(!fits("exe=~*", p));
}
END_TEST

START_TEST(an_except_that_cannot_be_read_silences_the_rule)
{
	struct task *p = appear(10, 0, (struct being){
		.name = "cc1", .unreadable = FACT_BIT(FACT_exe) });

	ck_assert(spared_by("name=cc1", "exe=/usr/bin/x", p));
	ck_assert(spared_by("name=cc1", "name=cc1", p));
	ck_assert(!spared_by("name=cc1", "name=ld", p));
	/* It surely does not hold, whatever exe is. */
	ck_assert(!spared_by("name=cc1", "name=ld exe=/usr/bin/x", p));
	ck_assert(!spared_by("name=cc1", "exe=/usr/bin/x uid=4", p));
}
END_TEST

START_TEST(a_slow_fact_is_awaited_and_then_counts)
{
	struct task *p = appear(10, 0, (struct being){
		.name = "java", .line = "java\0-jar\0", .line_bytes = 10 });
	uint32_t        rule = rule_say("r", "name=java args=-jar");
	struct ruleset *rs = rules_finish();
	struct found    f = look_up(rs, p);

	ck_assert(f.pending);
	ck_assert(!was_found(&f, rule));
	beings[10].slow_is_there = true;
	f = look_up(rs, p);
	ck_assert(!f.pending);
	ck_assert(was_found(&f, rule));
	ruleset_free(rs);
}
END_TEST

START_TEST(a_slow_fact_is_not_asked_for_in_vain)
{
	struct task *p = appear(10, 0, (struct being){ .name = "bash" });
	struct ruleset *rs;
	struct found    f;

	rule_say("named", "name=java args=-jar");
	rule_say("owned", "uid=people args=-jar");
	rule_add(rule_for("under", pick_with(SELECT_PROCESS, "args=-jar",
		(struct inside){ .under = 1 + pick(SELECT_PROCESS,
		                                   "name=nobody") })));
	rs = rules_finish();
	f = look_up(rs, p);
	ck_assert(!f.pending);
	ck_assert_uint_eq(facts_asked[FACT_args], 0);
	ruleset_free(rs);
}
END_TEST

START_TEST(a_fact_that_drifts_is_read_only_while_all_else_holds)
{
	struct task    *p = appear(10, 0, (struct being){ .name = "bash" });
	struct ruleset *rs;

	rule_say("named", "name=java age=0..5");
	rule_add(rule_for("under", pick_with(SELECT_PROCESS, "age=0..5",
		(struct inside){ .under = 1 + pick(SELECT_PROCESS,
		                                   "name=x") })));
	rs = rules_finish();
	ck_assert_uint_eq(look_up(rs, p).reads & facts_that_drift(), 0);
	ruleset_free(rs);

	rule_say("named", "name=bash age=0..5");
	rs = rules_finish();
	ck_assert_uint_eq(look_up(rs, p).reads & facts_that_drift(),
	                  FACT_BIT(FACT_age));
	ruleset_free(rs);
}
END_TEST

START_TEST(lineage_is_a_matter_of_birth)
{
	struct task *p;

	table_keep_facts(table, FACT_BIT(FACT_name));
	appear(10, 0, (struct being){ .name = "make" });
	appear(11, 10, (struct being){ .name = "sh" });
	p = appear(12, 11, (struct being){ .name = "cc1" });
	leave(11);
	leave(10);
	ck_assert(under("name=make", p));
	ck_assert(under("name=sh", p));
	ck_assert(!under("name=cc1", p));
	ck_assert(child_of("name=sh", p));
	ck_assert(!child_of("name=make", p));
	ck_assert(fits("parent=sh ancestors=make", p));
}
END_TEST

START_TEST(at_the_top_nothing_is_above)
{
	struct task *p = appear(10, 0, (struct being){ .name = "init" });

	ck_assert(!under("", p));
	ck_assert(!child_of("", p));
}
END_TEST

START_TEST(an_ancestor_may_be_asked_for_its_own)
{
	struct inside in = { .of = 0 };
	struct task  *p;

	appear(10, 0, (struct being){ .name = "sshd" });
	appear(11, 10, (struct being){ .name = "bash" });
	appear(12, 11, (struct being){ .name = "make" });
	p = appear(13, 12, (struct being){ .name = "cc1" });
	in.under = 1 + pick(SELECT_PROCESS, "name=sshd");
	in.under = 1 + pick_with(SELECT_PROCESS, "name=bash", in);
	ck_assert(fits_inside(SELECT_PROCESS, "name=cc1", in, p));
	in.under = 1 + pick(SELECT_PROCESS, "name=make");
	in.under = 1 + pick_with(SELECT_PROCESS, "name=bash", in);
	ck_assert(!fits_inside(SELECT_PROCESS, "name=cc1", in, p));
}
END_TEST

START_TEST(a_thread_is_not_a_process)
{
	struct task *p = appear(10, 0, (struct being){ .name = "pipewire",
	                                               .uid = 1000 });
	struct task *t = appear_thread(p, 500, "data-loop.0");
	struct inside of = { .of = 0 };

	ck_assert(matches(pick(SELECT_THREAD, "name=~data-loop*"), t));
	ck_assert(!matches(pick(SELECT_THREAD, "name=pipewire"), t));
	ck_assert(!matches(pick(SELECT_THREAD, ""), p));
	ck_assert(!matches(pick(SELECT_PROCESS, ""), t));
	of.of = 1 + pick(SELECT_PROCESS, "name=pipewire uid=people");
	ck_assert(fits_inside(SELECT_THREAD, "name=~data*", of, t));
	of.of = 1 + pick(SELECT_PROCESS, "name=jackd");
	ck_assert(!fits_inside(SELECT_THREAD, "name=~data*", of, t));
}
END_TEST

START_TEST(a_thread_was_born_where_its_process_was)
{
	struct inside in = { .of = 0 };
	struct task  *t;

	appear(10, 0, (struct being){ .name = "bash" });
	t = appear_thread(appear(11, 10, (struct being){ .name = "jackd" }),
	                  500, "rt");
	in.parent = 1 + pick(SELECT_PROCESS, "name=bash");
	ck_assert(fits_inside(SELECT_THREAD, "", in, t));
	in.parent = 1 + pick(SELECT_PROCESS, "name=jackd");
	ck_assert(!fits_inside(SELECT_THREAD, "", in, t));
}
END_TEST

START_TEST(tags_of_ancestors_are_those_they_were_left_with)
{
	struct task *parent = appear(10, 0, (struct being){ .name = "make" });
	struct task *p = appear(11, 10, (struct being){ .name = "sh" });
	struct inside   in = { .of = 0 };
	struct ruleset *rs;
	struct builder_rule giver;
	uint32_t            reader;

	in.under = 1 + pick(SELECT_PROCESS, "tag=build");
	giver = rule_for("giver", pick(SELECT_PROCESS, "name=make"));
	giver.tag = "build";
	rule_add(giver);
	reader = rule_add(rule_for("reader",
	                           pick_with(SELECT_PROCESS, "", in)));
	rs = rules_finish();
	ck_assert(!finds(rs, p, reader));
	parent->tags = look_up(rs, parent).tags;
	ck_assert(finds(rs, p, reader));
	ck_assert(!finds(rs, parent, reader));
	ruleset_free(rs);
}
END_TEST

START_TEST(what_nobody_knows_of_the_machine_does_not_hold)
{
	struct task        *p = appear(10, 0, (struct being){ .name = "cc1" });
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, ""));
	struct subject      who = about(p);
	struct ruleset     *rs;

	r.when = pick(SELECT_HOST, "cpu=0..100");
	rule_add(r);
	rs = rules_finish();
	ck_assert(!ruleset_when(rs, 0, &who));
	ck_assert_uint_eq(who.host_read, HOST_BIT(HOST_cpu));
	host_set(&host, HOST_cpu, 50);
	ck_assert(ruleset_when(rs, 0, &who));
	ruleset_free(rs);
}
END_TEST

START_TEST(a_time_of_day_may_go_over_midnight)
{
	static const struct { int64_t minute; bool holds; } rows[] = {
		{ 1319, false }, { 1320, true }, { 1439, true }, { 0, true },
		{ 360, true }, { 361, false }, { 720, false } };
	struct task        *p = appear(10, 0, (struct being){ .name = "cc1" });
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, ""));
	struct subject      who = about(p);
	struct ruleset     *rs;

	r.when = pick(SELECT_HOST, "time=1320..360");
	rule_add(r);
	rs = rules_finish();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		host_set(&host, HOST_time, rows[i].minute);
		ck_assert_msg(ruleset_when(rs, 0, &who) == rows[i].holds,
		              "row %zu", i);
	}
	ruleset_free(rs);
}
END_TEST

START_TEST(a_condition_on_the_machine_holds_for_all)
{
	struct task        *p = appear(10, 0, (struct being){ .name = "cc1" });
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, ""));
	struct subject      who = about(p);
	struct ruleset     *rs;

	r.when = pick(SELECT_HOST, "memory_pressure=1..2 on_battery=1");
	rule_add(r);
	rs = rules_finish();
	ck_assert(finds(rs, p, 0));             /* 'when' is asked apart */
	ck_assert(!ruleset_when(rs, 0, &who));
	host.value[HOST_memory_pressure] = HOST_LEVEL_CRITICAL;
	ck_assert(!ruleset_when(rs, 0, &who));
	host.value[HOST_on_battery] = 1;
	ck_assert(ruleset_when(rs, 0, &who));
	ck_assert_uint_eq(who.host_read, HOST_BIT(HOST_memory_pressure) |
	                                 HOST_BIT(HOST_on_battery));
	ruleset_free(rs);
}
END_TEST

/* Eight selectors inside each other, over a lineage of 64: taken literally that
 * is four thousand million ways to fail. */
START_TEST(a_match_that_would_take_ages_is_given_up)
{
	struct inside   in = { .of = 0 };
	struct task    *p = NULL;
	struct ruleset *rs;
	struct subject  who;
	struct found    f;

	for (pid_t pid = 10; pid < 80; pid++)
		p = appear(pid, pid == 10 ? 0 : pid - 1,
		           (struct being){ .name = "sh" });
	in.under = 1 + pick(SELECT_PROCESS, "name=never");
	for (int i = 0; i < 6; i++)
		in.under = 1 + pick_with(SELECT_PROCESS, "", in);
	rule_add(rule_for("ages", pick_with(SELECT_PROCESS, "", in)));
	rule_say("after", "");
	rs = rules_finish();
	who = about(p);
	ck_assert_int_eq(ruleset_lookup(rs, &who, &f), 0);
	ck_assert_uint_eq(f.rules, 0);
	ck_assert_uint_gt(f.dropped, 0);
	ck_assert_uint_lt(who.steps, MATCH_STEPS_MAX + 1000);
	ruleset_free(rs);
}
END_TEST

START_TEST(who_left_meanwhile_is_told_of)
{
	struct task    *p = appear(10, 0, (struct being){ .name = "cc1" });
	struct subject  who = about(p);
	struct found    f = { .rules = 77 };
	struct ruleset *rs;

	rule_say("r", "name=cc1");
	rs = rules_finish();
	beings[10].alive = false;
	ck_assert_int_eq(ruleset_lookup(rs, &who, &f), -ESRCH);
	ck_assert_uint_eq(f.rules, 77);
	ruleset_free(rs);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		all_fields_and_any_alternative,
		texts_are_exact_and_globs_are_whole,
		numbers_have_ends_that_belong,
		people_are_neither_the_system_nor_nobody,
		any_element_of_a_list_will_do,
		what_cannot_be_read_matches_nothing,
		an_except_that_cannot_be_read_silences_the_rule,
		a_slow_fact_is_awaited_and_then_counts,
		a_slow_fact_is_not_asked_for_in_vain,
		a_fact_that_drifts_is_read_only_while_all_else_holds,
		lineage_is_a_matter_of_birth,
		at_the_top_nothing_is_above,
		an_ancestor_may_be_asked_for_its_own,
		a_thread_is_not_a_process,
		a_thread_was_born_where_its_process_was,
		tags_of_ancestors_are_those_they_were_left_with,
		what_nobody_knows_of_the_machine_does_not_hold,
		a_time_of_day_may_go_over_midnight,
		a_condition_on_the_machine_holds_for_all,
		a_match_that_would_take_ages_is_given_up,
		who_left_meanwhile_is_told_of,
	};

	return world_run("policy: match", tests,
	                 sizeof tests / sizeof *tests);
}
