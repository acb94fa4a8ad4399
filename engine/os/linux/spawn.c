/* spawn.c -- starting a rules worker or another program of ours, with less than
 * its parent has.
 *
 * Between fork and exec the child gives away everything it can: descriptors,
 * user, environment, the right to gain any.  If one of these fails it does not
 * run, and the parent learns why through a socket that exec closes.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "os/linux/watch/spots.h"
#include "os/linux/linux.h"

enum { CHILD_WIRE = 3, CHILD_REPORT = OWN_ABOVE + OWN_WATCHES, CHILD_PROGRAM,
       CHILD_FDS };

#define REPORT_MS 2000                  /* to run, at the most                */

/* What the child needs to know, all found out before the fork. */
struct seed {
	char  path[PATH_KEEP];
	bool  change_user;
	uid_t uid;
	gid_t gid;
	pid_t parent;
	int   program, wire, report;
	const char *name;               /* of the program, and what it is told: */
	const char *word[2];            /* the rest is NULL                   */
	int         kind;               /* of its socket                      */
	bool        watches;            /* it is a user's                     */
	int         watch[OWN_WATCHES]; /* -1: none                           */
};

/* What a child says before it becomes another program: that it cannot, or, with
 * these as SCM_RIGHTS, that it has them. */
struct report {
	struct msghdr  head;
	struct iovec   part;
	_Alignas(struct cmsghdr)
	char           room[CMSG_SPACE(OWN_WATCHES * sizeof(int))];
	int            error;
};

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

static int check(int r)
{
	return r < 0 ? -errno : 0;
}

/* First out of the way, so that no target overwrites a source. */
static int arrange_descriptors(struct seed *s)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int wire = fcntl(s->wire, F_DUPFD_CLOEXEC, CHILD_FDS);
	int program = fcntl(s->program, F_DUPFD_CLOEXEC, CHILD_FDS);
	int report = fcntl(s->report, F_DUPFD_CLOEXEC, CHILD_FDS);

	if (null < 0 || wire < 0 || program < 0 || report < 0)
		return -errno;
	s->report = report;
	if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(wire, CHILD_WIRE) < 0 ||
	    dup3(program, CHILD_PROGRAM, O_CLOEXEC) < 0 ||
	    dup3(report, CHILD_REPORT, O_CLOEXEC) < 0)
		return -errno;
	for (int i = 0; i < OWN_WATCHES; i++)
		close(OWN_ABOVE + i);
	s->report = CHILD_REPORT;
	s->program = CHILD_PROGRAM;
	return check((int)syscall(SYS_close_range, CHILD_FDS, ~0U, 0));
}

/* Masks and ignored signals survive an exec; handlers do not.  The kernel is
 * asked itself, as the C library keeps two signals back and starts programs with
 * those ignored.  All zero is SIG_DFL in the kernel's own layout. */
static int reset_signals(void)
{
	static const uint64_t usual[16];
	sigset_t              none;

	for (int s = 1; s < NSIG; s++)          /* two cannot be changed     */
		syscall(SYS_rt_sigaction, s, usual, NULL, NSIG / 8);
	sigemptyset(&none);
	return check(sigprocmask(SIG_SETMASK, &none, NULL));
}

/* Memory that runs out should take the worker, which is replaced. */
static void volunteer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "500", 3) < 0)
		errno = 0;                      /* then it is not preferred  */
	if (fd >= 0)
		close(fd);
}

/* Groups first, while there still is the right to. */
static int drop_user(const struct seed *s)
{
	if (!s->change_user)
		return 0;
	if (setgroups(0, NULL) < 0 || setresgid(s->gid, s->gid, s->gid) < 0 ||
	    setresuid(s->uid, s->uid, s->uid) < 0)
		return -errno;
	return 0;
}

static void report_begin(struct report *r)
{
	memset(r, 0, sizeof *r);
	r->part = (struct iovec){ &r->error, sizeof r->error };
	r->head = (struct msghdr){ .msg_iov = &r->part, .msg_iovlen = 1,
	                           .msg_control = r->room,
	                           .msg_controllen = sizeof r->room };
}

/* As the user, so that it is the user's room among the kernel's watches that is
 * taken, whatever becomes of that process.  Without them it runs as well. */
