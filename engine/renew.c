/* renew.c -- another program runs in a process: what of its threads' is its own
 * from then on. */

#include <errno.h>

#include "judge.h"

/* One hold of a thread that is none any more: the process's, if the value that
 * it has now comes from there and not from its own.  What its class hides just
 * now it has from there, and so it may have what cannot be read now: whether it
 * does is left to the first look.  Where both may be so, the main thread went
 * on. */
static void adopt(struct engine *en, struct task *who, struct hold h)
{
	const struct actuator *door = &en->os->actuator;
	const struct hold     *own = journal_find(en->journal, who->id,
	                                          h.setting);
	int64_t                now = h.settled ? h.applied : h.wanted;
	int  r = door->read(door->self, who->id, h.setting, &now);
	bool unread = r < 0 && r != -ENODATA;

	if (r == -ESRCH || !journal_born_with(&h, now) ||
	    (own != NULL && (unread || journal_born_with(own, now)) &&
	     !task_id_is_main(h.whom)))
		return;
	if (own != NULL)
		journal_end(en->journal, who->id, h.setting);
	h.whom = h.through = who->id;
	h.applied = now;
	if (journal_begin(en->journal, &h) == 0)
		journal_settle(en->journal, who->id, h.setting, now);
}

/* Of many threads one is left, which has the process's id whichever it was and
 * all that it was given as a thread. */
static void adopt_from_threads(struct engine *en, struct task *who)
{
	const struct actuator *door = &en->os->actuator;
	const struct hold     *h;

	if (en->journal == NULL ||
	    journal_of_thread(en->journal, who->id) == NULL ||
	    door->grip(door->self, who->id) < 0)
		return;
	while ((h = journal_of_thread(en->journal, who->id)) != NULL) {
		struct hold was = *h;

		adopt(en, who, was);
		journal_end(en->journal, was.whom, was.setting);
	}
	door->let_go(door->self);
}

/* What was set by hand on the main thread is for the program to come as well:
 * that is still the thread of that number. */
static const struct lease *set_on_main(struct engine *en,
                                       const struct task *who)
{
	const struct lease *l = lease_of(en->leases, task_id_main(who->id));

	while (l != NULL && !rule_is_set(l->rule))
		l = lease_next(l);
	return l;
}

/* Takes the records of the main thread out, with what is still so of them: how
 * many. */
static size_t main_take_out(struct engine *en, const struct task *who,
                            struct hold ret[SETTING_COUNT])
{
	const struct actuator *door = &en->os->actuator;
	struct task_id         leader = task_id_main(who->id);
	uint64_t               left = journal_holds(en->journal, leader);
	size_t                 n = 0;

	while (left != 0) {
		enum setting s = setting_take(&left);
		struct hold  h = *journal_find(en->journal, leader, s);
		int64_t      now;
		int          r = door->read(door->self, who->id, s, &now);

		journal_end(en->journal, leader, s);
		if (r < 0 ? r != -ESRCH : journal_born_with(&h, now))
			ret[n++] = h;
	}
	return n;
}

static void main_put_in(struct engine *en, struct task *thread,
                        const struct hold *h, uint32_t rule)
{
	int64_t value = h->settled ? h->applied : h->wanted;

	if (journal_begin(en->journal, h) < 0)
		return;
	journal_settle(en->journal, h->whom, h->setting, value);
	want_set(&thread->in_force, h->setting, value);
	thread->won[h->setting] = rule;
}

/* It has had its verdict, and keeps it until the next one. */
static void main_goes_on(struct engine *en, struct task *who, uint32_t rule)
{
	const struct actuator *door = &en->os->actuator;
	struct hold            held[SETTING_COUNT];
	struct task           *thread;
	size_t                 n = 0;
	bool                   gripped;

	gripped = en->journal != NULL && door->grip(door->self, who->id) == 0;
	if (gripped) {
		n = main_take_out(en, who, held);
		door->let_go(door->self);
	}
	adopt_from_threads(en, who);
	if (table_meet_thread(en->table, who, who->id.pid, &thread) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		main_put_in(en, thread, &held[i], rule);
	thread->settled = n > 0;
}

void judge_renew(struct engine *en, struct task *who, uint64_t at_ns)
{
	const struct lease *l = set_on_main(en, who);

	if (l != NULL)
		main_goes_on(en, who, l->rule);
	else
		adopt_from_threads(en, who);
	judge_forget_standing(en, who);
	who->settled = false;
	who->first_seen_ns = at_ns;
}

void judge_renew_missed(struct engine *en, struct task *who)
{
	if (!who->exec_missed)
		return;
	who->exec_missed = false;
	judge_renew(en, who, who->first_seen_ns);
}
