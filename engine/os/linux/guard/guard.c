/* guard.c -- the guard on Linux: the core's side of the line to the holder.
 *
 * The holder answers by itself when we do not, so nothing here is waited for
 * longer than the deadline, and what cannot be queued is let go at once.
 */

#include "os/linux/guard/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/guard/guard_line.h"
#include "os/linux/guard/marker.h"
#include "os/linux/sensor/sensor.h"

#define SENTENCE_BYTES 200
#define WORDS_MAX      32               /* heard in one go                    */

struct held {
	bool     waits;
	uint32_t ticket;
	int      file, pidfd;           /* -1: none                           */
	uint64_t until_ns;              /* the holder lets it go then         */
};

struct linux_guard {
	struct linux_os *os;
	struct source    line;          /* fd -1: there is no holder          */
	struct marker   *marker;
	bool             open;          /* the holder said that it holds      */
	bool             told_bound;
	unsigned         refused;       /* files that it may not hold         */
	void           (*notes)(void *ctx, const char *sentence);
	void            *notes_ctx;
	struct held      held[GUARD_PENDING_MAX];
};

static void note(const struct linux_guard *g, const char *what, int error)
{
	char sentence[SENTENCE_BYTES];

	if (g->notes == NULL)
		return;
	(void)snprintf(sentence, sizeof sentence, "%s%s%s%s", what,
	               error != 0 ? " (" : "",
	               error != 0 ? strerror(error) : "",
	               error != 0 ? ")." : ".");
	g->notes(g->notes_ctx, sentence);
}

static struct held *held_find(struct linux_guard *g, uint32_t ticket)
{
	struct held *h = &g->held[ticket % GUARD_PENDING_MAX];

	return h->waits && h->ticket == ticket ? h : NULL;
}

static void held_end(struct held *h)
{
	if (h->waits && h->file >= 0)
		close(h->file);
	if (h->waits && h->pidfd >= 0)
		close(h->pidfd);
	h->waits = false;
}

static void allow(void *self, uint32_t ticket)
{
	const struct guard_message word = { .word = GUARD_ALLOW,
	                                    .ticket = ticket };
	struct linux_guard *g = self;
	struct held        *h = held_find(g, ticket);

	if (h == NULL)
		return;
	held_end(h);
	(void)guard_say(g->line.fd, &word, NULL, 0);
}

/* Births that the kernel told before come first: whoever is held was born. */
static void take_held(struct linux_guard *g, const struct guard_says *says)
{
	const struct guard_message *w = &says->word;
	struct held  *h = &g->held[w->ticket % GUARD_PENDING_MAX];
	struct event  e = { .kind = EVENT_COMING };

	held_end(h);                    /* went on by its deadline            */
	*h = (struct held){ true, w->ticket, says->fd[0], says->fd[1],
	                    w->until_ns };
	e.u.coming.who = (struct task_id){ .pid = w->pid, .tid = w->pid };
	e.u.coming.ticket = w->ticket;
	connector_catch_up(g->os->connector);
	if (w->pid <= 0 || linux_queue(g->os, &e) < 0)
		allow(g, w->ticket);
}

static void tell_marked(struct linux_guard *g, int error)
{
	if (error != 0 && g->refused++ == 0)
		note(g, "Of some programs the start cannot be held", error);
	if (g->told_bound || marker_left_out(g->marker) == 0)
		return;
	g->told_bound = true;
	note(g, "Rules name more programs than can be held at their start", 0);
}

static void tell_opened(struct linux_guard *g, int error)
{
	g->open = error == 0;
	if (error != 0)
		note(g, error == EPERM
		     ? "No program is held at its start: that takes "
		       "CAP_SYS_ADMIN"
		     : "No program is held at its start", error);
}

/* The holder's end: whoever waited goes on, and nobody will wait again. */
static int line_closed(struct linux_guard *g)
{
	for (size_t i = 0; i < GUARD_PENDING_MAX; i++)
		held_end(&g->held[i]);
	if (g->open)
		note(g, "The one who holds programs at their start is gone: "
		     "none is held any more", 0);
	g->open = false;
	return -EPIPE;
}

static int line_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct linux_guard *g = self;
	struct guard_says   says;

	(void)os, (void)what;
	for (int i = 0; i < WORDS_MAX; i++) {
		int r = guard_hear(g->line.fd, &says);

		if (r < 0)
			return line_closed(g);
		if (r == 0)
			return 0;
		if (says.word.word == GUARD_HELD && says.fd[0] >= 0) {
			take_held(g, &says);
			continue;
		}
		if (says.word.word == GUARD_MARKED)
			tell_marked(g, says.word.error);
		else if (says.word.word == GUARD_OPEN)
			tell_opened(g, says.word.error);
		guard_says_close(&says);
	}
	return 0;
}

/* Whoever waits in the kernel is alive, and a pid that is proven after the grip
 * is the one that was gripped. */
