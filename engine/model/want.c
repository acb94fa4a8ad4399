/* want.c -- wants compared; bounds on wanted values: clamping to one, and what two leave. */

#include "model/want.h"

#include <errno.h>

#include "model/interned.h"
#include "model/qos.h"

bool want_equal(const struct want *a, const struct want *b)
{
	if (a->has != b->has)
		return false;
	for (int s = 0; s < SETTING_COUNT; s++)
		if (want_has(a, (enum setting)s) && a->value[s] != b->value[s])
			return false;
	return true;
}

/* How many classes the setting chooses from; 0: it is no choice. */
static int classes_of(enum setting s)
{
	switch (setting_rows[s].type) {
	case SETTING_TYPE_SCHED:
		return SCHED_CLASSES;
	case SETTING_TYPE_QOS:
		return QOS_COUNT;
	default:
		return 0;
	}
}

static bool is_cpus(enum setting s)
{
	return setting_rows[s].type == SETTING_TYPE_CPUS;
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
static int choice_clamp(enum setting s, uint32_t allowed, int n, int64_t value,
                        int64_t *ret_value)
{
	bool sched = setting_rows[s].type == SETTING_TYPE_SCHED;
	int  wanted = sched ? (int)sched_class_of(value) : (int)value;
	int  c = class_clamp(allowed, n, wanted);

	if (c < 0)
		return c;
	if (c != wanted)
		value = !sched ? c :
		        sched_with_class(value, (enum sched_class)c);
	*ret_value = value;
	return 0;
}

/* No CPU in common is a conflict that the caller reports: there is no nearest
 * set. */
static int cpus_clamp(int64_t widest, struct interned *sets, int64_t value,
                      int64_t *ret_value)
{
	int64_t both = widest == CPUS_ANY ? value :
	               interned_intersect(sets, value, widest);

	if (both < 0)
		return (int)both;
	*ret_value = both;
	return 0;
}

int bound_clamp(enum setting s, const struct bound *b, struct interned *sets,
                int64_t value, int64_t *ret_value)
{
	int n = classes_of(s);

	if (value == VALUE_UNTOUCHED)
		*ret_value = value;
	else if (n > 0)
		return choice_clamp(s, b->allowed, n, value, ret_value);
	else if (is_cpus(s))
		return cpus_clamp(b->low, sets, value, ret_value);
	else
		*ret_value = value < b->low ? b->low :
		             value > b->high ? b->high : value;
	return 0;
}

/* A set of CPUs is an id and not an order: the bound is the set itself, and two
 * bounds leave their intersection. */
static int cpus_narrow(struct bound *a, const struct bound *b,
                       struct interned *sets)
{
	if (a->low == CPUS_ANY) {
		a->low = b->low;
		return 0;
	}
	return cpus_clamp(b->low, sets, a->low, &a->low);
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

int bound_intersect(enum setting s, struct bound *a, const struct bound *b,
                    struct interned *sets)
{
	if (is_cpus(s))
		return cpus_narrow(a, b, sets);
	if (classes_of(s) == 0)
		return range_narrow(a, b);
	if ((a->allowed & b->allowed) == 0)
		return -ENOENT;
	a->allowed &= b->allowed;
	return 0;
}

struct bound bound_open(enum setting s)
{
	struct bound open = {
		.allowed = (UINT32_C(1) << classes_of(s)) - 1,
		.low = setting_rows[s].low,
		.high = setting_rows[s].high,
	};

	if (is_cpus(s))
		open.low = CPUS_ANY;
	return open;
}
