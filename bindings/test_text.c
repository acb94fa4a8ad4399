/* test_text.c -- how tests went, for people: what failed, and one line on all.
 */

#include "test_report.h"

#include <string.h>

static void print_lines(FILE *out, const char *lines, const char *before)
{
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		fprintf(out, "%s%.*s\n", before, (int)n, lines);
		lines += n + (lines[n] == '\n');
	}
}

/* Mistakes are lines that have a place already. */
static void file_print(FILE *out, const struct test_result *r)
{
	print_lines(out, r->lines, "");
	if (r->sentence[0] != '\0')
		fprintf(out, "%s: %s\n", r->file, r->sentence);
}

/* Told at once, whoever reads: the next test may take long. */
static void text_one(FILE *out, const struct test_run *run)
{
	const struct test_result *r = &run->result[run->results - 1];

	if (r->passed)
		return;
	if (r->name[0] == '\0') {
		file_print(out, r);
	} else {
		fprintf(out, "%s:%d: test \"%s\": %s\n", r->file, r->line,
		        r->name, r->sentence);
		print_lines(out, r->lines, "    ");
	}
	fflush(out);
}

static void coverage_print(FILE *out, const struct test_run *run)
{
	const char *last = "";
	char        text[200];

	for (size_t i = 0; i < run->rules; i++) {
		const struct rule_reached *r = &run->rule[i];
		const char                *why = rule_unshown(r);

		if (strcmp(last, r->file) != 0)
			fprintf(out, "%s: %s\n", r->file, reached_print(
			        run_reached(run, r->file), text, sizeof text));
		last = r->file;
		if (why != NULL)
			fprintf(out, "%s:%d: rule \"%s\" %s\n", r->file,
			        r->line, r->name, why);
	}
	fprintf(out, "%s\n", reached_print(run_reached(run, NULL), text,
	                                   sizeof text));
}

static void text_end(FILE *out, const struct test_run *run)
{
	char text[512];

	if (run->covering)
		coverage_print(out, run);
	fprintf(out, "%s\n", run_summary(run, text, sizeof text));
	fflush(out);
}

const struct report_style report_text = { "text", text_one, text_end };
