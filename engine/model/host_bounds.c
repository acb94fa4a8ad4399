/* host_bounds.c -- which changes of a fact about the machine matter. */

#include "model/host_bounds.h"

#include <string.h>

/* After so many values it begins again; 0: it does not. */
static int64_t cycle_of(enum host_fact f)
{
	if (host_rows[f].unit == HOST_UNIT_MINUTES)
		return HOST_DAY_MINUTES;
	return f == HOST_weekday ? HOST_WEEK_DAYS : 0;
}

static void bound_add(struct host_bounds *b, int64_t at)
{
	uint32_t place = b->count;

	while (place > 0 && b->at[place - 1] > at)
		place--;
	if (place > 0 && b->at[place - 1] == at)
		return;
	if (b->count == HOST_BOUNDS_MAX) {
		b->refused++;
		return;
	}
	memmove(&b->at[place + 1], &b->at[place],
	        (b->count - place) * sizeof(b->at[0]));
	b->at[place] = at;
	b->count++;
}

/* What holds all round the cycle has no bound. */
static void cyclic_add(struct host_bounds *b, int64_t cycle, int64_t low,
                       int64_t high)
{
	if (low < 0)
		low = 0;
	if (high >= cycle)
		high = cycle - 1;
	if (low == (high + 1) % cycle || low >= cycle || high < 0)
		return;
	bound_add(b, low);
	bound_add(b, (high + 1) % cycle);
}

void host_bounds_add(struct host_bounds *b, enum host_fact f, int64_t low,
                     int64_t high)
{
	int64_t cycle = cycle_of(f);

	if (cycle != 0) {
		cyclic_add(b, cycle, low, high);
		return;
	}
	if (low != INT64_MIN)
		bound_add(b, low);
	if (high != INT64_MAX)
		bound_add(b, high + 1);
}

void host_bounds_copy(struct host_bounds to[HOST_COUNT],
                      const struct host_bounds *from)
{
	for (int f = 0; f < HOST_COUNT; f++)
		to[f] = from != NULL ? from[f] :
		        (struct host_bounds){ .in_steps = true };
}

int64_t host_bounds_ahead(const struct host_bounds *b, enum host_fact f,
                          int64_t value)
{
	int64_t cycle = cycle_of(f);

	if (b->in_steps || b->refused != 0)
		return 1;               /* each of their steps is one         */
	for (uint32_t i = 0; i < b->count; i++)
		if (b->at[i] > value)
			return b->at[i] - value;
	return b->count == 0 ? 0 : b->at[0] + cycle - value;
}

static bool cyclic_passed(const struct host_bounds *b, enum host_fact f,
                          int64_t before, int64_t now)
{
	int64_t cycle = cycle_of(f);
	int64_t ahead = host_bounds_ahead(b, f, before);

	return ahead != 0 && ahead <= (now - before + cycle) % cycle;
}

bool host_bounds_passed(const struct host_bounds *b, enum host_fact f,
                        int64_t before, int64_t now)
{
	int64_t low = before < now ? before : now;
	int64_t high = before < now ? now : before;

	if (low == high)
		return false;
	if (cycle_of(f) != 0)
		return cyclic_passed(b, f, before, now);
	if (b->refused != 0 ||
	    (b->in_steps && host_in_step(f, low) != host_in_step(f, high)))
		return true;
	for (uint32_t i = 0; i < b->count; i++)
		if (low < b->at[i] && b->at[i] <= high)
			return true;
	return false;
}

bool host_bounds_news(const struct host_bounds *b, enum host_fact f,
                      const struct host *told, const struct host *now)
{
	bool known = host_knows(now, f);

	if (known != host_knows(told, f))
		return true;
	if (known && (host_rows[f].type == HOST_TYPE_LEVEL ||
	              host_rows[f].type == HOST_TYPE_BOOL))
		return told->value[f] != now->value[f];
	return known && host_bounds_passed(b, f, told->value[f], now->value[f]);
}
