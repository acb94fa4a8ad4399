/* small_machine.h -- a few tasks with knobs that remember what they would be
 * without pqs; a machine that can be stopped between any two changes. */
#ifndef TESTS_SMALL_MACHINE_H
#define TESTS_SMALL_MACHINE_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "os/os.h"

#define BEINGS  2048
#define SIDS    64
#define TICK    UINT64_C(10000000)

struct being {
	bool     alive;
	pid_t    pid, ppid, sid;
	uint64_t born;
	uint32_t flags;
	bool     bred;                  /* while it had values of its own     */
	int64_t  knob[SETTING_COUNT];
	int64_t  mine[SETTING_COUNT];   /* what it would be without pqs       */
};

static struct machine {
	struct being being[BEINGS];     /* by tid                             */
	int64_t      session[SIDS], session_mine[SIDS];
	uint64_t     now_ns;
	pid_t        last;
	struct task_id gripped;
	unsigned     reads, applies, grips;
	uint64_t     denied;            /* SETTING_BITs                       */
	pid_t        denied_tid;        /* 0: everybody                       */
	int64_t      most;              /* the kernel grants no more; 0: all  */
	int          lives;             /* applies until we die; -1: for ever */
	bool         dead;              /* pqs is: nothing it does counts     */
	bool        *dead_too;          /* what dies with it                  */
	void       (*meanwhile)(void);  /* before each apply                  */
} machine;

/* Asserts are slow when they hold, so the hot places check by hand. */
static struct being *being(pid_t tid)
{
	if (tid <= 0 || tid >= BEINGS)
		ck_abort_msg("there is no task %d", (int)tid);
	return &machine.being[tid];
}

static int64_t *knob_of(pid_t tid, enum setting s)
{
	if (setting_rows[s].scope == SETTING_SCOPE_SESSION)
		return &machine.session[being(tid)->sid];
	if (setting_rows[s].scope == SETTING_SCOPE_PROCESS)
		return &being(being(tid)->pid)->knob[s];
	return &being(tid)->knob[s];
}

static int64_t *mine_of(pid_t tid, enum setting s)
{
	if (setting_rows[s].scope == SETTING_SCOPE_SESSION)
		return &machine.session_mine[being(tid)->sid];
	if (setting_rows[s].scope == SETTING_SCOPE_PROCESS)
		return &being(being(tid)->pid)->mine[s];
	return &being(tid)->mine[s];
}

static struct task_id id_of(pid_t tid)
{
	pid_t pid = being(tid)->pid;

	return (struct task_id){ pid, tid, being(pid)->born };
}

/* As somebody else, the task itself among them, would. */
static void set_by_other(pid_t tid, enum setting s, int64_t value)
{
	*knob_of(tid, s) = *mine_of(tid, s) = value;
}

static struct being *machine_birth(pid_t of)
{
	struct being *b;

	do
		b = being(++machine.last);
	while (b->alive);
	machine.now_ns += TICK;
	*b = *being(of);
	b->alive = true;
	b->bred = false;
	b->born = machine.now_ns / TICK;
	return b;
}

static pid_t machine_fork(pid_t of)
{
	struct being *b = machine_birth(of);

	b->ppid = being(of)->pid;
	b->pid = machine.last;
	b->knob[SETTING_oom_score_adj] = *knob_of(of, SETTING_oom_score_adj);
	b->mine[SETTING_oom_score_adj] = *mine_of(of, SETTING_oom_score_adj);
	return machine.last;
}

static pid_t machine_thread(pid_t of)
{
	machine_birth(of);
	return machine.last;
}

/* A process of init's, with values that nobody else has. */
static pid_t machine_process(void)
{
	pid_t pid = machine_fork(1);

	for (int s = 0; s < SETTING_COUNT; s++)
		if (setting_rows[s].scope != SETTING_SCOPE_SESSION)
			set_by_other(pid, (enum setting)s, 100 + pid);
	set_by_other(pid, SETTING_sched, SCHED_CLASS_OTHER);
	return pid;
}

static void machine_exit(pid_t tid)
{
	for (pid_t t = 1; t <= machine.last; t++)
		if (being(t)->alive && (t == tid || being(t)->pid == tid))
			being(t)->alive = false;
}

static int machine_list(void *self, uint64_t *cursor, struct task_id *ret,
                        size_t max)
{
	size_t n = 0;

	(void)self;
	for (pid_t t = (pid_t)*cursor + 1; t <= machine.last; t++) {
		if (n == max || n == 3)
			break;
		*cursor = (uint64_t)t;
		if (being(t)->alive && being(t)->pid == t)
			ret[n++] = (struct task_id){ t, t, 0 };
	}
	return (int)n;
}

static int machine_threads(void *self, pid_t pid, uint64_t *cursor, pid_t *ret,
                           size_t max)
{
	size_t n = 0;

	(void)self;
	if (!being(pid)->alive)
		return -ESRCH;
	for (pid_t t = (pid_t)*cursor + 1; t <= machine.last; t++) {
		if (n == max || n == 3)
			break;
		*cursor = (uint64_t)t;
		if (being(t)->alive && being(t)->pid == pid)
			ret[n++] = t;
	}
	return (int)n;
}

static int machine_thread_start(void *self, struct task_id thread,
                                uint64_t *ret_ns)
{
	struct being *b = being(task_id_known(thread).tid);

	(void)self;
	if (!b->alive)
		return -ESRCH;
	*ret_ns = b->born * TICK;
	return 0;
}

static uint32_t count_threads(pid_t pid)
{
	uint32_t n = 0;

	for (pid_t t = 1; t <= machine.last; t++)
		n += being(t)->alive && being(t)->pid == pid;
	return n;
}

