/* test_expect.c -- what a file of tests can say, and what it is told when that
 * is not so. */


#include "../suite.h"
#include "playing.h"

#define SEVERAL_RULES \
	"rule \"a/first\" { match = process { name = \"x\" }, tag = \"t\", " \
	"want = { qos = \"utility\" } }\n" \
	"rule \"a/second\" { match = process { name = \"x\" }, priority = 5, " \
	"want = { nice = 3 } }\n" \
	"rule \"a/cap\" { match = process { tag = \"t\" }, " \
	"cap = { nice = at_least (4) } }\n" \
	"rule \"a/battery\" { match = process { tag = \"t\" }, " \
	"when = host { on_battery = true }, want = { nice = 19 } }\n"

START_TEST(who_said_it_can_be_expected)
{
	put("rules.lua", SEVERAL_RULES);
	put("a.test.lua", TEST("right",
	    "local x = " X " local y = sim:exec { name = \"y\" } "
	    "expect.rule (x, \"nice\") \"a/second\" "
	    "expect.rule (x, \"sched\") \"a/first\" "
	    "expect.cap (x, \"nice\") \"a/cap\" "
	    "expect.tag (x) \"t\" expect.no_tag (y) \"t\" "
	    "sim:host { on_battery = true } "
	    "expect.rule (x, \"nice\") \"a/second\"")
	    TEST("rule", "expect.rule (" X ", \"nice\") \"a/first\"")
	    TEST("none", "expect.rule (" X ", \"affinity\") \"a/first\"")
	    TEST("cap", "expect.cap (" X ", \"sched\") \"a/cap\"")
	    TEST("tag", "expect.tag (sim:exec { name = \"y\" }) \"t\"")
	    TEST("no tag", "expect.no_tag (" X ") \"t\""));
	ck_assert_int_eq(tests(), 1);
	is_silent_of("test \"right\"");
	says("test \"rule\": nice: wanted it decided by 'a/first', got "
	     "'a/second'\n");
	says("test \"none\": affinity: wanted it decided by 'a/first', but no "
	     "rule does\n");
	says("test \"cap\": sched: wanted it bounded by 'a/cap', but no rule "
	     "does\n");
	says("test \"tag\": has no tag 't'\n    no rule matches it\n");
	says("test \"no tag\": has the tag 't'\n");
}
END_TEST

START_TEST(a_failure_tells_who_lost_and_by_what)
{
	put("rules.lua", SEVERAL_RULES);
	put("a.test.lua", TEST("one", "expect (" X ") { nice = 3 }"));
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua", ":2: test \"one\": nice: wanted 3, got 4\n");
	says("rules.lua:1) wants qos = utility; tag: t\n");
	says("rules.lua:3) sets bounds\n");
	says("rules.lua:4) wants nothing now: its 'when' does not hold\n");
	says("    nice = 4 by a/second, within the bounds of a/cap\n"
	     "      over nice = 10 by a/first: its priority is higher\n");
}
END_TEST

/* Two rules each, of which the first named wins nice; and why. */
static const struct {
	const char *first, *second, *why;
} pairs[] = {
	{ "match = process { name = \"x\" }, priority = 1",
	  "match = process { name = \"x\", uid = 0 }",
	  "its priority is higher" },
	{ "match = thread { of = process { name = \"x\" } }",
	  "match = process { name = \"x\", uid = 0 }",
	  "it selects the thread" },
	{ "match = process { name = \"x\" }, when = host { on_battery = "
	  "false }",
	  "match = process { name = \"x\", uid = 0 }",
	  "it is for special times" },
	{ "match = process { name = \"x\", comm = \"x\" }",
	  "match = process { name = \"x\", uid = 0, gid = 0 }",
	  "it names more facts exactly" },
	{ "match = process { name = \"x\", comm = glob \"*\" }",
	  "match = process { name = \"x\", uid = 0, gid = 0 }",
	  "it names more facts by pattern" },
	{ "match = process { name = \"x\", uid = 0 }",
	  "match = process { name = \"x\" }",
	  "it asks for more facts" },
	{ "match = process { name = \"x\" }",
	  "match = process { name = \"x\" }",
	  "it is defined later" },
};

START_TEST(a_failure_tells_each_reason_that_there_is)
{
	char rules[512], why[128];

	put("a.test.lua", TEST("one", "local x = " X " expect (sim:thread (x)) "
	                              "{ nice = 3 }"));
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		snprintf(rules, sizeof rules, "rule \"b\" { %s, want = { nice "
		         "= 2 } }\nrule \"a\" { %s, want = { nice = 1 } }\n",
		         pairs[i].second, pairs[i].first);
		put("rules.lua", rules);
		ck_assert_int_eq(tests(), 1);
		snprintf(why, sizeof why, "    nice = 1 by a\n      over nice ="
		         " 2 by b: %s\n", pairs[i].why);
		says(why);
	}
}
END_TEST

