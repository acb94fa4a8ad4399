/* test_reload.c -- what is in force when rules change under a running pqs, good
 * and bad, on the real kernel. */

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "reloading.h"

START_TEST(a_rule_that_is_gone_gives_back_what_it_set)
{
	pid_t pid = begin("e2egone");

	put("rules.lua", nice_rule("somebody", 1));
	ck_assert(EVENTUALLY(nice_of(pid) == 0));
	end(pid);
}
END_TEST

/* Half a MiB of comment. */
static void put_oversize(void)
{
	static char text[600 << 10];

	memset(text, '-', sizeof text - 1);
	put("rules.lua", text);
}

static const struct { const char *text, *says; } wrong[] = {
	{ "rule \"n\" {\n  wnat = {} }\n", "rules.lua:2:3: a rule has no "
	  "field 'wnat'; did you mean 'want'?" },
	{ "rule \"n\" {", "rules.lua:1:" },
	{ "local x = nil\nlocal y = x.z\n", "rules.lua:2" },
	{ NULL, "rules.lua: " },
};

START_TEST(wrong_rules_leave_the_old_ones_in_force_and_say_so_once)
{
	pid_t pid = begin("e2ewrong");

	if (wrong[_i].text == NULL)
		put_oversize();
	else
		put("rules.lua", wrong[_i].text);
	ask_again();
	ck_assert_msg(running_says(&r, "the new rules are refused; generation "
	                               "1 stays in force"), "%s", r.text);
	ck_assert_msg(strstr(r.text, wrong[_i].says) != NULL, "%s", r.text);
	ck_assert_int_eq(nice_of(pid), 3);
	put("rules.lua", nice_rule("e2ewrong", 11));
	ck_assert(EVENTUALLY(nice_of(pid) == 11));
	end(pid);
}
END_TEST

START_TEST(a_file_that_vanished_leaves_the_old_rules_in_force)
{
	pid_t pid = begin("e2evanish");

	ck_assert_int_eq(unlink(path_of("rules.lua")), 0);
	ck_assert(running_says(&r, "the new rules are refused"));
	ck_assert_ptr_nonnull(strstr(r.text, "rules.lua: No such file"));
	ck_assert_int_eq(nice_of(pid), 3);
	put("rules.lua", nice_rule("e2evanish", 13));
	ck_assert(EVENTUALLY(nice_of(pid) == 13));
	end(pid);
}
END_TEST

START_TEST(options_are_read_again_and_other_keys_are_named)
{
	char  yaml[300];
	pid_t pid;

	running_prepare(&r, "rule \"o\" { match = process { name = \"e2eopt\" "
	                "}, want = { nice = option (\"aside\", 3) } }\n",
	                "options: { aside: 7 }\n");
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2eopt"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	snprintf(yaml, sizeof yaml, "journal: %s/journal\nstate: %s/state\n"
	         "options: { aside: 10 }\nanswer_wait: 30ms\n", r.folder,
	         r.folder);
	put("pqs.yaml", yaml);
	ck_assert(EVENTUALLY(nice_of(pid) == 10));
	ck_assert(running_says(&r, "read only at the start: answer_wait"));
	end(pid);
}
END_TEST

static pid_t hog(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (volatile unsigned i = 0;; i++)
			continue;
	return pid;
}

START_TEST(rules_are_read_again_under_full_load)
{
	pid_t hogs[4], pid = begin("e2eload");

	for (int i = 0; i < 4; i++)
		hogs[i] = hog();
	for (int i = 4; i < 10; i++) {
		put("rules.lua", nice_rule("e2eload", i));
		ask_again();
		ck_assert(EVENTUALLY(nice_of(pid) == i));
	}
	for (int i = 0; i < 4; i++)
		program_end(hogs[i]);
	end(pid);
}
END_TEST

