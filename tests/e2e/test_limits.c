/* test_limits.c -- a rule that keeps changing its mind, on the real kernel. */

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "../suite.h"
#include "acting.h"
#include "running.h"

#define FLAPS 3000

static struct running r;

static void clear(void)
{
	running_clear(&r);
}

/* Changes that pqs told of: of nice, of that program. */
static unsigned changes_told(void)
{
	unsigned n = 0;

	for (const char *at = r.text; (at = strstr(at, "e2eflap[")) != NULL;
	     at++) {
		const char *nice = strstr(at, " nice ");

		n += nice != NULL && nice < strchr(at, '\n');
	}
	return n;
}

static struct actor begin(const char *yaml)
{
	struct actor a;

	running_prepare(&r,
	    "rule \"a\" { match = process { name = \"e2eflap\","
	    "  comm = \"flap-a\" }, want = { nice = 5 } }\n"
	    "rule \"b\" { match = process { name = \"e2eflap\","
	    "  comm = \"flap-b\" }, want = { nice = 10 } }\n", yaml);
	a = actor_start(program_make(&r, "e2eflap"), NULL);
	running_start(&r, 0);
	return a;
}

/* As fast as the kernel renames; the last time to the second name. */
static void flap(const struct actor *a)
{
	for (int i = 0; i < FLAPS; i++)
		actor_does(a, i % 2 == 0 ? "rename flap-a" : "rename flap-b");
}

START_TEST(what_flaps_costs_the_configured_rate_and_the_last_word_lands)
{
	struct actor a = begin("limits: { task_at_once: 5, task_each: 1h, "
	                       "dwell: 0s }\n");

	flap(&a);
	/* Five changes: up, down, up, down, up.  The rest waits for an hour. */
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_uint_ge(changes_told(), 5);
	ck_assert_uint_le(changes_told(), 7);   /* the first, five, the last  */
	ck_assert_int_eq(nice_of(a.pid), 0);
	ck_assert(strstr(r.text, "times a change had to wait") != NULL);
	actor_end(&a);
}
END_TEST

START_TEST(what_had_to_wait_lands_in_the_end)
{
	struct actor a = begin("limits: { task_at_once: 2, task_each: 200ms, "
	                       "dwell: 10ms }\n");

	flap(&a);
	ck_assert(EVENTUALLY(nice_of(a.pid) == 10));
	usleep(500000);
	ck_assert_int_eq(nice_of(a.pid), 10);
	ck_assert_int_eq(running_stop(&r, SIGTERM), 0);
	ck_assert_int_eq(nice_of(a.pid), 0);
	actor_end(&a);
}
END_TEST

int main(int argc, char **argv)
{
	TCase *all = tcase_create("all");

	actor_main(argc, argv);
	program_main(argc, argv);
	tcase_set_timeout(all, 120);
	tcase_add_checked_fixture(all, NULL, clear);
	tcase_add_test(all,
	    what_flaps_costs_the_configured_rate_and_the_last_word_lands);
	tcase_add_test(all, what_had_to_wait_lands_in_the_end);
	return run_case(all, "limits");
}
