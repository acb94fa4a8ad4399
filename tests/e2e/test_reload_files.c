/* test_reload_files.c -- rule files that are written, torn away and asked for
 * while they are read, on the real kernel. */

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acting.h"
#include "reloading.h"

/* Rules about nobody, and then one about that program; in many small writes, so
 * that whoever reads meanwhile sees a part. */
static void write_rules(const char *file, unsigned others, const char *program,
                        int nice)
{
	FILE *f = fopen(path_of(file), "w");

	ck_assert_ptr_nonnull(f);
	setvbuf(f, NULL, _IOFBF, 512);
	for (unsigned i = 0; i < others; i++)
		fprintf(f, "rule \"o%u\" { match = process { name = \"e2eno%u\" "
		        "}, want = { nice = 1 } }\n", i, i);
	fprintf(f, "rule \"%s\" { match = process { name = \"%s\" }, want = { "
	        "nice = %d } }\n", program, program, nice);
	ck_assert_int_eq(fclose(f), 0);
}

static pid_t begin_among(unsigned others, const char *program)
{
	running_prepare(&r, NULL, "");
	write_rules("rules.lua", others, program, 3);
	return begin_prepared(program);
}

#define ASKERS 12

/* "pqs reload --wait", not waited for. */
static pid_t ask(int number)
{
	char  out[32], config[160];
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	snprintf(out, sizeof out, "asked-%d", number);
	snprintf(config, sizeof config, "%s", path_of("pqs.yaml"));
	dup2(open(path_of(out), O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
	execl(PQS_BUILD "/pqs", "pqs", "reload", "--wait", "--config", config,
	      (char *)NULL);
	_exit(98);
}

static bool has_ended(pid_t *pid, int *ret_code)
{
	int status;

	if (*pid != 0 && waitpid(*pid, &status, WNOHANG) != *pid)
		return false;
	if (*pid != 0)
		*ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	*pid = 0;
	return true;
}

/* Two thousand rules take long enough to be asked again in the midst. */
START_TEST(who_asks_during_a_reload_is_answered_and_the_last_one_wins)
{
	pid_t    asker[ASKERS], pid = begin_among(2000, "e2elast");
	int      code[ASKERS];
	unsigned in_force = 0;

	for (int i = 0; i < ASKERS; i++) {
		write_rules("rules.lua", 2000, "e2elast", 4 + i);
		asker[i] = ask(i);
		usleep((useconds_t)(i * 7919 % 83) * 1000);
	}
	for (int i = 0; i < ASKERS; i++) {
		ck_assert_msg(EVENTUALLY(has_ended(&asker[i], &code[i])),
		              "asker %d waits for ever", i);
		ck_assert_int_ge(code[i], 0);
		ck_assert_int_le(code[i], 1);
		in_force += code[i] == 0;
	}
	ck_assert_uint_gt(in_force, 0);
	ck_assert_int_eq(code[ASKERS - 1], 0);
	ck_assert(EVENTUALLY(nice_of(pid) == 3 + ASKERS));
	end(pid);
}
END_TEST

#define WRITES 1000
#define OTHERS  200

/* Each is whole when it is closed, and torn until then. */
START_TEST(a_thousand_writes_in_a_second_are_two_reloads_and_none_of_half_a_file)
{
	pid_t    pid = begin_among(OTHERS, "e2etorn");
	char     whole[64];
	double   began = seconds_now();
	unsigned before = times_said("rules in force");

	for (int i = 0; i < WRITES; i++) {
		double due = began + 0.001 * i - seconds_now();

		write_rules("rules.lua", OTHERS, "e2etorn",
		            i == WRITES - 1 ? 14 : i % 10 + 1);
		if (due > 0)
			usleep((useconds_t)(due * 1e6));
	}
	ck_assert(EVENTUALLY(nice_of(pid) == 14));
	usleep(400000);                 /* a reload more would come by now    */
	running_says(&r, "rules in force");
	snprintf(whole, sizeof whole, "pqs: %d rules in force", OTHERS + 1);
	ck_assert_msg(times_said(whole) == times_said("rules in force"), "%s", r.text);
	ck_assert_uint_le(times_said(whole) - before, 2);
	ck_assert_uint_eq(times_said("refused"), 0);
	end(pid);
}
END_TEST

static void put_on(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* As over a slow line: what is there in the meantime would do as rules. */
START_TEST(a_file_that_somebody_still_writes_is_waited_for)
{
	pid_t pid = begin_among(1, "e2eslow");
	int   fd = open(path_of("rules.lua"), O_WRONLY | O_TRUNC);

	ck_assert_int_ge(fd, 0);
	put_on(fd, "rule \"one\" { match = process { name = \"e2enobody\" }, "
	           "want = { nice = 1 } }\n");
	for (int i = 0; i < 450; i++) {
		usleep(10000);
		ck_assert_int_eq(nice_of(pid), 3);
	}
	put_on(fd, "rule \"two\" { match = process { name = \"e2eslow\" }, "
	           "want = { nice = 6 } }\n");
	close(fd);
	ck_assert(EVENTUALLY(nice_of(pid) == 6));
	ck_assert_msg(times_said("pqs: 1 rule in force") == 0, "%s", r.text);
	ck_assert_uint_eq(times_said("refused"), 0);
	end(pid);
}
END_TEST

/* A file comes and goes as fast as it can. */
static pid_t flicker(const char *file)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid != 0)
		return pid;
	for (unsigned i = 0;; i++) {
		write_rules(file, OTHERS, "e2enobody", 2);
		usleep(i * 7919 % 3000);
		unlink(path_of(file));
		usleep(i * 104729 % 2000);
	}
}

/* What came of each: with the file, without it, or not at all,
 * with a reason. */
static void assert_whole_or_refused(void)
{
	unsigned both = times_said("pqs: 202 rules in force");
	unsigned one = times_said("pqs: 1 rule in force");
	unsigned refused = times_said("it changes while it is read") +
	                   times_said("b.lua: No such file");

	ck_assert_msg(both + one == times_said("in force (generation"), "%s", r.text);
	ck_assert_msg(refused >= times_said("the new rules are refused"), "%s", r.text);
}

START_TEST(a_file_that_vanishes_while_it_is_read_does_no_harm)
{
	pid_t core, pid, other;

	pid = begin_in_folder("e2eflick", "rules");
	core = r.core;
	other = flicker("rules/b.lua");
	for (int i = 0; i < 300; i++) {
		if (i % 10 == 0)
			kill(r.keeper, SIGHUP);
		usleep(10000);
		ck_assert_int_eq(nice_of(pid), 3);
	}
	program_end(other);
	write_rules("rules/b.lua", OTHERS, "e2enobody", 2);
	write_rules("rules/a.lua", 0, "e2eflick", 8);
	ck_assert(EVENTUALLY(nice_of(pid) == 8));
	assert_whole_or_refused();
	ck_assert_int_eq(running_find_core(&r), core);
	end(pid);
}
END_TEST

#define ALIVE 100

/* How soon is printed, and does not decide. */
START_TEST(what_a_rule_had_set_is_back_when_it_is_gone)
{
	pid_t       pid[ALIVE];
	const char *path;
	double      began;

	prepare_folder("rules", "");
	put("rules/a.lua", nice_rule("e2egoner", 3));
	running_start(&r, 0);
	path = program_make(&r, "e2egoner");
	for (int i = 0; i < ALIVE; i++)
		pid[i] = program_start(path, NULL, 0);
	for (int i = 0; i < ALIVE; i++)
		ck_assert(EVENTUALLY(nice_of(pid[i]) == 3));
	began = seconds_now();
	write_rules("rules/a.lua", 0, "e2enobody", 3);
	for (int i = 0; i < ALIVE; i++)
		ck_assert(EVENTUALLY(nice_of(pid[i]) == 0));
	printf("%.0f ms after their rule was removed %d processes have their own "
	       "values again\n", 1000 * (seconds_now() - began), ALIVE);
	for (int i = 0; i < ALIVE; i++)
		program_end(pid[i]);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *s = suite_create("reload: files");
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c,
	    who_asks_during_a_reload_is_answered_and_the_last_one_wins);
	tcase_add_test(c,
	    a_thousand_writes_in_a_second_are_two_reloads_and_none_of_half_a_file);
	tcase_add_test(c, a_file_that_somebody_still_writes_is_waited_for);
	tcase_add_test(c, a_file_that_vanishes_while_it_is_read_does_no_harm);
	tcase_add_test(c, what_a_rule_had_set_is_back_when_it_is_gone);
	suite_add_tcase(s, c);
	return run_suite(s);
}
