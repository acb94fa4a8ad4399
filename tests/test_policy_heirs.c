/* test_policy_heirs.c -- which rule, tag and selector of new rules is which of
 * those before them. */

#include "policy/heirs.h"

#include "policy/tags.h"
#include "rehearsing.h"

static void        *before, *after;
static struct heirs heirs;

static void rules_of_begin(void)
{
	building = builder_new();
	building_sets = interned_new();
	building_layer = LAYER_ADMIN;
	ck_assert(building != NULL && building_sets != NULL);
}

static void *rules_of_end(void)
{
	char   why[200] = "";
	void  *image;
	size_t bytes;

	ck_assert_msg(builder_finish(building, &image, &bytes, why,
	                             sizeof why) == 0, "%s", why);
	builder_free(building);
	interned_free(building_sets);
	return image;
}

static void both_end(void)
{
	after = rules_of_end();
	ck_assert_int_eq(heirs_find(before, after, &heirs), 0);
}

static void clear(void)
{
	heirs_clear(&heirs);
	free(before);
	free(after);
	before = after = NULL;
}

static uint32_t named(const char *name)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));

	r.name = name;
	return rule_add(r);
}

static void tagged(const char *tag)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));

	r.name = r.tag = tag;
	rule_add(r);
}

static uint32_t tag_in(const void *image, const char *name)
{
	for (uint32_t i = 0; i < image_count(image, IMAGE_TAGS); i++)
		if (strcmp(image_text_of(image, *IMAGE_AT(image, IMAGE_TAGS,
		                         image_text, i)), name) == 0)
			return i;
	ck_abort_msg("there is no tag %s", name);
}

static struct tag_set set_of(const void *image, const char *const *tag,
                             size_t n)
{
	struct tag_set set = { { 0 } };

	for (size_t i = 0; i < n; i++)
		tags_add(&set, tag_in(image, tag[i]));
	return set;
}

START_TEST(tags_are_carried_by_name_and_back)
{
	static const char *const had[] = { "a", "b", "c" };
	static const char *const has[] = { "a", "c" };
	struct tag_set set, expected;

	rules_of_begin();
	tagged("a");
	tagged("b");
	tagged("c");
	before = rules_of_end();
	rules_of_begin();
	tagged("x");
	tagged("c");
	tagged("a");
	both_end();
	set = set_of(before, had, 3);
	heirs_tags(&heirs, &set);
	expected = set_of(after, has, 2);
	ck_assert_mem_eq(&set, &expected, sizeof set);
	heirs_turn(&heirs);
	heirs_tags(&heirs, &set);
	expected = set_of(before, has, 2);
	ck_assert_mem_eq(&set, &expected, sizeof set);
}
END_TEST

/* The last becomes the first, and so on. */
START_TEST(as_many_tags_as_there_may_be_are_carried)
{
	char           name[16];
	struct tag_set set;

	rules_of_begin();
	for (int i = 0; i < TAGS_MAX; i++) {
		snprintf(name, sizeof name, "t%d", i);
		tagged(name);
	}
	before = rules_of_end();
	rules_of_begin();
	for (int i = TAGS_MAX; i-- > 0; ) {
		snprintf(name, sizeof name, "t%d", i);
		tagged(name);
	}
	both_end();
	for (uint32_t i = 0; i < TAGS_MAX; i++) {
		set = (struct tag_set){ { 0 } };
		tags_add(&set, i);
		heirs_tags(&heirs, &set);
		for (uint32_t j = 0; j < TAGS_MAX; j++)
			ck_assert(tags_have(&set, j) == (j == TAGS_MAX - 1 - i));
	}
}
END_TEST

START_TEST(rules_are_the_same_by_layer_and_name_in_their_order)
{
	struct builder_rule r;
	uint32_t            a, b[2], c, d;

	rules_of_begin();
	a = named("a");
	b[0] = named("b");
	b[1] = named("b");
	c = named("c");
	d = named("d");
	before = rules_of_end();
	rules_of_begin();
	ck_assert_uint_eq(named("other"), 0);
	ck_assert_uint_eq(named("b"), 1);
	ck_assert_uint_eq(named("d"), 2);
	ck_assert_uint_eq(named("b"), 3);
	ck_assert_uint_eq(named("b"), 4);
	building_layer = LAYER_USER;
	named("a");
	building_layer = LAYER_ADMIN;
	r = rule_of(IMAGE_NONE);
	r.name = "c";
	r.is_handler = true;
	rule_add(r);
	both_end();
	ck_assert_uint_eq(heirs_rule(&heirs, a), RULE_NONE);
	ck_assert_uint_eq(heirs_rule(&heirs, b[0]), 1);
	ck_assert_uint_eq(heirs_rule(&heirs, b[1]), 3);
	ck_assert_uint_eq(heirs_rule(&heirs, c), RULE_NONE);
	ck_assert_uint_eq(heirs_rule(&heirs, d), 2);
	ck_assert_uint_eq(heirs_rule(&heirs, d + 1), RULE_NONE);
	ck_assert_uint_eq(heirs_before(&heirs, 0), RULE_NONE);
	ck_assert_uint_eq(heirs_before(&heirs, 3), b[1]);
	ck_assert_uint_eq(heirs_before(&heirs, 4), RULE_NONE);
	heirs_turn(&heirs);
	ck_assert_uint_eq(heirs_rule(&heirs, 3), b[1]);
	ck_assert_uint_eq(heirs_before(&heirs, d), 2);
}
END_TEST

