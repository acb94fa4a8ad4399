/* pressure.c -- how hard memory, the CPUs or storage are wanted.
 *
 * The kernel counts the time that tasks stand waiting for each.
 */
#include "os/linux/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define FILE_BYTES        4096
#define SECOND_NS         UINT64_C(1000000000)
#define SPAN_NS           SECOND_NS     /* a share is of about that time      */
#define SPAN_LEAST_NS     (SECOND_NS / 4)       /* and never of less          */
#define CALM_NS           (2 * SECOND_NS)       /* before we sleep again      */
#define SLOW_NS           SECOND_NS     /* readings where no trigger works    */
#define TRIGGER_US        UINT64_C(20000)       /* waited for memory within:  */
#define WINDOW_US         UINT64_C(2000000)     /* what all may ask for       */
#define SHORT_WINDOW_US   UINT64_C(500000)      /* what the privileged may    */
#define WHOLE             10000

const char *const pressure_files[HOST_PRESSURES] = {
	[HOST_PRESSURE_MEMORY] = "pressure/memory",
	[HOST_PRESSURE_CPU]    = "pressure/cpu",
	[HOST_PRESSURE_IO]     = "pressure/io",
};

/* What follows a word in a text that the kernel wrote; false: not a number. */
static bool number_after(const char **text, const char *word,
                         uint64_t *ret_number)
{
	const char *at = strstr(*text, word);
	char       *end;

	if (at == NULL)
		return false;
	at += strlen(word);
	at += strspn(at, " ");
	*ret_number = strtoull(at, &end, 10);
	*text = end;
	return end != at && at[0] != '-';
}

/* "some" counts the time in which at least one task waited: "some avg10=1.53
 * avg60=0.87 avg300=0.73 total=98765". */
int pressure_stalled(const char *text, uint64_t *ret_us, int64_t *ret_average)
{
	uint64_t whole, hundredths, us;

	if (strncmp(text, "some ", 5) != 0 ||
	    !number_after(&text, "avg10=", &whole) || *text != '.' ||
	    !number_after(&text, ".", &hundredths) ||
	    !number_after(&text, "total=", &us) ||
	    whole > 100 || hundredths > 99)
		return -EBADMSG;
	*ret_us = us;
	*ret_average = (int64_t)(whole * 100 + hundredths);
	return 0;
}

/* Whether a value that rises past a bound is there, given whether it was. */
static bool above(int64_t value, int64_t bound, bool was)
{
	return value >= (was ? bound - bound / 10 : bound);
}

enum host_level pressure_judge(const struct pressure *p, int64_t stalled)
{
	if (above(stalled, p->alarm.critical, p->waits >= HOST_LEVEL_CRITICAL))
		return HOST_LEVEL_CRITICAL;
	if (above(stalled, p->alarm.warn, p->waits >= HOST_LEVEL_WARN))
		return HOST_LEVEL_WARN;
	return HOST_LEVEL_NORMAL;
}

static bool is_of_memory(const struct pressure *p)
{
	return p->memory != NULL;
}

/* Where the kernel tells nothing nobody waits for memory; how much there is, is
 * left.  Of the others nothing is. */
static int stalled_read(const struct pressure *p, uint64_t *ret_us,
                        int64_t *ret_average)
{
	char text[FILE_BYTES];

	*ret_us = 0;
	*ret_average = 0;
	if (procfs_file(p->procfs, p->file, text, sizeof text) >= 0 &&
	    pressure_stalled(text, ret_us, ret_average) == 0)
		return 0;
	return is_of_memory(p) ? 0 : -ENODATA;
}

/* The worse of the two decides. */
static void level_take(struct pressure *p, int64_t stalled, uint64_t now_ns)
{
	enum host_level left = HOST_LEVEL_NORMAL;

	if (p->memory != NULL)
		left = memory_read(p->memory, now_ns);
	p->waits = pressure_judge(p, stalled);
	p->level = left > p->waits ? left : p->waits;
}

static struct pressure_sample *sample_at(struct pressure *p, uint32_t place)
{
	return &p->sample[(p->first + place) % PRESSURE_SAMPLES];
}

static void sample_keep(struct pressure *p, uint64_t at_ns, uint64_t us)
{
	if (p->count == PRESSURE_SAMPLES) {
		p->first = (p->first + 1) % PRESSURE_SAMPLES;
		p->count--;
	}
	*sample_at(p, p->count++) = (struct pressure_sample){ at_ns, us };
	/* Of those that are a second old the youngest is enough. */
	while (p->count > 2 && at_ns - sample_at(p, 1)->at_ns >= SPAN_NS) {
		p->first = (p->first + 1) % PRESSURE_SAMPLES;
		p->count--;
	}
}

/* The share of the last second that somebody stood waiting.  Before the first
 * reading the kernel's own slow average has to do. */
static int64_t stalled_share(struct pressure *p, uint64_t now_ns, uint64_t us,
                             int64_t average)
{
	uint64_t before = (uint64_t)average * (SPAN_NS / 1000 / WHOLE);
	uint64_t span;

	if (p->count == 0)
		sample_keep(p, now_ns - SPAN_NS, us - before);
	sample_keep(p, now_ns, us);
	span = now_ns - sample_at(p, 0)->at_ns;
	/* In a short span one hiccup would be all of it. */
	if (span < SPAN_LEAST_NS)
		span = SPAN_LEAST_NS;
	return (int64_t)((us - sample_at(p, 0)->stalled_us) * 1000 * WHOLE /
	                 span);
}

/* Until a trigger fires; what else must be looked at then, now and then.  The
 * samples are worth nothing at the next waking. */
