/* fallback.h -- rules to start with when those that are there are wrong. */
#ifndef COMMAND_FALLBACK_H
#define COMMAND_FALLBACK_H

#include "command/start.h"

struct fallback {
	struct kept kept;               /* what to start with                 */
	size_t      tried;              /* of those that are kept             */
	bool        last;               /* there is nothing after it          */
};

/* The next best: the last good generation, one before it, and after all that
 * were damaged the few rules that are built in.  True with a sentence about it;
 * false when nothing was ever kept, or nothing is left to try.  Its image was
 * checked; NULL: it is to be compiled from its sources. */
bool fallback_next(struct fallback *f, const struct start *s, char *ret_sentence,
                   size_t size);
/* Frees what was brought back. */
void fallback_clear(struct fallback *f);

#endif
