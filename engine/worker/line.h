/* line.h -- questions in line: each one once, and not too many.
 *
 * A question is in the line from line_join() to line_leave(), also while it is
 * out at the worker; only then may the same be asked again.
 */
#ifndef WORKER_LINE_H
#define WORKER_LINE_H

/* Without memory uthash would end the process; this way it says so. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "policy/question.h"
#include "worker/packs.h"

struct asked {
	struct asked  *prev, *next;     /* among those that wait              */
	UT_hash_handle hh;
	uint32_t       id, generation, rule;
	struct reads   sent;
	uint32_t       tasks;
	bool           is_handler;
	const void    *key;
	size_t         key_bytes, bytes;
	char           question[];
};

struct line {
	struct asked *first;            /* waiting, oldest first              */
	struct asked *by_key;           /* waiting, or taken out to be asked  */
};

/* Copies the question.  0, -EALREADY, -ENOBUFS past QUESTIONS_MAX, -EINVAL,
 * -ENOMEM. */
int  line_join(struct line *l, const void *question, size_t bytes);
/* The oldest waits no longer, but is still known. */
void line_take(struct line *l, struct asked *a);
/* Moves those about the rules of packs that are off to the end
 * of another list. */
void line_take_off(struct line *l, const struct packs *packs,
                   struct asked **list);
/* Forgets one that was taken; it is the caller's now, who frees it. */
void line_leave(struct line *l, struct asked *a);
/* Frees those that wait. */
void line_clear(struct line *l);

#endif
