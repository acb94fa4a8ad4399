/* own_watch.h -- noticing that a user's own rule files may have changed.
 *
 * What is watched was chosen by a worker of that user's, as that user; nothing
 * of the user's is opened or looked up here.  The kernel's news are a flood if
 * the user wants them to be, so there is no look at them but when somebody
 * asks, and a bounded one.
 */
#ifndef OS_LINUX_WATCH_OWN_WATCH_H
#define OS_LINUX_WATCH_OWN_WATCH_H

#include "os/linux/doors.h"
#include "os/linux/watch/spots.h"

struct own_watch {
	struct linux_os *os;
	struct source    source[OWN_WATCHES];   /* fd -1: none                */
	char             path[PATH_KEEP];       /* what is in there, and what
	                                           is on the way to it        */
	uint32_t         wire;          /* EVENT_RELOAD bears its number      */
	bool             told;          /* and was not asked since            */
};

void own_watch_open(struct own_watch *w, struct linux_os *os, uint32_t wire);
/* From now on these, which are taken over; -1: none. */
void own_watch_take(struct own_watch *w, const char *folder, uid_t uid,
                    const int fd[OWN_WATCHES]);
/* wire.stirred() of os.h. */
bool own_watch_stirred(struct own_watch *w);
bool own_watch_is_there(const struct own_watch *w);
void own_watch_close(struct own_watch *w);

#endif
