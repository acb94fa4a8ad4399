/* test_policy_image_damaged.c -- an image that was not built, or was changed
 * since, is refused, and what is not refused does no harm. */

#include "imaging.h"

/* Of what say_much() says: selector 1 is the host's, 4 the child's; value 0 is
 * a qos, 1 CPUs, 2 a class, 3 nice; bound 0 is of CPUs, 1 of classes, 2 of
 * nice; alternative 0 is "cc1", 1 "clang*", 2 people, 5 the tag. */
static const struct damage damages[] = {
	HEAD("begin like an image", magic[3], 'X'),
	HEAD("version", version, IMAGE_VERSION + 1),
	HEAD("were said", bytes, 8),
	HEAD("part 4 begins", part[IMAGE_VALUES].at, 4),
	HEAD("part 4 begins", part[IMAGE_VALUES].at, 160),
	HEAD("part 10 ends past", part[IMAGE_TEXT].count, 1 << 20),
	HEAD("part 0 ends past", part[IMAGE_RULES].count, UINT32_MAX),
	RULE("rule 1 is of no known layer", 1, layer, LAYERS),
	RULE("rule 1 has a priority", 1, priority, 1001),
	RULE("rule 1 has a priority", 1, priority, -1001),
	RULE("rule 0 matches nothing", 0, match, 99),
	RULE("rule 0 matches nothing", 0, match, IMAGE_NONE),
	RULE("rule 0 matches nothing", 0, match, 1),
	RULE("rule 0 has a 'when'", 0, when, 0),
	RULE("rule 2 excepts nothing", 2, except, 1),
	RULE("rule 0 has no sound name", 0, name.bytes, 9),
	RULE("rule 0 has no sound name", 0, name.bytes, UINT32_MAX),
	RULE("rule 0 has no sound name", 0, file.at, 1u << 31),
	RULE("rule 0 gives no known tag", 0, tag, 1),
	RULE("rule 0 is neither", 0, is_function, 2),
	RULE("rule 0 has no sound want", 0, want.count, 5),
	RULE("rule 0 has no sound want", 0, want.first, UINT32_MAX),
	RULE("rule 0 has no sound want", 0, want.count, UINT32_MAX),
	RULE("rule 1 has no sound cap", 1, cap.first, 1),
	VALUE("no such setting", 0, setting, SETTING_COUNT),
	VALUE("part of another", 0, setting, SETTING_rt_priority),
	VALUE("rule 0 has no sound want", 0, setting, SETTING_nice),
	VALUE("value 0 is outside", 0, value, QOS_COUNT),
	VALUE("value 1 has no sound text", 1, text.bytes, 1),
	VALUE("value 2 is outside", 2, value, SCHED_CLASS_DEADLINE),
	VALUE("value 2 is outside", 2, value, SCHED_CLASS_FIFO),
	VALUE("value 2 is outside", 2, value, INT64_C(1) << 40),
	VALUE("value 3 is outside", 3, value, -21),
	VALUE("value 3 is outside", 3, value, INT64_MAX),
	BOUND("bound 0 has no sound text", 0, text.bytes, 0),
	BOUND("no such setting", 1, setting, SETTING_COUNT),
	BOUND("bound 1 allows nothing", 1, allowed, 0),
	BOUND("allows nothing", 1, allowed, 1 << SCHED_CLASS_DEADLINE),
	BOUND("classes that are unknown", 1, allowed, 1 << 20),
	BOUND("bound 2 allows nothing", 2, low, 20),
	BOUND("bound 2 ends outside", 2, high, 20),
	BOUND("bound 2 ends outside", 2, low, INT64_MIN),
	CONDITION("condition 0 is about nothing", 0, kind, CONDITION_KINDS),
	CONDITION("condition 0 is about nothing", 0, fact, FACT_COUNT),
	CONDITION("asks for what its field", 0, fact, FACT_pid),
	CONDITION("condition 1 has no alternatives", 1, alternatives.first, 1),
	CONDITION("condition 0 has no alternatives", 0, alternatives.count, 0),
	CONDITION("condition 0 has no alt", 0, alternatives.count, UINT32_MAX),
	CONDITION("asks too often", 2, fact, FACT_name),
	CONDITION("mixes host and task", 3, kind, CONDITION_FACT),
	ALTERNATIVE("asks for what its field", 0, op, OPS),
	ALTERNATIVE("asks for what its field", 0, op, OP_PEOPLE),
	ALTERNATIVE("asks for what its field", 0, op, OP_RANGE),
	ALTERNATIVE("asks for what its field", 0, op, OP_TAG),
	ALTERNATIVE("asks for what its field", 2, op, OP_TEXT),
	ALTERNATIVE("asks for what its field", 5, op, OP_ANY),
	ALTERNATIVE("alternative 0 has no sound text", 0, text.bytes, 2),
	ALTERNATIVE("alternative 4 ends before", 4, low, 3),
	ALTERNATIVE("alternative 5 names no tag", 5, low, 1),
	ALTERNATIVE("alternative 5 names no tag", 5, low, -1),
	SELECTOR("selector 0 selects nothing", 0, kind, SELECTS),
	SELECTOR("selector 1 selects nothing", 1, under, 0),
	SELECTOR("selector 4 selects nothing", 4, of, 0),
	SELECTOR("selector 4 refers forward", 4, under, 4),
	SELECTOR("selector 4 refers to no proc", 4, under, 1),
	SELECTOR("selector 1 has no conditions", 1, conditions.first, 0),
	SELECTOR("selector 7 has no conditions", 7, conditions.count, 2),
};

