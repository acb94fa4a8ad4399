/* guard.h -- the holder: programs wait at their start until the core has judged
 * them, and never longer than the deadline. */
#ifndef KEEPER_GUARD_H
#define KEEPER_GUARD_H

#include <stdint.h>
#include <sys/types.h>

struct guard_plan {
	uint64_t deadline_ns;           /* 0: no program is ever held         */
	int      priority;              /* SCHED_FIFO; 0: stays ordinary      */
};

/* Holds until the line (os/linux/guard/guard_line.h) is closed at its other
 * end. Then, and if this process dies, the kernel lets everybody go on.  The
 * process keeps no right but to read files.  0 or -errno: the kernel refuses,
 * which the line was told. */
int  guard_hold(int line, uint64_t deadline_ns);

/* The same in a process of its own, which nothing else that a keeper does can
 * delay, and which ends with its parent.  Its pid or -errno. */
pid_t guard_start(int line, const struct guard_plan *plan);

#endif
