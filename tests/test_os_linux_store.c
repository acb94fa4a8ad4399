/* test_os_linux_store.c -- the record file is whole appends of one writer. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "journal/journal.h"
#include "model/interned.h"
#include "os/linux/doors.h"

#include "suite.h"

static char         top[64], path[128];
static struct store door;

static void begin(void)
{
	strcpy(top, "/tmp/pqs-store-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(path, sizeof path, "%s/pqs/journal", top);
	ck_assert_int_eq(linux_store_open(path, &door), 0);
}

static void end(void)
{
	char command[96];

	door.close(door.self);
	snprintf(command, sizeof command, "rm -rf %s", top);
	ck_assert_int_eq(system(command), 0);
}

static void append(const char *text)
{
	ck_assert_int_eq(door.append(door.self, text, strlen(text)), 0);
}

static void assert_holds(const char *expected)
{
	char   text[256] = "";
	size_t at = 0;
	int    n;

	/* in small bites, as a reader with a small buffer would */
	while ((n = door.read(door.self, at, text + at, 3)) > 0)
		at += (size_t)n;
	ck_assert_int_eq(n, 0);
	ck_assert_str_eq(text, expected);
}

static off_t size_of_file(void)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_size;
}

START_TEST(what_is_appended_is_read_by_the_next_opener)
{
	struct stat st;

	assert_holds("");
	append("one ");
	append("two ");
	assert_holds("one two ");
	door.close(door.self);
	ck_assert_int_eq(linux_store_open(path, &door), 0);
	assert_holds("one two ");
	append("three");
	assert_holds("one two three");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(stat(path, &st), 0);
	/* root's holds the control socket too, to which others may go */
	ck_assert_int_eq(st.st_mode & 07777, geteuid() == 0 ? 0711 : 0700);
}
END_TEST

START_TEST(a_second_writer_is_turned_away)
{
	struct store other;

	ck_assert_int_eq(linux_store_open(path, &other), -EBUSY);
	door.replace_begin(door.self);
	door.replace_append(door.self, "new", 3);
	ck_assert_int_eq(door.replace_commit(door.self), 0);
	ck_assert_int_eq(linux_store_open(path, &other), -EBUSY);
	door.close(door.self);
	ck_assert_int_eq(linux_store_open(path, &door), 0);
	assert_holds("new");
}
END_TEST

