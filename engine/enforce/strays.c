/* strays.c -- processes that came into a group of ours unseen: born there while
 * nobody looked, or put there by somebody else. */

#include "enforce/pools.h"

#define STRAYS_AT_ONCE 256

/* Whoever was no rule's affair so far was not even asked when it was born. */
static struct task *known(struct enforcer *en, pid_t pid)
{
	struct task *who = table_find(en->table, (struct task_id){
	                              pid, pid, 0 });
	struct value unused;

	if (who != NULL && who->id.born == 0)
		table_fact(en->table, who, FACT_ppid, &unused);
	return who != NULL && who->id.born == 0 ? NULL : who;
}

/* It is judged like any other once it has a record. */
static void adopt(struct enforcer *en, int64_t group, pid_t pid)
{
	const struct sensor *clock = &en->os->sensor;
	const struct task   *who = known(en, pid);
	struct hold          h = {
		.setting = SETTING_pool, .origin = pools_home(en, group),
		.wanted = group, .applied = group,
		.since_ns = clock->now_ns(clock->self),
	};

	if (who == NULL ||
	    journal_find(en->journal, who->id, SETTING_pool) != NULL)
		return;
	h.whom = h.through = who->id;
	if (journal_begin(en->journal, &h) == 0)
		journal_settle(en->journal, h.whom, SETTING_pool, group);
	if (en->landed != NULL)
		en->landed(en->landed_ctx, h.whom);
}

void pools_adopt(struct enforcer *en, int64_t group)
{
	const struct actuator *door = &en->os->actuator;
	pid_t                  pid[STRAYS_AT_ONCE];
	int                    n;

	if (en->journal == NULL)
		return;
	n = door->group_members(door->self, group, pid, STRAYS_AT_ONCE);
	for (int i = 0; i < n; i++)
		adopt(en, group, pid[i]);
}
