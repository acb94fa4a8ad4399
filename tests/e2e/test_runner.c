/* test_runner.c -- 'pqs test' itself: what it says, and how it ends. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../suite.h"
#include "playing.h"

START_TEST(what_passes_is_counted)
{
	put("a.test.lua", TEST("one", RIGHT)
	                  TEST("two", "expect (" X ") { sched = untouched }"));
	put("b.test.lua", TEST("three", RIGHT));
	ck_assert_int_eq(tests(), 0);
	ck_assert_str_eq(r.text, "3 tests in 2 files passed\n");
	ck_assert_int_eq(tests_in(path_of("b.test.lua")), 0);
	ck_assert_str_eq(r.text, "1 test in 1 file passed\n");
}
END_TEST

START_TEST(what_fails_is_told_with_its_place_and_reasons)
{
	put("a.test.lua", TEST("one", "expect (" X ") { nice = 6, sched = "
	                              "\"batch\" }")
	                  TEST("two", "expect (" X ") { nice = untouched }")
	                  TEST("three", RIGHT));
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua", ":2: test \"one\": sched: wanted batch, got "
	                      "other; nice: wanted 6, got 5\n");
	says("    a/x (");
	says("rules.lua:1) wants nice = 5\n");
	says("    sched: no rule wants it\n");
	says("    nice = 5 by a/x\n");
	says_of("a.test.lua", ":5: test \"two\": nice: wanted untouched, got "
	                      "5\n");
	says("2 of 3 tests failed\n");
}
END_TEST

static const struct {
	const char *body, *told;
} mistakes[] = {
	{ "sim:exec { nmae = \"x\" }",
	  "a program has no field 'nmae'; did you mean 'name'?" },
	{ "sim:exec { }", "a program needs a name or an exe" },
	{ "sim:exec { name = \"/bin/x\" }",
	  "name is the file's name alone; exe has the path" },
	{ "sim:exce { }", "the machine has no \"exce\"; did you mean 'exec'?" },
	{ "sim.exec { name = \"x\" }", "write sim:exec, with a colon" },
	{ "sim:exec { name = \"x\", uid = \"me\" }",
	  "uid takes a whole number from 0 to 4294967294, not \"me\"" },
	{ "sim:exec { name = \"x\", parent = 1 }",
	  "a task is needed here, as sim:exec, sim:fork or sim:thread returned "
	  "it, not 1" },
	{ "expect (" X ") { nise = 5 }",
	  "nobody can want 'nise'; did you mean 'nice'?" },
	{ "expect (" X ") { qos = \"utilty\" }",
	  "qos knows no \"utilty\"; did you mean 'utility'?" },
	{ "expect (" X ") { }", "expect (task) { } expects nothing" },
	{ "expect (" X ")", "expect (task) takes a table of settings" },
	{ "expect (" X ") expect (" X ") { nice = 5 }",
	  "before this, expect (task) takes a table of settings" },
	{ "expect.tga (" X ") \"t\"",
	  "expect has no 'tga'; did you mean 'tag'?" },
	{ "expect.rule = 5", "the language's own tables cannot be changed" },
	{ "expect.tag (" X ")", "expect.tag (task) takes a tag" },
	{ "expect.tag (" X ") \"tt\"",
	  "no rule gives the tag 'tt'; did you mean 't'?" },
	{ "expect.tag (" X ") (5)", "expect.tag (task) takes a tag, not 5" },
	{ "expect.rule (" X ", \"nise\") \"a/x\"",
	  "nobody can want 'nise'; did you mean 'nice'?" },
	{ "expect.rule (" X ", \"nice\") \"a/xx\"",
	  "there is no rule 'a/xx'; did you mean 'a/x'?" },
	{ "sim:exec_again (" X ", { name = \"x\", parent = " X " })",
	  "a process that execs again keeps its parent" },
	{ "sim:host { on_batery = true }",
	  "the host has no field 'on_batery'; did you mean 'on_battery'?" },
	{ "sim:memory_pressure \"wran\"",
	  "memory_pressure takes normal, warn or critical, not \"wran\"" },
	{ "sim:pass \"6x\"",
	  "pass takes a time like \"5s\" or \"20ms\", not \"6x\"" },
	{ "sim:set (" X ", { qos = \"utility\" })",
	  "another program can set what the kernel has, and that has no such "
	  "qos" },
	{ "sim:exit (" X ", { signal = \"KIL\" })",
	  "there is no signal \"KIL\"; write \"KILL\" or \"TERM\"" },
	{ "sim:set (" X ", { titel = \"b\" })",
	  "a test cannot set 'titel'; did you mean 'title'?" },
	{ "sim:set (" X ", { cpu = \"2MB\" })",
	  "cpu takes a quantity like \"80%\", not \"2MB\"" },
	{ "sim:set (" X ", { 5 })",
	  "what is set has names, as in nice = 5" },
	{ "sim:exec { name = \"x\", env = { \"A=b\" } }",
	  "env takes texts by their names, as in { NAME = \"value\" }" },
	{ "sim:exec { name = \"x\", foreign = 1 }",
	  "foreign takes true or false, not 1" },
	{ "sim:exit (" X ", { signal = \"KILL\", code = 1 })",
	  "an exit has a signal or a code" },
	{ "sim:exit (" X ", { code = 256 })",
	  "code takes a whole number from 0 to 255, not 256" },
	{ "sim:focus (sim:thread (" X "))",
	  "that is a thread, and a process is needed here" },
	{ "local x = " X " sim:exit (x, { code = 1 }) sim:focus (x)",
	  "that task has ended" },
	{ "local x = " X " sim:exit (x) expect (x) { nice = 5 }",
	  "that task has ended" },
	{ "local x = " X " sim:fork (sim:thread (x))",
	  "that is a thread, and a process is needed here" },
	{ "rule \"x\" { }", "rules belong into a rule file beside the tests" },
	{ "test \"x\" (function () end)",
	  "a test cannot be made while one is played" },
	{ "error \"said so\"", "said so" },
	{ "while true do end", "used up its instructions" },
	{ "while true do " X " end", "used up its instructions" },
	{ "while true do sim:pass \"365d\" end", "used up its instructions" },
};
#define MISTAKES (sizeof mistakes / sizeof mistakes[0])

START_TEST(what_is_wrong_in_one_test_is_told_and_the_others_are_played)
{
	char text[16384] = "", line[512];

	for (size_t i = 0; i < MISTAKES; i++)
		sprintf(text + strlen(text), TEST("wrong %d", "%s"), (int)i,
		        mistakes[i].body);
	strcat(text, TEST("right", RIGHT));
	put("a.test.lua", text);
	ck_assert_int_eq(tests(), 1);
	for (size_t i = 0; i < MISTAKES; i++) {
		snprintf(line, sizeof line, ":%d: test \"wrong %d\": %s\n",
		         3 * (int)i + 2, (int)i, mistakes[i].told);
		says_of("a.test.lua", line);
	}
	is_silent_of("test \"right\"");
	snprintf(line, sizeof line, "%d of %d tests failed\n", (int)MISTAKES,
	         (int)MISTAKES + 1);
	says(line);
}
END_TEST

/* Where it was is no longer known then, but for the test. */
START_TEST(a_test_that_eats_memory_fails_and_the_next_is_played)
{
	put("a.test.lua", TEST("eats", "local t = { } "
	                       "while true do t[#t + 1] = { } end")
	                  TEST("next", RIGHT));
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua", ":1: test \"eats\": used up its memory\n");
	says("1 of 2 tests failed\n");
}
END_TEST

