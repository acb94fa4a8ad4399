/* roster.h -- all processes as the kernel's own list has them, some at a time.
 *
 * One read tells of dozens of processes what would take half a dozen files of
 * /proc for each.  What was read is believed for a moment, and of nobody of
 * whom an event was told since: whatever changes it is an event, too, so that
 * it is no older than what a file would have said.
 */
#ifndef OS_LINUX_SENSOR_ROSTER_H
#define OS_LINUX_SENSOR_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "model/setting.h"
#include "model/task_id.h"
#include "os/linux/sensor/procfs.h"
#include "os/linux/sensor/roster_entry.h"

struct roster;

/* Starts pqs-lister, which readies the list meanwhile.  NULL: no memory. */
struct roster *roster_new(void);
void roster_free(struct roster *r);             /* NULL is fine               */

/* Whether there is such a list: waits for pqs-lister, no longer than it usually
 * takes, and never again after that. */
enum roster_state roster_state(struct roster *r);
/* That as a reason, static text; "" for ROSTER_READY. */
const char *roster_why(enum roster_state state);
/* Of the link that pqs-lister gave, in place of it, for tests. */
struct roster *roster_of(int link);

/* Has the list tell of these processes, by rising pid, and forgets who is
 * before them.  first: they are the first of a listing; those after go on from
 * there, and of another listing that comes between, nobody is told of.  Who was
 * not there is not told of, and no more who the kernel keeps to itself. */
void roster_tell(struct roster *r, bool first, const pid_t *pids, size_t n);
/* The listing is over. */
void roster_over(struct roster *r);
/* What was just told of the process with that pid; NULL: nothing, or it is
 * doubted.  Lent until the next call that is not const. */
const struct roster_entry *roster_find(const struct roster *r, pid_t pid);
/* Something happened to that process, it ended, or anything to anybody. */
void roster_doubt(struct roster *r, pid_t pid);
void roster_ended(struct roster *r, pid_t pid);
void roster_doubt_all(struct roster *r);

/* What the files of /proc say of it: of stat all but its memory, its times and
 * addresses, which are 0. */
void roster_stat(const struct roster_entry *e, const struct procfs *p,
                 struct proc_stat *ret_stat);
void roster_ids(const struct roster_entry *e, struct procfs_ids *ret_ids);
/* Whether its main thread had that value of s, as an actuator has it; false
 * also where the list does not tell. */
bool roster_had(const struct roster_entry *e, enum setting s, int64_t value);
/* A kernel thread has one that only /proc knows whole. */
bool roster_has_comm(const struct roster_entry *e);
/* The file name of its program as the link of /proc ends: 0, or -ENODATA: only
 * that link tells. */
int  roster_name(const struct roster_entry *e, char *ret_name, size_t size);

#endif
