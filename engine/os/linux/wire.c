/* wire.c -- the wire to a rules worker on Linux: a socket and a pidfd.
 *
 * The socket says what the worker says; the pidfd alone says that it is gone,
 * and not before all that it had said was taken.  While a message waits to be
 * taken nothing more is read, so a worker that floods us only fills its socket.
 * There is a wire to each worker; all are started by the same one, starter.h.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "base/limits.h"
#include "os/linux/doors.h"
#include "os/linux/frames.h"
#include "os/linux/starter.h"
#include "os/linux/watch/own_watch.h"

/* All wires of an engine, and who starts the workers at their ends. */
struct wires {
	struct starter      starter;
	struct socket_wire *first;
};

struct socket_wire {
	struct linux_os *os;
	struct wires    *wires;
	struct socket_wire *prev, *next;
	struct start     start;         /* whose worker it is                 */
	size_t           bytes_max;     /* one message                        */
	struct source    socket;        /* fd -1: none, or it is at its end   */
	struct source    death;         /* the pidfd; -1: no worker           */
	pid_t            pid;
	bool             held;          /* a message waits: nobody is watched */
	struct inbox     in;
	struct outbox    out;
	struct own_watch files;         /* of a user's, dead or alive         */
};

/* A worker that is there or not is all that the core needs to know; how it
 * ended is the worker's own affair. */
static int tell(struct socket_wire *w, bool alive)
{
	struct event e = { .kind = EVENT_WORKER,
	                   .u.worker = { w->start.number, alive } };

	return linux_queue(w->os, &e);
}

/* epoll forgets first: a number that is open again would be another's. */
static void source_close(struct socket_wire *w, struct source *s)
{
	if (s->fd < 0)
		return;
	linux_source_forget(w->os, s);
	close(s->fd);
	s->fd = -1;
}

/* Room to write is of interest only while something waits to be written. */
static int watch_socket(struct socket_wire *w)
{
	uint32_t what = EPOLLIN;

	if (w->socket.fd < 0)
		return 0;
	if (w->out.from < w->out.to)
		what |= EPOLLOUT;
	return linux_source_watch(w->os, &w->socket, what);
}

/* A level-triggered source that we do not want to read yet would keep us
 * awake. */
static int hold(struct socket_wire *w)
{
	w->held = true;
	linux_source_forget(w->os, &w->death);
	if (w->socket.fd >= 0)
		linux_source_forget(w->os, &w->socket);
	return 0;
}

static void release(struct socket_wire *w)
{
	if (!w->held || inbox_whole(&w->in))
		return;
	w->held = false;
	if (w->death.fd >= 0)
		linux_source_watch(w->os, &w->death, EPOLLIN);
	watch_socket(w);
}

static void send_kill(const struct socket_wire *w)
{
	syscall(SYS_pidfd_send_signal, w->death.fd, SIGKILL, NULL, 0);
}

/* Nothing more is heard of it or said to it; its end will be told. */
static void wire_kill(void *self)
{
	struct socket_wire *w = self;

	if (w->death.fd < 0)
		return;
	send_kill(w);
	source_close(w, &w->socket);
	inbox_clear(&w->in);
	outbox_clear(&w->out);
	release(w);
}

/* Reads on, and tells when a message is whole.  0, or -errno at the end of the
 * stream and where it makes no sense. */
static int hear(struct socket_wire *w)
{
	struct event e = { .kind = EVENT_MESSAGE,
	                   .u.worker.wire = w->start.number };
	int          r = inbox_read(&w->in, w->socket.fd);

	/* Where the queue is full, the next look at the wire finds it. */
	if (r == INBOX_WHOLE)
		linux_queue(w->os, &e);
	return r;
}

static int socket_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct socket_wire *w = self;
	int                    r = 0;

	(void)os;
	if (what & EPOLLOUT) {
		outbox_flush(&w->out, w->socket.fd);
		watch_socket(w);
	}
	if ((what & ~(uint32_t)EPOLLOUT) == 0)
		return 0;
	if (inbox_whole(&w->in))
		return hold(w);
	r = hear(w);
	if (r < 0)
		wire_kill(w);
	return 0;
}

