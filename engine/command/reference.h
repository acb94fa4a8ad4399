/* reference.h -- the rows of fact.def, host.def and setting.def in words, for
 * the commands that print them, for stubs and for the manual. */
#ifndef COMMAND_REFERENCE_H
#define COMMAND_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/facts.h"
#include "model/host.h"
#include "model/setting.h"

#define REFERENCE_TEXT_MAX  320
#define REFERENCE_WORDS_MAX 64

/* What can be said of a row; a line that says nothing is "". */
enum reference_line {
	REFERENCE_KIND,                 /* "size", "knob", ...                */
	REFERENCE_TAKES,                /* what is written for it             */
	REFERENCE_SEEN,                 /* what a function sees               */
	REFERENCE_READ,                 /* at what price, how often           */
	REFERENCE_RANK,                 /* what it counts as in the order     */
	REFERENCE_REACHES,              /* thread, process, ...               */
	REFERENCE_POWER,                /* what a pack must have been granted */
	REFERENCE_EXAMPLE,              /* a field of a rule                  */
	REFERENCE_LINES
};

/* "takes", "a function sees", ... */
extern const char *const reference_labels[REFERENCE_LINES];

struct reference {
	const char *name, *meaning;     /* the table's own                    */
	char        line[REFERENCE_LINES][REFERENCE_TEXT_MAX];
	/* as editors call what a function sees and what a match takes */
	char        view_type[REFERENCE_TEXT_MAX];
	const char *match_type;
};

void reference_fact(enum fact f, struct reference *ret);
void reference_host(enum host_fact f, struct reference *ret);
void reference_setting(enum setting s, struct reference *ret);

/* The words, quoted, and then the rest, as "a"|"b". */
struct words;
/* Each in quotes with 'between' between them, then rest; cut at size. */
void reference_quote(const struct words *w, const char *between,
                     const char *rest, char *out, size_t size);

/* Words cut out of a buffer. */
struct words {
	size_t      count;
	const char *word[REFERENCE_WORDS_MAX];
	char        text[2048];
	size_t      used;
};

/* All words that are values, the least first where they have an order; none
 * where values are numbers or whatever somebody calls something. */
void reference_setting_words(enum setting s, struct words *ret);
/* What a want takes, as editors call it: "integer", "\"idle\"|\"batch\"". */
void reference_setting_type(enum setting s, char *out, size_t size);
void reference_host_words(enum host_fact f, struct words *ret);

#endif
