/* test_bindings_options.c -- the rule language: options, masks, pools and
 * states. */

#include "bindings_image.h"
#include "bindings_mistakes.h"
#include "suite.h"

/* What the file says about options, with these set; NULL: nothing is wrong. */
static const char *with_options(const char *source, const char *const *set,
                                size_t n)
{
	static char         sentence[256];
	struct rule_book   *b = book_of(source);
	struct rule_mistake m;
	bool                wrong_at_all;

	for (size_t i = 0; i < n; i += 2)
		ck_assert_int_eq(rule_book_option(b, set[i], set[i + 1]), 0);
	rule_book_compile(b);
	wrong_at_all = rule_book_mistake(b, 0, &m);
	if (wrong_at_all)
		snprintf(sentence, sizeof sentence, "%s:%d: %s", m.file,
		         m.line, m.sentence);
	rule_book_free(b);
	return wrong_at_all ? sentence : NULL;
}

#define OPTION(default, expected) \
	"local x = option (\"hog\", " default ") " \
	"if x ~= " expected " then error (\"it is \" .. tostring (x)) end"

START_TEST(an_option_has_the_value_that_is_set_for_it)
{
	static const struct {
		const char *source, *set[4];
	} right[] = {
		{ OPTION("\"80%\"", "\"80%\""), { NULL } },
		{ OPTION("\"80%\"", "\"70%\""), { "hog", "70%" } },
		{ OPTION("\"a name\"", "\"other\""), { "hog", "other" } },
		{ OPTION("5", "7"), { "hog", "7" } },
		{ OPTION("1.5", "2.25"), { "hog", "2.25" } },
		{ OPTION("false", "true"), { "hog", "true" } },
		{ OPTION("5", "8"), { "hog", "7", "rules/hog", "8" } },
	};
	static const struct {
		const char *source, *set[2], *sentence;
	} mistaken[] = {
		{ OPTION("\"80%\"", "1"), { "hog", "5s" },
		  "rules/a.lua:1: option 'hog' takes a share like \"80%\"; "
		  "pqs.yaml says '5s'" },
		{ OPTION("5", "1"), { "hog", "5.5" },
		  "rules/a.lua:1: option 'hog' takes a whole number; pqs.yaml "
		  "says '5.5'" },
		{ OPTION("1.5", "1"), { "hog", "much" },
		  "rules/a.lua:1: option 'hog' takes a number; pqs.yaml says "
		  "'much'" },
		{ OPTION("true", "1"), { "hog", "yes" },
		  "rules/a.lua:1: option 'hog' takes true or false; pqs.yaml "
		  "says 'yes'" },
		{ OPTION("5", "5"), { "hgo", "7" },
		  "pqs.yaml:0: no rule has an option 'hgo'; did you mean "
		  "'hog'?" },
		{ OPTION("5", "5"), { "games/hog", "7" },
		  "pqs.yaml:0: no rule has an option 'games/hog'" },
	};

	for (size_t i = 0; i < COUNT(right); i++) {
		size_t      n = 0;
		const char *said;

		while (n < 4 && right[i].set[n] != NULL)
			n++;
		said = with_options(right[i].source, right[i].set, n);
		ck_assert_msg(said == NULL, "%s", said);
	}
	for (size_t i = 0; i < COUNT(mistaken); i++)
		ck_assert_str_eq(with_options(mistaken[i].source,
		                              mistaken[i].set, 2),
		                 mistaken[i].sentence);
}
END_TEST

/* Of some files, nobody knows what the others ask for. */
START_TEST(an_option_for_rules_that_are_not_read_is_no_mistake)
{
	struct rule_book *b = book_of("");

	ck_assert_int_eq(rule_book_option(b, "hog", "7"), 0);
	rule_book_options_partial(b);
	ck_assert_int_eq(rule_book_compile(b), 0);
	rule_book_free(b);
}
END_TEST

START_TEST(an_option_can_stand_wherever_a_value_can)
{
	static const char *const set[] = { "hog", "90%", "aside", "19" };
	const char *said = with_options(
		"rule \"r\" { match = process { cpu = above (option (\"hog\", "
		"\"80%\")) },\nwant = { nice = option (\"aside\", 5) } }", set,
		COUNT(set));

	ck_assert_msg(said == NULL, "%s", said);
}
END_TEST

/* What the first rule of a file says of all that its answers hang on. */
static uint64_t knows_of(const char *source, const char *option)
{
	struct rule_book *b = book_of(source);
	const void       *image;
	uint64_t          knows;
	size_t            bytes;

	if (option != NULL)
		ck_assert_int_eq(rule_book_option(b, "hog", option), 0);
	ck_assert_int_eq(rule_book_compile(b), 0);
	image = rule_book_image(b, &bytes);
	knows = image_terms_of(image, IMAGE_AT(image, IMAGE_RULES, image_rule,
	                                       0))->knows;
	rule_book_free(b);
	return knows;
}