/* Its last words first: they are in the socket already, and a dead process
 * adds nothing.  While the line of events is full this is called again. */
static int death_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct socket_wire *w = self;
	int                    r = INBOX_WAITS;

	(void)os;
	(void)what;
	if (inbox_whole(&w->in))
		return hold(w);
	if (w->socket.fd >= 0)
		r = hear(w);
	if (r == INBOX_WHOLE || r == INBOX_MORE || tell(w, false) < 0)
		return 0;
	/* Ours to reap when we started it; else the keeper does. */
	waitid(P_PIDFD, (id_t)w->death.fd, &(siginfo_t){ 0 },
	       WEXITED | WNOHANG);
	wire_kill(w);
	source_close(w, &w->death);
	return 0;
}

/* A pidfd knows its pid; -1 where /proc does not say. */
static pid_t pid_of(int pidfd)
{
	char  path[64], line[128];
	long  pid = -1;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	while (pid < 0 && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "Pid:", 4) == 0)
			pid = strtol(line + 4, NULL, 10);
	fclose(f);
	return (pid_t)pid;
}

/* From here on there is a worker, or none if that fails. */
static int wire_here(void *self, const int fd[KEEPER_FDS])
{
	struct socket_wire *w = self;
	int                 pidfd = fd[1], r;

	own_watch_take(&w->files, w->wires->starter.users_rules, w->start.uid,
	               fd + 2);
	w->socket.fd = fd[0];
	w->death.fd = pidfd;
	w->pid = pid_of(pidfd);
	w->held = false;
	w->in.limit = w->bytes_max;
	r = watch_socket(w);
	if (r == 0)
		r = linux_source_watch(w->os, &w->death, EPOLLIN);
	if (r == 0)
		r = tell(w, true);
	if (r < 0) {
		wire_kill(w);
		waitid(P_PIDFD, (id_t)pidfd, &(siginfo_t){ 0 }, WEXITED);
		source_close(w, &w->death);
	}
	return r;
}

static void wire_refused(void *self)
{
	tell(self, false);
}

static int wire_start(void *self)
{
	struct socket_wire *w = self;

	return w->death.fd >= 0 ? -EBUSY
	                        : starter_start(&w->wires->starter, &w->start);
}

static int wire_send(void *self, const void *bytes, size_t n)
{
	struct socket_wire *w = self;
	bool                   idle = w->out.to == 0;
	int                    r;

	if (w->socket.fd < 0)
		return -EPIPE;
	r = outbox_send(&w->out, w->socket.fd, bytes, n);
	if (r == -ENOMEM)               /* half a frame may be on its way     */
		wire_kill(w);
	if (r == -ENOMEM || r == -ECONNRESET)
		return -EPIPE;          /* what it said last is still heard   */
	if (r < 0)
		return r;
	if (idle && w->out.to > 0 && !w->held)
		watch_socket(w);
	return 0;
}

/* A worker's first message is its image, which is large, but for a few words
 * before it; all later ones are answers. */
static int64_t wire_take(void *self, const void **ret_bytes)
{
	struct socket_wire *w = self;
	int64_t                n = inbox_take(&w->in, ret_bytes);

	if (n > MESSAGE_WORD_BYTES)
		w->in.limit = ANSWER_BYTES_MAX;
	if (n <= 0)
		release(w);
	return n;
}

static void pages_give_back(void *memory, size_t bytes)
{
	struct room pages = { memory, bytes };

	room_fit(&pages, 0);
}

static int wire_keep(void *self, struct letter_kept *ret_letter)
{
	struct socket_wire *w = self;

	return inbox_keep(&w->in, ret_letter, pages_give_back);
}

/* A pid may be another's by now; that the pidfd still answers afterwards
 * proves that it was not. */