START_TEST(a_rule_that_fails_fails_the_test)
{
	put("a.test.lua", TEST("one", "expect (sim:exec { name = \"broken\" })"
	                              " { nice = untouched }"));
	ck_assert_int_eq(tests(), 1);
	says("test \"one\": rule \"a/broken\" (");
	says("has no opinion: rules.lua:2: a process has no 'nam'; did you "
	     "mean 'name'?\n");
}
END_TEST

START_TEST(a_task_of_another_test_is_not_on_this_machine)
{
	put("a.test.lua", "local kept\n"
	                  TEST("one", "kept = " X " expect (kept) { nice = 5 }")
	                  TEST("two", "expect (kept) { nice = 5 }"));
	ck_assert_int_eq(tests(), 1);
	says("test \"two\": that task is on another test's machine\n");
	says("1 of 2 tests failed\n");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_one_failure)
{
	put("a.test.lua", "test \"x\" (\n");
	put("b.test.lua", "test \"without function\"\n");
	put("c.test.lua", TEST("right", RIGHT));
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua", ":2: unexpected symbol near <eof>\n");
	says_of("b.test.lua", ":1: a test has a name and no function\n");
	says("2 of 3 tests failed\n");
}
END_TEST

/* It would otherwise wait for the day on which that line is come to. */
START_TEST(a_typo_in_a_test_is_found_before_any_is_played)
{
	put("a.test.lua", TEST("one", "if false then expct (" X ") { } end")
	                  TEST("two", "error \"played\""));
	put("b.test.lua", TEST("right", RIGHT));
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua",
	        ":2:17: nobody knows 'expct'; did you mean 'expect'?\n");
	is_silent_of("played");
	says("1 of 2 tests failed\n");
}
END_TEST

