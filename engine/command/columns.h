/* columns.h -- rows of text for people: columns as wide as what is in them, the
 * last one wrapped between words. */
#ifndef COMMAND_COLUMNS_H
#define COMMAND_COLUMNS_H

#include <stddef.h>
#include <stdio.h>

#define COLUMNS_MAX 8

/* Prints rows of so many cells each, two spaces apart, after so many spaces. */
void columns_print(FILE *out, int indent, const char *const *cell,
                   size_t columns, size_t rows);

#endif
