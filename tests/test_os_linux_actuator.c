/* test_os_linux_actuator.c -- every Linux knob against the kernel that runs. */

#include "children.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#define PRIORITY(n) (INT64_C(n) << 32)

static const struct {
	enum setting setting;
	const char  *text;
	int64_t      raw;
} turns[] = {
	{ SETTING_affinity,       "0",             1 | 1 << 1 },
	{ SETTING_sched,          "batch",         SCHED_BATCH },
	{ SETTING_sched,          "idle",          SCHED_IDLE },
	{ SETTING_sched,          "rr:7",          SCHED_RR | PRIORITY(7) },
	{ SETTING_sched,          "fifo:3",        SCHED_FIFO | PRIORITY(3) },
	{ SETTING_nice,           "7",             7 },
	{ SETTING_nice,           "-7",            -7 },
	{ SETTING_nice,           "-1",            -1 },
	{ SETTING_slice,          "100us",         100000 },
	{ SETTING_slice,          "7ms",           7000000 },
	{ SETTING_slice,          "100ms",         100000000 },
	{ SETTING_autogroup_nice, "4",             4 },
	{ SETTING_ionice,         "idle",          3 << 13 },
	{ SETTING_ionice,         "best-effort:2", 2 << 13 | 2 },
	{ SETTING_ionice,         "realtime:5",    1 << 13 | 5 },
	{ SETTING_timer_slack,    "77us",          77000 },
	{ SETTING_oom_score_adj,  "250",           250 },
};

/* Kernels before 6.12 take any slice and keep none. */
static bool heeds(enum setting s)
{
	return s != SETTING_slice || kernel_says(child.pid, s) != 0;
}

START_TEST(a_knob_is_turned_once_and_can_be_turned_back)
{
	enum setting  s = turns[_i].setting;
	int64_t       raw = kernel_says(child.pid, s), origin, now;
	struct turned back;

	ck_assert(door.can & SETTING_BIT(s));
	if (!heeds(s)) {
		assert_turned(weighed(child, &(struct want){ 0 }, s,
		                      turns[_i].text), EFFECT_INERT,
		              "this kernel does not heed slices; from Linux "
		              "6.12 on it does");
		return;
	}
	ck_assert_int_eq(door.read(door.self, child, s, &origin), 0);
	assert_turned(apply(child, s, turns[_i].text), EFFECT_APPLIED, "");
	ck_assert_int_eq(kernel_says(child.pid, s), turns[_i].raw);
	ck_assert_int_eq(door.read(door.self, child, s, &now), 0);
	ck_assert_int_eq(now, value_of(s, turns[_i].text));
	assert_turned(apply(child, s, turns[_i].text), EFFECT_ALREADY, "");
	ck_assert_int_eq(door.proven(door.self), 0);
	door.apply(door.self, child, s, origin, &back);
	assert_turned(back, EFFECT_APPLIED, "");
	ck_assert_int_eq(kernel_says(child.pid, s), raw);
}
END_TEST

START_TEST(one_thread_is_changed_and_not_its_sibling)
{
	enum setting   s = turns[_i].setting;
	struct task_id thread = thread_of(child, second);
	int64_t        raw = kernel_says(child.pid, s);

	if (setting_rows[s].scope != SETTING_SCOPE_THREAD || !heeds(s))
		return;
	assert_turned(apply(thread, s, turns[_i].text), EFFECT_APPLIED, "");
	ck_assert_int_eq(kernel_says(second, s), turns[_i].raw);
	ck_assert_int_eq(kernel_says(child.pid, s), raw);
}
END_TEST

START_TEST(a_thread_of_another_process_is_nobody)
{
	pid_t          stranger = spawn(false, NULL);
	int64_t        value;
	struct task_id wrong = thread_of(child, stranger);

	assert_turned(apply(wrong, SETTING_nice, "7"), EFFECT_GONE, "");
	ck_assert_int_eq(kernel_says(stranger, SETTING_nice), 0);
	ck_assert_int_eq(door.read(door.self, wrong, SETTING_nice, &value),
	                 -ESRCH);
	ck_assert_int_eq(door.grip(door.self, wrong), -ESRCH);
	reap(stranger);
}
END_TEST

