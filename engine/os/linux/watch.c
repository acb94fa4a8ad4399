/* watch.c -- noticing that rule files may have changed.
 *
 * A folder tells of what is in it, and the folder above it, of itself: so a file
 * that is written in place, renamed over, or moved with its folder, and a link
 * that is turned elsewhere are all noticed.  Too much is told rather than too
 * little; whoever hears of it looks what has really changed.
 */

#include "os/linux/watch.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

#define NAMES  (IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | \
                IN_DELETE_SELF | IN_MOVE_SELF | IN_MASK_ADD)
#define WITHIN (NAMES | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB)
#define BATCH  (16u << 10)              /* bytes of news read in one go       */

/* One thing that is watched for the sake of a name in it; NULL: of all. */
struct spot {
	int   number;                   /* inotify's                          */
	char *name;
};

struct watch {
	struct source source;
	struct spot  *spot;
	size_t        count, missing;
};

static int spot_keep(struct watch *w, int number, const char *name)
{
	struct spot *more = reallocarray(w->spot, w->count + 1, sizeof *more);
	char        *copy = name == NULL ? NULL : strdup(name);

	if (more != NULL)
		w->spot = more;
	if (more == NULL || (name != NULL && copy == NULL)) {
		free(copy);
		return -ENOMEM;
	}
	w->spot[w->count++] = (struct spot){ number, copy };
	return 0;
}

static void spot_add(struct watch *w, const char *path, const char *name)
{
	int number = w->count == WATCHES_MAX ? -1 :
	             inotify_add_watch(w->source.fd, path,
	                               name == NULL ? WITHIN : NAMES);

	if (number < 0 || spot_keep(w, number, name) < 0)
		w->missing += w->count == WATCHES_MAX || errno != ENOENT;
}

static void folder_add(struct watch *w, const char *path, int depth);

/* A link's own folder does not tell of what is written where it leads. */
static void entry_add(struct watch *w, const char *folder,
                      const struct dirent *entry, int depth)
{
	char        path[PATH_MAX];
	struct stat st;

	if (entry->d_name[0] == '.' ||
	    snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >=
	    (int)sizeof path || lstat(path, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		folder_add(w, path, depth + 1);
	else if (S_ISLNK(st.st_mode))
		spot_add(w, path, NULL);
}

static void folder_add(struct watch *w, const char *path, int depth)
{
	DIR           *dir;
	struct dirent *entry;

	if (depth > FOLDER_DEPTH_MAX)
		return;
	spot_add(w, path, NULL);        /* before it is looked through        */
	dir = opendir(path);
	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		entry_add(w, path, entry, depth);
	closedir(dir);
}

/* The folder that the path is in, or the nearest above it that is there, is
 * asked for the next name on the way. */
static void above_add(struct watch *w, const char *path)
{
	char        folder[PATH_MAX];
	char       *slash;
	struct stat st;

	if (snprintf(folder, sizeof folder, "%s", path) >= (int)sizeof folder)
		return;
	while ((slash = strrchr(folder, '/')) != NULL) {
		*slash = '\0';
		if (stat(slash == folder ? "/" : folder, &st) == 0)
			break;
	}
	if (slash == NULL)
		spot_add(w, ".", folder);
	else
		spot_add(w, slash == folder ? "/" : folder, slash + 1);
}

static void path_add(struct watch *w, const char *path)
{
	char        plain[PATH_MAX];
	size_t      n = strlen(path);
	struct stat st;

	if (n >= sizeof plain)
		return;
	memcpy(plain, path, n + 1);
	while (n > 1 && plain[n - 1] == '/')
		plain[--n] = '\0';
	above_add(w, plain);
	if (stat(plain, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode))
		folder_add(w, plain, 0);
	else
		spot_add(w, plain, NULL);
}

struct watch *watch_new(const char *const *paths, size_t n,
                        size_t *ret_missing)
{
	struct watch *w = calloc(1, sizeof *w);

	if (w == NULL)
		return NULL;
	w->source.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->source.fd < 0) {
		free(w);
		return NULL;
	}
	for (size_t i = 0; i < n; i++)
		path_add(w, paths[i]);
	*ret_missing = w->missing;
	return w;
}

/* Editors write files of their own beside, whose names begin with a dot; but
 * links and folders may be called so too. */
static bool is_of_interest(const struct watch *w,
                           const struct inotify_event *e)
{
	bool is_own = e->len > 0 && e->name[0] == '.' &&
	              (e->mask & (IN_MODIFY | IN_CLOSE_WRITE)) != 0;

	if ((e->mask & IN_Q_OVERFLOW) != 0)
		return true;
	for (size_t i = 0; i < w->count; i++) {
		const struct spot *s = &w->spot[i];

		if (s->number != e->wd)
			continue;
		if (e->len == 0 || (s->name == NULL
		                    ? !is_own : strcmp(s->name, e->name) == 0))
			return true;
	}
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

void watch_free(struct watch *w, struct linux_os *os)
{
	if (w == NULL)
		return;
	linux_source_forget(os, &w->source);
	close(w->source.fd);
	for (size_t i = 0; i < w->count; i++)
		free(w->spot[i].name);
	free(w->spot);
	free(w);
}
