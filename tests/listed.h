/* listed.h -- processes of every kind, and what the kernel's list tells of
 * them. */
#ifndef TESTS_LISTED_H
#define TESTS_LISTED_H

#include "looking.h"

#include "base/text.h"
#include "os/linux/actuator/actuator.h"
#include "os/linux/sensor/roster.h"

#define BEINGS_MAX 32
#define TRIES      50           /* of a list that is read anew while a busy
                                   machine makes it old                       */

static struct roster *list;
static struct procfs  files;
static pid_t          being[BEINGS_MAX];
static int            beings;

/* Without the right, or on a kernel that has no such list, there is nothing to
 * test but that the reason is one of those. */
static inline bool have_list(void)
{
	enum roster_state state = ROSTER_AWAITED;

	for (int i = 0; i < TRIES && state == ROSTER_AWAITED; i++) {
		usleep(10000);
		state = roster_state(list);
	}
	ck_assert(geteuid() != 0 || state == ROSTER_READY ||
	          state == ROSTER_NO_TYPES || state == ROSTER_REFUSED ||
	          state == ROSTER_DENIED || state == ROSTER_DIFFERS);
	ck_assert_uint_eq(roster_why(state)[0] == '\0', state == ROSTER_READY);
	return state == ROSTER_READY;
}

static inline void begin(void)
{
	setup();
	list = roster_new();
	ck_assert_ptr_nonnull(list);
	ck_assert_int_eq(procfs_open(&files, "/proc"), 0);
	beings = 0;
}

static inline void finish(void)
{
	while (beings > 0)
		end(being[--beings]);
	roster_free(list);
	procfs_close(&files);
	teardown();
}

/* A child that becomes something, says so, and stays. */
static inline pid_t be(void (*become)(void))
{
	int   ready[2];
	char  byte;
	pid_t pid;

	ck_assert_int_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		become();
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	ck_assert_int_lt(beings, BEINGS_MAX);
	being[beings++] = pid;
	return pid;
}

static inline void keep_going(void)
{
}

static inline void be_others(void)
{
	if (setresgid(1003, 1004, 1005) < 0 || setresuid(1000, 1001, 1002) < 0)
		_exit(1);
}

static inline void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static inline pid_t run_as(const char *name)
{
	return being[beings++] = start_as(name, sleeping);
}

/* NULL: it was not told of. */
static inline const struct roster_entry *list_to(pid_t pid)
{
	const struct roster_entry *e = NULL;

	for (int i = 0; i < TRIES && e == NULL; i++) {
		roster_tell(list, true, &pid, 1);
		e = roster_find(list, pid);
	}
	return e;
}

static inline bool says_as_files(const struct roster_entry *e, pid_t pid)
{
	struct proc_stat  says, stat;
	struct procfs_ids owner, ids;
	char              comm[COMM_MAX];

	if (procfs_stat(&files, pid, &stat) < 0 ||
	    procfs_ids(&files, pid, &ids) < 0 ||
	    procfs_comm(&files, pid, pid, comm, sizeof comm) < 0)
		return false;
	roster_stat(e, &files, &says);
	roster_ids(e, &owner);
	return says.ppid == stat.ppid && says.session == stat.session &&
	       ((says.flags ^ stat.flags) & PROCFS_KTHREAD) == 0 &&
	       says.threads == stat.threads && says.born == stat.born &&
	       says.sched == stat.sched && owner.uid == ids.uid &&
	       owner.gid == ids.gid && owner.uids_differ == ids.uids_differ &&
	       (!roster_has_comm(e) || (strcmp(says.comm, stat.comm) == 0 &&
	                                strcmp(says.comm, comm) == 0));
}

#endif
