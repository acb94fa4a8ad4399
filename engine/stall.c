/* stall.c -- how long the loop was busy with one step. */

#include "engine.h"

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
	uint64_t below = 0, end_ns = 0;

	for (unsigned n = 0; n < STALL_BUCKETS; n++) {
		below += s->bucket[n];
		end_ns = end_of_ns(n);
		if (below * 10000 >= s->rounds * permyriad)
			break;
	}
	return end_ns < s->longest_ns ? end_ns : s->longest_ns;
}
