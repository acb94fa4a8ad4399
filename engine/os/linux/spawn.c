/* spawn.c -- starting a rules worker or another program of ours.
 *
 * What becomes of it between fork and exec, the child says on a socket that exec
 * closes.
 */

#include "os/linux/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/linux.h"

/* As built and as installed by hand: both programs in one folder.  Not through
 * PATH, which someone else may have written. */
static int beside_us(const char *name, char *ret_path, size_t size)
{
	char    self[PATH_KEEP];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	int     folder;

	if (n < 0)
		return -errno;
	self[n] = '\0';
	folder = (int)(text_base_name(self) - self);
	if ((size_t)n == sizeof self - 1 ||
	    snprintf(ret_path, size, "%.*s%s", folder, self,
	             name) >= (int)size)
		return -ENAMETOOLONG;
	return access(ret_path, X_OK) < 0 ? -errno : 0;
}

int linux_find_program(const char *name, char *ret_path, size_t size)
{
	char path[PATH_KEEP];
	int  r = beside_us(name, path, sizeof path);

	if (r < 0) {
		if (snprintf(path, sizeof path, "%s/%s", PQS_LIBEXEC, name) >=
		    (int)sizeof path)
			return -ENAMETOOLONG;
		if (access(path, X_OK) < 0)
			return -errno;
	}
	if (strlen(path) >= size)
		return -ENAMETOOLONG;
	text_copy(ret_path, size, path);
	return 0;
}

/* Root hands its worker to someone else or to nobody at all. */
static int choose_user(struct seed *s, const char *user)
{
	const struct passwd *who;

	s->change_user = geteuid() == 0;
	if (!s->change_user)
		return 0;
	who = user != NULL ? getpwnam(user) : NULL;
	if (who == NULL)
		return -ENOENT;
	if (who->pw_uid == 0)
		return -EPERM;
	s->uid = who->pw_uid;
	s->gid = who->pw_gid;
	return 0;
}

/* A user's groups would have to be looked up, which may take for ever; what is
 * the user's own can be read without. */
static int choose_own(struct seed *s, uid_t uid)
{
	if (!s->change_user || uid == 0)
		return -EPERM;
	s->uid = uid;
	return 0;
}

