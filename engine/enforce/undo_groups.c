/* undo_groups.c -- no group of ours is left, whoever made it. */

#include "enforce/pools.h"
#include "enforce/undo.h"
#include "model/group.h"

#define GROUPS_AT_ONCE 64
#define STRAYS_AT_ONCE 1024

/* Where those were before who were put into that group. */
static int64_t home_of(const struct undo *u, int64_t group)
{
	for (size_t i = 0; i < u->holds; i++)
		if (u->hold[i].setting == SETTING_pool &&
		    (u->hold[i].applied == group || u->hold[i].wanted == group))
			return u->hold[i].origin;
	return group_read(u->en->sets, GROUP_TOP);
}

/* Who came into it unseen leaves it with those who were put there. */
static void send_home(struct undo *u, pid_t pid, int64_t group)
{
	const struct actuator *door = &u->en->os->actuator;
	struct change          c = { .effect = EFFECT_APPLIED };
	struct task_id         whom = { .pid = pid, .tid = pid };
	int64_t                now;

	if (door->grip(door->self, whom) < 0)
		return;
	if (door->read(door->self, whom, SETTING_pool, &now) == 0 &&
	    now == group)
		undo_put_back(u, whom, SETTING_pool, now, home_of(u, group), &c);
	door->let_go(door->self);
	undo_count(u, &c, whom, SETTING_pool);
}

static bool drop_group(struct undo *u, int64_t group)
{
	const struct actuator *door = &u->en->os->actuator;
	pid_t                  pid[STRAYS_AT_ONCE];
	int                    n;

	if (door->group_drop(door->self, group) == 0)
		return true;
	n = door->group_members(door->self, group, pid, STRAYS_AT_ONCE);
	for (int i = 0; i < n; i++)
		send_home(u, pid[i], group);
	return n > 0 && door->group_drop(door->self, group) == 0;
}

/* Begins anew as long as some are dropped, for what moved up was not told.
 * What was remembered of them is true no more. */
void undo_groups(struct undo *u)
{
	const struct actuator *door = &u->en->os->actuator;
	int64_t                groups[GROUPS_AT_ONCE];
	uint64_t               cursor = 0;
	int                    n = 1, dropped = 0;

	if (door->group_can == 0 || u->en->observe)
		return;
	while (n > 0 || dropped > 0) {
		if (n <= 0) {
			cursor = 0;
			dropped = 0;
		}
		n = door->group_list(door->self, &cursor, groups,
		                     GROUPS_AT_ONCE);
		for (int i = 0; i < n; i++)
			dropped += drop_group(u, groups[i]);
	}
	pools_close(u->en);
}
