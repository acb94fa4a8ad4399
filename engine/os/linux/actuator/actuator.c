/* actuator.c -- turning knobs of living tasks, each proven to be
 * the one meant. */

#include "os/linux/actuator/actuator.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "model/interned.h"
#include "os/linux/actuator/duty.h"
#include "os/linux/actuator/units.h"
#include "os/linux/doors.h"
#include "os/linux/sensor/errands.h"

static const struct knob *const knobs[SETTING_COUNT] = {
	[SETTING_affinity]       = &knob_affinity,
	[SETTING_sched]          = &knob_sched,
	[SETTING_nice]           = &knob_nice,
	[SETTING_slice]          = &knob_slice,
	[SETTING_uclamp_min]     = &knob_uclamp_min,
	[SETTING_uclamp_max]     = &knob_uclamp_max,
	[SETTING_realtime]       = &knob_realtime,
	[SETTING_autogroup_nice] = &knob_autogroup_nice,
	[SETTING_ionice]         = &knob_ionice,
	[SETTING_timer_slack]    = &knob_timer_slack,
	[SETTING_oom_score_adj]  = &knob_oom_score_adj,
	[SETTING_cpu_limit]      = &knob_cpu_limit,
	[SETTING_cpu_time]       = &knob_cpu_time,
	[SETTING_reclaim]        = &knob_reclaim,
	[SETTING_freeze]         = &knob_freeze,
	[SETTING_pool]           = &knob_pool,
};

static int actuator_grip(void *self, struct task_id whom)
{
	return grip_take(self, whom);
}

static int actuator_proven(void *self)
{
	return grip_proven(self);
}

static void actuator_let_go(void *self)
{
	grip_let_go(self);
}

static bool actuator_had(void *self, struct task_id whom, enum setting s,
                         int64_t value)
{
	const struct linux_actuator *a = self;

	return (a->can & SETTING_BIT(s)) != 0 && grip_had(a, whom, s, value);
}

static int actuator_read(void *self, struct task_id whom, enum setting s,
                         int64_t *ret_value)
{
	struct linux_actuator *a = self;
	int64_t                value;
	int                    r;

	if (units_is_key(whom))
		return unit_read(a, whom, s, ret_value);
	if (knobs[s] == NULL || !(a->can & SETTING_BIT(s)))
		return -EOPNOTSUPP;
	r = a->gripped.pid == whom.pid ? grip_close(a) : 0;
	if (r < 0)
		return r;
	r = knobs[s]->read(a, whom, &value);
	a->left.whom.pid = 0;
	if (a->gripped.pid != whom.pid)
		file_drop(a);
	if (r == 0)
		r = thread_proven(whom);
	if (r == 0)
		*ret_value = value;
	return r;
}

static bool is_of_cores(const struct linux_actuator *a, enum setting s,
                        int64_t value)
{
	return setting_rows[s].type == SETTING_TYPE_CPUS &&
	       interned_is_symbolic(a->sets, value);
}

static const char *actuator_lacks(void *self, enum setting s, int64_t value)
{
	struct linux_actuator *a = self;
	const char            *why = NULL;

	if (setting_rows[s].kind == SETTING_KIND_INTENT)
		return ACTUATOR_SINGLE;
	if (s == SETTING_pool)
		return pooling_lack(a, s);
	if (setting_rows[s].scope == SETTING_SCOPE_GROUP && knobs[s] == NULL)
		why = unit_lack(a, s) == NULL ? NULL : pooling_lack(a, s);
	else if (knobs[s] == NULL)
		return "pqs cannot turn it on this system";
	if (why != NULL)
		return why;
	if (!(a->can & SETTING_BIT(s)))
		return knobs[s]->missing != NULL ? knobs[s]->missing
		                                 : "this kernel has no such knob";
	if (is_of_cores(a, s, value))
		cores_resolve(a, value, &why);
	return why;
}

static int64_t actuator_means(void *self, enum setting s, int64_t value)
{
	struct linux_actuator *a = self;
	const char            *why;
	int64_t                cpus = -ENOENT;

	if (s == SETTING_cpu_limit)
		return duties_share(value);
	if (is_of_cores(a, s, value))
		cpus = cores_resolve(a, value, &why);
	return cpus < 0 ? value : cpus;
}

static enum effect effect_of(int error)
{
	switch (error) {
	case ESRCH:
	case ENOENT:
		return EFFECT_GONE;
	case EINVAL:
	case EDOM:
	case ENODATA:
	case EOPNOTSUPP:
	case ENOSYS:
		return EFFECT_UNSUPPORTED;
	default:
		return EFFECT_DENIED;
	}
}

static void say_refused(struct linux_actuator *a, const struct knob *k,
                        struct task_id whom, int64_t value, int error,
                        struct turned *ret)
{
	ret->effect = effect_of(error);
	ret->why = "";
	if (ret->effect == EFFECT_GONE)
		return;
	if (k->refusal != NULL)
		ret->why = k->refusal(a, whom, value, error);
	if (k->refusal == NULL || ret->why == NULL)
		ret->why = "the kernel refuses it";
}

