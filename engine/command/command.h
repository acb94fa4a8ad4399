/* command.h -- what 'pqs' can be asked to do. */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stddef.h>

/* What a command's exit says; 'pqs help exit' prints exit_meanings. */
enum exit_code {
	EXIT_OK,
	EXIT_WRONG,             /* rules, configuration or tests are wrong    */
	EXIT_USAGE,             /* the command line is wrong                  */
	EXIT_LEFT,              /* something could not be put back            */
	EXIT_SYSTEM,            /* the system refused what is needed          */
	EXIT_NOBODY,            /* no pqs is running that could be asked      */
	EXIT_REFUSED,           /* the running one refused                    */
	EXIT_NOT_RUN = 125,     /* of 'exec', as nice(1) and env(1) have it   */
	EXIT_CANNOT_RUN,
	EXIT_NO_COMMAND
};

struct exit_meaning {
	const char *code, *what;
};

struct command_option {
	char        letter;             /* by which a command names it        */
	const char *name;               /* "config": --config                 */
	const char *takes;              /* NULL: nothing                      */
	const char *what;               /* NULL: not for people               */
};

struct command {
	const char *name;
	const char *options;            /* letters of those it takes          */
	const char *takes;              /* what is no option                  */
	const char *what;               /* one line for the list; NULL: not for
	                                   people                             */
	const char *text;               /* the rest of its help page          */
	int       (*run)(int argc, char **argv);        /* argv[0]: its name  */
};

/* table.c */
extern const struct command        commands[];
extern const size_t                commands_count;
extern const struct command_option command_options[];
extern const size_t                command_options_count;
extern const struct exit_meaning   exit_meanings[];
extern const size_t                exit_meanings_count;

/* The row of that name, or NULL. */
const struct command *command_find(const char *name);
/* "run [--observe] [RULES...]", without the program's name.  Returns out. */
const char *command_usage(const struct command *c, char *out, size_t size);

/* Finds the command that argv[1] names and runs it.  An exit code. */
int command_main(int argc, char **argv);

/* Says on standard error what is wrong with the command line of 'name', and how
 * it should be. */
int command_misused(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Each is given its own words, from its name on, and returns the exit code. */
int command_run(int argc, char **argv);
int command_core(int argc, char **argv);        /* started by the keeper      */
int command_check(int argc, char **argv);
int command_test(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_preview(int argc, char **argv);
int command_reload(int argc, char **argv);
int command_rollback(int argc, char **argv);
int command_set(int argc, char **argv);
int command_exec(int argc, char **argv);
int command_focus(int argc, char **argv);
int command_log(int argc, char **argv);
int command_rules(int argc, char **argv);
int command_status(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_undo(int argc, char **argv);
int command_facts(int argc, char **argv);
int command_settings(int argc, char **argv);
int command_stubs(int argc, char **argv);
int command_version(int argc, char **argv);
int command_help(int argc, char **argv);

#endif
