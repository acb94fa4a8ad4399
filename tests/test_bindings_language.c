/* test_bindings_language.c -- the rule language: what it means and what it
 * refuses. */

#include "bindings_mistakes.h"
#include "rule_files.h"

START_TEST(a_mistake_is_told_with_place_and_meaning)
{
	struct rule_book   *b = book_of(wrong[_i].source);
	struct rule_mistake m;
	size_t              bytes;

	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_str_eq(m.sentence, wrong[_i].sentence);
	ck_assert_int_eq(m.line, wrong[_i].line);
	ck_assert_int_eq(m.column, wrong[_i].column);
	ck_assert_str_eq(m.file, "rules/a.lua");
	ck_assert_msg(!rule_book_mistake(b, 1, &m), "and also: %s", m.sentence);
	ck_assert_ptr_null(rule_book_image(b, &bytes));
	rule_book_free(b);
}
END_TEST

START_TEST(one_run_tells_the_mistakes_of_all_files)
{
	struct rule_book   *b = book_of("rule \"a\" { }\n" WANT("nice = 99"));
	const char         *other = RULE("want = { qos = \"x\" }");
	struct rule_mistake m;
	const int           lines[] = { 1, 2, 1 };

	rule_book_add(b, LAYER_USER, "rules/b.lua", other, strlen(other));
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	for (size_t i = 0; i < COUNT(lines); i++) {
		ck_assert(rule_book_mistake(b, i, &m));
		ck_assert_int_eq(m.line, lines[i]);
		ck_assert_str_eq(m.file, i < 2 ? "rules/a.lua" : "rules/b.lua");
	}
	ck_assert(!rule_book_mistake(b, COUNT(lines), &m));
	rule_book_free(b);
}
END_TEST

/* Far from the line before, Lua notes lines in another way. */
START_TEST(a_typo_in_a_function_is_found_wherever_it_stands)
{
	char                source[2048] = "local function f () end\n";
	size_t              n = strlen(source);
	struct rule_book   *b;
	struct rule_mistake m;

	n += (size_t)snprintf(source + n, sizeof source - n, "rule \"r\" { "
	                      "match = process { },\nwant = function (p)");
	memset(source + n, '\n', 400);
	n += 400;
	snprintf(source + n, sizeof source - n, "f (); f (prcess)\n"
	         "local function g () return function () f (thrad) end end\n"
	         "end }");
	b = book_of(source);
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_int_eq(m.line, 403);
	ck_assert_str_eq(m.sentence,
	                 "nobody knows 'prcess'; did you mean 'process'?");
	ck_assert(rule_book_mistake(b, 1, &m));
	ck_assert_int_eq(m.line, 404);
	ck_assert_str_eq(m.sentence,
	                 "nobody knows 'thrad'; did you mean 'thread'?");
	ck_assert(!rule_book_mistake(b, 2, &m));
	rule_book_free(b);
}
END_TEST

/* Lua before 5.4.7 crashes, or stalls, when it names what is wrong at the end of
 * these. */
START_TEST(a_field_of_a_field_without_end_is_not_run)
{
	static const char *const links[] = { ".a", "[\"a\"]", "[y]", "[1]",
	                                     "[f ()]" };
	static char         source[RULE_FILE_MAX];
	struct rule_mistake m;

	for (size_t i = 0; i < COUNT(links); i++) {
		struct rule_book *b;
		size_t            n;

		strcpy(source, "local x, y, f = { }, 1, type return x");
		n = strlen(source);
		while (n < sizeof source - 32) {
			strcpy(source + n, links[i]);
			n += strlen(links[i]);
		}
		strcpy(source + n, ".b.c");
		b = book_of(source);
		ck_assert_int_eq(rule_book_compile(b), -EINVAL);
		ck_assert(rule_book_mistake(b, 0, &m));
		ck_assert_str_eq(m.sentence, "takes a field of a field more "
		                 "than 200 times in one expression");
		rule_book_free(b);
	}
}
END_TEST

START_TEST(mistakes_past_the_bound_are_counted)
{
	struct rule_book   *b = book_of("for i = 1, 1000 do "
		                        "rule (\"a\" .. i) { } end");
	struct rule_mistake m;
	size_t              n = 0;

	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	while (rule_book_mistake(b, n, &m))
		n++;
	ck_assert_uint_eq(n, 101);
	ck_assert_str_eq(m.sentence, "there are more mistakes than these");
	rule_book_free(b);
}
END_TEST

