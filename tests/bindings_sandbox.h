/* bindings_sandbox.h -- what rules can cost, and what their functions see and
 * answer.
 */
#ifndef TESTS_BINDINGS_SANDBOX_H
#define TESTS_BINDINGS_SANDBOX_H

#include "bindings_reach.h"

/* What a rule or a file may try, and what comes of it. */
static const struct {
	const char  *body;
	enum outcome outcome;
	const char  *text;              /* NULL: does not matter              */
} attacks[] = {
	{ "while true do end", OUTCOME_SPENT,
	  "a.lua:1: used up its instructions" },
	{ "local function f () return f () end return f ()", OUTCOME_SPENT,
	  NULL },
	{ "local function f () return 1 + f () end return f ()",
	  OUTCOME_NOMEM, "a.lua: used up its memory" },
	{ "local s = \"x\" while true do s = s .. s end", OUTCOME_NOMEM, NULL },
	{ "local s = \"x\" for i = 1, 17 do s = s .. s end "
	  "while true do s:upper () end", OUTCOME_NOMEM, NULL },
	{ "local t = { } while true do t[#t + 1] = { } end", OUTCOME_NOMEM,
	  NULL },
	{ "local t = { } for i = 1, 60000 do "
	  "t[i * ((1 << 16) - 1) * ((1 << 15) - 1)] = 1 end", OUTCOME_NOMEM,
	  NULL },
	{ "local t = { } local i = 1 while i > 0 do t[i] = 1 i = i << 1 end "
	  "t[5] = 1 table.remove (t, 1)", OUTCOME_SPENT, NULL },
	{ "local t = { } for i = 1, 500 do t[i] = i end "
	  "table.sort (t, function () return true end)", OUTCOME_NOTHING, "" },
	{ "local t = { } for i = 1, 12000 do t[i] = i end "
	  "while true do table.sort (t) end", OUTCOME_SPENT, NULL },
	{ "local h = \"a\" for i = 1, 16 do h = h .. h end "
	  "while true do h:find (\"b\") end", OUTCOME_SPENT, NULL },
	{ "for i = 1, 1e9 do string.format (\"%99.99f\", 1e308) end",
	  OUTCOME_NOMEM, NULL },
	{ "string.format (\"%100d\", 1)", OUTCOME_ERROR,
	  "a.lua:1: format knows d i x X o f e E g G s and %" },
	{ "string.format (\"%p\", p)", OUTCOME_ERROR,
	  "a.lua:1: format knows d i x X o f e E g G s and %" },
	{ "error { }", OUTCOME_ERROR, "a.lua:1: an error that is no text" },
	{ "error (nil)", OUTCOME_ERROR, "a.lua:1: an error that is no text" },
	{ "error (\"a\\nroot: forged\\27[2J\")", OUTCOME_ERROR,
	  "a.lua:1: a?root: forged?[2J" },
	{ "assert (false, \"so\")", OUTCOME_ERROR, "a.lua:1: so" },
	{ "return (\"x\").rep", OUTCOME_ERROR,
	  "a.lua:1: string has no 'rep'; rules have no such part of Lua" },
	{ "string.rep = 1", OUTCOME_ERROR,
	  "a.lua:1: the language's own tables cannot be changed" },
	{ "local e = _ENV e.evil = 1", OUTCOME_ERROR,
	  "a.lua:1: 'evil' is not local: write local evil = ..." },
	{ "local e = _ENV return e.pcall (error)", OUTCOME_ERROR,
	  "a.lua:1: nobody knows 'pcall'; rules have no such part of Lua" },
	{ "local e = _ENV return e.glbo", OUTCOME_ERROR,
	  "a.lua:1: nobody knows 'glbo'; did you mean 'glob'?" },
	{ "process { name = \"x\" }", OUTCOME_ERROR,
	  "a.lua:1: process { } belongs into a rule, not into a function" },
	{ "rule \"x\" { }", OUTCOME_ERROR,
	  "a.lua:1: a rule cannot be made while one is asked" },
	{ "on \"timer\"", OUTCOME_ERROR,
	  "a.lua:1: a handler cannot be made while one is asked" },
	{ "pool \"x\" { weight = 1 }", OUTCOME_ERROR,
	  "a.lua:1: a pool cannot be made while one is asked" },
	{ "mask \"x\"", OUTCOME_ERROR,
	  "a.lua:1: mask is said outside of functions" },
	{ "return option (\"x\", 5)", OUTCOME_ERROR,
	  "a.lua:1: option is asked for outside of functions: local x = option "
	  "(...)" },
	{ "return state \"x\"", OUTCOME_ERROR,
	  "a.lua:1: a state is made outside of functions: local x = state "
	  "\"name\"" },
	{ "return exec { }", OUTCOME_ERROR,
	  "a.lua:1: exec { } belongs into a rule, not into a function" },
	{ "p.uid = 0", OUTCOME_ERROR,
	  "a.lua:1: a process is only looked at: return what you want" },
	{ "host.on_battery = false", OUTCOME_ERROR,
	  "a.lua:1: the host is only looked at: return what you want" },
	{ "return p[\"nma\" .. \"e\"]", OUTCOME_ERROR,
	  "a.lua:1: a process has no 'nmae'; did you mean 'name'?" },
	{ "return host[\"on_\" .. \"batery\"]", OUTCOME_ERROR,
	  "a.lua:1: the host has no 'on_batery'; did you mean 'on_battery'?" },
	{ "return p[1]", OUTCOME_ERROR, "a.lua:1: a process has no field 1" },
	{ "for k in pairs (p) do end", OUTCOME_ERROR,
	  "a.lua:1: pairs takes a table, not userdata" },
	{ "local t = { [{ }] = 1, [{ }] = 2 } next (t)", OUTCOME_ERROR,
	  "a.lua:1: only numbers, texts and booleans are keys that have an "
	  "order" },
	{ "return 5", OUTCOME_ERROR,
	  "a function returns a table of settings or nil, not 5" },
	{ "return p", OUTCOME_ERROR,
	  "a function returns a table of settings or nil, not a process" },
	{ "return { nice = math.huge }", OUTCOME_ERROR,
	  "nice takes a whole number from -20 to 19, not inf" },
	{ "return { nice = \" 0x10 \" }", OUTCOME_ERROR,
	  "nice takes a whole number from -20 to 19, not \" 0x10 \"" },
	{ "return { nice = 1, reason = \"a\\nb\" }", OUTCOME_ERROR,
	  "nobody can want 'reason'" },
	{ "local t = { } t.nice = t return t", OUTCOME_ERROR,
	  "nice takes a whole number from -20 to 19, not a table" },
	{ "local x <close> = { }", OUTCOME_ERROR, NULL },
	{ "local m = math.mininteger return m // -1 == m and m % -1 == 0 and "
	  "nil", OUTCOME_NOTHING, "" },
	{ "return 1 // 0", OUTCOME_ERROR, NULL },
	{ "return select (-5)", OUTCOME_ERROR, NULL },
	{ "return table.unpack ({ }, 1, 1 << 62)", OUTCOME_ERROR,
	  "a.lua:1: unpack gives at most 200 values" },
	{ "return table.concat ({ }, \"\", 1, 1 << 62)", OUTCOME_ERROR,
	  "a.lua:1: concat takes a list of texts; element 1 is nil" },
	{ "return table.concat ({ }, \"\", math.maxinteger, "
	  "math.maxinteger)", OUTCOME_ERROR, NULL },
};

