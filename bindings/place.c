/* place.c -- where in a rule file a word stands.
 *
 * Lua tells on which line a rule or a selector begins, which may be far from
 * the word that is wrong in it.  So the words of the source are read again, and
 * one that stands there only once is the one.
 */

#include <string.h>

#include "base/text.h"
#include "book.h"

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_TEXT, TOKEN_OPEN, TOKEN_CLOSE,
                  TOKEN_EQUALS, TOKEN_OTHER };

struct token {
	enum token_kind kind;
	const char     *at;             /* of a text: past its quote          */
	size_t          n;
	int             line;
};

struct lexer {
	const char *at, *end, *line_at; /* where the line begins              */
	int         line;
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (c >= '0' && c <= '9');
}

/* Steps over n bytes and counts the lines. */
static void skip(struct lexer *l, size_t n)
{
	for (; n > 0 && l->at < l->end; n--)
		if (*l->at++ == '\n') {
			l->line++;
			l->line_at = l->at;
		}
}

static bool begins(const struct lexer *l, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(l->end - l->at) >= n && memcmp(l->at, with, n) == 0;
}

/* How many bytes the opening of a long bracket has: "[==[" is 4; 0: none. */
static size_t long_opening(const struct lexer *l)
{
	const char *p = l->at;

	if (p == l->end || *p++ != '[')
		return 0;
	while (p < l->end && *p == '=')
		p++;
	return p < l->end && *p == '[' ? (size_t)(p - l->at) + 1 : 0;
}

/* From its opening to past its end. */
static void long_skip(struct lexer *l, size_t opening)
{
	skip(l, opening);
	for (; l->at < l->end; skip(l, 1)) {
		const char *p = l->at;

		if (*p++ != ']')
			continue;
		while (p < l->end && *p == '=')
			p++;
		if ((size_t)(p - l->at) == opening - 1 && p < l->end &&
		    *p == ']') {
			skip(l, opening);
			return;
		}
	}
}

static void blanks_skip(struct lexer *l)
{
	size_t opening;

	while (l->at < l->end) {
		if (begins(l, "--")) {
			skip(l, 2);
			opening = long_opening(l);
			if (opening > 0)
				long_skip(l, opening);
			while (opening == 0 && l->at < l->end && *l->at != '\n')
				skip(l, 1);
		} else if (strchr(" \t\r\n", *l->at) != NULL) {
			skip(l, 1);
		} else {
			return;
		}
	}
}

/* Without its quotes, and with what it escapes as written. */
static struct token text_next(struct lexer *l)
{
	char         quote = *l->at;
	struct token t = { .kind = TOKEN_TEXT, .line = l->line };

	skip(l, 1);
	t.at = l->at;
	while (l->at < l->end && *l->at != quote && *l->at != '\n')
		skip(l, *l->at == '\\' ? 2 : 1);
	t.n = (size_t)(l->at - t.at);
	skip(l, 1);
	return t;
}

static struct token name_next(struct lexer *l)
{
	struct token t = { .kind = TOKEN_NAME, .at = l->at, .line = l->line };

	while (l->at < l->end && is_letter(*l->at))
		skip(l, 1);
	t.n = (size_t)(l->at - t.at);
	return t;
}

static struct token sign_next(struct lexer *l)
{
	struct token t = { .kind = TOKEN_OTHER, .at = l->at, .n = 1,
		           .line = l->line };

	if (strchr("{([", *l->at) != NULL)
		t.kind = TOKEN_OPEN;
	else if (strchr("})]", *l->at) != NULL)
		t.kind = TOKEN_CLOSE;
	else if (begins(l, "=="))
		t.n = 2;
	else if (*l->at == '=')
		t.kind = TOKEN_EQUALS;
	skip(l, t.n);
	return t;
}

static struct token token_next(struct lexer *l)
{
	size_t opening;

	blanks_skip(l);
	if (l->at == l->end)
		return (struct token){ .kind = TOKEN_END, .line = l->line };
	opening = long_opening(l);
	if (opening > 0) {
		struct token t = { .kind = TOKEN_OTHER, .line = l->line };

		long_skip(l, opening);
		return t;
	}
	if (*l->at == '"' || *l->at == '\'')
		return text_next(l);
	return is_letter(*l->at) ? name_next(l) : sign_next(l);
}

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

/* A line that is run begins where a word may begin, so nothing before it need be
 * read. */
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
		column = t.at == NULL || line_at == NULL
		                 ? 0 : (size_t)(t.at - line_at) + 1;
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
