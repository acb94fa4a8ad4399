/* tids.c -- threads that were met already. */

#include "enforce/tids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* They come in rising order, so the place is nearly always the last one. */
int tids_add(struct tids *t, pid_t tid)
{
	size_t at = t->count;

	while (at > 0 && t->all[at - 1] > tid)
		at--;
	if (at > 0 && t->all[at - 1] == tid)
		return 0;
	if (t->count == t->room) {
		size_t room = t->room == 0 ? 16 : t->room * 2;
		pid_t *grown = realloc(t->all, room * sizeof *grown);

		if (grown == NULL)
			return -ENOMEM;
		t->all = grown;
		t->room = room;
	}
	memmove(t->all + at + 1, t->all + at,
	        (t->count - at) * sizeof *t->all);
	t->all[at] = tid;
	t->count++;
	return 1;
}

void tids_clear(struct tids *t)
{
	free(t->all);
	memset(t, 0, sizeof *t);
}
