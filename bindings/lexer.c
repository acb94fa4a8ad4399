/* lexer.c -- the words and signs of a rule file, one after the other. */

#include "lexer.h"

#include <stdbool.h>
#include <string.h>

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

struct token token_next(struct lexer *l)
{
	size_t opening;

	blanks_skip(l);
	if (l->at == l->end)
		return (struct token){ .kind = TOKEN_END, .line = l->line };
	opening = long_opening(l);
	if (opening > 0) {
		struct token t = { .kind = TOKEN_OTHER, .at = l->at,
		                   .line = l->line };

		long_skip(l, opening);
		return t;
	}
	if (*l->at == '"' || *l->at == '\'')
		return text_next(l);
	return is_letter(*l->at) ? name_next(l) : sign_next(l);
}
