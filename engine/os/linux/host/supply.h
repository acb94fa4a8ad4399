/* supply.h -- how much memory is left in one place, and how soon it is gone.
 *
 * The place is the whole machine or one control group with a limit.  What
 * caches of files hold counts as left: it can be had at once.
 */
#ifndef OS_LINUX_HOST_SUPPLY_H
#define OS_LINUX_HOST_SUPPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/host.h"

#define SUPPLY_SAMPLES 32       /* kept of the last second                    */

struct supply_sample {
	uint64_t at_ns, left_bytes;
};

struct supply {
	uint64_t        total_bytes;    /* 0: it has no end, or is not known  */
	enum host_level level;          /* as last judged                     */
	uint64_t        rested_bytes;   /* left when we went to rest          */
	uint32_t        first, count;   /* of the samples                     */
	struct supply_sample sample[SUPPLY_SAMPLES];
};

/* One reading.  Those that are older than a second are forgotten. */
void supply_note(struct supply *s, uint64_t now_ns, uint64_t total_bytes,
                 uint64_t left_bytes);
/* The end of it is not known any more. */
void supply_forget(struct supply *s);
/* When nothing will be left if it goes on as in the last second: nanoseconds
 * from the last reading on, UINT64_MAX if it does not shrink. */
uint64_t supply_lasts_ns(const struct supply *s);
/* The level for what is left and for how long it lasts, left only 10 % beyond
 * the bound by which it was reached. */
enum host_level supply_judge(struct supply *s, const struct host_shortage *a);
/* After how long it must be read again, at most period_ns; UINT64_MAX if that
 * need not be soon: there is enough, or it does not shrink. */
uint64_t supply_pace_ns(const struct supply *s, uint64_t period_ns);
/* We go to rest: how much may go before it must be looked at again. */
uint64_t supply_rest_bytes(struct supply *s, const struct host_shortage *a);
/* That much less is left than when we went to rest. */
bool supply_shrank(const struct supply *s, uint64_t by_bytes);

#endif
