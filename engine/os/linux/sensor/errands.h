/* errands.h -- what may take long, done by a thread of its own: one after the
 * other, in the order in which it was asked for. */
#ifndef OS_LINUX_SENSOR_ERRANDS_H
#define OS_LINUX_SENSOR_ERRANDS_H

#include "os/linux/doors.h"

/* Whoever needs more to do it has this at the beginning of it. */
struct errand {
	struct landed about;
	int    pidfd;                   /* its own; -1: none                  */
	/* On that thread; writes how it went into about.turned. */
	void (*run)(struct errand *e);
};

struct errands;

/* EVENT_TURNED tells that some are done.  NULL: no memory, or
 * no descriptors. */
struct errands *errands_new(struct linux_os *os);
/* Waits for the one under way.  NULL is fine. */
void errands_free(struct errands *r);
/* Of malloc, and taken when it returns 0; -EAGAIN past UNDER_WAY_MAX, or
 * -errno. */
int  errands_ask(struct errands *r, struct errand *e);
/* The next that is done, for errand_free(); NULL: none. */
struct errand *errands_done(struct errands *r);
/* Whether all that was asked for is done. */
bool errands_idle(struct errands *r);
/* Waits until it is. */
void errands_finish(struct errands *r);

void errand_free(struct errand *e);             /* NULL is fine               */

#endif
