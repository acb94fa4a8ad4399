/* roster.c -- all processes as the kernel's own list has them,
 * some at a time. */

#include "os/linux/sensor/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/doors.h"

/* Some five times what pqs-lister takes. */
#define WAIT_NS   UINT64_C(100000000)
/* A machine may stand still, and what changes without an event be old. */
#define FRESH_NS  UINT64_C(1000000000)
/* What is read beyond the processes that were asked for is
 * kept for the next. */
#define ENTRIES_MAX ((size_t)2 * SWEEP_PER_STEP)

struct roster {
	enum roster_state   state;
	pid_t               lister;     /* 0: it has ended                    */
	int                 fd, pidfd;  /* to it                              */
	uint64_t            until_ns;
	int                 link, list; /* list -1: it is at its end, or      */
	bool                begun;      /* was not begun                      */
	uint64_t            read_ns;    /* when the oldest was                */
	size_t              count;
	struct roster_entry entry[ENTRIES_MAX]; /* by rising pid              */
};

static struct roster *roster_empty(void)
{
	struct roster *r = calloc(1, sizeof *r);

	if (r != NULL)
		r->fd = r->pidfd = r->link = r->list = -1;
	return r;
}

struct roster *roster_new(void)
{
	struct roster *r = roster_empty();

	if (r == NULL)
		return NULL;
	r->state = ROSTER_AWAITED;
	r->until_ns = linux_now_ns() + WAIT_NS;
	if (linux_spawn_lister(&r->fd, &r->pidfd, &r->lister) < 0)
		r->state = ROSTER_NOT_BUILT;
	return r;
}

struct roster *roster_of(int link)
{
	struct roster *r = roster_empty();

	if (r != NULL)
		r->link = link;
	return r;
}

static void descriptor_drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void lister_end(struct roster *r)
{
	if (r->lister == 0)
		return;
	kill(r->lister, SIGKILL);
	while (waitpid(r->lister, NULL, 0) < 0 && errno == EINTR)
		;
	r->lister = 0;
	descriptor_drop(&r->fd);
	descriptor_drop(&r->pidfd);
}

void roster_free(struct roster *r)
{
	if (r == NULL)
		return;
	lister_end(r);
	descriptor_drop(&r->list);
	descriptor_drop(&r->link);
	free(r);
}

/* One word, and with the first state a descriptor. */
static enum roster_state lister_said(int fd, int *ret_link)
{
	uint32_t       word = ROSTER_REFUSED;
	char           room[CMSG_SPACE(sizeof(int))]
	               __attribute__((aligned(8)));
	struct iovec   text = { &word, sizeof word };
	struct msghdr  m = { .msg_iov = &text, .msg_iovlen = 1,
	                     .msg_control = room,
	                     .msg_controllen = sizeof room };
	ssize_t        n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);

	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_link, CMSG_DATA(c), sizeof *ret_link);
	if (n != (ssize_t)sizeof word || word > ROSTER_DIFFERS ||
	    (word == ROSTER_READY && *ret_link < 0))
		return ROSTER_REFUSED;
	return (enum roster_state)word;
}

static int milliseconds_left(const struct roster *r)
{
	uint64_t now = linux_now_ns();

	return now < r->until_ns ? (int)((r->until_ns - now) / 1000000) + 1 : 0;
}

enum roster_state roster_state(struct roster *r)
{
	struct pollfd p = { .fd = r->fd, .events = POLLIN };

	if (r->state != ROSTER_AWAITED)
		return r->state;
	if (poll(&p, 1, milliseconds_left(r)) <= 0)
		return r->state;
	r->state = lister_said(r->fd, &r->link);
	lister_end(r);
	return r->state;
}

