/* test_report.c -- what was played and how it went, kept for the reports. */

#include "test_report.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"

static void result_clear(struct test_result *r)
{
	free(r->file);
	free(r->name);
	free(r->sentence);
	free(r->lines);
}

bool run_add(struct test_run *run, const struct test_result *r)
{
	struct test_result  copy = *r;
	struct test_result *results =
		list_grow(run->result, run->results, &run->results_room,
		          sizeof copy, 64);

	if (results == NULL)
		return false;
	run->result = results;
	copy.file = strdup(r->file);
	copy.name = strdup(r->name);
	copy.sentence = strdup(r->sentence);
	copy.lines = strdup(r->lines);
	if (copy.file == NULL || copy.name == NULL || copy.sentence == NULL ||
	    copy.lines == NULL) {
		result_clear(&copy);
		return false;
	}
	run->result[run->results++] = copy;
	run->failed += !copy.passed;
	return true;
}

bool run_add_rule(struct test_run *run, const struct rule_reached *r)
{
	struct rule_reached  copy = *r;
	struct rule_reached *rules =
		list_grow(run->rule, run->rules, &run->rules_room,
		          sizeof copy, 64);

	if (rules == NULL)
		return false;
	run->rule = rules;
	copy.file = strdup(r->file);
	copy.name = strdup(r->name);
	if (copy.file == NULL || copy.name == NULL) {
		free(copy.file);
		free(copy.name);
		return false;
	}
	run->rule[run->rules++] = copy;
	return true;
}

void run_clear(struct test_run *run)
{
	for (size_t i = 0; i < run->results; i++)
		result_clear(&run->result[i]);
	for (size_t i = 0; i < run->rules; i++) {
		free(run->rule[i].file);
		free(run->rule[i].name);
	}
	free(run->result);
	free(run->rule);
	*run = (struct test_run){ 0 };
}

struct reached run_reached(const struct test_run *run, const char *file)
{
	struct reached n = { 0 };

	for (size_t i = 0; i < run->rules; i++) {
		const struct rule_reached *r = &run->rule[i];

		if (file != NULL && strcmp(r->file, file) != 0)
			continue;
		n.rules++;
		n.matched += r->matched;
		n.decided += r->decided;
	}
	return n;
}

/* Rounded down: only all of them are 100 %. */
static size_t percent(size_t part, size_t whole)
{
	return whole == 0 ? 100 : 100 * part / whole;
}

const char *reached_print(struct reached n, char *out, size_t size)
{
	snprintf(out, size, "%zu rule%s: %zu matched a task (%zu %%), %zu "
	         "decided something (%zu %%)", n.rules, text_plural(n.rules),
	         n.matched, percent(n.matched, n.rules), n.decided,
	         percent(n.decided, n.rules));
	return out;
}

const char *rule_unshown(const struct rule_reached *r)
{
	if (!r->matched)
		return "matched no task";
	return r->decided ? NULL : "matched, but decided nothing";
}

const char *run_summary(const struct test_run *run, char *out, size_t size)
{
	size_t n = run->results;

	if (run->failed > 0)
		snprintf(out, size, "%zu of %zu test%s failed", run->failed, n,
		         text_plural(n));
	else if (n > 0)
		snprintf(out, size, "%zu test%s in %zu file%s passed", n,
		         text_plural(n), run->files, text_plural(run->files));
	else if (run->files > 0 && run->filter != NULL)
		snprintf(out, size, "no test's name contains \"%s\"",
		         run->filter);
	else
		snprintf(out, size, "there are no tests: they are in files "
		         "named *.test.lua");
	return out;
}