START_TEST(a_function_answers_on_over_a_reload)
{
	static const char f[] =
		"rule \"f\" { match = process { name = \"e2efun\" },\n"
		"  want = function (p) return { nice = %d } end }\n";
	char  text[200];
	pid_t pid;

	running_prepare(&r, "", "");
	snprintf(text, sizeof text, f, 3);
	put("rules.lua", text);
	pid = begin_prepared("e2efun");
	for (int i = 4; i < 8; i++) {
		snprintf(text, sizeof text, f, i);
		put("rules.lua", text);
		ask_again();
		ck_assert(EVENTUALLY(nice_of(pid) == i));
	}
	end(pid);
}
END_TEST

/* The new rules count no more, so that what they read is what was counted
 * before them; a second knob tells that they have judged. */
START_TEST(a_state_is_what_it_was_over_a_reload)
{
	static const char counts[] =
		"local seen = state \"seen\"\n"
		"rule \"s\" { match = process { name = \"e2estate\" },\n"
		"  want = function (p) return { nice = seen.n or 0 } end }\n"
		"on \"timer\" { every = \"1s\", run = function (tasks, host, "
		"event)\n  seen.n = math.min ((seen.n or 0) + 1, 15) end }\n";
	static const char reads[] =
		"local seen = state \"seen\"\n"
		"rule \"t\" { match = process { name = \"e2estate\" },\n"
		"  want = function (p) return { nice = seen.n or 19,\n"
		"    timer_slack = \"77us\" } end }\n";
	pid_t pid;
	int   before;

	running_prepare(&r, "", "reload: { watch: false }\n");
	put("rules.lua", counts);
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2estate"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) >= 3));
	before = nice_of(pid);
	put("rules.lua", reads);
	ask_again();
	ck_assert(EVENTUALLY(slack_of(pid) == 77000));
	ck_assert_int_ge(nice_of(pid), before);
	ck_assert_int_le(nice_of(pid), 15);
	end(pid);
}
END_TEST

START_TEST(rules_whose_own_tests_fail_are_refused)
{
	static const char test[] =
		"test \"tested programs are nice\" (function (sim)\n"
		"  local p = sim:exec { name = \"e2etests\" }\n"
		"  expect (p) { nice = 5 }\n"
		"end)\n";
	pid_t pid;

	running_prepare(&r, "", "reload: { run_tests: true }\n");
	put("rules.lua", nice_rule("e2etests", 5));
	put("rules.test.lua", test);
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2etests"), NULL, 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 5));
	put("rules.lua", nice_rule("e2etests", 6));
	ck_assert(running_says(&r, "rules.test.lua:3: test \"tested programs are "
	                           "nice\": nice: wanted 5, got 6"));
	ck_assert(running_says(&r, "the new rules are refused; generation 1"));
	ck_assert_int_eq(nice_of(pid), 5);
	put("rules.lua", "-- the same\n");
	put("rules.lua", nice_rule("e2etests", 5));
	ask_again();
	ck_assert(running_says(&r, "in force (generation"));
	end(pid);
}
END_TEST

static pid_t begin_and_keep(const char *program)
{
	pid_t pid = begin_in_folder(program, "rules");

	running_stop(&r, SIGTERM);
	name_folder("rules", "reload: { health: 1ms }\n");
	running_start(&r, 0);
	ck_assert(EVENTUALLY(access(path_of("state/generations/generation-1"),
	                            F_OK) == 0));
	return pid;
}

static void damage(const char *name)
{
	int fd = open(path_of(name), O_WRONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, "damaged", 7, 300), 7);
	close(fd);
}

static void assert_kept(const char *numbers)
{
	static char    status[] = "status", option[] = "--config", config[160];
	char          *words[] = { status, option, config, NULL };
	struct running said = { .out = -1 };
	char           text[64];

	snprintf(config, sizeof config, "%s", path_of("pqs.yaml"));
	snprintf(text, sizeof text, "; kept: %s\n", numbers);
	ck_assert_int_eq(running_command(&said, words), 0);
	ck_assert_msg(strstr(said.text, text) != NULL, "%s", said.text);
	close(said.out);
}

