/* test_os_linux_layout.c -- control groups as other machines have them: v2, v1
 * and both, with systemd and without, from trees of the test's own. */

#include <sys/xattr.h>

#include "laid_out.h"
#include "suite.h"

START_TEST(without_systemd_there_is_one_group_below_the_root)
{
	pure("/");
	look();
	ck_assert(!l.systemd);
	ck_assert_uint_eq(l.hierarchies, 1);
	for (int c = 0; c < CONTROLLERS; c++)
		ck_assert_int_eq(l.of[c], 0);
	ck_assert_int_eq(l.unified, 0);
	ck_assert_str_eq(l.hierarchy[0].own, "/pqs");
	ck_assert(!l.hierarchy[0].delegated);
	ck_assert_ptr_null(groupfs_lacks(&l, SETTING_memory_high));
}
END_TEST

#define UNIT   "/system.slice/pqs.service"
#define FOLDER "/sys/fs/cgroup" UNIT

static void systemd(const char *own_group)
{
	pure(own_group);
	folder("/run/systemd/system");
	folder(FOLDER "/" LAYOUT_LEAF);
	file(FOLDER "/cgroup.subtree_control", "\n");
}

static void delegate(const char *name)
{
	char path[512];

	snprintf(path, sizeof path, "%s%s", root, name);
	ck_assert_msg(setxattr(path, "trusted.delegate", "1", 1, 0) == 0 ||
	              setxattr(path, "user.delegate", "1", 1, 0) == 0,
	              "%s: %s", path, strerror(errno));
}

START_TEST(under_systemd_nothing_is_ours_that_was_not_delegated)
{
	systemd(UNIT);
	look();
	ck_assert(l.systemd);
	ck_assert_str_eq(l.hierarchy[0].own, "");
	ck_assert_str_eq(l.hierarchy[0].why, "systemd owns all groups: needs "
	                 "Delegate=yes in the unit of pqs");
	ck_assert_int_eq(groupfs_make(&l, 0, "t"), -ENOENT);
}
END_TEST

START_TEST(the_group_of_a_delegated_unit_is_ours)
{
	systemd(UNIT);
	delegate(FOLDER);
	look();
	ck_assert_str_eq(l.hierarchy[0].own, UNIT);
	ck_assert(l.hierarchy[0].delegated);
	ck_assert_int_eq(groupfs_make(&l, 0, "t"), 0);
	ck_assert_str_eq(content(FOLDER "/pool-t"), "");
	groupfs_leave(&l);
	ck_assert_str_eq(content(FOLDER), "");
}
END_TEST

/* Started again in the leaf that it had made for itself. */
START_TEST(from_its_leaf_pqs_finds_what_is_above)
{
	systemd(UNIT "/" LAYOUT_LEAF);
	delegate(FOLDER);
	look();
	ck_assert_str_eq(l.hierarchy[0].own, UNIT);
}
END_TEST

/* A group of somebody else's is no leaf of ours. */
START_TEST(below_a_delegated_unit_of_others_nothing_is_ours)
{
	systemd(UNIT "/payload");
	folder(FOLDER "/payload");
	delegate(FOLDER);
	look();
	ck_assert_str_eq(l.hierarchy[0].own, "");
}
END_TEST

START_TEST(who_is_in_a_unit_stays_there)
{
	systemd(UNIT);
	delegate(FOLDER);
	look();
	file("/proc/7/cgroup", "0::/user.slice/user-1000.slice/a.scope\n");
	file("/proc/8/cgroup", "0::" UNIT "/pool-build\n");
	ck_assert_str_eq(place_stays(&l, 7), "shares unit");
	ck_assert_ptr_null(place_stays(&l, 8));
	file("/proc/9/cgroup", "0::" UNIT "/core\n");
	ck_assert_ptr_null(place_stays(&l, 9));
	file("/proc/10/cgroup", "0::" UNIT "x/core\n");
	ck_assert_str_eq(place_stays(&l, 10), "shares unit");
}
END_TEST

/* A group with groups below that have controllers holds no process of its own,
 * so what is to be had of them is asked for before the first value. */