START_TEST(a_class_keeps_the_nice_value_and_the_slice)
{
	struct scheduling attr = { .size = 48, .nice = 5, .runtime = 3000000 };
	struct scheduling now = { 0 };
	bool slices;

	ck_assert_int_eq(syscall(SYS_sched_setattr, child.pid, &attr, 0),
	                 0);
	syscall(SYS_sched_getattr, child.pid, &now, sizeof now, 0);
	slices = now.runtime == attr.runtime;   /* not before 6.12 */
	apply(child, SETTING_sched, "batch");
	apply(child, SETTING_sched, "fifo:1");
	apply(child, SETTING_sched, "idle");
	apply(child, SETTING_sched, "other");
	ck_assert_int_eq(kernel_says(child.pid, SETTING_nice), 5);
	syscall(SYS_sched_getattr, child.pid, &now, sizeof now, 0);
	ck_assert_uint_eq(now.runtime == attr.runtime, slices);
}
END_TEST

START_TEST(a_slice_leaves_class_and_nice_value_alone)
{
	struct sched_param none = { 0 };
	int64_t            class;

	sched_setscheduler(child.pid, SCHED_BATCH | SCHED_RESET_ON_FORK, &none);
	class = kernel_says(child.pid, SETTING_sched);
	setpriority(PRIO_PROCESS, (id_t)child.pid, 6);
	apply(child, SETTING_slice, "1ms");
	ck_assert_int_eq(kernel_says(child.pid, SETTING_nice), 6);
	ck_assert_int_eq(kernel_says(child.pid, SETTING_sched), class);
}
END_TEST

START_TEST(a_real_time_task_has_no_slice)
{
	int64_t value;

	apply(child, SETTING_sched, "fifo:1");
	assert_turned(apply(child, SETTING_slice, "1ms"), EFFECT_UNSUPPORTED,
	              "a real-time task has no slice");
	ck_assert_int_eq(door.read(door.self, child, SETTING_slice, &value),
	                 -ENODATA);
}
END_TEST

/* Where the kernel has clamps they are turned like any knob. */
START_TEST(clamps_are_there_or_it_is_said_why_not)
{
	static const enum setting clamps[] = { SETTING_uclamp_min,
	                                       SETTING_uclamp_max };

	for (size_t i = 0; i < COUNT(clamps); i++) {
		struct turned     t = apply(child, clamps[i], "40%");
		struct scheduling now;

		if ((door.can & SETTING_BIT(clamps[i])) == 0) {
			assert_turned(t, EFFECT_UNSUPPORTED, "this kernel was "
			              "built without it (CONFIG_UCLAMP_TASK)");
			continue;
		}
		assert_turned(t, EFFECT_APPLIED, "");
		scheduling_get(child.pid, &now);
		ck_assert_uint_eq(i == 0 ? now.clamp_min : now.clamp_max, 410);
	}
}
END_TEST

START_TEST(reset_on_fork_is_part_of_the_value)
{
	struct sched_param param = { .sched_priority = 4 };
	int64_t            origin, raw;
	struct turned      back;

	ck_assert_int_eq(sched_setscheduler(child.pid,
	                 SCHED_FIFO | SCHED_RESET_ON_FORK, &param), 0);
	raw = kernel_says(child.pid, SETTING_sched);
	ck_assert_int_eq(door.read(door.self, child, SETTING_sched, &origin),
	                 0);
	ck_assert_int_eq(origin, SCHED_VALUE_RESET |
	                 sched_value(SCHED_CLASS_FIFO, 4));
	apply(child, SETTING_sched, "other");
	ck_assert_int_eq(kernel_says(child.pid, SETTING_sched), SCHED_OTHER);
	door.apply(door.self, child, SETTING_sched, origin, &back);
	ck_assert_int_eq(kernel_says(child.pid, SETTING_sched), raw);
}
END_TEST

