/* connector.c -- the kernel's own stream of births, execs, renames and exits.
 *
 * What nobody asked for is dropped in the kernel by a socket filter, before it
 * wakes us.  Filtered messages use up sequence numbers, so gaps in them mean a
 * loss only while there is no filter; an overrun is told in any case.
 */
#include "os/linux/sensor/connector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/linux/sensor/leaderless.h"

#define BATCH_MAX         16    /* messages in one read                       */
#define READING_NS UINT64_C(200000)     /* before those are handed out       */
#define LETTER_BYTES     256    /* of them the kernel uses 76 today           */
#define ACK_WAIT_MS      200
#define CONNECTOR_CPUS  4096    /* whose sequence is followed                 */
#define CLOCKS_APART    UINT64_C(1000000000)

#define EVENT_AT        (NLMSG_HDRLEN + sizeof(struct cn_msg))

/* One message, as far as it concerns us. */
struct letter {
	struct proc_event event;
	uint32_t          seq;
};

struct connector {
	struct source      source;
	struct linux_os   *os;
	struct queue      *queue;
	struct leaderless      leaderless;
	bool               filtered;    /* single threads are dropped         */
	bool               overrun;     /* told when all that came is read    */
	bool               behind;      /* not all that came is read          */
	uint64_t           shift_ns;    /* from its clock to ours             */
	uint32_t           next_seq[CONNECTOR_CPUS];    /* if heard           */
	bool               heard[CONNECTOR_CPUS];
	struct mmsghdr     head[BATCH_MAX];
	struct iovec       part[BATCH_MAX];
	struct sockaddr_nl from[BATCH_MAX];
	uint8_t            bytes[BATCH_MAX][LETTER_BYTES];
};

static void letters_prepare(struct connector *c)
{
	for (int i = 0; i < BATCH_MAX; i++) {
		c->part[i] = (struct iovec){ c->bytes[i], LETTER_BYTES };
		c->head[i].msg_hdr = (struct msghdr){
			.msg_name = &c->from[i],
			.msg_namelen = sizeof c->from[i],
			.msg_iov = &c->part[i], .msg_iovlen = 1 };
	}
}

/* Up to want messages, at most BATCH_MAX: how many are in c->bytes now, less
 * when no more wait; -ENOBUFS: some were lost. */
