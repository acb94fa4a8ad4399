/* place.h -- where a process is among the control groups, as one text.
 *
 * In a group of ours it is that group's name.  Elsewhere it is the group in the
 * unified hierarchy, or that of the CPU where there is none, and after that
 * those in others that are not topmost: "/user.slice;memory:/box".  A byte that
 * means something there is written as "%3B".  Hierarchies where pqs can have no
 * groups are left out, as it moves nobody there.
 */
#ifndef OS_LINUX_GROUP_PLACE_H
#define OS_LINUX_GROUP_PLACE_H

#include "os/linux/group/layout.h"
#include "os/os.h"

/* 0, -ESRCH, -ENAMETOOLONG (past size, at most GROUP_TEXT_MAX), or -errno. */
int  place_read(const struct layout *l, pid_t pid, char *ret_text, size_t size);
/* Whether it says a group of ours. */
bool place_is_ours(const char *text);

/* Takes the groups of ours out of what /proc/PID/cgroup says, so that what is
 * left says where it is without pqs.  Whether it is in one, and in which. */
bool place_hide(const struct layout *l, char *text, char *ret_name,
                size_t size);

/* Why it cannot be put into a group of ours, as static text; NULL: it may be
 * tried. */
const char *place_stays(const struct layout *l, pid_t pid);

/* Puts the process into a group of ours, which is made if need be, or back to a
 * place that it was found in, or what is left of that.  It is whole or
 * it stays: what had been done is taken back.  whom.born may be 0 if
 * there is a pidfd. How it went is in *ret, but for ret->now; where it
 * is then, in ret_text. */
void place_go(const struct layout *l, struct task_id whom, int pidfd,
              const char *to, struct turned *ret, char ret_text[GROUP_TEXT_MAX]);
/* Whether there is something that place_part() would leave. */
bool place_may_part(const struct layout *l, pid_t pid, const char *name);
/* Takes the process out of the group of that name in those hierarchies of the
 * old kind where it has no setting any more, but not out of all, to where it
 * was before by that place.  As place_go(). */
void place_part(const struct layout *l, struct task_id whom, int pidfd,
                const char *name, const char *home, struct turned *ret,
                char ret_text[GROUP_TEXT_MAX]);
/* Who is in the group of that name in any hierarchy is from now on in that one,
 * where it has just been made. */
void place_gather(const struct layout *l, size_t hierarchy, const char *name);

#endif
