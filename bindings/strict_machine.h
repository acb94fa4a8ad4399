/* strict_machine.h -- the machine that a strict check is made on, as far as it
 * can be seen without touching anything.
 */
#ifndef STRICT_MACHINE_H
#define STRICT_MACHINE_H

#include "policy/doubts.h"

struct this_machine;

/* Looks at the programs in PATH, and at what we may do.  NULL: no memory. */
struct this_machine *this_machine_new(void);
void this_machine_free(struct this_machine *m); /* NULL is fine               */

/* "SETTING=VALUE: WHY", as whoever tried it says; lent, and cut up.  0, -EINVAL
 * or -E2BIG. */
int this_machine_cannot(struct this_machine *m, char *text);
/* The CPUs that are here ("0-7", lent), and how many last-level caches. */
void this_machine_has(struct this_machine *m, const char *cpus);
void this_machine_shares(struct this_machine *m, unsigned llcs);
/* Lent as long as m lives. */
const struct machine *this_machine_look(const struct this_machine *m);

#endif
