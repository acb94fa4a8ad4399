/* starter.h -- who starts the workers of all wires: the keeper.
 *
 * It forks fast, since it is small, and it outlives the core.  Whoever runs
 * without a keeper starts them itself, which takes as long as an exec.
 */
#ifndef OS_LINUX_STARTER_H
#define OS_LINUX_STARTER_H

#include "os/linux/doors.h"
#include "os/linux/keeper_says.h"

/* One that wants a worker, again and again; its owner keeps it in place from
 * starter_start() to starter_forget(). */
struct start {
	uint32_t number;                /* of its wire                        */
	uid_t    uid;                   /* KEEPER_NO_USER: the system's       */
	void    *self;
	/* A worker runs; its descriptors, in the order of struct keeper_says,
	 * are self's from here on.  0, or -errno: it was ended again. */
	int    (*here)(void *self, const int fd[KEEPER_FDS]);
	/* There will be none until it is asked for again. */
	void   (*refused)(void *self);
	bool     asked;                 /* the keeper, which has not answered */
	struct start *prev, *next;
};

struct starter {
	char          user[64];         /* whom workers run as; "": as we do  */
	char          users_rules[PATH_KEEP];   /* "": users have none        */
	struct source keeper;           /* lent; fd -1: we do it ourselves    */
	struct start *asked;
};

/* st must stay where it is until it is closed.  0 or -errno. */
int  starter_open(struct starter *st, struct linux_os *os,
                  const struct linux_options *o);
/* 0: here() or refused() was called, or will be from within sensor.next();
 * who asks while a request is under way is served by that one.  -errno: none
 * of them will be. */
int  starter_start(struct starter *st, struct start *s);
/* A worker that comes for it all the same is closed. */
void starter_forget(struct starter *st, struct start *s);
/* The keeper's socket, which was lent, stays open. */
void starter_close(struct starter *st, struct linux_os *os);

#endif
