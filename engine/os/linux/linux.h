/* linux.h -- the doors on Linux. */
#ifndef OS_LINUX_LINUX_H
#define OS_LINUX_LINUX_H

#include <stdbool.h>

#include "os/os.h"

struct linux_options {
	int      fifo_priority;         /* of the event thread; 0: none       */
	int64_t  fifo_budget;           /* permyriad of the window            */
	int64_t  fifo_window_ns;
	int64_t  buffer_bytes;          /* of the proc connector's socket     */
	int64_t  poll_ns;               /* where the connector is refused     */
	const struct host_alarm *pressure;      /* HOST_PRESSURES of them     */
	const struct host_shortage *shortage;
	/* Whose memory is watched beside the machine's and that of the groups
	 * that pqs is in, as in /proc/PID/cgroup; lent for the call. */
	const char *memory_group[CONFIG_FOLDERS_MAX];
	size_t   memory_groups;
	bool     events;                /* false: only list, facts and knobs  */
	const char *journal;            /* file; NULL: no store               */
	int      keeper_fd;             /* asks the keeper for workers; -1:
	                                   start them ourselves               */
	const char *groups;             /* what the group is called that is
	                                   made for all of ours; NULL: pqs;
	                                   "": there are none                 */
	const char *worker_user;        /* when we start them                 */
	const char *users_rules;        /* where a user's own rules are; NULL:
	                                   no wire to a user's worker         */
	bool guard;                     /* the keeper's holder is asked to hold
	                                   programs at their start            */
	struct interned *sets;          /* lent for the life of the os        */
	const struct linux_gate *gate;  /* NULL: nobody may come              */
};

/* Where those come who ask a running pqs. */
struct linux_gate {
	const char *path;               /* of the socket                      */
	gid_t       group;              /* whose members may command          */
	bool        has_group;
	const char *busy;               /* said to who is turned away; lent   */
};

/* Whether the start of programs could be held here: 0, or -errno as of
 * guard_group_open() and guard_group_mark(). */
int  linux_guard_try(void);

/* Whether settings of whole systemd units can be had of that Linux actuator,
 * which is asked to change nothing meanwhile: NULL, or why not. */
const char *linux_units_try(const struct actuator *door);

/* Whether the kernel tells that Linux sensor of all processes in one go,
 * waiting a moment for the answer: NULL, or why /proc is read instead. */
const char *linux_list_try(const struct sensor *door);

/* Opens what is asked for.  Degrades knob by knob (no connector: polls; no
 * power supply: never on battery; no place for a socket: no gate) and tells
 * what it had to do without, one sentence each, through notes; what turns out
 * later, from within next().  0 or -errno with why. */
int  linux_open(const struct linux_options *o, struct os *ret_os,
                void (*notes)(void *ctx, const char *sentence), void *ctx,
                char *why, size_t why_size);
/* All doors, the sensor last, for the others have descriptors in its wait. */
void linux_close(struct os *os);

/* The kernel's boot id; 0 or -errno. */
int  linux_boot_id(char *ret_id, size_t size);
/* UID_MIN and UID_MAX of /etc/login.defs, or 1000 and 60000. */
void linux_people(uid_t *ret_low, uid_t *ret_high);

/* Starts "pqs-rules worker" (beside this program, else in libexec) as the given
 * user when we are root, its end of a socket pair on descriptor 3.  0 with our
 * end and a pidfd, or -errno. */
int  linux_spawn_worker(const char *user, int *ret_fd, int *ret_pidfd,
                        pid_t *ret_pid);
/* The same as that very user, who reads the rules in that folder; "~/" at its
 * beginning is the user's home.  No group of the user's comes with it: its
 * group is that of the other user.  ret_watch: OWN_WATCHES inotify descriptors,
 * made by that user, to which the worker adds what is to be watched; -1: none
 * could be had.  -EPERM unless we are root, and for root's uid. */
int  linux_spawn_own(const char *user, uid_t uid, const char *folder,
                     int *ret_fd, int *ret_pidfd, int *ret_watch,
                     pid_t *ret_pid);
/* Starts "pqs-units" as the user that we are, its end of a pair that keeps the
 * borders of messages on descriptor 3; address as bus_new().  It dies with the
 * thread that started it. */
int  linux_spawn_units(const char *address, int *ret_fd, int *ret_pidfd,
                       pid_t *ret_pid);
/* Starts "pqs-lister" in the same way. */
int  linux_spawn_lister(int *ret_fd, int *ret_pidfd, pid_t *ret_pid);
/* The path of a program of ours, beside the running one or in libexec. */
int  linux_find_program(const char *name, char *ret_path, size_t size);

/* What the keeper and the core say to each other over keeper_fd.  START asks
 * for a worker: the system's, or that of a user.  The answer names the same
 * wire; it is HERE, with our end of the wire and a pidfd as SCM_RIGHTS, and
 * those by which a user's files are watched where there are any, or FAILED.
 * GUARD comes with the holder's end of a line (guard_line.h), which is closed
 * where there is to be none.  WELL asks whether the core's loop turns, which
 * says the same back. */
enum keeper_word { KEEPER_START = 'w', KEEPER_HERE = 'h', KEEPER_FAILED = 'f',
                   KEEPER_READY = 'r', KEEPER_GUARD = 'g',
                   KEEPER_WELL = 'l' };

#define KEEPER_NO_USER UINT32_MAX

struct keeper_message {
	uint32_t word;
	uint32_t wire;
	uint32_t uid;                   /* with START: KEEPER_NO_USER, or whose */
};

#endif
