/* test_os_linux_spawn.c -- workers are started, by us or by a keeper. */

#include <sys/socket.h>

#include "keeper/child.h"
#include "wire_doors.h"

START_TEST(a_worker_is_started_with_nothing_of_ours)
{
	sigset_t set;
	pid_t    pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGUSR2, SIG_IGN);
	setenv("SECRET", "42", 1);
	for (int fd = 5; fd < 100; fd += 7)     /* inherited by any exec      */
		dup2(2, fd);
	begin();
	pid = worker_pid();
	order("state");
	expect_message("fds 0 1 2 3 own LANG=C");
	ck_assert_str_eq(proc_line(pid, "status", "Uid:"),
	                 "Uid: 65534 65534 65534 65534 ");
	ck_assert_str_eq(proc_line(pid, "status", "Gid:"),
	                 "Gid: 65534 65534 65534 65534 ");
	ck_assert_str_eq(proc_line(pid, "status", "Groups:"), "Groups: ");
	ck_assert_str_eq(proc_line(pid, "status", "NoNewPrivs:"),
	                 "NoNewPrivs: 1 ");
	ck_assert_str_eq(proc_line(pid, "status", "CapEff:"),
	                 "CapEff: 0000000000000000 ");
	ck_assert_str_eq(proc_line(pid, "status", "SigBlk:"),
	                 "SigBlk: 0000000000000000 ");
	ck_assert_str_eq(proc_line(pid, "status", "SigIgn:"),
	                 "SigIgn: 0000000000000000 ");
	ck_assert_str_eq(proc_line(pid, "oom_score_adj", ""), "500 ");
	close_doors();
}
END_TEST

START_TEST(root_does_not_start_a_worker_as_root_or_as_nobody_known)
{
	int   fd, pidfd;
	pid_t pid;

	ck_assert_int_eq(linux_spawn_worker("root", &fd, &pidfd, &pid), -EPERM);
	ck_assert_int_eq(linux_spawn_worker("no such user", &fd, &pidfd, &pid),
	                 -ENOENT);
	ck_assert_int_eq(linux_spawn_worker(NULL, &fd, &pidfd, &pid), -ENOENT);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);     /* no child is left   */
}
END_TEST

START_TEST(a_worker_that_cannot_run_is_no_worker)
{
	int     fd, pidfd;
	pid_t   pid;
	char    path[256];
	FILE   *f;

	ck_assert_int_eq(linux_find_program("pqs-rules", path, sizeof path), 0);
	unlink(path);
	ck_assert_int_eq(linux_spawn_worker("nobody", &fd, &pidfd, &pid),
	                 -ENOENT);
	f = fopen(path, "w");
	fputs("no program", f);
	fclose(f);
	chmod(path, 0755);
	ck_assert_int_lt(linux_spawn_worker("nobody", &fd, &pidfd, &pid), 0);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	unlink(path);
	copy_self(path);
}
END_TEST

START_TEST(a_worker_dies_with_its_parent)
{
	int   ends[2], fd, pidfd;
	pid_t parent, pid;
	char  byte;

	ck_assert_int_eq(pipe(ends), 0);
	parent = fork();
	if (parent == 0) {
		dup2(ends[1], STDERR_FILENO);   /* which a worker keeps       */
		close(ends[1]);
		if (linux_spawn_worker("nobody", &fd, &pidfd, &pid) < 0)
			_exit(1);
		dprintf(STDERR_FILENO, "x");
		for (;;)
			pause();
	}
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
}
END_TEST

START_TEST(there_is_one_worker_at_a_time_and_then_another)
{
	begin();
	ck_assert_int_eq(wire->start(wire->self), -EBUSY);
	order("leave");
	expect_worker(false);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
	ck_assert_int_eq(wire->send(wire->self, "x", 1), -EPIPE);
	ck_assert_int_eq(wire->start(wire->self), 0);
	expect_worker(true);
	order("echo again");
	expect_message("again");
	close_doors();
}
END_TEST

