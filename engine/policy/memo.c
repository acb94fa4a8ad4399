/* memo.c -- answers that rules gave, and to what. */

#include "policy/memo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "base/limits.h"

struct known {
	UT_hash_handle hh;
	struct known  *prev, *next;     /* least recently used first          */
	struct answer  answer;
	size_t         bytes;
	char           key[];
};

struct memo {
	struct known *by_key;
	struct known *used;
	size_t        rules, most;
	struct reads  reads[];          /* of each rule                       */
};

struct memo *memo_new(size_t rules, size_t most)
{
	struct memo *m = calloc(1, sizeof(*m) + rules * sizeof(m->reads[0]));

	if (m == NULL)
		return NULL;
	m->rules = rules;
	m->most = most;
	return m;
}

/* The answer is freed with its key, which it holds. */
static void known_drop(struct memo *m, struct known *k)
{
	HASH_DELETE(hh, m->by_key, k);
	DL_DELETE(m->used, k);
	free(k);
}

void memo_free(struct memo *m)
{
	if (m == NULL)
		return;
	while (m->used != NULL)
		known_drop(m, m->used);
	free(m);
}

/* The core asks by rule numbers that an answer brought, so any may come. */
struct reads memo_reads(const struct memo *m, uint32_t rule)
{
	return rule < m->rules ? m->reads[rule] : (struct reads){ 0 };
}

/* Never forgotten: a function that once looked at a fact may do so again, and
 * sending it along saves a second question. */
void memo_learn(struct memo *m, uint32_t rule, struct reads read)
{
	if (rule >= m->rules)
		return;
	m->reads[rule].task |= read.task;
	m->reads[rule].host |= read.host;
	m->reads[rule].state |= read.state;
}

/* Keys are compared as bytes; questions are written so that this is right. */
static struct known *known_find(struct memo *m, const void *key, size_t bytes)
{
	struct known *k;

	HASH_FIND(hh, m->by_key, key, bytes, k);
	return k;
}

/* Finding is using: the answer goes to the end of the line. */
const struct answer *memo_find(struct memo *m, const void *key, size_t bytes)
{
	struct known *k = known_find(m, key, bytes);

	if (k == NULL)
		return NULL;
	DL_DELETE(m->used, k);
	DL_APPEND(m->used, k);
	return &k->answer;
}

static int known_add(struct memo *m, const void *key, size_t bytes,
                     const struct answer *a)
{
	struct known *k = calloc(1, sizeof(*k) + bytes);

	if (k == NULL)
		return -ENOMEM;
	k->answer = *a;
	k->bytes = bytes;
	memcpy(k->key, key, bytes);
	HASH_ADD_KEYPTR(hh, m->by_key, k->key, bytes, k);
	/* Without memory the table leaves what it could not take. */
	if (k->hh.tbl == NULL) {
		free(k);
		return -ENOMEM;
	}
	DL_APPEND(m->used, k);
	return 0;
}

int memo_put(struct memo *m, const void *key, size_t bytes,
             const struct answer *a)
{
	struct known *k = known_find(m, key, bytes);

	if (k != NULL) {
		k->answer = *a;
		return 0;
	}
	if (HASH_COUNT(m->by_key) >= m->most)
		known_drop(m, m->used);
	return known_add(m, key, bytes, a);
}

size_t memo_count(const struct memo *m)
{
	return HASH_COUNT(m->by_key);
}
