/* supply.c -- how much memory is left in one place, and how soon it is gone. */

#include "os/linux/host/supply.h"

#define MS_NS        UINT64_C(1000000)
#define SPAN_NS      (1000 * MS_NS)     /* a pace is of about that time       */
#define SPAN_LEAST_NS  (50 * MS_NS)     /* and never of less                  */
#define PACE_LEAST_NS  (10 * MS_NS)     /* between two readings               */
#define SOON_NS     (60 * SPAN_NS)      /* what lasts longer does not shrink  */
#define READINGS     8                  /* until nothing would be left        */
#define WHOLE        UINT64_C(10000)
#define ENOUGH       UINT64_C(2500)     /* permyriad: a pace says little yet  */

static struct supply_sample *sample_at(struct supply *s, uint32_t place)
{
	return &s->sample[(s->first + place) % SUPPLY_SAMPLES];
}

static const struct supply_sample *newest(const struct supply *s)
{
	return &s->sample[(s->first + s->count - 1) % SUPPLY_SAMPLES];
}

static void drop_oldest(struct supply *s)
{
	s->first = (s->first + 1) % SUPPLY_SAMPLES;
	s->count--;
}

void supply_note(struct supply *s, uint64_t now_ns, uint64_t total_bytes,
                 uint64_t left_bytes)
{
	s->total_bytes = total_bytes;
	if (s->count == SUPPLY_SAMPLES)
		drop_oldest(s);
	*sample_at(s, s->count++) = (struct supply_sample){ now_ns,
	                                                    left_bytes };
	while (now_ns - sample_at(s, 0)->at_ns > SPAN_NS)
		drop_oldest(s);
}

void supply_forget(struct supply *s)
{
	*s = (struct supply){ .total_bytes = 0 };
}

/* In a short span one program's start would be a landslide. */
uint64_t supply_lasts_ns(const struct supply *s)
{
	const struct supply_sample *from = &s->sample[s->first], *to;
	uint64_t span, gone;

	if (s->total_bytes == 0 || s->count < 2)
		return UINT64_MAX;
	to = newest(s);
	if (to->left_bytes >= from->left_bytes)
		return UINT64_MAX;
	span = to->at_ns - from->at_ns;
	if (span < SPAN_LEAST_NS)
		span = SPAN_LEAST_NS;
	gone = from->left_bytes - to->left_bytes;
	/* Of 16 EiB a second is the remainder. */
	return (uint64_t)((double)to->left_bytes / (double)gone * (double)span);
}

/* Permyriad of the whole. */
static uint64_t left_share(const struct supply *s)
{
	double share = (double)newest(s)->left_bytes * (double)WHOLE /
	               (double)s->total_bytes;

	return share > (double)WHOLE ? WHOLE : (uint64_t)share;
}

static bool below(uint64_t value, int64_t bound, bool was)
{
	return value < (uint64_t)(was ? bound + bound / 10 : bound);
}

enum host_level supply_judge(struct supply *s, const struct host_shortage *a)
{
	bool     critical = s->level >= HOST_LEVEL_CRITICAL;
	bool     warn = s->level >= HOST_LEVEL_WARN;
	uint64_t share, lasts = UINT64_MAX;

	if (s->total_bytes == 0 || s->count == 0)
		return s->level = HOST_LEVEL_NORMAL;
	share = left_share(s);
	if (share < ENOUGH)
		lasts = supply_lasts_ns(s);
	if (below(share, a->left_critical, critical) ||
	    below(lasts, a->lasts_critical_ns, critical))
		s->level = HOST_LEVEL_CRITICAL;
	else if (below(share, a->left_warn, warn) ||
	         below(lasts, a->lasts_warn_ns, warn))
		s->level = HOST_LEVEL_WARN;
	else
		s->level = HOST_LEVEL_NORMAL;
	return s->level;
}

/* A second reading shows whether it shrinks. */
uint64_t supply_pace_ns(const struct supply *s, uint64_t period_ns)
{
	uint64_t lasts, pace;

	if (s->total_bytes == 0 || s->count == 0 || left_share(s) >= ENOUGH)
		return UINT64_MAX;
	if (s->count == 1)
		return PACE_LEAST_NS < period_ns ? PACE_LEAST_NS : period_ns;
	lasts = supply_lasts_ns(s);
	if (lasts > SOON_NS)
		return UINT64_MAX;
	pace = lasts / READINGS;
	if (pace < PACE_LEAST_NS)
		pace = PACE_LEAST_NS;
	return pace < period_ns ? pace : period_ns;
}

/* Half the way to the next share at which something changes; close to it, not
 * each page. */
uint64_t supply_rest_bytes(struct supply *s, const struct host_shortage *a)
{
	const uint64_t bounds[] = { ENOUGH, (uint64_t)a->left_warn,
	                            (uint64_t)a->left_critical };
	uint64_t       slack, least = s->total_bytes / 100;

	if (s->total_bytes == 0 || s->count == 0)
		return UINT64_MAX;
	s->rested_bytes = slack = newest(s)->left_bytes;
	for (int i = 2; i >= 0; i--) {
		uint64_t bound = s->total_bytes / WHOLE * bounds[i];

		if (s->rested_bytes > bound)
			slack = s->rested_bytes - bound;
	}
	return slack / 2 < least ? least : slack / 2;
}

bool supply_shrank(const struct supply *s, uint64_t by_bytes)
{
	return s->total_bytes > 0 && s->count > 0 &&
	       newest(s)->left_bytes + by_bytes <= s->rested_bytes;
}