START_TEST(the_mistakes_of_one_file_hide_no_other)
{
	struct rule_book   *b = book_of("for i = 1, 1000 do "
		                        "rule (\"a\" .. i) { } end");
	struct rule_mistake m;
	bool                told = false;

	rule_book_add(b, LAYER_ADMIN, "rules/b.lua", "x = 1", 5);
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	for (size_t i = 0; rule_book_mistake(b, i, &m) && !told; i++)
		told = m.file != NULL && strcmp(m.file, "rules/b.lua") == 0;
	ck_assert(told);
	rule_book_free(b);
}
END_TEST

START_TEST(a_name_is_unique_only_within_its_layer)
{
	struct rule_book *b = book_of(RULE("tag = \"t\""));
	const char       *other = RULE("tag = \"t\"");

	rule_book_add(b, LAYER_USER, "b.lua", other, strlen(other));
	ck_assert_int_eq(rule_book_compile(b), 0);
	ck_assert_uint_eq(rule_book_counts(b).rules, 2);
	rule_book_free(b);
}
END_TEST

START_TEST(a_file_too_large_is_refused)
{
	struct rule_book   *b = rule_book_new();
	char               *large = malloc(RULE_FILE_MAX + 1);
	struct rule_mistake m;

	memset(large, ' ', RULE_FILE_MAX + 1);
	rule_book_add(b, LAYER_ADMIN, "fits.lua", large, RULE_FILE_MAX);
	rule_book_add(b, LAYER_ADMIN, "large.lua", large, RULE_FILE_MAX + 1);
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_str_eq(m.file, "large.lua");
	ck_assert_str_eq(m.sentence, "is larger than 256 KiB");
	ck_assert(!rule_book_mistake(b, 1, &m));
	free(large);
	rule_book_free(b);
}
END_TEST

/* Lua reads over a zero byte in a comment; an editor does not show it. */
START_TEST(a_zero_byte_is_refused_where_it_stands)
{
	static const char   source[] = "-- a\n-- b\0\n" RULE("tag = \"t\"");
	struct rule_book   *b = rule_book_new();
	struct rule_mistake m;

	rule_book_add(b, LAYER_ADMIN, "a.lua", source, sizeof source - 1);
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_int_eq(m.line, 2);
	ck_assert_str_eq(m.sentence, "has a zero byte; only text is read");
	ck_assert(!rule_book_mistake(b, 1, &m));
	rule_book_free(b);
}
END_TEST

static const struct image_rule *rule_at(const void *image, uint32_t i)
{
	return IMAGE_AT(image, IMAGE_RULES, image_rule, i);
}

static int64_t wanted(const void *image, uint32_t rule, enum setting s)
{
	struct image_span span = rule_at(image, rule)->want;

	for (uint32_t i = 0; i < span.count; i++) {
		const struct image_value *v = IMAGE_AT(image, IMAGE_VALUES,
		                                       image_value,
		                                       span.first + i);
		if (v->setting == s)
			return v->value;
	}
	ck_abort_msg("rule %u does not want %s", rule, setting_rows[s].name);
}

static const struct image_bound *bounded(const void *image, uint32_t rule,
                                         enum setting s)
{
	struct image_span span = rule_at(image, rule)->cap;

	for (uint32_t i = 0; i < span.count; i++) {
		const struct image_bound *b = IMAGE_AT(image, IMAGE_BOUNDS,
		                                       image_bound,
		                                       span.first + i);
		if (b->setting == s)
			return b;
	}
	ck_abort_msg("rule %u has no cap on %s", rule, setting_rows[s].name);
}

