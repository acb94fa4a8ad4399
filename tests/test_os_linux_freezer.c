/* test_os_linux_freezer.c -- standing still in a group of its own, on
 * the kernel that runs. */

#include "grouped.h"
#include "suite.h"

#define EVENTUALLY(condition) \
	__extension__({ \
		bool held_ = false; \
		for (int i_ = 0; i_ < 20000 && !(held_ = (condition)); i_++) \
			usleep(1000); \
		held_; \
	})

static bool is_frozen(struct task_id whom)
{
	int64_t value = -1;

	ck_assert_int_eq(door.read(door.self, whom, SETTING_freeze, &value),
	                 0);
	return value != 0;
}

/* The kernel's word: the group that it is in holds it. */
static bool is_held(pid_t pid)
{
	char folder[PATH_KEEP * 2], text[256];

	folder_of(-1, kernel_group(pid, -1), folder, sizeof folder);
	return groupfile_read(folder, "cgroup.events", text,
	                      sizeof text) > 0 &&
	       groupfile_is_set(text, "frozen");
}

static char state_of(pid_t tid)
{
	char text[1024];

	text_of(tid, "stat", text, sizeof text);
	return strrchr(text, ')')[2];
}

static void expect_freezer(const char *below)
{
	char expected[PATH_KEEP];

	snprintf(expected, sizeof expected, "%s%s/freeze-%d",
	         hierarchy_of(-1)->own, below, (int)child.pid);
	ck_assert_str_eq(kernel_group(child.pid, -1), expected);
	ck_assert(EVENTUALLY(is_held(child.pid)));
}

START_TEST(it_stands_still_and_its_parent_is_not_told)
{
	siginfo_t told_of = { 0 };
	char      before[PATH_KEEP];

	text_copy(before, sizeof before, kernel_group(child.pid, -1));
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_APPLIED, "");
	expect_freezer("");
	ck_assert(is_frozen(child));
	ck_assert_int_eq(state_of(child.pid), 'S');
	ck_assert_int_eq(waitid(P_PID, (id_t)child.pid, &told_of,
	                        WSTOPPED | WNOHANG | WNOWAIT), 0);
	ck_assert_int_eq(told_of.si_pid, 0);
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_ALREADY, "");
	assert_turned(apply(child, SETTING_freeze, "false"), EFFECT_APPLIED,
	              "");
	ck_assert(!is_frozen(child));
	ck_assert_str_eq(kernel_group(child.pid, -1), before);
}
END_TEST

/* Its pool is that of one that does not stand still. */
START_TEST(a_frozen_process_is_where_it_was_to_everyone_else)
{
	int64_t origin = place_of(child);

	apply(child, SETTING_freeze, "true");
	ck_assert_int_eq(place_of(child), origin);
	apply(child, SETTING_freeze, "false");
	ck_assert_int_eq(place_of(child), origin);
}
END_TEST

START_TEST(in_a_pool_it_stands_still_inside_that_pool)
{
	int64_t origin = place_of(child);

	put(child, group_called("t"));
	ck_assert(is_in_pool(child.pid, -1, "t"));
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_APPLIED, "");
	expect_freezer("/pool-t");
	ck_assert_str_eq(place_text(child), "t");
	ck_assert_int_eq(drop("t"), -EBUSY);
	assert_turned(apply(child, SETTING_freeze, "false"), EFFECT_APPLIED,
	              "");
	ck_assert(is_in_pool(child.pid, -1, "t"));
	put(child, origin);
	ck_assert_int_eq(drop("t"), 0);
}
END_TEST

START_TEST(who_changes_pools_while_frozen_never_runs)
{
	int64_t origin = place_of(child);

	put(child, group_called("a"));
	apply(child, SETTING_freeze, "true");
	expect_freezer("/pool-a");
	assert_turned(put(child, group_called("b")), EFFECT_APPLIED, "");
	ck_assert_str_eq(place_text(child), "b");
	ck_assert(is_frozen(child));
	ck_assert(EVENTUALLY(state_of(child.pid) == 'T'));
	ck_assert_int_eq(drop("a"), 0);
	assert_turned(apply(child, SETTING_freeze, "false"), EFFECT_APPLIED,
	              "");
	ck_assert(EVENTUALLY(state_of(child.pid) == 'S'));
	put(child, origin);
	ck_assert_int_eq(drop("b"), 0);
}
END_TEST

