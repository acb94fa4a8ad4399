/* knobs.c -- the settings that the simulated kernel holds for each thread: what
 * they begin as, who inherits them, and what it makes of a value. */

#include <errno.h>

#include "os/sim/machine.h"

#define SLACK_AT_BOOT 50000
#define SLICE_AT_BOOT 2800000

bool knob_exists(const struct sim *s, enum setting what)
{
	if (what == SETTING_pool)
		return s->has_groups && s->sets != NULL;
	return (SIMULATED_KNOBS & SETTING_BIT(what)) != 0 &&
	       (what != SETTING_affinity || s->online >= 0);
}

/* Where a setting of that thread is kept; NULL: there is no such knob. */
int64_t *knob_at(const struct sim *s, struct strand *strand, enum setting what)
{
	if (!knob_exists(s, what))
		return NULL;
	switch (setting_rows[what].scope) {
	case SETTING_SCOPE_GROUP:
	case SETTING_SCOPE_PROCESS: return &strand->being->shared[what];
	case SETTING_SCOPE_SESSION:
		return &strand->being->session->autogroup_nice;
	default:                    return &strand->value[what];
	}
}

struct marks *marks_at(struct strand *strand, enum setting what)
{
	switch (setting_rows[what].scope) {
	case SETTING_SCOPE_GROUP:
	case SETTING_SCOPE_PROCESS: return &strand->being->marks;
	case SETTING_SCOPE_SESSION: return &strand->being->session->marks;
	default:                    return &strand->marks;
	}
}

/* As pid 1 has them when the machine starts; what is not named is 0. */
void knobs_default(const struct sim *s, struct being *init)
{
	int64_t *value = init->strands->value;

	init->shared[SETTING_cpu_limit] = VALUE_UNLIMITED;
	init->shared[SETTING_cpu_time] = VALUE_UNLIMITED;
	value[SETTING_affinity] = s->online;
	value[SETTING_sched] = sched_value(SCHED_CLASS_OTHER, 0);
	value[SETTING_slice] = SLICE_AT_BOOT;
	value[SETTING_uclamp_max] = setting_rows[SETTING_uclamp_max].high;
	value[SETTING_ionice] = IONICE_NONE;
	value[SETTING_timer_slack] = SLACK_AT_BOOT;
	memcpy(init->marks.without, init->shared, sizeof init->shared);
	memcpy(init->strands->marks.without, value,
	       sizeof init->strands->value);
}

/* What a child has from its parent; nobody is born standing still, or limited
 * as the one process is that its limit is about. */
void knobs_share(const struct being *parent, struct being *child)
{
	for (int i = 0; i < SETTING_COUNT; i++)
		child->shared[i] = parent->shared[i];
	child->shared[SETTING_freeze] = child->shared[SETTING_reclaim] = 0;
	child->shared[SETTING_cpu_limit] = VALUE_UNLIMITED;
	without_share(parent, child);
}

/* A child is scheduled as its parent is, unless the parent asked that it be an
 * ordinary one. */
void knobs_inherit(const struct strand *parent, struct strand *child)
{
	int64_t sched = parent->value[SETTING_sched];

	for (int i = 0; i < SETTING_COUNT; i++)
		child->value[i] = parent->value[i];
	without_inherit(parent, child);
	if ((sched & SCHED_VALUE_RESET) == 0)
		return;
	sched &= ~SCHED_VALUE_RESET;
	if (sched_class_of(sched) >= SCHED_CLASS_RR) {
		sched = sched_value(SCHED_CLASS_OTHER, 0);
		child->value[SETTING_nice] = 0;
	}
	if (child->value[SETTING_nice] < 0)
		child->value[SETTING_nice] = 0;
	child->value[SETTING_sched] = sched;
	child->value[SETTING_realtime] = 0;
	without_reset(child, SETTING_nice);
	without_reset(child, SETTING_sched);
	without_reset(child, SETTING_realtime);
}

static bool is_ordinary(const struct strand *strand)
{
	return sched_class_of(strand->value[SETTING_sched]) <=
	       SCHED_CLASS_OTHER;
}

static bool has_deadline(const struct strand *strand)
{
	return sched_class_of(strand->value[SETTING_sched]) ==
	       SCHED_CLASS_DEADLINE;
}

/* What the kernel would say of it.  0, or -ENODATA: it has none just now. */
int knob_value(const struct strand *strand, enum setting what,
             const int64_t *knob, int64_t *ret_value)
{
	*ret_value = *knob;
	if (what == SETTING_slice && !is_ordinary(strand))
		return -ENODATA;
	if (what == SETTING_realtime && !has_deadline(strand))
		*ret_value = ~strand->value[SETTING_sched];
	return 0;
}

/* The kernel takes a priority with the real-time classes only. */
static bool sched_is_right(int64_t value)
{
	enum sched_class c = sched_class_of(value);
	int              priority = sched_priority_of(value);

	if (c == SCHED_CLASS_RR || c == SCHED_CLASS_FIFO)
		return priority >= 1 && priority <= 99;
	return c < SCHED_CLASS_RR && priority == 0;
}

static bool may_be_unlimited(enum setting what)
{
	return what == SETTING_cpu_time || what == SETTING_cpu_limit;
}