START_TEST(every_wrong_field_is_named)
{
	damages_try(good, good_bytes, damages,
	            sizeof damages / sizeof *damages);
}
END_TEST

START_TEST(a_text_that_does_not_end_is_refused)
{
	const struct image_header *h = good;
	char                      *image = malloc(good_bytes), why[200];

	for (uint32_t i = 0; i < h->part[IMAGE_TEXT].count; i++) {
		memcpy(image, good, good_bytes);
		if (image[h->part[IMAGE_TEXT].at + i] != '\0')
			continue;
		image[h->part[IMAGE_TEXT].at + i] = 'x';
		ck_assert_int_eq(image_check(image, good_bytes, why,
		                             sizeof why), -EINVAL);
	}
	free(image);
}
END_TEST

START_TEST(what_is_no_list_of_cpus_is_refused)
{
	const struct image_value *v = IMAGE_AT(good, IMAGE_VALUES, image_value,
	                                       1);
	char *list = (char *)(size_t)image_text_of(good, v->text), why[200];

	ck_assert_str_eq(list, "0-3");
	list[2] = 'x';
	ck_assert_int_eq(image_check(good, good_bytes, why, sizeof why),
	                 -EINVAL);
	ck_assert_str_eq(why, "value 1 is not a list of CPUs");
}
END_TEST

START_TEST(a_cut_image_is_refused)
{
	const struct image_section *text =
		&((const struct image_header *)good)->part[IMAGE_TEXT];
	char                        why[200];

	for (size_t n = 0; n < text->at + text->count; n++) {
		char *image = malloc(n + 1);

		memcpy(image, good, n);
		if (n >= sizeof(struct image_header))
			((struct image_header *)(void *)image)->bytes =
				(uint32_t)n;
		ck_assert_int_eq(image_check(image, n, why, sizeof why),
		                 -EINVAL);
		free(image);
	}
}
END_TEST

START_TEST(selectors_inside_each_other_have_a_bound)
{
	struct inside in = { .of = 0 };
	char          why[200] = "";
	void         *image = NULL;
	size_t        bytes;

	for (int i = 0; i < SELECTOR_DEPTH; i++)
		in.parent = 1 + pick_with(SELECT_PROCESS, "", in);
	rule_add(rule_for("deep", in.parent - 1));
	free(image_finish(&bytes));
	in.parent = 0;
	for (int i = 0; i < SELECTOR_DEPTH + 1; i++)
		in.parent = 1 + pick_with(SELECT_PROCESS, "", in);
	rule_add(rule_for("too deep", in.parent - 1));
	ck_assert_int_eq(builder_finish(builder, &image, &bytes, why,
	                                sizeof why), 0);
	ck_assert_int_eq(image_check(image, bytes, why, sizeof why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "too deep"));
	free(image);
}
END_TEST

