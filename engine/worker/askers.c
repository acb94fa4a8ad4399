/* askers.c -- which tasks wait for which answer. */

#include "worker/askers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/limits.h"
#include "base/list.h"

/* One question; its key is its bytes, which are unique while it is open. */
struct asking {
	UT_hash_handle  hh;
	struct task_id *who;
	size_t          count, room, key_bytes;
	bool            crowded;
	unsigned char   key[];
};

struct askers {
	struct asking *asking;
	size_t         crowded;
};

struct askers *askers_new(void)
{
	return calloc(1, sizeof(struct askers));
}

/* The list of who asked may have been handed on before; then it is NULL. */
static void asking_drop(struct askers *a, struct asking *q)
{
	HASH_DEL(a->asking, q);
	free(q->who);
	free(q);
}

/* Forgets everyone: another generation asks anew. */
static void askers_drop(struct askers *a)
{
	struct asking *q, *next;

	HASH_ITER(hh, a->asking, q, next)
		asking_drop(a, q);
}

void askers_free(struct askers *a)
{
	if (a == NULL)
		return;
	askers_drop(a);
	free(a);
}

static struct asking *asking_find(const struct askers *a, const void *key,
                                  size_t bytes)
{
	struct asking *q;

	HASH_FIND(hh, a->asking, key, bytes, q);
	return q;
}

static struct asking *asking_new(struct askers *a, const void *key,
                                 size_t bytes)
{
	struct asking *q = calloc(1, sizeof *q + bytes);

	if (q == NULL)
		return NULL;
	memcpy(q->key, key, bytes);
	q->key_bytes = bytes;
	HASH_ADD_KEYPTR(hh, a->asking, q->key, q->key_bytes, q);
	if (q->hh.tbl != NULL)
		return q;
	free(q);                        /* without memory it is not taken     */
	return NULL;
}

/* The list is short enough to be looked through: it has a bound. */
int askers_add(struct askers *a, const void *key, size_t bytes,
               struct task_id who)
{
	struct asking  *q = asking_find(a, key, bytes);
	struct task_id *more;

	if (q == NULL && (q = asking_new(a, key, bytes)) == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < q->count; i++)
		if (task_id_equal(q->who[i], who))
			return 0;
	/* No error: whoever takes the answer is told that others wait. */
	if (q->count == ASKERS_PER_QUESTION) {
		q->crowded = true;
		a->crowded++;
		return 0;
	}
	more = list_grow(q->who, q->count, &q->room, sizeof *more, 4);
	if (more == NULL)
		return -ENOMEM;
	q->who = more;
	q->who[q->count++] = who;
	return 0;
}

size_t askers_take(struct askers *a, const void *key, size_t bytes,
                   struct task_id **ret_tasks, bool *ret_more)
{
	struct asking *q = asking_find(a, key, bytes);
	size_t         n;

	*ret_tasks = NULL;
	*ret_more = false;
	if (q == NULL)
		return 0;
	n = q->count;
	*ret_tasks = q->who;
	*ret_more = q->crowded;
	q->who = NULL;
	asking_drop(a, q);
	return n;
}

size_t askers_crowded(const struct askers *a)
{
	return a->crowded;
}
