/* workers.h -- the rules workers that a keeper starts for its core.
 *
 * A user may stop one that is about to run as that user, so none is waited for:
 * there is something to do for it when its descriptor is readable, or when it is
 * due. */
#ifndef KEEPER_WORKERS_H
#define KEEPER_WORKERS_H

#include <poll.h>

#include "base/limits.h"
#include "keeper/keeper.h"
#include "os/linux/keeper_says.h"
#include "os/linux/spawn.h"

struct worker_place {
	pid_t                 pid;      /* not reaped yet; 0: no process      */
	bool                  coming;   /* it does not run yet                */
	uint64_t              due_ns;   /* of one that is coming: too late    */
	struct spawning       birth;    /* the same                           */
	struct keeper_message asked;
};

struct workers {
	struct worker_place place[WORKERS_MAX];
};

/* Begins with what the core asked for; what comes of it, the core is told. */
void   workers_start(struct workers *w, const struct keeper_plan *plan,
                     const struct keeper_message *asked, int core_fd,
                     uint64_t now_ns);
/* What to wait for: at most WORKERS_MAX, how many. */
size_t workers_poll(const struct workers *w, struct pollfd *ret);
/* When the first of them is due; UINT64_MAX: none is coming. */
uint64_t workers_due_ns(const struct workers *w);
/* Tells the core of those that run by now, or never will. */
void   workers_step(struct workers *w, int core_fd, uint64_t now_ns);
void   workers_reaped(struct workers *w, pid_t pid);
/* The core is gone. */
void   workers_kill(struct workers *w);
void   workers_reap(struct workers *w);

#endif