static void make_watches(const struct seed *s)
{
	struct report   r;
	struct cmsghdr *c;
	int             fd[OWN_WATCHES];

	for (int i = 0; i < OWN_WATCHES; i++) {
		fd[i] = inotify_init1(IN_NONBLOCK);
		if (fd[i] != OWN_ABOVE + i) {
			close(fd[i]);
			close(OWN_ABOVE);
			return;
		}
	}
	report_begin(&r);
	c = CMSG_FIRSTHDR(&r.head);
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof fd),
	                       .cmsg_level = SOL_SOCKET,
	                       .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(c), fd, sizeof fd);
	if (sendmsg(s->report, &r.head, 0) < 0)
		errno = 0;                      /* then nobody watches        */
}

/* After the change of user, which would cancel it.  The parent may have died
 * before. */
static int die_with_parent(const struct seed *s)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getppid() == s->parent ? 0 : -ECHILD;
}

/* The order matters: /proc is written to as root, and the wish to die with the
 * parent does not survive a change of user. */
static int give_up_rights(struct seed *s)
{
	int r = arrange_descriptors(s);

	if (r == 0)
		r = reset_signals();
	if (r == 0)
		r = check(setsid());    /* no terminal, no Ctrl-C of its own */
	volunteer();
	if (r == 0)
		r = drop_user(s);
	if (r == 0 && s->watches)
		make_watches(s);
	if (r == 0)
		r = check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (r == 0)
		r = die_with_parent(s);
	return r;
}

static bool is_kept(const char *variable)
{
	return strncmp(variable, "ASAN_OPTIONS=", 13) == 0 ||
	       strncmp(variable, "UBSAN_OPTIONS=", 14) == 0 ||
	       strncmp(variable, "LSAN_OPTIONS=", 13) == 0;
}

/* What is left of the environment: sanitizers are told how to behave by it. */
static void choose_environment(char **ret_env, size_t size)
{
	size_t n = 0;

	ret_env[n++] = (char *)"LANG=C";
	for (char **e = environ; *e != NULL && n + 1 < size; e++)
		if (is_kept(*e))
			ret_env[n++] = *e;
	ret_env[n] = NULL;
}

/* By its path, so that it bears its name; by descriptor where its user may not
 * walk there, as in a build inside someone's home. */
static int run_program(const struct seed *s)
{
	char       *env[8];
	char *const argv[] = { (char *)s->name, (char *)s->word[0],
	                       (char *)s->word[1], NULL };

	choose_environment(env, sizeof env / sizeof env[0]);
	execve(s->path, argv, env);
	if (errno == EACCES)
		syscall(SYS_execveat, s->program, "", argv, env, AT_EMPTY_PATH);
	return -errno;
}

/* Until exec this is a copy of a process that may have had threads: nothing
 * here takes a lock that one of them could have held. */
__attribute__((noreturn))
static void be_worker(struct seed *s)
{
	int r = give_up_rights(s);

	if (r == 0)
		r = run_program(s);
	_exit(write(s->report, &r, sizeof r) < 0 ? 126 : 127);
}

/* From when it is a user's that user may stop it, so it is not waited for as long
 * as it takes. */
static ssize_t take_report(int from, struct report *r)
{
	struct pollfd p = { from, POLLIN, 0 };
	int           ready;

	report_begin(r);
	do
		ready = poll(&p, 1, REPORT_MS);
	while (ready < 0 && errno == EINTR);
	if (ready == 0)
		errno = ETIMEDOUT;
	return ready <= 0 ? -1 : recvmsg(from, &r->head, MSG_DONTWAIT |
	                                 MSG_CMSG_CLOEXEC);
}

static void take_watches(struct report *r, int *ret_watch)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(&r->head);

	if (c != NULL && c->cmsg_len == CMSG_LEN(OWN_WATCHES * sizeof(int)))
		memcpy(ret_watch, CMSG_DATA(c), OWN_WATCHES * sizeof(int));
}

static void watches_close(int *watch)
{
	for (int i = 0; i < OWN_WATCHES; i++) {
		if (watch[i] >= 0)
			close(watch[i]);
		watch[i] = -1;
	}
}

