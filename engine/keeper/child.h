/* child.h -- starting the programs that a keeper keeps. */
#ifndef KEEPER_CHILD_H
#define KEEPER_CHILD_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

/* Starts argv with our other end on descriptor 3; it gets SIGTERM when we die.
 * Its pid and our end, or -errno. */
int child_core(char *const *argv, const sigset_t *mask, int *ret_fd);
/* Runs argv to its end, deaf to the signals of a terminal, and kills it when it
 * takes too long.  Its exit code, or 128 and the signal; 126 when it could not
 * be started. */
int child_run(char *const *argv, const sigset_t *mask, int limit_ms);
/* Sends one message and, that many descriptors with it, KEEPER_FDS at most;
 * never waits. 0 or -errno. */
int child_hand_over(int to, const void *message, size_t bytes, const int *fd,
                    size_t fds);

#endif
