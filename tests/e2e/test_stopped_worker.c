/* test_stopped_worker.c -- a user may stop all that runs as that user, a worker
 * that is about to run among it.  No pqs may run beside this: it would start
 * workers for the same user. */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../wire_doors.h"
#include "keeper/workers.h"
#include "running.h"

#define SOMEBODY 59873                  /* whom no machine has                */

/* Stops whatever is that user's, as that user may. */
static pid_t stop_all(uid_t uid)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (setresuid(uid, uid, uid) < 0)
		_exit(99);
	for (;;)
		kill(-1, SIGSTOP);
}

START_TEST(who_stops_a_worker_before_it_runs_does_not_hold_up_who_starts_it)
{
	pid_t stopper = stop_all(SOMEBODY);
	int   stopped = 0;

	/* It takes some luck to be in time. */
	for (int i = 0; i < 2000 && stopped < 2; i++) {
		int   fd, pidfd, watch[2] = { -1, -1 }, r;
		pid_t pid;

		r = linux_spawn_own("nobody", SOMEBODY, "/nowhere", &fd,
		                    &pidfd, watch, &pid);
		ck_assert(r == 0 || r == -ETIMEDOUT);
		stopped += r < 0;
		if (r < 0)
			continue;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		for (int w = 0; w < 2; w++)
			if (watch[w] >= 0)
				close(watch[w]);
		close(fd);
		close(pidfd);
	}
	kill(stopper, SIGKILL);
	ck_assert_int_eq(waitpid(stopper, NULL, 0), stopper);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);     /* no child is left   */
}
END_TEST

static struct workers workers;

/* Starts one on wire 'number', and sees whether it was stopped on its way. */
static bool starts_stopped(int core_fd, uint32_t number, pid_t *ret_pid)
{
	const struct keeper_plan    plan = { .worker_user = "nobody",
	                                     .users_rules = "/nowhere",
	                                     .users_high = UINT32_MAX - 1 };
	const struct keeper_message ask = { KEEPER_START, number, SOMEBODY };

	workers_start(&workers, &plan, &ask, core_fd, 0);
	for (int i = 0; i < 20000; i++) {       /* 20 s is "never"        */
		*ret_pid = workers.place[0].pid;
		workers_step(&workers, core_fd, 0);
		if (!workers.place[0].coming)
			return false;
		if (state_of(*ret_pid) == 'T')
			return true;
		usleep(1000);
	}
	return false;
}

/* The keeper turns on: it starts others, and gives up the one that is stopped when
 * its time is over. */
START_TEST(who_stops_a_worker_before_it_runs_does_not_hold_up_the_keeper)
{
	const uint64_t     never = UINT64_MAX;
	pid_t              stopper = stop_all(SOMEBODY), pid = 0;
	struct keeper_says says;
	int                core[2], tries = 0;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, core), 0);
	while (!starts_stopped(core[0], 7, &pid)) {
		ck_assert_int_lt(tries++, 2000);
		ck_assert_int_eq(keeper_hear(core[1], &says), 1);
		keeper_says_close(&says);
		workers_kill(&workers);
		workers_reap(&workers);
		workers_reaped(&workers, pid);
	}
	kill(stopper, SIGKILL);
	ck_assert_int_eq(waitpid(stopper, NULL, 0), stopper);
	ck_assert_uint_ne(workers_due_ns(&workers), never);
	workers_start(&workers, &(struct keeper_plan){ .worker_user = "nobody" },
	              &(struct keeper_message){ KEEPER_START, 8,
	                                        KEEPER_NO_USER }, core[0], 0);
	ck_assert(EVENTUALLY((workers_step(&workers, core[0], 0),
	                      keeper_hear(core[1], &says) == 1)));
	ck_assert_int_eq(says.word.word, KEEPER_HERE);
	ck_assert_uint_eq(says.word.wire, 8);
	keeper_says_close(&says);
	ck_assert_int_eq(state_of(pid), 'T');
	workers_step(&workers, core[0], workers_due_ns(&workers));
	ck_assert_int_eq(keeper_hear(core[1], &says), 1);
	ck_assert_int_eq(says.word.word, KEEPER_FAILED);
	ck_assert_uint_eq(says.word.wire, 7);
	ck_assert_uint_eq(workers_due_ns(&workers), never);
	workers_kill(&workers);
	workers_reap(&workers);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1);     /* no child is left   */
	close(core[0]);
	close(core[1]);
}
END_TEST

/* Who starts one, and is killed in the midst of it. */
static pid_t begin_parent(void)
{
	pid_t pid = fork();
	int   fd, pidfd, watch[2];

	if (pid != 0)
		return pid;
	(void)linux_spawn_own("nobody", SOMEBODY, "/nowhere", &fd, &pidfd, watch,
	                      &pid);
	for (;;)
		pause();
}

/* 0: it was not in time. */
static pid_t stopped_child_of(pid_t parent)
{
	pid_t child = 0;

	for (int i = 0; i < 100 && state_of(child) != 'T'; i++) {
		child = only_child_of(parent);
		usleep(100);
	}
	return child != 0 && state_of(child) == 'T' ? child : 0;
}

START_TEST(who_is_stopped_before_it_runs_ends_with_who_started_it)
{
	pid_t stopper = stop_all(SOMEBODY);
	int   stopped = 0;

	for (int i = 0; i < 2000 && stopped < 20; i++) {
		pid_t parent = begin_parent();
		pid_t child = stopped_child_of(parent);

		kill(parent, SIGKILL);
		ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
		stopped += child != 0;
		ck_assert(child == 0 ||
		          EVENTUALLY(strchr("?ZX", state_of(child)) != NULL));
	}
	kill(stopper, SIGKILL);
	ck_assert_int_eq(waitpid(stopper, NULL, 0), stopper);
	ck_assert_int_gt(stopped, 0);
}
END_TEST

static void add_tests(TCase *t)
{
	tcase_add_test(t,
	    who_stops_a_worker_before_it_runs_does_not_hold_up_the_keeper);
	tcase_add_test(t,
	    who_is_stopped_before_it_runs_ends_with_who_started_it);
	tcase_add_test(t,
	    who_stops_a_worker_before_it_runs_does_not_hold_up_who_starts_it);
}

int main(int argc, char **argv)
{
	return play(argc, argv, add_tests, "e2e: a stopped worker");
}
