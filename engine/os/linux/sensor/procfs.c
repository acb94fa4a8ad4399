/* procfs.c -- one file of /proc at a time, read and believed only as far as it
 * can be parsed.
 *
 * A name is chosen by whoever runs the program, so every text here may have
 * been written to mislead: what stands in a file is found by its place, never
 * by looking for something that a name could imitate.
 */
#include "os/linux/sensor/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "model/setting.h"

#define FILE_BYTES   4096       /* stat has 400, status 1500                  */
#define NAME_BYTES     64       /* "PID/task/TID/comm"                        */
#define MS_NS     1000000

/* What Linux 6.13 and later tell of whoever a pidfd means; its own layout, for
 * older headers do not have it. */
struct pidfd_about {
	uint64_t mask, cgroup;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t  exit_code;
};

#define PIDFD_ABOUT       _IOWR(0xff, 11, struct pidfd_about)
#define PIDFD_ABOUT_CREDS UINT64_C(2)

/* A third of the price of the file, which has much besides. */
static int ids_told(pid_t pid, struct procfs_ids *ret_ids)
{
	struct pidfd_about about = { .mask = PIDFD_ABOUT_CREDS };
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int r = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, PIDFD_ABOUT, &about) < 0)
		r = -errno;
	else if ((about.mask & PIDFD_ABOUT_CREDS) == 0)
		r = -ENODATA;
	close(fd);
	if (r < 0)
		return r;
	*ret_ids = (struct procfs_ids){
		about.ruid, about.rgid, about.euid != about.ruid ||
		about.suid != about.ruid || about.fsuid != about.ruid,
		(pid_t)about.ppid };
	return 0;
}

int procfs_open(struct procfs *p, const char *root)
{
	struct procfs_ids own;
	long ticks = sysconf(_SC_CLK_TCK), page = sysconf(_SC_PAGESIZE);
	int  fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	p->fd = fd;
	p->tick_ns = UINT64_C(1000000000) / (uint64_t)(ticks > 0 ? ticks : 100);
	p->page_bytes = (uint64_t)(page > 0 ? page : 4096);
	/* Pids of a copy mean nobody. */
	p->tells_ids = strcmp(root, "/proc") == 0 &&
	               ids_told(getpid(), &own) == 0;
	return 0;
}

void procfs_close(struct procfs *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}

/* A file of a process that is not there means that the process is not. */
static int task_error(int error)
{
	return error == ENOENT ? -ESRCH : -error;
}

/* All there is, or as much as there is room for.  The kernel makes up each of
 * these texts in one go, so a read that did not fill the room had the end. */
static int64_t text_read(int fd, char *ret_text, size_t room)
{
	size_t used = 0;

	while (used < room) {
		size_t  want = room - used;
		ssize_t n = read(fd, ret_text + used, want);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		used += (size_t)n;
		if ((size_t)n < want)
			break;
	}
	return (int64_t)used;
}

int64_t procfs_file(const struct procfs *p, const char *path, char *ret_text,
                    size_t size)
{
	int     fd = openat(p->fd, path, O_RDONLY | O_CLOEXEC);
	int64_t n;

	if (fd < 0)
		return -errno;
	n = text_read(fd, ret_text, size - 1);
	close(fd);
	ret_text[n < 0 ? 0 : n] = '\0';
	return n;
}

static int64_t task_file(const struct procfs *p, pid_t pid, const char *file,
                         char *ret_text, size_t size)
{
	char    path[NAME_BYTES];
	int64_t n;

	(void)snprintf(path, sizeof path, "%d/%s", pid, file);
	n = procfs_file(p, path, ret_text, size);
	return n < 0 ? task_error((int)-n) : n;
}

/* By the kernel's policy numbers; what came later is as good as OTHER. */
int64_t procfs_sched(uint64_t policy, uint64_t priority)
{
	static const enum sched_class classes[] = {
		SCHED_CLASS_OTHER, SCHED_CLASS_FIFO, SCHED_CLASS_RR,
		SCHED_CLASS_BATCH, SCHED_CLASS_OTHER, SCHED_CLASS_IDLE,
		SCHED_CLASS_DEADLINE,
	};

	if (policy >= sizeof classes / sizeof *classes)
		return sched_value(SCHED_CLASS_OTHER, 0);
	return sched_value(classes[policy], (int)(priority & 0xff));
}

