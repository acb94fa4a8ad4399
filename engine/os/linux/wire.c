/* wire.c -- the wire to a rules worker on Linux: a socket and a pidfd.
 *
 * The socket says what the worker says; the pidfd alone says that it is gone,
 * and not before all that it had said was taken.  While a message waits to be
 * taken nothing more is read, so a worker that floods us only fills its socket.
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

#include "base/limits.h"
#include "base/text.h"
#include "os/linux/doors.h"
#include "os/linux/frames.h"

struct socket_wire {
	struct linux_os *os;
	char             user[64];
	struct source    keeper;        /* fd -1: we start workers ourselves  */
	bool             asked;         /* the keeper, which has not answered */
	struct source    socket;        /* fd -1: none, or it is at its end   */
	struct source    death;         /* the pidfd; -1: no worker           */
	pid_t            pid;
	bool             held;          /* a message waits: nobody is watched */
	struct inbox     in;
	struct outbox    out;
};

/* A worker that is there or not is all that the core needs to know; how it
 * ended is the worker's own affair. */
static int tell(struct socket_wire *w, bool alive)
{
	struct event e = { .kind = EVENT_WORKER, .u.worker.alive = alive };

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
	struct event e = { .kind = EVENT_MESSAGE };
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
static int adopt(struct socket_wire *w, int fd, int pidfd)
{
	int r;

	w->socket.fd = fd;
	w->death.fd = pidfd;
	w->pid = pid_of(pidfd);
	w->held = false;
	w->in.limit = MESSAGE_BYTES_MAX;
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

/* Takes as long as an exec: for those who run without a keeper. */
static int start_here(struct socket_wire *w)
{
	int   fd, pidfd;
	pid_t pid;
	int   r = linux_spawn_worker(w->user[0] != '\0' ? w->user : NULL, &fd,
	                             &pidfd, &pid);

	return r < 0 ? r : adopt(w, fd, pidfd);
}

/* A request that is under way serves the one who asks again, too. */
static int ask_keeper(struct socket_wire *w)
{
	char word = KEEPER_START;

	if (w->asked)
		return 0;
	if (send(w->keeper.fd, &word, 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return -errno;
	w->asked = true;
	return 0;
}

static int wire_start(void *self)
{
	struct socket_wire *w = self;

	if (w->death.fd >= 0)
		return -EBUSY;
	return w->keeper.fd >= 0 ? ask_keeper(w) : start_here(w);
}

struct keeper_says {
	char word;
	int  fd[2];                     /* the socket and the pidfd, or -1    */
};

static void take_descriptors(struct msghdr *m, struct keeper_says *ret)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof ret->fd))
		memcpy(ret->fd, CMSG_DATA(c), sizeof ret->fd);
}

/* 1, 0 when it says nothing now, -EPIPE when it is gone. */
static int hear_keeper(int fd, struct keeper_says *ret)
{
	union {
		struct cmsghdr align;
		char           bytes[CMSG_SPACE(sizeof ret->fd)];
	} room;
	struct iovec  part = { &ret->word, 1 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
	                    .msg_control = room.bytes,
	                    .msg_controllen = sizeof room.bytes };
	ssize_t       n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	ret->fd[0] = ret->fd[1] = -1;
	take_descriptors(&m, ret);
	return 1;
}

/* What comes unasked is closed, so that nothing piles up. */
static int keeper_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct socket_wire *w = self;
	struct keeper_says     says;
	bool                   asked = w->asked;
	int                    r = hear_keeper(w->keeper.fd, &says);

	(void)os;
	(void)what;
	if (r == 0)
		return 0;
	w->asked = false;
	if (r > 0 && asked && says.word == KEEPER_HERE && says.fd[1] >= 0) {
		if (adopt(w, says.fd[0], says.fd[1]) < 0)
			tell(w, false);
		return 0;
	}
	for (int i = 0; r > 0 && i < 2; i++)
		if (says.fd[i] >= 0)
			close(says.fd[i]);
	if (asked)
		tell(w, false);
	return r < 0 ? r : 0;
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

/* The keeper's descriptor was lent; all else goes, the worker included. */
static void wire_close(void *self)
{
	struct socket_wire *w = self;

	wire_kill(w);
	if (w->death.fd >= 0)
		waitid(P_PIDFD, (id_t)w->death.fd, &(siginfo_t){ 0 }, WEXITED);
	source_close(w, &w->death);
	if (w->keeper.fd >= 0)
		linux_source_forget(w->os, &w->keeper);
	free(w);
}

int linux_wire_open(struct linux_os *os, const struct linux_options *o,
                    struct wire *ret_wire)
{
	struct socket_wire *w = calloc(1, sizeof *w);
	int                    r = 0;

	if (w == NULL)
		return -ENOMEM;
	w->os = os;
	if (o->worker_user != NULL)
		text_copy(w->user, sizeof w->user, o->worker_user);
	w->keeper = (struct source){ o->keeper_fd, keeper_ready, w };
	w->socket = (struct source){ -1, socket_ready, w };
	w->death = (struct source){ -1, death_ready, w };
	if (w->keeper.fd >= 0)
		r = linux_source_watch(os, &w->keeper, EPOLLIN);
	if (r < 0) {
		free(w);
		return r;
	}
	*ret_wire = (struct wire){
		.name = "socket", .self = w, .start = wire_start,
		.send = wire_send, .take = wire_take, .cpu_ns = wire_cpu_ns,
		.kill = wire_kill, .close = wire_close,
	};
	return 0;
}
