/* parts.c -- the growing parts of an image that is being built. */

#include "policy/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define ROOM_FIRST 64

/* Room is doubled, so adding n elements one by one moves each twice at most. */
static int part_grow(struct part *p, size_t n)
{
	size_t room = p->room == 0 ? ROOM_FIRST : p->room;
	char  *items;

	if (n > IMAGE_BYTES_MAX / p->each - p->count)
		return -E2BIG;
	while (room < p->count + n)
		room *= 2;
	if (room == p->room)
		return 0;
	items = realloc(p->items, room * p->each);
	if (items == NULL)
		return -ENOMEM;
	p->items = items;
	p->room = room;
	return 0;
}

int64_t part_add(struct part *p, const void *items, size_t n)
{
	size_t first = p->count;
	int    r = part_grow(p, n);

	if (r < 0)
		return r;
	memcpy(p->items + first * p->each, items, n * p->each);
	p->count += n;
	return (int64_t)first;
}

/* The place of an equal run, or the free one where it belongs. */
static struct run *run_find(const struct part *p, uint32_t hash,
                            const void *items, size_t n)
{
	size_t at = hash & (p->run_room - 1);

	for (;; at = (at + 1) & (p->run_room - 1)) {
		struct run *r = &p->runs[at];

		if (r->count == 0 ||
		    (r->hash == hash && r->count == n &&
		     memcmp(p->items + r->first * p->each, items,
		            n * p->each) == 0))
			return r;
	}
}

/* Into a larger table: there is a free place, and no equal run. */
static void run_move(struct part *into, const struct run *r)
{
	size_t at = r->hash & (into->run_room - 1);

	while (into->runs[at].count != 0)
		at = (at + 1) & (into->run_room - 1);
	into->runs[at] = *r;
}

/* Keeps a third of the places free. */
static int runs_grow(struct part *p)
{
	struct part next = *p;

	if (p->run_count * 3 < p->run_room * 2)
		return 0;
	next.run_room = p->run_room == 0 ? ROOM_FIRST : p->run_room * 2;
	next.runs = calloc(next.run_room, sizeof(*next.runs));
	if (next.runs == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < p->run_room; i++)
		if (p->runs[i].count != 0)
			run_move(&next, &p->runs[i]);
	free(p->runs);
	p->runs = next.runs;
	p->run_room = next.run_room;
	return 0;
}

/* Room for one more run first: then a found place can be filled in. */
int64_t part_share(struct part *p, const void *items, size_t n)
{
	uint32_t    hash = text_hash(items, n * p->each);
	int64_t     first;
	struct run *r;
	int         error = runs_grow(p);

	if (error < 0)
		return error;
	r = run_find(p, hash, items, n);
	if (r->count != 0)
		return r->first;
	first = part_add(p, items, n);
	if (first < 0)
		return first;
	*r = (struct run){ hash, (uint32_t)first, (uint32_t)n };
	p->run_count++;
	return first;
}

/* The room is kept: selectors are opened and ended all the time. */
void part_cut(struct part *p, size_t count)
{
	p->count = count;
}

void part_free(struct part *p)
{
	free(p->items);
	free(p->runs);
	*p = (struct part){ .each = p->each };
}
