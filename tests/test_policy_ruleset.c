/* test_policy_ruleset.c -- finding the rules for a task, and what they say. */

#include "small_world.h"

#include "policy/tags.h"

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % n;
}

static const char *random_of(const char *const *words)
{
	uint32_t n = 0;

	while (words[n] != NULL)
		n++;
	return words[random_below(n)];
}

static const char *const names[] = { "cc1", "cc1plus", "firefox", "sh", "make",
                                     "ld.lld", "a", NULL };
static const char *const paths[] = { "/usr/bin/cc1", "/usr/lib/firefox/firefox",
                                     "/opt/x/a", "/bin/sh", NULL };
static const char *const fields[] = {
	"name=cc1", "name=cc1|cc1plus|as", "name=~cc*", "name=~*fox",
	"name=~*ire*|sh", "name=~*", "name=~?????*", "name=~ld.*|~[ms]*",
	"name=~*lld", "name=any", "exe=/usr/bin/cc1", "exe=~/usr/*",
	"exe=~/usr/*/firefox", "exe=~*/bin/*|/opt/x/a", "exe=~*/lib/*",
	"comm=sh|a", "comm=~fire*", "uid=0", "uid=1000", "uid=0|1001",
	"uid=people", "uid=0..1000", "unit=x.service", "unit=~*.service",
	"parent=sh", "parent=~m*", "ancestors=make|a", "ancestors=~*ake",
	"args=-o", "args=~-*", "args=~*fast*", "cmdline=~*-O2*", "tag=t0",
	"tag=t1|t2", "tag=t3", "gid=0", "ppid=10|11", "name=%^c+1",
	"comm=sh|%fox$", "args=%^-[of]", "nice=0..5", "sched=0..2",
	"threads=1..4", NULL };

static bool has_field(const char *said, const char *field)
{
	char   key[16];
	size_t n = strcspn(field, "=");

	snprintf(key, sizeof key, "%.*s=", (int)n, field);
	return strstr(said, key) == said ||
	       (snprintf(key, sizeof key, " %.*s=", (int)n, field),
	        strstr(said, key) != NULL);
}

static uint32_t random_selector(enum select kind, int depth)
{
	struct inside in = { .of = 0 };
	char          said[400] = "";
	uint32_t      n = random_below(4);

	for (uint32_t i = 0; i < n; i++) {
		const char *field = random_of(fields);
		size_t      used = strlen(said);

		if (!has_field(said, field))
			snprintf(said + used, sizeof said - used, "%s%s",
			         used > 0 ? " " : "", field);
	}
	if (depth > 0 && random_below(4) == 0)
		in.under = 1 + random_selector(SELECT_PROCESS, depth - 1);
	if (depth > 0 && random_below(6) == 0)
		in.parent = 1 + random_selector(SELECT_PROCESS, depth - 1);
	if (kind == SELECT_THREAD && random_below(2) == 0)
		in.of = 1 + random_selector(SELECT_PROCESS, 0);
	return pick_with(kind, said, in);
}

static enum select random_kind(void)
{
	return random_below(4) == 0 ? SELECT_THREAD : SELECT_PROCESS;
}

static void random_rule(uint32_t i)
{
	static const char *const tags[] = { "t0", "t1", "t2", "t3" };
	struct builder_rule r;

	r = rule_for("r", random_selector(random_kind(), 2));
	if (random_below(4) == 0)
		r.except = random_selector(random_kind(), 1);
	if (i < 4 || random_below(5) == 0)
		r.tag = tags[i < 4 ? i : random_below(4)];
	rule_add(r);
}

/* An image of random rules; tags may well go round, then there is none. */
static void *random_image(uint32_t rules, size_t *ret_bytes)
{
	char  why[200];
	void *image = NULL;
	int   r;

	for (uint32_t i = 0; i < rules; i++)
		random_rule(i);
	r = builder_finish(builder, &image, ret_bytes, why, sizeof why);
	if (r == 0)
		r = image_check(image, *ret_bytes, why, sizeof why);
	ck_assert(r == 0 || r == -ELOOP);
	return image;
}

