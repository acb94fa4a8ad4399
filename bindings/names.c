/* names.c -- names seen before, each with its place. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "book.h"

/* Hashed: 15,000 rules have 15,000 names. */
struct name *names_find(struct name *set, const char *text)
{
	struct name *n;

	HASH_FIND_STR(set, text, n);
	return n;
}

/* The first place stays: it is the one that a second is told of. */
int names_put(struct name **set, const char *text, uint32_t file, int line)
{
	struct name *n;

	if (names_find(*set, text) != NULL)
		return 1;
	n = calloc(1, sizeof *n);
	if (n == NULL || (n->text = strdup(text)) == NULL) {
		free(n);
		return -ENOMEM;
	}
	n->file = file;
	n->line = line;
	HASH_ADD_KEYPTR(hh, *set, n->text, strlen(n->text), n);
	return 0;
}

void names_clear(struct name **set)
{
	struct name *n = *set, *next;

	HASH_CLEAR(hh, *set);           /* which leaves the list as it was   */
	for (; n != NULL; n = next) {
		next = n->hh.next;
		free(n->text);
		free(n);
	}
}