START_TEST(a_controller_is_handed_down_before_it_is_used)
{
	struct turned t;

	pure("/");
	look();
	file("/sys/fs/cgroup/pqs/cgroup.subtree_control", "cpu\n");
	file("/sys/fs/cgroup/pqs/pool-t/memory.high", "max\n");
	groupfs_set(&l, "t", SETTING_memory_high, 1 << 20, "", &t);
	ck_assert_str_eq(t.why, "");
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_int_eq(t.now, 1 << 20);
	ck_assert_str_eq(content("/sys/fs/cgroup/cgroup.subtree_control"),
	                 "+memory");
	ck_assert_str_eq(content("/sys/fs/cgroup/pqs/cgroup.subtree_control"),
	                 "+memory");
	ck_assert_str_eq(content("/sys/fs/cgroup/pqs/pool-t/memory.high"),
	                 "1048576");
}
END_TEST

START_TEST(what_is_handed_down_already_is_not_asked_for)
{
	struct turned t;

	pure("/");
	look();
	file("/sys/fs/cgroup/cgroup.subtree_control", "cpu memory\n");
	file("/sys/fs/cgroup/pqs/cgroup.subtree_control", "memory cpu\n");
	file("/sys/fs/cgroup/pqs/pool-t/cpu.weight", "100\n");
	groupfs_set(&l, "t", SETTING_weight, 50, "", &t);
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_str_eq(content("/sys/fs/cgroup/cgroup.subtree_control"),
	                 "cpu memory");
}
END_TEST

static void hybrid(void)
{
	file("/proc/self/mountinfo",
	     "31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n"
	     "32 31 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
	     V1(33, "name=systemd") V1(34, "cpu,cpuacct") V1(35, "memory")
	     V1(36, "blkio") V1(37, "cpuset") V1(38, "pids"));
	file("/sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n");
	folder("/sys/fs/cgroup/cpu,cpuacct");
	folder("/sys/fs/cgroup/memory");
}

START_TEST(of_both_kinds_each_controller_is_in_one)
{
	hybrid();
	file("/proc/self/cgroup", MEMBERS("/"));
	look();
	ck_assert_uint_eq(l.hierarchies, 7);
	ck_assert_str_eq(l.hierarchy[l.of[CONTROLLER_CPU]].name, "cpu,cpuacct");
	ck_assert_str_eq(l.hierarchy[l.of[CONTROLLER_IO]].name, "blkio");
	ck_assert(l.hierarchy[l.unified].unified);
	ck_assert_ptr_nonnull(strstr(groupfs_lacks(&l, SETTING_memory_high),
	                             "cgroup v1"));
	ck_assert_ptr_null(groupfs_lacks(&l, SETTING_weight));
}
END_TEST

START_TEST(of_both_kinds_systemd_delegates_what_is_in_the_unit)
{
	hybrid();
	folder("/run/systemd/system");
	folder("/sys/fs/cgroup/unified" UNIT);
	file("/proc/self/cgroup", MEMBERS(UNIT));
	delegate("/sys/fs/cgroup/unified" UNIT);
	look();
	ck_assert_str_eq(l.hierarchy[l.of[CONTROLLER_CPU]].own, UNIT);
	ck_assert_str_eq(l.hierarchy[l.of[CONTROLLER_CPUSET]].own, "");
	ck_assert_str_eq(l.hierarchy[l.of[CONTROLLER_CPUSET]].why,
	                 "systemd delegated the unit of pqs, but not this "
	                 "controller");
}
END_TEST

/* Docker without a namespace of its own mounts its part of each at the top. */
START_TEST(of_a_part_that_is_mounted_the_top_is_not_the_root)
{
	char path[512];

	file("/proc/self/mountinfo",
	     "40 39 0:26 /docker/4f /sys/fs/cgroup/cpu rw - cgroup cgroup "
	     "rw,cpu\n");
	file("/proc/self/cgroup", "2:cpu:/docker/4f\n");
	file("/proc/7/cgroup", "2:cpu:/docker/4f/x\n");
	folder("/sys/fs/cgroup/cpu");
	look();
	ck_assert_str_eq(l.hierarchy[0].own, "/docker/4f/pqs");
	ck_assert_int_eq(layout_path(&l, 0, "/docker/4f/x", "tasks", path,
	                             sizeof path), 0);
	ck_assert_str_eq(path + strlen(root), "/sys/fs/cgroup/cpu/x/tasks");
	ck_assert_int_eq(layout_path(&l, 0, "/docker/4ff", "", path,
	                             sizeof path), -ENOENT);
	ck_assert_int_eq(layout_path(&l, 0, "/", "", path, sizeof path),
	                 -ENOENT);
}
END_TEST

START_TEST(a_machine_without_groups_has_none)
{
	char text[64];

	file("/proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n");
	look();
	ck_assert_uint_eq(l.hierarchies, 0);
	ck_assert_ptr_nonnull(strstr(groupfs_lacks(&l, SETTING_weight),
	                             "no hierarchy"));
	ck_assert_int_eq(place_read(&l, 7, text, sizeof text), 0);
	ck_assert_str_eq(text, "/");
}
END_TEST

