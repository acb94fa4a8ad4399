/* test_os_linux_limits.c -- limits on the CPU against the kernel that runs. */

#include "children.h"

#include <errno.h>
#include <time.h>

#include "os/linux/actuator/duty.h"

#include "suite.h"

#define EVENTUALLY(condition) \
	__extension__({ \
		bool held_ = false; \
		for (int i_ = 0; i_ < 20000 && !(held_ = (condition)); i_++) \
			usleep(1000); \
		held_; \
	})

#define SECOND INT64_C(1000000000)

static struct rlimit limit_of(pid_t pid)
{
	struct rlimit limit;

	ck_assert_int_eq(prlimit(pid, RLIMIT_CPU, NULL, &limit), 0);
	return limit;
}

static struct turned turn_to(struct task_id whom, enum setting s, int64_t value)
{
	struct turned t;

	door.apply(door.self, whom, s, value, &t);
	return t;
}

static int64_t value_now(struct task_id whom, enum setting s)
{
	int64_t value = -1;

	ck_assert_int_eq(door.read(door.self, whom, s, &value), 0);
	return value;
}

static void ignore(int signal)
{
	(void)signal;
}

/* It uses CPU, and heeds SIGXCPU or not. */
static struct task_id spin(bool heeds)
{
	struct task_id who = { fork(), 0, 0 };

	ck_assert_int_ge(who.pid, 0);
	if (who.pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!heeds)
			signal(SIGXCPU, ignore);
		for (;;)
			;
	}
	who.tid = who.pid;
	ck_assert_int_eq(door.grip(door.self, who), 0);
	return who;
}

START_TEST(cpu_time_is_the_soft_limit_and_goes_back)
{
	ck_assert_int_eq(value_now(child, SETTING_cpu_time), VALUE_UNLIMITED);
	assert_turned(apply(child, SETTING_cpu_time, "60s"), EFFECT_APPLIED,
	              "");
	ck_assert_uint_eq(limit_of(child.pid).rlim_cur, 60);
	ck_assert(limit_of(child.pid).rlim_max == RLIM_INFINITY);
	ck_assert_int_eq(value_now(child, SETTING_cpu_time), 60 * SECOND);
	assert_turned(apply(child, SETTING_cpu_time, "60s"), EFFECT_ALREADY,
	              "");
	assert_turned(apply(child, SETTING_cpu_time, "1500ms"),
	              EFFECT_APPLIED, "the kernel kept it within bounds");
	ck_assert_uint_eq(limit_of(child.pid).rlim_cur, 2);
	assert_turned(turn_to(child, SETTING_cpu_time, VALUE_UNLIMITED),
	              EFFECT_APPLIED, "");
	ck_assert(limit_of(child.pid).rlim_cur == RLIM_INFINITY);
}
END_TEST

START_TEST(a_hard_limit_is_neither_moved_nor_passed)
{
	struct rlimit strict = { 10, 30 };

	ck_assert_int_eq(prlimit(child.pid, RLIMIT_CPU, &strict, NULL), 0);
	assert_turned(apply(child, SETTING_cpu_time, "60s"), EFFECT_DENIED,
	              "its hard limit is lower");
	ck_assert_uint_eq(limit_of(child.pid).rlim_cur, 10);
	assert_turned(apply(child, SETTING_cpu_time, "20s"), EFFECT_APPLIED,
	              "");
	ck_assert_uint_eq(limit_of(child.pid).rlim_max, 30);
	assert_turned(turn_to(child, SETTING_cpu_time, 10 * SECOND),
	              EFFECT_APPLIED, "");
	ck_assert_uint_eq(limit_of(child.pid).rlim_cur, 10);
}
END_TEST

START_TEST(who_does_not_heed_it_is_ended_by_the_kernel)
{
	struct task_id who = spin(true);
	int            status;

	assert_turned(apply(who, SETTING_cpu_time, "1s"), EFFECT_APPLIED, "");
	ck_assert_int_eq(waitpid(who.pid, &status, 0), who.pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGXCPU);
}
END_TEST

