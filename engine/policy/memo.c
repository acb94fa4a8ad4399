/* memo.c -- answers that rules gave, and to what. */

#include "policy/memo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>
#include <utlist.h>

#include "base/limits.h"
#include "model/rule_id.h"
#include "policy/heirs.h"

struct known {
	UT_hash_handle hh;
	struct known  *prev, *next;     /* least recently used first          */
	struct answer  answer;
	size_t         bytes;
	char           key[];
};

/* The memory of the generation before, while it is of use. */
struct past {
	struct memo *memo;              /* NULL: there is none                */
	uint32_t     generation, old_generation;
	uint32_t    *before;            /* of each rule, its number there     */
};

/* What the key of a question begins with. */
struct asked_of {
	uint32_t generation, rule;
};

struct memo {
	struct known *by_key;
	struct known *used;
	size_t        rules, most;
	struct past   past;
	struct reads  reads[];          /* of each rule                       */
};

_Static_assert(offsetof(struct message_question, rule) -
               offsetof(struct message_question, generation) ==
               offsetof(struct asked_of, rule) &&
               offsetof(struct message_question, generation) ==
               sizeof(struct message), "a key begins so");

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
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
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
	free(m->past.before);
	free(m);
}

/* The core asks by rule numbers that an answer brought, so any may come. */
struct reads memo_reads(const struct memo *m, uint32_t rule)
{
	struct reads all = { 0 }, old = { 0 };

	if (rule >= m->rules)
		return all;
	all = m->reads[rule];
	if (m->past.memo != NULL && m->past.before[rule] != RULE_NONE)
		old = memo_reads(m->past.memo, m->past.before[rule]);
	return (struct reads){ all.task | old.task, all.host | old.host,
	                       all.state | old.state };
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

/* The same question, as it was asked of the generation before. */
static struct known *known_before(struct memo *m, const void *key,
                                  size_t bytes)
{
	struct asked_of of;
	struct known   *k;
	char           *old;

	if (m->past.memo == NULL || bytes < sizeof(of))
		return NULL;
	memcpy(&of, key, sizeof(of));
	if (of.generation != m->past.generation ||
	    of.rule >= m->rules || m->past.before[of.rule] == RULE_NONE)
		return NULL;
	old = malloc(bytes);
	if (old == NULL)
		return NULL;            /* then it is asked once more         */
	memcpy(old, key, bytes);
	of = (struct asked_of){ m->past.old_generation,
	                        m->past.before[of.rule] };
	memcpy(old, &of, sizeof(of));
	k = known_find(m->past.memo, old, bytes);
	free(old);
	/* What failed may be tried once more. */
	return k != NULL && k->answer.outcome > OUTCOME_NEEDS ? NULL : k;
}

/* Finding is using: the answer goes to the end of the line. */
const struct answer *memo_find(struct memo *m, const void *key, size_t bytes)
{
	struct known *k = known_find(m, key, bytes), *old;

	if (k == NULL && (old = known_before(m, key, bytes)) != NULL &&
	    memo_put(m, key, bytes, &old->answer) == 0)
		k = known_find(m, key, bytes);
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

int memo_follow(struct memo *m, struct memo *old, uint32_t generation,
                uint32_t old_generation, const uint32_t *before)
{
	size_t    bytes = (m->rules + 1) * sizeof(*before);
	uint32_t *copy = old == NULL ? NULL : malloc(bytes);

	if (old != NULL && copy == NULL)
		return -ENOMEM;
	if (old != NULL)
		memcpy(copy, before, bytes - sizeof(*before));
	for (uint32_t i = 0; m->past.memo != NULL && i < m->rules; i++)
		m->reads[i] = memo_reads(m, i);
	free(m->past.before);
	m->past = (struct past){ old, generation, old_generation, copy };
	return 0;
}

/* The rule that the answer is of now; RULE_NONE: nobody's. */
static uint32_t heir_of(const struct known *k, const struct heirs *heirs,
                        const uint32_t *before)
{
	struct asked_of of;
	uint32_t        heir;

	memcpy(&of, k->key, sizeof(of));
	heir = heirs_rule(heirs, of.rule);
	if (heir == RULE_NONE || before[heir] != of.rule)
		return RULE_NONE;
	/* What failed may be tried once more. */
	return k->answer.outcome > OUTCOME_NEEDS ? RULE_NONE : heir;
}

static void known_move(struct memo *m, struct memo *old, struct known *k,
                       struct asked_of of)
{
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
	HASH_DELETE(hh, old->by_key, k);
	DL_DELETE(old->used, k);
	memset(&k->hh, 0, sizeof(k->hh));
	memcpy(k->key, &of, sizeof(of));
	HASH_ADD_KEYPTR(hh, m->by_key, k->key, k->bytes, k);
	if (k->hh.tbl == NULL)
		free(k);
	else
		DL_APPEND(m->used, k);
}

void memo_inherit(struct memo *m, struct memo *old, uint32_t generation,
                  const struct heirs *heirs, const uint32_t *before)
{
	struct known *k, *next;

	for (uint32_t i = 0; i < m->rules; i++)
		if (before[i] != RULE_NONE)
			memo_learn(m, i, memo_reads(old, before[i]));
	for (k = old->used; k != NULL; k = next) {
		uint32_t heir = heir_of(k, heirs, before);

		next = k->next;
		if (heir != RULE_NONE && HASH_COUNT(m->by_key) < m->most)
			known_move(m, old, k,
			           (struct asked_of){ generation, heir });
	}
}

size_t memo_shrink(struct memo *m, size_t answers)
{
	while (answers-- > 0 && m->used != NULL)
		known_drop(m, m->used);
	return HASH_COUNT(m->by_key);
}

size_t memo_count(const struct memo *m)
{
	return HASH_COUNT(m->by_key);
}
