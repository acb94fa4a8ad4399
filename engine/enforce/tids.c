/* tids.c -- threads that were met already. */

#include "enforce/tids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"

/* They come in rising order, so the place is nearly always the last one. */
int tids_add(struct tids *t, pid_t tid)
{
	size_t at = t->count;
	pid_t *grown;

	while (at > 0 && t->all[at - 1] > tid)
		at--;
	if (at > 0 && t->all[at - 1] == tid)
		return 0;
	grown = list_grow(t->all, t->count, &t->room, sizeof *grown, 16);
	if (grown == NULL)
		return -ENOMEM;
	t->all = grown;
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
