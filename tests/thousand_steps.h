/* thousand_steps.h -- a machine that goes through a thousand random steps, from
 * a seed, and an engine with rules of all kinds that follows it. */
#ifndef TESTS_THOUSAND_STEPS_H
#define TESTS_THOUSAND_STEPS_H

#include "rehearsing.h"

#define STEPS    1000
#define PIDS     65536
#define STREAM   (4u << 20)

#define IONICE_IDLE 0

/* Everything that the engine said it changed, a line each. */
static char  *stream;
static size_t stream_used;

static uint64_t luck;
static bool     tainted[PIDS];          /* by another program, or born so     */

static inline uint32_t draw(uint32_t n)
{
	luck ^= luck << 13;
	luck ^= luck >> 7;
	luck ^= luck << 17;
	return (uint32_t)(luck >> 11) % n;
}

static inline void note(void *self, const struct change *c)
{
	int n;

	(void)self;
	n = snprintf(stream + stream_used, STREAM - stream_used,
	             "%llu %d/%d %s %s %lld %lld %lld %s %u %u\n",
	             (unsigned long long)sim_now_ns(stage->sim),
	             (int)c->whom.pid, (int)c->whom.tid, c->name,
	             setting_rows[c->setting].name, (long long)c->before,
	             (long long)c->wanted, (long long)c->now,
	             effect_name(c->effect), (unsigned)c->rule,
	             (unsigned)c->threads);
	ck_assert_int_gt(n, 0);
	stream_used += (size_t)n;
	ck_assert_uint_lt(stream_used, STREAM);
}

static inline void act_by_all(struct asking *q)
{
	int64_t uid = ask_fact(q, FACT_uid, NULL);

	say_want(q, SETTING_nice, uid % 7 +
	         (ask_host(q, HOST_on_battery) != 0 ? 10 : 0));
}

static inline void cap_people(void)
{
	struct builder_rule r = rule_of(select_number(FACT_uid, 1000, 60000));
	struct cap          c = { 0 };

	c.has = SETTING_BIT(SETTING_nice);
	c.bound[SETTING_nice] = bound_open(SETTING_nice);
	c.bound[SETTING_nice].low = 0;
	r.cap = &c;
	rule_add(r);
}

static inline void pool_is(const char *name, enum pool_per per, enum setting s,
                    int64_t value)
{
	struct want         w = { 0 };
	struct builder_pool p = { .name = name, .file = "test.c", .line = 1,
		                  .layer = LAYER_ADMIN, .per = per,
		                  .want = &w };

	want_set(&w, s, value);
	ck_assert_int_eq(builder_pool(building, &p, building_sets), 0);
}

static inline void cap_weight(void)
{
	struct builder_rule r = rule_of(select_number(FACT_uid, 1002, 1002));
	struct cap          c = { 0 };

	c.has = SETTING_BIT(SETTING_weight);
	c.bound[SETTING_weight] = bound_open(SETTING_weight);
	c.bound[SETTING_weight].high = 40;
	r.cap = &c;
	rule_add(r);
}

static inline void rules_of_pools(void)
{
	int64_t shared = interned_read_names(building_sets, "shared");
	int64_t users = interned_read_names(building_sets, "users");

	pool_is("shared", POOL_SHARED, SETTING_weight, 50);
	pool_is("users", POOL_PER_UID, SETTING_memory_high, 1 << 30);
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_pool, shared);
	rule_wants(select_named(SELECT_PROCESS, "t"), IMAGE_NONE,
	           SETTING_pool, shared);
	rule_wants(select_named(SELECT_PROCESS, "b"), IMAGE_NONE,
	           SETTING_pool, users);
	rule_wants(select_number(FACT_uid, 1001, 1001), IMAGE_NONE,
	           SETTING_weight, 20);
	cap_weight();
}

static inline void rule_insists(uint32_t match, enum setting s, int64_t value)
{
	struct builder_rule r = rule_of(match);
	struct want         w = { 0 };

	want_set(&w, s, value);
	r.want = &w;
	r.insist = true;
	rule_add(r);
}

