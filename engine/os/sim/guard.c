/* guard.c -- the simulated kernel's permission to start a program. */

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "os/sim/machine.h"

static bool has(const struct text *list, const char *text)
{
	if (list == NULL)
		return false;
	for (size_t at = 0; at < list->bytes;
	     at += strlen(list->at + at) + 1)
		if (strcmp(list->at + at, text) == 0)
			return true;
	return false;
}

bool guard_holds(const struct sim *s, const struct program *p)
{
	return s->guard_ns != 0 && !p->foreign &&
	       (has(s->guard_exes, p->exe) || has(s->guard_names, p->name));
}

void guard_detain(struct sim *s, struct being *b)
{
	struct parcel coming = { .kind = PARCEL_EVENT };
	struct parcel late = { .kind = PARCEL_GUARD };

	b->coming->ticket = late.life = ++s->ticket;
	late.event.u.task.who = b->id;
	coming.event.kind = EVENT_COMING;
	coming.event.u.coming.who = b->id;
	coming.event.u.coming.who.born = 0;     /* the kernel does not say    */
	coming.event.u.coming.ticket = s->ticket;
	/* Without memory to hold it, it is not held. */
	if (queue_post(s, s->now_ns + s->guard_ns, &late) < 0 ||
	    queue_post(s, s->now_ns, &coming) < 0)
		coming_go_on(s, b);
}

void guard_expire(struct sim *s, const struct parcel *p)
{
	struct being *b = being_find(s, p->event.u.task.who);

	if (b == NULL || b->coming == NULL || b->coming->ticket != p->life)
		return;
	s->late++;
	coming_go_on(s, b);
}

static struct being *with_ticket(const struct sim *s, uint32_t ticket)
{
	struct strand *strand = strand_from(s, 1);

	for (; strand != NULL; strand = strand_from(s, strand->tid + 1))
		if (strand->being->coming != NULL &&
		    strand->being->coming->ticket == ticket)
			return strand->being;
	return NULL;
}

/* A list must have an element to be one. */
static struct text *list_new(const char *const *list, size_t count)
{
	static const char *const none[] = { "" };

	return count == 0 ? text_new(none, 1) : text_new(list, count);
}

static int watch(void *self, const char *const *exes, size_t exe_count,
                 const char *const *names, size_t name_count)
{
	struct sim  *s = self;
	struct text *e = list_new(exes, exe_count);
	struct text *n = list_new(names, name_count);

	if (e == NULL || n == NULL) {
		text_leave(e);
		text_leave(n);
		return -ENOMEM;
	}
	text_leave(s->guard_exes);
	text_leave(s->guard_names);
	s->guard_exes = e;
	s->guard_names = n;
	return 0;
}

static int coming(void *self, uint32_t ticket, struct facts *f)
{
	struct being *b = with_ticket(self, ticket);

	if (b == NULL)
		return -ETIME;
	facts_tell(f, FACT_exe, b->coming->program->exe);
	facts_tell(f, FACT_name, b->coming->program->name);
	return 0;
}

static void allow(void *self, uint32_t ticket)
{
	struct being *b = with_ticket(self, ticket);

	if (b != NULL)
		coming_go_on(self, b);
}

/* Here a path is always the same file. */
static void again(void *self, const char *exe)
{
	(void)self, (void)exe;
}

static void close_guard(void *self)
{
	(void)self;
}

void guard_door(struct sim *s, struct guard *ret_guard)
{
	*ret_guard = (struct guard){ .name = NULL };
	if (s->guard_ns == 0)
		return;
	*ret_guard = (struct guard){
		.name = "sim", .self = s, .watch = watch, .coming = coming,
		.allow = allow, .again = again, .close = close_guard,
	};
}

void sim_guard(struct sim *s, uint64_t deadline_ns)
{
	s->guard_ns = deadline_ns;
}

uint64_t sim_late(const struct sim *s)
{
	return s->late;
}
