/* twice.c -- fields that one table is given twice.
 *
 * Lua keeps the last one without a word, and a rule with two wants loses one.
 * When a table can be looked at the first is gone; so the words are read.
 */

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "book.h"
#include "lexer.h"

#define DEPTH_MAX       32      /* of what is inside each other; deeper, and  */
#define FIELDS_READ_MAX 64      /* past so many fields, nothing is found      */

enum inside { INSIDE_TABLE, INSIDE_BRACKETS, INSIDE_BLOCK };

struct level {
	enum inside  what;
	struct token field[FIELDS_READ_MAX];
	size_t       fields;
};

struct reading {
	struct mistakes *mistakes;
	uint32_t         file;
	struct lexer     l;
	struct level     level[DEPTH_MAX];
	size_t           depth;
};

static bool is_text(struct token t, const char *text)
{
	return t.n == strlen(text) && memcmp(t.at, text, t.n) == 0;
}

static bool is_one_of(struct token t, const char *const *words)
{
	while (t.kind == TOKEN_NAME && *words != NULL && !is_text(t, *words))
		words++;
	return t.kind == TOKEN_NAME && *words != NULL;
}

static void enter(struct reading *r, enum inside what)
{
	if (r->depth < DEPTH_MAX) {
		r->level[r->depth].what = what;
		r->level[r->depth].fields = 0;
	}
	r->depth++;
}

/* What opens is closed in turn: Lua has read the file by now. */
static void nest(struct reading *r, struct token t)
{
	static const char *const opens[] = { "function", "if", "do", "repeat",
	                                     NULL };
	static const char *const closes[] = { "end", "until", NULL };

	if (t.kind == TOKEN_OPEN)
		enter(r, *t.at == '{' ? INSIDE_TABLE : INSIDE_BRACKETS);
	else if (is_one_of(t, opens))
		enter(r, INSIDE_BLOCK);
	else if (r->depth > 0 &&
	         (t.kind == TOKEN_CLOSE || is_one_of(t, closes)))
		r->depth--;
}

static void field_take(struct reading *r, struct token t, int column)
{
	struct level  *in = &r->level[r->depth - 1];
	struct mistake where = { .file = r->file, .line = t.line,
		                 .ran = t.line, .column = column };
	char           sentence[SENTENCE_MAX];

	for (size_t i = 0; i < in->fields; i++)
		if (in->field[i].n == t.n &&
		    memcmp(in->field[i].at, t.at, t.n) == 0) {
			snprintf(sentence, sizeof sentence, "'%.*s' is given "
			         "twice in one table, first on line %d",
			         t.n > 60 ? 60 : (int)t.n, t.at,
			         in->field[i].line);
			mistakes_add(r->mistakes, where, sentence);
			return;
		}
	if (in->fields < FIELDS_READ_MAX)
		in->field[in->fields++] = t;
}

static bool may_begin_field(struct token before)
{
	return before.kind == TOKEN_OPEN ||
	       (before.kind == TOKEN_OTHER && before.n == 1 &&
	        (*before.at == ',' || *before.at == ';'));
}

static bool in_table(const struct reading *r)
{
	return r->depth > 0 && r->depth <= DEPTH_MAX &&
	       r->level[r->depth - 1].what == INSIDE_TABLE;
}

/* The next token, and in which column it begins. */
static struct token step(struct reading *r, int *ret_column)
{
	struct token t = token_next(&r->l);

	*ret_column = t.at == NULL ? 0 : (int)(t.at - r->l.line_at) + 1;
	return t;
}

void twice_check(struct rule_book *b, uint32_t file)
{
	const struct rule_file *f = &b->file[file];
	const char    *start = place_line(f->source, f->bytes, 1);
	struct reading r = { .mistakes = &b->mistakes, .file = file,
		             .l = { start, f->source + f->bytes, start, 1 } };
	struct token   before = { .kind = TOKEN_END }, t, next;
	int            column, next_column;

	next = step(&r, &next_column);
	while (next.kind != TOKEN_END) {
		t = next;
		column = next_column;
		next = step(&r, &next_column);
		if (t.kind == TOKEN_NAME && next.kind == TOKEN_EQUALS &&
		    in_table(&r) && may_begin_field(before))
			field_take(&r, t, column);
		nest(&r, t);
		before = t;
	}
}
