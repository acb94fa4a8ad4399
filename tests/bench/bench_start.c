/* bench_start.c -- what a program has at its first look in main: how often its
 * settings are there already, and what waiting for them costs its start. */

#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measuring.h"

#define HOGS   4
#define ROUNDS 5
#define STARTS 200

enum how { WITHOUT, ORDINARY, GUARDED, HOWS };

static const char *const names[HOWS] = { "without pqs", "pqs",
                                         "pqs, exec_guard" };
static char target[160];

/* First thing in main(). */
static void tell_own_nice(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "nice") == 0)
		_exit(getpriority(PRIO_PROCESS, 0));
}

/* Its nice value; the time until it is over goes to s. */
static int start_once(struct samples *s)
{
	char    *argv[] = { target, (char[]){ "nice" }, NULL };
	uint64_t begun = clock_ns();
	int      status;
	pid_t    pid;

	if (posix_spawn(&pid, target, NULL, NULL, argv, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		abort();
	samples_add(s, (double)(clock_ns() - begun) / 1000);
	return WEXITSTATUS(status);
}

static void begin(struct daemon *d, enum how how)
{
	char rules[300], yaml[100];

	snprintf(rules, sizeof rules, "rule \"bench\" { match = process { "
	         "exe = \"%s\" }, want = { nice = 7 } }\n", target);
	snprintf(yaml, sizeof yaml, "exec_guard: { enabled: %s }\n",
	         how == GUARDED ? "true" : "false");
	daemon_start_with(d, rules, yaml);
	usleep(500000);         /* past what starting took of the budget      */
}

static void one_round(enum how how, struct samples *s, size_t *there)
{
	struct daemon d;

	if (how != WITHOUT)
		begin(&d, how);
	for (int i = 0; i < STARTS; i++) {
		usleep(1000 + (useconds_t)(random() % 2000));
		*there += start_once(s) == 7;
	}
	if (how != WITHOUT)
		daemon_stop(&d);
}

static void starts(int n_hogs)
{
	struct samples s[HOWS] = { { 0 } };
	size_t         there[HOWS] = { 0 };
	pid_t          hog[HOGS];

	for (int i = 0; i < n_hogs; i++) {
		hog[i] = fork();
		if (hog[i] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (volatile unsigned long x = 0;; x++)
				continue;
		}
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int h = 0; h < HOWS; h++)
			one_round((enum how)h, &s[h], &there[h]);
	printf("  settings there at the first look in main, %d hogs, %d starts "
	       "each in %d alternating rounds; start to end (us)\n", n_hogs,
	       ROUNDS * STARTS, ROUNDS);
	for (int h = 0; h < HOWS; h++)
		printf("    %-20s there %4zu of %d  p50 %7.1f (%.2fx)  "
		       "p99 %8.1f\n", names[h], there[h], ROUNDS * STARTS,
		       samples_at(&s[h], .5),
		       samples_at(&s[h], .5) / samples_at(&s[WITHOUT], .5),
		       samples_at(&s[h], .99));
	for (int h = 0; h < HOWS; h++)
		samples_clear(&s[h]);
	for (int i = 0; i < n_hogs; i++) {
		kill(hog[i], SIGKILL);
		waitpid(hog[i], NULL, 0);
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/pqs-bench-start-XXXXXX", command[400];

	tell_own_nice(argc, argv);
	if (geteuid() != 0) {
		puts("bench_start: needs root for permission events");
		return 0;
	}
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(target, sizeof target, "%s/pqsbenchstart", folder);
	snprintf(command, sizeof command, "cp /proc/%d/exe '%s'", getpid(),
	         target);
	if (system(command) != 0)
		return 1;
	print_machine("first instruction");
	starts(0);
	starts(HOGS);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	return system(command) != 0;
}
