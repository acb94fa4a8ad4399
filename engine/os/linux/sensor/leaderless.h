/* leaderless.h -- processes whose first thread ended and that live on.
 *
 * The kernel tells the exit of a leader in three cases that look alike: the
 * process is over; its other threads go on or are still ending; another thread
 * calls exec and takes over the pid.  Only in the first is the pidfd readable.
 */
#ifndef OS_LINUX_SENSOR_LEADERLESS_H
#define OS_LINUX_SENSOR_LEADERLESS_H

#include <stdbool.h>

#include "base/limits.h"
#include "os/linux/doors.h"

/* One of them. */
struct survivor {
	struct source      source;
	pid_t              pid;         /* 0: free                            */
	struct leaderless *of;
};

struct leaderless {
	unsigned        count;          /* rows in use                        */
	uint64_t        refused;        /* how often there was no room        */
	struct survivor row[LEADERLESS_MAX];
};

/* Its place in memory must not change while it is open. */
void leaderless_open(struct leaderless *l);
/* Whether the process lives on without its leader; then EVENT_EXIT is queued
 * when it ends. */
bool leaderless_watch(struct leaderless *l, struct linux_os *os, pid_t pid);
/* The pid runs another program, or is another process already: its end will be
 * told as usual.  Whether it was waited for. */
bool leaderless_forget(struct leaderless *l, struct linux_os *os, pid_t pid);
/* Nobody's last thread is awaited any more. */
void leaderless_close(struct leaderless *l, struct linux_os *os);

#endif
