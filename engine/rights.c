/* rights.c -- what a user's own rules may not do, whatever the admin says. */

#include "rights.h"

#include "model/layer.h"

#define BEST_EFFORT_HIGHEST 15          /* as an IONICE value                 */

enum right {
	RIGHT_BY_POWER,         /* who needs a power for it has none          */
	RIGHT_ANY,
	RIGHT_NOT_LESS,         /* than without us                            */
	RIGHT_NOT_MORE,
	RIGHT_CLASS,            /* no higher one, and none that is real-time  */
	RIGHT_NO_REALTIME_IO
};

static const enum right rights[SETTING_COUNT] = {
	[SETTING_affinity]       = RIGHT_ANY,
	[SETTING_sched]          = RIGHT_CLASS,
	[SETTING_nice]           = RIGHT_NOT_LESS,
	[SETTING_autogroup_nice] = RIGHT_NOT_LESS,
	[SETTING_ionice]         = RIGHT_NO_REALTIME_IO,
	[SETTING_oom_score_adj]  = RIGHT_NOT_LESS,
	[SETTING_uclamp_min]     = RIGHT_NOT_MORE,
	[SETTING_uclamp_max]     = RIGHT_NOT_MORE,
	[SETTING_cpu_time]       = RIGHT_NOT_MORE,
	[SETTING_freeze]         = RIGHT_ANY,
	[SETTING_reclaim]        = RIGHT_ANY,
};

uint64_t rights_never(void)
{
	uint64_t refused = 0;

	for (int s = 0; s < SETTING_COUNT; s++)
		if (rights[s] == RIGHT_BY_POWER &&
		    setting_rows[s].power[0] != '\0')
			refused |= SETTING_BIT(s);
	return refused;
}

static uint32_t classes_up_to(enum sched_class highest)
{
	return (2u << highest) - 1;
}

/* Where it cannot be read what a task had, it is taken to have had nothing
 * special. */
static bool bound_of(enum setting s, int64_t origin, bool known,
                     struct bound *ret_bound)
{
	enum sched_class highest = SCHED_CLASS_OTHER;

	*ret_bound = bound_open(s);
	switch (rights[s]) {
	case RIGHT_NOT_LESS:
		ret_bound->low = known ? origin : 0;
		return true;
	case RIGHT_NOT_MORE:
		if (known)
			ret_bound->high = origin;
		return true;
	case RIGHT_CLASS:
		if (known && sched_class_of(origin) < highest)
			highest = sched_class_of(origin);
		ret_bound->allowed = classes_up_to(highest);
		return true;
	case RIGHT_NO_REALTIME_IO:
		ret_bound->high = BEST_EFFORT_HIGHEST;
		return true;
	default:
		return false;
	}
}

/* What is wanted is looked up class and all: a class stands for knobs. */
static uint64_t claimed(const struct engine *en, const struct claim *c)
{
	struct want w = c->want;

	intents_expand(&en->intents, &w);
	return w.has;
}

void rights_bound(struct engine *en, struct task *who, struct opinion *o)
{
	struct subject  about = engine_subject(en, &en->voice[o->voice], who);
	struct ceiling *c = &o->ceiling[o->ceilings];
	uint64_t        wanted = 0, never = rights_never();

	for (size_t i = 0; i < o->claims; i++) {
		if (!rule_is_users(o->claim[i].rule))
			continue;
		o->refused |= o->claim[i].want.has & never;
		o->claim[i].want.has &= ~never;
		wanted |= claimed(en, &o->claim[i]);
	}
	*c = (struct ceiling){ .rule = RULE_RIGHTS, .layer = LAYER_USER };
	for (int s = 0; s < SETTING_COUNT; s++) {
		int64_t origin = 0;
		bool    known;

		if ((wanted & SETTING_BIT(s)) == 0)
			continue;
		known = about.own(about.own_ctx, who, (enum setting)s,
		                  &origin) == 0;
		if (bound_of((enum setting)s, origin, known, &c->cap.bound[s]))
			c->cap.has |= SETTING_BIT(s);
	}
	o->ceilings += c->cap.has != 0;
}