START_TEST(an_attack_costs_nothing_but_its_own_answer)
{
	char              source[1024];
	struct rule_book *b;
	struct answer     a;

	snprintf(source, sizeof source, "rule \"asked\" { match = process { }, "
	         "want = function (p, host) %s end }\n"
	         "rule \"other\" { match = process { }, "
	         "want = function () return { nice = 3 } end }",
	         attacks[_i].body);
	b = book_right(source);
	for (int round = 0; round < 3; round++) {
		a = ask(b);
		ck_assert_int_eq(a.outcome, attacks[_i].outcome);
		if (attacks[_i].text != NULL)
			ck_assert_str_eq(a.text, attacks[_i].text);
		ck_assert_uint_eq(a.want.has, 0);
		ck_assert_uint_lt(b->sides->budget.live, STATE_BYTES_MAX);
	}
	a = ask_rule(b, 1);
	ck_assert_int_eq(a.outcome, OUTCOME_WANT);
	ck_assert_int_eq(a.want.value[SETTING_nice], 3);
	rule_book_free(b);
}
END_TEST

/* The same while the file is loaded: it is refused, and others are not hurt. */
START_TEST(an_attack_while_loading_refuses_the_file)
{
	char                source[1024];
	struct rule_book   *b;
	struct rule_mistake m;

	if (attacks[_i].outcome != OUTCOME_SPENT &&
	    attacks[_i].outcome != OUTCOME_NOMEM)
		return;
	snprintf(source, sizeof source, "local p, host = { }, { }\n%s",
	         attacks[_i].body);
	b = book_of(source);
	ck_assert_int_eq(rule_book_compile(b), -EINVAL);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_msg(strncmp(m.sentence, "used up its", 11) == 0, "%s",
	              m.sentence);
	rule_book_free(b);
}
END_TEST

