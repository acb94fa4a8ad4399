/* bench_reload.c -- rules are read again while programs start: how long it
 * takes aside, how long a step of the loop, and what is missed.
 *
 * Each of a number of reloads of 15 and of 15,000 rules waits for the one
 * before it and a moment longer, as whoever writes rules does; meanwhile
 * programs are started at 500 a second, each of which must have its nice value
 * when its time is over. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measuring.h"

#define TARGET  "pqsbenchtarget"
#define RELOADS 40
#define EACH_US 2000
#define REST_US 250000

static char target[128];
static char text[1 << 16];

static void make_target(const struct daemon *d)
{
	char command[300];

	snprintf(target, sizeof target, "%s/" TARGET, d->folder);
	snprintf(command, sizeof command, "cp /bin/sleep '%s'", target);
	if (system(command) != 0)
		exit(1);
}

static pid_t start_target(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(target, TARGET, "60", (char *)NULL);
		_exit(1);
	}
	return pid;
}

/* Starts programs until it is told to end; then says how many had not what they
 * should have had half a second after their start. */
static void exec_on_and_on(int out)
{
	enum { ALIVE = 250 };
	pid_t    alive[ALIVE] = { 0 };
	unsigned count[2] = { 0, 0 };   /* started, missed                    */
	sigset_t set;
	struct timespec pause = { .tv_nsec = EACH_US * 1000 };

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	do {
		pid_t *one = &alive[count[0]++ % ALIVE];

		if (*one != 0) {
			count[1] += getpriority(PRIO_PROCESS, (id_t)*one) != 7;
			kill(*one, SIGKILL);
			waitpid(*one, NULL, 0);
		}
		*one = start_target();
	} while (sigtimedwait(&set, NULL, &pause) != SIGTERM);
	for (int i = 0; i < ALIVE; i++)
		if (alive[i] != 0) {
			kill(alive[i], SIGKILL);
			waitpid(alive[i], NULL, 0);
		}
	_exit(write(out, count, sizeof count) == sizeof count ? 0 : 1);
}

/* Until it has printed that; false at its end. */
static bool await(struct daemon *d, const char *what)
{
	size_t  used = 0;
	ssize_t n;

	while ((n = read(d->out, text + used, sizeof text - 1 - used)) > 0) {
		used += (size_t)n;
		text[used] = '\0';
		if (strstr(text, what) != NULL)
			return true;
		if (used > sizeof text / 2) {
			memmove(text, text + used - 256, 256);
			used = 256;
		}
	}
	return false;
}

static void print_line(const char *with)
{
	char *at = strstr(text, with), *end;

	if (at == NULL)
		return;
	while (at > text && at[-1] != '\n')
		at--;
	end = strchr(at, '\n');
	printf("  %.*s\n", (int)(end == NULL ? 0 : end - at), at);
}

static void measure(size_t rules)
{
	struct daemon  d = { 0 };
	struct samples whole = { 0 };
	unsigned       count[2];
	long           before;
	int            pipes[2];
	pid_t          starter;

	daemon_start(&d, rules, TARGET, false);
	make_target(&d);
	before = private_kib_of(d.core);
	if (pipe(pipes) < 0)
		exit(1);
	starter = fork();
	if (starter == 0)
		exec_on_and_on(pipes[1]);
	for (int i = 0; i < RELOADS; i++) {
		uint64_t began;

		usleep(REST_US);
		began = clock_ns();
		kill(d.keeper, SIGHUP);
		if (!await(&d, " in force (generation "))
			exit(1);
		samples_add(&whole, (double)(clock_ns() - began) / 1000);
	}
	kill(starter, SIGTERM);
	if (read(pipes[0], count, sizeof count) != sizeof count)
		exit(1);
	waitpid(starter, NULL, 0);
	printf("%zu rules, %d reloads, %u programs started meanwhile\n", rules,
	       RELOADS, count[0]);
	printf("  asked to in force   p50 %.1f ms  p99 %.1f ms\n",
	       samples_at(&whole, 0.5) / 1000, samples_at(&whole, 0.99) / 1000);
	printf("  programs missed     %u\n", count[1]);
	printf("  private dirty       %ld KiB before, %ld KiB after\n", before,
	       private_kib_of(d.core));
	kill(d.keeper, SIGTERM);
	await(&d, "settings put back");
	print_line("steps of the loop");
	print_line("events were lost");
	samples_clear(&whole);
	close(pipes[0]);
	close(pipes[1]);
	daemon_stop(&d);
}

int main(void)
{
	print_machine("reload");
	measure(15);
	measure(15000);
	return 0;
}
