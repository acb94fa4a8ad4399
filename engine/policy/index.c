/* index.c -- from a task to the few selectors that may hold for it.
 *
 * All entries lie in one array, sorted into buckets by the hash of their key;
 * what hangs on the same key lies together.  A text is hashed once from front
 * to end, with a probe at every length that some prefix has.  Literals are
 * found by three of their bytes: a filter tells cheaply that no literal has
 * these.
 */

#include "policy/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/glob.h"
#include "policy/anchor.h"

#define FILTER_BITS  15                 /* of a hash; 4 KiB                   */
#define FNV_START    UINT32_C(2166136261)
#define FNV_PRIME    UINT32_C(16777619)

/* A tag is hung on like a fact of its own. */
#define FACT_TAG FACT_COUNT

_Static_assert(RULES_MAX <= UINT16_MAX + 1, "a place fits its field");

struct entry {
	uint32_t hash;
	uint32_t alternative;
	uint16_t place;
	uint16_t fact;
};

struct index {
	const void   *image;
	struct entry *entry;
	uint32_t     *bucket;           /* where each begins in entry         */
	uint32_t      mask;             /* of bucket                          */
	uint32_t     *anchor;           /* of each place                      */
	uint32_t     *rest;             /* places that hang on nothing        */
	uint32_t      rests;
	uint64_t      facts;            /* hung on                            */
	uint64_t      with_literals;    /* by a literal                       */
	uint64_t      prefixes[FACT_COUNT];     /* a bit for each length      */
	uint64_t      filter[(1 << FILTER_BITS) / 64];
};

/* An index while it is made. */
struct hanging {
	struct index *ix;
	size_t        count, room;
	uint32_t      crowd[1 << FILTER_BITS];  /* entries behind each bit    */
};

/* Going on by one byte gives the hash of every prefix on the way. */
static uint32_t hash_byte(uint32_t hash, char byte)
{
	return (hash ^ (unsigned char)byte) * FNV_PRIME;
}

/* The same text as another fact is another key. */
static uint32_t hash_start(uint32_t fact)
{
	return (FNV_START ^ fact) * FNV_PRIME;
}

/* So is a prefix that happens to be a whole text.  The last step brings the
 * well-mixed high bits down to where buckets are chosen. */
static uint32_t hash_end(uint32_t hash, enum anchor anchor)
{
	hash = (hash ^ ((uint32_t)anchor << 8)) * FNV_PRIME;
	return hash ^ hash >> 15;
}

static uint32_t hash_text(uint32_t fact, enum anchor anchor, const char *text,
                          size_t n)
{
	uint32_t hash = hash_start(fact);

	for (size_t i = 0; i < n; i++)
		hash = hash_byte(hash, text[i]);
	return hash_end(hash, anchor);
}

/* Buckets take the low bits of the result, the filter the high ones. */
static uint32_t hash_number(uint32_t fact, enum anchor anchor, int64_t number)
{
	uint64_t key = (uint64_t)number * 64 + fact;

	key = (key * 8 + (uint64_t)anchor) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(key >> 32);
}

static uint32_t hash_three(uint32_t fact, const char *at)
{
	const unsigned char *u = (const unsigned char *)at;

	return hash_number(fact, ANCHOR_LITERAL,
	                   (int64_t)u[0] << 16 | u[1] << 8 | u[2]);
}

static uint32_t filter_bit(uint32_t hash)
{
	return hash >> (32 - FILTER_BITS);
}

/* False: surely nothing hangs by that hash. */
static bool filter_has(const struct index *ix, uint32_t hash)
{
	uint32_t bit = filter_bit(hash);

	return (ix->filter[bit / 64] >> bit % 64 & 1) != 0;
}

/* The three bytes of a glob's literal that fewest others hang by. */
static uint32_t literal_key(struct hanging *h, uint32_t fact,
                            const char *pattern)
{
	size_t   at = 0, n = glob_literal(pattern, &at);
	uint32_t best = hash_three(fact, pattern + at);
	uint32_t bit;

	for (size_t i = 1; i + ANCHOR_LITERAL_MIN <= n; i++) {
		uint32_t hash = hash_three(fact, pattern + at + i);

		if (h->crowd[filter_bit(hash)] < h->crowd[filter_bit(best)])
			best = hash;
	}
	bit = filter_bit(best);
	h->crowd[bit]++;
	h->ix->filter[bit / 64] |= UINT64_C(1) << bit % 64;
	h->ix->with_literals |= FACT_BIT(fact);
	return best;
}

/* Its length is noted, for only at noted lengths is a text probed. */
static uint32_t prefix_key(struct hanging *h, uint32_t fact,
                           const char *pattern)
{
	size_t n = anchor_prefix(pattern);

	h->ix->prefixes[fact] |= UINT64_C(1) << n;
	return hash_text(fact, ANCHOR_PREFIX, pattern, n);
}

