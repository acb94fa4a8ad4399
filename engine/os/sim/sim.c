/* sim.c -- the simulated machine as its tests see it. */

#include <errno.h>
#include <stdlib.h>

#include "os/sim/machine.h"

/* A seed is spread over all bits first, so that 1 and 2 are far apart. */
static uint64_t spread(uint64_t seed)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	seed = (seed ^ seed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	seed = (seed ^ seed >> 27) * UINT64_C(0x94d049bb133111eb);
	return (seed ^ seed >> 31) | 1;
}

/* xorshift: all of a run follows from the seed, on every machine alike. */
uint64_t sim_random(struct sim *s, uint64_t most)
{
	s->random ^= s->random << 13;
	s->random ^= s->random >> 7;
	s->random ^= s->random << 17;
	return most == UINT64_MAX ? s->random : s->random % (most + 1);
}

/* A quiet machine in an office hour; nothing tells whether a person is there. */
static void host_begin(struct host *h)
{
	for (int f = 0; f < HOST_COUNT; f++)
		if (host_rows[f].type != HOST_TYPE_LIST && f != HOST_idle)
			host_set(h, (enum host_fact)f, 0);
	host_set(h, HOST_cores, SIM_CORES);
	host_set(h, HOST_time, HOST_DAY_MINUTES / 2);
}

/* Until somebody says what they watch, everything is told. */
struct sim *sim_new(uint64_t seed, struct interned *sets)
{
	struct sim *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->random = spread(seed);
	s->until_ns = UINT64_MAX;
	s->sets = sets;
	s->online = sets == NULL ? -1 : interned_read_cpus(sets, SIM_CPUS);
	s->interest.threads = s->interest.forks = true;
	s->interest.host = ~UINT64_C(0);
	host_begin(&s->host);
	if (pool_open(&s->parcels, sizeof(struct parcel), SIM_PARCELS) < 0 ||
	    tasks_open(s) < 0) {
		sim_free(s);
		return NULL;
	}
	return s;
}

void sim_free(struct sim *s)
{
	struct wire wire;

	if (s == NULL)
		return;
	wire_door(s, &wire);
	wire.close(s);
	queue_clear(s);
	tasks_close(s);
	free(s->store.bytes);
	free(s->staged.bytes);
	free(s);
}

void sim_os(struct sim *s, struct os *ret_os)
{
	facts_door(s, &ret_os->sensor);
	ret_os->sensor.next = queue_next;
	knobs_door(s, &ret_os->actuator);
	record_door(s, &ret_os->store);
	wire_door(s, &ret_os->wire);
}

/* A fact that nobody watches is not told; its value is there to be read. */
static void host_tell(struct sim *s, enum host_fact fact)
{
	struct parcel p = { .kind = PARCEL_EVENT };

	if ((s->interest.host & HOST_BIT(fact)) == 0)
		return;
	p.event.kind = EVENT_HOST;
	p.event.u.host.fact = fact;
	p.event.u.host.unreadable = !host_knows(&s->host, fact);
	p.event.u.host.value = s->host.value[fact];
	queue_post(s, s->now_ns, &p);
}

void sim_host(struct sim *s, enum host_fact fact, int64_t value)
{
	if (host_knows(&s->host, fact) && s->host.value[fact] == value)
		return;
	host_set(&s->host, fact, value);
	host_tell(s, fact);
}

void sim_host_hide(struct sim *s, enum host_fact fact)
{
	if (!host_knows(&s->host, fact))
		return;
	s->host.known &= ~HOST_BIT(fact);
	host_tell(s, fact);
}

void sim_stop(struct sim *s)
{
	struct parcel p = { .kind = PARCEL_EVENT };

	p.event.kind = EVENT_STOP;
	queue_post(s, s->now_ns, &p);
}

void sim_lose(struct sim *s, size_t n)
{
	s->lose += n;
}

void sim_next_pid(struct sim *s, pid_t pid)
{
	s->next_pid = pid;
}

void sim_fail(struct sim *s, enum sim_call call, int error, unsigned times)
{
	s->fault[call].error = abs(error);
	s->fault[call].times = times;
}

uint64_t sim_calls(const struct sim *s, enum sim_call call)
{
	return s->fault[call].calls;
}

/* Calls are counted even when they are made to fail. */
int sim_call(struct sim *s, enum sim_call call)
{
	struct fault *f = &s->fault[call];

	f->calls++;
	if (f->times == 0)
		return 0;
	f->times--;
	return -f->error;
}

uint64_t sim_now_ns(const struct sim *s)
{
	return s->now_ns;
}

void sim_until(struct sim *s, uint64_t ns)
{
	s->until_ns = ns;
}

void sim_delay(struct sim *s, uint64_t max_ns)
{
	s->delay_ns = max_ns;
}
