/* guard_line.c -- what the holder of starting programs and the core say to each
 * other, and the kernel's group that both know of. */

#include "os/linux/guard/guard_line.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef FAN_REPORT_PIDFD
#define FAN_REPORT_PIDFD 0x00000080
#endif

union room {
	struct cmsghdr align;
	char           bytes[CMSG_SPACE(GUARD_FDS * sizeof(int))];
};

int guard_say(int line, const struct guard_message *word, const int *fd,
              size_t count)
{
	union room    room;
	struct iovec  part = { (void *)word, sizeof *word };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count > 0) {
		memset(&room, 0, sizeof room);
		room.align = (struct cmsghdr){
			.cmsg_len = CMSG_LEN(count * sizeof *fd),
			.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&room.align), fd, count * sizeof *fd);
		m.msg_control = room.bytes;
		m.msg_controllen = CMSG_SPACE(count * sizeof *fd);
	}
	return sendmsg(line, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void take_descriptors(struct msghdr *m, struct guard_says *ret)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	size_t          bytes;

	if (c == NULL || c->cmsg_level != SOL_SOCKET ||
	    c->cmsg_type != SCM_RIGHTS)
		return;
	bytes = c->cmsg_len - CMSG_LEN(0);
	memcpy(ret->fd, CMSG_DATA(c),
	       bytes < sizeof ret->fd ? bytes : sizeof ret->fd);
}

int guard_hear(int line, struct guard_says *ret)
{
	union room    room;
	struct iovec  part = { &ret->word, sizeof ret->word };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
	                    .msg_control = room.bytes,
	                    .msg_controllen = sizeof room.bytes };
	ssize_t       n = recvmsg(line, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	ret->fd[0] = ret->fd[1] = -1;
	take_descriptors(&m, ret);
	if ((size_t)n < sizeof ret->word)
		ret->word = (struct guard_message){ .word = 0 };
	return 1;
}

void guard_says_close(const struct guard_says *says)
{
	for (int i = 0; i < GUARD_FDS; i++)
		if (says->fd[i] >= 0)
			close(says->fd[i]);
}

int guard_group_open(void)
{
	unsigned flags = FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK |
	                 FAN_UNLIMITED_QUEUE | FAN_UNLIMITED_MARKS;
	unsigned opened = O_CLOEXEC | O_LARGEFILE;      /* for reading        */
	int      fd = fanotify_init(flags | FAN_REPORT_PIDFD, opened);

	if (fd < 0 && errno == EINVAL)          /* before Linux 5.15          */
		fd = fanotify_init(flags, opened);
	return fd < 0 ? -errno : fd;
}

int guard_group_mark(int group, int fd)
{
	return fanotify_mark(group, FAN_MARK_ADD, FAN_OPEN_EXEC_PERM, fd,
	                     NULL) < 0 ? -errno : 0;
}
