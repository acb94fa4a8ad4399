/* stance.h -- whether a process stands still, and who made it.
 *
 * A stop is sent and takes hold when each thread next looks at its signals: one
 * that waits for a disk or for its turn on the CPU may be long in coming.  So a
 * process counts as stopped from the moment that nothing but SIGCONT can keep
 * it from stopping; else one whose pqs died in between would be left to freeze.
 */
#ifndef OS_LINUX_ACTUATOR_STANCE_H
#define OS_LINUX_ACTUATOR_STANCE_H

#include <stdbool.h>
#include <sys/types.h>

struct stance {
	bool stopped;           /* or bound to be                             */
	bool again;             /* it is, and was told to once more meanwhile */
	bool traced;            /* a debugger decides over its stops          */
};

/* 0, -ESRCH (gone, or only a zombie), -errno. */
int stance_read(pid_t pid, struct stance *ret_stance);

/* Stops the process, unless it is bound to stop already: 0, -EBUSY (a debugger
 * holds it), -errno. */
int stance_stop(pid_t pid, int pidfd);
/* Lets it go on, unless somebody else has asked for a stop since. */
int stance_continue(pid_t pid, int pidfd);

#endif
