/* book_check.c -- what can be said only when all files were read: names that
 * nothing answers to.
 */

#include "book.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX   1024        /* looked at for the nearest                  */
#define CLAUSE_MAX  (RULE_NAME_MAX + 32)

/* The names of a set, each from that byte on; what is past the bound is
 * not what was meant. */
static size_t names_of(const struct name *set, size_t from,
                       const char **ret_names)
{
	size_t n = 0;

	for (; set != NULL && n < NAMES_MAX; set = set->hh.next)
		ret_names[n++] = set->text + from;
	return n;
}

/* Of rules below that layer, of which the first byte of a key tells. */
static size_t names_below(const struct name *set, char layer,
                          const char **ret_names)
{
	size_t n = 0;

	for (; set != NULL && n < NAMES_MAX; set = set->hh.next)
		if (set->text[0] < layer)
			ret_names[n++] = set->text + 1;
	return n;
}

/* "no rule gives the tag 'x'; did you mean 'y'?" */
static void refuse(struct rule_book *b, const struct name *read,
                   const char *what, const char *word,
                   const char *const *names, size_t n)
{
	char sentence[SENTENCE_MAX], clause[CLAUSE_MAX];

	snprintf(sentence, sizeof sentence, "%s '%s'%s", what, word,
	         did_you_mean(word, names, n, clause, sizeof clause));
	book_blame(b, read->file, read->line, word, sentence);
}

/* All that are read and that nobody gives. */
static void given_check(struct rule_book *b, struct name *read,
                        struct name *given, const char *what)
{
	const char *names[NAMES_MAX];

	for (struct name *r = read; r != NULL; r = r->hh.next)
		if (names_find(given, r->text) == NULL)
			refuse(b, r, what, r->text, names,
			       names_of(given, 0, names));
}

/* Whether a layer below has a rule of that name. */
static bool mask_hits(struct rule_book *b, const struct name *mask)
{
	char key[RULE_KEY_MAX];

	for (int layer = mask->text[0] - '0' - 1; layer >= 0; layer--) {
		rule_key((enum layer)layer, mask->text + 1, key, sizeof key);
		if (names_find(b->rules, key) != NULL)
			return true;
	}
	return false;
}

static void masks_check(struct rule_book *b)
{
	const char *names[NAMES_MAX];

	for (struct name *m = b->masks; m != NULL; m = m->hh.next)
		if (!mask_hits(b, m))
			refuse(b, m, "no lower layer has a rule", m->text + 1,
			       names,
			       names_below(b->rules, m->text[0], names));
}

/* A file with a mistake may not have come as far as to ask. */
static void options_check(struct rule_book *b)
{
	struct name at = { .file = FILE_OPTIONS };
	const char *names[NAMES_MAX];

	if (b->options.partial || rule_book_has_mistakes(b))
		return;
	for (size_t i = 0; i < b->options.count; i++) {
		if ((b->options_used >> i & 1) == 0)
			refuse(b, &at, "no rule has an option",
			       b->options.option[i].name, names,
			       names_of(b->options_asked, 0, names));
	}
}

void book_check(struct rule_book *b)
{
	given_check(b, b->tags_read, b->tags_given, "no rule gives the tag");
	given_check(b, b->pools_read, b->pools_given, "there is no pool");
	masks_check(b);
	options_check(b);
}
