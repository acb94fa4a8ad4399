/* keeper.c -- the process that outlives the core: starts, restarts, undoes.
 *
 * It reads nothing but words of one size from the core and signals, and sleeps
 * in one poll().  It owns no setting and no rule, so there is little in it that
 * can fail; if it is killed all the same, the kernel tells its children.
 */

#include "keeper/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "keeper/child.h"
#include "keeper/service.h"
#include "keeper/workers.h"
#include "os/linux/keeper_says.h"

#define SECOND_NS       UINT64_C(1000000000)
#define PAUSE_FIRST_NS  (SECOND_NS / 5)         /* before a restart, doubled  */
#define PAUSE_MAX_NS    (30 * SECOND_NS)
#define HEALTHY_NS      (10 * SECOND_NS)        /* lived well: pauses restart */
#define FAREWELL_NS     (10 * SECOND_NS)        /* to undo when told to end   */
#define UNDO_MS         60000
#define EXIT_NO_CORE    70

struct keeper {
	const struct keeper_plan *plan;
	sigset_t before;                /* the mask our children get          */
	int      signals;
	pid_t    core;                  /* 0: none                            */
	int      core_fd;
	bool     ready;                 /* the core said so                   */
	pid_t    guard;                 /* who holds programs; 0: nobody      */
	struct workers workers;
	uint64_t started_ns, pause_ns;
	uint64_t due_ns;                /* to start a core, or to kill it     */
	struct service service;
	uint64_t beat_due_ns;           /* to ask the core whether it is well */
	bool     asked;                 /* it has not answered yet            */
	bool     terminal;              /* there was one when we began        */
	bool     stopping;
	bool     over;
	int      code;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

/* A broken pipe behind standard error must not end us either. */
static int open_signals(struct keeper *k)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD };
	sigset_t         set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		sigaddset(&set, ours[i]);
	k->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (k->signals < 0)
		return -errno;
	sigaddset(&set, SIGPIPE);
	return sigprocmask(SIG_BLOCK, &set, &k->before) < 0 ? -errno : 0;
}

/* The loop ends after this step, whatever else is under way. */
static void finish(struct keeper *k, int code)
{
	k->over = true;
	k->code = code;
}

/* A failure here is the machine's, not the core's: trying on would not help. */
static void start_core(struct keeper *k)
{
	int r = child_core(k->plan->core_argv, &k->before, &k->core_fd);

	k->due_ns = UINT64_MAX;
	if (r < 0) {
		log_error("the core cannot be started: %s", strerror(-r));
		finish(k, EXIT_NO_CORE);
		return;
	}
	k->core = r;
	k->ready = false;
	k->asked = false;
	k->started_ns = now_ns();
}

/* By a program of its own: the keeper reads no journal.  0 when everything is
 * as it was. */
static int undo(struct keeper *k)
{
	int code;

	if (k->plan->undo_argv == NULL)
		return 0;
	code = child_run(k->plan->undo_argv, &k->before, UNDO_MS);
	if (code != 0)
		log_error("undoing ended with %d", code);
	return code;
}

/* Codes that a core chooses have nothing left to undo. */
static bool ended_well(int status)
{
	if (!WIFEXITED(status))
		return false;
	switch (WEXITSTATUS(status)) {
	case 0:
	case KEEPER_EXIT_FAILED:
	case KEEPER_EXIT_USAGE:
	case KEEPER_EXIT_LEFT:
	case KEEPER_EXIT_CONFIG:
		return true;
	default:
		return false;
	}
}

static int code_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
	                           : WEXITSTATUS(status);
}

/* Each pause is twice the last, until a core has lived well for a while. */
static void pause_for_core(struct keeper *k)
{
	uint64_t now = now_ns();

	if (now - k->started_ns >= HEALTHY_NS)
		k->pause_ns = PAUSE_FIRST_NS;
	k->due_ns = now + k->pause_ns;
	service_say(&k->service, "STATUS=the core died and is started again");
	log_note("the core is started again in %llu ms",
	         (unsigned long long)(k->pause_ns / 1000000));
	k->pause_ns *= 2;
	if (k->pause_ns > PAUSE_MAX_NS)
		k->pause_ns = PAUSE_MAX_NS;
}