/* What the kernel makes of the value, or why it refuses. */
static const char *kernels_value(struct sim *s, enum setting what,
                                 int64_t value, int64_t *ret_value)
{
	const struct setting_row *row = &setting_rows[what];

	if ((value < row->low || value > row->high) &&
	    (value != VALUE_UNLIMITED || !may_be_unlimited(what)))
		return "out of range";
	if (row->type == SETTING_TYPE_SCHED && !sched_is_right(value))
		return "no such class and priority";
	if (row->type == SETTING_TYPE_CPUS) {
		value = interned_intersect(s->sets, value, s->online);
		if (value < 0)
			return "none of these CPUs is there";
	}
	*ret_value = value;
	return NULL;
}

int knob_read(struct sim *s, struct strand *strand, enum setting what,
              int64_t *ret_value)
{
	int64_t *knob = knob_at(s, strand, what);

	if (knob != NULL && what == SETTING_pool)
		*knob = group_value(s, strand->being);
	if (knob != NULL && what == SETTING_pool && *knob < 0)
		return (int)*knob;
	return knob == NULL ? -EOPNOTSUPP
	                    : knob_value(strand, what, knob, ret_value);
}

/* A deadline must be free to run anywhere, and leaves only as it came. */
static const char *class_refuses(const struct strand *strand,
                                 enum setting what)
{
	if (what == SETTING_affinity && has_deadline(strand))
		return "a deadline task keeps its CPUs";
	if (what == SETTING_sched && has_deadline(strand))
		return ACTUATOR_FOR_GOOD;
	return what == SETTING_slice && !is_ordinary(strand)
	       ? "a real-time task has no slice" : NULL;
}

/* Going back is to the class that is turned over in the value. */
static struct turned turn_realtime(const struct sim *s, struct strand *strand,
                                   int64_t value)
{
	int64_t       before, fifo = sched_value(SCHED_CLASS_FIFO, 10);
	struct turned t = { EFFECT_APPLIED, "", value };

	knob_value(strand, SETTING_realtime, &strand->value[SETTING_realtime],
	         &before);
	if (value >= 0 && strand->value[SETTING_affinity] != s->online) {
		t.now = ~(fifo | SCHED_VALUE_RESET);
		t.why = "a deadline needs all CPUs: fifo instead";
	}
	strand->value[SETTING_sched] = realtime_sched(t.now);
	strand->value[SETTING_realtime] = t.now < 0 ? 0 : t.now;
	if (t.now == before)
		t.effect = EFFECT_ALREADY;
	return t;
}

struct turned knob_turn(struct sim *s, struct strand *strand, int64_t *knob,
                   enum setting what, int64_t value)
{
	const char   *refusal = class_refuses(strand, what), *why;
	struct turned t = { EFFECT_APPLIED, "", value };

	if (what == SETTING_realtime)
		return turn_realtime(s, strand, value);
	if (refusal != NULL)
		return (struct turned){ EFFECT_DENIED, refusal, *knob };
	why = kernels_value(s, what, value, &t.now);
	if (why != NULL)
		return (struct turned){ EFFECT_UNSUPPORTED, why, *knob };
	value = t.now;
	if (*knob == value)
		t.effect = EFFECT_ALREADY;
	*knob = value;
	return t;
}

int sim_knob(struct sim *s, pid_t tid, enum setting what, int64_t *ret_value)
{
	struct strand *strand = strand_find(s, tid);
	int            r;

	if (strand == NULL)
		return -ESRCH;
	if (s->has_groups && setting_rows[what].scope == SETTING_SCOPE_GROUP &&
	    group_gives(strand->being, what, ret_value))
		return 0;
	r = knob_read(s, strand, what, ret_value);
	if (r == -EOPNOTSUPP && s->has_groups &&
	    setting_rows[what].scope == SETTING_SCOPE_GROUP)
		*ret_value = VALUE_UNTOUCHED;
	else if (r == -EOPNOTSUPP)
		return r;
	return 0;
}

/* A class is all of it: with a new one, no deadline of before is left. */
static void take_class(struct strand *strand)
{
	struct marks *m = &strand->marks;

	m->without[SETTING_sched] = strand->value[SETTING_sched];
	m->without[SETTING_realtime] = strand->value[SETTING_realtime];
	m->foreign |= SETTING_BIT(SETTING_sched) |
	              SETTING_BIT(SETTING_realtime);
	m->ever_foreign |= m->foreign;
}

/* Somebody else's doing: no grip is needed, and none is told of it. */
int sim_set_knob(struct sim *s, pid_t tid, enum setting what, int64_t value)
{
	struct strand *strand = strand_find(s, tid);
	int64_t       *knob = strand == NULL ? NULL : knob_at(s, strand, what);
	int64_t        before;
	enum effect    effect;

	if (strand == NULL)
		return -ESRCH;
	if (knob == NULL || what == SETTING_pool)
		return -EOPNOTSUPP;     /* who moves it uses sim_put()        */
	before = *knob;
	effect = knob_turn(s, strand, knob, what, value).effect;
	if (effect == EFFECT_UNSUPPORTED)
		return -EINVAL;
	if (effect == EFFECT_DENIED)
		return 0;
	without_set(s, strand, what, before, *knob);
	if (what == SETTING_sched || what == SETTING_realtime)
		take_class(strand);
	return 0;
}
