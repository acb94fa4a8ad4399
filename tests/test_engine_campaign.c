/* test_engine_campaign.c -- an engine that follows a machine through a thousand
 * random steps ends where one would that saw only the last of them. */

#include "rehearsing.h"

#include "model/group.h"

#define STEPS    1000
#define PIDS     65536
#define STREAM   (4u << 20)

#define IONICE_IDLE 0

/* Everything that the engine said it changed, a line each. */
static char  *stream;
static size_t stream_used;

static uint64_t luck;
static bool     tainted[PIDS];          /* by another program, or born so     */

static uint32_t draw(uint32_t n)
{
	luck ^= luck << 13;
	luck ^= luck >> 7;
	luck ^= luck << 17;
	return (uint32_t)(luck >> 11) % n;
}

static void note(void *self, const struct change *c)
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

static void act_by_all(struct asking *q)
{
	int64_t uid = ask_fact(q, FACT_uid, NULL);

	say_want(q, SETTING_nice, uid % 7 +
	         (ask_host(q, HOST_on_battery) != 0 ? 10 : 0));
}

static void cap_people(void)
{
	struct builder_rule r = rule_of(select_number(FACT_uid, 1000, 60000));
	struct cap          c = { 0 };

	c.has = SETTING_BIT(SETTING_nice);
	c.bound[SETTING_nice] = bound_open(SETTING_nice);
	c.bound[SETTING_nice].low = 0;
	r.cap = &c;
	rule_add(r);
}

static uint32_t select_comm(const char *comm)
{
	builder_selector_begin(building, SELECT_PROCESS);
	builder_condition(building, CONDITION_FACT, FACT_comm);
	builder_text(building, comm, strlen(comm));
	return builder_selector_end(building);
}

static void pool_is(const char *name, enum pool_per per, enum setting s,
                    int64_t value)
{
	struct want         w = { 0 };
	struct builder_pool p = { .name = name, .file = "test.c", .line = 1,
		                  .layer = LAYER_ADMIN, .per = per,
		                  .want = &w };

	want_set(&w, s, value);
	ck_assert_int_eq(builder_pool(building, &p, building_sets), 0);
}

static void cap_weight(void)
{
	struct builder_rule r = rule_of(select_number(FACT_uid, 1002, 1002));
	struct cap          c = { 0 };

	c.has = SETTING_BIT(SETTING_weight);
	c.bound[SETTING_weight] = bound_open(SETTING_weight);
	c.bound[SETTING_weight].high = 40;
	r.cap = &c;
	rule_add(r);
}

static void rules_of_pools(void)
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

static void rule_insists(uint32_t match, enum setting s, int64_t value)
{
	struct builder_rule r = rule_of(match);
	struct want         w = { 0 };

	want_set(&w, s, value);
	r.want = &w;
	r.insist = true;
	rule_add(r);
}

