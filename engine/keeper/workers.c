/* workers.c -- the rules workers that a keeper starts for its core. */

#include "keeper/workers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "keeper/child.h"

static struct worker_place *free_place(struct workers *w)
{
	for (int i = 0; i < WORKERS_MAX; i++)
		if (w->place[i].pid == 0 && !w->place[i].coming)
			return &w->place[i];
	return NULL;
}

static int begin(const struct keeper_plan *plan, uint32_t uid,
                 struct spawning *ret)
{
	if (uid == KEEPER_NO_USER)
		return spawn_begin_worker(plan->worker_user, ret);
	if (plan->users_rules == NULL || uid < plan->users_low ||
	    uid > plan->users_high)
		return -EPERM;
	return spawn_begin_own(plan->worker_user, uid, plan->users_rules, ret);
}

static void tell_failed(const struct keeper_message *asked, int core_fd,
                        int error)
{
	const struct keeper_message failed = { KEEPER_FAILED, asked->wire,
	                                       asked->uid };

	log_warn("the rules worker cannot be started: %s", strerror(error));
	child_hand_over(core_fd, &failed, sizeof failed, NULL, 0);
}

void workers_start(struct workers *w, const struct keeper_plan *plan,
                   const struct keeper_message *asked, int core_fd,
                   uint64_t now_ns)
{
	struct worker_place *p = free_place(w);
	int r = p == NULL ? -EAGAIN : begin(plan, asked->uid, &p->birth);

	if (r < 0) {
		tell_failed(asked, core_fd, -r);
		return;
	}
	p->pid = p->birth.pid;
	p->asked = *asked;
	p->coming = true;
	p->due_ns = now_ns + SPAWN_REPORT_MS * UINT64_C(1000000);
}

size_t workers_poll(const struct workers *w, struct pollfd *ret)
{
	size_t n = 0;

	for (int i = 0; i < WORKERS_MAX; i++)
		if (w->place[i].coming)
			ret[n++] = (struct pollfd){ w->place[i].birth.report,
			                            POLLIN, 0 };
	return n;
}

uint64_t workers_due_ns(const struct workers *w)
{
	uint64_t first = UINT64_MAX;

	for (int i = 0; i < WORKERS_MAX; i++)
		if (w->place[i].coming && w->place[i].due_ns < first)
			first = w->place[i].due_ns;
	return first;
}

/* The core gets what it needs to talk to it, see it end and kill it; that it is
 * our child only means that we reap it. */
static int hand_over(const struct worker_place *p, int core_fd)
{
	const struct keeper_message here = { KEEPER_HERE, p->asked.wire,
	                                     p->asked.uid };
	const struct spawning      *b = &p->birth;
	int fd[KEEPER_FDS] = { b->fd, b->pidfd };

	memcpy(&fd[2], b->watch, sizeof b->watch);
	return child_hand_over(core_fd, &here, sizeof here, fd,
	                       fd[2] < 0 ? 2 : KEEPER_FDS);
}

static void close_all(struct spawning *b)
{
	close(b->fd);
	close(b->pidfd);
	for (int i = 0; i < OWN_WATCHES; i++)
		if (b->watch[i] >= 0)
			close(b->watch[i]);
}

static void step(struct worker_place *p, int core_fd, uint64_t now_ns)
{
	int r = spawn_step(&p->birth);

	if (r == 0 && now_ns < p->due_ns)
		return;
	p->coming = false;
	if (r > 0) {
		r = hand_over(p, core_fd);
		if (r == 0)
			close_all(&p->birth);
		else
			spawn_abandon(&p->birth);
	} else if (r == 0) {
		spawn_abandon(&p->birth);
		r = -ETIMEDOUT;
	}
	if (r < 0)
		tell_failed(&p->asked, core_fd, -r);
}

void workers_step(struct workers *w, int core_fd, uint64_t now_ns)
{
	for (int i = 0; i < WORKERS_MAX; i++)
		if (w->place[i].coming)
			step(&w->place[i], core_fd, now_ns);
}

void workers_reaped(struct workers *w, pid_t pid)
{
	for (int i = 0; i < WORKERS_MAX; i++)
		if (w->place[i].pid == pid)
			w->place[i].pid = 0;
}

void workers_kill(struct workers *w)
{
	for (int i = 0; i < WORKERS_MAX; i++) {
		struct worker_place *p = &w->place[i];

		if (p->coming)
			spawn_abandon(&p->birth);
		p->coming = false;
		if (p->pid > 0)
			kill(p->pid, SIGKILL);
	}
}

void workers_reap(struct workers *w)
{
	for (int i = 0; i < WORKERS_MAX; i++)
		if (w->place[i].pid > 0)
			waitpid(w->place[i].pid, NULL, 0);
}
