/* columns.c -- rows of text in columns. */

#include "command/columns.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GAP        2
#define WIDTH_LOW  80
#define WIDTH_HIGH 100
#define LAST_LOW   20           /* for what is wrapped, however little is left */

/* How many bytes a line of that stream has: 80, and up to 100 on a terminal
 * that is so wide. */
static int columns_width(FILE *out)
{
	struct winsize w;
	int            fd = fileno(out);

	if (fd < 0 || ioctl(fd, TIOCGWINSZ, &w) < 0 || w.ws_col <= WIDTH_LOW)
		return WIDTH_LOW;
	return w.ws_col < WIDTH_HIGH ? w.ws_col : WIDTH_HIGH;
}

static int widest(const char *const *cell, size_t columns, size_t rows,
                  size_t column)
{
	size_t most = 0;

	for (size_t r = 0; r < rows; r++) {
		size_t n = strlen(cell[r * columns + column]);

		if (n > most)
			most = n;
	}
	return (int)most;
}

/* How much of the text stands in the next line: whole words, and one at least,
 * however long it is. */
static size_t line_of(const char *text, size_t room)
{
	size_t n = strcspn(text, " ");

	while (text[n] != '\0') {
		size_t next = n + 1 + strcspn(text + n + 1, " ");

		if (next > room)
			break;
		n = next;
	}
	return n;
}

static void print_wrapped(FILE *out, const char *text, int at, int width)
{
	size_t room = width - at < LAST_LOW ? LAST_LOW : (size_t)(width - at);
	size_t n = line_of(text, room);

	fprintf(out, "%.*s\n", (int)n, text);
	for (text += n; *text == ' '; text += n) {
		text++;
		n = line_of(text, room);
		fprintf(out, "%*s%.*s\n", at, "", (int)n, text);
	}
}

/* Spaces are owed until there is a word to stand behind them, so that no line
 * ends in one. */
static void print_row(FILE *out, int indent, const char *const *cell,
                      const int *width, size_t columns)
{
	int    at = indent, owed = indent;
	size_t last = columns - 1;

	for (size_t i = 0; i < last; i++) {
		if (cell[i][0] != '\0') {
			fprintf(out, "%*s%s", owed, "", cell[i]);
			owed = -(int)strlen(cell[i]);
		}
		owed += width[i] + GAP;
		at += width[i] + GAP;
	}
	if (cell[last][0] != '\0') {
		fprintf(out, "%*s", owed, "");
		print_wrapped(out, cell[last], at, columns_width(out));
	} else {
		fputc('\n', out);
	}
}

void columns_print(FILE *out, int indent, const char *const *cell,
                   size_t columns, size_t rows)
{
	int width[COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < columns && i < COLUMNS_MAX; i++)
		width[i] = widest(cell, columns, rows, i);
	for (size_t r = 0; r < rows; r++)
		print_row(out, indent, cell + r * columns, width, columns);
}
