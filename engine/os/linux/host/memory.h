/* memory.h -- what is left of memory, wherever it can run out: on the machine,
 * and in each control group with a limit that matters to us.
 *
 * Those are the groups that pqs itself is in, as of a container, and those that
 * pqs.yaml names.  The groups of pools are not: to be short is
 * what they are for.
 */
#ifndef OS_LINUX_HOST_MEMORY_H
#define OS_LINUX_HOST_MEMORY_H

#include "os/linux/host/memory_group.h"
#include "os/linux/host/page_faults.h"

struct memory {
	const struct procfs *procfs;
	struct host_shortage shortage;
	struct supply        machine;
	struct memory_group  group[MEMORY_GROUPS_MAX];
	size_t               groups;
	uint64_t             left_out;  /* groups that found no place         */
	struct page_faults  *faults;    /* NULL: refused, or not asked yet    */
	bool                 asked;
	uint64_t             step_bytes;        /* taken when it wakes us     */
	bool                 woken;     /* since we went to rest              */
};

/* From text as the kernel writes it: 0 or -EBADMSG.  MemAvailable, not MemFree:
 * what caches hold can be had at once. */
int memory_left(const char *meminfo, uint64_t *ret_total_bytes,
                uint64_t *ret_left_bytes);

/* shortage NULL: no bounds. */
void memory_open(struct memory *m, const struct procfs *procfs,
                 const struct host_shortage *shortage);
/* The folder of one more group; one that is there already counts once.  0 or
 * -ENOSPC. */
int  memory_add(struct memory *m, const char *folder, bool unified);
/* Adds the groups that this process is in, and those that are named as in
 * /proc/PID/cgroup; ret_there says of each of these whether it is there.  One
 * that comes later is watched from then on.  root is "", or a
 * copy for tests. */
void memory_find(struct memory *m, const char *root, const char *const *named,
                 size_t count, bool *ret_there);
/* One reading of all: the worst level. */
enum host_level memory_read(struct memory *m, uint64_t now_ns);
/* After how long the next one is due; UINT64_MAX: nothing shrinks. */
uint64_t memory_pace_ns(const struct memory *m, uint64_t period_ns);
/* It is calm: has the kernel wake us (through pressure_woken()).  When to look
 * again even if it does not; UINT64_MAX: need not be. */
uint64_t memory_rest(struct memory *m, struct linux_os *os, uint64_t now_ns);
/* It is read anyway: no more news. */
void memory_rise(struct memory *m, struct linux_os *os);
void memory_close(struct memory *m, struct linux_os *os);

#endif
