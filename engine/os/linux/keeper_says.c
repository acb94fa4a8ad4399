/* keeper_says.c -- what keeper and core send each other, with descriptors. */

#include "os/linux/keeper_says.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void take_descriptors(struct msghdr *m, struct keeper_says *ret)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len <= CMSG_LEN(sizeof ret->fd))
		memcpy(ret->fd, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
}

int keeper_hear(int fd, struct keeper_says *ret)
{
	union {
		struct cmsghdr align;
		char           bytes[CMSG_SPACE(sizeof ret->fd)];
	} room;
	struct iovec  part = { &ret->word, sizeof ret->word };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
	                    .msg_control = room.bytes,
	                    .msg_controllen = sizeof room.bytes };
	ssize_t       n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	for (int i = 0; i < KEEPER_FDS; i++)
		ret->fd[i] = -1;
	take_descriptors(&m, ret);
	if ((size_t)n < sizeof ret->word)
		ret->word = (struct keeper_message){ .wire = UINT32_MAX };
	return 1;
}

void keeper_says_close(const struct keeper_says *says)
{
	for (int i = 0; i < KEEPER_FDS; i++)
		if (says->fd[i] >= 0)
			close(says->fd[i]);
}
