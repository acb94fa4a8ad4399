/* daytime.c -- the local time of the day and the day of the week. */

#include "os/linux/host/daytime.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "os/linux/host/host.h"
#include "os/linux/sensor/sensor.h"

#define FACTS (HOST_BIT(HOST_time) | HOST_BIT(HOST_weekday))

/* tzset() looks whether the zone's file is another one; localtime_r() alone
 * would keep the first. */
long daytime_of(int64_t at_s, int64_t *ret_minute, int64_t *ret_weekday,
                int *ret_second)
{
	time_t    at = (time_t)at_s;
	struct tm tm = { 0 };

	tzset();
	(void)localtime_r(&at, &tm);
	*ret_minute = tm.tm_hour * 60 + tm.tm_min;
	*ret_weekday = (tm.tm_wday + HOST_WEEK_DAYS - 1) % HOST_WEEK_DAYS;
	*ret_second = tm.tm_sec;
	return tm.tm_gmtoff;
}

static int64_t now_s(const struct daytime *d)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec + d->ahead_s;
}

int daytime_now(const struct daytime *d, enum host_fact f, int64_t *ret_value)
{
	int64_t minute, weekday;
	int     second;

	(void)daytime_of(now_s(d), &minute, &weekday, &second);
	*ret_value = f == HOST_time ? minute : weekday;
	return 0;
}

static long offset_at(int64_t at_s)
{
	int64_t minute, weekday;
	int     second;

	return daytime_of(at_s, &minute, &weekday, &second);
}

/* The first second after 'from' in which the zone is as far east as at 'to'. */
static int64_t shift_between(int64_t from_s, int64_t to_s)
{
	long after = offset_at(to_s);

	while (from_s + 1 < to_s) {
		int64_t middle = from_s + (to_s - from_s) / 2;

		if (offset_at(middle) == after)
			to_s = middle;
		else
			from_s = middle;
	}
	return to_s;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Minutes until one of the facts is to be told, if days had all 24 hours. */
static int64_t minutes_ahead(const struct daytime *d,
                             const struct linux_host *h, int64_t minute,
                             int64_t weekday)
{
	int64_t time = (d->wanted & HOST_BIT(HOST_time)) == 0 ? 0 :
	               host_bounds_ahead(&h->bounds[HOST_time], HOST_time,
	                                 minute);
	int64_t days = (d->wanted & HOST_BIT(HOST_weekday)) == 0 ? 0 :
	               host_bounds_ahead(&h->bounds[HOST_weekday],
	                                 HOST_weekday, weekday);

	return earlier(time == 0 ? INT64_MAX : time,
	               days == 0 ? INT64_MAX :
	               days * HOST_DAY_MINUTES - minute);
}

/* Where clocks are put forward or back on the way, that moment is as far as
 * anybody can see: from there it is looked at again. */
static int64_t next_s(const struct daytime *d, const struct linux_host *h,
                      int64_t at_s)
{
	int64_t minute, weekday, ahead, due_s;
	int     second;
	long    offset = daytime_of(at_s, &minute, &weekday, &second);

	ahead = minutes_ahead(d, h, minute, weekday);
	if (ahead == INT64_MAX)
		return 0;
	due_s = at_s - second + ahead * 60;
	return offset_at(due_s) == offset ? due_s : shift_between(at_s, due_s);
}

static int timer_arm(struct daytime *d, const struct linux_host *h)
{
	struct itimerspec t = { { 0, 0 }, { 0, 0 } };

	d->due_s = next_s(d, h, now_s(d));
	if (d->due_s != 0)
		t.it_value.tv_sec = (time_t)(d->due_s - d->ahead_s);
	return timerfd_settime(d->timer.fd, TFD_TIMER_ABSTIME |
	                       TFD_TIMER_CANCEL_ON_SET, &t, NULL) < 0 ?
	       -errno : 0;
}

static void daytime_say(const struct daytime *d, struct linux_os *os)
{
	for (int f = 0; f < HOST_COUNT; f++) {
		int64_t value;

		if ((d->wanted & HOST_BIT(f)) == 0)
			continue;
		(void)daytime_now(d, (enum host_fact)f, &value);
		linux_host_say(os, (enum host_fact)f, 0, value);
	}
}

/* Whether it fired or the clock was set (ECANCELED), the answer is to look. */
static int timer_ready(void *self, struct linux_os *os, uint32_t what)
{
	struct daytime *d = self;
	uint64_t        times;

	(void)what;
	(void)!read(d->timer.fd, &times, sizeof times);
	daytime_say(d, os);
	return timer_arm(d, &os->host);
}

void daytime_open(struct daytime *d)
{
	*d = (struct daytime){ .timer = { -1, timer_ready, d } };
}

static int timer_open(struct daytime *d, struct linux_os *os)
{
	d->timer.fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC |
	                             TFD_NONBLOCK);
	return d->timer.fd < 0 ? -errno :
	       linux_source_watch(os, &d->timer, EPOLLIN);
}

int daytime_watch(struct daytime *d, struct linux_os *os, uint64_t facts)
{
	int r = 0;

	facts &= FACTS;
	if (facts == 0) {
		daytime_close(d, os);
		return 0;
	}
	if (d->timer.fd < 0)
		r = timer_open(d, os);
	d->wanted = facts;
	daytime_say(d, os);
	return r < 0 ? r : timer_arm(d, &os->host);
}

void daytime_close(struct daytime *d, struct linux_os *os)
{
	linux_source_forget(os, &d->timer);
	if (d->timer.fd >= 0)
		close(d->timer.fd);
	d->timer.fd = -1;
	d->wanted = 0;
	d->due_s = 0;
}
