/* trial.c -- trying a setting on a process made for it.
 *
 * Each trial has a process and a session of its own, so none can see what
 * another one left, and nothing has to be put back.
 */

#include "command/trial.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "model/group.h"
#include "model/interned.h"

#define AUTOGROUP_PAUSE_NS 110000000    /* the kernel takes no more than one
                                           write in 100 ms                    */

#define OWN_BYTES          65536
#define DROP_TRIES         2000

const struct trial trials[] = {
	{ SETTING_qos,            "background" },
	{ SETTING_qos,            "utility" },
	{ SETTING_qos,            "user-interactive" },
	{ SETTING_role,           "foreground" },
	{ SETTING_suppress,       "true" },
	{ SETTING_io,             "passive" },
	{ SETTING_io,             "important" },
	{ SETTING_precedence,     "-5" },
	{ SETTING_realtime,       "5ms/1ms/4ms" },
	{ SETTING_pool,           "tried" },
	{ SETTING_cpuset,         "0" },
	{ SETTING_weight,         "50" },
	{ SETTING_cpu_limit,      "50%" },
	{ SETTING_memory_low,     "1GiB" },
	{ SETTING_memory_high,    "1GiB" },
	{ SETTING_swap,           "1GiB" },
	{ SETTING_io_weight,      "50" },
	{ SETTING_affinity,       NULL },
	{ SETTING_affinity,       "performance" },
	{ SETTING_affinity,       "efficiency" },
	{ SETTING_affinity,       "llc:0" },
	{ SETTING_sched,          "idle" },
	{ SETTING_sched,          "batch" },
	{ SETTING_sched,          "rr:1" },
	{ SETTING_sched,          "fifo:1" },
	{ SETTING_rt_priority,    "10" },
	{ SETTING_nice,           "5" },
	{ SETTING_nice,           "-5" },
	{ SETTING_slice,          "1ms" },
	{ SETTING_uclamp_min,     "20%" },
	{ SETTING_uclamp_max,     "50%" },
	{ SETTING_autogroup_nice, "5" },
	{ SETTING_autogroup_nice, "-5" },
	{ SETTING_ionice,         "idle" },
	{ SETTING_ionice,         "best-effort:7" },
	{ SETTING_ionice,         "realtime:4" },
	{ SETTING_timer_slack,    "100us" },
	{ SETTING_oom_score_adj,  "200" },
	{ SETTING_oom_score_adj,  "-200" },
	{ SETTING_cpu_time,       "60s" },
	{ SETTING_reclaim,        "4KiB" },
	{ SETTING_freeze,         "true" },
};
const size_t trial_count = sizeof trials / sizeof trials[0];

/* With some memory of its own that can be taken. */
__attribute__((noreturn))
static void be_tried(pid_t parent)
{
	static char own[OWN_BYTES];

	explicit_bzero(own, sizeof own);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	for (;;)
		pause();
}

/* It has a session of its own when this returns. */
static pid_t subject_new(void)
{
	pid_t parent = getpid(), pid;
	int   ends[2];
	char  byte;

	if (pipe(ends) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		setsid();
		close(ends[0]);
		close(ends[1]);
		be_tried(parent);
	}
	if (pid < 0)
		pid = -errno;
	close(ends[1]);
	while (pid > 0 && read(ends[0], &byte, 1) < 0 && errno == EINTR)
		continue;               /* until it closes its end */
	close(ends[0]);
	return pid;
}

static void subject_end(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
}

/* The first CPU that it may run on already. */
static int one_cpu(const struct actuator *door, struct task_id whom,
                   struct interned *sets, char *ret_text, size_t size)
{
	int64_t id;
	int     r = door->read(door->self, whom, SETTING_affinity, &id);

	if (r < 0)
		return r;
	text_copy(ret_text, size, interned_text(sets, id));
	ret_text[strcspn(ret_text, ",-")] = '\0';
	return 0;
}

static int knobs_of(const struct trial *t, const char *text,
                    const struct intents *intents, struct interned *sets,
                    struct want *ret_want)
{
	int64_t value;
	int     r = setting_parse(t->setting, text, sets, &value);

	if (r < 0)
		return r;
	*ret_want = (struct want){ 0 };
	if (t->setting == SETTING_rt_priority)
		want_set(ret_want, SETTING_sched,
		         sched_value(SCHED_CLASS_FIFO, (int)value));
	else if (t->setting == SETTING_precedence)
		want_set(ret_want, SETTING_nice, -value);
	else
		want_set(ret_want, t->setting, value);
	intents_expand(intents, ret_want);
	return 0;
}

