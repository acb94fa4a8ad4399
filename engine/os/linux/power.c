/* power.c -- whether the machine runs on its battery.
 *
 * The kernel says on a netlink socket that some device changed; what it is now
 * is read from its folder.  Nothing is read while nothing changes.
 */
#include "os/linux/power.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"

#define UEVENT_BYTES 8192       /* the kernel's own bound is 2048             */

/* One attribute of one supply, without the newline; "" where there is none. */
static void supply_read(int folder, const char *supply, const char *attribute,
                        char *ret_text, size_t size)
{
	int     at = openat(folder, supply, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int     fd = at < 0 ? -1 : openat(at, attribute, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, ret_text, size - 1);

	ret_text[n > 0 ? n : 0] = '\0';
	ret_text[strcspn(ret_text, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
}

/* What all supplies together amount to. */
struct supplies {
	bool battery, discharging, mains, plugged;
};

/* A mouse has a battery too; that is its own affair. */
static void supply_weigh(int folder, const char *supply, struct supplies *sum)
{
	char type[32], scope[32], text[32];

	supply_read(folder, supply, "type", type, sizeof type);
	supply_read(folder, supply, "scope", scope, sizeof scope);
	if (strcmp(scope, "Device") == 0)
		return;
	/* Phones and tablets are charged through what calls itself USB_C and
	 * the like. */
	if (strcmp(type, "Battery") == 0) {
		sum->battery = true;
		supply_read(folder, supply, "status", text, sizeof text);
		sum->discharging |= strcmp(text, "Discharging") == 0;
	} else if (strcmp(type, "Mains") == 0 || strncmp(type, "USB", 3) == 0) {
		sum->mains = true;
		supply_read(folder, supply, "online", text, sizeof text);
		sum->plugged |= text[0] != '\0' && text[0] != '0';
	}
}

bool power_on_battery(const char *supplies)
{
	struct supplies sum = { false, false, false, false };
	DIR            *folder = opendir(supplies);
	struct dirent  *entry;

	if (folder == NULL)
		return false;
	while ((entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			supply_weigh(dirfd(folder), entry->d_name, &sum);
	closedir(folder);
	/* Where no plug is known the battery's own word is all there is. */
	return sum.battery && !sum.plugged && (sum.mains || sum.discharging);
}

/* Told only when it is another value than the one last told. */
static void power_look(struct power *p, struct linux_os *os)
{
	struct event e = { .kind = EVENT_HOST };
	bool         now = power_on_battery(p->supplies);

	if (now == p->on_battery)
		return;
	p->on_battery = now;
	e.u.host.fact = HOST_on_battery;
	e.u.host.value = now;
	(void)linux_queue(os, &e);      /* host() has it in any case          */
}

/* Lines "KEY=value", each ended by NUL; only the kernel sends from port 0. */
static bool about_power(int fd, bool *ret_more)
{
	char               text[UEVENT_BYTES];
	struct sockaddr_nl from = { 0 };
	socklen_t          size = sizeof from;
	ssize_t            n = recvfrom(fd, text, sizeof text - 1, MSG_DONTWAIT,
	                                (struct sockaddr *)&from, &size);

	*ret_more = n > 0 || (n < 0 && errno == ENOBUFS);
	if (n <= 0)
		return *ret_more;       /* lost some: it may have been        */
	if (from.nl_pid != 0)
		return false;
	return memmem(text, (size_t)n, "\0SUBSYSTEM=power_supply", 24) != NULL;
}

/* A plugged-in dock sends dozens of them: one look answers all. */
static int power_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct power *p = self;
	bool          more = true, about = false;

	(void)what;
	for (int i = 0; more && i < UEVENTS_MAX; i++)
		about |= about_power(p->source.fd, &more);
	if (about)
		power_look(p, os);
	return 0;
}

/* Group 1 is the kernel's own news; udev's come on group 2. */
static int uevents_open(struct power *p, struct linux_os *os)
{
	struct sockaddr_nl group = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int                fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC |
	                               SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);
	int                r = 0;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&group, sizeof group) < 0)
		r = -errno;
	p->source.fd = fd;
	if (r == 0)
		r = linux_source_watch(os, &p->source, EPOLLIN);
	if (r == 0)
		return 0;
	close(fd);
	p->source.fd = -1;
	return r;
}

void power_open(struct power *p, const char *supplies)
{
	*p = (struct power){ .source = { -1, power_ready, p },
	                     .supplies = supplies };
}

int power_watch(struct power *p, struct linux_os *os, bool wanted)
{
	int r = 0;

	if (wanted == p->wanted)
		return 0;
	if (!wanted) {
		power_close(p, os);
		return 0;
	}
	/* First the news, then the look: no change falls in between. */
	r = uevents_open(p, os);
	p->wanted = true;
	power_look(p, os);
	return r;
}

bool power_now(struct power *p)
{
	if (p->source.fd < 0)
		p->on_battery = power_on_battery(p->supplies);
	return p->on_battery;
}

void power_close(struct power *p, struct linux_os *os)
{
	linux_source_forget(os, &p->source);
	if (p->source.fd >= 0)
		close(p->source.fd);
	p->source.fd = -1;
	p->wanted = false;
}
