/* test_os_linux_effects.c -- what the Linux actuator says of changes that are
 * refused, or that would move nothing. */

#include "children.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>

#define NOBODY    65534
#define FOREIGN   "belongs to another user; needs CAP_SYS_NICE"
#define AUTOGROUP "autogroup is on: counts only inside its own session; " \
                  "set autogroup_nice"

static const struct want nothing;

/* Without capabilities or the rights of an owner of anything. */
static void become_nobody(void)
{
	ck_assert_int_eq(setgid(NOBODY), 0);
	ck_assert_int_eq(setuid(NOBODY), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
}

static void drop_capability(unsigned which)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct set[2];

	ck_assert_int_eq(syscall(SYS_capget, &head, set), 0);
	set[which / 32].effective &= ~(1u << which % 32);
	ck_assert_int_eq(syscall(SYS_capset, &head, set), 0);
}

static void begin_as_nobody(void)
{
	become_nobody();
	begin();
}

static const struct {
	enum setting setting;
	const char  *text;
	enum effect  effect;
	const char  *why;
} by_nobody[] = {
	{ SETTING_nice,           "5",      EFFECT_DENIED,
	  "cannot be put back" },
	{ SETTING_nice,           "-1",     EFFECT_DENIED,
	  "needs CAP_SYS_NICE" },
	{ SETTING_sched,          "idle",   EFFECT_DENIED,
	  "cannot be put back" },
	{ SETTING_sched,          "batch",  EFFECT_APPLIED, "" },
	{ SETTING_sched,          "fifo:1", EFFECT_DENIED,
	  "needs CAP_SYS_NICE or RLIMIT_RTPRIO" },
	{ SETTING_ionice,         "idle",   EFFECT_APPLIED, "" },
	{ SETTING_ionice,         "realtime:4", EFFECT_DENIED,
	  "needs CAP_SYS_NICE or CAP_SYS_ADMIN" },
	{ SETTING_timer_slack,    "99us",   EFFECT_DENIED,
	  "needs CAP_SYS_NICE" },
	{ SETTING_oom_score_adj,  "300",    EFFECT_APPLIED, "" },
	{ SETTING_oom_score_adj,  "-300",   EFFECT_DENIED,
	  "needs CAP_SYS_RESOURCE" },
	{ SETTING_autogroup_nice, "-3",     EFFECT_DENIED,
	  "needs CAP_SYS_NICE" },
	{ SETTING_affinity,       "0",      EFFECT_APPLIED, "" },
};

START_TEST(what_is_missing_is_said_and_nothing_is_changed)
{
	enum setting s = by_nobody[_i].setting;
	int64_t      raw = s == SETTING_timer_slack ? 0
	                   : kernel_says(child.pid, s);

	ck_assert(door.can & SETTING_BIT(s));
	assert_turned(apply(child, s, by_nobody[_i].text),
	              by_nobody[_i].effect, by_nobody[_i].why);
	if (by_nobody[_i].effect == EFFECT_DENIED &&
	    s != SETTING_timer_slack)
		ck_assert_int_eq(kernel_says(child.pid, s), raw);
	ck_assert_int_eq(getpriority(PRIO_PROCESS, (id_t)child.pid), 0);
	ck_assert_int_ne(sched_getscheduler(child.pid), SCHED_IDLE);
}
END_TEST

START_TEST(what_nobody_applied_nobody_puts_back)
{
	static const enum setting settings[] = { SETTING_sched, SETTING_ionice,
	                                         SETTING_oom_score_adj };
	static const char *const  there[] = { "batch", "idle", "300" };
	int64_t                   origin;
	struct turned             back;

	for (size_t i = 0; i < COUNT(settings); i++) {
		door.read(door.self, child, settings[i], &origin);
		assert_turned(apply(child, settings[i], there[i]),
		              EFFECT_APPLIED, "");
		door.apply(door.self, child, settings[i], origin, &back);
		assert_turned(back, EFFECT_APPLIED, "");
		ck_assert_int_eq(back.now, origin);
	}
}
END_TEST

