/* want.h -- a set of setting values; the only thing a rule can produce. */
#ifndef MODEL_WANT_H
#define MODEL_WANT_H

#include <stdbool.h>

#include "model/setting.h"

struct want {
	uint64_t has;                   /* SETTING_BIT of each below          */
	int64_t  value[SETTING_COUNT];
};

/* A later value of the same setting replaces the earlier. */
static inline void want_set(struct want *w, enum setting s, int64_t value)
{
	w->has |= SETTING_BIT(s);
	w->value[s] = value;
}

static inline bool want_has(const struct want *w, enum setting s)
{
	return (w->has & SETTING_BIT(s)) != 0;
}

/* SETTING_BITs of what one has and the other has not, or has otherwise. */
uint64_t want_differences(const struct want *a, const struct want *b);
bool want_equal(const struct want *a, const struct want *b);

#define INTERNED_ANY INT64_C(-1)        /* no set is too wide, no name wrong  */

/* Bounds on one setting.  For SCHED and WORD 'allowed' has a bit for each class
 * that may be had; for REALTIME and NAME it is 1, or 0 where none may be; for
 * CPUS and NAME 'low' is the widest set or INTERNED_ANY; for the rest low..high
 * holds, and of a SHARE both are of one kind. */
struct bound {
	uint32_t allowed;
	int64_t  low, high;
};

struct cap {
	uint64_t     has;
	struct bound bound[SETTING_COUNT];
};

/* The value nearest to the wanted one that the bound allows: for classes the
 * highest allowed below, else the lowest allowed.  What has no nearest, a name
 * or a real-time task, becomes "untouched", and "untouched" stays.  0, or
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
/* Of classes: one bit for each that there is; 0: the setting is no choice. */
uint32_t bound_classes(enum setting s);
/* From low to high, INT64_MIN and INT64_MAX for no end, as values of a setting
 * that low..high holds for.  0, -ENOENT when it holds none, or -EINVAL when the
 * ends are shares of different kinds. */
int bound_between(enum setting s, int64_t low, int64_t high,
                  struct bound *ret_bound);

#endif