START_TEST(tags_that_go_round_are_refused_here_too)
{
	char                 why[200];
	struct image_header *h;
	size_t               bytes;
	void                *image;

	tagged("a", "tag=a", "b");
	tagged("b", "name=x", "a");
	image = image_finish(&bytes);
	h = image;
	/* The second rule now matches what the first one gives. */
	((struct image_rule *)(void *)((char *)image +
	                               h->part[IMAGE_RULES].at))[0].tag =
		((struct image_rule *)(void *)((char *)image +
		                               h->part[IMAGE_RULES].at))[1].tag;
	ck_assert_int_eq(image_check(image, bytes, why, sizeof why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "wait for each other"));
	free(image);
}
END_TEST

static struct task *crowd[3];

static void crowd_gather(void)
{
	crowd[0] = appear(10, 0, (struct being){
		.name = "cc1", .uid = 1000, .slow_is_there = true,
		.line = "cc1\0-O2\0", .line_bytes = 8 });
	crowd[1] = appear(11, 10, (struct being){ .name = "sh" });
	crowd[2] = appear_thread(appear(12, 11, (struct being){
		.name = "jackd", .uid = 1000 }), 500, "my-loop-0");
}

/* An image that passed may say anything; using it must be harmless. */
static int use(const void *image)
{
	char            why[200];
	struct ruleset *rs = NULL;
	struct interned *own = interned_new();
	struct want     w;
	struct cap      c;
	int             r = image_check(image, good_bytes, why, sizeof why);

	if (r == 0)
		r = ruleset_new(image, good_bytes, 1, own, &rs);
	for (int i = 0; r == 0 && i < 3; i++) {
		struct subject s = about(crowd[i]);
		struct found   f = look_up(rs, crowd[i]);

		for (size_t n = 0; n < f.rules; n++) {
			ruleset_when(rs, f.rule[n], &s);
			ruleset_excepts(rs, f.rule[n], &s);
			ruleset_want(rs, f.rule[n], &w);
			ruleset_cap(rs, f.rule[n], &c);
			ck_assert_ptr_nonnull(ruleset_name(rs, f.rule[n]));
		}
	}
	ruleset_free(rs);
	interned_free(own);
	return r == 0;
}

START_TEST(no_flipped_byte_does_harm)
{
	static const unsigned char flips[] = { 0x01, 0x80, 0xff, 0x07 };
	char  *image = malloc(good_bytes);
	int    passed = 0;

	crowd_gather();
	ck_assert_int_eq(use(good), 1);
	for (size_t at = 0; at < good_bytes; at++)
		for (size_t i = 0; i < sizeof flips; i++) {
			memcpy(image, good, good_bytes);
			image[at] = (char)(image[at] ^ flips[i]);
			passed += use(image);
		}
	ck_assert_int_gt(passed, 0);
	free(image);
}
END_TEST

START_TEST(no_wrong_word_does_harm)
{
	static const uint32_t words[] = { 0, 1, 2, 7, 8, 63, 64, 255,
	                                  0x7fffffff, 0x80000000, 0xfffffffe,
	                                  0xffffffff };
	char  *image = malloc(good_bytes);
	int    passed = 0;

	crowd_gather();
	for (size_t at = 0; at + 4 <= good_bytes; at += 4)
		for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
			memcpy(image, good, good_bytes);
			memcpy(image + at, &words[i], 4);
			passed += use(image);
		}
	ck_assert_int_gt(passed, 0);
	free(image);
}
END_TEST

START_TEST(no_number_of_flips_does_harm)
{
	uint32_t seed = 42;
	char    *image = malloc(good_bytes);
	int      passed = 0;

	crowd_gather();
	for (int round = 0; round < 20000; round++) {
		memcpy(image, good, good_bytes);
		for (int i = 0; i <= round % 5; i++) {
			size_t at;

			seed = seed * 1664525u + 1013904223u;
			at = sizeof(struct image_header) + (seed >> 4) %
			     (good_bytes - sizeof(struct image_header));
			image[at] = (char)((seed >> 24) % 16);
		}
		passed += use(image);
	}
	ck_assert_int_gt(passed, 0);
	free(image);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		every_wrong_field_is_named,
		a_text_that_does_not_end_is_refused,
		what_is_no_list_of_cpus_is_refused,
		a_cut_image_is_refused,
		selectors_inside_each_other_have_a_bound,
		tags_that_go_round_are_refused_here_too,
		no_flipped_byte_does_harm,
		no_wrong_word_does_harm,
		no_number_of_flips_does_harm,
	};

	return run_between("policy: image", tests,
	                   sizeof tests / sizeof *tests,
	                   image_start, image_stop);
}
