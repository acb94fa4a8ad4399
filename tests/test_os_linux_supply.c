/* test_os_linux_supply.c -- how much memory is left, on the machine and in
 * control groups, how soon it is gone, and who wakes us to look. */

#include "recorded.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MS_NS     UINT64_C(1000000)
#define SECOND_NS (1000 * MS_NS)
#define MIB       (UINT64_C(1) << 20)

static struct supply s;
static uint64_t      at_ns;

static void begin(void)
{
	s = (struct supply){ .total_bytes = 0 };
	at_ns = 3600 * SECOND_NS;
}

static void note_left(uint64_t later_ns, uint64_t left_mib)
{
	at_ns += later_ns;
	supply_note(&s, at_ns, 1000 * MIB, left_mib * MIB);
}

static void at_level(enum host_level level)
{
	ck_assert_int_eq(supply_judge(&s, &shortage), level);
}

START_TEST(a_level_by_share_is_left_ten_percent_beyond_its_bound)
{
	static const struct {
		uint64_t        left_mib;
		enum host_level after;
	} rows[] = {
		{ 50, HOST_LEVEL_NORMAL },   { 49, HOST_LEVEL_WARN },
		{ 54, HOST_LEVEL_WARN },     { 55, HOST_LEVEL_NORMAL },
		{ 19, HOST_LEVEL_CRITICAL }, { 21, HOST_LEVEL_CRITICAL },
		{ 22, HOST_LEVEL_WARN },     { 900, HOST_LEVEL_NORMAL },
	};

	begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		note_left(100 * SECOND_NS, rows[i].left_mib);
		ck_assert_msg(supply_judge(&s, &shortage) == rows[i].after,
		              "row %zu", i);
	}
}
END_TEST

START_TEST(what_shrinks_fast_is_pressure_before_it_is_scarce)
{
	begin();
	note_left(0, 240);
	at_level(HOST_LEVEL_NORMAL);
	note_left(500 * MS_NS, 220);            /* 40 a second: 5.5 s          */
	at_level(HOST_LEVEL_NORMAL);
	note_left(500 * MS_NS, 190);            /* 50 a second: 3.8 s          */
	at_level(HOST_LEVEL_WARN);
	note_left(500 * MS_NS, 120);            /* 100 a second: 1.2 s         */
	at_level(HOST_LEVEL_CRITICAL);
	note_left(2 * SECOND_NS, 120);
	at_level(HOST_LEVEL_NORMAL);
}
END_TEST

START_TEST(of_plenty_the_pace_says_nothing)
{
	begin();
	note_left(0, 600);
	note_left(100 * MS_NS, 300);
	at_level(HOST_LEVEL_NORMAL);
	ck_assert_uint_eq(supply_pace_ns(&s, SECOND_NS), UINT64_MAX);
	note_left(100 * MS_NS, 200);
	at_level(HOST_LEVEL_CRITICAL);
}
END_TEST

/* 10 MiB in a millisecond are no 10 GiB a second. */
START_TEST(one_leap_is_no_pace)
{
	begin();
	note_left(0, 240);
	note_left(MS_NS, 230);
	ck_assert_uint_eq(supply_lasts_ns(&s), 230 / 10 * 50 * MS_NS);
}
END_TEST

START_TEST(the_faster_it_shrinks_the_sooner_it_is_read_again)
{
	begin();
	note_left(0, 200);
	ck_assert_uint_eq(supply_pace_ns(&s, 100 * MS_NS), 10 * MS_NS);
	note_left(100 * MS_NS, 160);            /* gone in 0.4 s               */
	ck_assert_uint_eq(supply_pace_ns(&s, 100 * MS_NS), 50 * MS_NS);
	note_left(50 * MS_NS, 60);              /* gone in 64 ms               */
	ck_assert_uint_eq(supply_pace_ns(&s, 100 * MS_NS), 10 * MS_NS);
	note_left(2 * SECOND_NS, 60);
	note_left(SECOND_NS / 2, 60);           /* it does not shrink          */
	ck_assert_uint_eq(supply_pace_ns(&s, 100 * MS_NS), UINT64_MAX);
}
END_TEST

