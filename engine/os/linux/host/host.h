/* host.h -- what is true of the machine, as far as Linux tells it.
 *
 * Each part looks where it must and says what it saw; said is not told.  Only
 * what makes a difference to whoever watches becomes an EVENT_HOST, and what is
 * not watched is not looked at, so that an idle machine sleeps.
 */
#ifndef OS_LINUX_HOST_HOST_H
#define OS_LINUX_HOST_HOST_H

#include "os/linux/host/daytime.h"
#include "os/linux/host/devices.h"
#include "os/linux/host/pressure.h"
#include "os/linux/sensor/sampler.h"

struct linux_host {
	uint64_t           wanted;      /* HOST_BITs                          */
	uint64_t           heard;       /* of which told means anything       */
	struct host        told;        /* as whoever watches has it          */
	struct host_bounds bounds[HOST_COUNT];
	struct memory      memory;
	struct pressure    pressure[HOST_PRESSURES];
	struct devices     devices;
	struct sampler     sampler;
	struct daytime     daytime;
};

/* procfs is lent. */
void linux_host_open(struct linux_host *h, const struct procfs *procfs,
                     const struct linux_options *o);
/* From now on these facts are told when they change; what cannot be told is
 * read. */
void linux_host_watch(struct linux_host *h, struct linux_os *os,
                      const struct interest *what);
/* As it was last told where it is watched; else as it is.  0 or -ENODATA. */
int  linux_host_now(struct linux_host *h, enum host_fact f, int64_t *ret_value);
/* A part saw the fact, or with -errno that nothing tells it.  The first time
 * nobody is told: who asks for a fact also looks at it. */
void linux_host_say(struct linux_os *os, enum host_fact f, int status,
                    int64_t value);
/* UINT64_MAX: nothing to look at. */
uint64_t linux_host_due_ns(const struct linux_host *h);
/* Reads what is due. */
void linux_host_look(struct linux_host *h, struct linux_os *os,
                     uint64_t now_ns);
void linux_host_close(struct linux_host *h, struct linux_os *os);

#endif