static void pressure_rest(struct pressure *p, struct linux_os *os,
                          uint64_t now_ns)
{
	uint64_t due_ns = UINT64_MAX;

	if (p->memory != NULL)
		due_ns = memory_rest(p->memory, os, now_ns);
	if (!p->armed && due_ns > now_ns + SLOW_NS)
		due_ns = now_ns + SLOW_NS;
	p->due_ns = due_ns;
	p->resting = true;
	p->count = 0;
	p->calm_since_ns = 0;
}

/* A short period while it lasts.  Who was only woken to look, and finds it
 * calm, rests again. */
static void reading_plan(struct pressure *p, struct linux_os *os,
                         uint64_t now_ns)
{
	uint64_t period = (uint64_t)p->alarm.period_ns, pace = UINT64_MAX;

	if (p->memory != NULL)
		pace = memory_pace_ns(p->memory, period);
	if (p->level != HOST_LEVEL_NORMAL || pace != UINT64_MAX)
		p->resting = false, p->calm_since_ns = 0;
	else if (p->calm_since_ns == 0)
		p->calm_since_ns = now_ns;
	p->due_ns = now_ns + (pace < period ? pace : period);
	if (p->resting || (p->calm_since_ns != 0 &&
	                   now_ns - p->calm_since_ns >= CALM_NS))
		pressure_rest(p, os, now_ns);
}

void pressure_read(struct pressure *p, struct linux_os *os, uint64_t now_ns)
{
	uint64_t us;
	int64_t  average, share;
	int      r = stalled_read(p, &us, &average);

	share = stalled_share(p, now_ns, us, average);
	level_take(p, share, now_ns);
	linux_host_say(os, p->fact, r, p->level);
	reading_plan(p, os, now_ns);
}

void pressure_woken(struct pressure *p, struct linux_os *os)
{
	if (p->resting)
		pressure_read(p, os, linux_now_ns());
}

/* The trigger fires at most once a window; while readings run it only says that
 * it is not calm yet. */
static int trigger_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct pressure *p = self;

	if (what & (EPOLLERR | EPOLLHUP)) {
		p->armed = false;
		if (p->resting)         /* nothing else would wake us         */
			p->due_ns = linux_now_ns();
		return -EIO;
	}
	p->calm_since_ns = 0;
	if (!p->resting)
		return 0;
	if (p->memory != NULL)
		memory_rise(p->memory, os);
	p->resting = false;
	pressure_read(p, os, linux_now_ns());
	return 0;
}

/* The kernel wants the NUL as well. */
static int trigger_arm(int fd, uint64_t stall_us, uint64_t window_us)
{
	char text[64];
	int  n = snprintf(text, sizeof text, "some %" PRIu64 " %" PRIu64,
	                  stall_us, window_us);

	return write(fd, text, (size_t)n + 1) < 0 ? -errno : 0;
}

/* Memory may be gone soon after the first wait.  Of the others some wait is
 * what a machine at work looks like: half of what would be a warning. */
static uint64_t stall_of(const struct pressure *p, uint64_t window_us)
{
	uint64_t half = window_us * (uint64_t)p->alarm.warn / (UINT64_C(2) * WHOLE);

	return is_of_memory(p) ? TRIGGER_US : half;
}

/* Short windows wake sooner, and take CAP_SYS_RESOURCE. */
static int trigger_open(struct pressure *p, struct linux_os *os)
{
	int fd = openat(p->procfs->fd, p->file,
	                O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = trigger_arm(fd, stall_of(p, SHORT_WINDOW_US),
	                SHORT_WINDOW_US);
	if (r < 0)
		r = trigger_arm(fd, stall_of(p, WINDOW_US), WINDOW_US);
	p->trigger.fd = fd;
	if (r == 0)
		r = linux_source_watch(os, &p->trigger, EPOLLPRI);
	if (r == 0)
		return 0;
	close(fd);
	p->trigger.fd = -1;
	return r;
}

void pressure_open(struct pressure *p, enum host_fact fact, const char *file,
                   const struct procfs *procfs, const struct host_alarm *alarm,
                   struct memory *memory)
{
	*p = (struct pressure){
		.fact = fact, .file = file, .procfs = procfs, .memory = memory,
		.trigger = { -1, trigger_ready, p }, .alarm = *alarm,
		.due_ns = UINT64_MAX };
}

void pressure_watch(struct pressure *p, struct linux_os *os, bool wanted)
{
	if (wanted == p->wanted)
		return;
	if (!wanted) {
		pressure_close(p, os);
		return;
	}
	p->wanted = true;
	p->armed = trigger_open(p, os) == 0;
	/* The trigger tells of what is to come, this of what is. */
	pressure_read(p, os, linux_now_ns());
}

/* Where nobody watches, the kernel's ten-second average has to do. */
int pressure_now(struct pressure *p, int64_t *ret_level)
{
	uint64_t us;
	int64_t  average;
	int      r = stalled_read(p, &us, &average);

	if (r < 0)
		return r;
	level_take(p, average, linux_now_ns());
	*ret_level = p->level;
	return 0;
}

void pressure_close(struct pressure *p, struct linux_os *os)
{
	linux_source_forget(os, &p->trigger);
	if (p->trigger.fd >= 0)
		close(p->trigger.fd);
	p->trigger.fd = -1;
	if (p->memory != NULL)
		memory_close(p->memory, os);
	p->armed = p->wanted = p->resting = false;
	p->due_ns = UINT64_MAX;
	p->count = 0;
	p->calm_since_ns = 0;
}
