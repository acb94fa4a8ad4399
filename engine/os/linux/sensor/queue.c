/* queue.c -- the line of events for sensor.next(), oldest first.
 *
 * Each CPU stamps its own messages, so two of them may come swapped by some
 * microseconds.  A late one moves forward past a few others: that is cheaper
 * than sorting and keeps a child's EXEC behind its FORK.
 */
#include "os/linux/sensor/queue.h"

#include <errno.h>

static struct event *queue_at(struct queue *q, uint32_t place)
{
	return &q->item[(q->head + place) % QUEUE_MAX];
}

/* A loss is no item: it must not find the line full, and two are one. */
int queue_put(struct queue *q, const struct event *e)
{
	uint32_t place = q->count;

	if (e->kind == EVENT_LOST) {
		q->lost = true;
		return 0;
	}
	if (q->count == QUEUE_MAX) {
		q->lost = true;
		q->refused++;
		return -ENOBUFS;
	}
	for (; place > 0; place--) {
		const struct event *before = queue_at(q, place - 1);

		if (before->at_ns <= e->at_ns)
			break;
		*queue_at(q, place) = *before;
	}
	*queue_at(q, place) = *e;
	q->count++;
	return 0;
}

/* The rest of the line is for whoever cannot come back later. */
size_t queue_room(const struct queue *q)
{
	uint32_t limit = QUEUE_MAX - QUEUE_RESERVED;

	return q->count < limit ? limit - q->count : 0;
}

size_t queue_take(struct queue *q, uint64_t now_ns,
                  struct event *ret_events, size_t max)
{
	size_t n = 0;

	for (; n < max && q->count > 0; n++) {
		ret_events[n] = *queue_at(q, 0);
		q->head = (q->head + 1) % QUEUE_MAX;
		q->count--;
	}
	if (q->lost && n < max) {
		ret_events[n++] = (struct event){ .kind = EVENT_LOST,
		                                  .at_ns = now_ns };
		q->lost = false;
	}
	return n;
}