START_TEST(the_lock_of_a_killed_writer_is_free)
{
	int   ends[2], status;
	char  byte;
	pid_t pid;

	door.close(door.self);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		if (linux_store_open(path, &door) == 0 &&
		    door.append(door.self, "left", 4) == 0 &&
		    write(ends[1], "x", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	ck_assert_int_eq(linux_store_open(path, &door), -EBUSY);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	ck_assert_int_eq(linux_store_open(path, &door), 0);
	assert_holds("left");
}
END_TEST

START_TEST(a_replacement_shows_whole_or_not_at_all)
{
	append("old");
	ck_assert_int_eq(door.replace_append(door.self, "x", 1), -EINVAL);
	ck_assert_int_eq(door.replace_commit(door.self), -EINVAL);
	ck_assert_int_eq(door.replace_begin(door.self), 0);
	ck_assert_int_eq(door.replace_append(door.self, "fr", 2), 0);
	append(" and older");
	assert_holds("old and older");
	ck_assert_int_eq(door.replace_append(door.self, "esh", 3), 0);
	ck_assert_int_eq(door.replace_commit(door.self), 0);
	assert_holds("fresh");
	append(" air");
	assert_holds("fresh air");
	ck_assert_int_eq(size_of_file(), 9);
}
END_TEST

START_TEST(a_replacement_that_was_never_finished_leaves_nothing)
{
	char unfinished[160];

	snprintf(unfinished, sizeof unfinished, "%s.new", path);
	append("old");
	door.replace_begin(door.self);
	door.replace_append(door.self, "half", 4);
	ck_assert_int_eq(access(unfinished, F_OK), 0);
	ck_assert_int_eq(door.replace_begin(door.self), 0);
	door.replace_append(door.self, "quarter", 7);
	door.close(door.self);
	ck_assert_int_eq(access(unfinished, F_OK), -1);
	close(open(unfinished, O_WRONLY | O_CREAT, 0600));
	ck_assert_int_eq(linux_store_open(path, &door), 0);
	ck_assert_int_eq(access(unfinished, F_OK), -1);
	assert_holds("old");
}
END_TEST

/* A limit on the size of files cuts a write short just as a full disk does. */
static void limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_torn_tail_is_cut_off)
{
	append("whole ");
	limit_files(8);
	ck_assert_int_eq(door.append(door.self, "torn", 4), -EFBIG);
	assert_holds("whole ");
	ck_assert_int_eq(size_of_file(), 6);
	append("ok");
	assert_holds("whole ok");
	ck_assert_int_eq(door.replace_begin(door.self), 0);
	ck_assert_int_eq(door.replace_append(door.self, "too long now", 12),
	                 -EFBIG);
	ck_assert_int_eq(door.replace_commit(door.self), -EINVAL);
	assert_holds("whole ok");
	limit_files(RLIM_INFINITY);
	append(" again");
	assert_holds("whole ok again");
}
END_TEST

START_TEST(a_file_larger_than_any_of_ours_is_refused)
{
	append("x");
	ck_assert_int_eq(truncate(path, (off_t)JOURNAL_BYTES_MAX + 1), 0);
	door.close(door.self);
	ck_assert_int_eq(linux_store_open(path, &door), -EFBIG);
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_int_eq(linux_store_open(path, &door), 0);
}
END_TEST

/* A file system of three pages that only this test sees. */
static void mount_tiny(void)
{
	door.close(door.self);
	ck_assert_int_eq(unshare(CLONE_NEWNS), 0);
	/* Inside a chroot the root is no mount of its own. */
	ck_assert(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0 ||
	          errno == EINVAL);
	ck_assert_int_eq(mount("tiny", top, "tmpfs", 0, "size=12k"), 0);
	ck_assert_int_eq(linux_store_open(path, &door), 0);
}

START_TEST(a_full_disk_loses_only_what_did_not_fit)
{
	char     page[4096];
	unsigned whole = 0;

	mount_tiny();
	memset(page, 'p', sizeof page);
	append("head");
	while (door.append(door.self, page, sizeof page) == 0)
		ck_assert_uint_lt(++whole, 16);
	ck_assert_uint_ge(whole, 1);
	ck_assert_int_eq(door.append(door.self, page, sizeof page), -ENOSPC);
	ck_assert_int_eq(size_of_file(), 4 + (off_t)(whole * sizeof page));
	append("!");
	ck_assert_int_eq(door.read(door.self, 4 + whole * sizeof page, page,
	                           sizeof page), 1);
	ck_assert_int_eq(page[0], '!');
	door.replace_begin(door.self);
	while (door.replace_append(door.self, page, sizeof page) == 0)
		continue;
	ck_assert_int_eq(door.replace_commit(door.self), -EINVAL);
	ck_assert_int_eq(size_of_file(), 5 + (off_t)(whole * sizeof page));
	door.close(door.self);
	ck_assert_int_eq(umount(top), 0);
	ck_assert_int_eq(linux_store_open(path, &door), 0);
}
END_TEST

static void unmount_tiny(void)
{
	door.close(door.self);
	ck_assert_int_eq(umount(top), 0);
	ck_assert_int_eq(linux_store_open(path, &door), 0);
}

START_TEST(what_was_written_can_be_changed_on_a_full_disk)
{
	char     page[4096];
	unsigned left = sizeof page;
	off_t    size;

	mount_tiny();
	memset(page, 'p', sizeof page);
	append("head");
	while (left > 0)
		if (door.append(door.self, page, left) < 0)
			left /= 2;
	size = size_of_file();
	ck_assert_int_eq(door.append(door.self, "!", 1), -ENOSPC);
	ck_assert_int_eq(door.amend(door.self, 1, "EA", 2), 0);
	ck_assert_int_eq(door.amend(door.self, (uint64_t)size - 1, "pp", 2),
	                 -EINVAL);
	ck_assert_int_eq(door.append(door.self, "!", 1), -ENOSPC);
	ck_assert_int_eq(size_of_file(), size);
	ck_assert_int_eq(door.read(door.self, 0, page, 5), 5);
	ck_assert_int_eq(memcmp(page, "hEAdp", 5), 0);
	unmount_tiny();
}
END_TEST

/* A death after that. */
START_TEST(what_came_to_nothing_on_a_full_disk_is_not_read_as_done)
{
	struct task_id   who = { 77, 77, 5 };
	struct hold      h = { .whom = who, .through = who,
	                       .setting = SETTING_nice, .wanted = 5 };
	struct interned *sets = interned_new();
	struct journal  *j;
	char             name[PATH_MAX], page[4096] = "";
	int              fd;

	mount_tiny();
	ck_assert_int_eq(journal_open(&door, "boot", sets, &j), 0);
	ck_assert_int_eq(journal_begin(j, &h), 0);
	ck_assert_int_eq(journal_flush(j), 0);
	snprintf(name, sizeof name, "%s/other", top);
	fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	while (write(fd, page, sizeof page) > 0)
		continue;
	do      /* there is room for some in the last page */
		h.whom.pid = ++h.whom.tid;
	while (journal_begin(j, &h) == 0 && journal_flush(j) == 0);
	ck_assert_int_eq(journal_end(j, who, SETTING_nice), 0);
	ck_assert_int_eq(journal_flush(j), -ENOSPC);
	journal_close(j);
	ck_assert_int_eq(journal_open(&door, "boot", sets, &j), 0);
	ck_assert_ptr_null(journal_find(j, who, SETTING_nice));
	journal_close(j);
	interned_free(sets);
	close(fd);
	unmount_tiny();
}
END_TEST

START_TEST(the_file_has_a_greatest_size)
{
	char byte = 0;

	door.close(door.self);
	ck_assert_int_eq(truncate(path, JOURNAL_BYTES_MAX - 1), 0);
	ck_assert_int_eq(linux_store_open(path, &door), 0);
	ck_assert_int_eq(door.append(door.self, "ab", 2), -ENOSPC);
	ck_assert_int_eq(door.append(door.self, "a", 1), 0);
	ck_assert_int_eq(door.append(door.self, "b", 1), -ENOSPC);
	ck_assert_int_eq(door.read(door.self, JOURNAL_BYTES_MAX - 1, &byte, 1),
	                 1);
	ck_assert_int_eq(byte, 'a');
}
END_TEST

START_TEST(a_folder_that_others_may_write_is_not_believed)
{
	struct store other;
	char         folder[96], file[128], elsewhere[96];

	snprintf(folder, sizeof folder, "%s/open", top);
	snprintf(file, sizeof file, "%s/journal", folder);
	snprintf(elsewhere, sizeof elsewhere, "%s/link", top);
	mkdir(folder, 0700);
	ck_assert_int_eq(chmod(folder, 0770), 0);
	ck_assert_int_eq(linux_store_open(file, &other), -EPERM);
	ck_assert_int_eq(chmod(folder, 0700), 0);
	ck_assert_int_eq(chown(folder, 65534, 65534), 0);
	ck_assert_int_eq(linux_store_open(file, &other), -EPERM);
	ck_assert_int_eq(symlink(top, elsewhere), 0);
	snprintf(file, sizeof file, "%s/journal", elsewhere);
	ck_assert_int_lt(linux_store_open(file, &other), 0);
	ck_assert_int_eq(linux_store_open("/nonexistent/pqs/journal", &other),
	                 -ENOENT);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("store");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, what_is_appended_is_read_by_the_next_opener);
	tcase_add_test(tests, a_second_writer_is_turned_away);
	tcase_add_test(tests, the_lock_of_a_killed_writer_is_free);
	tcase_add_test(tests, a_replacement_shows_whole_or_not_at_all);
	tcase_add_test(tests,
	               a_replacement_that_was_never_finished_leaves_nothing);
	tcase_add_test(tests, a_torn_tail_is_cut_off);
	tcase_add_test(tests, a_file_larger_than_any_of_ours_is_refused);
	tcase_add_test(tests, a_full_disk_loses_only_what_did_not_fit);
	tcase_add_test(tests, what_was_written_can_be_changed_on_a_full_disk);
	tcase_add_test(
		tests,
		what_came_to_nothing_on_a_full_disk_is_not_read_as_done);
	tcase_add_test(tests, the_file_has_a_greatest_size);
	tcase_add_test(tests, a_folder_that_others_may_write_is_not_believed);
	return run_case(tests, "os/linux store");
}
