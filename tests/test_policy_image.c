/* test_policy_image.c -- an image is built: what it says reads back, and what
 * cannot be said in one is named. */

#include "imaging.h"

START_TEST(what_was_built_reads_back)
{
	const struct image_rule *r = IMAGE_AT(good, IMAGE_RULES, image_rule, 0);
	const struct image_selector *s = IMAGE_AT(good, IMAGE_SELECTORS,
	                                          image_selector, r->match);
	const struct image_condition *c = IMAGE_AT(good, IMAGE_CONDITIONS,
	                                           image_condition,
	                                           s->conditions.first);

	ck_assert_uint_eq(image_count(good, IMAGE_RULES), 3);
	ck_assert_str_eq(image_text_of(good, r->name), "compiler");
	ck_assert_uint_eq(s->conditions.count, 3);
	ck_assert_uint_eq(c->fact, FACT_name);
	ck_assert_uint_eq(c->alternatives.count, 2);
	ck_assert_str_eq(image_text_of(good, IMAGE_AT(good, IMAGE_TAGS,
	                                              image_text, r->tag)[0]),
	                 "build");
	ck_assert_uint_eq(r->want.count, 4);
}
END_TEST

START_TEST(cheap_conditions_come_first)
{
	uint32_t n = pick(SELECT_PROCESS, "args=x age=1 unit=u uid=1 exe=/e");
	static const uint32_t order[] = { FACT_exe, FACT_uid, FACT_unit,
	                                  FACT_age, FACT_args };
	const struct image_selector *s;
	size_t bytes;
	void  *image;

	rule_add(rule_for("r", n));
	image = image_finish(&bytes);
	s = IMAGE_AT(image, IMAGE_SELECTORS, image_selector, n);
	for (uint32_t i = 0; i < 5; i++)
		ck_assert_uint_eq(IMAGE_AT(image, IMAGE_CONDITIONS,
		                           image_condition,
		                           s->conditions.first + i)->fact,
		                  order[i]);
	free(image);
}
END_TEST

START_TEST(equal_texts_and_wants_are_there_once)
{
	struct want  w = some_want();
	size_t       bytes;
	const char  *text;
	void        *image;
	int          seen = 0;

	for (int i = 0; i < 50; i++) {
		struct builder_rule r = rule_for("same name",
		                                 pick(SELECT_PROCESS,
		                                      "name=firefox"));

		r.want = &w;
		rule_add(r);
	}
	image = image_finish(&bytes);
	ck_assert_uint_eq(image_count(image, IMAGE_VALUES), 4);
	text = image_part_of(image, IMAGE_TEXT);
	for (uint32_t i = 0; i + 7 < image_count(image, IMAGE_TEXT); i++)
		seen += memcmp(text + i, "firefox", 8) == 0;
	ck_assert_int_eq(seen, 1);
	free(image);
}
END_TEST

START_TEST(an_inner_selector_may_be_written_inside_the_outer)
{
	uint32_t inner, outer;
	size_t   bytes;
	void    *image;

	builder_selector_begin(builder, SELECT_PROCESS);
	builder_condition(builder, CONDITION_FACT, FACT_name);
	builder_text(builder, "cc1", 3);
	builder_selector_begin(builder, SELECT_PROCESS);
	builder_condition(builder, CONDITION_FACT, FACT_name);
	builder_text(builder, "make", 4);
	inner = builder_selector_end(builder);
	builder_text(builder, "ld", 2);
	builder_under(builder, inner);
	outer = builder_selector_end(builder);
	rule_add(rule_for("r", outer));
	image = image_finish(&bytes);
	ck_assert_uint_lt(inner, outer);
	ck_assert_uint_eq(IMAGE_AT(image, IMAGE_SELECTORS, image_selector,
	                           outer)->under, inner);
	ck_assert_uint_eq(IMAGE_AT(image, IMAGE_CONDITIONS, image_condition,
	                           1)->alternatives.count, 2);
	free(image);
}
END_TEST

static int finish(char *why)
{
	size_t bytes;
	void  *image = NULL;
	int    r = builder_finish(builder, &image, &bytes, why, 200);

	free(image);
	return r;
}

START_TEST(rules_that_wait_for_each_other_are_named)
{
	char why[200];

	tagged("outside", "tag=b", "d");
	tagged("first", "tag=c", "a");
	tagged("second", "tag=a", "b");
	tagged("third", "tag=b", "c");
	ck_assert_int_eq(finish(why), -ELOOP);
	ck_assert_ptr_nonnull(strstr(why, "first"));
	ck_assert_ptr_nonnull(strstr(why, "second"));
	ck_assert_ptr_nonnull(strstr(why, "third"));
	ck_assert_ptr_null(strstr(why, "outside"));
	tagged("alone", "tag=a name=x", "a");
	ck_assert_int_eq(finish(why), -ELOOP);
	ck_assert_ptr_nonnull(strstr(why, "alone"));
}
END_TEST

