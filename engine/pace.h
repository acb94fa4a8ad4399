/* pace.h -- work that nobody waits for, spread out so that events find the loop
 * free.
 *
 * An eighth of the time at most goes to it, after a burst.  The loop comes
 * before all others only as long as it uses little time (events.budget);
 * whoever spends that at once is an ordinary thread among the busy for the rest
 * of the window, and stands still in the midst of a step.  Of very many tasks
 * it is a larger part, or the last of them would have to wait for too long.
 */
#ifndef ENGINE_PACE_H
#define ENGINE_PACE_H

#include <stddef.h>
#include <stdint.h>

#define PACE_SHARE     8                        /* one part of so many        */
#define PACE_BURST_NS UINT64_C(5000000)         /* that may be used at once   */
#define PACE_TASKS    ((size_t)2000)            /* of more a larger part      */

struct pace {
	uint64_t paid_ns;               /* when all that was spent is paid for */
};

/* Work over that many tasks may take one part of so many of the time:
 * PACE_SHARE, past PACE_TASKS fewer, and 1 where it may take all. */
static inline uint64_t pace_share(size_t tasks)
{
	if (tasks <= PACE_TASKS)
		return PACE_SHARE;
	return tasks < PACE_TASKS * PACE_SHARE
	       ? PACE_TASKS * PACE_SHARE / tasks : 1;
}

/* On work that goes over so many tasks in all. */
static inline void pace_spend(struct pace *p, size_t tasks, uint64_t began_ns,
                              uint64_t now_ns)
{
	if (p->paid_ns < began_ns)
		p->paid_ns = began_ns;
	p->paid_ns += (now_ns - began_ns) * pace_share(tasks);
}

/* The time at which more may be spent; it may be past. */
static inline uint64_t pace_due_ns(const struct pace *p)
{
	const uint64_t ahead = PACE_BURST_NS * PACE_SHARE;

	return p->paid_ns > ahead ? p->paid_ns - ahead : 0;
}

#endif