static void rules_of_all_kinds(void)
{
	rules_begin();
	rules_of_pools();
	rule_wants(select_named(SELECT_PROCESS, "a"), IMAGE_NONE, SETTING_nice,
	           -5);
	rule_wants(select_named(SELECT_PROCESS, "b"), IMAGE_NONE, SETTING_qos,
	           QOS_UTILITY);
	rule_wants(select_named(SELECT_PROCESS, "b"), select_battery(),
	           SETTING_nice, 15);
	rule_wants(select_comm("sleeper"), IMAGE_NONE, SETTING_ionice,
	           IONICE_IDLE);
	rule_function(select_named(SELECT_PROCESS, "f"));
	rule_insists(select_named(SELECT_PROCESS, "t"), SETTING_timer_slack,
	             2000);
	rule_insists(select_named(SELECT_PROCESS, "s"), SETTING_nice, 3);
	rule_wants(select_named(SELECT_PROCESS, "t"), IMAGE_NONE,
	           SETTING_uclamp_max, 60);
	rule_wants(select_comm("sleeper"), IMAGE_NONE, SETTING_slice, 500000);
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
	rule_wants(select_comm("sleeper"), IMAGE_NONE, SETTING_cpu_limit, 50);
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
static pid_t some_process(void)
{
	const struct sensor *door = &stage->os.sensor;
	struct task_id       id[512];
	uint64_t             cursor = 0;
	int                  n = door->list(door->self, &cursor, id, 512);

	ck_assert_int_ge(n, 1);
	ck_assert_int_lt(n, 512);
	return n == 1 ? 0 : id[1 + draw((uint32_t)n - 1)].pid;
}

static void born(pid_t pid, pid_t parent)
{
	ck_assert_int_gt(pid, 0);
	ck_assert_int_lt(pid, PIDS);
	tainted[pid] = tainted[parent];
}

static void step_exec(void)
{
	static const char *const names[] = { "a", "b", "f", "t", "s", "z",
	                                   "plain" };
	struct sim_program p = { .name = names[draw(7)] };

	p.uid = draw(3) == 0 ? 0 : 1000 + draw(4);
	p.parent = draw(2) == 0 ? some_process() : 0;
	p.session = draw(4) == 0 ? 1 + (pid_t)draw(5) : 0;
	born(sim_exec(stage->sim, &p), p.parent);
}

static void step_exec_again(pid_t pid)
{
	static const char *const names[] = { "a", "b", "f", "t", "plain" };
	struct sim_program p = { .name = names[draw(5)] };

	p.fails = troupe.guard_ns != 0 && pid % 8 == 0 ? ENOEXEC : 0;
	sim_exec_again(stage->sim, pid, &p);
}

static void step_foreign(pid_t pid)
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
static void step_worker_dies(void)
{
	sim_delay(stage->sim, 0);
	pass(40 * MS);
	sim_worker_dies(stage->sim);
	sim_delay(stage->sim, 3 * MS);
}

static void step_rename(pid_t pid)
{
	sim_rename(stage->sim, pid, draw(2) != 0 ? "sleeper" : "awake");
}

static void step_thread(pid_t pid)
{
	sim_thread(stage->sim, pid, draw(2) != 0 ? "worker" : "other");
}

static void step_one(pid_t pid)
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

static void step(bool losing)
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

static void play(uint64_t seed, bool losing)
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

static void stream_open(void)
{
	stream = malloc(STREAM);
	ck_assert_ptr_nonnull(stream);
}

static void stream_close(void)
{
	free(stream);
}

/* What is in force of each process. */
static struct picture {
	struct task_id id;
	struct want    in_force;
	uint64_t       yielded;
} pictures[2048];
static size_t picture_count;

static void take_pictures(void)
{
	struct task *who;
	uint32_t     slot = 0;

	picture_count = 0;
	while ((who = table_next(stage->engine.table, &slot)) != NULL) {
		if (task_id_is_thread(who->id))
			continue;
		ck_assert_uint_lt(picture_count, 2048);
		pictures[picture_count++] = (struct picture){
			who->id, who->in_force, who->yielded };
	}
}

static void compare_picture(const struct picture *p)
{
	struct task *who = table_find(stage->engine.table, p->id);

	ck_assert_msg(who != NULL, "pid %d is not known", (int)p->id.pid);
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting s = (enum setting)i;

		if ((p->yielded & SETTING_BIT(s)) != 0)
			continue;
		ck_assert_msg(want_has(&p->in_force, s) ==
		              want_has(&who->in_force, s) &&
		              (!want_has(&p->in_force, s) ||
		               p->in_force.value[s] == who->in_force.value[s]),
		              "pid %d: %s", (int)p->id.pid,
		              setting_rows[s].name);
	}
}

static bool has_knob(enum setting s)
{
	return (stage->os.actuator.can & SETTING_BIT(s)) != 0;
}

/* Tasks of a session share its knob, and the newest wish holds. */
static bool is_own_knob(enum setting s)
{
	return has_knob(s) && setting_rows[s].scope != SETTING_SCOPE_SESSION;
}

/* Those of a pool share what it has, and the strongest claim holds. */
static bool is_shared(const struct want *w, enum setting s)
{
	return setting_rows[s].scope == SETTING_SCOPE_GROUP &&
	       want_has(w, SETTING_pool) &&
	       !group_is_of_one(w->value[SETTING_pool]);
}

/* A main thread that has a verdict of its own shows that. */
static const struct want *shown_by(const struct picture *p, enum setting s)
{
	const struct task *leader = table_find(stage->engine.table,
	                                       task_id_main(p->id));

	return leader != NULL && leader->settled &&
	       setting_rows[s].scope == SETTING_SCOPE_THREAD
	       ? &leader->in_force : &p->in_force;
}

/* There is none in a class that is not an ordinary one. */
static bool lacks_slice(pid_t pid, enum setting s)
{
	return s == SETTING_slice &&
	       sched_class_of(knob(pid, SETTING_sched)) > SCHED_CLASS_OTHER;
}

static void picture_is_true(const struct picture *p)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting       s = (enum setting)i;
		const struct want *w = shown_by(p, s);

		/* What is done once may find too many under way. */
		if (is_own_knob(s) && want_has(w, s) && !is_shared(w, s) &&
		    setting_rows[s].undoable && !lacks_slice(p->id.pid, s))
			ck_assert_msg(knob(p->id.pid, s) == w->value[s],
			              "pid %d: %s", (int)p->id.pid,
			              setting_rows[s].name);
	}
}

