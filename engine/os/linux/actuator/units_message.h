/* units_message.h -- what the core and pqs-units say to each other.
 *
 * Both are whole messages of a fixed size, over a socket pair that keeps their
 * borders.  One answer to each question, in the order of these.
 */
#ifndef OS_LINUX_ACTUATOR_UNITS_MESSAGE_H
#define OS_LINUX_ACTUATOR_UNITS_MESSAGE_H

#include <stdint.h>

#include "base/limits.h"
#include "model/interned.h"
#include "model/want.h"

/* Where pqs-units finds its end of the pair. */
#define UNITS_WIRE 3

/* A value as systemd has it: of a set of CPUs the bits count, and none are all.
 * VALUE_UNLIMITED is "infinity"; VALUE_UNTOUCHED what a unit has of whom nobody
 * said anything. */
struct units_value {
	int64_t number;
	uint8_t cpus[CPUS_MAX / 8];
};

/* In place of a setting: only whether systemd answers. */
#define UNITS_HELLO UINT32_MAX

struct units_question {
	uint32_t setting;               /* of scope GROUP, or UNITS_HELLO     */
	uint32_t deadline_ms;           /* for all of it                      */
	char     unit[UNIT_NAME_MAX];
	char     group[PATH_KEEP];      /* that it must have; "": any         */
	struct units_value value;
};

struct units_answer {
	int32_t  error;                 /* 0 or -errno: ENOTCONN (no bus), ESRCH
	                                   (no such unit, or not of that group),
	                                   EACCES, ETIMEDOUT, EOPNOTSUPP
	                                   (systemd does not know it)         */
	struct units_value now;         /* as systemd tells it afterwards     */
};

#endif
