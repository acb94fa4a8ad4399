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

static int letter_post(struct worker_play *w, enum parcel_kind kind,
                       uint64_t at_ns, const void *bytes, size_t n)
{
	struct parcel p = { .kind = kind, .life = w->life, .wire = w->number };
	int           r;

	p.event.kind = EVENT_MESSAGE;
	p.event.u.worker.wire = w->number;
	p.letter = malloc(sizeof *p.letter + n);
	if (p.letter == NULL)
		return -ENOMEM;
	p.letter->bytes = n;
	if (n > 0)
		memcpy(p.letter->text, bytes, n);
	r = queue_post(w->sim, at_ns, &p);
	if (r < 0)
		free(p.letter);
	return r;
}

static int worker_post(struct worker_play *w, uint64_t at_ns, bool alive)
{
	struct parcel p = { .kind = PARCEL_WORKER, .life = w->life,
	                    .wire = w->number };

	p.event.kind = EVENT_WORKER;
	p.event.u.worker.wire = w->number;
	p.event.u.worker.alive = alive;
	return queue_post(w->sim, at_ns, &p);
}

/* Whether there was one. */
static bool worker_end(struct worker_play *w)
{
	bool was = w->alive || w->starting;

	w->alive = w->starting = w->busy = false;
	return was;
}

/* One that is still there makes way. */
static int wire_start(void *self)
{
	struct worker_play *w = self;
	int                 r = sim_call(w->sim, SIM_START);

	if (r < 0)
		return r;
	worker_end(w);
	w->life++;
	w->stirred = false;
	w->cpu_ns = 0;
	w->to_worker_bytes = 0;
	r = worker_post(w, arrival(w->sim, &w->to_core_ns), true);
	w->starting = r == 0;
	return r;
}

static int wire_send(void *self, const void *bytes, size_t n)
{
	struct worker_play *w = self;
	int                 r = sim_call(w->sim, SIM_TELL);
	size_t              before = w->to_worker_bytes;

	if (r < 0)
		return r;
	if (!w->alive)
		return -EPIPE;
	if (n > MESSAGE_BYTES_MAX)
		return -EMSGSIZE;
	if (before > 0 && before + n > SIM_WIRE_ROOM)
		return -EAGAIN;
	r = letter_post(w, PARCEL_TO_WORKER,
	                arrival(w->sim, &w->to_worker_ns), bytes, n);
	if (r == 0)
		w->to_worker_bytes += n;
	return r;
}

static int64_t wire_take(void *self, const void **ret_bytes)
{
	struct worker_play *w = self;

	free(w->lent);
	w->lent = w->inbox;
	if (w->lent == NULL)
		return 0;
	DL_DELETE(w->inbox, w->lent);
	*ret_bytes = w->lent->text;
	return (int64_t)w->lent->bytes;
}

static uint64_t busy_ns(const struct worker_play *w)
{
	return w->busy ? w->sim->now_ns - w->busy_since_ns : 0;
}

/* It works from when it hears something until it says something. */
static int wire_cpu_ns(void *self, uint64_t *ret_ns)
{
	const struct worker_play *w = self;
	int                       r = sim_call(w->sim, SIM_CPU);

	if (r < 0)
		return r;
	if (!w->alive)
		return -ESRCH;
	*ret_ns = w->cpu_ns + busy_ns(w);
	return 0;
}

/* What it had said and nobody took is lost with it. */
static void wire_kill(void *self)
{
	struct worker_play *w = self;

	if (!worker_end(w))
		return;
	w->life++;
	letters_drop(&w->inbox);
	worker_post(w, w->sim->now_ns, false);
}

static bool wire_stirred(void *self)
{
	struct worker_play *w = self;
	bool                was = w->stirred;

	w->stirred = false;
	return was;
}

static bool wire_watched(void *self)
{
	(void)self;
	return true;
}

/* Whoever read them last tells, alive or not. */
void sim_own_files(struct sim *s, uid_t uid)
{
	struct parcel p = { .kind = PARCEL_EVENT, .event.kind = EVENT_RELOAD };

	for (uint32_t i = VOICE_SYSTEM + 1; i < SIM_WIRES; i++) {
		struct worker_play *w = &s->worker[i];

		if (!w->open || w->uid != uid || w->stirred)
			continue;
		w->stirred = true;
		p.event.u.reload.files = true;
		p.event.u.reload.wire = i;
		queue_post(s, s->now_ns, &p);
	}
}

static void letter_free(void *memory, size_t bytes)
{
	(void)bytes;
	free(memory);
}

static int wire_keep(void *self, struct letter_kept *ret_letter)
{
	struct worker_play *w = self;

	if (w->lent == NULL || w->inbox != NULL)
		return -EBADMSG;
	*ret_letter = (struct letter_kept){
		.bytes = w->lent->text, .size = w->lent->bytes,
		.memory = w->lent, .memory_bytes = w->lent->bytes,
		.give_back = letter_free,
	};
	w->lent = NULL;
	return 0;
}