/* Reset-on-fork and real-time are easily had from a privileged parent. */
START_TEST(what_only_root_gave_is_not_taken_away)
{
	struct sched_param param = { .sched_priority = 2 };
	struct task_id     fifo;

	fifo.pid = fifo.tid = spawn(true, NULL);
	fifo.born = 0;
	ck_assert_int_eq(sched_setscheduler(fifo.pid, SCHED_FIFO, &param), 0);
	ck_assert_int_eq(syscall(SYS_ioprio_set, 1, fifo.pid, 1 << 13), 0);
	door_open();
	drop_capability(CAP_SYS_NICE);
	assert_turned(apply(fifo, SETTING_sched, "other"), EFFECT_DENIED,
	              "cannot be put back");
	assert_turned(apply(fifo, SETTING_ionice, "idle"), EFFECT_DENIED,
	              "cannot be put back");
	ck_assert_int_eq(sched_getscheduler(fifo.pid), SCHED_FIFO);
	ck_assert_int_eq(kernel_says(fifo.pid, SETTING_ionice), 1 << 13);
	door.close(door.self);
	interned_free(sets);
	reap(fifo.pid);
}
END_TEST

START_TEST(another_users_task_is_refused_by_name)
{
	struct task_id other;
	pid_t          tester;
	int            status;

	other.pid = other.tid = spawn(true, NULL);
	other.born = 0;
	tester = fork();
	if (tester == 0) {
		become_nobody();
		door_open();
		ck_assert_int_eq(door.grip(door.self, other), 0);
		ck_assert_int_eq(door.proven(door.self), 0);
		assert_turned(apply(other, SETTING_nice, "-5"), EFFECT_DENIED,
		              FOREIGN);
		assert_turned(apply(other, SETTING_affinity, "0"),
		              EFFECT_DENIED, FOREIGN);
		assert_turned(apply(other, SETTING_ionice, "idle"),
		              EFFECT_DENIED, FOREIGN);
		assert_turned(apply(other, SETTING_sched, "batch"),
		              EFFECT_DENIED, "needs CAP_SYS_NICE");
		assert_turned(apply(other, SETTING_oom_score_adj, "5"),
		              EFFECT_DENIED, "belongs to another user; "
		              "needs CAP_DAC_OVERRIDE");
		door.close(door.self);
		interned_free(sets);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(tester, &status, 0), tester);
	ck_assert_int_eq(status, 0);
	reap(other.pid);
}
END_TEST

/* One such write in 100 ms, for all the unprivileged together. */
START_TEST(a_second_autogroup_write_comes_too_soon)
{
	struct timespec pause_100ms = { 0, 100000000 };
	struct turned   t;
	bool            went = false, too_soon = false;

	for (int i = 0; i < 100 && !(went && too_soon); i++) {
		t = apply(child, SETTING_autogroup_nice, i % 2 ? "3" : "4");
		if (t.effect == EFFECT_APPLIED) {
			went = true;
		} else if (t.effect == EFFECT_DENIED) {
			assert_turned(t, EFFECT_DENIED, "one such change in "
			              "100 ms without CAP_SYS_ADMIN");
			too_soon = true;
			nanosleep(&pause_100ms, NULL);
		}
	}
	ck_assert(went && too_soon);
}
END_TEST

/* Whether this machine hides nice behind sessions at all. */
static bool autogroup_is_on(void)
{
	char text[8];

	return path_read("/proc/sys/kernel/sched_autogroup_enabled", text,
	                 sizeof text) > 0 && text[0] == '1' &&
	       access("/sys/fs/cgroup/cpu/release_agent", F_OK) == 0;
}

