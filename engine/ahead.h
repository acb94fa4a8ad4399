/* ahead.h -- judging a program that is about to run.
 *
 * Its name and file are known, its arguments are not: rules that ask for what
 * is not known yet have no opinion, and neither have functions.  What the rest
 * want is set on the task that will run it, as settings survive an exec.
 * Nothing is put back, and once the program runs it is judged like any other.
 */
#ifndef AHEAD_H
#define AHEAD_H

#include "engine.h"

/* EVENT_COMING.  It is let go on in any case.  0 or -errno. */
int  ahead_event(struct engine *en, const struct event *e);
/* Tells the guard whom to hold: the programs that the system's rules name.
 * 0 or -ENOMEM. */
int  ahead_watch(struct engine *en);
/* Its facts are of a program that did not start yet: it is not to be judged by
 * them.  False once it is past its time, and then stays what it is. */
bool ahead_waits(struct engine *en, struct task *who);
/* A task was judged at an exec that was not held. */
void ahead_missed(struct engine *en, struct task_id id);

#endif