static void hang_up(struct keeper *k)
{
	if (k->core_fd >= 0)
		close(k->core_fd);
	k->core_fd = -1;
}

/* It may have started well and died before we came to hear of it. */
static void hear_last_words(struct keeper *k)
{
	struct keeper_says says;

	while (k->core_fd >= 0 && keeper_hear(k->core_fd, &says) > 0) {
		k->ready |= says.word.word == KEEPER_READY;
		keeper_says_close(&says);
	}
	hang_up(k);
}

/* The worker first: what it wants is of no use to the next core. */
static void core_ended(struct keeper *k, int status)
{
	int code = code_of(status);

	k->core = 0;
	hear_last_words(k);
	workers_kill(&k->workers);
	if (ended_well(status) || (!k->ready && code == KEEPER_EXIT_REFUSED)) {
		finish(k, code);
		return;
	}
	log_warn(WIFSIGNALED(status) ? "the core was killed by signal %d"
	                             : "the core ended with %d",
	         WIFSIGNALED(status) ? WTERMSIG(status) : code);
	k->code = undo(k);
	if (!k->ready || k->stopping || k->plan->once)
		finish(k, code);
	else
		pause_for_core(k);
}

/* Signals of one kind fall together, so this asks until nobody is left. */
static void bury(struct keeper *k)
{
	pid_t who;
	int   status;

	while ((who = waitpid(-1, &status, WNOHANG)) > 0) {
		workers_reaped(&k->workers, who);
		if (who == k->guard)
			k->guard = 0;
		if (who == k->core)
			core_ended(k, status);
	}
}

/* Told again, the core is told again, but gets no more time. */
static void stop(struct keeper *k, int signal)
{
	service_say(&k->service, "STOPPING=1");
	if (k->core == 0) {             /* between two cores: all is undone   */
		finish(k, k->code);
		return;
	}
	kill(k->core, signal == SIGINT ? SIGINT : SIGTERM);
	if (!k->stopping)
		k->due_ns = now_ns() + FAREWELL_NS;
	k->stopping = true;
}

