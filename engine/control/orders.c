/* orders.c -- the verbs "set", "undo" and "focus": what people tell a running pqs
 * to do. */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"
#include "control/decisions.h"
#include "control/explain.h"
#include "control/verb.h"
#include "model/interned.h"
#include "order.h"
#include "rights.h"

#define CHANGES_TOLD 64

static int refuse_setting(struct session *s, const char *name)
{
	const char *near = setting_nearest(name);

	return session_refuse(s, REFUSAL_UNKNOWN, "there is no setting "
	                      "'%.40s'%s%s%s", name,
	                      near == NULL ? "" : "; did you mean '",
	                      near == NULL ? "" : near,
	                      near == NULL ? "" : "'?");
}

/* What can be set for a time, by hand, on that task, by that visitor. */
static int check_setting(struct session *s, const struct task *who,
                         enum setting setting)
{
	const struct setting_row *row = &setting_rows[setting];

	if (!row->undoable)
		return session_refuse(s, REFUSAL_WRONG, "'%s' is done once; it "
		                      "cannot be set for a time", row->name);
	if (row->kind == SETTING_KIND_PART)
		return session_refuse(s, REFUSAL_WRONG, "'%s' is part of "
		                      "sched: \"sched=fifo:10\"", row->name);
	if (row->scope == SETTING_SCOPE_GROUP)
		return session_refuse(s, REFUSAL_WRONG, "'%s' is a pool's",
		                      row->name);
	if ((setting == SETTING_realtime || setting == SETTING_precedence) &&
	    !task_id_is_thread(who->id))
		return session_refuse(s, REFUSAL_WRONG, "'%s' is for single "
		                      "threads: PID/TID", row->name);
	if (!s->commands && (rights_never() & SETTING_BIT(setting)) != 0)
		return session_refuse(s, REFUSAL_DENIED, "'%s' is not for a "
		                      "user to set", row->name);
	return 0;
}

/* Sets of CPUs are kept for good, so that they must not be a user's to invent
 * without end. */
static int parse_value(struct session *s, enum setting setting,
                       const char *text, int64_t *ret_value)
{
	struct control  *c = s->control;
	struct interned *sets = c->engine->sets;
	size_t           before = interned_count(sets);
	char             takes[VALUE_TEXT_MAX];

	if (!s->commands && setting_is_interned(setting) &&
	    c->sets_of_users >= SETS_OF_USERS_MAX)
		return session_refuse(s, REFUSAL_UNREADY, "too many different "
		                      "sets of CPUs were set by users");
	if (setting_parse(setting, text, sets, ret_value) < 0)
		return session_refuse(s, REFUSAL_WRONG, "'%s' takes %s, not "
		                      "'%.40s'", setting_rows[setting].name,
		                      setting_takes(setting, takes,
		                                    sizeof takes), text);
	if (!s->commands)
		c->sets_of_users += interned_count(sets) - before;
	return 0;
}

struct setting_request {
	struct want want;
	uint64_t    forget;             /* SETTING_BITs                       */
};

/* "nice=5", or "nice=" to take it back. */
static int read_pair(struct session *s, const struct task *who,
                     const char *pair, struct setting_request *q)
{
	char         name[64];
	const char  *equals = strchr(pair, '=');
	enum setting setting;
	int64_t      value = 0;

	if (equals == NULL)
		return session_refuse(s, REFUSAL_WRONG, "'%.40s' is no "
		                      "name=value", pair);
	text_copy_bytes(name, sizeof name, pair, (size_t)(equals - pair));
	if (setting_find(name, &setting) < 0)
		return refuse_setting(s, name);
	if (check_setting(s, who, setting) < 0)
		return -EINVAL;
	if (equals[1] == '\0') {
		q->forget |= SETTING_BIT(setting);
		return 0;
	}
	if (parse_value(s, setting, equals + 1, &value) < 0)
		return -EINVAL;
	want_set(&q->want, setting, value);
	return 0;
}

static int read_pairs(struct session *s, const struct task *who,
                      struct setting_request *q)
{
	const struct json_field *f = json_find(&s->ask, "set");
	const char              *pair = f->text;

	*q = (struct setting_request){ .forget = 0 };
	if (f->number == 0)
		return session_refuse(s, REFUSAL_WRONG, "set what?");
	for (int64_t i = 0; i < f->number; i++) {
		if (read_pair(s, who, pair, q) < 0)
			return -EINVAL;
		pair += strlen(pair) + 1;
	}
	return 0;
}

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
static int tell_outcome(struct session *s, uint64_t from, uint64_t which)
{
	struct engine *en = s->control->engine;
	struct task   *who = table_find(en->table, s->whom);
	struct opinion o;

	explain_changes(s, s->whom, from, CHANGES_TOLD);
	if (who == NULL || engine_consider(en, who, &o) < 0)
		return session_refuse(s, REFUSAL_GONE, "it has just ended");
	explain_settings(s, who, &o, which);
	return 0;
}

static uint64_t knobs_of(const struct engine *en, const struct want *want,
                         uint64_t forget)
{
	struct want w = *want;

	intents_expand(&en->intents, &w);
	return w.has | forget;
}

int set_begin(struct session *s)
{
	struct engine         *en = s->control->engine;
	struct setting_request q;
	struct task           *who;
	uint64_t               until_ns, from = s->control->decisions->next;
	int                    r;

	if (verb_ready(s) < 0)
		return -EINVAL;
	who = verb_task(s);
	if (who == NULL || check_task(s, who) < 0 ||
	    read_pairs(s, who, &q) < 0 || until_of(s, &until_ns) < 0)
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
	return tell_outcome(s, from, knobs_of(en, &q.want, q.forget));
}

static int undo_task(struct session *s)
{
	struct engine *en = s->control->engine;
	uint64_t       from = s->control->decisions->next;
	struct task   *who = verb_task(s);
	struct json    row;
	int            r;

	if (who == NULL)
		return -EINVAL;
	r = order_undo(en, who);
	if (r == -ESRCH)
		return session_refuse(s, REFUSAL_GONE, "it has just ended");
	if (r < 0)
		return session_refuse(s, REFUSAL_UNREADY, "%s", strerror(-r));
	explain_changes(s, s->whom, from, CHANGES_TOLD);
	kept_begin(s, &row, "undone");
	json_number(&row, "pid", s->whom.pid);
	kept_end(s, &row);
	return 0;
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
	if (found == 0)
		return session_refuse(s, REFUSAL_UNKNOWN, "no rule of %s is "
		                      "called '%.60s'", s->commands ? "those in "
		                      "force" : "yours", name);
	return 0;
}

static int undo_all(struct session *s)
{
	if (!s->commands)
		return session_refuse(s, REFUSAL_DENIED, "all is not yours to "
		                      "undo");
	if (order_mute_all(s->control->engine) < 0)
		return session_refuse(s, REFUSAL_UNREADY, "no memory");
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
