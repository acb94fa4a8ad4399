/* remedy.h -- what a person can do about a setting that does not work. */
#ifndef COMMAND_REMEDY_H
#define COMMAND_REMEDY_H

#include <stddef.h>

/* One thing to do, and what it is good for. */
struct remedy {
	const char *sign;               /* in the reason that an actuator gives */
	const char *does;               /* the line to type or to write       */
	const char *gives;
};

extern const struct remedy remedies[];
extern const size_t        remedy_count;

#endif