START_TEST(closing_leaves_no_worker)
{
	begin();
	order("spin");
	close_doors();
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);
}
END_TEST

static int keeper_end;

static void begin_with_keeper(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	                            pair), 0);
	keeper_end = pair[1];
	open_doors(pair[0]);
	ck_assert_int_eq(wire->start(wire->self), 0);
}

/* For which wire, and as whom. */
static struct keeper_message keeper_hears(void)
{
	struct keeper_message m;

	ck_assert_int_eq(recv(keeper_end, &m, sizeof m, 0), sizeof m);
	ck_assert_uint_eq(m.word, KEEPER_START);
	return m;
}

static int keeper_says(uint32_t word, uint32_t about, const int *fd)
{
	const struct keeper_message m = { .word = word, .wire = about };

	return child_hand_over(keeper_end, &m, sizeof m, fd, fd == NULL ? 0 : 2);
}

static pid_t keeper_starts_one(void)
{
	struct keeper_message asked = keeper_hears();
	int   fd[2];
	pid_t pid;

	ck_assert_uint_eq(asked.wire, 0);
	ck_assert_uint_eq(asked.uid, KEEPER_NO_USER);
	ck_assert_int_eq(linux_spawn_worker("nobody", &fd[0], &fd[1], &pid), 0);
	ck_assert_int_eq(keeper_says(KEEPER_HERE, 0, fd), 0);
	close(fd[0]);
	close(fd[1]);
	return pid;
}

START_TEST(a_worker_can_be_a_keepers)
{
	uint64_t cpu_ns;
	pid_t    pid;

	begin_with_keeper();
	pid = keeper_starts_one();
	expect_worker(true);
	ck_assert_int_eq(pid, worker_pid());
	order("echo hello");
	expect_message("hello");
	ck_assert_int_eq(wire->cpu_ns(wire->self, &cpu_ns), 0);
	wire->kill(wire->self);
	expect_worker(false);
	ck_assert_int_eq(wire->start(wire->self), 0);
	keeper_starts_one();
	expect_worker(true);
	close_doors();
}
END_TEST

START_TEST(the_keeper_is_asked_once_and_may_fail)
{
	char word;

	begin_with_keeper();
	ck_assert_int_eq(wire->start(wire->self), 0);
	keeper_hears();
	ck_assert_int_eq(recv(keeper_end, &word, 1, MSG_DONTWAIT), -1);
	ck_assert_int_eq(keeper_says(KEEPER_FAILED, 0, NULL), 0);
	expect_worker(false);
	ck_assert_int_eq(wire->start(wire->self), 0);
	close(keeper_end);
	expect_worker(false);
	ck_assert_int_lt(wire->start(wire->self), 0);
	close_doors();
}
END_TEST

static int open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(what_a_keeper_sends_unasked_is_closed)
{
	int before, null = open("/dev/null", O_RDONLY);
	int two[2] = { null, null };

	begin_with_keeper();
	keeper_starts_one();
	expect_worker(true);
	before = open_descriptors();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(keeper_says(KEEPER_HERE, 0, two),
		                 0);
	order("echo behind");           /* the keeper's words came before     */
	expect_message("behind");
	ck_assert_int_eq(open_descriptors(), before);
	close_doors();
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t, a_worker_is_started_with_nothing_of_ours);
	tcase_add_test(t,
	        root_does_not_start_a_worker_as_root_or_as_nobody_known);
	tcase_add_test(t, a_worker_that_cannot_run_is_no_worker);
	tcase_add_test(t, a_worker_dies_with_its_parent);
	tcase_add_test(t, there_is_one_worker_at_a_time_and_then_another);
	tcase_add_test(t, closing_leaves_no_worker);
	tcase_add_test(t, a_worker_can_be_a_keepers);
	tcase_add_test(t, the_keeper_is_asked_once_and_may_fail);
	tcase_add_test(t, what_a_keeper_sends_unasked_is_closed);
}

int main(int argc, char **argv)
{
	return play(argc, argv, add_tests, "os/linux: spawn");
}
