/* listen.c -- a socket in a folder of ours where programs may come.
 *
 * It is made under another name, for nobody, in a folder where nobody else can
 * write; only when it listens and has its mode does it get its own name.  So
 * there is no moment at which the wrong ones could come, or find nobody there.
 */
#include "os/linux/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "os/linux/folder.h"

#define WAITING_MAX 128         /* that the kernel keeps until we take them   */

/* Through the descriptor of the folder: a path may be longer than an address of
 * a socket, and the folder cannot be another one meanwhile. */
static int socket_bind(const struct listening *l, const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int                n;

	n = snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d/%s",
	             l->folder, name);
	if (n < 0 || (size_t)n >= sizeof at.sun_path)
		return -ENAMETOOLONG;
	if (unlinkat(l->folder, name, 0) < 0 && errno != ENOENT)
		return -errno;
	if (fchmod(l->fd, 0) < 0 ||
	    bind(l->fd, (const struct sockaddr *)&at, sizeof at) < 0)
		return -errno;
	return 0;
}

/* Something else with that name is somebody's, and stays. */
static int place_check(const struct listening *l)
{
	struct stat st;

	if (fstatat(l->folder, l->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return S_ISSOCK(st.st_mode) ? 0 : -EEXIST;
}

static int socket_listen(struct listening *l, mode_t mode)
{
	char name[NAME_KEEP + 8];
	int  r;

	snprintf(name, sizeof name, "%s.new", l->name);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	r = socket_bind(l, name);
	if (r < 0)
		return r;
	if (fchmodat(l->folder, name, mode, 0) < 0 ||
	    listen(l->fd, WAITING_MAX) < 0 ||
	    renameat(l->folder, name, l->folder, l->name) < 0) {
		r = -errno;
		unlinkat(l->folder, name, 0);
	}
	return r;
}

/* Whoever holds the lock is the only one who may listen here. */
static int place_take(struct listening *l, const char *folder)
{
	char name[NAME_KEEP + 8];

	l->folder = folder_open(folder);
	if (l->folder < 0)
		return l->folder;
	snprintf(name, sizeof name, "%s.lock", l->name);
	l->lock = folder_lock(l->folder, name);
	return l->lock < 0 ? l->lock : place_check(l);
}

int listening_open(const char *path, mode_t mode,
                   struct listening *ret_listening)
{
	struct listening l = { -1, -1, -1, "" };
	char             folder[PATH_KEEP * 2];
	int              r = folder_split(path, folder, sizeof folder, l.name,
	                                  sizeof l.name - sizeof ".new");
	bool             ours;

	if (r == 0)
		r = place_take(&l, folder);
	ours = r == 0;
	if (r == 0)
		r = socket_listen(&l, mode);
	if (r < 0) {
		if (!ours)
			l.name[0] = '\0';
		listening_close(&l);
		return r;
	}
	*ret_listening = l;
	return 0;
}

void listening_close(struct listening *l)
{
	if (l->fd >= 0 && l->name[0] != '\0')
		unlinkat(l->folder, l->name, 0);
	if (l->fd >= 0)
		close(l->fd);
	if (l->lock >= 0)
		close(l->lock);
	if (l->folder >= 0)
		close(l->folder);
	*l = (struct listening){ -1, -1, -1, "" };
}
