/* freezer.h -- processes that stand still in a group of their own (v2).
 *
 * A frozen process gets a group below the one of ours that it is in, or below
 * our own if it is in the topmost: from there nothing is lost by the move, and
 * it goes back where it was.  Out of another group it would leave the limits
 * and the account of that; such a process is stopped by a signal (stance.h).
 *
 * v1 has a freezer too, but who is frozen by it cannot even be killed.
 */
#ifndef OS_LINUX_GROUP_FREEZER_H
#define OS_LINUX_GROUP_FREEZER_H

#include "os/linux/group/layout.h"

/* Whether a group is one in which a process of ours stands still. */
bool freezer_is(const struct layout *l, size_t hierarchy, const char *group);
/* Whether that process could be frozen so. */
bool freezer_takes(const struct layout *l, pid_t pid);
/* Whether it is: 1, 0, or -errno. */
int  freezer_holds(const struct layout *l, pid_t pid);

/* The move may take long, as any (groupfs.h).  0, -ESRCH, -errno. */
int  freezer_freeze(const struct layout *l, pid_t pid, int pidfd);
/* It goes on at once, and then back to where it was. */
int  freezer_thaw(const struct layout *l, pid_t pid, int pidfd);
/* Who is about to be taken out of that group, if it freezes, is stopped by a
 * signal from then on.  0 or -errno. */
int  freezer_hand_over(const struct layout *l, size_t hierarchy,
                       const char *group, int pidfd);
/* Removes the empty ones below that folder: whose process died frozen. */
void freezer_sweep(const char *folder);
/* Lets all go on that a dead pqs left behind so. */
void freezer_clear(const struct layout *l);

#endif
