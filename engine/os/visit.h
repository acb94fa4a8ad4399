/* visit.h -- what a visitor has said and not been heard of, and what it has
 * been answered and not read: the same behind every gate.
 *
 * Nothing more is read from one that has a whole line waiting, so whoever
 * floods the gate only fills a socket.
 */
#ifndef OS_VISIT_H
#define OS_VISIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

struct visit {
	bool   ended;                   /* will say nothing more              */
	bool   gone;                    /* and hears nothing either           */
	bool   told;                    /* an EVENT_VISIT is under way        */
	bool   wants_room;              /* was answered less than there is    */
	size_t in_used, in_lent;
	size_t out_used;
	char   in[VISIT_LINE_MAX + 1];
	char   out[VISIT_ROOM];
};

/* Where what is read next belongs: bytes there is room for, 0 while a whole
 * line waits or there can be none. */
size_t  visit_in_room(const struct visit *v);
/* So many were put there. */
void    visit_in_add(struct visit *v, size_t n);

/* As take(), send() and room() of a gate; one that is gone has all the room. */
int64_t visit_take(struct visit *v, const char **ret_line);
int     visit_put(struct visit *v, const void *bytes, size_t n);
size_t  visit_room(struct visit *v);
/* The first n bytes of 'out' have been read, or are as good as. */
void    visit_out_drop(struct visit *v, size_t n);

/* Whether there is something that was not told: then it counts as told. */
bool    visit_is_news(struct visit *v);

#endif