/* The numbers after the state, counted as proc(5) does: ppid is the 4th. */
enum { STAT_PPID = 4, STAT_SESSION = 6, STAT_FLAGS = 9, STAT_USER_TIME = 14,
       STAT_KERNEL_TIME = 15, STAT_THREADS = 20, STAT_BORN = 22,
       STAT_RSS = 24, STAT_START_CODE = 26, STAT_START_STACK = 28,
       STAT_PRIORITY = 40, STAT_POLICY = 41, STAT_ARGS_START = 48,
       STAT_ARGS_END = 49, STAT_ENV_START = 50, STAT_FIELDS };

/* Addresses are as wide as a word and priorities may be negative: all are taken
 * as unsigned and narrowed where they are used. */
static int stat_numbers(const char *text, uint64_t *ret_field)
{
	char *end;

	for (int i = STAT_PPID; i < STAT_FIELDS; i++) {
		errno = 0;
		ret_field[i] = strtoull(text, &end, 10);
		if (end == text || (*end != ' ' && *end != '\n'))
			return -EBADMSG;
		text = end;
	}
	return 0;
}

/* The name may hold anything, parentheses and spaces too, but it is the only
 * text in the line: it ends at the last parenthesis. */
static int stat_read(const struct procfs *p, pid_t pid, const char *file,
                     struct proc_stat *ret_stat)
{
	char        text[FILE_BYTES], *open, *close;
	uint64_t    field[STAT_FIELDS];
	int64_t     n = task_file(p, pid, file, text, sizeof text);

	if (n < 0)
		return (int)n;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (open == NULL || close == NULL || close < open ||
	    strlen(close) < 4 || stat_numbers(close + 3, field) < 0)
		return -EBADMSG;
	*ret_stat = (struct proc_stat){
		.state = close[2],
		.ppid = (pid_t)field[STAT_PPID],
		.session = (pid_t)field[STAT_SESSION],
		.flags = (uint32_t)field[STAT_FLAGS],
		.threads = (uint32_t)field[STAT_THREADS],
		.born = field[STAT_BORN],
		.start_code = field[STAT_START_CODE],
		.start_stack = field[STAT_START_STACK],
		.cpu_ns = (field[STAT_USER_TIME] + field[STAT_KERNEL_TIME]) *
		          p->tick_ns,
		.rss_bytes = field[STAT_RSS] * p->page_bytes,
		.args_start = field[STAT_ARGS_START],
		.args_end = field[STAT_ARGS_END],
		.env_start = field[STAT_ENV_START],
		.sched = procfs_sched(field[STAT_POLICY], field[STAT_PRIORITY]),
	};
	(void)text_copy_bytes(ret_stat->comm, sizeof ret_stat->comm, open + 1,
	                      (size_t)(close - open - 1));
	return 0;
}

int procfs_stat(const struct procfs *p, pid_t pid, struct proc_stat *ret_stat)
{
	return stat_read(p, pid, "stat", ret_stat);
}

static int64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Births are told in boot time, which passes while the machine sleeps, and that
 * by which all else is told does not: clock_gettime(2).  The two cannot be read
 * at once, so what lies between them is true to a millisecond. */
uint64_t procfs_start_ns(const struct procfs *p, uint64_t born)
{
	int64_t apart_ns = clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC);
	int64_t slept_ms = (apart_ns + MS_NS / 2) / MS_NS;
	int64_t start_ns = (int64_t)(born * p->tick_ns) - slept_ms * MS_NS;

	return start_ns > 0 ? (uint64_t)start_ns : 0;
}

int procfs_thread_born(const struct procfs *p, pid_t pid, pid_t tid,
                       uint64_t *ret_born)
{
	char             file[NAME_BYTES];
	struct proc_stat stat;
	int              r;

	(void)snprintf(file, sizeof file, "task/%d/stat", tid);
	r = stat_read(p, pid, file, &stat);
	if (r == 0)
		*ret_born = stat.born;
	return r;
}