static int letters_read(struct connector *c, size_t want)
{
	int n = recvmmsg(c->source.fd, c->head, (unsigned)want, MSG_DONTWAIT,
	                 NULL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	/* The kernel wrote over the sizes of those it filled. */
	for (int i = 0; i < n; i++)
		c->head[i].msg_hdr.msg_namelen = sizeof c->from[i];
	return n;
}

/* False: not from the kernel, or not an event of a process. */
static bool letter_open(const struct connector *c, int i,
                        struct letter *ret_letter)
{
	size_t        size = c->head[i].msg_len, n;
	struct cn_msg head;

	if (c->from[i].nl_pid != 0 ||
	    size < EVENT_AT + offsetof(struct proc_event, event_data))
		return false;
	memcpy(&head, c->bytes[i] + NLMSG_HDRLEN, sizeof head);
	if (head.id.idx != CN_IDX_PROC || head.id.val != CN_VAL_PROC)
		return false;
	n = size - EVENT_AT;
	*ret_letter = (struct letter){ .seq = head.seq };
	memcpy(&ret_letter->event, c->bytes[i] + EVENT_AT,
	       n < sizeof ret_letter->event ? n : sizeof ret_letter->event);
	return true;
}

/* Each CPU numbers what it sends, whoever listens. */
static void sequence_follow(struct connector *c, const struct letter *l)
{
	uint32_t cpu = l->event.cpu;

	if (c->filtered || cpu >= CONNECTOR_CPUS)
		return;
	/* The welcome of another listener: some kernels number it along with
	 * the events, some do not. */
	if (l->event.what == PROC_EVENT_NONE) {
		c->heard[cpu] = false;
		return;
	}
	if (c->heard[cpu] && l->seq != c->next_seq[cpu])
		c->overrun = true;
	c->heard[cpu] = true;
	c->next_seq[cpu] = l->seq + 1;
}

static struct task_id task_of(pid_t tgid, pid_t pid)
{
	return (struct task_id){ .pid = tgid, .tid = pid };
}

/* False when it is nothing that anybody here wants to know. */
static bool letter_event(const struct proc_event *from, struct event *e)
{
	switch (from->what) {
	case PROC_EVENT_FORK:
		e->u.task.who = task_of(from->event_data.fork.child_tgid,
		                        from->event_data.fork.child_pid);
		e->u.task.parent = task_of(from->event_data.fork.parent_tgid,
		                           from->event_data.fork.parent_pid);
		e->kind = task_id_is_thread(e->u.task.who) ? EVENT_THREAD
		                                           : EVENT_FORK;
		return true;
	case PROC_EVENT_EXEC:
		e->kind = EVENT_EXEC;
		break;
	case PROC_EVENT_COMM:
		e->kind = EVENT_RENAME;
		break;
	case PROC_EVENT_UID:
	case PROC_EVENT_GID:
		e->kind = EVENT_UID;
		break;
	case PROC_EVENT_EXIT:
		e->kind = EVENT_EXIT;
		e->u.task.status = (int)from->event_data.exit.exit_code;
		break;
	default:
		return false;
	}
	/* All of these begin with the thread and its process. */
	e->u.task.who = task_of(from->event_data.exec.process_tgid,
	                        from->event_data.exec.process_pid);
	return true;
}

/* What the exit of a leader means (leaderless.h): false when its process goes
 * on and the event would be untrue. */
static bool leader_settle(struct connector *c, const struct event *e)
{
	pid_t        pid = e->u.task.who.pid;
	struct event over = { .kind = EVENT_EXIT, .at_ns = e->at_ns };

	if (task_id_is_thread(e->u.task.who))
		return true;
	if (e->kind == EVENT_EXIT)
		return !leaderless_watch(&c->leaderless, c->os, pid);
	if (e->kind == EVENT_EXEC)
		(void)leaderless_forget(&c->leaderless, c->os, pid);
	if (e->kind == EVENT_FORK &&
	    leaderless_forget(&c->leaderless, c->os, pid)) {
		over.u.task.who = e->u.task.who;
		over.u.task.status = STATUS_UNKNOWN;
		(void)queue_put(c->queue, &over);
	}
	return true;
}

/* What was just read, to its place in the line. */
static void letters_deliver(struct connector *c, int n)
{
	struct letter l;

	for (int i = 0; i < n; i++) {
		struct event e = { 0 };

		if (!letter_open(c, i, &l))
			continue;
		sequence_follow(c, &l);
		e.at_ns = l.event.timestamp_ns + c->shift_ns;
		if (!letter_event(&l.event, &e))
			continue;
		if (c->filtered && task_id_is_thread(e.u.task.who))
			continue;       /* came before the filter did         */
		if (leader_settle(c, &e))
			(void)queue_put(c->queue, &e);
	}
}

/* After an overrun the kernel keeps dropping until all that waits is read: only
 * then does listing again find everything. */
static void overrun_tell(struct connector *c)
{
	struct event lost = { .kind = EVENT_LOST };

	if (c->overrun)
		(void)queue_put(c->queue, &lost);
	c->overrun = false;
}

/* As much as there is room for and as it may take, which is some of it at least;
 * the rest waits in the socket's own buffer. */
static void letters_take(struct connector *c, uint64_t until_ns)
{
	size_t want;
	int    n;

	c->behind = true;
	while ((want = queue_room(c->queue)) > 0) {
		want = want < BATCH_MAX ? want : BATCH_MAX;
		n = letters_read(c, want);
		if (n < 0) {
			c->overrun = true;
			if (n == -ENOBUFS)
				continue;
			return;         /* no memory just now                 */
		}
		letters_deliver(c, n);
		if ((size_t)n < want) {
			overrun_tell(c);
			c->behind = false;
			return;
		}
		if (linux_now_ns() >= until_ns)
			return;
	}
}

static int connector_ready(void *self, struct linux_os *os, uint32_t what)
{
	(void)os, (void)what;
	letters_take(self, linux_now_ns() + READING_NS);
	return 0;
}

bool connector_is_behind(const struct connector *c)
{
	return c != NULL && c->behind;
}

void connector_catch_up(struct connector *c)
{
	if (c != NULL)
		letters_take(c, UINT64_MAX);
}

/* Drops what single threads do: births (in FORK), names and exits.  Anything
 * about a whole process passes, an EXEC always.  The words are compared as they
 * lie; only constants need the filter's byte order. */
static int filter_attach(int fd)
{
#define WORD(where) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
	(uint32_t)(EVENT_AT + offsetof(struct proc_event, where)))
#define IS(kind, then) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, \
	htonl((uint32_t)(kind)), (then), 0)
#define SAME(then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, \
	(then), (otherwise))
	struct sock_filter code[] = {
		/*  0 */ WORD(what),
		/*  1 */ IS(PROC_EVENT_FORK, 7),
		/*  2 */ IS(PROC_EVENT_COMM, 2),
		/*  3 */ IS(PROC_EVENT_EXIT, 1),
		/*  4 */ BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		/*  5 */ WORD(event_data.exit.process_pid),
		/*  6 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
		/*  7 */ WORD(event_data.exit.process_tgid),
		/*  8 */ SAME(4, 5),
		/*  9 */ WORD(event_data.fork.child_pid),
		/* 10 */ BPF_STMT(BPF_MISC | BPF_TAX, 0),
		/* 11 */ WORD(event_data.fork.child_tgid),
		/* 12 */ SAME(0, 1),
		/* 13 */ BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		/* 14 */ BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof code / sizeof *code, code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
	                  sizeof program) < 0 ? -errno : 0;
