/* enforcing.h -- an enforcer on a small machine, told verdicts
 * as the engine would. */
#ifndef TESTS_ENFORCING_H
#define TESTS_ENFORCING_H

#include "base/limits.h"
#include "enforce/enforce.h"
#include "memory_store.h"
#include "model/interned.h"
#include "small_machine.h"

#define NICE   SETTING_nice
#define IO     SETTING_ionice
#define SLACK  SETTING_timer_slack
#define OOM    SETTING_oom_score_adj
#define GROUP  SETTING_autogroup_nice

static struct os           os;
static struct memory_store memory;
static struct interned    *sets;
static struct enforcer     en;
static struct change       seen[256];
static size_t              seen_count;

static inline void hear(void *ctx, const struct change *c)
{
	(void)ctx;
	if (seen_count < sizeof seen / sizeof *seen)
		seen[seen_count++] = *c;
}

static inline void open_journal(void)
{
	journal_close(en.journal);
	en.journal = NULL;
	ck_assert_int_eq(journal_open(&os.store, "boot", sets, &en.journal),
	                 0);
}

static inline void set_up(void)
{
	machine_reset(&os);
	memset(&memory, 0, sizeof memory);
	machine.dead_too = &memory.dead;
	os.store = memory_door(&memory);
	sets = interned_new();
	en = (struct enforcer){ .os = &os, .sets = sets, .report = hear,
	                        .table = table_new(&os.sensor) };
	seen_count = 0;
	open_journal();
}

static inline void tear_down(void)
{
	enforce_close(&en);
	table_free(en.table);
	journal_close(en.journal);
	interned_free(sets);
	memory_free(&memory);
}

static inline struct task *row_of(pid_t tid)
{
	struct task *p, *thread;
	struct task_id id = id_of(tid);
	struct value   v;

	id.tid = id.pid;
	ck_assert_int_ge(table_meet(en.table, id, &p), 0);
	ck_assert_int_eq(table_fact(en.table, p, FACT_start_time, &v), 1);
	if (tid == id.pid)
		return p;
	ck_assert_int_ge(table_meet_thread(en.table, p, tid, &thread), 0);
	return thread;
}

/* Wants are given as setting, value, ... , -1. */
static inline struct verdict verdict(const int64_t *wants)
{
	struct verdict v = { .want.has = 0 };

	for (; *wants >= 0; wants += 2) {
		want_set(&v.want, (enum setting)wants[0], wants[1]);
		v.won[wants[0]] = 7;
	}
	return v;
}

static inline int enact_on(struct task *who, const struct verdict *v)
{
	int r;

	if (os.actuator.grip(NULL, table_process_of(en.table, who)->id) < 0)
		return -ESRCH;
	r = enforce_verdict(&en, who, v);
	os.actuator.let_go(NULL);
	if (r == 0)
		who->settled = true;
	return r;
}

static inline int enact(pid_t tid, const struct verdict *v)
{
	return enact_on(row_of(tid), v);
}

static inline int judge_(pid_t tid, const int64_t *wants)
{
	struct verdict v = verdict(wants);

	return enact(tid, &v);
}

#define judge(tid, ...) \
	ck_assert_int_eq(judge_(tid, (int64_t[]){ __VA_ARGS__ }), 0)
#define NOTHING -1

static inline void leave(pid_t tid)
{
	struct task_id id = id_of(tid);
	struct event   e = { .kind = EVENT_EXIT, .u.task.who = id };
	struct task   *who;

	machine_exit(tid);
	ck_assert_int_eq(enforce_left(&en, id), 0);
	table_update(en.table, &e, &who);
}

static inline pid_t fork_seen(pid_t of)
{
	struct task_id parent = id_of(of);
	pid_t          pid = machine_fork(of);

	if (!task_id_is_thread(parent))
		parent = task_id_main(parent);

	ck_assert_int_ge(journal_fork(en.journal, id_of(pid), parent), 0);
	return pid;
}

static inline void is(pid_t tid, enum setting s, int64_t value)
{
	ck_assert_int_eq(*knob_of(tid, s), value);
}

static inline void all_as_without_us(void)
{
	for (pid_t t = 1; t <= machine.last; t++)
		for (int i = 0; i < SETTING_COUNT && being(t)->alive; i++) {
			enum setting s = (enum setting)i;

			if (*knob_of(t, s) != *mine_of(t, s))
				ck_abort_msg("%s of %d/%d is %d, not %d",
				             setting_rows[s].name,
				             (int)being(t)->pid, (int)t,
				             (int)*knob_of(t, s),
				             (int)*mine_of(t, s));
		}
}

static inline int undo(size_t *ret_left)
{
	int n;

	seen_count = 0;
	n = enforce_undo(&en, ret_left);
	ck_assert_int_ge(n, 0);
	ck_assert_int_eq(machine.gripped.pid, 0);
	return n;
}

/* kill -9: only what is in the file is known. */
static inline void die_and_open(void)
{
	machine.dead = memory.dead = false;
	machine.lives = -1;
	machine.gripped.pid = 0;
	machine.meanwhile = NULL;
	memory.writing = NULL;
	open_journal();
}

#endif
