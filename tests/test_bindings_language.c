/* test_bindings_language.c -- the rule language: what it means. */

#include "bindings_image.h"
#include "bindings_mistakes.h"
#include "suite.h"

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

int main(void)
{
	TCase *c = tcase_create("language");

	tcase_set_timeout(c, 120);
	tcase_add_test(c, a_rule_is_in_the_image_as_it_was_written);
	tcase_add_test(c, a_cap_is_a_value_a_list_or_a_range);
	tcase_add_test(c, every_way_to_match_has_its_alternative);
	tcase_add_test(c, the_machine_is_asked_for_what_was_written);
	tcase_add_test(c, what_sets_a_rule_off_and_how_long_is_in_the_image);
	tcase_add_test(c, a_handler_is_in_the_image_as_it_was_written);
	tcase_add_test(c, capture_gives_what_each_star_stands_for);
	tcase_add_test(c, two_compilations_are_equal_to_the_byte);
	return run_case(c, "bindings: language");
}