static bool is_gone(const struct held *h)
{
	return h->pidfd >= 0 &&
	       syscall(SYS_pidfd_send_signal, h->pidfd, 0, NULL, 0) < 0 &&
	       errno == ESRCH;
}

/* As look_exe() will find it: a path that is another file's here is no exe. */
static void tell_file(const struct held *h, struct facts *f)
{
	char        link[32], path[PATH_MAX + 1];
	struct stat is;
	ssize_t     n;
	int         ours;

	f->unreadable |= FACT_BIT(FACT_exe) | FACT_BIT(FACT_name);
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", h->file);
	n = readlink(link, path, sizeof path - 1);
	if (n <= 0 || fstat(h->file, &is) < 0)
		return;
	path[n] = '\0';
	if ((is.st_mode & (S_ISUID | S_ISGID)) != 0)
		f->unreadable |= facts_of_source(FACT_SOURCE_STATUS) |
		                 facts_of_source(FACT_SOURCE_USER) |
		                 facts_of_source(FACT_SOURCE_GROUP);
	facts_tell(f, FACT_name, text_base_name(path));
	f->unreadable &= ~f->known;
	ours = strlen(path) < PATH_KEEP
	       ? procfs_path_is(path, is.st_dev, is.st_ino) : -ENAMETOOLONG;
	f->foreign = ours == 0;
	if (ours != 1)
		return;
	facts_tell(f, FACT_exe, path);
	f->unreadable &= ~f->known;
}

static int coming(void *self, uint32_t ticket, struct facts *ret_facts)
{
	struct linux_guard *g = self;
	const struct held  *h = held_find(g, ticket);

	if (h == NULL || linux_now_ns() >= h->until_ns)
		return -ETIME;
	if (is_gone(h))
		return -ESRCH;
	tell_file(h, ret_facts);
	return 0;
}

static int watch(void *self, const char *const *exes, size_t exe_count,
                 const char *const *names, size_t name_count)
{
	struct linux_guard *g = self;

	return g->marker == NULL ? 0 :
	       marker_watch(g->marker, exes, exe_count, names, name_count);
}

static void again(void *self, const char *exe)
{
	struct linux_guard *g = self;

	if (g->marker != NULL && g->open)
		marker_again(g->marker, exe);
}

static void guard_close(void *self)
{
	struct linux_guard *g = self;

	linux_source_forget(g->os, &g->line);
	marker_leave(g->marker);
	for (size_t i = 0; i < GUARD_PENDING_MAX; i++)
		held_end(&g->held[i]);
	/* The marker may hold a copy for a moment. */
	if (g->line.fd >= 0) {
		shutdown(g->line.fd, SHUT_RDWR);
		close(g->line.fd);
	}
	free(g);
}

/* The keeper gets the holder's end; what is left of it here is closed. */
static int line_open(struct linux_guard *g, int keeper)
{
	const struct keeper_message word = { .word = KEEPER_GUARD };
	union {
		struct cmsghdr align;
		char           bytes[CMSG_SPACE(sizeof(int))];
	} room = { .align = { .cmsg_len = CMSG_LEN(sizeof(int)),
	                      .cmsg_level = SOL_SOCKET,
	                      .cmsg_type = SCM_RIGHTS } };
	struct iovec  part = { (void *)&word, sizeof word };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
	                    .msg_control = room.bytes,
	                    .msg_controllen = sizeof room.bytes };
	int           pair[2], r;

	if (keeper < 0)
		return -ENOTCONN;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	memcpy(CMSG_DATA(&room.align), &pair[1], sizeof pair[1]);
	r = sendmsg(keeper, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -errno : 0;
	close(pair[1]);
	g->line.fd = pair[0];
	if (r == 0)
		g->marker = marker_new(pair[0]);
	return r == 0 && g->marker == NULL ? -ENOMEM : r;
}

int linux_guard_open(struct linux_os *os, const struct linux_options *o,
                     void (*notes)(void *ctx, const char *sentence), void *ctx,
                     struct guard *ret_guard)
{
	struct linux_guard *g = calloc(1, sizeof *g);
	int                 r;

	if (g == NULL)
		return -ENOMEM;
	*g = (struct linux_guard){
		.os = os, .line = { -1, line_ready, g },
		.notes = notes, .notes_ctx = ctx,
	};
	r = line_open(g, o->keeper_fd);
	if (r == 0)
		r = linux_source_watch(os, &g->line, EPOLLIN);
	if (r < 0)
		note(g, "No program is held at its start: there is no keeper "
		     "to do it", -r);
	*ret_guard = (struct guard){
		.name = "fanotify", .self = g, .watch = watch,
		.coming = coming, .allow = allow, .again = again,
		.close = guard_close,
	};
	return 0;
}

/* On a file that nobody else has. */
int linux_guard_try(void)
{
	int group = guard_group_open(), file, r;

	if (group < 0)
		return group;
	file = memfd_create("pqs", MFD_CLOEXEC);
	r = file < 0 ? -errno : guard_group_mark(group, file);
	if (file >= 0)
		close(file);
	close(group);
	return r;
}