static bool worked(const struct turned *t)
{
	return t->effect == EFFECT_APPLIED || t->effect == EFFECT_ALREADY;
}

static void because_add(struct finding *f, enum setting s, const char *why,
                        bool several)
{
	size_t used = strlen(f->because);

	if (!several)
		text_copy(f->because, sizeof f->because, why);
	else
		snprintf(f->because + used, sizeof f->because - used,
		         "%s%s: %s", used > 0 ? " | " : "", setting_rows[s].name,
		         why);
}

/* Nobody else waits for what is under way here. */
static void await(const struct actuator *door, struct turned *t)
{
	struct timespec tick = { 0, 1000000 };
	struct landed   l;

	while (t->effect == EFFECT_UNDERWAY) {
		if (door->landed(door->self, &l))
			*t = l.turned;
		else
			nanosleep(&tick, NULL);
	}
}

/* What a group can be given is tried in a group of its own. */
static bool is_grouped(const struct actuator *door, enum setting s)
{
	return (door->group_can & SETTING_BIT(s)) != 0;
}

static void turn_group(const struct actuator *door, struct task_id whom,
                       enum setting s, int64_t value, struct turned *ret)
{
	int64_t       group = group_of_one(whom);
	struct turned put;

	value = door->means(door->self, s, value);
	door->group_set(door->self, group, s, value, ret);
	await(door, ret);
	if (!worked(ret))
		return;
	door->apply(door->self, whom, SETTING_pool, group, &put);
	await(door, &put);
	if (!worked(&put))
		*ret = put;
}

static void turn(const struct actuator *door, struct task_id whom,
                 enum setting s, int64_t value, struct turned *ret)
{
	if (is_grouped(door, s)) {
		turn_group(door, whom, s, value, ret);
		return;
	}
	door->apply(door->self, whom, s, value, ret);
	await(door, ret);
}

/* Nobody is in it once its process has been reaped, and all that ended with
 * that. */
static void drop_group(const struct actuator *door, enum setting s,
                       int64_t value, pid_t pid)
{
	struct timespec tick = { 0, 1000000 };
	int64_t group = s == SETTING_pool ? value : group_of_one(
		(struct task_id){ pid, pid, 0 });

	if (door->group_drop == NULL ||
	    (s != SETTING_pool && !is_grouped(door, s)))
		return;
	for (int i = 0; i < DROP_TRIES &&
	     door->group_drop(door->self, group) == -EBUSY; i++)
		nanosleep(&tick, NULL);
}

static void knobs_turn(const struct actuator *door, struct task_id whom,
                       const struct want *w, struct finding *f)
{
	bool          several = (w->has & (w->has - 1)) != 0;
	bool          some = false, all = true;
	struct turned t;

	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting s = (enum setting)i;

		if (!want_has(w, s))
			continue;
		turn(door, whom, s, w->value[s], &t);
		door->weigh(door->self, whom, w, s, &t);
		some |= worked(&t);
		all &= worked(&t);
		if (!worked(&t))
			f->state = effect_name(t.effect);
		if (t.why[0] != '\0')
			because_add(f, s, t.why, several);
	}
	if (all)
		f->state = "works";
	else if (some)
		f->state = "partly";
}

static int try_on(const struct trial *t, struct task_id whom,
                  const struct actuator *door, const struct intents *intents,
                  struct interned *sets, struct finding *f,
                  struct want *ret_want)
{
	int r = door->grip(door->self, whom);

	if (r < 0)
		return r;
	if (t->value != NULL)
		text_copy(f->tried, sizeof f->tried, t->value);
	else
		r = one_cpu(door, whom, sets, f->tried, sizeof f->tried);
	if (r == 0)
		r = knobs_of(t, f->tried, intents, sets, ret_want);
	if (r == 0)
		knobs_turn(door, whom, ret_want, f);
	door->let_go(door->self);
	return r;
}

int trial_run(const struct trial *t, const struct actuator *door,
              const struct intents *intents, struct interned *sets,
              struct finding *ret_finding)
{
	struct timespec pause = { 0, AUTOGROUP_PAUSE_NS };
	struct finding  f = { .state = "" };
	struct want     w = { 0 };
	pid_t           pid = subject_new();
	int             r;

	if (pid < 0)
		return pid;
	if (t->setting == SETTING_autogroup_nice)
		nanosleep(&pause, NULL);
	r = try_on(t, (struct task_id){ pid, pid, 0 }, door, intents, sets, &f,
	           &w);
	subject_end(pid);
	drop_group(door, t->setting, w.value[t->setting], pid);
	if (r == 0)
		*ret_finding = f;
	return r;
}
