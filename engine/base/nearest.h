/* nearest.h -- the known word that a mistyped one was meant to be. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The nearest of n words within a third of the length (at least 1, swaps count
 * once), or NULL when none is near. */
const char *nearest(const char *word, const char *const *words, size_t n);

#endif