/* The kernel moves the limit on by a second each time it has told. */
START_TEST(a_limit_that_the_kernel_moved_on_is_still_ours)
{
	struct task_id who = spin(false);

	assert_turned(apply(who, SETTING_cpu_time, "1s"), EFFECT_APPLIED, "");
	ck_assert(EVENTUALLY(limit_of(who.pid).rlim_cur > 1));
	ck_assert_int_gt(value_now(who, SETTING_cpu_time), SECOND);
	door.remind(door.self, who, SETTING_cpu_time, SECOND);
	ck_assert_int_eq(value_now(who, SETTING_cpu_time), SECOND);
	assert_turned(turn_to(who, SETTING_cpu_time, VALUE_UNLIMITED),
	              EFFECT_APPLIED, "");
	ck_assert(limit_of(who.pid).rlim_cur == RLIM_INFINITY);
	turn_to(who, SETTING_cpu_time, 50 * SECOND);
	ck_assert_int_eq(value_now(who, SETTING_cpu_time), 50 * SECOND);
	door.remind(door.self, who, SETTING_cpu_time, SECOND);
	ck_assert_int_eq(value_now(who, SETTING_cpu_time), 50 * SECOND);
	reap(who.pid);
}
END_TEST

START_TEST(another_users_limit_takes_a_capability)
{
	pid_t tester = fork();
	int   status;

	if (tester == 0) {
		ck_assert_int_eq(setgid(65534), 0);
		ck_assert_int_eq(setuid(65534), 0);
		ck_assert_int_eq(door.grip(door.self, child), 0);
		assert_turned(turn_to(child, SETTING_cpu_time, 60 * SECOND),
		              EFFECT_DENIED, "belongs to another user; needs "
		              "CAP_SYS_RESOURCE");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(tester, &status, 0), tester);
	ck_assert_int_eq(status, 0);
	ck_assert(limit_of(child.pid).rlim_cur == RLIM_INFINITY);
}
END_TEST

static char state_of(pid_t tid)
{
	char text[1024];

	text_of(tid, "stat", text, sizeof text);
	return strrchr(text, ')')[2];
}

static int64_t cpu_ns(pid_t pid)
{
	struct timespec used;
	clockid_t       clock;

	ck_assert_int_eq(clock_getcpuclockid(pid, &clock), 0);
	ck_assert_int_eq(clock_gettime(clock, &used), 0);
	return used.tv_sec * SECOND + used.tv_nsec;
}

/* Looks when it is time to, until then.  Like pqs's own thread it goes before
 * others, or a busy machine would decide what is measured. */
static void drive(struct duties *duties, uint64_t until_ns)
{
	uint64_t now_ns = linux_now_ns(), due_ns;

	while (now_ns < until_ns) {
		due_ns = duties_due_ns(duties);
		if (due_ns > until_ns)
			due_ns = until_ns;
		if (due_ns > now_ns)
			usleep((useconds_t)((due_ns - now_ns) / 1000 + 1));
		now_ns = linux_now_ns();
		duties_look(duties, now_ns);
	}
}

static void drive_for(int64_t ns)
{
	drive(linux_actuator_duties(&door), linux_now_ns() + (uint64_t)ns);
}

/* Looks until it stands still, or goes on. */
static bool drive_until(pid_t pid, bool still)
{
	for (int i = 0; i < 20000; i++) {
		drive_for(SECOND / 1000);
		if ((state_of(pid) == 'T') == still)
			return true;
	}
	return false;
}

static void go_first(pid_t pid, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	ck_assert_int_eq(sched_setscheduler(pid, SCHED_FIFO |
	                                    SCHED_RESET_ON_FORK, &param), 0);
}

static void *burn(void *unused)
{
	(void)unused;
	for (;;)
		;
	return NULL;
}

/* With a second busy thread or not; ahead of whatever else is busy here. */
static struct task_id burner(bool twice)
{
	struct task_id who = { fork(), 0, 0 };
	pthread_t      thread;

	ck_assert_int_ge(who.pid, 0);
	if (who.pid == 0) {
		struct sched_param param = { .sched_priority = 1 };

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		sched_setscheduler(0, SCHED_FIFO, &param);
		if (twice)
			pthread_create(&thread, NULL, burn, NULL);
		burn(NULL);
	}
	go_first(0, 2);
	who.tid = who.pid;
	ck_assert_int_eq(door.grip(door.self, who), 0);
	return who;
}

static const struct {
	const char *limit;
	bool        twice;
	int         percent;            /* of one core                        */
} shares[] = {
	{ "50%",    false, 50 },
	{ "20%",    false, 20 },
	{ "60%",    true,  60 },
};

START_TEST(a_busy_process_gets_its_share_and_no_more)
{
	struct task_id who = burner(shares[_i].twice);
	uint64_t       began_ns;
	int64_t        used, percent;

	assert_turned(apply(who, SETTING_cpu_limit, shares[_i].limit),
	              EFFECT_APPLIED, "");
	drive_for(SECOND / 2);
	began_ns = linux_now_ns();
	used = cpu_ns(who.pid);
	drive_for(3 * SECOND);
	percent = (cpu_ns(who.pid) - used) * 100 /
	          (int64_t)(linux_now_ns() - began_ns);
	reap(who.pid);
	ck_assert_int_ge(percent, shares[_i].percent - 10);
	ck_assert_int_le(percent, shares[_i].percent + 10);
}
END_TEST

