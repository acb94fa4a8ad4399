/* glimpse.c -- the first look at a process that was listed: what is told at
 * once, before any file is asked for. */

#include <string.h>

#include "os/linux/sensor/look.h"

/* The real ids: what the task was started as, whatever it may do now. */
void look_tell_ids(struct facts *f, const struct procfs_ids *ids)
{
	f->uid = ids->uid;
	f->gid = ids->gid;
	f->uids_differ = ids->uids_differ;
	f->known |= facts_of_source(FACT_SOURCE_STATUS);
}

/* All that stat has but the memory, which is counted in many places. */
static void tell_stat(struct facts *f, const struct roster_entry *e,
                      const struct procfs *p)
{
	struct proc_stat stat;

	roster_stat(e, p, &stat);
	f->ppid = stat.ppid;
	f->session = stat.session;
	f->threads = stat.threads;
	f->flags = stat.flags;
	f->born = stat.born;
	f->start_time_ns = (int64_t)procfs_start_ns(p, stat.born);
	f->sched = stat.sched;
	f->known |= facts_of_source(FACT_SOURCE_STAT) & ~FACT_BIT(FACT_rss);
	if (!roster_has_comm(e))
		return;
	memcpy(f->comm, stat.comm, sizeof f->comm);
	f->known |= FACT_BIT(FACT_comm);
}

static void tell_entry(struct facts *f, const struct roster_entry *e,
                       const struct procfs *p)
{
	struct procfs_ids ids;
	char              name[NAME_KEEP];

	tell_stat(f, e, p);
	roster_ids(e, &ids);
	look_tell_ids(f, &ids);
	if (roster_name(e, name, sizeof name) == 0)
		facts_tell(f, FACT_name, name);
}

int look_glimpse(const struct look *k, pid_t pid, struct facts *f,
                 pid_t *ret_ppid)
{
	const struct roster_entry *e = roster_find(k->roster, pid);
	struct procfs_ids          ids;
	int                        r;

	if (e != NULL) {
		tell_entry(f, e, k->procfs);
		*ret_ppid = (pid_t)e->ppid;
		return 0;
	}
	r = procfs_told(k->procfs, pid, &ids);
	if (r < 0)
		return r;
	look_tell_ids(f, &ids);
	*ret_ppid = ids.parent;
	return 0;
}
