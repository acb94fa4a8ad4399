/* preview_print.c -- what would change, for people and for programs. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "command/preview.h"
#include "command/command.h"

#define LINES_MAX  200                  /* for people                         */
#define LINE_BYTES 4096

static int by_task(const void *a, const void *b)
{
	const struct difference *x = a, *y = b;
	int64_t                  d = (int64_t)x->whom.pid - y->whom.pid;

	if (d == 0)
		d = (int64_t)x->whom.tid - y->whom.tid;
	if (d == 0)
		d = (int64_t)x->setting - y->setting;
	if (d == 0)
		d = x->later - y->later;
	if (d == 0)
		d = x->number < y->number ? -1 : 1;
	return d < 0 ? -1 : 1;
}

static bool same_task(const struct difference *a, const struct difference *b)
{
	return a->whom.pid == b->whom.pid && a->whom.tid == b->whom.tid;
}

/* Whether it is the last word about that setting, and still so. */
static bool counts(struct preview *p, size_t i)
{
	const struct difference *d = &p->difference[i], *next = d + 1;
	struct task             *who;

	if (i + 1 < p->count && same_task(d, next) &&
	    d->setting == next->setting && d->later == next->later)
		return false;
	if (d->effect == EFFECT_ALREADY || d->effect == EFFECT_GONE)
		return false;
	who = table_find(p->by.engine.table, d->whom);
	return who != NULL && (d->rule == RULE_NONE || strcmp(d->before,
	                                                      d->after) != 0);
}

static bool is_refused(const struct difference *d)
{
	return d->effect == EFFECT_DENIED || d->effect == EFFECT_UNSUPPORTED;
}

static struct rule_label label_of(struct preview *p,
                                  const struct difference *d)
{
	return engine_label(&p->by.engine, d->rule);
}

static void print_later(const struct difference *d)
{
	char after[32];

	if (d->after_ns > 0)
		printf(", after %s", text_print_duration((int64_t)d->after_ns,
		                                         after, sizeof after));
	else if (d->later)
		printf(", once what must last has lasted");
}

static void print_text(struct preview *p, const struct difference *d)
{
	struct rule_label rule = label_of(p, d);
	char              whom[64], name[COMM_MAX + 64];

	text_copy(name, sizeof name, d->name);
	text_clean(name);
	if (task_id_is_thread(d->whom))
		snprintf(whom, sizeof whom, "%.30s[%d/%d]", name,
		         (int)d->whom.pid, (int)task_id_known(d->whom).tid);
	else
		snprintf(whom, sizeof whom, "%.30s[%d]", name,
		         (int)d->whom.pid);
	printf("%-24s  %-14s %s -> %s  ", whom, setting_rows[d->setting].name,
	       d->before, d->after);
	if (d->rule == RULE_NONE)
		printf("nobody wants it any more; now by %s", d->rule_before);
	else if (rule.line > 0)
		printf("%s (%s:%u)", rule.name, rule.file, (unsigned)rule.line);
	else
		printf("%s", rule.name);
	if (d->threads > 1)
		printf(", %u threads", (unsigned)d->threads);
	print_later(d);
	if (d->effect != EFFECT_APPLIED)
		printf(", %s%s%s%s", effect_name(d->effect),
		       d->why[0] != '\0' ? " (" : "", d->why,
		       d->why[0] != '\0' ? ")" : "");
	puts("");
}

static void write_line(struct json *j, const char *line)
{
	if (json_end(j) > 0)
		fwrite(line, 1, j->used, stdout);
}

static void print_json(struct preview *p, const struct difference *d)
{
	struct rule_label rule = label_of(p, d);
	char              line[LINE_BYTES];
	struct json       j;

	json_begin(&j, line, sizeof line);
	json_text(&j, "row", "difference");
	json_number(&j, "pid", d->whom.pid);
	json_number(&j, "tid", task_id_known(d->whom).tid);
	if (task_id_is_main(d->whom))
		json_bool(&j, "main", true);
	json_text(&j, "name", d->name);
	json_text(&j, "setting", setting_rows[d->setting].name);
	json_text(&j, "before", d->before);
	json_text(&j, "after", d->after);
	if (d->rule_before != NULL)
		json_text(&j, "rule_before", d->rule_before);
	json_text(&j, "rule", rule.name);
	json_text(&j, "file", rule.file);
	json_number(&j, "line", rule.line);
	json_number(&j, "threads", d->threads);
	if (d->later) {
		json_bool(&j, "later", true);
		json_number(&j, "after_ns", (int64_t)d->after_ns);
	}
	json_text(&j, "effect", effect_name(d->effect));
	json_text(&j, "why", d->why);
	write_line(&j, line);
}

static void print_end(struct preview *p, size_t looked_at, size_t lines)
{
	char        line[LINE_BYTES];
	struct json j;

	if (p->by.start.json) {
		json_begin(&j, line, sizeof line);
		json_text(&j, "row", "preview");
		json_number(&j, "processes", (int64_t)looked_at);
		json_number(&j, "tasks", (int64_t)p->tasks);
		json_number(&j, "settings", (int64_t)p->settings);
		json_number(&j, "back", (int64_t)p->back);
		json_number(&j, "refused", (int64_t)p->refused);
		json_number(&j, "later", (int64_t)p->later);
		json_number(&j, "left_out", (int64_t)p->left_out);
		json_bool(&j, "running", p->running);
		write_line(&j, line);
		return;
	}
	if (lines > LINES_MAX)
		printf("and %zu more, which --json tells\n", lines - LINES_MAX);
	if (p->left_out > 0)
		printf("and %zu that there was no room for\n", p->left_out);
	printf("of %zu processes %zu tasks would change: %zu settings set, %zu "
	       "back to what they were, %zu that cannot be had\n", looked_at,
	       p->tasks, p->settings, p->back, p->refused);
	if (p->later > 0)
		printf("%zu settings more would be set once what must last has "
		       "lasted\n", p->later);
	printf("compared with %s; nothing was changed\n", p->running
	       ? "what the running pqs has in force" : "what is so now; no pqs "
	       "is running that could be asked");
}

static void count(struct preview *p, const struct difference *d,
                  const struct difference **last)
{
	if (is_refused(d)) {
		p->refused++;
		return;
	}
	if (d->later) {
		p->later++;
		return;
	}
	if (d->rule == RULE_NONE)
		p->back++;
	else
		p->settings++;
	if (*last == NULL || !same_task(*last, d))
		p->tasks++;
	*last = d;
}

void preview_print(struct preview *p)
{
	const struct difference *last = NULL;
	size_t                   lines = 0;

	if (p->count > 1)
		qsort(p->difference, p->count, sizeof *p->difference, by_task);
	for (size_t i = 0; i < p->count && !p->out_of_memory; i++) {
		const struct difference *d = &p->difference[i];

		if (!counts(p, i))
			continue;
		count(p, d, &last);
		if (p->by.start.json)
			print_json(p, d);
		else if (lines < LINES_MAX)
			print_text(p, d);
		lines++;
	}
	print_end(p, table_count(p->by.engine.table), lines);
}
