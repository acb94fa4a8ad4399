/* insist.c -- what rules insist on is looked at now and then. */

#include "insist.h"

#include <errno.h>

#include "judge.h"

#define LOOKS_AT_ONCE 4

void insist_watch(struct engine *en, const struct task *who, uint64_t before)
{
	const struct sensor *door = &en->os->sensor;
	uint64_t             insists = who->insists & ~who->yielded;

	if (insists != 0)
		fights_watch(en->fights, who->id, door->now_ns(door->self));
	else if (before != 0)
		fights_forget(en->fights, who->id);
}

static int look(struct engine *en, struct task *who)
{
	const struct actuator *door = &en->os->actuator;
	uint64_t               before = who->insists;
	int                    r;

	/* Another program, or something else is wanted of it as soon as it may
	 * change: it is about to be judged. */
	if (!who->settled || who->held_back)
		return 0;
	/* Whose parent left is known to nobody until it is read again. */
	r = judge_learn_birth(en, who);
	if (r < 0)
		return 0;
	r = door->grip(door->self, table_process_of(en->table, who)->id);
	if (r < 0)
		return r == -ESRCH ? 0 : r;
	r = enforce_insist(&en->enforcer, who);
	door->let_go(door->self);
	insist_watch(en, who, before);
	return r < 0 && r != -ESRCH ? judge_unrecorded(en, r) : 0;
}

/* True while there may be more. */
static int look_at_some(struct engine *en, uint64_t now_ns)
{
	struct task_id id[LOOKS_AT_ONCE];
	size_t         n = fights_due(en->fights, now_ns, id, LOOKS_AT_ONCE);
	int            r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		struct task *who = table_find(en->table, id[i]);

		if (who == NULL)
			fights_forget(en->fights, id[i]);
		else
			r = look(en, who);
	}
	return r < 0 ? r : n == LOOKS_AT_ONCE;
}

int insist_due(struct engine *en, uint64_t now_ns)
{
	int r = look_at_some(en, now_ns);

	while (r > 0 && !engine_is_long(en))
		r = look_at_some(en, now_ns);
	return r < 0 ? r : 0;
}

size_t engine_yielded(struct engine *en)
{
	struct task *who;
	uint32_t     slot = 0;
	size_t       n = 0;

	while ((who = table_next(en->table, &slot)) != NULL)
		n += who->yielded != 0;
	return n;
}
