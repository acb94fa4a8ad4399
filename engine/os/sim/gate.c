/* gate.c -- visitors that a test plays. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/sim/machine.h"

static struct visitor_play *visitor_of(const struct sim *s, uint32_t visit)
{
	return visit < VISITS_MAX ? s->visitor[visit] : NULL;
}

/* What happens at once is heard of after a while. */
static void tell(struct sim *s, uint32_t visit)
{
	struct parcel p = { .kind = PARCEL_EVENT };

	p.event.kind = EVENT_VISIT;
	p.event.u.visit = visit;
	if (visit_is_news(&s->visitor[visit]->visit) &&
	    queue_post(s, s->now_ns + sim_random(s, s->delay_ns), &p) < 0)
		s->visitor[visit]->visit.told = false;
}

int sim_visit(struct sim *s, const struct peer *who)
{
	struct parcel p = { .kind = PARCEL_EVENT };
	uint32_t      at = 0;

	while (at < VISITS_MAX && s->visitor[at] != NULL)
		at++;
	if (at == VISITS_MAX) {
		s->visits.turned_away++;
		return -EUSERS;
	}
	s->visitor[at] = calloc(1, sizeof *s->visitor[at]);
	if (s->visitor[at] == NULL)
		return -ENOMEM;
	s->visits.came++;
	s->visitor[at]->peer = *who;
	p.event.kind = EVENT_VISIT;
	p.event.u.visit = at;
	(void)queue_post(s, s->now_ns + sim_random(s, s->delay_ns), &p);
	return (int)at;
}

size_t sim_say(struct sim *s, uint32_t visit, const void *bytes, size_t n)
{
	struct visitor_play *v = visitor_of(s, visit);
	size_t               room = v == NULL ? 0 : visit_in_room(&v->visit);

	if (n > room)
		n = room;
	if (n == 0)
		return 0;
	memcpy(v->visit.in + v->visit.in_used, bytes, n);
	visit_in_add(&v->visit, n);
	tell(s, visit);
	return n;
}

size_t sim_listen(struct sim *s, uint32_t visit, void *ret_bytes, size_t n)
{
	struct visitor_play *v = visitor_of(s, visit);

	if (v == NULL)
		return 0;
	if (n > v->visit.out_used)
		n = v->visit.out_used;
	memcpy(ret_bytes, v->visit.out, n);
	visit_out_drop(&v->visit, n);
	tell(s, visit);
	return n;
}

void sim_hush(struct sim *s, uint32_t visit)
{
	struct visitor_play *v = visitor_of(s, visit);

	if (v == NULL)
		return;
	v->visit.ended = true;
	tell(s, visit);
}

void sim_leave(struct sim *s, uint32_t visit)
{
	struct visitor_play *v = visitor_of(s, visit);

	if (v == NULL)
		return;
	v->visit.gone = true;
	tell(s, visit);
}

bool sim_is_there(const struct sim *s, uint32_t visit)
{
	return visitor_of(s, visit) != NULL;
}

static int gate_peer(void *self, uint32_t visit, struct peer *ret_peer)
{
	const struct visitor_play *v = visitor_of(self, visit);

	if (v == NULL)
		return -ENOENT;
	*ret_peer = v->peer;
	return 0;
}

static int64_t gate_take(void *self, uint32_t visit, const char **ret_line)
{
	struct visitor_play *v = visitor_of(self, visit);

	return v == NULL ? -EPIPE : visit_take(&v->visit, ret_line);
}

static int gate_send(void *self, uint32_t visit, const void *bytes, size_t n)
{
	struct visitor_play *v = visitor_of(self, visit);
	int                  r = sim_call(self, SIM_SEND);

	if (r < 0)
		return r;
	return v == NULL ? -EPIPE : visit_put(&v->visit, bytes, n);
}

static size_t gate_room(void *self, uint32_t visit)
{
	struct visitor_play *v = visitor_of(self, visit);

	return v == NULL ? 0 : visit_room(&v->visit);
}

/* What it was answered before and had not read is lost: a test reads first. */
static void gate_dismiss(void *self, uint32_t visit)
{
	struct sim *s = self;

	if (visit >= VISITS_MAX)
		return;
	free(s->visitor[visit]);
	s->visitor[visit] = NULL;
}

static struct gate_counts gate_counts(void *self)
{
	return ((const struct sim *)self)->visits;
}

void gate_clear(struct sim *s)
{
	for (uint32_t i = 0; i < VISITS_MAX; i++)
		gate_dismiss(s, i);
}

void gate_door(struct sim *s, struct gate *ret_gate)
{
	*ret_gate = (struct gate){
		.name = "sim", .self = s, .peer = gate_peer, .take = gate_take,
		.send = gate_send, .room = gate_room, .dismiss = gate_dismiss,
		.counts = gate_counts };
}
