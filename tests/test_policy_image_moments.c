/* test_policy_image_moments.c -- what an image says of time, patterns, pools
 * and the world outside the task; and what is refused of it. */

#include "damages.h"

static void  *good;
static size_t good_bytes;

static void say_standing(void)
{
	struct want         w = { .has = 0 };
	struct builder_rule r = rule_for("standing", pick_with(SELECT_PROCESS,
		"name=%^cc|x env:HOME=any env:SHELL=~*sh nice=0..5 "
		"affinity=any cpu=80..100",
		(struct inside){ .lasting_ns = 1000 }));

	want_set(&w, SETTING_nice, 5);
	r.want = &w;
	r.tag = "build";
	r.when = pick_with(SELECT_HOST, "running=build time=0..359 cpu=70..100",
	                   (struct inside){ .lasting_ns = 1000 });
	r.unless = pick(SELECT_HOST, "on_battery=1");
	r.to = TARGET_TREE;
	r.keep_ns = 1000;
	rule_add(r);
}

static void say_moments(void)
{
	struct builder_rule r = rule_for("moment",
	                                 pick(SELECT_PROCESS, "comm=x"));

	r.moment = MOMENT_EXIT;
	r.to = TARGET_PARENT;
	r.keep_ns = 1000;
	rule_add(r);
	r = rule_for("timer", IMAGE_NONE);
	r.is_function = r.is_handler = true;
	r.moment = MOMENT_TIMER;
	r.every_ns = TIMER_NS_MIN;
	rule_add(r);
	r.name = "pressure";
	r.moment = MOMENT_MEMORY_PRESSURE;
	r.level = HOST_LEVEL_WARN;
	r.match = pick(SELECT_PROCESS, "tag=build");
	rule_add(r);
	r.name = "power";
	r.moment = MOMENT_POWER;
	r.level = IMAGE_NONE;
	r.match = IMAGE_NONE;
	rule_add(r);
}

static void say_all(void)
{
	struct want         w = { .has = 0 };
	struct builder_pool pool = { "pool", "test.lua", 3, LAYER_ADMIN,
	                             POOL_PER_UID, &w };

	ck_assert_int_eq(builder_state(builder, "state", "test.lua"), 0);
	say_standing();
	say_moments();
	want_set(&w, SETTING_nice, 3);
	ck_assert_int_eq(builder_pool(builder, &pool, sets), 0);
	builder_mask(builder, "moment", LAYER_USER, "mask.lua:4");
}

static void image_start(void)
{
	world_start();
	say_all();
	good = image_finish(&good_bytes);
}

static void image_stop(void)
{
	free(good);
	world_stop();
}

/* Selector 0 is of the standing rule, 1 and 2 of the host, 3 of the moment and
 * 4 of the handler.  Conditions of 0, the cheap first: name, nice, affinity,
 * cpu, HOME, SHELL; of 1: running, time, cpu; of 2: on_battery.  Alternatives
 * go with them: 0 the pattern, 1 a text, 2 nice, 3 any, 4 cpu, 5 any, 6 a glob,
 * 7 the tag, 8 time, 9 the host's cpu.  Terms 1 are of rule 0, 2 of the timer
 * and of power, 3 of the pressure and 4 of the masked rule 1. */
