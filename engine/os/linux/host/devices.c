/* devices.c -- what changes when devices come and go: the mains and the CPUs.
 *
 * The kernel says on a netlink socket that some device changed; what it is now
 * is read from its folder.  Nothing is read while nothing changes.
 */
#include "os/linux/host/devices.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/host/host.h"
#include "os/linux/host/power.h"

#define UEVENT_BYTES 8192       /* the kernel's own bound is 2048             */

static const struct subsystem {
	enum host_fact fact;
	const char    *line;            /* NUL before and after it            */
	size_t         bytes;
} subsystems[] = {
	{ HOST_on_battery, "\0SUBSYSTEM=power_supply", 24 },
	{ HOST_cores,      "\0SUBSYSTEM=cpu", 15 },
};

#define SUBSYSTEMS (sizeof subsystems / sizeof *subsystems)

int devices_now(const struct devices *d, enum host_fact f, int64_t *ret_value)
{
	*ret_value = f == HOST_on_battery ? power_on_battery(d->supplies) :
	             sysconf(_SC_NPROCESSORS_ONLN);
	return *ret_value < 0 ? -ENODATA : 0;
}

static void devices_look(const struct devices *d, struct linux_os *os,
                         uint64_t facts)
{
	for (size_t i = 0; i < SUBSYSTEMS; i++) {
		enum host_fact f = subsystems[i].fact;
		int64_t        value;
		int            r;

		if ((facts & d->wanted & HOST_BIT(f)) == 0)
			continue;
		r = devices_now(d, f, &value);
		linux_host_say(os, f, r, value);
	}
}

/* Lines "KEY=value", each ended by NUL; only the kernel sends from port 0. */
static uint64_t facts_about(int fd, bool *ret_more)
{
	char               text[UEVENT_BYTES];
	struct sockaddr_nl from = { 0 };
	socklen_t          size = sizeof from;
	ssize_t            n = recvfrom(fd, text, sizeof text - 1, MSG_DONTWAIT,
	                                (struct sockaddr *)&from, &size);
	uint64_t           facts = 0;

	*ret_more = n > 0 || (n < 0 && errno == ENOBUFS);
	if (n <= 0)
		return *ret_more ? ~UINT64_C(0) : 0;    /* some are lost      */
	text[n] = '\0';
	for (size_t i = 0; i < SUBSYSTEMS && from.nl_pid == 0; i++)
		if (memmem(text, (size_t)n + 1, subsystems[i].line,
		           subsystems[i].bytes) != NULL)
			facts |= HOST_BIT(subsystems[i].fact);
	return facts;
}

/* A plugged-in dock sends dozens of them: one look answers all. */
static int devices_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct devices *d = self;
	uint64_t        facts = 0;
	bool            more = true;

	(void)what;
	for (int i = 0; more && i < UEVENTS_MAX; i++)
		facts |= facts_about(d->source.fd, &more);
	devices_look(d, os, facts);
	return 0;
}

/* Group 1 is the kernel's own news; udev's come on group 2. */
static int uevents_open(struct devices *d, struct linux_os *os)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int                fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC |
	                               SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	int                r = 0;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&group, sizeof group) < 0)
		r = -errno;
	d->source.fd = fd;
	if (r == 0)
		r = linux_source_watch(os, &d->source, EPOLLIN);
	if (r == 0)
		return 0;
	close(fd);
	d->source.fd = -1;
	return r;
}

void devices_open(struct devices *d, const char *supplies)
{
	*d = (struct devices){ .source = { -1, devices_ready, d },
	                       .supplies = supplies };
}

static uint64_t facts_of_devices(void)
{
	uint64_t facts = 0;

	for (size_t i = 0; i < SUBSYSTEMS; i++)
		facts |= HOST_BIT(subsystems[i].fact);
	return facts;
}

int devices_watch(struct devices *d, struct linux_os *os, uint64_t facts)
{
	int r = 0;

	facts &= facts_of_devices();
	if (facts == 0)
		devices_close(d, os);
	/* First the news, then the look: no change falls in between. */
	else if (d->source.fd < 0)
		r = uevents_open(d, os);
	d->wanted = facts;
	devices_look(d, os, facts);
	return r;
}

void devices_close(struct devices *d, struct linux_os *os)
{
	linux_source_forget(os, &d->source);
	if (d->source.fd >= 0)
		close(d->source.fd);
	d->source.fd = -1;
	d->wanted = 0;
}
