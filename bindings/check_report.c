/* check_report.c -- what a check found, for people or for programs. */

#include "check_report.h"

#include <stdlib.h>

#include "base/json.h"
#include "base/text.h"
#include "bind.h"

#define FILE_BYTES  1024                /* kept of a path                     */
#define HEAD_BYTES  256
#define EACH_BYTES  (6 * (FILE_BYTES + SENTENCE_MAX + RULE_NAME_MAX) + 256)

static void summary_print(const struct rule_counts *c)
{
	printf("%zu rule%s in %zu file%s, %zu of them function%s, %zu tag%s\n",
	       c->rules, text_plural(c->rules), c->files,
	       text_plural(c->files), c->functions, text_plural(c->functions),
	       c->tags, text_plural(c->tags));
}

void check_report(const struct rule_book *b)
{
	struct rule_counts  counts = rule_book_counts(b);
	struct rule_mistake m;
	bool                fine = true;

	for (size_t i = 0; rule_book_mistake(b, i, &m); i++) {
		rule_mistake_print(&m, stderr);
		fine &= m.severity == SEVERITY_NOTE;
	}
	if (fine)
		summary_print(&counts);
}

/* What is not known is null. */
static void place_write(struct json *j, const char *key, int place)
{
	if (place > 0)
		json_number(j, key, place);
	else
		json_text(j, key, NULL);
}

static void mistake_write(struct json *j, const struct rule_mistake *m)
{
	char file[FILE_BYTES];

	text_copy(file, sizeof file, m->file);
	json_item_begin(j);
	json_text(j, "file", file);
	place_write(j, "line", m->line);
	place_write(j, "column", m->column);
	json_text(j, "severity", severity_name(m->severity));
	json_text(j, "rule", m->rule);
	json_text(j, "message", m->sentence);
	json_item_end(j);
}

static void report_write(struct json *j, const struct rule_book *b)
{
	struct rule_counts  c = rule_book_counts(b);
	struct rule_mistake m;

	json_number(j, "files", (int64_t)c.files);
	json_number(j, "rules", (int64_t)c.rules);
	json_number(j, "functions", (int64_t)c.functions);
	json_number(j, "tags", (int64_t)c.tags);
	json_list_begin(j, "mistakes");
	for (size_t i = 0; rule_book_mistake(b, i, &m); i++)
		mistake_write(j, &m);
	json_list_end(j);
}

/* There is room for all that a book keeps. */
void check_report_json(const struct rule_book *b)
{
	size_t      size = HEAD_BYTES + (MISTAKES_MAX + 1) * EACH_BYTES;
	char       *out = malloc(size);
	struct json j;
	int64_t     n;

	if (out == NULL) {
		fputs("pqs-rules check: no memory\n", stderr);
		return;
	}
	json_begin(&j, out, size);
	report_write(&j, b);
	n = json_end(&j);
	if (n > 0)
		fwrite(out, 1, (size_t)n, stdout);
	free(out);
}
