/* sealed.h -- the program pqs-rules on a wire of its own, and the core's side
 * of it: as pqs has it, but for the machine around it. */
#ifndef E2E_SEALED_H
#define E2E_SEALED_H

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "model/interned.h"
#include "os/linux/frames.h"
#include "worker/worker.h"

#define SEALED_MS     UINT64_C(1000000)
#define SEALED_NEVER  (120000 * SEALED_MS)

struct sealed {
	struct wire      wire;
	struct interned *sets;
	struct worker   *worker;
	pid_t            pid;           /* 0: none                            */
	int              fd;            /* -1: none, or at its end            */
	bool             born;          /* not told yet                       */
	struct inbox     in;
	struct outbox    out;
};

static inline uint64_t sealed_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline int sealed_start(void *self)
{
	struct sealed *s = self;
	int            ends[2];

	ck_assert_int_eq(s->pid, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	                            ends), 0);
	s->pid = fork();
	if (s->pid == 0) {
		dup2(ends[1], 10);
		dup2(10, 3);
		execl(PQS_BUILD "/pqs-rules", "pqs-rules", "worker",
		      (char *)NULL);
		_exit(97);
	}
	close(ends[1]);
	s->fd = ends[0];
	s->in.limit = MESSAGE_BYTES_MAX;
	s->born = true;
	return 0;
}

static inline int sealed_send(void *self, const void *bytes, size_t n)
{
	struct sealed *s = self;

	return s->fd < 0 ? -EPIPE : outbox_send(&s->out, s->fd, bytes, n);
}

static inline int64_t sealed_take(void *self, const void **ret_bytes)
{
	return inbox_take(&((struct sealed *)self)->in, ret_bytes);
}

static inline int sealed_cpu_ns(void *self, uint64_t *ret_ns)
{
	struct timespec used;
	clockid_t       clock;

	if (clock_getcpuclockid(((struct sealed *)self)->pid, &clock) != 0 ||
	    clock_gettime(clock, &used) < 0)
		return -ESRCH;
	*ret_ns = (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
	return 0;
}

static inline void sealed_deaf(struct sealed *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	inbox_clear(&s->in);
	outbox_clear(&s->out);
}

static inline void sealed_kill(void *self)
{
	struct sealed *s = self;

	if (s->pid > 0)
		kill(s->pid, SIGKILL);
	sealed_deaf(s);
}

/* Waits for the next thing that the wire has to tell. */
static inline struct event sealed_wait(struct sealed *s, uint64_t wake_ns)
{
	struct event  e = { .kind = EVENT_KINDS };
	uint64_t      now_ns = sealed_now();
	struct pollfd p = { s->fd, POLLIN, 0 };
	int           r = INBOX_WAITS;

	if (s->born) {
		s->born = false;
		e.kind = EVENT_WORKER;
		e.u.worker.alive = true;
		return e;
	}
	if (s->out.from < s->out.to)
		p.events |= POLLOUT;
	if (s->fd >= 0)
		poll(&p, 1, wake_ns <= now_ns ? 0 :
		     wake_ns - now_ns > 1000 * SEALED_MS ? 1000 :
		     (int)((wake_ns - now_ns) / SEALED_MS) + 1);
	if (s->fd >= 0 && (p.revents & POLLOUT) != 0)
		outbox_flush(&s->out, s->fd);
	if (s->fd >= 0 && (p.revents & ~POLLOUT) != 0)
		r = inbox_read(&s->in, s->fd);
	if (r == INBOX_WHOLE)
		e.kind = EVENT_MESSAGE;
	if (r < 0)
		sealed_kill(s);
	if (s->fd < 0 && s->pid > 0) {
		ck_assert_int_eq(waitpid(s->pid, NULL, 0), s->pid);
		s->pid = 0;
		e.kind = EVENT_WORKER;
	}
	return e;
}

/* The next news; fails when there are none for ever. */
static inline enum worker_news sealed_news(struct sealed *s)
{
	uint64_t         begun_ns = sealed_now();
	enum worker_news news = worker_hear(s->worker, NULL, begun_ns);

	while (news == WORKER_NOTHING) {
		struct event e = sealed_wait(s, worker_wake_ns(s->worker));

		news = worker_hear(s->worker,
		                   e.kind == EVENT_KINDS ? NULL : &e,
		                   sealed_now());
		ck_assert_uint_lt(sealed_now(), begun_ns + SEALED_NEVER);
	}
	return news;
}

/* The sources are lent until sealed_close(). */
static inline void sealed_open(struct sealed *s, const struct rule_source *list,
                               size_t n)
{
	static const struct worker_limits limits = {
		.question_cpu_ns = 50 * SEALED_MS,
		.question_wall_ns = 2000 * SEALED_MS,
		.load_wall_ns = 20000 * SEALED_MS,
		.back_off_ns = SEALED_MS, .strikes = 3,
	};

	*s = (struct sealed){ .fd = -1, .sets = interned_new() };
	s->wire = (struct wire){
		.name = "sealed", .self = s, .start = sealed_start,
		.send = sealed_send, .take = sealed_take,
		.cpu_ns = sealed_cpu_ns, .kill = sealed_kill,
	};
	s->worker = worker_new(&s->wire, s->sets, list, n, NULL, &limits);
	ck_assert_ptr_nonnull(s->worker);
	ck_assert_int_eq(worker_start(s->worker, sealed_now()), 0);
}

static inline void sealed_close(struct sealed *s)
{
	worker_free(s->worker);
	sealed_kill(s);
	if (s->pid > 0)
		waitpid(s->pid, NULL, 0);
	interned_free(s->sets);
}

#endif
