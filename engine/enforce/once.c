/* once.c -- what is done to a task and leaves nothing to put back. */

#include "enforce/walk.h"

static struct turned turn_once(struct enforcer *en, struct task *who,
                               enum setting s, int64_t value)
{
	const struct actuator *door = &en->os->actuator;
	const char            *protected;
	struct turned          t = { EFFECT_GONE, "", 0 };

	if (door->grip(door->self, who->id) < 0)
		return t;
	protected = enforce_protected(en, who);
	if (protected != NULL)
		t = (struct turned){ EFFECT_DENIED, protected, 0 };
	else if ((door->can & SETTING_BIT(s)) == 0)
		t = (struct turned){ EFFECT_UNSUPPORTED,
		                     "this system has no such knob", 0 };
	else if (en->observe)
		t = (struct turned){ EFFECT_APPLIED, "", 0 };
	else
		door->apply(door->self, who->id, s, value, &t);
	door->let_go(door->self);
	return t;
}

void enforce_once(struct enforcer *en, struct task *who, enum setting s,
                  int64_t value, uint32_t rule)
{
	struct turned t = turn_once(en, who, s, value);
	struct change c = {
		.whom = who->id, .name = walk_name(who), .setting = s,
		.wanted = value, .now = t.now, .effect = t.effect,
		.why = t.why, .rule = rule, .threads = 1,
	};

	en->effects[t.effect]++;
	if (t.effect != EFFECT_GONE && en->report != NULL)
		en->report(en->report_ctx, &c);
}
