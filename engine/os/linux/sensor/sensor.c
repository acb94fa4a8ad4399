/* sensor.c -- the one wait for all that happens, and the look at what is so.
 *
 * Whatever wakes the event thread is a descriptor in one epoll or a moment that
 * one of the parts has named; both only put events in line, and only an empty
 * line is waited at.  So the engine sees one stream, and a machine on which
 * nothing happens is left alone.
 */
#include "os/linux/sensor/sensor.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "os/linux/actuator/duty.h"

uint64_t linux_now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Whether it is new or known is for the kernel to say. */
int linux_source_watch(struct linux_os *os, struct source *s, uint32_t what)
{
	struct epoll_event e = { .events = what, .data.ptr = s };

	if (epoll_ctl(os->epoll, EPOLL_CTL_ADD, s->fd, &e) == 0)
		return 0;
	if (errno == EEXIST &&
	    epoll_ctl(os->epoll, EPOLL_CTL_MOD, s->fd, &e) == 0)
		return 0;
	return -errno;
}

/* It may be among those that are ready but not served yet. */
void linux_source_forget(struct linux_os *os, struct source *s)
{
	if (s->fd >= 0)
		(void)epoll_ctl(os->epoll, EPOLL_CTL_DEL, s->fd, NULL);
	for (int i = 0; i < os->ready_count; i++)
		if (os->ready[i].data.ptr == s)
			os->ready[i].data.ptr = NULL;
}

int linux_queue(struct linux_os *os, const struct event *e)
{
	struct event stamped = *e;

	if (stamped.at_ns == 0)
		stamped.at_ns = linux_now_ns();
	return queue_put(&os->queue, &stamped);
}

