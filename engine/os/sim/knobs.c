/* knobs.c -- the settings that the simulated kernel holds for each thread. */

#include <errno.h>

#include "os/sim/machine.h"

#define SLACK_AT_BOOT 50000
#define SLICE_AT_BOOT 2800000

/* A kernel as small as the rules that ship need it. */
#define SIMULATED (SETTING_BIT(SETTING_affinity) | \
                   SETTING_BIT(SETTING_sched) | \
                   SETTING_BIT(SETTING_nice) | \
                   SETTING_BIT(SETTING_slice) | \
                   SETTING_BIT(SETTING_uclamp_min) | \
                   SETTING_BIT(SETTING_uclamp_max) | \
                   SETTING_BIT(SETTING_realtime) | \
                   SETTING_BIT(SETTING_autogroup_nice) | \
                   SETTING_BIT(SETTING_ionice) | \
                   SETTING_BIT(SETTING_timer_slack) | \
                   SETTING_BIT(SETTING_oom_score_adj) | \
                   SETTING_BIT(SETTING_cpu_limit) | \
                   SETTING_BIT(SETTING_cpu_time) | \
                   SETTING_BIT(SETTING_reclaim) | \
                   SETTING_BIT(SETTING_freeze))

static bool has_knob(const struct sim *s, enum setting what)
{
	if (what == SETTING_pool)
		return s->has_groups && s->sets != NULL;
	return (SIMULATED & SETTING_BIT(what)) != 0 &&
	       (what != SETTING_affinity || s->online >= 0);
}

