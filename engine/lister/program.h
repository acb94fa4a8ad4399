/* program.h -- the program that tells the kernel's list of processes. */
#ifndef LISTER_PROGRAM_H
#define LISTER_PROGRAM_H

#include "os/linux/sensor/roster_entry.h"

/* Gives it to the kernel: ROSTER_READY with a descriptor of a link, of which
 * iterators can be made; else why not. */
enum roster_state program_link(int *ret_link);

#endif
