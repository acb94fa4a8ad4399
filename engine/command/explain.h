/* explain.h -- one task and what all rules say of it, to be told to people. */
#ifndef COMMAND_EXPLAIN_H
#define COMMAND_EXPLAIN_H

#include "command/onlooker.h"

struct explain {
	struct onlooker by;
	struct opinion  opinion;
	bool            leases;         /* one was printed                    */
};

/* Text that a program chose itself, fit for a terminal. */
void explain_clean(const char *text, size_t bytes);
/* All facts of the task and of the machine, and which were looked at. */
void explain_facts(struct explain *x, struct task *who);

/* The same of the running pqs, as rows or for people.  An exit code;
 * EXIT_NOBODY, untold, when there is none. */
int explain_live(int argc, char **argv, struct task_id id);

#endif
