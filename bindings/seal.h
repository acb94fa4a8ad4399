/* seal.h -- what a process that runs rules may still do: compute and talk. */
#ifndef SEAL_H
#define SEAL_H

#include <stddef.h>

/* Gives up what is not needed: new privileges, being traced, core files,
 * descriptors past 'last'.  0 or -errno. */
int seal_prepare(int last);
/* From here on any other system call kills the process; it may read from
 * 'input' (-1: nothing) and write to the n descriptors.  0 or -errno. */
int seal_close(int input, const int *outputs, size_t n);
/* Both, for a process that computes for so long at most and prints. */
int seal_printing(unsigned cpu_seconds);

#endif
