/* storm.c -- programs that start as fast as asked.
 *
 * Whoever starts them is a process of its own and waits for nobody: those that
 * end are reaped by the kernel. */

#include "storm.h"

#include <check.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "acting.h"

#define BEHIND_MAX 64           /* that are started at once to catch up       */

struct starter {
	struct storm_counts *counts;
	const char          *path;
	bool               (*is_right)(pid_t pid);
	pid_t                stays[STORM_STAYING];
	size_t               next;
};

void storm_program(const char *path)
{
	char command[400];

	snprintf(command, sizeof command, "cp " PQS_BUILD "/tests/brief '%s'",
	         path);
	ck_assert_int_eq(system(command), 0);
}

static pid_t start(const char *path, bool stays)
{
	char  name[] = "brief", word[] = "stay";
	char *argv[] = { name, stays ? word : NULL, NULL };
	char *env[] = { NULL };
	pid_t pid = 0;

	return posix_spawn(&pid, path, NULL, NULL, argv, env) == 0 ? pid : 0;
}

/* Rules may be on their way to it just now. */
static void look_at(struct starter *s, pid_t pid)
{
	bool right = s->is_right(pid);

	atomic_fetch_add(&s->counts->stayed, 1);
	if (right)
		return;
	for (int i = 0; i < 10000 && !right; i++) {
		usleep(1000);
		right = s->is_right(pid);
	}
	atomic_fetch_add(right ? &s->counts->retried : &s->counts->wrong, 1);
}

static void replace(struct starter *s, bool again)
{
	pid_t *one = &s->stays[s->next++ % STORM_STAYING];

	if (*one != 0) {
		look_at(s, *one);
		kill(*one, SIGKILL);
	}
	*one = again ? start(s->path, true) : 0;
	if (*one != 0)
		atomic_fetch_add(&s->counts->started, 1);
}

static void start_next(struct starter *s, uint64_t number)
{
	if (number % STORM_STAYS_EACH == 0)
		replace(s, true);
	else if (start(s->path, false) != 0)
		atomic_fetch_add(&s->counts->started, 1);
}

/* A moment that was missed is made up for, up to a bound. */
static void rage(struct starter *s, unsigned each_second)
{
	const struct timespec pause = { .tv_nsec = 500000 };
	double                before = seconds_now(), due = 0;
	uint64_t              number = 0;

	while (!atomic_load(&s->counts->over)) {
		double now = seconds_now();

		due += (now - before) * each_second;
		due = due > BEHIND_MAX ? BEHIND_MAX : due;
		before = now;
		for (; due >= 1; due--)
			start_next(s, number++);
		nanosleep(&pause, NULL);
	}
	for (int i = 0; i < STORM_STAYING; i++)
		replace(s, false);
	_exit(0);
}

void storm_begin(struct storm *s, const char *path, unsigned each_second,
                 bool (*is_right)(pid_t pid))
{
	struct starter starter = { .path = path, .is_right = is_right };

	s->counts = mmap(NULL, sizeof *s->counts, PROT_READ | PROT_WRITE,
	                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(s->counts != MAP_FAILED);
	starter.counts = s->counts;
	s->began = seconds_now();
	s->pid = fork();
	ck_assert_int_ge(s->pid, 0);
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGCHLD, SIG_IGN);
		rage(&starter, each_second);
	}
}

void storm_end(struct storm *s)
{
	s->ended = seconds_now();
	atomic_store(&s->counts->over, true);
	ck_assert_int_eq(waitpid(s->pid, NULL, 0), s->pid);
	s->pid = 0;
}

void storm_clear(struct storm *s)
{
	if (s->counts == NULL)
		return;
	if (s->pid != 0)
		storm_end(s);
	munmap(s->counts, sizeof *s->counts);
	*s = (struct storm){ 0 };
}

double storm_rate(const struct storm *s)
{
	return (double)atomic_load(&s->counts->started) / (s->ended - s->began);
}