START_TEST(what_grows_from_question_to_question_ends_in_no_memory)
{
	struct rule_book *b = book_right(
		"local kept = { }\n" ASKED("for i = 1, 2000 do "
		"kept[#kept + 1] = { i } end return { nice = 1 }"));
	enum outcome last = OUTCOME_WANT;

	for (int i = 0; i < 60; i++) {
		last = ask(b).outcome;
		ck_assert_uint_le(b->sides->budget.live, STATE_BYTES_MAX);
	}
	ck_assert_int_eq(last, OUTCOME_NOMEM);
	rule_book_free(b);
}
END_TEST

START_TEST(a_process_kept_from_an_earlier_question_is_dead)
{
	struct rule_book *b = book_right(
		"local kept\n" ASKED("if kept then return { nice = kept.pid } "
		"end kept = p return { nice = 1 }"));
	struct answer a = ask(b);

	ck_assert_int_eq(a.outcome, OUTCOME_WANT);
	a = ask(b);
	ck_assert_int_eq(a.outcome, OUTCOME_ERROR);
	ck_assert_str_eq(a.text, "a.lua:2: a rule may not keep a process");
	rule_book_free(b);
}
END_TEST

START_TEST(time_stops_what_instructions_do_not_count)
{
	/* Each step walks what is left of a table of 8,000 names. */
	struct rule_book *b = book_right(
		"local t = { }\n"
		"for i = 1, 8000 do t[\"k\" .. i] = 1 end\n"
		"for i = 1, 8000 do t[\"k\" .. i] = nil end\n"
		ASKED("for i = 1, 3e5 do next (t) end"));
	struct answer a;

	ck_assert_int_eq(rule_clock_start(1), 0);
	a = ask(b);
	ck_assert_int_eq(a.outcome, OUTCOME_SPENT);
	ck_assert_str_eq(a.text, "a.lua:4: used up its time");
	rule_book_free(b);
}
END_TEST

