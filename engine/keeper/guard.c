/* guard.c -- the holder: programs wait at their start until the core has judged
 * them, and never longer than the deadline.
 *
 * Whoever is held stands still in the kernel, so this process waits for
 * nobody: it opens only files that were opened before, sends without blocking,
 * starts no program, and what it cannot keep in mind it lets go at once.
 */
#include "keeper/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/guard/guard_line.h"

enum { LINE = 3 };

#define SECOND_NS   UINT64_C(1000000000)
#define GO_MAX      64                  /* words, or events, in one go        */
#define SPARE_FDS   16                  /* not for those who are held         */

struct held {
	int      fd;                    /* of the event; -1: it went on       */
	uint64_t until_ns;
};

/* All wait equally long, so the line is in the order of the deadlines.  A
 * ticket is a place in it, counted from the beginning. */
struct guard {
	int         line, group;
	uint64_t    deadline_ns;
	pid_t       core;               /* at the other end                   */
	uint32_t    room;               /* for how many there are descriptors */
	uint32_t    first, end;
	struct held held[GUARD_PENDING_MAX];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

static struct held *held_at(struct guard *g, uint32_t ticket)
{
	return &g->held[ticket % GUARD_PENDING_MAX];
}

/* Who was killed meanwhile needs no answer, and takes none. */
static void answer(const struct guard *g, int fd)
{
	const struct fanotify_response yes = { fd, FAN_ALLOW };
	ssize_t n;

	do
		n = write(g->group, &yes, sizeof yes);
	while (n < 0 && errno == EINTR);
	close(fd);
}

static void let_go(struct guard *g, uint32_t ticket)
{
	struct held *h = held_at(g, ticket);

	if (ticket - g->first >= g->end - g->first || h->fd < 0)
		return;
	answer(g, h->fd);
	h->fd = -1;
	while (g->first != g->end && held_at(g, g->first)->fd < 0)
		g->first++;
}

static void expire(struct guard *g)
{
	uint64_t now = now_ns();

	while (g->first != g->end && held_at(g, g->first)->until_ns <= now)
		let_go(g, g->first);
}

/* What pqs itself starts is not marked; if it were, we would wait for
 * ourselves. */
static bool is_ours(const struct guard *g, pid_t pid)
{
	return pid == getpid() || pid == getppid() || pid == g->core;
}

/* The other end has the file from here on; we keep what the answer names. */
static void hold(struct guard *g, pid_t pid, int fd, int pidfd)
{
	struct guard_message word = { .word = GUARD_HELD, .ticket = g->end,
	                              .pid = pid,
	                              .until_ns = now_ns() + g->deadline_ns };
	const int            both[GUARD_FDS] = { fd, pidfd };

	if (g->end - g->first >= g->room || is_ours(g, pid) ||
	    guard_say(g->line, &word, both, pidfd < 0 ? 1 : 2) < 0) {
		answer(g, fd);
		return;
	}
	*held_at(g, g->end++) = (struct held){ fd, word.until_ns };
}

/* The pidfd, or -1 where there is none. */
static int pidfd_of(const char *event, size_t bytes)
{
	struct {
		uint8_t  type, pad;
		uint16_t bytes;
		int32_t  fd;
	} more;

	if (bytes < FAN_EVENT_METADATA_LEN + sizeof more)
		return -1;
	memcpy(&more, event + FAN_EVENT_METADATA_LEN, sizeof more);
	return more.fd;
}

static void hear_group(struct guard *g)
{
	char                           event[GUARD_EVENT_BYTES];
	struct fanotify_event_metadata m;

	for (int i = 0; i < GO_MAX; i++) {
		ssize_t n = read(g->group, event, sizeof event);
		int     pidfd;

		if (n < (ssize_t)sizeof m)
			return;
		memcpy(&m, event, sizeof m);
		pidfd = pidfd_of(event, (size_t)n);
		if (m.fd >= 0)
			hold(g, m.pid, m.fd, pidfd);
		if (pidfd >= 0)
			close(pidfd);
	}
}

/* Where we may not read a file the kernel could not hand it to us, and would
 * refuse its start: so that is tried before. */
static int mark(const struct guard *g, int fd)
{
	struct stat is;
	char        path[32];
	int         own, r;

	if (fd < 0 || fstat(fd, &is) < 0 || !S_ISREG(is.st_mode))
		return -EBADF;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	own = open(path, O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return -errno;
	r = guard_group_mark(g->group, own);
	close(own);
	return r;
}

static void obey(struct guard *g, const struct guard_says *says)
{
	struct guard_message marked = { .word = GUARD_MARKED,
	                                .ticket = says->word.ticket };

	switch (says->word.word) {
	case GUARD_ALLOW:
		let_go(g, says->word.ticket);
		break;
	case GUARD_MARK:
		marked.error = -mark(g, says->fd[0]);
		guard_say(g->line, &marked, NULL, 0);
		break;
	case GUARD_CLEAR:
		fanotify_mark(g->group, FAN_MARK_FLUSH, 0, AT_FDCWD, NULL);
		break;
	default:
		break;
	}
}

/* False when the other end is closed. */
static bool hear_line(struct guard *g)
{
	struct guard_says says;
	int               r = 1;

	for (int i = 0; i < GO_MAX && r > 0; i++) {
		r = guard_hear(g->line, &says);
		if (r <= 0)
			break;
		obey(g, &says);
		guard_says_close(&says);
	}
	return r >= 0;
}

static void wait_for_more(struct guard *g, struct pollfd p[2])
{
	uint64_t        now = now_ns();
	uint64_t        until = g->first == g->end ? UINT64_MAX
	                        : held_at(g, g->first)->until_ns;
	uint64_t        left = until > now ? until - now : 0;
	struct timespec t = { (time_t)(left / SECOND_NS),
	                      (long)(left % SECOND_NS) };

	p[0] = (struct pollfd){ g->line, POLLIN, 0 };
	p[1] = (struct pollfd){ g->group, POLLIN, 0 };
	if (ppoll(p, 2, until == UINT64_MAX ? NULL : &t, NULL) < 0)
		p[0].revents = p[1].revents = 0;
}

/* Answers first, then the deadline, then who comes new. */
static void serve(struct guard *g)
{
	struct pollfd p[2];

	for (;;) {
		wait_for_more(g, p);
		if (p[0].revents != 0 && !hear_line(g))
			break;
		expire(g);
		if (p[1].revents != 0)
			hear_group(g);
	}
	while (g->first != g->end)
		let_go(g, g->first);
}

/* An event for which there is no descriptor is one that the kernel takes for a
 * no: there must always be some more than are in use. */
static uint32_t room_for_held(void)
{
	struct rlimit l = { 0, 0 };

	if (getrlimit(RLIMIT_NOFILE, &l) < 0)
		return 0;
	l.rlim_cur = l.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &l) < 0 || l.rlim_cur <= SPARE_FDS)
		return 0;
	return l.rlim_cur - SPARE_FDS < GUARD_PENDING_MAX
	       ? (uint32_t)(l.rlim_cur - SPARE_FDS) : GUARD_PENDING_MAX;
}

