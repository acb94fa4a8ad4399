/* pool.h -- items of one size that never move, known by small numbers.
 *
 * Memory once had from the system stays with the pool.  The place freed last is
 * given out first.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

#define POOL_CHUNK 64u                  /* items had from the system at once  */

struct pool {
	size_t   item_bytes;
	uint32_t max;                   /* places there may be                */
	uint32_t used;                  /* places ever given out are below    */
	uint32_t freed;                 /* the last one plus 1; 0: none       */
	char   **chunk;
};

/* Items of at least 4 bytes, at most max of them.  0 or -ENOMEM. */
int   pool_open(struct pool *p, size_t item_bytes, uint32_t max);
/* Every item is gone with it; whatever they hold is freed by whoever took
 * them. */
void  pool_close(struct pool *p);
/* A place: all zero the first time, else as it was left but for the first four
 * bytes.  NULL: none left, or no memory. */
void *pool_take(struct pool *p, uint32_t *ret_slot);
void  pool_give_back(struct pool *p, uint32_t slot);

/* Any place below p->used. */
static inline void *pool_at(const struct pool *p, uint32_t slot)
{
	return p->chunk[slot / POOL_CHUNK] + slot % POOL_CHUNK * p->item_bytes;
}

#endif
