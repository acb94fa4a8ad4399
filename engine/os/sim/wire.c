/* wire.c -- messages to and from a worker that a test plays. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/sim/machine.h"

static void letters_drop(struct letter **list)
{
	struct letter *letter, *next;

	for (letter = *list; letter != NULL; letter = next) {
		next = letter->next;
		DL_DELETE(*list, letter);
		free(letter);
	}
}

/* Like a stream: nothing overtakes what was sent before. */
static uint64_t arrival(struct sim *s, uint64_t *stream_ns)
{
	uint64_t at_ns = s->now_ns + sim_random(s, s->delay_ns);

	if (at_ns > *stream_ns)
		*stream_ns = at_ns;
	return *stream_ns;
}

static int letter_post(struct sim *s, enum parcel_kind kind, uint64_t at_ns,
                       const void *bytes, size_t n)
{
	struct parcel p = { .kind = kind, .life = s->worker.life };
	int           r;

	p.event.kind = EVENT_MESSAGE;
	p.letter = malloc(sizeof *p.letter + n);
	if (p.letter == NULL)
		return -ENOMEM;
	p.letter->bytes = n;
	if (n > 0)
		memcpy(p.letter->text, bytes, n);
	r = queue_post(s, at_ns, &p);
	if (r < 0)
		free(p.letter);
	return r;
}

static int worker_post(struct sim *s, uint64_t at_ns, bool alive)
{
	struct parcel p = { .kind = PARCEL_WORKER, .life = s->worker.life };

	p.event.kind = EVENT_WORKER;
	p.event.u.worker.alive = alive;
	return queue_post(s, at_ns, &p);
}

/* Whether there was one. */
static bool worker_end(struct sim *s)
{
	bool was = s->worker.alive || s->worker.starting;

	s->worker.alive = s->worker.starting = s->worker.busy = false;
	return was;
}

/* One that is still there makes way. */
static int wire_start(void *self)
{
	struct sim *s = self;
	int         r;

	worker_end(s);
	s->worker.life++;
	s->worker.cpu_ns = 0;
	s->worker.to_worker_bytes = 0;
	r = worker_post(s, arrival(s, &s->worker.to_core_ns), true);
	s->worker.starting = r == 0;
	return r;
}

static int wire_send(void *self, const void *bytes, size_t n)
{
	struct sim *s = self;
	size_t      before = s->worker.to_worker_bytes;
	int         r;

	if (!s->worker.alive)
		return -EPIPE;
	if (n > MESSAGE_BYTES_MAX)
		return -EMSGSIZE;
	if (before > 0 && before + n > SIM_WIRE_ROOM)
		return -EAGAIN;
	r = letter_post(s, PARCEL_TO_WORKER,
	                arrival(s, &s->worker.to_worker_ns), bytes, n);
	if (r == 0)
		s->worker.to_worker_bytes += n;
	return r;
}

static int64_t wire_take(void *self, const void **ret_bytes)
{
	struct worker_play *w = &((struct sim *)self)->worker;

	free(w->lent);
	w->lent = w->inbox;
	if (w->lent == NULL)
		return 0;
	DL_DELETE(w->inbox, w->lent);
	*ret_bytes = w->lent->text;
	return (int64_t)w->lent->bytes;
}

static uint64_t busy_ns(const struct sim *s)
{
	return s->worker.busy ? s->now_ns - s->worker.busy_since_ns : 0;
}

/* It works from when it hears something until it says something. */
static int wire_cpu_ns(void *self, uint64_t *ret_ns)
{
	const struct sim *s = self;

	if (!s->worker.alive)
		return -ESRCH;
	*ret_ns = s->worker.cpu_ns + busy_ns(s);
	return 0;
}

/* What it had said and nobody took is lost with it. */
static void wire_kill(void *self)
{
	struct sim *s = self;

	if (!worker_end(s))
		return;
	s->worker.life++;
	letters_drop(&s->worker.inbox);
	worker_post(s, s->now_ns, false);
}

static void wire_close(void *self)
{
	struct sim *s = self;

	worker_end(s);
	letters_drop(&s->worker.inbox);
	free(s->worker.lent);
	s->worker.lent = NULL;
}

/* What it had said still arrives, and then that it died. */
void sim_worker_dies(struct sim *s)
{
	if (worker_end(s))
		worker_post(s, s->now_ns > s->worker.to_core_ns
		               ? s->now_ns : s->worker.to_core_ns, false);
}

void sim_on_message(struct sim *s,
                    void (*hear)(void *ctx, const void *bytes, size_t n),
                    void *ctx)
{
	s->worker.hear = hear;
	s->worker.hear_ctx = ctx;
}

int sim_wire_send(struct sim *s, const void *bytes, size_t n)
{
	if (!s->worker.alive)
		return -EPIPE;
	if (n > MESSAGE_BYTES_MAX)
		return -EMSGSIZE;
	s->worker.cpu_ns += busy_ns(s);
	s->worker.busy = false;
	return letter_post(s, PARCEL_TO_CORE,
	                   arrival(s, &s->worker.to_core_ns), bytes, n);
}

static size_t worker_hears(struct sim *s, struct letter *letter)
{
	struct worker_play *w = &s->worker;

	w->to_worker_bytes -= letter->bytes;
	if (!w->busy) {
		w->busy = true;
		w->busy_since_ns = s->now_ns;
	}
	if (w->hear != NULL)
		w->hear(w->hear_ctx, letter->text, letter->bytes);
	free(letter);
	return 0;
}

static size_t worker_changes(struct sim *s, const struct parcel *p,
                             struct event *ret_event)
{
	if (p->event.u.worker.alive) {
		if (!s->worker.starting || p->life != s->worker.life)
			return 0;
		s->worker.starting = false;
		s->worker.alive = true;
	}
	*ret_event = p->event;
	return 1;
}

size_t wire_deliver(struct sim *s, struct parcel *p, struct event *ret_event)
{
	bool stale = p->life != s->worker.life;

	if (p->kind == PARCEL_WORKER)
		return worker_changes(s, p, ret_event);
	if (stale || (p->kind == PARCEL_TO_WORKER && !s->worker.alive)) {
		free(p->letter);
		return 0;
	}
	if (p->kind == PARCEL_TO_WORKER)
		return worker_hears(s, p->letter);
	DL_APPEND(s->worker.inbox, p->letter);
	*ret_event = p->event;
	return 1;
}

void wire_door(struct sim *s, struct wire *ret_wire)
{
	*ret_wire = (struct wire){
		.name = "sim", .self = s, .start = wire_start,
		.send = wire_send, .take = wire_take, .cpu_ns = wire_cpu_ns,
		.kill = wire_kill, .close = wire_close,
	};
}
