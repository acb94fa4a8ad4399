/* host.c -- what the simulated machine is like, and what time it is there.
 *
 * Facts are as the test sets them; only the hour goes on by itself, with the
 * virtual clock.  Changes are told as the real sensor tells them: those that
 * matter to whoever watches.
 */

#include <errno.h>

#include "os/sim/machine.h"

#define MINUTE_NS UINT64_C(60000000000)
#define CLOCK     (HOST_BIT(HOST_time) | HOST_BIT(HOST_weekday))

/* Minutes since monday 00:00. */
static int64_t minute_now(const struct sim *s)
{
	return s->wall_minute +
	       (int64_t)((s->now_ns - s->wall_since_ns) / MINUTE_NS);
}

static int64_t day_of(int64_t minute)
{
	return minute / HOST_DAY_MINUTES % HOST_WEEK_DAYS;
}

static void clock_read(struct sim *s)
{
	int64_t minute = minute_now(s);

	s->host.value[HOST_time] = minute % HOST_DAY_MINUTES;
	s->host.value[HOST_weekday] = day_of(minute);
}

/* A fact that nobody watches is not told; its value is there to be read. */
static void host_tell(struct sim *s, enum host_fact f)
{
	struct parcel p = { .kind = PARCEL_EVENT, .event.kind = EVENT_HOST };

	if ((s->interest.host & HOST_BIT(f)) == 0 ||
	    !host_bounds_news(&s->bounds[f], f, &s->told, &s->host))
		return;
	host_take(&s->told, &s->host, f);
	p.event.u.host.fact = f;
	p.event.u.host.unreadable = !host_knows(&s->host, f);
	p.event.u.host.value = s->host.value[f];
	queue_post(s, s->now_ns, &p);
}

/* Minutes until the fact is next to be told; INT64_MAX: never. */
static int64_t minutes_ahead(const struct sim *s, enum host_fact f)
{
	int64_t now = s->host.value[f];
	int64_t ahead = host_bounds_ahead(&s->bounds[f], f, now);

	if ((s->interest.host & HOST_BIT(f)) == 0 || ahead == 0)
		return INT64_MAX;
	return f == HOST_time ? ahead : ahead * HOST_DAY_MINUTES -
	                                s->host.value[HOST_time];
}

static void clock_plan(struct sim *s)
{
	int64_t time = minutes_ahead(s, HOST_time);
	int64_t day = minutes_ahead(s, HOST_weekday);
	int64_t ahead = time < day ? time : day;
	int64_t minutes = minute_now(s) - s->wall_minute;

	s->clock_due_ns = ahead == INT64_MAX ? UINT64_MAX :
	                  s->wall_since_ns +
	                  (uint64_t)(minutes + ahead) * MINUTE_NS;
}

void host_clock(struct sim *s)
{
	clock_read(s);
	host_tell(s, HOST_time);
	host_tell(s, HOST_weekday);
	clock_plan(s);
}

void host_watch(struct sim *s, const struct interest *what)
{
	s->interest = *what;
	s->interest.bounds = NULL;              /* ours now                   */
	host_bounds_copy(s->bounds, what->bounds);
	clock_read(s);
	s->told = s->host;
	clock_plan(s);
}

/* A quiet machine, monday at noon; nothing tells whether a person is there. */
void host_begin(struct sim *s)
{
	struct interest all = { .threads = true, .forks = true,
	                        .host = ~CLOCK };

	for (int f = 0; f < HOST_COUNT; f++)
		if (host_rows[f].type != HOST_TYPE_LIST && f != HOST_idle)
			host_set(&s->host, (enum host_fact)f, 0);
	host_set(&s->host, HOST_cores, SIM_CORES);
	s->wall_minute = HOST_DAY_MINUTES / 2;
	host_watch(s, &all);
}

int host_now(void *self, enum host_fact fact, int64_t *ret_value)
{
	struct sim *s = self;
	int         r = sim_call(s, SIM_HOST);

	if (r < 0)
		return r;
	if (!host_knows(&s->host, fact))
		return -ENODATA;
	clock_read(s);
	*ret_value = s->host.value[fact];
	return 0;
}

void sim_wall(struct sim *s, int64_t minutes_of_the_week)
{
	s->wall_minute = minutes_of_the_week;
	s->wall_since_ns = s->now_ns;
	host_clock(s);
}

void sim_host(struct sim *s, enum host_fact fact, int64_t value)
{
	int64_t minute = minute_now(s);

	if (fact == HOST_time)
		sim_wall(s, day_of(minute) * HOST_DAY_MINUTES + value);
	else if (fact == HOST_weekday)
		sim_wall(s, value * HOST_DAY_MINUTES +
		            minute % HOST_DAY_MINUTES);
	host_set(&s->host, fact, value);
	host_tell(s, fact);
}

void sim_host_hide(struct sim *s, enum host_fact fact)
{
	s->host.known &= ~HOST_BIT(fact);
	host_tell(s, fact);
}
