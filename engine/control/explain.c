/* explain.c -- the verb "explain": why one task is as it is, from what the
 * running pqs knows of it. */

#include "control/explain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cause.h"
#include "control/decisions.h"
#include "control/verb.h"
#include "order.h"
#include "policy/named.h"

#define CHANGES_TOLD 10

/* "nice = 5, io = utility".  Returns out. */
static const char *explain_want(const struct engine *en, const struct want *w,
                                char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (int s = 0; s < SETTING_COUNT && used < size; s++) {
		char text[VALUE_TEXT_MAX];

		if (!want_has(w, (enum setting)s))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s = %s",
		                         used > 0 ? ", " : "",
		                         setting_rows[s].name,
		                         setting_print((enum setting)s,
		                                       w->value[s], en->sets,
		                                       text, sizeof text));
	}
	return out;
}

const char *explain_protected(struct engine *en, struct task *who)
{
	const struct actuator *door = &en->os->actuator;
	struct value           v;
	const char            *why;

	(void)table_fact(en->table, who, FACT_ppid, &v);
	if (door->grip(door->self, table_process_of(en->table, who)->id) < 0)
		return "it has just ended";
	why = enforce_protected(&en->enforcer, who);
	door->let_go(door->self);
	return why;
}

void explain_put_rule(struct json *row, struct engine *en, uint32_t rule)
{
	const struct rule_label label = engine_label(en, rule);

	json_text(row, "rule", label.name);
	if (label.line == 0)
		return;
	json_text(row, "file", label.file);
	json_number(row, "line", label.line);
	if (label.voice[0] != '\0')
		json_text(row, "of", label.voice);
}

static void tell_task(struct session *s, struct task *who,
                      const struct opinion *o)
{
	struct engine *en = s->control->engine;
	struct task   *process = table_process_of(en->table, who);
	const char    *why = explain_protected(en, who);
	struct value   name;
	char           text[NAME_KEEP] = "";
	struct json    row;

	if (table_fact(en->table, who, FACT_name, &name) == 1)
		text_copy_bytes(text, sizeof text, name.text, name.bytes);
	kept_begin(s, &row, "task");
	json_number(&row, "pid", who->id.pid);
	if (task_id_is_thread(who->id))
		json_number(&row, "tid", task_id_known(who->id).tid);
	json_text(&row, "name", text);
	if (why != NULL)
		json_text(&row, "protected", why);
	json_bool(&row, "settled", who->settled);
	json_bool(&row, "left_alone", process->resting);
	/* what it says of itself may be out of date until then */
	json_bool(&row, "pending", o->pending || o->open > 0 || o->loading);
	kept_end(s, &row);
}

static void put_fact(struct json *row, enum fact fact, const struct value *v)
{
	char text[ARGS_KEEP + 1];

	if (v->type == FACT_TYPE_BOOL) {
		json_bool(row, "value", v->number != 0);
	} else if (v->type == FACT_TYPE_NUMBER) {
		json_number(row, fact_rows[fact].unit == FACT_UNIT_NS
		                 ? "value_ns" : "value", v->number);
	} else if (v->type == FACT_TYPE_TEXT) {
		text_copy_bytes(text, sizeof text, v->text, v->bytes);
		json_text(row, "value", text);
	} else {
		json_list_begin(row, "value");
		for (size_t at = 0; at < v->bytes;
		     at += strlen(v->text + at) + 1)
			json_item_text(row, v->text + at);
		json_list_end(row);
	}
}

/* What is slow is not waited for. */
static void tell_facts(struct session *s, struct task *who,
                       const struct opinion *o)
{
	struct engine *en = s->control->engine;
	uint64_t       read = o->found.reads | o->own.reads;

	for (int i = 0; i < FACT_COUNT; i++) {
		struct value v;
		struct json  row;

		if (table_fact(en->table, who, (enum fact)i, &v) != 1)
			continue;
		kept_begin(s, &row, "fact");
		json_text(&row, "fact", fact_rows[i].name);
		json_bool(&row, "looked_at", (read & FACT_BIT(i)) != 0);
		put_fact(&row, (enum fact)i, &v);
		kept_end(s, &row);
	}
}

static const struct claim *claim_of(const struct opinion *o, uint32_t rule)
{
	for (size_t i = 0; i < o->claims; i++)
		if (o->claim[i].rule == rule)
			return &o->claim[i];
	return NULL;
}

/* Why a rule that matched claims nothing. */
static const char *silence(struct voice *v, uint32_t i, struct subject *about,
                           const struct opinion *o)
{
	const struct image_rule *rule = ruleset_rule(v->rules, i);

	if (order_is_muted(v, i))
		return "silenced by undo";
	if (rule->cap.count != 0)
		return "a cap";
	if (!ruleset_when(v->rules, i, about))
		return "its 'when' does not hold";
	if (o->sheltered && !named_exactly(v->rules, i))
		return "it names no program, as one must that reaches this";
	if (rule->is_function)
		return "its function wants nothing, or failed";
	return "";
}

static void tell_rules(struct session *s, struct voice *v,
                       const struct found *f, struct task *who,
                       const struct opinion *o)
{
	struct engine *en = s->control->engine;
	struct subject about = engine_subject(en, v, who);

	for (size_t i = 0; i < f->rules; i++) {
		uint32_t            rule = rule_id(v->number, f->rule[i]);
		const struct claim *claim = claim_of(o, rule);
		char                want[2048];
		struct json         row;

		kept_begin(s, &row, "rule");
		explain_put_rule(&row, en, rule);
		if (claim != NULL)
			json_text(&row, "want",
			          explain_want(en, &claim->want, want,
			                       sizeof want));
		else
			json_text(&row, "silent",
			          silence(v, f->rule[i], &about, o));
		kept_end(s, &row);
	}
}