static struct being random_being(void)
{
	static const char *const units[] = { "x.service", "y.slice", "", NULL };
	struct being b = {
		.name = random_of(names), .exe = random_of(paths),
		.comm = random_of(names), .unit = random_of(units),
		.uid = random_below(3) * 500 + random_below(2),
		.slow_is_there = random_below(3) != 0,
		.line = "cc1\0-O2\0-o\0x.o\0-ffast\0", .line_bytes = 22,
	};

	if (random_below(6) == 0)
		b.unreadable = FACT_BIT(random_below(FACT_COUNT)) &
		               ~FACT_BIT(FACT_start_time);
	return b;
}

static int own_value(void *ctx, struct task *who, enum setting s,
                     int64_t *ret_value)
{
	(void)ctx;
	*ret_value = s == SETTING_sched ? sched_value(SCHED_CLASS_RR, 2) : 3;
	return who->id.pid % 5 == 0 ? -EACCES : 0;
}

/* What looking at every rule in order finds; how many. */
static size_t scan(const void *image, const uint32_t *order,
                   const struct subject *like, uint32_t *ret_rules,
                   struct tag_set *ret_tags)
{
	struct tag_set tags = { { 0 } };
	struct subject s = *like;
	struct task   *who = s.task;
	enum select    kind = task_id_is_thread(who->id) ? SELECT_THREAD
	                                                 : SELECT_PROCESS;
	size_t         n = 0;

	s.tags = &tags;
	for (uint32_t i = 0; i < image_count(image, IMAGE_RULES); i++) {
		const struct image_rule *r =
			IMAGE_AT(image, IMAGE_RULES, image_rule, order[i]);

		if (IMAGE_AT(image, IMAGE_SELECTORS, image_selector,
		             r->match)->kind != kind ||
		    match_truth(image, r->match, IMAGE_NONE, &s) != TRUTH_YES ||
		    (r->except != IMAGE_NONE &&
		     match_truth(image, r->except, IMAGE_NONE,
		                 &s) != TRUTH_NO))
			continue;
		if (r->tag != IMAGE_NONE)
			tags_add(&tags, r->tag);
		ret_rules[n++] = order[i];
	}
	*ret_tags = tags;
	return n;
}

static void compare(struct ruleset *rs, const void *image,
                    const uint32_t *order, struct task *who)
{
	uint32_t       rules[200];
	struct tag_set tags;
	struct subject s = about(who);
	struct found   f;
	size_t         n;

	s.own = own_value;
	ck_assert_int_eq(ruleset_lookup(rs, &s, &f), 0);
	n = scan(image, order, &s, rules, &tags);
	ck_assert_uint_eq(f.rules + f.dropped, n);
	ck_assert(memcmp(f.rule, rules, f.rules * sizeof *rules) == 0 ||
	          f.dropped > 0);
	ck_assert_int_eq(memcmp(&f.tags, &tags, sizeof tags), 0);
	if (!task_id_is_thread(who->id))
		who->tags = f.tags;
}

static void compare_all(const void *image, size_t bytes)
{
	uint32_t        order[200];
	char            why[200];
	struct ruleset *rs = NULL;
	struct task    *who;

	ck_assert_int_eq(tags_order(image, order, why, sizeof why), 0);
	ck_assert_int_eq(ruleset_new(image, bytes, 1, sets, &rs), 0);
	for (pid_t pid = 10; pid < 40; pid++) {
		who = table_find(table, (struct task_id){ pid, pid, 0 });
		compare(rs, image, order, who);
		if (pid % 3 == 0) {
			who = appear_thread(who, 500 + pid, random_of(names));
			compare(rs, image, order, who);
		}
	}
	ruleset_free(rs);
}

static void populate(void)
{
	table_keep_facts(table, ~UINT64_C(0));
	for (pid_t pid = 10; pid < 40; pid++)
		appear(pid, pid == 10 ? 0 :
		       10 + (pid_t)random_below((uint32_t)pid - 10),
		       random_being());
}

