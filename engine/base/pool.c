/* pool.c -- items of one size that never move, known by small numbers. */

#include "base/pool.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The list of chunks is as long as it can ever be, so that it never moves. */
int pool_open(struct pool *p, size_t item_bytes, uint32_t max)
{
	assert(item_bytes >= sizeof p->freed && max < UINT32_MAX);
	*p = (struct pool){ .item_bytes = item_bytes, .max = max };
	p->chunk = calloc(max / POOL_CHUNK + 1, sizeof *p->chunk);
	return p->chunk == NULL ? -ENOMEM : 0;
}

void pool_close(struct pool *p)
{
	for (uint32_t i = 0; i < p->used; i += POOL_CHUNK)
		free(p->chunk[i / POOL_CHUNK]);
	free(p->chunk);
	*p = (struct pool){ 0 };
}

/* A free item holds the number of the next free one, plus one, in its own first
 * bytes; 0 ends the list. */
static void *take_freed(struct pool *p, uint32_t *ret_slot)
{
	void *item = pool_at(p, p->freed - 1);

	*ret_slot = p->freed - 1;
	memcpy(&p->freed, item, sizeof p->freed);
	return item;
}

/* What was given back is used first: it is likely to be in the cache, and the
 * chunks stay few. */
void *pool_take(struct pool *p, uint32_t *ret_slot)
{
	char **chunk;

	if (p->freed != 0)
		return take_freed(p, ret_slot);
	if (p->used == p->max)
		return NULL;
	chunk = &p->chunk[p->used / POOL_CHUNK];
	if (*chunk == NULL)
		*chunk = calloc(POOL_CHUNK, p->item_bytes);
	if (*chunk == NULL)
		return NULL;
	*ret_slot = p->used++;
	return pool_at(p, *ret_slot);
}

void pool_give_back(struct pool *p, uint32_t slot)
{
	assert(slot < p->used);
	memcpy(pool_at(p, slot), &p->freed, sizeof p->freed);
	p->freed = slot + 1;
}
