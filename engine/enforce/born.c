/* born.c -- whose value a thread was born with, of whom nothing is written.
 *
 * The one that started it may have that value still, or may have been turned in
 * this very walk; or it went back before anybody heard of the birth, and then
 * the time of the birth tells.
 */

#include "enforce/born.h"
#include "enforce/note.h"

/* Births are counted in clock ticks. */
#define TICK_NS UINT64_C(20000000)

/* What is about to be set was not there yet to be born with. */
static const struct hold *born_with(const struct hold *kin, int64_t now)
{
	return kin == NULL || now == kin->applied || now == kin->earlier
	       ? kin : NULL;
}

/* It may have waited long for its first verdict. */
static bool was_born_before(const struct walk *w, struct task_id whom,
                            const struct hold *kin)
{
	const struct sensor *door = &w->en->os->sensor;
	uint64_t             start_ns;

	return kin != NULL && task_id_is_main(kin->whom) &&
	       door->thread_start(door->self, whom, &start_ns) == 0 &&
	       start_ns + TICK_NS < kin->since_ns;
}

const struct hold *born_kin(const struct walk *w, struct task_id whom,
                            enum setting s, int64_t now)
{
	const struct journal *j = w->en->journal;
	const struct hold    *kin = NULL;

	if (j != NULL && w->who->newborn && whom.tid == w->head.tid)
		kin = journal_kin(j, KIN_OF_NEWBORN, whom, s, now);
	if (j != NULL && (kin == NULL || was_born_before(w, whom, kin)))
		kin = journal_kin(j, KIN_OF_ANY, whom, s, now);
	return born_with(kin, now);
}

const struct former *born_former(const struct enforcer *en, struct task_id whom,
                                 enum setting s, int64_t now)
{
	const struct sensor *door = &en->os->sensor;
	uint64_t             start_ns;

	if (en->journal == NULL || !task_id_is_thread(whom) ||
	    task_id_is_main(whom) ||
	    (journal_formers(en->journal, whom) & SETTING_BIT(s)) == 0 ||
	    door->thread_start(door->self, whom, &start_ns) < 0)
		return NULL;
	return journal_former(en->journal, whom, s, now, start_ns);
}

bool born_of_main(const struct walk *w, struct task_id whom, enum setting s,
                  int64_t now, int64_t *ret_origin)
{
	const struct sensor *door = &w->en->os->sensor;
	const struct task   *row = table_find(w->en->table, whom);
	const struct hold   *own = note_of(w, task_id_main(whom), s);
	uint64_t             start_ns;

	if (own == NULL || !own->settled || own->applied != now ||
	    task_id_is_main(whom) || (row != NULL && !row->newborn) ||
	    door->thread_start(door->self, whom, &start_ns) < 0 ||
	    start_ns < own->since_ns + TICK_NS)
		return false;
	*ret_origin = own->origin;
	return true;
}

/* What the one was born of may have been turned a moment ago. */
static const struct hold *kin_turned(const struct walk *w, const struct move *m,
                                     int64_t now)
{
	for (size_t i = 0; i < w->done; i++)
		if (w->turn[i].move == m && w->turn[i].had &&
		    w->turn[i].before == now)
			return &w->turn[i].old;
	return NULL;
}

/* Who is met at first was not born with what its process has only now. */
static const struct hold *kin_before(const struct walk *w, const struct move *m,
                                     struct task_id whom, int64_t now,
                                     bool at_first)
{
	const struct journal *j = w->en->journal;
	enum setting          s = m->change.setting;

	if (m->had || !at_first || j == NULL)
		return born_kin(w, whom, s, now);
	return born_with(journal_kin(j, KIN_OF_THREAD, whom, s, now), now);
}

bool born_of_ours(const struct walk *w, const struct move *m,
                  struct task_id whom, int64_t now, bool at_first,
                  int64_t *ret_origin)
{
	const struct hold   *kin = kin_turned(w, m, now);
	const struct former *former = NULL;

	if (m->lost && journal_ours(&m->prior, now) &&
	    (at_first || now != m->turned.now)) {
		*ret_origin = m->prior.origin;
		return true;
	}
	if (kin == NULL)
		kin = kin_before(w, m, whom, now, at_first);
	if (kin != NULL && !task_id_is_thread(kin->whom))
		kin = NULL;
	if (kin == NULL && (at_first || now != m->turned.now))
		former = born_former(w->en, whom, m->change.setting, now);
	if (kin != NULL || former != NULL)
		*ret_origin = kin != NULL ? kin->origin : former->origin;
	return kin != NULL || former != NULL;
}
