/* heap.h -- what is due next: a heap of (when, what). */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_item {
	uint64_t when, what;
};

struct heap {
	struct heap_item *item;
	size_t            count, room;
};

/* Equal times leave in the order they came only if 'what' rises. */
int  heap_push(struct heap *h, uint64_t when, uint64_t what);  /* 0, -ENOMEM */
/* False: there is none.  The item that is due first stays, or leaves. */
bool heap_first(const struct heap *h, struct heap_item *ret_item);
bool heap_pop(struct heap *h, struct heap_item *ret_item);
void heap_clear(struct heap *h);                               /* frees       */

#endif
