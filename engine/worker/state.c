/* state.c -- how the core moves on with its worker: a table.
 *
 * One row for each state, one column for each thing that can be heard; what is
 * in a field is a function that does the one thing that follows.  That a worker
 * comes or goes is believed of the wire alone, so 'there' is right in all
 * states.
 */

#include "worker/state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each pause is twice the last, until a worker has lived well for a while. */
static void pause_for_next(struct worker *w)
{
	uint64_t first_ns = w->limits.back_off_ns;

	if (w->ready_ns != 0 && w->now_ns - w->ready_ns >= WORKER_HEALTHY_NS)
		w->pause_ns = first_ns;
	w->ready_ns = 0;
	w->state = STATE_PAUSED;
	w->due_ns = later(w->now_ns, w->pause_ns);
	w->pause_ns = sooner(w->pause_ns * 2, first_ns * WORKER_PAUSES_MAX);
}

/* 'there' stays until the wire says that it is gone. */
void worker_kill(struct worker *w)
{
	if (w->there)
		w->wire->kill(w->wire->self);
}

enum worker_news worker_lose(struct worker *w, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(w->why, sizeof w->why, format, list);
	va_end(list);
	free(w->refusal);
	w->refusal = NULL;
	asking_blame(w);                /* while it is known what was out     */
	worker_kill(w);
	pause_for_next(w);
	w->counts.lost++;
	/* A user may kill what runs as that user, again and again. */
	if (w->own && !w->compiled && ++w->suspicions >= w->limits.strikes)
		return worker_refuse(w, strdup(w->why));
	return WORKER_LOST;
}

/* The limit holds from here until it lives, and once more until it has read
 * the rules: each can hang by itself. */
int worker_launch(struct worker *w)
{
	int r = w->wire->start(w->wire->self);

	if (r < 0)
		return r;
	w->counts.started++;
	w->state = STATE_STARTING;
	w->due_ns = later(w->now_ns, w->limits.load_wall_ns);
	w->sources_sent = 0;
	w->options_sent = false;
	w->reading = UINT32_MAX;
	w->compiling = w->cpu_known = w->stuck = false;
	return 0;
}

enum worker_news worker_ready(struct worker *w, enum worker_news news)
{
	w->state = STATE_READY;
	w->ready_ns = w->now_ns;
	w->due_ns = UINT64_MAX;
	return news;
}

/* Late words of one that was given up, or a wire that repeats itself. */
static enum worker_news nothing(struct worker *w, const struct letter *letter)
{
	(void)w;
	(void)letter;
	return WORKER_NOTHING;
}

/* One that nobody waits for any more. */
static enum worker_news turn_away(struct worker *w, const struct letter *letter)
{
	(void)letter;
	w->there = true;
	worker_kill(w);
	return WORKER_NOTHING;
}

static enum worker_news left(struct worker *w, const struct letter *letter)
{
	(void)letter;
	w->there = false;
	return WORKER_NOTHING;
}

static enum worker_news no_start(struct worker *w, const struct letter *letter)
{
	(void)letter;
	return worker_lose(w, "the rules worker could not be started");
}

static enum worker_news slow_start(struct worker *w,
                                   const struct letter *letter)
{
	(void)letter;
	return worker_lose(w, "the rules worker does not start");
}

static enum worker_news died(struct worker *w, const struct letter *letter)
{
	(void)letter;
	w->there = false;
	return worker_lose(w, "the rules worker died %s",
	                   w->state == STATE_BUSY ? "over a question"
	                                          : "with nothing to do");
}

/* A worker speaks when it is spoken to; one that does not may have been taken
 * over, and nothing it says later would be worth the reading. */
static enum worker_news nonsense(struct worker *w, const struct letter *letter)
{
	(void)letter;
	return worker_lose(w, "the rules worker spoke out of turn");
}

/* One that answers without reading what it is asked is no use either. */
static enum worker_news try_line(struct worker *w, const struct letter *letter)
{
	(void)letter;
	if (w->stuck && w->now_ns >= w->limit_ns)
		return worker_lose(w, "the rules worker does not read what it "
		                   "is asked");
	w->due_ns = UINT64_MAX;         /* the line is pumped after each step */
	return WORKER_NOTHING;
}