/* Its parent would be told of a stop. */
START_TEST(who_uses_less_is_never_stopped)
{
	int status;

	apply(child, SETTING_cpu_limit, "10%");
	drive_for(SECOND / 2);
	ck_assert_int_eq(waitpid(child.pid, &status, WUNTRACED | WNOHANG), 0);
}
END_TEST

START_TEST(nobody_is_looked_at_who_cannot_pass_the_limit)
{
	struct duties *duties = linux_actuator_duties(&door);
	long           cores = sysconf(_SC_NPROCESSORS_ONLN);
	char           all[32];

	ck_assert(duties_due_ns(duties) == UINT64_MAX);
	snprintf(all, sizeof all, "%ld cores", cores);
	assert_turned(weighed(child, &(struct want){ 0 }, SETTING_cpu_limit,
	                      all), EFFECT_INERT,
	              "this machine has no more cores than that");
	ck_assert(duties_due_ns(duties) == UINT64_MAX);
	assert_turned(apply(child, SETTING_cpu_limit, "50% of host"),
	              EFFECT_APPLIED, "");
	ck_assert_int_eq(value_now(child, SETTING_cpu_limit), 50 * cores);
	ck_assert(duties_due_ns(duties) != UINT64_MAX);
	apply(child, SETTING_freeze, "true");
	ck_assert(duties_due_ns(duties) == UINT64_MAX);
	apply(child, SETTING_freeze, "false");
	ck_assert(duties_due_ns(duties) != UINT64_MAX);
	turn_to(child, SETTING_cpu_limit, VALUE_UNLIMITED);
	ck_assert(duties_due_ns(duties) == UINT64_MAX);
	ck_assert_int_eq(value_now(child, SETTING_cpu_limit), VALUE_UNLIMITED);
}
END_TEST

START_TEST(to_be_frozen_comes_before_the_limit)
{
	struct task_id who = burner(false);

	apply(who, SETTING_cpu_limit, "10%");
	ck_assert(drive_until(who.pid, true));
	ck_assert_int_eq(value_now(who, SETTING_freeze), 0);
	assert_turned(apply(who, SETTING_freeze, "true"), EFFECT_APPLIED, "");
	drive_for(SECOND);
	ck_assert_int_eq(state_of(who.pid), 'T');
	turn_to(who, SETTING_cpu_limit, 20);
	drive_for(SECOND / 2);
	ck_assert_int_eq(state_of(who.pid), 'T');
	assert_turned(apply(who, SETTING_freeze, "false"), EFFECT_APPLIED, "");
	ck_assert_int_ne(state_of(who.pid), 'T');
	ck_assert(drive_until(who.pid, true));
	ck_assert(drive_until(who.pid, false));
	apply(who, SETTING_freeze, "true");
	turn_to(who, SETTING_cpu_limit, VALUE_UNLIMITED);
	ck_assert(EVENTUALLY(state_of(who.pid) == 'T'));
	ck_assert_int_eq(value_now(who, SETTING_freeze), 1);
	reap(who.pid);
}
END_TEST

START_TEST(who_is_limited_no_more_goes_on)
{
	struct task_id who = burner(false);

	apply(who, SETTING_cpu_limit, "1%");
	ck_assert(drive_until(who.pid, true));
	turn_to(who, SETTING_cpu_limit, VALUE_UNLIMITED);
	ck_assert_int_ne(state_of(who.pid), 'T');
	apply(who, SETTING_cpu_limit, "1%");
	ck_assert(drive_until(who.pid, true));
	door.close(door.self);
	ck_assert_int_ne(state_of(who.pid), 'T');
	reap(who.pid);
	ck_assert_int_eq(linux_actuator_open(&(struct linux_options){
		.sets = sets, .keeper_fd = -1 }, &door), 0);
}
END_TEST