START_TEST(a_rule_is_in_the_image_as_it_was_written)
{
	struct rule_book *b = book_right(
		"\nrule \"a\" { match = process { name = \"x\" },\n"
		"  except = thread { tag = \"t\" }, tag = \"u\",\n"
		"  when = host { on_battery = true }, priority = -7,\n"
		"  want = { nice = 5, sched = \"fifo\", rt_priority = 30,\n"
		"           ionice = untouched, timer_slack = \"50us\" } }\n"
		"rule \"b\" { match = process { }, tag = \"t\",\n"
		"  want = function () end }");
	size_t                   bytes;
	const void              *image = rule_book_image(b, &bytes);
	const struct image_rule *a = rule_at(image, 0);

	ck_assert_str_eq(image_text_of(image, a->name), "a");
	ck_assert_str_eq(image_text_of(image, a->file), "rules/a.lua");
	ck_assert_uint_eq(a->line, 2);
	ck_assert_int_eq(a->priority, -7);
	ck_assert_uint_eq(a->layer, LAYER_ADMIN);
	ck_assert_uint_ne(a->except, IMAGE_NONE);
	ck_assert_uint_ne(a->when, IMAGE_NONE);
	ck_assert_uint_eq(a->is_function, 0);
	ck_assert_int_eq(wanted(image, 0, SETTING_nice), 5);
	ck_assert_int_eq(wanted(image, 0, SETTING_sched),
	                 sched_value(SCHED_CLASS_FIFO, 30));
	ck_assert_int_eq(wanted(image, 0, SETTING_ionice), VALUE_UNTOUCHED);
	ck_assert_int_eq(wanted(image, 0, SETTING_timer_slack), 50000);
	ck_assert_uint_eq(a->want.count, 4);
	ck_assert_uint_eq(rule_at(image, 1)->is_function, 1);
	ck_assert_uint_eq(rule_book_counts(b).functions, 1);
	ck_assert_uint_eq(rule_book_counts(b).tags, 2);
	rule_book_free(b);
}
END_TEST

START_TEST(a_cap_is_a_value_a_list_or_a_range)
{
	struct rule_book *b = book_right(
		CAP("sched = { \"other\", \"idle\" }, qos = at_most \"utility\", "
		    "nice = at_least (0), oom_score_adj = between (1, 9), "
		    "ionice = at_most \"best-effort:4\", affinity = { 0, 2 }, "
		    "autogroup_nice = 5, rt_priority = at_most (60)"));
	size_t      bytes;
	const void *image = rule_book_image(b, &bytes);

	ck_assert_uint_eq(bounded(image, 0, SETTING_sched)->allowed,
	                  1u << SCHED_CLASS_OTHER | 1u << SCHED_CLASS_IDLE);
	ck_assert_uint_eq(bounded(image, 0, SETTING_qos)->allowed, 3);
	ck_assert_int_eq(bounded(image, 0, SETTING_nice)->low, 0);
	ck_assert_int_eq(bounded(image, 0, SETTING_nice)->high, 19);
	ck_assert_int_eq(bounded(image, 0, SETTING_oom_score_adj)->low, 1);
	ck_assert_int_eq(bounded(image, 0, SETTING_oom_score_adj)->high, 9);
	ck_assert_int_eq(bounded(image, 0, SETTING_ionice)->high, 11);
	ck_assert_int_eq(bounded(image, 0, SETTING_rt_priority)->low, 1);
	ck_assert_int_eq(bounded(image, 0, SETTING_rt_priority)->high, 60);
	ck_assert_int_eq(bounded(image, 0, SETTING_autogroup_nice)->low, 5);
	ck_assert_int_eq(bounded(image, 0, SETTING_autogroup_nice)->high, 5);
	ck_assert_str_eq(image_text_of(image, bounded(image, 0,
	                                              SETTING_affinity)->text),
	                 "0,2");
	rule_book_free(b);
}
END_TEST

/* The alternatives of one match, as "op low high text;". */
static const char *alternatives(const char *match, char *out, size_t size)
{
	char              source[512];
	struct rule_book *b;
	const void       *image;
	size_t            bytes, used = 0;

	snprintf(source, sizeof source, "rule \"r\" { match = %s, tag = \"t\" }",
	         match);
	b = book_right(source);
	image = rule_book_image(b, &bytes);
	out[0] = '\0';
	for (uint32_t i = 0; i < image_count(image, IMAGE_ALTERNATIVES); i++) {
		const struct image_alternative *a =
			IMAGE_AT(image, IMAGE_ALTERNATIVES, image_alternative,
			         i);

		used += (size_t)snprintf(out + used, size - used,
		                         "%u %lld %lld %s;", a->op,
		                         (long long)a->low, (long long)a->high,
		                         image_text_of(image, a->text));
	}
	rule_book_free(b);
	return out;
}

