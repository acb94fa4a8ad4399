/* test_engine_reload_lasting.c -- what a rule has said, kept and remembered
 * lives on with it over a reload. */

#include "policy/tags.h"
#include "reloading_stage.h"

static void rules_with_tag(const char *text, int64_t child, bool turned)
{
	struct builder_rule r;
	uint32_t            of;

	if (turned)
		rule_named("other", "other", SETTING_nice, 1);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.name = "parent";
	r.tag = "t";
	rule_add(r);
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_TAG, 0);
	builder_tag(building, "t");
	of = builder_selector_end(building);
	rule_wants(select_child_of(of), IMAGE_NONE, SETTING_nice, child);
	(void)text;
}

static unsigned changes;

static void count_change(void *self, const struct change *c)
{
	(void)self, (void)c;
	changes++;
}

START_TEST(a_tag_of_a_rule_that_stays_is_never_missed)
{
	pid_t x, child;

	rules_begin();
	rules_with_tag("first", 5, false);
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, count_change);
	x = run("x");
	child = run_under(x, "child", 1000);
	pass(SECOND);
	ck_assert_int_eq(nice_of(child), 5);
	changes = 0;
	next_begin();
	rules_with_tag("second", 5, true);
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_int_eq(nice_of(child), 5);
	ck_assert_uint_eq(changes, 0);
}
END_TEST

static pid_t    tagger;
static unsigned seen_tagged;

/* The number that the tag has in the rules that are in force. */
static uint32_t tag_now(const char *name)
{
	size_t      bytes;
	const void *image = ruleset_image(stage->engine.voice[0].rules, &bytes);

	for (uint32_t i = 0; i < image_count(image, IMAGE_TAGS); i++)
		if (strcmp(image_text_of(image, *IMAGE_AT(image, IMAGE_TAGS,
		                         image_text, i)), name) == 0)
			return i;
	ck_abort_msg("there is no tag %s", name);
}

static bool is_only(const struct tag_set *tags, uint32_t tag)
{
	struct tag_set only = { { 0 } };

	tags_add(&only, tag);
	return memcmp(tags, &only, sizeof only) == 0;
}

/* Right after the swap, before anybody was asked about again. */
static void look_at_tags(void *self, const struct reload_result *result)
{
	const struct task_id id = { tagger, tagger, 0 };
	const struct voice  *v = &stage->engine.voice[0];
	const struct task   *x = table_find(stage->engine.table, id);
	uint32_t             t = tag_now("t");

	(void)self;
	if (result->end != RELOAD_IN_FORCE)
		return;
	ck_assert_ptr_nonnull(x);
	ck_assert(is_only(&x->tags, t));
	ck_assert(is_only(&x->tree_tags, t));
	for (uint32_t i = 0; i < TAGS_MAX; i++)
		ck_assert_uint_eq(v->tag_alive[i], i == t);
	seen_tagged++;
}

static void rules_tagging(const char *other)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "nobody"));

	r.name = r.tag = other;
	if (other != NULL)
		rule_add(r);
	r = rule_of(select_named(SELECT_PROCESS, "x"));
	r.name = r.tag = "t";
	r.to = TARGET_TREE;
	rule_add(r);
}

/* Its number is another one. */
START_TEST(a_tag_is_carried_over_by_its_name_and_back)
{
	seen_tagged = 0;
	rules_begin();
	rules_tagging(NULL);
	rules_end(NULL);
	shelf_offer();
	troupe.reload_ears.reloaded = look_at_tags;
	curtain_up(1, NULL);
	tagger = run("x");
	pass(SECOND);
	ck_assert_uint_eq(tag_now("t"), 0);
	next_begin();
	rules_tagging("first");
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(tag_now("t"), 1);
	ck_assert_uint_eq(seen_tagged, 1);
	ck_assert_int_eq(reload_rollback(&stage->engine, 0, 2), 0);
	ck_assert_uint_eq(tag_now("t"), 0);
	ck_assert_uint_eq(seen_tagged, 2);
}
END_TEST

START_TEST(what_a_function_looked_at_before_the_swap_is_watched_after_it)
{
	pid_t x;

	stage_nice(1);
	troupe.act = act_by_battery;
	x = run("x");
	next_begin();
	function_rules();
	next_end("by battery");
	ask_again(1);
	pass(SECOND);
	ck_assert_int_eq(last_end(), RELOAD_IN_FORCE);
	ck_assert_int_eq(nice_of(x), 5);
	sim_host(stage->sim, HOST_on_battery, 1);
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 15);
}
END_TEST

static void rule_that_lasts(void)
{
	struct builder_rule r;
	struct want         w = { 0 };

	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_name);
	builder_text(building, "x", 1);
	builder_lasting(building, 30 * SECOND);
	r = rule_of(builder_selector_end(building));
	want_set(&w, SETTING_nice, 5);
	r.name = "lasting";
	r.want = &w;
	rule_add(r);
}

