/* test_os_linux_sensor.c -- what the running kernel does is told, in order. */

#include <linux/filter.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "kernel_events.h"

#define BURST 2000

extern char **environ;

static void run_true(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void take_another_name(void)
{
	prctl(PR_SET_NAME, "another");
}

static void become_nobody(void)
{
	if (setuid(65534) < 0)
		_exit(1);
}

START_TEST(a_child_is_born_runs_a_program_and_ends)
{
	uint64_t            before = linux_now_ns();
	pid_t               pid = child_that(run_true);
	const struct event *e;
	size_t              at = 0;

	go();
	e = await(EVENT_FORK, pid, &at);
	ck_assert_int_eq(e->u.task.who.pid, pid);
	ck_assert_int_eq(e->u.task.parent.pid, getpid());
	ck_assert_int_eq(e->u.task.parent.tid, getpid());
	ck_assert_uint_ge(e->at_ns, before);
	before = e->at_ns;
	e = await(EVENT_EXEC, pid, &at);
	ck_assert_uint_ge(e->at_ns, before);
	before = e->at_ns;
	e = await(EVENT_EXIT, pid, &at);
	ck_assert_int_eq(e->u.task.who.pid, pid);
	ck_assert_uint_ge(e->at_ns, before);
	ck_assert_uint_le(e->at_ns, linux_now_ns());
	reap(pid);
}
END_TEST

START_TEST(another_name_is_told)
{
	pid_t  pid = child_that(take_another_name);
	size_t at = 0;

	go();
	ck_assert_int_eq(await(EVENT_RENAME, pid, &at)->u.task.who.pid, pid);
	reap(pid);
}
END_TEST

START_TEST(another_user_is_told)
{
	pid_t  pid = child_that(become_nobody);
	size_t at = 0;

	go();
	ck_assert_int_eq(await(EVENT_UID, pid, &at)->u.task.who.pid, pid);
	reap(pid);
}
END_TEST

static void burst(pid_t *pids)
{
	char *argv[] = { (char *)"true", NULL };

	for (int i = 0; i < BURST; i++) {
		ck_assert_int_eq(posix_spawn(&pids[i], "/bin/true", NULL, NULL,
		                             argv, environ), 0);
		reap(pids[i]);
	}
}

START_TEST(none_of_many_quick_execs_is_missed)
{
	static const enum event_kind kinds[] = { EVENT_FORK, EVENT_EXEC,
	                                         EVENT_EXIT };
	static pid_t                 pids[BURST];

	burst(pids);
	/* A parent can reap, and start the next, before the kernel tells of
	 * the exit: so only the order within one process counts. */
	for (int i = 0; i < BURST; i++) {
		size_t at = 0;

		for (int k = 0; k < 3; k++)
			await(kinds[k], pids[i], &at);
	}
	ck_assert(!was_told(EVENT_LOST, 0));
}
END_TEST

START_TEST(an_overrun_is_told_when_all_that_came_is_read)
{
	struct linux_options o = options_for_tests();
	size_t               at = 0;
	pid_t                pid;

	linux_close(&os);
	o.buffer_bytes = 1;
	sensor_begin(&o, _i == 1);
	for (int i = 0; i < 300; i++)
		reap((pid = child_that(do_nothing), go(), pid));
	await(EVENT_LOST, 0, &at);
	ck_assert(!was_told(EVENT_EXIT, pid));
	/* It hears again: whom it misses in so small a buffer, it says. */
	do {
		pid = child_that(do_nothing);
		go();
		reap(pid);
		hear();
	} while (!was_told(EVENT_EXIT, pid));
}
END_TEST

START_TEST(a_gap_in_the_numbers_is_a_loss)
{
	struct interest    what = { .forks = true, .threads = true };
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog  deaf = { 1, &none };
	size_t             at = 0;
	pid_t              pid = child_that(do_nothing);
	int                fd = connector_fd();

	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
	go();
	await(EVENT_EXIT, pid, &at);    /* both CPUs may have been heard      */
	reap(pid);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &deaf,
	                            sizeof deaf), 0);
	for (int i = 0; i < 20; i++)
		reap((pid = child_that(do_nothing), go(), pid));
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &fd,
	                            sizeof fd), 0);
	for (int i = 0; i < 20; i++)
		reap((pid = child_that(do_nothing), go(), pid));
	await(EVENT_LOST, 0, &at);
	at = 0;
	await(EVENT_EXIT, pid, &at);    /* may be told a while after the reap */
}
END_TEST

START_TEST(being_asked_to_stop_is_an_event_and_the_mask_comes_back)
{
	size_t   at = 0;
	sigset_t mask;

	kill(getpid(), _i == 0 ? SIGTERM : SIGINT);
	await(EVENT_STOP, 0, &at);
	linux_close(&os);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	ck_assert_int_eq(sigismember(&mask, SIGTERM), 0);
	ck_assert_int_eq(sigismember(&mask, SIGINT), 0);
}
END_TEST

/* How often the listing, so many at a time, names each of two processes. */
static void list_all(size_t max, pid_t a, pid_t b, int *ret_a, int *ret_b)
{
	struct task_id found[SWEEP_PER_STEP];
	uint64_t       cursor = 0;
	pid_t          last = 0;
	int            n;

	*ret_a = *ret_b = 0;
	while ((n = os.sensor.list(os.sensor.self, &cursor, found, max)) > 0)
		for (int i = 0; i < n; i++) {
			ck_assert_int_gt(found[i].pid, last);
			ck_assert_int_eq(found[i].pid, found[i].tid);
			last = found[i].pid;
			*ret_a += last == a;
			*ret_b += last == b;
		}
	ck_assert_int_eq(n, 0);
}

START_TEST(every_process_is_listed_once_by_rising_pid)
{
	static const size_t steps[] = { 1, 7, SWEEP_PER_STEP };
	pid_t               pid = child_that(do_nothing);
	int                 mine, child;

	list_all(steps[_i], getpid(), pid, &mine, &child);
	ck_assert_int_eq(mine, 1);
	ck_assert_int_eq(child, 1);
	end(pid);
}
END_TEST

START_TEST(nothing_wakes_it_before_its_time)
{
	struct linux_options o = options_for_tests();
	struct rusage        before, after;
	struct event         e;
	uint64_t             wake;

	linux_close(&os);
	o.events = false;
	sensor_begin(&o, false);
	wake = linux_now_ns() + 200000000;
	getrusage(RUSAGE_SELF, &before);
	ck_assert_int_eq(os.sensor.next(os.sensor.self, wake, &e, 1), 0);
	getrusage(RUSAGE_SELF, &after);
	ck_assert_uint_ge(linux_now_ns(), wake);
	ck_assert_int_le(after.ru_nvcsw - before.ru_nvcsw, 1);
	ck_assert_int_eq(os.sensor.next(os.sensor.self, 0, &e, 1), 0);
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("the kernel tells");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_child_is_born_runs_a_program_and_ends);
	tcase_add_test(t, another_name_is_told);
	tcase_add_test(t, another_user_is_told);
	tcase_add_test(t, none_of_many_quick_execs_is_missed);
	tcase_add_loop_test(t, an_overrun_is_told_when_all_that_came_is_read,
	                    0, 2);
	tcase_add_test(t, a_gap_in_the_numbers_is_a_loss);
	tcase_add_loop_test(t,
		being_asked_to_stop_is_an_event_and_the_mask_comes_back, 0, 2);
	tcase_add_loop_test(t, every_process_is_listed_once_by_rising_pid, 0,
	                    3);
	tcase_add_test(t, nothing_wakes_it_before_its_time);
	return run_case(t, "os linux sensor");
}