START_TEST(a_deadline_could_not_be_put_back)
{
	struct scheduling attr = { .size = 48, .policy = 6, .runtime = 100000,
		.deadline = 100000000, .period = 100000000 };
	int64_t value;

	ck_assert_int_eq(syscall(SYS_sched_setattr, child.pid, &attr, 0),
	                 0);
	ck_assert_int_eq(door.read(door.self, child, SETTING_sched, &value),
	                 0);
	ck_assert_int_eq(value, SCHED_CLASS_DEADLINE);
	assert_turned(apply(child, SETTING_sched, "other"), EFFECT_DENIED,
	              "cannot be put back");
	assert_turned(apply(child, SETTING_affinity, "0"), EFFECT_DENIED,
	              "a deadline task keeps its CPUs");
	assert_turned(weighed(child, &(struct want){ 0 }, SETTING_nice, "3"),
	              EFFECT_INERT,
	              "nice does not count under a real-time class");
	door.apply(door.self, thread_of(child, second), SETTING_sched,
	           SCHED_CLASS_DEADLINE, &(struct turned){ 0 });
	ck_assert_int_eq(kernel_says(second, SETTING_sched), SCHED_OTHER);
}
END_TEST

START_TEST(cpus_that_are_not_there_are_refused)
{
	struct turned t;
	char          all[64];
	cpu_set_t     mine;

	assert_turned(apply(child, SETTING_affinity, "4000"),
	              EFFECT_UNSUPPORTED, "none of these CPUs is open to it");
	snprintf(all, sizeof all, "0-%d", CPUS_MAX - 1);
	t = apply(child, SETTING_affinity, all);
	ck_assert_str_eq(t.why, "the kernel kept it within bounds");
	sched_getaffinity(0, sizeof mine, &mine);
	ck_assert_int_eq(kernel_says(child.pid, SETTING_affinity) >> 1,
	                 CPU_COUNT(&mine));
}
END_TEST

START_TEST(a_pid_of_another_birth_is_a_stranger)
{
	struct task_id whom = child;
	struct task_id thread = thread_of(child, second);

	whom.born = born_of(child.pid, child.pid);
	ck_assert_int_eq(door.grip(door.self, whom), 0);
	ck_assert_int_eq(door.proven(door.self), 0);
	whom.born++;
	ck_assert_int_eq(door.grip(door.self, whom), -ESRCH);
	ck_assert_int_eq(door.proven(door.self), -ESRCH);
	thread.born = born_of(child.pid, second);
	ck_assert_int_eq(door.grip(door.self, thread), 0);
	ck_assert_int_eq(door.proven(door.self), 0);
	thread.born += 7;
	ck_assert_int_eq(door.grip(door.self, thread), -ESRCH);
	ck_assert_int_eq(door.grip(door.self, thread_of(child, 0)), -ESRCH);
}
END_TEST

/* Makes the kernel give out that very pid; others fork as well, so again. */
static pid_t spawn_with_pid(pid_t pid)
{
	char  last[16];
	pid_t born = 0;
	int   fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	snprintf(last, sizeof last, "%d", (int)pid - 1);
	for (int i = 0; i < 100 && born != pid; i++) {
		if (born > 0)
			reap(born);
		ck_assert_int_gt(pwrite(fd, last, strlen(last), 0), 0);
		born = spawn(false, NULL);
	}
	close(fd);
	ck_assert_int_eq(born, pid);
	return born;
}

START_TEST(a_reused_pid_is_a_stranger)
{
	struct task_id  whom = child;
	struct timespec tick = { 0, 30000000 };
	int64_t         value;

	whom.born = born_of(child.pid, child.pid);
	ck_assert_int_eq(door.grip(door.self, whom), 0);
	ck_assert_int_eq(door.read(door.self, whom, SETTING_timer_slack,
	                           &value), 0);
	reap(child.pid);
	ck_assert_int_eq(door.proven(door.self), -ESRCH);
	nanosleep(&tick, NULL);         /* births are counted in ticks */
	spawn_with_pid(child.pid);
	ck_assert_int_eq(door.proven(door.self), -ESRCH);
	assert_turned(apply(whom, SETTING_timer_slack, "99us"),
	              EFFECT_GONE, "");
	ck_assert_int_eq(kernel_says(child.pid, SETTING_timer_slack), 50000);
	ck_assert_int_eq(door.grip(door.self, whom), -ESRCH);
}
END_TEST