/* Whatever is on its way to or from it is nobody's from here on. */
static void wire_close(void *self)
{
	struct worker_play *w = self;

	worker_end(w);
	w->life++;
	letters_drop(&w->inbox);
	free(w->lent);
	w->lent = NULL;
	w->open = false;
}

/* What it had said still arrives, and then that it died. */
void sim_own_dies(struct sim *s, uint32_t wire)
{
	struct worker_play *w = &s->worker[wire];

	if (worker_end(w))
		worker_post(w, s->now_ns > w->to_core_ns
		               ? s->now_ns : w->to_core_ns, false);
}

void sim_worker_dies(struct sim *s)
{
	sim_own_dies(s, VOICE_SYSTEM);
}

bool sim_has_worker(const struct sim *s, uid_t uid)
{
	for (uint32_t i = VOICE_SYSTEM + 1; i < SIM_WIRES; i++)
		if (s->worker[i].uid == uid &&
		    (s->worker[i].alive || s->worker[i].starting))
			return true;
	return false;
}

void sim_on_message(struct sim *s,
                    void (*hear)(void *ctx, uint32_t wire,
                                 const void *bytes, size_t n),
                    void *ctx)
{
	s->hear = hear;
	s->hear_ctx = ctx;
}

int sim_own_send(struct sim *s, uint32_t wire, const void *bytes, size_t n)
{
	struct worker_play *w = &s->worker[wire];

	if (!w->alive)
		return -EPIPE;
	if (n > MESSAGE_BYTES_MAX)
		return -EMSGSIZE;
	w->cpu_ns += busy_ns(w);
	w->busy = false;
	return letter_post(w, PARCEL_TO_CORE, arrival(s, &w->to_core_ns),
	                   bytes, n);
}

int sim_wire_send(struct sim *s, const void *bytes, size_t n)
{
	return sim_own_send(s, VOICE_SYSTEM, bytes, n);
}

static size_t worker_hears(struct worker_play *w, struct letter *letter)
{
	w->to_worker_bytes -= letter->bytes;
	if (!w->busy) {
		w->busy = true;
		w->busy_since_ns = w->sim->now_ns;
	}
	if (w->sim->hear != NULL)
		w->sim->hear(w->sim->hear_ctx, w->number, letter->text,
		             letter->bytes);
	free(letter);
	return 0;
}

static size_t worker_changes(struct worker_play *w, const struct parcel *p,
                             struct event *ret_event)
{
	if (p->event.u.worker.alive) {
		if (!w->starting || p->life != w->life)
			return 0;
		w->starting = false;
		w->alive = true;
	}
	*ret_event = p->event;
	return 1;
}

size_t wire_deliver(struct sim *s, struct parcel *p, struct event *ret_event)
{
	struct worker_play *w = &s->worker[p->wire];
	bool                stale = p->life != w->life;

	if (p->kind == PARCEL_WORKER)
		return worker_changes(w, p, ret_event);
	if (stale || (p->kind == PARCEL_TO_WORKER && !w->alive)) {
		free(p->letter);
		return 0;
	}
	if (p->kind == PARCEL_TO_WORKER)
		return worker_hears(w, p->letter);
	DL_APPEND(w->inbox, p->letter);
	*ret_event = p->event;
	return 1;
}

static void wire_fill(struct worker_play *w, struct wire *ret_wire)
{
	*ret_wire = (struct wire){
		.name = "sim", .self = w, .start = wire_start,
		.send = wire_send, .take = wire_take, .cpu_ns = wire_cpu_ns,
		.kill = wire_kill, .close = wire_close, .keep = wire_keep,
		.stirred = wire_stirred, .watched = wire_watched,
	};
}

static void play_open(struct sim *s, uint32_t number, uid_t uid)
{
	struct worker_play *w = &s->worker[number];

	w->sim = s;
	w->number = number;
	w->uid = uid;
	w->open = true;
}

static int wire_own(void *self, uint32_t number, uid_t uid,
                    struct wire *ret_wire)
{
	struct sim *s = ((struct worker_play *)self)->sim;

	if (wire_voice(number) == VOICE_SYSTEM || number >= SIM_WIRES ||
	    s->worker[number].open)
		return -EINVAL;
	play_open(s, number, uid);
	wire_fill(&s->worker[number], ret_wire);
	return 0;
}

static int wire_beside(void *self, uint32_t number, struct wire *ret_wire)
{
	struct sim *s = ((struct worker_play *)self)->sim;

	if (number < VOICES_MAX || number >= WIRES_OF_USERS ||
	    s->worker[number].open)
		return -EINVAL;
	play_open(s, number, 0);
	wire_fill(&s->worker[number], ret_wire);
	return 0;
}

void wire_door(struct sim *s, struct wire *ret_wire)
{
	play_open(s, VOICE_SYSTEM, 0);
	wire_fill(&s->worker[VOICE_SYSTEM], ret_wire);
	ret_wire->own = wire_own;
	ret_wire->beside = wire_beside;
}
