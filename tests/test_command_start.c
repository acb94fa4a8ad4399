/* test_command_start.c -- what a start makes of pqs.yaml. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/start.h"
#include "model/interned.h"

#include "suite.h"

static struct start     s;
static struct interned *sets;

static void begin(void)
{
	memset(&s, 0, sizeof s);
	config_defaults(&s.config, true);
	sets = interned_new();
	ck_assert_ptr_nonnull(sets);
}

static void end(void)
{
	interned_free(sets);
}

static void configure(const char *yaml)
{
	char path[] = "/tmp/pqs-start-XXXXXX", why[512] = "";
	int  fd = mkstemp(path), r;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
	close(fd);
	r = config_read(path, sets, &s.config, why, sizeof why);
	unlink(path);
	ck_assert_msg(r == 0, "%s", why);
}

START_TEST(programs_are_held_as_long_as_was_asked_for)
{
	configure("exec_guard: { enabled: true, deadline: 70ms }\n"
	          "events: { fifo_priority: 3 }\n");
	ck_assert_uint_eq(start_guard(&s).deadline_ns, 70000000);
	ck_assert_int_eq(start_guard(&s).priority, 3);
	ck_assert(start_linux(&s, true).guard);
	ck_assert(!start_linux(&s, false).guard);
}
END_TEST

START_TEST(no_program_is_held_unless_asked_for_nor_by_who_only_looks_on)
{
	configure("exec_guard: { deadline: 70ms }\n");
	ck_assert_uint_eq(start_guard(&s).deadline_ns, 0);
	ck_assert(!start_linux(&s, true).guard);
	configure("exec_guard: { enabled: true }\n");
	ck_assert_uint_gt(start_guard(&s).deadline_ns, 0);
	s.observe = true;
	ck_assert_uint_eq(start_guard(&s).deadline_ns, 0);
	ck_assert(!start_linux(&s, true).guard);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("start");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, programs_are_held_as_long_as_was_asked_for);
	tcase_add_test(c,
	               no_program_is_held_unless_asked_for_nor_by_who_only_looks_on);
	return run_case(c, "command: start");
}
