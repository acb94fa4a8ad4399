/* roff.h -- writing a manual page with the man macros.
 *
 * Text is given as it shall be read; what would mean something to roff is
 * escaped here.
 */
#ifndef MAN_ROFF_H
#define MAN_ROFF_H

#include <stdio.h>

void roff_begin(FILE *out, const char *name, int section, const char *what);
void roff_section(FILE *out, const char *title);
void roff_part(FILE *out, const char *title);
/* A paragraph; "\n\n" in it begins another. */
void roff_text(FILE *out, const char *text);
/* A term in bold, and what stands indented below it until the next. */
void roff_term(FILE *out, const char *term);
void roff_below(FILE *out, const char *text);
/* One line "label: text", below a term; nothing for an empty text. */
void roff_line(FILE *out, const char *label, const char *text);
/* Lines that stay as they are. */
void roff_code(FILE *out, const char *lines);

#endif