/* Not before the old one is gone: there is one wire, and what the old one still
 * says must not be taken for the new one's. */
static enum worker_news start_again(struct worker *w,
                                    const struct letter *letter)
{
	int r;

	(void)letter;
	if (w->there)
		return WORKER_NOTHING;
	r = worker_launch(w);
	if (r < 0)
		return worker_lose(w, "the rules worker cannot be started: %s",
		                   strerror(-r));
	return WORKER_NOTHING;
}

/* What cannot come in a state, given a wire that keeps its word, is nothing
 * where there is no worker to blame and nonsense where there is one. */
static move *const moves[STATES][HEARDS] = {
	[STATE_OFF] = {
		[HEARD_HERE]    = turn_away,     [HEARD_GONE]     = left,
		[HEARD_READING] = nothing,
		[HEARD_IMAGE]   = nothing,       [HEARD_REFUSED]  = nothing,
		[HEARD_ANSWER]  = nothing,       [HEARD_NONSENSE] = nothing,
		[HEARD_TIME]    = nothing,
	},
	[STATE_STARTING] = {
		[HEARD_HERE]    = load_begin,    [HEARD_GONE]     = no_start,
		[HEARD_READING] = nothing,
		[HEARD_IMAGE]   = nothing,       [HEARD_REFUSED]  = nothing,
		[HEARD_ANSWER]  = nothing,       [HEARD_NONSENSE] = nothing,
		[HEARD_TIME]    = slow_start,
	},
	[STATE_LOADING] = {
		[HEARD_HERE]    = nothing,       [HEARD_GONE]     = load_died,
		[HEARD_READING] = load_reading,
		[HEARD_IMAGE]   = load_image,
		[HEARD_REFUSED] = load_refusal,
		[HEARD_ANSWER]  = nonsense,      [HEARD_NONSENSE] = nonsense,
		[HEARD_TIME]    = load_go_on,
	},
	[STATE_CHECKING] = {
		[HEARD_HERE]    = nothing,       [HEARD_GONE]     = left,
		[HEARD_READING] = nonsense,
		[HEARD_IMAGE]   = nonsense,      [HEARD_REFUSED]  = nonsense,
		[HEARD_ANSWER]  = nonsense,      [HEARD_NONSENSE] = nonsense,
		[HEARD_TIME]    = nothing,
	},
	[STATE_READY] = {
		[HEARD_HERE]    = nothing,       [HEARD_GONE]     = died,
		[HEARD_READING] = nonsense,
		[HEARD_IMAGE]   = nonsense,      [HEARD_REFUSED]  = nonsense,
		[HEARD_ANSWER]  = nonsense,      [HEARD_NONSENSE] = nonsense,
		[HEARD_TIME]    = try_line,
	},
	[STATE_BUSY] = {
		[HEARD_HERE]    = nothing,       [HEARD_GONE]     = died,
		[HEARD_READING] = nonsense,
		[HEARD_IMAGE]   = nonsense,      [HEARD_REFUSED]  = nonsense,
		[HEARD_ANSWER]  = asking_answer, [HEARD_NONSENSE] = nonsense,
		[HEARD_TIME]    = asking_time,
	},
	[STATE_PAUSED] = {
		[HEARD_HERE]    = turn_away,     [HEARD_GONE]     = left,
		[HEARD_READING] = nothing,
		[HEARD_IMAGE]   = nothing,       [HEARD_REFUSED]  = nothing,
		[HEARD_ANSWER]  = nothing,       [HEARD_NONSENSE] = nothing,
		[HEARD_TIME]    = start_again,
	},
	[STATE_DISMISSED] = {
		[HEARD_HERE]    = turn_away,     [HEARD_GONE]     = left,
		[HEARD_READING] = nothing,
		[HEARD_IMAGE]   = nothing,       [HEARD_REFUSED]  = nothing,
		[HEARD_ANSWER]  = nothing,       [HEARD_NONSENSE] = nothing,
		[HEARD_TIME]    = nothing,
	},
};

enum worker_news worker_move(struct worker *w, enum heard heard,
                             const struct letter *letter)
{
	return moves[w->state][heard](w, letter);
}
