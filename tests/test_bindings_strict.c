/* test_bindings_strict.c -- what a strict check doubts, and
 * what it must not. */

#include <time.h>

#include "policy/doubts.h"
#include "rule_files.h"
#include "suite.h"

#define DO(fields)  "rule \"r\" { " fields ", want = { nice = 1 } }"
#define ASK(body)   "rule \"r\" { match = process { name = \"x\" }, want = " \
                    "function (p, host) " body " end }"
/* What follows is a file of a lower layer, and comes before. */
#define LOWER       "\1"

static const struct {
	enum severity severity;
	int           line, column;
	const char   *source, *sentence, *nearly;
} doubts[] = {
#define DOUBT(severity, line, column, source, sentence, nearly) \
	{ SEVERITY_##severity, line, column, source, sentence, nearly },
#include "doubts.def"
#undef DOUBT
};

/* The files of a source, compiled and without a mistake. */
static struct rule_book *book_strict(const char *source)
{
	struct rule_book   *b = rule_book_new();
	const char         *lower = strchr(source, LOWER[0]);
	size_t              n = lower != NULL ? (size_t)(lower - source)
	                                      : strlen(source);
	struct rule_mistake m;

	ck_assert_ptr_nonnull(b);
	if (lower != NULL)
		ck_assert_int_eq(rule_book_add(b, LAYER_VENDOR, "rules/low.lua",
		                               lower + 1, strlen(lower + 1)),
		                 0);
	ck_assert_int_eq(rule_book_add(b, LAYER_ADMIN, "rules/a.lua", source,
	                               n), 0);
	rule_book_strict(b);
	if (rule_book_compile(b) < 0 && rule_book_mistake(b, 0, &m))
		ck_abort_msg("%s: line %d: %s", source, m.line, m.sentence);
	return b;
}

START_TEST(a_doubt_is_told_with_its_place)
{
	struct rule_book   *b = book_strict(doubts[_i].source);
	struct rule_mistake m;

	ck_assert_int_eq(rule_book_doubt(b, NULL),
	                 doubts[_i].severity == SEVERITY_WARNING);
	ck_assert_msg(rule_book_mistake(b, 0, &m), "no doubt about %s",
	              doubts[_i].source);
	ck_assert_str_eq(m.sentence, doubts[_i].sentence);
	ck_assert_int_eq(m.severity, doubts[_i].severity);
	ck_assert_str_eq(m.file, "rules/a.lua");
	ck_assert_int_eq(m.line, doubts[_i].line);
	ck_assert_msg(m.column == doubts[_i].column, "column %d: %s", m.column,
	              m.sentence);
	ck_assert_msg(!rule_book_mistake(b, 1, &m), "and also: %s", m.sentence);
	rule_book_free(b);
}
END_TEST

START_TEST(what_is_nearly_doubtful_is_not_doubted)
{
	struct rule_book   *b = book_strict(doubts[_i].nearly);
	struct rule_mistake m;

	ck_assert_int_eq(rule_book_doubt(b, NULL), 0);
	ck_assert_msg(!rule_book_mistake(b, 0, &m), "%s: %s", doubts[_i].nearly,
	              m.sentence);
	rule_book_free(b);
}
END_TEST

/* Without being asked to, a check doubts nothing. */
START_TEST(doubts_are_no_mistakes)
{
	struct rule_book   *b = book_of(doubts[_i].source);
	struct rule_mistake m;

	if (strchr(doubts[_i].source, LOWER[0]) == NULL) {
		ck_assert_int_eq(rule_book_compile(b), 0);
		ck_assert(!rule_book_mistake(b, 0, &m));
	}
	rule_book_free(b);
}
END_TEST

static const char *linked(void *ctx, const char *name)
{
	(void)ctx;
	if (strcmp(name, "python3") == 0)
		return "python3.11";
	return strcmp(name, "rustc") == 0 ? "rustup" : NULL;
}

static const struct inability cannot[] = {
	{ SETTING_nice, "-5", -5, "denied: needs CAP_SYS_NICE" },
	{ SETTING_sched, "fifo:1", SCHED_CLASS_FIFO | 1 << 8, "denied: needs a limit" },
	{ SETTING_ionice, "best-effort:7", 8, "inert: nobody counts levels" },
	{ SETTING_affinity, "efficiency", 0, "unsupported" },
	{ SETTING_freeze, "true", 1, "unsupported" },
	{ SETTING_pool, "tried", 0, "unsupported" },
	{ SETTING_qos, "background", 0, "done in part: nice: no" },
};

#define PYTHON "on this machine 'python3' is a link to 'python3.11', and " \
               "name is the file's own"
#define X      "match = process { name = \"x\" }, "

/* On a machine of somebody who is not root.  NULL: nothing is told. */
static const struct {
	const char *source, *sentence;
	bool        warned;
} machines[] = {
	{ "match = process { name = \"python3\" }, want = { nice = 5 }", PYTHON,
	  true },
	{ "match = process { name = { \"python3\", \"y\" } }, want = { nice = 5 "
	  "}", PYTHON, false },
	{ "match = process { name = { \"python3\", glob \"python3.*\" } }, want "
	  "= { nice = 5 }", NULL, false },
	{ "match = process { name = \"rustc\" }, want = { nice = 5 }",
	  "on this machine 'rustc' is a link to 'rustup', and name is the "
	  "file's own", false },
	{ "match = thread { name = \"python3\" }, want = { nice = 5 }", NULL,
	  false },
	{ X "want = { nice = -1 }",
	  "on this machine nice = -1 is denied: needs CAP_SYS_NICE", false },
	{ X "want = { nice = 0 }", NULL, false },
	{ X "want = { sched = \"fifo:50\" }",
	  "on this machine sched = \"fifo:50\" is denied: needs a limit", false },
	{ X "want = { sched = \"rr:50\" }", NULL, false },
	{ X "want = { ionice = \"best-effort:2\" }",
	  "on this machine ionice = \"best-effort:2\" is inert: nobody counts "
	  "levels", false },
	{ X "want = { ionice = \"idle\" }", NULL, false },
	{ X "want = { affinity = \"efficiency\" }",
	  "on this machine affinity = \"efficiency\" is unsupported", false },
	{ X "want = { affinity = \"0-1\" }", NULL, false },
	{ X "want = { freeze = true }",
	  "on this machine freeze = true is unsupported", false },
	{ X "want = { freeze = false }", NULL, false },
	{ X "want = { qos = \"background\" }",
	  "on this machine qos = \"background\" is done in part: nice: no",
	  false },
	{ X "want = { qos = \"utility\" }", NULL, false },
	{ X "want = { nice = untouched }", NULL, false },
	{ X "want = { affinity = \"4-7,9\" }",
	  "on this machine affinity = \"4-7,9\" is unsupported: its CPUs are "
	  "0-3", false },
	{ X "want = { affinity = \"3-7\" }", NULL, false },
	{ X "want = { cpuset = { 4 } }",
	  "on this machine cpuset = \"4\" is unsupported: its CPUs are 0-3",
	  false },
	{ X "want = { affinity = \"llc:2\" }",
	  "on this machine affinity = \"llc:2\" is unsupported: it has 2 "
	  "last-level caches", false },
	{ X "want = { affinity = \"llc:1,llc:2\" }", NULL, false },
	{ X "want = { affinity = \"performance,llc:2\" }", NULL, false },
	{ X "want = { cpu_limit = \"4 cores\" }",
	  "on this machine cpu_limit = \"4 cores\" is inert: it has 4 CPUs",
	  false },
	{ X "want = { cpu_limit = \"399%\" }", NULL, false },
	{ X "want = { cpu_limit = \"100% of host\" }", NULL, false },
};

static struct machine user_machine(void)
{
	return (struct machine){
		.sees_all = true, .uid = 1000, .user = "ada",
		.inability = cannot,
		.inabilities = sizeof cannot / sizeof cannot[0],
		.cpus = "0-3", .llcs = 2,
		.program = linked,
	};
}

START_TEST(what_this_machine_cannot_do_is_told)
{
	struct machine      here = user_machine();
	struct rule_mistake m;
	struct rule_book   *b;
	char                source[256];

	snprintf(source, sizeof source, "rule \"r\" { %s }",
	         machines[_i].source);
	b = book_strict(source);
	ck_assert_int_eq(rule_book_doubt(b, &here), machines[_i].warned);
	if (machines[_i].sentence == NULL) {
		ck_assert_msg(!rule_book_mistake(b, 0, &m), "%s: %s", source,
		              m.sentence);
	} else {
		ck_assert_msg(rule_book_mistake(b, 0, &m), "%s", source);
		ck_assert_str_eq(m.sentence, machines[_i].sentence);
		ck_assert_int_eq(m.severity, machines[_i].warned
		                             ? SEVERITY_WARNING
		                             : SEVERITY_NOTE);
		ck_assert(!rule_book_mistake(b, 1, &m));
	}
	rule_book_free(b);
}
END_TEST

/* One thing that is lacking is told once, however many rules it hits. */
START_TEST(what_is_lacking_is_told_once)
{
	struct machine      here = user_machine();
	struct rule_mistake m;
	struct rule_book   *b = book_strict(
		"for i = 1, 3 do rule (\"r\" .. i) { match = process { name = "
		"\"n\" .. i }, want = { nice = -i } } end");

	ck_assert_int_eq(rule_book_doubt(b, &here), 0);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_str_eq(m.sentence, "on this machine nice = -1 is denied: "
	                 "needs CAP_SYS_NICE (and in 2 more rules)");
	ck_assert_str_eq(m.rule, "r1");
	ck_assert(!rule_book_mistake(b, 1, &m));
	rule_book_free(b);
}
END_TEST

START_TEST(what_a_pool_lacks_is_told_of_who_wants_it)
{
	struct machine      here = { .sees_all = true, .cpus = "0-3" };
	struct rule_mistake m;
	struct rule_book   *b = book_strict(
		"pool \"p\" { cpu_limit = \"8 cores\" } "
		"pool \"q\" { cpu_limit = \"2 cores\" } "
		"for i = 1, 2 do rule (\"r\" .. i) { match = process { name = "
		"\"n\" .. i }, want = { pool = \"p\" } } end "
		"rule \"s\" { match = process { name = \"s\" }, want = { pool = "
		"\"q\" } }");

	ck_assert_int_eq(rule_book_doubt(b, &here), 0);
	ck_assert(rule_book_mistake(b, 0, &m));
	ck_assert_str_eq(m.sentence, "on this machine cpu_limit = \"8 cores\" "
	                 "is inert: it has 4 CPUs (and in 1 more rule)");
	ck_assert_str_eq(m.rule, "r1");
	ck_assert(!rule_book_mistake(b, 1, &m));
	rule_book_free(b);
}
END_TEST

/* Which facts of whose processes: NULL for none. */
static const struct {
	const char *match, *fact;
} hidden[] = {
	{ "process { exe = \"/x\" }", "exe" },
	{ "process { name = \"x\" }", "name" },
	{ "process { env = { X = any } }", "env" },
	{ "process { io_rate = above \"1MiB/s\" }", "io_rate" },
	{ "process { uid = people, exe = \"/x\" }", "exe" },
	{ "thread { uid = 0, of = process { exe = \"/x\" } }", "exe" },
	{ "process { uid = 1000, exe = \"/x\" }", NULL },
	{ "process { user = \"ada\", exe = \"/x\" }", NULL },
	{ "thread { name = \"x\" }", NULL },
	{ "process { comm = \"x\", title = \"x\", cpu = above \"5%\" }", NULL },
};

START_TEST(what_may_not_be_seen_is_told)
{
	struct machine      here = { .uid = 1000, .user = "ada" };
	struct rule_mistake m;
	struct rule_book   *b;
	char                source[256], expected[256];

	snprintf(source, sizeof source, "rule \"r\" { match = %s, want = { nice "
	         "= 5 } }", hidden[_i].match);
	b = book_strict(source);
	ck_assert_int_eq(rule_book_doubt(b, &here), 0);
	if (hidden[_i].fact == NULL) {
		ck_assert(!rule_book_mistake(b, 0, &m));
	} else {
		snprintf(expected, sizeof expected, "%s of other users' "
		         "processes is only seen with CAP_SYS_PTRACE",
		         hidden[_i].fact);
		ck_assert(rule_book_mistake(b, 0, &m));
		ck_assert_str_eq(m.sentence, expected);
		ck_assert_int_eq(m.severity, SEVERITY_NOTE);
		ck_assert(!rule_book_mistake(b, 1, &m));
	}
	rule_book_free(b);
}
END_TEST

/* Thousands of rules; of a file with all of them reading would take too long.
 * Each source is made with the first and the last number of its rules. */
static struct rule_book *book_many(const char *format, int rules)
{
	struct rule_book   *b = rule_book_new();
	struct rule_mistake m;
	char                source[512], path[32];

	ck_assert_ptr_nonnull(b);
	for (int from = 1; from <= rules; from += 1000) {
		snprintf(source, sizeof source, format, from,
		         from + 999 < rules ? from + 999 : rules);
		snprintf(path, sizeof path, "rules/%05d.lua", from);
		ck_assert_int_eq(rule_book_add(b, LAYER_ADMIN, path, source,
		                               strlen(source)), 0);
	}
	rule_book_strict(b);
	if (rule_book_compile(b) < 0 && rule_book_mistake(b, 0, &m))
		ck_abort_msg("%s:%d: %s", m.file, m.line, m.sentence);
	return b;
}

/* Each on programs and globs of its own, and a few that one more shadows. */
START_TEST(many_rules_are_doubted_in_little_time)
{
	struct rule_mistake m;
	struct timespec     begin, end;
	int                 warnings;
	struct rule_book   *b = book_many(
		"for i = %d, %d do rule (\"r\" .. i) { match = process { name = "
		"i %% 2 == 0 and { \"n\" .. i, glob (\"g\" .. i .. \"*\") } or "
		"\"s\" .. i }, want = { nice = i %% 20 } } if i == 15000 then "
		"rule \"last\" { match = process { name = glob \"s1*9\" }, "
		"priority = 1, want = { nice = 1 } } end end", 15000);

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
	warnings = rule_book_doubt(b, NULL);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	printf("15000 rules doubted in %ld ms\n",
	       (end.tv_sec - begin.tv_sec) * 1000 +
	       (end.tv_nsec - begin.tv_nsec) / 1000000);
	/* s19, s109 to s199, s1009 to s1999, s10009 to s14999 */
	ck_assert_int_eq(warnings, 1 + 10 + 100 + 500);
	for (size_t i = 0; rule_book_mistake(b, i, &m) && i < 200; i++)
		ck_assert_int_eq(m.severity, SEVERITY_WARNING);
	rule_book_free(b);
}
END_TEST

/* Rules that are all alike must each be compared with each. */
START_TEST(comparing_has_a_bound_and_says_so)
{
	struct rule_mistake m = { .sentence = "" };
	bool                told = false;
	struct rule_book   *b = book_many(
		"for i = %d, %d do rule (\"r\" .. i) { match = process { name = "
		"\"x\", pid = i }, want = { nice = 5 } } end", 12000);

	ck_assert_int_eq(rule_book_doubt(b, NULL), 0);
	for (size_t i = 0; rule_book_mistake(b, i, &m); i++)
		told |= strcmp(m.sentence, "too many rules are alike: not all "
		               "were compared") == 0;
	ck_assert(told);
	rule_book_free(b);
}
END_TEST

/* More than are kept are still counted. */
START_TEST(doubts_past_the_bound_are_counted)
{
	struct rule_mistake m = { .sentence = "" };
	size_t              n = 0;
	struct rule_book   *b = book_strict(
		"for i = 1, 1000 do rule (\"r\" .. i) { match = process { name = "
		"\"n\" .. i, pid = 5000000 + i }, want = { nice = 5 } } end");

	ck_assert_int_eq(rule_book_doubt(b, NULL), 1000);
	while (rule_book_mistake(b, n, &m))
		n++;
	ck_assert_uint_eq(n, 401);
	ck_assert_str_eq(m.sentence, "there are more mistakes than these");
	rule_book_free(b);
}
END_TEST

static TCase *strict_case(void)
{
	TCase *c = tcase_create("strict");

	tcase_add_loop_test(c, a_doubt_is_told_with_its_place, 0,
	                    COUNT(doubts));
	tcase_add_loop_test(c, what_is_nearly_doubtful_is_not_doubted, 0,
	                    COUNT(doubts));
	tcase_add_loop_test(c, doubts_are_no_mistakes, 0, COUNT(doubts));
	tcase_add_loop_test(c, what_this_machine_cannot_do_is_told, 0,
	                    COUNT(machines));
	tcase_add_test(c, what_is_lacking_is_told_once);
	tcase_add_test(c, what_a_pool_lacks_is_told_of_who_wants_it);
	tcase_add_loop_test(c, what_may_not_be_seen_is_told, 0, COUNT(hidden));
	tcase_add_test(c, many_rules_are_doubted_in_little_time);
	tcase_add_test(c, comparing_has_a_bound_and_says_so);
	tcase_add_test(c, doubts_past_the_bound_are_counted);
	tcase_set_timeout(c, 120);
	return c;
}

int main(void)
{
	Suite *s = suite_create("bindings_strict");

	suite_add_tcase(s, strict_case());
	return run_suite(s);
}
