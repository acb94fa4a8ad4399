/* memory.c -- what is left of memory, wherever it can run out.
 *
 * The stalled time that the kernel counts rises late when programs eat memory
 * that cannot be swapped out: after the last free page a few milliseconds of
 * waiting are all there is.  So what is left is watched along with it, and how
 * fast it shrinks.
 */
#include "os/linux/host/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "os/linux/sensor/sensor.h"

#define FILE_BYTES   4096
#define SECOND_NS    UINT64_C(1000000000)
#define SLOW_NS      SECOND_NS          /* after a needless waking            */
#define BLIND_NS     (10 * SECOND_NS)   /* where faults are not counted       */

/* "MemTotal:       24684096 kB" */
static bool line_bytes(const char *text, const char *word, uint64_t *ret_bytes)
{
	const char *at = strstr(text, word);
	char       *end;

	if (at == NULL)
		return false;
	at += strlen(word);
	at += strspn(at, " ");
	*ret_bytes = strtoull(at, &end, 10) << 10;
	return end != at && at[0] != '-';
}

int memory_left(const char *meminfo, uint64_t *ret_total_bytes,
                uint64_t *ret_left_bytes)
{
	uint64_t total, left;

	if (!line_bytes(meminfo, "MemTotal:", &total) || total == 0 ||
	    !line_bytes(meminfo, "MemAvailable:", &left))
		return -EBADMSG;
	*ret_total_bytes = total;
	*ret_left_bytes = left;
	return 0;
}

void memory_open(struct memory *m, const struct procfs *procfs,
                 const struct host_shortage *shortage)
{
	*m = (struct memory){ .procfs = procfs };
	if (shortage != NULL)
		m->shortage = *shortage;
}

int memory_add(struct memory *m, const char *folder, bool unified)
{
	for (size_t i = 0; i < m->groups; i++)
		if (strcmp(m->group[i].folder, folder) == 0)
			return 0;
	if (m->groups == MEMORY_GROUPS_MAX) {
		m->left_out++;
		return -ENOSPC;
	}
	memory_group_open(&m->group[m->groups++], folder, unified);
	return 0;
}

/* What cannot be read is no reason for alarm. */
static void machine_read(struct memory *m, uint64_t now_ns)
{
	char     text[FILE_BYTES];
	uint64_t total, left;

	if (procfs_file(m->procfs, "meminfo", text, sizeof text) < 0 ||
	    memory_left(text, &total, &left) < 0)
		supply_forget(&m->machine);
	else
		supply_note(&m->machine, now_ns, total, left);
}

enum host_level memory_read(struct memory *m, uint64_t now_ns)
{
	enum host_level worst, level;
	uint64_t        most;

	machine_read(m, now_ns);
	worst = supply_judge(&m->machine, &m->shortage);
	most = m->machine.total_bytes > 0 ? m->machine.total_bytes :
	       UINT64_C(1) << 60;
	for (size_t i = 0; i < m->groups; i++) {
		memory_group_read(&m->group[i], now_ns, most);
		level = supply_judge(&m->group[i].supply, &m->shortage);
		if (level > worst)
			worst = level;
	}
	return worst;
}

uint64_t memory_pace_ns(const struct memory *m, uint64_t period_ns)
{
	uint64_t first = supply_pace_ns(&m->machine, period_ns);

	for (size_t i = 0; i < m->groups; i++) {
		uint64_t pace = supply_pace_ns(&m->group[i].supply, period_ns);

		if (pace < first)
			first = pace;
	}
	return first;
}

/* How much may go anywhere before that place must be looked at. */
static uint64_t rest_bytes(struct memory *m)
{
	uint64_t least = supply_rest_bytes(&m->machine, &m->shortage);

	for (size_t i = 0; i < m->groups; i++) {
		uint64_t bytes = supply_rest_bytes(&m->group[i].supply,
		                                   &m->shortage);

		if (bytes < least)
			least = bytes;
	}
	return least;
}

static bool memory_shrank(const struct memory *m)
{
	if (supply_shrank(&m->machine, m->step_bytes / 2))
		return true;
	for (size_t i = 0; i < m->groups; i++)
		if (supply_shrank(&m->group[i].supply, m->step_bytes / 2))
			return true;
	return false;
}

static int memory_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct memory *m = self;

	(void)what;
	m->woken = true;
	memory_rise(m, os);
	pressure_woken(&os->host.pressure[HOST_PRESSURE_MEMORY], os);
	return 0;
}

static bool faults_arm(struct memory *m, struct linux_os *os)
{
	if (!m->asked)
		m->faults = page_faults_new(memory_ready, m);
	m->asked = true;
	return m->faults != NULL &&
	       page_faults_arm(m->faults, os, rest_bytes(m),
	                       &m->step_bytes) == 0;
}

/* Programs that start and end touch memory all the time and leave as much of it
 * as there was: they wake us once a second, no more.  So does a group that is
 * full of what it read. */
uint64_t memory_rest(struct memory *m, struct linux_os *os, uint64_t now_ns)
{
	bool needless = m->woken && !memory_shrank(m);

	m->woken = false;
	for (size_t i = 0; i < m->groups; i++)
		if (!needless || !m->group[i].unified)
			memory_group_arm(&m->group[i], os, memory_ready, m);
	if (needless)
		return now_ns + SLOW_NS;
	return faults_arm(m, os) ? UINT64_MAX : now_ns + BLIND_NS;
}

void memory_rise(struct memory *m, struct linux_os *os)
{
	if (m->faults != NULL)
		page_faults_rest(m->faults, os);
	for (size_t i = 0; i < m->groups; i++)
		memory_group_rest(&m->group[i], os);
}

void memory_close(struct memory *m, struct linux_os *os)
{
	page_faults_free(m->faults, os);
	m->faults = NULL;
	m->asked = m->woken = false;
	for (size_t i = 0; i < m->groups; i++)
		memory_group_close(&m->group[i], os);
}
