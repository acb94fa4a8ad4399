/* procfs.h -- one file of /proc at a time, read and believed only as far as it
 * can be parsed.
 *
 * All functions: 0 or a count; -ESRCH: the task left; -EACCES and the like: not
 * for us; -ENODATA: it is there and says nothing.
 */
#ifndef OS_LINUX_SENSOR_PROCFS_H
#define OS_LINUX_SENSOR_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/limits.h"

#define PROCFS_KTHREAD UINT32_C(0x00200000)     /* in flags: a kernel thread  */

struct procfs {
	int      fd;                    /* the folder                         */
	uint64_t tick_ns;               /* of the times in stat               */
	uint64_t page_bytes;            /* of the memory in stat              */
	bool     tells_ids;             /* the kernel does, by pidfd          */
};

struct proc_stat {
	char     comm[COMM_MAX];
	char     state;
	pid_t    ppid, session;
	uint32_t flags, threads;
	uint64_t born;                  /* in ticks                           */
	uint64_t start_code, start_stack;       /* differ after each exec; 0
	                                   where we may not know              */
	uint64_t cpu_ns;                /* used, of all threads               */
	uint64_t rss_bytes;
	/* Where exec put the arguments, and where the environment begins; 0
	 * where we may not know. */
	uint64_t args_start, args_end, env_start;
	int64_t  sched;                 /* a SCHED value                      */
};

/* root is "/proc", or a copy of one. */
int  procfs_open(struct procfs *p, const char *root);
void procfs_close(struct procfs *p);

/* The real ids, and whether another of the four user ids is another. */
struct procfs_ids {
	uid_t uid;
	gid_t gid;
	bool  uids_differ;
	pid_t parent;                   /* 0 where the file was read          */
};

/* A SCHED value of the kernel's own numbers. */
int64_t procfs_sched(uint64_t policy, uint64_t priority);
/* What /proc/PID/stat says: see proc(5). */
int procfs_stat(const struct procfs *p, pid_t pid, struct proc_stat *ret_stat);
/* When who was born in that tick was, by linux_now_ns(), as far as the machine
 * did not sleep since; else earlier. */
uint64_t procfs_start_ns(const struct procfs *p, uint64_t born);
/* When one thread was born, in ticks. */
int procfs_thread_born(const struct procfs *p, pid_t pid, pid_t tid,
                       uint64_t *ret_born);
/* Of one thread; for the process itself tid is pid. */
int procfs_comm(const struct procfs *p, pid_t pid, pid_t tid,
                char *ret_comm, size_t size);
/* Without a trailing " (deleted)".  -ENODATA: a kernel thread, or a zombie;
 * -ENAMETOOLONG. */
int procfs_exe(const struct procfs *p, pid_t pid, char *ret_path, size_t size,
               bool *ret_deleted);
/* Whether the file that it runs is the one of that path in our own root, or, if
 * it was deleted, may be believed to have been: 1 or 0.  -EAGAIN: that takes a
 * wait. */
int procfs_exe_is_ours(const struct procfs *p, pid_t pid, const char *path,
                       bool deleted, bool may_wait);
/* The same of that very file: 1 or 0, or -errno; -EAGAIN as above. */
int procfs_path_is(const char *path, uint64_t device, uint64_t inode);
/* Bytes read and written, on storage. */
int procfs_io(const struct procfs *p, pid_t pid, uint64_t *ret_bytes);
int procfs_ids(const struct procfs *p, pid_t pid, struct procfs_ids *ret_ids);
/* The same and the parent, in one look.  -ENODATA: this kernel has none, and
 * files tell, at five times the price. */
int  procfs_told(const struct procfs *p, pid_t pid,
                 struct procfs_ids *ret_ids);
/* The owner of the folder: the effective user, at a quarter of the price. */
int procfs_owner(const struct procfs *p, pid_t pid, uid_t *ret_uid);
/* The whole file, for cgroup_choose(): 0 or -errno. */
int procfs_cgroup(const struct procfs *p, pid_t pid, char *ret_text,
                  size_t size);
/* These may wait for the target's memory lock.  Bytes; each argument or entry
 * ends in NUL, the last also where the file has none, uncounted. */
int64_t procfs_cmdline(const struct procfs *p, pid_t pid, char *ret_args,
                       size_t size);
int64_t procfs_environ(const struct procfs *p, pid_t pid, char *ret_env,
                       size_t size);

/* Numbers in /proc, or in the task folder of one process, from *cursor on. */
int procfs_list(const struct procfs *p, uint64_t *cursor, pid_t *ret_pids,
                size_t max);
/* In no order; 0 at the end. */
int procfs_threads(const struct procfs *p, pid_t pid, uint64_t *cursor,
                   pid_t *ret_tids, size_t max);

/* A whole small file, ended by NUL: bytes read, at most size - 1. */
int64_t procfs_file(const struct procfs *p, const char *path, char *ret_text,
                    size_t size);

/* The line of a cgroup file that says where a task is: cgroup2's, unless only
 * systemd's own tree (or another old one) knows more than the root. */
int cgroup_choose(char *text, char *ret_path, size_t size);

#endif
