/* queue.c -- what is due, by (time, sequence), and the clock that it moves. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/sim/machine.h"

/* Under one heap key: the sequence above, the place of the parcel below. */
#define SLOT_BITS 24

_Static_assert(SIM_PARCELS <= 1u << SLOT_BITS, "a slot fits its bits");

int queue_post(struct sim *s, uint64_t at_ns, const struct parcel *p)
{
	uint32_t       slot;
	struct parcel *own = pool_take(&s->parcels, &slot);

	if (own == NULL)
		return -ENOMEM;
	*own = *p;
	own->slot = slot;
	own->event.at_ns = at_ns;
	if (heap_push(&s->queue, at_ns, s->sequence << SLOT_BITS | slot) < 0) {
		pool_give_back(&s->parcels, slot);
		return -ENOMEM;
	}
	s->sequence++;
	return 0;
}

/* As a socket that ran over: told once until somebody hears of it. */
static void tell_lost(struct sim *s)
{
	struct parcel p = { .kind = PARCEL_EVENT, .event.kind = EVENT_LOST };

	if (!s->lost_told && queue_post(s, s->now_ns, &p) == 0)
		s->lost_told = true;
}

static bool is_kernels(const struct parcel *p)
{
	return p->kind == PARCEL_EVENT && p->event.kind <= EVENT_EXIT;
}

static struct strand *thread_born(const struct sim *s, const struct event *e)
{
	return e->kind != EVENT_THREAD ? NULL
	                               : strand_find(s, e->u.task.who.tid);
}

/* Of a birth nobody will hear, but by looking. */
static void lose(struct sim *s, const struct parcel *p)
{
	struct being  *child = p->event.kind != EVENT_FORK ? NULL :
	                       being_find(s, p->event.u.task.who);
	struct strand *thread = thread_born(s, &p->event);

	if (child != NULL)
		without_lost(child);
	if (thread != NULL)
		without_thread_lost(thread);
	tell_lost(s);
}

static void note_told(struct sim *s, const struct event *e)
{
	struct being  *b = e->kind != EVENT_FORK && e->kind != EVENT_EXEC
	                   ? NULL : being_find(s, e->u.task.who);
	struct strand *thread = thread_born(s, e);

	if (thread != NULL && thread->news == NEWS_ON_ITS_WAY)
		thread->news = NEWS_TOLD;
	if (b != NULL && e->kind == EVENT_EXEC)
		without_exec(b);
	else if (b != NULL && b->news == NEWS_ON_ITS_WAY)
		b->news = NEWS_TOLD;
}

static void post_kernels(struct sim *s, struct parcel *p)
{
	if (task_id_is_thread(p->event.u.task.who) && !s->interest.threads) {
		if (p->event.kind == EVENT_THREAD)
			without_thread_lost(thread_born(s, &p->event));
		return;
	}
	if (s->lose > 0) {
		s->lose--;
		lose(s, p);
		return;
	}
	/* the kernel does not say */
	p->event.u.task.who.born = p->event.u.task.parent.born = 0;
	if (s->kernel_events < SIM_QUEUE_MAX &&
	    queue_post(s, s->now_ns, p) == 0)
		s->kernel_events++;
	else
		lose(s, p);
}

void queue_post_task(struct sim *s, enum event_kind kind, struct task_id who,
                     struct task_id parent)
{
	struct parcel p = { .kind = PARCEL_EVENT, .event.kind = kind };

	p.event.u.task.who = who;
	p.event.u.task.parent = parent;
	post_kernels(s, &p);
}

void queue_post_exit(struct sim *s, struct task_id who, int wait_status)
{
	struct parcel p = { .kind = PARCEL_EVENT, .event.kind = EVENT_EXIT };

	p.event.u.task.who = who;
	p.event.u.task.status = wait_status;
	post_kernels(s, &p);
}

void queue_clear(struct sim *s)
{
	struct heap_item item;

	while (heap_pop(&s->queue, &item)) {
		uint32_t       slot = item.what & ((1u << SLOT_BITS) - 1);
		struct parcel *p = pool_at(&s->parcels, slot);

		free(p->letter);
	}
	heap_clear(&s->queue);
	pool_close(&s->parcels);
}

static size_t deliver_facts(struct sim *s, const struct parcel *p,
                            struct event *ret_event)
{
	struct being *b = being_find(s, p->event.u.task.who);

	if (b == NULL || b->life != p->life)
		return 0;               /* asked of another program           */
	facts_arrive(s, b);
	*ret_event = p->event;
	return 1;
}

static size_t deliver(struct sim *s, struct parcel *p, struct event *ret_event)
{
	switch (p->kind) {
	case PARCEL_EVENT:
		if (is_kernels(p))
			s->kernel_events--;
		if (p->event.kind == EVENT_LOST)
			s->lost_told = false;
		if (p->event.kind == EVENT_TURNED && p->life != 0)
			groups_deliver(s, p->life);
		note_told(s, &p->event);
		*ret_event = p->event;
		return 1;
	case PARCEL_FACTS:
		return deliver_facts(s, p, ret_event);
	case PARCEL_GUARD:
		guard_expire(s, p);
		return 0;
	case PARCEL_MADE:
		return workshop_deliver(s, p, ret_event);
	default:
		return wire_deliver(s, p, ret_event);
	}
}

/* The next one that is due by now; its place is free again. */
static bool queue_pop(struct sim *s, struct parcel *ret_parcel)
{
	struct heap_item item;
	struct parcel   *p;

	if (!heap_first(&s->queue, &item) || item.when > s->now_ns)
		return false;
	heap_pop(&s->queue, &item);
	p = pool_at(&s->parcels, item.what & ((1u << SLOT_BITS) - 1));
	*ret_parcel = *p;
	pool_give_back(&s->parcels, ret_parcel->slot);
	return true;
}

/* To the next thing that is due, or to the limit. */
static int pass_time(struct sim *s, uint64_t limit_ns)
{
	struct heap_item first;

	if (heap_first(&s->queue, &first) && first.when <= limit_ns)
		limit_ns = first.when;
	if (s->clock_due_ns < limit_ns)
		limit_ns = s->clock_due_ns;
	if (limit_ns == UINT64_MAX)
		return -EDEADLK;        /* nothing would ever happen          */
	s->now_ns = limit_ns;
	return 0;
}

int queue_next(void *self, uint64_t wake_ns, struct event *ret_events,
               size_t max)
{
	struct sim *s = self;
	uint64_t    limit_ns = wake_ns < s->until_ns ? wake_ns : s->until_ns;
	size_t      n = 0;
	int         r = sim_call(s, SIM_NEXT);

	if (r < 0)
		return r;
	for (;;) {
		struct parcel p;

		if (s->clock_due_ns <= s->now_ns)
			host_clock(s);
		while (n < max && queue_pop(s, &p))
			n += deliver(s, &p, &ret_events[n]);
		if (n > 0 || s->now_ns >= limit_ns)
			return (int)n;
		if (pass_time(s, limit_ns) < 0)
			return -EDEADLK;
	}
}
