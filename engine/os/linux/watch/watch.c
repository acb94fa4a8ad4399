/* watch.c -- noticing that rule files may have changed. */

#include "os/linux/watch/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/watch/spots.h"

#define BATCH  (16u << 10)              /* bytes of news read in one go       */

/* One thing that is watched for the sake of a name in it; NULL: of all. */
struct spot {
	int   number;                   /* inotify's                          */
	char *name;
};

struct watch {
	struct source source;
	struct spot  *spot;
	size_t        count;
};

static int spot_keep(void *self, int number, const char *name)
{
	struct watch *w = self;
	struct spot  *more = reallocarray(w->spot, w->count + 1, sizeof *more);
	char         *copy = name == NULL ? NULL : strdup(name);

	if (more != NULL)
		w->spot = more;
	if (more == NULL || (name != NULL && copy == NULL)) {
		free(copy);
		return -ENOMEM;
	}
	w->spot[w->count++] = (struct spot){ number, copy };
	return 0;
}

struct watch *watch_new(const char *const *paths, size_t n,
                        size_t *ret_missing)
{
	struct watch *w = calloc(1, sizeof *w);
	struct spots  spots;

	if (w == NULL)
		return NULL;
	w->source.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->source.fd < 0) {
		free(w);
		return NULL;
	}
	spots = (struct spots){ .above = w->source.fd, .within = w->source.fd,
	                        .most = WATCHES_MAX, .found = spot_keep,
	                        .ctx = w };
	for (size_t i = 0; i < n; i++)
		spots_add(&spots, paths[i], 0);
	*ret_missing = spots.missing;
	return w;
}

/* One number may stand for several spots. */
static bool is_of_interest(const struct watch *w,
                           const struct inotify_event *e)
{
	if ((e->mask & IN_Q_OVERFLOW) != 0)
		return true;
	for (size_t i = 0; i < w->count; i++)
		if (w->spot[i].number == e->wd &&
		    spot_is_told(e, w->spot[i].name))
			return true;
	return false;
}

static int watch_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct watch *w = self;
	struct event  e = { .kind = EVENT_RELOAD };
	char          news[BATCH]
	              __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t       n = read(w->source.fd, news, sizeof news);
	bool          any = false;

	(void)what;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (ssize_t at = 0; at < n && !any; ) {
		const struct inotify_event *one = (void *)(news + at);

		any = is_of_interest(w, one);
		at += (ssize_t)(sizeof *one + one->len);
	}
	e.u.reload.files = true;
	if (any)
		(void)linux_queue(os, &e);
	return 0;
}

int watch_heed(struct watch *w, struct linux_os *os)
{
	w->source.ready = watch_ready;
	w->source.self = w;
	return linux_source_watch(os, &w->source, EPOLLIN);
}

void watch_ignore(struct watch *w, struct linux_os *os)
{
	linux_source_forget(os, &w->source);
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	close(w->source.fd);
	for (size_t i = 0; i < w->count; i++)
		free(w->spot[i].name);
	free(w->spot);
	free(w);
}