START_TEST(at_rest_half_the_way_to_the_next_bound_is_free)
{
	begin();
	note_left(0, 850);
	ck_assert_uint_eq(supply_rest_bytes(&s, &shortage) / MIB, 300);
	note_left(0, 150);
	ck_assert_uint_eq(supply_rest_bytes(&s, &shortage) / MIB, 50);
	note_left(0, 51);               /* not each page: a hundredth of all */
	ck_assert_uint_eq(supply_rest_bytes(&s, &shortage) / MIB, 10);
	ck_assert(!supply_shrank(&s, MIB));
	note_left(MS_NS, 50);
	ck_assert(supply_shrank(&s, MIB));
	ck_assert(!supply_shrank(&s, 2 * MIB));
}
END_TEST

START_TEST(where_there_is_no_end_there_is_no_pressure)
{
	begin();
	at_level(HOST_LEVEL_NORMAL);
	note_left(0, 1);
	at_level(HOST_LEVEL_CRITICAL);
	supply_forget(&s);
	at_level(HOST_LEVEL_NORMAL);
	ck_assert_uint_eq(supply_pace_ns(&s, SECOND_NS), UINT64_MAX);
	ck_assert_uint_eq(supply_rest_bytes(&s, &shortage), UINT64_MAX);
}
END_TEST

START_TEST(more_readings_than_are_kept_are_those_of_late)
{
	begin();
	for (int i = 0; i < 3 * SUPPLY_SAMPLES; i++)
		note_left(10 * MS_NS, 240 - (uint64_t)i);
	ck_assert_uint_le(s.count, SUPPLY_SAMPLES);
	ck_assert_uint_eq(supply_lasts_ns(&s) / SECOND_NS, 1);
}
END_TEST

/* Control groups as files. */

static struct memory_group group;

static uint64_t read_group(bool unified)
{
	memory_group_open(&group, folder, unified);
	memory_group_read(&group, SECOND_NS, 1000 * MIB);
	return group.supply.count == 0 ? 0 : group.supply.sample[0].left_bytes;
}

START_TEST(a_group_of_the_unified_tree_is_read)
{
	write_file("memory.max", "104857600\n");
	write_file("memory.high", "max\n");
	write_file("memory.current", "94371840\n");
	write_file("memory.stat", "anon 52428800\nfile 41943040\n"
	           "inactive_file 10485760\nactive_file 20971520\n");
	ck_assert_uint_eq(read_group(true), 40 * MIB);
	ck_assert_uint_eq(group.supply.total_bytes, 100 * MIB);
	write_file("memory.high", "83886080\n");
	ck_assert_uint_eq(read_group(true), 20 * MIB);
	write_file("memory.current", "209715200\n");
	ck_assert_uint_eq(read_group(true), 0);
	ck_assert_uint_eq(group.supply.total_bytes, 80 * MIB);
}
END_TEST

START_TEST(a_group_of_the_old_tree_is_read)
{
	write_file("memory.limit_in_bytes", "104857600\n");
	write_file("memory.usage_in_bytes", "94371840\n");
	write_file("memory.stat", "inactive_file 1\nactive_file 1\n"
	           "total_inactive_file 10485760\n"
	           "total_active_file 20971520\n");
	ck_assert_uint_eq(read_group(false), 40 * MIB);
	write_file("memory.oom_control", "oom_kill_disable 1\nunder_oom 1\n");
	ck_assert_uint_eq(read_group(false), 0);
	ck_assert_uint_eq(group.supply.total_bytes, 100 * MIB);
}
END_TEST

START_TEST(without_a_limit_of_its_own_a_group_has_no_end)
{
	ck_assert_uint_eq(read_group(true), 0);
	ck_assert_uint_eq(group.supply.total_bytes, 0);
	write_file("memory.max", "max\n");
	write_file("memory.high", "max\n");
	write_file("memory.current", "5\n");
	ck_assert_uint_eq(read_group(true), 0);
	ck_assert_uint_eq(group.supply.total_bytes, 0);
	write_file("memory.limit_in_bytes", "9223372036854771712\n");
	write_file("memory.usage_in_bytes", "5\n");
	ck_assert_uint_eq(read_group(false), 0);
	ck_assert_uint_eq(group.supply.total_bytes, 0);
}
END_TEST

