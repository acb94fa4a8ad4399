/* verb.c -- the table of what can be asked, and reading one line of it. */

#include "control/verb.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/nearest.h"

const struct verb verbs[] = {
	{ "status", VERB_ANYONE, "how it goes, in numbers",
	  { { .name = NULL } }, NULL, status_row },
	{ "log", VERB_OWN, "what was changed lately, and what comes",
	  { { "pid", JSON_NUMBER, false, "only of this process" },
	    { "tid", JSON_NUMBER, false, "only of this thread" },
	    { "rule", JSON_TEXT, false, "only for the rule of that name" },
	    { "since_ns", JSON_NUMBER, false, "only what is no older" },
	    { "follow", JSON_BOOL, false, "go on with what comes" },
	    { .name = NULL } }, log_begin, log_row },
	{ "explain", VERB_OWN, "why one task is as it is",
	  { { "pid", JSON_NUMBER, true, "the process" },
	    { "tid", JSON_NUMBER, false, "one thread of it; the pid: the main "
	      "thread apart from its process" },
	    { .name = NULL } }, explain_begin, kept_row },
	{ "set", VERB_OWN, "settings above every rule and below every cap",
	  { { "pid", JSON_NUMBER, true, "the process" },
	    { "tid", JSON_NUMBER, false, "one thread of it" },
	    { "set", JSON_LIST, true, "\"nice=5\" and the like; \"nice=\" takes "
	      "it back" },
	    { "tree", JSON_BOOL, false, "also of what it starts from now on, and "
	      "has started" },
	    { "keep_ns", JSON_NUMBER, false, "for so long; else until it ends" },
	    { .name = NULL } }, set_begin, set_row },
	{ "undo", VERB_OWN, "what was changed is put back, and left alone",
	  { { "pid", JSON_NUMBER, false, "of this process, until its next exec" },
	    { "rule", JSON_TEXT, false, "what that rule wants, until rules are "
	      "loaded again" },
	    { "all", JSON_BOOL, false, "what all rules want, and all that was "
	      "set" },
	    { .name = NULL } }, undo_begin, undo_row },
	{ "focus", VERB_OWN, "a person looks at that process now",
	  { { "pid", JSON_NUMBER, true, "the process" },
	    { .name = NULL } }, focus_begin, kept_row },
	{ "reload", VERB_COMMAND, "rules are read again",
	  { { "wait", JSON_BOOL, false, "answer only when that has ended" },
	    { "dry_run", JSON_BOOL, false, "only compare, and change nothing; "
	      "waits" },
	    { "shadow_ns", JSON_NUMBER, false, "go on comparing for so long; "
	      "changes nothing, and waits" },
	    { .name = NULL } }, reload_begin, reload_row },
	{ "rollback", VERB_COMMAND, "rules of an earlier generation decide again",
	  { { "generation", JSON_NUMBER, false, "that one; else the one before" },
	    { .name = NULL } }, rollback_begin, reload_row },
	{ "holds", VERB_OWN, "what is changed now, and what it was before",
	  { { .name = NULL } }, NULL, holds_row },
	{ "rules", VERB_ANYONE, "every rule, and what came of it",
	  { { .name = NULL } }, NULL, rules_row },
};

const size_t verbs_count = sizeof verbs / sizeof verbs[0];

const char *verb_right_name(enum verb_right r)
{
	static const char *const names[] = {
		[VERB_ANYONE] = "anyone",
		[VERB_OWN] = "one's own tasks",
		[VERB_COMMAND] = "who commands",
	};

	return names[r];
}

static int find_verb(struct session *s, const char *name)
{
	const char *names[VERBS_MAX], *near;
	size_t      n = 0;

	for (; n < verbs_count && n < VERBS_MAX; n++) {
		names[n] = verbs[n].name;
		if (strcmp(names[n], name) == 0) {
			s->verb = &verbs[n];
			return 0;
		}
	}
	near = nearest(name, names, n);
	return session_refuse(s, REFUSAL_UNKNOWN, "there is no '%.40s' to ask"
	                      "%s%s%s", name,
	                      near == NULL ? "" : "; did you mean '",
	                      near == NULL ? "" : near,
	                      near == NULL ? "" : "'?");
}

static bool is_common(const char *key)
{
	return strcmp(key, "pqs") == 0 || strcmp(key, "ask") == 0;
}

