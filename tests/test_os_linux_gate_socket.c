/* test_os_linux_gate_socket.c -- the control socket is a file: whom it is for,
 * and whose it was. */

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gating.h"
#include "suite.h"

static mode_t mode_of(const char *at)
{
	struct stat st;

	ck_assert_int_eq(stat(at, &st), 0);
	return st.st_mode & 07777;
}

START_TEST(the_socket_is_there_for_whom_it_is_for)
{
	open_gate();
	ck_assert_uint_eq(mode_of(path), geteuid() == 0 ? 0666 : 0600);
	linux_close(&os);
	ck_assert_int_lt(access(path, F_OK), 0);
}
END_TEST

static pid_t other_pqs(void)
{
	int   ready[2];
	char  byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		open_gate();
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

START_TEST(a_living_pqs_is_respected_and_a_dead_one_replaced)
{
	pid_t       pid = other_pqs();
	struct stat before, after;

	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_eq(open_doors_at(path, &os), 0);
	ck_assert_ptr_null(os.gate.self);
	ck_assert_msg(strstr(noted, "another pqs answers there") != NULL, "%s",
	              noted);
	linux_close(&os);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert_int_eq(access(path, F_OK), 0);
	open_gate();
	close(connect_to());
}
END_TEST

START_TEST(what_is_no_socket_of_ours_stays)
{
	FILE *f = fopen(path, "w");

	fputs("somebody's", f);
	fclose(f);
	ck_assert_int_eq(open_doors_at(path, &os), 0);
	ck_assert_ptr_null(os.gate.self);
	ck_assert_ptr_nonnull(strstr(noted, "something else than a socket"));
	linux_close(&os);
	ck_assert_int_eq(access(path, F_OK), 0);
	unlink(path);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	ck_assert_int_eq(open_doors_at(path, &os), 0);
	ck_assert_ptr_null(os.gate.self);
	linux_close(&os);
	unlink(path);
	chmod(folder, 0777);
	ck_assert_int_eq(open_doors_at(path, &os), 0);
	ck_assert_ptr_null(os.gate.self);
	ck_assert_ptr_nonnull(strstr(noted, "nobody else may write in it"));
}
END_TEST

START_TEST(a_path_may_be_longer_than_an_address)
{
	size_t n = strlen(folder);

	while (n < 400) {
		n += (size_t)snprintf(folder + n, sizeof folder - n,
		                      "/a-folder-with-a-long-name-%zu", n);
		ck_assert_int_eq(mkdir(folder, 0711), 0);
	}
	snprintf(path, sizeof path, "%s/sock", folder);
	open_gate();
	close(connect_to());
	linux_close(&os);
	folder[strlen("/tmp/pqs-gate-XXXXXX")] = '\0';
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("socket");

	tcase_add_checked_fixture(c, begin, end);
	tcase_set_timeout(c, 60);
	tcase_add_test(c, the_socket_is_there_for_whom_it_is_for);
	tcase_add_test(c, a_living_pqs_is_respected_and_a_dead_one_replaced);
	tcase_add_test(c, what_is_no_socket_of_ours_stays);
	tcase_add_test(c, a_path_may_be_longer_than_an_address);
	return run_case(c, "os linux gate: socket");
}
