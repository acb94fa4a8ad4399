/* voice.c -- those whose rules are asked: the system, and users
 * who are there. */

#include "voice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cause.h"
#include "handle.h"
#include "judge.h"
#include "tally.h"

#define ALONE_NS UINT64_C(10000000000)  /* a user may come back at once       */

static uint64_t now_of(const struct engine *en)
{
	return en->os->sensor.now_ns(en->os->sensor.self);
}

static int parts_new(struct voice *v, const struct wire *wire,
                     struct engine *en, const struct engine_options *o)
{
	v->standing = standing_new();
	v->states = states_new();
	v->askers = askers_new();
	v->worker = o == NULL ? worker_new_own(wire, en->sets, &en->worker)
	                      : worker_new(wire, en->sets, o->sources,
	                                   o->source_count, o->options,
	                                   &o->worker);
	return v->standing == NULL || v->states == NULL ||
	       v->askers == NULL || v->worker == NULL ? -ENOMEM : 0;
}

int voice_open_system(struct engine *en, const struct engine_options *o)
{
	struct voice *v = &en->voice[VOICE_SYSTEM];
	int           r = parts_new(v, &en->os->wire, en, o);

	if (r == 0 && en->os->workshop.begin != NULL)
		worker_check_aside(v->worker);
	if (r == 0 && o->recalled != NULL)
		r = worker_believe(v->worker, o->recalled->image,
		                   o->recalled->bytes,
		                   text_sum(o->recalled->image,
		                            o->recalled->bytes));
	if (r == 0)
		r = worker_start(v->worker, now_of(en));
	/* One of an engine before this one may not be gone; and constants that
	 * are known need none. */
	if (r == -EBUSY || (r < 0 && r != -ENOMEM && o->recalled != NULL)) {
		worker_start_later(v->worker, now_of(en));
		r = 0;
	}
	return r;
}

/* Also of one that was only half opened. */
static void voice_close(struct voice *v)
{
	voice_rules_close(v);
	worker_free(v->worker);
	askers_free(v->askers);
	memo_free(v->memo);
	states_free(v->states);
	handlings_free(v->handlings);
	ruleset_free(v->rules);
	standing_free(v->standing);
	free(v->conduct);
	free(v->muted);
	tally_free(v);
	if (v->wire.close != NULL)
		v->wire.close(v->wire.self);
	*v = (struct voice){ .worker = NULL };
}

void voices_close(struct engine *en)
{
	for (uint32_t i = 0; i < VOICES_MAX; i++)
		voice_close(&en->voice[i]);
}

struct voice *voice_next(struct engine *en, uint32_t *number)
{
	while (*number < VOICES_MAX) {
		struct voice *v = &en->voice[(*number)++];

		if (v->worker != NULL)
			return v;
	}
	return NULL;
}

struct voice *voice_on_line(struct engine *en, uint32_t line)
{
	struct voice *system = &en->voice[VOICE_SYSTEM];

	if (line == system->line)
		return system;
	return wire_voice(line) != VOICE_SYSTEM ? &en->voice[wire_voice(line)]
	                                        : NULL;
}

struct voice *voice_of_rule(struct engine *en, uint32_t rule)
{
	struct voice *v;

	if (rule_voice(rule) >= VOICES_MAX)
		return NULL;
	v = &en->voice[rule_voice(rule)];
	return v->rules != NULL && rule_index(rule) < ruleset_count(v->rules)
	       ? v : NULL;
}

struct voice *voice_of_task(struct engine *en, const struct task *who)
{
	return who->voice == VOICE_SYSTEM ? NULL : &en->voice[who->voice];
}

struct rule_label engine_label(struct engine *en, uint32_t rule)
{
	const struct voice *v = voice_of_rule(en, rule);
	uint32_t            i = rule_index(rule);

