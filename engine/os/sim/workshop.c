/* workshop.c -- what takes long, done at the moment at which it is told. */

#include <errno.h>

#include "os/sim/machine.h"

/* Within the delay of answers; what it looks at may have changed by then. */
static int workshop_begin(void *self, void (*work)(void *ctx), void *ctx)
{
	struct sim         *s = self;
	const struct parcel p = { .kind = PARCEL_MADE,
	                          .event.kind = EVENT_MADE };
	int                 r = sim_call(s, SIM_BEGIN);

	if (r < 0)
		return r;
	if (s->work != NULL)
		return -EBUSY;
	r = queue_post(s, s->now_ns + sim_random(s, s->delay_ns), &p);
	if (r < 0)
		return r;
	s->work = work;
	s->work_ctx = ctx;
	return 0;
}

static void work_do(struct sim *s)
{
	void (*work)(void *ctx) = s->work;

	s->work = NULL;
	if (work != NULL)
		work(s->work_ctx);
}

static void workshop_finish(void *self)
{
	work_do(self);
}

size_t workshop_deliver(struct sim *s, const struct parcel *p,
                        struct event *ret_event)
{
	if (s->work == NULL)
		return 0;               /* it was not waited for              */
	work_do(s);
	*ret_event = p->event;
	return 1;
}

/* There are no files; sim_reload() tells of them. */
static struct watch *workshop_watch(void *self, const char *const *paths,
                                    size_t n, size_t *ret_missing)
{
	(void)self;
	(void)paths;
	*ret_missing = n;
	errno = EOPNOTSUPP;
	return NULL;
}

static void workshop_heed(void *self, struct watch *w)
{
	(void)self;
	(void)w;
}

void workshop_door(struct sim *s, struct workshop *ret_workshop)
{
	*ret_workshop = (struct workshop){
		.name = "sim", .self = s, .begin = workshop_begin,
		.finish = workshop_finish, .watch = workshop_watch,
		.heed = workshop_heed, .unwatch = workshop_heed,
	};
}

void sim_reload(struct sim *s, bool files)
{
	struct parcel p = { .kind = PARCEL_EVENT, .event.kind = EVENT_RELOAD };

	p.event.u.reload.files = files;
	queue_post(s, s->now_ns, &p);
}
