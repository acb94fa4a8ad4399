/* test_cpu_limit.c -- a busy program gets its share of the CPU, and goes on
 * when pqs does not, whoever was killed. */

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../suite.h"
#include "running.h"

static struct running r;
static pid_t          pid;

static void start_with(const char *yaml)
{
	static const char *const spin[] = { "spin", NULL };

	running_prepare(&r, "rule \"l\" { match = process { name = "
	                    "\"e2elimited\" }, want = { cpu_limit = "
	                    "\"20%\" } }", yaml);
	running_start(&r, 0);
	pid = program_start(program_make(&r, "e2elimited"), spin, 0);
	ck_assert(running_says(&r, "-> 20%  applied"));
}

/* As where no group can be had. */
static void start(void)
{
	start_with("control_groups: false\n");
}

static void clear(void)
{
	if (pid > 0)
		program_end(pid);
	pid = 0;
	running_clear(&r);
}

static double seconds_of(clockid_t clock)
{
	struct timespec t;

	ck_assert_int_eq(clock_gettime(clock, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* That it gets so much depends on what else is busy; that it gets no more does
 * not. */
START_TEST(a_busy_program_gets_no_more_than_its_share)
{
	clockid_t own;
	double    began, used;

	start();
	ck_assert_int_eq(clock_getcpuclockid(pid, &own), 0);
	began = seconds_of(CLOCK_MONOTONIC);
	used = seconds_of(own);
	sleep(3);
	used = seconds_of(own) - used;
	ck_assert_double_le(used, 0.3 * (seconds_of(CLOCK_MONOTONIC) - began));
	ck_assert(EVENTUALLY(state_of(pid) == 'T'));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_ne(state_of(pid), 'T');
}
END_TEST

/* Stops the core while it keeps the program stopped. */
static void catch_it_stopped(void)
{
	for (int i = 0; i < 1000; i++) {
		ck_assert(EVENTUALLY(state_of(pid) == 'T'));
		kill(r.core, SIGSTOP);
		ck_assert(EVENTUALLY(state_of(r.core) == 'T'));
		if (state_of(pid) == 'T')
			return;
		kill(r.core, SIGCONT);
	}
	ck_abort_msg("it was never caught");
}

START_TEST(the_keeper_continues_it_when_the_core_is_killed)
{
	pid_t dead;

	start();
	catch_it_stopped();
	dead = r.core;
	kill(dead, SIGKILL);
	ck_assert(EVENTUALLY(state_of(pid) != 'T'));
	ck_assert(EVENTUALLY((r.core = running_find_core(&r)) > 0 &&
	                     r.core != dead));
	ck_assert(EVENTUALLY(state_of(pid) == 'T'));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_ne(state_of(pid), 'T');
}
END_TEST

START_TEST(pqs_undo_continues_it_when_all_were_killed)
{
	start();
	catch_it_stopped();
	running_kill(&r);
	ck_assert_int_eq(state_of(pid), 'T');
	ck_assert_int_eq(running_undo(&r), 0);
	ck_assert_int_ne(state_of(pid), 'T');
}
END_TEST

/* It is never stopped. */
START_TEST(in_a_group_of_its_own_it_gets_no_more_either)
{
	clockid_t own;
	double    began, used;

	start_with("");
	ck_assert_int_eq(clock_getcpuclockid(pid, &own), 0);
	began = seconds_of(CLOCK_MONOTONIC);
	used = seconds_of(own);
	while (seconds_of(CLOCK_MONOTONIC) < began + 3) {
		ck_assert_int_ne(state_of(pid), 'T');
		usleep(10000);
	}
	used = seconds_of(own) - used;
	ck_assert_double_le(used, 0.3 * (seconds_of(CLOCK_MONOTONIC) - began));
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 240);
	tcase_add_test(c, a_busy_program_gets_no_more_than_its_share);
	tcase_add_test(c, the_keeper_continues_it_when_the_core_is_killed);
	tcase_add_test(c, pqs_undo_continues_it_when_all_were_killed);
	tcase_add_test(c, in_a_group_of_its_own_it_gets_no_more_either);
	return run_case(c, "cpu_limit");
}
