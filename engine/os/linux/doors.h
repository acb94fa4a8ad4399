/* doors.h -- what the doors on Linux share: one wait and one queue.
 *
 * The event thread sleeps in one epoll_wait().  Whoever has a descriptor that
 * may wake it lends a source; what the source learns it puts in the queue that
 * sensor.next() hands out.
 *
 * While events are watched SIGINT, SIGTERM and SIGHUP are blocked in this
 * process: whoever starts another program empties its signal mask first.
 */
#ifndef OS_LINUX_DOORS_H
#define OS_LINUX_DOORS_H

#include <stdint.h>

#include "os/linux/linux.h"

struct linux_os;
struct roster;

struct source {
	int   fd;
	/* Called on the event thread with what epoll said (EPOLLIN, EPOLLHUP,
	 * ...), again and again as long as it holds.  Reads a bounded amount.
	 * 0, or -errno: the descriptor is of no more use and is not watched
	 * any longer (the owner still closes it). */
	int (*ready)(void *self, struct linux_os *os, uint32_t what);
	void *self;
};

/* Watches s->fd, or changes what for; s is lent until removed.  what is EPOLLIN
 * and the like, level-triggered.  0 or -errno. */
int  linux_source_watch(struct linux_os *os, struct source *s, uint32_t what);
/* Before the descriptor is closed; also from within ready(), and also when it
 * was never watched. */
void linux_source_forget(struct linux_os *os, struct source *s);

/* Puts an event in line for sensor.next(); at_ns 0 becomes now.  0, or -ENOBUFS
 * when the line is full (EVENT_LOST is then told in its stead). */
int linux_queue(struct linux_os *os, const struct event *e);

/* Monotonic. */
uint64_t linux_now_ns(void);

/* Each fills one door; the os outlives them all, and linux_close() calls their
 * close() before it goes away.  0 or -errno. */
int linux_actuator_open(const struct linux_options *o,
                        struct actuator *ret_actuator);
/* What takes long is not waited for from now on: EVENT_TURNED tells.  0 or
 * -ENOMEM. */
int linux_actuator_wait_aside(const struct actuator *door, struct linux_os *os);
/* Lends it what the kernel's list last told, for the life of the actuator;
 * births are counted in ticks of that length. */
void linux_actuator_listen(const struct actuator *door,
                           struct roster *roster, uint64_t tick_ns);
int linux_store_open(const char *path, struct store *ret_store);
int linux_gate_open(struct linux_os *os, const struct linux_gate *o,
                    struct gate *ret_gate);
int linux_wire_open(struct linux_os *os, const struct linux_options *o,
                    struct wire *ret_wire);
int linux_workshop_open(struct linux_os *os, struct workshop *ret_workshop);

#endif
