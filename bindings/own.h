/* own.h -- the rules of the user whom this process runs as.
 *
 * The kernel decides what that user may read, and nobody else's file is ever
 * opened for it; if reading takes for ever, it is this process that waits.
 */
#ifndef OWN_H
#define OWN_H

#include "worker/sources.h"

struct own_rules {
	struct sources sources;
	char           why[512];        /* it cannot be read; "": it was      */
	bool           watched;         /* all of it, from before it was read */
};

/* Has what was left open for that (OWN_ABOVE, OWN_WITHIN) note what changes
 * from here on.  All rule files in that folder, or none where it is not there.
 * "~/" at the beginning is the user's home as the user database has it, "{uid}"
 * the user's number. */
void own_rules_read(const char *folder, struct own_rules *ret_own);

#endif