const char *roster_why(enum roster_state state)
{
	static const char *const why[ROSTER_STATES] = {
		[ROSTER_READY] = "",
		[ROSTER_DENIED] = "needs CAP_BPF and CAP_PERFMON",
		[ROSTER_NO_TYPES] = "this kernel does not tell its types "
		                    "(CONFIG_DEBUG_INFO_BTF)",
		[ROSTER_REFUSED] = "this kernel takes no such program (Linux "
		                   "5.8)",
		[ROSTER_DIFFERS] = "the kernel's list counts in another "
		                   "namespace",
		[ROSTER_NOT_BUILT] = "built without libbpf",
		[ROSTER_AWAITED] = "pqs-lister has not answered yet",
	};

	return why[state];
}

static int list_begin(struct roster *r)
{
	union bpf_attr what;

	roster_over(r);
	memset(&what, 0, sizeof what);
	what.iter_create.link_fd = (uint32_t)r->link;
	r->list = (int)syscall(SYS_bpf, BPF_ITER_CREATE, &what, sizeof what);
	if (r->list < 0)
		return -errno;
	(void)fcntl(r->list, F_SETFD, FD_CLOEXEC);
	r->begun = true;
	return 0;
}

/* Whole entries behind those that are there, up to max: 1, 0 at the end. */
static int list_read(struct roster *r, size_t max)
{
	ssize_t n;

	do
		n = read(r->list, r->entry + r->count, max * sizeof *r->entry);
	while (n < 0 && (errno == EINTR || errno == EAGAIN));
	if (n < 0)
		return -errno;
	if ((size_t)n % sizeof *r->entry != 0)
		return -EBADMSG;
	if (r->count == 0)
		r->read_ns = linux_now_ns();
	r->count += (size_t)n / sizeof *r->entry;
	return n > 0;
}

/* By rising pid. */
static size_t place_of(const struct roster *r, pid_t pid)
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if ((pid_t)r->entry[middle].pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void drop_below(struct roster *r, pid_t pid)
{
	size_t n = place_of(r, pid);

	r->count -= n;
	memmove(r->entry, r->entry + n, r->count * sizeof *r->entry);
}

static bool reaches(const struct roster *r, pid_t pid)
{
	return r->count > 0 && (pid_t)r->entry[r->count - 1].pid >= pid;
}

/* Whoever is not in it is asked for at /proc. */
static void list_failed(struct roster *r)
{
	roster_over(r);
	r->state = ROSTER_REFUSED;
}

void roster_tell(struct roster *r, bool first, const pid_t *pids, size_t n)
{
	int got = 1;

	if (n == 0 || roster_state(r) != ROSTER_READY)
		return;
	if (first || !r->begun)
		got = list_begin(r) < 0 ? -1 : 1;
	drop_below(r, pids[0]);
	while (got > 0 && r->list >= 0 && !reaches(r, pids[n - 1]) &&
	       r->count < ENTRIES_MAX) {
		size_t room = ENTRIES_MAX - r->count;

		got = list_read(r, n < room ? n : room);
		drop_below(r, pids[0]);
	}
	if (got < 0)
		list_failed(r);
	else if (got == 0)
		descriptor_drop(&r->list);
}

void roster_over(struct roster *r)
{
	r->count = 0;
	r->begun = false;
	descriptor_drop(&r->list);
}

const struct roster_entry *roster_find(const struct roster *r, pid_t pid)
{
	size_t at;

	if (r == NULL || r->count == 0)
		return NULL;
	at = place_of(r, pid);
	if (at == r->count || (pid_t)r->entry[at].pid != pid ||
	    r->entry[at].born_ns == 0 ||
	    linux_now_ns() - r->read_ns > FRESH_NS)
		return NULL;
	return &r->entry[at];
}

/* Nobody was born then. */
void roster_doubt(struct roster *r, pid_t pid)
{
	size_t at = place_of(r, pid);

	if (at < r->count && (pid_t)r->entry[at].pid == pid)
		r->entry[at].born_ns = 0;
}

/* Its children have another parent now. */
void roster_ended(struct roster *r, pid_t pid)
{
	roster_doubt(r, pid);
	for (size_t i = 0; i < r->count; i++)
		if ((pid_t)r->entry[i].ppid == pid)
			r->entry[i].born_ns = 0;
}

void roster_doubt_all(struct roster *r)
{
	r->count = 0;
}