static uint32_t reaching(const char *name, enum target to)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));

	r.name = name;
	r.to = to;
	return rule_add(r);
}

START_TEST(leases_go_to_an_heir_that_reaches_the_same)
{
	uint32_t same, other;

	rules_of_begin();
	same = reaching("same", TARGET_TREE);
	other = reaching("other", TARGET_TREE);
	before = rules_of_end();
	rules_of_begin();
	reaching("other", TARGET_SELF);
	reaching("same", TARGET_TREE);
	both_end();
	ck_assert_uint_eq(heirs_lease(&heirs, same), 1);
	ck_assert_uint_eq(heirs_lease(&heirs, other), RULE_NONE);
	ck_assert_uint_eq(heirs_rule(&heirs, other), 0);
	heirs_turn(&heirs);
	ck_assert_uint_eq(heirs_lease(&heirs, 1), same);
	ck_assert_uint_eq(heirs_lease(&heirs, 0), RULE_NONE);
}
END_TEST

/* What a rule asks for; each but the first differs from the first in one. */
enum asked { AS_BEFORE, OTHER_KIND, OTHER_TIME, OTHER_NAME, OTHER_FACT,
             OTHER_RANGE, OTHER_VARIABLE, OTHER_TAG, OTHER_OF, OTHER_UNDER,
             OTHER_PARENT, NO_PARENT, ONE_MORE, ASKED };

static uint32_t ask_for(enum asked what)
{
	uint32_t of = select_named(SELECT_PROCESS, "q");
	uint32_t under = select_named(SELECT_PROCESS,
	                              what == OTHER_UNDER ? "r" : "s");
	uint32_t parent = select_named(SELECT_PROCESS,
	                               what == OTHER_PARENT ? "t" : "u");
	uint32_t process;

	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_uid);
	builder_range(building, 1, what == OTHER_RANGE ? 3 : 2);
	if (what == ONE_MORE)
		builder_range(building, 7, 8);
	builder_env(building, what == OTHER_VARIABLE ? "A" : "B", 1);
	builder_text(building, "1", 1);
	builder_condition(building, CONDITION_TAG, 0);
	builder_tag(building, what == OTHER_TAG ? "one" : "two");
	builder_under(building, under);
	if (what != NO_PARENT)
		builder_parent(building, parent);
	process = builder_selector_end(building);
	if (what == OTHER_KIND)
		return process;
	builder_selector_begin(building, SELECT_THREAD);
	builder_condition(building, CONDITION_FACT,
	                  what == OTHER_FACT ? FACT_comm : FACT_name);
	builder_text(building, what == OTHER_NAME ? "x" : "y", 1);
	builder_of(building, what == OTHER_OF ? of : process);
	builder_lasting(building, what == OTHER_TIME ? 2 : 1);
	return builder_selector_end(building);
}

static uint32_t rules_asking(enum asked what, bool turned)
{
	struct builder_rule r;

	tagged(turned ? "two" : "one");
	tagged(turned ? "one" : "two");
	r = rule_of(ask_for(what));
	r.name = "asks";
	rule_add(r);
	return r.match;
}

/* The tags have other numbers in the new rules. */
START_TEST(what_has_lasted_is_of_heirs_that_ask_for_the_very_same)
{
	uint32_t old, new, heir;

	rules_of_begin();
	old = rules_asking(AS_BEFORE, false);
	before = rules_of_end();
	rules_of_begin();
	select_named(SELECT_PROCESS, "more");
	new = rules_asking((enum asked)_i, true);
	both_end();
	ck_assert(_i != AS_BEFORE || old != new);
	heir = heirs.selector[old];
	ck_assert_uint_eq(heir, _i == AS_BEFORE ? new : RULE_NONE);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("heirs");

	tcase_add_checked_fixture(c, NULL, clear);
	tcase_add_test(c, tags_are_carried_by_name_and_back);
	tcase_add_test(c, as_many_tags_as_there_may_be_are_carried);
	tcase_add_test(c, rules_are_the_same_by_layer_and_name_in_their_order);
	tcase_add_test(c, leases_go_to_an_heir_that_reaches_the_same);
	tcase_add_loop_test(c,
	                    what_has_lasted_is_of_heirs_that_ask_for_the_very_same,
	                    AS_BEFORE, ASKED);
	return run_case(c, "policy: heirs");
}
