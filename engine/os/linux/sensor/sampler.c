/* sampler.c -- numbers that must be read again and again, for who asks. */

#include "os/linux/sensor/sampler.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "os/linux/host/host.h"

#define FILE_BYTES   4096
#define CPU_FIELDS   8          /* user to steal; guests are in user          */
#define CONSOLES     63         /* /dev/tty1 up to the kernel's last          */
#define MS_NS        UINT64_C(1000000)
#define SECOND_NS    INT64_C(1000000000)

enum { CPU_IDLE = 3, CPU_IOWAIT = 4 };

/* "cpu  4705 150 1120 16250 520 ...": user nice system idle iowait irq softirq
 * steal.  A CPU that waits for storage does not work. */
int sampler_cpu(const char *stat, struct cpu_time *ret_time)
{
	struct cpu_time t = { 0, 0 };

	if (strncmp(stat, "cpu ", 4) != 0)
		return -EBADMSG;
	stat += 4;
	for (int i = 0; i < CPU_FIELDS; i++) {
		char    *end;
		uint64_t ticks = strtoull(stat, &end, 10);

		if (end == stat)
			return -EBADMSG;
		stat = end;
		t.all += ticks;
		if (i != CPU_IDLE && i != CPU_IOWAIT)
			t.busy += ticks;
	}
	*ret_time = t;
	return 0;
}

/* "0.52 0.58 0.59 1/467 12345" */
int sampler_load(const char *loadavg, int64_t *ret_hundredths)
{
	char       *end;
	uint64_t    whole = strtoull(loadavg, &end, 10), part;
	const char *point = end;

	if (point == loadavg || *point != '.' || whole > INT32_MAX)
		return -EBADMSG;
	part = strtoull(point + 1, &end, 10);
	if (end != point + 3 || *end != ' ' || part > 99)
		return -EBADMSG;
	*ret_hundredths = (int64_t)(whole * 100 + part);
	return 0;
}

/* Since the reading before; the counts of a CPU that left may fall. */
static int cpu_read(struct sampler *s, enum host_fact f, int64_t *ret_value)
{
	struct cpu_time before = s->cpu_before, now;
	char            text[FILE_BYTES];

	(void)f;
	if (procfs_file(s->procfs, "stat", text, sizeof text) < 0 ||
	    sampler_cpu(text, &now) < 0)
		return -ENODATA;
	s->cpu_before = now;
	if (before.all == 0 || now.all <= before.all ||
	    now.busy < before.busy)
		return -ENODATA;
	*ret_value = (int64_t)((now.busy - before.busy) * 100 /
	                       (now.all - before.all));
	return 0;
}

static int load_read(struct sampler *s, enum host_fact f, int64_t *ret_value)
{
	char text[FILE_BYTES];

	(void)f;
	if (procfs_file(s->procfs, "loadavg", text, sizeof text) < 0 ||
	    sampler_load(text, ret_value) < 0)
		return -ENODATA;
	return 0;
}

/* The kernel's own average of ten seconds. */
static int stall_read(struct sampler *s, enum host_fact f, int64_t *ret_value)
{
	enum host_pressure of = f == HOST_memory_stall ? HOST_PRESSURE_MEMORY :
	                        f == HOST_cpu_stall ? HOST_PRESSURE_CPU :
	                        HOST_PRESSURE_IO;
	char               text[FILE_BYTES];
	uint64_t           us;
	int64_t            average;

	if (procfs_file(s->procfs, pressure_files[of], text, sizeof text) < 0 ||
	    pressure_stalled(text, &us, &average) < 0)
		return -ENODATA;
	*ret_value = average / 100;
	return 0;
}

/* Whoever reads a terminal touches it: its access time is when somebody last
 * typed there, give or take the eight seconds in which the kernel keeps it. */
static void terminal_see(const struct sampler *s, int folder, const char *name,
                         int64_t *newest_ns)
{
	struct stat st;
	int64_t     at_ns;

	if (fstatat(folder, name, &st, 0) < 0 || st.st_uid < s->people_low ||
	    st.st_uid > s->people_high)
		return;
	at_ns = st.st_atim.tv_sec * SECOND_NS + st.st_atim.tv_nsec;
	if (at_ns > *newest_ns)
		*newest_ns = at_ns;
}

static void consoles_see(const struct sampler *s, int folder,
                         int64_t *newest_ns)
{
	char name[16];

	for (int i = 1; i <= CONSOLES; i++) {
		snprintf(name, sizeof name, "tty%d", i);
		terminal_see(s, folder, name, newest_ns);
	}
}