START_TEST(every_way_to_match_has_its_alternative)
{
	static const struct {
		const char *match, *alternatives;
	} cases[] = {
		{ "process { name = \"x\" }", "1 0 0 x;" },
		{ "process { name = { \"x\", glob \"y*\", any } }",
		  "1 0 0 x;2 0 0 y*;0 0 0 ;" },
		{ "process { name = glob \"a{b,c}\" }", "2 0 0 ab;2 0 0 ac;" },
		{ "process { name = { regex \"^l[dn]$\", \"as\" } }",
		  "6 0 0 ^l[dn]$;1 0 0 as;" },
		{ "process { uid = people }", "4 0 0 ;" },
		{ "process { uid = { 0, between (5, 7) } }",
		  "3 0 0 ;3 5 7 ;" },
		{ "process { age = \"5s\" }", "3 5000000000 5000000000 ;" },
		{ "process { pid = above (5) }",
		  "3 6 9223372036854775807 ;" },
		{ "process { pid = at_most (5) }",
		  "3 -9223372036854775808 5 ;" },
		{ "process { age = below \"1us\" }",
		  "3 -9223372036854775808 999 ;" },
		{ "process { parent = \"sshd\" }", "1 0 0 sshd;" },
		{ "process { parent = process { name = \"sshd\" } }",
		  "1 0 0 sshd;" },
		{ "thread { of = process { name = \"x\" }, name = \"y\" }",
		  "1 0 0 x;1 0 0 y;" },
		{ "process { args = \"-O2\", ancestors = \"make\" }",
		  "1 0 0 make;1 0 0 -O2;" },
		{ "process { rss = between (\"1KiB\", \"2GiB\") }",
		  "3 1024 2147483648 ;" },
		{ "process { cpu = above \"80%\" }",
		  "3 81 9223372036854775807 ;" },
		{ "process { io_rate = \"1MiB/s\" }", "3 1048576 1048576 ;" },
		{ "process { focused = false }", "3 0 0 ;" },
		{ "process { env = { STEAM = any, LANG = glob \"d{e,a}*\" } }",
		  "2 0 0 de*;2 0 0 da*;0 0 0 ;" },
		{ "process { nice = below (0) }",
		  "3 -9223372036854775808 -1 ;" },
		{ "process { sched = { \"fifo\", \"rr\" } }",
		  "3 4 4 ;3 3 3 ;" },
		{ "process { sched = at_least \"rr\" }",
		  "3 3 9223372036854775807 ;" },
		{ "process { ionice = \"best-effort\" }", "3 8 15 ;" },
		{ "process { ionice = \"idle\" }", "3 0 0 ;" },
		{ "process { timer_slack = above \"1ms\" }",
		  "3 1000001 9223372036854775807 ;" },
	};
	char out[512];

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(alternatives(cases[i].match, out, sizeof out),
		                 cases[i].alternatives);
}
END_TEST

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

START_TEST(capture_gives_what_each_star_stands_for)
{
	struct rule_book *b = book_right(
		"local function is (want, ...)\n"
		"  local got = \"\"\n"
		"  for i = 1, select (\"#\", ...) do\n"
		"    got = got .. tostring ((select (i, ...))) .. \"|\"\n"
		"  end\n"
		"  if got ~= want then error (got) end\n"
		"end\n"
		"is (\"3|\", capture (\"CPU 3/KVM\", \"CPU */KVM\"))\n"
		"is (\"nil|\", capture (\"CPU 3/TCG\", \"CPU */KVM\"))\n"
		"is (\"a|b|\", capture (\"a-b\", \"*-*\"))\n"
		"is (\"7|\", capture (\"ld.7\", \"{cc,ld}.*\"))\n"
		"is (\"true|\", capture (\"make\", \"make\"))\n"
		"is (\"nil|\", capture (nil, \"*\"))\n"
		RULE("tag = \"t\""));

	rule_book_free(b);
}
END_TEST

/* The ranges of the one condition in host { }, as "low-high;". */
static const char *host_ranges(const char *fields, char *out, size_t size)
{
	char              source[256];
	struct rule_book *b;
	const void       *image;
	size_t            bytes, used = 0;

	snprintf(source, sizeof source, "rule \"r\" { match = process { }, tag "
	         "= \"t\", when = host { %s } }", fields);
	b = book_right(source);
	image = rule_book_image(b, &bytes);
	ck_assert_uint_ne(rule_at(image, 0)->when, IMAGE_NONE);
	out[0] = '\0';
	for (uint32_t i = 0; i < image_count(image, IMAGE_ALTERNATIVES); i++) {
		const struct image_alternative *a =
			IMAGE_AT(image, IMAGE_ALTERNATIVES, image_alternative,
			         i);

		used += (size_t)snprintf(out + used, size - used, "%lld-%lld;",
		                         (long long)a->low, (long long)a->high);
	}
	rule_book_free(b);
	return out;
}