	if (rule == RULE_SET || rule == RULE_SET_OWN)
		return (struct rule_label){ "pqs set", "-", 0, "" };
	if (rule == RULE_RIGHTS)
		return (struct rule_label){ "a user's rights", "-", 0, "" };
	if (rule == RULE_GONE)
		return (struct rule_label){ "a rule that is gone", "-", 0, "" };
	if (v == NULL)
		return (struct rule_label){ "-", "-", 0, "" };
	return (struct rule_label){ ruleset_name(v->rules, i),
	                            ruleset_file(v->rules, i),
	                            ruleset_rule(v->rules, i)->line, v->name };
}

void voice_tell(struct engine *en, const struct voice *v, const char *what)
{
	char sentence[160];

	if (en->ears.user == NULL)
		return;
	snprintf(sentence, sizeof sentence, "%s: %s", v->name, what);
	en->ears.user(en->ears.self, sentence);
}

static struct voice *voice_with(struct engine *en, uid_t uid)
{
	for (uint32_t i = VOICE_SYSTEM + 1; i < VOICES_MAX; i++)
		if (en->voice[i].worker != NULL && en->voice[i].uid == uid)
			return &en->voice[i];
	return NULL;
}

static struct voice *free_place(struct engine *en)
{
	for (uint32_t i = VOICE_SYSTEM + 1; i < VOICES_MAX; i++)
		if (en->voice[i].worker == NULL) {
			en->voice[i].number = i;
			return &en->voice[i];
		}
	return NULL;
}

static void name_user(struct engine *en, struct voice *v, struct task *who)
{
	struct value name;
	bool         known = table_fact(en->table, who, FACT_user, &name) == 1;

	snprintf(v->name, sizeof v->name, known ? "user %u (%.40s)" : "user %u",
	         (unsigned)v->uid, known ? name.text : "");
}

/* One that cannot be had is as good as one without rules: it is tried again
 * when the user comes back. */
static struct voice *voice_begin(struct engine *en, uid_t uid,
                                 struct task *who)
{
	const struct wire *door = &en->os->wire;
	struct voice      *v = free_place(en);
	int                r;

	if (v == NULL) {
		en->counts.users_refused++;
		return NULL;
	}
	v->uid = uid;
	v->line = v->number;
	name_user(en, v, who);
	r = door->own == NULL ? -EOPNOTSUPP
	                      : door->own(door->self, v->number, uid, &v->wire);
	if (r == 0)
		r = parts_new(v, &v->wire, en, NULL);
	if (r < 0) {
		voice_close(v);
		return NULL;
	}
	v->alone_ns = now_of(en);
	r = worker_start(v->worker, now_of(en));
	if (r < 0)
		voice_refuse(en, v, strerror(-r));
	return v;
}

/* 0 when it is a person's with all its ids; -EPERM, or -ESRCH. */
static int owner_read(struct engine *en, struct task *process, uid_t *ret_uid)
{
	struct value v;
	int          r = table_fact(en->table, process, FACT_uid, &v);

	if (r == -ESRCH)
		return r;
	if (r != 1 || process->facts->uids_differ)
		return -EPERM;
	*ret_uid = (uid_t)v.number;
	return *ret_uid >= en->people.low && *ret_uid <= en->people.high
	       ? 0 : -EPERM;
}

/* Our own workers run as users, and would keep their voices alive. */
static bool is_worker(struct engine *en, const struct task *process)
{
	const struct task     *parent = table_parent(en->table, process);
	const struct enforcer *us = &en->enforcer;

	return parent != NULL && (parent->id.pid == us->keeper ||
	                          parent->id.pid == us->core);
}

/* Of a fork is known what its parent was when that was read, which may have
 * been later; where rules depend on it, it is read anew. */
static int owner_of(struct engine *en, struct task *process,
                    struct voice **ret_voice)
{
	struct voice *v = NULL;
	uid_t         uid;
	int           r = owner_read(en, process, &uid);

	if (r == 0)
		v = voice_with(en, uid);
	if (v != NULL && v->rules != NULL && !process->settled) {
		table_forget(en->table, process, FACT_BIT(FACT_uid));
		r = owner_read(en, process, &uid);
	}
	if (r < 0 || is_worker(en, process))
		return r == -ESRCH ? r : 0;
	*ret_voice = v != NULL && v->uid == uid ? v : voice_with(en, uid);
	if (*ret_voice == NULL)
		*ret_voice = voice_begin(en, uid, process);
	return 0;
}

