/* spawn.h -- starting a program of ours: before it runs, and without waiting for
 * it.
 *
 * From when it is a user's that user may stop it, so whoever must not be held up
 * begins, and takes steps when there is something on 'report'.  However it ends,
 * the child is its parent's to reap.
 */
#ifndef OS_LINUX_SPAWN_H
#define OS_LINUX_SPAWN_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "base/limits.h"
#include "os/linux/watch/spots.h"

#define SPAWN_REPORT_MS 2000            /* to run, at the most                */

struct spawning {
	pid_t pid;
	int   report;                   /* becomes readable                   */
	int   fd, pidfd;                /* our end, and how to kill it        */
	int   watch[OWN_WATCHES];       /* as linux_spawn_own(); -1: none     */
};

/* As linux_spawn_worker() and linux_spawn_own(): 0 once the child is there, or
 * -errno. */
int  spawn_begin_worker(const char *user, struct spawning *ret);
int  spawn_begin_own(const char *user, uid_t uid, const char *folder,
                     struct spawning *ret);
/* 1 when it runs, and all descriptors but 'report' are the caller's; 0 when it
 * has not come that far; -errno why it never will: it is killed. */
int  spawn_step(struct spawning *s);
/* It took too long, or nobody needs it any more. */
void spawn_abandon(struct spawning *s);

/* The rest is for spawn.c and spawn_child.c alone. */

enum { CHILD_WIRE = 3, CHILD_REPORT = OWN_ABOVE + OWN_WATCHES, CHILD_PROGRAM,
       CHILD_FDS };

/* What the child needs to know, all found out before the fork. */
struct seed {
	char  path[PATH_KEEP];
	bool  change_user;
	uid_t uid;
	gid_t gid;
	pid_t parent;
	int   program, wire, report;
	const char *name;               /* of the program, and what it is told: */
	const char *word[2];            /* the rest is NULL                   */
	int         kind;               /* of its socket                      */
	bool        watches;            /* it is a user's                     */
};

/* What a child says before it becomes another program: that it cannot, or, with
 * these as SCM_RIGHTS, that it has them. */
struct report {
	struct msghdr  head;
	struct iovec   part;
	_Alignas(struct cmsghdr)
	char           room[CMSG_SPACE(OWN_WATCHES * sizeof(int))];
	int            error;
};

/* Makes room for one, to send or to receive. */
void report_begin(struct report *r);

/* In the child: gives up what it has and becomes that program, or says why it
 * cannot. */
__attribute__((noreturn)) void be_program(struct seed *s);

#endif
