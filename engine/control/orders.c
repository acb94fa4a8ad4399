/* orders.c -- the verbs "set", "undo" and "focus": what people tell a
 * running pqs to do. */

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "control/decisions.h"
#include "control/explain.h"
#include "control/settable.h"
#include "control/verb.h"
#include "order.h"

#define CHANGES_TOLD 64
#define LANDED_NS    UINT64_C(2000000000)       /* what takes longer is told of
                                           as it is then                      */

static int until_of(struct session *s, uint64_t *ret_until_ns)
{
	const struct json_field *keep = json_find(&s->ask, "keep_ns");

	*ret_until_ns = LEASE_STANDS;
	if (keep == NULL)
		return 0;
	if (keep->number <= 0 || (uint64_t)keep->number > SPAN_NS_MAX)
		return session_refuse(s, REFUSAL_WRONG, "a setting is kept for "
		                      "a week at most");
	*ret_until_ns = control_now_ns(s->control) + (uint64_t)keep->number;
	return 0;
}

static int check_task(struct session *s, struct task *who)
{
	const char *why = explain_protected(s->control->engine, who);

	return why == NULL ? 0
	       : session_refuse(s, REFUSAL_DENIED, "%d is protected: %s",
	                        (int)who->id.pid, why);
}

/* How it went: what changed by it, and how each setting stands. */
static int tell_outcome(struct session *s)
{
	struct engine *en = s->control->engine;
	struct task   *who = table_find(en->table, s->whom);
	struct opinion o;

	explain_changes(s, s->whom, s->at, CHANGES_TOLD);
	if (who == NULL || engine_consider(en, who, &o) < 0)
		return session_refuse(s, REFUSAL_GONE, "it has just ended");
	explain_settings(s, who, &o, s->part);
	return 0;
}

/* What is done aside, such as a move into a pool, or waits for the limits, is told
 * of when it is done.  By now it is known when the task was born. */
static void wait_for_it(struct session *s)
{
	const struct task *who = table_find(s->control->engine->table,
	                                    s->whom);

	if (who != NULL)
		s->whom = who->id;
	s->patience_ns = control_now_ns(s->control) + LANDED_NS;
}

static bool is_held_back(const struct session *s)
{
	const struct task *who = table_find(s->control->engine->table,
	                                    s->whom);

	return who != NULL && who->held_back && !who->resting;
}

static bool is_waiting(const struct session *s)
{
	return (enforce_is_under_way(&s->control->engine->enforcer, s->whom) ||
	        is_held_back(s)) &&
	       control_now_ns(s->control) < s->patience_ns;
}

/* 'tell' makes the rows, once, when there is nothing more to wait for. */
static int row_in_time(struct session *s, struct json *row,
                       int (*tell)(struct session *s))
{
	if (s->patience_ns != 0) {
		if (is_waiting(s))
			return -EAGAIN;
		s->patience_ns = 0;
		if (tell(s) < 0)
			return -EINVAL;
	}
	return kept_row(s, row);
}

static uint64_t knobs_of(const struct engine *en, const struct want *want,
                         uint64_t forget)
{
	struct want w = *want;

	intents_expand(&en->intents, &w);
	if (((w.has | forget) & SETTING_BIT(SETTING_precedence)) != 0)
		forget |= SETTING_BIT(SETTING_nice);    /* where it shows     */
	return w.has | forget;
}

int set_begin(struct session *s)
{
	struct engine         *en = s->control->engine;
	struct settable q;
	struct task           *who;
	uint64_t               until_ns;
	int                    r;

	s->at = s->control->decisions->next;

	if (verb_ready(s) < 0)
		return -EINVAL;
	who = verb_task(s);
	if (who == NULL || check_task(s, who) < 0 ||
	    settable_read(s, who, &q) < 0 || until_of(s, &until_ns) < 0)
		return -EINVAL;
	r = order_set(en, who, &q.want, q.forget, until_ns,
	              json_find_number(&s->ask, "tree", 0) != 0, !s->commands);
	if (r == -ESRCH)
		return session_refuse(s, REFUSAL_GONE, "it has just ended");
	if (r < 0)
		return session_refuse(s, REFUSAL_UNREADY, "%s", r == -ENOBUFS
		                      ? "too much is set by hand already"
		                      : strerror(-r));
	r = order_enact(en, who, !s->commands);
	if (r < 0)
		return session_refuse(s, REFUSAL_UNREADY, "%s", strerror(-r));
	s->part = knobs_of(en, &q.want, q.forget);
	wait_for_it(s);
	return 0;
}

