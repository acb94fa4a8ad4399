/* actuator.h -- what the files of the Linux actuator share: knobs and the grip.
 *
 * A knob is a row of functions; actuator.c asks each row the same questions in
 * the same order, so what is true of one (proven identity, read back, never a
 * change that could not be undone) is true of all.
 */
#ifndef OS_LINUX_ACTUATOR_ACTUATOR_H
#define OS_LINUX_ACTUATOR_ACTUATOR_H

#include <sched.h>

#include "base/limits.h"
#include "os/linux/actuator/slack.h"
#include "os/linux/group/layout.h"
#include "os/linux/host/topology.h"
#include "os/os.h"

/* One file of one task under /proc, kept open while it is asked again: turning
 * a knob reads, writes and reads, and opening is most of the cost. */
struct kept_file {
	int         fd;                 /* -1: none                           */
	pid_t       tid;
	const char *name;
	bool        writable;
};

/* Which groups stand between a task's own values and the scheduler.  What holds
 * for the whole machine is looked up again after a second. */
struct groups {
	char     v1[PATH_KEEP];         /* where the cpu controller is; ""    */
	char     v2[PATH_KEEP];
	bool     nested;                /* all we see is inside one cpu group */
	bool     autogroup;             /* the sysctl                         */
	bool     any;                   /* there are cpu groups at all        */
	bool     extended;              /* a sched_ext scheduler is at work   */
	uint64_t looked_ns;             /* 0: never                           */
};

enum cpu_group { CPU_GROUP_NOT_ASKED, IN_NO_CPU_GROUP, IN_CPU_GROUP,
                 ALONE_IN_CPU_GROUP };

/* What the best I/O scheduler of this machine's disks makes of an ionice. */
enum disks { DISKS_IGNORE, DISKS_COUNT_CLASS, DISKS_COUNT_LEVEL };

struct errand;
struct units;

struct linux_actuator {
	struct interned *sets;
	uint64_t         can;
	struct task_id   gripped;       /* born: of the process; pid 0: none  */
	int              pidfd;         /* -1: none, or none to be had        */
	uint64_t         number;        /* that its pidfd must have, which is
	                                   not open yet; 0: it is             */
	struct roster   *roster;        /* lent; NULL: there is none          */
	uint64_t         tick_ns;       /* of births                          */
	struct kept_file kept;
	struct groups    groups;
	enum cpu_group   group;         /* of the gripped process             */
	enum disks       disks;
	bool             first_users;   /* not inside a user namespace        */
	/* What pqs last left of a setting of a process, perhaps a pqs that
	 * died; whom.pid 0: nothing is said of it. */
	struct {
		struct task_id whom;
		enum setting   what;
		int64_t        value;
	} left;
	bool             for_good;      /* the next apply                     */
	struct slacks    slacks;
	struct duties   *duties;
	bool             waits;         /* for what takes long; else that is  */
	struct errands  *takings;       /* of memory, and                     */
	struct errands  *moves;         /* between groups                     */
	struct errands  *calls;         /* to systemd                         */
	struct layout    layout;
	struct units    *units;         /* NULL: no memory                    */
	const char      *devices;       /* "/sys/devices", or a copy          */
	const char      *extension;     /* "/sys/kernel/sched_ext", the same  */
	int              deadline_error;        /* of the last that was refused */
	struct topology  topology;      /* read when it is first asked for    */
};

struct knob {
	/* 0, -ESRCH, -ENODATA (the task has no such value) or -errno. */
	int (*read)(struct linux_actuator *a, struct task_id whom,
	            int64_t *ret_value);
	/* The same, or -EINPROGRESS of what is under way from now on. */
	int (*turn)(struct linux_actuator *a, struct task_id whom,
	            int64_t value);
	/* Whether this process could change value to before; NULL: whoever may
	 * change it may change it back. */
	bool (*returns)(struct linux_actuator *a, struct task_id whom,
	                int64_t before, int64_t value);
	/* What -error of the others means, as static text; NULL: no more than
	 * that it failed. */
	const char *(*refusal)(struct linux_actuator *a, struct task_id whom,
	                       int64_t value, int error);
	/* Why the value moves nothing; NULL: it does. */
	const char *(*inert)(struct linux_actuator *a, struct task_id whom,
	                     const struct want *holding, int64_t value);
	/* Why it came to another value than the one wanted; NULL: the kernel
	 * knows bounds. */
	const char *(*instead)(struct linux_actuator *a, struct task_id whom);
	/* Why a kernel may not have it; NULL: no more than that. */
	const char *missing;
};

