/* syntax.c -- what Lua's parser could not read, in words for people.
 *
 * The parser says what it expected and what it met; what was meant is known for
 * the few mistakes that everybody makes.  Where the word that it met stands on
 * its line only once, that is the column.
 */

#include "bind.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "book.h"

/* What was met; WORD is a name or a keyword, VALUE a text or a number. */
enum met { MET_ANY, MET_WORD, MET_VALUE, MET_ODD_BYTE, MET_SIGN };

static const struct hint {
	const char *said;               /* what the sentence begins with      */
	enum met    met;
	const char *sign;
	const char *meant;
} hints[] = {
	{ "'}' expected", MET_WORD, "", "is a comma or a } missing before it?" },
	{ "'}' expected", MET_VALUE, "", "is a comma or a ( missing before "
	  "it?" },
	{ "'}' expected", MET_SIGN, "{", "is a comma missing before it?" },
	{ "'}' expected", MET_SIGN, "=", "a field is written name = value, "
	  "its name without quotes" },
	{ "')' expected", MET_SIGN, "=", "fields stand in braces { }" },
	{ "']' expected", MET_SIGN, "=", "fields stand in braces { }" },
	{ "')' expected", MET_SIGN, ",", "a list stands in braces { }" },
	{ "<name> expected", MET_VALUE, "", "a field is written name = value, "
	  "without a colon" },
	{ "<name> expected", MET_SIGN, "(", "after a name a function stands in "
	  "parentheses" },
	{ "'then' expected", MET_SIGN, "=", "to compare is written ==" },
	{ "'then' expected", MET_SIGN, "{", "a branch is written if ... then "
	  "... end" },
	{ "'then' expected", MET_SIGN, "!", "not to be equal is written ~=" },
	{ "'end' expected", MET_SIGN, "}", "is an end missing before it?" },
	{ "'end' expected", MET_SIGN, "=", "fields stand in braces { }" },
	{ "'end' expected", MET_WORD, "", "is an end missing before it?" },
	{ "unexpected symbol", MET_SIGN, "!", "it is written not, and ~= for "
	  "!=" },
	{ "unexpected symbol", MET_SIGN, "|", "it is written or" },
	{ "unexpected symbol", MET_SIGN, "&", "it is written and" },
	{ "unexpected symbol", MET_SIGN, "+", "numbers have no plus before "
	  "them, and there is no ++" },
	{ "unexpected symbol", MET_SIGN, "#", "a comment begins with --" },
	{ "unexpected symbol", MET_SIGN, "/", "a comment begins with --" },
	{ "unexpected symbol", MET_SIGN, "//", "a comment begins with --" },
	{ "unexpected symbol", MET_SIGN, "[", "a list stands in braces { }" },
	{ "unexpected symbol", MET_SIGN, "{", "is a return missing before "
	  "it?" },
	{ "unexpected symbol", MET_SIGN, "}", "is a value missing before it, or "
	  "is it one too many?" },
	{ "unexpected symbol", MET_SIGN, ",", "is a value missing before it, or "
	  "is it one too many?" },
	{ "unexpected symbol", MET_SIGN, ">", "a field is written name = "
	  "value" },
	{ "syntax error", MET_WORD, "", "texts stand in quotes" },
	{ "syntax error", MET_VALUE, "", "names of rules stand in quotes" },
	{ "syntax error", MET_SIGN, "=", "before { there is no = after a "
	  "name" },
	{ "syntax error", MET_SIGN, "+", "there is no +=; write n = n + 1" },
	{ "syntax error", MET_SIGN, "-", "there is no -=; write n = n - 1" },
	{ "malformed number", MET_ANY, "", "a value with a unit stands in "
	  "quotes" },
	{ "unfinished string", MET_ANY, "", "its closing quote is missing" },
	{ "invalid escape sequence", MET_ANY, "", "write \\\\ for a backslash, "
	  "or [[ ]] around the text" },
	{ "", MET_ODD_BYTE, "", "outside of texts and comments there is only "
	  "ASCII: is it a curly quote or a long dash?" },
};

#define HINTS (sizeof hints / sizeof hints[0])

/* The word in "... near 'word'", without its quotes. */
struct near {
	const char *at;
	size_t      n;
};

static struct near near_of(const char *sentence)
{
	const char *at = strstr(sentence, " near '");
	size_t      n = at == NULL ? 0 : strlen(at + 7);

	return n < 2 ? (struct near){ "", 0 } : (struct near){ at + 7, n - 1 };
}

static enum met met_of(struct near w)
{
	if (w.n == 0)
		return MET_ANY;
	if (strncmp(w.at, "<\\", 2) == 0)
		return MET_ODD_BYTE;
	if (isalpha((unsigned char)w.at[0]) || w.at[0] == '_')
		return MET_WORD;
	if (isdigit((unsigned char)w.at[0]) || strchr("\"'", w.at[0]) != NULL)
		return MET_VALUE;
	return MET_SIGN;
}

static const struct hint *hint_of(const char *sentence, struct near w)
{
	enum met met = met_of(w);

	for (size_t i = 0; i < HINTS; i++) {
		const struct hint *h = &hints[i];

		if (strncmp(sentence, h->said, strlen(h->said)) == 0 &&
		    (h->met == MET_ANY || h->met == met) &&
		    (h->met != MET_SIGN || (w.n == strlen(h->sign) &&
		                            memcmp(w.at, h->sign, w.n) == 0)))
			return h;
	}
	return NULL;
}

static bool is_part(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Where the word stands in the text, as a whole; NULL: nowhere. */
static const char *word_find(const char *text, size_t bytes, struct near w)
{
	bool word = is_part(w.at[0]);

	for (size_t i = 0; i + w.n <= bytes; i++)
		if (memcmp(text + i, w.at, w.n) == 0 &&
		    !(word && i > 0 && is_part(text[i - 1])) &&
		    !(word && i + w.n < bytes && is_part(text[i + w.n])))
			return text + i;
	return NULL;
}

/* 0: it is not surely known.  The parser writes an odd byte as <\226>. */
static int column_of(const struct rule_file *f, int line, struct near w)
{
	const char *at = place_line(f->source, f->bytes, line);
	const char *end, *first, *more;
	char        odd;

	if (met_of(w) == MET_ODD_BYTE) {
		odd = (char)strtol(w.at + 2, NULL, 10);
		w = (struct near){ &odd, 1 };
	}
	if (at == NULL || w.n == 0)
		return 0;
	end = memchr(at, '\n', (size_t)(f->source + f->bytes - at));
	if (end == NULL)
		end = f->source + f->bytes;
	first = word_find(at, (size_t)(end - at), w);
	if (first == NULL)
		return 0;
	more = first + w.n;
	return word_find(more, (size_t)(end - more), w) != NULL ? 0 :
	       (int)(first - at) + 1;
}

/* in: the parser's message */
void syntax_tell(lua_State *L)
{
	struct side       *s = side_of(L);
	struct rule_book  *b = s->book;
	struct mistake     where = { .file = s->file };
	char               told[SENTENCE_MAX];
	const char        *sentence;
	const struct hint *h;

	where.line = where.ran = side_split(lua_tostring(L, -1), &sentence);
	if (s->file < b->files && b->file[s->file].source != NULL)
		where.column = column_of(&b->file[s->file], where.line,
		                         near_of(sentence));
	h = hint_of(sentence, near_of(sentence));
	snprintf(told, sizeof told, "%s%s%s", sentence, h == NULL ? "" : "; ",
	         h == NULL ? "" : h->meant);
	mistakes_add(&b->mistakes, where, told);
}