static void tell_lease(void *ctx, const struct lease *l, bool inherited)
{
	struct session *s = ctx;
	struct engine  *en = s->control->engine;
	char            want[2048];
	struct json     row;

	(void)inherited;
	kept_begin(s, &row, "lease");
	explain_put_rule(&row, en, l->rule);
	json_text(&row, "want", explain_want(en, &l->want, want, sizeof want));
	if (l->reach == TARGET_TREE)
		json_number(&row, "through_tree_of", l->holder.pid);
	json_bool(&row, "through_unit", l->reach == TARGET_UNIT);
	if (l->ends_ns != LEASE_STANDS)
		json_number(&row, "ends_in_ns",
		            (int64_t)(l->ends_ns - control_now_ns(s->control)));
	kept_end(s, &row);
}

/* Whoever has to wait is judged anew then. */
static void tell_waiting(struct session *s, const struct task *who)
{
	uint64_t    now_ns = control_now_ns(s->control);
	struct json row;

	if (who->again_ns <= now_ns)
		return;
	kept_begin(s, &row, "again");
	json_number(&row, "in_ns", (int64_t)(who->again_ns - now_ns));
	kept_end(s, &row);
}

static bool is_about(const struct decision *d, struct task_id whom)
{
	return d->whom.pid == whom.pid &&
	       (!task_id_is_thread(whom) ||
	        task_id_known(d->whom).tid == task_id_known(whom).tid) &&
	       (d->whom.born == 0 || whom.born == 0 ||
	        d->whom.born == whom.born);
}

void explain_changes(struct session *s, struct task_id whom, uint64_t from,
                     size_t most)
{
	struct decisions *d = s->control->decisions;
	uint64_t          n = d->next;
	size_t            found = 0;
	struct json       row;

	if (from < decisions_first(d))
		from = decisions_first(d);
	while (n > from && found < most)
		found += is_about(decision_at(d, --n), whom);
	for (; n < d->next; n++) {
		if (!is_about(decision_at(d, n), whom))
			continue;
		json_begin(&row, s->control->row, sizeof s->control->row);
		decision_write(decision_at(d, n), s->control->engine, n,
		               control_now_ns(s->control), &row);
		kept_end(s, &row);
	}
}

/* The tags alive are no value of the machine's. */
static void tell_host(struct session *s, const struct opinion *o)
{
	const struct host *host = &s->control->engine->host;

	for (int i = 0; i < HOST_COUNT; i++) {
		char        text[VALUE_TEXT_MAX];
		struct json row;

		if (host_rows[i].type == HOST_TYPE_LIST ||
		    !host_knows(host, (enum host_fact)i))
			continue;
		kept_begin(s, &row, "host");
		json_text(&row, "fact", host_rows[i].name);
		json_bool(&row, "looked_at",
		          (o->host_reads & HOST_BIT(i)) != 0);
		json_text(&row, "value",
		          host_print((enum host_fact)i, host->value[i], text,
		                     sizeof text));
		kept_end(s, &row);
	}
}

/* Nobody changes anything where no pqs is running. */
static void tell_all(struct session *s, struct task *who,
                     const struct opinion *o, bool running)
{
	struct engine *en = s->control->engine;

	tell_task(s, who, o);
	tell_facts(s, who, o);
	tell_host(s, o);
	tell_rules(s, &en->voice[VOICE_SYSTEM], &o->found, who, o);
	if (o->voice != VOICE_SYSTEM)
		tell_rules(s, &en->voice[o->voice], &o->own, who, o);
	(void)cause_each(en, who, tell_lease, s);
	explain_settings(s, who, o, ~UINT64_C(0));
	if (running)
		explain_limits(s, who, o);
	tell_waiting(s, who);
	explain_changes(s, who->id, 0, CHANGES_TOLD);
}

int verb_ready(struct session *s)
{
	if (s->control->engine->voice[VOICE_SYSTEM].rules != NULL)
		return 0;
	return session_refuse(s, REFUSAL_UNREADY, "no rules are in force yet");
}

int explain_begin(struct session *s)
{
	struct opinion o;
	struct engine *en = s->control->engine;
	struct task   *who;

	if (verb_ready(s) < 0)
		return -EINVAL;
	who = verb_task(s);
	if (who == NULL)
		return -EINVAL;
	if (voice_settle(en, who) < 0 || engine_consider(en, who, &o) < 0)
		return session_refuse(s, REFUSAL_GONE, "it has just ended");
	tell_all(s, who, &o, true);
	/* A row that nothing else needs. */
	if (task_id_is_thread(who->id) && !who->settled)
		table_drop_thread(en->table, who);
	return 0;
}

int control_explain(struct engine *en, struct task *who,
                    const struct opinion *o,
                    void (*each)(void *ctx, const char *row), void *ctx)
{
	struct control *c = control_new(&(struct control_options){
	                                .engine = en });
	struct session *s = calloc(1, sizeof *s);
	struct json     row;
	int             r = c == NULL || s == NULL ? -ENOMEM : 0;

	if (r == 0) {
		s->control = c;
		tell_all(s, who, o, false);
		json_begin(&row, c->row, sizeof c->row);
		while (kept_row(s, &row) > 0 && json_end(&row) > 0)
			each(ctx, c->row);
		kept_clear(s);
	}
	free(s);
	control_free(c);
	return r;
}