/* -EAGAIN when it has said nothing yet. */
static ssize_t take_report(int from, struct report *r)
{
	ssize_t n;

	report_begin(r);
	do
		n = recvmsg(from, &r->head, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static void take_watches(struct report *r, int *ret_watch)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(&r->head);

	if (c != NULL && c->cmsg_len == CMSG_LEN(OWN_WATCHES * sizeof(int)))
		memcpy(ret_watch, CMSG_DATA(c), OWN_WATCHES * sizeof(int));
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void spawn_abandon(struct spawning *s)
{
	syscall(SYS_pidfd_send_signal, s->pidfd, SIGKILL, NULL, 0);
	close_one(&s->report);
	close_one(&s->fd);
	close_one(&s->pidfd);
	for (int i = 0; i < OWN_WATCHES; i++)
		close_one(&s->watch[i]);
}

/* An exec has closed the other end: the program runs. */
int spawn_step(struct spawning *s)
{
	struct report r;
	ssize_t       n = take_report(s->report, &r);

	if (n == (ssize_t)sizeof r.error && r.error == 0) {
		take_watches(&r, s->watch);
		n = take_report(s->report, &r);
	}
	if (n == -EAGAIN)
		return 0;
	if (n == 0) {
		close_one(&s->report);
		return 1;
	}
	spawn_abandon(s);
	if (n < 0)
		return (int)n;
	return r.error < 0 ? r.error : -EIO;
}

/* The parent's copies of the child's ends go at once, or none would ever show
 * that they were closed.  Not reaped yet, so the pid is its own. */
static int bear(struct seed *s, struct spawning *ret)
{
	int report[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report) < 0)
		return -errno;
	s->report = report[1];
	s->parent = getpid();
	ret->pid = fork();
	if (ret->pid == 0)
		be_program(s);
	ret->report = report[0];
	close(report[1]);
	if (ret->pid < 0) {
		int error = errno;

		close_one(&ret->report);
		return -error;
	}
	ret->pidfd = (int)syscall(SYS_pidfd_open, ret->pid, 0);
	if (ret->pidfd >= 0)
		return 0;
	close_one(&ret->report);
	kill(ret->pid, SIGKILL);
	waitpid(ret->pid, NULL, 0);
	return -EMFILE;
}

static int bear_program(struct seed *s, struct spawning *ret)
{
	int r = linux_find_program(s->name, s->path, sizeof s->path);

	if (r < 0)
		return r;
	s->program = open(s->path, O_PATH | O_CLOEXEC);
	if (s->program < 0)
		return -errno;
	r = bear(s, ret);
	close(s->program);
	return r;
}

/* Its own end may block: a worker has nothing to do but wait. */
static int begin(struct seed *s, struct spawning *ret)
{
	int pair[2], r = 0;

	*ret = (struct spawning){ .report = -1, .pidfd = -1, .watch = { -1, -1 } };
	if (socketpair(AF_UNIX, s->kind | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	ret->fd = pair[0];
	s->wire = pair[1];
	if (fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0)
		r = -errno;
	if (r == 0)
		r = bear_program(s, ret);
	close(pair[1]);
	if (r < 0)
		close(pair[0]);
	return r;
}

/* Until it runs, or never will; then it is reaped, too. */
static int see_through(struct spawning *s)
{
	struct pollfd p = { s->report, POLLIN, 0 };
	int           r = 0, ready = 1;

	while (r == 0 && ready > 0) {
		do
			ready = poll(&p, 1, SPAWN_REPORT_MS);
		while (ready < 0 && errno == EINTR);
		if (ready > 0)
			r = spawn_step(s);
	}
	if (r == 0) {
		spawn_abandon(s);
		r = -ETIMEDOUT;
	}
	if (r < 0)
		waitpid(s->pid, NULL, 0);
	return r < 0 ? r : 0;
}

static int start(struct seed *seed, int *ret_fd, int *ret_pidfd, int *ret_watch,
                 pid_t *ret_pid)
{
	struct spawning s;
	int             r = begin(seed, &s);

	if (r == 0)
		r = see_through(&s);
	if (r < 0)
		return r;
	*ret_fd = s.fd;
	*ret_pidfd = s.pidfd;
	*ret_pid = s.pid;
	if (ret_watch != NULL)
		memcpy(ret_watch, s.watch, sizeof s.watch);
	return 0;
}

static int seed_worker(struct seed *s, const char *user)
{
	*s = (struct seed){ .name = "pqs-rules", .word = { "worker" },
	                    .kind = SOCK_STREAM };
	return choose_user(s, user);
}

static int seed_own(struct seed *s, const char *user, uid_t uid,
                    const char *folder)
{
	int r;

	*s = (struct seed){ .name = "pqs-rules", .word = { "worker", folder },
	                    .kind = SOCK_STREAM, .watches = true };
	r = choose_user(s, user);
	return r < 0 ? r : choose_own(s, uid);
}

int spawn_begin_worker(const char *user, struct spawning *ret)
{
	struct seed s;
	int         r = seed_worker(&s, user);

	return r < 0 ? r : begin(&s, ret);
}

int spawn_begin_own(const char *user, uid_t uid, const char *folder,
                    struct spawning *ret)
{
	struct seed s;
	int         r = seed_own(&s, user, uid, folder);

	return r < 0 ? r : begin(&s, ret);
}

int linux_spawn_worker(const char *user, int *ret_fd, int *ret_pidfd,
                       pid_t *ret_pid)
{
	struct seed s;
	int         r = seed_worker(&s, user);

	return r < 0 ? r : start(&s, ret_fd, ret_pidfd, NULL, ret_pid);
}

int linux_spawn_own(const char *user, uid_t uid, const char *folder,
                    int *ret_fd, int *ret_pidfd, int *ret_watch,
                    pid_t *ret_pid)
{
	struct seed s;
	int         r = seed_own(&s, user, uid, folder);

	return r < 0 ? r : start(&s, ret_fd, ret_pidfd, ret_watch, ret_pid);
}

int linux_spawn_lister(int *ret_fd, int *ret_pidfd, pid_t *ret_pid)
{
	struct seed s = { .name = "pqs-lister", .kind = SOCK_SEQPACKET };

	return start(&s, ret_fd, ret_pidfd, NULL, ret_pid);
}

int linux_spawn_units(const char *address, int *ret_fd, int *ret_pidfd,
                      pid_t *ret_pid)
{
	struct seed s = { .name = "pqs-units", .word = { address },
	                  .kind = SOCK_SEQPACKET };

	return start(&s, ret_fd, ret_pidfd, NULL, ret_pid);
}
