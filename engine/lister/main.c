/* main.c -- pqs-lister: readies the kernel's list of processes for the core.
 *
 * It is a program of its own as finding out where what stands in the
 * kernel takes a library and megabytes of memory, once.  It hands over
 * what the core makes iterators of, if the list says of pqs-lister itself
 * what /proc says, and ends.
 */

#include <string.h>
#include <sys/socket.h>

#include "lister/check.h"
#include "lister/program.h"

static int tell(enum roster_state state, int link)
{
	uint32_t       word = state;
	char           room[CMSG_SPACE(sizeof(int))]
	               __attribute__((aligned(8))) = { 0 };
	struct iovec   text = { &word, sizeof word };
	struct msghdr  m = { .msg_iov = &text, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (state == ROSTER_READY) {
		m.msg_control = room;
		m.msg_controllen = sizeof room;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof link);
		memcpy(CMSG_DATA(c), &link, sizeof link);
	}
	return sendmsg(ROSTER_WIRE, &m, MSG_NOSIGNAL) < 0;
}

int main(void)
{
	int               link = -1;
	enum roster_state state = program_link(&link);

	if (state == ROSTER_READY && !check_own(link))
		state = ROSTER_DIFFERS;
	return tell(state, link);
}
