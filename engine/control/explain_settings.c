/* explain_settings.c -- how each setting of a task stands: what is wanted of it
 * and by whom, over whom, and whether it is so. */

#include "control/explain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/decisions.h"
#include "control/session.h"

/* Of a process whose main thread is apart it is what the other threads have, as
 * was written down. */
static const struct hold *of_others(const struct engine *en,
                                    const struct task *who, enum setting s)
{
	const struct task *leader;

	if (task_id_is_thread(who->id) || en->journal == NULL ||
	    setting_rows[s].scope != SETTING_SCOPE_THREAD)
		return NULL;
	leader = table_find(en->table, task_id_main(who->id));
	return leader != NULL && leader->settled
	       ? journal_find(en->journal, who->id, s) : NULL;
}

/* A group's setting is the group's for whoever is in it; before that it is what
 * a process has for itself, if it can have that. */
static int read_grouped(struct engine *en, struct task *who,
                        const struct want *w, enum setting s,
                        int64_t *ret_value)
{
	const struct actuator *door = &en->os->actuator;
	struct task_id         whom = task_id_known(who->id);
	bool    grouped = (door->group_can & SETTING_BIT(s)) != 0 &&
	                  want_has(w, SETTING_pool);
	const struct hold *others = of_others(en, who, s);
	int64_t place;
	int     r;

	if (others != NULL) {
		*ret_value = others->settled ? others->applied : others->wanted;
		return 0;
	}
	if (grouped && door->read(door->self, whom, SETTING_pool, &place) == 0 &&
	    place == w->value[SETTING_pool])
		r = door->group_get(door->self, place, s, ret_value);
	else
		r = door->read(door->self, whom, s, ret_value);
	/* Nobody gave it one, or has one for itself. */
	if (!grouped || (r != -EOPNOTSUPP && r != -ENODATA && r != -ENOENT))
		return r;
	*ret_value = VALUE_UNTOUCHED;
	return 0;
}

static void put_waiting(struct json *row, int failed)
{
	char why[120];

	json_text(row, "effect", "waits");
	snprintf(why, sizeof why, "cannot be written down: %s",
	         strerror(failed));
	json_text(row, "why", failed == 0 ? "limits in pqs.yaml"
	                      : failed == EAGAIN ? "it is tried again" : why);
}

/* *ret_why may say why nobody can have it, where it cannot be read. */
static int read_now(struct engine *en, struct task *who,
                    const struct verdict *v, enum setting s,
                    int64_t *ret_value, const char **ret_why)
{
	const struct actuator *door = &en->os->actuator;
	struct task_id         unit;

	if (!task_id_is_thread(who->id) &&
	    enforce_of_unit(door, who->id, v, s, &unit, ret_why))
		return door->read(door->self, unit, s, ret_value);
	return read_grouped(en, who, &v->want, s, ret_value);
}

/* Why a value that is wanted is not there. */
static void put_missing(struct session *s, struct json *row, struct task *who,
                        enum setting setting, uint32_t rule)
{
	struct engine         *en = s->control->engine;
	const struct decision *one = decisions_refusal(
		s->control->decisions, en, who->id, setting, rule);

	/* It may be judged again for many reasons. */
	if (who->held_back &&
	    who->again_ns > en->os->sensor.now_ns(en->os->sensor.self)) {
		put_waiting(row, who->failed);
	} else if (enforce_is_under_way(&en->enforcer, who->id)) {
		json_text(row, "effect", "waits");
		json_text(row, "why", "it is being done");
	} else if (one != NULL) {
		json_text(row, "effect", effect_name(one->effect));
		json_text(row, "why", one->text);
	}
}

/* What pqs left there is not there any more, though it has not come upon that. */
static bool is_foreign(const struct engine *en, const struct task *who,
                       enum setting s, int64_t now)
{
	const struct hold *h = en->journal == NULL ? NULL :
	                       journal_find(en->journal, who->id, s);

	return h != NULL && h->settled && !journal_ours(h, now);
}

