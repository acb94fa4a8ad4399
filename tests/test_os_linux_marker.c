/* test_os_linux_marker.c -- which files of named programs are asked to be held;
 * this test is the one who is asked. */

#include "os/linux/guard/marker.h"

#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/guard/guard_line.h"

#include "suite.h"

static char           folder[64];
static int            line[2];
static struct marker *marker;

static const char *in_folder(const char *name)
{
	static char paths[8][128];
	static int  next;
	char       *path = paths[next++ % 8];

	snprintf(path, sizeof paths[0], "%s/%s", folder, name);
	return path;
}

static void do_in_folder(const char *command)
{
	char line_of_it[600];

	snprintf(line_of_it, sizeof line_of_it, "cd '%s' && %s", folder,
	         command);
	ck_assert_int_eq(system(line_of_it), 0);
}

static void begin(void)
{
	strcpy(folder, "/tmp/pqs-marker-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	                            line), 0);
	marker = marker_new(line[1]);
	ck_assert_ptr_nonnull(marker);
	do_in_folder("cp /bin/true program && cp /bin/true other");
}

static void end(void)
{
	marker_leave(marker);
	close(line[0]);
	close(line[1]);
	do_in_folder("rm -r \"$PWD\"");
}

static struct guard_says hear(void)
{
	struct guard_says says;
	struct pollfd     p = { line[0], POLLIN, 0 };

	ck_assert_int_eq(poll(&p, 1, 20000), 1);
	ck_assert_int_eq(guard_hear(line[0], &says), 1);
	return says;
}

static void expect_clear(void)
{
	ck_assert_uint_eq(hear().word.word, GUARD_CLEAR);
}

static void expect_mark(const char *path)
{
	struct guard_says says = hear();
	struct stat       told, is;

	ck_assert_uint_eq(says.word.word, GUARD_MARK);
	ck_assert_int_eq(fstat(says.fd[0], &told), 0);
	ck_assert_int_eq(stat(path, &is), 0);
	ck_assert_uint_eq(told.st_ino, is.st_ino);
	guard_says_close(&says);
}

static void watch(const char *const *exes, size_t n)
{
	ck_assert_int_eq(marker_watch(marker, exes, n, NULL, 0), 0);
	expect_clear();
}

START_TEST(only_programs_that_can_be_held_are)
{
	const char *exes[] = { in_folder("script"), in_folder("pipe"),
	                       in_folder("link"), in_folder("plain"),
	                       in_folder("short"), folder,
	                       in_folder("nothing"), "/bin/sh",
	                       "/lib64/ld-linux-x86-64.so.2", "/proc/self/exe",
	                       in_folder("program") };

	do_in_folder("mkfifo pipe && ln -s other link && "
	             "printf '#!/bin/sh\\n' >script && chmod 755 script && "
	             "printf x >short && chmod 755 short && "
	             "cp other plain && chmod 644 plain");
	watch(exes, sizeof exes / sizeof *exes);
	expect_mark(exes[10]);
	ck_assert_uint_eq(marker_left_out(marker), 0);
	/* Nothing else was asked for: what comes next is of the next time. */
	watch(exes, 1);
}
END_TEST

START_TEST(a_file_is_marked_once_and_its_successor_again)
{
	const char *exe = in_folder("program");

	watch(&exe, 1);
	expect_mark(exe);
	marker_again(marker, exe);
	marker_again(marker, in_folder("other"));
	do_in_folder("cp program new && mv new program");
	marker_again(marker, exe);
	expect_mark(exe);
	watch(&exe, 1);
	expect_mark(exe);
}
END_TEST

START_TEST(what_is_not_there_yet_is_marked_when_it_ran)
{
	const char *exe = in_folder("later");

	watch(&exe, 1);
	do_in_folder("cp program later");
	marker_again(marker, exe);
	expect_mark(exe);
}
END_TEST

START_TEST(names_are_sought_where_programs_are)
{
	const char *names[] = { "true", "sleep", "no-such-program-at-all" };

	ck_assert_int_eq(marker_watch(marker, NULL, 0, names, 3), 0);
	expect_clear();
	for (int i = 0; i < 2; i++) {
		struct guard_says says = hear();
		char              link[64], path[256] = "";

		ck_assert_uint_eq(says.word.word, GUARD_MARK);
		snprintf(link, sizeof link, "/proc/self/fd/%d", says.fd[0]);
		ck_assert_int_gt(readlink(link, path, sizeof path - 1), 0);
		ck_assert(strcmp(path, "/usr/bin/true") == 0 ||
		          strcmp(path, "/usr/bin/sleep") == 0);
		guard_says_close(&says);
	}
	ck_assert_int_eq(marker_watch(marker, NULL, 0, NULL, 0), 0);
	expect_clear();
}
END_TEST

/* One file by many paths. */
static const char **many(size_t n)
{
	const char **exes = calloc(n, sizeof *exes);

	for (size_t i = 0; i < n; i++) {
		char *path = malloc(128);

		snprintf(path, 128, "%s/p%zu", folder, i);
		ck_assert_int_eq(link(in_folder("program"), path), 0);
		exes[i] = path;
	}
	return exes;
}

static void many_free(const char **exes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free((char *)(uintptr_t)exes[i]);
	free(exes);
}

START_TEST(past_the_bound_files_are_left_out)
{
	const size_t n = GUARD_FILES_MAX + 7;
	const char **exes = many(n);

	watch(exes, n);
	for (int i = 0; i < GUARD_FILES_MAX; i++)
		expect_mark(in_folder("program"));
	watch(exes, 1);
	expect_mark(in_folder("program"));
	ck_assert_uint_eq(marker_left_out(marker), 7);
	many_free(exes, n);
}
END_TEST

/* Nobody reads, so the thread stands before a full line. */
START_TEST(past_the_bound_paths_are_left_out)
{
	const size_t n = GUARD_FILES_MAX;
	const char **exes = many(n);

	watch(exes, n);
	for (int i = 0; i < GUARD_AGAIN_MAX + 5; i++)
		marker_again(marker, exes[0]);
	ck_assert_uint_eq(marker_left_out(marker), 5);
	many_free(exes, n);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("files");

	tcase_add_checked_fixture(c, begin, end);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, only_programs_that_can_be_held_are);
	tcase_add_test(c, a_file_is_marked_once_and_its_successor_again);
	tcase_add_test(c, what_is_not_there_yet_is_marked_when_it_ran);
	tcase_add_test(c, names_are_sought_where_programs_are);
	tcase_add_test(c, past_the_bound_files_are_left_out);
	tcase_add_test(c, past_the_bound_paths_are_left_out);
	return run_case(c, "os/linux: marker");
}
