/* want.h -- a set of setting values; the only thing a rule can produce. */
#ifndef MODEL_WANT_H
#define MODEL_WANT_H

#include <stdbool.h>

#include "model/setting.h"

struct want {
	uint64_t has;                   /* SETTING_BIT of each below          */
	int64_t  value[SETTING_COUNT];
};

static inline void want_set(struct want *w, enum setting s, int64_t value)
{
	w->has |= SETTING_BIT(s);
	w->value[s] = value;
}

static inline bool want_has(const struct want *w, enum setting s)
{
	return (w->has & SETTING_BIT(s)) != 0;
}

bool want_equal(const struct want *a, const struct want *b);

#define CPUS_ANY INT64_C(-1)            /* no set of CPUs is too wide         */

/* Bounds on one setting.  For SCHED and QOS 'allowed' has a bit for each class
 * that may be had; for CPUS 'low' is the widest set or CPUS_ANY; for the rest
 * low..high holds. */
struct bound {
	uint32_t allowed;
	int64_t  low, high;
};

struct cap {
	uint64_t     has;
	struct bound bound[SETTING_COUNT];
};

/* The value nearest to the wanted one that the bound allows: for classes the
 * highest allowed below, else the lowest allowed.  "untouched" stays.  0, or
 * -ENOENT when a CPU set shares nothing with its bound or no class is allowed,
 * or -ENOMEM for a new CPU set (*ret_value is untouched). */
int bound_clamp(enum setting s, const struct bound *b, struct interned *sets,
                int64_t value, int64_t *ret_value);
/* Narrows a by b.  0, -ENOENT when nothing is left, or -ENOMEM (a is then
 * unchanged). */
int bound_intersect(enum setting s, struct bound *a, const struct bound *b,
                    struct interned *sets);
/* Everything allowed. */
struct bound bound_open(enum setting s);

#endif
