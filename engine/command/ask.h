/* ask.h -- what the commands that ask a running pqs have in common. */
#ifndef COMMAND_ASK_H
#define COMMAND_ASK_H

#include "base/json.h"
#include "base/json_read.h"
#include "command/start.h"
#include "control/client.h"

struct asking {
	struct start  start;
	struct client client;
	char          request[VISIT_LINE_MAX];
	struct json   json;             /* the request, being written         */
	bool          quiet;            /* nobody there: say nothing          */
	bool          follows;          /* an answer without an end           */
	/* Each row of the answer, for people; not called with --json. */
	void        (*row)(struct asking *a, const struct json_object *row);
	/* The same, called in any case; NULL: not at all. */
	void        (*look)(struct asking *a, const struct json_object *row);
	void         *own;              /* the command's                      */
	int64_t       rows;
};

/* Reads the options, and finds out where to ask.  An exit code. */
int ask_options(struct asking *a, int argc, char **argv);
/* Connects to the pqs that is running: EXIT_OK, or EXIT_NOBODY with a sentence
 * unless a->quiet. */
int ask_open(struct asking *a);
/* Begins the request for that verb; keys are then added to a->json. */
void ask_begin(struct asking *a, const char *verb);
/* Ends the request, sends it, and goes through the answer.  An exit code. */
int ask_end(struct asking *a);
/* Hangs up, and frees what was read. */
void ask_close(struct asking *a);

/* "PID" or "PID/TID"; PID/PID is the main thread.  0 or -EINVAL. */
int  ask_task(const char *text, struct task_id *ret_id);
/* 'pqs undo' of a running pqs. */
int  order_undo_living(int argc, char **argv);
/* A row "change" as a line. */
void log_print_change(const struct json_object *row);

#endif