START_TEST(each_case_of_a_table_is_a_test_of_its_own)
{
	put("a.test.lua",
	    "test.each \"prog\" { { \"x\" }, { name = \"y\" }, { 5 }, { } } "
	    "(function (sim, case)\n  local name = case.name or case[1]\n"
	    "  if name ~= \"y\" then name = \"x\" end\n"
	    "  expect (sim:exec { name = name }) { nice = 5 }\nend)\n"
	    "test.each \"plain\" { \"x\", \"z\", 7, true } "
	    "(function (sim, case)\n"
	    "  local name = case == \"z\" and \"z\" or \"x\"\n"
	    "  expect (sim:exec { name = name }) { nice = 5 }\nend)\n");
	ck_assert_int_eq(tests_with("--format=tap", r.folder, NULL), 1);
	says("\nok 1 - ");
	says("a.test.lua: prog: x\nnot ok 2 - ");
	says("a.test.lua: prog: y\n  ---\n");
	says("a.test.lua: prog: 5\nok 4 - ");
	says("a.test.lua: prog: case 4\nok 5 - ");
	says("a.test.lua: plain: x\nnot ok 6 - ");
	says("a.test.lua: plain: 7\nok 8 - ");
	says("a.test.lua: plain: true\n1..8\n");
	ck_assert_int_eq(tests_with("--filter=plain: z", r.folder, NULL), 1);
	says_of("a.test.lua", ":8: test \"plain: z\": nice: wanted 5, got 0\n");
}
END_TEST

START_TEST(equal_names_and_wrong_cases_are_told)
{
	put("a.test.lua", TEST("one", RIGHT) TEST("two", RIGHT)
	                  TEST("one", RIGHT)
	                  "test.each \"c\" { \"x\", \"x\" } (function () "
	                  "end)\n");
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua", ":7: the name 'one' was given to a test before, "
	                      "on line 1\n");
	says_of("a.test.lua", ":10: the name 'c: x' was given to a test "
	                      "before, on line 10\n");
	put("a.test.lua", "test.each \"c\" { x = 1 } (function () end)\n");
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua", ":1: test.each takes a list of cases, { case, "
	                      "case }, and each has a test of its own\n");
	put("a.test.lua", "test.eech \"c\" { 1 } (function () end)\n");
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua", ":1: test has no 'eech'; did you mean 'each'?\n");
}
END_TEST

START_TEST(a_test_that_expects_nothing_fails)
{
	put("a.test.lua", TEST("one", RIGHT) TEST("two", X));
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua", ":4: test \"two\": expects nothing, so it cannot "
	                      "fail\n");
}
END_TEST

START_TEST(a_process_runs_another_program)
{
	put("a.test.lua", TEST("one", "local x = sim:exec { name = \"y\" } "
	    "expect (x) { nice = untouched } "
	    "sim:exec_again (x, { name = \"x\" }) expect (x) { nice = 5 }"));
	ck_assert_int_eq(tests(), 0);
}
END_TEST

#define USED_RULES \
	"rule \"cpu\" { match = process { name = \"x\", cpu = above \"80%\" " \
	"}, want = { nice = 5 } }\n" \
	"rule \"rss\" { match = process { name = \"x\", rss = above \"2GiB\" " \
	"}, want = { sched = \"batch\" } }\n" \
	"rule \"io\" { match = process { name = \"x\", io_rate = above " \
	"\"1MiB/s\" }, want = { ionice = \"idle\" } }\n" \
	"rule \"title\" { match = process { title = glob \"*vacuum*\" }, " \
	"want = { oom_score_adj = 9 } }\n" \
	"rule \"group\" { match = process { group = \"audio\" }, " \
	"want = { oom_score_adj = 8 } }\n"

/* Drifting facts are looked at again, so time must pass. */
START_TEST(what_a_process_uses_changes_over_time)
{
	put("rules.lua", USED_RULES);
	put("a.test.lua",
	    TEST("later", "local x = " X " expect (x) { nice = untouched } "
	    "sim:set (x, { cpu = \"85%\" }):pass \"5s\" "
	    "expect (x) { nice = 5 } "
	    "sim:set (x, { cpu = \"5%\", rss = \"3GiB\" }):pass \"5s\" "
	    "expect (x) { sched = \"batch\", ionice = untouched } "
	    "sim:set (x, { rss = 5, io_rate = \"2MiB/s\" }):pass \"5s\" "
	    "expect (x) { sched = untouched, ionice = \"idle\" }")
	    TEST("from the first on", "expect (sim:exec { name = \"x\", cpu = "
	    "\"85%\", rss = \"3GiB\" }) { nice = 5, sched = \"batch\" }")
	    TEST("again", "local x = sim:exec { name = \"y\" } "
	    "sim:exec_again (x, { name = \"x\", cpu = \"90%\" }) "
	    "expect (x) { nice = 5 }")
	    TEST("texts", "expect (sim:exec { name = \"y\", "
	    "title = \"autovacuum\" }) { oom_score_adj = 9 } "
	    "expect (sim:exec { name = \"y\", group = \"audio\", "
	    "env = { A = \"b\", C = \"d\" } }) { oom_score_adj = 8 }"));
	ck_assert_msg(tests() == 0, "%s", r.text);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("pqs test");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, set_up, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, who_said_it_can_be_expected);
	tcase_add_test(c, a_failure_tells_who_lost_and_by_what);
	tcase_add_test(c, a_failure_tells_each_reason_that_there_is);
	tcase_add_test(c, each_case_of_a_table_is_a_test_of_its_own);
	tcase_add_test(c, equal_names_and_wrong_cases_are_told);
	tcase_add_test(c, a_test_that_expects_nothing_fails);
	tcase_add_test(c, a_process_runs_another_program);
	tcase_add_test(c, what_a_process_uses_changes_over_time);
	return run_case(c, "expect");
}
