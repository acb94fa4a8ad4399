/* test_keeper_guard.c -- the holder alone, with this test at the other end of
 * its line, and programs that start. */

#include "keeper/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/guard/guard_line.h"

#include "suite.h"

#define NEVER_NS (UINT64_C(3600) * 1000000000)
#define SOON_NS  UINT64_C(20000000)
#define NOBODY   65534

static char  folder[64], program[96];
static int   line = -1;
static pid_t holder;
static struct rlimit fds;               /* of it; 0: as usual                 */

static struct guard_says hear(void)
{
	struct guard_says says;
	struct pollfd     p = { line, POLLIN, 0 };

	ck_assert_int_eq(poll(&p, 1, 20000), 1);
	ck_assert_int_eq(guard_hear(line, &says), 1);
	return says;
}

/* A program to be held, and a line to who will hold it. */
static void prepare(int pair[2])
{
	char command[200];

	strcpy(folder, "/tmp/pqs-guard-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(program, sizeof program, "%s/program", folder);
	snprintf(command, sizeof command, "cp /bin/true '%s'", program);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	                            pair), 0);
}

static void begin_as(uint64_t deadline_ns, uid_t uid)
{
	int pair[2];

	prepare(pair);
	holder = fork();
	if (holder == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		if (uid != 0 && setuid(uid) < 0)
			_exit(99);
		if (fds.rlim_max != 0 && setrlimit(RLIMIT_NOFILE, &fds) < 0)
			_exit(99);
		_exit(-guard_hold(pair[1], deadline_ns));
	}
	close(pair[1]);
	line = pair[0];
}

static void say(uint32_t word, uint32_t ticket, int fd)
{
	const struct guard_message m = { .word = word, .ticket = ticket };

	ck_assert_int_eq(guard_say(line, &m, &fd, fd < 0 ? 0 : 1), 0);
}

/* What came of it. */
static int mark(const char *path, int flags)
{
	int               fd = open(path, flags | O_CLOEXEC);
	struct guard_says says;

	ck_assert_int_ge(fd, 0);
	say(GUARD_MARK, 5, fd);
	close(fd);
	says = hear();
	ck_assert_uint_eq(says.word.word, GUARD_MARKED);
	ck_assert_uint_eq(says.word.ticket, 5);
	return says.word.error;
}

static void is_begun(void)
{
	struct guard_says says = hear();

	ck_assert_uint_eq(says.word.word, GUARD_OPEN);
	ck_assert_int_eq(says.word.error, 0);
	ck_assert_int_eq(mark(program, O_RDONLY), 0);
}

static void begin(uint64_t deadline_ns)
{
	begin_as(deadline_ns, 0);
	is_begun();
}

static void begin_planned(const struct guard_plan *plan)
{
	int pair[2];

	prepare(pair);
	holder = guard_start(pair[1], plan);
	ck_assert_int_gt(holder, 0);
	close(pair[1]);
	line = pair[0];
	is_begun();
}

/* Held, it must not hold the other end of the line itself. */
static pid_t start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		close(line);
		execl(program, program, (char *)NULL);
		_exit(100);
	}
	return pid;
}

