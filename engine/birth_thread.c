/* birth_thread.c -- what a new thread has from the one that started it.
 *
 * The kernel does not tell which thread that was: what the new one has does.
 */

#include <errno.h>

#include "judge.h"

struct thread_birth {
	struct engine *en;
	struct task_id thread;
	uint64_t       at_ns;
	int            gripped;         /* 0, or why it cannot be looked at   */
};

/* What it has from the one that started it: of the process nothing need be
 * written. */
static bool thread_took(const struct thread_birth *b, enum setting s,
                        int64_t now, struct hold *ret_hold)
{
	const struct journal *j = b->en->journal;
	const struct hold    *kin = journal_kin(j, KIN_OF_NEWBORN, b->thread, s,
	                                        now);
	const struct former  *f = kin != NULL ? NULL : journal_former(
	                                  j, b->thread, s, now, b->at_ns);

	if (kin != NULL && task_id_is_thread(kin->whom))
		*ret_hold = *kin;
	else if (f != NULL)
		*ret_hold = (struct hold){
			.setting = s, .origin = f->origin,
			.since_ns = f->since_ns,
		};
	else
		return false;
	ret_hold->wanted = ret_hold->applied = now;
	return true;
}

/* Who starts most is believed to have started it where its value is hidden. */
static bool thread_believed(const struct thread_birth *b, enum setting s,
                            struct hold *ret_hold)
{
	const struct hold *h = journal_find(b->en->journal,
	                                    task_id_main(b->thread), s);

	if (h != NULL)
		*ret_hold = *h;
	if (h != NULL && h->settled)
		ret_hold->wanted = h->applied;
	return h != NULL;
}

static int thread_bear(const struct thread_birth *b, enum setting s)
{
	const struct actuator *door = &b->en->os->actuator;
	struct hold            own;
	int64_t                now;
	int                    r;

	if (journal_find(b->en->journal, b->thread, s) != NULL)
		return 0;
	r = b->gripped < 0 ? b->gripped
	                   : door->read(door->self, b->thread, s, &now);
	if (r == -ESRCH || (r < 0 && !thread_believed(b, s, &own)) ||
	    (r == 0 && !thread_took(b, s, now, &own)))
		return 0;
	own.whom = own.through = b->thread;
	return journal_begin(b->en->journal, &own);
}

/* A thread that has something apart from its process starts others with it, or
 * did a moment ago, whether or not any rule speaks of these.  Time that was
 * promised to one is nobody else's: SCHED_FLAG_RESET_ON_FORK, sched(7). */
static uint64_t thread_may_have(const struct engine *en, struct task_id process)
{
	uint64_t has = journal_formers(en->journal, process);

	if (journal_of_thread(en->journal, process) != NULL)
		has |= journal_holds_within(en->journal, process);
	return has & ~SETTING_BIT(SETTING_realtime);
}

static int thread_inherit(struct thread_birth *b)
{
	const struct actuator *door = &b->en->os->actuator;
	uint64_t               has = thread_may_have(b->en, b->thread);
	int                    r = 0;

	if (has == 0)
		return 0;
	b->gripped = door->grip(door->self, (struct task_id){
		b->thread.pid, b->thread.pid, b->thread.born });
	while (has != 0 && r == 0) {
		enum setting s = setting_take(&has);

		if (setting_rows[s].scope == SETTING_SCOPE_THREAD)
			r = thread_bear(b, s);
	}
	if (b->gripped == 0)
		door->let_go(door->self);
	return r < 0 ? r : 0;
}

/* Whether or not its process was met. */
int judge_thread_birth(struct engine *en, const struct event *e,
                       struct task **ret_thread)
{
	struct thread_birth birth = { en, e->u.task.who, e->at_ns, 0 };
	struct task_id      leader = { birth.thread.pid, birth.thread.pid, 0 };
	struct task        *process;
	bool                all;
	int                 r;

	if (en->journal == NULL || judge_hands_nothing_down(en) ||
	    judge_forker(en, &leader, &all) != 1)
		return 0;
	birth.thread.born = leader.born;
	r = thread_inherit(&birth);
	process = table_find(en->table, (struct task_id){
		leader.pid, leader.pid, leader.born });
	if (r < 0 || process == NULL ||
	    journal_holds(en->journal, birth.thread) == 0)
		return r;
	r = table_meet_thread(en->table, process, birth.thread.tid, ret_thread);
	if (r == 1)
		(*ret_thread)->newborn = true;
	return r >= 0;
}
