/* roff.c -- man macros around escaped text. */

#include "roff.h"

#include <stdbool.h>
#include <string.h>

/* What roff takes for something else than itself. */
static const char *escape_of(char c)
{
	switch (c) {
	case '\\': return "\\e";
	case '-':  return "\\-";
	case '~':  return "\\(ti";
	case '^':  return "\\(ha";
	case '`':  return "\\(ga";
	case '\'': return "\\(aq";
	default:   return NULL;
	}
}

/* A line that begins with a dot or a quote would be a request. */
static void put(FILE *out, const char *text)
{
	bool first = true;

	for (; *text != '\0'; text++) {
		const char *escape = escape_of(*text);

		if (first && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		if (escape != NULL)
			fputs(escape, out);
		else
			fputc(*text, out);
		first = *text == '\n';
	}
}

void roff_begin(FILE *out, const char *name, int section, const char *what)
{
	fputs(".\\\" Made from the tables of pqs; change those.\n", out);
	fprintf(out, ".TH \"%s\" %d \"\" \"pqs " PQS_VERSION "\"\n", name,
	        section);
	/* a name that is broken in two is no name */
	fputs(".nh\n.ad l\n", out);
	roff_section(out, "NAME");
	put(out, name);
	fputs(" \\- ", out);
	put(out, what);
	fputc('\n', out);
}

void roff_section(FILE *out, const char *title)
{
	fprintf(out, ".SH \"%s\"\n", title);
}

void roff_part(FILE *out, const char *title)
{
	fprintf(out, ".SS \"%s\"\n", title);
}

void roff_text(FILE *out, const char *text)
{
	fputs(".PP\n", out);
	for (const char *end; (end = strstr(text, "\n\n")) != NULL;
	     text = end + 2) {
		char paragraph[2048];

		snprintf(paragraph, sizeof paragraph, "%.*s",
		         (int)(end - text), text);
		put(out, paragraph);
		fputs("\n.PP\n", out);
	}
	put(out, text);
	if (text[0] == '\0' || text[strlen(text) - 1] != '\n')
		fputc('\n', out);
}

void roff_term(FILE *out, const char *term)
{
	fputs(".TP\n\\fB", out);
	put(out, term);
	fputs("\\fR\n", out);
}

void roff_below(FILE *out, const char *text)
{
	put(out, text);
	fputc('\n', out);
}

void roff_line(FILE *out, const char *label, const char *text)
{
	if (text[0] == '\0')
		return;
	fputs(".br\n\\fI", out);
	put(out, label);
	fputs("\\fR: ", out);
	put(out, text);
	fputc('\n', out);
}

void roff_code(FILE *out, const char *lines)
{
	fputs(".PP\n.in +4n\n.nf\n", out);
	put(out, lines);
	fputs(".fi\n.in\n", out);
}