START_TEST(what_has_lasted_goes_on_lasting)
{
	pid_t x, late;

	rules_begin();
	rule_that_lasts();
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, count_change);
	x = run("x");
	pass(31 * SECOND);
	ck_assert_int_eq(nice_of(x), 5);
	late = run("x");
	pass(20 * SECOND);
	changes = 0;
	next_begin();
	rule_named("before", "y", SETTING_nice, 1);
	rule_that_lasts();
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_uint_eq(shelf.ended[shelf.ends - 1].differ, 0);
	ck_assert_uint_eq(changes, 0);
	ck_assert_int_eq(nice_of(x), 5);
	pass(10 * SECOND);
	ck_assert_int_eq(nice_of(late), 5);
}
END_TEST

static void rule_that_keeps(const char *name)
{
	struct builder_rule r = rule_of(select_named(SELECT_PROCESS, "x"));
	struct want         w = { 0 };

	want_set(&w, SETTING_nice, 7);
	r.name = name;
	r.want = &w;
	r.moment = MOMENT_EXEC;
	r.keep_ns = 60 * SECOND;
	rule_add(r);
}

START_TEST(a_lease_lives_on_with_a_rule_of_its_name)
{
	pid_t x;

	rules_begin();
	rule_that_keeps("kept");
	rules_end(NULL);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	x = run("x");
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 7);
	next_begin();
	rule_named("first", "y", SETTING_nice, 1);
	rule_that_keeps(_i == 0 ? "kept" : "another");
	next_end("second");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_int_eq(nice_of(x), _i == 0 ? 7 : 0);
	pass(60 * SECOND);
	ck_assert_int_eq(nice_of(x), 0);
}
END_TEST

/* One file is all there is, so it is the options or the file that differ. */
START_TEST(an_answer_is_kept_as_long_as_its_file_and_the_options_are)
{
	unsigned asked;
	pid_t    x;

	rules_begin();
	function_rules();
	rules_end(act_five);
	shelf_offer();
	curtain_up(1, NULL);
	pass(SECOND);
	x = run("x");
	pass(SECOND);
	ck_assert_int_eq(nice_of(x), 5);
	asked = troupe.asked;
	if (_i == 1)
		strcpy(shelf.text, "other");
	if (_i == 2)
		strcpy(shelf.option, "3");
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_int_eq(nice_of(x), 5);
	if (_i == 0)
		ck_assert_uint_eq(troupe.asked, asked);
	else
		ck_assert_uint_gt(troupe.asked, asked);
}
END_TEST

START_TEST(answers_are_there_before_the_swap)
{
	pid_t x;

	stage_nice(1);
	sim_delay(stage->sim, 5 * MS);
	x = run("x");
	settle();
	changes = 0;
	next_begin();
	function_rules();
	next_end("functions");
	troupe.act = act_five;
	ask_again(1);
	pass(SECOND);
	ck_assert_uint_eq(generation(), 2);
	ck_assert_int_eq(nice_of(x), 5);
}
END_TEST

static unsigned handled;

static void act_handle(struct asking *q)
{
	handled += q->head.moment == MOMENT_RELOAD;
	q->answer->outcome = OUTCOME_NOTHING;
}

START_TEST(a_handler_of_reload_runs_once_after_each_swap)
{
	struct builder_rule r;

	stage_nice(1);
	handled = 0;
	for (unsigned i = 1; i <= 3; i++) {
		char text[16];

		next_begin();
		r = rule_of(select_named(SELECT_PROCESS, "x"));
		r.is_function = r.is_handler = true;
		r.moment = MOMENT_RELOAD;
		rule_add(r);
		snprintf(text, sizeof text, "handler %u", i);
		next_end(text);
		troupe.act = act_handle;
		ask_again(i);
		pass(SECOND);
		ck_assert_uint_eq(generation(), i + 1);
		ck_assert_uint_eq(handled, i);
	}
}
END_TEST

int main(void)
{
	TCase *c = case_new();

	tcase_add_test(c, a_tag_of_a_rule_that_stays_is_never_missed);
	tcase_add_test(c, a_tag_is_carried_over_by_its_name_and_back);
	tcase_add_test(c,
	               what_a_function_looked_at_before_the_swap_is_watched_after_it);
	tcase_add_test(c, what_has_lasted_goes_on_lasting);
	tcase_add_loop_test(c, a_lease_lives_on_with_a_rule_of_its_name, 0, 2);
	tcase_add_loop_test(c, an_answer_is_kept_as_long_as_its_file_and_the_options_are,
	                    0, 3);
	tcase_add_test(c, answers_are_there_before_the_swap);
	tcase_add_test(c, a_handler_of_reload_runs_once_after_each_swap);
	return run_case(c, "engine: reload, lasting");
}
