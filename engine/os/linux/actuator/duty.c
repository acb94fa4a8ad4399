/* duty.c -- processes that get only a share of the CPU, by being stopped and
 * continued in turn. */

#include "os/linux/actuator/duty.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "os/linux/actuator/stance.h"
#include "os/linux/doors.h"

#define MS           INT64_C(1000000)
#define PERIOD_NS    (100 * MS)
#define LOOK_MIN_NS  (2 * MS)           /* between two looks at one process   */
#define DEBT_NS      (1000 * MS)        /* no longer than that must it make up
                                           for what it used too much          */
#define CORE         100                /* hundredths                         */

struct duty {
	pid_t    pid;
	int      pidfd;
	int64_t  share;                 /* hundredths of a core               */
	int64_t  credit_ns;             /* of CPU time                        */
	int64_t  rate;                  /* what it uses when it runs          */
	uint64_t at_ns, cpu_ns;         /* of the last look                   */
	uint64_t due_ns;
	bool     stopped;               /* by us, for its limit               */
	bool     frozen;
};

struct duties {
	struct duty of[DUTIES_MAX];
	size_t      count;
};

struct duties *duties_new(void)
{
	return calloc(1, sizeof(struct duties));
}

int64_t duties_share(int64_t value)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	return value > SHARE_OF_HOST && value <= SHARE_HIGH
	       ? (value - SHARE_OF_HOST) * cores : value;
}

static bool is_alive(const struct duty *d)
{
	return syscall(SYS_pidfd_send_signal, d->pidfd, 0, NULL, 0) == 0 ||
	       errno == EPERM;
}

/* The last takes its place. */
static void drop(struct duties *ds, struct duty *d)
{
	close(d->pidfd);
	*d = ds->of[--ds->count];
}

/* Who left is dropped when it is come upon. */
static struct duty *find(struct duties *ds, pid_t pid)
{
	for (size_t i = 0; i < ds->count; i++) {
		struct duty *d = &ds->of[i];

		if (d->pid != pid)
			continue;
		if (is_alive(d))
			return d;
		drop(ds, d);
		return NULL;
	}
	return NULL;
}

static void bury(struct duties *ds)
{
	for (size_t i = ds->count; i-- > 0; )
		if (!is_alive(&ds->of[i]))
			drop(ds, &ds->of[i]);
}

static void go_on(struct duty *d)
{
	if (d->stopped && !d->frozen)
		stance_continue(d->pid, d->pidfd);
	d->stopped = false;
}

void duties_free(struct duties *ds)
{
	if (ds == NULL)
		return;
	while (ds->count > 0) {
		go_on(&ds->of[0]);
		drop(ds, &ds->of[0]);
	}
	free(ds);
}

