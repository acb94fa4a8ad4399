/* test_reclaim.c -- memory is taken from a program once, while pqs goes on. */

#include <signal.h>
#include <string.h>

#include "../suite.h"
#include "running.h"

static struct running r;
static pid_t          pid;

static void clear(void)
{
	if (pid > 0)
		program_end(pid);
	pid = 0;
	running_clear(&r);
}

/* How much it was is for the kernel to say: what was read a moment ago cannot
 * always be taken. */
START_TEST(what_was_taken_is_told_once)
{
	const char *first;

	running_prepare(&r, "rule \"r\" { match = process { name = "
	                "\"e2ereclaim\" }, want = { reclaim = \"64KiB\" } }", "");
	pid = program_start(program_make(&r, "e2ereclaim"), NULL, 0);
	ck_assert(EVENTUALLY(program_ready(pid)));
	running_start(&r, 0);
	ck_assert(running_says(&r, "reclaim        0B -> "));
	first = strstr(r.text, "reclaim        0B -> ");
	ck_assert(strstr(first, "applied") != NULL ||
	          strstr(first, "inert (none of it could be taken") != NULL);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_ptr_null(strstr(first + 1, "reclaim        0B -> "));
	ck_assert_ptr_nonnull(strstr(r.text, "0 settings put back"));
}
END_TEST

int main(int argc, char **argv)
{
	TCase *c = tcase_create("real kernel");

	program_main(argc, argv);
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, what_was_taken_is_told_once);
	return run_case(c, "reclaim");
}