static void forbid_pidfd_open(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(rules), rules };

	ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program),
	                 0);
	ck_assert_int_lt(syscall(SYS_pidfd_open, getpid(), 0), 0);
}

START_TEST(without_pidfds_the_birth_proves_it)
{
	struct task_id whom = child;

	forbid_pidfd_open();
	ck_assert_int_eq(door.grip(door.self, whom), 0);
	ck_assert_int_eq(door.proven(door.self), 0);
	whom.born = born_of(child.pid, child.pid) + 1;
	ck_assert_int_eq(door.grip(door.self, whom), -ESRCH);
	whom.born--;
	ck_assert_int_eq(door.grip(door.self, whom), 0);
	reap(child.pid);
	child.pid = 0;
	ck_assert_int_eq(door.proven(door.self), -ESRCH);
	assert_turned(apply(whom, SETTING_nice, "7"), EFFECT_GONE, "");
}
END_TEST

/* Where nobody on the way from init made a session there is no autogroup.  The
 * test goes on in a child, for it leads a process group itself, and a leader
 * may not make a session. */
static void begin_session(void)
{
	pid_t pid = check_fork();

	if (pid > 0)
		check_waitpid_and_exit(pid);
	ck_assert_int_gt(setsid(), 0);
}

START_TEST(tasks_of_one_session_have_one_key)
{
	pid_t          here, there;
	struct task_id key[3], me = child;
	char           text[64], expected[64];

	begin_session();
	here = spawn(false, NULL);
	there = spawn(false, NULL);
	struct task_id whom[] = { { here, here, 0 }, { there, there, 0 }, me };
	for (size_t i = 0; i < COUNT(whom); i++)
		ck_assert_int_eq(door.scope_key(door.self, whom[i],
		                 SETTING_autogroup_nice, &key[i]), 0);
	ck_assert(task_id_equal(key[0], key[1]));
	ck_assert(!task_id_equal(key[0], key[2]));
	text_of(me.pid, "autogroup", text, sizeof text);
	snprintf(expected, sizeof expected, "/autogroup-%d nice 0\n",
	         -(int)key[2].pid);
	ck_assert_str_eq(text, expected);
	ck_assert_int_eq(door.scope_key(door.self, me, SETTING_nice, &key[0]),
	                 0);
	ck_assert(task_id_equal(key[0], me));
	reap(here);
	reap(there);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("os/linux actuator");
	TCase *turning = tcase_create("turning");
	TCase *identity = tcase_create("identity");

	tcase_add_checked_fixture(turning, begin, end);
	tcase_add_loop_test(turning,
	                    a_knob_is_turned_once_and_can_be_turned_back, 0,
	                    COUNT(turns));
	tcase_add_loop_test(turning, one_thread_is_changed_and_not_its_sibling,
	                    0, COUNT(turns));
	tcase_add_test(turning, a_class_keeps_the_nice_value_and_the_slice);
	tcase_add_test(turning, a_slice_leaves_class_and_nice_value_alone);
	tcase_add_test(turning, a_real_time_task_has_no_slice);
	tcase_add_test(turning, clamps_are_there_or_it_is_said_why_not);
	tcase_add_test(turning, reset_on_fork_is_part_of_the_value);
	tcase_add_test(turning, a_deadline_could_not_be_put_back);
	tcase_add_test(turning, cpus_that_are_not_there_are_refused);
	tcase_add_checked_fixture(identity, begin, end);
	tcase_add_test(identity, a_thread_of_another_process_is_nobody);
	tcase_add_test(identity, a_pid_of_another_birth_is_a_stranger);
	tcase_add_test(identity, a_reused_pid_is_a_stranger);
	tcase_add_test(identity, without_pidfds_the_birth_proves_it);
	tcase_add_test(identity, tasks_of_one_session_have_one_key);
	suite_add_tcase(suite, turning);
	suite_add_tcase(suite, identity);
	return run_suite(suite);
}