/* Of a terminal window or a login over the network. */
static void windows_see(const struct sampler *s, int folder,
                        int64_t *newest_ns)
{
	int            fd = openat(folder, "pts", O_RDONLY | O_DIRECTORY |
	                           O_CLOEXEC);
	DIR           *windows = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (windows == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(windows)) != NULL)
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			terminal_see(s, dirfd(windows), entry->d_name,
			             newest_ns);
	closedir(windows);
}

static int idle_read(struct sampler *s, enum host_fact f, int64_t *ret_value)
{
	int             folder = open(s->devices, O_RDONLY | O_DIRECTORY |
	                              O_CLOEXEC);
	struct timespec now;
	int64_t         newest_ns = INT64_MIN;

	(void)f;
	if (folder < 0)
		return -ENODATA;
	consoles_see(s, folder, &newest_ns);
	windows_see(s, folder, &newest_ns);
	close(folder);
	if (newest_ns == INT64_MIN)
		return -ENODATA;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	*ret_value = now.tv_sec * SECOND_NS + now.tv_nsec - newest_ns;
	if (*ret_value < 0)
		*ret_value = 0;
	return 0;
}

static int (*const readers[HOST_COUNT])(struct sampler *, enum host_fact,
                                        int64_t *) = {
	[HOST_memory_stall] = stall_read, [HOST_cpu_stall] = stall_read,
	[HOST_io_stall]     = stall_read, [HOST_cpu]       = cpu_read,
	[HOST_load]         = load_read,  [HOST_idle]      = idle_read,
};

static uint64_t period_ns(int f)
{
	return host_rows[f].drift_ms * MS_NS;
}

void sampler_open(struct sampler *s, const struct procfs *procfs,
                  const char *devices)
{
	*s = (struct sampler){ .procfs = procfs, .devices = devices };
	linux_people(&s->people_low, &s->people_high);
}

static void sample(struct sampler *s, struct linux_os *os, int f)
{
	struct host now = { 0 };
	int         r;

	assert(readers[f] != NULL);
	r = readers[f](s, (enum host_fact)f, &now.value[f]);
	if (r == 0)
		now.known = HOST_BIT(f);
	host_take(&s->last, &now, (enum host_fact)f);
	linux_host_say(os, (enum host_fact)f, r, now.value[f]);
}

/* The next multiple; a quarter of a period at least, so that the first share
 * is one of more than a moment. */
static uint64_t next_due_ns(int f, uint64_t now_ns)
{
	uint64_t period = period_ns(f);

	return ((now_ns + period / 4) / period + 1) * period;
}

static void sample_first(struct sampler *s, struct linux_os *os, int f,
                         uint64_t now_ns)
{
	if (f == HOST_cpu)
		s->cpu_before = (struct cpu_time){ 0, 0 };
	s->due_ns[f] = next_due_ns(f, now_ns);
	sample(s, os, f);
}

/* What was watched before is said again: other changes may matter now. */
void sampler_watch(struct sampler *s, struct linux_os *os, uint64_t facts)
{
	uint64_t now_ns = linux_now_ns(), before = s->wanted;

	s->wanted = 0;
	for (int f = 0; f < HOST_COUNT; f++) {
		if (readers[f] == NULL || (facts & HOST_BIT(f)) == 0)
			continue;
		s->wanted |= HOST_BIT(f);
		if ((before & HOST_BIT(f)) == 0)
			sample_first(s, os, f, now_ns);
		else
			linux_host_say(os, (enum host_fact)f,
			               host_knows(&s->last,
			                          (enum host_fact)f) ?
			               0 : -ENODATA, s->last.value[f]);
	}
}

uint64_t sampler_due_ns(const struct sampler *s)
{
	uint64_t due = UINT64_MAX;

	for (int f = 0; f < HOST_COUNT; f++)
		if ((s->wanted & HOST_BIT(f)) != 0 && s->due_ns[f] < due)
			due = s->due_ns[f];
	return due;
}

void sampler_look(struct sampler *s, struct linux_os *os, uint64_t now_ns)
{
	for (int f = 0; f < HOST_COUNT; f++) {
		if ((s->wanted & HOST_BIT(f)) == 0 || s->due_ns[f] > now_ns)
			continue;
		sample(s, os, f);
		s->due_ns[f] = (now_ns / period_ns(f) + 1) * period_ns(f);
	}
}

int sampler_now(struct sampler *s, enum host_fact f, int64_t *ret_value)
{
	if (readers[f] == NULL || f == HOST_cpu)
		return -ENODATA;
	return readers[f](s, f, ret_value);
}
