/* command.h -- the subcommands of pqs-rules. */
#ifndef COMMAND_H
#define COMMAND_H

#define EXIT_USAGE    2
#define EXIT_SYSTEM   4
#define EXIT_UNSEALED 70

/* Each is given its name and what follows it, and returns an exit code. */
int command_worker(int argc, char **argv);
int command_check(int argc, char **argv);
int command_test(int argc, char **argv);

#endif
