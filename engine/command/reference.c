/* reference.c -- facts in words.
 *
 * What is written for a fact, and what a function sees of it, follows from its
 * type and unit: a row of kinds[], not a fact, has the words.
 */

#include "command/reference.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define RANGES "above, below, at_least, at_most, between, any, or a list of these"

enum kind { KIND_TEXT, KIND_LIST, KIND_BOOL, KIND_NUMBER, KIND_TIME, KIND_SIZE,
            KIND_PERCENT, KIND_RATE, KIND_WORD, KIND_LEVEL, KIND_CLOCK,
            KIND_HUNDREDTH, KIND_TAG, KIND_VARIABLES, KINDS };

static const struct {
	const char *name, *takes, *seen, *example, *view_type, *match_type;
} kinds[KINDS] = {
	[KIND_TEXT] = { "text", "\"text\", glob \"a*\", any, or a list of these",
	                "text", "glob \"a*\"", "string", "pqs.text" },
	[KIND_LIST] = { "list", "\"text\", glob \"a*\", any, or a list of these; "
	                "any element may fit", "a list of texts",
	                "glob \"a*\"", "string[]", "pqs.text" },
	[KIND_BOOL] = { "boolean", "true or false", "true or false", "true",
	                "boolean", "boolean" },
	[KIND_NUMBER] = { "number", "5, " RANGES, "a whole number",
	                  "at_least (1)", "integer", "pqs.number" },
	[KIND_TIME] = { "time", "\"5s\", " RANGES, "nanoseconds",
	                "above \"5s\"", "integer", "pqs.quantity" },
	[KIND_SIZE] = { "size", "\"2GiB\", " RANGES, "bytes", "above \"2GiB\"",
	                "integer", "pqs.quantity" },
	[KIND_PERCENT] = { "percent", "\"80%\", " RANGES, "whole percents",
	                   "above \"80%\"", "integer", "pqs.quantity" },
	[KIND_RATE] = { "rate", "\"1MiB/s\", " RANGES, "bytes a second",
	                "above \"1MiB/s\"", "integer", "pqs.quantity" },
	[KIND_WORD] = { "word", "a range, or a list of these", "that word", "",
	                "", "pqs.text" },
	[KIND_LEVEL] = { "level", "a range, or a list of these", "that word",
	                 "", "", "pqs.text" },
	[KIND_CLOCK] = { "time of day", "\"22:00\", " RANGES, "\"22:00\"",
	                 "between (\"22:00\", \"06:00\")", "string",
	                 "pqs.quantity" },
	[KIND_HUNDREDTH] = { "number", "\"1.5\", " RANGES, "a number",
	                     "above \"1.5\"", "number", "pqs.quantity" },
	[KIND_TAG] = { "tags", "the name of a tag, or a list of these", "",
	               "\"game\"", "string[]", "string|string[]" },
	[KIND_VARIABLES] = { "variables", "{ NAME = \"text\", glob \"a*\", any, "
	                     "or a list of these }", "a list of texts",
	                     "{ LANG = any }", "string[]",
	                     "table<string, pqs.text>" },
};

static const enum kind fact_kinds[] = {
	[FACT_UNIT_PLAIN]   = KIND_NUMBER,
	[FACT_UNIT_NS]      = KIND_TIME,
	[FACT_UNIT_BYTES]   = KIND_SIZE,
	[FACT_UNIT_PERCENT] = KIND_PERCENT,
	[FACT_UNIT_RATE]    = KIND_RATE,
};

static const enum kind host_kinds[] = {
	[HOST_UNIT_PLAIN]     = KIND_NUMBER,
	[HOST_UNIT_NS]        = KIND_TIME,
	[HOST_UNIT_PERCENT]   = KIND_PERCENT,
	[HOST_UNIT_MINUTES]   = KIND_CLOCK,
	[HOST_UNIT_HUNDREDTH] = KIND_HUNDREDTH,
};

const char *const reference_labels[REFERENCE_LINES] = {
	[REFERENCE_KIND]    = "kind",
	[REFERENCE_TAKES]   = "takes",
	[REFERENCE_SEEN]    = "a function sees",
	[REFERENCE_READ]    = "read",
	[REFERENCE_RANK]    = "ranks as",
	[REFERENCE_REACHES] = "reaches",
	[REFERENCE_POWER]   = "needs the power",
	[REFERENCE_EXAMPLE] = "example",
};

static enum kind kind_of_fact(enum fact f)
{
	switch (fact_rows[f].type) {
	case FACT_TYPE_TEXT:   return KIND_TEXT;
	case FACT_TYPE_LIST:   return f == FACT_env ? KIND_VARIABLES
	                                            : KIND_LIST;
	case FACT_TYPE_BOOL:   return KIND_BOOL;
	case FACT_TYPE_NUMBER: break;
	}
	return fact_kinds[fact_rows[f].unit];
}

static enum kind kind_of_host(enum host_fact f)
{
	switch (host_rows[f].type) {
	case HOST_TYPE_LEVEL:  return KIND_LEVEL;
	case HOST_TYPE_BOOL:   return KIND_BOOL;
	case HOST_TYPE_WORD:   return KIND_WORD;
	case HOST_TYPE_LIST:   return KIND_TAG;
	case HOST_TYPE_NUMBER: break;
	}
	return host_kinds[host_rows[f].unit];
}

