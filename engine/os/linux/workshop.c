/* workshop.c -- a thread for what takes too long for the loop.
 *
 * What is to be done goes over as a word on one eventfd and comes back as one
 * on another; one side has it at any time, so nothing is locked and the event
 * thread never waits for a thread of less urgency.
 */

#include <pthread.h>

#include "os/linux/doors.h"
#include "os/linux/thread.h"
#include "os/linux/watch/watch.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct workshop_linux {
	struct linux_os *os;
	struct source    back;          /* eventfd: it is done                */
	int              order;         /* eventfd: there is something to do  */
	pthread_t        thread;
	bool             started, busy;
	void           (*work)(void *ctx);      /* NULL: it is over           */
	void            *ctx;
	struct watch    *watch;         /* heeded; NULL: none                 */
	struct watch    *left;          /* to be freed with the next work     */
};

static bool word_take(int fd)
{
	uint64_t word;
	ssize_t  n;

	do
		n = read(fd, &word, sizeof word);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)sizeof word;
}

static void word_give(int fd)
{
	const uint64_t one = 1;

	(void)!write(fd, &one, sizeof one);
}

/* When there is something to do it does not take the CPU from whoever has one,
 * the event thread before all. */
static void be_patient(void)
{
	const struct sched_param none = { .sched_priority = 0 };

	(void)sched_setscheduler(0, SCHED_BATCH, &none);
}

static void *workshop_main(void *self)
{
	struct workshop_linux *w = self;

	be_patient();
	while (word_take(w->order) && w->work != NULL) {
		watch_free(w->left);
		w->left = NULL;
		w->work(w->ctx);
		word_give(w->back.fd);
	}
	return NULL;
}

static int workshop_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct workshop_linux *w = self;
	const struct event     e = { .kind = EVENT_MADE };

	(void)what;
	if (!w->busy) {
		(void)word_take(w->back.fd);
		return 0;
	}
	if (linux_queue(os, &e) < 0)
		return 0;               /* the line is full: told once more   */
	(void)word_take(w->back.fd);
	w->busy = false;
	return 0;
}

static int start(struct workshop_linux *w)
{
	int error = w->started ? 0 :
	            linux_thread_start(&w->thread, workshop_main, w);

	w->started = error == 0;
	return error;
}

static int workshop_begin(void *self, void (*work)(void *ctx), void *ctx)
{
	struct workshop_linux *w = self;
	int                    r = w->busy ? -EBUSY : start(w);

	if (r < 0)
		return r;
	w->work = work;
	w->ctx = ctx;
	w->busy = true;
	word_give(w->order);
	return 0;
}

/* The word that it is done stays on the descriptor, for nobody. */
static void workshop_finish(void *self)
{
	struct workshop_linux *w = self;
	struct epoll_event     done;
	int                    wait;

	if (!w->busy)
		return;
	w->busy = false;
	wait = epoll_create1(EPOLL_CLOEXEC);
	done = (struct epoll_event){ .events = EPOLLIN };
	if (wait >= 0 && epoll_ctl(wait, EPOLL_CTL_ADD, w->back.fd, &done) == 0)
		while (epoll_wait(wait, &done, 1, -1) < 0 && errno == EINTR)
			continue;
	if (wait >= 0)
		close(wait);
}

static struct watch *workshop_watch(void *self, const char *const *paths,
                                    size_t n, size_t *ret_missing)
{
	(void)self;
	return watch_new(paths, n, ret_missing);
}

/* Something is always given to do soon after. */
static void leave(struct workshop_linux *w, struct watch *old)
{
	if (old == NULL)
		return;
	watch_ignore(old, w->os);
	if (w->busy || w->left != NULL)
		watch_free(old);
	else
		w->left = old;
}

static void workshop_heed(void *self, struct watch *new)
{
	struct workshop_linux *w = self;

	leave(w, w->watch);
	w->watch = new;
	if (new != NULL && watch_heed(new, w->os) < 0) {
		leave(w, new);
		w->watch = NULL;
	}
}

static void workshop_unwatch(void *self, struct watch *watch)
{
	(void)self;
	watch_free(watch);
}

/* Blocks of a generation lie between blocks that outlive it. */
static void workshop_tidy(void *self)
{
	(void)self;
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}

static void workshop_close(void *self)
{
	struct workshop_linux *w = self;

	if (w->started) {
		workshop_finish(w);
		w->work = NULL;
		word_give(w->order);
		(void)pthread_join(w->thread, NULL);
	}
	if (w->watch != NULL)
		watch_ignore(w->watch, w->os);
	watch_free(w->watch);
	watch_free(w->left);
	linux_source_forget(w->os, &w->back);
	if (w->back.fd >= 0)
		close(w->back.fd);
	if (w->order >= 0)
		close(w->order);
	free(w);
}

int linux_workshop_open(struct linux_os *os, struct workshop *ret_workshop)
{
	struct workshop_linux *w = calloc(1, sizeof *w);
	int                    r;

	if (w == NULL)
		return -ENOMEM;
	w->os = os;
	w->order = eventfd(0, EFD_CLOEXEC);
	w->back = (struct source){ eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
	                           workshop_ready, w };
	r = w->order < 0 || w->back.fd < 0
	    ? -errno : linux_source_watch(os, &w->back, EPOLLIN);
	if (r < 0) {
		workshop_close(w);
		return r;
	}
	*ret_workshop = (struct workshop){
		.name = "thread", .self = w, .begin = workshop_begin,
		.finish = workshop_finish, .watch = workshop_watch,
		.heed = workshop_heed, .unwatch = workshop_unwatch,
		.tidy = workshop_tidy,
		.close = workshop_close,
	};
	return 0;
}