static void put_large(const char *name)
{
	static char text[(256 << 10) + 2];

	memset(text, ' ', sizeof text - 1);
	put(name, text);
}

START_TEST(a_file_past_its_bound_is_one_failure)
{
	put_large("a.test.lua");
	put("b.test.lua", "\xef\xbb\xbf" TEST("right", RIGHT));
	ck_assert_int_eq(tests(), 1);
	says_of("a.test.lua", ": is larger than 256 KiB\n");
	says("1 of 2 tests failed\n");
	put_large("rules.lua");
	ck_assert_int_eq(tests(), 1);
	says_of("rules.lua", ": is larger than 256 KiB\n");
	says("its tests are not played: its rules are wrong\n");
}
END_TEST

START_TEST(wrong_rules_are_told_and_their_tests_not_played)
{
	put("rules.lua", "rule \"a\" { match = process { nmae = \"x\" } }\n");
	put("a.test.lua", TEST("one", RIGHT));
	ck_assert_int_eq(tests(), 1);
	says_of("rules.lua", ":1:30: a process has no field 'nmae'; did you "
	                     "mean 'name'?\n");
	says("its tests are not played: its rules are wrong\n");
}
END_TEST

START_TEST(each_folder_has_rules_of_its_own)
{
	ck_assert_int_eq(mkdir(path_of("inner"), 0755), 0);
	put("inner/more.lua", "rule \"m\" { match = process { name = \"x\" },"
	                      " want = { nice = 9 } }\n");
	put("inner/a.test.lua", TEST("in", "expect (" X ") { nice = 9 }"));
	put("a.test.lua", TEST("out", RIGHT));
	ck_assert_int_eq(tests(), 0);
	says("2 tests in 2 files passed\n");
}
END_TEST

START_TEST(a_filter_chooses_by_name)
{
	put("a.test.lua", TEST("a good one", RIGHT)
	                  TEST("a bad one", "error \"\""));
	ck_assert_int_eq(tests_with("--filter", "good", r.folder, NULL), 0);
	ck_assert_str_eq(r.text, "1 test in 1 file passed\n");
	ck_assert_int_eq(tests_with("--filter=a [gh]*one", r.folder, NULL), 0);
	ck_assert_str_eq(r.text, "1 test in 1 file passed\n");
	ck_assert_int_eq(tests_with("--filter=ugly", r.folder, NULL), 1);
	ck_assert_str_eq(r.text, "no test's name contains \"ugly\"\n");
}
END_TEST

START_TEST(nothing_to_do_and_misuse_are_no_success)
{
	ck_assert_int_eq(tests(), 1);
	says("there are no tests: they are in files named *.test.lua\n");
	ck_assert_int_eq(tests_in("/no/such/place"), 1);
	says("/no/such/place: No such file or directory\n");
	ck_assert_int_eq(tests_in(path_of("rules.lua")), 1);
	says("tests are in files named *.test.lua\n");
	ck_assert_int_eq(tests_with("--flter", "x", NULL), 2);
	says("usage: ");
}
END_TEST

/* The one child of a process. */
static pid_t child_of(pid_t parent)
{
	char  path[64];
	FILE *f;
	int   child = 0;

	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent,
	         (int)parent);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	if (fscanf(f, "%d", &child) != 1)
		child = 0;
	fclose(f);
	return child;
}

static bool is_sealed(pid_t pid)
{
	char  path[64], line[128];
	FILE *f;
	bool  sealed = false;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL)
		sealed |= strcmp(line, "Seccomp:\t2\n") == 0;
	fclose(f);
	return sealed;
}

static pid_t start_tests(int *ret_out)
{
	int   ends[2];
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		execl(PQS_BUILD "/pqs", "pqs", "test", r.folder, NULL);
		_exit(98);
	}
	close(ends[1]);
	*ret_out = ends[0];
	return pid;
}

static void read_all(int fd)
{
	ssize_t n;

	while ((n = read(fd, r.text + r.used, sizeof r.text - 1 - r.used)) > 0)
		r.used += (size_t)n;
	r.text[r.used] = '\0';
	close(fd);
}

/* Kills the sealed process once the first test was told. */
static void kill_the_player(void)
{
	int   out, status;
	pid_t pid = start_tests(&out), player;

	ck_assert_int_eq(read(out, r.text, 1), 1);
	r.used = 1;
	player = child_of(pid);
	ck_assert_int_gt(player, 0);
	ck_assert(is_sealed(player));
	kill(player, SIGKILL);
	read_all(out);
	waitpid(pid, &status, 0);
	ck_assert_int_eq(WEXITSTATUS(status), 1);
	says("test \"first\": now\n");
	is_silent_of("test \"last\"");
	says("11 of 12 tests failed\n");
}

