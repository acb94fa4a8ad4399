/* protect.c -- tasks that nobody may touch. */

#include "enforce/walk.h"

#define KERNEL_THREAD 0x00200000u       /* PF_KTHREAD in the kernel's flags   */

static bool is_realtime(int64_t sched)
{
	return sched_class_of(sched) >= SCHED_CLASS_RR;
}

/* A promise of time is a deadline, or a class in its stead. */
static bool is_promised(const struct hold *h, int64_t sched)
{
	return realtime_sched(h->applied) == sched ||
	       journal_ours(h, ~sched) ||
	       (!h->settled && realtime_sched(h->wanted) == sched);
}

static bool class_is_held(const struct enforcer *en, struct task_id whom,
                          int64_t sched)
{
	const struct hold *h = journal_find(en->journal, whom, SETTING_sched);
	const struct hold *kin = h != NULL ? NULL :
		journal_kin(en->journal, KIN_OF_ANY, whom, SETTING_sched,
		            sched);

	if ((h != NULL && journal_ours(h, sched)) ||
	    (kin != NULL && journal_born_with(kin, sched)))
		return true;
	h = journal_find(en->journal, whom, SETTING_realtime);
	return h != NULL && is_promised(h, sched);
}

/* Whether its class is what we made it, or was born with. */
static bool class_is_ours(const struct enforcer *en, struct task_id whom,
                          int64_t sched)
{
	struct task_id process = { whom.pid, whom.pid, whom.born };

	if (en->journal == NULL)
		return false;
	if (task_id_is_thread(whom) && !task_id_is_main(whom))
		return class_is_held(en, whom, sched);
	return class_is_held(en, process, sched) ||
	       class_is_held(en, task_id_main(process), sched);
}

static bool is_realtime_by_itself(const struct enforcer *en,
                                  struct task_id whom)
{
	const struct actuator *door = &en->os->actuator;
	int64_t                sched;

	return door->read(door->self, task_id_known(whom), SETTING_sched,
	                  &sched) == 0 &&
	       is_realtime(sched) && !class_is_ours(en, whom, sched);
}

bool protect_realtime(const struct enforcer *en, struct task_id whom,
                      bool by_name)
{
	return !(en->allow_realtime && by_name) &&
	       is_realtime_by_itself(en, whom);
}

/* It has another class from us by now. */
static bool was_realtime(const struct enforcer *en, struct task_id whom)
{
	const struct hold *h = en->journal == NULL ? NULL :
		journal_find(en->journal, whom, SETTING_sched);

	return h != NULL && is_realtime(h->origin);
}

static bool is_family(pid_t parent, const struct task *process)
{
	return parent != 0 && (process->id.pid == parent ||
	                       process->facts->ppid == parent);
}

/* The keeper, the core, and whatever worker one of them started. */
static bool is_own(const struct enforcer *en, const struct task *process)
{
	return is_family(en->core, process) || is_family(en->keeper, process);
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
	/* What was read of it may be what we made of it meanwhile. */
	if (is_realtime(f->sched) && protect_realtime(en, process->id, true))
		return "already real-time";
	return task_id_is_thread(who->id) &&
	       protect_realtime(en, who->id, true) ? "already real-time" : NULL;
}

bool enforce_sheltered(const struct enforcer *en, struct task *who)
{
	const struct task *process = who;

	if (task_id_is_thread(who->id))
		process = table_process_of(en->table, who);
	if (process->facts == NULL ||
	    (process->facts->known & FACT_BIT(FACT_ppid)) == 0)
		return true;
	if (process->id.pid == 1 ||
	    (process->facts->flags & KERNEL_THREAD) != 0)
		return true;
	if (!en->allow_realtime)
		return false;
	return was_realtime(en, process->id) || was_realtime(en, who->id) ||
	       (is_realtime(process->facts->sched) &&
	        is_realtime_by_itself(en, process->id)) ||
	       (task_id_is_thread(who->id) &&
	        is_realtime_by_itself(en, who->id));
}

/* Asked of the system: the table may not have met them yet. */
static bool lineage_read(const struct enforcer *en, pid_t pid,
                         struct facts *ret_facts)
{
	const struct sensor *door = &en->os->sensor;
	uint64_t             which = FACT_BIT(FACT_ppid) |
	                             FACT_BIT(FACT_session);

	*ret_facts = (struct facts){ .known = 0 };
	return door->facts(door->self, (struct task_id){ pid, pid, 0 }, which,
	                   ret_facts) == 0 &&
	       (ret_facts->known & which) == which;
}

/* A shell, a terminal, a login: who stops one of them stands before a machine
 * that does not answer. */
static bool is_where_we_began(const struct enforcer *en, pid_t pid)
{
	struct facts f;
	pid_t        up = en->core;

	for (int depth = 0; up > 1 && depth < LINEAGE_MAX; depth++) {
		if (!lineage_read(en, up, &f))
			return false;
		if ((up == en->core && f.session == pid) || f.ppid == pid)
			return true;
		up = f.ppid;
	}
	return false;
}

const char *protect_stop(const struct enforcer *en, const struct task *who)
{
	if (who->id.pid == 1)
		return "pid 1 cannot be stopped";
	if (who->facts != NULL && (who->facts->flags & KERNEL_THREAD) != 0)
		return "a kernel thread cannot be stopped";
	return is_where_we_began(en, who->id.pid)
	       ? "pqs was started from it" : NULL;
}
