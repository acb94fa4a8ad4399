/* nearest.c -- edit distance of words; a swap of neighbours counts once. */

#include "base/nearest.h"

#include <ctype.h>
#include <string.h>

#define WORD_MAX 64             /* no known word is nearly as long            */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Capitals are free: who wrote Nice meant nice. */
static size_t differ(char a, char b)
{
	return tolower((unsigned char)a) != tolower((unsigned char)b);
}

/* How many letters must be added, dropped, replaced or swapped with their
 * neighbour: the usual table, of which a swap needs the last three rows. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t row[3][WORD_MAX + 1];

	for (size_t j = 0; j <= m; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = row[i % 3], *last = row[(i + 2) % 3];
		size_t *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t step = least(last[j], now[j - 1]) + 1;
			size_t other = last[j - 1] + differ(a[i - 1], b[j - 1]);

			now[j] = least(step, other);
			if (i > 1 && j > 1 && !differ(a[i - 1], b[j - 2]) &&
			    !differ(a[i - 2], b[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[n % 3][m];
}

const char *nearest(const char *word, const char *const *words, size_t n)
{
	size_t      length = strlen(word);
	size_t      allowed = length < 3 ? 1 : length / 3;
	size_t      best = allowed + 1;
	const char *found = NULL;

	if (length == 0 || length > WORD_MAX)
		return NULL;
	/* Of equally near ones the first, as the caller ordered them. */
	for (size_t i = 0; i < n; i++) {
		size_t other = strlen(words[i]), d;

		if (other > WORD_MAX)
			continue;
		d = distance(word, length, words[i], other);
		if (d < best) {
			best = d;
			found = words[i];
		}
	}
	return found;
}