/* All that it ever used; a process that left in between has used nothing. */
static uint64_t cpu_of(pid_t pid)
{
	struct timespec used;
	clockid_t       clock;

	if (clock_getcpuclockid(pid, &clock) != 0 ||
	    clock_gettime(clock, &used) < 0)
		return 0;
	return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static int64_t worth_ns(int64_t ns, int64_t share)
{
	return ns * share / CORE;
}

static int64_t between(int64_t low, int64_t value, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* What it is expected to use up before the next look is at least one core's
 * time, or else what it used when it ran last. */
static int64_t look_after_ns(const struct duty *d)
{
	int64_t enough = worth_ns(PERIOD_NS / 2, d->share);
	int64_t burns = (d->rate > CORE ? d->rate : CORE) - d->share;

	if (d->stopped)
		return between(LOOK_MIN_NS, (enough - d->credit_ns) * CORE /
		               d->share, DEBT_NS + PERIOD_NS);
	return burns <= 0 ? PERIOD_NS
	       : between(LOOK_MIN_NS, d->credit_ns * CORE / burns, PERIOD_NS);
}

/* With more than all cores there is nothing to look after. */
static void plan(struct duty *d)
{
	if (d->frozen || d->share >= duties_share(SHARE_HIGH))
		d->due_ns = UINT64_MAX;
	else
		d->due_ns = d->at_ns + (uint64_t)look_after_ns(d);
}

static void begin(struct duty *d, uint64_t now_ns)
{
	d->at_ns = now_ns;
	d->cpu_ns = cpu_of(d->pid);
	d->credit_ns = worth_ns(PERIOD_NS / 2, d->share);
	plan(d);
}

/* What it has used since the last look. */
static int64_t measure(struct duty *d, uint64_t now_ns)
{
	uint64_t cpu_ns = cpu_of(d->pid);
	int64_t  used = cpu_ns > d->cpu_ns ? (int64_t)(cpu_ns - d->cpu_ns) : 0;
	int64_t  passed = (int64_t)(now_ns - d->at_ns);

	if (!d->stopped && passed > 0)
		d->rate = used * CORE / passed;
	d->credit_ns = between(-worth_ns(DEBT_NS, d->share), d->credit_ns +
	                       worth_ns(passed, d->share) - used,
	                       worth_ns(PERIOD_NS, d->share));
	d->at_ns = now_ns;
	d->cpu_ns = cpu_ns;
	return used;
}

/* Who stands still by somebody else's will, or in a debugger, uses nothing and
 * is not ours to continue. */
static void stop(struct duty *d)
{
	struct stance now;

	if (stance_read(d->pid, &now) < 0 || now.stopped || now.traced)
		return;
	d->stopped = syscall(SYS_pidfd_send_signal, d->pidfd, SIGSTOP, NULL,
	                     0) == 0;
}

/* Somebody else may have continued it; then it is to be stopped anew. */
static void notice_running(struct duty *d, int64_t used_ns)
{
	struct stance now;

	if (d->stopped && used_ns >= LOOK_MIN_NS &&
	    stance_read(d->pid, &now) == 0)
		d->stopped = now.stopped;
}

static void look(struct duty *d, uint64_t now_ns)
{
	notice_running(d, measure(d, now_ns));
	if (d->stopped && d->credit_ns >= worth_ns(PERIOD_NS / 2, d->share))
		go_on(d);
	else if (!d->stopped && d->credit_ns <= 0)
		stop(d);
	plan(d);
}

uint64_t duties_due_ns(const struct duties *ds)
{
	uint64_t due_ns = UINT64_MAX;

	for (size_t i = 0; ds != NULL && i < ds->count; i++)
		if (ds->of[i].due_ns < due_ns)
			due_ns = ds->of[i].due_ns;
	return due_ns;
}

/* From the last one on, for another may take the place of one that left. */
void duties_look(struct duties *ds, uint64_t now_ns)
{
	for (size_t i = ds == NULL ? 0 : ds->count; i-- > 0; ) {
		struct duty *d = &ds->of[i];

		if (d->due_ns > now_ns)
			continue;
		if (is_alive(d))
			look(d, now_ns);
		else
			drop(ds, d);
	}
}

int64_t duties_limit(struct duties *ds, pid_t pid)
{
	const struct duty *d = find(ds, pid);

	return d == NULL ? VALUE_UNLIMITED : d->share;
}

static int add(struct duties *ds, pid_t pid, int pidfd, struct duty **ret_duty)
{
	if (pidfd < 0)
		return -ENOSYS;
	if (syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0)
		return -errno;
	if (ds->count == DUTIES_MAX)
		bury(ds);
	if (ds->count == DUTIES_MAX)
		return -ENOSPC;
	pidfd = fcntl(pidfd, F_DUPFD_CLOEXEC, 0);
	if (pidfd < 0)
		return -errno;
	*ret_duty = &ds->of[ds->count++];
	**ret_duty = (struct duty){ .pid = pid, .pidfd = pidfd };
	return 0;
}

static void end(struct duties *ds, struct duty *d)
{
	go_on(d);
	drop(ds, d);
}

int duties_set(struct duties *ds, pid_t pid, int pidfd, int64_t share)
{
	struct duty *d = find(ds, pid);
	int          r = 0;

	if (share == VALUE_UNLIMITED) {
		if (d != NULL)
			end(ds, d);
		return 0;
	}
	if (d == NULL)
		r = add(ds, pid, pidfd, &d);
	if (d == NULL)
		return r;
	d->share = share;
	begin(d, linux_now_ns());
	return 0;
}

int duties_adopt(struct duties *ds, pid_t pid, int pidfd, int64_t share)
{
	struct stance now;
	int           r;

	if (find(ds, pid) != NULL)
		return 0;
	r = duties_set(ds, pid, pidfd, share);
	if (r == 0 && share != VALUE_UNLIMITED && stance_read(pid, &now) == 0)
		find(ds, pid)->stopped = now.stopped;
	return r;
}

bool duties_stopped(struct duties *ds, pid_t pid)
{
	const struct duty *d = find(ds, pid);

	return d != NULL && d->stopped && !d->frozen;
}

/* Whoever thaws it continues it, too. */
void duties_freeze(struct duties *ds, pid_t pid, bool frozen)
{
	struct duty *d = find(ds, pid);

	if (d == NULL || d->frozen == frozen)
		return;
	d->frozen = frozen;
	if (!frozen)
		d->stopped = false;
	begin(d, linux_now_ns());
}