static void kind_tell(enum kind k, struct reference *ret)
{
	text_copy(ret->line[REFERENCE_KIND], REFERENCE_TEXT_MAX, kinds[k].name);
	text_copy(ret->line[REFERENCE_TAKES], REFERENCE_TEXT_MAX,
	          kinds[k].takes);
	text_copy(ret->line[REFERENCE_SEEN], REFERENCE_TEXT_MAX,
	          kinds[k].seen);
	text_copy(ret->view_type, sizeof ret->view_type, kinds[k].view_type);
	ret->match_type = kinds[k].match_type;
}

/* A step of one is none. */
static void step_print(enum kind k, int64_t step, char *out, size_t size)
{
	char text[32];

	if (k == KIND_TIME)
		text_print_duration(step, text, sizeof text);
	else if ((k == KIND_SIZE || k == KIND_RATE) && step % (1 << 20) == 0)
		snprintf(text, sizeof text, "%" PRId64 "MiB%s", step >> 20,
		         k == KIND_RATE ? "/s" : "");
	else if (k == KIND_HUNDREDTH)
		snprintf(text, sizeof text, "%" PRId64 ".%02" PRId64,
		         step / 100, step % 100);
	else
		snprintf(text, sizeof text, "%" PRId64 "%s", step,
		         k == KIND_PERCENT ? "%" : "");
	snprintf(out, size, "%s%s%s", step > 1 ? ", in steps of " : "",
	         step > 1 ? text : "", step > 1 ? " for a function" : "");
}

/* "again every 1s while a rule looks at it, in steps of 5% for a function" */
static void drift_print(enum kind k, uint32_t drift_ms, int64_t step,
                        char *out, size_t size)
{
	char period[32], steps[64];

	step_print(k, step, steps, sizeof steps);
	text_print_duration((int64_t)drift_ms * 1000000, period,
	                    sizeof period);
	snprintf(out, size, "again every %s while a rule looks at it%s",
	         period, steps);
}

static void fact_read_tell(enum fact f, char *out)
{
	const struct fact_row *row = &fact_rows[f];

	if (row->drift_ms != 0)
		drift_print(kind_of_fact(f), row->drift_ms, row->step, out,
		            REFERENCE_TEXT_MAX);
	else if (row->source == FACT_SOURCE_SLOW)
		text_copy(out, REFERENCE_TEXT_MAX,
		          "slow: aside, and the task is judged again when it "
		          "is there");
	else if (row->source == FACT_SOURCE_MOMENT)
		text_copy(out, REFERENCE_TEXT_MAX,
		          "with the event alone; a standing rule never sees it");
	else
		text_copy(out, REFERENCE_TEXT_MAX, "at once");
}

/* For uid also whose they are. */
static void fact_takes_add(enum fact f, struct reference *ret)
{
	if (f != FACT_uid)
		return;
	snprintf(ret->line[REFERENCE_TAKES], REFERENCE_TEXT_MAX, "people, %s",
	         kinds[KIND_NUMBER].takes);
	ret->match_type = "pqs.number|pqs.people";
}

void reference_fact(enum fact f, struct reference *ret)
{
	const struct fact_row *row = &fact_rows[f];

	memset(ret, 0, sizeof *ret);
	ret->name = row->name;
	ret->meaning = row->text;
	kind_tell(kind_of_fact(f), ret);
	fact_takes_add(f, ret);
	fact_read_tell(f, ret->line[REFERENCE_READ]);
	text_copy(ret->line[REFERENCE_RANK], REFERENCE_TEXT_MAX,
	          row->rank == FACT_RANK_IDENTITY ? "what it is" : "other");
	snprintf(ret->line[REFERENCE_EXAMPLE], REFERENCE_TEXT_MAX,
	         row->source == FACT_SOURCE_MOMENT
	                 ? "on = exit { %s = %s }, to = parent, keep = \"5s\""
	                 : "match = process { %s = %s }", row->name,
	         kinds[kind_of_fact(f)].example);
}

void reference_quote(const struct words *w, const char *between,
                     const char *rest, char *out, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < w->count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s\"%s\"",
		                         i > 0 ? between : "", w->word[i]);
	if (used < size)
		text_copy(out + used, size - used, rest);
}

static void host_words_tell(enum host_fact f, struct reference *ret)
{
	struct words w;

	reference_host_words(f, &w);
	if (w.count == 0)
		return;
	reference_quote(&w, ", ", ", a range, or a list of these",
	                ret->line[REFERENCE_TAKES], REFERENCE_TEXT_MAX);
	reference_quote(&w, "|", "", ret->view_type, sizeof ret->view_type);
	snprintf(ret->line[REFERENCE_EXAMPLE], REFERENCE_TEXT_MAX,
	         "when = host { %s = \"%s\" }", ret->name, w.word[0]);
}

void reference_host(enum host_fact f, struct reference *ret)
{
	const struct host_row *row = &host_rows[f];
	enum kind              k = kind_of_host(f);

	memset(ret, 0, sizeof *ret);
	ret->name = row->name;
	ret->meaning = row->text;
	kind_tell(k, ret);
	snprintf(ret->line[REFERENCE_EXAMPLE], REFERENCE_TEXT_MAX,
	         "when = host { %s = %s }", row->name, kinds[k].example);
	if (k == KIND_LEVEL || k == KIND_WORD)
		host_words_tell(f, ret);
	if (row->drift_ms != 0)
		drift_print(k, row->drift_ms, row->step,
		            ret->line[REFERENCE_READ], REFERENCE_TEXT_MAX);
	else
		text_copy(ret->line[REFERENCE_READ], REFERENCE_TEXT_MAX,
		          "told at each change");
}
