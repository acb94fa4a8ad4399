/* parts.h -- the growing parts of an image that is being built.
 *
 * Adding what is there already gives it again, so that equal texts and equal
 * wants are in an image once.
 */
#ifndef POLICY_PARTS_H
#define POLICY_PARTS_H

#include "policy/image.h"

/* A run of elements seen before. */
struct run {
	uint32_t hash, first, count;    /* count 0: a free place              */
};

struct part {
	char       *items;
	size_t      each;               /* bytes of an element                */
	size_t      count, room;
	struct run *runs;               /* open addressing, a power of two    */
	size_t      run_count, run_room;
};

/* The first of n copied elements' places, or -ENOMEM, or -E2BIG past what an
 * image may be. */
int64_t part_add(struct part *p, const void *items, size_t n);
/* The same, or the place where the same n (at least 1) were shared before. */
int64_t part_share(struct part *p, const void *items, size_t n);
void    part_cut(struct part *p, size_t count); /* forgets the last ones      */
void    part_free(struct part *p);              /* leaves it empty            */

#endif
