/* lexer.h -- the words and signs of a rule file, one after the other. */
#ifndef LEXER_H
#define LEXER_H

#include <stddef.h>

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

/* The next one, past blanks and comments; at the end there is only the end. */
struct token token_next(struct lexer *l);

#endif
