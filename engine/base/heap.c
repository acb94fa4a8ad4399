/* heap.c -- a binary heap in one array; the least (when, what) is item 0. */

#include "base/heap.h"

#include <errno.h>
#include <stdlib.h>

static bool before(const struct heap_item *a, const struct heap_item *b)
{
	return a->when != b->when ? a->when < b->when : a->what < b->what;
}

/* Doubling keeps the cost of n pushes at n.  The heap never shrinks: what was
 * due once will be due again. */
static int heap_grow(struct heap *h)
{
	size_t            room = h->room == 0 ? 16 : h->room * 2;
	struct heap_item *item = reallocarray(h->item, room, sizeof(*item));

	if (item == NULL)
		return -ENOMEM;
	h->item = item;
	h->room = room;
	return 0;
}

int heap_push(struct heap *h, uint64_t when, uint64_t what)
{
	struct heap_item one = { when, what };
	size_t           at = h->count;

	if (h->count == h->room && heap_grow(h) < 0)
		return -ENOMEM;
	/* Later ones move down until the place is found. */
	while (at > 0 && before(&one, &h->item[(at - 1) / 2])) {
		h->item[at] = h->item[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	h->item[at] = one;
	h->count++;
	return 0;
}

bool heap_first(const struct heap *h, struct heap_item *ret_item)
{
	if (h->count == 0)
		return false;
	*ret_item = h->item[0];
	return true;
}

bool heap_pop(struct heap *h, struct heap_item *ret_item)
{
	struct heap_item last;
	size_t           at = 0, child;

	if (!heap_first(h, ret_item))
		return false;
	/* The last item takes the empty place at the top and sinks. */
	last = h->item[--h->count];
	while ((child = 2 * at + 1) < h->count) {
		if (child + 1 < h->count &&
		    before(&h->item[child + 1], &h->item[child]))
			child++;
		if (!before(&h->item[child], &last))
			break;
		h->item[at] = h->item[child];
		at = child;
	}
	if (h->count > 0)
		h->item[at] = last;
	return true;
}

void heap_clear(struct heap *h)
{
	free(h->item);
	*h = (struct heap){ 0 };
}
