/* bench_control.c -- what a question to a running pqs costs while 1,000
 * programs a second start: its own round trip, and the CPU time of the core. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "control/client.h"
#include "measuring.h"

#define RULES   15000
#define RATE    1000
#define ASKS    1000
#define PAUSE_S 4

/* As it does in its folder. */
static int connect_to(const struct daemon *d, struct client *c)
{
	char path[128];

	snprintf(path, sizeof path, "%s/journal/control.sock", d->folder);
	return client_open(c, path);
}

static void start_programs(void)
{
	struct timespec next;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	clock_gettime(CLOCK_MONOTONIC, &next);
	for (;;) {
		if (vfork() == 0) {
			execl("/bin/true", "true", (char *)NULL);
			_exit(1);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		next.tv_nsec += 1000000000 / RATE;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}

/* How many rows; -1: it went wrong. */
static long ask(struct client *c, const char *verb)
{
	char    line[64], *answer;
	int     n = snprintf(line, sizeof line, "{\"pqs\":1,\"ask\":\"%s\"}\n",
	                     verb);
	long    rows = 0;
	int64_t bytes;

	if (client_say(c, line, (size_t)n) < 0)
		return -1;
	while ((bytes = client_hear(c, 20000, &answer)) >= 0) {
		if (strstr(answer, "\"end\":") != NULL)
			return rows;
		if (strstr(answer, "\"error\":") != NULL)
			return -1;
		rows++;
	}
	return -1;
}

/* One in each 5 ms, which is what a pqs hears of one visitor. */
static void ask_often(struct client *c, const char *verb, int times,
                      struct samples *us)
{
	for (int i = 0; i < times; i++) {
		uint64_t before = clock_ns();

		if (ask(c, verb) < 0) {
			fprintf(stderr, "no answer to %s\n", verb);
			exit(1);
		}
		samples_add(us, (double)(clock_ns() - before) / 1000);
		usleep(5000);
	}
}

static void measure(struct daemon *d, const char *verb, int times)
{
	struct samples us = { 0 };
	struct client  c;
	uint64_t       idle_ns, busy_ns, began, idle_wall, busy_wall;

	if (connect_to(d, &c) < 0) {
		perror("control socket");
		exit(1);
	}
	idle_ns = cpu_ns_of(d->core);
	began = clock_ns();
	sleep(PAUSE_S);
	idle_ns = cpu_ns_of(d->core) - idle_ns;
	idle_wall = clock_ns() - began;
	client_close(&c);
	if (connect_to(d, &c) < 0)
		exit(1);
	busy_ns = cpu_ns_of(d->core);
	began = clock_ns();
	ask_often(&c, verb, times, &us);
	busy_ns = cpu_ns_of(d->core) - busy_ns;
	busy_wall = clock_ns() - began;
	client_close(&c);
	printf("  %-7s %4d times: round trip p50 %.0f us, p99 %.0f us; CPU of "
	       "the core for each %.0f us\n", verb, times,
	       samples_at(&us, 0.5), samples_at(&us, 0.99),
	       ((double)busy_ns - (double)idle_ns * (double)busy_wall /
	        (double)idle_wall) / times / 1000);
	fflush(stdout);
	samples_clear(&us);
}

int main(void)
{
	struct daemon d;
	pid_t         programs;

	print_machine("control");
	daemon_start(&d, RULES, "pqsbenchtarget", false);
	programs = fork();
	if (programs == 0)
		start_programs();
	printf("  %d rules, %d programs started a second\n", RULES, RATE);
	measure(&d, "status", ASKS);
	measure(&d, "rules", 20);
	kill(programs, SIGKILL);
	waitpid(programs, NULL, 0);
	daemon_stop(&d);
	return 0;
}