/* From here on the voice has nothing to do with the task. */
static void forget(struct engine *en, struct voice *v, struct task *who)
{
	static const struct tag_set none;

	if (who->voice != v->number)
		return;
	standing_forget(v->standing, who);
	engine_tag(en, v, who, &none);
	who->own_tree_tags = none;
	who->voice = VOICE_SYSTEM;
}

static void leave(struct engine *en, struct voice *v, struct task *process)
{
	struct task *thread;
	uint32_t     slot = 0;

	while ((thread = table_next_thread(en->table, process, &slot)) != NULL)
		forget(en, v, thread);
	voice_left(en, process);
	forget(en, v, process);
}

int voice_settle(struct engine *en, struct task *who)
{
	struct task  *process = table_process_of(en->table, who);
	struct voice *v = NULL, *before = voice_of_task(en, process);
	int           r = 0;

	/* A user's rules come after the system's caps. */
	if (en->users && en->voice[VOICE_SYSTEM].rules != NULL)
		r = owner_of(en, process, &v);
	if (r < 0)
		return r;
	if (v != before) {
		if (before != NULL)
			leave(en, before, process);
		process->voice = v != NULL ? v->number : VOICE_SYSTEM;
		if (v != NULL)
			v->tasks++;
	}
	who->voice = process->voice;
	return 0;
}

void voice_left(struct engine *en, struct task *who)
{
	struct voice *v = voice_of_task(en, who);

	if (v != NULL && !task_id_is_thread(who->id) && --v->tasks == 0)
		v->alone_ns = now_of(en);
}

void voice_ask_all(struct engine *en, struct voice *v)
{
	uint64_t     now_ns = now_of(en);
	uint32_t     slot = 0;
	struct task *who;

	if (v->number == VOICE_SYSTEM) {
		sweep_walk(&en->sweep, 0, true);
		return;
	}
	while ((who = table_next(en->table, &slot)) != NULL)
		if (who->voice == v->number)
			judge_again(en, who, now_ns);
}

void voice_heard(struct engine *en, struct voice *v)
{
	uint32_t     slot = 0;
	struct task *who;
	/* Its rules may name what nobody had asked for before. */
	while ((who = table_next(en->table, &slot)) != NULL)
		if (who->voice == v->number && !task_id_is_thread(who->id))
			table_forget(en->table, who, FACT_BIT(FACT_env));
	voice_ask_all(en, v);
}

/* What it said of the dead that still have rows is forgotten too: the next with
 * its number is somebody else. */
static int voice_end(struct engine *en, struct voice *v)
{
	cause_forget(en, v);
	table_unvoice(en->table, v->number);
	if (v->rules != NULL && ruleset_count(v->rules) > 0)
		voice_tell(en, v, "the rules ended with the last process");
	voice_rules_end(en, v);
	voice_close(v);
	return judge_needs(en);
}

static uint64_t end_ns(const struct voice *v)
{
	return v->worker == NULL || v->number == VOICE_SYSTEM ||
	       v->tasks > 0 || v->chores > 0
	       ? UINT64_MAX : v->alone_ns + ALONE_NS;
}

int voices_expire(struct engine *en, uint64_t now_ns)
{
	int r = 0;

	for (uint32_t i = 0; en->users && i < VOICES_MAX && r == 0; i++)
		if (end_ns(&en->voice[i]) <= now_ns)
			r = voice_end(en, &en->voice[i]);
	return r;
}

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
	return a_ns < b_ns ? a_ns : b_ns;
}

uint64_t voices_wake_ns(struct engine *en)
{
	uint64_t      first = UINT64_MAX;
	uint32_t      at = 0;
	struct voice *v;

	while ((v = voice_next(en, &at)) != NULL) {
		first = earlier(first, worker_wake_ns(v->worker));
		first = earlier(first, end_ns(v));
		first = earlier(first, voice_rules_wake_ns(v));
	}
	return first;
}