static int end_of(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void clear(void)
{
	char command[100];

	if (line >= 0)
		close(line);
	line = -1;
	if (holder > 0) {
		kill(holder, SIGKILL);
		waitpid(holder, NULL, 0);
	}
	holder = 0;
	memset(&fds, 0, sizeof fds);
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Who waits, in the order of their tickets from first on. */
static struct guard_says hear_held(uint32_t ticket)
{
	struct guard_says says = hear();

	ck_assert_uint_eq(says.word.word, GUARD_HELD);
	ck_assert_uint_eq(says.word.ticket, ticket);
	ck_assert_int_ge(says.fd[0], 0);
	return says;
}

/* A program that waits by that ticket, as the holder tells. */
static pid_t start_held(uint32_t ticket)
{
	pid_t             pid = start();
	struct guard_says says = hear_held(ticket);

	guard_says_close(&says);
	return pid;
}

static void allow(uint32_t ticket)
{
	say(GUARD_ALLOW, ticket, -1);
}

static bool still_waits(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) == 0;
}

START_TEST(a_start_waits_until_it_is_allowed)
{
	struct guard_says says;
	struct stat       told, is;
	pid_t             pid;

	begin(NEVER_NS);
	pid = start();
	says = hear_held(0);
	ck_assert_int_eq(says.word.pid, pid);
	ck_assert_int_eq(fstat(says.fd[0], &told), 0);
	ck_assert_int_eq(stat(program, &is), 0);
	ck_assert_uint_eq(told.st_ino, is.st_ino);
	if (says.fd[1] >= 0)            /* from Linux 5.15 on                 */
		ck_assert_int_eq(syscall(SYS_pidfd_send_signal, says.fd[1], 0,
		                         NULL, 0), 0);
	guard_says_close(&says);
	ck_assert(still_waits(pid));
	allow(0);
	ck_assert_int_eq(end_of(pid), 0);
}
END_TEST

START_TEST(nobody_waits_past_the_deadline)
{
	struct guard_says says;
	pid_t             pid[3];

	begin(SOON_NS);
	for (int i = 0; i < 3; i++)
		pid[i] = start();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(end_of(pid[i]), 0);
	for (uint32_t i = 0; i < 3; i++) {
		says = hear_held(i);
		guard_says_close(&says);
	}
}
END_TEST

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The same time that the holder itself lets it go by, however it was begun:
 * here, or as a keeper does. */
START_TEST(the_line_is_told_until_when_it_waits)
{
	const struct guard_plan plan = { NEVER_NS + 1, 0 };
	struct guard_says       says;
	uint64_t                before, deadline_ns = _i == 0 ? NEVER_NS
	                                              : plan.deadline_ns;
	pid_t                   pid;

	if (_i == 0)
		begin(NEVER_NS);
	else
		begin_planned(&plan);
	before = now_ns();
	pid = start();
	says = hear_held(0);
	ck_assert_uint_ge(says.word.until_ns, before + deadline_ns);
	ck_assert_uint_le(says.word.until_ns, now_ns() + deadline_ns);
	guard_says_close(&says);
	allow(0);
	ck_assert_int_eq(end_of(pid), 0);
}
END_TEST

START_TEST(past_the_bound_they_go_on_at_once)
{
	enum { MORE = 20 };
	static pid_t pid[GUARD_PENDING_MAX + MORE];

	begin(NEVER_NS);
	for (uint32_t i = 0; i < GUARD_PENDING_MAX; i++) {
		pid[i] = start_held(i);
	}
	for (uint32_t i = 0; i < MORE; i++)
		ck_assert_int_eq(end_of(start()), 0);
	/* From the last one on: the first place is free only then. */
	for (uint32_t i = GUARD_PENDING_MAX; i-- > 0;) {
		ck_assert(still_waits(pid[i]));
		allow(i);
		ck_assert_int_eq(end_of(pid[i]), 0);
	}
	pid[0] = start_held(GUARD_PENDING_MAX);
	allow(GUARD_PENDING_MAX);
	ck_assert_int_eq(end_of(pid[0]), 0);
}
END_TEST

/* The kernel would refuse whom it has no descriptor to tell of with. */
START_TEST(with_few_descriptors_few_are_held)
{
	enum { FDS = 30, HELD = FDS - 16, MORE = 20 };
	pid_t pid[HELD];

	fds = (struct rlimit){ FDS - 5, FDS };
	begin(NEVER_NS);
	for (uint32_t i = 0; i < HELD; i++) {
		pid[i] = start_held(i);
	}
	for (uint32_t i = 0; i < MORE; i++)
		ck_assert_int_eq(end_of(start()), 0);
	for (uint32_t i = 0; i < HELD; i++) {
		allow(i);
		ck_assert_int_eq(end_of(pid[i]), 0);
	}
}
END_TEST

START_TEST(who_does_not_listen_is_not_waited_for)
{
	static pid_t pid[GUARD_PENDING_MAX * 2];

	begin(SOON_NS);
	for (int i = 0; i < GUARD_PENDING_MAX * 2; i++)
		pid[i] = start();
	for (int i = 0; i < GUARD_PENDING_MAX * 2; i++)
		ck_assert_int_eq(end_of(pid[i]), 0);
}
END_TEST

START_TEST(other_tickets_let_nobody_go)
{
	pid_t pid;

	begin(NEVER_NS);
	pid = start_held(0);
	allow(1);
	allow(GUARD_PENDING_MAX);
	allow(UINT32_MAX);
	say('?', 0, -1);
	ck_assert_int_eq(mark(program, O_RDONLY), 0);   /* all was heard      */
	ck_assert(still_waits(pid));
	allow(0);
	allow(0);
	ck_assert_int_eq(end_of(pid), 0);
}
END_TEST

START_TEST(at_the_end_of_the_line_all_go_on)
{
	pid_t pid;

	begin(NEVER_NS);
	pid = start_held(0);
	close(line);
	line = -1;
	ck_assert_int_eq(end_of(pid), 0);
	ck_assert_int_eq(end_of(holder), 0);
	holder = 0;
	ck_assert_int_eq(end_of(start()), 0);
}
END_TEST

START_TEST(when_it_is_killed_all_go_on)
{
	pid_t pid;

	begin(NEVER_NS);
	pid = start_held(0);
	kill(holder, SIGKILL);
	ck_assert_int_eq(end_of(pid), 0);
}
END_TEST

START_TEST(who_is_killed_while_it_waits_is_gone)
{
	pid_t pid;

	begin(NEVER_NS);
	pid = start_held(0);
	kill(pid, SIGKILL);
	ck_assert_int_eq(end_of(pid), -SIGKILL);
	allow(0);
	pid = start_held(1);
	allow(1);
	ck_assert_int_eq(end_of(pid), 0);
}
END_TEST

START_TEST(what_is_cleared_is_held_no_more)
{
	begin(NEVER_NS);
	say(GUARD_CLEAR, 0, -1);
	ck_assert_int_eq(mark("/dev/null", O_RDONLY), EBADF);
	ck_assert_int_eq(end_of(start()), 0);
}
END_TEST

START_TEST(only_files_are_marked)
{
	begin(NEVER_NS);
	ck_assert_int_eq(mark("/tmp", O_RDONLY), EBADF);
	ck_assert_int_eq(mark("/dev/null", O_RDONLY), EBADF);
	ck_assert_int_eq(mark(program, O_PATH), 0);
	say(GUARD_MARK, 5, -1);
	ck_assert_int_eq(hear().word.error, EBADF);
}
END_TEST

START_TEST(it_keeps_no_right_but_to_read)
{
	char               path[64], text[256];
	unsigned long long rights = 0;
	FILE              *f;

	begin(NEVER_NS);
	snprintf(path, sizeof path, "/proc/%d/status", (int)holder);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(text, sizeof text, f) != NULL)
		if (sscanf(text, "CapPrm: %llx", &rights) == 1)
			break;
	fclose(f);
	/* DAC_OVERRIDE and DAC_READ_SEARCH */
	ck_assert_uint_ne(rights, 0);
	ck_assert_uint_eq(rights & ~UINT64_C(6), 0);
}
END_TEST