/* The first one is as good as dead: it never looks again. */
START_TEST(another_pqs_continues_whom_a_dead_one_had_limited)
{
	struct task_id  who = burner(false);
	struct actuator dead = door;

	apply(who, SETTING_cpu_limit, "1%");
	ck_assert(drive_until(who.pid, true));
	ck_assert_int_eq(linux_actuator_open(&(struct linux_options){
		.sets = sets, .keeper_fd = -1 }, &door), 0);
	ck_assert_int_eq(door.grip(door.self, who), 0);
	ck_assert_int_eq(value_now(who, SETTING_cpu_limit), VALUE_UNLIMITED);
	door.remind(door.self, who, SETTING_cpu_limit, 1);
	ck_assert_int_eq(value_now(who, SETTING_cpu_limit), 1);
	ck_assert_int_eq(state_of(who.pid), 'T');
	assert_turned(turn_to(who, SETTING_cpu_limit, VALUE_UNLIMITED),
	              EFFECT_APPLIED, "");
	ck_assert_int_ne(state_of(who.pid), 'T');
	reap(who.pid);
	dead.close(dead.self);
}
END_TEST

START_TEST(a_stop_of_somebody_elses_is_left_to_them)
{
	struct task_id who = burner(false);

	apply(who, SETTING_cpu_limit, "10%");
	ck_assert(drive_until(who.pid, true));
	kill(who.pid, SIGSTOP);
	drive_for(2 * SECOND);
	ck_assert_int_eq(state_of(who.pid), 'T');
	kill(who.pid, SIGCONT);
	ck_assert(drive_until(who.pid, false));
	ck_assert(drive_until(who.pid, true));
	ck_assert(drive_until(who.pid, false));
	reap(who.pid);
}
END_TEST

START_TEST(who_is_continued_by_somebody_else_is_limited_still)
{
	struct task_id who = burner(false);

	apply(who, SETTING_cpu_limit, "1%");
	for (int i = 0; i < 3; i++) {
		ck_assert(drive_until(who.pid, true));
		kill(who.pid, SIGCONT);
		ck_assert_int_ne(state_of(who.pid), 'T');
	}
	ck_assert(drive_until(who.pid, true));
	reap(who.pid);
}
END_TEST

START_TEST(there_are_only_so_many_and_the_dead_make_room)
{
	static struct task_id who[DUTIES_MAX + 1];

	for (int i = 0; i <= DUTIES_MAX; i++) {
		struct turned t;

		who[i].pid = who[i].tid = fork();
		ck_assert_int_ge(who[i].pid, 0);
		if (who[i].pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		ck_assert_int_eq(door.grip(door.self, who[i]), 0);
		t = apply(who[i], SETTING_cpu_limit, "10%");
		ck_assert_int_eq(t.effect, i < DUTIES_MAX ? EFFECT_APPLIED
		                                          : EFFECT_DENIED);
		if (i == DUTIES_MAX)
			ck_assert_str_eq(t.why, "as many as can be are "
			                 "limited already");
	}
	reap(who[7].pid);
	assert_turned(apply(who[DUTIES_MAX], SETTING_cpu_limit, "10%"),
	              EFFECT_APPLIED, "");
	for (int i = 0; i <= DUTIES_MAX; i++)
		if (i != 7)
			reap(who[i].pid);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("os/linux limits");
	TCase *time = tcase_create("cpu_time");
	TCase *share = tcase_create("cpu_limit");

	tcase_add_checked_fixture(time, begin, end);
	tcase_set_timeout(time, 60);
	tcase_add_test(time, cpu_time_is_the_soft_limit_and_goes_back);
	tcase_add_test(time, a_hard_limit_is_neither_moved_nor_passed);
	tcase_add_test(time, who_does_not_heed_it_is_ended_by_the_kernel);
	tcase_add_test(time, a_limit_that_the_kernel_moved_on_is_still_ours);
	tcase_add_test(time, another_users_limit_takes_a_capability);
	tcase_add_checked_fixture(share, begin, end);
	tcase_set_timeout(share, 120);
	tcase_add_loop_test(share, a_busy_process_gets_its_share_and_no_more, 0,
	                    COUNT(shares));
	tcase_add_test(share, who_uses_less_is_never_stopped);
	tcase_add_test(share, nobody_is_looked_at_who_cannot_pass_the_limit);
	tcase_add_test(share, to_be_frozen_comes_before_the_limit);
	tcase_add_test(share, who_is_limited_no_more_goes_on);
	tcase_add_test(share,
	               another_pqs_continues_whom_a_dead_one_had_limited);
	tcase_add_test(share, a_stop_of_somebody_elses_is_left_to_them);
	tcase_add_test(share,
	               who_is_continued_by_somebody_else_is_limited_still);
	tcase_add_test(share, there_are_only_so_many_and_the_dead_make_room);
	suite_add_tcase(suite, share);
	suite_add_tcase(suite, time);
	return run_suite(suite);
}
