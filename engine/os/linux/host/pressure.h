/* pressure.h -- how hard memory, the CPUs or storage are wanted.
 *
 * At rest until a trigger of the kernel says that somebody waits, or for memory
 * that it may dwindle; then stalled time, and for memory what is left, are read
 * again and again as long as it lasts.  Where no trigger can be had, they are
 * read all the time, but only if a rule asks.
 */
#ifndef OS_LINUX_HOST_PRESSURE_H
#define OS_LINUX_HOST_PRESSURE_H

#include <stdbool.h>

#include "os/linux/doors.h"
#include "os/linux/host/memory.h"

#define PRESSURE_SAMPLES 32     /* kept of the last second                    */

struct pressure_sample {
	uint64_t at_ns, stalled_us;
};

struct pressure {
	enum host_fact       fact;      /* which of the three it is           */
	const char          *file;
	const struct procfs *procfs;
	struct source        trigger;
	bool                 armed;     /* the trigger works                  */
	bool                 wanted;    /* a rule reads it                    */
	bool                 resting;   /* until something wakes us           */
	struct memory       *memory;    /* NULL: it is of something else      */
	struct host_alarm    alarm;
	uint64_t             due_ns;    /* next reading; UINT64_MAX: asleep   */
	uint64_t             calm_since_ns;     /* 0: it is not calm          */
	enum host_level      waits;     /* by stalled time alone              */
	enum host_level      level;     /* as last told                       */
	uint32_t             first, count;      /* of the samples             */
	struct pressure_sample sample[PRESSURE_SAMPLES];
};

/* Below /proc, where the kernel counts who waits. */
extern const char *const pressure_files[HOST_PRESSURES];

/* From text as the kernel writes it: 0 or -EBADMSG.  The average of the last
 * ten seconds is in permyriad. */
int pressure_stalled(const char *text, uint64_t *ret_us, int64_t *ret_average);
/* The level for a share of stalled time, left only 10 % beyond the bound by
 * which it was reached. */
enum host_level pressure_judge(const struct pressure *p, int64_t stalled);

/* procfs, file and memory (NULL: it is not about memory) are lent. */
void pressure_open(struct pressure *p, enum host_fact fact, const char *file,
                   const struct procfs *procfs, const struct host_alarm *alarm,
                   struct memory *memory);
/* Begins with the present level, told as an event; or ends. */
void pressure_watch(struct pressure *p, struct linux_os *os, bool wanted);
/* One reading; says what the level is. */
void pressure_read(struct pressure *p, struct linux_os *os, uint64_t now_ns);
/* Something that was to wake us did. */
void pressure_woken(struct pressure *p, struct linux_os *os);
/* The present level where it is not watched: 0, or -ENODATA where the kernel
 * keeps no count.  Memory has a level in any case, by what is left. */
int  pressure_now(struct pressure *p, int64_t *ret_level);
void pressure_close(struct pressure *p, struct linux_os *os);

#endif
