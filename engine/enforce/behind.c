/* behind.c -- what is written of threads that a walk did not come to, or whose
 * knob stayed as it was. */

#include "enforce/walk.h"

struct task_id walk_record_key(const struct walk *w, const struct turn *t)
{
	return t->whom.tid == w->head.tid ? t->move->key : t->whom;
}

/* Others may live on what was read back of it before it was lost, or on what
 * was about to be set when nobody read it back. */
static void restore(struct walk *w, const struct turn *t)
{
	struct hold was = t->old;

	was.whom = walk_record_key(w, t);
	was.setting = t->move->change.setting;
	if (was.settled)
		journal_settle(w->en->journal, was.whom, was.setting,
		               was.applied);
	else
		journal_begin(w->en->journal, &was);
}

void walk_cancel(struct walk *w, const struct turn *t)
{
	if (!t->began || w->en->observe)
		return;
	if (t->had)
		restore(w, t);
	else
		journal_end(w->en->journal, walk_record_key(w, t),
		            t->move->change.setting);
}

void walk_stay_behind(struct walk *w, const struct turn *t)
{
	struct hold own = t->old;

	if (w->en->observe || t->began || t->ends || !t->had ||
	    t->whom.tid == w->head.tid)
		return;
	own.whom = own.through = t->whom;
	own.wanted = own.applied = t->before;
	if (journal_begin(w->en->journal, &own) == 0)
		journal_settle(w->en->journal, own.whom, own.setting,
		               t->before);
}

void walk_headless_cancel(struct walk *w, struct move *m)
{
	enum setting s = m->change.setting;

	if (m->back || w->en->observe)
		return;
	if (m->had && !m->prior.settled)
		journal_begin(w->en->journal, &m->prior);
	else if (m->had)
		journal_settle(w->en->journal, m->key, s, m->prior.applied);
	else if (m->held)
		journal_end(w->en->journal, m->key, s);
	m->held = m->had;
}

/* Whom nobody comes to any more lives on its process's record as long as that
 * stands for what it has. */
static void leave_behind(struct walk *w, const struct turn *t)
{
	const struct hold *h = NULL;

	if (w->en->journal != NULL)
		h = journal_find(w->en->journal, t->move->key,
		                 t->move->change.setting);
	if (h != NULL && !journal_ours(h, t->before))
		walk_stay_behind(w, t);
}

/* Who was not even met may have what all had before, and who is born from now on
 * has what the head has. */
static void unsettle(struct walk *w, const struct move *m)
{
	const struct hold *h = NULL;
	struct hold        both;

	if (!w->en->observe && !m->back && !walk_of_thread(w) &&
	    scope_of(m->change.setting) == SETTING_SCOPE_THREAD)
		h = journal_find(w->en->journal, m->key, m->change.setting);
	if (h == NULL)
		return;
	both = *h;
	both.applied = h->settled ? h->applied : h->wanted;
	both.wanted = m->had ? m->prior.applied : m->origin;
	journal_begin(w->en->journal, &both);
}

void walk_cancel_all(struct walk *w)
{
	for (size_t i = 0; i < w->moves; i++)
		if (w->move[i].change.threads != 0)
			unsettle(w, &w->move[i]);
		else if (w->move[i].headless)
			walk_headless_cancel(w, &w->move[i]);
	for (; w->done < w->turns; w->done++) {
		walk_cancel(w, &w->turn[w->done]);
		leave_behind(w, &w->turn[w->done]);
	}
}
