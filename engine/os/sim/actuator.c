/* actuator.c -- the door through which the engine turns simulated knobs. */

#include <errno.h>

#include "os/sim/machine.h"

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
	if (!knob_exists(s, what) &&
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

	knob_value(strand, what, knob_at(s, strand, what), &now);
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
		knob_value(strand, what, knob, &before);
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
		*ret = knob_turn(s, strand, knob, what, value);
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
		.name = "sim", .self = s, .can = SIMULATED_KNOBS,
		.lacks = knobs_lacks, .means = knobs_means,
		.grip = knobs_grip, .proven = knobs_proven,
		.let_go = knobs_let_go, .read = knobs_read,
		.for_good = knobs_for_good, .apply = knobs_apply,
		.landed = knobs_landed, .weigh = knobs_weigh,
		.scope_key = knobs_scope_key, .close = knobs_close,
	};
	if (s->online < 0)
		ret_actuator->can &= ~SETTING_BIT(SETTING_affinity);
	groups_door(s, ret_actuator);
}

void sim_unprivileged(struct sim *s)
{
	s->unprivileged = true;
}
