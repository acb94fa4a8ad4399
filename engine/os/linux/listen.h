/* listen.h -- a socket in a folder of ours where programs may come. */
#ifndef OS_LINUX_LISTEN_H
#define OS_LINUX_LISTEN_H

#include <sys/types.h>

#include "base/limits.h"

struct listening {
	int  folder, lock, fd;          /* -1: none                           */
	char name[NAME_KEEP];
};

/* Listens at that path; whoever may connect is said by mode.  It replaces
 * what a pqs left that died.  0, -EBUSY: a living one listens there, -EPERM:
 * the folder is not ours alone, -EEXIST: there is something else than a
 * socket, or -errno. */
int  listening_open(const char *path, mode_t mode,
                    struct listening *ret_listening);
/* Takes the socket away; also of one that was never opened (all -1). */
void listening_close(struct listening *l);

#endif
