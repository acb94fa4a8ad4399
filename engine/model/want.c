/* want.c -- wants compared; bounds on wanted values: clamping to one, and what
 * two leave. */

#include "model/want.h"

#include <errno.h>

#include "model/interned.h"

uint64_t want_differences(const struct want *a, const struct want *b)
{
	uint64_t differ = a->has ^ b->has;

	for (int s = 0; s < SETTING_COUNT; s++)
		if (want_has(a, (enum setting)s) &&
		    want_has(b, (enum setting)s) && a->value[s] != b->value[s])
			differ |= SETTING_BIT(s);
	return differ;
}

bool want_equal(const struct want *a, const struct want *b)
{
	return want_differences(a, b) == 0;
}

/* How many classes the setting chooses from; 0: it is no choice. */
static int classes_of(enum setting s)
{
	switch (setting_rows[s].type) {
	case SETTING_TYPE_SCHED:
		return SCHED_CLASSES;
	case SETTING_TYPE_WORD:
		return (int)setting_rows[s].high + 1;
	default:
		return 0;
	}
}

uint32_t bound_classes(enum setting s)
{
	return (UINT32_C(1) << classes_of(s)) - 1;
}

/* The highest allowed class at or below the wanted one, else the lowest. */
static int class_clamp(uint32_t allowed, int n, int wanted)
{
	for (int c = wanted < n ? wanted : n - 1; c >= 0; c--)
		if ((allowed >> c & 1) != 0)
			return c;
	for (int c = 0; c < n; c++)
		if ((allowed >> c & 1) != 0)
			return c;
	return -ENOENT;
}

/* A real-time class keeps the priority it was wanted with; one that was not
 * wanted in real time gets the least. */
static int64_t sched_with_class(int64_t value, enum sched_class c)
{
	int priority = sched_priority_of(value);

	if (c != SCHED_CLASS_RR && c != SCHED_CLASS_FIFO)
		priority = 0;
	else if (priority == 0)
		priority = 1;
	return sched_value(c, priority) | (value & SCHED_VALUE_RESET);
}

/* A value whose class is allowed stays whole, its priority and flag too: what
 * bounds the priority is the cap on rt_priority. */
static int choice_clamp(enum setting s, const struct bound *b, int64_t *value)
{
	bool sched = setting_rows[s].type == SETTING_TYPE_SCHED;
	int  wanted = sched ? (int)sched_class_of(*value) : (int)*value;
	int  c = class_clamp(b->allowed, classes_of(s), wanted);

	if (c < 0)
		return c;
	if (c != wanted)
		*value = !sched ? c :
		         sched_with_class(*value, (enum sched_class)c);
	return 0;
}

/* No CPU in common is a conflict that the caller reports: there is no nearest
 * set. */
static int cpus_clamp(const struct bound *b, struct interned *sets,
                      int64_t *value)
{
	int64_t both = b->low == INTERNED_ANY ? *value :
	               interned_intersect(sets, *value, b->low);

	if (both < 0)
		return (int)both;
	*value = both;
	return 0;
}

static int name_clamp(const struct bound *b, struct interned *sets,
                      int64_t *value)
{
	bool in = b->allowed != 0 &&
	          (b->low == INTERNED_ANY ||
	           interned_intersect(sets, *value, b->low) == *value);

	if (!in)
		*value = VALUE_UNTOUCHED;
	return 0;
}

static void range_clamp(const struct bound *b, int64_t *value)
{
	if (*value < b->low)
		*value = b->low;
	else if (*value > b->high)
		*value = b->high;
}

static bool is_of_host(int64_t share)
{
	return share > SHARE_OF_HOST;
}

static bool shares_are_all(const struct bound *b)
{
	return b->low == 1 + is_of_host(b->low) * SHARE_OF_HOST &&
	       (b->high == SHARE_CORES_HIGH || b->high == SHARE_HIGH);
}

/* How many cores there are is not known here.  A share of the other kind could
 * be anything, so it becomes the end that the bound was made for. */
static void share_clamp(const struct bound *b, int64_t *value)
{
	bool open = b->high == SHARE_CORES_HIGH || b->high == SHARE_HIGH;

	if (is_of_host(*value) == is_of_host(b->low))
		range_clamp(b, value);
	else if (!shares_are_all(b))
		*value = open ? b->low : b->high;
}