int procfs_comm(const struct procfs *p, pid_t pid, pid_t tid,
                char *ret_comm, size_t size)
{
	char    file[NAME_BYTES] = "comm", text[NAME_KEEP];
	int64_t n;

	if (tid != pid)
		(void)snprintf(file, sizeof file, "task/%d/comm", tid);
	n = task_file(p, pid, file, text, sizeof text);
	if (n < 0)
		return (int)n;
	if (n > 0 && text[n - 1] == '\n')
		n--;
	(void)text_copy_bytes(ret_comm, size, text, (size_t)n);
	return 0;
}

/* Of several on a line the first: of the four ids it is the real one. */
static int number_after(const char *text, const char *word, uint64_t *ret_id)
{
	const char *at = strstr(text, word);
	char       *end;

	if (at == NULL)
		return -EBADMSG;
	at += strlen(word);
	*ret_id = strtoull(at, &end, 10);
	return end == at ? -EBADMSG : 0;
}

/* Real, effective, saved, and the file system's. */
static bool ids_differ(const char *text, const char *word, uint64_t real)
{
	const char *at = strstr(text, word) + strlen(word);

	for (int i = 0; i < 4; i++) {
		char *end;

		if (strtoull(at, &end, 10) != real || end == at)
			return true;
		at = end;
	}
	return false;
}

static int ids_read(const struct procfs *p, pid_t pid,
                    struct procfs_ids *ret_ids)
{
	char     text[FILE_BYTES];
	uint64_t uid, gid;
	int64_t  n = task_file(p, pid, "status", text, sizeof text);

	if (n < 0)
		return (int)n;
	/* The name above these lines has its newlines escaped. */
	if (number_after(text, "\nUid:\t", &uid) < 0 ||
	    number_after(text, "\nGid:\t", &gid) < 0)
		return -EBADMSG;
	*ret_ids = (struct procfs_ids){
		(uid_t)uid, (gid_t)gid, ids_differ(text, "\nUid:\t", uid),
		0,
	};
	return 0;
}

int procfs_told(const struct procfs *p, pid_t pid, struct procfs_ids *ret_ids)
{
	return p->tells_ids ? ids_told(pid, ret_ids) : -ENODATA;
}

/* A thread that leads no process has no pidfd, but a file. */
int procfs_ids(const struct procfs *p, pid_t pid, struct procfs_ids *ret_ids)
{
	int r = procfs_told(p, pid, ret_ids);

	return r == 0 || r == -ESRCH ? r : ids_read(p, pid, ret_ids);
}

int procfs_owner(const struct procfs *p, pid_t pid, uid_t *ret_uid)
{
	struct stat is;
	char        path[NAME_BYTES];

	(void)snprintf(path, sizeof path, "%d", pid);
	if (fstatat(p->fd, path, &is, 0) < 0)
		return task_error(errno);
	*ret_uid = is.st_uid;
	return 0;
}

int procfs_cgroup(const struct procfs *p, pid_t pid, char *ret_text,
                  size_t size)
{
	int64_t n = task_file(p, pid, "cgroup", ret_text, size);

	return n < 0 ? (int)n : 0;
}

int procfs_io(const struct procfs *p, pid_t pid, uint64_t *ret_bytes)
{
	char     text[FILE_BYTES];
	uint64_t in, out;
	int64_t  n = task_file(p, pid, "io", text, sizeof text);

	if (n < 0)
		return (int)n;
	if (number_after(text, "\nread_bytes: ", &in) < 0 ||
	    number_after(text, "\nwrite_bytes: ", &out) < 0)
		return -EBADMSG;
	*ret_bytes = in + out;
	return 0;
}

int64_t procfs_cmdline(const struct procfs *p, pid_t pid, char *ret_args,
                       size_t size)
{
	int64_t n = task_file(p, pid, "cmdline", ret_args, size);

	return n == 0 ? -ENODATA : n;
}

int64_t procfs_environ(const struct procfs *p, pid_t pid, char *ret_env,
                       size_t size)
{
	return task_file(p, pid, "environ", ret_env, size);
}
