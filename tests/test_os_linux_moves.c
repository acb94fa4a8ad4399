/* test_os_linux_moves.c -- who is put into a group of pqs's own, on the kernel
 * that runs, and who comes back. */

#include "grouped.h"
#include "suite.h"

#include <sys/resource.h>

static void assert_moves_and_returns(struct task_id who, const char *name)
{
	char    before[4096], after[4096];
	int64_t origin = place_of(who);

	text_of(who.pid, "cgroup", before, sizeof before);
	assert_turned(put(who, group_called(name)), EFFECT_APPLIED, "");
	ck_assert(is_in_pool(who.pid, CONTROLLER_CPU, name));
	ck_assert_int_eq(place_of(who), group_called(name));
	assert_turned(put(who, group_called(name)), EFFECT_ALREADY, "");
	ck_assert_int_eq(drop(name), -EBUSY);
	assert_turned(put(who, origin), EFFECT_APPLIED, "");
	ck_assert_int_eq(place_of(who), origin);
	text_of(who.pid, "cgroup", after, sizeof after);
	ck_assert_str_eq(before, after);
}

START_TEST(a_process_goes_in_whole_and_comes_back)
{
	give("t", SETTING_weight, "50");
	assert_moves_and_returns(child, "t");
	ck_assert_int_eq(drop("t"), 0);
	ck_assert_str_eq(file_of(CONTROLLER_CPU, "t", "cgroup.procs"),
	                 "(none)");
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* Each once, in however many trees it is. */
START_TEST(who_is_in_a_group_is_told)
{
	int64_t origin = place_of(child);
	pid_t   pid[4];

	ck_assert_int_eq(door.group_members(door.self, group_called("t"), pid,
	                                    4), 0);
	give("t", SETTING_weight, "50");
	give("t", SETTING_cpuset, "0");
	put(child, group_called("t"));
	ck_assert_int_eq(door.group_members(door.self, group_called("t"), pid,
	                                    4), 1);
	ck_assert_int_eq(pid[0], child.pid);
	ck_assert_int_eq(door.group_members(door.self, group_called("t"), pid,
	                                    0), 0);
	put(child, origin);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(all_its_threads_go_with_it)
{
	give("t", SETTING_weight, "50");
	put(child, group_called("t"));
	ck_assert(is_in_pool(second, CONTROLLER_CPU, "t"));
	put(child, group_called("/"));
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(a_group_of_one_and_one_of_several_are_groups_like_others)
{
	char    text[GROUP_TEXT_MAX];
	int64_t own;

	child.born = born_of(child.pid, child.pid);
	own = group_of_one(child);
	group_text(sets, own, text, sizeof text);
	give(text, SETTING_weight, "50");
	assert_moves_and_returns(child, text);
	ck_assert_int_eq(door.group_drop(door.self, own), 0);
	give("t@ssh.service", SETTING_weight, "50");
	assert_moves_and_returns(child, "t@ssh.service");
	ck_assert_int_eq(drop("t@ssh.service"), 0);
}
END_TEST

/* The kernel has files and folders side by side. */
START_TEST(a_group_may_be_called_like_a_file_of_the_kernel)
{
	static const char *const names[] = { "cpu.max", "tasks", "cpu.shares",
	                                     "notify_on_release" };

	for (size_t i = 0; i < COUNT(names); i++) {
		assert_turned(give(names[i], SETTING_weight, "50"),
		              EFFECT_APPLIED, "");
		assert_moves_and_returns(child, names[i]);
		ck_assert_int_eq(drop(names[i]), 0);
	}
}
END_TEST

/* One that has no setting is a group, too. */
START_TEST(a_group_without_settings_is_made_by_who_is_put_in)
{
	int64_t origin = place_of(child);

	assert_turned(put(child, group_called("t")), EFFECT_APPLIED, "");
	ck_assert_str_eq(place_text(child), "t");
	assert_turned(put(child, origin), EFFECT_APPLIED, "");
	ck_assert_int_eq(place_of(child), origin);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* Where only one of two has settings, the other still has to hold it: where it
 * came from there nobody else knows. */
START_TEST(from_one_group_to_another_nothing_of_the_first_is_left)
{
	int64_t origin = place_of(child);

	give("a", SETTING_weight, "50");
	give("a", SETTING_cpuset, "0");
	give("b", SETTING_weight, "60");
	put(child, group_called("a"));
	ck_assert(is_in_pool(child.pid, CONTROLLER_CPUSET, "a"));
	assert_turned(put(child, group_called("b")), EFFECT_APPLIED, "");
	ck_assert(is_in_pool(child.pid, CONTROLLER_CPU, "b"));
	ck_assert(is_in_pool(child.pid, CONTROLLER_CPUSET, "b"));
	ck_assert_int_eq(drop("a"), 0);
	put(child, origin);
	ck_assert_int_eq(place_of(child), origin);
	ck_assert_int_eq(drop("b"), 0);
}
END_TEST

/* What its members are under, they are under there, too. */
START_TEST(a_setting_that_comes_later_reaches_who_is_in_already)
{
	int64_t origin = place_of(child);

	give("t", SETTING_weight, "50");
	put(child, group_called("t"));
	assert_turned(give("t", SETTING_cpuset, "0"), EFFECT_APPLIED, "");
	ck_assert(is_in_pool(child.pid, CONTROLLER_CPUSET, "t"));
	put(child, origin);
	ck_assert_int_eq(place_of(child), origin);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* v1 alone: on v2 a group is one. */
START_TEST(what_no_setting_needs_any_more_is_left)
{
	int64_t        origin = place_of(child);
	char           before[PATH_KEEP];
	struct task_id who = child;
	struct turned  t;

	if (door.group_part == NULL || has_unified(CONTROLLER_CPU) ||
	    has_unified(CONTROLLER_CPUSET))
		return;
	ck_assert_int_eq(task_born(who.pid, who.pid, &who.born), 0);
	text_copy(before, sizeof before,
	          kernel_group(child.pid, CONTROLLER_CPU));
	give("t", SETTING_weight, "50");
	give("t", SETTING_cpuset, "0");
	put(child, group_called("t"));
	door.group_part(door.self, who, group_called("t"), origin, &t);
	assert_turned(t, EFFECT_ALREADY, "");
	give("t", SETTING_weight, "untouched");
	door.group_part(door.self, who, group_called("t"), origin, &t);
	assert_turned(t, EFFECT_APPLIED, "");
	ck_assert_str_eq(kernel_group(child.pid, CONTROLLER_CPU), before);
	ck_assert(is_in_pool(child.pid, CONTROLLER_CPUSET, "t"));
	ck_assert_int_eq(place_of(child), group_called("t"));
	ck_assert_str_eq(file_of(CONTROLLER_CPU, "t", "cgroup.procs"),
	                 "(none)");
	/* It stays in the last one, whatever that has. */
	give("t", SETTING_cpuset, "untouched");
	door.group_part(door.self, who, group_called("t"), origin, &t);
	assert_turned(t, EFFECT_ALREADY, "");
	ck_assert(is_in_pool(child.pid, CONTROLLER_CPUSET, "t"));
	put(child, origin);
	ck_assert_int_eq(place_of(child), origin);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

static int cpus_of(pid_t pid)
{
	cpu_set_t cpus;

	ck_assert_int_eq(sched_getaffinity(pid, sizeof cpus, &cpus), 0);
	return CPU_COUNT(&cpus);
}

START_TEST(a_cpuset_holds_its_tasks_and_lets_them_go)
{
	int     before = cpus_of(child.pid);
	int64_t origin = place_of(child);

	assert_turned(give("t", SETTING_cpuset, "0"), EFFECT_APPLIED, "");
	ck_assert_str_eq(file_of(CONTROLLER_CPUSET, "t", "cpuset.cpus"), "0");
	assert_turned(put(child, group_called("t")), EFFECT_APPLIED, "");
	ck_assert_int_eq(cpus_of(child.pid), 1);
	ck_assert_int_eq(cpus_of(second), 1);
	assert_turned(put(child, origin), EFFECT_APPLIED, "");
	ck_assert_int_eq(cpus_of(child.pid), before);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(an_affinity_outlives_the_way_in_and_out)
{
	int64_t   origin = place_of(child);
	cpu_set_t one;

	ck_assert_int_gt(cpus_of(child.pid), 1);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	ck_assert_int_eq(sched_setaffinity(second, sizeof one, &one), 0);
	give("t", SETTING_cpuset, "0-1");
	put(child, group_called("t"));
	ck_assert_int_eq(cpus_of(second), 1);
	ck_assert_int_eq(cpus_of(child.pid), 2);
	put(child, origin);
	ck_assert_int_eq(cpus_of(second), 1);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* A group that somebody else made, and below it another one. */
struct elsewhere {
	char outer[PATH_KEEP], inner[PATH_KEEP + 8];
};

static void folder_make(const char *group)
{
	char folder[PATH_KEEP * 2];

	folder_of(CONTROLLER_CPU, group, folder, sizeof folder);
	ck_assert_msg(mkdir(folder, 0755) == 0, "%s: %s", folder,
	              strerror(errno));
}

static void folder_remove(const char *group)
{
	char folder[PATH_KEEP * 2];

	folder_of(CONTROLLER_CPU, group, folder, sizeof folder);
	ck_assert_int_eq(rmdir(folder), 0);
}

static struct elsewhere elsewhere_made(pid_t pid)
{
	struct elsewhere e;
	char             text[16];

	snprintf(e.outer, sizeof e.outer, "/%s-else;%%", own_name);
	snprintf(e.inner, sizeof e.inner, "%s/a b", e.outer);
	folder_make(e.outer);
	folder_make(e.inner);
	snprintf(text, sizeof text, "%d", (int)pid);
	write_to(CONTROLLER_CPU, e.inner, "cgroup.procs", text);
	return e;
}

static void elsewhere_end(const struct elsewhere *e, bool inner)
{
	if (inner)
		folder_remove(e->inner);
	folder_remove(e->outer);
}

START_TEST(who_came_from_a_group_of_others_goes_back_there)
{
	struct elsewhere e = elsewhere_made(child.pid);
	int64_t          origin = place_of(child);

	give("t", SETTING_weight, "50");
	assert_turned(put(child, group_called("t")), EFFECT_APPLIED, "");
	assert_turned(put(child, origin), EFFECT_APPLIED, "");
	ck_assert_str_eq(kernel_group(child.pid, CONTROLLER_CPU), e.inner);
	put(child, group_called("/"));          /* it is in none of ours      */
	ck_assert_str_eq(kernel_group(child.pid, CONTROLLER_CPU), e.inner);
	ck_assert_int_eq(drop("t"), 0);
	kill(child.pid, SIGKILL);
	waitpid(child.pid, NULL, 0);
	child.pid = 0;
	elsewhere_end(&e, true);
}
END_TEST

START_TEST(where_its_group_is_gone_the_nearest_takes_it)
{
	struct elsewhere e = elsewhere_made(child.pid);
	int64_t          origin = place_of(child);
	struct turned    t;

	give("t", SETTING_weight, "50");
	put(child, group_called("t"));
	folder_remove(e.inner);
	t = put(child, origin);
	assert_turned(t, EFFECT_APPLIED, "the group it came from is gone: it "
	              "is in the nearest that is left");
	ck_assert_str_eq(kernel_group(child.pid, CONTROLLER_CPU), e.outer);
	ck_assert_int_eq(t.now, place_of(child));
	put(child, group_called("t"));
	reap(child.pid);
	child.pid = 0;
	elsewhere_end(&e, false);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* Else a pool would be a way out of a container. */
START_TEST(who_is_limited_by_others_stays_there)
{
	struct elsewhere e = elsewhere_made(child.pid);
	const char      *why;

	write_to(CONTROLLER_CPU, e.outer,
	         has_unified(CONTROLLER_CPU) ? "cpu.max" : "cpu.cfs_quota_us",
	         "50000");
	give("t", SETTING_weight, "50");
	why = door.stays(door.self, child);
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, "limits its CPU time"));
	assert_turned(put(child, group_called("t")), EFFECT_DENIED, why);
	ck_assert_str_eq(kernel_group(child.pid, CONTROLLER_CPU), e.inner);
	ck_assert_int_eq(drop("t"), 0);
	reap(child.pid);
	child.pid = 0;
	elsewhere_end(&e, true);
}
END_TEST

START_TEST(who_left_is_gone)
{
	struct task_id who = child;
	struct turned  t;

	give("t", SETTING_weight, "50");
	reap(child.pid);
	child.pid = 0;
	door.apply(door.self, who, SETTING_pool, group_called("t"), &t);
	ck_assert_int_eq(t.effect, EFFECT_GONE);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(a_child_is_born_where_its_parent_is)
{
	int   ends[2];
	pid_t pid, born = 0;

	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		char byte;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (read(ends[0], &byte, 1) != 1)
			_exit(1);
		born = fork();
		if (born == 0)
			for (;;)
				pause();
		if (write(ends[1], &born, sizeof born) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	give("t", SETTING_weight, "50");
	put((struct task_id){ pid, pid, 0 }, group_called("t"));
	ck_assert_int_eq(write(ends[1], "g", 1), 1);
	usleep(0);
	while (born == 0) {
		char text[64];

		snprintf(text, sizeof text, "/proc/%d/task/%d/children",
		         (int)pid, (int)pid);
		if (path_read(text, text, sizeof text) > 0)
			born = atoi(text);
	}
	ck_assert(is_in_pool(born, CONTROLLER_CPU, "t"));
	kill(born, SIGKILL);
	reap(pid);
	while (drop("t") == -EBUSY)
		usleep(1000);                   /* until init has reaped it   */
}
END_TEST

/* RT_GROUP_SCHED, and v1 alone. */
START_TEST(a_real_time_process_does_not_go_where_it_could_not_run)
{
	struct sched_param one = { .sched_priority = 1 };
	struct turned      t;
	int64_t            origin = place_of(child);
	bool               budgets;

	give("t", SETTING_weight, "50");
	budgets = strcmp(file_of(CONTROLLER_CPU, "t", "cpu.rt_runtime_us"),
	                 "0") == 0;
	ck_assert_int_eq(sched_setscheduler(second, SCHED_FIFO, &one), 0);
	t = put(child, group_called("t"));
	if (budgets) {
		assert_turned(t, EFFECT_DENIED, "its real-time threads would "
		              "have no budget there (cpu.rt_runtime_us)");
		ck_assert_int_eq(place_of(child), origin);
	} else {
		assert_turned(t, EFFECT_APPLIED, "");
		put(child, origin);
	}
	ck_assert_int_eq(sched_getscheduler(second), SCHED_FIFO);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

/* Where a task is counts for what its nice value does. */
static struct turned nice_of(struct task_id whom)
{
	static const struct want nothing;

	return weighed(whom, &nothing, SETTING_nice, "5");
}

START_TEST(alone_in_its_group_a_nice_value_moves_nothing)
{
	char    text[GROUP_TEXT_MAX];
	int64_t origin = place_of(child), own;

	child.born = born_of(child.pid, child.pid);
	own = group_of_one(child);
	give(group_text(sets, own, text, sizeof text), SETTING_weight, "50");
	put(child, own);
	assert_turned(nice_of(child), EFFECT_INERT, "it has a cpu cgroup of "
	              "its own: counts only inside that; set weight");
	assert_turned(nice_of(thread_of(child, second)), EFFECT_APPLIED, "");
	put(child, origin);
	ck_assert_str_ne(nice_of(child).why, "it has a cpu cgroup of "
	                 "its own: counts only inside that; set weight");
	ck_assert_int_eq(door.group_drop(door.self, own), 0);
}
END_TEST

START_TEST(among_others_in_a_pool_it_counts)
{
	int64_t origin = place_of(child);

	give("t", SETTING_weight, "50");
	put(child, group_called("t"));
	assert_turned(nice_of(child), EFFECT_APPLIED, "");
	put(child, origin);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

static Suite *moves_suite(void)
{
	Suite *s = suite_create("os/linux moves");
	TCase *t = tcase_create("moves");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_process_goes_in_whole_and_comes_back);
	tcase_add_test(t, who_is_in_a_group_is_told);
	tcase_add_test(t, all_its_threads_go_with_it);
	tcase_add_test(t, a_group_of_one_and_one_of_several_are_groups_like_others);
	tcase_add_test(t, a_group_may_be_called_like_a_file_of_the_kernel);
	tcase_add_test(t, a_group_without_settings_is_made_by_who_is_put_in);
	tcase_add_test(t, from_one_group_to_another_nothing_of_the_first_is_left);
	tcase_add_test(t, a_setting_that_comes_later_reaches_who_is_in_already);
	tcase_add_test(t, what_no_setting_needs_any_more_is_left);
	tcase_add_test(t, a_cpuset_holds_its_tasks_and_lets_them_go);
	tcase_add_test(t, an_affinity_outlives_the_way_in_and_out);
	tcase_add_test(t, who_came_from_a_group_of_others_goes_back_there);
	tcase_add_test(t, where_its_group_is_gone_the_nearest_takes_it);
	tcase_add_test(t, who_is_limited_by_others_stays_there);
	tcase_add_test(t, who_left_is_gone);
	tcase_add_test(t, a_child_is_born_where_its_parent_is);
	tcase_add_test(t, a_real_time_process_does_not_go_where_it_could_not_run);
	tcase_add_test(t, alone_in_its_group_a_nice_value_moves_nothing);
	tcase_add_test(t, among_others_in_a_pool_it_counts);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(moves_suite());
}
