/* roster_entry.c -- an entry of the kernel's list, in the words of /proc. */

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/sensor/roster.h"

#define GONE_MARK " (deleted)"
#define NICE_ZERO 120

void roster_stat(const struct roster_entry *e, const struct procfs *p,
                 struct proc_stat *ret_stat)
{
	*ret_stat = (struct proc_stat){
		.ppid = (pid_t)e->ppid, .session = (pid_t)e->session,
		.flags = e->flags, .threads = e->threads,
		.born = e->born_ns / p->tick_ns,
		.sched = procfs_sched(e->policy, e->priority),
	};
	(void)text_copy_bytes(ret_stat->comm, sizeof ret_stat->comm, e->comm,
	                      strnlen(e->comm, sizeof e->comm));
}

void roster_ids(const struct roster_entry *e, struct procfs_ids *ret_ids)
{
	uint32_t real = e->id[ROSTER_UID];

	*ret_ids = (struct procfs_ids){
		real, e->id[ROSTER_GID],
		e->id[ROSTER_EUID] != real || e->id[ROSTER_SUID] != real ||
		e->id[ROSTER_FSUID] != real, (pid_t)e->ppid };
}

bool roster_had(const struct roster_entry *e, enum setting s, int64_t value)
{
	int64_t io;

	switch (s) {
	case SETTING_nice:
		return (int64_t)e->niceness - NICE_ZERO == value;
	case SETTING_ionice:
		return e->io != 0 && ionice_from(e->io, &io) == 0 &&
		       io == value;
	case SETTING_oom_score_adj:
		return e->oom_score_adj == value;
	case SETTING_timer_slack:
		/* Of real-time tasks the kernel forgets it,
		 * and pqs does not. */
		return e->timer_slack_ns != 0 &&
		       e->timer_slack_ns == (uint64_t)value;
	default:
		return false;
	}
}

bool roster_has_comm(const struct roster_entry *e)
{
	return (e->flags & PROCFS_KTHREAD) == 0;
}

static bool ends_in(const char *text, const char *end)
{
	size_t n = strlen(text), tail = strlen(end);

	return n >= tail && strcmp(text + n - tail, end) == 0;
}

/* Not of one that was renamed meanwhile (an odd count is a rename under way),
 * is mounted by another name, perhaps, or was cut; nor where it cannot be told
 * whether the end is the file's or the kernel's. */
int roster_name(const struct roster_entry *e, char *ret_name, size_t size)
{
	size_t n = strnlen(e->name, sizeof e->name);

	if ((e->flags & PROCFS_KTHREAD) != 0 || e->file == 0 || n == 0 ||
	    n >= sizeof e->name - 1 || e->file == e->mounted ||
	    e->renames_before != e->renames_after ||
	    (e->renames_before & 1) != 0 || ends_in(e->name, GONE_MARK))
		return -ENODATA;
	(void)text_copy(ret_name, size, text_base_name(e->name));
	return 0;
}