extern const struct knob knob_affinity, knob_sched, knob_nice, knob_slice,
                         knob_uclamp_min, knob_uclamp_max, knob_realtime,
                         knob_autogroup_nice, knob_ionice, knob_timer_slack,
                         knob_oom_score_adj, knob_freeze, knob_cpu_time,
                         knob_cpu_limit, knob_reclaim, knob_pool;

/* What sched_getattr() and sched_setattr() pass; the C library has no name for
 * it yet, or another one. */
struct scheduling {
	uint32_t size, policy;
	uint64_t flags;
	int32_t  nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;     /* ns; runtime is also a slice */
	uint32_t clamp_min, clamp_max;
};

/* grip.c */
/* As actuator.grip(), .proven() and .let_go(). */
int  grip_take(struct linux_actuator *a, struct task_id whom);
int  grip_proven(struct linux_actuator *a);
void grip_let_go(struct linux_actuator *a);
/* Before the first knob of the gripped is looked at: 0, -ESRCH, -errno. */
int  grip_close(struct linux_actuator *a);
/* As actuator.had(). */
bool grip_had(const struct linux_actuator *a, struct task_id whom,
              enum setting s, int64_t value);
/* A signal 0 names thread and process, and is refused to a stranger only after
 * the kernel saw that they belong together.  0, -ESRCH. */
int  thread_proven(struct task_id whom);

/* whom.c */
/* Whether whom the descriptor was opened for lives still. */
bool pidfd_lives(int pidfd);
/* 0, -ENOSYS where the descriptor is none (-1), or -errno. */
int  pidfd_signal(int pidfd, int signal);
/* Whether its main thread has not ended yet. */
bool leader_lives(pid_t pid);
/* When it was born, in the kernel's ticks: 0, -ESRCH, -errno. */
int  task_born(pid_t pid, pid_t tid, uint64_t *ret_born);

/* file.c */
int  file_read(struct linux_actuator *a, pid_t tid, const char *name,
               char *out, size_t size);         /* bytes or -errno; adds NUL  */
/* One whole number; 0, -EINVAL where the file holds anything else, or
 * -errno. */
int  file_read_number(struct linux_actuator *a, pid_t tid, const char *name,
                      int64_t *ret_value);
/* 0, or -errno: -EACCES also where it could be opened for reading alone. */
int  file_write_number(struct linux_actuator *a, pid_t tid, const char *name,
                       int64_t value);
/* True when the file last written to is another user's. */
bool file_foreign(const struct linux_actuator *a);
/* Closes what is kept open. */
void file_drop(struct linux_actuator *a);
/* The whole of a small file; bytes or -errno; adds NUL. */
int  path_read(const char *path, char *out, size_t size);

/* rights.c -- what the kernel will let us do to that task. */
bool rights_nice(const struct linux_actuator *a);       /* CAP_SYS_NICE       */
/* Whether it may have that nice value, or that real-time priority, be it by its
 * RLIMIT_NICE (20 - nice) or RLIMIT_RTPRIO: see getrlimit(2). */
bool rights_nice_room(const struct linux_actuator *a, pid_t tid, int nice);
bool rights_realtime_room(const struct linux_actuator *a, pid_t tid,
                          int priority);
/* Whether capabilities are more than words: inside a user namespace the
 * scheduler asks for those of the first one, which alone maps every id to
 * itself. */
bool rights_first_users(void);
/* How long it may compute in a real-time class before the kernel ends it. */
uint64_t rights_realtime_us(pid_t tid);

/* cpu.c */
/* What the task is now; other where that cannot be told. */
enum sched_class actuator_class(struct linux_actuator *a, struct task_id whom);
/* The number of the task's autogroup, 0 or -errno. */
int  actuator_session(struct linux_actuator *a, pid_t pid, long *ret_id);

