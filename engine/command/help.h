/* help.h -- the table of commands as JSON, an object a line. */
#ifndef COMMAND_HELP_H
#define COMMAND_HELP_H

#include "command/command.h"

/* Each an exit code. */
int help_commands(void);
/* Printed as JSON, a line for each; the exit code. */
int help_command(const struct command *c);
int help_exits(void);

#endif