static bool has_terminal(void)
{
	int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Whoever pressed Ctrl-C would have been heard; who closed the terminal is
 * gone, and its shell may say so in the kernel's stead. */
static bool is_hangup(const struct keeper *k, const struct signalfd_siginfo *s)
{
	return s->ssi_code == SI_KERNEL || (k->terminal && !has_terminal());
}

/* Rules are to be read again: that is the core's. */
static void pass_on(const struct keeper *k)
{
	if (k->core > 0 && k->ready)
		kill(k->core, SIGHUP);
}

static void hear_signals(struct keeper *k)
{
	struct signalfd_siginfo s;

	while (!k->over &&
	       read(k->signals, &s, sizeof s) == (ssize_t)sizeof s) {
		if (s.ssi_signo == SIGCHLD)
			bury(k);
		else if (s.ssi_signo == SIGHUP && !is_hangup(k, &s))
			pass_on(k);
		else
			stop(k, (int)s.ssi_signo);
	}
}

static void end_guard(struct keeper *k)
{
	if (k->guard <= 0)
		return;
	kill(k->guard, SIGKILL);
	waitpid(k->guard, NULL, 0);
	k->guard = 0;
}

/* A core has one at a time.  That there is none shows at the line's end. */
static void serve_guard(struct keeper *k, int line)
{
	pid_t r = -EBADF;

	end_guard(k);
	if (line >= 0)
		r = guard_start(line, &k->plan->guard);
	if (r < 0)
		log_warn("no program can be held: %s", strerror(-r));
	else
		k->guard = r;
}

static void core_is_ready(struct keeper *k)
{
	if (!k->ready)
		service_say(&k->service, "READY=1\nSTATUS=rules are in force");
	k->ready = true;
}

static void hear_core(struct keeper *k)
{
	struct keeper_says says;
	int                n = keeper_hear(k->core_fd, &says);

	if (n < 0)
		hang_up(k);     /* its end is for a signal to tell            */
	if (n <= 0)
		return;
	if (says.word.word == KEEPER_READY)
		core_is_ready(k);
	else if (says.word.word == KEEPER_WELL)
		k->asked = false;
	else if (says.word.word == KEEPER_START)
		workers_start(&k->workers, k->plan, &says.word,
		              k->core_fd, now_ns());
	else if (says.word.word == KEEPER_GUARD)
		serve_guard(k, says.fd[0]);
	keeper_says_close(&says);
}

/* Rounded up, or the last millisecond would be spent in turning round. */
static int wait_ms(const struct keeper *k)
{
	uint64_t now = now_ns();
	uint64_t due = k->due_ns < k->beat_due_ns ? k->due_ns : k->beat_due_ns;

	if (workers_due_ns(&k->workers) < due)
		due = workers_due_ns(&k->workers);
	if (due == UINT64_MAX)
		return -1;
	if (due <= now)
		return 0;
	return due - now > SECOND_NS * 3600 ? 3600000
	                                    : (int)((due - now) / 1000000) + 1;
}

/* Where a manager wants to hear that we are well, the core is asked first.  One
 * that did not answer the last time does not turn any more: the next will. */
static void see_to_beat(struct keeper *k)
{
	static const struct keeper_message how = { .word = KEEPER_WELL };

	if (now_ns() < k->beat_due_ns)
		return;
	k->beat_due_ns = now_ns() + k->service.beat_ns;
	service_say(&k->service, "WATCHDOG=1");
	if (k->core == 0 || !k->ready || k->stopping)
		return;
	if (k->asked) {
		log_warn("the core does not answer; it is killed");
		kill(k->core, SIGKILL);
	}
	k->asked = true;
	child_hand_over(k->core_fd, &how, sizeof how, NULL, 0);
}

/* One time is kept, as a core is either to be started or to be ended. */
static void see_to_time(struct keeper *k)
{
	if (now_ns() < k->due_ns)
		return;
	if (k->core == 0) {
		start_core(k);
		return;
	}
	log_warn("the core does not end; it is killed");
	kill(k->core, SIGKILL);
	k->due_ns = UINT64_MAX;
}

static void keep(struct keeper *k)
{
	while (!k->over) {
		struct pollfd p[2 + WORKERS_MAX] = {
			{ k->signals, POLLIN, 0 }, { k->core_fd, POLLIN, 0 } };
		size_t n = 2 + workers_poll(&k->workers, &p[2]);

		if (poll(p, n, wait_ms(k)) < 0 && errno != EINTR) {
			log_error("cannot wait: %s", strerror(errno));
			finish(k, EXIT_NO_CORE);
		}
		workers_step(&k->workers, k->core_fd, now_ns());
		if (p[1].revents != 0)
			hear_core(k);
		if (p[0].revents != 0)
			hear_signals(k);
		if (!k->over)
			see_to_time(k);
		if (!k->over)
			see_to_beat(k);
	}
}

/* Nothing that we started outlives us. */
static void clear_away(struct keeper *k)
{
	if (k->core > 0) {
		kill(k->core, SIGKILL);
		waitpid(k->core, NULL, 0);
		undo(k);
	}
	end_guard(k);
	workers_kill(&k->workers);
	workers_reap(&k->workers);
	hang_up(k);
	service_close(&k->service);
	close(k->signals);
	sigprocmask(SIG_SETMASK, &k->before, NULL);
}

int keeper_run(const struct keeper_plan *plan)
{
	struct keeper k = { .plan = plan, .core_fd = -1,
	                    .pause_ns = PAUSE_FIRST_NS };
	int           r;

	service_open(&k.service);
	k.beat_due_ns = k.service.beat_ns > 0 ? 0 : UINT64_MAX;
	/* Orphans of rules' targets are none of ours. */
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	r = open_signals(&k);
	if (r < 0) {
		log_error("cannot wait for signals: %s", strerror(-r));
		return EXIT_NO_CORE;
	}
	k.terminal = has_terminal();
	keep(&k);                       /* the first core is due at 0         */
	clear_away(&k);
	return k.code;
}