/* Out of a group of others it would leave its account and its limits. */
START_TEST(in_a_group_of_others_it_is_stopped_where_it_is)
{
	char group[PATH_KEEP], folder[PATH_KEEP * 2], pid[16];

	snprintf(group, sizeof group, "/%s-else", own_name);
	folder_of(-1, group, folder, sizeof folder);
	ck_assert_int_eq(mkdir(folder, 0755), 0);
	snprintf(pid, sizeof pid, "%d", (int)child.pid);
	write_to(-1, group, "cgroup.procs", pid);
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_APPLIED, "");
	ck_assert(EVENTUALLY(state_of(child.pid) == 'T'));
	ck_assert_str_eq(kernel_group(child.pid, -1), group);
	assert_turned(apply(child, SETTING_freeze, "false"), EFFECT_APPLIED,
	              "");
	reap(child.pid);
	child.pid = 0;
	ck_assert_int_eq(rmdir(folder), 0);
}
END_TEST

START_TEST(who_dies_frozen_leaves_nothing_behind)
{
	char folder[PATH_KEEP * 2];

	apply(child, SETTING_freeze, "true");
	expect_freezer("");
	reap(child.pid);
	child.pid = child.tid = spawn(true, NULL);
	ck_assert_int_eq(door.grip(door.self, child), 0);
	apply(child, SETTING_freeze, "true");
	apply(child, SETTING_freeze, "false");
	folder_of(-1, hierarchy_of(-1)->own, folder, sizeof folder);
	door.close(door.self);
	ck_assert_int_lt(access(folder, F_OK), 0);
	interned_free(sets);
	door_open();
}
END_TEST

/* Somebody whose record is lost, too. */
START_TEST(what_a_dead_pqs_left_frozen_goes_on)
{
	int64_t  group[4];
	uint64_t cursor = 0;

	apply(child, SETTING_freeze, "true");
	expect_freezer("");
	door.close(door.self);
	interned_free(sets);
	door_open();
	ck_assert(is_frozen(child));
	ck_assert_int_eq(door.group_list(door.self, &cursor, group, 4), 0);
	ck_assert(!is_frozen(child));
	ck_assert_str_eq(kernel_group(child.pid, -1), "/");
	ck_assert_int_eq(door.grip(door.self, child), 0);
}
END_TEST

/* The other way of doing it, of the same process. */
START_TEST(who_was_stopped_by_others_is_not_ours_to_let_go)
{
	kill(child.pid, SIGSTOP);
	ck_assert(EVENTUALLY(state_of(child.pid) == 'T'));
	assert_turned(apply(child, SETTING_freeze, "true"), EFFECT_ALREADY, "");
	ck_assert_str_eq(kernel_group(child.pid, -1), "/");
	kill(child.pid, SIGCONT);
}
END_TEST

static Suite *freezer_suite(void)
{
	Suite *s = suite_create("os/linux freezer");
	TCase *frozen = tcase_create("frozen");

	tcase_add_checked_fixture(frozen, begin, end);
	tcase_set_timeout(frozen, 60);
	tcase_add_test(frozen, it_stands_still_and_its_parent_is_not_told);
	tcase_add_test(frozen, a_frozen_process_is_where_it_was_to_everyone_else);
	tcase_add_test(frozen, in_a_pool_it_stands_still_inside_that_pool);
	tcase_add_test(frozen, who_changes_pools_while_frozen_never_runs);
	tcase_add_test(frozen, in_a_group_of_others_it_is_stopped_where_it_is);
	tcase_add_test(frozen, who_dies_frozen_leaves_nothing_behind);
	tcase_add_test(frozen, what_a_dead_pqs_left_frozen_goes_on);
	tcase_add_test(frozen, who_was_stopped_by_others_is_not_ours_to_let_go);
	suite_add_tcase(s, frozen);
	return s;
}

int main(void)
{
	return run_suite(freezer_suite());
}