/* The tests after the first keep their process busy; yet it may be between two
 * of them when it is killed, and then it is tried again. */
START_TEST(a_test_that_ends_its_process_fails_and_the_next_is_played)
{
	const char *ended = "\": ended its process in signal Killed\n";
	char        text[4096] = TEST("first", "error \"now\"");
	bool        hit = false;

	for (int i = 0; i < 10; i++)
		sprintf(text + strlen(text),
		        TEST("busy %d", "while true do end"), i);
	strcat(text, TEST("last", RIGHT));
	put("a.test.lua", text);
	for (int i = 0; i < 20 && !hit; i++) {
		kill_the_player();
		hit = strstr(r.text, ended) != NULL;
	}
	ck_assert(hit);
}
END_TEST

/* Bounds that no shipped rule strains against decide nothing; all else does. */
START_TEST(what_is_shipped_passes_and_every_rule_is_tried)
{
	ck_assert_msg(tests_with("--coverage", PQS_TREE "/rules",
	                         PQS_TREE "/examples", NULL) == 0,
	              "%s", r.text);
	says(" files passed\n");
	is_silent_of(" matched no task");
}
END_TEST

/* As a constant it is refused when it is read. */
START_TEST(a_function_promises_real_time_to_single_threads_alone)
{
	static const char promise[] = "realtime = { period = \"5ms\", "
		"computation = \"1ms\", constraint = \"4ms\" }";
	static const char why[] = "has no opinion: realtime is for single "
		"threads: match = thread { ... }\n";
	char rules[1024];

	snprintf(rules, sizeof rules,
	         "rule \"t\" { match = thread { name = \"t\" }, want = function "
	         "(p) return { %s } end }\n"
	         "rule \"p\" { match = process { name = \"p\" }, want = function "
	         "(p) return { %s } end }\n"
	         "on \"timer\" { every = \"5s\", tasks = process { name = \"h\" "
	         "}, run = function (tasks) tasks[1]:want { %s, keep = \"5s\" } "
	         "end }\n", promise, promise, promise);
	put("rules.lua", rules);
	snprintf(rules, sizeof rules, TEST("one",
	         "local x = sim:exec { name = \"x\" } "
	         "expect (sim:thread (x, { name = \"t\" })) { %s }"), promise);
	put("a.test.lua", rules);
	ck_assert_int_eq(tests(), 0);
	put("a.test.lua", TEST("two", "expect (sim:exec { name = \"p\" }) { "
	                       "realtime = untouched }"));
	ck_assert_int_eq(tests(), 1);
	says("rule \"p\"");
	says(why);
	put("a.test.lua", TEST("three", "local h = sim:exec { name = \"h\" } "
	                       "sim:pass \"6s\" expect (h) { realtime = "
	                       "untouched }"));
	ck_assert_int_eq(tests(), 1);
	says("rule \"on timer");
	says(why);
}
END_TEST

/* What the language means is written down in itself: tests/language. */
START_TEST(the_language_means_what_is_written_down)
{
	ck_assert_msg(tests_with(PQS_TREE "/tests/language", NULL) == 0, "%s",
	              r.text);
	says(" files passed\n");
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("pqs test");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, set_up, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, what_passes_is_counted);
	tcase_add_test(c, what_fails_is_told_with_its_place_and_reasons);
	tcase_add_test(
		c, what_is_wrong_in_one_test_is_told_and_the_others_are_played);
	tcase_add_test(c, a_test_that_eats_memory_fails_and_the_next_is_played);
	tcase_add_test(c, a_rule_that_fails_fails_the_test);
	tcase_add_test(c, a_task_of_another_test_is_not_on_this_machine);
	tcase_add_test(c, a_file_that_cannot_be_read_is_one_failure);
	tcase_add_test(c, a_typo_in_a_test_is_found_before_any_is_played);
	tcase_add_test(c, a_file_past_its_bound_is_one_failure);
	tcase_add_test(c, wrong_rules_are_told_and_their_tests_not_played);
	tcase_add_test(c, each_folder_has_rules_of_its_own);
	tcase_add_test(c, a_filter_chooses_by_name);
	tcase_add_test(c, nothing_to_do_and_misuse_are_no_success);
	tcase_add_test(
		c, a_test_that_ends_its_process_fails_and_the_next_is_played);
	tcase_add_test(c, what_is_shipped_passes_and_every_rule_is_tried);
	tcase_add_test(c, the_language_means_what_is_written_down);
	tcase_add_test(c,
	               a_function_promises_real_time_to_single_threads_alone);
	return run_case(c, "runner");
}
