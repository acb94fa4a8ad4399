/* interned.c -- sets of CPUs, names and places, each known by a number.
 *
 * A bitmap is kept without its trailing zero bytes, so that equal sets are
 * equal bytes, however large the mask was that they came in.
 */

#include "model/interned.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "base/limits.h"

#define BITMAP_BYTES (CPUS_MAX / 8)
#define CPU_CHARS    5          /* four digits and a sign                     */
#define CORE_CHARS   12         /* "performance,"                             */

/* The key is the kind and then the bytes. */
struct item {
	UT_hash_handle hh;
	int64_t        id;
	char          *text;
	size_t         size;            /* of the bytes                       */
	uint8_t        key[];
};

struct interned {
	struct item *by_key;
	struct item *by_id[INTERNED_MAX];       /* NULL: swept                */
	int64_t      count;             /* past the greatest number           */
	int64_t      vacant;            /* of these, swept                    */
	int64_t      fresh;             /* added since the last sweep         */
	uint32_t     sweeps;
	uint64_t     refused;           /* past INTERNED_MAX                  */
};

struct interned *interned_new(void)
{
	return calloc(1, sizeof(struct interned));
}

size_t interned_count(const struct interned *s)
{
	return (size_t)(s->count - s->vacant);
}

static void item_free(struct item *item)
{
	if (item != NULL)
		free(item->text);
	free(item);
}

/* The table goes first: its keys lie in the items. */
void interned_free(struct interned *s)
{
	if (s == NULL)
		return;
	HASH_CLEAR(hh, s->by_key);
	for (int64_t id = 0; id < s->count; id++)
		item_free(s->by_id[id]);
	free(s);
}

static enum interned_kind kind_of(const struct item *item)
{
	return (enum interned_kind)item->key[0];
}

static const uint8_t *bytes_of(const struct item *item)
{
	return item->key + 1;
}

/* Past the kept bytes all are zero. */
static bool has_bit(const uint8_t *bits, size_t size, size_t bit)
{
	return bit / 8 < size && (bits[bit / 8] >> bit % 8 & 1) != 0;
}

/* The end of the run of CPUs that begins at cpu. */
static size_t run_end(const uint8_t *bits, size_t size, size_t cpu)
{
	while (has_bit(bits, size, cpu + 1))
		cpu++;
	return cpu;
}

/* "5," or "3-5,": its length. */
static size_t run_write(char *out, size_t first, size_t last)
{
	if (first == last)
		return (size_t)sprintf(out, "%zu,", first);
	return (size_t)sprintf(out, "%zu-%zu,", first, last);
}

static size_t cpus_write(const uint8_t *bits, size_t size, char *out)
{
	size_t used = 0;

	for (size_t cpu = 0; cpu < size * 8; cpu++) {
		size_t last = run_end(bits, size, cpu);

		if (!has_bit(bits, size, cpu))
			continue;
		used += run_write(out + used, cpu, last);
		cpu = last;
	}
	return used;
}

static size_t cores_write(const uint8_t *bits, size_t size, char *out)
{
	size_t used = 0;

	if (has_bit(bits, size, CORE_KIND_PERFORMANCE))
		used += (size_t)sprintf(out, "performance,");
	if (has_bit(bits, size, CORE_KIND_EFFICIENCY))
		used += (size_t)sprintf(out + used, "efficiency,");
	for (size_t i = CORE_KIND_LLC; i < size * 8; i++)
		if (has_bit(bits, size, i))
			used += (size_t)sprintf(out + used, "llc:%zu,",
			                        i - CORE_KIND_LLC);
	return used;
}

/* Written once here and then lent for as long as the store lives: printing a
 * value needs no memory. */
static char *text_new(enum interned_kind kind, const uint8_t *bytes, size_t n)
{
	bool   is_text = kind == INTERNED_NAMES || kind == INTERNED_PLACES;
	char  *text = malloc(1 + n * (is_text ? 1 :
	                              kind == INTERNED_CPUS ? 8 * CPU_CHARS
	                                                    : 8 * CORE_CHARS));
	size_t used = n + 1;

	if (text == NULL)
		return NULL;
	if (is_text)
		memcpy(text, bytes, n);
	else if (kind == INTERNED_CPUS)
		used = cpus_write(bytes, n, text);
	else
		used = cores_write(bytes, n, text);
	text[used > 0 ? used - 1 : 0] = '\0';   /* over the last comma        */
	return text;
}

static struct item *item_new(const uint8_t *key, size_t size)
{
	struct item *item = calloc(1, sizeof(*item) + size + 1);

	if (item == NULL)
		return NULL;
	memcpy(item->key, key, size + 1);
	item->size = size;
	item->text = text_new(kind_of(item), bytes_of(item), size);
	if (item->text == NULL) {
		free(item);
		return NULL;
	}
	return item;
}

static int64_t id_new(struct interned *s)
{
	int64_t id = 0;

	if (s->vacant == 0)
		return s->count++;
	while (s->by_id[id] != NULL)
		id++;
	s->vacant--;
	return id;
}

/* The bound also bounds what a rule that makes up a new set for each task can
 * cost: only places are freed before all is. */
static int64_t item_add(struct interned *s, const uint8_t *key, size_t size)
{
	struct item *item;

	if (s->count - s->vacant == INTERNED_MAX) {
		s->refused++;
		return -ENOMEM;
	}
	item = item_new(key, size);
	if (item == NULL)
		return -ENOMEM;
	HASH_ADD_KEYPTR(hh, s->by_key, item->key, (unsigned)size + 1, item);
	if (item->hh.tbl == NULL) {     /* without memory it is not taken     */
		free(item->text);
		free(item);
		return -ENOMEM;
	}
	item->id = id_new(s);
	s->fresh++;
	s->by_id[item->id] = item;
	return item->id;
}