static int machine_facts(void *self, struct task_id whom, uint64_t which,
                         struct facts *f)
{
	struct being *b = being(whom.pid);

	(void)self;
	if (!b->alive)
		return -ESRCH;
	f->ppid = b->ppid;
	f->session = b->sid;
	f->threads = count_threads(whom.pid);
	f->flags = b->flags;
	f->born = b->born;
	f->start_time_ns = (int64_t)(b->born * TICK);
	f->sched = b->knob[SETTING_sched];
	snprintf(f->comm, sizeof f->comm, "being-%d", (int)whom.tid);
	f->known |= which | facts_of_source(FACT_SOURCE_STAT) |
	            FACT_BIT(FACT_comm);
	return 0;
}

static uint64_t machine_now(void *self)
{
	(void)self;
	return machine.now_ns;
}

static int machine_grip(void *self, struct task_id whom)
{
	(void)self;
	ck_assert_int_eq(machine.gripped.pid, 0);
	if (!being(whom.pid)->alive ||
	    (whom.born != 0 && being(whom.pid)->born != whom.born))
		return -ESRCH;
	machine.gripped = id_of(whom.pid);
	machine.grips++;
	return 0;
}

static int machine_proven(void *self)
{
	const struct being *b = being(machine.gripped.pid);

	(void)self;
	return b->alive && b->born == machine.gripped.born ? 0 : -ESRCH;
}

static void machine_let_go(void *self)
{
	(void)self;
	memset(&machine.gripped, 0, sizeof machine.gripped);
}

static bool machine_has(struct task_id whom)
{
	return being(whom.tid)->alive && being(whom.tid)->pid == whom.pid;
}

static int machine_read(void *self, struct task_id whom, enum setting s,
                        int64_t *ret_value)
{
	(void)self;
	machine.reads++;
	if (!machine_has(whom))
		return -ESRCH;
	*ret_value = *knob_of(whom.tid, s);
	return 0;
}

static bool machine_denies(struct task_id whom, enum setting s)
{
	return (machine.denied & SETTING_BIT(s)) != 0 &&
	       (machine.denied_tid == 0 || machine.denied_tid == whom.tid);
}

/* A pqs that dies with this very change has made it or not. */
static bool machine_lives(void)
{
	if (machine.lives > 0 && --machine.lives == 0)
		machine.dead = *machine.dead_too = true;
	return !machine.dead || (machine.lives == 0 && machine.applies % 2);
}

static void machine_apply(void *self, struct task_id whom, enum setting s,
                          int64_t value, struct turned *ret)
{
	int64_t before;
	bool    was_dead = machine.dead;

	(void)self;
	if (machine.gripped.pid != whom.pid)
		ck_abort_msg("%d is not gripped", (int)whom.pid);
	if (machine.meanwhile != NULL && !machine.dead)
		machine.meanwhile();
	machine.applies++;
	*ret = (struct turned){ EFFECT_GONE, "", 0 };
	if (!machine_has(whom))
		return;
	before = *knob_of(whom.tid, s);
	*ret = (struct turned){ EFFECT_DENIED, "not today", before };
	if (machine_denies(whom, s))
		return;
	if (machine.most != 0 && value > machine.most)
		value = machine.most;
	if (!was_dead && machine_lives())
		*knob_of(whom.tid, s) = value;
	*ret = (struct turned){ before == value ? EFFECT_ALREADY
	                                        : EFFECT_APPLIED, "", value };
}

static const char *machine_lacks(void *self, enum setting s, int64_t value)
{
	(void)self, (void)s, (void)value;
	return NULL;
}

static int64_t machine_means(void *self, enum setting s, int64_t value)
{
	(void)self, (void)s;
	return value;
}

static void machine_weigh(void *self, struct task_id whom,
                          const struct want *holding, enum setting s,
                          struct turned *t)
{
	(void)self, (void)whom;
	if (s == SETTING_nice && want_has(holding, SETTING_sched) &&
	    holding->value[SETTING_sched] == SCHED_CLASS_IDLE) {
		t->effect = EFFECT_INERT;
		t->why = "idle";
	}
}

static int machine_scope_key(void *self, struct task_id whom, enum setting s,
                             struct task_id *ret_key)
{
	(void)self;
	*ret_key = whom;
	if (!machine_has(whom))
		return -ESRCH;
	if (setting_rows[s].scope == SETTING_SCOPE_SESSION)
		*ret_key = (struct task_id){ being(whom.tid)->sid,
		                             being(whom.tid)->sid, 0 };
	return 0;
}

static void machine_reset(struct os *ret_os)
{
	memset(&machine, 0, sizeof machine);
	machine.lives = -1;
	machine.now_ns = 10 * TICK;
	machine.last = 1;
	*being(1) = (struct being){ .alive = true, .pid = 1, .sid = 1,
	                            .born = 1 };
	for (int s = 0; s < SETTING_COUNT; s++)
		set_by_other(1, (enum setting)s, 90);
	for (int i = 0; i < SIDS; i++)
		machine.session[i] = machine.session_mine[i] = 1000 + i;
	set_by_other(1, SETTING_sched, SCHED_CLASS_OTHER);
	memset(ret_os, 0, sizeof *ret_os);
	ret_os->sensor = (struct sensor){
		.name = "small", .list = machine_list,
		.threads = machine_threads,
		.thread_start = machine_thread_start, .facts = machine_facts,
		.now_ns = machine_now,
	};
	ret_os->actuator = (struct actuator){
		.name = "small", .can = UINT64_MAX,
		.lacks = machine_lacks, .means = machine_means, .grip = machine_grip,
		.proven = machine_proven, .let_go = machine_let_go,
		.read = machine_read, .apply = machine_apply,
		.weigh = machine_weigh, .scope_key = machine_scope_key,
	};
}

#endif