static const struct verb_key *find_key(const struct verb *v, const char *name)
{
	for (const struct verb_key *k = v->key; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static int refuse_key(struct session *s, const char *name)
{
	const char *names[VERB_KEYS_MAX], *near;
	size_t      n = 0;

	for (; s->verb->key[n].name != NULL; n++)
		names[n] = s->verb->key[n].name;
	near = nearest(name, names, n);
	return session_refuse(s, REFUSAL_UNKNOWN, "'%s' takes no '%.40s'"
	                      "%s%s%s", s->verb->name, name,
	                      near == NULL ? "" : "; did you mean '",
	                      near == NULL ? "" : near,
	                      near == NULL ? "" : "'?");
}

static int check_keys(struct session *s)
{
	static const char *const nouns[] = {
		[JSON_NULL] = "null", [JSON_BOOL] = "true or false",
		[JSON_NUMBER] = "a whole number", [JSON_TEXT] = "a text",
		[JSON_LIST] = "a list of texts",
	};

	for (size_t i = 0; i < s->ask.count; i++) {
		const struct json_field *f = &s->ask.field[i];
		const struct verb_key   *k = find_key(s->verb, f->key);

		if (is_common(f->key))
			continue;
		if (k == NULL)
			return refuse_key(s, f->key);
		if (f->type != k->type)
			return session_refuse(s, REFUSAL_WRONG, "'%s' takes %s",
			                      k->name, nouns[k->type]);
	}
	for (const struct verb_key *k = s->verb->key; k->name != NULL; k++)
		if (k->must && json_find(&s->ask, k->name) == NULL)
			return session_refuse(s, REFUSAL_WRONG,
			                      "'%s' needs '%s'", s->verb->name,
			                      k->name);
	return 0;
}

static int check_rights(struct session *s)
{
	if (s->commands || s->verb->right != VERB_COMMAND)
		return 0;
	return session_refuse(s, REFUSAL_DENIED, "'%s' is for root, for the "
	                      "user whom pqs runs as, and for the group in "
	                      "control.group", s->verb->name);
}

/* The version first: what another one means by the rest is not known. */
static int check_version(struct session *s)
{
	int64_t version = json_find_number(&s->ask, "pqs", 0);

	if (version == CONTROL_VERSION)
		return 0;
	return session_refuse(s, REFUSAL_VERSION, version == 0
	                      ? "\"pqs\": %d is missing"
	                      : "this pqs speaks version %d", CONTROL_VERSION);
}

int verb_ask(struct session *s, const char *line, size_t bytes)
{
	const char *why = "", *name;
	int         r;

	s->verb = NULL;
	s->refusal = REFUSAL_NONE;
	kept_clear(s);
	s->token = 0;
	s->rows = s->at = s->part = s->until = s->patience_ns = 0;
	memcpy(s->line, line, bytes);
	s->line[bytes] = '\0';
	if (json_read(s->line, bytes, &s->ask, &why) < 0)
		return session_refuse(s, REFUSAL_MALFORMED, "%s", why);
	r = check_version(s);
	name = json_find_text(&s->ask, "ask");
	if (r == 0)
		r = name != NULL ? find_verb(s, name)
		                 : session_refuse(s, REFUSAL_WRONG,
		                                  "\"ask\" must say what");
	if (r == 0)
		r = check_keys(s);
	if (r == 0)
		r = check_rights(s);
	if (r == 0 && s->verb->begin != NULL)
		r = s->verb->begin(s);
	return r;
}

bool verb_may_see(struct session *s, struct task *who)
{
	struct table *table = s->control->engine->table;
	struct task  *process = table_process_of(table, who);
	struct value  v;

	if (s->commands)
		return true;
	return table_fact(table, process, FACT_uid, &v) == 1 &&
	       (uid_t)v.number == s->peer.uid && !process->facts->uids_differ;
}

static struct task *find_task(struct session *s, pid_t pid, pid_t tid)
{
	struct table *table = s->control->engine->table;
	struct task  *p = table_find(table, (struct task_id){ pid, pid, 0 });
	struct task  *thread;
	struct value  comm;

	/* Who asks about itself may be too young to have been heard of. */
	if (p == NULL && pid == s->peer.pid &&
	    table_meet(table, (struct task_id){ pid, pid, 0 }, &p) < 0)
		return NULL;
	if (p == NULL || tid == 0)
		return p;
	if (tid == pid)         /* the main thread apart from its process     */
		tid = task_id_main(p->id).tid;
	if (table_meet_thread(table, p, tid, &thread) < 0)
		return NULL;
	if (table_fact(table, thread, FACT_comm, &comm) != -ESRCH)
		return thread;
	table_drop_thread(table, thread);
	return NULL;
}

struct task *verb_task(struct session *s)
{
	int64_t      pid = json_find_number(&s->ask, "pid", 0);
	int64_t      tid = json_find_number(&s->ask, "tid", 0);
	struct task *who = NULL;

	if (pid > 0 && pid <= INT32_MAX && tid >= 0 && tid <= INT32_MAX)
		who = find_task(s, (pid_t)pid, (pid_t)tid);
	if (who == NULL) {
		(void)session_refuse(s, REFUSAL_GONE, "there is no task %"
		                     PRId64, tid != 0 ? tid : pid);
		return NULL;
	}
	if (!verb_may_see(s, who)) {
		(void)session_refuse(s, REFUSAL_DENIED, "task %" PRId64 " is "
		                     "not yours", tid != 0 ? tid : pid);
		return NULL;
	}
	s->whom = who->id;
	return who;
}