START_TEST(who_may_not_hold_says_so)
{
	struct guard_says says;

	begin_as(NEVER_NS, NOBODY);
	says = hear();
	ck_assert_uint_eq(says.word.word, GUARD_OPEN);
	ck_assert_int_eq(says.word.error, EPERM);
	ck_assert_int_eq(end_of(holder), EPERM);
	holder = 0;
}
END_TEST

START_TEST(without_a_deadline_there_is_none)
{
	const struct guard_plan none = { 0, 0 };

	begin(NEVER_NS);
	ck_assert_int_eq(guard_start(line, &none), -EPERM);
}
END_TEST

int main(void)
{
	TCase *c = tcase_create("real kernel");

	if (geteuid() != 0) {
		puts("test_keeper_guard: needs root, nothing was tested");
		return 0;
	}
	tcase_add_checked_fixture(c, NULL, clear);
	tcase_set_timeout(c, 120);
	tcase_add_test(c, a_start_waits_until_it_is_allowed);
	tcase_add_test(c, nobody_waits_past_the_deadline);
	tcase_add_loop_test(c, the_line_is_told_until_when_it_waits, 0, 2);
	tcase_add_test(c, past_the_bound_they_go_on_at_once);
	tcase_add_test(c, with_few_descriptors_few_are_held);
	tcase_add_test(c, who_does_not_listen_is_not_waited_for);
	tcase_add_test(c, other_tickets_let_nobody_go);
	tcase_add_test(c, at_the_end_of_the_line_all_go_on);
	tcase_add_test(c, when_it_is_killed_all_go_on);
	tcase_add_test(c, who_is_killed_while_it_waits_is_gone);
	tcase_add_test(c, what_is_cleared_is_held_no_more);
	tcase_add_test(c, only_files_are_marked);
	tcase_add_test(c, it_keeps_no_right_but_to_read);
	tcase_add_test(c, who_may_not_hold_says_so);
	tcase_add_test(c, without_a_deadline_there_is_none);
	return run_case(c, "keeper, guard");
}
