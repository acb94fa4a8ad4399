/* keeper.h -- the process that outlives the core: starts, restarts, undoes. */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

#include "keeper/guard.h"

/* The core's exit codes, besides 0, that mean: it chose to end and has undone
 * what it could, or the same would come of starting it again. */
enum keeper_exit { KEEPER_EXIT_FAILED = 1, KEEPER_EXIT_USAGE = 2,
                   KEEPER_EXIT_LEFT = 3, KEEPER_EXIT_CONFIG = 78,
                   /* only of a core that never said it was ready */
                   KEEPER_EXIT_REFUSED = 4 };

struct keeper_plan {
	char *const *core_argv;         /* [0] is the path; the core finds us
	                                   on descriptor 3 (linux.h)          */
	char *const *undo_argv;         /* run after a core that did not end
	                                   well; NULL: nothing to undo        */
	const char  *worker_user;       /* when we are root                   */
	const char  *users_rules;       /* a user's own; NULL: nobody's count */
	uid_t        users_low, users_high;     /* whose may                  */
	struct guard_plan guard;        /* for cores that ask for one         */
	bool         once;              /* never restart                      */
};

/* Runs the plan until the core ends well, ends with one of the codes above, or
 * we are told to end (SIGINT, SIGTERM, SIGQUIT, and SIGHUP when the terminal is
 * gone: passed on to the core, which has ten seconds).  Any other SIGHUP is for
 * the core, to read its rules again, once it is ready.  The exit code for
 * our own process: the core's, or 128 and its signal; 70 when not even a
 * core could be started.
 *
 * A core that dies before it said KEEPER_READY is a failed start and not
 * restarted.  Whatever this process's children are, they are reaped. */
int keeper_run(const struct keeper_plan *plan);

#endif