static const struct damage damages[] = {
	SELECTOR("selector 0 selects nothing", 0, lasting_ns, SPAN_NS_MAX + 1),
	SELECTOR("selector 1 selects nothing", 1, parent, 0),
	CONDITION("condition 0 is about nothing", 0, name.bytes, 1),
	CONDITION("condition 1 is about nothing", 1, fact, SETTING_COUNT),
	CONDITION("condition 4 is about nothing", 4, name.bytes, 0),
	CONDITION("condition 4 is about nothing", 4, name.bytes, 2),
	CONDITION("condition 4 is about nothing", 4, fact, 1),
	CONDITION("condition 6 is about nothing", 6, fact, HOST_COUNT),
	CONDITION("asks for what its field", 1, fact, SETTING_affinity),
	CONDITION("asks too often for a field", 2, fact, SETTING_nice),
	SELECTOR("mixes host and task", 2, kind, SELECT_PROCESS),
	ALTERNATIVE("asks for what its field", 2, op, OP_REGEX),
	ALTERNATIVE("asks for what its field", 2, op, OP_TAG),
	ALTERNATIVE("asks for what its field", 3, op, OP_RANGE),
	ALTERNATIVE("asks for what its field", 5, op, OP_RANGE),
	ALTERNATIVE("asks for what its field", 6, op, OP_TAG),
	ALTERNATIVE("asks for what its field", 7, op, OP_RANGE),
	ALTERNATIVE("asks for what its field", 8, op, OP_TAG),
	ALTERNATIVE("asks for what its field", 8, op, OP_REGEX),
	ALTERNATIVE("alternative 7 names no tag", 7, low, 1),
	ALTERNATIVE("alternative 7 names no tag", 7, low, -1),
	ALTERNATIVE("alternative 8 ends before", 8, low, 1440),
	ALTERNATIVE("alternative 9 ends before", 9, low, 101),
	RULE("rule 0 has a 'when'", 0, when, 0),
	RULE("rule 0 has an 'except' of no known host", 0, unless, 0),
	RULE("rule 0 has an 'except' of no known host", 0, unless, 99),
	RULE("rule 0 is set off and gives a tag", 0, moment, MOMENT_EXEC),
	RULE("rule 1 is set off and would have to be asked", 1, is_function, 1),
	RULE("rule 1 is set off by nothing known", 1, moment, MOMENTS),
	RULE("rule 1 is set off by nothing known", 1, to, TARGETS),
	RULE("rule 1 is set off by what only a handler", 1, moment,
	     MOMENT_TIMER),
	TERMS("rule 1 is set off and does not last", 4, keep_ns, 0),
	TERMS("terms 4 keep for too long", 4, keep_ns, SPAN_NS_MAX + 1),
	RULE("rule 1 is neither", 1, is_handler, 2),
	TERMS("terms 4 are neither", 4, irreversible, 2),
	TERMS("terms 4 are neither", 4, insist, 2),
	RULE("rule 1 handles nothing", 1, is_handler, 1),
	RULE("rule 1 matches nothing", 1, match, IMAGE_NONE),
	TERMS("terms 4 have no sound mask", 4, masked_by.bytes, 3),
	TERMS("terms 4 share no known state", 4, states.count, 2),
	TERMS("terms 4 share no known state", 4, states.first, 2),
	RULE("rule 1 has no terms", 1, terms, 5),
	RULE("rule 2 handles nothing", 2, moment, MOMENT_EXEC),
	RULE("rule 2 handles nothing", 2, is_function, 0),
	RULE("rule 2 is a handler and wants", 2, tag, 0),
	RULE("rule 2 is a handler and wants", 2, to, TARGET_TREE),
	RULE("rule 2 is a handler and wants", 2, want.count, 1),
	TERMS("rule 2 has a timer out of range", 2, every_ns, TIMER_NS_MIN - 1),
	TERMS("rule 2 has a timer out of range", 2, every_ns, SPAN_NS_MAX + 1),
	TERMS("rule 2 has a level out of range", 2, level, MINUTES_OF_DAY),
	TERMS("rule 3 has a level out of range", 3, level, HOST_LEVELS),
	TERMS("rule 3 has a level out of range", 3, level, IMAGE_NONE),
	TERMS("rule 4 has a level out of range", 2, level, 0),
	POOL("pool 0 has no sound name", 0, name.bytes, 0),
	POOL("pool 0 has no sound name", 0, file.bytes, 99),
	POOL("pool 0 is not sound", 0, layer, LAYERS),
	POOL("pool 0 is not sound", 0, per, POOL_PERS),
	POOL("pool 0 is not sound", 0, values.first, 99),
	POOL("pool 0 is not sound", 0, values.count, UINT32_MAX),
	STATE("state 0 has no sound name", 0, name.bytes, 99),
	STATE("state 0 has no sound name", 0, file.at, UINT32_MAX),
};

START_TEST(every_wrong_field_is_named)
{
	damages_try(good, good_bytes, damages,
	            sizeof damages / sizeof *damages);
}
END_TEST

/* Refused with what is said of it, once built. */
static void assert_refused(const char *says)
{
	char   why[200] = "";
	void  *image = NULL;
	size_t bytes;

	ck_assert_int_eq(builder_finish(builder, &image, &bytes, why,
	                                sizeof why), 0);
	ck_assert_int_eq(image_check(image, bytes, why, sizeof why), -EINVAL);
	ck_assert_msg(strstr(why, says) != NULL, "'%s'", why);
	free(image);
}

START_TEST(what_is_no_pattern_is_named_by_its_number)
{
	rule_say("good", "name=%good comm=x|%also");
	rule_say("bad", "name=x|%(bad");
	assert_refused("alternative 4 is no pattern: missing");
}
END_TEST

START_TEST(too_many_patterns_are_refused)
{
	char said[32];

	for (int i = 0; i <= REGEXES_MAX; i++) {
		snprintf(said, sizeof said, "name=%%p%d", i);
		rule_say("r", said);
	}
	assert_refused("more than 256 patterns");
}
END_TEST

