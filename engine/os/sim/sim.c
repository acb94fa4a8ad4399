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

/* Until somebody says what they watch, everything is told but the hour. */
struct sim *sim_new(uint64_t seed, struct interned *sets)
{
	struct sim *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->random = spread(seed);
	s->until_ns = UINT64_MAX;
	s->disk_bytes = SIZE_MAX;
	s->sets = sets;
	s->online = sets == NULL ? -1 : interned_read_cpus(sets, SIM_CPUS);
	s->interest.threads = s->interest.forks = true;
	host_begin(s);
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
	wire.close(wire.self);
	queue_clear(s);
	tasks_close(s);
	groups_close(s);
	gate_clear(s);
	text_leave(s->env_names);
	text_leave(s->guard_exes);
	text_leave(s->guard_names);
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
	guard_door(s, &ret_os->guard);
	gate_door(s, &ret_os->gate);
	workshop_door(s, &ret_os->workshop);
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

uint64_t sim_now_ns(const struct sim *s)
{
	return s->now_ns;
}

void sim_jump(struct sim *s, uint64_t ns)
{
	s->now_ns += ns;
}

void sim_until(struct sim *s, uint64_t ns)
{
	s->until_ns = ns;
}

void sim_delay(struct sim *s, uint64_t max_ns)
{
	s->delay_ns = max_ns;
}
