/* gate.c -- the control socket on Linux: who comes, what they say, what
 * they are answered.
 *
 * Too many are told so and turned away at once; a part of the places is kept
 * for those who must always get in.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/doors.h"
#include "os/linux/listen.h"
#include "os/linux/sensor/sensor.h"
#include "os/visit.h"

#define ACCEPTED_AT_ONCE 8
#define GROUPS_MAX       65536          /* the kernel's own bound             */

struct visitor {
	struct socket_gate *gate;
	struct source       source;
	uint32_t            number;
	uint32_t            watched;    /* what for                           */
	struct peer         peer;
	struct visit        visit;
};

struct socket_gate {
	struct linux_os   *os;
	struct listening   listening;
	struct source      door;
	int                spare;       /* given up for one more accept()     */
	gid_t              group;
	bool               has_group;
	const char        *busy;
	struct gate_counts counts;
	char               path[PATH_KEEP * 2];
	struct visitor    *visitor[VISITS_MAX];
};

static struct visitor *visitor_of(const struct socket_gate *g, uint32_t visit)
{
	return visit < VISITS_MAX ? g->visitor[visit] : NULL;
}

static void visitor_close(struct visitor *v)
{
	linux_source_forget(v->gate->os, &v->source);
	close(v->source.fd);
	v->gate->visitor[v->number] = NULL;
	free(v);
}

/* It hears nothing any more, and would wake us for ever. */
static void visitor_lose(struct visitor *v)
{
	v->visit.gone = true;
	linux_source_forget(v->gate->os, &v->source);
}

static void visitor_tell(struct visitor *v)
{
	struct event e = { .kind = EVENT_VISIT, .u.visit = v->number };

	if (visit_is_news(&v->visit) && linux_queue(v->gate->os, &e) < 0)
		v->visit.told = false;
}

/* Only for what we have room for, so that it need not be looked at again and
 * again. */
static void visitor_watch(struct visitor *v)
{
	uint32_t what = (visit_in_room(&v->visit) > 0 ? EPOLLIN : 0u) |
	                (v->visit.out_used > 0 ? EPOLLOUT : 0u);

	if (v->visit.gone || what == v->watched)
		return;
	if (linux_source_watch(v->gate->os, &v->source, what) < 0)
		visitor_lose(v);
	v->watched = what;
}

static void visitor_read(struct visitor *v)
{
	size_t  room = visit_in_room(&v->visit);
	ssize_t n = room == 0 ? -1
	            : recv(v->source.fd, v->visit.in + v->visit.in_used, room,
	                   MSG_DONTWAIT);

	if (room == 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
		return;
	if (n > 0)
		visit_in_add(&v->visit, (size_t)n);
	else if (n == 0)
		v->visit.ended = true;
	else
		visitor_lose(v);
}

static void visitor_write(struct visitor *v)
{
	ssize_t n;

	if (v->visit.out_used == 0 || v->visit.gone)
		return;
	n = send(v->source.fd, v->visit.out, v->visit.out_used,
	         MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n > 0)
		visit_out_drop(&v->visit, (size_t)n);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		visitor_lose(v);
}

/* The line of events has a part for those who cannot come back; a visitor's
 * news waits in its socket. */
static int visitor_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct visitor *v = self;

	if (queue_room(&os->queue) == 0)
		return 0;
	if ((what & EPOLLIN) != 0)
		visitor_read(v);
	if ((what & EPOLLOUT) != 0)
		visitor_write(v);
	if ((what & (EPOLLHUP | EPOLLERR)) != 0)
		visitor_lose(v);
	visitor_tell(v);
	visitor_watch(v);
	return 0;
}