START_TEST(more_groups_than_there_is_place_for_are_counted)
{
	struct memory m;
	char          path[32];

	memory_open(&m, &in->procfs, &shortage);
	for (int i = 0; i < MEMORY_GROUPS_MAX + 3; i++) {
		snprintf(path, sizeof path, "/group/%d", i);
		ck_assert_int_eq(memory_add(&m, path, true),
		                 i < MEMORY_GROUPS_MAX ? 0 : -ENOSPC);
	}
	ck_assert_int_eq(memory_add(&m, "/group/0", true), 0);
	ck_assert_uint_eq(m.groups, MEMORY_GROUPS_MAX);
	ck_assert_uint_eq(m.left_out, 3);
}
END_TEST

static bool watches(const struct memory *m, const char *below)
{
	char path[2 * PATH_KEEP];

	snprintf(path, sizeof path, "%s%s", folder, below);
	for (size_t i = 0; i < m->groups; i++)
		if (strcmp(m->group[i].folder, path) == 0)
			return true;
	return false;
}

/* In a container the mount is a part of the tree, and its top
 * may have a limit. */
START_TEST(the_groups_above_us_and_those_named_are_found)
{
	static const char *const named[] = { "/inside/other", "/elsewhere",
	                                     "/inside/later" };
	struct memory m;
	bool          there[3];

	write_file("proc/self/mountinfo",
	           "31 23 0:28 /inside /cg rw - cgroup2 cgroup2 rw\n");
	write_file("proc/self/cgroup", "0::/inside/a/b\n");
	write_file("cg/cgroup.controllers", "cpu memory\n");
	write_file("cg/other/memory.max", "5\n");
	memory_open(&m, &in->procfs, &shortage);
	memory_find(&m, folder, named, 3, there);
	ck_assert(there[0]);
	ck_assert(!there[1]);
	ck_assert(!there[2]);
	ck_assert(watches(&m, "/cg/other"));
	ck_assert(watches(&m, "/cg/later"));
	ck_assert(watches(&m, "/cg/a/b"));
	ck_assert(watches(&m, "/cg/a"));
	ck_assert(watches(&m, "/cg"));
	ck_assert_uint_eq(m.groups, 5);
}
END_TEST

START_TEST(the_worst_place_decides)
{
	struct memory *m = &in->host.memory;

	recorded_proc();
	write_file("meminfo", "MemTotal: 1000000 kB\nMemAvailable: 900000 kB\n");
	write_file("tight/memory.limit_in_bytes", "104857600\n");
	write_file("tight/memory.usage_in_bytes", "100663296\n");
	write_file("free/memory.limit_in_bytes", "104857600\n");
	write_file("free/memory.usage_in_bytes", "1048576\n");
	memory_open(m, &in->procfs, &shortage);
	ck_assert_int_eq(memory_read(m, SECOND_NS), HOST_LEVEL_NORMAL);
	for (int i = 0; i < 2; i++) {
		char path[PATH_KEEP];

		snprintf(path, sizeof path, "%s/%s", folder,
		         i == 0 ? "free" : "tight");
		ck_assert_int_eq(memory_add(m, path, false), 0);
		ck_assert_int_eq(memory_read(m, SECOND_NS),
		                 i == 0 ? HOST_LEVEL_NORMAL : HOST_LEVEL_WARN);
	}
	write_file("meminfo", "MemTotal: 1000000 kB\nMemAvailable: 10000 kB\n");
	ck_assert_int_eq(memory_read(m, 100 * SECOND_NS), HOST_LEVEL_CRITICAL);
}
END_TEST

/* The kernel that runs. */

static struct pressure *memory;

static void watch_memory(void)
{
	struct interest what = { .host = HOST_BIT(HOST_memory_pressure) };

	memory = &in->host.pressure[HOST_PRESSURE_MEMORY];
	memory->alarm.period_ns = 10000000;
	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
	for (int i = 0; i < 2000 && !memory->resting; i++) {
		struct event e[8];

		ck_assert_int_ge(os.sensor.next(os.sensor.self,
		                                linux_now_ns() + 10 * MS_NS,
		                                e, 8), 0);
	}
	ck_assert(memory->resting);
}

