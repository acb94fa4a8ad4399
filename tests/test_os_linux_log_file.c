/* test_os_linux_log_file.c -- lines reach their file, which never grows past
 * its size, and nobody waits for it. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/log_file.h"

#include "suite.h"

static char folder[64], path[128];

static void begin(void)
{
	strcpy(folder, "/tmp/pqs-log-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/log", folder);
}

static void end(void)
{
	char command[160];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static struct log_file *open_log(uint64_t max_bytes, unsigned keep)
{
	struct log_file *f = NULL;

	ck_assert_int_eq(log_file_open(path, max_bytes, keep, &f), 0);
	return f;
}

/* -1: there is none. */
static int64_t bytes_of(int number)
{
	char        name[160];
	struct stat st;

	snprintf(name, sizeof name, number > 0 ? "%s.%d" : "%s", path, number);
	return stat(name, &st) < 0 ? -1 : st.st_size;
}

static void assert_whole_lines(int number, const char *line)
{
	char  name[160], text[4096];
	FILE *file;

	snprintf(name, sizeof name, number > 0 ? "%s.%d" : "%s", path, number);
	file = fopen(name, "r");
	ck_assert_ptr_nonnull(file);
	while (fgets(text, sizeof text, file) != NULL)
		ck_assert_str_eq(text, line);
	fclose(file);
}

START_TEST(what_is_put_is_in_the_file_at_the_end)
{
	struct log_file *f = open_log(1 << 20, 3);

	for (int i = 0; i < 1000; i++)
		log_file_put(f, "a line\n", 7);
	log_file_close(f);
	ck_assert_int_eq(bytes_of(0), 7000);
	f = open_log(1 << 20, 3);
	log_file_put(f, "a line\n", 7);
	log_file_close(f);
	ck_assert_int_eq(bytes_of(0), 7007);
	assert_whole_lines(0, "a line\n");
}
END_TEST

START_TEST(files_have_a_size_and_a_number)
{
	char             line[101];
	struct log_file *f = open_log(1000, 3);

	memset(line, 'x', 99);
	line[99] = '\n';
	line[100] = '\0';
	for (int i = 0; i < 200; i++) {
		log_file_put(f, line, 100);
		if (i % 7 == 0)
			usleep(1000);
	}
	log_file_close(f);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_gt(bytes_of(i), 0);
		ck_assert_int_le(bytes_of(i), 1000);
		assert_whole_lines(i, line);
	}
	ck_assert_int_eq(bytes_of(3), -1);
}
END_TEST

START_TEST(one_file_may_be_all)
{
	struct log_file *f = open_log(100, 1);

	for (int i = 0; i < 100; i++)
		log_file_put(f, "0123456789\n", 11);
	log_file_close(f);
	ck_assert_int_le(bytes_of(0), 100);
	ck_assert_int_gt(bytes_of(0), 0);
	ck_assert_int_eq(bytes_of(1), -1);
}
END_TEST

/* More than the ring holds cannot be there at once. */
START_TEST(what_has_no_room_is_dropped_and_counted)
{
	static char       much[LOG_RING_BYTES + 1];
	struct log_file  *f = open_log(1 << 30, 2);
	struct log_counts n;

	memset(much, 'y', sizeof much);
	log_file_put(f, much, sizeof much);
	n = log_file_counts(f);
	ck_assert_uint_eq(n.dropped, 1);
	log_file_put(f, "z\n", 2);
	log_file_close(f);
	ck_assert_int_eq(bytes_of(0), 2);
}
END_TEST

START_TEST(a_file_that_cannot_be_is_an_error_at_once)
{
	struct log_file *f;
	char             elsewhere[160];

	snprintf(elsewhere, sizeof elsewhere, "%s/none/log", folder);
	ck_assert_int_eq(log_file_open(elsewhere, 1000, 2, &f), -ENOENT);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	ck_assert_int_eq(log_file_open(path, 1000, 2, &f), -ELOOP);
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(log_file_open(path, 1000, 2, &f), -ENXIO);
}
END_TEST

/* As on a disk that is full: the file may grow no further. */
START_TEST(a_write_that_is_refused_is_counted_and_gone_on_from)
{
	struct rlimit     before, few;
	struct log_file  *f;
	struct log_counts n = { .failed = 0 };

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	few = (struct rlimit){ 1000, before.rlim_max };
	f = open_log(1 << 20, 2);
	(void)setrlimit(RLIMIT_FSIZE, &few);
	for (int i = 0; i < 20000 && n.failed == 0; i++) {
		log_file_put(f, "0123456789012345678901234567890123456789\n",
		             41);
		usleep(100);
		n = log_file_counts(f);
	}
	(void)setrlimit(RLIMIT_FSIZE, &before);
	ck_assert_uint_gt(n.failed, 0);
	ck_assert_int_eq(n.error, EFBIG);
	log_file_close(f);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("file");

	tcase_add_checked_fixture(c, begin, end);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, what_is_put_is_in_the_file_at_the_end);
	tcase_add_test(c, files_have_a_size_and_a_number);
	tcase_add_test(c, one_file_may_be_all);
	tcase_add_test(c, what_has_no_room_is_dropped_and_counted);
	tcase_add_test(c, a_file_that_cannot_be_is_an_error_at_once);
	tcase_add_test(c, a_write_that_is_refused_is_counted_and_gone_on_from);
	return run_case(c, "os linux log file");
}
