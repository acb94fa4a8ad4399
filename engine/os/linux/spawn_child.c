/* spawn_child.c -- what is about to be a program of ours, with less than its
 * parent has.
 *
 * Between fork and exec the child gives away everything it can: descriptors,
 * user, environment, the right to gain any.  If one of these fails it does not
 * run, and says why on a socket that exec closes.
 */

#include "os/linux/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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

void report_begin(struct report *r)
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

/* A wish to die with the parent ends with a change of user, and who is a user's may
 * be stopped by that user before it has wished anew.  The kernel asks each thread
 * of its own, so one stays behind that changes nothing, until exec ends it. */
struct witness {
	_Alignas(16) char room[16384];
	pid_t        parent;
	atomic_int   result;            /* 1: not known yet                   */
};

static int witness(void *self)
{
	struct witness    *w = self;
	const struct seed  s = { .parent = w->parent };

	atomic_store(&w->result, die_with_parent(&s));
	while (pause() < 0)
		continue;
	return 0;
}

/* Not a thread of the C library's, which would take it along to another user. */
static int leave_witness(const struct seed *s, struct witness *w)
{
	const int as_thread = CLONE_VM | CLONE_FS | CLONE_FILES |
	                      CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;

	if (!s->change_user)
		return 0;
	w->parent = s->parent;
	atomic_store(&w->result, 1);
	if (clone(witness, w->room + sizeof w->room, as_thread, w) < 0)
		return -errno;
	while (atomic_load(&w->result) > 0)
		sched_yield();
	return atomic_load(&w->result);
}

/* The order matters: /proc is written to as root, and the wish to die with the
 * parent does not survive a change of user. */
static int give_up_rights(struct seed *s, struct witness *w)
{
	int r = arrange_descriptors(s);

	if (r == 0)
		r = reset_signals();
	if (r == 0)
		r = check(setsid());    /* no terminal, no Ctrl-C of its own */
	volunteer();
	if (r == 0)
		r = leave_witness(s, w);
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
void be_program(struct seed *s)
{
	struct witness w;
	int            r = give_up_rights(s, &w);

	if (r == 0)
		r = run_program(s);
	_exit(write(s->report, &r, sizeof r) < 0 ? 126 : 127);
}