static void touch(size_t bytes)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert(at != MAP_FAILED);
	madvise(at, bytes, MADV_NOHUGEPAGE);
	memset(at, 1, bytes);
	munmap(at, bytes);
}

static int woken_times;

static int count_waking(void *self, struct linux_os *of, uint32_t what)
{
	(void)what;
	woken_times++;
	page_faults_rest(*(struct page_faults **)self, of);
	return 0;
}

/* As the kernel does to those without the right to. */
static bool is_refused(void)
{
	struct perf_event_attr what = { .type = PERF_TYPE_SOFTWARE,
		.size = sizeof what, .config = PERF_COUNT_SW_PAGE_FAULTS };
	long fd = syscall(SYS_perf_event_open, &what, -1, 0, -1, 0UL);

	if (fd >= 0)
		close((int)fd);
	return fd < 0;
}

/* One CPU does all the touching, so a share of it is the least that wakes. */
START_TEST(memory_that_is_touched_wakes_once_enough_of_it_was)
{
	struct page_faults *f;
	uint64_t            least;
	struct event        e[8];

	f = page_faults_new(count_waking, &f);
	if (f == NULL) {
		ck_assert(is_refused());
		return;
	}
	ck_assert_int_eq(page_faults_arm(f, in, 64 * MIB, &least), 0);
	ck_assert_uint_le(least, 64 * MIB);
	touch(least / 4);
	ck_assert_int_eq(os.sensor.next(os.sensor.self, linux_now_ns(), e, 8),
	                 0);
	ck_assert_int_eq(woken_times, 0);
	touch(128 * MIB);
	ck_assert_int_eq(os.sensor.next(os.sensor.self, linux_now_ns(), e, 8),
	                 0);
	ck_assert_int_eq(woken_times, 1);
	touch(128 * MIB);
	ck_assert_int_eq(os.sensor.next(os.sensor.self, linux_now_ns(), e, 8),
	                 0);
	ck_assert_int_eq(woken_times, 1);
	page_faults_free(f, in);
}
END_TEST

START_TEST(at_rest_nothing_is_due)
{
	watch_memory();
	if (!memory->armed || in->host.memory.faults == NULL)
		return;         /* then it is looked at now and then          */
	/* Others on the machine may have woken us: a look later it rests. */
	for (int i = 0; i < 1000 && memory->due_ns != UINT64_MAX; i++) {
		struct event e[8];

		os.sensor.next(os.sensor.self, linux_now_ns() + 10 * MS_NS, e,
		               8);
	}
	ck_assert_uint_eq(memory->due_ns, UINT64_MAX);
	linux_host_close(&in->host, in);
	ck_assert_ptr_null(in->host.memory.faults);
}
END_TEST

int main(void)
{
	Suite *all = suite_create("os linux supply");
	TCase *t = tcase_create("numbers");

	tcase_add_test(t, a_level_by_share_is_left_ten_percent_beyond_its_bound);
	tcase_add_test(t, what_shrinks_fast_is_pressure_before_it_is_scarce);
	tcase_add_test(t, of_plenty_the_pace_says_nothing);
	tcase_add_test(t, one_leap_is_no_pace);
	tcase_add_test(t, the_faster_it_shrinks_the_sooner_it_is_read_again);
	tcase_add_test(t, at_rest_half_the_way_to_the_next_bound_is_free);
	tcase_add_test(t, where_there_is_no_end_there_is_no_pressure);
	tcase_add_test(t, more_readings_than_are_kept_are_those_of_late);
	suite_add_tcase(all, t);

	t = tcase_create("groups and the kernel that runs");
	tcase_add_checked_fixture(t, recorded_setup, recorded_teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_group_of_the_unified_tree_is_read);
	tcase_add_test(t, a_group_of_the_old_tree_is_read);
	tcase_add_test(t, without_a_limit_of_its_own_a_group_has_no_end);
	tcase_add_test(t, more_groups_than_there_is_place_for_are_counted);
	tcase_add_test(t, the_groups_above_us_and_those_named_are_found);
	tcase_add_test(t, the_worst_place_decides);
	tcase_add_test(t, memory_that_is_touched_wakes_once_enough_of_it_was);
	tcase_add_test(t, at_rest_nothing_is_due);
	suite_add_tcase(all, t);
	return run_suite(all);
}
