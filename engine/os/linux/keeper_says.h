/* keeper_says.h -- what keeper and core send each other, with descriptors. */
#ifndef OS_LINUX_KEEPER_SAYS_H
#define OS_LINUX_KEEPER_SAYS_H

#include "os/linux/doors.h"
#include "os/linux/watch/spots.h"

#define KEEPER_FDS (2 + OWN_WATCHES)

struct keeper_says {
	struct keeper_message word;
	int  fd[KEEPER_FDS];            /* HERE: the socket, the pidfd, and by
	                                   what a user's files are watched;
	                                   GUARD: the line; -1: none          */
};

/* The next that is said on the socket; the caller closes the descriptors.  1, 0
 * when it says nothing now, -EPIPE when it is gone, or -errno. */
int  keeper_hear(int fd, struct keeper_says *ret);
/* All that came with it. */
void keeper_says_close(const struct keeper_says *says);

#endif