/* A source may forget itself or another one while it is served. */
static void ready_serve(struct linux_os *os)
{
	for (int i = 0; i < os->ready_count; i++) {
		struct source *s = os->ready[i].data.ptr;

		if (s != NULL && s->ready(s->self, os, os->ready[i].events) < 0)
			linux_source_forget(os, s);
	}
	os->ready_count = 0;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Each of these is UINT64_MAX while there is nothing to wake for, so an idle
 * machine is not woken at all. */
uint64_t sensor_due_ns(const struct linux_os *os)
{
	uint64_t due = reader_due_ns(os->look.reader);

	due = earlier(due, linux_host_due_ns(&os->host));
	due = earlier(due, urgency_due_ns(&os->urgency));
	due = earlier(due, duties_due_ns(os->duties));
	if (os->poller != NULL)
		due = earlier(due, poller_due_ns(os->poller));
	return due;
}

static void due_serve(struct linux_os *os, uint64_t now_ns)
{
	reader_expire(os->look.reader, now_ns);
	linux_host_look(&os->host, os, now_ns);
	duties_look(os->duties, now_ns);
	if (os->poller != NULL && poller_due_ns(os->poller) <= now_ns)
		poller_look(os->poller, now_ns);
}

/* 0 also when a signal or a debugger came between: the caller goes round. */
static int wait_until(int epoll, uint64_t until_ns, struct epoll_event *ready)
{
	uint64_t        now = linux_now_ns();
	uint64_t        left = until_ns > now ? until_ns - now : 0;
	struct timespec t = { .tv_sec = (time_t)(left / 1000000000),
	                      .tv_nsec = (long)(left % 1000000000) };
	bool            ever = until_ns == UINT64_MAX;
	uint64_t        ms = (left + 999999) / 1000000;
	int             n;

	n = epoll_pwait2(epoll, ready, READY_MAX, ever ? NULL : &t, NULL);
	if (n < 0 && errno == ENOSYS)           /* before Linux 5.11          */
		n = epoll_wait(epoll, ready, READY_MAX, ever ? -1 :
		               ms > INT32_MAX ? INT32_MAX : (int)ms);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	return n;
}

static void doubt(struct roster *r, const struct event *e)
{
	if (e->kind == EVENT_LOST)
		roster_doubt_all(r);
	else if (e->kind == EVENT_EXIT)
		roster_ended(r, e->u.task.who.pid);
	else if (e->kind < EVENT_EXIT)
		roster_doubt(r, e->u.task.who.pid);
}

/* What is told of somebody is newer than what was read of all at once. */
static size_t hand_out(struct linux_os *os, uint64_t now_ns,
                       struct event *ret_events, size_t max)
{
	size_t n = queue_take(&os->queue, now_ns, ret_events, max);

	for (size_t i = 0; i < n && os->look.roster != NULL; i++)
		doubt(os->look.roster, &ret_events[i]);
	return n;
}

/* A line that is not empty is handed out before anything else is looked at: it
 * is bounded, and what waits outside loses nothing by waiting. */
static int sensor_next(void *self, uint64_t wake_ns, struct event *ret_events,
                       size_t max)
{
	struct linux_os *os = self;
	uint64_t         now = linux_now_ns();
	size_t           n;
	int              r;

	os->woken_ns = now;
	urgency_account(&os->urgency, now);
	while ((n = hand_out(os, now, ret_events, max)) == 0) {
		r = wait_until(os->epoll, earlier(wake_ns, sensor_due_ns(os)),
		               os->ready);
		if (r < 0)
			return r;
		now = linux_now_ns();
		os->woken_ns = now;
		urgency_awake(&os->urgency, now);
		os->ready_count = r;
		ready_serve(os);
		due_serve(os, now);
		if (now >= wake_ns)
			return (int)hand_out(os, now, ret_events, max);
		if (os->queue.count == 0)
			urgency_account(&os->urgency, linux_now_ns());
	}
	return (int)n;
}

static int sensor_watch(void *self, const struct interest *what)
{
	struct linux_os *os = self;

	linux_host_watch(&os->host, os, what);
	if (reader_env(os->look.reader, what->env, what->env_count) < 0)
		return -ENOMEM;
	return os->connector == NULL ? 0 :
	       connector_threads(os->connector, what->threads);
}

/* Who there is the folder says, for a kernel may keep some to itself elsewhere;
 * what they are the kernel's own list tells along. */
static int sensor_list(void *self, uint64_t *cursor, struct task_id *ret_tasks,
                       size_t max)
{
	struct linux_os *os = self;
	struct roster   *list = os->look.roster;
	pid_t            pids[SWEEP_PER_STEP];
	bool             first = *cursor == 0;
	int              n;

	n = procfs_list(&os->procfs, cursor, pids,
	                max < SWEEP_PER_STEP ? max : SWEEP_PER_STEP);
	if (n > 0 && list != NULL)
		roster_tell(list, first, pids, (size_t)n);
	else if (list != NULL)
		roster_over(list);
	for (int i = 0; i < n; i++)
		ret_tasks[i] = (struct task_id){ .pid = pids[i],
		                                 .tid = pids[i] };
	return n;
}

static int sensor_threads(void *self, pid_t pid, uint64_t *cursor,
                          pid_t *ret_tids, size_t max)
{
	struct linux_os *os = self;

	return procfs_threads(&os->procfs, pid, cursor, ret_tids, max);
}

static int sensor_thread_start(void *self, struct task_id thread,
                               uint64_t *ret_ns)
{
	struct linux_os *os = self;
	uint64_t         born;
	int              r;

	thread = task_id_known(thread);
	r = procfs_thread_born(&os->procfs, thread.pid, thread.tid, &born);
	if (r == 0)
		*ret_ns = procfs_start_ns(&os->procfs, born);
	return r;
}

static int sensor_facts(void *self, struct task_id whom, uint64_t which,
                        struct facts *f)
{
	struct linux_os *os = self;

	return look_at(&os->look, whom, which, f);
}

static int sensor_glimpse(void *self, pid_t pid, struct facts *f,
                          pid_t *ret_ppid)
{
	struct linux_os *os = self;

	return look_glimpse(&os->look, pid, f, ret_ppid);
}

static int sensor_host(void *self, enum host_fact fact, int64_t *ret_value)
{
	struct linux_os *os = self;

	return linux_host_now(&os->host, fact, ret_value);
}

static uint64_t sensor_now_ns(void *self)
{
	(void)self;
	return linux_now_ns();
}

static bool sensor_is_behind(void *self)
{
	const struct linux_os *os = self;

	return connector_is_behind(os->connector);
}

static uint64_t sensor_woken_ns(void *self)
{
	const struct linux_os *os = self;

	return os->woken_ns;
}

static uint64_t sensor_cpu_ns(void *self)
{
	(void)self;
	return urgency_spent_ns();
}

static int sensor_usage(void *self, uint64_t *ret_cpu_ns,
                        uint64_t *ret_rss_bytes)
{
	struct linux_os *os = self;
	struct proc_stat stat;
	int              r = procfs_stat(&os->procfs, getpid(), &stat);

	if (r < 0)
		return r;
	*ret_cpu_ns = stat.cpu_ns;
	*ret_rss_bytes = stat.rss_bytes;
	return 0;
}

/* First the class of the thread, then all that may still be watched. */
static void sensor_close(void *self)
{
	struct linux_os *os = self;

	urgency_close(&os->urgency);
	connector_close(os->connector);
	poller_close(os->poller);
	linux_host_close(&os->host, os);
	reader_free(os->look.reader);
	roster_free(os->look.roster);
	users_free(os->look.users);
	users_free(os->look.groups);
	signals_close(os);
	procfs_close(&os->procfs);
	if (os->epoll >= 0)
		close(os->epoll);
	free(os);
}

void sensor_fill(struct linux_os *os, struct sensor *ret_sensor)
{
	*ret_sensor = (struct sensor){
		.name = os->connector != NULL ? "proc connector" :
		        os->poller != NULL ? "polling /proc" : "/proc",
		.self = os, .next = sensor_next, .watch = sensor_watch,
		.list = sensor_list, .threads = sensor_threads,
		.thread_start = sensor_thread_start,
		.facts = sensor_facts, .glimpse = sensor_glimpse,
		.host = sensor_host, .now_ns = sensor_now_ns,
		.is_behind = sensor_is_behind, .woken_ns = sensor_woken_ns,
		.cpu_ns = sensor_cpu_ns, .usage = sensor_usage,
		.close = sensor_close };
}