int64_t interned_add(struct interned *s, enum interned_kind kind,
                     const void *bytes, size_t size)
{
	uint8_t      key[1 + (INTERNED_NAME_MAX + 1) * INTERNED_NAMES_MAX];
	struct item *item;

	if (size == 0 || size >= sizeof(key))
		return size == 0 ? -EINVAL : -ERANGE;
	key[0] = (uint8_t)kind;
	memcpy(key + 1, bytes, size);
	HASH_FIND(hh, s->by_key, key, (unsigned)size + 1, item);
	return item != NULL ? item->id : item_add(s, key, size);
}

static int64_t bits_add(struct interned *s, enum interned_kind kind,
                        const uint8_t *bits, size_t size)
{
	while (size > 0 && bits[size - 1] == 0)
		size--;
	return size > BITMAP_BYTES ? -ERANGE
	                           : interned_add(s, kind, bits, size);
}

int64_t interned_add_cpus(struct interned *s, const uint8_t *bits, size_t size)
{
	return bits_add(s, INTERNED_CPUS, bits, size);
}

/* Numbers come from rules and journals too, so none is trusted. */
static const struct item *item_of(const struct interned *s, int64_t id)
{
	return id >= 0 && id < s->count ? s->by_id[id] : NULL;
}

const char *interned_text(const struct interned *s, int64_t id)
{
	const struct item *item = item_of(s, id);

	return item == NULL ? "" : item->text;
}

bool interned_is_symbolic(const struct interned *s, int64_t id)
{
	const struct item *item = item_of(s, id);

	return item != NULL && kind_of(item) == INTERNED_CORES;
}

static int bitmap_copy(const struct item *item, enum interned_kind kind,
                       uint8_t *ret_bits, size_t size)
{
	if (item == NULL || kind_of(item) != kind)
		return -ENOENT;
	if (item->size > size)
		return -ERANGE;
	memset(ret_bits, 0, size);
	memcpy(ret_bits, bytes_of(item), item->size);
	return 0;
}

int interned_bits(const struct interned *s, int64_t id, uint8_t *ret_bits,
                  size_t size)
{
	return bitmap_copy(item_of(s, id), INTERNED_CPUS, ret_bits, size);
}

int interned_core_kinds(const struct interned *s, int64_t id,
                        uint8_t ret_kinds[CORE_KINDS_BYTES])
{
	return bitmap_copy(item_of(s, id), INTERNED_CORES, ret_kinds,
	                   CORE_KINDS_BYTES);
}

static int64_t bits_intersect(struct interned *s, const struct item *a,
                              const struct item *b)
{
	uint8_t both[BITMAP_BYTES];
	size_t  size = a->size < b->size ? a->size : b->size;

	for (size_t i = 0; i < size; i++)
		both[i] = bytes_of(a)[i] & bytes_of(b)[i];
	return bits_add(s, kind_of(a), both, size);
}

/* Whether the list has that very name. */
static bool list_has(const char *list, const char *name, size_t n)
{
	for (size_t m; *list != '\0'; list += m + (list[m] == ',')) {
		m = strcspn(list, ",");
		if (m == n && memcmp(list, name, n) == 0)
			return true;
	}
	return false;
}

/* In the order of a, which is sorted. */
static int64_t names_intersect(struct interned *s, const struct item *a,
                               const struct item *b)
{
	char   both[(INTERNED_NAME_MAX + 1) * INTERNED_NAMES_MAX];
	size_t used = 0, n;

	for (const char *at = a->text; *at != '\0'; at += n + (at[n] == ',')) {
		n = strcspn(at, ",");
		if (!list_has(b->text, at, n))
			continue;
		if (used > 0)
			both[used++] = ',';
		memcpy(both + used, at, n);
		used += n;
	}
	return interned_add(s, INTERNED_NAMES, both, used);
}

int64_t interned_intersect(struct interned *s, int64_t a, int64_t b)
{
	const struct item *one = item_of(s, a), *other = item_of(s, b);
	int64_t            id;

	if (one == NULL || other == NULL || kind_of(one) != kind_of(other))
		return -ENOENT;
	if (kind_of(one) == INTERNED_PLACES)
		return a == b ? a : -ENOENT;
	id = kind_of(one) == INTERNED_NAMES ? names_intersect(s, one, other)
	                                    : bits_intersect(s, one, other);
	return id == -EINVAL ? -ENOENT : id;    /* empty: they share nothing */
}

/* An eighth of it, so that what is read before the next sweep finds room. */
bool interned_crowded(const struct interned *s)
{
	return s->count - s->vacant > INTERNED_MAX - INTERNED_MAX / 8 &&
	       s->fresh > INTERNED_MAX / 16;
}

void interned_sweep(struct interned *s, const uint8_t used[INTERNED_MAX / 8])
{
	for (int64_t id = 0; id < s->count; id++) {
		struct item *item = s->by_id[id];

		if (item == NULL || kind_of(item) != INTERNED_PLACES ||
		    has_bit(used, INTERNED_MAX / 8, (size_t)id))
			continue;
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
		HASH_DEL(s->by_key, item);
		item_free(item);
		s->by_id[id] = NULL;
		s->vacant++;
	}
	s->fresh = 0;
	s->sweeps++;
}

uint32_t interned_sweeps(const struct interned *s)
{
	return s->sweeps;
}

uint64_t interned_refused(const struct interned *s)
{
	return s->refused;
}