START_TEST(the_machine_is_asked_for_what_was_written)
{
	static const struct {
		const char *fields, *ranges;
	} cases[] = {
		{ "cpu = between (\"70%\", \"90%\")", "70-90;" },
		{ "load = at_most (1.5)", "-9223372036854775808-150;" },
		{ "load = 4", "400-400;" },
		{ "cores = between (4, 8)", "4-8;" },
		{ "time = between (\"22:00\", \"06:00\")", "1320-1439;0-360;" },
		{ "time = between (\"06:00\", \"22:00\")", "360-1320;" },
		{ "weekday = { \"sat\", \"sunday\" }", "5-5;6-6;" },
		{ "weekday = at_most \"friday\"",
		  "-9223372036854775808-4;" },
		{ "os = \"linux\"", "0-0;" },
		{ "idle = at_least \"5min\"",
		  "300000000000-9223372036854775807;" },
		{ "io_pressure = \"critical\"", "2-2;" },
		{ "running = \"t\"", "0-0;" },
	};
	char out[256];

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_str_eq(host_ranges(cases[i].fields, out, sizeof out),
		                 cases[i].ranges);
}
END_TEST

static const struct image_selector *selector_at(const void *image, uint32_t i)
{
	ck_assert_uint_ne(i, IMAGE_NONE);
	return IMAGE_AT(image, IMAGE_SELECTORS, image_selector, i);
}

START_TEST(what_sets_a_rule_off_and_how_long_is_in_the_image)
{
	struct rule_book *b = book_right(
		"rule \"a\" { on = exit { signal = \"KILL\" }, to = parent,\n"
		"  want = { nice = 15 }, keep = \"60s\", insist = true }\n"
		"rule \"b\" { match = process { lasting = \"10s\" }, to = tree,\n"
		"  when = { host { lasting = \"5s\" }, except (host { os = "
		"\"darwin\" }) },\n"
		"  want = { nice = 1 }, irreversible = true }\n"
		"rule \"c\" { match = process { }, to = unit, keep = \"1s\",\n"
		"  on = power { on_battery = true }, want = { nice = 1 } }");
	size_t                   bytes;
	const void              *image = rule_book_image(b, &bytes);
	const struct image_rule *r = rule_at(image, 0);

	ck_assert_uint_eq(r->moment, MOMENT_EXIT);
	ck_assert_uint_eq(selector_at(image, r->match)->kind, SELECT_PROCESS);
	ck_assert_uint_eq(r->to, TARGET_PARENT);
	ck_assert_uint_eq(image_terms_of(image, r)->keep_ns, UINT64_C(60000000000));
	ck_assert(image_terms_of(image, r)->insist && !image_terms_of(image, r)->irreversible);
	r = rule_at(image, 1);
	ck_assert_uint_eq(r->moment, MOMENT_NONE);
	ck_assert_uint_eq(r->to, TARGET_TREE);
	ck_assert_uint_eq(selector_at(image, r->match)->lasting_ns,
	                  UINT64_C(10000000000));
	ck_assert_uint_eq(selector_at(image, r->when)->lasting_ns,
	                  UINT64_C(5000000000));
	ck_assert_uint_eq(selector_at(image, r->unless)->kind, SELECT_HOST);
	ck_assert(image_terms_of(image, r)->irreversible && !image_terms_of(image, r)->insist);
	r = rule_at(image, 2);
	ck_assert_uint_eq(r->moment, MOMENT_POWER);
	ck_assert_uint_eq(r->to, TARGET_UNIT);
	ck_assert_uint_eq(selector_at(image, r->when)->kind, SELECT_HOST);
	rule_book_free(b);
}
END_TEST