/* Whether it is in force is the actuator's judgement; nothing is turned. */
static void put_effect(struct session *s, struct json *row, struct task *who,
                       const struct opinion *o, enum setting setting)
{
	struct engine         *en = s->control->engine;
	const struct actuator *door = &en->os->actuator;
	int64_t                wanted = o->verdict.want.value[setting];
	const char            *lacks = door->lacks(door->self, setting, wanted);
	struct turned          t = { .effect = EFFECT_ALREADY, .why = "" };
	char                   text[VALUE_TEXT_MAX];
	int                    r;

	r = lacks != NULL ? -EOPNOTSUPP
	                  : read_now(en, who, &o->verdict, setting, &t.now,
	                             &lacks);
	if (r < 0) {
		json_text(row, "effect", lacks != NULL ? "unsupported"
		                                       : "unknown");
		json_text(row, "why", lacks != NULL ? lacks : strerror(-r));
		return;
	}
	wanted = door->means(door->self, setting, wanted);
	door->weigh(door->self, task_id_known(who->id), &o->verdict.want,
	            setting, &t);
	json_text(row, "now", setting_print(setting, t.now, en->sets, text,
	                                    sizeof text));
	json_bool(row, "in_force", t.now == wanted);
	if ((who->yielded & SETTING_BIT(setting)) != 0) {
		json_text(row, "effect", "left alone");
		json_text(row, "why", "somebody else has set it");
	} else if (t.now != wanted && is_foreign(en, who, setting, t.now)) {
		json_text(row, "effect", (who->insists & SETTING_BIT(setting)) != 0
		                         ? "waits" : "left alone");
		json_text(row, "why", "somebody else has set it");
	} else if (t.now != wanted) {
		put_missing(s, row, who, setting, o->verdict.won[setting]);
	} else if (t.effect == EFFECT_INERT) {
		json_text(row, "effect", "inert");
		json_text(row, "why", t.why);
	}
}

static void put_left(struct json *row, const char *key, uint32_t left)
{
	if (left != UINT32_MAX)
		json_number(row, key, left);
}

static void tell_setting(struct session *s, struct task *who,
                         const struct opinion *o, enum setting setting)
{
	struct engine        *en = s->control->engine;
	const struct verdict *v = &o->verdict;
	char                  text[VALUE_TEXT_MAX];
	struct json           row;

	kept_begin(s, &row, "setting");
	json_text(&row, "setting", setting_rows[setting].name);
	if (want_has(&v->want, setting))
		json_text(&row, "wanted",
		          setting_print(setting, v->want.value[setting],
		                        en->sets, text, sizeof text));
	explain_put_rule(&row, en, v->won[setting]);
	if (v->held[setting] != RULE_NONE)
		json_text(&row, "held_by",
		          engine_label(en, v->held[setting]).name);
	if ((v->insist & SETTING_BIT(setting)) != 0)
		json_bool(&row, "insists", true);
	if ((v->for_good & SETTING_BIT(setting)) != 0)
		json_bool(&row, "irreversible", true);
	/* An intent that stands for knobs shows in these. */
	if (((setting_knobs() | v->bare) & v->want.has &
	     SETTING_BIT(setting)) != 0)
		put_effect(s, &row, who, o, setting);
	kept_end(s, &row);
}

static void tell_losers(struct session *s, const struct opinion *o,
                        enum setting setting)
{
	struct engine *en = s->control->engine;

	for (size_t i = 0; i < o->claims; i++) {
		struct want w = o->claim[i].want;
		char        text[VALUE_TEXT_MAX];
		struct json row;

		intents_expand(&en->intents, &w);
		if (o->claim[i].rule == o->verdict.won[setting] ||
		    !want_has(&w, setting))
			continue;
		kept_begin(s, &row, "loser");
		json_text(&row, "setting", setting_rows[setting].name);
		json_text(&row, "wanted",
		          setting_print(setting, w.value[setting], en->sets,
		                        text, sizeof text));
		explain_put_rule(&row, en, o->claim[i].rule);
		kept_end(s, &row);
	}
}

/* Values are read through a grip, so that they are this task's and not those of
 * a later one with its pid.  Parts show in the knob that they are part of. */
void explain_settings(struct session *s, struct task *who,
                      const struct opinion *o, uint64_t which)
{
	struct engine         *en = s->control->engine;
	const struct actuator *door = &en->os->actuator;

	if (door->grip(door->self, table_process_of(en->table, who)->id) < 0)
		return;
	for (int i = 0; i < SETTING_COUNT; i++) {
		if ((which & SETTING_BIT(i)) == 0 ||
		    o->verdict.won[i] == RULE_NONE ||
		    setting_rows[i].kind == SETTING_KIND_PART)
			continue;
		tell_setting(s, who, o, (enum setting)i);
		tell_losers(s, o, (enum setting)i);
	}
	door->let_go(door->self);
}

static void tell_limit(struct session *s, struct task *who, uint32_t rule,
                       enum setting setting)
{
	struct limit_left left = limiter_left(s->control->engine->limiter,
	                                      who->id, setting, rule,
	                                      control_now_ns(s->control));
	struct json       row;

	kept_begin(s, &row, "limiter");
	json_text(&row, "setting", setting_rows[setting].name);
	put_left(&row, "task_left", left.task);
	put_left(&row, "rule_left", left.rule);
	put_left(&row, "machine_left", left.machine);
	json_number(&row, "stays_ns", (int64_t)left.stays_ns);
	kept_end(s, &row);
}

void explain_limits(struct session *s, struct task *who,
                    const struct opinion *o)
{
	uint64_t turned = o->verdict.want.has & setting_knobs();

	while (turned != 0) {
		enum setting setting = setting_take(&turned);

		tell_limit(s, who, o->verdict.won[setting], setting);
	}
}
