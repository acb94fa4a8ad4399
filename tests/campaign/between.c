/* between.c -- between any two calls of the engine: nothing, mostly; else the
 * call fails, the machine moves, or the engine dies. */

#include <unistd.h>

#include "base/text.h"
#include "campaign.h"
#include "journal/record.h"

/* Not ESRCH: of whoever a system says that, that one has left. */
static const int errors[] = {
	EPERM, ENOENT, EINTR, EIO, EAGAIN, ENOMEM, EACCES, EBUSY,
	EINVAL, ENFILE, EMFILE, ENOSPC, EROFS, EOPNOTSUPP, ENODATA, ENOSYS,
};

/* What a worker's side fails with leaves every value as it should be. */
static bool is_tame(enum sim_call call)
{
	return call == SIM_HOST || call == SIM_WATCH || call == SIM_START ||
	       call == SIM_TELL || call == SIM_CPU;
}

static int fail(enum sim_call call)
{
	int error = errors[draw(sizeof errors / sizeof errors[0])];

	play.faults++;
	tell("%s fails: %s", sim_call_name(call), strerror(error));
	if (call == SIM_APPLY || call == SIM_READ || call == SIM_SCOPE_KEY)
		watch_doubt(play.stage->engine.gripped.pid);
	play.store_faults += call == SIM_APPEND || call == SIM_REPLACE ||
	                     call == SIM_COMMIT;
	if (call == SIM_FACTS || call == SIM_HOST || call == SIM_START ||
	    call == SIM_TELL || call == SIM_CPU)
		play.worker_failed = true;
	return -error;
}

static int before(void *self, enum sim_call call)
{
	(void)self;
	if (play.mischief == 0 || play.hushed ||
	    (!play.wild && !is_tame(call)) || draw(1000) >= play.mischief)
		return 0;
	if (!play.wild)
		return fail(call);
	switch (draw(8)) {
	case 0:
		if (!once_in(6))
			return 0;
		tell("the engine dies at %s", sim_call_name(call));
		play.deaths++;
		sim_die(play.stage->sim);
		return 0;
	case 1:
	case 2:
	case 3:
		return fail(call);
	default:
		move_between();
		return 0;
	}
}

static void turned(void *self, struct task_id whom, enum setting s,
                   int64_t was, int64_t now)
{
	(void)self;
	play.turned++;
	watch_turned(whom, s, was, now);
}

void between_stand(void)
{
	const struct sim_between here = { NULL, before, turned };

	sim_between(play.stage->sim, &here);
}

static int  (*append)(void *self, const void *bytes, size_t n);
static void (*apply)(void *self, struct task_id whom, enum setting s,
                     int64_t value, struct turned *ret);
static int  (*next)(void *self, uint64_t wake_ns, struct event *ret_events,
                    size_t max);
static void (*group_set)(void *self, int64_t group, enum setting s,
                         int64_t value, struct turned *ret);
static unsigned planted, runs;

static int append_forgets(void *self, const void *bytes, size_t n)
{
	return ++planted % 20 == 0 ? 0 : append(self, bytes, n);
}

static int append_distorts(void *self, const void *bytes, size_t n)
{
	struct record *r = malloc(n);
	int            done;

	if (r == NULL)
		return -ENOMEM;
	memcpy(r, bytes, n);
	for (size_t i = 0; i < n / sizeof *r; i++)
		if (r[i].kind == RECORD_HOLD && ++planted % 20 == 0 &&
		    !setting_is_interned((enum setting)r[i].setting)) {
			r[i].u.hold.origin++;
			r[i].crc = record_sum(&r[i]);
		}
	done = append(self, r, n);
	free(r);
	return done;
}

static void apply_lies(void *self, struct task_id whom, enum setting s,
                       int64_t value, struct turned *ret)
{
	if (++planted % 30 == 0)
		*ret = (struct turned){ EFFECT_APPLIED, "", value };
	else
		apply(self, whom, s, value, ret);
}

static int next_conceals(void *self, uint64_t wake_ns,
                         struct event *ret_events, size_t max)
{
	int n = next(self, wake_ns, ret_events, max), kept = 0;

	for (int i = 0; i < n; i++)
		if (ret_events[i].kind != EVENT_LOST)
			ret_events[kept++] = ret_events[i];
	return n < 0 ? n : kept;
}

static void group_set_lies(void *self, int64_t group, enum setting s,
                           int64_t value, struct turned *ret)
{
	if (++planted % 10 == 0)
		*ret = (struct turned){ EFFECT_APPLIED, "", value };
	else
		group_set(self, group, s, value, ret);
}

static void allow_not(void *self, uint32_t ticket)
{
	(void)self, (void)ticket;
}

static int group_drop_not(void *self, int64_t group)
{
	(void)self, (void)group;
	return 0;
}

void plant_after_reload(void)
{
	if (play.plant == PLANT_sweep)
		memset(&play.stage->engine.sweep, 0,
		       sizeof play.stage->engine.sweep);
}

/* Even so only rules that name it may speak: it becomes what they name. */
static void allow_init(struct enforcer *en)
{
	en->allow_init = true;
	sim_exec_again(play.stage->sim, 1, &(struct sim_program){ .name = "a" });
}

void between_plant(void)
{
	struct os       *os = &play.stage->os;
	struct enforcer *en = &play.stage->engine.enforcer;

	planted = 0;
	append = os->store.append;
	apply = os->actuator.apply;
	next = os->sensor.next;
	group_set = os->actuator.group_set;
	switch (play.plant) {
	case PLANT_record: os->store.append = append_forgets; break;
	case PLANT_origin: os->store.append = append_distorts; break;
	case PLANT_turn:   os->actuator.apply = apply_lies; break;
	case PLANT_loss:   os->sensor.next = next_conceals; break;
	case PLANT_allow:  os->guard.allow = allow_not; break;
	case PLANT_group:  os->actuator.group_set = group_set_lies; break;
	case PLANT_empty:  os->actuator.group_drop = group_drop_not; break;
	case PLANT_init:   allow_init(en); break;
	case PLANT_core:   en->core = en->keeper = 0; break;
	case PLANT_chance: play.luck += ++runs; break;
	default:           break;
	}
}
