/* stall.c -- how long the loop was busy with one step, and with what. */

#include "stall.h"

#include <string.h>

#define CPU_EACH_NS UINT64_C(100000)

static const char *const names[PHASES] = {
	[PHASE_READING]   = "reading",   [PHASE_EVENTS]    = "events",
	[PHASE_DECIDING]  = "deciding",  [PHASE_APPLYING]  = "applying",
	[PHASE_ANSWERS]   = "answers",   [PHASE_DUE]       = "due",
	[PHASE_LISTING]   = "listing",   [PHASE_COMPARING] = "comparing",
	[PHASE_SWAPPING]  = "swapping",  [PHASE_RELOADING] = "reloading",
	[PHASE_JOURNAL]   = "journal",   [PHASE_GROUPS]    = "groups",
	[PHASE_CONTROL]   = "control",
};

const char *phase_name(enum phase p)
{
	return names[p];
}

/* Four to each power of two. */
static unsigned bucket_of(uint64_t ns)
{
	uint64_t us = ns / 1000 + 4;
	unsigned n = 0;

	while (us >= 8) {
		us >>= 1;
		n += 4;
	}
	n += (unsigned)us - 4;
	return n < STALL_BUCKETS ? n : STALL_BUCKETS - 1;
}

static uint64_t end_of_ns(unsigned bucket)
{
	uint64_t us = (UINT64_C(5) + bucket % 4) << bucket / 4;

	return (us - 4) * 1000;
}

void stall_begin(struct stalls *s, const struct sensor *clock, bool waited)
{
	s->began_ns = waited && clock->woken_ns != NULL
	              ? clock->woken_ns(clock->self)
	              : clock->now_ns(clock->self);
	s->since_ns = s->began_ns;
	s->phase = PHASE_READING;
	memset(s->spent_ns, 0, sizeof s->spent_ns);
}

enum phase stall_enter(struct stalls *s, const struct sensor *clock,
                       enum phase p)
{
	enum phase before = s->phase;
	uint64_t   now_ns = clock->now_ns(clock->self);

	s->spent_ns[before] += now_ns - s->since_ns;
	s->since_ns = now_ns;
	s->phase = p;
	return before;
}

/* It was awake no longer than the step took. */
static uint64_t cpu_of(struct stalls *s, const struct sensor *clock,
                       uint64_t ns)
{
	uint64_t before_ns = s->cpu_ns;

	s->unread_ns += ns;
	if (clock->cpu_ns == NULL || s->unread_ns < CPU_EACH_NS)
		return 0;
	s->unread_ns = 0;
	s->cpu_ns = clock->cpu_ns(clock->self);
	return s->cpu_ns - before_ns < ns ? s->cpu_ns - before_ns : ns;
}

/* Who waits for a CPU meanwhile decides no slower. */
static uint64_t deciding_of(const struct stalls *s, const struct sensor *clock,
                            uint64_t cpu_ns)
{
	uint64_t ns = s->spent_ns[PHASE_DECIDING];
	bool     was_read = clock->cpu_ns != NULL && s->unread_ns == 0;

	return was_read && cpu_ns < ns ? cpu_ns : ns;
}

static enum phase phases_end(struct stalls *s)
{
	enum phase most = PHASE_READING;

	for (int p = 0; p < PHASES; p++) {
		if (s->spent_ns[p] > s->longest_ns[p])
			s->longest_ns[p] = s->spent_ns[p];
		if (s->spent_ns[p] > s->spent_ns[most])
			most = (enum phase)p;
	}
	return most;
}

void stall_end(struct stalls *s, const struct sensor *clock)
{
	struct stall now;

	stall_enter(s, clock, PHASE_READING);
	now.ns = s->since_ns - s->began_ns;
	now.cpu_ns = cpu_of(s, clock, now.ns);
	s->deciding_ns += deciding_of(s, clock, now.cpu_ns);
	now.most = phases_end(s);
	now.most_ns = s->spent_ns[now.most];
	s->rounds++;
	s->busy_ns += now.ns;
	s->past += now.ns > STALL_NS;
	s->past_cpu += now.cpu_ns > STALL_NS;
	s->bucket[bucket_of(now.ns)]++;
	if (now.ns > s->longest.ns)
		s->longest = now;
	if (now.cpu_ns > s->dearest.cpu_ns)
		s->dearest = now;
}

uint64_t stall_quantile_ns(const struct stalls *s, uint32_t permyriad)
{
	uint64_t below = 0, end_ns = 0;

	for (unsigned n = 0; n < STALL_BUCKETS; n++) {
		below += s->bucket[n];
		end_ns = end_of_ns(n);
		if (below * 10000 >= s->rounds * permyriad)
			break;
	}
	return end_ns < s->longest.ns ? end_ns : s->longest.ns;
}
