/* insist.h -- what rules insist on is looked at now and then.
 *
 * A part of the pipeline; nobody but its other parts includes this.
 */
#ifndef INSIST_H
#define INSIST_H

#include "engine.h"

/* After a verdict: the task is looked at from now on if some rule insists, or
 * no more.  before: what was insisted on until then. */
void insist_watch(struct engine *en, const struct task *who, uint64_t before);
/* Sets again what somebody else wrote, of some of those who are due.  0 or
 * -errno. */
int  insist_due(struct engine *en, uint64_t now_ns);

#endif