static int value_clamp(enum setting s, const struct bound *b,
                       struct interned *sets, int64_t *value)
{
	switch (setting_rows[s].type) {
	case SETTING_TYPE_SCHED:
	case SETTING_TYPE_WORD:
		return choice_clamp(s, b, value);
	case SETTING_TYPE_CPUS:
		return cpus_clamp(b, sets, value);
	case SETTING_TYPE_NAME:
		return name_clamp(b, sets, value);
	case SETTING_TYPE_REALTIME:
		if (b->allowed == 0)
			*value = VALUE_UNTOUCHED;
		return 0;
	case SETTING_TYPE_SHARE:
		share_clamp(b, value);
		return 0;
	default:
		range_clamp(b, value);
		return 0;
	}
}

int bound_clamp(enum setting s, const struct bound *b, struct interned *sets,
                int64_t value, int64_t *ret_value)
{
	int r = value == VALUE_UNTOUCHED ? 0 : value_clamp(s, b, sets, &value);

	if (r == 0)
		*ret_value = value;
	return r;
}

/* Two sets or lists leave their intersection. */
static int interned_narrow(struct bound *a, const struct bound *b,
                           struct interned *sets)
{
	int64_t both = a->low == INTERNED_ANY ? b->low :
	               b->low == INTERNED_ANY ? a->low :
	               interned_intersect(sets, a->low, b->low);

	if (both < INTERNED_ANY)
		return (int)both;
	a->low = both;
	return 0;
}

/* That none may be had is agreed on by whoever says so alone. */
static int names_narrow(struct bound *a, const struct bound *b,
                        struct interned *sets)
{
	if ((a->allowed & b->allowed) != 0)
		return interned_narrow(a, b, sets);
	a->allowed = 0;
	return 0;
}

static int choice_narrow(struct bound *a, const struct bound *b)
{
	if ((a->allowed & b->allowed) == 0)
		return -ENOENT;
	a->allowed &= b->allowed;
	return 0;
}

/* Both ends move inwards together or not at all. */
static int range_narrow(struct bound *a, const struct bound *b)
{
	int64_t low = a->low > b->low ? a->low : b->low;
	int64_t high = a->high < b->high ? a->high : b->high;

	if (low > high)
		return -ENOENT;
	a->low = low;
	a->high = high;
	return 0;
}

static int share_narrow(struct bound *a, const struct bound *b)
{
	if (shares_are_all(a))
		*a = *b;
	else if (!shares_are_all(b))
		return range_narrow(a, b);
	return 0;
}

int bound_intersect(enum setting s, struct bound *a, const struct bound *b,
                    struct interned *sets)
{
	switch (setting_rows[s].type) {
	case SETTING_TYPE_SCHED:
	case SETTING_TYPE_WORD:
		return choice_narrow(a, b);
	case SETTING_TYPE_CPUS:
		return interned_narrow(a, b, sets);
	case SETTING_TYPE_NAME:
		return names_narrow(a, b, sets);
	case SETTING_TYPE_REALTIME:
		a->allowed &= b->allowed;
		return 0;
	case SETTING_TYPE_SHARE:
		return share_narrow(a, b);
	default:
		return range_narrow(a, b);
	}
}

struct bound bound_open(enum setting s)
{
	struct bound open = {
		.allowed = bound_classes(s),
		.low = setting_rows[s].low,
		.high = setting_rows[s].high,
	};

	if (setting_is_interned(s))
		open.low = INTERNED_ANY;
	if (setting_rows[s].type == SETTING_TYPE_NAME ||
	    setting_rows[s].type == SETTING_TYPE_REALTIME)
		open.allowed = 1;
	if (setting_rows[s].type == SETTING_TYPE_SHARE)
		open.high = SHARE_CORES_HIGH;
	return open;
}

/* All values of the kind that the ends are of. */
static int share_ends(int64_t low, int64_t high, struct bound *b)
{
	bool host = low == INT64_MIN ? high >= SHARE_OF_HOST
	                             : low >= SHARE_OF_HOST;

	if (high != INT64_MAX && (high >= SHARE_OF_HOST) != host)
		return -EINVAL;
	if (host) {
		b->low = SHARE_OF_HOST + 1;
		b->high = SHARE_HIGH;
	}
	return 0;
}

int bound_between(enum setting s, int64_t low, int64_t high,
                  struct bound *ret_bound)
{
	struct bound b = bound_open(s), ends = { 0, low, high };
	int          r = 0;

	if (setting_rows[s].type == SETTING_TYPE_SHARE)
		r = share_ends(low, high, &b);
	if (r == 0)
		r = range_narrow(&b, &ends);
	if (r == 0)
		*ret_bound = b;
	return r;
}
