/* list.c -- adding items one by one moves each twice at most. */

#include "base/list.h"

#include <stdint.h>
#include <stdlib.h>

void *list_grow(void *items, size_t count, size_t *room, size_t each,
                size_t first)
{
	size_t more = *room == 0 ? first : 2 * *room;
	void  *moved;

	if (count < *room)
		return items;
	if (*room > SIZE_MAX / 2 / each || more > SIZE_MAX / each)
		return NULL;
	moved = realloc(items, more * each);
	if (moved != NULL)
		*room = more;
	return moved;
}
