/* ending.h -- how a process ended: of which signal, or with which code. */
#ifndef PROCESS_ENDING_H
#define PROCESS_ENDING_H

/* Of a wait status: "KILL", "SEGV", ... ("other": a signal without a name of
 * its own here), or NULL when it ended by itself. */
const char *ending_signal(int status);
/* What it returned, 0 to 255, or -1 when a signal ended it. */
int ending_code(int status);

#endif