static pid_t peer_of(int line)
{
	struct ucred peer = { .pid = 0 };
	socklen_t    bytes = sizeof peer;

	getsockopt(line, SOL_SOCKET, SO_PEERCRED, &peer, &bytes);
	return peer.pid;
}

/* To read the files that others start is all that it still takes. */
static void drop_rights(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct   set[2];

	if (syscall(SYS_capget, &head, set) < 0)
		return;
	for (int i = 0; i < 2; i++) {
		uint32_t keep = i > 0 ? 0 : 1u << CAP_DAC_OVERRIDE |
		                            1u << CAP_DAC_READ_SEARCH;

		set[i].effective &= keep;
		set[i].permitted &= keep;
		set[i].inheritable = 0;
	}
	syscall(SYS_capset, &head, set);
}

int guard_hold(int line, uint64_t deadline_ns)
{
	struct guard g = { .line = line, .deadline_ns = deadline_ns,
	                   .core = peer_of(line),
	                   .room = room_for_held() };
	struct guard_message word = { .word = GUARD_OPEN };

	g.group = g.room == 0 ? -EMFILE : guard_group_open();
	word.error = g.group < 0 ? -g.group : 0;
	guard_say(line, &word, NULL, 0);
	if (g.group < 0)
		return g.group;
	drop_rights();
	serve(&g);
	close(g.group);
	return 0;
}

/* It must run when others would not let it: somebody waits for it. */
static void be_urgent(int priority)
{
	struct sched_param p = { .sched_priority = priority };

	if (priority > 0)
		(void)sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK,
		                         &p);
}

__attribute__((noreturn))
static void be_guard(int line, const struct guard_plan *plan, pid_t parent)
{
	int high = fcntl(line, F_DUPFD_CLOEXEC, LINE + 1);

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    high < 0 || dup3(high, LINE, O_CLOEXEC) < 0 ||
	    syscall(SYS_close_range, LINE + 1, ~0U, 0) < 0)
		_exit(1);
	prctl(PR_SET_NAME, "pqs-guard");
	be_urgent(plan->priority);
	_exit(guard_hold(LINE, plan->deadline_ns) < 0);
}

pid_t guard_start(int line, const struct guard_plan *plan)
{
	pid_t parent = getpid(), child;

	if (plan->deadline_ns == 0)
		return -EPERM;
	child = fork();
	if (child == 0)
		be_guard(line, plan, parent);
	return child < 0 ? -errno : child;
}
