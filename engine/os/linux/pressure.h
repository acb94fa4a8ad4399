/* pressure.h -- how hard memory is wanted.
 *
 * Asleep until a trigger of the kernel says that somebody waits for memory;
 * then stalled time and free memory are read again and again as long as it
 * lasts.  Where no trigger can be had, they are read all the time, but only if
 * a rule asks.
 */
#ifndef OS_LINUX_PRESSURE_H
#define OS_LINUX_PRESSURE_H

#include <stdbool.h>

#include "os/linux/doors.h"
#include "os/linux/procfs.h"

#define PRESSURE_SAMPLES 32     /* kept of the last second                    */

struct pressure_sample {
	uint64_t at_ns, stalled_us;
};

struct pressure {
	const struct procfs *procfs;
	struct source        trigger;
	bool                 armed;     /* the trigger works                  */
	bool                 wanted;    /* a rule reads it                    */
	int64_t              warn, critical;    /* permyriad of the time      */
	uint64_t             period_ns;
	uint64_t             due_ns;    /* next reading; UINT64_MAX: asleep   */
	uint64_t             calm_since_ns;     /* 0: it is not calm          */
	enum host_level      level;     /* as last told                       */
	uint32_t             first, count;      /* of the samples             */
	struct pressure_sample sample[PRESSURE_SAMPLES];
};

/* Both from text as the kernel writes it: 0 or -EBADMSG.  The average of the
 * last ten seconds and what is available are in permyriad. */
int pressure_stalled(const char *text, uint64_t *ret_us, int64_t *ret_average);
int memory_available(const char *meminfo, int64_t *ret_permyriad);
/* The level for a share of stalled time and of available memory, left only 10 %
 * beyond the bound by which it was reached. */
enum host_level pressure_judge(const struct pressure *p, int64_t stalled,
                               int64_t available);

void pressure_open(struct pressure *p, const struct procfs *procfs,
                   const struct linux_options *o);
void pressure_watch(struct pressure *p, struct linux_os *os, bool wanted);
/* One reading; queues EVENT_HOST when the level is another one. */
void pressure_read(struct pressure *p, struct linux_os *os, uint64_t now_ns);
/* The present level, whether watched or not. */
enum host_level pressure_now(struct pressure *p);
void pressure_close(struct pressure *p, struct linux_os *os);

#endif