START_TEST(an_index_finds_what_a_scan_finds)
{
	int made = 0;

	for (uint32_t seed = 1; seed <= 300; seed++) {
		size_t bytes;
		void  *image;

		random_state = seed * 7919;
		if (seed % 20 == 1) {
			world_stop();
			world_start();
			populate();
		}
		image = random_image(5 + random_below(90), &bytes);
		if (image == NULL)
			continue;
		made++;
		compare_all(image, bytes);
		free(image);
	}
	ck_assert_int_gt(made, 20);
}
END_TEST

/* All names from a to b: "name=p0|p1|...". */
static char *name_list(uint32_t n)
{
	char  *list = malloc(n * 12 + 8), *at = list;

	ck_assert_ptr_nonnull(list);
	at += sprintf(at, "name=");
	for (uint32_t i = 0; i < n; i++)
		at += sprintf(at, "%sp%u", i == 0 ? "" : "|", i);
	return list;
}

static uint64_t steps_of(struct ruleset *rs, struct task *who, uint32_t rule)
{
	struct subject s = about(who);
	struct found   f;

	ck_assert_int_eq(ruleset_lookup(rs, &s, &f), 0);
	ck_assert(was_found(&f, rule));
	return s.steps;
}

START_TEST(a_list_of_2000_names_is_not_walked)
{
	char           *list = name_list(2000);
	struct task    *p = appear(10, 0, (struct being){ .name = "p1999" });
	uint32_t        rule = rule_say("r", list);
	struct ruleset *rs = rules_finish();

	ck_assert_uint_le(steps_of(rs, p, rule), 4);
	ruleset_free(rs);
	free(list);
}
END_TEST

START_TEST(fifteen_thousand_rules_cost_what_fifteen_do)
{
	struct task    *p = appear(10, 0, (struct being){
		.name = "prog-7000-x", .exe = "/opt/v1/prog-7000-x" });
	uint32_t        exact = 0, prefix = 0, literal = 0;
	struct ruleset *rs;
	char            text[64];

	for (int i = 0; i < 5000; i++) {
		snprintf(text, sizeof text, "name=prog-%d-x", 5000 + i);
		exact = i == 2000 ? rule_say("exact", text) :
		        (rule_say("exact", text), exact);
		snprintf(text, sizeof text, "name=~prog-%d-*", 5000 + i);
		prefix = i == 2000 ? rule_say("prefix", text) :
		         (rule_say("prefix", text), prefix);
		snprintf(text, sizeof text, "exe=~/opt/*/prog-%d-x", 5000 + i);
		literal = i == 2000 ? rule_say("literal", text) :
		          (rule_say("literal", text), literal);
	}
	rs = rules_finish();
	ck_assert_uint_eq(ruleset_count(rs), 15000);
	ck_assert(finds(rs, p, exact));
	ck_assert(finds(rs, p, prefix));
	ck_assert_uint_lt(steps_of(rs, p, literal), 200);
	ruleset_free(rs);
}
END_TEST

START_TEST(only_facts_that_rules_hang_on_are_read)
{
	struct task    *p = appear(10, 0, (struct being){ .name = "cc1" });
	struct ruleset *rs;
	struct found    f;

	rule_say("a", "name=ld exe=/bin/ld");
	rule_say("b", "comm=ld uid=0");
	rule_say("c", "name=~x* unit=any");
	rs = rules_finish();
	memset(facts_asked, 0, sizeof facts_asked);
	f = look_up(rs, p);
	ck_assert_uint_eq(f.reads, FACT_BIT(FACT_exe) | FACT_BIT(FACT_comm) |
	                           FACT_BIT(FACT_name));
	ck_assert_uint_eq(facts_asked[FACT_uid], 0);
	ck_assert_uint_eq(facts_asked[FACT_unit], 0);
	ck_assert_uint_eq(facts_asked[FACT_cgroup], 0);
	ruleset_free(rs);
}
END_TEST

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
		an_index_finds_what_a_scan_finds,
		a_list_of_2000_names_is_not_walked,
		fifteen_thousand_rules_cost_what_fifteen_do,
		only_facts_that_rules_hang_on_are_read,
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

	return world_run("policy: ruleset", tests,
	                 sizeof tests / sizeof *tests);
}
