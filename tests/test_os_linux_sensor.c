/* test_os_linux_sensor.c -- what the running kernel does is told, in order. */


#include <fcntl.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "sensing.h"

#include "os/linux/sensor/procfs.h"
#include "os/linux/sensor/queue.h"

#define BURST 2000

extern char **environ;

static void run_true(void)
{
	execl("/bin/true", "true", (char *)NULL);
}

static void do_nothing(void)
{
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

static void setup(void)
{
	struct linux_options o;

	sets = interned_new();
	o = options_for_tests();
	sensor_begin(&o, false);
}

static void teardown(void)
{
	linux_close(&os);
	interned_free(sets);
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

/* The connector's own socket, among what this process has open. */
static int connector_fd(void)
{
	int       domain, protocol;
	socklen_t size = sizeof domain;

	for (int fd = 3; fd < 64; fd++)
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain,
		               &size) == 0 &&
		    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol,
		               &size) == 0 &&
		    domain == AF_NETLINK && protocol == NETLINK_CONNECTOR)
			return fd;
	ck_abort_msg("no connector is open");
}

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

static struct event event_at(uint64_t ns)
{
	return (struct event){ .kind = EVENT_EXEC, .at_ns = ns };
}

START_TEST(a_late_event_finds_its_place)
{
	static const uint64_t in[] = { 10, 30, 20, 40, 5, 20 };
	static const uint64_t out[] = { 5, 10, 20, 20, 30, 40 };
	static struct queue   q;
	struct event          e[8];

	for (int i = 0; i < 6; i++) {
		struct event late = event_at(in[i]);

		ck_assert_int_eq(queue_put(&q, &late), 0);
	}
	ck_assert_uint_eq(queue_take(&q, 99, e, 8), 6);
	for (int i = 0; i < 6; i++)
		ck_assert_uint_eq(e[i].at_ns, out[i]);
}
END_TEST

START_TEST(a_full_line_owes_one_loss_and_keeps_its_order)
{
	static struct queue q;
	struct event        taken[3];
	size_t              n, total = 0;

	for (uint64_t i = 0; i < QUEUE_MAX + 5; i++) {
		struct event e = event_at(i);

		ck_assert_int_eq(queue_put(&q, &e),
		                 i < QUEUE_MAX ? 0 : -ENOBUFS);
	}
	ck_assert_uint_eq(queue_room(&q), 0);
	ck_assert_uint_eq(q.refused, 5);
	while ((n = queue_take(&q, 7, taken, 3)) == 3 &&
	       taken[2].kind == EVENT_EXEC)
		total += n;
	ck_assert_uint_eq(total + n, QUEUE_MAX + 1);
	ck_assert_int_eq(taken[n - 1].kind, EVENT_LOST);
	ck_assert_uint_eq(queue_take(&q, 7, taken, 3), 0);
	ck_assert_uint_eq(queue_room(&q), QUEUE_MAX - QUEUE_RESERVED);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("os linux sensor");
	TCase *t = tcase_create("the kernel tells");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_child_is_born_runs_a_program_and_ends);
	tcase_add_test(t, another_name_is_told);
	tcase_add_test(t, another_user_is_told);
	tcase_add_test(t, threads_are_told_to_those_who_ask);
	tcase_add_test(t, threads_wake_nobody_who_does_not_ask);
	tcase_add_test(t, none_of_many_quick_execs_is_missed);
	tcase_add_loop_test(t, an_overrun_is_told_when_all_that_came_is_read,
	                    0, 2);
	tcase_add_test(t, a_gap_in_the_numbers_is_a_loss);
	tcase_add_test(t,
		a_process_whose_leader_ended_lives_until_its_last_thread);
	tcase_add_test(t, an_exec_by_another_thread_is_no_end);
	tcase_add_loop_test(t,
		being_asked_to_stop_is_an_event_and_the_mask_comes_back, 0, 2);
	tcase_add_loop_test(t, every_process_is_listed_once_by_rising_pid, 0,
	                    3);
	tcase_add_test(t, every_thread_is_listed_once);
	tcase_add_test(t, nothing_wakes_it_before_its_time);
	suite_add_tcase(s, t);

	t = tcase_create("the line");
	tcase_add_test(t, a_late_event_finds_its_place);
	tcase_add_test(t, a_full_line_owes_one_loss_and_keeps_its_order);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