#define KNOWING(want) \
	"local x = option (\"hog\", 5)\n" \
	"rule \"r\" { match = process { name = \"a\" }, want = " want " }"

START_TEST(an_image_tells_whether_functions_may_be_others)
{
	const char *function = KNOWING("function () return { nice = x } end");
	const char *other = KNOWING("function () return { nice = 6 } end");
	uint64_t    knows = knows_of(function, NULL);

	ck_assert_uint_ne(knows, 0);
	ck_assert_uint_eq(knows_of(function, NULL), knows);
	ck_assert_uint_ne(knows_of(other, NULL), knows);
	ck_assert_uint_ne(knows_of(function, "7"), knows);
	ck_assert_uint_ne(knows_of(function, "7"), knows_of(function, "8"));
	ck_assert_uint_eq(knows_of(KNOWING("{ nice = x }"), NULL), 0);
}
END_TEST

START_TEST(a_mask_turns_off_the_rule_of_a_lower_layer)
{
	struct rule_book        *b = rule_book_new();
	const char              *low = RULE("tag = \"t\""), *high = "\nmask \"r\"";
	size_t                   bytes;
	const void              *image;
	struct rule_mistake      m;

	rule_book_add(b, LAYER_VENDOR, "low.lua", low, strlen(low));
	rule_book_add(b, LAYER_ADMIN, "high.lua", high, strlen(high));
	ck_assert_int_eq(rule_book_compile(b), 0);
	image = rule_book_image(b, &bytes);
	ck_assert_str_eq(image_text_of(image, image_terms_of(image, rule_at(image, 0))->masked_by),
	                 "high.lua:2");
	rule_book_free(b);
	b = rule_book_new();            /* and not that of its own layer */
	rule_book_add(b, LAYER_ADMIN, "low.lua", low, strlen(low));
	rule_book_add(b, LAYER_ADMIN, "high.lua", high, strlen(high));
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_str_eq(m.sentence, "no lower layer has a rule 'r'");
	rule_book_free(b);
}
END_TEST

START_TEST(a_pool_is_in_the_image_as_it_was_written)
{
	struct rule_book *b = book_right(
		"pool \"a\" { weight = 50, memory_high = \"16GiB\" }\n"
		"pool \"b\" { cpuset = \"0-1\", per = \"unit\" }\n"
		WANT("pool = \"b\""));
	size_t                   bytes;
	const void              *image = rule_book_image(b, &bytes);
	const struct image_pool *a = IMAGE_AT(image, IMAGE_POOLS, image_pool, 0);

	ck_assert_uint_eq(image_count(image, IMAGE_POOLS), 2);
	ck_assert_str_eq(image_text_of(image, a->name), "a");
	ck_assert_str_eq(image_text_of(image, a->file), "rules/a.lua");
	ck_assert_uint_eq(a->line, 1);
	ck_assert_uint_eq(a->layer, LAYER_ADMIN);
	ck_assert_uint_eq(a->per, POOL_SHARED);
	ck_assert_uint_eq(a->values.count, 2);
	ck_assert_uint_eq(a[1].per, POOL_PER_UNIT);
	rule_book_free(b);
}
END_TEST

START_TEST(a_state_is_shared_by_the_rules_of_its_file)
{
	struct rule_book *b = book_of("local a, b = state \"a\", state \"b\"\n"
	                              RULE("want = function () end"));
	const char       *other = RULE("tag = \"t\"");
	size_t            bytes;
	const void       *image;

	rule_book_add(b, LAYER_USER, "b.lua", other, strlen(other));
	ck_assert_int_eq(rule_book_compile(b), 0);
	image = rule_book_image(b, &bytes);
	ck_assert_uint_eq(image_count(image, IMAGE_STATES), 2);
	ck_assert_uint_eq(image_terms_of(image, rule_at(image, 0))->states.count, 2);
	ck_assert_uint_eq(image_terms_of(image, rule_at(image, 1))->states.count, 0);
	ck_assert_str_eq(image_text_of(image, IMAGE_AT(image, IMAGE_STATES,
	                                               image_state, 1)->name),
	                 "b");
	rule_book_free(b);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("language");

	tcase_set_timeout(c, 120);
	tcase_add_test(c, an_option_has_the_value_that_is_set_for_it);
	tcase_add_test(c,
	               an_option_for_rules_that_are_not_read_is_no_mistake);
	tcase_add_test(c, an_option_can_stand_wherever_a_value_can);
	tcase_add_test(c, an_image_tells_whether_functions_may_be_others);
	tcase_add_test(c, a_mask_turns_off_the_rule_of_a_lower_layer);
	tcase_add_test(c, a_pool_is_in_the_image_as_it_was_written);
	tcase_add_test(c, a_state_is_shared_by_the_rules_of_its_file);
	return run_case(c, "bindings: options");
}
