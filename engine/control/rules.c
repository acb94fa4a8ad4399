/* rules.c -- the verb "rules": every rule, and what came of it. */

#include "control/verb.h"
#include "order.h"
#include "tally.h"

bool rules_may_hear(const struct session *s, const struct voice *v)
{
	return s->commands || v->number == VOICE_SYSTEM ||
	       v->uid == s->peer.uid;
}

static void put_tally(struct json *row, const struct tally *t)
{
	json_number(row, "matched", t->matched);
	json_number(row, "won", t->won);
	json_number(row, "answered", t->answered);
	json_number(row, "failed", t->failed);
	json_number(row, "cpu_ns", (int64_t)t->cpu_ns);
}

static int rule_write(struct voice *v, uint32_t i, struct json *row)
{
	const struct image_rule *rule = ruleset_rule(v->rules, i);

	json_text(row, "row", "rule");
	json_text(row, "rule", ruleset_name(v->rules, i));
	json_text(row, "layer", layer_name((enum layer)rule->layer));
	json_text(row, "file", ruleset_file(v->rules, i));
	json_number(row, "line", rule->line);
	if (v->number != VOICE_SYSTEM)
		json_text(row, "of", v->name);
	json_bool(row, "function", rule->is_function);
	json_bool(row, "cap", rule->cap.count != 0);
	json_bool(row, "switched_off", rule->is_function &&
	          !worker_asks(v->worker, i));
	json_bool(row, "silenced", order_is_muted(v, i));
	put_tally(row, tally_of(v, i));
	return 1;
}

/* s->part is the voice, s->at the rule; a voice that ends meanwhile, or has
 * other rules by then, is gone on with where it is. */
int rules_row(struct session *s, struct json *row)
{
	struct engine *en = s->control->engine;

	for (; s->part < VOICES_MAX; s->part++, s->at = 0) {
		struct voice *v = &en->voice[s->part];

		if (v->worker != NULL && v->rules != NULL &&
		    rules_may_hear(s, v) && s->at < ruleset_count(v->rules))
			return rule_write(v, (uint32_t)s->at++, row);
	}
	return 0;
}