/* The hash by which the alternative will be looked for. */
static uint32_t key_of(struct hanging *h, uint32_t fact, enum anchor anchor,
                       const struct image_alternative *a)
{
	const char *text = image_text_of(h->ix->image, a->text);

	switch (anchor) {
	case ANCHOR_EXACT:
		return hash_text(fact, anchor, text, a->text.bytes);
	case ANCHOR_PREFIX:
		return prefix_key(h, fact, text);
	case ANCHOR_LITERAL:
		return literal_key(h, fact, text);
	default:
		return hash_number(fact, anchor, a->low);
	}
}

/* Entries are sorted when all are there. */
static int entry_add(struct hanging *h, const struct entry *e)
{
	if (h->count == h->room) {
		size_t        room = h->room == 0 ? 64 : h->room * 2;
		struct entry *entry = realloc(h->ix->entry,
		                              room * sizeof(*entry));

		if (entry == NULL)
			return -ENOMEM;
		h->ix->entry = entry;
		h->room = room;
	}
	h->ix->entry[h->count++] = *e;
	return 0;
}

/* Hangs the place on each alternative, for each may be the one that fits. */
static int condition_hang(struct hanging *h, uint32_t condition, uint32_t place)
{
	const void                   *image = h->ix->image;
	const struct image_condition *c =
		IMAGE_AT(image, IMAGE_CONDITIONS, image_condition, condition);
	uint32_t fact = c->kind == CONDITION_TAG ? FACT_TAG : c->fact;
	int      r = 0;

	h->ix->facts |= FACT_BIT(fact);
	for (uint32_t i = 0; i < c->alternatives.count && r == 0; i++) {
		struct entry e = { .alternative = c->alternatives.first + i,
		                   .place = (uint16_t)place,
		                   .fact = (uint16_t)fact };
		const struct image_alternative *a =
			IMAGE_AT(image, IMAGE_ALTERNATIVES, image_alternative,
			         e.alternative);

		e.hash = key_of(h, fact, anchor_of(image, c, a), a);
		r = entry_add(h, &e);
	}
	return r;
}

/* What hangs on nothing is found for every task. */
static int selectors_hang(struct hanging *h, const uint32_t *selectors,
                          uint32_t places)
{
	struct index *ix = h->ix;
	int           r = 0;

	for (uint32_t place = 0; place < places && r == 0; place++) {
		ix->anchor[place] = IMAGE_NONE;
		if (selectors[place] == IMAGE_NONE)
			continue;
		ix->anchor[place] = anchor_choose(ix->image, selectors[place]);
		if (ix->anchor[place] == IMAGE_NONE)
			ix->rest[ix->rests++] = place;
		else
			r = condition_hang(h, ix->anchor[place], place);
	}
	return r;
}

/* Sorts the entries into their buckets. */
static int buckets_fill(struct hanging *h)
{
	struct index *ix = h->ix;
	struct entry *sorted = calloc(h->count + 1, sizeof(*sorted));
	uint32_t      buckets = 16;

	while (buckets < h->count)
		buckets *= 2;
	ix->mask = buckets - 1;
	ix->bucket = calloc(buckets + (size_t)2, sizeof(*ix->bucket));
	if (sorted == NULL || ix->bucket == NULL) {
		free(sorted);
		return -ENOMEM;
	}
	/* Counted two further on: filling moves each begin to its end. */
	for (size_t i = 0; i < h->count; i++)
		ix->bucket[(ix->entry[i].hash & ix->mask) + 2]++;
	for (uint32_t i = 2; i < buckets + 2; i++)
		ix->bucket[i] += ix->bucket[i - 1];
	for (size_t i = 0; i < h->count; i++)
		sorted[ix->bucket[(ix->entry[i].hash & ix->mask) + 1]++] =
			ix->entry[i];
	free(ix->entry);
	ix->entry = sorted;
	return 0;
}

/* Gives back what was kept for more places than hang on nothing. */
static void rest_trim(struct index *ix)
{
	uint32_t *rest = realloc(ix->rest,
	                         (ix->rests + (size_t)1) * sizeof(*rest));

	if (rest != NULL)
		ix->rest = rest;
}

static int index_fill(struct index *ix, const uint32_t *selectors,
                      uint32_t places)
{
	struct hanging *h = calloc(1, sizeof(*h));
	int             r = -ENOMEM;

	ix->anchor = calloc(places + (size_t)1, sizeof(*ix->anchor));
	ix->rest = calloc(places + (size_t)1, sizeof(*ix->rest));
	if (h != NULL && ix->anchor != NULL && ix->rest != NULL) {
		h->ix = ix;
		r = selectors_hang(h, selectors, places);
		if (r == 0)
			r = buckets_fill(h);
		rest_trim(ix);
	}
	free(h);
	return r;
}

