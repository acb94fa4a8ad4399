/* test_json.c -- how tests went, in JSON: an object a line. */

#include "test_report.h"

#include <string.h>

#include "base/json.h"

#define LINE_BYTES 65536

static void lines_list(struct json *j, const char *lines)
{
	char line[1024];

	json_list_begin(j, "more");
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		snprintf(line, sizeof line, "%.*s", (int)n, lines);
		json_item_text(j, line);
		lines += n + (lines[n] == '\n');
	}
	json_list_end(j);
}

static bool result_write(const struct test_result *r, bool more, char *line,
                         FILE *out)
{
	struct json j;

	json_begin(&j, line, LINE_BYTES);
	json_text(&j, "row", "test");
	json_text(&j, "file", r->file);
	json_text(&j, "test", r->name);
	json_number(&j, "line", r->line);
	json_bool(&j, "passed", r->passed);
	json_number(&j, "took_ns", (int64_t)r->ns);
	json_text(&j, "why", r->sentence);
	if (more)
		lines_list(&j, r->lines);
	if (json_end(&j) < 0)
		return false;
	fwrite(line, 1, j.used, out);
	return true;
}

/* What is too long for one line is told without its details. */
static void json_one(FILE *out, const struct test_run *run)
{
	static char               line[LINE_BYTES];
	const struct test_result *r = &run->result[run->results - 1];

	if (!result_write(r, true, line, out))
		result_write(r, false, line, out);
	fflush(out);
}

static void rule_write(FILE *out, const struct rule_reached *r)
{
	char        line[4096];
	struct json j;

	json_begin(&j, line, sizeof line);
	json_text(&j, "row", "rule");
	json_text(&j, "rule", r->name);
	json_text(&j, "file", r->file);
	json_number(&j, "line", r->line);
	json_bool(&j, "matched", r->matched);
	json_bool(&j, "decided", r->decided);
	if (json_end(&j) > 0)
		fwrite(line, 1, j.used, out);
}

static void json_last(FILE *out, const struct test_run *run)
{
	char        line[1024], text[512];
	struct json j;

	for (size_t i = 0; run->covering && i < run->rules; i++)
		rule_write(out, &run->rule[i]);
	json_begin(&j, line, sizeof line);
	json_text(&j, "row", "tests");
	json_number(&j, "tests", (int64_t)run->results);
	json_number(&j, "failed", (int64_t)run->failed);
	json_number(&j, "files", (int64_t)run->files);
	json_text(&j, "text", run_summary(run, text, sizeof text));
	if (json_end(&j) > 0)
		fwrite(line, 1, j.used, out);
	fflush(out);
}

const struct report_style report_json = { "json", json_one, json_last };