#undef WORD
#undef IS
#undef SAME
}

static int filter_detach(int fd)
{
	int none = 0;

	return setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none,
	                  sizeof none) < 0 ? -errno : 0;
}

/* The numbers begin anew, for while a filter was there they had gaps. */
int connector_threads(struct connector *c, bool wanted)
{
	int r;

	if (wanted != c->filtered)
		return 0;
	r = wanted ? filter_detach(c->source.fd) : filter_attach(c->source.fd);
	if (r < 0)
		return r;
	c->filtered = !wanted;
	memset(c->heard, 0, sizeof c->heard);
	return 0;
}

/* The 4-byte form is understood by every kernel. */
static int connector_say(int fd, enum proc_cn_mcast_op op)
{
	uint8_t         bytes[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof op)];
	uint32_t        word = op;
	struct cn_msg   head = { .id = { CN_IDX_PROC, CN_VAL_PROC },
	                         .len = sizeof word };
	struct nlmsghdr outer = {
		.nlmsg_len = NLMSG_LENGTH(sizeof head + sizeof word),
		.nlmsg_type = NLMSG_DONE };

	memset(bytes, 0, sizeof bytes);
	memcpy(bytes, &outer, sizeof outer);
	memcpy(bytes + NLMSG_HDRLEN, &head, sizeof head);
	memcpy(bytes + EVENT_AT, &word, sizeof word);
	return send(fd, bytes, outer.nlmsg_len, 0) < 0 ? -errno : 0;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* The kernel's stamps are monotonic; they are not ours in a time namespace, so
 * the first one is compared. */
static int ack_judge(struct connector *c, const struct proc_event *ack)
{
	uint64_t now = linux_now_ns();

	if (ack->event_data.ack.err != 0)
		return -(int)ack->event_data.ack.err;
	if (apart(now, ack->timestamp_ns) > CLOCKS_APART)
		c->shift_ns = now - ack->timestamp_ns;
	return 0;
}

/* Where we may not listen some kernels answer an error and some nothing. */
static int ack_await(struct connector *c)
{
	struct pollfd wait = { .fd = c->source.fd, .events = POLLIN };
	struct letter l;
	int           n;

	while (poll(&wait, 1, ACK_WAIT_MS) > 0) {
		n = letters_read(c, 1);
		if (n < 0 && n != -ENOBUFS)
			return n;
		if (n == 1 && letter_open(c, 0, &l) &&
		    l.event.what == PROC_EVENT_NONE)
			return ack_judge(c, &l.event);
	}
	return -EPERM;
}

/* The default holds some 250 messages; forcing it takes CAP_NET_ADMIN. */
static int64_t buffer_grow(int fd, int64_t bytes)
{
	int       want = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;
	int       got = 0;
	socklen_t size = sizeof got;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &want, sizeof want) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &want, sizeof want);
	(void)getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &size);
	return got / 2;         /* the kernel counts its own part twice       */
}

/* Joining the group is what may be refused; listening is what starts the
 * kernel's sending at all. */
static int connector_listen(struct connector *c)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK,
	                             .nl_groups = CN_IDX_PROC };
	int                fd = c->source.fd, r;

	if (bind(fd, (struct sockaddr *)&group, sizeof group) < 0)
		return -errno;
	r = connector_say(fd, PROC_CN_MCAST_LISTEN);
	return r < 0 ? r : ack_await(c);
}

int connector_open(struct linux_os *os, struct queue *queue, int64_t bytes,
                   struct connector **ret_connector, int64_t *ret_bytes)
{
	struct connector *c = calloc(1, sizeof *c);
	int64_t           got;
	int               r;

	if (c == NULL)
		return -ENOMEM;
	c->os = os;
	c->queue = queue;
	leaderless_open(&c->leaderless);
	letters_prepare(c);
	c->source = (struct source){ -1, connector_ready, c };
	c->source.fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC |
	                      SOCK_NONBLOCK, NETLINK_CONNECTOR);
	r = c->source.fd < 0 ? -errno : connector_listen(c);
	if (r < 0)
		goto fail;
	got = buffer_grow(c->source.fd, bytes);
	r = connector_threads(c, false);
	if (r == 0)
		r = linux_source_watch(os, &c->source, EPOLLIN);
	if (r < 0)
		goto fail;
	*ret_connector = c;
	*ret_bytes = got;
	return 0;
fail:
	connector_close(c);
	return r;
}

/* Old kernels do not notice that a listener is gone. */
void connector_close(struct connector *c)
{
	if (c == NULL)
		return;
	leaderless_close(&c->leaderless, c->os);
	linux_source_forget(c->os, &c->source);
	if (c->source.fd >= 0) {
		(void)connector_say(c->source.fd, PROC_CN_MCAST_IGNORE);
		close(c->source.fd);
	}
	free(c);
}
