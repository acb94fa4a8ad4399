/* check.c -- whether the kernel's list says what /proc does. */

#include "lister/check.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "os/linux/sensor/roster.h"

static bool stat_is(const struct roster_entry *e, const struct procfs *p)
{
	struct proc_stat told, read;

	if (procfs_stat(p, getpid(), &read) < 0)
		return false;
	roster_stat(e, p, &told);
	return told.ppid == read.ppid && told.session == read.session &&
	       told.threads == read.threads &&
	       told.born == read.born && told.sched == read.sched &&
	       strcmp(told.comm, read.comm) == 0;
}

static bool ids_are(const struct roster_entry *e, const struct procfs *p)
{
	struct procfs_ids told, read;

	if (procfs_ids(p, getpid(), &read) < 0)
		return false;
	roster_ids(e, &told);
	return told.uid == read.uid && told.gid == read.gid &&
	       told.uids_differ == read.uids_differ;
}

/* What is not told is not wrong. */
static bool name_is(const struct roster_entry *e, const struct procfs *p)
{
	char path[PATH_KEEP], name[ROSTER_NAME_BYTES];
	bool deleted;

	if (roster_name(e, name, sizeof name) < 0)
		return true;
	return procfs_exe(p, getpid(), path, sizeof path, &deleted) == 0 &&
	       strcmp(text_base_name(path), name) == 0;
}

static bool number_is(const struct roster_entry *e)
{
	struct stat is;
	int         fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	bool        same = e->number == 0 ||
	                   (fd >= 0 && fstat(fd, &is) == 0 &&
	                    is.st_ino == e->number);

	if (fd >= 0)
		close(fd);
	return same;
}

bool check_own(int link)
{
	struct roster             *list = roster_of(dup(link));
	const struct roster_entry *e;
	struct procfs              p = { .fd = -1 };
	pid_t                      own = getpid();
	bool                       same;

	if (list == NULL)
		return false;
	roster_tell(list, true, &own, 1);
	e = roster_find(list, own);
	same = e != NULL && procfs_open(&p, "/proc") == 0 && stat_is(e, &p) &&
	       ids_are(e, &p) && name_is(e, &p) && number_is(e);
	procfs_close(&p);
	roster_free(list);
	return same;
}
