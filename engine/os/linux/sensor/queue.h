/* queue.h -- the line of events for sensor.next(), oldest first. */
#ifndef OS_LINUX_SENSOR_QUEUE_H
#define OS_LINUX_SENSOR_QUEUE_H

#include <stdbool.h>

#include "base/limits.h"
#include "model/event.h"

struct queue {
	uint32_t     head, count;
	bool         lost;              /* EVENT_LOST is owed                 */
	uint64_t     refused;           /* how often it was full              */
	struct event item[QUEUE_MAX];
};

/* To its place by at_ns, after its equals.  -ENOBUFS: full, EVENT_LOST is owed
 * in its stead.  EVENT_LOST itself is told once, behind all that is in line. */
int    queue_put(struct queue *q, const struct event *e);
/* How many events of the kernel there is room for. */
size_t queue_room(const struct queue *q);
/* The oldest, and after all of them the EVENT_LOST that is owed, of now_ns.
 * How many. */
size_t queue_take(struct queue *q, uint64_t now_ns,
                  struct event *ret_events, size_t max);

#endif
