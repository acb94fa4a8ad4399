/* urgency.c -- the event thread before all others, within a budget.
 *
 * No timer watches it: it looks at its own CPU clock between two pieces of
 * work, so an idle machine is not woken, and a piece that was too long is paid
 * for by the window after it.  That clock takes a system call and the wall's
 * none: as nothing can be spent but by being awake, it is asked only once we
 * were awake for as long as it left us.
 */
#include "os/linux/urgency.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

#define SLEEP_NS 20000          /* more than to fall asleep and wake takes    */

uint64_t urgency_spent_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Children never inherit it, in either state: taking the flag off again would
 * ask for a right, and it does not change what the thread itself is. */
static int urgency_set(struct urgency *u, bool raised)
{
	struct sched_param param = {
		.sched_priority = raised ? u->priority : 0 };
	int                policy = raised ? SCHED_FIFO : SCHED_OTHER;

	if (sched_setscheduler(0, policy | SCHED_RESET_ON_FORK, &param) < 0)
		return -errno;
	u->raised = raised;
	return 0;
}

static void window_begin(struct urgency *u, uint64_t now_ns)
{
	u->window_begin_ns = now_ns;
	u->spent_before_ns = urgency_spent_ns();
	u->unasked_ns = 0;
	u->left_ns = u->budget_ns;
}

/* The budget of the time since the window began, which is longer than a window
 * when one piece of work was, or when we slept. */
static bool over_budget(struct urgency *u, uint64_t now_ns)
{
	uint64_t windows = (now_ns - u->window_begin_ns) / u->window_ns;
	uint64_t budget = u->budget_ns * (windows > 0 ? windows : 1), spent;

	if (u->unasked_ns < u->left_ns)
		return false;
	spent = urgency_spent_ns() - u->spent_before_ns;
	u->unasked_ns = 0;
	u->left_ns = spent < budget ? budget - spent : 0;
	return u->left_ns == 0;
}

int urgency_open(struct urgency *u, int priority, int64_t budget_permyriad,
                 int64_t window_ns, uint64_t now_ns)
{
	struct sched_param before = { 0 };
	int                r;

	*u = (struct urgency){ .priority = priority,
		.window_ns = (uint64_t)(window_ns > 0 ? window_ns : 1),
		.budget_ns = (uint64_t)(window_ns / 10000 * budget_permyriad) };
	u->policy_before = sched_getscheduler(0);
	(void)sched_getparam(0, &before);
	u->priority_before = before.sched_priority;
	r = urgency_set(u, true);
	if (r < 0)
		return r;
	u->on = true;
	u->awake_since_ns = now_ns;
	window_begin(u, now_ns);
	return 0;
}

void urgency_account(struct urgency *u, uint64_t now_ns)
{
	bool over;

	if (!u->on)
		return;
	u->unasked_ns += now_ns - u->awake_since_ns;
	u->awake_since_ns = now_ns;
	over = u->raised && over_budget(u, now_ns);
	if (over) {
		(void)urgency_set(u, false);
		u->lowered++;
	}
	if (now_ns - u->window_begin_ns < u->window_ns)
		return;
	window_begin(u, now_ns);
	if (!over && !u->raised)
		(void)urgency_set(u, true);
}

void urgency_awake(struct urgency *u, uint64_t now_ns)
{
	u->awake_since_ns = now_ns;
	u->unasked_ns += SLEEP_NS;
	if (now_ns - u->window_begin_ns >= u->window_ns)
		urgency_account(u, now_ns);
}

uint64_t urgency_due_ns(const struct urgency *u)
{
	return u->on && !u->raised ? u->window_begin_ns + u->window_ns
	                           : UINT64_MAX;
}

/* Without the right to clear the flag, being ordinary has to do. */
void urgency_close(struct urgency *u)
{
	struct sched_param before = { .sched_priority = u->priority_before };

	if (!u->on)
		return;
	if (sched_setscheduler(0, u->policy_before, &before) < 0)
		(void)urgency_set(u, false);
	u->on = false;
}
