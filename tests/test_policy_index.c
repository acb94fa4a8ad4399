/* test_policy_index.c -- the index of a set of rules finds what a scan finds,
 * at the cost of few. */

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

int main(void)
{
	const TTest *const tests[] = {
		an_index_finds_what_a_scan_finds,
		a_list_of_2000_names_is_not_walked,
		fifteen_thousand_rules_cost_what_fifteen_do,
		only_facts_that_rules_hang_on_are_read,
	};

	return world_run("policy: index", tests, sizeof tests / sizeof *tests);
}