START_TEST(more_hierarchies_than_are_kept_are_left_out)
{
	char all[8192] = "", one[128];

	for (int i = 0; i < HIERARCHIES_MAX + 4; i++) {
		snprintf(one, sizeof one, "%d 1 0:1 / /c/%d rw - cgroup cgroup "
		         "rw,name=n%d\n", i + 40, i, i);
		strcat(all, one);
	}
	file("/proc/self/mountinfo", all);
	look();
	ck_assert_uint_eq(l.hierarchies, HIERARCHIES_MAX);
}
END_TEST

START_TEST(a_place_names_what_is_not_topmost)
{
	char text[GROUP_TEXT_MAX];

	hybrid();
	file("/proc/self/cgroup", MEMBERS("/"));
	look();
	file("/proc/7/cgroup", MEMBERS("/a b;c"));
	ck_assert_int_eq(place_read(&l, 7, text, sizeof text), 0);
	ck_assert_str_eq(text, "/a%20b%3Bc;cpu,cpuacct:/a%20b%3Bc;"
	                 "memory:/a%20b%3Bc");
	file("/proc/7/cgroup", MEMBERS("/"));
	ck_assert_int_eq(place_read(&l, 7, text, sizeof text), 0);
	ck_assert_str_eq(text, "/");
	file("/proc/7/cgroup", "2:cpu,cpuacct:/pqs/pool-build@1000\n0::/\n");
	ck_assert_int_eq(place_read(&l, 7, text, sizeof text), 0);
	ck_assert_str_eq(text, "build@1000");
	ck_assert_int_eq(place_read(&l, 9, text, sizeof text), -ESRCH);
}
END_TEST

START_TEST(a_place_that_is_too_long_is_no_place)
{
	char text[GROUP_TEXT_MAX], members[1024], path[480];

	pure("/");
	look();
	memset(path, ' ', sizeof path);         /* three bytes each           */
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	snprintf(members, sizeof members, "0::%s\n", path);
	file("/proc/7/cgroup", members);
	ck_assert_int_eq(place_read(&l, 7, text, sizeof text), -ENAMETOOLONG);
}
END_TEST

/* Rules ask where a task is without pqs. */
START_TEST(our_own_groups_are_hidden)
{
	char text[256], name[64];

	hybrid();
	file("/proc/self/cgroup", MEMBERS("/"));
	look();
	text_copy(text, sizeof text, "2:cpu,cpuacct:/pqs/pool-t\n"
	          "1:name=systemd:/x.service\n0::/pqs/freeze-7\n");
	ck_assert(place_hide(&l, text, name, sizeof name));
	ck_assert_str_eq(name, "t");
	ck_assert_str_eq(text, "1:name=systemd:/x.service\n0::/\n");
	text_copy(text, sizeof text, MEMBERS("/pqs-else/pool-t"));
	ck_assert(!place_hide(&l, text, name, sizeof name));
	ck_assert_str_eq(text, MEMBERS("/pqs-else/pool-t"));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("layout");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, without_systemd_there_is_one_group_below_the_root);
	tcase_add_test(t, under_systemd_nothing_is_ours_that_was_not_delegated);
	tcase_add_test(t, the_group_of_a_delegated_unit_is_ours);
	tcase_add_test(t, from_its_leaf_pqs_finds_what_is_above);
	tcase_add_test(t, below_a_delegated_unit_of_others_nothing_is_ours);
	tcase_add_test(t, who_is_in_a_unit_stays_there);
	tcase_add_test(t, a_controller_is_handed_down_before_it_is_used);
	tcase_add_test(t, what_is_handed_down_already_is_not_asked_for);
	tcase_add_test(t, of_both_kinds_each_controller_is_in_one);
	tcase_add_test(t, of_both_kinds_systemd_delegates_what_is_in_the_unit);
	tcase_add_test(t, of_a_part_that_is_mounted_the_top_is_not_the_root);
	tcase_add_test(t, a_machine_without_groups_has_none);
	tcase_add_test(t, more_hierarchies_than_are_kept_are_left_out);
	tcase_add_test(t, a_place_names_what_is_not_topmost);
	tcase_add_test(t, a_place_that_is_too_long_is_no_place);
	tcase_add_test(t, our_own_groups_are_hidden);
	return run_case(t, "os/linux layout");
}