/* Whom nobody else touched has what is in force of it. */
static void knobs_are_true(void)
{
	for (size_t i = 0; i < picture_count; i++)
		if (!tainted[pictures[i].id.pid])
			picture_is_true(&pictures[i]);
}

/* Whom somebody else took out of it, unnoticed so far, still counts. */
static bool is_lived_in(int64_t group)
{
	for (size_t i = 0; i < picture_count; i++) {
		struct task_id     id = pictures[i].id;
		const struct hold *h = journal_find(stage->journal, id,
		                                    SETTING_pool);

		if (knob(id.pid, SETTING_pool) == group ||
		    (tainted[id.pid] && h != NULL && h->applied == group))
			return true;
	}
	return false;
}

/* No group is left that nobody is in, and each has what its strongest member
 * wants within what all may. */
static void groups_are_true(void)
{
	const struct actuator *door = &stage->os.actuator;
	int64_t                group[512], weight;
	uint64_t               cursor = 0;
	int n = door->group_list(door->self, &cursor, group, 512);

	ck_assert_int_lt(n, 512);
	for (int i = 0; i < n; i++) {
		ck_assert(is_lived_in(group[i]));
		if (door->group_get(door->self, group[i], SETTING_weight,
		                    &weight) == 0)
			ck_assert(weight == 20 || weight == 40 || weight == 50);
	}
}

static void undo_all(void)
{
	size_t left;

	ck_assert_int_ge(enforce_undo(&stage->engine.enforcer, &left), 0);
	ck_assert_uint_eq(journal_count(stage->journal), 0);
	ck_assert_uint_eq(sim_groups(stage->sim), 0);
}

/* As pid 1 has it, whom nobody ever changed; but others are in its session. */
static void thread_is_back(pid_t pid, pid_t tid)
{
	for (int i = 0; i < SETTING_COUNT; i++) {
		enum setting s = (enum setting)i;

		if (has_knob(s) && setting_rows[s].undoable)
			ck_assert_msg(knob(tid, s) ==
			              (is_own_knob(s) ? knob(1, s) : 0),
			              "%d/%d: %s", (int)pid, (int)tid,
			              setting_rows[s].name);
	}
}

static void all_is_back(void)
{
	const struct sensor *door = &stage->os.sensor;

	for (size_t i = 0; i < picture_count; i++) {
		pid_t    pid = pictures[i].id.pid, tid[256];
		uint64_t cursor = 0;
		int      n = door->threads(door->self, pid, &cursor, tid, 256);

		for (int k = 0; k < n && !tainted[pid]; k++)
			thread_is_back(pid, tid[k]);
	}
}

START_TEST(it_ends_where_one_would_that_saw_only_the_end)
{
	stream_open();
	play((uint64_t)_i + 1, true);
	take_pictures();
	ck_assert_uint_gt(picture_count, 20);
	knobs_are_true();
	groups_are_true();
	ck_assert_int_eq(rehearsal_restart(stage), 0);
	pass(SECOND);
	ck_assert_uint_eq(table_count(stage->engine.table), picture_count);
	for (size_t i = 0; i < picture_count; i++)
		compare_picture(&pictures[i]);
	curtain_down();
	stream_close();
}
END_TEST

START_TEST(all_of_it_goes_back)
{
	stream_open();
	play((uint64_t)_i + 1, false);
	take_pictures();
	knobs_are_true();
	groups_are_true();
	undo_all();
	all_is_back();
	curtain_down();
	stream_close();
}
END_TEST

START_TEST(two_runs_from_one_seed_change_the_same_in_the_same_order)
{
	char  *first;
	size_t bytes;

	stream_open();
	play((uint64_t)_i + 1, true);
	curtain_down();
	first = stream;
	bytes = stream_used;
	ck_assert_uint_gt(bytes, 10000);
	stream_open();
	play((uint64_t)_i + 1, true);
	curtain_down();
	ck_assert_uint_eq(stream_used, bytes);
	ck_assert_mem_eq(stream, first, bytes);
	free(first);
	stream_close();
}
END_TEST

static int seeds(void)
{
	const char *n = getenv("PQS_SEEDS");

	return n == NULL ? 10 : atoi(n);
}

static Suite *suite(void)
{
	Suite *s = suite_create("engine, a thousand steps");
	TCase *c = tcase_create("campaign");

	tcase_set_timeout(c, 60);
	tcase_add_loop_test(c, it_ends_where_one_would_that_saw_only_the_end,
	                    0, seeds());
	tcase_add_loop_test(c, all_of_it_goes_back, 0, seeds());
	tcase_add_loop_test(
		c, two_runs_from_one_seed_change_the_same_in_the_same_order,
		0, 3);
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
