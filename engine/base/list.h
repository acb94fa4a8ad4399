/* list.h -- lists in one piece of memory, which doubles as they fill. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stddef.h>

/* Room for one more behind 'count' items of 'each' bytes: where they lie then,
 * or NULL for no memory, and nothing has changed.  *room, which is how many
 * there is room for, is 0 with items NULL at first, and becomes 'first'.  The
 * caller's, of realloc(). */
void *list_grow(void *items, size_t count, size_t *room, size_t each,
                size_t first);

#endif