START_TEST(nice_is_inert_between_sessions)
{
	struct want with_session = { 0 };

	want_set(&with_session, SETTING_autogroup_nice, 5);
	if (!autogroup_is_on())
		return;
	assert_turned(weighed(child, &nothing, SETTING_nice, "5"),
	              EFFECT_INERT, AUTOGROUP);
	ck_assert_int_eq(kernel_says(child.pid, SETTING_nice), 5);
	assert_turned(weighed(child, &nothing, SETTING_nice, "5"),
	              EFFECT_INERT, AUTOGROUP);
	assert_turned(weighed(child, &with_session, SETTING_nice, "6"),
	              EFFECT_APPLIED, "");
	assert_turned(weighed(child, &nothing, SETTING_sched, "batch"),
	              EFFECT_APPLIED, "");
	assert_turned(weighed(child, &nothing, SETTING_sched, "idle"),
	              EFFECT_INERT, AUTOGROUP);
	assert_turned(weighed(child, &with_session, SETTING_nice, "7"),
	              EFFECT_INERT, "nice does not count under sched idle");
	assert_turned(weighed(child, &with_session, SETTING_sched, "other"),
	              EFFECT_APPLIED, "");
	assert_turned(weighed(child, &nothing, SETTING_autogroup_nice, "2"),
	              EFFECT_APPLIED, "");
}
END_TEST

START_TEST(what_a_real_time_task_does_not_heed_is_inert)
{
	apply(child, SETTING_sched, "rr:2");
	assert_turned(weighed(child, &nothing, SETTING_sched, "fifo:2"),
	              EFFECT_APPLIED, "");
	assert_turned(weighed(child, &nothing, SETTING_nice, "5"),
	              EFFECT_INERT,
	              "nice does not count under a real-time class");
	assert_turned(weighed(child, &nothing, SETTING_autogroup_nice, "5"),
	              EFFECT_INERT,
	              "autogroup_nice does not count under a real-time class");
	assert_turned(weighed(child, &nothing, SETTING_timer_slack, "80us"),
	              EFFECT_INERT, "timers of a real-time task have no slack");
	assert_turned(weighed(thread_of(child, second), &nothing,
	                      SETTING_timer_slack, "80us"),
	              EFFECT_APPLIED, "");
}
END_TEST

