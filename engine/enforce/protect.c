/* protect.c -- tasks that nobody may touch. */

#include "enforce/walk.h"

#define KERNEL_THREAD 0x00200000u       /* PF_KTHREAD in the kernel's flags   */

static bool is_realtime(int64_t sched)
{
	return sched_class_of(sched) >= SCHED_CLASS_RR;
}

/* Whether its class is what we made it, or was born with. */
static bool class_is_ours(const struct enforcer *en, struct task_id whom,
                          int64_t sched)
{
	const struct hold *h;

	if (en->journal == NULL)
		return false;
	h = journal_find(en->journal, whom, SETTING_sched);
	if (h == NULL)
		h = journal_kin(en->journal, whom, SETTING_sched, sched);
	return h != NULL && h->applied == sched;
}

bool protect_realtime(const struct enforcer *en, struct task_id whom)
{
	const struct actuator *door = &en->os->actuator;
	int64_t                sched;

	return !en->allow_realtime &&
	       door->read(door->self, whom, SETTING_sched, &sched) == 0 &&
	       is_realtime(sched) && !class_is_ours(en, whom, sched);
}

/* The keeper and what it started: the core, whatever worker there is now. */
static bool is_own(const struct enforcer *en, const struct task *process)
{
	return process->id.pid == en->core ||
	       (en->keeper != 0 && (process->id.pid == en->keeper ||
	                            process->facts->ppid == en->keeper));
}

const char *enforce_protected(const struct enforcer *en, struct task *who)
{
	const struct task  *process = who;
	const struct facts *f;

	if (task_id_is_thread(who->id))
		process = table_process_of(en->table, who);
	f = process->facts;
	if (f == NULL || (f->known & FACT_BIT(FACT_ppid)) == 0)
		return "nothing is known of it";
	if (process->id.pid == 1 && !en->allow_init)
		return "pid 1";
	if ((f->flags & KERNEL_THREAD) != 0 && !en->allow_kernel_threads)
		return "kernel thread";
	if (is_own(en, process))
		return "pqs itself";
	if (!en->allow_realtime && is_realtime(f->sched) &&
	    !class_is_ours(en, process->id, f->sched))
		return "already real-time";
	return task_id_is_thread(who->id) && protect_realtime(en, who->id)
	       ? "already real-time" : NULL;
}
