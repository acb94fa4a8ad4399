/* show.h -- changes as lines that people or programs read.
 *
 * Lines are gathered and written after the step that made them; a reader that
 * does not keep up loses lines, counted, and holds nobody up.  Only at the very
 * end, when nobody can be held up any more, is a slow reader waited for.
 */
#ifndef COMMAND_SHOW_H
#define COMMAND_SHOW_H

#include <stdbool.h>
#include <time.h>

#include "enforce/enforce.h"
#include "engine.h"
#include "os/linux/log_file.h"

#define SHOW_BYTES   65536
#define SHOW_REASONS 16
#define SHOW_CLOCK   40

struct show {
	bool                   json, patient;
	struct log_file       *file;            /* instead of standard output */
	bool                   observe;         /* nothing is turned          */
	const struct interned *sets;
	char                   line[SHOW_BYTES];
	size_t                 used;
	uint64_t               lines, dropped;  /* in line; in all            */
	uint32_t               said[SHOW_REASONS];      /* sums of reasons,
	                                                   told once          */
	time_t                 second;          /* what clock[] shows         */
	char                   clock[SHOW_CLOCK];
};

/* rule: what its rule is called; of no interest without one. */
void show_change(struct show *s, const struct change *c,
                 const struct rule_label *rule);
/* A line about the program itself: event is a word such as "loaded". */
/* How an undoing went that put n settings back, left some as somebody else had
 * set them, and could not put some back; what: how the sentence begins, or
 * NULL.  The exit status that stands for it. */
int  show_undone(struct show *s, const char *what, int n, size_t left,
                 size_t refused);
/* One sentence, as a line of text or as an object of that event. */
void show_note(struct show *s, const char *event, const char *sentence);
/* What is gathered goes out now; what nobody takes is dropped and counted,
 * unless we are patient. */
void show_flush(struct show *s);

#endif
