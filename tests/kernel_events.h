/* kernel_events.h -- what the running kernel tells of a child. */
#ifndef TESTS_KERNEL_EVENTS_H
#define TESTS_KERNEL_EVENTS_H

#include <linux/netlink.h>
#include <spawn.h>
#include <sys/socket.h>

#include "sensing.h"

#include "os/linux/sensor/procfs.h"
#include "os/linux/sensor/queue.h"

static inline void do_nothing(void)
{
}

static inline void setup(void)
{
	struct linux_options o;

	sets = interned_new();
	o = options_for_tests();
	sensor_begin(&o, false);
}

static inline void teardown(void)
{
	linux_close(&os);
	interned_free(sets);
}

/* The connector's own socket, among what this process has open. */
static inline int connector_fd(void)
{
	int       domain, protocol;
	socklen_t size = sizeof domain;

	for (int fd = 3; fd < 64; fd++)
		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain,
		               &size) == 0 &&
		    getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol,
		               &size) == 0 &&
		    domain == AF_NETLINK && protocol == NETLINK_CONNECTOR)
			return fd;
	ck_abort_msg("no connector is open");
}

#endif
