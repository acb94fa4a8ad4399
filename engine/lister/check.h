/* check.h -- whether the kernel's list says what /proc does. */
#ifndef LISTER_CHECK_H
#define LISTER_CHECK_H

#include <stdbool.h>

/* Of this very process: its numbers, birth, kin, owner, and names.  In another
 * namespace of pids, users or time than the first, the list differs. */
bool check_own(int link);

#endif
