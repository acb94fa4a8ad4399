/* errands.c -- what may take long, done by a thread of its own.
 *
 * What was asked for, what is done and what was told are places in one ring,
 * and each follows the one before it.
 */

#include <pthread.h>

#include "os/linux/sensor/errands.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/thread.h"

struct errands {
	struct linux_os *os;
	struct source    back;          /* eventfd: one is done               */
	pthread_t        thread;
	bool             started;
	pthread_mutex_t  lock;          /* of what follows                    */
	pthread_cond_t   more, less;
	bool             stop;
	unsigned         asked, done, told;
	struct errand   *errand[UNDER_WAY_MAX];
};

static struct errand **place(struct errands *r, unsigned n)
{
	return &r->errand[n % UNDER_WAY_MAX];
}

void errand_free(struct errand *e)
{
	if (e == NULL)
		return;
	if (e->pidfd >= 0)
		close(e->pidfd);
	free(e);
}

/* The next one to do; NULL: it is over. */
static struct errand *await(struct errands *r)
{
	struct errand *e = NULL;

	pthread_mutex_lock(&r->lock);
	while (!r->stop && r->done == r->asked)
		pthread_cond_wait(&r->more, &r->lock);
	if (!r->stop)
		e = *place(r, r->done);
	pthread_mutex_unlock(&r->lock);
	return e;
}

static void tell_done(struct errands *r)
{
	uint64_t one = 1;

	pthread_mutex_lock(&r->lock);
	r->done++;
	pthread_cond_signal(&r->less);
	pthread_mutex_unlock(&r->lock);
	(void)!write(r->back.fd, &one, sizeof one);
}

static void *errands_main(void *self)
{
	struct errands *r = self;
	struct errand  *e;

	while ((e = await(r)) != NULL) {
		e->run(e);
		tell_done(r);
	}
	return NULL;
}

/* Whoever hears of it asks for all that are done. */
static int errands_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct errands *r = self;
	struct event    e = { .kind = EVENT_TURNED };
	uint64_t        rung;

	(void)what;
	(void)!read(r->back.fd, &rung, sizeof rung);
	(void)linux_queue(os, &e);
	return 0;
}

struct errands *errands_new(struct linux_os *os)
{
	struct errands *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->os = os;
	r->back = (struct source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	                           errands_ready, r };
	if (r->back.fd < 0) {
		free(r);
		return NULL;
	}
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->more, NULL);
	pthread_cond_init(&r->less, NULL);
	return r;
}

static int start(struct errands *r)
{
	int error;

	if (r->started)
		return 0;
	error = linux_source_watch(r->os, &r->back, EPOLLIN);
	if (error == 0)
		error = linux_thread_start(&r->thread, errands_main, r);
	r->started = error == 0;
	return error;
}

static void stop(struct errands *r)
{
	pthread_mutex_lock(&r->lock);
	r->stop = true;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
	(void)pthread_join(r->thread, NULL);
}

void errands_free(struct errands *r)
{
	if (r == NULL)
		return;
	if (r->started)
		stop(r);
	for (; r->told != r->asked; r->told++)
		errand_free(*place(r, r->told));
	linux_source_forget(r->os, &r->back);
	close(r->back.fd);
	pthread_cond_destroy(&r->less);
	pthread_cond_destroy(&r->more);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

int errands_ask(struct errands *r, struct errand *e)
{
	int error;

	if (r->asked - r->told == UNDER_WAY_MAX)
		return -EAGAIN;
	error = start(r);
	if (error < 0)
		return error;
	*place(r, r->asked) = e;
	pthread_mutex_lock(&r->lock);
	r->asked++;
	pthread_cond_signal(&r->more);
	pthread_mutex_unlock(&r->lock);
	return 0;
}

static unsigned done_so_far(struct errands *r)
{
	unsigned done;

	pthread_mutex_lock(&r->lock);
	done = r->done;
	pthread_mutex_unlock(&r->lock);
	return done;
}

struct errand *errands_done(struct errands *r)
{
	return r->told == done_so_far(r) ? NULL : *place(r, r->told++);
}

bool errands_idle(struct errands *r)
{
	return r->asked == done_so_far(r);
}

void errands_finish(struct errands *r)
{
	pthread_mutex_lock(&r->lock);
	while (r->started && r->done != r->asked)
		pthread_cond_wait(&r->less, &r->lock);
	pthread_mutex_unlock(&r->lock);
}
