/* thread.c -- begins a thread with all signals blocked. */

#include "os/linux/thread.h"

#include <signal.h>

int linux_thread_start(pthread_t *ret_thread, void *(*main)(void *self),
                       void *self)
{
	sigset_t all, before;
	int      error;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(ret_thread, NULL, main, self);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}
