/* below.c -- what changes of a process changes what rules see above all that were
 * born of it. */

#include "judge.h"

/* What may be another afterwards. */
static const uint64_t changed_by[EVENT_KINDS] = {
	[EVENT_EXEC]   = ~UINT64_C(0),
	[EVENT_FACTS]  = ~UINT64_C(0),
	[EVENT_RENAME] = FACT_BIT(FACT_comm),
	[EVENT_UID]    = FACT_BIT(FACT_uid) | FACT_BIT(FACT_user) |
	                 FACT_BIT(FACT_gid) | FACT_BIT(FACT_group),
};

struct below {
	struct engine *en;
	uint64_t       now_ns;
};

static void judge_soon(void *ctx, struct task *who)
{
	const struct below *b = ctx;

	judge_again(b->en, who, b->now_ns);
}

void judge_below(struct engine *en, const struct event *e)
{
	const struct sensor *sensor = &en->os->sensor;
	struct below         b = { en, sensor->now_ns(sensor->self) };
	struct task         *who;

	if ((en->needs.lineage & changed_by[e->kind]) == 0)
		return;
	who = table_find(en->table, e->u.task.who);
	if (who == NULL || task_id_is_thread(who->id) || who->children == 0)
		return;
	if (!table_each_below(en->table, who, BELOW_MAX, judge_soon, &b))
		sweep_walk(&en->sweep, 0, true);
}
