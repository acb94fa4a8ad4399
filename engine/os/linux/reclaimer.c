/* reclaimer.c -- the thread that takes memory, one process after the other.
 *
 * What was asked for, what is done and what was told are places in one ring, and
 * each follows the one before it.
 */

#include <pthread.h>

#include "os/linux/reclaim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"

struct job {
	struct landed about;
	int           pidfd;
};

struct reclaimer {
	struct linux_os *os;
	struct source    back;          /* eventfd: one is done               */
	pthread_t        thread;
	bool             started;
	pthread_mutex_t  lock;          /* of what follows                    */
	pthread_cond_t   more;
	bool             stop;
	unsigned         asked, done, told;
	struct job       job[UNDER_WAY_MAX];
};

static struct job *job_at(struct reclaimer *r, unsigned n)
{
	return &r->job[n % UNDER_WAY_MAX];
}

/* The next one to do; NULL: it is over. */
static struct job *job_await(struct reclaimer *r)
{
	struct job *j = NULL;

	pthread_mutex_lock(&r->lock);
	while (!r->stop && r->done == r->asked)
		pthread_cond_wait(&r->more, &r->lock);
	if (!r->stop)
		j = job_at(r, r->done);
	pthread_mutex_unlock(&r->lock);
	return j;
}

static void job_finish(struct reclaimer *r)
{
	uint64_t one = 1;

	pthread_mutex_lock(&r->lock);
	r->done++;
	pthread_mutex_unlock(&r->lock);
	(void)!write(r->back.fd, &one, sizeof one);
}

static void *reclaimer_main(void *self)
{
	struct reclaimer *r = self;
	struct job       *j;

	while ((j = job_await(r)) != NULL) {
		reclaim_take(j->about.whom.pid, j->pidfd, j->about.wanted,
		             &j->about.turned);
		job_finish(r);
	}
	return NULL;
}

/* Whoever hears of it asks for all that are done. */
static int reclaimer_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct reclaimer *r = self;
	struct event      e = { .kind = EVENT_TURNED };
	uint64_t          rung;

	(void)what;
	(void)!read(r->back.fd, &rung, sizeof rung);
	(void)linux_queue(os, &e);
	return 0;
}

struct reclaimer *reclaimer_new(struct linux_os *os)
{
	struct reclaimer *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->os = os;
	r->back = (struct source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	                           reclaimer_ready, r };
	if (r->back.fd < 0) {
		free(r);
		return NULL;
	}
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->more, NULL);
	return r;
}

/* No signal is ever this thread's. */
static int start(struct reclaimer *r)
{
	sigset_t all, before;
	int      error;

	if (r->started)
		return 0;
	error = -linux_source_watch(r->os, &r->back, EPOLLIN);
	if (error != 0)
		return -error;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&r->thread, NULL, reclaimer_main, r);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	r->started = error == 0;
	return -error;
}

static void finish(struct reclaimer *r)
{
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
	(void)pthread_join(r->thread, NULL);
}

void reclaimer_free(struct reclaimer *r)
{
	if (r == NULL)
		return;
	if (r->started)
		finish(r);
	for (; r->told != r->asked; r->told++)
		close(job_at(r, r->told)->pidfd);
	linux_source_forget(r->os, &r->back);
	close(r->back.fd);
	pthread_cond_destroy(&r->more);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

void reclaimer_ask(struct reclaimer *r, struct task_id whom, int pidfd,
                   int64_t bytes, struct turned *ret)
{
	struct job j = { .about = { .whom = whom, .setting = SETTING_reclaim,
	                            .wanted = bytes } };

	*ret = (struct turned){ EFFECT_DENIED,
	                        "too many are under way already", 0 };
	if (r->asked - r->told == UNDER_WAY_MAX || start(r) < 0)
		return;
	j.pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 0);
	if (j.pidfd < 0)
		return;
	*job_at(r, r->asked) = j;
	pthread_mutex_lock(&r->lock);
	r->asked++;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
	*ret = (struct turned){ EFFECT_UNDERWAY, "", 0 };
}

bool reclaimer_landed(struct reclaimer *r, struct landed *ret_landed)
{
	unsigned done;

	pthread_mutex_lock(&r->lock);
	done = r->done;
	pthread_mutex_unlock(&r->lock);
	if (r->told == done)
		return false;
	*ret_landed = job_at(r, r->told)->about;
	close(job_at(r, r->told)->pidfd);
	r->told++;
	return true;
}
