/* look.h -- filling in what is asked about a task, one read for each source. */
#ifndef OS_LINUX_SENSOR_LOOK_H
#define OS_LINUX_SENSOR_LOOK_H

#include "model/facts.h"
#include "os/linux/group/layout.h"
#include "os/linux/sensor/procfs.h"
#include "os/linux/sensor/reader.h"
#include "os/linux/sensor/roster.h"
#include "os/linux/sensor/users.h"

/* All lent. */
struct look {
	const struct procfs *procfs;
	struct users        *users, *groups;
	struct reader       *reader;
	const struct layout *layout;    /* of control groups; NULL: none of
	                                   ours are among them                */
	struct roster       *roster;    /* NULL: there is none                */
};

/* As sensor.glimpse(). */
int look_glimpse(const struct look *k, pid_t pid, struct facts *f,
                 pid_t *ret_ppid);
/* Makes facts of them: uid, gid, and whether the uids differ. */
void look_tell_ids(struct facts *f, const struct procfs_ids *ids);
/* As sensor.facts(). */
int look_at(const struct look *k, struct task_id whom, uint64_t which,
            struct facts *f);

#endif
