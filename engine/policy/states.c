/* states.c -- the tables that functions of one file share, kept as bytes. */

#include "policy/states.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/limits.h"

#define KEY_MAX (PATH_KEEP + NAME_KEEP)

struct kept {
	char          *key;             /* "file\nname"                       */
	char          *bytes;
	size_t         size;
	UT_hash_handle hh;
};

struct states {
	struct kept *all;
};

struct states *states_new(void)
{
	return calloc(1, sizeof(struct states));
}

static void kept_free(struct kept *k)
{
	free(k->key);
	free(k->bytes);
	free(k);
}

void states_free(struct states *st)
{
	struct kept *k, *next;

	if (st == NULL)
		return;
	k = st->all;
	HASH_CLEAR(hh, st->all);
	for (; k != NULL; k = next) {
		next = k->hh.next;
		kept_free(k);
	}
	free(st);
}

/* No path has a line end in it that a name could pretend to follow. */
static void key_of(const struct ruleset *rs, uint32_t rule, uint32_t state,
                   char *out, size_t size)
{
	snprintf(out, size, "%s\n%s", ruleset_file(rs, rule),
	         ruleset_state(rs, rule, state));
}

static struct kept *kept_find(const struct states *st, const char *key)
{
	struct kept *k;

	HASH_FIND_STR(st->all, key, k);
	return k;
}

void states_of_rule(const struct states *st, const struct ruleset *rs,
                    uint32_t rule,
                    struct state_bytes ret_states[STATES_PER_FILE])
{
	uint32_t n = ruleset_terms(rs, rule)->states.count;

	for (uint32_t i = 0; i < STATES_PER_FILE; i++) {
		char               key[KEY_MAX];
		const struct kept *k = NULL;

		if (i < n) {
			key_of(rs, rule, i, key, sizeof(key));
			k = kept_find(st, key);
		}
		ret_states[i] = k == NULL ? (struct state_bytes){ "", 0 } :
		                (struct state_bytes){ k->bytes, k->size };
	}
}

static int kept_new(struct states *st, const char *key, struct kept **ret_kept)
{
	struct kept *k;

	if (HASH_COUNT(st->all) == STATES_MAX)
		return -ENOBUFS;
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return -ENOMEM;
	k->key = strdup(key);
	if (k->key != NULL)
		HASH_ADD_KEYPTR(hh, st->all, k->key, strlen(k->key), k);
	if (k->hh.tbl == NULL) {
		kept_free(k);
		return -ENOMEM;
	}
	*ret_kept = k;
	return 0;
}

static int kept_write(struct kept *k, const struct state_bytes *from)
{
	char *bytes;

	if (k->size == from->size &&
	    memcmp(k->bytes != NULL ? k->bytes : "", from->bytes,
	           k->size) == 0)
		return 0;
	bytes = malloc(from->size + 1);
	if (bytes == NULL)
		return -ENOMEM;
	memcpy(bytes, from->bytes, from->size);
	free(k->bytes);
	k->bytes = bytes;
	k->size = from->size;
	return 1;
}

int states_put(struct states *st, const struct ruleset *rs, uint32_t rule,
               uint32_t state, const struct state_bytes *bytes)
{
	char         key[KEY_MAX];
	struct kept *k;
	int          r = 0;

	if (state >= ruleset_terms(rs, rule)->states.count)
		return -ENOENT;
	if (bytes->size > STATE_KEEP_MAX)
		return -E2BIG;
	key_of(rs, rule, state, key, sizeof(key));
	k = kept_find(st, key);
	if (k == NULL)
		r = kept_new(st, key, &k);
	return r < 0 ? r : kept_write(k, bytes);
}
