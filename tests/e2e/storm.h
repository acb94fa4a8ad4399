/* storm.h -- programs that start as fast as asked, and the kernel's own count
 * of what was started. */
#ifndef E2E_STORM_H
#define E2E_STORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STORM_STAYS_EACH 20     /* one of so many does not end by itself      */
#define STORM_STAYING   100     /* so many of those at a time                 */

/* Shared with the process that starts them. */
struct storm_counts {
	atomic_uint_fast64_t started;
	atomic_uint_fast64_t stayed;    /* of them, and were looked at        */
	atomic_uint_fast64_t retried;   /* of those, were right a little later */
	atomic_uint_fast64_t wrong;     /* never                              */
	atomic_bool          over;
};

struct storm {
	pid_t                pid;
	struct storm_counts *counts;
	double               began, ended;      /* in seconds                 */
};

/* A copy of the smallest program, under that path. */
void storm_program(const char *path);
/* Starts it so many times a second, and asks of each that stays whether it is
 * as it should be once it is old enough, which is when as many others stay. */
void storm_begin(struct storm *s, const char *path, unsigned each_second,
                 bool (*is_right)(pid_t pid));
/* Ends them all; the counts stay until storm_clear(). */
void storm_end(struct storm *s);
void storm_clear(struct storm *s);
double storm_rate(const struct storm *s);

/* Execs that the kernel told of since, of anybody. */
struct execs;

struct execs *execs_count(void);
uint64_t      execs_told(struct execs *x);
/* The kernel had to leave some out: the count says nothing. */
bool          execs_were_lost(struct execs *x);
void          execs_free(struct execs *x);

#endif
