/* test_engine_campaign.c -- an engine that follows a machine through a thousand
 * random steps ends where one would that saw only the last of them. */

#include "thousand_steps.h"

#include "model/group.h"

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
