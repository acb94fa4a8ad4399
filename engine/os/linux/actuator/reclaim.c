/* reclaim.c -- taking memory from a process, mapping by mapping. */

#include "os/linux/actuator/reclaim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "os/linux/actuator/actuator.h"

#define STEP_BYTES (INT64_C(4) << 20)
#define TIME_NS    UINT64_C(2000000000)

struct taking {
	pid_t    pid;
	int      pidfd;
	int64_t  wanted, before, now;   /* bytes; of what is in memory        */
	uint64_t until_ns;
	bool     swap;                  /* there is some                      */
	int      error;
};

struct mapping {
	uint64_t start, end;
	uint64_t inode;
	int64_t  rss_kib;
	bool     private;
};

/* An iovec to the kernel, but an address of another process is no pointer. */
static long advise(int pidfd, uint64_t at, uint64_t bytes)
{
	const uintptr_t part[2] = { (uintptr_t)at, (uintptr_t)bytes };

	return syscall(SYS_process_madvise, pidfd, part, 1UL, MADV_PAGEOUT, 0U);
}

int reclaim_there(void)
{
	return advise(-1, 0, 0) < 0 && errno == ENOSYS ? -ENOSYS : 0;
}

static int64_t resident_bytes(pid_t pid)
{
	char    path[64], text[128];
	int64_t pages = 0;

	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	if (path_read(path, text, sizeof text) > 0)
		pages = strtoll(text + strcspn(text, " "), NULL, 10);
	return pages * sysconf(_SC_PAGESIZE);
}

static int64_t left(const struct taking *t)
{
	return t->wanted - (t->before - t->now);
}

static bool goes_on(const struct taking *t)
{
	return t->error == 0 && left(t) > 0 && linux_now_ns() < t->until_ns;
}

/* Steps are no longer than what is left, so that not much more is taken. */
static void take_mapping(struct taking *t, const struct mapping *m)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), step;

	for (uint64_t at = m->start; at < m->end && goes_on(t); at += step) {
		step = (uint64_t)(left(t) < STEP_BYTES ? left(t) : STEP_BYTES);
		step = (step + page - 1) / page * page;
		if (step > m->end - at)
			step = m->end - at;
		if (advise(t->pidfd, at, step) >= 0) {
			t->now = resident_bytes(t->pid);
			continue;
		}
		/* Locked, a device's, or gone meanwhile: the next one. */
		if (errno != EINVAL && errno != ENOMEM && errno != EFAULT)
			t->error = errno;
		return;
	}
}

/* What nobody else has a share in; what is in no file needs swap to go to. */
static bool is_worth_it(const struct taking *t, const struct mapping *m)
{
	return m->private && m->rss_kib > 0 && (t->swap || m->inode != 0);
}

/* "start-end perms offset dev inode path" */
static bool mapping_read(const char *line, struct mapping *ret_mapping)
{
	struct mapping m = { .private = false };
	char          *at, *end;

	m.start = strtoull(line, &at, 16);
	if (at == line || *at != '-')
		return false;
	m.end = strtoull(at + 1, &at, 16);
	if (strnlen(at, 5) < 5)
		return false;
	m.private = at[4] == 'p';
	for (int i = 0; i < 3; i++) {
		at += strspn(at, " ");
		at += strcspn(at, " ");
	}
	m.inode = strtoull(at, &end, 10);
	if (end == at)
		return false;
	*ret_mapping = m;
	return true;
}

/* After the line of a mapping come those of what is in it, of which VmFlags is
 * the last. */
static void heed_line(struct taking *t, struct mapping *m, const char *line)
{
	if (mapping_read(line, m))
		return;
	if (strncmp(line, "Rss:", 4) == 0)
		m->rss_kib = strtoll(line + 4, NULL, 10);
	else if (strncmp(line, "VmFlags:", 8) == 0 && is_worth_it(t, m))
		take_mapping(t, m);
}

/* The file was opened by number, and is that of whom we hold if that one lives
 * still. */
static bool is_held(const struct taking *t)
{
	return syscall(SYS_pidfd_send_signal, t->pidfd, 0, NULL, 0) == 0 ||
	       errno == EPERM;
}

static void take(struct taking *t)
{
	char           path[64], *line = NULL;
	size_t         size = 0;
	struct mapping m = { .private = false };
	FILE          *maps;

	snprintf(path, sizeof path, "/proc/%d/smaps", (int)t->pid);
	maps = fopen(path, "re");
	if (maps == NULL)
		t->error = errno;
	else if (!is_held(t))
		t->error = ESRCH;
	while (maps != NULL && goes_on(t) && getline(&line, &size, maps) > 0)
		heed_line(t, &m, line);
	free(line);
	if (maps != NULL)
		fclose(maps);
}

static void say_refused(int error, struct turned *ret)
{
	*ret = (struct turned){ EFFECT_DENIED, "the kernel refuses it", 0 };
	if (error == ESRCH || error == ENOENT)
		*ret = (struct turned){ EFFECT_GONE, "", 0 };
	else if (error == EPERM || error == EACCES)
		ret->why = "needs CAP_SYS_NICE and CAP_SYS_PTRACE";
}

static void say_taken(const struct taking *t, struct turned *ret)
{
	int64_t taken = t->before - t->now;

	*ret = (struct turned){ EFFECT_APPLIED, "", taken };
	if (taken <= 0)
		*ret = (struct turned){ EFFECT_INERT, t->swap ?
		                        "none of it could be taken" :
		                        "none of it could be taken; what is in "
		                        "no file needs swap", 0 };
	else if (taken < t->wanted)
		ret->why = linux_now_ns() < t->until_ns
		           ? "no more could be taken"
		           : "no more could be taken in two seconds";
}

void reclaim_take(pid_t pid, int pidfd, int64_t bytes, struct turned *ret)
{
	struct taking  t = { .pid = pid, .pidfd = pidfd, .wanted = bytes,
	                     .until_ns = linux_now_ns() + TIME_NS };
	struct sysinfo machine;

	t.swap = sysinfo(&machine) == 0 && machine.freeswap > 0;
	t.before = t.now = resident_bytes(pid);
	take(&t);
	if (t.error != 0)
		say_refused(t.error, ret);
	else
		say_taken(&t, ret);
}
