/* test_os_sim_groups.c -- groups of processes as values, and as the simulated
 * machine has them. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "model/group.h"
#include "os/sim/sim.h"
#include "os/unit.h"

#include "suite.h"

#define MS UINT64_C(1000000)

static struct interned *sets;
static struct sim      *sim;
static struct os        os;

static void start(void)
{
	sets = interned_new();
	sim = sim_new(7, sets);
	ck_assert_ptr_nonnull(sim);
	sim_with_groups(sim, true);
	sim_os(sim, &os);
}

static void stop(void)
{
	sim_free(sim);
	interned_free(sets);
}

static int64_t group(const char *text)
{
	int64_t g = group_read(sets, text);

	ck_assert_int_ge(g, 0);
	return g;
}

static pid_t run(void)
{
	pid_t pid = sim_exec(sim, &(struct sim_program){ .name = "make" });

	ck_assert_int_gt(pid, 0);
	return pid;
}

static const char *where(pid_t pid)
{
	static char text[GROUP_TEXT_MAX];
	int64_t     g;

	ck_assert_int_eq(sim_knob(sim, pid, SETTING_pool, &g), 0);
	return group_text(sets, g, text, sizeof text);
}

static struct turned put(pid_t pid, int64_t to)
{
	struct task_id whom = { .pid = pid, .tid = pid };
	struct turned  t;

	ck_assert_int_eq(os.actuator.grip(os.actuator.self, whom), 0);
	os.actuator.apply(os.actuator.self, whom, SETTING_pool, to, &t);
	os.actuator.let_go(os.actuator.self);
	return t;
}

static struct turned give(int64_t to, enum setting s, int64_t value)
{
	struct turned t;

	os.actuator.group_set(os.actuator.self, to, s, value, &t);
	return t;
}

static int next(uint64_t until_ns)
{
	struct event e[16];
	int          n, turned = 0;

	sim_until(sim, until_ns);
	while ((n = os.sensor.next(os.sensor.self, until_ns, e, 16)) > 0)
		for (int i = 0; i < n; i++)
			turned += e[i].kind == EVENT_TURNED;
	return turned;
}

START_TEST(a_text_is_one_group_and_a_group_one_text)
{
	struct task_id who = { .pid = 4194303, .tid = 4194303,
	                       .born = UINT64_C(1) << 39 };
	const char    *texts[] = { "build", "build@1000", "build@a-b@1.service",
		                   "/", "/user.slice/a b", "@4711.90210",
		                   "cpu,cpuacct:/a memory:/" };
	char           text[GROUP_TEXT_MAX];

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		int64_t g = group(texts[i]);

		ck_assert_str_eq(group_text(sets, g, text, sizeof text),
		                 texts[i]);
		ck_assert_int_eq(group(texts[i]), g);
		ck_assert_int_eq(group_is_ours(sets, g),
		                 strchr(texts[i], '/') == NULL);
		ck_assert_int_eq(group_is_of_one(g), texts[i][0] == '@');
	}
	group_text(sets, group_of_one(who), text, sizeof text);
	ck_assert_int_eq(group(text), group_of_one(who));
}
END_TEST

START_TEST(what_nobody_would_write_is_no_group)
{
	char        endless[GROUP_TEXT_MAX + 1];
	const char *texts[] = { "", "@", "@1", "@1.", "@01.5", "@1.5 ", "@1.x",
		                "1build", "a,b", "a b" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		ck_assert_int_eq(group_read(sets, texts[i]), -EINVAL);
	memset(endless, 'a', GROUP_TEXT_MAX);
	endless[0] = '/';
	endless[GROUP_TEXT_MAX] = '\0';
	ck_assert_int_eq(group_read(sets, endless), -ERANGE);
	endless[GROUP_TEXT_MAX - 1] = '\0';
	ck_assert_int_ge(group_read(sets, endless), 0);
}
END_TEST

START_TEST(a_group_has_the_name_of_its_pool)
{
	ck_assert_int_eq(group_pool(sets, group("build@1000")),
	                 group("build"));
	ck_assert_int_eq(group_pool(sets, group("build")), group("build"));
	ck_assert_int_eq(group_pool(sets, group("@1.2")), -ENOENT);
	ck_assert_int_eq(group_pool(sets, group("/build")), -ENOENT);
}
END_TEST

START_TEST(a_place_names_a_cgroup_first)
{
	char path[8];

	ck_assert_int_eq(cgroup_of_place("/a%3Bb;memory:/c", path,
	                                 sizeof path), 0);
	ck_assert_str_eq(path, "/a;b");
	ck_assert_int_eq(cgroup_of_place("/", path, sizeof path), 0);
	ck_assert_str_eq(path, "/");
	ck_assert_int_eq(cgroup_of_place("/1234567", path, sizeof path),
	                 -ENAMETOOLONG);
	ck_assert_int_eq(cgroup_of_place("/123456", path, sizeof path), 0);
	ck_assert_int_eq(cgroup_of_place("/%", path, sizeof path), 0);
	ck_assert_str_eq(path, "/%");
}
END_TEST

START_TEST(places_are_kept_up_to_the_bound_and_groups_of_one_beyond)
{
	char    text[64];
	int64_t g = 0;

	for (int i = 0; g >= 0 && i <= INTERNED_MAX; i++) {
		snprintf(text, sizeof text, "/scope/%d", i);
		g = group_read(sets, text);
	}
	ck_assert_int_eq(g, -ENOMEM);
	ck_assert_uint_eq(interned_refused(sets), 1);
	ck_assert_int_ge(group_read(sets, "@7.7"), 0);
}
END_TEST

START_TEST(a_child_is_born_where_its_parent_is)
{
	pid_t pid = run(), child;

	ck_assert_str_eq(where(pid), "/");
	ck_assert_int_eq(put(pid, group("build")).effect, EFFECT_APPLIED);
	ck_assert_int_eq(put(pid, group("build")).effect, EFFECT_ALREADY);
	child = sim_fork(sim, pid);
	ck_assert_str_eq(where(child), "build");
	ck_assert_int_eq(put(pid, group("/")).effect, EFFECT_APPLIED);
	ck_assert_str_eq(where(child), "build");
}
END_TEST

START_TEST(a_group_is_dropped_only_when_nobody_is_in_it)
{
	pid_t   pid = run(), pids[4];
	int64_t build = group("build"), found[4];
	uint64_t cursor = 0;

	put(pid, build);
	ck_assert_uint_eq(sim_groups(sim), 1);
	ck_assert_int_eq(os.actuator.group_list(os.actuator.self, &cursor,
	                                        found, 4), 1);
	ck_assert_int_eq(found[0], build);
	ck_assert_int_eq(os.actuator.group_members(os.actuator.self, build,
	                                           pids, 4), 1);
	ck_assert_int_eq(pids[0], pid);
	ck_assert_int_eq(os.actuator.group_list(os.actuator.self, &cursor,
	                                        found, 4), 0);
	ck_assert_int_eq(os.actuator.group_drop(os.actuator.self, build),
	                 -EBUSY);
	sim_exit(sim, pid);
	ck_assert_uint_eq(sim_groups(sim), 1);
	ck_assert_int_eq(os.actuator.group_drop(os.actuator.self, build), 0);
	ck_assert_uint_eq(sim_groups(sim), 0);
	ck_assert_int_eq(os.actuator.group_drop(os.actuator.self, build), 0);
}
END_TEST

START_TEST(a_group_has_what_it_was_given)
{
	pid_t   pid = run();
	int64_t build = group("build"), value;

	ck_assert_int_eq(sim_knob(sim, pid, SETTING_weight, &value), 0);
	ck_assert_int_eq(value, VALUE_UNTOUCHED);

	ck_assert_int_eq(os.actuator.group_get(os.actuator.self, build,
	                                       SETTING_weight, &value),
	                 -ENOENT);
	ck_assert_int_eq(give(build, SETTING_weight, 50).effect,
	                 EFFECT_APPLIED);
	ck_assert_int_eq(give(build, SETTING_weight, 50).effect,
	                 EFFECT_ALREADY);
	put(pid, build);
	ck_assert_int_eq(sim_knob(sim, pid, SETTING_weight, &value), 0);
	ck_assert_int_eq(value, 50);
	give(build, SETTING_weight, VALUE_UNTOUCHED);
	ck_assert_int_eq(sim_knob(sim, pid, SETTING_weight, &value), 0);
	ck_assert_int_eq(value, VALUE_UNTOUCHED);
	ck_assert_int_eq(os.actuator.group_get(os.actuator.self, build,
	                                       SETTING_weight, &value),
	                 -ENODATA);
	ck_assert_int_eq(give(build, SETTING_nice, 5).effect,
	                 EFFECT_UNSUPPORTED);
	ck_assert_int_eq(give(group("/"), SETTING_weight, 5).effect,
	                 EFFECT_UNSUPPORTED);
}
END_TEST

START_TEST(a_slow_move_happens_at_its_end)
{
	pid_t         pid = run();
	struct landed l;

	next(0);
	sim_slow_moves(sim, 10 * MS);
	ck_assert_int_eq(put(pid, group("build")).effect, EFFECT_UNDERWAY);
	ck_assert_str_eq(where(pid), "/");
	ck_assert_int_eq(next(9 * MS), 0);
	ck_assert(!os.actuator.landed(os.actuator.self, &l));
	ck_assert_int_eq(next(10 * MS), 1);
	ck_assert_str_eq(where(pid), "build");
	ck_assert(os.actuator.landed(os.actuator.self, &l));
	ck_assert_int_eq(l.whom.pid, pid);
	ck_assert_int_eq(l.setting, SETTING_pool);
	ck_assert_int_eq(l.wanted, group("build"));
	ck_assert_int_eq(l.turned.effect, EFFECT_APPLIED);
	ck_assert_int_eq(l.turned.now, group("build"));
	ck_assert(!os.actuator.landed(os.actuator.self, &l));
}
END_TEST

START_TEST(a_slow_move_of_who_left_is_gone)
{
	pid_t         pid = run();
	struct landed l;

	sim_slow_moves(sim, 10 * MS);
	put(pid, group("build"));
	sim_exit(sim, pid);
	next(20 * MS);
	ck_assert(os.actuator.landed(os.actuator.self, &l));
	ck_assert_int_eq(l.turned.effect, EFFECT_GONE);
}
END_TEST

START_TEST(so_many_moves_are_under_way_and_no_more)
{
	pid_t pid = 0;

	sim_slow_moves(sim, 10 * MS);
	for (int i = 0; i < UNDER_WAY_MAX; i++)
		ck_assert_int_eq(put(run(), group("build")).effect,
		                 EFFECT_UNDERWAY);
	pid = run();
	ck_assert_int_eq(put(pid, group("build")).effect, EFFECT_DENIED);
	next(20 * MS);
	ck_assert_str_eq(where(pid), "/");
}
END_TEST

START_TEST(nothing_is_under_way_once_it_is_finished)
{
	pid_t pid = run();

	sim_slow_moves(sim, 10 * MS);
	put(pid, group("build"));
	os.actuator.finish(os.actuator.self);
	ck_assert_str_eq(where(pid), "build");
	ck_assert_int_eq(put(pid, group("/")).effect, EFFECT_APPLIED);
}
END_TEST

static const char *where_without(pid_t pid)
{
	static char text[GROUP_TEXT_MAX];
	int64_t     g;

	ck_assert_int_eq(sim_without(sim, pid, SETTING_pool, &g), 0);
	return group_text(sets, g, text, sizeof text);
}

START_TEST(where_it_would_be_without_us_only_others_decide)
{
	const struct sim_program in_unit = { .name = "make", .unit = "u.service" };
	pid_t   pid = sim_exec(sim, &in_unit), child;
	int64_t g;

	ck_assert_str_eq(where_without(pid), "/system.slice/u.service");
	put(pid, group("build"));
	child = sim_fork(sim, pid);
	ck_assert_str_eq(where(child), "build");
	ck_assert_str_eq(where_without(pid), "/system.slice/u.service");
	ck_assert_str_eq(where_without(child), "/system.slice/u.service");
	ck_assert_int_eq(sim_is_as_without(sim, pid, SETTING_pool), 0);
	ck_assert(!sim_is_foreign(sim, pid, SETTING_pool));
	sim_put(sim, pid, "/elsewhere");
	ck_assert_str_eq(where_without(pid), "/elsewhere");
	ck_assert(sim_is_foreign(sim, pid, SETTING_pool));
	sim_put(sim, child, "other");
	ck_assert_int_eq(sim_without(sim, child, SETTING_pool, &g), -ENODATA);
	ck_assert_uint_eq(sim_trespasses(sim), 0);
	os.actuator.group_drop(os.actuator.self, group("/elsewhere"));
	ck_assert_uint_eq(sim_trespasses(sim), 1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("groups");

	tcase_add_checked_fixture(tc, start, stop);
	tcase_add_test(tc, a_text_is_one_group_and_a_group_one_text);
	tcase_add_test(tc, what_nobody_would_write_is_no_group);
	tcase_add_test(tc, a_group_has_the_name_of_its_pool);
	tcase_add_test(tc, a_place_names_a_cgroup_first);
	tcase_add_test(tc, places_are_kept_up_to_the_bound_and_groups_of_one_beyond);
	tcase_add_test(tc, a_child_is_born_where_its_parent_is);
	tcase_add_test(tc, a_group_is_dropped_only_when_nobody_is_in_it);
	tcase_add_test(tc, a_group_has_what_it_was_given);
	tcase_add_test(tc, a_slow_move_happens_at_its_end);
	tcase_add_test(tc, a_slow_move_of_who_left_is_gone);
	tcase_add_test(tc, so_many_moves_are_under_way_and_no_more);
	tcase_add_test(tc, nothing_is_under_way_once_it_is_finished);
	tcase_add_test(tc, where_it_would_be_without_us_only_others_decide);
	return run_case(tc, "os/sim: groups");
}
