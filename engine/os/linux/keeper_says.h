/* keeper_says.h -- what the keeper sends when it has started a worker. */
#ifndef OS_LINUX_KEEPER_SAYS_H
#define OS_LINUX_KEEPER_SAYS_H

#include "os/linux/doors.h"

struct keeper_says {
	struct keeper_message word;
	int  fd[2];                     /* the socket and the pidfd, or -1    */
};

/* The next that it says on its socket; the caller closes the descriptors.  1, 0
 * when it says nothing now, -EPIPE when it is gone, or -errno. */
int  keeper_hear(int fd, struct keeper_says *ret);
void keeper_says_close(const struct keeper_says *says);

#endif
