/* stall.c -- how long the loop was busy with one step. */

#include "engine.h"

static unsigned bucket_of(uint64_t ns)
{
	uint64_t us = ns / 1000;
	unsigned n = 0;

	while (us > 0 && n + 1 < STALL_BUCKETS) {
		us >>= 1;
		n++;
	}
	return n;
}

void stall_note(struct stalls *s, uint64_t ns)
{
	s->rounds++;
	s->busy_ns += ns;
	s->bucket[bucket_of(ns)]++;
	if (ns > s->longest_ns)
		s->longest_ns = ns;
}

uint64_t stall_quantile_ns(const struct stalls *s, uint32_t permyriad)
{
	uint64_t below = 0;

	for (unsigned n = 0; n < STALL_BUCKETS; n++) {
		below += s->bucket[n];
		if (below * 10000 >= s->rounds * permyriad)
			return (UINT64_C(1) << n) * 1000 < s->longest_ns
			       ? (UINT64_C(1) << n) * 1000 : s->longest_ns;
	}
	return s->longest_ns;
}