START_TEST(a_function_sees_the_facts_that_were_sent)
{
	struct rule_book *b = book_right(ASKED(
		"assert (p.name == \"cc1plus\" and p.uid == 1000) "
		"assert (p.pid == 42 and p.threads == 3) "
		"assert (p.cgroup == nil) "
		"assert (#p.args == 2 and p.args[1] == \"-O2\") "
		"assert (host.on_battery == true) "
		"assert (host.memory_pressure == \"warn\") "
		"return { nice = 7, affinity = { 0, 1 }, sched = \"rr\", "
		"rt_priority = 3 }"));
	const struct reads sent = { EVERY_FACT, HOST_BIT(HOST_COUNT) - 1, 0 };
	struct interned   *sets = interned_new();
	struct answer      a = ask_with(b, 0, sent, sets);

	ck_assert_str_eq(a.text, "");
	ck_assert_int_eq(a.outcome, OUTCOME_WANT);
	ck_assert_int_eq(a.want.value[SETTING_nice], 7);
	ck_assert_int_eq(a.want.value[SETTING_sched],
	                 sched_value(SCHED_CLASS_RR, 3));
	ck_assert_str_eq(interned_text(sets, a.want.value[SETTING_affinity]),
	                 "0-1");
	ck_assert_uint_eq(a.read.task, FACT_BIT(FACT_name) | FACT_BIT(FACT_uid) |
	                  FACT_BIT(FACT_pid) | FACT_BIT(FACT_threads) |
	                  FACT_BIT(FACT_cgroup) | FACT_BIT(FACT_args));
	ck_assert_uint_eq(a.read.host, HOST_BIT(HOST_on_battery) |
	                  HOST_BIT(HOST_memory_pressure));
	interned_free(sets);
	rule_book_free(b);
}
END_TEST

START_TEST(a_fact_that_was_not_sent_is_asked_for)
{
	struct rule_book *b = book_right(ASKED(
		"if p.name == \"cc1plus\" and host.on_battery then "
		"return { nice = 2 } end"));
	const struct reads expected[] = {
		{ FACT_BIT(FACT_name), 0, 0 },
		{ FACT_BIT(FACT_name), HOST_BIT(HOST_on_battery), 0 },
	};
	struct reads sent = { 0, 0, 0 };

	for (size_t i = 0; i < COUNT(expected); i++) {
		struct answer a = ask_with(b, 0, sent, NULL);

		ck_assert_int_eq(a.outcome, OUTCOME_NEEDS);
		ck_assert_uint_eq(a.read.task, expected[i].task);
		ck_assert_uint_eq(a.read.host, expected[i].host);
		sent = a.read;
	}
	ck_assert_int_eq(ask_with(b, 0, sent, NULL).outcome, OUTCOME_WANT);
	rule_book_free(b);
}
END_TEST

START_TEST(no_wish_is_nil_false_or_an_empty_table)
{
	static const char *const none[] = {
		ASKED(""), ASKED("return nil"), ASKED("return p.uid == 0 and { }"),
		ASKED("return { }"),
	};

	for (size_t i = 0; i < COUNT(none); i++) {
		struct rule_book *b = book_right(none[i]);

		ck_assert_int_eq(ask(b).outcome, OUTCOME_NOTHING);
		rule_book_free(b);
	}
}
END_TEST

START_TEST(what_is_no_function_has_no_answer)
{
	struct rule_book *b = book_right(
		"rule \"a\" { match = process { }, tag = \"t\" }");
	struct answer a = ask(b);
	char          out[256];

	ck_assert_int_eq(a.outcome, OUTCOME_ERROR);
	ck_assert_str_eq(a.text, "that rule is no function");
	ck_assert_int_eq(rule_book_ask(b, "short", 5, out, sizeof out),
	                 -EINVAL);
	rule_book_free(b);
}
END_TEST

