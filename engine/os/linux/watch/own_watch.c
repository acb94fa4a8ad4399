/* own_watch.c -- noticing that a user's own rule files may have changed. */

#include "os/linux/watch/own_watch.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/text.h"

#define BATCH (32u << 10)               /* bytes of news read in one look     */

static void heed(struct own_watch *w)
{
	w->told = false;
	for (int i = 0; i < OWN_WATCHES; i++)
		if (w->source[i].fd >= 0)
			(void)linux_source_watch(w->os, &w->source[i], EPOLLIN);
}

static void heed_not(struct own_watch *w)
{
	for (int i = 0; i < OWN_WATCHES; i++)
		if (w->source[i].fd >= 0)
			linux_source_forget(w->os, &w->source[i]);
}

/* What it is stays where it is until somebody asks. */
static int own_watch_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct own_watch *w = self;
	struct event      e = { .kind = EVENT_RELOAD };

	(void)what;
	e.u.reload.files = true;
	e.u.reload.wire = w->wire;
	if (w->told || linux_queue(os, &e) < 0)
		return 0;
	w->told = true;
	heed_not(w);
	return 0;
}

void own_watch_open(struct own_watch *w, struct linux_os *os, uint32_t wire)
{
	*w = (struct own_watch){ .os = os, .wire = wire };
	for (int i = 0; i < OWN_WATCHES; i++)
		w->source[i] = (struct source){ -1, own_watch_ready, w };
}

void own_watch_close(struct own_watch *w)
{
	heed_not(w);
	for (int i = 0; i < OWN_WATCHES; i++) {
		if (w->source[i].fd >= 0)
			close(w->source[i].fd);
		w->source[i].fd = -1;
	}
}

void own_watch_take(struct own_watch *w, const char *folder, uid_t uid,
                    const int fd[OWN_WATCHES])
{
	own_watch_close(w);
	spots_own_path(folder, uid, "", w->path, sizeof w->path);
	for (int i = 0; i < OWN_WATCHES; i++)
		w->source[i].fd = fd[i];
	heed(w);
}

bool own_watch_is_there(const struct own_watch *w)
{
	return w->source[0].fd >= 0;
}

/* Above the folder only the names on the way to it count. */
static bool is_on_the_way(const struct own_watch *w, const char *name)
{
	size_t bytes = strlen(name);

	for (const char *at = w->path; *at != '\0'; ) {
		size_t part = strcspn(at, "/");

		if (part == bytes && memcmp(at, name, bytes) == 0)
			return true;
		at += part;
		at += *at == '/';
	}
	return false;
}

static bool is_of_interest(const struct own_watch *w, int i,
                           const struct inotify_event *e)
{
	return spot_is_told(e, NULL) &&
	       (OWN_ABOVE + i == OWN_WITHIN || e->len == 0 ||
	        is_on_the_way(w, e->name));
}

/* A flood is looked at bit by bit. */
static bool look(const struct own_watch *w, int i)
{
	char    news[BATCH]
	        __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n = w->source[i].fd < 0 ? 0 : read(w->source[i].fd, news,
	                                           sizeof news);
	bool    any = false;

	for (ssize_t at = 0; at < n && !any; ) {
		const struct inotify_event *one = (void *)(news + at);

		any = is_of_interest(w, i, one);
		at += (ssize_t)(sizeof *one + one->len);
	}
	return any;
}

bool own_watch_stirred(struct own_watch *w)
{
	bool any = false;

	for (int i = 0; i < OWN_WATCHES; i++)
		any |= look(w, i);
	heed(w);
	return any;
}
