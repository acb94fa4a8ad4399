/* holds.c -- the verb "holds": what pqs has changed, and what it was before. */

#include "control/verb.h"
#include "journal/journal.h"

static int hold_write(struct session *s, struct task *who, enum setting setting,
                      const struct hold *h, struct json *row)
{
	struct engine    *en = s->control->engine;
	struct rule_label rule = engine_label(en, who->won[setting]);
	char              text[VALUE_TEXT_MAX];
	struct value      name;

	json_text(row, "row", "hold");
	json_number(row, "pid", who->id.pid);
	if (task_id_is_thread(who->id))
		json_number(row, "tid", task_id_known(who->id).tid);
	if (table_fact(en->table, who, FACT_comm, &name) == 1)
		json_text(row, "name", name.text);
	json_text(row, "setting", setting_rows[setting].name);
	json_text(row, "value", setting_print(setting, h->applied, en->sets,
	                                      text, sizeof text));
	json_text(row, "origin", setting_print(setting, h->origin, en->sets,
	                                       text, sizeof text));
	json_text(row, "rule", rule.name);
	json_text(row, "file", rule.file);
	json_number(row, "line", rule.line);
	return 1;
}

/* s->at is the slot of the task, s->part the next of its settings.  What two of
 * a session share has no record under either. */
int holds_row(struct session *s, struct json *row)
{
	struct engine *en = s->control->engine;
	uint32_t       slot = (uint32_t)s->at;
	struct task   *who;

	while (en->journal != NULL &&
	       (who = table_next(en->table, &slot)) != NULL) {
		uint64_t left = who->in_force.has &
		                ~((UINT64_C(1) << s->part) - 1);

		while (left != 0 && verb_may_see(s, who)) {
			enum setting       setting = setting_take(&left);
			const struct hold *h = journal_find(en->journal,
			                                    who->id, setting);

			s->part = setting + 1u;
			if (h != NULL)
				return hold_write(s, who, setting, h, row);
		}
		s->at = slot;
		s->part = 0;
	}
	return 0;
}
