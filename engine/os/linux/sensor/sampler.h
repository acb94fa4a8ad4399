/* sampler.h -- numbers that must be read again and again, for who asks.
 *
 * One timer for all: each is read at whole multiples of its period, so that
 * those of one second and those of ten wake the machine together.  Where no
 * rule asks for any there is no timer.
 */
#ifndef OS_LINUX_SENSOR_SAMPLER_H
#define OS_LINUX_SENSOR_SAMPLER_H

#include "os/linux/doors.h"
#include "os/linux/sensor/procfs.h"

struct cpu_time {
	uint64_t busy, all;             /* clock ticks of all CPUs since boot */
};

struct sampler {
	const struct procfs *procfs;
	const char          *devices;   /* folder with the terminals          */
	uid_t                people_low, people_high;
	uint64_t             wanted;    /* HOST_BITs of ours                  */
	struct host          last;      /* as last read                       */
	struct cpu_time      cpu_before;
	uint64_t             due_ns[HOST_COUNT];        /* of those wanted    */
};

/* From text as the kernel writes it: 0 or -EBADMSG. */
int sampler_cpu(const char *stat, struct cpu_time *ret_time);
int sampler_load(const char *loadavg, int64_t *ret_hundredths);

/* devices: "/dev", or a copy. */
void sampler_open(struct sampler *s, const struct procfs *procfs,
                  const char *devices);
/* Facts of others are left out. */
void sampler_watch(struct sampler *s, struct linux_os *os, uint64_t facts);
/* When the first of those wanted is due; UINT64_MAX: none is wanted. */
uint64_t sampler_due_ns(const struct sampler *s);
/* Reads what is due and says what it is. */
void sampler_look(struct sampler *s, struct linux_os *os, uint64_t now_ns);
/* The present value where it is not watched: 0 or -ENODATA.  What the CPUs do
 * can only be told between two readings. */
int  sampler_now(struct sampler *s, enum host_fact f, int64_t *ret_value);

#endif
