/* reloading_stage.h -- an engine whose rules are read again, for tests. */
#ifndef TESTS_RELOADING_STAGE_H
#define TESTS_RELOADING_STAGE_H

#include "rehearsing.h"
#include "reload.h"

#define ENDS_MAX 4096

/* The files as they are now, and how reloads ended. */
static struct shelf {
	char     text[64];              /* of the one file                    */
	char     option[32];            /* "": none                           */
	int      error;
	int      test_error;
	unsigned reads, tests, keeps;
	struct reload_policy policy;
	struct { uint64_t token; enum reload_end end; uint32_t generation;
	         size_t differ; } ended[ENDS_MAX];
	size_t   ends, differences;
	char     why[256];
} shelf;

static inline int shelf_read(void *self, const struct workshop *shop,
                             struct reading *ret)
{
	struct rule_source one = { .layer = LAYER_ADMIN };

	(void)self, (void)shop;
	shelf.reads++;
	snprintf(ret->why, sizeof ret->why, "test.c:1: it cannot be read");
	if (shelf.error != 0)
		return -shelf.error;
	one.path = strdup("test.c");
	one.text = strdup(shelf.text);
	ret->sources.source = calloc(1, sizeof one);
	if (one.path == NULL || one.text == NULL ||
	    ret->sources.source == NULL) {
		free(one.path);
		free(one.text);
		free(ret->sources.source);
		ret->sources.source = NULL;
		return -ENOMEM;
	}
	one.bytes = strlen(one.text);
	ret->sources.source[0] = one;
	ret->sources.count = 1;
	if (shelf.option[0] != '\0')
		options_add(&ret->options, "x", shelf.option);
	ret->policy = shelf.policy;
	ret->policy.run_tests = shelf.test_error != 0;
	return 0;
}

static inline int shelf_test(void *self, const struct sources *s, char *why,
                             size_t size)
{
	(void)self, (void)s;
	shelf.tests++;
	snprintf(why, size, "test.c:9: the tests fail");
	return -shelf.test_error;
}

static inline void shelf_ended(void *self, const struct reload_result *r)
{
	(void)self;
	if (shelf.ends == ENDS_MAX)
		ck_abort_msg("too many ends");
	shelf.ended[shelf.ends].token = r->token;
	shelf.ended[shelf.ends].end = r->end;
	shelf.ended[shelf.ends].differ = r->differ;
	shelf.ended[shelf.ends++].generation = r->generation;
	snprintf(shelf.why, sizeof shelf.why, "%s", r->why);
}

static inline void shelf_differs(void *self, const struct reload_difference *d)
{
	(void)self, (void)d;
	shelf.differences++;
}

static inline void shelf_offer(void)
{
	static char path[] = "test.c", text[] = "first";
	static const struct rule_source first = { LAYER_ADMIN, path, text, 5, 0 };

	memset(&shelf, 0, sizeof shelf);
	strcpy(shelf.text, "first");
	shelf.policy = (struct reload_policy){
		.watch = true, .max_changes = RELOAD_NO_LIMIT,
		.health_ns = 10 * SECOND };
	troupe.reader = (struct rule_reader){ .read = shelf_read,
	                                      .test = shelf_test };
	troupe.sources = &first;
	troupe.source_count = 1;
	troupe.reload = shelf.policy;
	troupe.reload_ears = (struct reload_ears){ NULL, shelf_ended,
	                                           shelf_differs };
}

/* The next rules, instead of those that the worker would make again. */
static inline void next_begin(void)
{
	building = builder_new();
	building_sets = interned_new();
	ck_assert(building != NULL && building_sets != NULL);
}

static inline void next_end(const char *text)
{
	char why[200] = "";

	free(troupe.image);
	ck_assert_msg(builder_finish(building, &troupe.image,
	                             &troupe.image_bytes, why,
	                             sizeof why) == 0, "%s", why);
	builder_free(building);
	interned_free(building_sets);
	snprintf(shelf.text, sizeof shelf.text, "%s", text);
}

static inline uint32_t rule_named(const char *rule, const char *program,
                                  enum setting s, int64_t value)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, program));
	struct want         w = { 0 };

	want_set(&w, s, value);
	r.name = rule;
	r.want = &w;
	return rule_add(r);
}

/* The one rule that there is gives "x" that nice value. */
static inline void next_nice(int64_t value)
{
	char text[32];

	next_begin();
	rule_named("x", "x", SETTING_nice, value);
	snprintf(text, sizeof text, "nice %d", (int)value);
	next_end(text);
}

static inline void ask_again(uint64_t token)
{
	const struct reload_request q = { .token = token };

	ck_assert_int_eq(reload_ask(&stage->engine, &q), 0);
}

static inline enum reload_end last_end(void)
{
	ck_assert_uint_gt(shelf.ends, 0);
	return shelf.ended[shelf.ends - 1].end;
}

static inline uint32_t generation(void)
{
	return ruleset_generation(stage->engine.voice[0].rules);
}

/* Rules that give "x" nice 3, in force and past the first look at files. */
static inline void stage_nice(uint64_t seed)
{
	rules_begin();
	rule_named("x", "x", SETTING_nice, 3);
	rules_end(NULL);
	shelf_offer();
	curtain_up(seed, NULL);
	pass(SECOND);
}

static inline void act_five(struct asking *q)
{
	ask_fact(q, FACT_uid, NULL);
	say_want(q, SETTING_nice, 5);
}

static inline void function_rules(void)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));

	r.name = "f";
	r.is_function = true;
	rule_add(r);
}

/* Each test leaves a stage behind. */
static inline TCase *case_new(void)
{
	TCase *c = tcase_create("reload");

	tcase_add_checked_fixture(c, NULL, curtain_down);
	tcase_set_timeout(c, 240);
	return c;
}

#endif
