/* preview.h -- what rules would change of what runs now, found by an engine of
 * our own that turns nothing. */
#ifndef COMMAND_PREVIEW_H
#define COMMAND_PREVIEW_H

#include "command/onlooker.h"

#define DIFFERENCES_KEPT 65536          /* the rest is counted                */

struct difference {
	struct task_id whom;
	enum setting   setting;
	size_t         number;          /* the last one of a setting counts   */
	uint32_t       rule;            /* RULE_NONE: nobody's any more       */
	uint32_t       threads;
	bool           later;           /* once what must last has lasted,    */
	uint64_t       after_ns;        /* so long; 0: of another rule        */
	enum effect    effect;
	int64_t        wanted;
	char          *name, *before, *after;
	char          *why;             /* it does nothing, or cannot be had  */
	char          *rule_before;     /* of the running pqs; NULL: not known */
};

struct preview {
	struct onlooker    by;
	struct difference *difference;
	size_t             count, room, left_out;
	size_t             tasks, settings, back, refused, later;       /* told */
	bool               running;     /* compared with a pqs that runs      */
	bool               out_of_memory;
};

/* One more; texts are copied.  Past DIFFERENCES_KEPT it is only counted. */
void preview_add(struct preview *p, const struct difference *d);
void preview_forget(struct preview *p);         /* all of them                */
/* Asks the running pqs, if there is one, what it has in force; what the rules
 * do not want of that would go back.  An exit code. */
int  preview_with_running(struct preview *p);
/* In order of tasks, each setting once; then the counts. */
void preview_print(struct preview *p);

#endif