static inline void rules_of_all_kinds(void)
{
	rules_begin();
	rules_of_pools();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           -5);
	rule_wants(select_named(SELECT_PROCESS, "b"), IMAGE_NONE, SETTING_qos,
	           QOS_UTILITY);
	rule_wants(select_named(SELECT_PROCESS, "b"), select_battery(),
	           SETTING_nice, 15);
	rule_wants(select_text(FACT_comm, "sleeper"), IMAGE_NONE,
	           SETTING_ionice, IONICE_IDLE);
	rule_function(select_named(SELECT_PROCESS, "f"));
	rule_insists(select_named(SELECT_PROCESS, "t"), SETTING_timer_slack,
	             2000);
	rule_insists(select_named(SELECT_PROCESS, "s"), SETTING_nice, 3);
	rule_wants(select_named(SELECT_PROCESS, "t"), IMAGE_NONE,
	           SETTING_uclamp_max, 60);
	rule_wants(select_text(FACT_comm, "sleeper"), IMAGE_NONE,
	           SETTING_slice, 500000);
	rule_wants(select_thread_of("o*", select_named(SELECT_PROCESS, "b")),
	           IMAGE_NONE, SETTING_precedence, 3);
	rule_wants(select_thread_of("w*", select_named(SELECT_PROCESS, "a")),
	           select_battery(), SETTING_realtime,
	           realtime_value(20000, 1000, 10000));
	rule_wants(select_thread_of("w*", select_named(SELECT_PROCESS, "t")),
	           IMAGE_NONE, SETTING_uclamp_min, 25);
	rule_wants(select_thread_of("w*", select_named(SELECT_PROCESS, "t")),
	           IMAGE_NONE, SETTING_sched, SCHED_CLASS_BATCH);
	rule_wants(select_named(SELECT_PROCESS, "plain"), select_battery(),
	           SETTING_role, ROLE_BACKGROUND);
	rule_wants(select_named(SELECT_PROCESS, "s"), IMAGE_NONE,
	           SETTING_autogroup_nice, 7);
	rule_wants(select_number(FACT_uid, 1002, 1002), IMAGE_NONE,
	           SETTING_oom_score_adj, 100);
	rule_wants(select_named(SELECT_PROCESS, "z"), select_battery(),
	           SETTING_freeze, 1);
	rule_wants(select_number(FACT_uid, 1003, 1003), IMAGE_NONE,
	           SETTING_cpu_time, 60 * SECOND);
	rule_wants(select_text(FACT_comm, "sleeper"), IMAGE_NONE,
	           SETTING_cpu_limit, 50);
	rule_wants(select_named(SELECT_PROCESS, "a"), select_battery(),
	           SETTING_reclaim, 4096);
	rule_wants(select_main_of(select_named(SELECT_PROCESS, "t")),
	           select_battery(), SETTING_nice, 4);
	rule_wants(select_main_of(select_named(SELECT_PROCESS, "b")),
	           IMAGE_NONE, SETTING_nice, 6);
	rule_wants(select_main_of(select_named(SELECT_PROCESS, "plain")),
	           select_battery(), SETTING_realtime,
	           realtime_value(20000, 500, 10000));
	cap_people();
	rules_end(act_by_all);
}

/* Some living process; 0: there is only pid 1. */
static inline pid_t some_process(void)
{
	const struct sensor *door = &stage->os.sensor;
	struct task_id       id[512];
	uint64_t             cursor = 0;
	int                  n = door->list(door->self, &cursor, id, 512);

	ck_assert_int_ge(n, 1);
	ck_assert_int_lt(n, 512);
	return n == 1 ? 0 : id[1 + draw((uint32_t)n - 1)].pid;
}

static inline void born(pid_t pid, pid_t parent)
{
	ck_assert_int_gt(pid, 0);
	ck_assert_int_lt(pid, PIDS);
	tainted[pid] = tainted[parent];
}

