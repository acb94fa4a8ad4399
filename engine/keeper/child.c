/* child.c -- starting the programs that a keeper keeps. */

#include "keeper/child.h"
#include "os/linux/keeper_says.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CORE_FD = 3 };

/* No PATH is searched: who starts us knows where its own programs are. */
__attribute__((noreturn))
static void become(char *const *argv, const sigset_t *mask)
{
	sigprocmask(SIG_SETMASK, mask, NULL);
	execv(argv[0], argv);
	perror(argv[0]);
	_exit(127);
}

/* We may have died before the kernel was asked to tell. */
static void heed_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != parent)
		_exit(128 + SIGTERM);
}

/* By way of a higher one: a descriptor that is put on itself would stay
 * close-on-exec. */
static void place(int fd, int at)
{
	int high = fcntl(fd, F_DUPFD_CLOEXEC, at + 1);

	if (high < 0 || dup2(high, at) < 0)
		_exit(127);
}

/* Each word stays one piece on a SEQPACKET socket, with its descriptors. */
int child_core(char *const *argv, const sigset_t *mask, int *ret_fd)
{
	pid_t parent = getpid(), child;
	int   pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	child = fork();
	if (child == 0) {
		heed_parent(parent);
		place(pair[1], CORE_FD);
		become(argv, mask);
	}
	close(pair[1]);
	if (child < 0) {
		close(pair[0]);
		return -EAGAIN;
	}
	*ret_fd = pair[0];
	return child;
}

/* Who presses Ctrl-C twice must not stop what the first one began. */
static void turn_deaf(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
}

static void wait_or_kill(pid_t child, int limit_ms)
{
	struct pollfd p = { (int)syscall(SYS_pidfd_open, child, 0), POLLIN, 0 };
	int           r;

	if (p.fd < 0)
		return;                 /* then as long as it takes           */
	do
		r = poll(&p, 1, limit_ms);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		kill(child, SIGKILL);
	close(p.fd);
}

/* It may outlive us: what it puts back is better put back late than not. */
int child_run(char *const *argv, const sigset_t *mask, int limit_ms)
{
	pid_t child = fork();
	int   status;

	if (child < 0)
		return 126;
	if (child == 0) {
		turn_deaf();
		become(argv, mask);
	}
	wait_or_kill(child, limit_ms);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return 126;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
	                           : WEXITSTATUS(status);
}

int child_hand_over(int to, const void *message, size_t bytes, const int *fd,
                    size_t fds)
{
	union {
		struct cmsghdr align;
		char           bytes[CMSG_SPACE(KEEPER_FDS * sizeof *fd)];
	} room;
	struct iovec  part = { (void *)message, bytes };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fds > 0) {
		struct cmsghdr *c = &room.align;

		memset(&room, 0, sizeof room);
		*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(fds * sizeof *fd),
		                       .cmsg_level = SOL_SOCKET,
		                       .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(c), fd, fds * sizeof *fd);
		m.msg_control = room.bytes;
		m.msg_controllen = CMSG_SPACE(fds * sizeof *fd);
	}
	return sendmsg(to, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}
