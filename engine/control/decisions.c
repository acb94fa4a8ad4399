/* decisions.c -- the last changes and notes, for those who ask about them
 * later. */

#include "control/decisions.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"

static uint32_t generation_of(const struct engine *en)
{
	const struct ruleset *rules = en->voice[VOICE_SYSTEM].rules;

	return rules != NULL ? ruleset_generation(rules) : 0;
}

static struct decision *decision_new(struct decisions *d, struct engine *en)
{
	const struct sensor  *sensor = &en->os->sensor;
	struct decision      *one = decision_at(d, d->next++);

	*one = (struct decision){
		.at_ns = sensor->now_ns(sensor->self),
		.uid = DECISION_UID_UNKNOWN, .rule = RULE_NONE,
		.generation = generation_of(en),
	};
	return one;
}

static bool is_refused(const struct decision *d)
{
	return d->effect == EFFECT_DENIED || d->effect == EFFECT_UNSUPPORTED;
}

const struct decision *decisions_refusal(struct decisions *d,
                                         const struct engine *en,
                                         struct task_id whom,
                                         enum setting setting, uint32_t rule)
{
	for (uint64_t n = d->next; n-- > decisions_first(d);) {
		const struct decision *one = decision_at(d, n);

		if (task_id_equal(one->whom, whom) &&
		    one->setting == setting && one->rule == rule &&
		    one->generation == generation_of(en))
			return is_refused(one) ? one : NULL;
	}
	return NULL;
}

/* What is not known yet is not read for it: that would cost every change. */
static uint32_t known_uid(const struct task *process)
{
	if (process == NULL || process->facts == NULL ||
	    (process->facts->known & FACT_BIT(FACT_uid)) == 0)
		return DECISION_UID_UNKNOWN;
	return process->facts->uids_differ ? 0 : (uint32_t)process->facts->uid;
}

static struct task *process_of(struct engine *en, struct task_id whom)
{
	whom.tid = whom.pid;
	return table_find(en->table, whom);
}

void decisions_change(struct decisions *d, struct engine *en,
                      const struct change *c)
{
	const struct rule_label rule = engine_label(en, c->rule);
	struct decision        *one = decision_new(d, en);

	one->whom = c->whom;
	one->uid = known_uid(process_of(en, c->whom));
	one->rule = c->rule;
	one->setting = c->setting;
	one->effect = c->effect;
	one->foreign = c->foreign;
	one->fight = c->fought ? c->rounds : 0;
	one->threads = c->threads;
	one->before = c->before;
	one->wanted = c->wanted;
	one->now = c->now;
	one->line = rule.line;
	text_copy(one->name, sizeof one->name, c->name);
	text_copy(one->rule_name, sizeof one->rule_name, rule.name);
	text_copy(one->file, sizeof one->file, rule.file);
	text_copy(one->of, sizeof one->of, rule.voice);
	text_copy(one->text, sizeof one->text, c->why);
}

void decisions_note(struct decisions *d, struct engine *en,
                    const char *sentence)
{
	text_copy(decision_new(d, en)->text, sizeof(((struct decision *)0)->text),
	          sentence);
}

uint32_t decision_uid(struct decision *d, struct engine *en)
{
	struct task *process = d->whom.pid == 0 ? NULL
	                       : process_of(en, d->whom);
	struct value v;

	if (d->uid == DECISION_UID_UNKNOWN && process != NULL &&
	    table_fact(en->table, process, FACT_uid, &v) == 1)
		d->uid = process->facts->uids_differ ? 0 : (uint32_t)v.number;
	return d->uid;
}

static void put_value(struct json *row, const char *key, struct engine *en,
                      enum setting s, int64_t value)
{
	char text[VALUE_TEXT_MAX];

	json_text(row, key, setting_print(s, value, en->sets, text,
	                                  sizeof text));
}

static void write_change(const struct decision *d, struct engine *en,
                         struct json *row)
{
	json_number(row, "pid", d->whom.pid);
	json_number(row, "tid", task_id_known(d->whom).tid);
	if (task_id_is_main(d->whom))
		json_bool(row, "main", true);
	json_text(row, "name", d->name);
	json_text(row, "setting", setting_rows[d->setting].name);
	put_value(row, "before", en, d->setting, d->before);
	put_value(row, "wanted", en, d->setting, d->wanted);
	put_value(row, "now", en, d->setting, d->now);
	json_text(row, "effect", effect_name(d->effect));
	json_text(row, "why", d->text);
	json_number(row, "threads", d->threads);
	json_bool(row, "foreign", d->foreign);
	if (en->enforcer.observe)
		json_bool(row, "observed", true);
	if (d->fight > 0)
		json_number(row, "fight", d->fight);
	json_number(row, "generation", d->generation);
	if (d->rule == RULE_NONE)
		return;
	json_text(row, "rule", d->rule_name);
	json_text(row, "file", d->file);
	json_number(row, "line", d->line);
	if (d->of[0] != '\0')
		json_text(row, "of", d->of);
}

void decision_write(const struct decision *d, struct engine *en,
                    uint64_t number, uint64_t now_ns, struct json *row)
{
	json_text(row, "row", d->whom.pid != 0 ? "change" : "note");
	json_number(row, "number", (int64_t)number);
	json_number(row, "ago_ns", (int64_t)(now_ns - d->at_ns));
	if (d->whom.pid != 0)
		write_change(d, en, row);
	else
		json_text(row, "text", d->text);
}
