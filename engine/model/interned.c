/* interned.c -- sets of CPUs, kept once each and known by a small number.
 *
 * A bitmap is kept without its trailing zero bytes, so that equal sets are
 * equal bytes, however large the mask was that they came in.
 */

#include "model/interned.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/limits.h"

#define BITMAP_BYTES (CPUS_MAX / 8)

struct cpu_set {
	UT_hash_handle hh;
	int64_t        id;
	char          *list;
	size_t         size;
	uint8_t        bits[];
};

struct interned {
	struct cpu_set *by_bits;
	struct cpu_set *by_id[INTERNED_MAX];
	int64_t         count;
	uint64_t        refused;        /* sets past INTERNED_MAX             */
};

struct interned *interned_new(void)
{
	return calloc(1, sizeof(struct interned));
}

/* The table goes first: its keys lie in the sets. */
void interned_free(struct interned *s)
{
	if (s == NULL)
		return;
	HASH_CLEAR(hh, s->by_bits);
	for (int64_t id = 0; id < s->count; id++) {
		free(s->by_id[id]->list);
		free(s->by_id[id]);
	}
	free(s);
}

/* Past the kept bytes all are zero. */
static bool has_cpu(const uint8_t *bits, size_t size, size_t cpu)
{
	return cpu / 8 < size && (bits[cpu / 8] >> cpu % 8 & 1) != 0;
}

/* The end of the run of CPUs that begins at cpu. */
static size_t run_end(const uint8_t *bits, size_t size, size_t cpu)
{
	while (has_cpu(bits, size, cpu + 1))
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

/* The canonical list: no CPU takes more than its four digits and a sign. */
static char *list_write(const uint8_t *bits, size_t size)
{
	char  *list = malloc(size * 8 * 5 + 1);
	size_t used = 0;

	if (list == NULL)
		return NULL;
	for (size_t cpu = 0; cpu < size * 8; cpu++) {
		size_t last = run_end(bits, size, cpu);

		if (!has_cpu(bits, size, cpu))
			continue;
		used += run_write(list + used, cpu, last);
		cpu = last;
	}
	list[used - 1] = '\0';                  /* over the last comma */
	return list;
}

/* The list is written once here and then lent for as long as the sets live:
 * printing a value needs no memory. */
static struct cpu_set *set_new(const uint8_t *bits, size_t size)
{
	struct cpu_set *set = calloc(1, sizeof(*set) + size);

	if (set == NULL)
		return NULL;
	memcpy(set->bits, bits, size);
	set->size = size;
	set->list = list_write(bits, size);
	if (set->list == NULL) {
		free(set);
		return NULL;
	}
	return set;
}

/* The bound also bounds what a rule that makes up a new set for each task can
 * cost: sets are never freed before all are. */
static int64_t set_add(struct interned *s, const uint8_t *bits, size_t size)
{
	struct cpu_set *set;

	if (s->count == INTERNED_MAX) {
		s->refused++;
		return -ENOMEM;
	}
	set = set_new(bits, size);
	if (set == NULL)
		return -ENOMEM;
	set->id = s->count;
	HASH_ADD_KEYPTR(hh, s->by_bits, set->bits, (unsigned)set->size, set);
	s->by_id[s->count++] = set;
	return set->id;
}

int64_t interned_add_cpus(struct interned *s, const uint8_t *bits, size_t size)
{
	struct cpu_set *set;

	while (size > 0 && bits[size - 1] == 0)
		size--;
	if (size == 0)
		return -EINVAL;
	if (size > BITMAP_BYTES)
		return -ERANGE;
	HASH_FIND(hh, s->by_bits, bits, (unsigned)size, set);
	return set != NULL ? set->id : set_add(s, bits, size);
}

/* "5" at *p, stepped over.  The number saturates, so that any count of digits
 * is past the largest CPU. */
static int cpu_read(const char **p, size_t *ret_cpu)
{
	size_t cpu = 0;

	if (!isdigit((unsigned char)**p))
		return -EINVAL;
	for (; isdigit((unsigned char)**p); (*p)++)
		if (cpu < CPUS_MAX)
			cpu = cpu * 10 + (size_t)(**p - '0');
	if (cpu >= CPUS_MAX)
		return -ERANGE;
	*ret_cpu = cpu;
	return 0;
}

/* "5" or "3-5" at *p, stepped over; the bits are set. */
static int run_read(const char **p, uint8_t *bits)
{
	size_t first, last;
	int    r = cpu_read(p, &first);

	if (r < 0)
		return r;
	last = first;
	if (**p == '-') {
		(*p)++;
		r = cpu_read(p, &last);
	}
	if (r == 0 && last < first)
		r = -EINVAL;
	for (size_t cpu = first; r == 0 && cpu <= last; cpu++)
		bits[cpu / 8] |= (uint8_t)(1 << cpu % 8);
	return r;
}

int64_t interned_read_cpus(struct interned *s, const char *list)
{
	uint8_t bits[BITMAP_BYTES] = { 0 };

	for (const char *p = list;; p++) {
		int r = run_read(&p, bits);

		if (r < 0)
			return r;
		if (*p == '\0' || strcmp(p, "\n") == 0)
			return interned_add_cpus(s, bits, sizeof(bits));
		if (*p != ',')
			return -EINVAL;
	}
}

/* Ids come from rules and journals too, so none is trusted. */
static const struct cpu_set *set_of(const struct interned *s, int64_t id)
{
	return id >= 0 && id < s->count ? s->by_id[id] : NULL;
}

const char *interned_text(const struct interned *s, int64_t id)
{
	const struct cpu_set *set = set_of(s, id);

	return set == NULL ? "" : set->list;
}

int interned_bits(const struct interned *s, int64_t id, uint8_t *ret_bits,
                  size_t size)
{
	const struct cpu_set *set = set_of(s, id);

	if (set == NULL)
		return -ENOENT;
	if (set->size > size)
		return -ERANGE;
	memset(ret_bits, 0, size);
	memcpy(ret_bits, set->bits, set->size);
	return 0;
}

int64_t interned_intersect(struct interned *s, int64_t a, int64_t b)
{
	const struct cpu_set *one = set_of(s, a), *other = set_of(s, b);
	uint8_t               both[BITMAP_BYTES];
	size_t                size;
	int64_t               id;

	if (one == NULL || other == NULL)
		return -ENOENT;
	size = one->size < other->size ? one->size : other->size;
	for (size_t i = 0; i < size; i++)
		both[i] = one->bits[i] & other->bits[i];
	id = interned_add_cpus(s, both, size);
	return id == -EINVAL ? -ENOENT : id;    /* empty: they share nothing */
}

uint64_t interned_refused(const struct interned *s)
{
	return s->refused;
}