/* 0 once the program runs; else what the child said, and it is reaped. */
static int hear_report(struct seed *s, int from, pid_t child)
{
	struct report r;
	ssize_t       n = take_report(from, &r);

	if (n == (ssize_t)sizeof r.error && r.error == 0) {
		take_watches(&r, s->watch);
		n = take_report(from, &r);
	}
	if (n == 0)
		return 0;
	if (n < 0)
		r.error = -errno;
	watches_close(s->watch);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return r.error < 0 ? r.error : -EIO;
}

/* The parent's copy of the writing end must go before it reads. */
static int grow(struct seed *s, pid_t *ret_pid)
{
	int   report[2];
	pid_t child;
	int   r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report) < 0)
		return -errno;
	for (int i = 0; i < OWN_WATCHES; i++)
		s->watch[i] = -1;
	s->report = report[1];
	s->parent = getpid();
	child = fork();
	if (child == 0)
		be_worker(s);
	r = check(child);
	close(report[1]);
	if (r == 0)
		r = hear_report(s, report[0], child);
	close(report[0]);
	if (r == 0)
		*ret_pid = child;
	return r;
}

/* Not reaped yet, so the pid is its own. */
static int hold(pid_t child, int *ret_pidfd)
{
	int fd = (int)syscall(SYS_pidfd_open, child, 0);

	if (fd < 0) {
		int error = errno;

		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		return -error;
	}
	*ret_pidfd = fd;
	return 0;
}

static int start_on(struct seed *s, int *ret_pidfd, pid_t *ret_pid)
{
	pid_t child = 0;
	int   r = linux_find_program(s->name, s->path, sizeof s->path);

	if (r < 0)
		return r;
	s->program = open(s->path, O_PATH | O_CLOEXEC);
	if (s->program < 0)
		return -errno;
	r = grow(s, &child);
	close(s->program);
	if (r == 0) {
		r = hold(child, ret_pidfd);
		if (r < 0)
			watches_close(s->watch);
	}
	if (r == 0)
		*ret_pid = child;
	return r;
}

/* Its own end may block: a worker has nothing to do but wait. */
static int start(struct seed *s, int *ret_fd, int *ret_pidfd, pid_t *ret_pid)
{
	int pair[2];
	int r;

	if (socketpair(AF_UNIX, s->kind | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	s->wire = pair[1];
	r = check(fcntl(pair[0], F_SETFL, O_NONBLOCK));
	if (r == 0)
		r = start_on(s, ret_pidfd, ret_pid);
	close(pair[1]);
	if (r < 0)
		close(pair[0]);
	else
		*ret_fd = pair[0];
	return r;
}

int linux_spawn_worker(const char *user, int *ret_fd, int *ret_pidfd,
                       pid_t *ret_pid)
{
	struct seed s = { .name = "pqs-rules", .word = { "worker" },
	                  .kind = SOCK_STREAM };
	int         r = choose_user(&s, user);

	return r < 0 ? r : start(&s, ret_fd, ret_pidfd, ret_pid);
}

int linux_spawn_own(const char *user, uid_t uid, const char *folder,
                    int *ret_fd, int *ret_pidfd, int *ret_watch,
                    pid_t *ret_pid)
{
	struct seed s = { .name = "pqs-rules", .word = { "worker", folder },
	                  .kind = SOCK_STREAM, .watches = true };
	int         r = choose_user(&s, user);

	if (r == 0)
		r = choose_own(&s, uid);
	if (r == 0)
		r = start(&s, ret_fd, ret_pidfd, ret_pid);
	if (r == 0)
		memcpy(ret_watch, s.watch, sizeof s.watch);
	return r;
}

int linux_spawn_lister(int *ret_fd, int *ret_pidfd, pid_t *ret_pid)
{
	struct seed s = { .name = "pqs-lister", .kind = SOCK_SEQPACKET };

	return start(&s, ret_fd, ret_pidfd, ret_pid);
}

int linux_spawn_units(const char *address, int *ret_fd, int *ret_pidfd,
                      pid_t *ret_pid)
{
	struct seed s = { .name = "pqs-units", .word = { address },
	                  .kind = SOCK_SEQPACKET };

	return start(&s, ret_fd, ret_pidfd, ret_pid);
}
