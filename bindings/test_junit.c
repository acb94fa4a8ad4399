/* test_junit.c -- how tests went, as the XML that build servers read: a suite
 * for each file of tests.
 *
 * XML 1.0 cannot say control characters at all, and a report must be UTF-8:
 * what a name has that is neither becomes U+FFFD.
 */

#include "test_report.h"

#include <string.h>

#include "base/text.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the character there, or 0: it is none that XML may have. */
static size_t character(const char *text)
{
	size_t n = text_utf8(text);

	if (n == 1 && (unsigned char)*text < ' ' && *text != '\n' &&
	    *text != '\t')
		return 0;
	if (n == 3 && (memcmp(text, "\xef\xbf\xbe", 3) == 0 ||
	               memcmp(text, "\xef\xbf\xbf", 3) == 0))
		return 0;
	return n;
}

static const char *entity(char c)
{
	switch (c) {
	case '&':  return "&amp;";
	case '<':  return "&lt;";
	case '>':  return "&gt;";
	case '"':  return "&quot;";
	case '\n': return "&#10;";
	case '\t': return "&#9;";
	default:   return NULL;
	}
}

static void print_text(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t      n = character(text);
		const char *as = n == 0 ? REPLACEMENT : entity(*text);

		if (as != NULL)
			fputs(as, out);
		else
			fwrite(text, 1, n, out);
		text += n == 0 ? 1 : n;
	}
}

static void print_attribute(FILE *out, const char *name, const char *value)
{
	fprintf(out, " %s=\"", name);
	print_text(out, value);
	fputc('"', out);
}

static void print_seconds(FILE *out, uint64_t ns)
{
	fprintf(out, " time=\"%.6f\"", (double)ns / 1e9);
}

/* A test that failed is a failure; a file that cannot be played, an error. */
static void print_failure(FILE *out, const struct test_result *r)
{
	const char *what = r->name[0] != '\0' ? "failure" : "error";

	fprintf(out, "      <%s", what);
	print_attribute(out, "message", r->sentence);
	fputc('>', out);
	print_text(out, r->file);
	if (r->line > 0)
		fprintf(out, ":%d", r->line);
	fputs(": ", out);
	print_text(out, r->sentence);
	fputc('\n', out);
	print_text(out, r->lines);
	fprintf(out, "</%s>\n", what);
}

static void print_case(FILE *out, const struct test_result *r)
{
	fputs("    <testcase", out);
	print_attribute(out, "name", r->name[0] != '\0' ? r->name
	                                                : "the file itself");
	print_attribute(out, "classname", r->file);
	print_attribute(out, "file", r->file);
	if (r->line > 0)
		fprintf(out, " line=\"%d\"", r->line);
	print_seconds(out, r->ns);
	fputs(r->passed ? "/>\n" : ">\n", out);
	if (r->passed)
		return;
	print_failure(out, r);
	fputs("    </testcase>\n", out);
}

static void print_counts(FILE *out, const struct test_result *r, size_t n)
{
	size_t   failures = 0, errors = 0;
	uint64_t ns = 0;

	for (size_t i = 0; i < n; i++) {
		failures += !r[i].passed && r[i].name[0] != '\0';
		errors += !r[i].passed && r[i].name[0] == '\0';
		ns += r[i].ns;
	}
	fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\""
	        " skipped=\"0\"", n, failures, errors);
	print_seconds(out, ns);
}

/* Results of one file follow each other: how many of them do. */
static size_t suite_print(FILE *out, const struct test_result *r, size_t left)
{
	size_t n = 1;

	while (n < left && strcmp(r[n].file, r->file) == 0)
		n++;
	fputs("  <testsuite", out);
	print_attribute(out, "name", r->file);
	print_counts(out, r, n);
	fputs(">\n", out);
	for (size_t i = 0; i < n; i++)
		print_case(out, &r[i]);
	fputs("  </testsuite>\n", out);
	return n;
}

/* A suite without tests, whose properties say it. */
static void coverage_print(FILE *out, const struct test_run *run)
{
	struct reached n = run_reached(run, NULL);

	fputs("  <testsuite name=\"coverage\" tests=\"0\" failures=\"0\""
	      " errors=\"0\" skipped=\"0\" time=\"0\">\n    <properties>\n",
	      out);
	fprintf(out, "      <property name=\"rules\" value=\"%zu\"/>\n"
	        "      <property name=\"rules matched\" value=\"%zu\"/>\n"
	        "      <property name=\"rules decided\" value=\"%zu\"/>\n",
	        n.rules, n.matched, n.decided);
	for (size_t i = 0; i < run->rules; i++) {
		const struct rule_reached *r = &run->rule[i];
		const char                *why = rule_unshown(r);

		if (why == NULL)
			continue;
		fputs("      <property", out);
		print_attribute(out, "name", r->name);
		fputs(" value=\"", out);
		print_text(out, r->file);
		fprintf(out, ":%d: %s\"/>\n", r->line, why);
	}
	fputs("    </properties>\n  </testsuite>\n", out);
}

static void junit_end(FILE *out, const struct test_run *run)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites"
	      " name=\"pqs test\"", out);
	print_counts(out, run->result, run->results);
	fputs(">\n", out);
	for (size_t i = 0; i < run->results;)
		i += suite_print(out, &run->result[i], run->results - i);
	if (run->covering)
		coverage_print(out, run);
	fputs("</testsuites>\n", out);
	fflush(out);
}

const struct report_style report_junit = { "junit", NULL, junit_end };
