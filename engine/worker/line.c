/* line.c -- questions in line: each one once, and not too many. */

#include "worker/line.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* The key points into the copy, so the one allocation holds all there is. */
static struct asked *asked_new(const void *question, size_t bytes)
{
	struct message_question head;
	struct asked           *a = calloc(1, sizeof *a + bytes);

	if (a == NULL)
		return NULL;
	memcpy(&head, question, sizeof head);
	memcpy(a->question, question, bytes);
	a->bytes = bytes;
	a->id = head.head.id;
	a->generation = head.generation;
	a->rule = head.rule;
	a->sent = head.sent;
	a->tasks = head.tasks;
	a->is_handler = head.moment != MOMENT_NONE;
	a->key = question_key(a->question, bytes, &a->key_bytes);
	return a;
}

int line_join(struct line *l, const void *question, size_t bytes)
{
	size_t        key_bytes;
	const void   *key;
	struct asked *a;

	if (bytes < sizeof(struct message_question) ||
	    bytes > MESSAGE_BYTES_MAX)
		return -EINVAL;
	key = question_key(question, bytes, &key_bytes);
	HASH_FIND(hh, l->by_key, key, key_bytes, a);
	if (a != NULL)
		return -EALREADY;
	if (HASH_COUNT(l->by_key) >= QUESTIONS_MAX)
		return -ENOBUFS;
	a = asked_new(question, bytes);
	if (a == NULL)
		return -ENOMEM;
	HASH_ADD_KEYPTR(hh, l->by_key, a->key, a->key_bytes, a);
	if (a->hh.tbl == NULL) {                /* the table could not grow  */
		free(a);
		return -ENOMEM;
	}
	DL_APPEND(l->first, a);
	return 0;
}

void line_take(struct line *l, struct asked *a)
{
	DL_DELETE(l->first, a);
}

void line_take_off(struct line *l, const struct packs *packs,
                   struct asked **list)
{
	struct asked *next;

	for (struct asked *a = l->first; a != NULL; a = next) {
		next = a->next;
		if (!packs_off(packs, a->rule))
			continue;
		DL_DELETE(l->first, a);
		DL_APPEND(*list, a);
	}
}

void line_leave(struct line *l, struct asked *a)
{
	assert(l->by_key != NULL);
	HASH_DEL(l->by_key, a);
}

void line_clear(struct line *l)
{
	struct asked *a, *next;

	DL_FOREACH_SAFE(l->first, a, next) {
		DL_DELETE(l->first, a);
		line_leave(l, a);
		free(a);
	}
}