/* Where a setting of that thread is kept; NULL: there is no such knob. */
int64_t *knob_at(const struct sim *s, struct strand *strand, enum setting what)
{
	if (!has_knob(s, what))
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
static int value_of(const struct strand *strand, enum setting what,
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

/* One at a time, like the one pidfd of the real actuator. */
static int knobs_grip(void *self, struct task_id whom)
{
	struct sim         *s = self;
	int                 r = sim_call(s, SIM_GRIP);
	const struct being *b = being_find(s, whom);

	if (r < 0)
		return r;
	if (s->grip.pid != 0)
		return -EBUSY;
	if (b == NULL)
		return -ESRCH;
	s->grip = b->id;
	s->grips++;
	s->grip_failed = false;
	return 0;
}

/* Its pid may have become another's since; the birth tells. */
static int is_held(const struct sim *s)
{
	return s->grip.pid != 0 && being_find(s, s->grip) != NULL ? 0 : -ESRCH;
}

static int knobs_proven(void *self)
{
	int r = sim_call(self, SIM_PROVEN);

	return r < 0 ? r : is_held(self);
}

/* Who is held is looked at, if it can be. */
static void knobs_let_go(void *self)
{
	struct sim   *s = self;
	struct being *b = s->grip.pid == 0 ? NULL : being_find(s, s->grip);

	if (b != NULL && !s->grip_failed && !s->dead)
		without_found(b);
	s->grip.pid = 0;
}

/* Only threads of the gripped process are within reach. */
static struct strand *within_grip(struct sim *s, struct task_id whom)
{
	struct strand *strand = strand_find(s, whom.tid);

	if (is_held(s) < 0 || whom.pid != s->grip.pid || strand == NULL ||
	    strand->being->id.pid != whom.pid)
		return NULL;
	return whom.born == 0 || whom.born == s->grip.born ? strand : NULL;
}

static int knob_read(struct sim *s, struct strand *strand, enum setting what,
                     int64_t *ret_value)
{
	int64_t *knob = knob_at(s, strand, what);

	if (knob != NULL && what == SETTING_pool)
		*knob = group_value(s, strand->being);
	if (knob != NULL && what == SETTING_pool && *knob < 0)
		return (int)*knob;
	return knob == NULL ? -EOPNOTSUPP
	                    : value_of(strand, what, knob, ret_value);
}

static int knobs_read(void *self, struct task_id whom, enum setting what,
                      int64_t *ret_value)
{
	struct sim    *s = self;
	int            r = sim_call(s, SIM_READ);
	struct strand *strand = within_grip(s, whom);

	if (strand == NULL)     /* whatever fails: of whoever left that is so */
		return -ESRCH;
	if (r < 0)
		return r;
	without_read(s, strand, what);
	return knob_read(s, strand, what, ret_value);
}

static const char *knobs_lacks(void *self, enum setting what, int64_t value)
{
	const struct sim *s = self;

	if (setting_rows[what].kind == SETTING_KIND_INTENT)
		return ACTUATOR_SINGLE;
	if (!has_knob(s, what) &&
	    (!s->has_groups || s->sets == NULL ||
	     setting_rows[what].scope != SETTING_SCOPE_GROUP))
		return "the simulated machine has no such knob";
	if (setting_rows[what].type == SETTING_TYPE_CPUS &&
	    interned_is_symbolic(s->sets, value))
		return "the simulated machine's cores are all alike";
	return NULL;
}

/* Nothing here stands for something else. */
static int64_t knobs_means(void *self, enum setting what, int64_t value)
{
	(void)self, (void)what;
	return value;
}

struct turned knobs_failed(int error)
{
	switch (-error) {
	case ESRCH:
		return (struct turned){ EFFECT_GONE, "", 0 };
	case EINVAL:
	case ENOSYS:
	case EOPNOTSUPP:
		return (struct turned){ EFFECT_UNSUPPORTED,
		                        "the kernel does not know it", 0 };
	default:
		return (struct turned){ EFFECT_DENIED,
		                        "the kernel refuses", 0 };
	}
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

	value_of(strand, SETTING_realtime, &strand->value[SETTING_realtime],
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

/* Who lacks the right to lower a nice value can raise it only for good. */
static const char *rights_refuse(const struct sim *s, enum setting what,
                                 int64_t before, int64_t value, bool for_good)
{
	if (!s->unprivileged || what != SETTING_nice || before == value)
		return NULL;
	if (value < before)
		return "needs CAP_SYS_NICE";
	return for_good ? NULL : ACTUATOR_FOR_GOOD;
}

static struct turned turn(struct sim *s, struct strand *strand, int64_t *knob,
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

/* What it has is taken at once, and told a while later. */
static struct turned take_memory(struct sim *s, struct being *b, int64_t bytes)
{
	struct parcel p = { .kind = PARCEL_EVENT, .event.kind = EVENT_TURNED };
	int64_t       taken = bytes < b->rss_bytes ? bytes : b->rss_bytes;
	struct turned t = { EFFECT_APPLIED, "", taken };

	if (s->landings + s->movings == UNDER_WAY_MAX ||
	    queue_post(s, s->now_ns + sim_random(s, s->delay_ns), &p) < 0)
		return (struct turned){ EFFECT_DENIED,
		                        "too many are under way already", 0 };
	b->rss_bytes -= taken;
	b->shared[SETTING_reclaim] = bytes;
	if (taken == 0)
		t = (struct turned){ EFFECT_INERT, "it has none", 0 };
	s->landed[s->landings++] = (struct landed){
		.whom = b->id, .setting = SETTING_reclaim, .wanted = bytes,
		.turned = t };
	t.effect = EFFECT_UNDERWAY;
	return t;
}

static bool knobs_landed(void *self, struct landed *ret_landed)
{
	struct sim *s = self;

	if (s->landings == 0)
		return false;
	*ret_landed = s->landed[0];
	s->landings--;
	for (size_t i = 0; i < s->landings; i++)
		s->landed[i] = s->landed[i + 1];
	return true;
}

static void knobs_for_good(void *self)
{
	((struct sim *)self)->for_good = true;
}

void knob_turned(struct sim *s, struct strand *strand, enum setting what,
                 int64_t before)
{
	struct task_id whom = strand->being->id;
	int64_t        now;

	value_of(strand, what, knob_at(s, strand, what), &now);
	if (now == before)
		return;
	whom.tid = strand->tid;
	without_turned(s, strand, what, now);
	if (what == SETTING_realtime)
		without_turned(s, strand, SETTING_sched,
		               strand->value[SETTING_sched]);
	if (s->between.turned != NULL)
		s->between.turned(s->between.self, whom, what, before, now);
}

static void knobs_apply(void *self, struct task_id whom, enum setting what,
                        int64_t value, struct turned *ret)
{
	struct sim    *s = self;
	int            r = sim_call(s, SIM_APPLY);
	struct strand *strand = within_grip(s, whom);
	int64_t       *knob = strand == NULL ? NULL : knob_at(s, strand, what);
	const char    *refusal = knob == NULL ? NULL :
	                         rights_refuse(s, what, *knob, value,
	                                       s->for_good);
	int64_t        before = 0;

	s->for_good = false;
	if (knob != NULL)
		value_of(strand, what, knob, &before);
	if (strand == NULL)
		*ret = knobs_failed(-ESRCH);
	else if (knob == NULL)
		*ret = knobs_failed(-EOPNOTSUPP);
	else if (r < 0)
		*ret = knobs_failed(r);
	else if (refusal != NULL)
		*ret = (struct turned){ EFFECT_DENIED, refusal, *knob };
	else if (what == SETTING_pool)
		*ret = group_move(s, strand->being, value);
	else if (what == SETTING_freeze && s->move_ns != 0)
		*ret = group_freeze(s, strand->being, value);
	else if (what == SETTING_reclaim)
		*ret = take_memory(s, strand->being, value);
	else
		*ret = turn(s, strand, knob, what, value);
	if (r < 0 && strand != NULL)
		knob_read(s, strand, what, &ret->now);
	else if (knob != NULL && setting_rows[what].undoable)
		knob_turned(s, strand, what, before);
}

/* Here no autogroup stands between a nice value and its effect. */
static void knobs_weigh(void *self, struct task_id whom,
                        const struct want *holding, enum setting what,
                        struct turned *t)
{
	(void)self, (void)whom, (void)holding, (void)what, (void)t;
}

/* Whom a change reaches: the whole session, the process, or this thread. */
static int knobs_scope_key(void *self, struct task_id whom, enum setting what,
                           struct task_id *ret_key)
{
	int                 r = sim_call(self, SIM_SCOPE_KEY);
	const struct being *b = being_find(self, whom);

	if (r < 0)
		return r;
	if (b == NULL)
		return -ESRCH;
	*ret_key = setting_rows[what].scope == SETTING_SCOPE_SESSION
	         ? b->session->key : b->id;
	if (setting_rows[what].scope == SETTING_SCOPE_THREAD)
		ret_key->tid = whom.tid;
	return 0;
}

static void knobs_close(void *self)
{
	knobs_let_go(self);
}

void knobs_door(struct sim *s, struct actuator *ret_actuator)
{
	*ret_actuator = (struct actuator){
		.name = "sim", .self = s, .can = SIMULATED,
		.lacks = knobs_lacks, .means = knobs_means,
		.grip = knobs_grip, .proven = knobs_proven,
		.let_go = knobs_let_go, .read = knobs_read,
		.for_good = knobs_for_good, .apply = knobs_apply, .landed = knobs_landed, .weigh = knobs_weigh,
		.scope_key = knobs_scope_key, .close = knobs_close,
	};
	if (s->online < 0)
		ret_actuator->can &= ~SETTING_BIT(SETTING_affinity);
	groups_door(s, ret_actuator);
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
	effect = turn(s, strand, knob, what, value).effect;
	if (effect == EFFECT_UNSUPPORTED)
		return -EINVAL;
	if (effect == EFFECT_DENIED)
		return 0;
	without_set(s, strand, what, before, *knob);
	if (what == SETTING_sched || what == SETTING_realtime)
		take_class(strand);
	return 0;
}

void sim_unprivileged(struct sim *s)
{
	s->unprivileged = true;
}