static inline void step_exec(void)
{
	static const char *const names[] = { "a", "b", "f", "t", "s", "z",
	                                   "plain" };
	struct sim_program p = { .name = names[draw(7)] };

	p.uid = draw(3) == 0 ? 0 : 1000 + draw(4);
	p.parent = draw(2) == 0 ? some_process() : 0;
	p.session = draw(4) == 0 ? 1 + (pid_t)draw(5) : 0;
	born(sim_exec(stage->sim, &p), p.parent);
}

static inline void step_exec_again(pid_t pid)
{
	static const char *const names[] = { "a", "b", "f", "t", "plain" };
	struct sim_program p = { .name = names[draw(5)] };

	p.fails = troupe.guard_ns != 0 && pid % 8 == 0 ? ENOEXEC : 0;
	sim_exec_again(stage->sim, pid, &p);
}

static inline void step_foreign(pid_t pid)
{
	static const enum setting which[] = { SETTING_nice, SETTING_ionice,
	                                      SETTING_timer_slack,
	                                      SETTING_slice, SETTING_freeze };
	enum setting s = which[draw(5)];
	int64_t      value = 1 + draw(3);

	if (draw(6) == 0) {
		sim_put(stage->sim, pid, "/elsewhere");
		tainted[pid] = true;
		return;
	}
	if (s == SETTING_timer_slack)
		value = 3000;
	else if (s == SETTING_slice)
		value = 300000;
	else if (s == SETTING_freeze)
		value = draw(2);
	sim_set_knob(stage->sim, pid, s, value);
	tainted[pid] = true;
}

/* Not over a question, for that would be its fault: so all are answered at once
 * until then. */
static inline void step_worker_dies(void)
{
	sim_delay(stage->sim, 0);
	pass(40 * MS);
	sim_worker_dies(stage->sim);
	sim_delay(stage->sim, 3 * MS);
}

static inline void step_rename(pid_t pid)
{
	sim_rename(stage->sim, pid, draw(2) != 0 ? "sleeper" : "awake");
}

static inline void step_thread(pid_t pid)
{
	sim_thread(stage->sim, pid, draw(2) != 0 ? "worker" : "other");
}

static inline void step_one(pid_t pid)
{
	switch (draw(10)) {
	case 0:
	case 1: born(sim_fork(stage->sim, pid), pid); break;
	case 2:
	case 3: sim_exit(stage->sim, pid); break;
	case 4: step_exec_again(pid); break;
	case 5: step_rename(pid); break;
	case 6: sim_set_uid(stage->sim, pid, 1000 + draw(4)); break;
	case 7:
	case 8: step_thread(pid); break;
	case 9: step_foreign(pid); break;
	}
}

static inline void step(bool losing)
{
	pid_t pid = some_process();

	switch (draw(20)) {
	case 0:
		sim_host(stage->sim, HOST_on_battery, draw(2));
		break;
	case 1:
		if (losing)
			sim_lose(stage->sim, 1 + draw(5));
		break;
	case 2:
		sim_slow_moves(stage->sim, draw(4) * 5 * MS);
		if (draw(10) == 0)
			step_worker_dies();
		break;
	case 3: case 4: case 5: case 6: case 7: case 8:
		step_exec();
		break;
	default:
		if (pid != 0)
			step_one(pid);
	}
	if (draw(3) == 0)
		pass(draw(30) * MS);
	else if (draw(2) == 0)
		settle();
}

static inline void play(uint64_t seed, bool losing)
{
	luck = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	memset(tainted, 0, sizeof tainted);
	stream_used = 0;
	rules_of_all_kinds();
	if (seed % 2 == 0)
		troupe.guard_ns = 5 * MS;
	curtain_up(seed, note);
	sim_delay(stage->sim, 3 * MS);
	for (int i = 0; i < STEPS; i++)
		step(losing);
	pass(200 * SECOND);
}

static inline void stream_open(void)
{
	stream = malloc(STREAM);
	ck_assert_ptr_nonnull(stream);
}

static inline void stream_close(void)
{
	free(stream);
}

#endif
