/* testing.h -- the tests beside rules that were read, run
 * before these count. */
#ifndef COMMAND_TESTING_H
#define COMMAND_TESTING_H

#include "command/start.h"

/* Copies the rules, and the tests that lie beside them, into a folder of their
 * own in /tmp, and runs "pqs-rules test" on it as the rules worker's
 * user, a minute at most.  0: all pass, or there are none; -EINVAL: some do
 * not, and why has what was said of them; -errno with a sentence.  Blocks. */
int testing_run(const struct start *s, const struct sources *rules, char *why,
                size_t size);

#endif
