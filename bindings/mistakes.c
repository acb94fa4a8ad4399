/* mistakes.c -- what is wrong with the files, kept until all were read. */

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"
#include "book.h"

#define PLACE_BYTES 4096

/* False: no memory.  The mistake is then counted, and the set still refused. */
static bool mistakes_grow(struct mistakes *m)
{
	struct mistake *more = list_grow(m->item, m->count, &m->room,
	                                 sizeof *more, 16);

	if (more == NULL)
		return false;
	m->item = more;
	return true;
}

/* What is found without running a line may be found again by running it. */
static bool mistake_is_known(const struct mistakes *m, uint32_t file, int line,
                             const char *sentence)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->item[i].file == file && m->item[i].line == line &&
		    strcmp(m->item[i].sentence, sentence) == 0)
			return true;
	return false;
}

/* What is hardly meant is told when all is right, so it crowds out nothing. */
static bool file_is_full(const struct mistakes *m, const struct mistake *where)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		n += m->item[i].file == where->file;
	return where->severity == SEVERITY_ERROR && n >= MISTAKES_A_FILE;
}

/* Past the bound nobody reads on; that there are more is enough.  Names in a
 * sentence are foreign text, so none of their control bytes are kept. */
void mistakes_add(struct mistakes *m, struct mistake where,
                  const char *sentence)
{
	char *copy = strdup(sentence);

	m->told++;
	if (copy != NULL)
		text_clean(copy);
	if (copy != NULL && mistake_is_known(m, where.file, where.line, copy)) {
		free(copy);
	} else if (copy == NULL || m->count == MISTAKES_MAX ||
	           file_is_full(m, &where) || !mistakes_grow(m)) {
		free(copy);
		m->dropped++;
	} else {
		if (where.rule != NULL)
			where.rule = strdup(where.rule);
		where.sentence = copy;
		m->item[m->count++] = where;
	}
}

/* To the word, if it surely stands in what begins at the line. */
static void place_take(const struct rule_book *b, struct mistake *where,
                       const char *word)
{
	if (where->file < b->files && b->file[where->file].source != NULL &&
	    word != NULL && where->line > 0)
		place_find(b->file[where->file].source,
		           b->file[where->file].bytes, word, &where->line,
		           &where->column);
}

void book_blame(struct rule_book *b, uint32_t file, int line, const char *word,
                const char *sentence)
{
	struct mistake where = { .file = file, .line = line, .ran = line };

	if (b->rule_read[0] != '\0')
		where.rule = b->rule_read;
	place_take(b, &where, word);
	mistakes_add(&b->mistakes, where, sentence);
}

void book_doubt(struct rule_book *b, struct mistake where, const char *rule,
                const char *word, const char *sentence)
{
	char name[RULE_NAME_MAX + 1];

	if (b->mistakes.count == MISTAKES_MAX) {
		b->mistakes.dropped++;  /* finding the word takes its time    */
		return;
	}
	where.ran = where.line;
	if (rule != NULL) {
		text_copy(name, sizeof name, rule);
		where.rule = name;
	}
	place_take(b, &where, word);
	mistakes_add(&b->mistakes, where, sentence);
}

const char *severity_name(enum severity s)
{
	static const char *const names[] = { "error", "warning", "note" };

	return names[s];
}

/* Whether that line was blamed already. */
bool mistakes_at(const struct mistakes *m, uint32_t file, int line)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->item[i].file == file && m->item[i].ran == line)
			return true;
	return false;
}

static int mistake_compare(const struct mistake *x, const struct mistake *y)
{
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return strcmp(x->sentence, y->sentence);
}

/* By file and line; within a line by text, as Lua walks tables in any order.
 * They are few, and the library's own sort asks the system how much memory
 * there is, which a sealed process may not. */
void mistakes_sort(struct mistakes *m)
{
	for (size_t i = 1; i < m->count; i++) {
		struct mistake next = m->item[i];
		size_t         at = i;

		for (; at > 0 && mistake_compare(&next, &m->item[at - 1]) < 0;
		     at--)
			m->item[at] = m->item[at - 1];
		m->item[at] = next;
	}
}

/* What a file is called is as foreign as what is in it. */
void rule_mistake_print(const struct rule_mistake *m, FILE *out)
{
	char        file[PLACE_BYTES];
	bool        error = m->severity == SEVERITY_ERROR;
	const char *what = error ? "" : severity_name(m->severity);
	const char *colon = error ? "" : ": ";

	text_copy(file, sizeof file, m->file);
	text_clean(file);
	if (m->column > 0)
		fprintf(out, "%s:%d:%d: %s%s%s\n", file, m->line, m->column,
		        what, colon, m->sentence);
	else if (m->line > 0)
		fprintf(out, "%s:%d: %s%s%s\n", file, m->line, what, colon,
		        m->sentence);
	else
		fprintf(out, "%s: %s%s%s\n", file, what, colon, m->sentence);
}

void mistakes_clear(struct mistakes *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->item[i].sentence);
		free(m->item[i].rule);
	}
	free(m->item);
	*m = (struct mistakes){ 0 };
}
