/* undo_shared.c -- what sessions and whole units were given goes back. */

#include "enforce/undo.h"

/* True when it is of that session, whatever came of it. */
static bool undo_through(struct undo *u, size_t i, struct task_id whom)
{
	const struct actuator *door = &u->en->os->actuator;
	const struct hold     *h = &u->hold[i];
	struct change          c = { .effect = EFFECT_APPLIED };
	struct task_id         key;
	int64_t                now;
	bool                   found = false;

	if (door->grip(door->self, whom) < 0)
		return false;
	if (door->scope_key(door->self, whom, h->setting, &key) == 0 &&
	    task_id_equal(key, h->whom) &&
	    door->read(door->self, whom, h->setting, &now) == 0) {
		found = true;
		if (undo_ours(u, h, now) && now != h->origin)
			undo_put_back(u, whom, h->setting, now, h->origin, &c);
		else if (now != h->origin)
			undo_found_foreign(&c, h, now);
	}
	door->let_go(door->self);
	u->stays[i] = c.others > 0;
	undo_count(u, &c, whom, h->setting);
	return found;
}

static void undo_session(struct undo *u, size_t i)
{
	if (undo_through(u, i, u->hold[i].through))
		return;
	for (size_t k = 0; k < u->living.count; k++)
		if (undo_through(u, i, u->living.all[k].id))
			return;
}

/* It learns where the unit is, if it runs. */
static bool is_in_unit(const struct undo *u, const struct hold *h,
                       struct task_id whom)
{
	const struct actuator *door = &u->en->os->actuator;
	const char            *why;
	struct task_id         key;
	bool                   alone;

	return door->unit_key != NULL &&
	       door->unit_key(door->self, whom, h->setting, &key, &alone,
	                      &why) == 0 && task_id_equal(key, h->whom);
}

/* What a unit that does not run will have in its next life.  Where that is one
 * of two, it goes back once more. */
static int64_t kept_by(const struct hold *h)
{
	return h->settled || h->applied != h->origin ? h->applied : h->wanted;
}

/* Who set it since, the group of one that runs tells. */
static void undo_unit(struct undo *u, size_t i)
{
	const struct actuator *door = &u->en->os->actuator;
	const struct hold     *h = &u->hold[i];
	struct change          c = { .effect = EFFECT_APPLIED };
	int64_t                now;
	bool                   found = is_in_unit(u, h, h->through);

	for (size_t k = 0; k < u->living.count && !found; k++)
		found = is_in_unit(u, h, u->living.all[k].id);
	if (door->read(door->self, h->whom, h->setting, &now) < 0)
		now = kept_by(h);
	if (undo_ours(u, h, now) && now != h->origin)
		undo_put_back(u, h->whom, h->setting, now, h->origin, &c);
	else if (now != h->origin)
		undo_found_foreign(&c, h, now);
	u->stays[i] = c.others > 0;
	undo_count(u, &c, h->through, h->setting);
}

void undo_shared(struct undo *u)
{
	for (size_t i = 0; i < u->holds; i++) {
		enum setting s = u->hold[i].setting;

		if (setting_rows[s].scope == SETTING_SCOPE_SESSION)
			undo_session(u, i);
		else if (u->hold[i].whom.pid < 0)
			undo_unit(u, i);
	}
}