START_TEST(a_thread_and_its_process_may_wait_for_each_other_too)
{
	struct inside in = { .of = 1 + pick(SELECT_PROCESS, "tag=a") };
	struct builder_rule r;
	char                why[200];

	r = rule_for("of the thread", pick_with(SELECT_THREAD, "", in));
	r.tag = "b";
	rule_add(r);
	r = rule_for("of the process", pick(SELECT_PROCESS, "name=x"));
	r.except = pick(SELECT_THREAD, "tag=b");
	r.tag = "a";
	rule_add(r);
	ck_assert_int_eq(finish(why), -ELOOP);
	ck_assert_ptr_nonnull(strstr(why, "of the thread"));
	ck_assert_ptr_nonnull(strstr(why, "of the process"));
}
END_TEST

START_TEST(a_tag_handed_down_by_birth_waits_for_nobody)
{
	struct inside in = { .under = 1 + pick(SELECT_PROCESS, "tag=a") };
	struct builder_rule r;
	char                why[200];

	r = rule_for("r", pick_with(SELECT_PROCESS, "", in));
	r.tag = "a";
	rule_add(r);
	ck_assert_int_eq(finish(why), 0);
}
END_TEST

START_TEST(a_tag_that_nobody_gives_is_named)
{
	char why[200];

	rule_say("r", "tag=biuld");
	ck_assert_int_eq(finish(why), -ENOENT);
	ck_assert_ptr_nonnull(strstr(why, "biuld"));
	rule_say("r", "name=x");                /* the builder is fresh again */
	ck_assert_int_eq(finish(why), 0);
}
END_TEST

START_TEST(bounds_on_rules_tags_and_texts_are_kept)
{
	struct builder_rule r = rule_for("r", pick(SELECT_PROCESS, ""));
	char                name[20], why[200], *text = malloc(TEXT_MAX + 1);

	for (int i = 0; i < TAGS_MAX; i++) {
		snprintf(name, sizeof name, "t%d", i);
		r.tag = name;
		rule_add(r);
	}
	r.tag = "one more";
	ck_assert_int_eq(builder_rule(builder, &r, sets), -E2BIG);
	r.tag = NULL;
	for (unsigned i = TAGS_MAX; i < RULES_MAX; i++)
		rule_add(r);
	ck_assert_int_eq(builder_rule(builder, &r, sets), -E2BIG);
	ck_assert_int_eq(finish(why), 0);

	memset(text, 'x', TEXT_MAX);
	text[TEXT_MAX] = '\0';
	ck_assert_int_eq(builder_glob(builder, text, TEXT_MAX), -E2BIG);
	builder_selector_begin(builder, SELECT_PROCESS);
	builder_condition(builder, CONDITION_FACT, FACT_name);
	builder_text(builder, text, TEXT_MAX);
	builder_selector_end(builder);
	ck_assert_int_eq(finish(why), -E2BIG);
	builder_selector_begin(builder, SELECT_PROCESS);
	builder_condition(builder, CONDITION_FACT, FACT_name);
	ck_assert_int_eq(builder_glob(builder, "a{b", 3), -EINVAL);
	builder_text(builder, "a\0b", 3);
	builder_selector_end(builder);
	ck_assert_int_eq(finish(why), -EINVAL);
	free(text);
}
END_TEST

/* Many rules may share one long list, but not so many that an index of them
 * would not fit. */
START_TEST(names_that_rules_share_are_counted_for_each)
{
	char     why[200], name[16];
	void    *image = NULL;
	uint32_t match;
	size_t   bytes;

	builder_selector_begin(builder, SELECT_PROCESS);
	builder_condition(builder, CONDITION_FACT, FACT_name);
	for (unsigned i = 0; i < IMAGE_NAMES_MAX / 1024; i++) {
		snprintf(name, sizeof name, "p%u", i);
		builder_text(builder, name, strlen(name));
	}
	match = builder_selector_end(builder);
	for (int i = 0; i < 1025; i++)
		rule_add(rule_for("r", match));
	ck_assert_int_eq(builder_finish(builder, &image, &bytes, why,
	                                sizeof why), 0);
	ck_assert_int_eq(image_check(image, bytes, why, sizeof why), -EINVAL);
	ck_assert_ptr_nonnull(strstr(why, "too many names"));
	free(image);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		what_was_built_reads_back,
		cheap_conditions_come_first,
		equal_texts_and_wants_are_there_once,
		an_inner_selector_may_be_written_inside_the_outer,
		rules_that_wait_for_each_other_are_named,
		a_thread_and_its_process_may_wait_for_each_other_too,
		a_tag_handed_down_by_birth_waits_for_nobody,
		a_tag_that_nobody_gives_is_named,
		bounds_on_rules_tags_and_texts_are_kept,
		names_that_rules_share_are_counted_for_each,
	};

	return run_between("policy: image", tests,
	                   sizeof tests / sizeof *tests,
	                   image_start, image_stop);
}
