/* test_tap.c -- how tests went, in the Test Anything Protocol, version 14. */

#include "test_report.h"

#include <string.h>

#include "base/text.h"

/* With a backslash before those of 'special'; what is no UTF-8 is replaced. */
static void print_escaped(FILE *out, const char *text, const char *special)
{
	for (size_t n; *text != '\0'; text += n) {
		n = text_utf8(text);
		if (n == 0) {
			fputs("\xef\xbf\xbd", out);
			n = 1;
			continue;
		}
		if (strchr(special, *text) != NULL)
			fputc('\\', out);
		fwrite(text, 1, n, out);
	}
}

/* '#' would begin a directive. */
static void print_description(FILE *out, const char *text)
{
	print_escaped(out, text, "#\\");
}

/* Double quotes, in which YAML takes any text that says its escapes. */
static void print_quoted(FILE *out, const char *text)
{
	fputc('"', out);
	print_escaped(out, text, "\"\\");
	fputc('"', out);
}

static void print_list(FILE *out, const char *lines)
{
	char line[1024];

	fputs("  why:\n", out);
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		snprintf(line, sizeof line, "%.*s", (int)n, lines);
		fputs("    - ", out);
		print_quoted(out, line);
		fputc('\n', out);
		lines += n + (lines[n] == '\n');
	}
}

static void print_why(FILE *out, const struct test_result *r)
{
	fputs("  ---\n  message: ", out);
	print_quoted(out, r->sentence);
	fputs("\n  file: ", out);
	print_quoted(out, r->file);
	if (r->line > 0)
		fprintf(out, "\n  line: %d", r->line);
	fputc('\n', out);
	if (r->lines[0] != '\0')
		print_list(out, r->lines);
	fputs("  ...\n", out);
}

/* The version comes before the first and the plan after the last. */
static void tap_one(FILE *out, const struct test_run *run)
{
	const struct test_result *r = &run->result[run->results - 1];

	if (run->results == 1)
		fputs("TAP version 14\n", out);
	fprintf(out, "%s %zu - ", r->passed ? "ok" : "not ok", run->results);
	print_description(out, r->file);
	if (r->name[0] != '\0')
		fputs(": ", out);
	print_description(out, r->name);
	fputc('\n', out);
	if (!r->passed)
		print_why(out, r);
	fflush(out);
}

static void coverage_print(FILE *out, const struct test_run *run)
{
	char text[200];

	fprintf(out, "# %s\n", reached_print(run_reached(run, NULL), text,
	                                     sizeof text));
	for (size_t i = 0; i < run->rules; i++) {
		const struct rule_reached *r = &run->rule[i];
		const char                *why = rule_unshown(r);

		if (why != NULL)
			fprintf(out, "# %s:%d: rule \"%s\" %s\n", r->file,
			        r->line, r->name, why);
	}
}

/* A plan of none is a word of its own: everything was left out. */
static void tap_end(FILE *out, const struct test_run *run)
{
	char text[512];

	if (run->results == 0)
		fputs("TAP version 14\n", out);
	fprintf(out, "1..%zu", run->results);
	if (run->results == 0) {
		fputs(" # ", out);
		print_description(out, run_summary(run, text, sizeof text));
	}
	fputc('\n', out);
	if (run->covering)
		coverage_print(out, run);
	fflush(out);
}

const struct report_style report_tap = { "tap", tap_one, tap_end };