static bool is_of_class(const struct knob *k)
{
	return k == &knob_sched || k == &knob_realtime;
}

static bool is_realtime(const struct knob *k, int64_t value)
{
	if (k == &knob_realtime && value >= 0)
		return true;
	return sched_class_of(k == &knob_realtime ? ~value : value) >
	       SCHED_CLASS_OTHER;
}

/* Turns it and sees what came of it: 0 with *ret, or -errno. */
static int turn(struct linux_actuator *a, const struct knob *k,
                struct task_id whom, int64_t before, int64_t value,
                struct turned *ret)
{
	bool    crosses = is_of_class(k) &&
	                  is_realtime(k, before) != is_realtime(k, value);
	int64_t slack_ns = crosses ? slack_before(a, whom) : 0;
	int     r = k->turn(a, whom, value);

	if (r == -EINPROGRESS) {
		*ret = (struct turned){ EFFECT_UNDERWAY, "", before };
		return 0;
	}
	if (r == 0)
		r = k->read(a, whom, &ret->now);
	if (r == 0 && crosses)
		slack_after(a, whom, is_realtime(k, before),
		            is_realtime(k, ret->now), slack_ns);
	if (r == 0)
		r = thread_proven(whom);
	if (r < 0)
		return r;
	ret->effect = ret->now == before ? EFFECT_ALREADY : EFFECT_APPLIED;
	ret->why = ret->now == value ? "" :
	           k->instead != NULL ? k->instead(a, whom) :
	           "the kernel kept it within bounds";
	return 0;
}

static void actuator_for_good(void *self)
{
	((struct linux_actuator *)self)->for_good = true;
}

/* Whoever may not turn is told when it is tried; of what many try without rights
 * it is known before. */
static void actuator_foresee(void *self, struct task_id whom, enum setting s,
                             int64_t value, bool for_good, struct turned *ret)
{
	struct linux_actuator *a = self;
	const struct knob     *k = units_is_key(whom) ? NULL : knobs[s];
	int64_t                before = 0;

	if (k == NULL || k->read == NULL || s == SETTING_pool ||
	    s == SETTING_reclaim || k->read(a, whom, &before) < 0)
		return;
	value = actuator_means(a, s, value);
	if (before == value)
		return;
	if (!for_good && k->returns != NULL &&
	    !k->returns(a, whom, before, value))
		*ret = (struct turned){ EFFECT_DENIED, ACTUATOR_FOR_GOOD,
		                        before };
	else if (s == SETTING_nice && value < before &&
	         !rights_nice_room(a, whom.tid, (int)value))
		*ret = (struct turned){ EFFECT_DENIED, "needs CAP_SYS_NICE",
		                        before };
}

static void actuator_apply(void *self, struct task_id whom, enum setting s,
                           int64_t value, struct turned *ret)
{
	struct linux_actuator *a = self;
	const struct knob     *k = knobs[s];
	bool                   for_good = a->for_good;
	int64_t                before = 0;
	int                    r;

	a->for_good = false;
	*ret = (struct turned){ EFFECT_UNSUPPORTED, actuator_lacks(a, s, value),
	                        0 };
	if (ret->why != NULL)
		return;
	if (units_is_key(whom)) {
		unit_apply(a, whom, s, value, ret);
		return;
	}
	if (grip_close(a) < 0) {
		*ret = (struct turned){ EFFECT_GONE, "", 0 };
		return;
	}
	if (s == SETTING_reclaim) {
		memory_take(a, whom, value, ret);
		return;
	}
	if (s == SETTING_pool) {
		pooling_put(a, whom, value, ret);
		return;
	}
	if (k == NULL) {                /* of a group of ours, not of a task  */
		*ret = (struct turned){ EFFECT_UNSUPPORTED,
		                        unit_lack(a, s) == NULL
		                        ? "only of whole units (to = unit)"
		                        : "needs a group of its own", 0 };
		return;
	}
	value = actuator_means(a, s, value);
	r = k->read(a, whom, &before);
	if (r == 0)
		r = thread_proven(whom);
	*ret = (struct turned){ EFFECT_ALREADY, "", before };
	if (r == 0 && before != value) {
		if (for_good || k->returns == NULL ||
		    k->returns(a, whom, before, value))
			r = turn(a, k, whom, before, value, ret);
		else
			*ret = (struct turned){ EFFECT_DENIED,
			                        ACTUATOR_FOR_GOOD, before };
	}
	if (r < 0)
		say_refused(a, k, whom, value, -r, ret);
}

static bool actuator_landed(void *self, struct landed *ret_landed)
{
	return memory_landed(self, ret_landed) ||
	       pooling_landed(self, ret_landed) ||
	       unit_landed(self, ret_landed);
}

/* What was asked for is done, and what is asked for from now on
 * is waited for. */