static int wire_cpu_ns(void *self, uint64_t *ret_ns)
{
	struct socket_wire *w = self;
	struct timespec        used;
	clockid_t              clock;

	if (w->death.fd < 0 || w->pid <= 0 ||
	    clock_getcpuclockid(w->pid, &clock) != 0 ||
	    clock_gettime(clock, &used) < 0 ||
	    syscall(SYS_pidfd_send_signal, w->death.fd, 0, NULL, 0) < 0)
		return -ESRCH;
	*ret_ns = (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
	return 0;
}

/* One of a user's may be held by that user's file system: its end is not waited
 * for. */
static void wire_leave(struct socket_wire *w)
{
	int how = w->start.uid == KEEPER_NO_USER ? WEXITED : WEXITED | WNOHANG;

	wire_kill(w);
	if (w->death.fd >= 0)
		waitid(P_PIDFD, (id_t)w->death.fd, &(siginfo_t){ 0 }, how);
	source_close(w, &w->death);
	own_watch_close(&w->files);
	starter_forget(&w->wires->starter, &w->start);
	DL_DELETE(w->wires->first, w);
	free(w);
}

static void own_close(void *self)
{
	wire_leave(self);
}

/* The keeper's descriptor was lent; all else goes, the workers included. */
static void wire_close(void *self)
{
	struct socket_wire *w = self;
	struct wires       *all = w->wires;
	struct linux_os    *os = w->os;

	for (struct socket_wire *each = all->first, *next; each != NULL;
	     each = next) {
		next = each->next;
		wire_leave(each);
	}
	starter_close(&all->starter, os);
	free(all);
}

static bool wire_stirred(void *self)
{
	struct socket_wire *w = self;

	return own_watch_stirred(&w->files);
}

static bool wire_watched(void *self)
{
	const struct socket_wire *w = self;

	return own_watch_is_there(&w->files);
}

static struct socket_wire *wire_new(struct linux_os *os, struct wires *all,
                                    uint32_t number, uid_t uid)
{
	struct socket_wire *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->os = os;
	w->wires = all;
	w->start = (struct start){ .number = number, .uid = uid, .self = w,
	                           .here = wire_here, .refused = wire_refused };
	w->bytes_max = MESSAGE_BYTES_MAX;
	w->socket = (struct source){ -1, socket_ready, w };
	w->death = (struct source){ -1, death_ready, w };
	own_watch_open(&w->files, os, 0);
	DL_APPEND(all->first, w);
	return w;
}

static void wire_fill(struct socket_wire *w, struct wire *ret_wire)
{
	*ret_wire = (struct wire){
		.name = "socket", .self = w, .start = wire_start,
		.send = wire_send, .take = wire_take, .cpu_ns = wire_cpu_ns,
		.kill = wire_kill, .close = own_close, .keep = wire_keep,
	};
}

static int wire_beside(void *self, uint32_t number, struct wire *ret_wire)
{
	const struct socket_wire *door = self;
	struct socket_wire       *w = wire_new(door->os, door->wires, number,
	                                       KEEPER_NO_USER);

	if (w == NULL)
		return -ENOMEM;
	wire_fill(w, ret_wire);
	return 0;
}

static int wire_own(void *self, uint32_t number, uid_t uid,
                    struct wire *ret_wire)
{
	const struct socket_wire *door = self;
	struct socket_wire       *w;

	if (door->wires->starter.users_rules[0] == '\0')
		return -EOPNOTSUPP;
	w = wire_new(door->os, door->wires, number, uid);
	if (w == NULL)
		return -ENOMEM;
	w->bytes_max = USER_MESSAGE_BYTES_MAX;
	w->files.wire = number;
	wire_fill(w, ret_wire);
	ret_wire->stirred = wire_stirred;
	ret_wire->watched = wire_watched;
	return 0;
}

int linux_wire_open(struct linux_os *os, const struct linux_options *o,
                    struct wire *ret_wire)
{
	struct wires       *all = calloc(1, sizeof *all);
	struct socket_wire *w = all == NULL ? NULL :
	                        wire_new(os, all, 0, KEEPER_NO_USER);
	int                 r = w == NULL ? -ENOMEM :
	                        starter_open(&all->starter, os, o);

	if (r < 0) {
		free(w);
		free(all);
		return r;
	}
	wire_fill(w, ret_wire);
	ret_wire->close = wire_close;
	ret_wire->own = wire_own;
	ret_wire->beside = wire_beside;
	return 0;
}
