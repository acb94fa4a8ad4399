/* test_os_linux_sensor_threads.c -- of threads who asks is told, and a process
 * lives as long as its last one. */

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "kernel_events.h"

static void *name_oneself(void *unused)
{
	(void)unused;
	prctl(PR_SET_NAME, "a thread");
	return NULL;
}

static void use_a_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, name_oneself, NULL) == 0)
		pthread_join(thread, NULL);
}

START_TEST(threads_are_told_to_those_who_ask)
{
	struct interest     what = { .forks = true, .threads = true };
	pid_t               pid = child_that(use_a_thread), tid;
	const struct event *e;
	size_t              at = 0;

	ck_assert_int_eq(os.sensor.watch(os.sensor.self, &what), 0);
	go();
	do
		e = await(EVENT_THREAD, 0, &at);
	while (e->u.task.who.pid != pid);
	tid = e->u.task.who.tid;
	ck_assert_int_ne(tid, pid);
	ck_assert_int_eq(await(EVENT_RENAME, tid, &at)->u.task.who.pid, pid);
	ck_assert_int_eq(await(EVENT_EXIT, tid, &at)->u.task.who.pid, pid);
	await(EVENT_EXIT, pid, &at);
	reap(pid);
}
END_TEST

/* Whether the next message that waits is about a single thread. */
static bool about_a_thread(int fd)
{
	char              bytes[512];
	struct proc_event e = { 0 };
	size_t            at = NLMSG_HDRLEN + sizeof(struct cn_msg);

	ck_assert_int_ge(recv(fd, bytes, sizeof bytes, 0), (int)at);
	memcpy(&e, bytes + at, sizeof e);
	if (e.what == PROC_EVENT_FORK)
		return e.event_data.fork.child_pid !=
		       e.event_data.fork.child_tgid;
	return e.event_data.exec.process_pid != e.event_data.exec.process_tgid;
}

START_TEST(threads_wake_nobody_who_does_not_ask)
{
	pid_t pid = child_that(use_a_thread);
	int   fd = connector_fd(), count = 0;
	char  byte;

	go();
	reap(pid);
	while (recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) {
		ck_assert(!about_a_thread(fd));
		count++;
	}
	ck_assert_int_ge(count, 2);     /* its birth and its end              */
}
END_TEST

/* What the stream says about pid up to now is heard: an exit that comes later
 * is behind it. */
static void hear_all_until_now(size_t *at)
{
	pid_t marker = child_that(do_nothing);

	go();
	await(EVENT_EXIT, marker, at);
	reap(marker);
}

static char state_of(pid_t pid)
{
	struct procfs    p;
	struct proc_stat stat = { .state = '?' };

	ck_assert_int_eq(procfs_open(&p, "/proc"), 0);
	(void)procfs_stat(&p, pid, &stat);
	procfs_close(&p);
	return stat.state;
}

/* Without them (before Linux 5.3, or under some tracers) a leader's end is
 * believed. */
static bool no_pidfds(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0) < 0 && errno == ENOSYS;
}

static int latch[2];

static void *wait_for_latch(void *unused)
{
	char byte;

	(void)unused;
	(void)!read(latch[0], &byte, 1);
	_exit(0);
}

static void leave_a_thread_behind(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, wait_for_latch, NULL) == 0)
		syscall(SYS_exit, 0);
}

START_TEST(a_process_whose_leader_ended_lives_until_its_last_thread)
{
	size_t at = 0;
	pid_t  pid;

	if (no_pidfds())
		return;
	ck_assert_int_eq(pipe(latch), 0);
	pid = child_that(leave_a_thread_behind);
	go();
	while (state_of(pid) != 'Z')
		sched_yield();
	hear_all_until_now(&at);
	ck_assert(was_told(EVENT_FORK, pid));
	ck_assert(!was_told(EVENT_EXIT, pid));
	ck_assert_int_eq(write(latch[1], "g", 1), 1);
	await(EVENT_EXIT, pid, &at);
	reap(pid);
}
END_TEST

static void *run_cat(void *unused)
{
	dup2(latch[0], 0);
	close(latch[1]);
	execl("/bin/cat", "cat", (char *)NULL);
	return unused;
}

static void exec_from_a_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run_cat, NULL) == 0)
		pause();
}

START_TEST(an_exec_by_another_thread_is_no_end)
{
	size_t at = 0;
	pid_t  pid;

	if (no_pidfds())
		return;
	ck_assert_int_eq(pipe(latch), 0);
	pid = child_that(exec_from_a_thread);
	go();
	await(EVENT_EXEC, pid, &at);
	hear_all_until_now(&at);
	ck_assert(!was_told(EVENT_EXIT, pid));
	close(latch[1]);
	await(EVENT_EXIT, pid, &at);
	reap(pid);
}
END_TEST

static void *wait_for_ever(void *unused)
{
	pause();
	return unused;
}

START_TEST(every_thread_is_listed_once)
{
	pthread_t threads[5];
	pid_t     tids[2];
	uint64_t  cursor = 0;
	int       n, count = 0, leader = 0;

	for (int i = 0; i < 5; i++)
		pthread_create(&threads[i], NULL, wait_for_ever, NULL);
	while ((n = os.sensor.threads(os.sensor.self, getpid(), &cursor, tids,
	                              2)) > 0) {
		count += n;
		for (int i = 0; i < n; i++)
			leader += tids[i] == getpid();
	}
	ck_assert_int_eq(count, 6);
	ck_assert_int_eq(leader, 1);
	for (int i = 0; i < 5; i++) {
		pthread_cancel(threads[i]);
		pthread_join(threads[i], NULL);
	}
}
END_TEST

int main(void)
{
	TCase *t = tcase_create("threads");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, threads_are_told_to_those_who_ask);
	tcase_add_test(t, threads_wake_nobody_who_does_not_ask);
	tcase_add_test(t,
		a_process_whose_leader_ended_lives_until_its_last_thread);
	tcase_add_test(t, an_exec_by_another_thread_is_no_end);
	tcase_add_test(t, every_thread_is_listed_once);
	return run_case(t, "os/linux sensor: threads");
}