static void actuator_finish(void *self)
{
	struct linux_actuator *a = self;

	if (a->takings != NULL)
		errands_finish(a->takings);
	if (a->moves != NULL)
		errands_finish(a->moves);
	if (a->calls != NULL)
		errands_finish(a->calls);
	a->waits = true;
}

static void actuator_weigh(void *self, struct task_id whom,
                           const struct want *holding, enum setting s,
                           struct turned *t)
{
	struct linux_actuator *a = self;
	const char            *why;

	if (t->effect != EFFECT_APPLIED && t->effect != EFFECT_ALREADY)
		return;
	why = pooling_inert(a, s, t->now);
	if (why == NULL && knobs[s] != NULL && knobs[s]->inert != NULL)
		why = knobs[s]->inert(a, whom, holding, t->now);
	if (why == NULL)
		return;
	t->effect = EFFECT_INERT;
	t->why = why;
}

static void actuator_remind(void *self, struct task_id whom, enum setting s,
                            int64_t left)
{
	struct linux_actuator *a = self;

	a->left.whom = whom;
	a->left.what = s;
	a->left.value = left;
}

/* No task has a negative pid, so a session cannot be taken for one. */
static int actuator_scope_key(void *self, struct task_id whom, enum setting s,
                              struct task_id *ret_key)
{
	struct linux_actuator *a = self;
	long                   id;
	int                    r;

	if (setting_rows[s].scope != SETTING_SCOPE_SESSION) {
		*ret_key = whom;
		return 0;
	}
	r = actuator_session(a, whom.pid, &id);
	if (a->gripped.pid != whom.pid)
		file_drop(a);
	if (r < 0)
		return r;
	*ret_key = (struct task_id){ (pid_t)-id, (pid_t)-id, 0 };
	return 0;
}

static void actuator_close(void *self)
{
	struct linux_actuator *a = self;

	actuator_let_go(a);
	pooling_close(a);
	errands_free(a->calls);
	units_free(a->units);
	duties_free(a->duties);
	errands_free(a->takings);
	free(a);
}

/* What can be read of ourselves is there; that we have no such value just now
 * is not that the system has none. */
static uint64_t knobs_there(struct linux_actuator *a)
{
	struct task_id me = { getpid(), getpid(), 0 };
	uint64_t       can = 0;
	int64_t        value;
	int            r;

	for (int s = 0; s < SETTING_COUNT; s++) {
		if (knobs[s] == NULL)
			continue;
		r = knobs[s]->read(a, me, &value);
		if (r == 0 || r == -ENODATA)
			can |= SETTING_BIT(s);
	}
	file_drop(a);
	return can;
}

int linux_actuator_wait_aside(const struct actuator *door, struct linux_os *os)
{
	struct linux_actuator *a = door->self;

	a->takings = errands_new(os);
	a->moves = errands_new(os);
	a->calls = errands_new(os);
	a->waits = a->takings == NULL || a->moves == NULL || a->calls == NULL;
	return a->waits ? -ENOMEM : 0;
}

void linux_actuator_listen(const struct actuator *door,
                           struct roster *roster, uint64_t tick_ns)
{
	struct linux_actuator *a = door->self;

	a->roster = roster;
	a->tick_ns = tick_ns;
}

struct duties *linux_actuator_duties(const struct actuator *door)
{
	return ((const struct linux_actuator *)door->self)->duties;
}

int linux_actuator_open(const struct linux_options *o,
                        struct actuator *ret_actuator)
{
	struct linux_actuator *a = calloc(1, sizeof *a);

	if (a != NULL)
		a->duties = duties_new();
	if (a == NULL || a->duties == NULL) {
		free(a);
		return -ENOMEM;
	}
	a->sets = o->sets;
	a->pidfd = a->kept.fd = -1;
	a->first_users = rights_first_users();
	a->disks = disks_look("/sys/block");
	a->devices = "/sys/devices";
	a->extension = "/sys/kernel/sched_ext";
	groups_open(&a->groups);
	a->waits = true;
	pooling_open(a, o->groups);
	a->units = units_new(&a->layout, NULL);
	a->can = knobs_there(a) | pooling_can(a) | unit_can(a);
	*ret_actuator = (struct actuator){
		.name = "linux", .self = a, .can = a->can,
		.lacks = actuator_lacks, .means = actuator_means,
		.grip = actuator_grip, .proven = actuator_proven,
		.let_go = actuator_let_go, .remind = actuator_remind,
		.read = actuator_read, .had = actuator_had,
		.for_good = actuator_for_good, .foresee = actuator_foresee,
		.apply = actuator_apply,
		.landed = actuator_landed,
		.weigh = actuator_weigh, .scope_key = actuator_scope_key,
		.finish = actuator_finish, .close = actuator_close,
	};
	if (a->can & SETTING_BIT(SETTING_pool))
		pooling_door(a, ret_actuator);
	unit_door(a, ret_actuator);
	return 0;
}
