/* roster_entry.h -- one process as the kernel's own list has it, and what
 * pqs-lister says of that list.
 *
 * A program that pqs-lister gives to the kernel writes an entry for each living
 * process; the core reads them some at a time from an iterator over it.
 */
#ifndef OS_LINUX_SENSOR_ROSTER_ENTRY_H
#define OS_LINUX_SENSOR_ROSTER_ENTRY_H

#include <stdint.h>

#define ROSTER_WIRE       3     /* where pqs-lister finds its end             */
#define ROSTER_COMM_BYTES 16    /* TASK_COMM_LEN                              */
#define ROSTER_NAME_BYTES 64    /* a longer name is left to /proc             */

enum roster_id { ROSTER_UID, ROSTER_GID, ROSTER_SUID, ROSTER_SGID, ROSTER_EUID,
                 ROSTER_EGID, ROSTER_FSUID, ROSTER_FSGID, ROSTER_IDS };

/* Written with its size in one go: no holes, no pointer that is followed. */
struct roster_entry {
	uint64_t born_ns;               /* since boot                         */
	uint64_t number;                /* never used again, and the inode of
	                                   its pidfds; 0: this kernel has none */
	/* Of the program's file.  Where the first two are the same it is
	 * mounted there itself, by another name perhaps. */
	uint64_t file, mounted;
	uint32_t renames_before, renames_after; /* around reading the name    */
	uint32_t pid, ppid, session, flags, threads;
	uint32_t policy, priority;
	uint32_t id[ROSTER_IDS];
	/* As the kernel has them: class and level of I/O, 0 where it was never
	 * given any; nice as a priority, 120 is 0. */
	uint32_t io, niceness;
	int32_t  oom_score_adj;
	uint64_t timer_slack_ns;
	char     comm[ROSTER_COMM_BYTES];
	char     name[ROSTER_NAME_BYTES];
};

enum roster_state {
	ROSTER_READY,                   /* with the list's descriptor         */
	ROSTER_DENIED,                  /* the right to have programs there   */
	ROSTER_NO_TYPES,                /* the kernel does not say where what
	                                   stands in its memory               */
	ROSTER_REFUSED,                 /* it takes no such program           */
	ROSTER_DIFFERS,                 /* not the numbers that we go by      */
	ROSTER_NOT_BUILT,               /* there is no pqs-lister             */
	ROSTER_AWAITED,
	ROSTER_STATES
};

#endif