/* cores.c -- the CPUs that a set of kinds of cores means here: their
 * number, or -errno with *ret_why. */
int64_t cores_resolve(struct linux_actuator *a, int64_t kinds,
                      const char **ret_why);

/* sched.c: 0 or -errno. */
int scheduling_get(pid_t tid, struct scheduling *ret);
/* Sets s->size: what has no clamps is told in the struct of Linux 3.14, so that
 * old kernels take it too. */
int scheduling_set(pid_t tid, struct scheduling *s);

/* cpu_groups.c */
void groups_open(struct groups *g);
/* Why its class and nice count only among few: those of its session
 * (autogroup), or of a group of its own; NULL: they do. */
const char *groups_hide(struct linux_actuator *a, struct task_id whom,
                        const struct want *holding);
/* Whether a scheduler loaded as a program (sched_ext, from Linux 6.12 on)
 * decides for ordinary tasks.  Of nice it is told; slices and batch are its own
 * affair. */
bool groups_extended(struct linux_actuator *a);
/* Why the autogroup's own value moves nothing; NULL: it does. */
const char *groups_autogroup_inert(struct linux_actuator *a,
                                   struct task_id whom);
/* The task's cpu group was given no real-time at all (RT_GROUP_SCHED). */
bool groups_without_realtime(struct linux_actuator *a, struct task_id whom);

/* memory.c */
void memory_take(struct linux_actuator *a, struct task_id whom, int64_t bytes,
                 struct turned *ret);
/* As actuator.landed(), of memory alone. */
bool memory_landed(struct linux_actuator *a, struct landed *ret_landed);

/* pool.c */
void pooling_open(struct linux_actuator *a, const char *own_name);
void pooling_close(struct linux_actuator *a);
/* The door's functions for groups. */
void pooling_door(struct linux_actuator *a, struct actuator *door);
/* What a group of ours can be given. */
uint64_t pooling_can(const struct linux_actuator *a);
/* Why a setting of groups, or the pool itself, is nobody's; NULL: it may be
 * tried. */
const char *pooling_lack(const struct linux_actuator *a, enum setting s);
/* Why a value moves nothing in any group of ours; NULL: it does, or s is no
 * setting of groups. */
const char *pooling_inert(const struct linux_actuator *a, enum setting s,
                        int64_t value);
/* Moves the process into that group; ret->effect is UNDERWAY where that is done
 * aside. */
void pooling_put(struct linux_actuator *a, struct task_id whom, int64_t value,
              struct turned *ret);
/* As actuator.landed(), of moves and freezes. */
bool pooling_landed(struct linux_actuator *a, struct landed *ret_landed);

/* unit.c: of a key that units_is_key(). */
int  unit_read(struct linux_actuator *a, struct task_id key, enum setting s,
               int64_t *ret_value);
/* Asks systemd for it; ret->effect is UNDERWAY where its answer is not waited
 * for. */
void unit_apply(struct linux_actuator *a, struct task_id key, enum setting s,
                int64_t value, struct turned *ret);
/* As actuator.landed(), of units. */
bool unit_landed(struct linux_actuator *a, struct landed *ret_landed);
/* Why no unit can have it, as static text; NULL: it may be tried. */
const char *unit_lack(const struct linux_actuator *a, enum setting s);
/* Settings that a unit can be given here, as SETTING_BITs. */
uint64_t unit_can(const struct linux_actuator *a);
/* The door's function for units, where there are some. */
void unit_door(struct linux_actuator *a, struct actuator *door);

/* stop.c */
void freeze_landed(struct linux_actuator *a, const struct errand *e,
                   struct landed *ret_landed);

/* io.c */
/* Of the kernel's own number of a class and level: 0. */
int ionice_from(long raw, int64_t *ret_value);
/* The class of the task has changed: in real time its slack is kept, and
 * afterwards given back.  slack_ns is what it had before, in the first case. */
int64_t slack_before(struct linux_actuator *a, struct task_id whom);
void slack_after(struct linux_actuator *a, struct task_id whom, bool was_realtime,
                 bool is_realtime, int64_t slack_ns);
/* Of the disks below a folder like /sys/block: the most that any of them makes
 * of an ionice. */
enum disks disks_look(const char *folder);

#endif
