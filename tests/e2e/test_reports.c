/* test_reports.c -- what 'pqs test' writes down, read back as those read it for
 * whom it is: TAP, JUnit's XML, and which rules were tried. */

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "../suite.h"
#include "playing.h"

/* Names that mean something in XML, in TAP, in YAML or in none of them. */
#define HOSTILE "<a b='c'> & \\\"d\\\" ]]> # SKIP \\\\ \xff\xc0\x80 " \
	"\xef\xbf\xbf \xc3\xa9"
#define HOSTILE_READ "<a b='c'> & \"d\" ]]> # SKIP \\ " \
	"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"

#define NAMES_MAX 32
#define DEPTH_MAX 16

/* What an XML reader sees. */
struct xml {
	const char *at;
	char        open[DEPTH_MAX][64];
	int         depth;
	char        names[NAMES_MAX][256];      /* of test cases              */
	int         cases, failures, errors, suites;
	char        counts[3][16];              /* of the root: as attributes */
};

static void decode(const char *from, size_t n, char *to, size_t size)
{
	static const struct { const char *entity; char is; } known[] = {
		{ "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' },
		{ "&quot;", '"' }, { "&#10;", '\n' }, { "&#9;", '\t' },
	};
	const char *end = from + n;
	size_t      used = 0;

	while (from < end) {
		size_t m = text_utf8(from), i = 0;

		ck_assert_msg(m > 0, "no UTF-8: %.40s", from);
		ck_assert_msg((unsigned char)*from >= ' ' || *from == '\n',
		              "a control character");
		ck_assert_int_ne(*from, '<');
		while (*from == '&' && i < 6 &&
		       strncmp(from, known[i].entity, strlen(known[i].entity)))
			i++;
		ck_assert_msg(*from != '&' || i < 6, "no entity: %.10s", from);
		ck_assert_uint_lt(used + m, size);
		memcpy(to + used, *from == '&' ? &known[i].is : from, m);
		used += m;
		from += *from == '&' ? strlen(known[i].entity) : m;
	}
	to[used] = '\0';
}

static size_t name_length(const char *at)
{
	size_t n = 0;

	while (isalpha((unsigned char)at[n]))
		n++;
	ck_assert_msg(n > 0 && n < 64, "no name: %.20s", at);
	return n;
}

static void attribute_take(struct xml *x, const char *element)
{
	static const char *const counts[] = { "tests", "failures", "errors" };
	size_t      n = name_length(x->at);
	const char *name = x->at, *value = x->at + n + 2, *end;
	char        text[8192];

	ck_assert_msg(strncmp(x->at + n, "=\"", 2) == 0, "%.20s", x->at);
	end = strchr(value, '"');
	ck_assert_ptr_nonnull(end);
	decode(value, (size_t)(end - value), text, sizeof text);
	if (strcmp(element, "testcase") == 0 && strncmp(name, "name=", 5) == 0)
		text_copy(x->names[x->cases - 1], sizeof x->names[0], text);
	for (int i = 0; i < 3 && strcmp(element, "testsuites") == 0; i++)
		if (strlen(counts[i]) == n && strncmp(name, counts[i], n) == 0)
			text_copy(x->counts[i], sizeof x->counts[0], text);
	x->at = end + 1;
}

static void element_begin(struct xml *x)
{
	size_t n = name_length(x->at);
	char   name[64];

	text_copy_bytes(name, sizeof name, x->at, n);
	x->cases += strcmp(name, "testcase") == 0;
	x->failures += strcmp(name, "failure") == 0;
	x->errors += strcmp(name, "error") == 0;
	x->suites += strcmp(name, "testsuite") == 0;
	ck_assert_int_lt(x->cases, NAMES_MAX);
	for (x->at += n; *x->at == ' ';) {
		x->at++;
		attribute_take(x, name);
	}
	if (*x->at == '/') {
		x->at++;
	} else {
		ck_assert_int_lt(x->depth, DEPTH_MAX);
		strcpy(x->open[x->depth++], name);
	}
	ck_assert_int_eq(*x->at++, '>');
}

static void element_end(struct xml *x)
{
	size_t n = name_length(x->at);

	ck_assert_int_gt(x->depth, 0);
	x->depth--;
	ck_assert_msg(strlen(x->open[x->depth]) == n &&
	              strncmp(x->open[x->depth], x->at, n) == 0,
	              "%s ends as %.20s", x->open[x->depth], x->at);
	x->at += n;
	ck_assert_int_eq(*x->at++, '>');
}

/* One root, everything closed in the order in which it was opened, and all text
 * sound: what makes a document one that any reader takes. */
static void xml_read(struct xml *x, const char *text)
{
	const char *head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
	char        inside[16384];
	int         roots = 0;

	memset(x, 0, sizeof *x);
	ck_assert_int_eq(strncmp(text, head, strlen(head)), 0);
	x->at = text + strlen(head);
	while (*x->at != '\0') {
		size_t n = strcspn(x->at, "<");

		decode(x->at, n, inside, sizeof inside);
		ck_assert(x->depth > 0 || strspn(inside, "\n ") == n);
		x->at += n;
		if (*x->at == '\0')
			break;
		roots += x->depth == 0;
		x->at++;
		if (*x->at == '/') {
			x->at++;
			element_end(x);
		} else {
			element_begin(x);
		}
	}
	ck_assert_int_eq(x->depth, 0);
	ck_assert_int_eq(roots, 1);
}

static void put_mixed(void)
{
	put("a.test.lua", TEST(HOSTILE, RIGHT) TEST("two " HOSTILE, WRONG)
	                  TEST("three", "error \"a\\nb <&> \xff\""));
	put("b.test.lua", "test \"x\" (\n");
}

START_TEST(junit_is_xml_whatever_the_tests_are_called)
{
	static struct xml x;

	put_mixed();
	ck_assert_int_eq(tests_with("--format=junit", r.folder, NULL), 1);
	xml_read(&x, r.text);
	ck_assert_int_eq(x.suites, 2);
	ck_assert_int_eq(x.cases, 4);
	ck_assert_int_eq(x.failures, 2);
	ck_assert_int_eq(x.errors, 1);
	ck_assert_str_eq(x.counts[0], "4");
	ck_assert_str_eq(x.counts[1], "2");
	ck_assert_str_eq(x.counts[2], "1");
	ck_assert_msg(strncmp(x.names[0], HOSTILE_READ,
	                      strlen(HOSTILE_READ)) == 0, "%s", x.names[0]);
	ck_assert_msg(strstr(x.names[0], "\xc3\xa9") != NULL, "%s", x.names[0]);
	ck_assert_int_eq(strncmp(x.names[1], "two <a b='c'>", 13), 0);
	ck_assert_str_eq(x.names[2], "three");
	ck_assert_str_eq(x.names[3], "the file itself");
	says("message=\"nice: wanted 6, got 5\"");
}
END_TEST

/* Lines "ok N - " and "not ok N - ", in order from 1 on. */
static int results_in(const char *text)
{
	int n = 0, number;

	for (const char *at = text; at != NULL && *at != '\0';
	     at = strchr(at, '\n') + 1) {
		const char *head = at + (strncmp(at, "not ", 4) == 0 ? 4 : 0);

		if (sscanf(head, "ok %d - ", &number) != 1)
			continue;
		ck_assert_int_eq(number, ++n);
	}
	return n;
}

START_TEST(tap_has_a_plan_that_counts_its_results)
{
	put_mixed();
	ck_assert_int_eq(tests_with("--format", "tap", r.folder, NULL), 1);
	ck_assert_int_eq(strncmp(r.text, "TAP version 14\n", 15), 0);
	ck_assert_int_eq(results_in(r.text), 4);
	says("\n1..4\n");
	says("\nok 1 - ");
	says("\nnot ok 2 - ");
	says(" \\# SKIP \\\\ \xef\xbf\xbd");
	is_silent_of(" # SKIP \\\\ ");
	says("  ---\n  message: \"nice: wanted 6, got 5\"\n");
	says("\n  line: 5\n  why:\n    - \"a/x (");
	says("\n  ...\n");
}
END_TEST

START_TEST(tap_of_no_test_has_a_plan_of_none)
{
	ck_assert_int_eq(tests_with("--format=tap", r.folder, NULL), 1);
	ck_assert_str_eq(r.text, "TAP version 14\n1..0 # there are no tests: "
	                         "they are in files named *.test.lua\n");
}
END_TEST

static void file_read(const char *name, char *out, size_t size)
{
	FILE  *f = fopen(path_of(name), "r");
	size_t n;

	ck_assert_ptr_nonnull(f);
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	fclose(f);
}

START_TEST(a_report_goes_to_a_file_and_the_text_to_the_terminal)
{
	static struct xml x;
	static char       text[65536];

	put("a.test.lua", TEST("one", RIGHT) TEST("two", WRONG));
	ck_assert_int_eq(tests_with("--format=junit", "--output",
	                            path_of("report.xml"), r.folder, NULL), 1);
	says(":5: test \"two\": nice: wanted 6, got 5\n");
	says("1 of 2 tests failed\n");
	is_silent_of("<testsuite");
	file_read("report.xml", text, sizeof text);
	xml_read(&x, text);
	ck_assert_int_eq(x.cases, 2);
}
END_TEST

START_TEST(a_report_that_cannot_be_written_or_named_is_told)
{
	put("a.test.lua", TEST("one", RIGHT));
	ck_assert_int_eq(tests_with("--output=/no/such/place", r.folder, NULL),
	                 4);
	says("/no/such/place: No such file or directory\n");
	ck_assert_int_eq(tests_with("--output=/dev/full", r.folder, NULL), 4);
	ck_assert_int_eq(tests_with("--format=xml", r.folder, NULL), 2);
	says("--format takes text, tap, junit or json, not 'xml'\n");
}
END_TEST

#define FEW_RULES \
	"rule \"r/won\" { match = process { name = \"x\" }, " \
	"want = { nice = 5 } }\n" \
	"rule \"r/lost\" { match = process { name = \"x\" }, priority = -1, " \
	"want = { nice = 6 } }\n" \
	"rule \"r/never\" { match = process { name = \"y\" }, " \
	"want = { nice = 7 } }\n" \
	"rule \"r/tag\" { match = process { name = \"x\" }, tag = \"t\" }\n" \
	"rule \"r/cap\" { match = process { tag = \"t\" }, cap = { nice = " \
	"at_most(4) } }\n" \
	"rule \"r/idle cap\" { match = process { tag = \"t\" }, cap = { " \
	"oom_score_adj = at_least(0) } }\n" \
	"rule \"r/later\" { match = process { name = \"x\" }, when = host { " \
	"on_battery = true }, want = { sched = \"batch\" } }\n"

START_TEST(coverage_tells_what_won_what_matched_and_what_did_neither)
{
	put("rules.lua", FEW_RULES);
	put("a.test.lua", TEST("one", "expect (" X ") { nice = 4 }"));
	ck_assert_int_eq(tests_with("--coverage", r.folder, NULL), 0);
	says_of("rules.lua", ": 7 rules: 6 matched a task (85 %), 3 decided "
	                     "something (42 %)\n");
	says_of("rules.lua", ":3: rule \"r/never\" matched no task\n");
	says_of("rules.lua", ":2: rule \"r/lost\" matched, but decided "
	                     "nothing\n");
	says_of("rules.lua", ":6: rule \"r/idle cap\" matched, but decided "
	                     "nothing\n");
	says_of("rules.lua", ":7: rule \"r/later\" matched, but decided "
	                     "nothing\n");
	is_silent_of("rule \"r/won\"");
	is_silent_of("rule \"r/tag\"");
	is_silent_of("rule \"r/cap\"");
	put("b.test.lua", TEST("two", "sim:host { on_battery = true } "
	                       "expect (" X ") { sched = \"batch\" }"));
	ck_assert_int_eq(tests_with("--coverage", r.folder, NULL), 0);
	is_silent_of("rule \"r/later\"");
}
END_TEST

/* Nothing has the match of a rule about a moment once that is over. */
START_TEST(what_is_wanted_after_a_moment_is_covered)
{
	put("rules.lua", "rule \"m\" { on = exit { name = \"x\", signal = "
	                 "\"KILL\" }, to = parent, want = { nice = 5 }, keep = "
	                 "\"5s\" }\n");
	put("a.test.lua", TEST("one", "local p = sim:exec { name = \"p\" } "
	    "local x = sim:exec { name = \"x\", parent = p } sim:exit (x) "
	    "expect (p) { nice = untouched }"));
	ck_assert_int_eq(tests_with("--coverage", r.folder, NULL), 0);
	says(": rule \"m\" matched no task\n");
	put("b.test.lua", TEST("two", "local p = sim:exec { name = \"p\" } "
	    "local x = sim:exec { name = \"x\", parent = p } "
	    "sim:exit (x, { signal = \"KILL\" }) expect (p) { nice = 5 }"));
	ck_assert_int_eq(tests_with("--coverage", r.folder, NULL), 0);
	says("1 rule: 1 matched a task (100 %), 1 decided something (100 %)\n");
}
END_TEST

START_TEST(coverage_is_in_every_report)
{
	static struct xml x;

	put("a.test.lua", TEST("one", RIGHT));
	ck_assert_int_eq(tests_with("--coverage", "--format=junit", r.folder,
	                            NULL), 0);
	xml_read(&x, r.text);
	ck_assert_int_eq(x.suites, 2);
	says("<property name=\"rules matched\" value=\"1\"/>");
	says("<property name=\"a/broken\" value=\"");
	ck_assert_int_eq(tests_with("--coverage", "--format=tap", r.folder,
	                            NULL), 0);
	says("# 2 rules: 1 matched a task (50 %), 1 decided something (50 "
	     "%)\n");
	says(": rule \"a/broken\" matched no task\n");
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("pqs test");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, set_up, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, junit_is_xml_whatever_the_tests_are_called);
	tcase_add_test(c, tap_has_a_plan_that_counts_its_results);
	tcase_add_test(c, tap_of_no_test_has_a_plan_of_none);
	tcase_add_test(c, a_report_goes_to_a_file_and_the_text_to_the_terminal);
	tcase_add_test(c, a_report_that_cannot_be_written_or_named_is_told);
	tcase_add_test(
		c, coverage_tells_what_won_what_matched_and_what_did_neither);
	tcase_add_test(c, what_is_wanted_after_a_moment_is_covered);
	tcase_add_test(c, coverage_is_in_every_report);
	return run_case(c, "reports");
}
