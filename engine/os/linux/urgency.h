/* urgency.h -- the event thread before all others, within a budget.
 *
 * Under SCHED_FIFO it sees an exec before the new program runs far.  In any
 * window of time in which it used up its budget it is an ordinary thread for
 * the rest, so that it can never starve the machine.
 */
#ifndef OS_LINUX_URGENCY_H
#define OS_LINUX_URGENCY_H

#include <stdbool.h>
#include <stdint.h>

struct urgency {
	bool     on;                    /* allowed at all                     */
	bool     raised;
	int      priority;
	int      policy_before, priority_before;
	uint64_t budget_ns, window_ns;
	uint64_t window_begin_ns, spent_before_ns;
	uint64_t awake_since_ns;
	uint64_t unasked_ns;            /* awake since the CPU clock was read */
	uint64_t left_ns;               /* of the budget, as it said then     */
	uint64_t lowered;               /* how often the budget was used up   */
};

/* Raises the calling thread: 0, or -errno: it stays as it is. */
int  urgency_open(struct urgency *u, int priority, int64_t budget_permyriad,
                  int64_t window_ns, uint64_t now_ns);
/* After a piece of work, also before a sleep: raises or lowers. */
void urgency_account(struct urgency *u, uint64_t now_ns);
/* After a sleep, which spent nothing but may have begun another window. */
void urgency_awake(struct urgency *u, uint64_t now_ns);
/* Before a sleep: when to be raised again; UINT64_MAX: it is. */
uint64_t urgency_due_ns(const struct urgency *u);
/* Gives back the class that the thread had. */
void urgency_close(struct urgency *u);
/* CPU time of the calling thread alone. */
uint64_t urgency_spent_ns(void);

#endif
