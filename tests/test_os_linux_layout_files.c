/* test_os_linux_layout_files.c -- which file of a group a setting is, what it
 * is worth there, and what others have written into it. */

#include "laid_out.h"
#include "suite.h"

static const struct {
	enum setting setting;
	int64_t      value;
	const char  *file, *before, *after;
} on_v2[] = {
	{ SETTING_weight,      50,            "cpu.weight", "100\n", "50" },
	{ SETTING_cpu_limit,   150,           "cpu.max", "max 100000\n",
	  "150000 100000" },
	{ SETTING_cpuset,      1,             "cpuset.cpus", "\n", "0-3" },
	{ SETTING_memory_low,  1 << 30,       "memory.low", "0\n",
	  "1073741824" },
	{ SETTING_memory_high, 4096,          "memory.high", "max\n", "4096" },
	{ SETTING_swap,        0,             "memory.swap.max", "max\n", "0" },
	{ SETTING_io_weight,   50,            "io.weight", "default 100\n",
	  "default 50" },
	{ SETTING_io_weight,   10000,         "io.bfq.weight",
	  "default 100\n", "1000" },
};

START_TEST(each_setting_has_its_file)
{
	char          path[256];
	struct turned t;

	pure("/");
	look();
	file("/sys/fs/cgroup/pqs/cgroup.subtree_control", "\n");
	snprintf(path, sizeof path, "/sys/fs/cgroup/pqs/pool-t/%s",
	         on_v2[_i].file);
	file(path, on_v2[_i].before);
	groupfs_set(&l, "t", on_v2[_i].setting, on_v2[_i].value, "0-3", &t);
	ck_assert_str_eq(t.why, "");
	ck_assert_int_eq(t.effect, EFFECT_APPLIED);
	ck_assert_int_eq(t.now, on_v2[_i].value);
	ck_assert_str_eq(content(path), on_v2[_i].after);
}
END_TEST

/* io.weight and bfq's are two files; only bfq's disks read the second. */
START_TEST(the_disks_decide_which_weight_is_written)
{
	struct turned t;

	pure("/");
	look();
	file("/sys/fs/cgroup/pqs/cgroup.subtree_control", "\n");
	file("/sys/fs/cgroup/pqs/pool-t/io.weight", "default 100\n");
	file("/sys/fs/cgroup/pqs/pool-t/io.bfq.weight", "default 100\n");
	file("/sys/block/sda/queue/scheduler", "[mq-deadline] bfq none\n");
	ck_assert_ptr_nonnull(groupfs_inert(&l, SETTING_io_weight));
	groupfs_set(&l, "t", SETTING_io_weight, 50, "", &t);
	ck_assert_str_eq(content("/sys/fs/cgroup/pqs/pool-t/io.weight"),
	                 "default 50");
	file("/sys/block/sda/queue/scheduler", "mq-deadline [bfq] none\n");
	ck_assert_ptr_null(groupfs_inert(&l, SETTING_io_weight));
	groupfs_set(&l, "t", SETTING_io_weight, 60, "", &t);
	ck_assert_str_eq(content("/sys/fs/cgroup/pqs/pool-t/io.bfq.weight"),
	                 "60");
}
END_TEST

START_TEST(io_cost_makes_a_weight_count)
{
	pure("/");
	file("/sys/fs/cgroup/io.cost.qos", "8:0 enable=0 ctrl=auto\n");
	look();
	ck_assert_ptr_nonnull(groupfs_inert(&l, SETTING_io_weight));
	file("/sys/fs/cgroup/io.cost.qos", "8:0 enable=1 ctrl=auto\n");
	ck_assert_ptr_null(groupfs_inert(&l, SETTING_io_weight));
}
END_TEST

START_TEST(under_sched_ext_a_weight_is_what_the_scheduler_makes_of_it)
{
	pure("/");
	look();
	ck_assert_ptr_null(groupfs_inert(&l, SETTING_weight));
	file("/sys/kernel/sched_ext/state", "enabled\n");
	ck_assert_ptr_nonnull(groupfs_inert(&l, SETTING_weight));
}
END_TEST

static const struct {
	const char *file, *text;
	bool        bound;
} leashes[] = {
	{ "cpu.max", "max 100000\n", false }, { "cpu.max", "5000 100000\n", true },
	{ "memory.max", "max\n", false },     { "memory.max", "4096\n", true },
	{ "memory.high", "4096\n", true },    { "memory.swap.max", "0\n", true },
	{ "pids.max", "max\n", false },       { "pids.max", "100\n", true },
	{ "cpuset.cpus", "\n", false },       { "cpuset.cpus", "0\n", true },
};

START_TEST(who_is_limited_by_others_is_bound)
{
	char path[256];

	pure("/");
	look();
	snprintf(path, sizeof path, "/sys/fs/cgroup/box/%s", leashes[_i].file);
	file(path, leashes[_i].text);
	folder("/sys/fs/cgroup/box/inner");
	file("/sys/fs/cgroup/pids.max", "7\n");  /* everybody's               */
	ck_assert_int_eq(groupfs_bound(&l, 0, "/box") != NULL,
	                 leashes[_i].bound);
	ck_assert_int_eq(groupfs_bound(&l, 0, "/box/inner") != NULL,
	                 leashes[_i].bound);
	ck_assert_ptr_null(groupfs_bound(&l, 0, "/"));
	ck_assert_ptr_null(groupfs_bound(&l, 0, "/pqs/pool-t"));
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("layout");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, each_setting_has_its_file, 0,
	                    sizeof on_v2 / sizeof on_v2[0]);
	tcase_add_test(t, the_disks_decide_which_weight_is_written);
	tcase_add_test(t, io_cost_makes_a_weight_count);
	tcase_add_test(
		t, under_sched_ext_a_weight_is_what_the_scheduler_makes_of_it);
	tcase_add_loop_test(t, who_is_limited_by_others_is_bound, 0,
	                    sizeof leashes / sizeof leashes[0]);
	return run_case(t, "os/linux layout: files");
}
