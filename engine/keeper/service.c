/* service.c -- what a service manager is told of us, and what it
 * wants to hear. */

#include "keeper/service.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SHORTEST_NS UINT64_C(2000000)

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t             n = strlen(path);
	int                fd;

	if ((path[0] != '/' && path[0] != '@') || n >= sizeof to.sun_path)
		return -EINVAL;
	memcpy(to.sun_path, path, n);
	if (path[0] == '@')             /* of the abstract ones               */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to,
	                       (socklen_t)(offsetof(struct sockaddr_un,
	                                            sun_path) + n)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Half of what it waits, so that one that comes late is not yet too late. */
static uint64_t beat_of(const char *usec, const char *pid)
{
	char              *end;
	unsigned long long us;

	if (usec == NULL ||
	    (pid != NULL && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	us = strtoull(usec, &end, 10);
	if (*end != '\0' || us == 0 || us > UINT64_MAX / 1000)
		return 0;
	return us * 500 < SHORTEST_NS ? SHORTEST_NS : us * 500;
}

void service_open(struct service *s)
{
	const char *path = getenv("NOTIFY_SOCKET");

	s->fd = path != NULL ? connect_to(path) : -1;
	s->beat_ns = s->fd < 0 ? 0 : beat_of(getenv("WATCHDOG_USEC"),
	                                     getenv("WATCHDOG_PID"));
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void service_close(struct service *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

void service_say(const struct service *s, const char *word)
{
	if (s->fd >= 0)
		send(s->fd, word, strlen(word), MSG_DONTWAIT | MSG_NOSIGNAL);
}
