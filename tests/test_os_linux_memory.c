/* test_os_linux_memory.c -- taking memory from processes on the kernel that
 * runs: what they have of a file, what they have of none, and who may not. */

#include "children.h"
#include "suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#define MIB (INT64_C(1) << 20)

static int64_t rss_of(pid_t pid)
{
	char text[128];

	text_of(pid, "statm", text, sizeof text);
	return atoll(strchr(text, ' ')) * sysconf(_SC_PAGESIZE);
}

/* A child with 64 MiB, in a file (which must not be in memory itself) or not;
 * locked or not. */
static struct task_id holder(bool in_file, bool locked)
{
	char           path[] = "/var/tmp/pqs-memory-XXXXXX";
	int            fd = mkstemp(path), ends[2];
	struct task_id who = { 0, 0, 0 };
	char           ready;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(unlink(path), 0);
	for (int i = 0; i < 64; i++) {
		static char block[MIB];

		memset(block, i, sizeof block);
		ck_assert_int_eq(write(fd, block, sizeof block), MIB);
	}
	ck_assert_int_eq(fsync(fd), 0);
	ck_assert_int_eq(pipe(ends), 0);
	who.pid = who.tid = fork();
	if (who.pid == 0) {
		volatile char *at = mmap(NULL, 64 * MIB, PROT_READ | PROT_WRITE,
		                         MAP_PRIVATE |
		                         (in_file ? 0 : MAP_ANONYMOUS),
		                         in_file ? fd : -1, 0);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int64_t i = 0; i < 64 * MIB; i += 4096)
			if (in_file)
				(void)at[i];
			else
				at[i] = 1;
		/* A sanitizer's mlock() does nothing. */
		if (locked && syscall(SYS_mlock, at, 64 * MIB) < 0)
			_exit(1);
		if (write(ends[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	close(fd);
	ck_assert_int_eq(read(ends[0], &ready, 1), 1);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_ge(rss_of(who.pid), 64 * MIB);
	ck_assert_int_eq(door.grip(door.self, who), 0);
	return who;
}

START_TEST(as_much_is_taken_as_was_asked_for)
{
	struct task_id who = holder(true, false);
	int64_t        before = rss_of(who.pid);
	struct turned  t = apply(who, SETTING_reclaim, "16MiB");

	assert_turned(t, EFFECT_APPLIED, "");
	ck_assert_int_ge(t.now, 16 * MIB);
	ck_assert_int_le(t.now, 20 * MIB);
	ck_assert_int_le(rss_of(who.pid), before - 15 * MIB);
	ck_assert_int_ge(rss_of(who.pid), before - 21 * MIB);
	t = apply(who, SETTING_reclaim, "1GiB");
	assert_turned(t, EFFECT_APPLIED, "no more could be taken");
	ck_assert_int_ge(t.now, 40 * MIB);
	ck_assert_int_le(rss_of(who.pid), before - 60 * MIB);
	reap(who.pid);
}
END_TEST

/* With swap it can go there; without, nothing is even tried. */
START_TEST(what_is_in_no_file_needs_swap)
{
	struct task_id who = holder(false, false);
	int64_t        before = rss_of(who.pid);
	struct turned  t;
	struct sysinfo machine;

	ck_assert_int_eq(sysinfo(&machine), 0);
	t = apply(who, SETTING_reclaim, "1GiB");
	if (machine.freeswap > (unsigned long)(64 * MIB)) {
		ck_assert_int_eq(t.effect, EFFECT_APPLIED);
		ck_assert_int_lt(rss_of(who.pid), before - 32 * MIB);
	} else if (machine.freeswap == 0) {
		ck_assert_int_ne(t.effect, EFFECT_DENIED);
		ck_assert_int_lt(t.now, 32 * MIB);
		ck_assert_int_ge(rss_of(who.pid), 64 * MIB);
	}
	reap(who.pid);
}
END_TEST

START_TEST(what_is_locked_stays)
{
	struct task_id who = holder(true, true);

	apply(who, SETTING_reclaim, "1GiB");
	ck_assert_int_ge(rss_of(who.pid), 64 * MIB);
	reap(who.pid);
}
END_TEST

START_TEST(another_users_memory_is_refused)
{
	struct task_id who = holder(true, false);
	int64_t        before = rss_of(who.pid);
	pid_t          tester;
	int            status;

	door.let_go(door.self);
	tester = fork();
	if (tester == 0) {
		ck_assert_int_eq(setgid(65534), 0);
		ck_assert_int_eq(setuid(65534), 0);
		ck_assert_int_eq(door.grip(door.self, who), 0);
		assert_turned(apply(who, SETTING_reclaim, "16MiB"),
		              EFFECT_DENIED,
		              "needs CAP_SYS_NICE and CAP_SYS_PTRACE");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(tester, &status, 0), tester);
	ck_assert_int_eq(status, 0);
	ck_assert_int_ge(rss_of(who.pid), before);
	reap(who.pid);
}
END_TEST

START_TEST(who_left_has_nothing_to_take)
{
	struct task_id who = holder(true, false);

	reap(who.pid);
	assert_turned(apply(who, SETTING_reclaim, "16MiB"), EFFECT_GONE,
	              "");
}
END_TEST

/* All that was asked for is told of once, in the order of asking. */
START_TEST(with_a_wait_of_its_own_nobody_else_waits)
{
	static const struct host_alarm    calm[HOST_PRESSURES];
	static const struct host_shortage plenty;
	struct linux_options o = { .keeper_fd = -1, .sets = sets,
	                           .events = true, .pressure = calm,
	                           .shortage = &plenty,
	                           .poll_ns = 10000000,
	                           .buffer_bytes = 1 << 20 };
	struct task_id       who = holder(true, false);
	struct os            os;
	struct event         events[64];
	struct landed        l;
	char                 why[200] = "";
	int                  told = 0, underway = 0;

	ck_assert_msg(linux_open(&o, &os, NULL, NULL, why, sizeof why) == 0,
	              "%s", why);
	ck_assert_int_eq(os.actuator.grip(os.actuator.self, who), 0);
	for (int i = 0; i < UNDER_WAY_MAX + 8; i++) {
		struct turned t;

		os.actuator.apply(os.actuator.self, who, SETTING_reclaim,
		                  (i + 1) * 4096, &t);
		underway += t.effect == EFFECT_UNDERWAY;
		if (t.effect != EFFECT_UNDERWAY)
			assert_turned(t, EFFECT_DENIED,
			              "too many are under way already");
	}
	ck_assert_int_eq(underway, UNDER_WAY_MAX);
	while (told < underway) {
		int n = os.sensor.next(os.sensor.self, UINT64_MAX, events, 64);

		for (int i = 0; i < n; i++)
			while (events[i].kind == EVENT_TURNED &&
			       os.actuator.landed(os.actuator.self, &l)) {
				ck_assert_int_eq(l.wanted, ++told * 4096);
				ck_assert(task_id_equal(l.whom, who));
				ck_assert_int_eq(l.setting, SETTING_reclaim);
			}
	}
	ck_assert_int_eq(os.actuator.landed(os.actuator.self, &l), 0);
	os.actuator.apply(os.actuator.self, who, SETTING_reclaim, MIB,
	                  &l.turned);
	linux_close(&os);                       /* with one under way         */
	reap(who.pid);
}
END_TEST

int main(void)
{
	TCase *taking = tcase_create("taking");

	tcase_add_checked_fixture(taking, begin, end);
	tcase_set_timeout(taking, 60);
	tcase_add_test(taking, as_much_is_taken_as_was_asked_for);
	tcase_add_test(taking, what_is_in_no_file_needs_swap);
	tcase_add_test(taking, what_is_locked_stays);
	tcase_add_test(taking, another_users_memory_is_refused);
	tcase_add_test(taking, who_left_has_nothing_to_take);
	tcase_add_test(taking, with_a_wait_of_its_own_nobody_else_waits);
	return run_case(taking, "os/linux memory");
}