static bool is_member(int fd, gid_t primary, gid_t group)
{
	static gid_t groups[GROUPS_MAX];
	socklen_t    bytes = sizeof groups;

	if (primary == group)
		return true;
	/* Before Linux 4.13 only the primary one is known. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &bytes) < 0)
		return false;
	for (size_t i = 0; i < bytes / sizeof groups[0]; i++)
		if (groups[i] == group)
			return true;
	return false;
}

static int peer_read(const struct socket_gate *g, int fd,
                     struct peer *ret_peer)
{
	struct ucred who;
	socklen_t    bytes = sizeof who;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &bytes) < 0)
		return -errno;
	*ret_peer = (struct peer){
		who.uid, who.gid, who.pid,
		g->has_group && is_member(fd, who.gid, g->group) };
	return 0;
}

/* A free number for someone like that, or VISITS_MAX. */
static uint32_t place_for(const struct socket_gate *g, uid_t uid)
{
	bool     kept = uid == 0 || uid == geteuid();
	uint32_t place = VISITS_MAX, of_uid = 0, used = 0;

	for (uint32_t i = VISITS_MAX; i-- > 0;) {
		const struct visitor *v = g->visitor[i];

		if (v == NULL)
			place = i;
		used += v != NULL;
		of_uid += v != NULL && v->peer.uid == uid;
	}
	if (of_uid >= VISITS_OF_UID_MAX ||
	    (!kept && used >= VISITS_MAX - VISITS_RESERVED))
		return VISITS_MAX;
	return place;
}

static void turn_away(struct socket_gate *g, int fd)
{
	g->counts.turned_away++;
	(void)send(fd, g->busy, strlen(g->busy), MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void visitor_admit(struct socket_gate *g, int fd)
{
	struct peer     peer = { .in_group = false };
	uint32_t        place = VISITS_MAX;
	struct visitor *v = NULL;

	if (peer_read(g, fd, &peer) == 0)
		place = place_for(g, peer.uid);
	if (place < VISITS_MAX)
		v = calloc(1, sizeof *v);
	if (v == NULL) {
		turn_away(g, fd);
		return;
	}
	v->gate = g;
	v->number = place;
	v->peer = peer;
	v->source = (struct source){ fd, visitor_ready, v };
	g->visitor[place] = v;
	g->counts.came++;
	visitor_watch(v);
	/* Its time begins now, whether or not it says anything. */
	v->visit.told = true;
	(void)linux_queue(g->os, &(struct event){ .kind = EVENT_VISIT,
	                                          .u.visit = place });
}

/* Without a descriptor left, the one at the door would wake us for ever: the
 * spare one is there to tell it so. */
static void drop_one(struct socket_gate *g)
{
	int fd;

	if (g->spare >= 0)
		close(g->spare);
	fd = accept4(g->listening.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd >= 0)
		turn_away(g, fd);
	g->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int door_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct socket_gate *g = self;

	(void)what;
	for (int i = 0; i < ACCEPTED_AT_ONCE; i++) {
		int fd;

		if (queue_room(&os->queue) == 0)
			return 0;
		fd = accept4(g->listening.fd, NULL, NULL,
		             SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0 && (errno == EMFILE || errno == ENFILE))
			drop_one(g);
		if (fd < 0)
			return 0;
		visitor_admit(g, fd);
	}
	return 0;
}

static int gate_peer(void *self, uint32_t visit, struct peer *ret_peer)
{
	const struct visitor *v = visitor_of(self, visit);

	if (v == NULL)
		return -ENOENT;
	*ret_peer = v->peer;
	return 0;
}

static int64_t gate_take(void *self, uint32_t visit, const char **ret_line)
{
	struct visitor *v = visitor_of(self, visit);
	int64_t         n;

	if (v == NULL)
		return -EPIPE;
	n = visit_take(&v->visit, ret_line);
	visitor_watch(v);
	return n;
}

static int gate_send(void *self, uint32_t visit, const void *bytes, size_t n)
{
	struct visitor *v = visitor_of(self, visit);
	int             r = v == NULL ? -EPIPE : visit_put(&v->visit, bytes, n);

	if (r < 0)
		return r;
	visitor_write(v);
	visitor_watch(v);
	return v->visit.gone ? -EPIPE : 0;
}

static size_t gate_room(void *self, uint32_t visit)
{
	struct visitor *v = visitor_of(self, visit);

	return v == NULL ? 0 : visit_room(&v->visit);
}

static void gate_dismiss(void *self, uint32_t visit)
{
	struct visitor *v = visitor_of(self, visit);

	if (v != NULL)
		visitor_close(v);
}

static struct gate_counts gate_counts(void *self)
{
	return ((const struct socket_gate *)self)->counts;
}

static void gate_close(void *self)
{
	struct socket_gate *g = self;

	for (uint32_t i = 0; i < VISITS_MAX; i++)
		gate_dismiss(g, i);
	linux_source_forget(g->os, &g->door);
	listening_close(&g->listening);
	if (g->spare >= 0)
		close(g->spare);
	free(g);
}

int linux_gate_open(struct linux_os *os, const struct linux_gate *o,
                    struct gate *ret_gate)
{
	struct socket_gate *g = calloc(1, sizeof *g);
	int                 r;

	if (g == NULL)
		return -ENOMEM;
	*g = (struct socket_gate){ .os = os, .group = o->group,
		.has_group = o->has_group, .busy = o->busy, .spare = -1,
		.listening = { -1, -1, -1, "" }, .door = { -1, NULL, NULL } };
	(void)text_copy(g->path, sizeof g->path, o->path);
	r = listening_open(o->path, geteuid() == 0 ? 0666 : 0600,
	                   &g->listening);
	if (r == 0) {
		g->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
		g->door = (struct source){ g->listening.fd, door_ready, g };
		r = linux_source_watch(os, &g->door, EPOLLIN);
	}
	if (r < 0) {
		gate_close(g);
		return r;
	}
	*ret_gate = (struct gate){
		.name = g->path, .self = g, .peer = gate_peer,
		.take = gate_take, .send = gate_send, .room = gate_room,
		.dismiss = gate_dismiss, .counts = gate_counts,
		.close = gate_close };
	return 0;
}