int index_new(const void *image, const uint32_t *selectors, uint32_t places,
              struct index **ret_index)
{
	struct index *ix = calloc(1, sizeof(*ix));
	int           r;

	if (ix == NULL)
		return -ENOMEM;
	ix->image = image;
	r = index_fill(ix, selectors, places);
	if (r < 0)
		index_free(ix);
	else
		*ret_index = ix;
	return r;
}

void index_free(struct index *ix)
{
	if (ix == NULL)
		return;
	free(ix->entry);
	free(ix->bucket);
	free(ix->anchor);
	free(ix->rest);
	free(ix);
}

/* One lookup under way: one value, what hangs on it, and where that is put. */
struct probe {
	const struct index *ix;
	struct subject     *who;
	struct places      *places;
	uint32_t            fact;
	struct value        value;
};

static void probe_key(const struct probe *p, uint32_t hash)
{
	const struct index *ix = p->ix;
	uint32_t            bucket = hash & ix->mask;

	for (uint32_t i = ix->bucket[bucket]; i < ix->bucket[bucket + 1]; i++) {
		const struct entry *e = &ix->entry[i];

		/* Equal hashes prove nothing: the alternative itself must fit.
		 * Then its condition holds and is not looked at again. */
		if (e->hash == hash && e->fact == p->fact &&
		    p->who->steps <= MATCH_STEPS_MAX &&
		    !places_have(p->places, e->place) &&
		    match_value(ix->image,
		                IMAGE_AT(ix->image, IMAGE_ALTERNATIVES,
		                         image_alternative, e->alternative),
		                &p->value, p->who) == TRUTH_YES)
			places_add(p->places, e->place);
	}
}

/* Three bytes at a time, at every place: a literal may lie anywhere. */
static void probe_literals(const struct probe *p, const char *text, size_t n)
{
	for (size_t i = 0; i + ANCHOR_LITERAL_MIN <= n; i++) {
		uint32_t hash = hash_three(p->fact, text + i);

		if (filter_has(p->ix, hash))
			probe_key(p, hash);
	}
}

/* All prefixes and the whole, in one walk. */
static void probe_text(const struct probe *p, const char *text, size_t n)
{
	uint64_t lengths = p->ix->prefixes[p->fact];
	uint32_t hash = hash_start(p->fact);

	for (size_t i = 0; i < n; i++) {
		hash = hash_byte(hash, text[i]);
		if (i < ANCHOR_PREFIX_MAX && (lengths >> (i + 1) & 1) != 0)
			probe_key(p, hash_end(hash, ANCHOR_PREFIX));
	}
	probe_key(p, hash_end(hash, ANCHOR_EXACT));
	if ((p->ix->with_literals & FACT_BIT(p->fact)) != 0)
		probe_literals(p, text, n);
}

/* Of a list, whatever fits any element. */
static void probe_value(const struct probe *p)
{
	const struct value *v = &p->value;

	if (fact_is_number(p->fact))
		probe_key(p, hash_number(p->fact, ANCHOR_NUMBER, v->number));
	else if (v->type == FACT_TYPE_TEXT)
		probe_text(p, v->text, v->bytes);
	else
		for (size_t at = 0; at < v->bytes;) {
			size_t n = strlen(v->text + at);

			probe_text(p, v->text + at, n);
			at += n + 1;
		}
}

void index_probe(const struct index *ix, struct subject *who,
                 struct places *places)
{
	struct probe p = { .ix = ix, .who = who, .places = places };

	for (uint32_t i = 0; i < ix->rests; i++)
		places_add(places, ix->rest[i]);
	for (p.fact = 0; p.fact < FACT_COUNT; p.fact++)
		/* Reading a fact can cost a visit to /proc; nothing hangs on
		 * most of them. */
		if ((ix->facts & FACT_BIT(p.fact)) != 0 &&
		    match_fact(who, who->task, (enum fact)p.fact,
		               &p.value) > 0)
			probe_value(&p);
}

void index_probe_tag(const struct index *ix, uint32_t tag,
                     struct subject *who, struct places *places)
{
	struct probe p = { .ix = ix, .who = who, .places = places,
	                   .fact = FACT_TAG,
	                   .value = { .type = FACT_TYPE_NUMBER,
	                              .number = tag } };

	probe_key(&p, hash_number(FACT_TAG, ANCHOR_TAG, tag));
}

uint32_t index_anchor(const struct index *ix, uint32_t place)
{
	return ix->anchor[place];
}
