/* onlooker.h -- an engine of a command's own, which judges what runs and turns
 * nothing. */
#ifndef COMMAND_ONLOOKER_H
#define COMMAND_ONLOOKER_H

#include "command/start.h"

struct onlooker {
	struct start  start;
	struct os     os;
	struct engine engine;
};

/* By the rule files that are named, or those of the configured folders; the
 * options were read.  changed: told of what it would turn; NULL: nobody is.  An
 * exit code, with the reason said on standard error; close it all the same. */
int  onlooker_open(struct onlooker *o, char **paths, int count,
                   void (*changed)(void *ctx, const struct change *c),
                   void *ctx);
/* Also of one that was not opened whole. */
void onlooker_close(struct onlooker *o);

#endif
