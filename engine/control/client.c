/* client.c -- the other end of the control socket: one who asks. */

#include "control/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

/* Through the folder's descriptor: a path may be longer than the address of a
 * socket. */
static int address(const char *path, int *ret_folder, struct sockaddr_un *ret)
{
	const char *name = text_base_name(path);
	char        folder[1024];
	int         n;

	if ((size_t)(name - path) >= sizeof folder)
		return -ENAMETOOLONG;
	(void)text_copy_bytes(folder, sizeof folder, path,
	                      (size_t)(name - path));
	*ret_folder = open(folder[0] != '\0' ? folder : ".",
	                   O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*ret_folder < 0)
		return -errno;
	ret->sun_family = AF_UNIX;
	n = snprintf(ret->sun_path, sizeof ret->sun_path,
	             "/proc/self/fd/%d/%s", *ret_folder, name);
	if (n > 0 && (size_t)n < sizeof ret->sun_path)
		return 0;
	close(*ret_folder);
	return -ENAMETOOLONG;
}

/* Whoever else may listen in a place that anybody can write to is not asked. */
static int check_peer(int fd)
{
	struct ucred who;
	socklen_t    bytes = sizeof who;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &bytes) < 0)
		return -errno;
	return who.uid == 0 || who.uid == geteuid() ? 0 : -EPERM;
}

int client_open(struct client *c, const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int                folder, r;

	*c = (struct client){ .fd = -1 };
	r = address(path, &folder, &at);
	if (r < 0)
		return r;
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 ||
	    connect(c->fd, (const struct sockaddr *)&at, sizeof at) < 0)
		r = -errno;
	close(folder);
	if (r == 0)
		r = check_peer(c->fd);
	if (r < 0)
		client_close(c);
	return r;
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
}

int client_say(struct client *c, const char *line, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = send(c->fd, line, bytes, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		line += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int wait_for_more(struct client *c, int timeout_ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };
	int           r = poll(&p, 1, timeout_ms);

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	return r == 0 ? -ETIMEDOUT : 1;
}

static int read_more(struct client *c, int timeout_ms)
{
	ssize_t n;
	int     r = wait_for_more(c, timeout_ms);

	if (r <= 0)
		return r;
	n = recv(c->fd, c->in + c->used, sizeof c->in - c->used, 0);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ENODATA;
	c->used += (size_t)n;
	return 0;
}

int64_t client_hear(struct client *c, int timeout_ms, char **ret_line)
{
	char *end;
	int   r;

	memmove(c->in, c->in + c->taken, c->used - c->taken);
	c->used -= c->taken;
	c->taken = 0;
	while ((end = memchr(c->in, '\n', c->used)) == NULL) {
		if (c->used == sizeof c->in)
			return -EMSGSIZE;
		r = read_more(c, timeout_ms);
		if (r < 0)
			return r;
	}
	*end = '\0';
	c->taken = (size_t)(end - c->in) + 1;
	*ret_line = c->in;
	return end - c->in;
}
