/* reader.h -- the thread that reads what may be slow to read.
 *
 * A command line waits for its target's memory lock, a user's name may wait for
 * a directory service, and a path for whoever serves the file system.  A
 * request goes to the reader and comes back whole; one side owns it at any
 * time, so nothing is locked and the event thread never waits.
 */
#ifndef OS_LINUX_SENSOR_READER_H
#define OS_LINUX_SENSOR_READER_H

#include "os/linux/doors.h"
#include "os/linux/sensor/aside.h"
#include "os/linux/sensor/procfs.h"
#include "os/linux/sensor/users.h"

struct reader;

/* What is asked aside: the arguments, the environment, whether the program's
 * path is its own (1 or 0), and what a uid or gid is called. */
enum slow_kind { SLOW_ARGUMENTS, SLOW_ENVIRONMENT, SLOW_EXE, SLOW_USER,
                 SLOW_GROUP };

struct slow_answer {
	int          result;            /* or -errno; past the deadline
	                                   -ETIMEDOUT                         */
	struct aside read;
	uint32_t     id;                /* uid or gid                         */
	char         name[USER_NAME_BYTES];
};

/* procfs is lent.  The thread starts with the first request.  NULL: no
 * memory. */
struct reader *reader_new(struct linux_os *os, const struct procfs *procfs,
                          uint64_t deadline_ns);
/* Waits for a read that is under way. */
void reader_free(struct reader *r);                     /* NULL is fine       */

/* From now on these variables are asked for; the names are copied.  0 or
 * -ENOMEM. */
int reader_env(struct reader *r, const char *const *names, size_t count);

/* 0: *ret_answer is there, and forgotten here.  -EINPROGRESS: EVENT_FACTS will
 * tell.  -ENOBUFS: SLOW_READS_MAX are awaited already; -errno. */
int reader_ask(struct reader *r, struct task_id whom, enum slow_kind kind,
               uint32_t id, uint64_t now_ns, struct slow_answer *ret_answer);
/* When reader_expire() wants to be called; UINT64_MAX: nothing is awaited. */
uint64_t reader_due_ns(const struct reader *r);
/* Tells of whoever is past the deadline. */
void     reader_expire(struct reader *r, uint64_t now_ns);
/* How often a request was refused because too many were awaited. */
uint64_t reader_refused(const struct reader *r);

#endif
