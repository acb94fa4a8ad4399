/* place.c -- where in a rule file a word stands.
 *
 * Lua tells on which line a rule or a selector begins, which may be far from
 * the word that is wrong in it.  So the words of the source are read again, and
 * one that stands there only once is the one.
 */

#include <string.h>

#include "base/text.h"
#include "book.h"
#include "lexer.h"

/* How often a word was found, and where first. */
struct finding {
	int    times;
	int    line;
	size_t column;
};

static void finding_add(struct finding *f, int line, size_t column)
{
	if (f->times++ == 0) {
		f->line = line;
		f->column = column;
	}
}

static bool is_word(struct token t, const char *word)
{
	return (t.kind == TOKEN_NAME || t.kind == TOKEN_TEXT) &&
	       t.n == strlen(word) && memcmp(t.at, word, t.n) == 0;
}

/* A line that is run begins where a word may begin, so nothing
 * before it need be read. */
const char *place_line(const char *source, size_t bytes, int line)
{
	const char *at = source + text_mark_bytes(source, bytes);
	const char *end = source + bytes;

	for (; line > 1 && at != NULL; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at != NULL ? at + 1 : NULL;
	}
	return at;
}

/* Sure is what stands there once, or once as a field: "word =".  What begins at
 * the line ends with the first line that closes what it opened. */
bool place_find(const char *source, size_t bytes, const char *word, int *line,
                int *ret_column)
{
	const char    *start = place_line(source, bytes, *line), *line_at = start;
	struct lexer   l = { start, source + bytes, start, *line };
	struct finding all = { 0 }, fields = { 0 };
	struct token   t, before = { .kind = TOKEN_END };
	size_t         column = 0;
	int            depth = 0, at_line = *line;

	if (start == NULL)
		return false;
	for (t = token_next(&l); t.kind != TOKEN_END;
	     before = t, t = token_next(&l)) {
		if (t.line > at_line && depth <= 0)
			break;
		if (t.line > at_line) {
			at_line = t.line;
			line_at = l.line == t.line ? l.line_at : NULL;
		}
		depth += (t.kind == TOKEN_OPEN) - (t.kind == TOKEN_CLOSE);
		if (t.kind == TOKEN_EQUALS && is_word(before, word))
			finding_add(&fields, before.line, column);
		column = line_at == NULL ? 0 : (size_t)(t.at - line_at) + 1;
		if (is_word(t, word))
			finding_add(&all, t.line, column);
	}
	if (all.times != 1)
		all = fields;
	if (all.times != 1 || all.column == 0)
		return false;
	*line = all.line;
	*ret_column = (int)all.column;
	return true;
}