START_TEST(a_start_with_broken_rules_is_one_with_the_last_good_ones)
{
	pid_t pid = begin_and_keep("e2ekept");

	put("rules/a.lua", nice_rule("e2ekept", 7));
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	ck_assert(EVENTUALLY(access(path_of("state/generations/generation-2"),
	                            F_OK) == 0));
	running_stop(&r, SIGTERM);
	put("rules/a.lua", "oops (");
	running_start(&r, 0);
	ck_assert(running_says(&r, "a.lua:1:"));
	ck_assert(running_says(&r, "starting with generation 2, the last good"));
	ck_assert(EVENTUALLY(nice_of(pid) == 7));
	running_stop(&r, SIGTERM);
	damage("state/generations/generation-2");
	running_start(&r, 0);
	ck_assert(running_says(&r, "what was kept of generation 2 is damaged: "
	                       "starting with generation 1, the last good"));
	ck_assert(EVENTUALLY(nice_of(pid) == 3));
	assert_kept("1");
	put("rules/a.lua", nice_rule("e2ekept", 9));
	ck_assert(EVENTUALLY(nice_of(pid) == 9));
	running_stop(&r, SIGTERM);
	program_end(pid);
}
END_TEST

START_TEST(without_anything_good_what_is_built_in_is_in_force)
{
	pid_t pid = begin_and_keep("e2ebuilt");

	running_stop(&r, SIGTERM);
	damage("state/generations/generation-1");
	put("rules/a.lua", "oops (");
	running_start(&r, 0);
	ck_assert(running_says(&r, "the rule that is built in"));
	ck_assert_int_eq(nice_of(pid), 0);
	put("rules/a.lua", nice_rule("e2ebuilt", 4));
	ck_assert(EVENTUALLY(nice_of(pid) == 4));
	running_stop(&r, SIGTERM);
	program_end(pid);
}
END_TEST

/* Its threads may take a moment longer than itself. */
static bool journal_is_free(void)
{
	int  fd = open(path_of("journal/journal.lock"), O_RDWR);
	bool is = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;

	if (fd >= 0)
		close(fd);
	return is;
}

/* Its rules are one file that is good, or one that is not: whatever moment we
 * are killed at, a start finds a generation that gives 3 or 7. */
START_TEST(killed_at_any_moment_of_a_reload_it_starts_on_good_rules)
{
	pid_t pid = begin_and_keep("e2ekill");
	int   kills = getenv("PQS_KILLS") ? atoi(getenv("PQS_KILLS")) : 12;

	for (int i = 0; i < kills; i++) {
		put("rules/a.lua", nice_rule("e2ekill", i % 2 ? 3 : 7));
		usleep(60000);
		ask_again();
		usleep((useconds_t)(i * 7919 % 1201) * 50);
		running_kill(&r);
		ck_assert(EVENTUALLY(journal_is_free()));
		put("rules/a.lua", "oops (");
		running_start(&r, 0);
		ck_assert(running_says(&r, "the last good one"));
		ck_assert(EVENTUALLY(nice_of(pid) == 3 || nice_of(pid) == 7));
	}
	running_stop(&r, SIGTERM);
	program_end(pid);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("reload");
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, getenv("PQS_KILLS") != NULL ? 7200 : 240);
	tcase_add_test(c, a_rule_that_is_gone_gives_back_what_it_set);
	tcase_add_loop_test(c, wrong_rules_leave_the_old_ones_in_force_and_say_so_once,
	                    0, sizeof wrong / sizeof wrong[0]);
	tcase_add_test(c, a_file_that_vanished_leaves_the_old_rules_in_force);
	tcase_add_test(c, options_are_read_again_and_other_keys_are_named);
	tcase_add_test(c, rules_are_read_again_under_full_load);
	tcase_add_test(c, a_function_answers_on_over_a_reload);
	tcase_add_test(c, a_state_is_what_it_was_over_a_reload);
	tcase_add_test(c, rules_whose_own_tests_fail_are_refused);
	tcase_add_test(c, a_start_with_broken_rules_is_one_with_the_last_good_ones);
	tcase_add_test(c, without_anything_good_what_is_built_in_is_in_force);
	tcase_add_test(c, killed_at_any_moment_of_a_reload_it_starts_on_good_rules);
	suite_add_tcase(s, c);
	return run_suite(s);
}
