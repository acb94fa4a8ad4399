/* visit.c -- the lines and the room of one visitor. */

#include "os/visit.h"

#include <errno.h>
#include <string.h>

static const char *line_end(const struct visit *v)
{
	return memchr(v->in + v->in_lent, '\n', v->in_used - v->in_lent);
}

/* Whether visit_take() has one to give. */
static bool visit_has_line(const struct visit *v)
{
	return line_end(v) != NULL;
}

/* What was lent is its reader's until the next visit_take(). */
size_t visit_in_room(const struct visit *v)
{
	if (v->ended || v->gone || v->in_lent > 0 || visit_has_line(v))
		return 0;
	return VISIT_LINE_MAX - v->in_used;
}

void visit_in_add(struct visit *v, size_t n)
{
	v->in_used += n;
}

int64_t visit_take(struct visit *v, const char **ret_line)
{
	const char *end;
	size_t      n;

	v->told = false;
	memmove(v->in, v->in + v->in_lent, v->in_used - v->in_lent);
	v->in_used -= v->in_lent;
	v->in_lent = 0;
	end = line_end(v);
	if (end != NULL) {
		n = (size_t)(end - v->in);
		v->in[n] = '\0';
		v->in_lent = n + 1;
		*ret_line = v->in;
		return (int64_t)n;
	}
	if (v->in_used == VISIT_LINE_MAX)
		return -EMSGSIZE;
	return v->gone ? -EPIPE : v->ended ? -ENODATA : -EAGAIN;
}

int visit_put(struct visit *v, const void *bytes, size_t n)
{
	if (v->gone)
		return -EPIPE;
	if (n > VISIT_ROOM - v->out_used) {
		v->wants_room = true;
		return -EAGAIN;
	}
	memcpy(v->out + v->out_used, bytes, n);
	v->out_used += n;
	return 0;
}

/* Whoever asks wants to know of more, unless there is all of it. */
size_t visit_room(struct visit *v)
{
	v->told = false;
	if (v->gone)
		return VISIT_ROOM;
	v->wants_room = v->out_used > 0;
	return VISIT_ROOM - v->out_used;
}

void visit_out_drop(struct visit *v, size_t n)
{
	memmove(v->out, v->out + n, v->out_used - n);
	v->out_used -= n;
}

bool visit_is_news(struct visit *v)
{
	bool room = v->wants_room && v->out_used <= VISIT_ROOM / 2;

	if (v->told || (!room && !v->ended && !v->gone && !visit_has_line(v) &&
	                v->in_used < VISIT_LINE_MAX))
		return false;
	v->wants_room = v->wants_room && !room;
	v->told = true;
	return true;
}
