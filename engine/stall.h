/* stall.h -- how long the loop is busy between two waits, by the clock and by its
 * own CPU time, and with what.
 *
 * The clock is read wherever the loop turns to something else.  The CPU clock takes
 * a system call, so it is read after steps that took a tenth of a millisecond
 * together: the last of them is said to have used all that was used since, which is
 * too much by that at most, and by what the waits between them take.
 */
#ifndef STALL_H
#define STALL_H

#include <stdint.h>

#include "os/os.h"

/* What the loop is at; the time that one spends in another is the other's. */
enum phase {
	PHASE_READING,          /* what the system told, after the wait       */
	PHASE_EVENTS,           /* who it is about, and what is known of them */
	PHASE_DECIDING,
	PHASE_APPLYING,         /* verdicts                                   */
	PHASE_ANSWERS,          /* of workers                                 */
	PHASE_DUE,              /* moments that came: leases, timers, looks   */
	PHASE_LISTING,          /* who is to be judged of all that live       */
	PHASE_COMPARING,        /* with a generation to come                  */
	PHASE_SWAPPING,
	PHASE_RELOADING,        /* all else about that                        */
	PHASE_JOURNAL,
	PHASE_GROUPS,
	PHASE_CONTROL,          /* those who ask a running pqs                */
	PHASES
};

const char *phase_name(enum phase p);

#define STALL_NS UINT64_C(1000000)      /* no step should be longer           */

/* Steps are counted by steps of a quarter of a power of two. */
#define STALL_BUCKETS 96

struct stall {
	uint64_t   ns, cpu_ns;          /* of the step; at most so much CPU   */
	enum phase most;                /* what took the most of it, and how  */
	uint64_t   most_ns;             /* much by the clock                  */
};

struct stalls {
	uint64_t     rounds, busy_ns;
	uint64_t     deciding_ns;       /* of the CPU, as far as it was read  */
	uint64_t     past, past_cpu;    /* longer than STALL_NS, by each      */
	struct stall longest, dearest;  /* by the clock, and by CPU time      */
	uint64_t     longest_ns[PHASES];        /* of each phase in one step  */
	uint64_t     bucket[STALL_BUCKETS];
	/* The step that is being made. */
	uint64_t     began_ns, since_ns;
	uint64_t     spent_ns[PHASES];
	enum phase   phase;
	/* As it was when it was read last, and of steps since then. */
	uint64_t     cpu_ns, unread_ns;
};

/* A step begins where the wait before it was over, if there was one. */
void       stall_begin(struct stalls *s, const struct sensor *clock,
                       bool waited);
/* What it is at from now on; returns what it was at. */
enum phase stall_enter(struct stalls *s, const struct sensor *clock,
                       enum phase p);
void       stall_end(struct stalls *s, const struct sensor *clock);

/* What that many of ten thousand steps stay under by the clock, to about a
 * fifth. */
uint64_t   stall_quantile_ns(const struct stalls *s, uint32_t permyriad);

#endif
