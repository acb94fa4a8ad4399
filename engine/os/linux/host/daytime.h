/* daytime.h -- the local time of the day and the day of the week.
 *
 * Nothing is polled: a timer stands at the next moment that a rule asks for,
 * and also fires when the clock is set.  What it brings is read anew each time,
 * so that a change to or from summer time needs no thought.
 */
#ifndef OS_LINUX_HOST_DAYTIME_H
#define OS_LINUX_HOST_DAYTIME_H

#include "os/linux/doors.h"

struct daytime {
	struct source timer;            /* there while somebody asks          */
	uint64_t      wanted;           /* HOST_BITs of ours                  */
	int64_t       ahead_s;          /* of the system's clock: 0, but in
	                                   tests                              */
	int64_t       due_s;            /* by our clock; 0: not armed         */
};

/* Seconds since 1970 to what is told of them, in the time zone of the process.
 * Returns how far that is east of UTC, in seconds. */
long daytime_of(int64_t at_s, int64_t *ret_minute, int64_t *ret_weekday,
                int *ret_second);

void daytime_open(struct daytime *d);
/* 0, or -errno: nothing will be told.  Facts of others are left out. */
int  daytime_watch(struct daytime *d, struct linux_os *os, uint64_t facts);
/* Minutes of the day, or the day of the week (monday is 0), by local time.
 * 0. */
int  daytime_now(const struct daytime *d, enum host_fact f, int64_t *ret_value);
void daytime_close(struct daytime *d, struct linux_os *os);

#endif
