/* reference_setting.c -- settings in words, and the words among values. */

#include "command/reference.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/interned.h"

/* NULL when there is no room. */
static const char *word_add(struct words *w, const char *text, size_t n)
{
	char *word = w->text + w->used;

	if (w->count == REFERENCE_WORDS_MAX || n >= sizeof w->text - w->used)
		return NULL;
	w->used += text_copy_bytes(word, sizeof w->text - w->used, text, n) + 1;
	w->word[w->count++] = word;
	return word;
}

static void word_drop(struct words *w)
{
	w->count--;
	w->used -= strlen(w->word[w->count]) + 1;
}

/* What a setting takes is a sentence; what of it is a value, is a word. */
static void word_try(enum setting s, struct words *w, const char *text,
                     size_t n)
{
	int64_t     value;
	const char *word = word_add(w, text, n);

	if (word != NULL && setting_parse(s, word, NULL, &value) < 0)
		word_drop(w);
}

/* "best-effort:0-7" stands for eight. */
static void words_try(enum setting s, struct words *w, const char *text,
                      size_t n)
{
	const char *colon = memchr(text, ':', n);
	char        one[64], first, last;

	if (colon == NULL || n > sizeof one ||
	    sscanf(colon, ":%c-%c", &first, &last) != 2 || last > '9') {
		word_try(s, w, text, n);
		return;
	}
	memcpy(one, text, n);
	for (char level = first; level <= last; level++) {
		one[colon + 1 - text] = level;
		word_try(s, w, one, (size_t)(colon + 2 - text));
	}
}

void reference_setting_words(enum setting s, struct words *ret)
{
	char   takes[REFERENCE_TEXT_MAX];
	size_t n;

	memset(ret, 0, sizeof *ret);
	setting_takes(s, takes, sizeof takes);
	if (setting_rows[s].type == SETTING_TYPE_INT)
		return;
	for (const char *at = takes; *at != '\0'; at += n) {
		at += strspn(at, ", ");
		n = strcspn(at, ",");
		words_try(s, ret, at, n);
	}
}

/* The words of a level or a weekday are numbered from 0. */
void reference_host_words(enum host_fact f, struct words *ret)
{
	char text[VALUE_TEXT_MAX];

	memset(ret, 0, sizeof *ret);
	if (host_rows[f].type != HOST_TYPE_LEVEL &&
	    host_rows[f].type != HOST_TYPE_WORD)
		return;
	for (int64_t v = 0;; v++) {
		host_print(f, v, text, sizeof text);
		if (strcmp(text, "?") == 0 ||
		    word_add(ret, text, strlen(text)) == NULL)
			return;
	}
}

/* A real-time class has a priority behind it, so its words are not all. */
void reference_setting_type(enum setting s, char *out, size_t size)
{
	enum setting_type type = setting_rows[s].type;
	struct words      w;

	reference_setting_words(s, &w);
	if (type == SETTING_TYPE_INT)
		text_copy(out, size, "integer");
	else if (type == SETTING_TYPE_CPUS)
		text_copy(out, size, "string|(integer|string)[]");
	else if (type == SETTING_TYPE_BOOL)
		text_copy(out, size, "boolean");
	else if (type == SETTING_TYPE_REALTIME)
		text_copy(out, size, "{ period: string, computation: string, "
		                     "constraint: string }");
	else if (w.count > 0)
		reference_quote(&w, "|", type == SETTING_TYPE_SCHED ? "|string"
		                                                    : "",
		                out, size);
	else
		text_copy(out, size, "string");
}

/* The first of some values that the setting takes, as it is written. */
static void value_print(enum setting s, char *out, size_t size)
{
	static const char *const usual[] = { "5", "0-3", "10ms", "60s", "2GiB",
	                                     "50%", "build" };
	struct interned         *sets = interned_new();
	const char              *value = NULL;
	struct words             w;
	int64_t                  number;

	reference_setting_words(s, &w);
	if (w.count > 0)
		value = w.word[0];
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		if (value == NULL &&
		    setting_parse(s, usual[i], sets, &number) == 0)
			value = usual[i];
	if (setting_rows[s].type == SETTING_TYPE_REALTIME)
		text_copy(out, size, "{ period = \"5ms\", computation = "
		                     "\"1ms\", constraint = \"4ms\" }");
	else if (setting_rows[s].type == SETTING_TYPE_BOOL)
		text_copy(out, size, "true");
	else
		snprintf(out, size, setting_rows[s].type == SETTING_TYPE_INT
		         ? "%s" : "\"%s\"", value != NULL ? value : "");
	interned_free(sets);
}

/* A part is nothing without the knob that it is folded into. */
static void example_tell(enum setting s, char *out)
{
	char value[96];

	value_print(s, value, sizeof value);
	snprintf(out, REFERENCE_TEXT_MAX, "want = { %s%s = %s }",
	         setting_rows[s].kind == SETTING_KIND_PART
	         ? "sched = \"fifo\", " : "", setting_rows[s].name, value);
}

void reference_setting(enum setting s, struct reference *ret)
{
	static const char *const kinds[] = {
		[SETTING_KIND_INTENT] = "intent: stands for knobs",
		[SETTING_KIND_KNOB]   = "knob",
		[SETTING_KIND_PART]   = "part of another knob",
	};
	static const char *const scopes[] = {
		[SETTING_SCOPE_THREAD]  = "thread; of a process each",
		[SETTING_SCOPE_PROCESS] = "process",
		[SETTING_SCOPE_SESSION] = "session",
		[SETTING_SCOPE_GROUP]   = "group: its pool, or one of its own",
	};
	const struct setting_row *row = &setting_rows[s];

	memset(ret, 0, sizeof *ret);
	ret->name = row->name;
	ret->meaning = row->text;
	text_copy(ret->line[REFERENCE_KIND], REFERENCE_TEXT_MAX,
	          row->undoable ? kinds[row->kind] : "knob: turned once, and "
	          "nothing to undo");
	setting_takes(s, ret->line[REFERENCE_TAKES], REFERENCE_TEXT_MAX);
	text_copy(ret->line[REFERENCE_REACHES], REFERENCE_TEXT_MAX,
	          scopes[row->scope]);
	text_copy(ret->line[REFERENCE_POWER], REFERENCE_TEXT_MAX, row->power);
	example_tell(s, ret->line[REFERENCE_EXAMPLE]);
}
