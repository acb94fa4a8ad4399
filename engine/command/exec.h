/* exec.h -- settings for a command that is about to be run by this process. */
#ifndef COMMAND_EXEC_H
#define COMMAND_EXEC_H

#include "command/ask.h"

struct exec {
	struct asking asking;
	struct want   want;             /* of the process, as it was asked for */
	struct want   own;              /* of its one thread                  */
	const struct want *asked;       /* of the two, what is being asked    */
	struct want   for_good;         /* what the running pqs cannot put back,
	                                   or not see, and a command need not
	                                   have put back                      */
	uint64_t      told;             /* SETTING_BITs of which it is known how
	                                   it went                            */
	bool          json;             /* how it went is told as that        */
	bool          missing;          /* something is not as it was asked   */
};

/* How it went with one of them, on standard error: told if it is missing, or
 * with --json.  now NULL: not known; why "": there is nothing to say. */
void exec_tell(struct exec *x, enum setting s, const char *wanted,
               const char *now, bool had, const char *why);

/* Sets these knobs on this process by itself, or with NULL all that is asked
 * for, as far as it may.  An exit code. */
int  exec_alone(struct exec *x, const struct want *knobs);

#endif