/* What the library gives, each a boolean expression. */
static const char *const truths[] = {
	"tostring (5) == \"5\" and tostring (nil) == \"nil\"",
	"tostring ({ }) == \"a table\" and tostring (p) == \"a process\"",
	"tonumber \"0x10\" == 16 and tonumber \"ten\" == nil",
	"type (p) == \"userdata\" and type ({ }) == \"table\"",
	"select (\"#\", 1, nil, nil) == 3 and select (2, 5, 6) == 6",
	"select (-1, 5, 6) == 6",
	"(\"AbC\"):lower () == \"abc\" and (\"abc\"):sub (2, 2) == \"b\"",
	"(\"a.b\"):find (\".\", 1, true) == 2 and (\"ab\"):find \"c\" == nil",
	"(\"abc\"):find (\"b\", -2) == 2 and (\"abc\"):find (\"a\", 2) == nil",
	"(\"abc\"):find (\"\", 10) == nil and (\"abc\"):find (\"\", 4) == 4",
	("string.format (\"%5.1f|%-4s|%03d|%s|%%\", 2.25, \"a\", 7, p) == "
	 "\"  2.2|a   |007|a process|%\""),
	"table.concat ({ 1, \"b\", 2.5 }, \"-\") == \"1-b-2.5\"",
	"table.concat ({ }) == \"\" and table.unpack ({ 4, 5 }) == 4",
	"next ({ }) == nil and next ({ b = 1, a = 2 }) == \"a\"",
	"next ({ 7, x = 1 }, 1) == \"x\"",
	"math.max (1, 5, 3) == 5 and math.type (1) == \"integer\"",
};

START_TEST(the_library_does_what_lua_does)
{
	char              source[512];
	struct rule_book *b;

	snprintf(source, sizeof source, ASKED("assert (%s)"), truths[_i]);
	b = book_right(source);
	ck_assert_str_eq(ask(b).text, "");
	rule_book_free(b);
}
END_TEST

START_TEST(lists_are_walked_changed_and_sorted)
{
	struct rule_book *b = book_right(ASKED(
		"local t = { 5, 3, 9, 1, 7 } table.sort (t) "
		"assert (table.concat (t, \",\") == \"1,3,5,7,9\") "
		"table.sort (t, function (a, b) return a > b end) "
		"assert (table.concat (t, \",\") == \"9,7,5,3,1\") "
		"table.insert (t, 0) table.insert (t, 1, 10) "
		"assert (table.concat (t, \",\") == \"10,9,7,5,3,1,0\") "
		"assert (table.remove (t) == 0 and table.remove (t, 2) == 9) "
		"assert (table.concat (t, \",\") == \"10,7,5,3,1\") "
		"local seen = \"\" "
		"for k, v in pairs { 4, z = 1, [10] = 2, a = 3, [true] = 5 } do "
		"seen = seen .. tostring (k) .. \"=\" .. v .. \" \" end "
		"assert (seen == \"1=4 10=2 a=3 z=1 true=5 \", seen) "
		"local n = 0 for i, v in ipairs { 1, 2, nil, 4 } do n = n + v end "
		"assert (n == 3)"));

	ck_assert_str_eq(ask(b).text, "");
	rule_book_free(b);
}
END_TEST

static TCase *sandbox_case(void)
{
	TCase *c = tcase_create("sandbox");

	tcase_add_test(c, nothing_but_the_allow_list_can_be_reached);
	tcase_add_loop_test(c, an_attack_costs_nothing_but_its_own_answer, 0,
	                    (int)COUNT(attacks));
	tcase_add_loop_test(c, an_attack_while_loading_refuses_the_file, 0,
	                    (int)COUNT(attacks));
	tcase_add_test(c, what_grows_from_question_to_question_ends_in_no_memory);
	tcase_add_test(c, a_process_kept_from_an_earlier_question_is_dead);
	tcase_add_test(c, time_stops_what_instructions_do_not_count);
	tcase_add_test(c, a_function_sees_the_facts_that_were_sent);
	tcase_add_test(c, a_fact_that_was_not_sent_is_asked_for);
	tcase_add_test(c, no_wish_is_nil_false_or_an_empty_table);
	tcase_add_test(c, what_is_no_function_has_no_answer);
	tcase_add_loop_test(c, the_library_does_what_lua_does, 0,
	                    (int)COUNT(truths));
	tcase_add_test(c, lists_are_walked_changed_and_sorted);
	tcase_set_timeout(c, 300);
	return c;
}

#endif
