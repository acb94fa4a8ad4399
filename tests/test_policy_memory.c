/* test_policy_memory.c -- every allocation on the way to rules may fail. */

#include "small_world.h"

#include "policy/heirs.h"
#include "policy/memo.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ALLOCATOR_IS_TAKEN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define ALLOCATOR_IS_TAKEN
#endif

static long allowed = -1;               /* allocations; -1: any number        */
static bool failed;

#ifndef ALLOCATOR_IS_TAKEN
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static bool may_allocate(void)
{
	if (allowed == 0)
		failed = true;
	return allowed < 0 || (allowed > 0 && allowed-- > 0);
}

void *malloc(size_t n)
{
	return may_allocate() ? __libc_malloc(n) : NULL;
}

void *calloc(size_t n, size_t size)
{
	return may_allocate() ? __libc_calloc(n, size) : NULL;
}

void *realloc(void *p, size_t n)
{
	return may_allocate() ? __libc_realloc(p, n) : NULL;
}
#endif

/* Some of each kind, without a word that allocates by itself. */
static void say_rules(struct builder *b)
{
	static const struct want want = { .has = SETTING_BIT(SETTING_nice) };
	struct builder_rule r = rule_for("r", 0);
	uint32_t            of;
	char                name[32];

	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "program-%d", i);
		builder_selector_begin(b, SELECT_PROCESS);
		builder_condition(b, CONDITION_FACT, FACT_name);
		builder_text(b, name, strlen(name));
		builder_glob(b, "*-{a,b}c-*", 10);
		r.match = builder_selector_end(b);
		r.tag = i == 0 ? "first" : NULL;
		r.want = &want;
		builder_rule(b, &r, sets);
	}
	builder_selector_begin(b, SELECT_PROCESS);
	builder_condition(b, CONDITION_TAG, 0);
	builder_tag(b, "first");
	of = builder_selector_end(b);
	builder_selector_begin(b, SELECT_THREAD);
	builder_of(b, of);
	r.match = builder_selector_end(b);
	builder_rule(b, &r, sets);
}

static int build(void **ret_image, size_t *ret_bytes)
{
	struct builder *b = builder_new();
	char            why[200];
	int             r = -ENOMEM;

	if (b != NULL) {
		say_rules(b);
		r = builder_finish(b, ret_image, ret_bytes, why, sizeof why);
	}
	builder_free(b);
	return r;
}

static void *whole;                     /* the image that nothing failed in   */
static size_t whole_bytes;

/* The rules must be all there, or not at all. */
static int load(void)
{
	struct ruleset *rs = NULL;
	void           *image = NULL;
	size_t          bytes;
	char            why[200];
	int             r = build(&image, &bytes);

	if (r == 0 && (bytes != whole_bytes ||
	               memcmp(image, whole, bytes) != 0))
		r = -EINVAL;
	if (r == 0)
		r = image_check(image, bytes, why, sizeof why);
	if (r == 0)
		r = ruleset_new(image, bytes, 1, sets, &rs);
	ruleset_free(rs);
	free(image);
	return r;
}

static int recall(void)
{
	struct answer a = { .outcome = OUTCOME_NOTHING };
	struct memo  *m = memo_new(10, MEMO_MAX);
	int           r = m == NULL ? -ENOMEM : 0;

	for (uint32_t i = 0; i < 100 && r == 0; i++) {
		r = memo_put(m, &i, sizeof i, &a);
		if (r < 0 && (memo_find(m, &i, sizeof i) != NULL ||
		              memo_count(m) != i))
			r = -EINVAL;
	}
	memo_free(m);
	return r;
}

/* Of two rules that have changed places the answers are found, or none is. */
static int inherit(void)
{
	uint32_t      swapped[] = { 1, 0 }, key[] = { 1, 0 };
	struct heirs  h = { .rule = swapped, .before = swapped, .old_rules = 2,
	                    .new_rules = 2 };
	struct answer a = { .outcome = OUTCOME_WANT };
	struct memo  *old = memo_new(2, MEMO_MAX), *m = memo_new(2, MEMO_MAX);
	int           r = old == NULL || m == NULL
	                  ? -ENOMEM : memo_put(old, key, sizeof key, &a);

	if (r == 0) {
		memo_inherit(m, old, 2, &h, swapped);
		key[0] = 2;
		key[1] = 1;
		r = memo_find(m, key, sizeof key) != NULL ? 0 : -ENOMEM;
		if (memo_count(m) != (r == 0) || memo_count(old) != 0)
			r = -EINVAL;
	}
	memo_free(old);
	memo_free(m);
	return r;
}

/* Fails the first allocation, then the second, and so on until none fails. */
static void fail_each(int (*work)(void))
{
	failed = true;
	for (long n = 0; failed; n++) {
		int r;

		failed = false;
		allowed = n;
		r = work();
		allowed = -1;
		ck_assert(r == 0 || (r == -ENOMEM && failed));
	}
}

START_TEST(rules_that_find_no_memory_are_not_half_there)
{
	ck_assert_int_eq(build(&whole, &whole_bytes), 0);
	fail_each(load);
	free(whole);
}
END_TEST

START_TEST(an_answer_that_is_handed_on_is_whole_or_gone)
{
	fail_each(inherit);
}
END_TEST

START_TEST(an_answer_that_finds_no_memory_is_not_remembered)
{
	fail_each(recall);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		rules_that_find_no_memory_are_not_half_there,
		an_answer_that_finds_no_memory_is_not_remembered,
		an_answer_that_is_handed_on_is_whole_or_gone,
	};

	return world_run("policy: memory", tests,
	                 sizeof tests / sizeof *tests);
}
