/* stance.c -- whether a process stands still, and who made it. */

#include "os/linux/actuator/stance.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/actuator/actuator.h"

#define STATUS_BYTES 16384              /* a task may be in many groups       */

/* What follows "\nName:\t"; "" when there is no such line. */
static const char *field(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at == NULL ? "" : at + strlen(name);
}

/* T by a signal, t by a debugger. */
static bool is_still(char state)
{
	return state == 'T' || state == 't';
}

static bool thread_is_still(pid_t pid, const char *tid)
{
	char  path[300], text[1024];
	char *end;

	snprintf(path, sizeof path, "/proc/%d/task/%s/stat", (int)pid, tid);
	if (path_read(path, text, sizeof text) < 0)
		return false;
	end = strrchr(text, ')');
	return end != NULL && end[1] == ' ' && is_still(end[2]);
}

/* The thread that took the signal stands still from then on, and the others
 * will when they come to look; it need not be the first one. */
static bool some_thread_is_still(pid_t pid)
{
	char           path[64];
	DIR           *threads;
	struct dirent *e;
	bool           still = false;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	threads = opendir(path);
	for (int i = 0; threads != NULL && !still && i < STOP_THREADS_MAX &&
	     (e = readdir(threads)) != NULL; i++)
		still = e->d_name[0] != '.' && thread_is_still(pid, e->d_name);
	if (threads != NULL)
		closedir(threads);
	return still;
}

/* SIGSTOP alone: nothing can keep that from stopping it.  What stops only those
 * that let it, or that have a terminal, is not waited for. */
static bool is_told_to_stop(const char *status)
{
	return (strtoull(field(status, "\nShdPnd:\t"), NULL, 16) &
	        UINT64_C(1) << (SIGSTOP - 1)) != 0;
}

/* The threads are looked at after what is pending, and so each time: a signal
 * that is not pending any more has stopped one of them. */
int stance_read(pid_t pid, struct stance *ret_stance)
{
	char path[64], status[STATUS_BYTES], state;
	long threads, tracer;
	bool told;
	int  r;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	r = path_read(path, status, sizeof status);
	if (r < 0)
		return r == -ENOENT ? -ESRCH : r;
	state = *field(status, "\nState:\t");
	threads = strtol(field(status, "\nThreads:\t"), NULL, 10);
	tracer = strtol(field(status, "\nTracerPid:\t"), NULL, 10);
	if (state == 'X' || (state == 'Z' && threads <= 1))
		return -ESRCH;
	told = is_told_to_stop(status);
	*ret_stance = (struct stance){
		.stopped = is_still(state) || told ||
		           some_thread_is_still(pid),
		.again = is_still(state) && told,
		.traced = tracer != 0,
	};
	return 0;
}

int stance_stop(pid_t pid, int pidfd)
{
	struct stance now;
	int           r = stance_read(pid, &now);

	if (r < 0 || now.stopped)
		return r;
	return now.traced ? -EBUSY : pidfd_signal(pidfd, SIGSTOP);
}

/* SIGCONT would take back the stop that somebody else asked for. */
int stance_continue(pid_t pid, int pidfd)
{
	struct stance now;
	int           r = stance_read(pid, &now);

	if (r < 0 || now.again)
		return r;
	return pidfd_signal(pidfd, SIGCONT);
}