/* Moves the child into a cpu group of its own; false: there is no v1 cpu. */
static bool enter_group(char *folder, size_t size)
{
	char path[160], pid[16];
	int  fd;

	snprintf(folder, size, "/sys/fs/cgroup/cpu/pqs-test-%d", (int)getpid());
	if (mkdir(folder, 0700) < 0)
		return false;
	snprintf(path, sizeof path, "%s/cgroup.procs", folder);
	snprintf(pid, sizeof pid, "%d", (int)child.pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(write(fd, pid, strlen(pid)), 0);
	close(fd);
	return true;
}

START_TEST(a_cpu_group_makes_nice_real)
{
	char          folder[128];
	struct turned nice, session, fifo;

	if (!autogroup_is_on() || !enter_group(folder, sizeof folder))
		return;
	nice = weighed(child, &nothing, SETTING_nice, "5");
	session = weighed(child, &nothing, SETTING_autogroup_nice, "5");
	fifo = apply(child, SETTING_sched, "fifo:1");
	door.let_go(door.self);
	reap(child.pid);
	child.pid = 0;
	ck_assert_int_eq(rmdir(folder), 0);
	assert_turned(nice, EFFECT_APPLIED, "");
	assert_turned(session, EFFECT_INERT,
	              "its cpu cgroup counts, not its session");
	assert_turned(fifo, EFFECT_DENIED, "its cpu cgroup has no real-time "
	              "budget (cpu.rt_runtime_us)");
}
END_TEST

static void disk_write(const char *folder, const char *disk, const char *text)
{
	char path[256];
	int  fd;

	snprintf(path, sizeof path, "%s/%s", folder, disk);
	mkdir(path, 0700);
	strcat(path, "/queue");
	mkdir(path, 0700);
	strcat(path, "/scheduler");
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_gt(write(fd, text, strlen(text)), 0);
	close(fd);
}

START_TEST(the_best_disk_decides_what_an_io_level_is_worth)
{
	char folder[] = "/tmp/pqs-disks-XXXXXX", command[64];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	ck_assert_int_eq(disks_look("/nonexistent"), DISKS_IGNORE);
	disk_write(folder, "sda", "[none] mq-deadline bfq\n");
	disk_write(folder, "sdb", "none [kyber]\n");
	ck_assert_int_eq(disks_look(folder), DISKS_IGNORE);
	disk_write(folder, "sdb", "none [mq-deadline] bfq\n");
	ck_assert_int_eq(disks_look(folder), DISKS_COUNT_CLASS);
	disk_write(folder, "sda", "none mq-deadline [bfq]\n");
	ck_assert_int_eq(disks_look(folder), DISKS_COUNT_LEVEL);
	snprintf(command, sizeof command, "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(an_io_level_that_no_disk_counts_is_inert)
{
	struct linux_actuator *a = door.self;
	static const struct {
		enum disks  disks;
		const char *text;
		enum effect effect;
	} cases[] = {
		{ DISKS_COUNT_LEVEL, "best-effort:1", EFFECT_APPLIED },
		{ DISKS_COUNT_CLASS, "best-effort:2", EFFECT_INERT },
		{ DISKS_COUNT_CLASS, "idle",          EFFECT_APPLIED },
		{ DISKS_COUNT_CLASS, "realtime:3",    EFFECT_APPLIED },
		{ DISKS_IGNORE,      "idle",          EFFECT_INERT },
		{ DISKS_IGNORE,      "none",          EFFECT_APPLIED },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct turned t;

		a->disks = cases[i].disks;
		t = weighed(child, &nothing, SETTING_ionice, cases[i].text);
		ck_assert_int_eq(t.effect, cases[i].effect);
		ck_assert_int_eq(*t.why != '\0', t.effect == EFFECT_INERT);
	}
}
END_TEST

START_TEST(under_a_scheduler_that_was_loaded_slices_and_batch_are_inert)
{
	struct linux_actuator *a = door.self;
	char                   folder[] = "/tmp/pqs-extension-XXXXXX";
	char                   path[64], command[64];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/state", folder);
	a->extension = folder;
	for (int enabled = 0; enabled < 2; enabled++) {
		FILE *f = fopen(path, "w");

		fputs(enabled ? "enabled\n" : "disabled\n", f);
		fclose(f);
		a->groups.looked_ns = 0;
		ck_assert_int_eq(weighed(child, &nothing, SETTING_sched,
		                         enabled ? "batch" : "other").effect ==
		                 EFFECT_INERT, enabled);
		ck_assert_int_eq(knob_slice.inert(a, child, &nothing, 1) !=
		                 NULL, enabled);
	}
	snprintf(command, sizeof command, "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("os/linux effects");
	TCase *nobody = tcase_create("as nobody");
	TCase *rights = tcase_create("rights");
	TCase *weight = tcase_create("weight");

	tcase_add_checked_fixture(nobody, begin_as_nobody, end);
	tcase_add_loop_test(nobody,
	                    what_is_missing_is_said_and_nothing_is_changed, 0,
	                    COUNT(by_nobody));
	tcase_add_test(nobody, what_nobody_applied_nobody_puts_back);
	tcase_add_test(nobody, a_second_autogroup_write_comes_too_soon);
	tcase_add_test(rights, what_only_root_gave_is_not_taken_away);
	tcase_add_test(rights, another_users_task_is_refused_by_name);
	tcase_add_checked_fixture(weight, begin, end);
	tcase_add_test(weight, nice_is_inert_between_sessions);
	tcase_add_test(weight, what_a_real_time_task_does_not_heed_is_inert);
	tcase_add_test(weight, a_cpu_group_makes_nice_real);
	tcase_add_test(weight,
	               under_a_scheduler_that_was_loaded_slices_and_batch_are_inert);
	tcase_add_test(weight, the_best_disk_decides_what_an_io_level_is_worth);
	tcase_add_test(weight, an_io_level_that_no_disk_counts_is_inert);
	suite_add_tcase(suite, nobody);
	suite_add_tcase(suite, rights);
	suite_add_tcase(suite, weight);
	return run_suite(suite);
}