START_TEST(too_many_variables_are_refused)
{
	char said[32];

	for (int i = 0; i <= ENV_NAMES_MAX; i++) {
		snprintf(said, sizeof said, "env:V%d=any", i);
		rule_say("r", said);
	}
	assert_refused("too many variables");
	for (int i = 0; i <= ENV_PER_SELECTOR; i++) {
		snprintf(said, sizeof said, "env:V%d", i);
		if (i == 0)
			builder_selector_begin(builder, SELECT_PROCESS);
		builder_env(builder, said + 4, strlen(said) - 4);
		builder_any(builder);
	}
	rule_add(rule_for("r", builder_selector_end(builder)));
	assert_refused("asks too often");
	builder_selector_begin(builder, SELECT_PROCESS);
	builder_env(builder, "A=B", 3);
	builder_any(builder);
	rule_add(rule_for("r", builder_selector_end(builder)));
	assert_refused("names no variable");
}
END_TEST

START_TEST(variables_that_rules_name_are_listed_once)
{
	const char *const *names;
	struct ruleset    *rs;

	rule_say("a", "env:HOME=any env:SHELL=x");
	rule_say("b", "env:HOME=y");
	rs = rules_finish();
	ck_assert_uint_eq(ruleset_env(rs, &names), 2);
	ck_assert_str_eq(names[0], "HOME");
	ck_assert_str_eq(names[1], "SHELL");
	ck_assert_uint_ne(ruleset_needs(rs).facts & FACT_BIT(FACT_env), 0);
	ruleset_free(rs);
}
END_TEST

/* Reading a tag through the machine asks for no order. */
START_TEST(a_tag_given_while_it_is_alive_waits_for_nobody)
{
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, "name=x"));

	r.tag = "mine";
	r.when = pick(SELECT_HOST, "running=mine");
	rule_add(r);
	ruleset_free(rules_finish());
}
END_TEST

static struct task *crowd;

static int own_value(void *ctx, struct task *who, enum setting s,
                     int64_t *ret_value)
{
	(void)ctx;
	(void)who;
	*ret_value = s == SETTING_nice ? 3 : INT64_MAX;
	return 0;
}

/* An image that passed may say anything; using it must be harmless. */
static int use(const void *image, struct standing *st)
{
	char             why[200];
	struct ruleset  *rs = NULL;
	struct interned *own = interned_new();
	uint32_t         alive[TAGS_MAX] = { 1 };
	struct subject   s = about(crowd);
	struct found     f;
	int              r = image_check(image, good_bytes, why, sizeof why);

	if (r == 0)
		r = ruleset_new(image, good_bytes, 1, own, &rs);
	s.standing = st;
	s.now_ns = ++world_ns;
	s.tag_alive = alive;
	s.own = own_value;
	for (int m = MOMENT_EXEC; r == 0 && m < MOMENTS; m++) {
		const uint32_t *handler;
		size_t n = ruleset_handlers(rs, (enum moment)m, &handler);

		for (size_t i = 0; i < n; i++)
			ruleset_selects(rs, handler[i], &s);
		ruleset_set_off(rs, (enum moment)m, &s, &f);
	}
	if (r == 0 && ruleset_lookup(rs, &s, &f) == 0)
		for (size_t n = 0; n < f.rules; n++)
			ruleset_when(rs, f.rule[n], &s);
	if (r == 0)
		ruleset_host(rs, &s);
	ruleset_free(rs);
	interned_free(own);
	standing_clear(st);
	return r == 0;
}

START_TEST(no_wrong_word_does_harm)
{
	static const uint32_t words[] = { 0, 1, 2, 3, 4, 5, 6, 11, 64, 255,
	                                  0x7fffffff, 0x80000000, 0xffffffff };
	struct standing *st = standing_new();
	char            *image = malloc(good_bytes);
	int              passed = 0;

	crowd = appear(10, 0, (struct being){ .name = "cc1", .comm = "x" });
	ck_assert_int_eq(use(good, st), 1);
	for (size_t at = 0; at + 4 <= good_bytes; at += 4)
		for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
			memcpy(image, good, good_bytes);
			memcpy(image + at, &words[i], 4);
			passed += use(image, st);
		}
	ck_assert_int_gt(passed, 0);
	free(image);
	standing_free(st);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_wrong_field_is_named,
		what_is_no_pattern_is_named_by_its_number,
		too_many_patterns_are_refused,
		too_many_variables_are_refused,
		variables_that_rules_name_are_listed_once,
		a_tag_given_while_it_is_alive_waits_for_nobody,
		no_wrong_word_does_harm,
	};

	return run_between("policy: image, moments and more", tests,
	                   sizeof tests / sizeof *tests,
	                   image_start, image_stop);
}
