/* page_faults.c -- wakes when so much memory was touched anew that it is time
 * to look what is left. */

#include "os/linux/host/page_faults.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/actuator/actuator.h"

#define FAULTS_LEAST 64         /* of one CPU: not each of them is memory     */

/* The kernel writes a line for each overflow into the ring, and wakes nobody
 * who has none. */
struct counter {
	int   fd;
	struct perf_event_mmap_page *ring;
};

struct page_faults {
	struct source  source;          /* an epoll of all the counters       */
	size_t         ring_bytes;
	uint64_t       fault_bytes;     /* that one fault may bring           */
	size_t         count;
	struct counter counter[];
};

/* Where each program gets huge pages, one fault brings one of those. */
static uint64_t bytes_of_fault(void)
{
	const char *folder = "/sys/kernel/mm/transparent_hugepage";
	uint64_t    page = (uint64_t)sysconf(_SC_PAGESIZE), huge;
	char        path[128], text[128];

	snprintf(path, sizeof path, "%s/enabled", folder);
	if (path_read(path, text, sizeof text) < 0 ||
	    strstr(text, "[always]") == NULL)
		return page;
	snprintf(path, sizeof path, "%s/hpage_pmd_size", folder);
	if (path_read(path, text, sizeof text) < 0)
		return page;
	huge = strtoull(text, NULL, 10);
	return huge > page ? huge : page;
}

static int counter_open(struct counter *c, int cpu, size_t ring_bytes)
{
	struct perf_event_attr what = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof what,
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_period = UINT64_C(1) << 40, .wakeup_events = 1,
		.disabled = 1 };
	void *ring;

	c->fd = (int)syscall(SYS_perf_event_open, &what, -1, cpu, -1,
	                     PERF_FLAG_FD_CLOEXEC);
	if (c->fd < 0)
		return -errno;
	ring = mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
	            c->fd, 0);
	if (ring == MAP_FAILED)
		return -errno;
	c->ring = ring;
	return 0;
}

/* A CPU that is asleep for good has no counter and takes no memory. */
static int counters_open(struct page_faults *f, long cpus)
{
	for (int cpu = 0; cpu < cpus; cpu++) {
		struct counter    *c = &f->counter[f->count];
		struct epoll_event e = { .events = EPOLLIN };
		int                r = counter_open(c, cpu, f->ring_bytes);

		if (r == -ENODEV)
			continue;
		f->count++;
		if (r < 0)
			return r;
		if (epoll_ctl(f->source.fd, EPOLL_CTL_ADD, c->fd, &e) < 0)
			return -errno;
	}
	return f->count > 0 ? 0 : -ENODEV;
}

struct page_faults *page_faults_new(int (*ready)(void *self,
                                                 struct linux_os *os,
                                                 uint32_t what), void *self)
{
	long                cpus = sysconf(_SC_NPROCESSORS_CONF);
	struct page_faults *f;

	if (cpus < 1 || cpus > PAGE_FAULT_CPUS_MAX)
		return NULL;
	f = calloc(1, sizeof *f + (size_t)cpus * sizeof f->counter[0]);
	if (f == NULL)
		return NULL;
	f->source = (struct source){ epoll_create1(EPOLL_CLOEXEC), ready,
	                             self };
	f->ring_bytes = 2 * (size_t)sysconf(_SC_PAGESIZE);
	f->fault_bytes = bytes_of_fault();
	if (f->source.fd >= 0 && counters_open(f, cpus) == 0)
		return f;
	page_faults_free(f, NULL);
	return NULL;
}

/* What was told before is past. */
static void forget_told(struct page_faults *f)
{
	struct epoll_event e;

	for (size_t i = 0; i < f->count; i++) {
		struct perf_event_mmap_page *ring = f->counter[i].ring;

		__atomic_store_n(&ring->data_tail,
		                 __atomic_load_n(&ring->data_head,
		                                 __ATOMIC_ACQUIRE),
		                 __ATOMIC_RELEASE);
	}
	for (size_t i = 0; i < f->count; i++)
		if (epoll_wait(f->source.fd, &e, 1, 0) <= 0)
			break;
}

/* They may all be taken on one CPU, or on all alike. */
int page_faults_arm(struct page_faults *f, struct linux_os *os, uint64_t bytes,
                    uint64_t *ret_least_bytes)
{
	uint64_t faults = bytes / f->fault_bytes / f->count;

	if (faults < FAULTS_LEAST)
		faults = FAULTS_LEAST;
	for (size_t i = 0; i < f->count; i++)
		if (ioctl(f->counter[i].fd, PERF_EVENT_IOC_PERIOD,
		          &faults) < 0)
			return -errno;
	forget_told(f);
	for (size_t i = 0; i < f->count; i++)
		if (ioctl(f->counter[i].fd, PERF_EVENT_IOC_ENABLE, 0) < 0)
			return -errno;
	*ret_least_bytes = faults * (uint64_t)sysconf(_SC_PAGESIZE);
	return linux_source_watch(os, &f->source, EPOLLIN);
}

void page_faults_rest(struct page_faults *f, struct linux_os *os)
{
	linux_source_forget(os, &f->source);
	for (size_t i = 0; i < f->count; i++)
		(void)ioctl(f->counter[i].fd, PERF_EVENT_IOC_DISABLE, 0);
}

void page_faults_free(struct page_faults *f, struct linux_os *os)
{
	if (f == NULL)
		return;
	if (os != NULL)
		linux_source_forget(os, &f->source);
	for (size_t i = 0; i < f->count; i++) {
		if (f->counter[i].ring != NULL)
			munmap(f->counter[i].ring, f->ring_bytes);
		if (f->counter[i].fd >= 0)
			close(f->counter[i].fd);
	}
	if (f->source.fd >= 0)
		close(f->source.fd);
	free(f);
}
