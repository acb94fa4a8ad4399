/* interned_read.c -- lists of CPUs, of kinds of cores and of names, as they are
 * written. */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "model/interned.h"

#define NAME_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" \
                   "0123456789._-"

/* "5" at *p, stepped over.  The number saturates, so that any count of digits
 * is past the largest. */
static int number_read(const char **p, size_t max, size_t *ret_number)
{
	size_t number = 0;

	if (!isdigit((unsigned char)**p))
		return -EINVAL;
	for (; isdigit((unsigned char)**p); (*p)++)
		if (number < max)
			number = number * 10 + (size_t)(**p - '0');
	if (number >= max)
		return -ERANGE;
	*ret_number = number;
	return 0;
}

/* "5" or "3-5" at *p, stepped over; the bits are set. */
static int run_read(const char **p, uint8_t *bits)
{
	size_t first, last;
	int    r = number_read(p, CPUS_MAX, &first);

	if (r < 0)
		return r;
	last = first;
	if (**p == '-') {
		(*p)++;
		r = number_read(p, CPUS_MAX, &last);
	}
	if (r == 0 && last < first)
		r = -EINVAL;
	for (size_t cpu = first; r == 0 && cpu <= last; cpu++)
		bits[cpu / 8] |= (uint8_t)(1 << cpu % 8);
	return r;
}

/* Steps over the word at *p. */
static bool word_is(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n) != 0)
		return false;
	*p += n;
	return true;
}

/* "performance", "efficiency" or "llc:3" at *p, stepped over. */
static int core_read(const char **p, uint8_t *bits)
{
	size_t bit, llc = 0;
	int    r = 0;

	if (word_is(p, "performance"))
		bit = CORE_KIND_PERFORMANCE;
	else if (word_is(p, "efficiency"))
		bit = CORE_KIND_EFFICIENCY;
	else if (word_is(p, "llc:"))
		bit = CORE_KIND_LLC, r = number_read(p, LLCS_MAX, &llc);
	else
		return -EINVAL;
	if (r < 0)
		return r;
	bit += llc;
	bits[bit / 8] |= (uint8_t)(1 << bit % 8);
	return 0;
}

/* All that the list names is set in bits. */
static int list_read(const char *list, bool numbers, uint8_t *bits)
{
	for (const char *p = list;; p++) {
		int r = numbers ? run_read(&p, bits) : core_read(&p, bits);

		if (r < 0)
			return r;
		if (*p == '\0' || strcmp(p, "\n") == 0)
			return 0;
		if (*p != ',')
			return -EINVAL;
	}
}

int interned_list_bits(const char *list, uint8_t ret_bits[CPUS_MAX / 8])
{
	memset(ret_bits, 0, CPUS_MAX / 8);
	return list_read(list, true, ret_bits);
}

/* Numbers and kinds do not mix: what a kind has is not known here. */
int64_t interned_read_cpus(struct interned *s, const char *list)
{
	uint8_t            bits[CPUS_MAX / 8] = { 0 };
	size_t             size = sizeof(bits);
	bool               numbers = isdigit((unsigned char)*list);
	enum interned_kind kind = numbers ? INTERNED_CPUS : INTERNED_CORES;
	int                r = list_read(list, numbers, bits);

	if (r < 0)
		return r;
	while (size > 0 && bits[size - 1] == 0)
		size--;
	return interned_add(s, kind, bits, size);
}

struct name {
	char text[INTERNED_NAME_MAX + 1];
};

static int name_compare(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text,
	              ((const struct name *)b)->text);
}

/* The name at *p, stepped over. */
static int name_read(const char **p, struct name *ret_name)
{
	size_t n = strspn(*p, NAME_CHARS);

	if (!isalpha((unsigned char)**p))
		return -EINVAL;
	if (n > INTERNED_NAME_MAX)
		return -ERANGE;
	text_copy_bytes(ret_name->text, sizeof(ret_name->text), *p, n);
	*p += n;
	return 0;
}

/* Sorted and each once, with commas between. */
static size_t names_join(struct name *names, size_t n, char *out)
{
	size_t used = 0;

	qsort(names, n, sizeof(*names), name_compare);
	for (size_t i = 0; i < n; i++) {
		size_t bytes = strlen(names[i].text);

		if (i > 0 && strcmp(names[i].text, names[i - 1].text) == 0)
			continue;
		if (used > 0)
			out[used++] = ',';
		memcpy(out + used, names[i].text, bytes);
		used += bytes;
	}
	return used;
}

int64_t interned_read_names(struct interned *s, const char *list)
{
	struct name names[INTERNED_NAMES_MAX];
	char        joined[sizeof(names)];
	size_t      n = 0;

	for (const char *p = list;; p++) {
		int r = n == INTERNED_NAMES_MAX ? -ERANGE :
		        name_read(&p, &names[n++]);

		if (r < 0)
			return r;
		if (*p == '\0')
			break;
		if (*p != ',')
			return -EINVAL;
	}
	return interned_add(s, INTERNED_NAMES, joined,
	                    names_join(names, n, joined));
}