int set_row(struct session *s, struct json *row)
{
	return row_in_time(s, row, tell_outcome);
}

static int tell_undone(struct session *s)
{
	struct json row;

	explain_changes(s, s->whom, s->at, CHANGES_TOLD);
	kept_begin(s, &row, "undone");
	json_number(&row, "pid", s->whom.pid);
	kept_end(s, &row);
	return 0;
}

static int undo_task(struct session *s)
{
	struct engine *en = s->control->engine;
	struct task   *who = verb_task(s);
	int            r;

	if (who == NULL)
		return -EINVAL;
	s->at = s->control->decisions->next;
	r = order_undo(en, who);
	if (r == -ESRCH)
		return session_refuse(s, REFUSAL_GONE, "it has just ended");
	if (r < 0)
		return session_refuse(s, REFUSAL_UNREADY, "%s", strerror(-r));
	wait_for_it(s);
	return 0;
}

int undo_row(struct session *s, struct json *row)
{
	return row_in_time(s, row, tell_undone);
}

static void tell_silenced(struct session *s, struct voice *v, uint32_t i)
{
	struct json row;

	kept_begin(s, &row, "silenced");
	json_text(&row, "rule", ruleset_name(v->rules, i));
	json_text(&row, "file", ruleset_file(v->rules, i));
	json_number(&row, "line", ruleset_rule(v->rules, i)->line);
	kept_end(s, &row);
}

/* Who commands may silence anybody's rule, others their own. */
static bool may_silence(const struct session *s, const struct voice *v)
{
	return v->rules != NULL &&
	       (s->commands || (v->number != VOICE_SYSTEM &&
	                        v->uid == s->peer.uid));
}

static int undo_rule(struct session *s, const char *name)
{
	struct engine *en = s->control->engine;
	struct voice  *v;
	uint32_t       at = 0;
	size_t         found = 0;

	while ((v = voice_next(en, &at)) != NULL)
		for (uint32_t i = 0; may_silence(s, v) &&
		     i < ruleset_count(v->rules); i++) {
			if (strcmp(ruleset_name(v->rules, i), name) != 0)
				continue;
			if (order_mute(en, v, i) < 0)
				return session_refuse(s, REFUSAL_UNREADY,
				                      "no memory");
			tell_silenced(s, v, i);
			found++;
		}
	if (found > 0)
		return 0;
	return rule_names_refuse(s, may_silence, s->commands
	                         ? "those in force" : "yours", name);
}

static int undo_all(struct session *s)
{
	struct json row;

	if (!s->commands)
		return session_refuse(s, REFUSAL_DENIED, "all is not yours to "
		                      "undo");
	if (order_mute_all(s->control->engine) < 0)
		return session_refuse(s, REFUSAL_UNREADY, "no memory");
	kept_begin(s, &row, "undone");
	json_bool(&row, "all", true);
	kept_end(s, &row);
	return 0;
}

int undo_begin(struct session *s)
{
	const char *rule = json_find_text(&s->ask, "rule");
	bool        all = json_find_number(&s->ask, "all", 0) != 0;
	bool        task = json_find(&s->ask, "pid") != NULL;

	if (task + all + (rule != NULL) != 1)
		return session_refuse(s, REFUSAL_WRONG, "one of pid, rule and "
		                      "all");
	if (verb_ready(s) < 0)
		return -EINVAL;
	return task ? undo_task(s) : all ? undo_all(s) : undo_rule(s, rule);
}

int focus_begin(struct session *s)
{
	struct task *who = verb_task(s);
	struct json  row;

	if (who == NULL)
		return -EINVAL;
	order_focus(s->control->engine, who);
	kept_begin(s, &row, "focused");
	json_number(&row, "pid", s->whom.pid);
	kept_end(s, &row);
	return 0;
}
