/* rights.h -- what a user's own rules may not do, whatever the admin says.
 *
 * A user may ask of pqs what the kernel would let that user do alone: to lower,
 * never to gain.  What a task had without us is the measure.
 */
#ifndef RIGHTS_H
#define RIGHTS_H

#include "engine.h"

/* Adds the bounds on what the user's rules claim as one more ceiling, and takes
 * out of their claims what no user may want. */
void rights_bound(struct engine *en, struct task *who, struct opinion *o);

/* SETTING_BITs of what no user may want at all. */
uint64_t rights_never(void);

#endif
