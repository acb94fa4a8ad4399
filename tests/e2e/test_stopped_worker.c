/* test_stopped_worker.c -- a user may stop all that runs as that user, a worker
 * that is about to run among it.  No pqs may run beside this: it would start
 * workers for the same user. */

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "../wire_doors.h"

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

static void add_tests(TCase *t)
{
	tcase_add_test(t,
	    who_stops_a_worker_before_it_runs_does_not_hold_up_who_starts_it);
}

int main(int argc, char **argv)
{
	return play(argc, argv, add_tests, "e2e: a stopped worker");
}
