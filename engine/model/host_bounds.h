/* host_bounds.h -- which changes of a fact about the machine matter.
 *
 * A match asks whether low <= value <= high, so for it nothing changes until
 * the value passes low or high + 1.  Those are its bounds; a bound is the least
 * value on its upper side.  The time of the day and the day of the week begin
 * again after their last value, and so do their bounds.
 */
#ifndef MODEL_HOST_BOUNDS_H
#define MODEL_HOST_BOUNDS_H

#include "base/limits.h"
#include "model/host.h"

struct host_bounds {
	bool     in_steps;              /* a function reads it: each step of
	                                   host.def matters as well           */
	uint32_t count;
	uint32_t refused;               /* past the bound of bounds; then each
	                                   change matters                     */
	int64_t  at[HOST_BOUNDS_MAX];   /* rising                             */
};

/* Of a match with low..high; low > high goes over midnight. */
void host_bounds_add(struct host_bounds *b, enum host_fact f, int64_t low,
                     int64_t high);
/* For all facts; from NULL means that each step of each matters. */
void host_bounds_copy(struct host_bounds to[HOST_COUNT],
                      const struct host_bounds *from);

/* Whether a fact that goes from one value to another is to be told. */
bool host_bounds_passed(const struct host_bounds *b, enum host_fact f,
                        int64_t before, int64_t now);
/* The same with all that may be known of it; a level and a yes or no is told at
 * each change. */
bool host_bounds_news(const struct host_bounds *b, enum host_fact f,
                      const struct host *told, const struct host *now);
/* Of time and weekday: after how many minutes or days a change is to be told;
 * 0: never. */
int64_t host_bounds_ahead(const struct host_bounds *b, enum host_fact f,
                          int64_t value);

#endif
