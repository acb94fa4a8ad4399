/* leaderless.c -- processes whose first thread ended and that live on.
 *
 * A pidfd becomes readable when the last thread of its process is gone, so the
 * wait costs nothing meanwhile.  There are few such processes; they stand in a
 * small array that is searched only while it is not empty.
 */
#include "os/linux/sensor/leaderless.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct survivor *leaderless_find(struct leaderless *l, pid_t pid)
{
	for (int i = 0; i < LEADERLESS_MAX; i++)
		if (l->row[i].pid == pid)
			return &l->row[i];
	return NULL;
}

static void leaderless_end(struct leaderless *l, struct linux_os *os,
                       struct survivor *row)
{
	linux_source_forget(os, &row->source);
	close(row->source.fd);
	row->pid = 0;
	l->count--;
}

static int survivor_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct survivor *row = self;
	struct event      e = { .kind = EVENT_EXIT };

	(void)what;
	e.u.task.who = (struct task_id){ .pid = row->pid, .tid = row->pid };
	e.u.task.status = STATUS_UNKNOWN;
	leaderless_end(row->of, os, row);
	(void)linux_queue(os, &e);      /* a full line says so itself         */
	return 0;
}

void leaderless_open(struct leaderless *l)
{
	*l = (struct leaderless){ 0 };
	for (int i = 0; i < LEADERLESS_MAX; i++)
		l->row[i] = (struct survivor){
			.source = { -1, survivor_ready, &l->row[i] },
			.of = l };
}

/* False: there is no room, and the exit is told though it is early. */
static bool survivor_add(struct leaderless *l, struct linux_os *os, pid_t pid,
                         int fd)
{
	struct survivor *row = leaderless_find(l, 0);

	if (row == NULL) {
		l->refused++;
		return false;
	}
	row->source.fd = fd;
	if (linux_source_watch(os, &row->source, EPOLLIN) < 0)
		return false;
	row->pid = pid;
	l->count++;
	return true;
}

/* The kernel tells an exit after it has made the leader a zombie, so what the
 * pidfd says now is final: readable, or others are alive. */
bool leaderless_watch(struct leaderless *l, struct linux_os *os, pid_t pid)
{
	int           fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd over = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return false;           /* gone for good                      */
	if (poll(&over, 1, 0) == 0 && survivor_add(l, os, pid, fd))
		return true;
	close(fd);
	return false;
}

bool leaderless_forget(struct leaderless *l, struct linux_os *os, pid_t pid)
{
	struct survivor *row = l->count > 0 ? leaderless_find(l, pid) : NULL;

	if (row != NULL)
		leaderless_end(l, os, row);
	return row != NULL;
}

void leaderless_close(struct leaderless *l, struct linux_os *os)
{
	for (int i = 0; i < LEADERLESS_MAX; i++)
		if (l->row[i].pid != 0)
			leaderless_end(l, os, &l->row[i]);
}