START_TEST(a_handler_is_in_the_image_as_it_was_written)
{
	struct rule_book *b = book_right(
		"\non \"memory_pressure\" { level = \"critical\",\n"
		"  tasks = process { rss = above \"1GiB\" }, priority = 3,\n"
		"  run = function (tasks, host, event) end }\n"
		"on \"cpu_pressure\" { run = function () end }\n"
		"on \"timer\" { every = \"5min\", name = \"tick\",\n"
		"  run = function () end }\n"
		"on \"timer\" { at = \"03:00\", run = function () end }\n"
		"on \"focus\" { run = function () end }");
	size_t                   bytes;
	const void              *image = rule_book_image(b, &bytes);
	const struct image_rule *r = rule_at(image, 0);

	ck_assert_uint_eq(image_count(image, IMAGE_RULES), 5);
	ck_assert(r->is_handler && r->is_function);
	ck_assert_str_eq(image_text_of(image, r->name),
	                 "on memory_pressure at rules/a.lua:2");
	ck_assert_uint_eq(r->moment, MOMENT_MEMORY_PRESSURE);
	ck_assert_uint_eq(image_terms_of(image, r)->level, HOST_LEVEL_CRITICAL);
	ck_assert_uint_ne(r->match, IMAGE_NONE);
	ck_assert_int_eq(r->priority, 3);
	r = rule_at(image, 1);
	ck_assert_uint_eq(image_terms_of(image, r)->level, HOST_LEVEL_WARN);
	ck_assert_uint_eq(r->match, IMAGE_NONE);
	r = rule_at(image, 2);
	ck_assert_str_eq(image_text_of(image, r->name), "tick");
	ck_assert_uint_eq(image_terms_of(image, r)->level, IMAGE_NONE);
	ck_assert_uint_eq(image_terms_of(image, r)->every_ns, UINT64_C(300000000000));
	ck_assert_uint_eq(image_terms_of(image, rule_at(image, 3))->level, 180);
	ck_assert_uint_eq(rule_at(image, 4)->moment, MOMENT_FOCUS);
	ck_assert_uint_eq(rule_book_counts(b).functions, 5);
	rule_book_free(b);
}
END_TEST

START_TEST(two_compilations_are_equal_to_the_byte)
{
	const char *source =
		"rule \"a\" { match = process { uid = 5, name = \"x\", exe = "
		"\"/x\", pid = 3, comm = \"x\", user = \"u\" }, want = { nice = "
		"1, ionice = \"idle\", qos = \"utility\" } }\n"
		"rule \"b\" { match = process { env = { A = \"1\", B = \"2\", C "
		"= \"3\", D = \"4\" } }, tag = \"t\" }";
	struct rule_book *one = book_right(source), *two = book_right(source);
	size_t            n, m;
	const void       *image = rule_book_image(one, &n);

	ck_assert_mem_eq(image, rule_book_image(two, &m), n);
	ck_assert_uint_eq(n, m);
	rule_book_free(one);
	rule_book_free(two);
}
END_TEST

static TCase *language_case(void)
{
	TCase *c = tcase_create("language");

	tcase_add_loop_test(c, a_mistake_is_told_with_place_and_meaning, 0,
	                    (int)COUNT(wrong));
	tcase_add_test(c, one_run_tells_the_mistakes_of_all_files);
	tcase_add_test(c, a_typo_in_a_function_is_found_wherever_it_stands);
	tcase_add_test(c, a_field_of_a_field_without_end_is_not_run);
	tcase_add_test(c, mistakes_past_the_bound_are_counted);
	tcase_add_test(c, the_mistakes_of_one_file_hide_no_other);
	tcase_add_test(c, a_name_is_unique_only_within_its_layer);
	tcase_add_test(c, a_file_too_large_is_refused);
	tcase_add_test(c, a_zero_byte_is_refused_where_it_stands);
	tcase_add_test(c, a_rule_is_in_the_image_as_it_was_written);
	tcase_add_test(c, a_cap_is_a_value_a_list_or_a_range);
	tcase_add_test(c, every_way_to_match_has_its_alternative);
	tcase_add_test(c, the_machine_is_asked_for_what_was_written);
	tcase_add_test(c, what_sets_a_rule_off_and_how_long_is_in_the_image);
	tcase_add_test(c, a_handler_is_in_the_image_as_it_was_written);
	tcase_add_test(c, an_option_has_the_value_that_is_set_for_it);
	tcase_add_test(c,
	               an_option_for_rules_that_are_not_read_is_no_mistake);
	tcase_add_test(c, an_option_can_stand_wherever_a_value_can);
	tcase_add_test(c, a_mask_turns_off_the_rule_of_a_lower_layer);
	tcase_add_test(c, a_pool_is_in_the_image_as_it_was_written);
	tcase_add_test(c, a_state_is_shared_by_the_rules_of_its_file);
	tcase_add_test(c, capture_gives_what_each_star_stands_for);
	tcase_add_test(c, two_compilations_are_equal_to_the_byte);
	tcase_set_timeout(c, 120);
	return c;
}

int main(void)
{
	Suite   *s = suite_create("bindings_language");
	SRunner *r = srunner_create(s);
	int      failed;

	suite_add_tcase(s, language_case());
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
