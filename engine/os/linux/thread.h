/* thread.h -- threads beside the event thread, for what may have to wait. */
#ifndef OS_LINUX_THREAD_H
#define OS_LINUX_THREAD_H

#include <pthread.h>

/* Begins one that no signal is ever sent to, for signals are the event
 * thread's; nor does it inherit the class of that one (see urgency.c).  Whoever
 * begins it joins or detaches it.  0 or -errno. */
int linux_thread_start(pthread_t *ret_thread, void *(*main)(void *self),
                       void *self);

#endif
