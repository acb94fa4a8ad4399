/* note.c -- what is written of a thread before it is changed, or as it is. */

#include "enforce/note.h"

const struct hold *note_of(const struct walk *w, struct task_id whom,
                           enum setting s)
{
	return w->en->journal == NULL ? NULL
	                              : journal_find(w->en->journal, whom, s);
}

/* The head's record may be under another name. */
static int begin_as(struct walk *w, const struct move *m,
                    struct task_id whom, const struct hold *values)
{
	struct hold about = *values;
	int         r;

	if (w->en->observe)
		return 0;
	about.whom = whom.tid == w->head.tid ? m->key : whom;
	about.through = whom;
	about.setting = m->change.setting;
	r = journal_begin(w->en->journal, &about);
	w->unwritten |= r == 0;
	return r;
}

static uint64_t now_of(const struct walk *w)
{
	const struct sensor *clock = &w->en->os->sensor;

	return clock->now_ns(clock->self);
}

int note_begin(struct walk *w, const struct move *m, struct task_id whom,
               int64_t origin, int64_t now, int64_t wanted)
{
	const struct hold about = { .origin = origin, .applied = now,
		                    .wanted = wanted,
		                    .since_ns = now_of(w) };

	return begin_as(w, m, whom, &about);
}

/* A record of what is so already: nothing is turned.  It has been so for as
 * long as its process has had anything of ours. */
int note_keep(struct walk *w, const struct move *m, struct task_id whom,
              int64_t origin, int64_t now)
{
	struct task_id     process = { w->head.pid, w->head.pid, w->head.born };
	const struct hold *h = m->had ? &m->prior :
	                       note_of(w, process, m->change.setting);
	const struct hold  about = { .origin = origin, .applied = now,
		                     .wanted = now,
		                     .since_ns = h != NULL ? h->since_ns
		                                           : now_of(w) };
	int                r = begin_as(w, m, whom, &about);

	if (r == 0 && !w->en->observe)
		r = journal_settle(w->en->journal, whom, m->change.setting,
		                   now);
	return r;
}

void note_end(struct walk *w, struct task_id whom, enum setting s)
{
	if (!w->en->observe)
		journal_end(w->en->journal, whom, s);
}
